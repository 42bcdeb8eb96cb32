"""Plans meetings for the site in the separate process of `core.isolated`: JSON in, JSON out.

The solver takes memory and time that web workers don't have; only this process imports it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from core.isolated import IsolatedError
from roadshows.meetings import MeetingsError, Problem, SolverMissing, Timetable, solve
from roadshows.meetings_repair import Repair, repair
from roadshows.meetings_words import Conflict

_FLAGS = ("interpreted", "must", "team_free", "investor_free")
_IDS = ("slots", "teams", "investors")


def solve_json(data: bytes, *, seed: int = 1, seconds: float = 60.0) -> tuple[Any, bytes]:
    """Solve the problem in `data`, JSON with the fields of `Problem` by name; lists stand for arrays.

    Returns a small summary and, as JSON, what `result` describes. Raises IsolatedError with the code
    `meetings_problem` (parameters `field`, `reason`) when the problem can't be posed, `solver_missing`
    (`packages`) without a solver.
    """
    try:
        found = solve(read_problem(json.loads(data)), seed=seed, seconds=seconds)
    except (MeetingsError, SolverMissing) as error:
        raise _refused(error) from error
    summary = {"status": found.status, "objective": found.objective, "bound": found.bound}
    return summary, json.dumps(result(found), ensure_ascii=False).encode()


def repair_json(data: bytes, *, seed: int = 1, seconds: float = 20.0) -> tuple[Any, bytes]:
    """Mend a timetable: `data` is JSON {"problem", "canceled", "teams_out", "investors_out", "extra_moves"},
    the problem as for `solve_json` with the standing meetings in its `base`; all but it may be left out.

    Returns a small summary and, as JSON, what `repair_result` describes. Raises as `solve_json`.
    """
    given = json.loads(data)
    try:
        found = repair(
            read_problem(given["problem"]),
            canceled=[(team, investor) for team, investor in given.get("canceled", [])],
            teams_out=given.get("teams_out", []),
            investors_out=given.get("investors_out", []),
            extra_moves=given.get("extra_moves", 0),
            seed=seed,
            seconds=seconds,
        )
    except (MeetingsError, SolverMissing) as error:
        raise _refused(error) from error
    summary = {"objective": found.objective, "bound": found.bound, "proven": found.proven}
    return summary, json.dumps(repair_result(found), ensure_ascii=False).encode()


def _refused(error: MeetingsError | SolverMissing) -> IsolatedError:
    if isinstance(error, SolverMissing):
        return IsolatedError("solver_missing", packages=list(error.packages))
    return IsolatedError("meetings_problem", field=error.field, reason=str(error))


def read_problem(given: dict[str, Any]) -> Problem:
    """The problem that `solve_json` is sent. Raises MeetingsError."""
    import numpy as np

    arrays = {
        name: np.array(value, bool if name in _FLAGS else np.int64)
        for name, value in given.items()
        if name not in _IDS and value is not None
    }
    return Problem(**(given | arrays))


def result(found: Timetable) -> dict[str, Any]:
    """A timetable as JSON: meetings [team, investor, slot] by ids, the proof, or the rules that collide as
    code and params for a message in the person's language.
    """
    return {
        "status": found.status,
        "stopped": found.stopped,
        "objective": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "meetings": [list(meeting) for meeting in found.meetings],
        "conflict": _conflict(found.conflict),
    }


def repair_result(found: Repair) -> dict[str, Any]:
    """A mended timetable as JSON: all meetings, and which of them are new, which have moved (with the slot
    they had) and which had to be given up; or the rules that collide.
    """
    return {
        "stopped": found.stopped,
        "objective": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "proven": found.proven,
        "meetings": [list(meeting) for meeting in found.meetings],
        "new": [list(meeting) for meeting in found.new],
        "moved": [[*meeting, old] for meeting, old in found.moved],
        "given_up": [list(meeting) for meeting in found.given_up],
        "conflict": _conflict(found.conflict),
    }


def _conflict(conflict: Sequence[Conflict]) -> list[dict[str, Any]]:
    return [
        {"rule": part.rule, "objects": list(part.objects), "params": part.params, "message": part.message}
        for part in conflict
    ]
