"""A moment as read in the city where something takes place, and in the other one that people come from.

Both cities of the contest are an hour apart, and a session at 00:15 in Seoul is the evening before in Yantai:
a reading carries its own date wherever that differs from the first one's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from core.languages import Trilingual


@dataclass(frozen=True)
class Place:
    """A city and its clock. zone: IANA."""

    name: Trilingual
    zone: str


SEOUL = Place(Trilingual("首尔", "서울", "Seoul"), "Asia/Seoul")
CHENGDU = Place(Trilingual("成都", "청두", "Chengdu"), "Asia/Shanghai")


@dataclass(frozen=True)
class Reading:
    """What a city's clock shows. start, end: HH:MM; end is "" without one. day: the date there, only where it
    is not the first reading's; end_day: the date of the end, only where it is not that of the start."""

    place: Trilingual
    zone: str
    start: str
    end: str
    day: date | None
    end_day: date | None


def places_for(here: Place, others: Sequence[Place], moment: datetime) -> list[Place]:
    """`here` first, then one city with another clock: of the event's own cities, else Seoul or Chengdu."""
    offset = moment.astimezone(ZoneInfo(here.zone)).utcoffset()
    for other in (*others, SEOUL, CHENGDU):
        if moment.astimezone(ZoneInfo(other.zone)).utcoffset() != offset:
            return [here, other]
    return [here]


def readings(start: datetime, end: datetime | None, places: Sequence[Place]) -> list[Reading]:
    """`start` (and `end`), aware, as read in each of `places`."""
    found: list[Reading] = []
    first: date | None = None
    for place in places:
        zone = ZoneInfo(place.zone)
        local = start.astimezone(zone)
        until = end.astimezone(zone) if end else None
        first = first or local.date()
        found.append(
            Reading(
                place.name,
                place.zone,
                f"{local:%H:%M}",
                f"{until:%H:%M}" if until else "",
                local.date() if local.date() != first else None,
                until.date() if until and until.date() != local.date() else None,
            )
        )
    return found


def local_date(moment: datetime, zone: str) -> date:
    """The calendar day of `moment` in `zone`."""
    return moment.astimezone(ZoneInfo(zone)).date()


def at(day: date, hour: int, minute: int, zone: str) -> datetime:
    """The moment when the clocks of `zone` show that time on that day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
