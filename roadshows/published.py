"""A published agenda as pages, calendars and messages read it: made from a version's content alone.

Nothing here looks at the draft: what is not published can't be shown or told by accident.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.languages import Trilingual
from roadshows.local_times import Place, Reading, places_for, readings


@dataclass(frozen=True)
class City:
    """A city of the event. country: ISO 3166."""

    slug: str
    country: str
    place: Place


@dataclass(frozen=True)
class Hall:
    """A room and the house it is in."""

    id: int
    name: Trilingual
    venue_id: int
    venue: Trilingual
    address: Trilingual
    capacity: int


@dataclass(frozen=True)
class Person:
    """Somebody the program shows. photo: a file's key, or ""."""

    key: str
    name: str
    name_latin: str
    organization: str
    title: Trilingual
    about: Trilingual
    photo: str


@dataclass(frozen=True)
class Appearance:
    """Somebody shown in a session, and as what ("speaker", "moderator")."""

    person: Person
    kind: str


@dataclass(frozen=True)
class Item:
    """A session as published. speakers: only those who are shown; involved: the keys of all who speak in it
    or interpret it. interpreting: a pair of languages ("ko-zh") or ""."""

    key: str
    kind: str
    title: Trilingual
    summary: Trilingual
    track_id: int | None
    track: Trilingual | None
    city: City
    language: str
    interpreting: str
    interpreter: str
    starts_at: datetime
    minutes: int
    hall: Hall | None
    whole_city: bool
    speakers: tuple[Appearance, ...]
    involved: frozenset[str]
    team: str
    sequence: int
    canceled: bool
    others: tuple[Place, ...]

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def date(self) -> date:
        """The day on which it begins, by the calendar of its own city."""
        return self.starts_at.astimezone(ZoneInfo(self.city.place.zone)).date()

    @property
    def readings(self) -> list[Reading]:
        """Beginning and end, first by the clock of its city, then by that of the other one."""
        places = places_for(self.city.place, self.others, self.starts_at)
        return readings(self.starts_at, self.ends_at, places)

    @property
    def begins(self) -> list[Reading]:
        """The beginning alone."""
        places = places_for(self.city.place, self.others, self.starts_at)
        return readings(self.starts_at, None, places)


@dataclass(frozen=True)
class AgendaDay:
    """The sessions of one city that begin on one day of its calendar, by time. title: "" without one."""

    city: City
    date: date
    title: Trilingual
    items: tuple[Item, ...]

    @property
    def anchor(self) -> str:
        """A name for links to it that stays the same."""
        return f"{self.city.slug}-{self.date.isoformat()}"

    def by_hall(self) -> list[tuple[Hall | None, list[Item]]]:
        """The same by room, in the order in which the rooms stand in the program; None: the whole city."""
        halls: dict[Hall | None, list[Item]] = {}
        for item in self.items:
            halls.setdefault(item.hall, []).append(item)
        return sorted(halls.items(), key=lambda pair: (pair[0] is not None, pair[0].id if pair[0] else 0))


@dataclass(frozen=True)
class Agenda:
    """All of it. number: of the version; 0 and empty when nothing was published yet."""

    number: int = 0
    published_at: datetime | None = None
    items: tuple[Item, ...] = ()
    people: Mapping[str, Person] = field(default_factory=dict)
    titles: Mapping[tuple[str, date], Trilingual] = field(default_factory=dict)
    tracks: Mapping[int, Trilingual] = field(default_factory=dict)

    def find(self, key: str) -> Item | None:
        """The session with this key."""
        return next((item for item in self.items if item.key == key), None)

    def of(self, person: str) -> list[Item]:
        """What the participant with this key speaks in or interprets, canceled sessions included."""
        return [item for item in self.items if person in item.involved]

    def days(self, items: Iterable[Item] | None = None) -> list[AgendaDay]:
        """`items` (default: all) by day and city; a city's days go by its own calendar."""
        found: dict[tuple[date, str], list[Item]] = {}
        for item in self.items if items is None else items:
            found.setdefault((item.date, item.city.slug), []).append(item)
        days = [
            AgendaDay(
                own[0].city,
                day,
                self.titles.get((slug, day), Trilingual()),
                tuple(sorted(own, key=_order)),
            )
            for (day, slug), own in found.items()
        ]
        return sorted(days, key=lambda one: (one.date, one.items[0].starts_at, one.city.slug))


