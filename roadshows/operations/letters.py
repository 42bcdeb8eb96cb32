"""A letter of the organizers to a group of those who take part: each gets it once, in one language."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import joinedload

from core import audit
from core.db import db, lock
from core.errors import BadInput, Conflict
from core.languages import Trilingual, locale_of
from core.models import random_key
from roadshows import message_texts
from roadshows.models import (
    Guest,
    GuestKind,
    GuestState,
    Interpreter,
    MeetingParty,
    Participant,
    Roadshow,
    RoadshowState,
    Side,
    Speaker,
)
from roadshows.operations.telling import language_of, note, post

LETTER = "letter"
GROUPS = ("speakers", "interpreters", "teams", "investors", "confirmed", "waiting", "applied", "invited")
"""The last four are guests by their state; those who were refused or withdrew are not written to."""
_GUESTS = {
    "confirmed": GuestState.CONFIRMED,
    "waiting": GuestState.WAITING,
    "applied": GuestState.APPLIED,
    "invited": GuestState.INVITED,
}


@dataclass(frozen=True)
class Addressees:
    """Who gets a letter. without_address: how many more belong to the group and can't be written to."""

    people: Sequence[Participant]
    without_address: int

    def by_language(self) -> dict[str, int]:
        """How many read it in which language."""
        languages = [language_of(who) for who in self.people]
        return {lang: languages.count(lang) for lang in ("zh", "ko", "en") if lang in languages}


def addressees(roadshow: Roadshow, groups: Collection[str], kinds: Collection[GuestKind] = ()) -> Addressees:
    """Everybody in any of `groups`, once; kinds: guests of these kinds only (none: of all)."""
    same = Participant.id
    wanted: list[ColumnElement[bool]] = []
    if "speakers" in groups:
        wanted.append(exists().where(Speaker.participant_id == same))
    if "interpreters" in groups:
        wanted.append(exists().where(Interpreter.participant_id == same))
    for name, side in (("teams", Side.TEAM), ("investors", Side.INVESTOR)):
        if name in groups:
            standing = (MeetingParty.side == side) & MeetingParty.withdrawn_at.is_(None)
            wanted.append(exists().where(MeetingParty.participant_id == same, standing))
    if states := [state for name, state in _GUESTS.items() if name in groups]:
        guests = exists().where(Guest.participant_id == same, Guest.state.in_(states))
        wanted.append(guests.where(Guest.kind.in_(kinds)) if kinds else guests)
    if not wanted:
        return Addressees((), 0)
    rows = db.session.scalars(
        select(Participant)
        .where(Participant.roadshow_id == roadshow.id, Participant.erased_at.is_(None), or_(*wanted))
        .options(joinedload(Participant.person))
        .order_by(Participant.id)
    ).all()
    reached = [row for row in rows if row.email]
    return Addressees(reached, len(rows) - len(reached))


def send_letter(
    *,
    roadshow: Roadshow,
    groups: Collection[str],
    kinds: Collection[GuestKind],
    subject: Trilingual,
    body: Trilingual,
    expected: int,
) -> int:
    """Write to all of them; returns how many. expected: the number that the preview named.

    Raises Conflict for an event that nobody knows of or that is off, and when the group has another size
    by now; BadInput when it is empty.
    """
    lock(roadshow)
    if roadshow.state not in (RoadshowState.PUBLIC, RoadshowState.CLOSED):
        raise Conflict(_l("Letters are sent while the event is public or over, not as a draft or canceled."))
    found = addressees(roadshow, groups, kinds)
    if not found.people:
        raise BadInput(fields={"groups": _l("Nobody in this group has an address.")})
    if len(found.people) != expected:
        raise Conflict(
            _l(
                "The group has changed meanwhile: %(count)d people now. Look again, then send.",
                count=len(found.people),
            ),
            code="group_changed",
        )
    item = f"letter:{random_key()}"
    for who in found.people:
        lang = language_of(who)
        with force_locale(locale_of(lang)):
            text = message_texts.letter(subject, body, lang)
        row = post(who, "roadshow_letter", text)
        note(who, LETTER, item, 0, mail_id=row.id)
    audit.record(
        "roadshow.letter_sent",
        roadshow,
        new={
            "subject": subject.to_json(),
            "groups": sorted(groups),
            "kinds": sorted(kind.value for kind in kinds),
            "people": len(found.people),
        },
    )
    return len(found.people)
