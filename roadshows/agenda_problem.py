"""What an agenda is planned from: slots, rooms, sessions, interpreters, travel, locks and what was planned
before.

Ids are any text. Instants are whole minutes since the epoch, so that cities on different clocks compare. A
session takes one slot in one room; its speakers and its interpreter are there for the whole slot.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from roadshows.agenda_words import AgendaError

INTERCITY = 360  # minutes between venues of which nobody has said how far they are apart
GREATEST_WEIGHT = 10**6
GREATEST_NUMBER = 10**6  # people, minutes of travel
LONGEST_SLOT = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time in a city. start: minutes since the epoch; block: slots without a long break between
    them; day: the local date, or whatever tells days apart (only the soft rule `Weights.interpreter` asks).
    """

    id: str
    start: int
    minutes: int
    city: str
    block: str
    day: str = ""

    @property
    def end(self) -> int:
        """Minutes since the epoch."""
        return self.start + self.minutes


@dataclass(frozen=True, slots=True)
class Room:
    """A room of a venue. capacity: people."""

    id: str
    city: str
    venue: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Event:
    """A session to place. interp: the language pair it needs an interpreter for; demand: people expected;
    unavailable: slots in which it can't be; minutes: how long it is, 0 when it fits every slot.
    """

    id: str
    track: str
    city: str
    interp: str | None = None
    speakers: tuple[str, ...] = ()
    demand: int = 0
    unavailable: frozenset[str] = frozenset()
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Interpreter:
    """pairs: language pairs; max_consecutive: slots in a row, each beginning when the one before ends."""

    id: str
    pairs: frozenset[str]
    unavailable: frozenset[str] = frozenset()
    max_consecutive: int = 4


@dataclass(frozen=True, slots=True)
class Placement:
    """A session in its slot and room, with its interpreter when it needs one."""

    event: str
    slot: str
    room: str
    interpreter: str | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """What of a session's placement must stay; None is left to the planner."""

    event: str
    slot: str | None = None
    room: str | None = None
    interpreter: str | None = None


@dataclass(frozen=True, slots=True)
class Engagement:
    """A speaker or interpreter is busy elsewhere from start to end (minutes since the epoch).

    venue: where, so that the way counts; None: no way is counted.
    """

    kind: Literal["speaker", "interpreter"]
    person: str
    start: int
    end: int
    venue: str | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """Prices, whole numbers: of a person for whom there is no seat; of each (block, room, track) in use; of
    an interpreter's day of work.
    """

    overflow: int = 1
    block_track: int = 20
    interpreter: int = 0


