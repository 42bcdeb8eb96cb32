"""Assignment with rules that no flow can hold (a second panel rule, an interpreter budget, connectedness): as
a mixed-integer program for HiGHS, to which cuts are added until the graph hangs together.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.highs import is_infeasible, new_highs
from judging.assignment_highs import load_model
from judging.assignment_problem import Problem
from judging.assignment_rows import INFINITY, Cuts, Rows, crossing_row, rows_of
from judging.panel_graph import label_components

_ROUNDING = 1e-5  # of a bound that is a whole number but for the solver's arithmetic


@dataclass(frozen=True)
class MipResult:
    """chosen: places of the pairs, None when none were found. bound: no assignment is better. stopped: by
    time. first: objective before any cut, None when not proven. cuts: components whose border a pair must
    cross (judges, entries as masks), in the order of finding. infeasible: there is no assignment.
    """

    chosen: NDArray[np.intp] | None
    bound: int | None
    stopped: bool
    first: int | None
    cuts: Cuts
    infeasible: bool = False


def solve_mip(
    problem: Problem,
    *,
    seed: int,
    deadline: float,
    start: NDArray[np.intp] | None = None,
    rows: Rows | None = None,
) -> MipResult:
    """Maximize the linear objective under all rules of the problem; needs HiGHS.

    start: pairs of a solution without connectedness, if known to be best (its components make the first
    cuts). rows: instead of all rules of the problem, these.
    deadline: of `time.monotonic`.
    """
    model = _Model(problem, rows_of(problem) if rows is None else rows, seed)
    first = None
    if start is not None:
        first = problem.linear(start)
        model.cut(start)
    while True:
        chosen, bound, state = model.run(deadline)
        if state == "infeasible":
            return MipResult(None, None, False, first, tuple(model.cuts), infeasible=True)
        if first is None and state == "optimal":
            first = bound
        joined = chosen is not None and (not problem.connected or not model.cut(chosen))
        if joined or state == "stopped":
            found = chosen if joined else None
            return MipResult(found, bound, state == "stopped", first, tuple(model.cuts))


class _Model:
    def __init__(self, problem: Problem, rows: Rows, seed: int) -> None:
        self.problem = problem
        self.cuts: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]] = []
        self.highs = new_highs(seed)
        load_model(self.highs, problem, rows)

    def run(self, deadline: float) -> tuple[NDArray[np.intp] | None, int | None, str]:
        """Chosen pairs (None: none found), bound, and "optimal", "stopped" or "infeasible"."""
        from highspy import HighsModelStatus

        left = deadline - time.monotonic()
        if left <= 0:
            return None, None, "stopped"
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + left)
        self.highs.run()
        if is_infeasible(self.highs):
            return None, None, "infeasible"
        info = self.highs.getInfo()
        # Minimized is the negative objective.
        bound = None
        if np.isfinite(info.mip_dual_bound):
            bound = int(np.floor(-info.mip_dual_bound + _ROUNDING))
        chosen = None
        if info.primal_solution_status == 2:
            values = np.asarray(self.highs.getSolution().col_value)[: len(self.problem.judge)]
            chosen = np.flatnonzero(values > 0.5)
        optimal = self.highs.getModelStatus() == HighsModelStatus.kOptimal
        if optimal and chosen is not None:
            bound = self.problem.linear(chosen)
        return chosen, bound, "optimal" if optimal else "stopped"

    def cut(self, chosen: NDArray[np.intp]) -> bool:
        """Demand pairs across the borders of all components of these pairs; False when they hang together."""
        problem = self.problem
        judge, entry = problem.judge[chosen], problem.entry[chosen]
        count, of_judge, of_entry = label_components(judge, entry, len(problem.judges), len(problem.entries))
        if count < 2:
            return False
        for part in range(count if count > 2 else 1):
            inside = (of_judge == part, of_entry == part)
            self.cuts.append(inside)
            crossing = crossing_row(problem, *inside).astype(np.int32)
            self.highs.addRow(1.0, INFINITY, len(crossing), crossing, np.ones(len(crossing)))
        return True
