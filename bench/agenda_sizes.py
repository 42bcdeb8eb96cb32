"""Agenda problems for the bench: the instances on disk, and tight ones made so that a plan is known to
exist.
"""

from __future__ import annotations

import random
from pathlib import Path

from roadshows.agenda import Event, Interpreter, Problem, Room, Slot
from roadshows.agenda_files import read_instance

_DATA = Path(__file__).parents[1] / "tests" / "data" / "scheduling"
_TRACKS = ("semicon", "robotics", "fintech", "content", "green", "mobility", "ai", "bio")
_WAY = 40  # minutes between the two venues
_DEMANDS = (30, 30, 30, 50, 50, 70, 70, 100, 150)


def on_disk(name: str) -> Problem:
    """An instance of tests/data/scheduling."""
    return read_instance((_DATA / f"{name}.json").read_bytes(), name).problem


def tight(seed: int, sessions: int = 132) -> Problem:
    """Sessions in 144 cells (two days, six rooms in two venues), each away in a quarter of the slots.

    A plan is drawn first, and speakers, interpreters and absences so that it stays possible.
    """
    draw = random.Random(seed)
    slots = tuple(
        Slot(
            f"D{day}S{number:02d}",
            1440 * day + 570 + 20 * number + 60 * (number > 5),
            20,
            "Seoul",
            block,
            f"D{day}",
        )
        for day in range(2)
        for number in range(12)
        for block in [f"D{day}B{number // 6}"]
    )
    rooms = tuple(
        Room(f"R{number}", "Seoul", f"V{number % 2}", seats)
        for number, seats in enumerate((300, 200, 120, 80, 60, 40))
    )
    people = tuple(
        Interpreter(
            f"I{number}",
            frozenset({"ko-zh", "en-ko"} if number % 3 == 0 else {"ko-zh"}),
            frozenset(slot.id for slot in slots if draw.random() < 0.08),
        )
        for number in range(5)
    )
    busy: dict[str, list[tuple[Slot, str]]] = {}

    def is_free(person: str, slot: Slot, venue: str) -> bool:
        return all(
            abs(slot.start - other.start) >= 20 + (_WAY if venue != elsewhere else 0)
            for other, elsewhere in busy.get(person, ())
        )

    cells = draw.sample([(slot, room) for slot in slots for room in rooms], sessions)
    events = []
    for number, (slot, room) in enumerate(sorted(cells, key=lambda cell: (cell[0].start, cell[1].id))):
        names: list[str] = []
        while len(names) < 1 + (number % 5 == 0):
            name = f"P{draw.randrange(sessions * 5 // 8):03d}"
            if name not in names and is_free(name, slot, room.venue):
                names.append(name)
        pair = draw.choice(["ko-zh", "ko-zh", "en-ko", None, None])
        helping = [
            person
            for person in people
            if pair in person.pairs
            and slot.id not in person.unavailable
            and is_free(person.id, slot, room.venue)
            and sum(slot.block == other.block for other, _ in busy.get(person.id, ()))
            < person.max_consecutive
        ]
        for name in names + [person.id for person in helping[-1:]]:
            busy.setdefault(name, []).append((slot, room.venue))
        away = frozenset(other.id for other in slots if other is not slot and draw.random() < 0.26)
        interp = pair if helping else None
        demand = draw.choice(_DEMANDS)
        events.append(
            Event(f"E{number:03d}", draw.choice(_TRACKS), "Seoul", interp, tuple(names), demand, away)
        )
    draw.shuffle(events)
    return Problem(slots, rooms, tuple(events), people, {("V0", "V1"): _WAY})
