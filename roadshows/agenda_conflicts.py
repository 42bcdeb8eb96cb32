"""What is wrong with a plan, whole or half done, where a session could go instead, and how each wrong could
be mended. No solver: this answers the editor within milliseconds.

The hard rules are those of the planner. A plan in which nothing hard is found and all sessions stand is
legal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Literal

from roadshows.agenda_board import Board, Obstacle, overlap, stretches
from roadshows.agenda_problem import Event, Placement, Problem, Room, Slot

HARD = (
    "room_taken",  # another session, or what isn't planned, is in the room at the time
    "city",  # session, slot and room aren't of one city
    "too_long",  # the session is longer than the slot
    "unavailable_event",  # the session has named the slot as impossible
    "unavailable_speaker",  # a speaker is busy elsewhere
    "speaker_twice",  # a speaker is in two places at the same time
    "speaker_travel",  # a speaker hasn't the time to get from one venue to the other
    "interpreter_missing",  # an interpreter is needed (in a cell: nobody is free)
    "interpreter_unneeded",  # the session has one and needs none
    "interpreter_pair",  # the interpreter doesn't have the language pair
    "unavailable_interpreter",
    "interpreter_twice",
    "interpreter_travel",
    "interpreter_stretch",  # too many slots in a row
)
SOFT = ("capacity",)  # more people expected than seats
KINDS = HARD + SOFT

_MOST_SWAPS_TRIED = 400


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something wrong. kind: one of KINDS; sessions: ids, the ones that clash; objects: ids of the people,
    rooms and slots concerned; params: what fills a sentence, all text (`speaker`, `interpreter`, `room`,
    `slot`, `slots`, `minutes`, `needed`, `most`, `pair`, `over`).
    """

    kind: str
    severity: Literal["hard", "soft"]
    sessions: tuple[str, ...]
    objects: tuple[str, ...]
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a session would find in a cell. codes: hard kinds that stand in the way, none when it is free;
    sessions and objects: who is meant; interpreter: who would interpret, when one is needed and free;
    over: people without a seat.
    """

    codes: tuple[str, ...]
    sessions: tuple[str, ...]
    objects: tuple[str, ...]
    interpreter: str | None
    over: int

    @property
    def is_free(self) -> bool:
        """Whether the session may be put there as things stand."""
        return not self.codes


@dataclass(frozen=True, slots=True)
class Repair:
    """A legal way out: the new placements (1 or 2). kind: "interpreter" changes nobody's time or room; moves:
    sessions that change slot or room; price: by how much the plan's objective grows.
    """

    kind: Literal["interpreter", "move", "swap"]
    placements: tuple[Placement, ...]
    moves: int
    price: int


def conflicts(problem: Problem, placements: Sequence[Placement]) -> list[Conflict]:
    """Everything wrong with a plan, whole or half done, hard things first. A session that isn't placed is no
    conflict. KeyError for ids that the problem hasn't; each session may stand once."""
    board = Board(problem, placements)
    found = [*_alone(board), *_in_rooms(board), *_of_speakers(board), *_of_interpreters(board)]
    return sorted(found, key=lambda one: KINDS.index(one.kind))


def cells_for(problem: Problem, placements: Sequence[Placement], event: str) -> dict[tuple[str, str], Cell]:
    """What `event` would find in each (slot, room), itself taken away first; slots and rooms in the problem's
    order. A cell is free when all hard rules would be kept there; who would interpret is said."""
    board = Board(problem, placements)
    before = board.take(event) if event in board.at else None
    wanted = before.interpreter if before is not None else None
    return _cells(board, problem.event_of[event], wanted)


