"""How the parts of an address become rows: each is looked for within the roadshow that was loaded before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import selectinload

from accounts.sessions import sha256
from core.access import loads, person
from core.db import db
from roadshows import policy
from roadshows.models import Participant, Roadshow, RoadshowState

MINE = "me"

# Made once: every page of a roadshow asks this.
_ROADSHOW = select(Roadshow).where(Roadshow.slug == bindparam("slug")).options(selectinload(Roadshow.cities))


@loads("roadshow")
def load_roadshow(slug: str, loaded: dict[str, Any]) -> Roadshow | None:
    """The roadshow with this slug and its cities; a draft exists only for who runs or audits it."""
    roadshow = db.session.scalars(_ROADSHOW, {"slug": slug}).one_or_none()
    if roadshow is not None and roadshow.state is RoadshowState.DRAFT:
        who = person()
        if who is None or not policy.organizer_or_auditor(who, roadshow=roadshow):
            return None
    return roadshow


@loads("participant")
def load_participant(token: str, loaded: dict[str, Any]) -> Participant | None:
    """The participant of the roadshow whose secret link this is; an erased one has none any more. Who is
    signed in needs no link: `me` in its place is that person."""
    if token == MINE:
        return _signed_in_participant(loaded["roadshow"])
    return db.session.scalars(
        select(Participant).where(
            Participant.link_sha256 == sha256(token),
            Participant.roadshow_id == loaded["roadshow"].id,
            Participant.erased_at.is_(None),
        )
    ).one_or_none()


def _signed_in_participant(roadshow: Roadshow) -> Participant | None:
    who = person()
    if who is None:
        return None
    return db.session.scalars(
        select(Participant)
        .where(
            Participant.person_id == who.id,
            Participant.roadshow_id == roadshow.id,
            Participant.erased_at.is_(None),
        )
        .order_by(Participant.id)
        .limit(1)
    ).one_or_none()