@dataclass(frozen=True)
class Problem:
    """What is to be planned; raises AgendaError when it can't be posed.

    travel: minutes between two venues, in either order; other pairs of venues are `intercity` minutes apart.
    blocked: cells (slot, room) taken by what isn't planned. base: the plan before, of which each session in
    another slot or room than there is a move (one that isn't in it, too) and costs `change_weight`; its slots
    and rooms may be gone. fewest_moves: moves count first, the objective only among plans with as few.
    """

    slots: tuple[Slot, ...]
    rooms: tuple[Room, ...]
    events: tuple[Event, ...]
    interpreters: tuple[Interpreter, ...] = ()
    travel: Mapping[tuple[str, str], int] = field(default_factory=dict)
    intercity: int = INTERCITY
    weights: Weights = Weights()
    locks: tuple[Lock, ...] = ()
    base: tuple[Placement, ...] | None = None
    change_weight: int = 0
    fewest_moves: bool = False
    blocked: frozenset[tuple[str, str]] = frozenset()
    engagements: tuple[Engagement, ...] = ()

    def __post_init__(self) -> None:
        for name in ("slots", "rooms", "events", "interpreters"):
            _check_distinct(name, [item.id for item in getattr(self, name)])
        for name in ("slots", "rooms", "events"):
            if not getattr(self, name):
                raise AgendaError(name, "empty")
        self._check_numbers()
        self._check_ids()

    def _check_numbers(self) -> None:
        for slot in self.slots:
            _check_range("slots", slot.id, slot.minutes, 1, LONGEST_SLOT)
            _check_range("slots", slot.id, slot.start, -(10**9), 10**9)
        for room in self.rooms:
            _check_range("rooms", room.id, room.capacity, 0, GREATEST_NUMBER)
        for event in self.events:
            _check_range("events", event.id, event.demand, 0, GREATEST_NUMBER)
            _check_range("events", event.id, event.minutes, 0, LONGEST_SLOT)
            _check_distinct("events", list(event.speakers))
        for person in self.interpreters:
            _check_range("interpreters", person.id, person.max_consecutive, 1, GREATEST_NUMBER)
        for (venue, other), minutes in self.travel.items():
            _check_range("travel", f"{venue} – {other}", minutes, 0, GREATEST_NUMBER)
        _check_range("intercity", "minutes", self.intercity, 0, GREATEST_NUMBER)
        _check_range("change_weight", "price", self.change_weight, 0, GREATEST_WEIGHT)
        for name in ("overflow", "block_track", "interpreter"):
            _check_range("weights", name, getattr(self.weights, name), 0, GREATEST_WEIGHT)
        for busy in self.engagements:
            if busy.end < busy.start:
                raise AgendaError("engagements", "ends_early", name=busy.person)

    def _check_ids(self) -> None:
        slots, rooms = self.slot_of, self.room_of
        for event in self.events:
            _check_known("events", event.unavailable, slots, "slots")
        for person in self.interpreters:
            _check_known("interpreters", person.unavailable, slots, "slots")
        for slot, room in self.blocked:
            _check_known("blocked", [slot], slots, "slots")
            _check_known("blocked", [room], rooms, "rooms")
        _check_distinct("locks", [lock.event for lock in self.locks])
        _check_distinct("base", [placement.event for placement in self.base or ()])
        for lock in self.locks:
            _check_known("locks", [lock.event], self.event_of, "events")
            _check_known("locks", [] if lock.slot is None else [lock.slot], slots, "slots")
            _check_known("locks", [] if lock.room is None else [lock.room], rooms, "rooms")
            if lock.interpreter is not None:
                _check_known("locks", [lock.interpreter], self.interpreter_of, "interpreters")

    @cached_property
    def slot_of(self) -> dict[str, Slot]:
        """Slot by id."""
        return {slot.id: slot for slot in self.slots}

    @cached_property
    def room_of(self) -> dict[str, Room]:
        """Room by id."""
        return {room.id: room for room in self.rooms}

    @cached_property
    def event_of(self) -> dict[str, Event]:
        """Session by id."""
        return {event.id: event for event in self.events}

    @cached_property
    def interpreter_of(self) -> dict[str, Interpreter]:
        """Interpreter by id."""
        return {person.id: person for person in self.interpreters}

    @cached_property
    def lock_of(self) -> dict[str, Lock]:
        """Lock by session."""
        return {lock.event: lock for lock in self.locks}

    @cached_property
    def base_of(self) -> dict[str, tuple[str, str]]:
        """(slot, room) before, by session."""
        return {placement.event: (placement.slot, placement.room) for placement in self.base or ()}

    @cached_property
    def engagements_of(self) -> dict[tuple[str, str], list[Engagement]]:
        """What a person, (kind, id), is busy with elsewhere."""
        found: dict[tuple[str, str], list[Engagement]] = {}
        for busy in self.engagements:
            found.setdefault((busy.kind, busy.person), []).append(busy)
        return found

    def minutes_between(self, venue: str, other: str) -> int:
        """Minutes of travel."""
        if venue == other:
            return 0
        there = self.travel.get((venue, other))
        return there if there is not None else self.travel.get((other, venue), self.intercity)

    def clash(self, slot: Slot, venue: str, other: Slot, elsewhere: str) -> Literal["twice", "travel"] | None:
        """Why one person can't be at both: at the same time, or too far apart; None when it is possible."""
        first, second = (slot, other) if slot.start <= other.start else (other, slot)
        if second.start < first.end:
            return "twice"
        return "travel" if second.start < first.end + self.minutes_between(venue, elsewhere) else None

    def engaged(self, kind: str, person: str, slot: Slot, venue: str) -> bool:
        """Whether something elsewhere keeps a person from being in `slot` at `venue`."""
        return any(
            slot.start < busy.end + way and busy.start < slot.end + way
            for busy in self.engagements_of.get((kind, person), ())
            for way in [0 if busy.venue is None else self.minutes_between(venue, busy.venue)]
        )

    def objective(self, placements: Collection[Placement]) -> int:
        """The price of a plan: overflow, tracks per block and room, interpreters' days, moves. Whether it
        keeps the hard rules is not asked.
        """
        weights, used, days, overflow = self.weights, set(), set(), 0
        for placement in placements:
            event, slot = self.event_of[placement.event], self.slot_of[placement.slot]
            overflow += max(0, event.demand - self.room_of[placement.room].capacity)
            used.add((slot.block, placement.room, event.track))
            if placement.interpreter is not None:
                days.add((placement.interpreter, slot.day))
        return (
            weights.overflow * overflow
            + weights.block_track * len(used)
            + weights.interpreter * len(days)
            + self.change_weight * self.moves(placements)
        )

    def moves(self, placements: Collection[Placement]) -> int:
        """Sessions that aren't where the plan before has them; 0 without one."""
        if self.base is None:
            return 0
        return sum((row.slot, row.room) != self.base_of.get(row.event) for row in placements)

    def with_(self, **changes: Any) -> Problem:
        """The same with other fields."""
        return replace(self, **changes)


def _check_distinct(name: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for value in ids:
        if value in seen:
            raise AgendaError(name, "duplicate_id", name=value)
        seen.add(value)


def _check_range(name: str, of: str, value: int, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise AgendaError(name, "out_of_range", name=of, found=value, least=least, most=most)


def _check_known(name: str, ids: Collection[str], known: Collection[str], where: str) -> None:
    for value in ids:
        if value not in known:
            raise AgendaError(name, "unknown", name=value, where=where)