def repairs(
    problem: Problem, placements: Sequence[Placement], conflict: Conflict, most: int = 3
) -> list[Repair]:
    """Up to `most` legal ways to end a conflict, fewest moves first, then the cheapest, then the nearest in
    time.

    Legal: what is moved meets no hard conflict where it gets to, and this conflict is gone (others may
    stay). A repair that only changes the interpreter leaves the session to its other conflicts.
    What is locked doesn't move.
    """
    board = Board(problem, placements)
    found: list[Repair] = []
    for session in conflict.sessions:
        found += _other_interpreter(board, session, conflict)
        found += _moves(board, session, conflict)
    if len(found) < most:
        found += _swaps(board, conflict)
    place = {slot.id: slot.start for slot in problem.slots}

    def distance(repair: Repair) -> int:
        return sum(abs(place[row.slot] - place[board.at[row.event].slot]) for row in repair.placements)

    unique = {repair.placements: repair for repair in found}
    ranked = sorted(
        unique.values(),
        key=lambda one: (one.moves, one.price, distance(one), str(one.placements)),
    )
    return list(islice((repair for repair in ranked if _ends(board, repair, conflict)), most))


def obstacles_at(board: Board, event: Event, slot: Slot, room: Room) -> list[Obstacle]:
    """What stands in the way of `event`, which is not on the board, in a cell; interpreters aside."""
    return [*board.room_obstacles(event, slot, room), *board.time_obstacles(event, slot, room.venue)]


def _ends(board: Board, repair: Repair, conflict: Conflict) -> bool:
    """Whether a repair ends the conflict: one session less doesn't make every stretch short enough."""
    after = dict(board.at) | {row.event: row for row in repair.placements}
    left = [one for one in conflicts(board.problem, list(after.values())) if one.kind == conflict.kind]
    if conflict.kind == "interpreter_stretch":
        return not any(
            one.objects == conflict.objects and set(one.sessions) & set(conflict.sessions) for one in left
        )
    return conflict.sessions not in [one.sessions for one in left]


def _hard(kind: str, sessions: Sequence[str], objects: Sequence[str], **params: object) -> Conflict:
    return Conflict(
        kind, "hard", tuple(sessions), tuple(objects), {key: str(value) for key, value in params.items()}
    )


def _alone(board: Board) -> Iterator[Conflict]:
    """What is wrong with a placement whatever the others are."""
    problem = board.problem
    for row in board.at.values():
        event, slot, room = problem.event_of[row.event], problem.slot_of[row.slot], problem.room_of[row.room]
        ids = [row.event]
        if not event.city == slot.city == room.city:
            yield _hard("city", ids, [slot.id, room.id], slot=slot.id, room=room.id)
        if (slot.id, room.id) in problem.blocked:
            yield _hard("room_taken", ids, [room.id], slot=slot.id, room=room.id)
        if event.minutes > slot.minutes:
            yield _hard("too_long", ids, [slot.id], slot=slot.id, needed=event.minutes, minutes=slot.minutes)
        if slot.id in event.unavailable:
            yield _hard("unavailable_event", ids, [slot.id], slot=slot.id)
        for speaker in event.speakers:
            if problem.engaged("speaker", speaker, slot, room.venue):
                yield _hard("unavailable_speaker", ids, [speaker], slot=slot.id, speaker=speaker)
        yield from _own_interpreter(problem, row, event, slot, room)
        if (over := event.demand - room.capacity) > 0:
            yield Conflict("capacity", "soft", (row.event,), (room.id,), {"room": room.id, "over": str(over)})


def _own_interpreter(
    problem: Problem, row: Placement, event: Event, slot: Slot, room: Room
) -> Iterator[Conflict]:
    ids = [row.event]
    if event.interp is None:
        if row.interpreter is not None:
            yield _hard("interpreter_unneeded", ids, [row.interpreter], interpreter=row.interpreter)
        return
    person = None if row.interpreter is None else problem.interpreter_of.get(row.interpreter)
    if person is None:
        yield _hard("interpreter_missing", ids, [], pair=event.interp)
        return
    if event.interp not in person.pairs:
        yield _hard("interpreter_pair", ids, [person.id], interpreter=person.id, pair=event.interp)
    if slot.id in person.unavailable or problem.engaged("interpreter", person.id, slot, room.venue):
        yield _hard("unavailable_interpreter", ids, [person.id], interpreter=person.id, slot=slot.id)


