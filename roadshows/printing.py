"""What hangs at doors and stands on tables, in three scripts: signs by room and day, cards by table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from flask_babel import force_locale

from core.clock import short_day
from core.languages import LANGUAGES, Run, Trilingual, locale_of
from roadshows.local_times import Place, Reading
from roadshows.models import Roadshow, Room
from roadshows.published import Agenda, AgendaDay, Hall, Item
from roadshows.queries.own_program import OwnMeeting

FEW, SOME = 4, 8
"""Sessions up to which a sign is set large, and up to which in between."""


@dataclass(frozen=True)
class Sign:
    """A page at a door. size: "large", "middle" or "small", by how much it has to hold."""

    hall: Hall
    day: AgendaDay
    dates: Sequence[Run]
    items: Sequence[Item]
    size: str


@dataclass(frozen=True)
class TableMeeting:
    """One line of a table's card."""

    starts_at: datetime
    day: date
    readings: list[Reading]
    team: str
    investor: str


@dataclass(frozen=True)
class TableCard:
    """A page on a table: who sits there when."""

    number: int
    room: Room | None
    days: Sequence[tuple[Sequence[Run], Sequence[TableMeeting]]]


def runs(value: Trilingual) -> list[Run]:
    """The different texts of a value, each once, in the order zh, ko, en."""
    found: dict[str, Run] = {}
    for code, (tag, _folder, _name) in LANGUAGES.items():
        text = getattr(value, code)
        if text:
            found.setdefault(text, Run(text, tag))
    return list(found.values())


def dates_in_three_languages(day: date) -> list[Run]:
    """A date as each language writes it."""
    found = []
    for code, (tag, _folder, _name) in LANGUAGES.items():
        with force_locale(locale_of(code)):
            found.append(Run(short_day(day, code), tag))
    return found


def door_signs(agenda: Agenda) -> list[Sign]:
    """A sign for each room and day with sessions that take place, by day, then room."""
    signs = []
    for day in agenda.days(item for item in agenda.items if not item.canceled):
        everybody = [item for item in day.items if item.hall is None]
        for hall, own in day.by_hall():
            if hall is None:
                continue
            items = sorted([*own, *everybody], key=lambda item: (item.starts_at, item.key))
            size = "large" if len(items) <= FEW else "middle" if len(items) <= SOME else "small"
            signs.append(Sign(hall, day, dates_in_three_languages(day.date), items, size))
    return signs


def table_cards(roadshow: Roadshow, meetings: Iterable[OwnMeeting]) -> list[TableCard]:
    """A card for each table that is used, by room and number. meetings: as either side sees them."""
    places = [Place(city.name, city.zone) for city in roadshow.cities]
    once = {own.meeting.id: own for own in meetings}.values()
    ordered = sorted(once, key=lambda own: (_room_id(own), own.meeting.table, own.starts_at))
    cards = []
    for (_room, number), table in groupby(ordered, key=lambda own: (_room_id(own), own.meeting.table)):
        rows = list(table)
        lines = [
            TableMeeting(
                own.starts_at,
                own.meeting.slot.day.date,
                own.readings(places),
                own.meeting.team.name,
                own.meeting.investor.name,
            )
            for own in rows
        ]
        days = [
            (dates_in_three_languages(day), list(group))
            for day, group in groupby(lines, key=lambda line: line.day)
        ]
        cards.append(TableCard(number, rows[0].room, days))
    return cards


def _room_id(own: OwnMeeting) -> int:
    return own.room.id if own.room else 0
