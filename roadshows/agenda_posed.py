"""From the draft's rows to the planner's problem, and to what is wrong with the draft as it stands.

Slots and rooms have their database ids with a word before ("slot-3"), sessions and people their keys, so that
no two things share an id. A session for the whole city
(an opening, a break) is nothing that the planner places: it blocks all cells of its city meanwhile and keeps
its own people busy. To be checked it stands in a room of its own, `whole:<city>`, when it has none.

A room in which people meet one to one is taken meanwhile for all but the sessions of the kind "meetings",
which say the same in the program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from roadshows.agenda_board import Board
from roadshows.agenda_conflicts import Cell, Conflict, Repair, cells_for, conflicts, repairs
from roadshows.agenda_draft import Draft, Session, Slot, Spot
from roadshows.agenda_problem import (
    GREATEST_NUMBER,
    INTERCITY,
    Engagement,
    Event,
    Interpreter,
    Lock,
    Placement,
    Problem,
    Room,
    Weights,
)
from roadshows.agenda_problem import Slot as PlannedSlot

WHOLE_CITY = "whole_city"
"""The kind of conflict of a session with one that leaves no room for anything else in its city."""
MEETINGS = "meetings"
"""The kind of sessions that stand for the one-to-one meetings."""


def slot_id(number: int | None) -> str:
    """A slot's id in problems."""
    return f"slot-{number}"


def room_id(number: int) -> str:
    """A room's id in problems."""
    return f"room-{number}"


def number_of(name: str) -> int | None:
    """The database id of a slot or room; None for the room that stands for a whole city."""
    _word, _dash, number = name.partition("-")
    return int(number) if number.isdigit() else None


def minutes_of(moment: datetime) -> int:
    """Whole minutes since the epoch."""
    return int(moment.timestamp()) // 60


def to_check(draft: Draft) -> Problem | None:
    """All sessions with those for the whole city, none of them movable by itself; None without anything to
    check (no slot, no room or no session)."""
    whole = [session for session in draft.sessions if session.whole_city]
    events = tuple(_event(draft, session) for session in draft.sessions)
    if not (events and draft.slots and draft.rooms):
        return None
    places = {draft.city_of[session.city_id].slug: session.city_id for session in whole}
    rooms = [Room(_whole(slug), slug, _whole(slug), GREATEST_NUMBER) for slug in places]
    near = {
        (_whole(slug), str(venue.id)): 0
        for slug, city in places.items()
        for venue in draft.venues
        if venue.city_id == city
    }
    locks = [
        Lock(session.key, slot_id(session.spot.slot_id), _room(draft, session))
        for session in draft.sessions
        if session.is_placed and (session.whole_city or session.spot.is_locked)
    ]
    return Problem(
        slots=_slots(draft),
        rooms=(*_rooms(draft), *rooms),
        events=events,
        interpreters=_interpreters(draft),
        travel=_travel(draft) | near,
        locks=tuple(locks),
        engagements=tuple(_away(draft)),
        blocked=frozenset(_blocked(draft)),
    )


def to_plan(draft: Draft, *, everything: bool = False, weights: Weights = Weights()) -> Problem | None:
    """What the planner is asked: where sessions for one room go. Those that stand stay where they are unless
    `everything` may move; what is locked stays in any case, and so does what stands for the meetings in their
    own room. None without anything to plan."""
    ours = [session for session in draft.sessions if not session.whole_city]
    if not (ours and draft.slots and draft.rooms):
        return None
    standing = [session for session in ours if session.is_placed]
    return Problem(
        slots=_slots(draft),
        rooms=_rooms(draft),
        events=tuple(_event(draft, session) for session in ours),
        interpreters=_interpreters(draft),
        travel=_travel(draft),
        weights=weights,
        locks=tuple(
            _lock(draft, session)
            for session in standing
            if session.spot.is_locked or not everything or _is_in_its_hall(draft, session)
        ),
        base=tuple(placement_of(draft, session) for session in standing) if everything else None,
        blocked=frozenset(_blocked(draft)),
        engagements=(*_away(draft), *_at_whole_city(draft)),
    )


def placement_of(draft: Draft, session: Session) -> Placement:
    """A placed session as the planner's modules have it."""
    interpreter = draft.interpreter_of.get(session.spot.interpreter_id or 0)
    return Placement(
        session.key,
        slot_id(session.spot.slot_id),
        _room(draft, session),
        interpreter.key if interpreter else None,
    )


def placements(draft: Draft) -> list[Placement]:
    """All that stands."""
    return [placement_of(draft, session) for session in draft.sessions if session.is_placed]


