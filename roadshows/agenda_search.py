"""From a frame to a plan, and from a plan to a better one: the whole within the frame first, then one
neighborhood after another with the rest standing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from roadshows.agenda_grid import Grid, Plan
from roadshows.agenda_model import Model, Options
from roadshows.agenda_shape import Frame
from roadshows.agenda_watch import Found, Watch

_EFFORT_ANY = 2.0  # deterministic seconds, about as many of a quiet processor
_EFFORT_CHEAP = 3.0
_EFFORT_LOOK = 0.4
_EFFORT_LOOK_REPLAN = 0.2
_SMALLEST, _LARGEST = 8, 48  # sessions of a neighborhood
_PATIENCE = 30  # neighborhoods without gain after which the search ends
_PATIENCE_REPLAN = 5


@dataclass
class State:
    """The best plan so far. price: what the search makes small, `unplaced` for each session that has no cell
    included; bound: no whole plan has a smaller price; moves_bound: none moves fewer sessions.
    """

    plan: Plan
    interpreters: dict[int, int]
    price: int
    bound: int
    moves_bound: int | None = None


class Search:
    """Searches plans of a grid. move: price of a move, above all soft rules when the fewest moves are wanted;
    unplaced: price of a session without a cell, above all that a plan can cost.
    """

    def __init__(self, grid: Grid, watch: Watch, *, seed: int) -> None:
        self.grid, self.watch = grid, watch
        self.random = Random(seed)
        self.seed = seed
        soft = _most_soft(grid)
        self.move = 0
        if grid.base is not None:
            self.move = soft + 1 if grid.problem.fewest_moves else grid.problem.change_weight
        self.unplaced = soft + self.move * len(grid.tracks) + 1
        self.events = range(len(grid.problem.events))

    def options(self, **changes: Any) -> Options:
        """What all models of this search share."""
        return replace(Options(unplaced=self.unplaced, moves=self.move), **changes)

    def missing(self, state: State) -> int:
        """Sessions without a cell."""
        return len(self.events) - len(state.plan)

    def is_fewest(self, state: State) -> bool:
        """Whether the number of moves is proven where that comes first."""
        return not self.grid.problem.fewest_moves or self.grid.moves(state.plan) == (state.moves_bound or 0)

    def objective_bound(self, state: State, objective: int) -> int:
        """The bound in terms of the problem's objective."""
        problem = self.grid.problem
        if self.grid.base is None or not problem.fewest_moves:
            return state.bound
        moves, least = self.grid.moves(state.plan), state.moves_bound or 0
        if moves > least:
            return problem.change_weight * least
        return state.bound - self.move * moves + problem.change_weight * moves

    def place(self, frame: Frame) -> State:
        """All sessions within a frame, first anyhow, then as cheaply as it allows; some may find no cell."""
        state = State({}, {}, self.unplaced * len(self.events), frame.bound)
        cells = {e: frame.cells(self.grid, e, strict=True) for e in self.events}
        model = Model(self.grid, cells, {}, Options(unplaced=1, moves=0, soft=False))
        self.take(state, model, self.watch.run(model.cp, effort=_EFFORT_ANY, seed=self.seed, share=0.5))
        self.watch.tell("place", len(state.plan), self.shown(state), state.bound)
        if state.price > state.bound and not self.watch.is_over():
            cells = {e: frame.cells(self.grid, e, strict=False) for e in self.events}
            model = Model(self.grid, cells, {}, self.options(hint=state.plan))
            self.take(state, model, self.watch.run(model.cp, effort=_EFFORT_CHEAP, seed=self.seed, share=0.5))
            self.watch.tell("place", len(state.plan), self.shown(state), state.bound)
        return state

    def take(self, state: State, model: Model, found: Found) -> bool:
        """Make what a model has found the state's plan, unless that costs more. Says whether it did."""
        if not found.has_plan:
            return False
        plan, interpreters = model.plan(found.solver), model.interpreters(found.solver)
        price = self.price(plan, interpreters)
        if price > state.price:
            return False
        state.plan, state.interpreters, state.price = plan, interpreters, price
        return True

    def take_plan(self, state: State, plan: Plan) -> bool:
        """Take a plan that has no interpreters yet, if it is legal and no worse."""
        model = Model(self.grid, {}, plan, Options(moves=0))
        found = self.watch.run(model.cp, effort=_EFFORT_LOOK, seed=self.seed)
        return self.is_in_rooms(plan) and self.take(state, model, found)

    def is_in_rooms(self, plan: Plan) -> bool:
        """Whether no two sessions are in a room at the same time."""
        grid = self.grid
        return all(
            sum(grid.place.get((s, r)) in cells for s in clique) <= 1
            for cells in [set(plan.values())]
            for clique in grid.cliques
            for r in range(len(grid.problem.rooms))
        )

    def price(self, plan: Plan, interpreters: Mapping[int, int]) -> int:
        """What the search makes small, of a plan in which sessions may be missing."""
        grid = self.grid
        slots = grid.problem.slots
        days = {(i, slots[grid.slot_of[plan[e]]].day) for e, i in interpreters.items()}
        return (
            grid.soft(plan)
            + grid.problem.weights.interpreter * len(days)
            + self.move * grid.moves(plan)
            + self.unplaced * (len(self.events) - len(plan))
        )

    def improve(self, state: State) -> None:
        """Neighborhood after neighborhood, until the bound is reached, nothing is gained any more or time is
        up.
        """
        patience = _PATIENCE if self.grid.base is None else _PATIENCE_REPLAN
        effort = _EFFORT_LOOK if self.grid.base is None else _EFFORT_LOOK_REPLAN
        size, idle = 24.0, 0
        while state.price > state.bound and idle < patience and not self.watch.is_over():
            free = self._neighborhood(state, round(size))
            before = state.price
            proven = self.look(state, free, effort)
            idle = 0 if state.price < before else idle + 1
            size = min(_LARGEST, size * 1.1) if proven else max(_SMALLEST, size * 0.92)
            if state.price < before:
                self.watch.tell("improve", len(state.plan), self.shown(state), state.bound)

    def shown(self, state: State) -> int | None:
        """The price when all sessions stand."""
        if self.missing(state):
            return None
        return state.price - (self.move - self.grid.problem.change_weight) * self.grid.moves(state.plan)

    def look(self, state: State, free: list[int], effort: float = _EFFORT_LOOK) -> bool:
        """Place the sessions of `free` anew while the others stand. Says whether the best way was proven."""
        grid = self.grid
        moving = set(free)
        fixed = {e: c for e, c in state.plan.items() if e not in moving}
        taken = set(fixed.values())
        cells = {e: [c for c in grid.allowed[e] if c not in taken] for e in free}
        model = Model(grid, cells, fixed, self.options(below=state.price + 1))
        found = self.watch.run(model.cp, effort=effort, seed=self.random.randrange(2**31))
        self.take(state, model, found)
        return found.proven

    def _neighborhood(self, state: State, size: int) -> list[int]:
        """Sessions to place anew: those in trouble, the bins they are in or could go to, and others by
        chance.
        """
        grid, draw = self.grid, self.random
        in_bin: dict[int, list[int]] = {}
        for e, c in state.plan.items():
            in_bin.setdefault(grid.bin_of[c], []).append(e)
        missing = [e for e in self.events if e not in state.plan]
        free: dict[int, None] = dict.fromkeys(missing)
        bins = self._troubled_bins(state.plan, in_bin, missing)
        others = list(range(len(grid.bins)))
        draw.shuffle(others)
        for b in [*bins, *others]:
            if len(free) >= size:
                break
            free.update(dict.fromkeys(in_bin.get(b, ())))
        return sorted(free)

    def _troubled_bins(self, plan: Plan, in_bin: Mapping[int, list[int]], missing: list[int]) -> list[int]:
        """A bin where something costs, and bins that hold the same track or have the seats."""
        grid, draw = self.grid, self.random
        if missing:
            bins = sorted({grid.bin_of[c] for c in grid.allowed[draw.choice(missing)]})
            draw.shuffle(bins)
            return bins
        if grid.base is not None and draw.random() < 0.7:
            moved = sorted(grid.bin_of[c] for e, c in plan.items() if grid.base[e] != c)
            if moved:
                return [draw.choice(moved), draw.choice(moved)]
        mixed = [b for b, events in in_bin.items() if len({grid.tracks[e] for e in events}) > 1]
        crowded = [e for e, c in plan.items() if grid.over[e][grid.room_of[c]]]
        chosen: int | None = None
        if crowded and (not mixed or draw.random() < 0.3):
            chosen = draw.choice(sorted(crowded))
        elif mixed and draw.random() < 0.9:
            chosen = draw.choice(sorted(in_bin[draw.choice(sorted(mixed))]))
        if chosen is None:
            return []
        own = grid.bin_of[plan[chosen]]
        alike = [
            b for b, events in in_bin.items() if any(grid.tracks[e] == grid.tracks[chosen] for e in events)
        ]
        alike = sorted(set(alike) - {own})
        draw.shuffle(alike)
        return [own, *alike[: draw.randint(1, 3)]]


def _most_soft(grid: Grid) -> int:
    """No plan costs more, moves aside."""
    problem = grid.problem
    return (
        sum(max(over) for over in grid.over)
        + problem.weights.block_track * len(grid.tracks)
        + problem.weights.interpreter * len(problem.interpreters) * len({slot.day for slot in problem.slots})
    )
