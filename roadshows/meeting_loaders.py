"""How the parts of an address that speak of meetings, outcomes and tasks become rows of the roadshow at
hand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.access import loads
from core.db import db
from roadshows.models import FollowUp, Meeting, MeetingParty, MeetingSlot, Outcome, Participant


@loads("party")
def load_party(key: str, loaded: dict[str, Any]) -> MeetingParty | None:
    return db.session.scalars(
        select(MeetingParty).where(MeetingParty.key == key, MeetingParty.roadshow_id == loaded["roadshow"].id)
    ).one_or_none()


@loads("meeting")
def load_meeting(key: str, loaded: dict[str, Any]) -> Meeting | None:
    """The meeting of the roadshow; on a participant's own page only one of that person's."""
    found = db.session.scalars(
        select(Meeting)
        .where(Meeting.key == key, Meeting.roadshow_id == loaded["roadshow"].id)
        .options(joinedload(Meeting.team), joinedload(Meeting.investor), joinedload(Meeting.slot))
    ).one_or_none()
    participant = loaded.get("participant")
    if found is None or not isinstance(participant, Participant):
        return found
    return found if participant.id in (found.team.participant_id, found.investor.participant_id) else None


@loads("meeting_slot")
def load_meeting_slot(number: int, loaded: dict[str, Any]) -> MeetingSlot | None:
    return _of_roadshow(MeetingSlot, number, loaded)


@loads("outcome")
def load_outcome(number: int, loaded: dict[str, Any]) -> Outcome | None:
    return _of_roadshow(Outcome, number, loaded)


@loads("follow_up")
def load_follow_up(number: int, loaded: dict[str, Any]) -> FollowUp | None:
    return _of_roadshow(FollowUp, number, loaded)


def _of_roadshow(model: Any, number: int, loaded: dict[str, Any]) -> Any:
    row = db.session.get(model, number)
    return row if row is not None and row.roadshow_id == loaded["roadshow"].id else None
