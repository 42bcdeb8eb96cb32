"""Writes on when things can take place: days, and the slots of a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core import audit, errors
from core.db import db
from core.errors import BadInput, Conflict, NotFound
from core.languages import Trilingual
from roadshows.models import Day, HostCity, MeetingSlot, Roadshow, Session, Slot
from roadshows.operations.meeting_notices import known_in, tell_moved
from roadshows.operations.office_common import NOTHING, agenda_changed, check_open, count_up, put
from roadshows.slot_times import (
    MOST_IN_A_SERIES,
    AfterMidnight,
    NoSuchTime,
    Stretch,
    clash,
    moved,
    series,
)

LONGEST_SLOT = 720


def _twice() -> Conflict:
    return Conflict(fields={"date": _l("This city has this day already.")}, code="day_taken")


errors.CONSTRAINTS |= {
    name: _twice()
    for name in (
        "uq_roadshow_day_roadshow_id",
        "roadshow_day.roadshow_id, roadshow_day.city_id, roadshow_day.date",
    )
}


def add_day(
    *, roadshow: Roadshow, seen: int | None, city: HostCity, date: date, title: Trilingual = NOTHING
) -> Day:
    """A day in a city of the roadshow. Raises `Conflict` when the city has it already."""
    check_open(roadshow, seen)
    if city.roadshow_id != roadshow.id:
        raise NotFound
    _refuse_twice(city, date)
    day = Day(roadshow_id=roadshow.id, city_id=city.id, date=date, title=title)
    db.session.add(day)
    audit.record("day.added", day, new={"city": city.slug, "date": date.isoformat()})
    count_up(roadshow)
    db.session.expire(roadshow, ["days"])
    return day


def change_day(*, day: Day, seen: int | None, date: date, title: Trilingual) -> None:
    """New title or date; its slots move along and keep their times on the wall. Who knows of a meeting on it
    is told.

    A day stays in its city: its sessions and rooms are there. Raises `Conflict` when slots of another day of
    the city are in the way.
    """
    roadshow = day.roadshow
    check_open(roadshow, seen)
    shift = (date - day.date).days
    known = known_in(roadshow, MeetingSlot.day_id == day.id) if shift else []
    if shift:
        _refuse_twice(day.city, date)
        _move_slots(day, shift)
    if put(day, {"date": date, "title": title}, "day.changed"):
        if shift:
            agenda_changed(roadshow)
        count_up(roadshow)
    tell_moved(roadshow, known)


def _refuse_twice(city: HostCity, on: date) -> None:
    if db.session.scalar(select(Day.id).where(Day.city_id == city.id, Day.date == on)):
        raise _twice()


def _move_slots(day: Day, shift: int) -> None:
    zone = day.city.zone
    try:
        models: tuple[Any, ...] = (Slot, MeetingSlot)
        for model in models:
            rows = db.session.scalars(select(model).where(model.day_id == day.id).order_by(model.starts_at))
            # The later first when they move forward, so that no two ever share a moment on the way.
            for slot in sorted(rows, key=lambda row: row.starts_at, reverse=shift > 0):
                slot.starts_at = moved(slot.starts_at, zone, shift)
                db.session.flush()
    except NoSuchTime as error:
        raise BadInput(
            fields={"date": _l("The clocks change on that day and skip the time of a slot.")}
        ) from error
    fresh = [Stretch(row.starts_at, row.minutes) for row in slots_of(day)]
    if clash(fresh, _standing(day.city, apart_from=day)):
        raise Conflict(
            fields={"date": _l("A slot would overlap with one of another day of this city.")}, code="overlap"
        )


def remove_day(*, day: Day, seen: int | None) -> None:
    """With its empty slots. Raises `Conflict` while sessions are placed or meeting times stand on it."""
    roadshow = day.roadshow
    check_open(roadshow, seen)
    slots = [row.id for row in slots_of(day)]
    placed = _count(Session, Session.slot_id.in_(slots)) + _count(MeetingSlot, MeetingSlot.day_id == day.id)
    if placed:
        raise Conflict(
            _l("%(num)d sessions or meeting times stand on this day. Move them first.", num=placed),
            code="in_use",
        )
    audit.record("day.removed", day, old={"date": day.date.isoformat(), "slots": len(slots)})
    for slot in slots_of(day):
        db.session.delete(slot)
    db.session.flush()
    db.session.delete(day)
    agenda_changed(roadshow)
    count_up(roadshow)
    db.session.expire(roadshow, ["days"])


# --- slots ---


def slots_of(day: Day) -> list[Slot]:
    """The day's slots in their order."""
    return list(db.session.scalars(select(Slot).where(Slot.day_id == day.id).order_by(Slot.starts_at)))


