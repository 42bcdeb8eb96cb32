"""When a meeting is, in words: the city's own clock first, then another one's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from core import clock
from roadshows.local_times import Place, Reading, local_date, places_for, readings
from roadshows.models import HostCity, MeetingSlot


def end_of(slot: MeetingSlot) -> datetime:
    return slot.starts_at + timedelta(minutes=slot.minutes)


def day_of(slot: MeetingSlot) -> date:
    """The calendar day of the slot in its own city."""
    return local_date(slot.starts_at, slot.day.city.zone)


def readings_of(slot: MeetingSlot, cities: Sequence[HostCity]) -> list[Reading]:
    """For the `readings` macro."""
    here = Place(slot.day.city.name, slot.day.city.zone)
    others = [Place(city.name, city.zone) for city in cities]
    return readings(slot.starts_at, end_of(slot), places_for(here, others, slot.starts_at))


def when(slot: MeetingSlot, cities: Sequence[HostCity], lang: str) -> str:
    """ "Wed, Jun 10, 14:00–14:20 Seoul · 13:00–13:20 Yantai", for messages and tables."""
    pieces = []
    for one in readings_of(slot, cities):
        day = f"{clock.short_day(one.day, lang)} " if one.day else ""
        pieces.append(f"{day}{one.start}–{one.end} {one.place.pick(lang).text}")
    return f"{clock.short_day(day_of(slot), lang)} {' · '.join(pieces)}"
