"""A plan that was there before, changed as little as possible: who can stay stays, and the others find
cells.
"""

from __future__ import annotations

import math

from roadshows.agenda_counted import CountedModel, named_cells
from roadshows.agenda_model import Options
from roadshows.agenda_search import Search, State
from roadshows.agenda_shape import Frame

_EFFORT_MOVES = 4.0  # deterministic seconds
_EFFORT_LOOK = 1.0


def replan(search: Search, frame: Frame) -> State:
    """The plan before with the fewest moves; a new one in the frame when moves are cheap and that is
    better.
    """
    grid = search.grid
    least, plan = _fewest(search)
    bound = frame.bound + search.move * least
    state = State({}, {}, search.unplaced * len(search.events) + 1, bound, least)
    whole = named_cells(grid, plan)
    if whole is None or not search.take_plan(state, whole):
        assert grid.base is not None
        search.take_plan(state, {e: c for e, c in plan.items() if grid.base[e] == c})
    if grid.moves(state.plan) or search.missing(state):
        search.look(state, _movers(search, state), effort=_EFFORT_LOOK)
    search.watch.tell("place", len(state.plan), search.shown(state), state.bound)
    if search.move <= grid.problem.weights.block_track:
        fresh = search.place(frame)
        if fresh.price < state.price:
            state.plan, state.interpreters, state.price = fresh.plan, fresh.interpreters, fresh.price
    return state


def _movers(search: Search, state: State) -> list[int]:
    base = search.grid.base
    assert base is not None
    return [e for e in search.events if state.plan.get(e) != base[e] or base[e] is None]


def _fewest(search: Search) -> tuple[int, dict[int, int]]:
    """How many sessions have to move at least, and a plan in counted cells with few moves."""
    grid = search.grid
    model = CountedModel(grid, Options(moves=1, soft=False))
    found = search.watch.run(model.cp, effort=_EFFORT_MOVES, seed=search.seed, share=0.6)
    assert grid.base is not None
    if not found.has_plan:
        return sum(c not in grid.allowed[e] for e, c in enumerate(grid.base)), {}
    least = math.ceil(found.solver.best_objective_bound - 1e-6)
    return max(0, least), model.plan(found.solver)