def spot_of(draft: Draft, placement: Placement, *, is_locked: bool) -> Spot:
    """A placement as the session's row has it."""
    interpreters = {one.key: one.id for one in draft.interpreters}
    return Spot(
        number_of(placement.slot),
        number_of(placement.room),
        interpreters[placement.interpreter] if placement.interpreter else None,
        is_locked,
    )


def found_conflicts(draft: Draft, problem: Problem | None) -> list[Conflict]:
    """Everything wrong with the draft, hard things first; `problem` is that of `to_check`."""
    if problem is None:
        return []
    plain = problem.with_(blocked=frozenset(_halls(draft)))
    return [*_with_whole_city(draft), *conflicts(plain, placements(draft))]


def found_cells(draft: Draft, problem: Problem | None, key: str) -> dict[tuple[int, int | None], Cell]:
    """What the session would find in each (slot, room), database ids; for one of the whole city also in
    (slot, None)."""
    if problem is None:
        return {}
    session = draft.session_of[key]
    free = problem.with_(blocked=frozenset(_blocked(draft, without=key)))
    cells = cells_for(free, placements(draft), key)
    found = {
        (number_of(slot) or 0, number_of(room)): cell
        for (slot, room), cell in cells.items()
        if number_of(room) is not None or room == _whole_of(draft, session)
    }
    if not session.whole_city:
        return {where: cell for where, cell in found.items() if where[1] is not None}
    return {where: _beside_others(draft, session, where[0], cell) for where, cell in found.items()}


def interpreter_for(draft: Draft, session: Session, slot: int, room: int | None) -> int | None:
    """Who would interpret the session there: the one it has if free, else one who is, else the one it has,
    whose conflict then shows; None when it needs nobody or nobody can."""
    problem = to_check(draft)
    if not session.interpreting or problem is None:
        return None
    board = Board(problem, (row for row in placements(draft) if row.event != session.key))
    hall = problem.room_of[_whole_of(draft, session) if room is None else room_id(room)]
    event, time = problem.event_of[session.key], problem.slot_of[slot_id(slot)]
    ids = {one.key: one.id for one in draft.interpreters}
    free = [ids[one.id] for one in board.free_interpreters(event, time, hall.venue)]
    had = session.spot.interpreter_id
    return had if had in free or not free else free[0]


def found_repairs(draft: Draft, problem: Problem, conflict: Conflict) -> list[Repair]:
    """Two or three legal ways to end a conflict, if there are any."""
    if conflict.kind == WHOLE_CITY:
        conflict = Conflict("room_taken", "hard", conflict.sessions[1:], (), {})
    return repairs(problem, placements(draft), conflict)


def _whole(slug: str) -> str:
    return f"whole:{slug}"


def _whole_of(draft: Draft, session: Session) -> str:
    return _whole(draft.city_of[session.city_id].slug)


def _room(draft: Draft, session: Session) -> str:
    room = session.spot.room_id
    return _whole_of(draft, session) if room is None else room_id(room)


def _slots(draft: Draft) -> tuple[PlannedSlot, ...]:
    found = []
    for slot in draft.slots:
        city = draft.city_of_slot(slot)
        day = slot.starts_at.astimezone(ZoneInfo(city.zone)).date().isoformat()
        block = f"{slot.day_id}/{slot.block}"
        start = minutes_of(slot.starts_at)
        found.append(PlannedSlot(slot_id(slot.id), start, slot.minutes, city.slug, block, day))
    return tuple(found)


def _rooms(draft: Draft) -> tuple[Room, ...]:
    return tuple(
        Room(
            room_id(room.id),
            draft.city_of_room(room).slug,
            str(room.venue_id),
            min(room.capacity, GREATEST_NUMBER),
        )
        for room in draft.rooms
    )


def _travel(draft: Draft) -> dict[tuple[str, str], int]:
    """What organizers noted; venues of one city of which they noted nothing are next door to each other."""
    city = {venue.id: venue.city_id for venue in draft.venues}
    found = {}
    for place, one in enumerate(draft.venues):
        for other in draft.venues[place + 1 :]:
            pair = (min(one.id, other.id), max(one.id, other.id))
            near = 0 if city[one.id] == city[other.id] else INTERCITY
            minutes = draft.travel.get(pair, near)
            found[str(pair[0]), str(pair[1])] = min(minutes, GREATEST_NUMBER)
    return found


def _event(draft: Draft, session: Session) -> Event:
    return Event(
        session.key,
        str(session.track_id or 0),
        draft.city_of[session.city_id].slug,
        session.interpreting or None,
        tuple(one.key for one in session.appearances),
        min(session.audience, GREATEST_NUMBER),
        frozenset(),
        session.minutes,
    )


def _interpreters(draft: Draft) -> tuple[Interpreter, ...]:
    return tuple(
        Interpreter(one.key, frozenset(one.pairs), frozenset(), one.most_in_a_row)
        for one in draft.interpreters
    )


