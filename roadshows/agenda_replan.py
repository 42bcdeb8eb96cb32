"""A plan that was there before, changed as little as possible: who can stay stays, and the others find
cells.
"""

from __future__ import annotations

import math

from roadshows.agenda_counted import CountedModel, named_cells
from roadshows.agenda_model import Model, Options
from roadshows.agenda_search import Search, State
from roadshows.agenda_shape import Frame

_EFFORT_MOVES = 8.0  # deterministic seconds
_EFFORT_LOOK = 0.5
_BEYOND = 6  # moves beyond twice the first bound that are tried first


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
    forced, stay = _stay(search)
    for below in (2 * forced + _BEYOND, None):  # few moves allowed are proven much sooner
        model = CountedModel(grid, Options(moves=1, soft=False, hint=stay, below=below))
        found = search.watch.run(model.cp, effort=_EFFORT_MOVES, seed=search.seed, share=0.6)
        if found.has_plan:
            break
    if not found.has_plan:
        return forced, {}
    least = math.ceil(found.solver.best_objective_bound - 1e-6)
    return max(forced, least), model.plan(found.solver)


def _stay(search: Search) -> tuple[int, dict[int, int]]:
    """As many sessions as could stay if those that move were nowhere: a first bound; where they all stay is
    where the search for the true number begins."""
    grid = search.grid
    assert grid.base is not None
    home = {e: [c] for e, c in enumerate(grid.base) if c is not None and c in grid.allowed[e]}
    model = Model(grid, home, {}, Options(unplaced=1, moves=0, soft=False))
    found = search.watch.run(model.cp, effort=_EFFORT_LOOK, seed=search.seed, share=0.2)
    least = math.ceil(found.solver.best_objective_bound - 1e-6) if found.has_plan else 0
    return len(search.events) - len(home) + max(0, least), {e: c for e, (c,) in home.items()}
