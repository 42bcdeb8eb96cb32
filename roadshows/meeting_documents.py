"""The timetable to take away: a card for every table, a list for every party, a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from core import pdf
from core.clock import short_day
from core.languages import current_language
from core.spreadsheets import Sheet, write_xlsx
from roadshows import labels_of_meetings as labels
from roadshows.meeting_lines import day_of, readings_of, when
from roadshows.models import Meeting, MeetingParty, MeetingState, Roadshow
from roadshows.queries import meetings as queries


@dataclass(frozen=True)
class Line:
    """A meeting on paper: when, with whom (or who with whom), at which table."""

    day: str
    readings: list[Any]
    meeting: Meeting
    other: MeetingParty | None = None


def _lines(roadshow: Roadshow, meetings: list[Meeting], party: MeetingParty | None = None) -> list[Line]:
    lang = current_language()
    found = []
    for row in meetings:
        other = None
        if party is not None:
            other = row.investor if row.team_id == party.id else row.team
        found.append(
            Line(short_day(day_of(row.slot), lang), readings_of(row.slot, roadshow.cities), row, other)
        )
    return found


def table_cards(roadshow: Roadshow) -> bytes:
    """A PDF of one page for each table and day."""
    by_table: dict[tuple[Any, int], list[Meeting]] = {}
    for row in queries.meetings_of(roadshow):
        by_table.setdefault((row.slot.day.date, row.table), []).append(row)
    pages = [(table, _lines(roadshow, rows)) for (_day, table), rows in sorted(by_table.items())]
    return pdf.render("meeting_office/cards_pdf.html", roadshow=roadshow, pages=pages)


def party_lists(roadshow: Roadshow) -> bytes:
    """A PDF of one page for each party that has meetings, in the order of names."""
    meetings = queries.meetings_of(roadshow)
    pages = []
    for party in queries.parties_of(roadshow):
        rows = [row for row in meetings if party.id in (row.team_id, row.investor_id)]
        if rows:
            pages.append((party, _lines(roadshow, rows, party)))
    return pdf.render("meeting_office/lists_pdf.html", roadshow=roadshow, pages=pages)


def workbook(roadshow: Roadshow) -> bytes:
    """An XLSX with the timetable and the parties; wishes are not in it."""
    lang = current_language()
    meetings = queries.meetings_of(roadshow, canceled=True)
    header = [
        _("Time"),
        _("Table"),
        _("Team"),
        _("Investor"),
        _("Interpreter"),
        _("State"),
        _("Locked"),
        _("Told"),
    ]
    rows: list[list[str | int | None]] = [
        [
            when(row.slot, roadshow.cities, lang),
            row.table,
            row.team.name,
            row.investor.name,
            _interpreter(row),
            str(labels.MEETING_STATES[row.state]),
            _("yes") if row.is_locked else "",
            _("yes") if row.told_at else "",
        ]
        for row in meetings
    ]
    parties = queries.parties_of(roadshow)
    held = [row for row in meetings if row.state is not MeetingState.CANCELED]
    party_rows: list[list[str | int | None]] = [
        [
            party.name,
            str(labels.SIDES[party.side]),
            party.participant.name,
            party.participant.email,
            ", ".join(party.languages),
            sum(party.id in (row.team_id, row.investor_id) for row in held),
        ]
        for party in parties
    ]
    party_header = [_("Name"), _("Side"), _("Contact"), _("E-mail"), _("Languages"), _("Meetings")]
    return write_xlsx(
        [Sheet(_("Timetable"), header, rows), Sheet(_("Who takes part"), party_header, party_rows)]
    )


def _interpreter(row: Meeting) -> str:
    if not row.needs_interpreter:
        return ""
    return row.interpreter.participant.name if row.interpreter is not None else _("needed")
