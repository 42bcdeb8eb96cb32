"""A plan, whole or half done, laid out so that one can ask quickly who is where and what stands in the way.

No solver: this is what the editor asks at every drop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from roadshows.agenda_problem import Event, Interpreter, Placement, Problem, Room, Slot


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a session can't be in a cell. code: one of `agenda_conflicts.HARD`; sessions: those in the way;
    objects: the person, room or slot concerned.
    """

    code: str
    sessions: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()


class Board:
    """Placements by session, cell and person. Changes by `put` and `take`; a session stands once at most."""

    def __init__(self, problem: Problem, placements: Iterable[Placement] = ()) -> None:
        self.problem = problem
        self.at: dict[str, Placement] = {}
        self._room: dict[str, list[Placement]] = {}
        self._speaker: dict[str, list[Placement]] = {}
        self._interpreter: dict[str, list[Placement]] = {}
        for placement in placements:
            self.put(placement)

    def put(self, placement: Placement) -> None:
        """Place a session; KeyError for ids that the problem hasn't."""
        if placement.event in self.at:
            self.take(placement.event)
        self.problem.slot_of[placement.slot]
        self.problem.room_of[placement.room]
        self.at[placement.event] = placement
        for rows in self._rows(placement):
            rows.append(placement)

    def take(self, event: str) -> Placement:
        """Take a session away and say where it was; KeyError when it isn't placed."""
        placement = self.at.pop(event)
        for rows in self._rows(placement):
            rows.remove(placement)
        return placement

    def _rows(self, placement: Placement) -> Iterable[list[Placement]]:
        yield self._room.setdefault(placement.room, [])
        event = self.problem.event_of[placement.event]
        for speaker in event.speakers:
            yield self._speaker.setdefault(speaker, [])
        if placement.interpreter is not None and event.interp is not None:  # who isn't needed isn't busy
            yield self._interpreter.setdefault(placement.interpreter, [])

    def in_room(self, room: str) -> list[Placement]:
        """What is in a room."""
        return self._room.get(room, [])

    def of_speaker(self, speaker: str) -> list[Placement]:
        """What a speaker speaks at."""
        return self._speaker.get(speaker, [])

    def of_interpreter(self, interpreter: str) -> list[Placement]:
        """What an interpreter interprets."""
        return self._interpreter.get(interpreter, [])

    def room_obstacles(self, event: Event, slot: Slot, room: Room) -> list[Obstacle]:
        """What of the room itself stands in the way of `event`, which is not on the board."""
        found = []
        if not event.city == slot.city == room.city:
            found.append(Obstacle("city", (), (room.id,)))
        if (slot.id, room.id) in self.problem.blocked:
            found.append(Obstacle("room_taken", (), (room.id,)))
        others = [
            row.event
            for row in self.in_room(room.id)
            if row.slot == slot.id or overlap(self.problem.slot_of[row.slot], slot)
        ]
        if others:
            found.append(Obstacle("room_taken", tuple(others), (room.id,)))
        return found

    def time_obstacles(self, event: Event, slot: Slot, venue: str) -> list[Obstacle]:
        """What stands in the way of `event`, which is not on the board, at a time and venue in any room."""
        found = []
        if slot.id in event.unavailable:
            found.append(Obstacle("unavailable_event", (), (slot.id,)))
        if event.minutes > slot.minutes:
            found.append(Obstacle("too_long", (), (slot.id,)))
        for speaker in event.speakers:
            if self.problem.engaged("speaker", speaker, slot, venue):
                found.append(Obstacle("unavailable_speaker", (), (speaker,)))
            found += [
                Obstacle(f"speaker_{why}", (row.event,), (speaker,))
                for row in self.of_speaker(speaker)
                if (why := self._clash(row, slot, venue)) is not None
            ]
        return found

    def interpreter_obstacles(
        self, person: Interpreter, event: Event, slot: Slot, venue: str
    ) -> list[Obstacle]:
        """What keeps an interpreter from `event`, which is not on the board, at a time and venue."""
        found = []
        if event.interp not in person.pairs:
            found.append(Obstacle("interpreter_pair", (), (person.id,)))
        busy = self.problem.engaged("interpreter", person.id, slot, venue)
        if slot.id in person.unavailable or busy:
            found.append(Obstacle("unavailable_interpreter", (), (person.id,)))
        rows = self.of_interpreter(person.id)
        found += [
            Obstacle(f"interpreter_{why}", (row.event,), (person.id,))
            for row in rows
            if (why := self._clash(row, slot, venue)) is not None
        ]
        if not found:
            worked = {self.problem.slot_of[row.slot] for row in rows} | {slot}
            stretch = next((run for run in stretches(worked) if slot in run), [])
            if len(stretch) > person.max_consecutive:
                ids = {one.id for one in stretch}
                sessions = tuple(row.event for row in rows if row.slot in ids)
                found.append(Obstacle("interpreter_stretch", sessions, (person.id,)))
        return found

    def free_interpreters(self, event: Event, slot: Slot, venue: str) -> list[Interpreter]:
        """Who could interpret `event`, which is not on the board, at a time and venue; who has least pairs
        first, so that the versatile stay free."""
        found = [
            person
            for person in self.problem.interpreters
            if not self.interpreter_obstacles(person, event, slot, venue)
        ]
        return sorted(found, key=lambda person: len(person.pairs))

    def _clash(self, row: Placement, slot: Slot, venue: str) -> str | None:
        problem = self.problem
        return problem.clash(problem.slot_of[row.slot], problem.room_of[row.room].venue, slot, venue)


def overlap(slot: Slot, other: Slot) -> bool:
    """Whether two slots share some time."""
    return slot.start < other.end and other.start < slot.end


def stretches(slots: Iterable[Slot]) -> list[list[Slot]]:
    """Slots grouped into runs in which each begins when the one before ends."""
    found: list[list[Slot]] = []
    for slot in sorted(slots, key=lambda slot: (slot.start, slot.id)):
        if found and found[-1][-1].end == slot.start:
            found[-1].append(slot)
        else:
            found.append([slot])
    return found
