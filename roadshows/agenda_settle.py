"""All sessions in all their cells in one model: whether there is a plan at all, and whether there is a
better one.

For large problems that takes too long; it is asked for what the other steps leave open.
"""

from __future__ import annotations

import math

from roadshows.agenda_counted import CountedModel, named_cells
from roadshows.agenda_model import Model, Options
from roadshows.agenda_search import Search, State
from roadshows.agenda_smallest import smallest_collision
from roadshows.agenda_words import Part

_FEW_CELLS = 1_500
_MOST_CELLS = 8_000  # pairs of session and cell for which a proof is tried
_WORKERS = 2


def settle(search: Search, state: State, *, effort: float) -> tuple[Part, ...]:
    """Look for any plan of all sessions and take it; when none exists, the rules that collide."""
    grid, watch = search.grid, search.watch
    if watch.is_over():
        return ()
    counted = CountedModel(grid, Options(soft=False, moves=0))
    found = watch.run(counted.cp, effort=effort, seed=search.seed, share=0.4)
    plan = named_cells(grid, counted.plan(found.solver)) if found.has_plan else None
    if plan is not None and search.take_plan(state, plan):
        return ()
    if found.has_plan or not found.proven:
        model = Model(grid, dict(enumerate(grid.allowed)), {}, Options(soft=False, moves=0, hint=state.plan))
        found = watch.run(model.cp, effort=effort, seed=search.seed, workers=_WORKERS, share=0.6)
        if search.take(state, model, found):
            return ()
    if found.has_plan or not found.proven:
        return ()
    return smallest_collision(grid.problem, watch, seed=search.seed)


def is_small(search: Search) -> bool:
    """Whether one piece is the quickest way."""
    return _size(search) <= _FEW_CELLS


def _size(search: Search) -> int:
    return sum(len(cells) for cells in search.grid.allowed)


def prove(search: Search, state: State, *, effort: float) -> None:
    """Look for a better plan than `state` in one piece, or prove that there is none."""
    grid, watch = search.grid, search.watch
    if state.price <= state.bound or _size(search) > _MOST_CELLS or watch.is_over():
        return
    watch.tell("prove", len(state.plan), search.shown(state), state.bound)
    workers = 1 if is_small(search) else _WORKERS
    options = search.options(unplaced=None, below=state.price + 1, hint=state.plan)
    model = Model(grid, dict(enumerate(grid.allowed)), {}, options)
    found = watch.run(model.cp, effort=effort, seed=search.seed, workers=workers)
    if found.has_plan:
        search.take(state, model, found)
        state.bound = max(state.bound, math.ceil(found.solver.best_objective_bound - 1e-6))
