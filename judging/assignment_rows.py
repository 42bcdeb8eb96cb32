"""The rules of an assignment as rows of a linear program, each with its name, so that any part of them can be
solved or blamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from judging.assignment_problem import Bools, Longs, Problem, label_codes

ENTRY, PANEL, MOST, LEAST, FIXED, BUDGET, KEPT, CUT = range(8)
"""Kinds of rows: exact number of judges of an entry, a label of a panel rule, loads, fixed pairs,
interpreters, kept pairs, pairs across a border.
"""

INFINITY = float("inf")

Cuts = tuple[tuple[Bools, Bools], ...]
"""Components (masks of judges and of entries) whose border a chosen pair must cross."""


@dataclass(frozen=True)
class Rows:
    """least <= matrix @ x <= most, with x of 0 or 1 for each candidate pair.

    matrix: shape (rows, pairs). kind: of each row; number: of the entry, the judge or the pair; rule, label:
    of a panel row, else -1 (the label's place in `label_codes`).
    """

    matrix: csr_matrix
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    kind: NDArray[np.int8]
    number: Longs
    rule: NDArray[np.int16]
    label: NDArray[np.int16]

    def take(self, rows: NDArray[np.intp]) -> Rows:
        """Only these rows."""
        return Rows(
            self.matrix[rows],
            self.least[rows],
            self.most[rows],
            self.kind[rows],
            self.number[rows],
            self.rule[rows],
            self.label[rows],
        )


def rows_of(problem: Problem) -> Rows:
    """All rules but connectedness; those that can't fail for want of a bound are left out."""
    pairs = np.arange(len(problem.judge))
    entries, judges = len(problem.entries), len(problem.judges)
    of_entry = _incidence(problem.entry, pairs, entries, len(pairs))
    of_judge = _incidence(problem.judge, pairs, judges, len(pairs))
    parts: list[tuple[csr_matrix, Any, Any, int, Any, int, int]] = []
    k = problem.per_entry
    parts.append((of_entry, k, k, ENTRY, np.arange(entries), -1, -1))
    for place, rule in enumerate(problem.panel):
        coded = label_codes(rule)
        concerned = np.flatnonzero(k > 0)
        for code, least in enumerate(coded.least):
            mine = np.flatnonzero(coded.codes[problem.judge] == code)
            matrix = _incidence(problem.entry[mine], mine, entries, len(pairs))[concerned]
            parts.append((matrix, least, INFINITY, PANEL, concerned, place, code))
    degree = np.bincount(problem.judge, minlength=judges)
    if (tight := np.flatnonzero(problem.most < degree)).size:
        parts.append((of_judge[tight], -INFINITY, problem.most[tight], MOST, tight, -1, -1))
    if (needy := np.flatnonzero(problem.least > 0)).size:
        parts.append((of_judge[needy], problem.least[needy], INFINITY, LEAST, needy, -1, -1))
    if (fixed := np.flatnonzero(problem.fixed_mask)).size:
        matrix = _incidence(np.arange(len(fixed)), fixed, len(fixed), len(pairs))
        parts.append((matrix, 1, INFINITY, FIXED, fixed, -1, -1))
    if problem.interpreters is not None:
        mine = np.flatnonzero(problem.interpreted_mask)
        matrix = _incidence(np.zeros(len(mine), np.int64), mine, 1, len(pairs))
        parts.append((matrix, -INFINITY, problem.interpreters, BUDGET, np.array([-1]), -1, -1))
    return _stacked(parts)


def with_kept(rows: Rows, problem: Problem, least: int) -> Rows:
    """The rows and one more: `least` of the kept pairs must be chosen."""
    assert problem.kept is not None
    return _with_row(rows, np.flatnonzero(problem.kept), least, KEPT)


def with_cuts(rows: Rows, problem: Problem, cuts: Cuts) -> Rows:
    """The rows, and for each component that at least one chosen pair crosses its border."""
    for judges, entries in cuts:
        rows = _with_row(rows, crossing_row(problem, judges, entries), 1, CUT)
    return rows


def _with_row(rows: Rows, pairs: NDArray[np.intp], least: int, kind: int) -> Rows:
    one = _incidence(np.zeros(len(pairs), np.int64), pairs, 1, rows.matrix.shape[1])
    part = _stacked([(one, least, INFINITY, kind, np.array([-1]), -1, -1)])
    return Rows(
        vstack([rows.matrix, part.matrix], format="csr"),
        *(
            np.concatenate([getattr(rows, name), getattr(part, name)])
            for name in ("least", "most", "kind", "number", "rule", "label")
        ),
    )


def crossing_row(problem: Problem, judges: NDArray[np.bool_], entries: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Candidate pairs with just one end among these judges and entries."""
    found: NDArray[np.intp] = np.flatnonzero(judges[problem.judge] != entries[problem.entry])
    return found


def _incidence(rows: Any, columns: Any, height: int, width: int) -> csr_matrix:
    return csr_matrix((np.ones(len(columns)), (rows, columns)), shape=(height, width))


def _stacked(parts: list[tuple[csr_matrix, Any, Any, int, Any, int, int]]) -> Rows:
    sizes = [part[0].shape[0] for part in parts]

    def column(place: int, kind: Any) -> NDArray[Any]:
        return np.concatenate(
            [np.broadcast_to(part[place], (size,)) for part, size in zip(parts, sizes, strict=True)]
        ).astype(kind)

    return Rows(
        matrix=vstack([part[0] for part in parts], format="csr"),
        least=column(1, float),
        most=column(2, float),
        kind=column(3, np.int8),
        number=column(4, np.int64),
        rule=column(5, np.int16),
        label=column(6, np.int16),
    )
