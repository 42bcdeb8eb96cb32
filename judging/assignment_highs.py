"""HiGHS with the rows of an assignment in it: silent, and the same answer to the same question."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack

from judging.assignment_problem import Problem
from judging.assignment_rows import INFINITY, Rows

_ALMOST_ONE = 0.999  # objectives are whole numbers, so a gap below 1 proves the optimum
_STANDARD_OUTPUT = 1


def new_highs(seed: int, **options: Any) -> Any:
    """A solver with `options` beside those that make it silent and repeatable."""
    with _without_banner():
        from highspy import Highs

        highs = Highs()
    chosen = {
        "output_flag": False,
        "random_seed": seed % 2**31,
        "threads": 1,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": _ALMOST_ONE,
    } | options
    for name, value in chosen.items():
        highs.setOptionValue(name, value)
    return highs


@contextmanager
def _without_banner() -> Iterator[None]:
    """HiGHS greets on standard output before anybody can tell it not to, which may be somebody's JSON."""
    ctypes.CDLL(None).fflush(None)
    kept = os.dup(_STANDARD_OUTPUT)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STANDARD_OUTPUT)
        yield
    finally:
        ctypes.CDLL(None).fflush(None)
        os.dup2(kept, _STANDARD_OUTPUT)
        os.close(nowhere)
        os.close(kept)


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


def is_infeasible(highs: Any) -> bool:
    """Whether the run proved that nothing keeps the rows (nothing here is unbounded)."""
    from highspy import HighsModelStatus

    return highs.getModelStatus() in (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible)


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
    from highspy import HighsLp, HighsVarType, MatrixFormat

    height, width = matrix.shape
    extra = width - whole if whole else 0
    lp = HighsLp()
    lp.num_col_, lp.num_row_ = width, height
    lp.col_cost_ = cost
    lp.col_lower_ = np.zeros(width)
    lp.col_upper_ = np.concatenate([np.ones(width - extra), np.full(extra, INFINITY)])
    lp.row_lower_, lp.row_upper_ = least, most
    lp.a_matrix_.format_ = MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = width, height
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data
    if whole:
        lp.integrality_ = [HighsVarType.kInteger] * whole + [HighsVarType.kContinuous] * extra
    highs.passModel(lp)
