"""From rules that can't all be kept to few of them: a Farkas ray names rows, a deletion filter thins them out
(J. W. Chinneck, *Feasibility and Infeasibility in Optimization*, 2008, chapter 6).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.highs import is_infeasible, new_highs
from judging.assignment_highs import load_rows
from judging.assignment_problem import Bools
from judging.assignment_rows import BUDGET, CUT, ENTRY, FIXED, INFINITY, LEAST, MOST, PANEL, Rows

_MOST_WORK = 500_000  # nonzeros looked at by the checks on linear programs, all together
_OVERHEAD = 1500  # of a check, in nonzeros
_MOST_WHOLE_CHECKS = 40
_MOST_WHOLE_WORK = 400_000  # nonzeros looked at by the checks in whole numbers
_MOST_NODES = 200  # of a check in whole numbers; unsettled counts as feasible, so that the rows stay
_TINY = 1e-7


def thinned(rows: Rows) -> Rows:
    """A part of the rows that still collides; with work to spare none of them can be left out.

    The rows are known to collide, if only in whole numbers. Cuts always stay.
    """
    ray = _farkas(rows)
    if ray is None:
        kept = np.ones(len(rows.kind), bool)
        whole = _WholeCheck(rows)
        for group in _groups(rows):
            _drop(kept, group, whole)
        return rows.take(np.flatnonzero(kept))
    work = _MOST_WORK
    while True:
        rows = rows.take(np.flatnonzero(ray | (rows.kind == CUT)))
        check = _LinearCheck(rows, work)
        kept = np.ones(len(rows.kind), bool)
        for group in _groups(rows):
            kept[group] = check.is_spent or check.feasible(_without(kept, group))
        work = check.work
        if kept.all() or check.is_spent:
            break
        rows = rows.take(np.flatnonzero(kept))
        again = _farkas(rows)
        if again is None:
            return rows
        ray = again
    for group in _groups(rows):
        _drop(kept, group, check)
    return rows.take(np.flatnonzero(kept))


def _farkas(rows: Rows) -> Bools | None:
    """Rows of a proof that the linear program has no solution; None when it has one, or without a proof."""
    highs = new_highs(1, presolve="off", solver="simplex")
    load_rows(highs, _without_idle_columns(rows))
    highs.run()
    if not is_infeasible(highs):
        return None
    _, exists, ray = highs.getDualRay()
    found = np.abs(np.asarray(ray)) > _TINY if exists else np.ones(len(rows.kind), bool)
    return found if found.any() else np.ones(len(rows.kind), bool)


def _without_idle_columns(rows: Rows) -> Rows:
    """Pairs that help no row to its least are as well not chosen."""
    helps = np.unique(rows.matrix[np.flatnonzero(rows.least > 0)].indices)
    return Rows(rows.matrix[:, helps], rows.least, rows.most, rows.kind, rows.number, rows.rule, rows.label)


class _LinearCheck:
    """Feasibility of a part of the rows as a linear program, each time from the last basis."""

    def __init__(self, rows: Rows, work: int) -> None:
        self.rows = rows
        part = _without_idle_columns(rows)
        self.highs = new_highs(1, presolve="off", solver="simplex")
        load_rows(self.highs, part)
        self.work = work
        self.cost = part.matrix.nnz + _OVERHEAD

    def feasible(self, kept: Bools) -> bool:
        self.work -= self.cost
        at = np.arange(len(kept), dtype=np.int32)
        least = np.where(kept, self.rows.least, -INFINITY)
        most = np.where(kept, self.rows.most, INFINITY)
        self.highs.changeRowsBounds(len(at), at, least, most)
        self.highs.run()
        return not is_infeasible(self.highs)

    @property
    def is_spent(self) -> bool:
        return self.work < self.cost


class _WholeCheck:
    """Feasibility of a part of the rows in whole numbers: a fresh program each time."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.left = min(_MOST_WHOLE_CHECKS, 1 + _MOST_WHOLE_WORK // max(1, rows.matrix.nnz))

    def feasible(self, kept: Bools) -> bool:
        self.left -= 1
        highs = new_highs(1, mip_max_nodes=_MOST_NODES)
        load_rows(highs, _without_idle_columns(self.rows.take(np.flatnonzero(kept))), whole=True)
        highs.run()
        return not is_infeasible(highs)

    @property
    def is_spent(self) -> bool:
        return self.left <= 0


def _groups(rows: Rows) -> Iterator[NDArray[np.intp]]:
    """Rows of a kind and label; those that explain least come first. Cuts are not among them."""
    for kind in (FIXED, BUDGET, LEAST, PANEL, MOST, ENTRY):
        mine = np.flatnonzero(rows.kind == kind)
        for rule, label in sorted({(int(rows.rule[at]), int(rows.label[at])) for at in mine}):
            yield mine[(rows.rule[mine] == rule) & (rows.label[mine] == label)]


def _without(kept: Bools, group: NDArray[np.intp]) -> Bools:
    left = kept.copy()
    left[group] = False
    return left


def _drop(kept: Bools, group: NDArray[np.intp], check: _LinearCheck | _WholeCheck) -> None:
    """Leave out of `kept` what of the group isn't needed: all, or else one half after the other."""
    if not len(group) or check.is_spent:
        return
    if not check.feasible(_without(kept, group)):
        kept[group] = False
    elif len(group) > 1:
        middle = len(group) // 2
        _drop(kept, group[:middle], check)
        _drop(kept, group[middle:], check)
