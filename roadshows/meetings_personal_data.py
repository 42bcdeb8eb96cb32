"""What the meetings keep about a person: how it is handed out, and how it is made anonymous.

What others wished about somebody is theirs, and stands in nobody else's export.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import aliased

from core import audit, clock
from core.db import db
from core.languages import Trilingual
from roadshows import personal_data
from roadshows.meeting_lines import end_of
from roadshows.models import Feedback, Meeting, MeetingParty, MeetingWish, Participant
from roadshows.queries import my_meetings

ERASED = "—"


def export_meetings(participant: Participant) -> dict[str, Any] | None:
    """Card, own wishes and meetings that the person was told of; None for who takes no part."""
    party = my_meetings.party_of(participant)
    if party is None:
        return None
    about = aliased(MeetingParty)
    wishes = db.session.execute(
        select(about.name, MeetingWish.wish)
        .join(about, about.id == MeetingWish.about_id)
        .where(MeetingWish.from_id == party.id)
        .order_by(about.name, about.id)
    )
    return {
        "side": party.side.value,
        "name": party.name,
        "headline": party.headline.to_json(),
        "about": party.about.to_json(),
        "fields": party.fields,
        "languages": party.languages,
        "shown_since": party.shared_at.isoformat() if party.shared_at else None,
        "wishes": [{"about": row.name, "wish": row.wish.value} for row in wishes],
        "meetings": [
            {
                "with": (row.investor if row.team_id == party.id else row.team).name,
                "starts_at": row.slot.starts_at.isoformat(),
                "ends_at": end_of(row.slot).isoformat(),
                "table": row.table,
                "state": row.state.value,
            }
            for row in my_meetings.timetable_of(party)
        ],
    }


def export_feedback(participant: Participant) -> dict[str, Any] | None:
    """What the person thought of the event."""
    row = db.session.scalars(select(Feedback).where(Feedback.participant_id == participant.id)).one_or_none()
    if row is None:
        return None
    return {"marks": row.marks, "comment": row.comment, "given_at": row.given_at.isoformat()}


def erase_meetings(participant: Participant) -> None:
    """That meetings took place stays, and what came of them; card, wishes and reasons go. An investor's name
    goes too; a team's belongs to the contest and is erased there."""
    party = my_meetings.party_of(participant)
    db.session.execute(delete(Feedback).where(Feedback.participant_id == participant.id))
    if party is None:
        return
    db.session.execute(
        delete(MeetingWish).where((MeetingWish.from_id == party.id) | (MeetingWish.about_id == party.id))
    )
    party.headline, party.about, party.fields = Trilingual(), Trilingual(), []
    party.shared_at = None
    party.withdrawn_at = party.withdrawn_at or clock.now()
    if party.entry_id is None:
        party.name = ERASED
    for row in db.session.scalars(
        select(Meeting).where((Meeting.team_id == party.id) | (Meeting.investor_id == party.id))
    ):
        if row.canceled_by is party.side:
            row.canceled_reason = ""
    db.session.flush()
    audit.forget("meeting_party", [party.id])


def register() -> None:
    """Add this part to what the room exports and erases."""
    if ("meetings", export_meetings) not in personal_data.exports:
        personal_data.exports += [("meetings", export_meetings), ("feedback", export_feedback)]
        personal_data.erasures.append(erase_meetings)
