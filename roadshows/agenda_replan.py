"""A plan that was there before, changed as little as possible: who can stay stays, and the others find
cells.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from roadshows.agenda_grid import Grid
from roadshows.agenda_model import Model, Options
from roadshows.agenda_search import Search, State
from roadshows.agenda_shape import Frame

_EFFORT_MOVES = 4.0  # deterministic seconds
_EFFORT_LOOK = 1.0


def replan(search: Search, frame: Frame) -> State:
    """The plan before with the fewest moves; a new one in the frame when moves are cheap and that is
    better.
    """
    grid = search.grid
    least, stay = _fewest(search)
    bound = frame.bound + search.move * least
    state = State({}, {}, search.unplaced * len(search.events), bound, least)
    state.plan = stay
    search.look(state, [e for e in search.events if e not in stay], effort=_EFFORT_LOOK)
    if not state.interpreters and search.missing(state):
        state.plan = {}  # not even those who stay have their interpreters
    search.watch.tell("place", len(state.plan), search.shown(state), state.bound)
    if search.move <= grid.problem.weights.block_track:
        fresh = search.place(frame)
        if fresh.price < state.price:
            state.plan, state.interpreters, state.price = fresh.plan, fresh.interpreters, fresh.price
    return state


def _fewest(search: Search) -> tuple[int, dict[int, int]]:
    """How many sessions have to move at least, and where the others stay.

    Where a session goes that has to move, one free cell of the same (slot, venue) is as good as another:
    cells are counted there, each session has its old cell and one for each (slot, venue). Where slots
    overlap or locks name rooms that is more than is possible, so the number is a bound in any case.
    """
    grid = search.grid
    model = _CountedModel(
        grid,
        {e: _choices(grid, e) for e in search.events},
        {},
        Options(unplaced=2, moves=1, soft=False),
    )
    found = search.watch.run(model.cp, effort=_EFFORT_MOVES, seed=search.seed, share=0.6)
    assert grid.base is not None
    if not found.has_plan:
        return sum(c not in grid.allowed[e] for e, c in enumerate(grid.base)), {}
    plan = model.plan(found.solver)
    least = math.ceil(found.solver.best_objective_bound - 1e-6)
    return max(0, least), {e: c for e, c in plan.items() if grid.base[e] == c}


def _choices(grid: Grid, e: int) -> list[int]:
    """The old cell, if it is allowed, and one other of each node."""
    assert grid.base is not None
    home = grid.base[e]
    others = {grid.node_of[c]: c for c in grid.allowed[e] if c != home}
    return [*([home] if home in grid.allowed[e] and home is not None else []), *others.values()]


class _CountedModel(Model):
    """As many sessions at each (slot, venue) as there are cells, and one at most in each old cell."""

    def _rooms(self) -> None:
        grid = self.grid
        assert grid.base is not None
        cells = Counter(grid.node_of)
        at: dict[int, list[Any]] = {}
        at_home: dict[int, list[Any]] = {}
        for (e, c), x in self.x.items():
            at.setdefault(grid.node_of[c], []).append(x)
            if grid.base[e] == c:
                at_home.setdefault(c, []).append(x)
        for n, literals in at.items():
            if len(literals) > cells[n]:
                self.cp.add(sum(literals) <= cells[n])
        for literals in at_home.values():
            self._at_most_one(literals)
