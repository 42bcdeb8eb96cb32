"""The guest list as a table (XLSX, CSV), in the columns that an import reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from core.db import db
from core.spreadsheets import CSV_TYPE, XLSX_TYPE, Sheet, write_csv, write_xlsx
from roadshows.guest_table import COLUMNS
from roadshows.models import Attendance, Guest, Roadshow

FORMATS = {"xlsx": XLSX_TYPE, "csv": CSV_TYPE}


def rows_of(roadshow: Roadshow, guests: Sequence[Guest]) -> list[list[str]]:
    """One row of texts per guest, in the order of `COLUMNS`."""
    arrivals = db.session.execute(
        select(Attendance.guest_id, func.min(Attendance.arrived_at))
        .where(Attendance.roadshow_id == roadshow.id)
        .group_by(Attendance.guest_id)
    )
    arrived = {row[0]: row[1] for row in arrivals}
    return [_row(guest, arrived.get(guest.id)) for guest in guests]


def write(rows: Sequence[Sequence[str]], kind: str, lang: str) -> bytes:
    """The rows as a file of `kind`; asks the database nothing."""
    return _table(kind, lang, rows)


def template(kind: str, lang: str) -> bytes:
    """An import's columns with two invented guests."""
    return _table(kind, lang, [_example(row) for row in _EXAMPLES], export_only=False)


def _table(kind: str, lang: str, rows: Sequence[Sequence[str]], *, export_only: bool = True) -> bytes:
    places = [place for place, column in enumerate(COLUMNS) if export_only or not column.export_only]
    header = [getattr(COLUMNS[place].names, lang) for place in places]
    chosen = [[row[place] for place in places] for row in rows]
    if kind == "csv":
        return write_csv(header, chosen)
    return write_xlsx([Sheet({"zh": "嘉宾名单", "ko": "참석자 명단", "en": "Guests"}[lang], header, chosen)])


def _row(guest: Guest, arrived: datetime | None) -> list[str]:
    who = guest.participant
    values = {
        "name": who.name,
        "name_latin": who.name_latin,
        "organization": who.organization,
        "position": who.position,
        "kind": guest.kind.value,
        "email": who.email,
        "phone": who.phone,
        "language": who.language,
        "needs_interpreting": "yes" if guest.needs_interpreting else "no",
        "needs": guest.needs,
        "rank": "" if guest.rank is None else str(guest.rank),
        "seat": guest.seat,
        "state": guest.state.value,
        "source": guest.source.value,
        "asked_at": guest.asked_at.isoformat(timespec="seconds"),
        "arrived_at": arrived.isoformat(timespec="seconds") if arrived else "",
    }
    return [values[column.key] for column in COLUMNS]


_EXAMPLES: tuple[dict[str, str], ...] = (
    {
        "name": "王小明",
        "name_latin": "Wang Xiaoming",
        "organization": "成都高新区",
        "position": "副主任",
        "kind": "government",
        "email": "wang@example.com",
        "phone": "+86 138 0013 8000",
        "language": "zh",
        "needs_interpreting": "yes",
        "rank": "1",
    },
    {
        "name": "김민준",
        "name_latin": "Kim Minjun",
        "organization": "한강투자",
        "position": "이사",
        "kind": "investor",
        "email": "kim@example.com",
        "phone": "+82 10-1234-5678",
        "language": "ko",
        "needs_interpreting": "no",
    },
)


def _example(values: dict[str, str]) -> list[str]:
    return [values.get(column.key, "") for column in COLUMNS]
