"""One-to-one meetings of teams and investors: who meets whom, and when; best in value, with the proof.

A b-matching picks the pairs and says that nothing can be better; ejection chains give them slots; what then
is left out is exchanged. When no timetable keeps all rules, the result says which rules collide.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Literal

import numpy as np

from roadshows import meetings_conflict as conflicts
from roadshows.meetings_exchange import Exchanged, Quality, exchange, quality
from roadshows.meetings_matching import match
from roadshows.meetings_problem import NO_SLOT, Longs, Problem, keeps_rules
from roadshows.meetings_start import first_timetable, rules_alone
from roadshows.meetings_words import Conflict, MeetingsError, SolverMissing

__all__ = ["NO_SLOT", "Conflict", "MeetingsError", "Problem", "SolverMissing", "Timetable", "solve"]

Status = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True)
class Timetable:
    """What `solve` found.

    slot: of each pair of the problem, NO_SLOT for those that don't meet; shape (pairs,). objective: sum of
    values, None without a timetable; bound: none can have more. stopped: "time" when the limit ended the
    search, "cancelled" when somebody did. conflict: rules that can't all be kept, when infeasible.
    """

    problem: Problem
    slot: Longs
    status: Status
    stopped: Literal["done", "time", "cancelled"]
    objective: int | None = None
    bound: int | None = None
    conflict: tuple[Conflict, ...] = ()

    @property
    def gap(self) -> float | None:
        """(bound - objective) / |objective|; 0 when proven best."""
        if self.objective is None or self.bound is None:
            return None
        return (self.bound - self.objective) / max(1, abs(self.objective))

    @cached_property
    def meetings(self) -> tuple[tuple[str, str, str], ...]:
        """(team, investor, slot) of every meeting, by slot, then in the order of teams and investors."""
        problem = self.problem
        held = np.flatnonzero(self.slot != NO_SLOT)
        order = held[np.lexsort((problem.investor[held], problem.team[held], self.slot[held]))]
        return tuple(
            (problem.teams[problem.team[at]], problem.investors[problem.investor[at]], problem.slots[slot])
            for at, slot in zip(order.tolist(), self.slot[order].tolist(), strict=True)
        )


def solve(
    problem: Problem,
    *,
    seed: int = 1,
    seconds: float = 60.0,
    progress: Callable[[int | None, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Timetable:
    """The best timetable, or why there is none.

    The same problem and seed give the same answer, unless `seconds` ran out. progress: told the value so far
    (None: not all rules are kept yet) and the bound, whenever there is something better. cancelled: asked
    often; True ends the search with what there is. Raises SolverMissing when HiGHS is not installed.
    """
    deadline = time.monotonic() + seconds
    if find_spec("highspy") is None:
        raise SolverMissing("highspy")
    cancelled = cancelled or (lambda: False)
    if found := conflicts.single_conflicts(problem):
        return _infeasible(problem, found)
    matching = match(problem, seed=seed, deadline=deadline)
    if matching.infeasible:
        return _infeasible(problem, conflicts.all_conflicts(problem, whole=False))
    if matching.chosen is None or matching.bound is None:
        return Timetable(problem, _nothing(problem), "unknown", "time", bound=matching.bound)
    bound = matching.bound
    slot = first_timetable(problem, matching.chosen, seed=seed, deadline=deadline, cancelled=cancelled)
    if quality(problem, slot).missing:
        if found := conflicts.slot_conflicts(problem, whole=False):
            return _infeasible(problem, found)
        core = rules_alone(problem, seed=seed, deadline=deadline)
        if isinstance(core, str) and core == "none":
            return _infeasible(problem, conflicts.slot_conflicts(problem, whole=True))
        if not isinstance(core, str):
            slot = first_timetable(
                problem, matching.chosen, core, seed=seed, deadline=deadline, cancelled=cancelled
            )

    def tell(found: Quality) -> None:
        if progress is not None:
            progress(None if found.missing else found.value, bound)

    tell(quality(problem, slot))
    better = exchange(problem, slot, matching, seed=seed, deadline=deadline, cancelled=cancelled, tell=tell)
    return _finished(problem, better)


def _finished(problem: Problem, found: Exchanged) -> Timetable:
    stopped = found.stopped or "done"
    if keeps_rules(problem, found.slot):
        objective = int(problem.value[found.slot != NO_SLOT].sum())
        status: Status = "optimal" if objective == found.bound else "feasible"
        return Timetable(problem, found.slot, status, stopped, objective=objective, bound=found.bound)
    conflict = () if found.stopped else conflicts.slot_conflicts(problem, whole=True)
    if conflict or found.infeasible:
        return _infeasible(problem, conflict)
    return Timetable(problem, _nothing(problem), "unknown", stopped, bound=found.bound)


def _infeasible(problem: Problem, conflict: tuple[Conflict, ...]) -> Timetable:
    return Timetable(problem, _nothing(problem), "infeasible", "done", conflict=conflict)


def _nothing(problem: Problem) -> Longs:
    return np.full(len(problem.team), NO_SLOT)
