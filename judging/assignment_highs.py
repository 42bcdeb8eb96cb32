"""HiGHS with the rows of an assignment in it: silent, and the same answer to the same question."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

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


def load_model(highs: Any, problem: Problem, rows: Rows, *, whole: bool, objective: bool = True) -> None:
    """Hand HiGHS the rows over the pairs, and a column for each judge's entries over target.

    whole: pairs are 0 or 1, else anything between. objective: minimize the negative linear objective, else
    nothing.
    """
    from highspy import HighsLp, HighsVarType, MatrixFormat
    from scipy.sparse import csr_matrix, hstack, vstack

    pairs, judges = len(problem.judge), len(problem.judges)
    matrix, least, most = rows.matrix, rows.least, rows.most
    cost = -problem.points.astype(float) if objective else np.zeros(pairs)
    extra = judges if objective and problem.over_target and problem.load_target is not None else 0
    if extra:
        of_judge = csr_matrix((np.ones(pairs), (problem.judge, np.arange(pairs))), shape=(judges, pairs))
        matrix = vstack(
            [
                hstack([matrix, csr_matrix((matrix.shape[0], judges))]),
                hstack([of_judge, -csr_matrix((np.ones(judges), (range(judges), range(judges))))]),
            ],
            format="csr",
        )
        least = np.concatenate([least, np.full(judges, -INFINITY)])
        most = np.concatenate([most, problem.load_target.astype(float)])
        cost = np.concatenate([cost, np.full(judges, float(problem.over_target))])
    lp = HighsLp()
    lp.num_col_, lp.num_row_ = pairs + extra, matrix.shape[0]
    lp.col_cost_ = cost
    lp.col_lower_ = np.zeros(pairs + extra)
    lp.col_upper_ = np.concatenate([np.ones(pairs), np.full(extra, INFINITY)])
    lp.row_lower_, lp.row_upper_ = least, most
    lp.a_matrix_.format_ = MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = pairs + extra, matrix.shape[0]
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data
    if whole:
        kinds: list[Any] = [HighsVarType.kInteger] * pairs + [HighsVarType.kContinuous] * extra
        lp.integrality_ = kinds
    highs.passModel(lp)
