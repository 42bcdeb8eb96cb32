"""When and where a meeting is, in words: the city's own clock first, then another one's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _

from core import clock
from core.languages import Trilingual
from roadshows.local_times import Place, Reading, local_date, places_for, readings
from roadshows.models import HostCity, Meeting, MeetingSlot, Room


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
    return _in_words(day_of(slot), readings_of(slot, cities), lang)


def _in_words(on: date, times: Sequence[Reading], lang: str) -> str:
    pieces = []
    for one in times:
        day = f"{clock.short_day(one.day, lang)} " if one.day else ""
        pieces.append(f"{day}{one.start}–{one.end} {one.place.pick(lang).text}")
    return f"{clock.short_day(on, lang)} {' · '.join(pieces)}"


@dataclass(frozen=True)
class Where:
    """When and where a meeting is, in values: they still say what was when its slot, day or city has changed.

    hall: the names of room and venue, if there is a room.
    """

    day: date
    readings: tuple[Reading, ...]
    ends_at: datetime
    table: int
    hall: tuple[Trilingual, ...]

    def words(self, lang: str) -> str:
        """ "Wed, Jun 10 14:00–14:20 Seoul · 13:00–13:20 Yantai, table 2, Hall 3, Hotel Lotte"."""
        seat = _("%(when)s, table %(table)d", when=_in_words(self.day, self.readings, lang), table=self.table)
        return _(", ").join([seat, *(name.pick(lang).text for name in self.hall)])


def where(meeting: Meeting, cities: Sequence[HostCity], room: Room | None) -> Where:
    """Of a meeting as it stands; `room`: that of its slot."""
    slot = meeting.slot
    return Where(
        day_of(slot),
        tuple(readings_of(slot, cities)),
        end_of(slot),
        meeting.table,
        (room.name, room.venue.name) if room else (),
    )
