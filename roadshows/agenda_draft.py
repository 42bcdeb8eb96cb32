"""The draft agenda as plain rows: all that planning, checking, showing and publishing it need, read once.

Ids are the database's; sessions and people are known by their keys. Times are aware, in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from core.languages import Trilingual


@dataclass(frozen=True, slots=True)
class City:
    id: int
    slug: str
    name: Trilingual
    country: str
    zone: str


@dataclass(frozen=True, slots=True)
class Day:
    id: int
    city_id: int
    date: date
    title: Trilingual


@dataclass(frozen=True, slots=True)
class Slot:
    """block: the part of its day."""

    id: int
    day_id: int
    starts_at: datetime
    minutes: int
    block: str

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    def overlaps(self, other: Slot | Hall) -> bool:
        """Whether the two share some time."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Venue:
    id: int
    city_id: int
    name: Trilingual
    address: Trilingual


@dataclass(frozen=True, slots=True)
class Room:
    id: int
    venue_id: int
    name: Trilingual
    capacity: int


@dataclass(frozen=True, slots=True)
class Track:
    id: int
    name: Trilingual


@dataclass(frozen=True, slots=True)
class Interpreter:
    """key: the participant's."""

    id: int
    key: str
    name: str
    name_latin: str
    pairs: tuple[str, ...]
    most_in_a_row: int


@dataclass(frozen=True, slots=True)
class Appearance:
    """A speaker in a session. key: the participant's; kind: speaker or moderator."""

    key: str
    name: str
    name_latin: str
    kind: str


@dataclass(frozen=True, slots=True)
class Busy:
    """A participant can't be had from `starts_at` to `ends_at`. venue_id: where that keeps them, if known."""

    key: str
    starts_at: datetime
    ends_at: datetime
    venue_id: int | None = None


@dataclass(frozen=True, slots=True)
class Hall:
    """A room in which people meet one to one from `starts_at` to `ends_at`."""

    room_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a session stands; ids, None for nowhere or nobody."""

    slot_id: int | None = None
    room_id: int | None = None
    interpreter_id: int | None = None
    is_locked: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "slot": self.slot_id,
            "room": self.room_id,
            "interpreter": self.interpreter_id,
            "locked": self.is_locked,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Spot:
        return cls(value["slot"], value["room"], value["interpreter"], bool(value["locked"]))


@dataclass(frozen=True, slots=True)
class Session:
    """One item of the agenda; `appearances` in the order of the program. Canceled ones are none of the
    draft's."""

    id: int
    key: str
    kind: str
    title: Trilingual
    track_id: int | None
    city_id: int
    language: str
    interpreting: str
    minutes: int
    audience: int
    whole_city: bool
    team: str
    spot: Spot
    appearances: tuple[Appearance, ...] = ()

    @property
    def is_placed(self) -> bool:
        return self.spot.slot_id is not None


@dataclass(frozen=True)
class Draft:
    """Everything of one roadshow's agenda. travel: minutes between two venues' ids, the smaller first."""

    zone: str
    revision: int
    cities: Sequence[City]
    days: Sequence[Day]
    slots: Sequence[Slot]
    venues: Sequence[Venue]
    rooms: Sequence[Room]
    tracks: Sequence[Track]
    interpreters: Sequence[Interpreter]
    sessions: Sequence[Session]
    travel: Mapping[tuple[int, int], int] = field(default_factory=dict)
    busy: Sequence[Busy] = ()
    halls: Sequence[Hall] = ()

    @cached_property
    def city_of(self) -> dict[int, City]:
        return {row.id: row for row in self.cities}

    @cached_property
    def day_of(self) -> dict[int, Day]:
        return {row.id: row for row in self.days}

    @cached_property
    def slot_of(self) -> dict[int, Slot]:
        return {row.id: row for row in self.slots}

    @cached_property
    def venue_of(self) -> dict[int, Venue]:
        return {row.id: row for row in self.venues}

    @cached_property
    def room_of(self) -> dict[int, Room]:
        return {row.id: row for row in self.rooms}

    @cached_property
    def track_of(self) -> dict[int, Track]:
        return {row.id: row for row in self.tracks}

    @cached_property
    def interpreter_of(self) -> dict[int, Interpreter]:
        return {row.id: row for row in self.interpreters}

    @cached_property
    def session_of(self) -> dict[str, Session]:
        return {row.key: row for row in self.sessions}

    @cached_property
    def names(self) -> dict[str, str]:
        """Participants' keys and names, of all who speak or interpret."""
        found = {one.key: one.name for session in self.sessions for one in session.appearances}
        return found | {one.key: one.name for one in self.interpreters}

    def city_of_slot(self, slot: Slot) -> City:
        return self.city_of[self.day_of[slot.day_id].city_id]

    def city_of_room(self, room: Room) -> City:
        return self.city_of[self.venue_of[room.venue_id].city_id]

    def placed(self) -> list[Session]:
        """Those that stand somewhere, by time and room."""
        order = {room.id: place for place, room in enumerate(self.rooms)}
        found = [(session, session.spot.slot_id) for session in self.sessions]
        return sorted(
            (session for session, slot in found if slot is not None),
            key=lambda session: (
                self.slot_of[session.spot.slot_id or 0].starts_at,
                order.get(session.spot.room_id or 0, -1),
                session.key,
            ),
        )
