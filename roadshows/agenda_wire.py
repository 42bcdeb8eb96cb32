"""A planner's problem as JSON for the process that computes it: the same bytes for the same problem."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

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


def to_bytes(problem: Problem) -> bytes:
    """Canonical JSON."""
    found = {
        "slots": [asdict(one) for one in problem.slots],
        "rooms": [asdict(one) for one in problem.rooms],
        "events": [asdict(one) | {"unavailable": sorted(one.unavailable)} for one in problem.events],
        "interpreters": [
            asdict(one) | {"pairs": sorted(one.pairs), "unavailable": sorted(one.unavailable)}
            for one in problem.interpreters
        ],
        "travel": sorted([*pair, minutes] for pair, minutes in problem.travel.items()),
        "intercity": problem.intercity,
        "weights": asdict(problem.weights),
        "locks": [asdict(one) for one in problem.locks],
        "base": None if problem.base is None else [asdict(one) for one in problem.base],
        "change_weight": problem.change_weight,
        "fewest_moves": problem.fewest_moves,
        "blocked": sorted(problem.blocked),
        "engagements": [asdict(one) for one in problem.engagements],
    }
    return json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def from_bytes(data: bytes) -> Problem:
    """The problem again. Raises AgendaError as `Problem` does."""
    given: dict[str, Any] = json.loads(data)
    base = given["base"]
    return Problem(
        slots=tuple(Slot(**one) for one in given["slots"]),
        rooms=tuple(Room(**one) for one in given["rooms"]),
        events=tuple(
            Event(**one | {"speakers": tuple(one["speakers"]), "unavailable": frozenset(one["unavailable"])})
            for one in given["events"]
        ),
        interpreters=tuple(
            Interpreter(
                **one | {"pairs": frozenset(one["pairs"]), "unavailable": frozenset(one["unavailable"])}
            )
            for one in given["interpreters"]
        ),
        travel={(one, other): minutes for one, other, minutes in given["travel"]},
        intercity=given["intercity"],
        weights=Weights(**given["weights"]),
        locks=tuple(Lock(**one) for one in given["locks"]),
        base=None if base is None else tuple(Placement(**one) for one in base),
        change_weight=given["change_weight"],
        fewest_moves=given["fewest_moves"],
        blocked=frozenset((slot, room) for slot, room in given["blocked"]),
        engagements=tuple(Engagement(**one) for one in given["engagements"]),
    )


def sha256_of(problem: Problem) -> str:
    """The fingerprint of a problem."""
    return hashlib.sha256(to_bytes(problem)).hexdigest()