def _in_rooms(board: Board) -> Iterator[Conflict]:
    slot_of = board.problem.slot_of
    for room in board.problem.rooms:
        for row, other in combinations(board.in_room(room.id), 2):
            if row.slot == other.slot or overlap(slot_of[row.slot], slot_of[other.slot]):
                yield _hard("room_taken", [row.event, other.event], [room.id], slot=row.slot, room=room.id)


def _of_speakers(board: Board) -> Iterator[Conflict]:
    speakers = dict.fromkeys(name for event in board.problem.events for name in event.speakers)
    for speaker in speakers:
        for row, other, why in _clashing(board, board.of_speaker(speaker)):
            params = {"speaker": speaker, "slot": row.slot} | _way(board, row, other)
            yield _hard(f"speaker_{why}", [row.event, other.event], [speaker], **params)


def _of_interpreters(board: Board) -> Iterator[Conflict]:
    for person in board.problem.interpreters:
        rows = board.of_interpreter(person.id)
        for row, other, why in _clashing(board, rows):
            params = {"interpreter": person.id, "slot": row.slot} | _way(board, row, other)
            yield _hard(f"interpreter_{why}", [row.event, other.event], [person.id], **params)
        for run in stretches({board.problem.slot_of[row.slot] for row in rows}):
            if len(run) > person.max_consecutive:
                ids = {slot.id for slot in run}
                yield _hard(
                    "interpreter_stretch",
                    [row.event for row in rows if row.slot in ids],
                    [person.id],
                    interpreter=person.id,
                    slots=len(run),
                    most=person.max_consecutive,
                )


def _clashing(board: Board, rows: Sequence[Placement]) -> Iterator[tuple[Placement, Placement, str]]:
    problem = board.problem
    for row, other in combinations(rows, 2):
        why = problem.clash(
            problem.slot_of[row.slot],
            problem.room_of[row.room].venue,
            problem.slot_of[other.slot],
            problem.room_of[other.room].venue,
        )
        if why is not None:
            yield row, other, why


def _way(board: Board, row: Placement, other: Placement) -> dict[str, str]:
    rooms = board.problem.room_of
    return {"minutes": str(board.problem.minutes_between(rooms[row.room].venue, rooms[other.room].venue))}


def _cells(board: Board, event: Event, wanted: str | None) -> dict[tuple[str, str], Cell]:
    """Cells of an event that isn't on the board; `wanted` interprets where possible."""
    problem = board.problem
    found = {}
    venues = dict.fromkeys(room.venue for room in problem.rooms)
    for slot in problem.slots:
        at_venue: dict[str, tuple[list[Obstacle], str | None]] = {}
        for venue in venues:
            why = board.time_obstacles(event, slot, venue)
            interpreter = None
            if event.interp is not None:
                interpreter, missing = _interpreter_for(board, event, slot, venue, wanted)
                why += missing
            at_venue[venue] = why, interpreter
        for room in problem.rooms:
            why, interpreter = at_venue[room.venue]
            why = [*board.room_obstacles(event, slot, room), *why]
            found[slot.id, room.id] = Cell(
                tuple(dict.fromkeys(one.code for one in why)),
                tuple(dict.fromkeys(session for one in why for session in one.sessions)),
                tuple(dict.fromkeys(name for one in why for name in one.objects)),
                interpreter,
                max(0, event.demand - room.capacity),
            )
    return found


def _interpreter_for(
    board: Board, event: Event, slot: Slot, venue: str, wanted: str | None
) -> tuple[str | None, list[Obstacle]]:
    """Who would interpret: the one that a lock asks for, else `wanted` if free, else whoever is; or why
    nobody.
    """
    problem = board.problem
    lock = problem.lock_of.get(event.id)
    if lock is not None and lock.interpreter is not None:
        person = problem.interpreter_of[lock.interpreter]
        why = board.interpreter_obstacles(person, event, slot, venue)
        return (None, why) if why else (person.id, [])
    free = [person.id for person in board.free_interpreters(event, slot, venue)]
    if not free:
        return None, [Obstacle("interpreter_missing")]
    return (wanted if wanted in free else free[0]), []


