"""A problem in numbers: cells (slot, room), nodes (slot, venue) where people are, bins (block, room) that
tracks share, and where each session could go if it were alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from roadshows.agenda_problem import Event, Interpreter, Placement, Problem, Slot

Plan = dict[int, int]
"""Event -> cell, both as indices."""


class Grid:
    """Everything by index: events, interpreters and rooms in the problem's order.

    cells: (slot, room) of one city that nothing blocks; node_of, bin_of, room_of, slot_of: of each cell.
    nodes: (slot, venue); bins: (block, room). allowed: cells of each event that its own rules leave, locks
    and other engagements included. over: price of each event in each room for want of seats. tracks: of each
    event.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        slots, rooms = problem.slots, problem.rooms
        self.cells: list[tuple[int, int]] = [
            (s, r)
            for s, slot in enumerate(slots)
            for r, room in enumerate(rooms)
            if slot.city == room.city and (slot.id, room.id) not in problem.blocked
        ]
        self.place = {cell: c for c, cell in enumerate(self.cells)}
        self.slot_of = [s for s, _ in self.cells]
        self.room_of = [r for _, r in self.cells]
        self.nodes: list[tuple[int, str]] = list(dict.fromkeys((s, rooms[r].venue) for s, r in self.cells))
        node = {key: n for n, key in enumerate(self.nodes)}
        self.node_of = [node[s, rooms[r].venue] for s, r in self.cells]
        self.bins: list[tuple[str, int]] = list(dict.fromkeys((slots[s].block, r) for s, r in self.cells))
        number = {key: b for b, key in enumerate(self.bins)}
        self.bin_of = [number[slots[s].block, r] for s, r in self.cells]
        self.bin_size = [0] * len(self.bins)
        for s, r in self.cells:
            self.bin_size[number[slots[s].block, r]] += 1
        tracks = {name: t for t, name in enumerate(dict.fromkeys(event.track for event in problem.events))}
        self.tracks = [tracks[event.track] for event in problem.events]
        weight = problem.weights.overflow
        self.over = [
            [weight * max(0, event.demand - room.capacity) for room in rooms] for event in problem.events
        ]
        self.cliques = _cliques(slots)
        self.apart = self._apart()
        self.interpreter = {person.id: i for i, person in enumerate(problem.interpreters)}
        self.can_interpret = [self._nodes_of(person) for person in problem.interpreters]
        self.allowed = [self._allowed(event) for event in problem.events]
        self.base = self._base()

    def _apart(self) -> list[tuple[int, int]]:
        """Nodes at different venues that don't overlap in time and yet are too near for one person."""
        problem, nodes = self.problem, self.nodes
        slots = problem.slots
        order = sorted(range(len(nodes)), key=lambda n: slots[nodes[n][0]].start)
        longest = max([problem.intercity, *problem.travel.values()])
        found = []
        for place, n in enumerate(order):
            s, venue = nodes[n]
            for m in order[place + 1 :]:
                q, other = nodes[m]
                if slots[q].start >= slots[s].end + longest:
                    break
                if venue != other and problem.clash(slots[s], venue, slots[q], other) == "travel":
                    found.append((n, m))
        return found

    def _nodes_of(self, person: Interpreter) -> frozenset[int]:
        problem = self.problem
        return frozenset(
            n
            for n, (s, venue) in enumerate(self.nodes)
            if problem.slots[s].id not in person.unavailable
            and not problem.engaged("interpreter", person.id, problem.slots[s], venue)
        )

    def interpreters_for(self, event: Event) -> list[int]:
        """Interpreters who have the pair, or the one that a lock asks for if he has it."""
        lock = self.problem.lock_of.get(event.id)
        wanted = None if lock is None else lock.interpreter
        return [
            i
            for i, person in enumerate(self.problem.interpreters)
            if event.interp in person.pairs and wanted in (None, person.id)
        ]

    def _allowed(self, event: Event) -> list[int]:
        problem = self.problem
        lock = problem.lock_of.get(event.id)
        people = self.interpreters_for(event)
        fits = [
            slot.city == event.city and slot.id not in event.unavailable and event.minutes <= slot.minutes
            for slot in problem.slots
        ]
        if lock is not None and lock.slot is not None:
            fits = [fit and slot.id == lock.slot for fit, slot in zip(fits, problem.slots, strict=True)]
        open_nodes = [
            fits[s]
            and not any(problem.engaged("speaker", name, problem.slots[s], venue) for name in event.speakers)
            and (event.interp is None or any(n in self.can_interpret[i] for i in people))
            for n, (s, venue) in enumerate(self.nodes)
        ]
        if event.interp is None and lock is not None and lock.interpreter is not None:
            return []
        return [
            c
            for c, (_, r) in enumerate(self.cells)
            if open_nodes[self.node_of[c]]
            and (lock is None or lock.room is None or problem.rooms[r].id == lock.room)
        ]

    def _base(self) -> list[int | None] | None:
        """The cell of each event in the plan before; None for a cell that is gone."""
        problem = self.problem
        if problem.base is None:
            return None
        slot = {item.id: s for s, item in enumerate(problem.slots)}
        room = {item.id: r for r, item in enumerate(problem.rooms)}
        found: list[int | None] = []
        for event in problem.events:
            s, r = problem.base_of.get(event.id, ("", ""))
            known = s in slot and r in room and event.id in problem.base_of
            found.append(self.place.get((slot[s], room[r])) if known else None)
        return found

    def speakers(self) -> dict[str, list[int]]:
        """Speakers with more than one session -> their sessions."""
        found: dict[str, list[int]] = {}
        for e, event in enumerate(self.problem.events):
            for name in event.speakers:
                found.setdefault(name, []).append(e)
        return {name: events for name, events in found.items() if len(events) > 1}

    def soft(self, plan: Mapping[int, int]) -> int:
        """Overflow and tracks of a plan, without interpreters and moves."""
        used = {(self.bin_of[c], self.tracks[e]) for e, c in plan.items()}
        return self.problem.weights.block_track * len(used) + sum(
            self.over[e][self.room_of[c]] for e, c in plan.items()
        )

    def moves(self, plan: Mapping[int, int]) -> int:
        """Events that aren't in the cell of the plan before; 0 without one."""
        return 0 if self.base is None else sum(self.base[e] != c for e, c in plan.items())

    def runs(self, most: int) -> list[tuple[tuple[int, int], ...]]:
        """All chains of most + 1 stretches (start, end), each beginning when the one before ends."""
        if most > len(self.problem.slots):
            return []
        after: dict[int, set[tuple[int, int]]] = {}
        for slot in self.problem.slots:
            after.setdefault(slot.start, set()).add((slot.start, slot.end))
        chains: list[tuple[tuple[int, int], ...]] = [
            (stretch,) for stretch in sorted({one for group in after.values() for one in group})
        ]
        for _ in range(most):
            chains = [(*chain, one) for chain in chains for one in sorted(after.get(chain[-1][1], ()))]
        return chains

    def placements(self, plan: Mapping[int, int], interpreters: Mapping[int, int]) -> tuple[Placement, ...]:
        """The plan with ids, in the order of the events."""
        problem = self.problem
        return tuple(
            Placement(
                problem.events[e].id,
                problem.slots[self.slot_of[plan[e]]].id,
                problem.rooms[self.room_of[plan[e]]].id,
                problem.interpreters[interpreters[e]].id if e in interpreters else None,
            )
            for e in sorted(plan)
        )


def _cliques(slots: Sequence[Slot]) -> list[list[int]]:
    """The largest sets of slots that overlap all at one instant, each slot in one at least."""
    found: list[list[int]] = []
    for slot in sorted(slots, key=lambda slot: slot.start):
        group = [q for q, other in enumerate(slots) if other.start <= slot.start < other.end]
        found = [known for known in found if not set(known) <= set(group)]
        if not any(set(group) <= set(known) for known in found):
            found.append(group)
    return found
