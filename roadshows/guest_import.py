"""Guests out of a table: read, checked row by row in the person's language, then stored all or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.addresses import normal_email, normal_phone
from competition.imports import RowProblem
from core.db import db
from core.errors import BadInput
from core.languages import Trilingual
from core.spreadsheets import Row, Table, read_table
from core.text import deceiving_characters, fold, lang_of, tidy_line, tidy_text
from roadshows import guest_table
from roadshows.guest_table import BY_KEY, COLUMNS, HEADER_WORDS
from roadshows.models import Guest, GuestKind, Participant, Roadshow

MOST_PROBLEMS = 500
"""Named one by one; the others are counted."""
_AT_HOME = {"zh": "CN", "ko": "KR"}
_SPEAKS = {"zh-Hans": "zh", "ko": "ko", "en": "en"}


@dataclass(frozen=True)
class GuestRow:
    """One guest out of a row without errors. participant_id: who is at the roadshow already."""

    number: int
    email: str
    values: dict[str, Any]
    participant_id: int | None = None


@dataclass(frozen=True)
class Plan:
    """What an import would do; it can be carried out without errors. error_count: all, named or not."""

    rows: list[GuestRow]
    problems: list[RowProblem]
    ignored: list[str]
    error_count: int

    @property
    def with_address(self) -> int:
        return sum(bool(row.email) for row in self.rows)


class _Bad(Exception):
    """A cell that can't be used; holds the sentence that says why."""

    def __init__(self, text: Any) -> None:
        super().__init__(text)
        self.text = text


def read(data: bytes, filename: str) -> Table:
    """The table in a file; takes up to some seconds. Raises `BadInput` (field "file") when there is none."""
    return read_table(data, filename, expected=list(HEADER_WORDS), most_rows=guest_table.MOST_ROWS)


def plan(roadshow: Roadshow, table: Table) -> Plan:
    """Check a table row by row without storing anything.

    Raises `BadInput` (field "file") when it has not the columns that are needed.
    """
    keys, ignored = _keys(table)
    return _Planner(roadshow, table, keys).plan(ignored)


def _keys(table: Table) -> tuple[dict[int, str], list[str]]:
    """Which column of the file is which, and the headers nobody knows."""
    keys: dict[int, str] = {}
    ignored = []
    for place, word in enumerate(table.header):
        key = HEADER_WORDS.get(fold(word))
        if key is None:
            if word:
                ignored.append(word)
        elif key in keys.values():
            raise BadInput(fields={"file": _l("The column “%(name)s” stands there twice.", name=word)})
        else:
            keys[place] = key
    missing = [column.names for column in COLUMNS if column.needed and column.key not in keys.values()]
    if missing:
        names = ", ".join(f"{name.zh} / {name.ko} / {name.en}" for name in missing)
        raise BadInput(fields={"file": _l("The table lacks these columns: %(names)s.", names=names)})
    return keys, ignored


_MARKS = {
    "formula": _l("This cell holds a formula. Please paste its value instead."),
    "long_number": _l("A number this long has lost its last digits. Please format the column as text."),
}


