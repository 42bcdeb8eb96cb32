"""Diagnoses a round for the site in the separate process of `core.isolated`: JSON in, JSON out.

NumPy and SciPy are imported only there; web workers stay small.
"""

from __future__ import annotations

import json
import os
from typing import Any

from core.isolated import IsolatedError

# Arrays are small: threads of the linear algebra library would cost more than they bring.
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def diagnose(data: bytes, *, draws: int = 1000, seed: int = 1) -> tuple[Any, bytes]:
    """What `judging.diagnosis.diagnose` says of the JSON in `data`, as JSON in the second part.

    Raises IsolatedError `diagnosis` (parameter `reason`) for marks or a rule that can't be used, and
    `part_missing` (`package`) where NumPy or SciPy is not installed.
    """
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    try:
        from judging import diagnosis
    except ModuleNotFoundError as error:
        raise IsolatedError("part_missing", package=error.name or "numpy") from error
    from judging.problems import JudgingError

    try:
        found = diagnosis.diagnose(json.loads(data), draws=draws, seed=seed)
    except JudgingError as error:
        raise IsolatedError("diagnosis", reason=str(error)) from error
    return {"subjects": len(found["subjects"])}, json.dumps(found, ensure_ascii=False).encode()
