"""Plans meetings for the site in the separate process of `core.isolated.stream`, saying how far it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from core.isolated import IsolatedError
from roadshows.meetings import MeetingsError, SolverMissing, solve
from roadshows.meetings_process import read_problem, result


def plan(
    data: bytes,
    *,
    seed: int = 1,
    seconds: float = 20.0,
    progress: Callable[[dict[str, Any]], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Any, bytes]:
    """Solve the problem in `data`, JSON with the fields of `meetings_problem.Problem`; lists stand for
    arrays.

    Returns what `meetings_process.result` describes. progress: told `phase`, `objective` (None: not all
    rules are kept yet) and `bound`. Raises IsolatedError with the code `meetings_problem` or
    `solver_missing`.
    """

    def tell(objective: int | None, bound: int) -> None:
        if progress is not None:
            progress({"phase": "search", "objective": objective, "bound": bound})

    try:
        found = solve(
            read_problem(json.loads(data)), seed=seed, seconds=seconds, progress=tell, cancelled=cancelled
        )
    except MeetingsError as error:
        raise IsolatedError("meetings_problem", field=error.field, reason=str(error)) from error
    except SolverMissing as error:
        raise IsolatedError("solver_missing", packages=list(error.packages)) from error
    return result(found), b""
