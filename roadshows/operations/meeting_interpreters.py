"""Who shares no language gets an interpreter of the roadshow, as far as there are any."""

from __future__ import annotations

from core.db import db
from roadshows import meeting_tables
from roadshows.models import Meeting, MeetingParty, MeetingState, Roadshow
from roadshows.queries import meetings as queries


def languages_of(party: MeetingParty) -> set[str]:
    """In which it can talk; who chose none, in the language of the person."""
    return set(party.languages or [party.participant.language])


def through_interpreter(team: MeetingParty, investor: MeetingParty) -> bool:
    return not languages_of(team) & languages_of(investor)


def assign_interpreters(*, roadshow: Roadshow) -> list[Meeting]:
    """Share the roadshow's interpreters among planned meetings that need one; who has one keeps her. A
    meeting for which nobody is found is left to the hall. Returns those for which somebody was."""
    meetings = [
        row
        for row in queries.meetings_of(roadshow)
        if row.state is MeetingState.PLANNED and row.needs_interpreter
    ]
    if not meetings:
        return []
    slots = queries.slots_of(roadshow)
    place = {slot.id: at for at, slot in enumerate(slots)}
    rows = {str(row.id): row for row in queries.interpreters_of(roadshow)}
    busy = queries.busy_of(roadshow, [row.participant_id for row in rows.values()])
    away = {key: set(busy.slots(row.participant_id, slots)) for key, row in rows.items()}
    for meeting in meetings:
        if meeting.interpreter_id is not None and str(meeting.interpreter_id) in away:
            away[str(meeting.interpreter_id)].add(place[meeting.slot_id])
    found = meeting_tables.share_interpreters(
        [
            (row.key, place[row.slot_id], _language_pairs(row))
            for row in meetings
            if row.interpreter_id is None
        ],
        {key: frozenset(row.pairs) for key, row in rows.items()},
        {key: frozenset(slots) for key, slots in away.items()},
    )
    given = [meeting for meeting in meetings if meeting.key in found]
    for meeting in given:
        meeting.interpreter = rows[found[meeting.key]]
    db.session.flush()
    return given


def _language_pairs(meeting: Meeting) -> frozenset[str]:
    return frozenset(
        "-".join(sorted((one, other)))
        for one in languages_of(meeting.team)
        for other in languages_of(meeting.investor)
    )
