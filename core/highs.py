"""HiGHS, the solver of linear and mixed-integer programs: silent, and the same answer to the same question.

To be imported only in processes that may be heavy (see `core.isolated`).
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]

INFINITY = float("inf")
_ALMOST_ONE = 0.999  # objectives are whole numbers, so a gap below 1 proves the optimum
_PUNCTUAL = 0.85
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


def load(
    highs: Any,
    matrix: csr_matrix,
    rows: tuple[Floats, Floats],
    cost: Floats,
    columns: tuple[Floats, Floats],
    *,
    whole: NDArray[np.bool_] | None = None,
) -> None:
    """Hand HiGHS: minimize cost · x, rows[0] <= matrix x <= rows[1], columns[0] <= x <= columns[1].

    matrix: shape (rows, columns). whole: columns that must be whole numbers, shape (columns,).
    """
    from highspy import HighsLp, HighsVarType, MatrixFormat

    height, width = matrix.shape
    lp = HighsLp()
    lp.num_col_, lp.num_row_ = width, height
    lp.col_cost_ = cost
    lp.col_lower_, lp.col_upper_ = columns
    lp.row_lower_, lp.row_upper_ = rows
    lp.a_matrix_.format_ = MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = width, height
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data.astype(float)
    if whole is not None:
        kinds = (HighsVarType.kContinuous, HighsVarType.kInteger)
        lp.integrality_ = [kinds[flag] for flag in whole.tolist()]
    highs.passModel(lp)


def seconds_until(deadline: float) -> float:
    """What to give a mixed-integer program as its limit, by time.monotonic(): it ends somewhat late, since it
    looks at the clock only between its steps."""
    return max(0.01, _PUNCTUAL * (deadline - time.monotonic()))


def is_infeasible(highs: Any) -> bool:
    """Whether the run proved that nothing keeps the rows (of programs that can't be unbounded)."""
    from highspy import HighsModelStatus

    return highs.getModelStatus() in (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible)


def is_optimal(highs: Any) -> bool:
    """Whether the run ended with the proven best."""
    from highspy import HighsModelStatus

    return bool(highs.getModelStatus() == HighsModelStatus.kOptimal)
