"""Participants and their secret links: one row a person, found again by the address."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.sessions import sha256
from core import audit, keys
from core.db import db
from core.errors import CONSTRAINTS, Conflict
from core.text import fold
from roadshows.models import Participant, Roadshow, RoadshowState

MINE = "me"
"""Stands for the secret in the address of the own page: whoever is signed in."""

CONSTRAINTS["uq_participant_roadshow_id_email_key"] = CONSTRAINTS[
    "participant.roadshow_id, participant.email_key"
] = Conflict(_l("Somebody with this e-mail address is on the list already."), code="email_taken")


def check_pages_open(roadshow: Roadshow) -> None:
    """Raise Conflict while the event is a draft: a mailed link to a personal page would lead nowhere."""
    if roadshow.state is RoadshowState.DRAFT:
        raise pages_shut()


def pages_shut() -> Conflict:
    return Conflict(
        _l("Please publish the event first: until then personal pages can't be opened."),
        code="roadshow_not_public",
    )


def find_participant(roadshow: Roadshow, email: str) -> Participant | None:
    """The participant with this address, however it is spelled."""
    if not email:
        return None
    known = (Participant.roadshow_id == roadshow.id) & (Participant.email_key == fold(email))
    return db.session.scalars(select(Participant).where(known)).one_or_none()


def zone_of(language: str, roadshow: Roadshow) -> str:
    """The clock of somebody of whom only the language is known; the event's own for any other language."""
    return {"zh": "Asia/Shanghai", "ko": "Asia/Seoul"}.get(language, roadshow.zone)


def add_participant(*, roadshow: Roadshow, name: str, email: str = "", **values: Any) -> Participant:
    """A new participant. Raises Conflict when the address is taken. values: further columns."""
    if find_participant(roadshow, email) is not None:
        raise CONSTRAINTS["uq_participant_roadshow_id_email_key"]
    values.setdefault("zone", zone_of(values.get("language", ""), roadshow))
    row = Participant(
        roadshow_id=roadshow.id,
        roadshow=roadshow,
        name=name,
        email=email,
        email_key=fold(email) if email else None,
        **values,
    )
    db.session.add(row)
    db.session.flush()
    audit.record("participant.added", row, new={"name": name, "email": email})
    return row


def new_link(*, participant: Participant) -> str:
    """A fresh secret token that leads to the participant's own page; the former one is worth nothing."""
    participant.link_number += 1
    token = _token(participant)
    participant.link_sha256 = sha256(token)
    db.session.flush()
    audit.record("participant.link_made", participant)
    return token


def standing_link(*, participant: Participant) -> str:
    """The token that leads to the participant's own page now, for one more mail; made when there is none."""
    token = _token(participant)
    if participant.link_number and participant.link_sha256 == sha256(token):
        return token
    return new_link(participant=participant)


def _token(participant: Participant) -> str:
    return keys.secret("links", f"participant {participant.key} {participant.link_number}")


def own_page(participant: Participant, lang: str = "", below: str = "") -> str:
    """The address of the participant's own page for one more mail: by the link that stands. below: the page
    beneath it ("/meetings")."""
    return my_path(participant, standing_link(participant=participant), lang) + below


def own_page_signed_in(participant: Participant, lang: str, below: str = "") -> str:
    """The same for the inbox of an account, where nobody needs the secret."""
    return my_path(participant, MINE, lang) + below


def my_path(participant: Participant, token: str, lang: str = "") -> str:
    """The address of the participant's own page, in the participant's language unless another is given."""
    return f"/{lang or participant.language}/roadshows/{participant.roadshow.slug}/my/{token}"