class _Planner:
    """Checks the rows of one table against one roadshow."""

    def __init__(self, roadshow: Roadshow, table: Table, keys: dict[int, str]) -> None:
        self.table = table
        self.keys = keys
        self.problems: list[RowProblem] = []
        self.error_count = 0
        known = db.session.execute(
            select(Participant.email_key, Participant.id, Guest.id)
            .outerjoin(Guest, Guest.participant_id == Participant.id)
            .where(Participant.roadshow_id == roadshow.id, Participant.email_key.is_not(None))
        )
        self.known = {row[0]: (row[1], row[2]) for row in known}
        self.addresses: dict[str, int] = {}

    def plan(self, ignored: list[str]) -> Plan:
        rows = [found for row in self.table.rows if (found := self._row(row)) is not None]
        if not self.table.rows:
            self._say(0, None, _l("The table has no rows below its header."))
        return Plan(rows, self.problems, ignored, self.error_count)

    def _say(self, row: int, column: Trilingual | None, text: Any, *, is_error: bool = True) -> None:
        self.error_count += is_error
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(RowProblem(row, column, text, is_error))

    def _row(self, row: Row) -> GuestRow | None:
        before = self.error_count
        cells, unusable = self._cells(row)

        def read_cell(key: str, how: Callable[[str], Any]) -> Any:
            if key in unusable:
                return None
            try:
                return how(cells.get(key, ""))
            except _Bad as bad:
                self._say(row.number, BY_KEY[key].names, bad.text)
                return None

        name = read_cell("name", _needed) or ""
        language = read_cell("language", lambda text: _language(text, name)) or "en"
        email = read_cell("email", _email) or ""
        values = {
            "name": name,
            "name_latin": cells.get("name_latin", ""),
            "organization": cells.get("organization", ""),
            "position": cells.get("position", ""),
            "kind": read_cell("kind", _kind),
            "phone": read_cell("phone", lambda text: _phone(text, _AT_HOME.get(language, ""))) or "",
            "language": language,
            "needs_interpreting": bool(read_cell("needs_interpreting", _yes)),
            "needs": cells.get("needs", ""),
            "rank": read_cell("rank", _rank),
            "seat": cells.get("seat", ""),
        }
        participant_id = self._known_as(row, email) if email else None
        if self.error_count > before:
            return None
        return GuestRow(row.number, email, values, participant_id)

    def _known_as(self, row: Row, email: str) -> int | None:
        """The participant with this address who is no guest yet."""
        key, column = fold(email), BY_KEY["email"].names
        other = self.addresses.setdefault(key, row.number)
        if other != row.number:
            self._say(row.number, column, _l("Row %(row)d has the same address.", row=other))
        participant_id, guest_id = self.known.get(key, (None, None))
        if guest_id is not None:
            self._say(
                row.number, column, _l("Somebody with this e-mail address is on the guest list already.")
            )
        return participant_id

    def _cells(self, row: Row) -> tuple[dict[str, str], set[str]]:
        """Tidied texts by key, and the keys of those that are too long or deceiving, which are reported."""
        cells: dict[str, str] = {}
        for place, key in self.keys.items():
            column, text = BY_KEY[key], row.cells[place]
            if column.export_only:
                continue
            if mark := self.table.marks.get((row.number, place)):
                self._say(row.number, column.names, _MARKS.get(mark, _MARKS["formula"]))
                continue
            text = tidy_text(text) if key == "needs" else tidy_line(text)
            if bad := deceiving_characters(text):
                says = _l(
                    "This holds characters that can't be seen or printed: %(list)s.", list=", ".join(bad[:5])
                )
                self._say(row.number, column.names, says)
            elif len(text) > column.most:
                self._say(
                    row.number, column.names, _l("This is longer than %(most)d characters.", most=column.most)
                )
            else:
                cells[key] = text
        known = {key for key in self.keys.values() if not BY_KEY[key].export_only}
        return cells, known - cells.keys()


def _needed(text: str) -> str:
    if not text:
        raise _Bad(_l("Please fill this in."))
    return text


def _kind(text: str) -> GuestKind:
    kind = guest_table.KIND_WORDS.get(fold(text))
    if kind is None:
        raise _Bad(_l("Please write one of: %(names)s.", names=", ".join(GuestKind)))
    return kind


def _language(text: str, name: str) -> str:
    if not text:
        return _SPEAKS[lang_of(name)]
    if fold(text) not in guest_table.LANGUAGE_WORDS:
        raise _Bad(_l("Please write zh, ko or en."))
    return guest_table.LANGUAGE_WORDS[fold(text)]


def _yes(text: str) -> bool:
    word = fold(text)
    if word not in guest_table.YES_WORDS | guest_table.NO_WORDS:
        raise _Bad(_l("Please write yes or no."))
    return word in guest_table.YES_WORDS


def _rank(text: str) -> int | None:
    word = fold(text)
    if not word:
        return None
    if not (word.isascii() and word.isdigit() and len(word) <= 4 and int(word) >= 1):
        raise _Bad(_l("Please write a number from 1 to 9999."))
    return int(word)


def _email(text: str) -> str:
    if not text:
        return ""
    try:
        return normal_email(text)
    except BadInput as problem:
        raise _Bad(problem.detail) from problem


def _phone(text: str, country: str) -> str:
    try:
        return normal_phone(text, country)
    except BadInput as problem:
        raise _Bad(problem.detail) from problem
