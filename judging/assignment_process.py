"""Assigns judges for the site in the separate process of `core.isolated`: JSON in, JSON out.

The solvers take memory and time that web workers don't have; only this process imports them.
"""

from __future__ import annotations

import json
from typing import Any

from core.isolated import IsolatedError
from judging.assignment import Assignment, AssignmentError, PanelRule, Problem, SolverMissing, solve

_ARRAYS = ("judge", "entry", "gain", "interpreted", "fixed", "kept")


def solve_json(data: bytes, *, seed: int = 1, seconds: float = 60.0) -> tuple[Any, bytes]:
    """Solve the problem in `data`, JSON with the fields of `Problem` by name.

    Lists stand for arrays; a rule of `panel` is {"name", "labels", "least"}. Returns a small summary and, as
    JSON, what `result` describes. Raises IsolatedError with the code `assignment_problem` (parameters
    `field`, `reason`) when the problem can't be posed, `solver_missing` (`packages`) without a solver.
    """
    try:
        problem = read_problem(json.loads(data))
        found = solve(problem, seed=seed, seconds=seconds)
    except AssignmentError as error:
        raise IsolatedError("assignment_problem", field=error.field, reason=str(error)) from error
    except SolverMissing as error:
        raise IsolatedError("solver_missing", packages=list(error.packages)) from error
    summary = {"status": found.status, "objective": found.objective, "bound": found.bound}
    return summary, json.dumps(result(found), ensure_ascii=False).encode()


def read_problem(given: dict[str, Any]) -> Problem:
    """The problem that `solve_json` is sent. Raises AssignmentError."""
    import numpy as np

    arrays = {
        name: np.array(given[name], bool if name in _ARRAYS[3:] else np.int64)
        for name in _ARRAYS
        if given.get(name) is not None
    }
    panel = [PanelRule(rule["name"], tuple(rule["labels"]), rule["least"]) for rule in given.get("panel", [])]
    return Problem(**(given | arrays | {"panel": panel}))


def result(found: Assignment) -> dict[str, Any]:
    """An assignment as JSON: pairs of ids, the proof, the quality, or the rules that collide as code and
    params for a message in the person's language.
    """
    graph: dict[str, Any] = {}
    if found.objective is not None:
        problem, wishes = found.problem, found.wishes
        graph = {
            "loads": found.loads,
            "components": [
                {
                    "judges": [problem.judges[at] for at in part.judges],
                    "entries": [problem.entries[at] for at in part.entries],
                }
                for part in found.components
            ],
            "bridges": [list(pair) for pair in found.bridges],
            "algebraic_connectivity": found.algebraic_connectivity,
            "wishes": {name: getattr(wishes, name) for name in wishes.__slots__},
        }
    return {
        "status": found.status,
        "stopped": found.stopped,
        "objective": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "price_of_connection": found.price_of_connection,
        "pairs": [list(pair) for pair in found.pairs],
        "conflict": [
            {"rule": part.rule, "objects": list(part.objects), "params": part.params, "message": part.message}
            for part in found.conflict
        ],
        **graph,
    }
