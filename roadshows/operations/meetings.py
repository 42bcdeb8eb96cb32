"""A meeting is made, moved, locked, canceled, and on the day marked as held or missed."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.models import Person
from core import audit, clock
from core.db import db, lock
from core.errors import CONSTRAINTS, BadInput, Conflict
from roadshows.meeting_lines import end_of
from roadshows.models import Meeting, MeetingParty, MeetingSlot, MeetingState, Roadshow, Side
from roadshows.operations.meeting_checks import check_seen, id_of, require_running
from roadshows.operations.meeting_interpreters import assign_interpreters, through_interpreter
from roadshows.operations.meeting_notices import interpreters_found, known, tell_changes
from roadshows.queries import meetings as queries

_BEFORE = timedelta(minutes=30)
"""How long before its slot a meeting may be marked as held: people do not wait for the clock."""
_TAKEN = Conflict(
    _l("One of them, or the table, was taken a moment ago. Please choose again."), code="place_taken"
)
for _name, _columns in (
    ("team_slot", "meeting.team_id, meeting.slot_id"),
    ("investor_slot", "meeting.investor_id, meeting.slot_id"),
    ("table", "meeting.slot_id, meeting.table_number"),
):
    CONSTRAINTS[f"uq_meeting_{_name}"] = CONSTRAINTS[_columns] = _TAKEN
CONSTRAINTS["uq_meeting_pair"] = CONSTRAINTS["meeting.team_id, meeting.investor_id"] = Conflict(
    _l("These two have a meeting already."), code="pair_exists"
)


def add_meeting(
    *,
    roadshow: Roadshow,
    team: MeetingParty,
    investor: MeetingParty,
    slot: MeetingSlot,
    walk_up: bool = False,
    who: Person | None = None,
) -> Meeting:
    """A meeting by hand, at a free table of the slot; walk_up: both stand there and need not be told.

    Raises Conflict when one of them or all tables are taken, or the two have a meeting already. What either
    of them wished is not looked at: a refusal would tell it.
    """
    require_running(roadshow)
    lock(roadshow)
    if team.side is not Side.TEAM or investor.side is not Side.INVESTOR:
        raise BadInput(_l("Please choose a team and an investor."))
    if team.withdrawn_at is not None or investor.withdrawn_at is not None:
        raise Conflict(_l("One of them takes part in the meetings no more."), code="party_withdrawn")
    standing = select(Meeting.id).where(
        Meeting.team_id == team.id,
        Meeting.investor_id == investor.id,
        Meeting.state != MeetingState.CANCELED,
    )
    if db.session.scalar(standing):
        raise CONSTRAINTS["uq_meeting_pair"]
    place = _place_in(queries.free_slots(roadshow, team, investor), slot)
    row = Meeting(
        roadshow_id=roadshow.id,
        roadshow=roadshow,
        team=team,
        investor=investor,
        team_id=team.id,
        investor_id=investor.id,
        slot_id=slot.id,
        slot=slot,
        table=place.table,
        needs_interpreter=through_interpreter(team, investor),
        told_at=clock.now() if walk_up else None,
    )
    db.session.add(row)
    db.session.flush()
    found = assign_interpreters(roadshow=roadshow) if row.needs_interpreter else []
    audit.record(
        "meeting.added",
        row,
        new={"team": team.key, "investor": investor.key, "walk_up": walk_up, **_where(row)},
        actor_id=id_of(who),
    )
    tell_changes(roadshow, interpreters_found(roadshow, found))
    return row


def _place_in(free: list[queries.FreeSlot], slot: MeetingSlot) -> queries.FreeSlot:
    for place in free:
        if place.slot.id == slot.id:
            return place
    raise _TAKEN


def _where(row: Meeting) -> dict[str, object]:
    return {"slot": row.slot.starts_at.isoformat(), "table": row.table}


def _require_planned(meeting: Meeting) -> None:
    if meeting.state is not MeetingState.PLANNED:
        raise Conflict(
            _l("This meeting was held, missed or canceled: it can't be changed any more."),
            code="meeting_over",
        )


def move_meeting(*, meeting: Meeting, slot: MeetingSlot, seen: int | None, who: Person | None = None) -> None:
    """To another slot, at a free table there. Who knew of it is told, with the old and the new time."""
    roadshow = meeting.roadshow
    require_running(roadshow)
    lock(roadshow)
    db.session.refresh(meeting)
    check_seen(meeting, seen)
    _require_planned(meeting)
    place = _place_in(queries.free_slots(roadshow, meeting.team, meeting.investor, moving=meeting), slot)
    changes, old = known(roadshow, [meeting]), _where(meeting)
    meeting.slot, meeting.table = place.slot, place.table
    meeting.slot_id, meeting.interpreter, meeting.interpreter_id = place.slot.id, None, None
    meeting.changed_at = clock.now()
    knew = meeting.told_at is not None
    if knew:
        meeting.sequence += 1
    db.session.flush()
    found = assign_interpreters(roadshow=roadshow) if meeting.needs_interpreter else []
    audit.record("meeting.moved", meeting, old=old, new=_where(meeting), actor_id=id_of(who))
    others = interpreters_found(roadshow, found, besides=[meeting])
    tell_changes(roadshow, [*(changes if knew else []), *others])


def lock_meeting(*, meeting: Meeting, locked: bool, seen: int | None, who: Person | None = None) -> None:
    """A locked meeting is left where it is by every plan."""
    check_seen(meeting, seen)
    _require_planned(meeting)
    meeting.is_locked = locked
    db.session.flush()
    audit.record("meeting.locked" if locked else "meeting.unlocked", meeting, actor_id=id_of(who))


def cancel_meeting(
    *,
    meeting: Meeting,
    by: Side | None,
    reason: str,
    seen: int | None,
    who: Person | None = None,
) -> None:
    """The meeting does not take place; by: the side that canceled, None for the organizers. Both sides are
    told if they knew of it; the reason stays with the organizers."""
    roadshow = meeting.roadshow
    lock(roadshow)
    db.session.refresh(meeting)  # somebody else may have moved or canceled it before the lock was ours
    check_seen(meeting, seen)
    _require_planned(meeting)
    if by is not None and end_of(meeting.slot) <= clock.now():
        raise Conflict(_l("This meeting is over already."), code="meeting_over")
    knew, changes = meeting.told_at is not None, known(roadshow, [meeting])
    meeting.state, meeting.canceled_by, meeting.canceled_reason = MeetingState.CANCELED, by, reason
    meeting.changed_at = clock.now()
    meeting.is_locked = False
    if knew:
        meeting.sequence += 1
    db.session.flush()
    audit.record(
        "meeting.canceled",
        meeting,
        new={"by": by.value if by else "organizers", **_where(meeting)},
        reason=reason,
        actor_id=id_of(who),
    )
    if knew:
        tell_changes(roadshow, changes)


def mark_meeting(
    *, meeting: Meeting, state: MeetingState, seen: int | None, who: Person | None = None
) -> None:
    """On the day: HELD, MISSED, or PLANNED again when that was pressed by mistake."""
    check_seen(meeting, seen)
    if state is MeetingState.CANCELED or meeting.state is MeetingState.CANCELED:
        raise Conflict(_l("A canceled meeting can't be marked."), code="meeting_canceled")
    if meeting.slot.starts_at - _BEFORE > clock.now():
        raise Conflict(_l("This meeting has not begun yet."), code="meeting_ahead")
    if meeting.state is state:
        return
    old = meeting.state
    meeting.state, meeting.changed_at = state, clock.now()
    db.session.flush()
    audit.record(
        "meeting.marked",
        meeting,
        old={"state": old.value},
        new={"state": state.value},
        actor_id=id_of(who),
    )
