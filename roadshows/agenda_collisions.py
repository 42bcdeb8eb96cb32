"""Why there can't be a plan, found by counting: sessions without a cell, and groups of sessions that need
more cells, slots or interpreters than exist.

What counting doesn't find is left to `agenda_smallest`, which asks the solver.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

from roadshows.agenda_board import overlap
from roadshows.agenda_grid import Grid
from roadshows.agenda_hall import crowd
from roadshows.agenda_problem import Event, Lock, Slot
from roadshows.agenda_words import Part, part

_MOST_STEPS = 2000  # of looking for a way through one speaker's sessions
_MOST_PAIRS = 6  # language pairs whose subsets are counted


def collisions(grid: Grid) -> tuple[Part, ...]:
    """The first cause that counting finds, as rules that can't all be kept; empty when it finds none."""
    for find in (_alone, _speakers, _cells, _interpreters, _stretches):
        if found := find(grid):
            return found
    return ()


def stuck_sessions(grid: Grid) -> list[str]:
    """Sessions of one speaker who can't be at all of them, on whatever slots and venues, if he were the only
    one; empty when there is none (or it takes too long to see)."""
    apart = set(grid.apart)
    slots = grid.problem.slots

    def clash(n: int, m: int) -> bool:
        together = overlap(slots[grid.nodes[n][0]], slots[grid.nodes[m][0]])
        return together or (n, m) in apart or (m, n) in apart

    for events in grid.speakers().values():
        choices = sorted((sorted({grid.node_of[c] for c in grid.allowed[e]}) for e in events), key=len)
        steps = [_MOST_STEPS]

        def fits(taken: list[int], left: list[list[int]], steps: list[int] = steps) -> bool:
            steps[0] -= 1
            if not left or steps[0] < 0:
                return True
            return any(
                fits([*taken, n], left[1:]) for n in left[0] if not any(clash(n, other) for other in taken)
            )

        if not fits([], choices):
            return [grid.problem.events[e].id for e in events]
    return []


def _alone(grid: Grid) -> tuple[Part, ...]:
    """Sessions that have no cell even if they were alone; each stands in the way by itself."""
    problem = grid.problem
    pairs = {pair for person in problem.interpreters for pair in person.pairs}
    lacking: dict[str, list[str]] = {}
    for event in problem.events:
        if event.interp is not None and event.interp not in pairs:
            lacking.setdefault(event.interp, []).append(event.id)
    nobody = [
        part("no_interpreter", names, pair=pair, count=len(names), names=names)
        for pair, names in lacking.items()
    ]
    served = [
        (e, event) for e, event in enumerate(problem.events) if event.interp is None or event.interp in pairs
    ]
    return (*nobody, *(_why_nowhere(grid, event) for e, event in served if not grid.allowed[e]))


def _why_nowhere(grid: Grid, event: Event) -> Part:
    problem, name = grid.problem, event.id
    cities = {problem.slots[s].city for s, _ in grid.cells}
    if event.city not in cities:
        return part("no_city", [name], event=name, city=event.city)
    slots = [slot for slot in problem.slots if slot.city == event.city]
    longest = max(slot.minutes for slot in slots)
    if event.minutes > longest:
        return part("too_long", [name], event=name, minutes=event.minutes, longest=longest)
    fits = [slot for slot in slots if slot.id not in event.unavailable and event.minutes <= slot.minutes]
    if (lock := problem.lock_of.get(name)) is not None and (why := _why_locked(grid, event, lock, fits)):
        return why
    busy = [
        slot
        for slot in fits
        for node, (s, venue) in enumerate(grid.nodes)
        if problem.slots[s] is slot
        and not any(problem.engaged("speaker", speaker, slot, venue) for speaker in event.speakers)
    ]
    if event.interp is not None and busy:
        people = [person.id for person in problem.interpreters if event.interp in person.pairs]
        return part("no_interpreter_there", [name, *people], event=name, pair=event.interp, names=people)
    return part("no_slot", [name], event=name, slots=len(slots))


def _why_locked(grid: Grid, event: Event, lock: Lock, fits: Sequence[Slot]) -> Part | None:
    """What is wrong with the lock, if the session would have a cell without it."""
    problem, name = grid.problem, event.id
    without = problem.with_(locks=tuple(other for other in problem.locks if other.event != name))
    if not Grid(without).allowed[problem.events.index(event)]:
        return None
    slot = None if lock.slot is None else problem.slot_of[lock.slot]
    room = None if lock.room is None else problem.room_of[lock.room]
    if any(thing is not None and thing.city != event.city for thing in (slot, room)):
        return part("lock_city", [name], event=name, city=event.city)
    if slot is not None and slot not in fits:
        return part("lock_slot", [name], event=name, slot=slot.id)
    if slot is not None and room is not None and (slot.id, room.id) in problem.blocked:
        return part("lock_taken", [name], event=name, slot=slot.id, room=room.id)
    if lock.interpreter is not None:
        person = problem.interpreter_of[lock.interpreter]
        return part("lock_interpreter", [name, person.id], event=name, interpreter=person.id)
    return part("lock_nowhere", [name], event=name)


def _speakers(grid: Grid) -> tuple[Part, ...]:
    """A speaker with more sessions than slots in which they could be."""
    problem = grid.problem
    for speaker, events in grid.speakers().items():
        found = crowd({e: sorted({grid.slot_of[c] for c in grid.allowed[e]}) for e in events})
        if found is not None:
            names = [problem.events[e].id for e in sorted(found.group)]
            slots = sorted(found.choices)
            return (
                part("speaker_sessions", [speaker, *names], speaker=speaker, count=len(names), names=names),
                part("speaker_slots", [problem.slots[s].id for s in slots], slots=len(slots)),
                *_locks(grid, found.group, found.choices, grid.slot_of),
            )
    return ()


