"""Plans an agenda for the site in the separate process of `core.isolated.stream`: JSON in, JSON out.

The solver takes memory and time that web workers don't have; only this process imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from core.isolated import IsolatedError
from roadshows.agenda import AgendaError, SolverMissing, solve
from roadshows.agenda_wire import from_bytes


def plan(
    data: bytes,
    *,
    seconds: float,
    seed: int = 1,
    progress: Callable[[dict[str, Any]], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Any, bytes]:
    """Solve the problem in `data` (`agenda_wire`). Returns a JSON object: status, stopped, objective, bound,
    gap, moved, moves_bound, `placements`, `unplaced`, and when infeasible `conflict`, rules with objects and
    params. Raises IsolatedError with the code `agenda_problem` or `solver_missing`.
    """
    try:
        found = solve(from_bytes(data), seed=seed, seconds=seconds, progress=progress, cancelled=cancelled)
    except AgendaError as error:
        raise IsolatedError("agenda_problem", field=error.field, reason=str(error)) from error
    except SolverMissing as error:
        raise IsolatedError("solver_missing", packages=list(error.packages)) from error
    answer = {
        "status": found.status,
        "stopped": found.stopped,
        "objective": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "moved": found.moved,
        "moves_bound": found.moves_bound,
        "placements": [asdict(one) for one in found.placements],
        "unplaced": list(found.unplaced),
        "conflict": [
            {"rule": part.rule, "objects": list(part.objects), "params": part.params, "message": part.message}
            for part in found.conflict
        ],
    }
    return answer, b""
