"""When people can meet: slots with tables and interpreters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from accounts.models import Person
from core import audit
from core.db import db, lock
from core.errors import CONSTRAINTS, BadInput, Conflict
from roadshows.local_times import at, local_date
from roadshows.models import Day, Meeting, MeetingSlot, MeetingState, Roadshow, Room
from roadshows.operations.meeting_checks import id_of, require_running
from roadshows.operations.meeting_notices import known_in, tell_moved

MOST_SLOTS = 200
MOST_TABLES = 300
CONSTRAINTS["uq_meeting_slot_day_id_starts_at"] = CONSTRAINTS[
    "meeting_slot.day_id, meeting_slot.starts_at"
] = Conflict(_l("A slot of this day begins at that time already."), code="slot_exists")


def add_slots(
    *,
    roadshow: Roadshow,
    day: Day,
    first: time,
    minutes: int,
    count: int,
    pause: int,
    tables: int,
    interpreters: int,
    room: Room | None = None,
    who: Person | None = None,
) -> list[MeetingSlot]:
    """`count` slots of `minutes` one after another with `pause` minutes between them; the first begins when
    the clocks of the day's city show `first`.

    Raises BadInput when they would run past the day or the room is in another city, Conflict when they
    overlap slots of the day.
    """
    require_running(roadshow)
    lock(roadshow)
    if room is not None and room.venue.city_id != day.city_id:
        raise BadInput(
            fields={"room": _l("This room is in another city than the day. Please choose one there.")}
        )
    _check_places(tables, interpreters)
    begin = at(day.date, first.hour, first.minute, day.city.zone)
    starts = [begin + timedelta(minutes=(minutes + pause) * place) for place in range(count)]
    end = starts[-1] + timedelta(minutes=minutes)
    if local_date(end - timedelta(minutes=1), day.city.zone) != day.date:
        raise BadInput(
            fields={"count": _l("The last of these slots would end after midnight. Please make it fewer.")}
        )
    standing = db.session.scalars(
        select(MeetingSlot).where(MeetingSlot.roadshow_id == roadshow.id, MeetingSlot.day_id == day.id)
    ).all()
    if len(standing) + count > MOST_SLOTS:
        raise BadInput(fields={"count": _l("A day has %(most)d slots at most.", most=MOST_SLOTS)})
    for start in starts:
        _refuse_overlap(start, minutes, standing)
    made = [
        MeetingSlot(
            roadshow_id=roadshow.id,
            day_id=day.id,
            room_id=room.id if room else None,
            starts_at=start,
            minutes=minutes,
            tables=tables,
            interpreters=interpreters,
        )
        for start in starts
    ]
    db.session.add_all(made)
    db.session.flush()
    for row in made:
        audit.record("meeting_slot.added", row, new=_values(row), actor_id=id_of(who))
    return made


def _check_places(tables: int, interpreters: int) -> None:
    if not 1 <= tables <= MOST_TABLES:
        raise BadInput(fields={"tables": _l("Please give 1 to %(most)d tables.", most=MOST_TABLES)})
    if not 0 <= interpreters <= MOST_TABLES:
        raise BadInput(fields={"interpreters": _l("Please give 0 to %(most)d.", most=MOST_TABLES)})


def _refuse_overlap(start: datetime, minutes: int, standing: Sequence[MeetingSlot]) -> None:
    end = start + timedelta(minutes=minutes)
    for row in standing:
        if start < row.starts_at + timedelta(minutes=row.minutes) and row.starts_at < end:
            raise Conflict(
                fields={"first": _l("These slots overlap others of the day. Please choose another time.")},
                code="slots_overlap",
            )


def _values(row: MeetingSlot) -> dict[str, object]:
    return {
        "starts_at": row.starts_at.isoformat(),
        "minutes": row.minutes,
        "tables": row.tables,
        "interpreters": row.interpreters,
        "room_id": row.room_id,
    }


def change_slot(
    *,
    slot: MeetingSlot,
    roadshow: Roadshow,
    tables: int,
    interpreters: int,
    room: Room | None,
    who: Person | None = None,
) -> None:
    """Other tables, interpreters or another room; who knows of a meeting in it is told of another room.

    Raises Conflict while a meeting sits at a table that would be gone.
    """
    require_running(roadshow)
    lock(slot)
    _check_places(tables, interpreters)
    if room is not None and room.venue.city_id != slot.day.city_id:
        raise BadInput(
            fields={"room": _l("This room is in another city than the day. Please choose one there.")}
        )
    highest = db.session.scalar(
        select(func.max(Meeting.table)).where(
            Meeting.slot_id == slot.id, Meeting.state != MeetingState.CANCELED
        )
    )
    if highest and highest > tables:
        raise Conflict(
            fields={
                "tables": _l("A meeting of this slot is at table %(table)d. Move it first.", table=highest)
            },
            code="table_taken",
        )
    old, known = _values(slot), known_in(roadshow, MeetingSlot.id == slot.id)
    slot.tables, slot.interpreters, slot.room_id = tables, interpreters, room.id if room else None
    db.session.flush()
    audit.record("meeting_slot.changed", slot, old=old, new=_values(slot), actor_id=id_of(who))
    tell_moved(roadshow, known)


def remove_slot(*, slot: MeetingSlot, roadshow: Roadshow, who: Person | None = None) -> None:
    """Take a slot away. Raises Conflict when a meeting was ever placed in it."""
    require_running(roadshow)
    lock(slot)
    if db.session.scalar(select(func.count()).where(Meeting.slot_id == slot.id)):
        raise Conflict(
            _l("Meetings are or were planned in this slot, so it has to stay. Move its meetings instead."),
            code="slot_used",
        )
    audit.record("meeting_slot.removed", slot, old=_values(slot), actor_id=id_of(who))
    db.session.delete(slot)
    db.session.flush()
