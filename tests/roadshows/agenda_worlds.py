"""Agenda problems for tests: the instances on disk, and small random ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from roadshows.agenda_files import placement_json, read_instance
from roadshows.agenda_problem import (
    Event,
    Interpreter,
    Placement,
    Problem,
    Room,
    Slot,
    Weights,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DATA = Path(__file__).parents[1] / "data" / "scheduling"
BEST_KNOWN = {"road_pub_20": 80, "road_pub_56": 220, "road_pub_120": 500}


def raw(name: str) -> dict[str, Any]:
    """An instance as JSON."""
    found: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text("utf-8"))
    return found


def problem(name: str) -> Problem:
    """An instance as a problem."""
    return read_instance((DATA / f"{name}.json").read_bytes(), name).problem


def as_file(problem: Problem) -> dict[str, Any]:
    """A problem as `verify.py` reads it."""
    found: dict[str, Any] = {
        "format": "roadshow/1",
        "name": "made",
        "slots": [
            {
                "id": slot.id,
                "city": slot.city,
                "block": slot.block,
                "minutes": slot.minutes,
                "start": (_EPOCH + timedelta(minutes=slot.start)).isoformat(),
            }
            for slot in problem.slots
        ],
        "rooms": [
            {"id": room.id, "city": room.city, "venue": room.venue, "capacity": room.capacity}
            for room in problem.rooms
        ],
        "travel": [[*pair, minutes] for pair, minutes in problem.travel.items()],
        "intercity_minutes": problem.intercity,
        "events": [
            {
                "id": event.id,
                "track": event.track,
                "city": event.city,
                "interp": event.interp,
                "speakers": list(event.speakers),
                "demand": event.demand,
                "unavailable": sorted(event.unavailable),
            }
            for event in problem.events
        ],
        "interpreters": [
            {
                "id": person.id,
                "pairs": sorted(person.pairs),
                "unavailable": sorted(person.unavailable),
                "max_consecutive": person.max_consecutive,
            }
            for person in problem.interpreters
        ],
        "weights": {"overflow": problem.weights.overflow, "block_track": problem.weights.block_track},
    }
    if problem.base is not None:
        found |= {
            "base_placements": [placement_json(row) for row in problem.base],
            "change_weight": problem.change_weight,
        }
    return found


def solution(placements: Sequence[Placement]) -> dict[str, Any]:
    """Placements as `verify.py` reads them."""
    return {"placements": [placement_json(row) for row in placements]}


@st.composite
def small(draw: st.DrawFn) -> Problem:
    """A problem of few sessions in one or two cities, whose slots run side by side."""
    cities = draw(st.sampled_from([("Seoul",), ("Seoul", "Yantai")]))
    slots = [
        Slot(f"{city}{number}", 600 + 30 * number + 60 * (number > 1), 30, city, f"{city}-{number // 2}", "d")
        for city in cities
        for number in range(draw(st.integers(2, 4)))
    ]
    rooms = [
        Room(f"{city}-R{number}", city, f"{city}-V{number}", draw(st.sampled_from([20, 60])))
        for city in cities
        for number in range(draw(st.integers(1, 2)))
    ]
    ids = [slot.id for slot in slots]
    some_slots = st.frozensets(st.sampled_from(ids), max_size=2)
    events = [
        Event(
            f"E{number}",
            draw(st.sampled_from("ab")),
            draw(st.sampled_from(cities)),
            draw(st.sampled_from([None, "ko-zh", "en-ko"])),
            tuple(sorted(draw(st.frozensets(st.sampled_from(["P", "Q"]), max_size=2)))),
            draw(st.sampled_from([10, 50, 80])),
            draw(some_slots),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    people = [
        Interpreter(
            f"I{number}",
            draw(st.sampled_from([frozenset({"ko-zh"}), frozenset({"ko-zh", "en-ko"})])),
            draw(some_slots),
            draw(st.integers(1, 2)),
        )
        for number in range(draw(st.integers(1, 2)))
    ]
    return Problem(
        tuple(slots),
        tuple(rooms),
        tuple(events),
        tuple(people),
        {("Seoul-V0", "Seoul-V1"): draw(st.sampled_from([0, 30, 60]))},
        draw(st.sampled_from([60, 360])),
        Weights(draw(st.integers(0, 2)), draw(st.integers(0, 30))),
    )