def _cells(grid: Grid) -> tuple[Part, ...]:
    """A group of sessions for which there are too few cells."""
    problem = grid.problem
    for city, count in _of_cities(grid):
        cells = sum(problem.slots[s].city == city for s, _ in grid.cells)
        if count > cells:
            names = [event.id for event in problem.events if event.city == city]
            return (
                part("city_needed", names, count=count, city=city),
                part("city_exist", [], city=city, cells=cells),
            )
    found = crowd(dict(enumerate(grid.allowed)))
    if found is None:
        return ()
    names = [problem.events[e].id for e in sorted(found.group)]
    slots, rooms = {grid.slot_of[c] for c in found.choices}, {grid.room_of[c] for c in found.choices}
    return (
        part("cells_needed", names, count=len(names), names=names),
        part(
            "cells_exist",
            [problem.slots[s].id for s in sorted(slots)] + [problem.rooms[r].id for r in sorted(rooms)],
            cells=len(found.choices),
            slots=len(slots),
            rooms=len(rooms),
        ),
        *_locks(grid, found.group, found.choices, range(len(grid.cells))),
    )


def _locks(
    grid: Grid, group: Sequence[int], choices: Collection[int], thing_of: Sequence[int]
) -> Iterator[Part]:
    """Locks of the group without which there would be something else to choose (what `thing_of` says of a
    cell)."""
    problem = grid.problem
    for e in sorted(group):
        name = problem.events[e].id
        if name in problem.lock_of:
            others = tuple(lock for lock in problem.locks if lock.event != name)
            free = Grid(problem.with_(locks=others)).allowed[e]
            if not {thing_of[c] for c in free} <= set(choices):
                yield part("lock", [name], event=name)


def _of_cities(grid: Grid) -> Iterator[tuple[str, int]]:
    cities = dict.fromkeys(event.city for event in grid.problem.events)
    for city in cities:
        yield city, sum(event.city == city for event in grid.problem.events)


def _interpreters(grid: Grid) -> tuple[Part, ...]:
    """A group of sessions for which there are too few slots of interpreters who have the pair."""
    problem = grid.problem
    choices = {}
    for e, event in enumerate(problem.events):
        if event.interp is not None:
            nodes = sorted({grid.node_of[c] for c in grid.allowed[e]})
            choices[e] = [
                *dict.fromkeys(
                    (i, grid.nodes[n][0])
                    for i in grid.interpreters_for(event)
                    for n in nodes
                    if n in grid.can_interpret[i]
                )
            ]
    found = crowd(choices)
    if found is None:
        return ()
    people = sorted({i for i, _ in found.choices})
    return (_asking(grid, sorted(found.group)), _turns(grid, people, len(found.choices)))


def _asking(grid: Grid, group: Sequence[int]) -> Part:
    events = [grid.problem.events[e] for e in group]
    names = [event.id for event in events]
    pairs = list(dict.fromkeys(event.interp or "" for event in events))
    return part("interpreter_sessions", names, count=len(names), pair=pairs, names=names)


def _turns(grid: Grid, people: Sequence[int], slots: int) -> Part:
    names = [grid.problem.interpreters[i].id for i in people]
    return part("interpreter_slots", names, interpreters=names, slots=slots)


def _stretches(grid: Grid) -> tuple[Part, ...]:
    """Sessions of some pairs, and interpreters who may not work in every slot they are there."""
    problem = grid.problem
    pairs = sorted({event.interp for event in problem.events if event.interp is not None})[:_MOST_PAIRS]
    for size in range(1, len(pairs) + 1):
        for chosen in combinations(pairs, size):
            group = [e for e, event in enumerate(problem.events) if event.interp in chosen]
            slots = {grid.slot_of[c] for e in group for c in grid.allowed[e]}
            people = [i for i, who in enumerate(problem.interpreters) if who.pairs.intersection(chosen)]
            present = {i: _present(grid, i, slots) for i in people}
            able = {i: _able(present[i], problem.interpreters[i].max_consecutive) for i in people}
            if len(group) <= sum(able.values()):
                continue
            group = group[: sum(able.values()) + 1]
            tired = [i for i in people if able[i] < len(present[i])]
            names = [problem.interpreters[i].id for i in tired]
            most = min(problem.interpreters[i].max_consecutive for i in tired)
            return (
                _asking(grid, group),
                _turns(grid, people, sum(len(present[i]) for i in people)),
                part("interpreter_rest", names, most=most, slots=sum(able.values())),
            )
    return ()


def _present(grid: Grid, i: int, slots: set[int]) -> list[Slot]:
    there = {grid.nodes[n][0] for n in grid.can_interpret[i]}
    return [grid.problem.slots[s] for s in sorted(there & slots)]


def _able(slots: Sequence[Slot], most: int) -> int:
    """In how many of the slots one person can work: no two at a time, at most `most` in a row. Exact where
    slots don't overlap; else more than that may be said, never less."""
    times = sorted({(slot.start, slot.end) for slot in slots})
    able, run, end = 0, 0, None
    for start, stop in times:
        if start != end:
            able += run - run // (most + 1)
            run = 0
        run, end = run + 1, stop
    return able + run - run // (most + 1)
