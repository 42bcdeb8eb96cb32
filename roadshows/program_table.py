"""The program as a table for spreadsheets: one row a session, texts in one language, times by each city."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from core.languages import Trilingual
from roadshows import labels
from roadshows.models import AppearanceKind, Session


def header() -> list[str]:
    """Column titles in the language at hand."""
    return [
        _("Kind"),
        _("Title"),
        _("City"),
        _("Date"),
        _("From"),
        _("Until"),
        _("Clock"),
        _("Room"),
        _("Minutes"),
        _("Track"),
        _("Language spoken"),
        _("Interpreting"),
        _("Interpreter"),
        _("Speakers"),
        _("Moderator"),
        _("Expected audience"),
        _("State"),
    ]


def rows_of(sessions: Sequence[Session], lang: str) -> list[list[str | int | None]]:
    """A row for each session, in the order given; without a place, date and times are empty."""

    def text(value: Trilingual | None) -> str:
        return value.pick(lang).text if value else ""

    found: list[list[str | int | None]] = []
    for row in sessions:
        zone = ZoneInfo(row.city.zone)
        start = row.slot.starts_at.astimezone(zone) if row.slot else None
        end = (row.slot.starts_at + timedelta(minutes=row.minutes)).astimezone(zone) if row.slot else None
        people = {
            kind: ", ".join(one.speaker.participant.name for one in row.appearances if one.kind is kind)
            for kind in AppearanceKind
        }
        found.append(
            [
                str(labels.SESSION_KINDS[row.kind]),
                text(row.title),
                text(row.city.name),
                f"{start:%Y-%m-%d}" if start else "",
                f"{start:%H:%M}" if start else "",
                f"{end:%H:%M}" if end else "",
                row.city.zone,
                text(row.room.name) if row.room else "",
                row.minutes,
                text(row.track.name) if row.track else "",
                str(labels.LANGUAGES.get(row.language, row.language)),
                str(labels.PAIRS.get(row.interpreting, row.interpreting)),
                row.interpreter.participant.name if row.interpreter else "",
                people[AppearanceKind.SPEAKER],
                people[AppearanceKind.MODERATOR],
                row.audience,
                str(labels.SESSION_STATES[row.state]),
            ]
        )
    return found
