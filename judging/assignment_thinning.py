"""From rules that can't all be kept to few of them: a Farkas ray names rows, a deletion filter thins them out
(J. W. Chinneck, *Feasibility and Infeasibility in Optimization*, 2008, chapter 6).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from judging.assignment_highs import load_model, new_highs
from judging.assignment_problem import Bools, Problem
from judging.assignment_rows import BUDGET, ENTRY, FIXED, INFINITY, LEAST, MOST, PANEL, Rows, crossing_row

Cuts = tuple[tuple[Bools, Bools], ...]

_MOST_WORK = 6_000_000  # nonzeros looked at by the checks on linear programs, all together
_MOST_WHOLE_CHECKS = 40
_MOST_WHOLE_WORK = 400_000  # nonzeros looked at by the checks in whole numbers
_MOST_NODES = 200  # of a check in whole numbers; unsettled counts as feasible, so that the rows stay
_TINY = 1e-7


def farkas_rows(problem: Problem, rows: Rows) -> NDArray[np.intp] | None:
    """Rows of a proof that the linear program has no solution; None when it has one, or without a proof."""
    highs = new_highs(1, presolve="off", solver="simplex")
    load_model(highs, problem, rows, whole=False, objective=False)
    highs.run()
    if not _says_infeasible(highs):
        return None
    _, exists, ray = highs.getDualRay()
    if not exists:
        return None
    found = np.flatnonzero(np.abs(np.asarray(ray)) > _TINY)
    return found if len(found) else None


def thinned(problem: Problem, rows: Rows, cuts: Cuts = ()) -> Rows:
    """A part of the rows that still collides (with the cuts: of each component a pair crosses the border);
    with work to spare none of them can be left out. The rows are known to collide, if only in whole numbers.
    """
    checker = _LinearCheck(problem, rows, cuts)
    if checker.feasible(np.ones(len(rows.kind), bool)):
        return _filtered(rows, _WholeCheck(problem, rows, cuts))
    return _filtered(rows, checker)


def least_interpreted(problem: Problem) -> int | None:
    """Fewest interpreted pairs that loads, panels and fixed pairs need; None when even those collide."""
    from judging.assignment import solve

    points = -problem.interpreted_mask.astype(np.int64)
    relaxed = problem.with_(
        gain=points, interpreters=None, over_target=0, change_price=0, kept=None, connected=False, mixing=0
    )
    found = solve(relaxed.with_(fewest_changes=False))
    return None if found.objective is None else -found.objective


class _LinearCheck:
    """Feasibility of a part of the rows as a linear program, each time from the last basis."""

    def __init__(self, problem: Problem, rows: Rows, cuts: Cuts) -> None:
        self.rows = rows
        columns = np.unique(rows.matrix.indices)
        self.highs = new_highs(1, presolve="off", solver="simplex")
        load_model(self.highs, problem, rows, whole=False, objective=False)
        for judges, entries in cuts:
            _add_cut(self.highs, problem, judges, entries)
        self.work = _MOST_WORK
        self.cost = rows.matrix.nnz + len(columns) + 2000

    def feasible(self, kept: Bools) -> bool:
        self.work -= self.cost
        at = np.arange(len(kept), dtype=np.int32)
        least = np.where(kept, self.rows.least, -INFINITY)
        most = np.where(kept, self.rows.most, INFINITY)
        self.highs.changeRowsBounds(len(at), at, least, most)
        self.highs.run()
        return not _says_infeasible(self.highs)

    @property
    def is_spent(self) -> bool:
        return self.work < self.cost


class _WholeCheck:
    """Feasibility of a part of the rows in whole numbers: a fresh program each time."""

    def __init__(self, problem: Problem, rows: Rows, cuts: Cuts) -> None:
        self.problem, self.rows, self.cuts = problem, rows, cuts
        self.left = min(_MOST_WHOLE_CHECKS, 1 + _MOST_WHOLE_WORK // max(1, rows.matrix.nnz))

    def feasible(self, kept: Bools) -> bool:
        self.left -= 1
        highs = new_highs(1, mip_max_nodes=_MOST_NODES)
        load_model(highs, self.problem, self.rows.take(np.flatnonzero(kept)), whole=True, objective=False)
        for judges, entries in self.cuts:
            _add_cut(highs, self.problem, judges, entries)
        highs.run()
        return not _says_infeasible(highs)

    @property
    def is_spent(self) -> bool:
        return self.left <= 0


def _filtered(rows: Rows, check: _LinearCheck | _WholeCheck) -> Rows:
    kept = np.ones(len(rows.kind), bool)
    for group in _groups(rows):
        if check.is_spent:
            break
        _drop(kept, group, check)
    return rows.take(np.flatnonzero(kept))


def _groups(rows: Rows) -> Iterable[NDArray[np.intp]]:
    """Rows of a kind; those that explain least are tried first, each kind as a whole before its parts."""
    for kind in (FIXED, BUDGET, LEAST, PANEL, MOST):
        mine = np.flatnonzero(rows.kind == kind)
        for rule, label in sorted({(int(rows.rule[at]), int(rows.label[at])) for at in mine}):
            yield mine[(rows.rule[mine] == rule) & (rows.label[mine] == label)]
    yield np.flatnonzero(rows.kind == ENTRY)


def _drop(kept: Bools, group: NDArray[np.intp], check: _LinearCheck | _WholeCheck) -> None:
    """Leave out of `kept` what of the group isn't needed: all, or else one half after the other."""
    if not len(group) or check.is_spent:
        return
    kept[group] = False
    if not check.feasible(kept):
        return
    kept[group] = True
    if len(group) > 1:
        middle = len(group) // 2
        _drop(kept, group[:middle], check)
        _drop(kept, group[middle:], check)


def _add_cut(highs: object, problem: Problem, judges: Bools, entries: Bools) -> None:
    crossing = crossing_row(problem, judges, entries).astype(np.int32)
    highs.addRow(1.0, INFINITY, len(crossing), crossing, np.ones(len(crossing)))  # type: ignore[attr-defined]


def _says_infeasible(highs: object) -> bool:
    from highspy import HighsModelStatus

    return bool(highs.getModelStatus() == HighsModelStatus.kInfeasible)  # type: ignore[attr-defined]