def read(
    content: Mapping[str, Any], *, number: int, published_at: datetime, erased: Collection[str] = ()
) -> Agenda:
    """The agenda of a version's content (`agenda_content` says what stands in it). erased: keys of those who
    were erased since; a content never changes, so they are left out here."""
    cities = {row["slug"]: _city(row) for row in content["cities"]}
    places = tuple(city.place for city in cities.values())
    people = {row["key"]: _person(row) for row in content["speakers"] if row["key"] not in erased}
    tracks = {row["id"]: Trilingual.from_json(row["name"]) for row in content["tracks"]}
    halls = _halls(content)
    items = [
        Item(
            key=row["key"],
            kind=row["kind"],
            title=Trilingual.from_json(row["title"]),
            summary=Trilingual.from_json(row["summary"]),
            track_id=row["track"],
            track=tracks.get(row["track"]),
            city=cities[row["city"]],
            language=row["language"],
            interpreting=row["interpreting"],
            interpreter=row["interpreter"],
            starts_at=datetime.fromisoformat(row["starts_at"]),
            minutes=row["minutes"],
            hall=halls.get(row["room"]),
            whole_city=row["whole_city"],
            speakers=tuple(
                Appearance(people[who["key"]], who["kind"]) for who in row["speakers"] if who["key"] in people
            ),
            involved=frozenset(
                key for key in (*(who["key"] for who in row["speakers"]), row["interpreter"]) if key
            ),
            team=row["team"],
            sequence=row["sequence"],
            canceled=row["canceled"],
            others=places,
        )
        for row in content["sessions"]
    ]
    titles = {
        (row["city"], date.fromisoformat(row["date"])): Trilingual.from_json(row["title"])
        for row in content["days"]
    }
    return Agenda(number, published_at, tuple(sorted(items, key=_order)), people, titles, tracks)


@dataclass(frozen=True)
class Choice:
    """What a visitor wants to see; "" or None: everything."""

    track: int | None = None
    kind: str = ""
    language: str = ""

    def fits(self, item: Item) -> bool:
        """A session counts for a language when it is spoken in it or interpreted into it."""
        return (
            self.track in (None, item.track_id)
            and self.kind in ("", item.kind)
            and (not self.language or self.language in (item.language, *item.interpreting.split("-")))
        )


@dataclass(frozen=True)
class NowAndNext:
    """What takes place at a moment, and what comes next in each room. changes_at: when this is no longer so;
    None when nothing comes any more."""

    now: tuple[Item, ...]
    next: tuple[Item, ...]
    changes_at: datetime | None


def now_and_next(items: Sequence[Item], moment: datetime) -> NowAndNext:
    """What is on at `moment`: from its beginning on until just before its end. Next is what comes first in
    each room on the day of the soonest of them."""
    standing = [item for item in items if not item.canceled]
    coming = sorted((item for item in standing if item.starts_at > moment), key=_order)
    first: dict[tuple[str, int | None], Item] = {}
    for item in coming:
        if item.date == coming[0].date:
            first.setdefault((item.city.slug, item.hall.id if item.hall else None), item)
    return NowAndNext(
        tuple(item for item in standing if item.starts_at <= moment < item.ends_at),
        tuple(first.values()),
        min(_boundaries(standing, moment), default=None),
    )


def _boundaries(items: Iterable[Item], moment: datetime) -> Iterator[datetime]:
    for item in items:
        for boundary in (item.starts_at, item.ends_at):
            if boundary > moment:
                yield boundary


def _order(item: Item) -> tuple[Any, ...]:
    return item.starts_at, item.city.slug, item.hall.id if item.hall else 0, item.key


def _city(row: Mapping[str, Any]) -> City:
    return City(row["slug"], row["country"], Place(Trilingual.from_json(row["name"]), row["zone"]))


def _person(row: Mapping[str, Any]) -> Person:
    return Person(
        row["key"],
        row["name"],
        row["name_latin"],
        row["organization"],
        Trilingual.from_json(row["title"]),
        Trilingual.from_json(row["about"]),
        row["photo"],
    )


def _halls(content: Mapping[str, Any]) -> dict[int | None, Hall]:
    venues = {row["id"]: row for row in content["venues"]}
    return {
        row["id"]: Hall(
            row["id"],
            Trilingual.from_json(row["name"]),
            row["venue"],
            Trilingual.from_json(venues[row["venue"]]["name"]),
            Trilingual.from_json(venues[row["venue"]]["address"]),
            row["capacity"],
        )
        for row in content["rooms"]
    }
