"""From rules that can't all be kept to few of them: a Farkas ray names rows, a deletion filter thins them out
(J. W. Chinneck, *Feasibility and Infeasibility in Optimization*, 2008, chapter 6).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.highs import is_infeasible, load, new_highs
from roadshows.meetings_problem import Bools
from roadshows.meetings_program import (
    ENDLESS,
    INTERPRETERS,
    INVESTOR_LEAST,
    INVESTOR_MOST,
    INVESTOR_SLOT,
    NEEDED,
    PAIR,
    TABLES,
    TEAM_LEAST,
    TEAM_MOST,
    TEAM_SLOT,
    Rows,
    apart,
)

_ORDER = (
    *(INTERPRETERS, TABLES, TEAM_MOST, INVESTOR_MOST, TEAM_SLOT, INVESTOR_SLOT),
    *(TEAM_LEAST, INVESTOR_LEAST, NEEDED),
)
"""Kinds in the order in which they are tried to be left out; that each pair meets once is no rule to ease."""
_MOST_WORK = 1_000_000  # nonzeros looked at by the checks on linear programs, all together
_OVERHEAD = 1_500  # of a check, in nonzeros
_MOST_WHOLE_WORK = 300_000  # nonzeros looked at by the checks in whole numbers
_MOST_NODES = 300  # of a check in whole numbers; unsettled counts as feasible, so that the rows stay
_TINY = 1e-7


def thinned(rows: Rows, *, whole: bool = False) -> Rows | None:
    """A part of the rows that still collides; with work to spare none of them can be left out. None when they
    don't collide: in fractions, or, with `whole`, in whole numbers.
    """
    rows = apart(rows)
    ray = _farkas(rows)
    if ray is None:
        return _thinned_whole(rows) if whole else None
    while True:
        rows = rows.take(ray | (rows.kind == PAIR))
        check = _Check(rows, _MOST_WORK)
        kept = np.ones(len(rows.kind), bool)
        for group in _groups(rows):
            kept[group] = check.is_spent or check.can_be_kept(_without(kept, group))
        if kept.all() or check.is_spent:
            break
        rows = rows.take(kept)
        ray = _farkas(rows)
        if ray is None:
            return rows
    for group in _groups(rows):
        _drop(kept, group, check)
    return rows.take(kept)


def _thinned_whole(rows: Rows) -> Rows | None:
    check = _Check(rows, _MOST_WHOLE_WORK, whole=True)
    kept = np.ones(len(rows.kind), bool)
    if check.can_be_kept(kept):
        return None
    for group in _groups(rows):
        _drop(kept, group, check)
    return rows.take(kept)


def _farkas(rows: Rows) -> Bools | None:
    """Rows of a proof that the linear program has no solution; None when it has one."""
    highs = new_highs(1, presolve="off", solver="simplex")
    _load(highs, rows)
    highs.run()
    if not is_infeasible(highs):
        return None
    _, exists, ray = highs.getDualRay()
    found = np.abs(np.asarray(ray)) > _TINY if exists else np.ones(len(rows.kind), bool)
    return found if found.any() else np.ones(len(rows.kind), bool)


class _Check:
    """Whether a part of the rows can be kept; linear programs go on from the last basis."""

    def __init__(self, rows: Rows, work: int, *, whole: bool = False) -> None:
        self.rows, self.work, self.whole = rows, work, whole
        self.cost = rows.matrix.nnz + _OVERHEAD
        self.highs: Any = None
        if not whole:
            self.highs = new_highs(1, presolve="off", solver="simplex")
            _load(self.highs, rows)

    def can_be_kept(self, kept: Bools) -> bool:
        self.work -= self.cost
        if self.whole:
            highs = new_highs(1, mip_max_nodes=_MOST_NODES)
            _load(highs, self.rows.take(kept), whole=True)
            highs.run()
            return not is_infeasible(highs)
        at = np.arange(len(kept), dtype=np.int32)
        least = np.where(kept, self.rows.least, -ENDLESS)
        most = np.where(kept, self.rows.most, ENDLESS)
        self.highs.changeRowsBounds(len(at), at, least, most)
        self.highs.run()
        return not is_infeasible(self.highs)

    @property
    def is_spent(self) -> bool:
        return self.work < self.cost


def _load(highs: Any, rows: Rows, *, whole: bool = False) -> None:
    """Only with cells that help some row to its least; the others are as well 0."""
    helps = np.unique(rows.matrix[rows.least > 0].indices)
    width = len(helps)
    load(
        highs,
        rows.matrix[:, helps],
        (rows.least, rows.most),
        np.zeros(width),
        (np.zeros(width), np.ones(width)),
        whole=np.ones(width, bool) if whole else None,
    )


def _groups(rows: Rows) -> Iterator[NDArray[np.intp]]:
    for kind in _ORDER:
        if (mine := np.flatnonzero(rows.kind == kind)).size:
            yield mine


def _without(kept: Bools, group: NDArray[np.intp]) -> Bools:
    left = kept.copy()
    left[group] = False
    return left


def _drop(kept: Bools, group: NDArray[np.intp], check: _Check) -> None:
    """Leave out of `kept` what of the group isn't needed: all, or else one half after the other."""
    if not len(group) or check.is_spent:
        return
    if not check.can_be_kept(_without(kept, group)):
        kept[group] = False
    elif len(group) > 1:
        middle = len(group) // 2
        _drop(kept, group[:middle], check)
        _drop(kept, group[middle:], check)
