"""What happens when and where: the best agenda that keeps all hard rules, with a bound that says how good it
is.

First the frame (how many sessions of a track in which block and room), then single sessions, slots and
interpreters within it, then one neighborhood after another. A plan that was there before is changed as
little as possible. When there is no plan, the result says which rules collide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from typing import Literal

from roadshows.agenda_collisions import collisions, stuck_sessions
from roadshows.agenda_grid import Grid
from roadshows.agenda_problem import (
    Engagement,
    Event,
    Interpreter,
    Lock,
    Placement,
    Problem,
    Room,
    Slot,
    Weights,
)
from roadshows.agenda_replan import replan
from roadshows.agenda_search import Search, State
from roadshows.agenda_settle import is_small, prove, settle
from roadshows.agenda_shape import best_frame
from roadshows.agenda_smallest import only, smallest_collision
from roadshows.agenda_watch import Progress, Stopped, Watch
from roadshows.agenda_words import AgendaError, Part, SolverMissing

__all__ = [
    "Agenda",
    "AgendaError",
    "Engagement",
    "Event",
    "Interpreter",
    "Lock",
    "Part",
    "Placement",
    "Problem",
    "Room",
    "Slot",
    "SolverMissing",
    "Weights",
    "solve",
]

Status = Literal["optimal", "feasible", "infeasible", "unknown"]

_EFFORT_FRAME = 2.0  # deterministic seconds
_EFFORT_SMALL = 3.0
_EFFORT_PROOF = 15.0


@dataclass(frozen=True)
class Agenda:
    """What `solve` found.

    placements: in the order of the events; with the status "unknown" those that were placed so far, with
    "infeasible" none. objective: price of the plan, None without one; bound: no plan costs less (with
    `fewest_moves`: none with as few moves). moves_bound: no plan moves fewer sessions, None without a plan
    before. stopped: "time" or "cancelled" when that ended the search. conflict: rules that can't all be kept.
    seconds: what the search took, without reading and loading the solver.
    """

    problem: Problem
    placements: tuple[Placement, ...]
    status: Status
    stopped: Stopped
    objective: int | None = None
    bound: int | None = None
    moves_bound: int | None = None
    conflict: tuple[Part, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def gap(self) -> float | None:
        """(objective - bound) / objective: at most this share of the price could be saved; 0 when proven
        best.
        """
        if self.objective is None or self.bound is None:
            return None
        return (self.objective - self.bound) / max(1, self.objective)

    @property
    def moved(self) -> int | None:
        """Sessions that aren't where the plan before has them; None without one."""
        return None if self.problem.base is None else self.problem.moves(self.placements)

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Sessions without a place."""
        placed = {placement.event for placement in self.placements}
        return tuple(event.id for event in self.problem.events if event.id not in placed)


def solve(
    problem: Problem,
    *,
    seed: int = 1,
    seconds: float = 60.0,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Agenda:
    """The best plan found, or why there is none.

    The same problem and seed give the same answer, unless `seconds` (of wall clock, kept within a tenth) ran
    out or `cancelled()` became true; it is asked from a thread of its own. progress: called with phase
    ("frame", "place", "improve", "prove"), placed, objective (None while sessions are missing), bound and
    seconds. Raises SolverMissing without OR-tools.
    """
    if find_spec("ortools") is None:
        raise SolverMissing("ortools")
    import_module("ortools.sat.python.cp_model")  # takes seconds, which aren't the search's
    watch = Watch(seconds, progress, cancelled)
    found = _search(problem, watch, seed)
    return replace(found, seconds=watch.spent)


def _search(problem: Problem, watch: Watch, seed: int) -> Agenda:
    grid = Grid(problem)
    watch.tell("check", 0, None, None)
    if found := collisions(grid):
        return Agenda(problem, (), "infeasible", watch.stopped, conflict=found)
    if stuck := stuck_sessions(grid):
        found = smallest_collision(only(problem, stuck), watch, seed=seed)
        return Agenda(problem, (), "infeasible", watch.stopped, conflict=found)
    search = Search(grid, watch, seed=seed)
    frame = best_frame(grid, watch, effort=_EFFORT_FRAME, seed=seed)
    watch.tell("frame", 0, None, frame.bound)
    state = search.place(frame) if problem.base is None else replan(search, frame)
    conflict = _finish(search, state)
    if conflict:
        return Agenda(problem, (), "infeasible", watch.stopped, conflict=conflict)
    return _agenda(search, state)


def _finish(search: Search, state: State) -> tuple[Part, ...]:
    """Place what has no place yet, then make the plan better and try to prove it; or say what collides."""
    if search.missing(state):
        conflict = settle(search, state, effort=2.0)
        if conflict:
            return conflict
    elif is_small(search):
        prove(search, state, effort=_EFFORT_SMALL)
    search.improve(state)
    if search.missing(state):
        conflict = settle(search, state, effort=60.0)
        if conflict:
            return conflict
        search.improve(state)
    if not search.missing(state):
        prove(search, state, effort=_EFFORT_PROOF)
    return ()


def _agenda(search: Search, state: State) -> Agenda:
    problem, watch = search.grid.problem, search.watch
    placements = search.grid.placements(state.plan, state.interpreters)
    if search.missing(state):
        return Agenda(problem, placements, "unknown", watch.stopped, moves_bound=state.moves_bound)
    objective = problem.objective(placements)
    bound = min(objective, search.objective_bound(state, objective))
    return Agenda(
        problem,
        placements,
        "optimal" if bound == objective and search.is_fewest(state) else "feasible",
        watch.stopped,
        objective,
        bound,
        state.moves_bound,
    )
