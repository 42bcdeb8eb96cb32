"""The planning rules as a CP-SAT model: sessions in some of their cells, the others where they stand.

Who interprets what is a matter of (slot, venue, language pair) only: which of two sessions that an
interpreter could have there changes nothing, so people are counted there and told apart afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from roadshows.agenda_grid import Grid, Plan

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Key = tuple[Any, ...]


@dataclass
class Options:
    """What a model is for.

    unplaced: price of leaving a session out, None when all must stand; assumed: they stand by assumptions, so
    that a proof can name them. moves: price of a move instead of the problem's. soft: whether overflow,
    tracks and interpreters' days count; rooms: whether a room holds one session at a time. below: the price
    must be less. hint: event -> cell to begin with.
    """

    unplaced: int | None = None
    moves: int | None = None
    soft: bool = True
    rooms: bool = True
    assumed: bool = False
    below: int | None = None
    hint: Mapping[int, int] = field(default_factory=dict)


class Model:
    """cells: event -> cells it may go to; fixed: event -> cell where it stands. Events in neither don't
    exist.
    """

    def __init__(
        self, grid: Grid, cells: Mapping[int, Sequence[int]], fixed: Mapping[int, int], options: Options
    ) -> None:
        from ortools.sat.python import cp_model

        self.grid, self.cells, self.fixed, self.options = grid, cells, fixed, options
        self.cp = cp_model.CpModel()
        self.x: dict[tuple[int, int], Any] = {}
        self.out: dict[int, Any] = {}
        self.assumed: dict[int, Any] = {}
        self.works: dict[tuple[int, str, int], Any] = {}
        self._price: list[tuple[int, Any]] = []
        self._constant = 0
        self._place()
        if options.rooms:
            self._rooms()
        self._speakers()
        self._interpreters()
        if options.soft:
            self._tracks()
        self._moves()
        self._objective()

    def _place(self) -> None:
        options = self.options
        for e, cells in self.cells.items():
            literals = []
            for c in cells:
                x = self.x[e, c] = self.cp.new_bool_var("")
                literals.append(x)
                if options.soft and (over := self.grid.over[e][self.grid.room_of[c]]):
                    self._price.append((over, x))
            if options.unplaced is not None:
                out = self.out[e] = self.cp.new_bool_var("")
                literals.append(out)
                self._price.append((options.unplaced, out))
            if options.assumed:
                self.assumed[e] = self.cp.new_bool_var("")
                self.cp.add_at_most_one(literals)
                self.cp.add_bool_or([*literals, ~self.assumed[e]])
            else:
                self.cp.add_exactly_one(literals)
        if options.soft:
            self._constant += sum(self.grid.over[e][self.grid.room_of[c]] for e, c in self.fixed.items())

    def _rooms(self) -> None:
        """One session at a time in a room; free cells beside a fixed session aren't offered."""
        grid = self.grid
        at: dict[tuple[int, int], list[Any]] = {}
        for (_, c), x in self.x.items():
            at.setdefault(grid.cells[c], []).append(x)
        taken = {grid.cells[c] for c in self.fixed.values()}
        for clique in grid.cliques:
            for r in range(len(grid.problem.rooms)):
                literals = [x for s in clique for x in at.get((s, r), ())]
                if any((s, r) in taken for s in clique):
                    self._none(literals)
                else:
                    self._at_most_one(literals)

    def _speakers(self) -> None:
        grid = self.grid
        for events in grid.speakers().values():
            at: dict[int, list[Any]] = {}
            for e in events:
                for c in self.cells.get(e, ()):
                    at.setdefault(grid.node_of[c], []).append(self.x[e, c])
            if at:
                self._one_place(at, {grid.node_of[self.fixed[e]] for e in events if e in self.fixed})

    def _one_place(self, at: Mapping[int, list[Any]], stays: set[int]) -> None:
        """A person's literals by node; at `stays` the person is in any case."""
        grid = self.grid
        by_slot: dict[int, list[Any]] = {}
        for n, literals in at.items():
            by_slot.setdefault(grid.nodes[n][0], []).extend(literals)
        busy = {grid.nodes[n][0] for n in stays}
        for clique in grid.cliques:
            together = [x for s in clique for x in by_slot.get(s, ())]
            if busy.intersection(clique):
                self._none(together)
            else:
                self._at_most_one(together)
        for n, m in grid.apart:
            if n in stays:
                self._none(at.get(m, ()))
            elif m in stays:
                self._none(at.get(n, ()))
            elif n in at and m in at:
                self._at_most_one([*at[n], *at[m]])

    def _interpreters(self) -> None:
        grid, events = self.grid, self.grid.problem.events
        wanted: dict[tuple[str, int], list[Any]] = {}
        for (e, c), x in self.x.items():
            if (pair := events[e].interp) is not None:
                wanted.setdefault((pair, grid.node_of[c]), []).append(x)
        for e, c in self.fixed.items():
            if (pair := events[e].interp) is not None:
                wanted.setdefault((pair, grid.node_of[c]), []).append(1)
        for i, person in enumerate(grid.problem.interpreters):
            at: dict[int, list[Any]] = {}
            for pair, n in wanted:
                if pair in person.pairs and n in grid.can_interpret[i]:
                    works = self.works[i, pair, n] = self.cp.new_bool_var("")
                    at.setdefault(n, []).append(works)
            self._one_place(at, set())
            self._stretches(person.max_consecutive, at)
            self._days(at)
        for (pair, n), literals in wanted.items():
            people = [
                self.works[i, pair, n]
                for i in range(len(grid.problem.interpreters))
                if (i, pair, n) in self.works
            ]
            self.cp.add(sum(people) == sum(literals))
        self._locked_interpreters()

    def _stretches(self, most: int, at: Mapping[int, list[Any]]) -> None:
        slots = self.grid.problem.slots
        during: dict[tuple[int, int], list[Any]] = {}
        for n, literals in at.items():
            slot = slots[self.grid.nodes[n][0]]
            during.setdefault((slot.start, slot.end), []).extend(literals)
        for chain in self.grid.runs(most):
            if all(stretch in during for stretch in chain):
                self.cp.add(sum(x for stretch in chain for x in during[stretch]) <= most)

    def _days(self, at: Mapping[int, list[Any]]) -> None:
        price = self.grid.problem.weights.interpreter
        if not price or not self.options.soft:
            return
        days: dict[str, list[Any]] = {}
        for n, literals in at.items():
            days.setdefault(self.grid.problem.slots[self.grid.nodes[n][0]].day, []).extend(literals)
        for literals in days.values():
            day = self.cp.new_bool_var("")
            for x in literals:
                self.cp.add_implication(x, day)
            self._price.append((price, day))

    def _locked_interpreters(self) -> None:
        """Sessions locked to one interpreter take him where they are."""
        grid = self.grid
        own: dict[tuple[int, str, int], list[Any]] = {}
        for lock in grid.problem.locks:
            if lock.interpreter is None:
                continue
            e = next(at for at, event in enumerate(grid.problem.events) if event.id == lock.event)
            i, pair = grid.interpreter[lock.interpreter], grid.problem.events[e].interp
            if pair is None:
                continue
            for c in self.cells.get(e, ()):
                own.setdefault((i, pair, grid.node_of[c]), []).append(self.x[e, c])
            if e in self.fixed:
                own.setdefault((i, pair, grid.node_of[self.fixed[e]]), []).append(1)
        for key, literals in own.items():
            self.cp.add(sum(literals) <= self.works.get(key, 0))

    def _tracks(self) -> None:
        grid, price = self.grid, self.grid.problem.weights.block_track
        if not price:
            return
        there = {(grid.bin_of[c], grid.tracks[e]) for e, c in self.fixed.items()}
        self._constant += price * len(there)
        at: dict[tuple[int, int], list[Any]] = {}
        for (e, c), x in self.x.items():
            at.setdefault((c, grid.tracks[e]), []).append(x)
        used: dict[tuple[int, int], Any] = {}
        for (c, track), literals in at.items():
            key = grid.bin_of[c], track
            if key in there:
                continue
            if key not in used:
                used[key] = self.cp.new_bool_var("")
                self._price.append((price, used[key]))
            if len(literals) == 1:
                self.cp.add_implication(literals[0], used[key])
            else:
                self.cp.add_at_most_one([*literals, ~used[key]])
        self.used = used

    def _moves(self) -> None:
        grid, options = self.grid, self.options
        if grid.base is None:
            return
        price = grid.problem.change_weight if options.moves is None else options.moves
        stays = [
            self.x[e, base] for e, base in enumerate(grid.base) if base is not None and (e, base) in self.x
        ]
        moved = sum(grid.base[e] != c for e, c in self.fixed.items()) + len(self.cells)
        if price:
            self._constant += price * moved
            self._price += [(-price, x) for x in stays]
            self._price += [(-price, out) for out in self.out.values()]

    def _objective(self) -> None:
        from ortools.sat.python import cp_model

        if self.assumed:
            self.cp.add_assumptions(list(self.assumed.values()))
            return
        total = cp_model.LinearExpr.weighted_sum([x for _, x in self._price], [p for p, _ in self._price])
        if self.options.below is not None:
            self.cp.add(total + self._constant < self.options.below)
        self.cp.minimize(total + self._constant)
        for e, c in self.options.hint.items():
            for other in self.cells.get(e, ()):
                self.cp.add_hint(self.x[e, other], other == c)

    def _none(self, literals: Sequence[Any]) -> None:
        for x in literals:
            self.cp.add(x == 0)

    def _at_most_one(self, literals: Sequence[Any]) -> None:
        if len(literals) > 1:
            self.cp.add_at_most_one(literals)

    def plan(self, solver: cp_model.CpSolver) -> Plan:
        """Where the solver has put the events, the fixed ones included; the unplaced are missing."""
        return dict(self.fixed) | {e: c for (e, c), x in self.x.items() if solver.boolean_value(x)}

    def interpreters(self, solver: cp_model.CpSolver) -> dict[int, int]:
        """Event -> interpreter."""
        grid = self.grid
        free: dict[tuple[str, int], list[int]] = {}
        for (i, pair, n), works in self.works.items():
            if solver.boolean_value(works):
                free.setdefault((pair, n), []).append(i)
        return told_apart(grid, self.plan(solver), free)


def told_apart(
    grid: Grid, plan: Mapping[int, int], free: Mapping[tuple[str, int], list[int]]
) -> dict[int, int]:
    """Event -> interpreter, of those that work for a pair at a node; locked ones first."""
    problem = grid.problem
    left = {key: list(people) for key, people in free.items()}
    found: dict[int, int] = {}
    asking = [e for e in sorted(plan) if problem.events[e].interp is not None]
    locks = {e: problem.lock_of.get(problem.events[e].id) for e in asking}
    asking.sort(key=lambda e: (lock := locks[e]) is None or lock.interpreter is None)
    for e in asking:
        people = left[problem.events[e].interp or "", grid.node_of[plan[e]]]
        lock = locks[e]
        if lock is not None and lock.interpreter is not None:
            found[e] = grid.interpreter[lock.interpreter]
            people.remove(found[e])
        else:
            found[e] = people.pop(0)
    return found
