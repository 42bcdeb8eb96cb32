"""Plans an agenda for the site in the separate process of `core.isolated.stream`: says how far it is, stops
when it is told to. JSON in, JSON out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from core.isolated import IsolatedError
from roadshows.agenda import AgendaError, SolverMissing, solve
from roadshows.agenda_problem import Problem
from roadshows.agenda_process import problem_json, read_problem, result


def to_bytes(problem: Problem) -> bytes:
    """The problem as `plan` takes it: the same bytes for the same problem."""
    text = json.dumps(problem_json(problem), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def sha256_of(problem: Problem) -> str:
    """The fingerprint of a problem."""
    return hashlib.sha256(to_bytes(problem)).hexdigest()


def plan(
    data: bytes,
    *,
    seconds: float,
    seed: int = 1,
    progress: Callable[[dict[str, Any]], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Any, bytes]:
    """Solve the problem in `data`. Returns what `agenda_process.result` describes. Raises IsolatedError with
    the code `agenda_problem` (parameters `field`, `reason`) or `solver_missing` (`packages`).
    """
    try:
        problem = read_problem(json.loads(data))
        found = solve(problem, seed=seed, seconds=seconds, progress=progress, cancelled=cancelled)
    except AgendaError as error:
        raise IsolatedError("agenda_problem", field=error.field, reason=str(error)) from error
    except SolverMissing as error:
        raise IsolatedError("solver_missing", packages=list(error.packages)) from error
    return result(found), b""