def _other_interpreter(board: Board, session: str, conflict: Conflict) -> list[Repair]:
    """Another interpreter, or none where none is needed, in the same cell."""
    if not conflict.kind.startswith(("interpreter", "unavailable_interpreter")):
        return []
    problem, before = board.problem, board.at[session]
    event = problem.event_of[session]
    lock = problem.lock_of.get(session)
    if event.interp is None:
        return [Repair("interpreter", (replace(before, interpreter=None),), 0, 0)]
    if lock is not None and lock.interpreter is not None:
        return []
    board.take(session)
    free = board.free_interpreters(event, problem.slot_of[before.slot], problem.room_of[before.room].venue)
    board.put(before)
    return [
        Repair("interpreter", (changed,), 0, _price(board, [changed]))
        for person in free
        if person.id != before.interpreter
        for changed in [replace(before, interpreter=person.id)]
    ]


def _moves(board: Board, session: str, conflict: Conflict) -> list[Repair]:
    """The session moved to a free cell."""
    lock = board.problem.lock_of.get(session)
    if lock is not None and lock.slot is not None and lock.room is not None:
        return []
    before = board.take(session)
    cells = _cells(board, board.problem.event_of[session], before.interpreter)
    board.put(before)
    found = []
    for (slot, room), cell in cells.items():
        if not cell.is_free or (slot, room) == (before.slot, before.room) or not _is_open(lock, slot, room):
            continue
        if conflict.kind == "capacity" and cell.over:
            continue
        moved = Placement(session, slot, room, cell.interpreter)
        found.append(Repair("move", (moved,), 1, _price(board, [moved])))
    return found


def _swaps(board: Board, conflict: Conflict) -> list[Repair]:
    """One of the sessions exchanged with another that isn't part of the conflict."""
    problem = board.problem
    found: list[Repair] = []
    tried = 0
    for session in conflict.sessions:
        for other in list(board.at):
            if other in conflict.sessions or tried >= _MOST_SWAPS_TRIED:
                continue
            tried += 1
            if (pair := _swapped(board, session, other)) is None:
                continue
            event, room = problem.event_of[session], problem.room_of[pair[0].room]
            if conflict.kind == "capacity" and event.demand > room.capacity:
                continue
            found.append(Repair("swap", pair, 2, _price(board, pair)))
    return found


def _swapped(board: Board, session: str, other: str) -> tuple[Placement, Placement] | None:
    """Both in each other's cell, if that is legal."""
    problem = board.problem
    one, two = board.at[session], board.at[other]
    locks = problem.lock_of
    if not _is_open(locks.get(session), two.slot, two.room) or not _is_open(
        locks.get(other), one.slot, one.room
    ):
        return None
    board.take(session)
    board.take(other)
    try:
        first = _put(board, session, two.slot, two.room, one.interpreter)
        second = None if first is None else _put(board, other, one.slot, one.room, two.interpreter)
        return None if first is None or second is None else (first, second)
    finally:
        board.put(one)
        board.put(two)


def _put(board: Board, session: str, slot_id: str, room_id: str, wanted: str | None) -> Placement | None:
    """Put a session that isn't on the board into a cell if it is free."""
    problem = board.problem
    event, slot, room = problem.event_of[session], problem.slot_of[slot_id], problem.room_of[room_id]
    if obstacles_at(board, event, slot, room):
        return None
    interpreter = None
    if event.interp is not None:
        interpreter, why = _interpreter_for(board, event, slot, room.venue, wanted)
        if why:
            return None
    placement = Placement(session, slot_id, room_id, interpreter)
    board.put(placement)
    return placement


def _is_open(lock: object, slot: str, room: str) -> bool:
    fixed_slot, fixed_room = getattr(lock, "slot", None), getattr(lock, "room", None)
    return fixed_slot in (None, slot) and fixed_room in (None, room)


def _price(board: Board, changed: Sequence[Placement]) -> int:
    """By how much the objective grows."""
    before = dict(board.at)
    after = before | {row.event: row for row in changed}
    return board.problem.objective(after.values()) - board.problem.objective(before.values())
