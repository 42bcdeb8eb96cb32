"""What hangs at doors, in three scripts: signs by room and day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import force_locale

from core.clock import short_day
from core.languages import LANGUAGES, Run, Trilingual, locale_of
from roadshows.published import Agenda, AgendaDay, Hall, Item

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
