"""A plan that was there before, changed as little as possible: who can stay stays, and the others find
cells.
"""

from __future__ import annotations

from roadshows.agenda_model import Model, Options
from roadshows.agenda_search import Search, State
from roadshows.agenda_shape import Frame

_EFFORT_STAY = 3.0
_EFFORT_FEWEST = 4.0
_MOST_CELLS = 40_000  # pairs of session and cell that a model of everything may have


def replan(search: Search, frame: Frame) -> State:
    """The plan before with the fewest moves; a new one in the frame when moves are cheap and that is
    better.
    """
    grid = search.grid
    least, stay = _stay(search)
    bound = frame.bound + search.move * least
    state = State(stay, {}, search.unplaced * len(search.events), bound, least)
    missing = [e for e in search.events if e not in stay]
    search.look(state, missing, effort=_EFFORT_STAY)
    if search.missing(state) or grid.moves(state.plan) > least:
        _everything(search, state)
    search.watch.tell("place", len(state.plan), search.shown(state), state.bound)
    if search.move <= grid.problem.weights.block_track:
        fresh = search.place(frame.used, bound)
        if fresh.price < state.price:
            fresh.moves_bound = least
            return fresh
    return state


def _stay(search: Search) -> tuple[int, dict[int, int]]:
    """As many sessions as can stay where they were, if the others weren't there: that many moves are needed
    in any case (a bound unless time ran out)."""
    grid = search.grid
    assert grid.base is not None
    at_home = {e: [c] for e, c in enumerate(grid.base) if c is not None and c in grid.allowed[e]}
    model = Model(grid, at_home, {}, Options(unplaced=1, moves=0, soft=False))
    found = search.watch.run(model.cp, effort=_EFFORT_STAY, seed=search.seed, share=0.3)
    forced = len(search.events) - len(at_home)
    least = forced + max(0, round(found.solver.best_objective_bound)) if found.has_plan else forced
    return least, model.plan(found.solver) if found.has_plan else {}


def _everything(search: Search, state: State) -> None:
    """All sessions at once, with the moves first: the model that is too large otherwise is held by where the
    sessions were."""
    grid = search.grid
    if sum(len(cells) for cells in grid.allowed) > _MOST_CELLS:
        return
    model = Model(
        grid,
        dict(enumerate(grid.allowed)),
        {},
        search.options(below=state.price + 1, hint=dict(state.plan)),
    )
    found = search.watch.run(model.cp, effort=_EFFORT_FEWEST, seed=search.seed, share=0.5)
    if found.has_plan:
        state.plan, state.interpreters = model.plan(found.solver), model.interpreters(found.solver)
        state.price = round(found.solver.objective_value)
        state.bound = max(state.bound, int(found.solver.best_objective_bound))