def _lock(draft: Draft, session: Session) -> Lock:
    """The whole placement of a session that stands; an interpreter who is missing may be found."""
    placement = placement_of(draft, session)
    needed = placement.interpreter if session.interpreting else None
    return Lock(session.key, placement.slot, placement.room, needed)


def _away(draft: Draft) -> Iterator[Engagement]:
    """Absences and meetings of who speaks or interprets; somebody who does both is away from both."""
    interprets = {one.key for one in draft.interpreters}
    speaks = {one.key for session in draft.sessions for one in session.appearances}
    for busy in draft.busy:
        start, end = minutes_of(busy.starts_at), -(-int(busy.ends_at.timestamp()) // 60)
        venue = str(busy.venue_id) if busy.venue_id is not None else None
        if busy.key in speaks:
            yield Engagement("speaker", busy.key, start, end, venue)
        if busy.key in interprets:
            yield Engagement("interpreter", busy.key, start, end, venue)


def _at_whole_city(draft: Draft) -> Iterator[Engagement]:
    """Those who speak or interpret in a session for the whole city have no time for another one."""
    for session, slot in _whole_placed(draft):
        room = draft.room_of.get(session.spot.room_id or 0)
        venue = str(room.venue_id) if room else None
        start, end = minutes_of(slot.starts_at), minutes_of(slot.ends_at)
        for one in session.appearances:
            yield Engagement("speaker", one.key, start, end, venue)
        interpreter = draft.interpreter_of.get(session.spot.interpreter_id or 0)
        if interpreter and session.interpreting:
            yield Engagement("interpreter", interpreter.key, start, end, venue)


def _whole_placed(draft: Draft) -> list[tuple[Session, Slot]]:
    return [
        (session, draft.slot_of[session.spot.slot_id])
        for session in draft.sessions
        if session.whole_city and session.spot.slot_id is not None
    ]


def _blocked(draft: Draft, without: str = "") -> Iterator[tuple[str, str]]:
    """The cells that sessions for a whole city take, and those in which people meet; as they are for the
    session `without`."""
    if not without or draft.session_of[without].kind != MEETINGS:
        yield from _halls(draft)
    taken = [(session.city_id, slot) for session, slot in _whole_placed(draft) if session.key != without]
    for slot in draft.slots if taken else ():
        cities = {city for city, other in taken if slot.overlaps(other)}
        for room in draft.rooms:
            if draft.city_of_room(room).id in cities:
                yield slot_id(slot.id), room_id(room.id)


def _halls(draft: Draft) -> Iterator[tuple[str, str]]:
    """The cells in which people meet, but for those where a session stands that says so."""
    said = {
        (one.spot.slot_id, one.spot.room_id)
        for one in draft.sessions
        if one.kind == MEETINGS and one.is_placed
    }
    for slot in draft.slots:
        for hall in draft.halls:
            if slot.overlaps(hall) and (slot.id, hall.room_id) not in said:
                yield slot_id(slot.id), room_id(hall.room_id)


def _is_in_its_hall(draft: Draft, session: Session) -> bool:
    if session.kind != MEETINGS or session.spot.slot_id is None:
        return False
    slot = draft.slot_of[session.spot.slot_id]
    return any(hall.room_id == session.spot.room_id and slot.overlaps(hall) for hall in draft.halls)


def _with_whole_city(draft: Draft) -> Iterator[Conflict]:
    whole = _whole_placed(draft)
    seen: set[frozenset[str]] = set()
    for session, slot in whole:
        for other in _at_same_time(draft, session, slot):
            pair = frozenset((session.key, other.key))
            if pair not in seen:
                seen.add(pair)
                params = {"slot": slot_id(slot.id)}
                yield Conflict(WHOLE_CITY, "hard", (session.key, other.key), (), params)


def _at_same_time(draft: Draft, session: Session, slot: Slot) -> Sequence[Session]:
    return [
        other
        for other in draft.sessions
        if other.key != session.key
        and other.city_id == session.city_id
        and other.spot.slot_id is not None
        and draft.slot_of[other.spot.slot_id].overlaps(slot)
    ]


def _beside_others(draft: Draft, session: Session, slot: int, cell: Cell) -> Cell:
    """The cell of a session for the whole city: nothing else may take place in the city meanwhile."""
    others = tuple(one.key for one in _at_same_time(draft, session, draft.slot_of[slot]))
    if not others:
        return cell
    codes = (WHOLE_CITY, *(code for code in cell.codes if code != "room_taken"))
    return Cell(
        codes, tuple(dict.fromkeys((*others, *cell.sessions))), cell.objects, cell.interpreter, cell.over
    )
