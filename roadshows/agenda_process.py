"""Plans agendas for the site in the separate process of `core.isolated`: JSON in, JSON out.

The solver takes memory and time that web workers don't have; only this process imports it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.isolated import IsolatedError
from roadshows.agenda import Agenda, AgendaError, SolverMissing, solve
from roadshows.agenda_files import conflict_json, placement_json
from roadshows.agenda_problem import (
    Engagement,
    Event,
    Interpreter,
    Lock,
    Placement,
    Problem,
    Room,
    Slot,
    Weights,
)

_LISTS: dict[str, Callable[..., Any]] = {
    "slots": Slot,
    "rooms": Room,
    "events": Event,
    "interpreters": Interpreter,
    "locks": Lock,
    "base": Placement,
    "engagements": Engagement,
}
_SETS = ("unavailable", "pairs")


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem as `solve_json` is sent it: its fields by name, sets as sorted lists, `travel` as rows
    [venue, venue, minutes]."""
    found: dict[str, Any] = {
        name: None if rows is None else [_plain(asdict(row)) for row in rows]
        for name in _LISTS
        for rows in [getattr(problem, name)]
    }
    found["travel"] = [[*pair, minutes] for pair, minutes in sorted(problem.travel.items())]
    found["blocked"] = sorted(list(cell) for cell in problem.blocked)
    found["weights"] = asdict(problem.weights)
    for name in ("intercity", "change_weight", "fewest_moves"):
        found[name] = getattr(problem, name)
    return found


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {key: sorted(value) if isinstance(value, frozenset) else value for key, value in row.items()}


def read_problem(given: dict[str, Any]) -> Problem:
    """The problem that `problem_json` has written. Raises AgendaError."""
    fields = dict(given)
    for name, make in _LISTS.items():
        if fields.get(name) is not None:
            fields[name] = tuple(_made(make, row) for row in fields[name])
    fields["travel"] = {(one, two): minutes for one, two, minutes in given.get("travel", ())}
    fields["blocked"] = frozenset((slot, room) for slot, room in given.get("blocked", ()))
    fields["weights"] = Weights(**given.get("weights", {}))
    return Problem(**fields)


def _made(make: Callable[..., Any], row: dict[str, Any]) -> Any:
    fields = {key: frozenset(value) if key in _SETS else value for key, value in row.items()}
    if "speakers" in fields:
        fields["speakers"] = tuple(fields["speakers"])
    return make(**fields)


def solve_json(
    data: bytes, *, seed: int = 1, seconds: float = 60.0, told: str | None = None, stop: str | None = None
) -> tuple[Any, bytes]:
    """Plan the problem in `data`, JSON as `problem_json` makes it.

    told: a file that is replaced by the progress (JSON) as the search goes on; stop: a file whose appearance
    cancels it. Returns a small summary and, as JSON, what `result` describes. Raises IsolatedError with the
    code `agenda_problem` (parameters `field`, `reason`) when the problem can't be posed, `solver_missing`
    (`packages`) without a solver.
    """
    try:
        problem = read_problem(json.loads(data))
        found = solve(
            problem,
            seed=seed,
            seconds=seconds,
            progress=None if told is None else _writer(Path(told)),
            cancelled=None if stop is None else Path(stop).exists,
        )
    except AgendaError as error:
        raise IsolatedError("agenda_problem", field=error.field, reason=str(error)) from error
    except SolverMissing as error:
        raise IsolatedError("solver_missing", packages=list(error.packages)) from error
    summary = {"status": found.status, "objective": found.objective, "bound": found.bound}
    return summary, json.dumps(result(found), ensure_ascii=False).encode()


def _writer(path: Path) -> Callable[[dict[str, Any]], None]:
    """Replaces the file in one step, so that nobody reads half of it."""
    draft = path.with_name(f"{path.name}.draft")

    def write(progress: dict[str, Any]) -> None:
        draft.write_text(json.dumps(progress), encoding="utf-8")
        draft.replace(path)

    return write


def result(found: Agenda) -> dict[str, Any]:
    """An agenda as JSON: placements, the proof, or the rules that collide as code and params for a message in
    the person's language."""
    return {
        "status": found.status,
        "stopped": found.stopped,
        "objective": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "moved": found.moved,
        "moves_bound": found.moves_bound,
        "placements": [placement_json(row) for row in found.placements],
        "unplaced": list(found.unplaced),
        "conflict": conflict_json(found),
    }
