"""Hands HiGHS the rows of an assignment."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack

from core.highs import load
from judging.assignment_problem import Problem
from judging.assignment_rows import INFINITY, Rows


def load_model(highs: Any, problem: Problem, rows: Rows) -> None:
    """Hand HiGHS the rows over the pairs, 0 or 1, and a column for each judge's entries over target.

    Minimized is the negative linear objective.
    """
    pairs, judges = len(problem.judge), len(problem.judges)
    matrix, least, most = rows.matrix, rows.least, rows.most
    cost = -problem.points.astype(float)
    extra = judges if problem.over_target and problem.load_target is not None else 0
    if extra:
        of_judge = csr_matrix((np.ones(pairs), (problem.judge, np.arange(pairs))), shape=(judges, pairs))
        one_each = csr_matrix((np.ones(judges), (range(judges), range(judges))))
        above = hstack([matrix, csr_matrix((matrix.shape[0], judges))])
        matrix = vstack([above, hstack([of_judge, -one_each])], format="csr")
        least = np.concatenate([least, np.full(judges, -INFINITY)])
        most = np.concatenate([most, problem.load_target.astype(float)])
        cost = np.concatenate([cost, np.full(judges, float(problem.over_target))])
    _pass(highs, matrix, least, most, cost, whole=pairs)


def load_rows(highs: Any, rows: Rows, *, whole: bool = False) -> None:
    """Hand HiGHS the rows alone, to ask whether anything from 0 to 1 (whole: of 0 and 1) keeps them."""
    columns = rows.matrix.shape[1]
    _pass(highs, rows.matrix, rows.least, rows.most, np.zeros(columns), whole=columns if whole else 0)


def _pass(
    highs: Any,
    matrix: csr_matrix,
    least: NDArray[np.float64],
    most: NDArray[np.float64],
    cost: NDArray[np.float64],
    *,
    whole: int,
) -> None:
    """The first `whole` columns are whole numbers; others beside those have no upper bound."""
    width = matrix.shape[1]
    extra = width - whole if whole else 0
    upper = np.concatenate([np.ones(width - extra), np.full(extra, INFINITY)])
    kinds = np.arange(width) < whole if whole else None
    load(highs, matrix, (least, most), cost, (np.zeros(width), upper), whole=kinds)