def add_slots(
    *,
    day: Day,
    seen: int | None,
    first: time,
    minutes: int,
    count: int = 1,
    pause: int = 0,
    block: str = "am",
) -> list[Slot]:
    """One slot, or a series, by the clock of the day's city.

    Raises `BadInput` when one would begin after midnight or at a time that the clocks skip, `Conflict` naming
    the slot that is in the way. Nothing is added then.
    """
    roadshow = day.roadshow
    check_open(roadshow, seen)
    stretches = _series(day, first, minutes, count, pause)
    _refuse_overlap(day, stretches, ())
    rows = [
        Slot(
            roadshow_id=roadshow.id,
            day_id=day.id,
            starts_at=stretch.starts_at,
            minutes=stretch.minutes,
            block=block,
        )
        for stretch in stretches
    ]
    db.session.add_all(rows)
    db.session.flush()
    audit.record(
        "slots.added",
        day,
        new={
            "first": rows[0].starts_at.isoformat(),
            "minutes": minutes,
            "count": count,
            "pause": pause,
            "block": block,
        },
    )
    agenda_changed(roadshow)
    count_up(roadshow)
    return rows


def change_slot(*, slot: Slot, seen: int | None, at: time, minutes: int, block: str) -> None:
    """New time, length, block. Raises as `add_slots`, and `Conflict` when a session placed in it would be
    longer than the slot."""
    day = slot.day
    roadshow = day.roadshow
    check_open(roadshow, seen)
    (stretch,) = _series(day, at, minutes, 1, 0)
    _refuse_overlap(day, [stretch], (slot.id,))
    longest = db.session.scalar(select(func.max(Session.minutes)).where(Session.slot_id == slot.id))
    if longest is not None and longest > minutes:
        raise Conflict(
            fields={
                "minutes": _l(
                    "A session of %(minutes)d minutes stands in this slot. Shorten or move it first.",
                    minutes=longest,
                )
            },
            code="too_short",
        )
    values = {"starts_at": stretch.starts_at, "minutes": minutes, "block": block}
    if put(slot, values, "slot.changed"):
        agenda_changed(roadshow)
        count_up(roadshow)


def remove_slots(*, day: Day, seen: int | None, slots: Sequence[Slot]) -> None:
    """Take slots away. Raises `Conflict` while sessions stand in them: none is lost by it."""
    roadshow = day.roadshow
    check_open(roadshow, seen)
    ids = [slot.id for slot in slots]
    if placed := _count(Session, Session.slot_id.in_(ids)):
        raise Conflict(
            _l("%(num)d sessions stand in there. Take them out of the agenda first.", num=placed),
            code="in_use",
        )
    audit.record("slots.removed", day, old={"starts_at": [slot.starts_at.isoformat() for slot in slots]})
    for slot in slots:
        db.session.delete(slot)
    agenda_changed(roadshow)
    count_up(roadshow)


def _series(day: Day, first: time, minutes: int, count: int, pause: int) -> list[Stretch]:
    if not 1 <= minutes <= LONGEST_SLOT:
        raise BadInput(
            fields={
                "minutes": _l(
                    "Please write a whole number from %(least)d to %(most)d.", least=1, most=LONGEST_SLOT
                )
            }
        )
    if not 1 <= count <= MOST_IN_A_SERIES:
        raise BadInput(
            fields={
                "count": _l(
                    "Please write a whole number from %(least)d to %(most)d.", least=1, most=MOST_IN_A_SERIES
                )
            }
        )
    try:
        return series(day.date, day.city.zone, first, minutes, count, pause)
    except AfterMidnight as error:
        raise BadInput(
            fields={
                "count": _l(
                    "Slot %(number)d would begin after midnight. What begins then belongs to the next day:"
                    " add it there.",
                    number=error.number,
                )
            },
            code="after_midnight",
        ) from error
    except NoSuchTime as error:
        raise BadInput(
            fields={"first": _l("The clocks of this city skip that time on this day.")}, code="no_such_time"
        ) from error


def _refuse_overlap(day: Day, fresh: list[Stretch], without: Sequence[int]) -> None:
    found = clash(fresh, _standing(day.city, without=without))
    if found is None:
        return
    one, other = found
    raise Conflict(
        _l(
            "%(fresh)s would overlap with %(standing)s, which stands there already.",
            fresh=_told(one, day.city.zone),
            standing=_told(other, day.city.zone),
        ),
        code="overlap",
    )


def _told(stretch: Stretch, zone: str) -> str:
    start, end = (one.astimezone(ZoneInfo(zone)) for one in (stretch.starts_at, stretch.ends_at))
    return f"{start:%H:%M}–{end:%H:%M}"


def _standing(city: HostCity, *, apart_from: Day | None = None, without: Sequence[int] = ()) -> list[Stretch]:
    """All slots of the city but some: one that ends after midnight may reach into the next day."""
    rows: Any = db.session.execute(
        select(Slot.starts_at, Slot.minutes, Slot.id, Slot.day_id)
        .join(Day, Day.id == Slot.day_id)
        .where(Day.city_id == city.id)
    )
    return [
        Stretch(row.starts_at, row.minutes)
        for row in rows
        if row.id not in without and (apart_from is None or row.day_id != apart_from.id)
    ]


def _count(model: Any, condition: Any) -> int:
    return db.session.execute(select(func.count()).select_from(model).where(condition)).scalar_one()
