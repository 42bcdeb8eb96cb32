"""Agenda problems as JSON files in the format roadshow/1, checked field by field, and results as JSON.

The README beside the instances in tests/data/scheduling describes the format; docs/agenda.md the optional
keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from core.json_fields import Field, FieldError, read_json
from roadshows.agenda import Agenda, AgendaError
from roadshows.agenda_problem import (
    GREATEST_NUMBER,
    INTERCITY,
    LONGEST_SLOT,
    Event,
    Interpreter,
    Lock,
    Placement,
    Problem,
    Room,
    Slot,
    Weights,
)

FORMAT = "roadshow/1"
LARGEST_FILE = 32 * 1024 * 1024  # bytes; 1,000 sessions are some 200 kB
MOST_SLOTS, MOST_ROOMS, MOST_EVENTS, MOST_INTERPRETERS = 1000, 200, 1000, 500

_MOST_SPEAKERS = 100
_GREATEST_WEIGHT = 10**5
_MOST_PLACES = 1
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Instance:
    """A file as a problem. scale: whole prices of the problem for one of the file (weights may have
    decimals).
    """

    name: str
    problem: Problem
    scale: int


def read_instance(data: bytes, name: str) -> Instance:
    """Read an instance from the bytes of the file `name`. Raises FieldError naming the field."""
    try:
        return _instance(read_json(data, LARGEST_FILE))
    except FieldError as error:
        error.name = name
        raise


def _instance(top: Field) -> Instance:
    found = top.get("format")
    if found.value != FORMAT:
        raise found.refuse("wrong_format", wanted=FORMAT)
    name = top.find("name")
    slots = _list(top, "slots", MOST_SLOTS, _slot)
    slot_ids = {slot.id for slot in slots}
    rooms = _list(top, "rooms", MOST_ROOMS, _room)
    _check_cities(top.get("rooms"), rooms, {slot.city for slot in slots})
    events = _list(top, "events", MOST_EVENTS, lambda item: _event(item, slot_ids))
    people = _list(top, "interpreters", MOST_INTERPRETERS, lambda item: _interpreter(item, slot_ids), least=0)
    ids = _Ids(
        {event.id for event in events}, slot_ids, {room.id for room in rooms}, {who.id for who in people}
    )
    intercity, change = top.find("intercity_minutes"), top.find("change_weight")
    weights, scale = _weights(top.get("weights"), change)
    base, fewest, locked = top.find("base_placements"), top.find("fewest_moves"), top.find("locked")
    for field in (change, fewest):
        if field is not None and base is None:
            raise field.refuse("needs", other="base_placements")
    if base is not None and change is None and fewest is None:
        raise base.refuse("needs", other="change_weight")
    try:
        problem = Problem(
            slots=slots,
            rooms=rooms,
            events=events,
            interpreters=people,
            travel=_travel(top.find("travel"), {room.venue for room in rooms}),
            intercity=intercity.whole(0, GREATEST_NUMBER) if intercity is not None else INTERCITY,
            weights=Weights(weights["overflow"], weights["block_track"], weights["interpreter"]),
            locks=_locks(locked, ids),
            base=None if base is None else _base(base, ids),
            change_weight=weights["change"],
            fewest_moves=fewest.flag() if fewest is not None else False,
        )
    except AgendaError as error:
        raise FieldError(error.field, "refused", reason=str(error).partition(": ")[2]) from None
    return Instance(name.text() if name is not None else "", problem, scale)


@dataclass(frozen=True, slots=True)
class _Ids:
    events: set[str]
    slots: set[str]
    rooms: set[str]
    interpreters: set[str]


def _list(top: Field, key: str, most: int, read: Any, least: int = 1) -> tuple[Any, ...]:
    """Things with ids, each id once."""
    field = top.get(key)
    items = field.items(most)
    if len(items) < least:
        raise field.refuse("empty")
    found = tuple(read(item) for item in items)
    first: dict[str, int] = {}
    for place, thing in enumerate(found):
        if thing.id in first:
            where = Field(thing.id, f"{field.path}[{place}].id")
            raise where.refuse("duplicate_id", first=f"{field.path}[{first[thing.id]}]")
        first[thing.id] = place
    return found


def _slot(item: Field) -> Slot:
    start, minutes = item.get("start"), item.get("minutes").whole(1, LONGEST_SLOT)
    moment = _moment(start)
    begin = _minute(start, moment)
    if (end := item.find("end")) is not None:
        gap = _minute(end, _moment(end)) - begin
        if gap <= 0:
            raise end.refuse("refused", reason="ends before it starts")
        if gap != minutes:
            raise end.refuse("refused", reason=f"is {gap} minutes after the start, not {minutes}")
    return Slot(
        item.get("id").name(),
        begin,
        minutes,
        item.get("city").name(),
        item.get("block").name(),
        moment.date().isoformat(),
    )


def _moment(field: Field) -> datetime:
    text = field.text()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        reason = "must be a time such as 2027-05-11T09:30:00+09:00"
        raise field.refuse("refused", reason=reason) from None
    if moment.tzinfo is None:
        reason = "has no offset from UTC; write it behind the time: +09:00 in Seoul, +08:00 in Chengdu"
        raise field.refuse("refused", reason=reason)
    return moment


def _minute(field: Field, moment: datetime) -> int:
    try:
        minutes, rest = divmod(moment - _EPOCH, _MINUTE)
    except OverflowError:
        minutes, rest = 0, _MINUTE
    if rest:
        raise field.refuse("refused", reason="must be on a whole minute")
    return minutes


def _room(item: Field) -> Room:
    return Room(
        item.get("id").name(),
        item.get("city").name(),
        item.get("venue").name(),
        item.get("capacity").whole(0, GREATEST_NUMBER),
    )


def _check_cities(field: Field, rooms: Sequence[Room], cities: set[str]) -> None:
    for item, room in zip(field.items(), rooms, strict=True):
        if room.city not in cities:
            raise item.get("city").refuse("refused", reason="is a city without slots")


def _event(item: Field, slots: set[str]) -> Event:
    interp, minutes = item.find("interp"), item.find("minutes")
    return Event(
        item.get("id").name(),
        item.get("track").name(),
        item.get("city").name(),
        None if interp is None else interp.name(),
        tuple(_distinct(item.get("speakers"), Field.name, _MOST_SPEAKERS)),
        item.get("demand").whole(0, GREATEST_NUMBER),
        _slots(item.get("unavailable"), slots),
        0 if minutes is None else minutes.whole(1, LONGEST_SLOT),
    )


def _interpreter(item: Field, slots: set[str]) -> Interpreter:
    return Interpreter(
        item.get("id").name(),
        frozenset(_distinct(item.get("pairs"), Field.name, 1000)),
        _slots(item.get("unavailable"), slots),
        item.get("max_consecutive").whole(1, GREATEST_NUMBER),
    )


def _distinct(field: Field, read: Any, most: int) -> list[Any]:
    field.items(most)
    return field.distinct(read)


def _slots(field: Field, slots: set[str]) -> frozenset[str]:
    return frozenset(item.known(slots, "the slots") for item in field.items())


def _travel(field: Field | None, venues: set[str]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for item in field.items() if field is not None else ():
        if not isinstance(item.value, list) or len(item.value) != 3:
            raise item.refuse("refused", reason="must be [venue, venue, minutes]")
        one, two, minutes = item.items()
        pair = one.known(venues, "the venues of the rooms"), two.known(venues, "the venues of the rooms")
        if pair[0] == pair[1]:
            raise item.refuse("refused", reason="is the way from a venue to itself")
        way = minutes.whole(0, GREATEST_NUMBER)
        key = min(pair), max(pair)
        if found.setdefault(key, way) != way:
            raise item.refuse("refused", reason=f"was {found[key]} minutes before")
    return found


def _weights(field: Field, change: Field | None) -> tuple[dict[str, int], int]:
    """Weights as whole numbers, and how many of those are one of the file."""
    given = {key: field.get(key) for key in ("overflow", "block_track")}
    if (days := field.find("interpreter")) is not None:
        given["interpreter"] = days
    if change is not None:
        given["change"] = change
    read = dict.fromkeys(("interpreter", "change"), Decimal(0)) | {
        key: item.number(0, _GREATEST_WEIGHT, _MOST_PLACES) for key, item in given.items()
    }
    scale = 1 if all(value == int(value) for value in read.values()) else 10**_MOST_PLACES
    return {key: int(value * scale) for key, value in read.items()}, scale


def _locks(field: Field | None, ids: _Ids) -> tuple[Lock, ...]:
    def lock(item: Field) -> Lock:
        event, slot, room, interpreter = (item.find(key) for key in ("event", "slot", "room", "interpreter"))
        if slot is None and room is None and interpreter is None:
            raise item.refuse("refused", reason="locks nothing: name a slot, a room or an interpreter")
        return Lock(
            (event or item.get("event")).known(ids.events, "the events"),
            None if slot is None else slot.known(ids.slots, "the slots"),
            None if room is None else room.known(ids.rooms, "the rooms"),
            None if interpreter is None else interpreter.known(ids.interpreters, "the interpreters"),
        )

    return () if field is None else _once(field, lock)


def _base(field: Field, ids: _Ids) -> tuple[Placement, ...]:
    """The plan before; its slots, rooms and interpreters may be gone."""

    def placement(item: Field) -> Placement:
        person = item.find("interpreter")
        return Placement(
            item.get("event").known(ids.events, "the events"),
            item.get("slot").name(),
            item.get("room").name(),
            None if person is None else person.name(),
        )

    return _once(field, placement)


def _once(field: Field, read: Any) -> tuple[Any, ...]:
    """Rows about events, each event once."""
    found: dict[str, Any] = {}
    for item in field.items(MOST_EVENTS):
        row = read(item)
        if row.event in found:
            raise item.get("event").refuse("twice")
        found[row.event] = row
    return tuple(found.values())


def result_json(instance: Instance, found: Agenda, *, seed: int, seconds: float) -> dict[str, Any]:
    """What the command writes: the plan, its proof and its quality, or the rules that collide."""
    problem, scale = found.problem, instance.scale
    rows = found.placements
    slot_of, room_of, event_of = problem.slot_of, problem.room_of, problem.event_of
    result: dict[str, Any] = {
        "format": FORMAT,
        "name": instance.name,
        "status": found.status,
        "stopped": found.stopped,
        "objective": _points(found.objective, scale),
        "bound": _points(found.bound, scale),
        "gap": found.gap,
        "seconds": round(seconds, 3),
        "seed": seed,
        "placements": [placement_json(row) for row in rows],
        "unplaced": list(found.unplaced),
        "conflict": conflict_json(found),
        "overflow": sum(max(0, event_of[row.event].demand - room_of[row.room].capacity) for row in rows),
        "block_room_tracks": len(
            {(slot_of[row.slot].block, row.room, event_of[row.event].track) for row in rows}
        ),
    }
    if problem.base is not None:
        result |= {"moved": found.moved, "moves_bound": found.moves_bound}
    return result


def placement_json(row: Placement) -> dict[str, str | None]:
    """A placement as files have it."""
    return {"event": row.event, "slot": row.slot, "room": row.room, "interpreter": row.interpreter}


def conflict_json(found: Agenda) -> list[Mapping[str, Any]]:
    """The rules that collide as files have them."""
    return [
        {"rule": part.rule, "objects": list(part.objects), "message": part.message, "params": part.params}
        for part in found.conflict
    ]


def _points(value: int | None, scale: int) -> int | float | None:
    """In prices of the file; a decimal number only where weights are."""
    if value is None or scale == 1:
        return value
    return value // scale if value % scale == 0 else value / scale
