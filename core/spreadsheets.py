"""Tables in and out: XLSX and CSV as people's spreadsheet programs make and open them.

What a table program would take for a formula leaves as text: in XLSX as text cells, in CSV with an apostrophe
in front, which `read_table` takes off again, so that a table read back equals the one written.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from core import isolated
from core.errors import BadInput
from core.text import fold

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 5000
"""Rows below the header."""
MOST_COLUMNS = 60
MOST_CELL = 20_000

# = + - @ and their full-width forms begin a formula in Excel, WPS or Hancom; TAB and CR break out of a cell.
_FORMULA_LIKE = re.compile("'*[=+\\-@\t\r＝＋－＠]")
_ESCAPED = re.compile("'+[=+\\-@\t\r＝＋－＠]")


@dataclass(frozen=True)
class Row:
    """One row of the file: its number there (the header usually is 1) and a text per column of the header."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A header and the rows below it. `marks`: (row number, column from 0) -> why a cell can't be trusted.

    Marks are "formula" (a computed cell), "long_number" (a number that has lost its last digits).
    """

    header: tuple[str, ...]
    rows: list[Row]
    marks: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """One sheet to be written."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[str | int | None]]


def read_table(
    data: bytes, filename: str, *, expected: Collection[str] = (), most_rows: int = MOST_ROWS
) -> Table:
    """The table in an uploaded XLSX or CSV file; which of the two is told by its first bytes.

    expected: header words, which help to tell a Korean CP949 from a Chinese GB18030 file. most_rows: below
    the header. Raises `BadInput` (field "file") for anything that can't be read, is too large, or refers to
    other workbooks.
    """
    if len(data) > MOST_BYTES:
        raise _bad(_l("The file is larger than %(limit)d MB.", limit=MOST_BYTES // 1024 // 1024))
    if not data.strip():
        raise _bad(_REFUSALS["empty"])
    if data.startswith(b"PK\x03\x04"):
        rows, marks = _read_xlsx(data, most_rows)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _bad(_l("This is an old or protected Excel file. Please save it as XLSX without a password."))
    elif filename.lower().endswith((".xlsx", ".xlsm")):
        raise _bad(_REFUSALS["damaged"])
    else:
        rows, marks = _read_csv(decode(data, expected), most_rows), {}
    return _table(rows, marks, most_rows)


def _table(rows: list[tuple[int, list[str]]], marks: dict[tuple[int, int], str], most_rows: int) -> Table:
    if not rows:
        raise _bad(_REFUSALS["empty"])
    header = [cell.strip() for cell in rows[0][1]]
    while header and not header[-1]:
        header.pop()
    if len(header) > MOST_COLUMNS:
        raise _bad(_REFUSALS["too_many_columns"])
    if len(rows) - 1 > most_rows:
        raise _too_many_rows(most_rows)
    body = []
    for number, cells in rows[1:]:
        if any(len(cell) > MOST_CELL for cell in cells):
            raise _bad(
                _l("Row %(row)d has a cell of more than %(most)d characters.", row=number, most=MOST_CELL)
            )
        if any(cell.strip() for cell in cells[len(header) :]):
            raise _bad(_l("Row %(row)d has more cells than the header has columns.", row=number))
        padded = [*cells, *[""] * (len(header) - len(cells))][: len(header)]
        body.append(Row(number, tuple(_unescape(cell) for cell in padded)))
    first = rows[0][0]
    return Table(tuple(header), body, {place: mark for place, mark in marks.items() if place[0] != first})


_REFUSALS: dict[str, Any] = {
    "damaged": _l("This file can't be read as an XLSX workbook. Please save it again and retry."),
    "crashed": _l("This file can't be read as an XLSX workbook. Please save it again and retry."),
    "timeout": _l("This file takes too long to read. Please copy the table into a new workbook and retry."),
    "too_big": _l("This file unpacks to far more than it should. Please copy the table into a new workbook."),
    "too_many_columns": _l("The table has more than %(most)d columns.", most=MOST_COLUMNS),
    "linked": _l("This workbook refers to other workbooks. Please paste the table as values into a new one."),
    "empty": _l("The file is empty."),
}


def _bad(text: Any) -> BadInput:
    return BadInput(fields={"file": text}, code="bad_table")


def _too_many_rows(most: int) -> BadInput:
    return _bad(_l("The table has more than %(most)d rows. Please split it.", most=most))


def _read_xlsx(data: bytes, most_rows: int) -> tuple[list[tuple[int, list[str]]], dict[tuple[int, int], str]]:
    try:
        found, _nothing = isolated.call(
            "core.spreadsheet_process:read_workbook",
            {"most_rows": most_rows + 100, "most_columns": MOST_COLUMNS},
            data,
            seconds=8,
        )
    except isolated.IsolatedError as error:
        if error.code == "too_many_rows":
            raise _too_many_rows(most_rows) from error
        raise _bad(_REFUSALS.get(error.code, _REFUSALS["damaged"])) from error
    marks = {(row, column - 1): code for row, column, code in found["marks"]}
    return [(number, cells) for number, cells in found["rows"]], marks


def decode(data: bytes, expected: Collection[str] = ()) -> str:
    """The text of a CSV file in UTF-8, UTF-16 (with BOM), GB18030 or CP949.

    A Korean file often is valid GB18030 too. The reading in which more of the `expected` header words stand
    wins; without one, CP949 wins when it gives Hangul almost without Hanja, which Chinese bytes hardly do.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = _try(data, "utf-16")
        if text is None:
            raise _bad(_UNKNOWN_TEXT)
        return text
    if (text := _try(data, "utf-8-sig")) is not None:
        return text
    readings = [text for code in ("gb18030", "cp949") if (text := _try(data, code)) is not None]
    if not readings:
        raise _bad(_UNKNOWN_TEXT)
    wanted = {fold(word) for word in expected}

    def merit(text: str) -> tuple[int, float]:
        first = re.split(r"[,;\t\"]", text.split("\n", 1)[0])
        return sum(fold(word) in wanted for word in first), _hangul_share(text)

    best = max(readings, key=merit)
    if merit(best)[0] == 0 and _hangul_share(readings[-1]) < 0.9:
        return readings[0]
    return best


_UNKNOWN_TEXT = _l("This text is not in UTF-8, GB18030 or CP949. Please save it as “CSV UTF-8” and retry.")


def _try(data: bytes, code: str) -> str | None:
    try:
        return data.decode(code)
    except UnicodeDecodeError:
        return None


def _hangul_share(text: str) -> float:
    """Hangul syllables among Hangul and Han together; 0 when there are neither."""
    hangul = sum("가" <= character <= "힣" for character in text)
    han = sum("\u3400" <= character <= "\u9fff" for character in text)
    return hangul / (hangul + han) if hangul + han else 0.0


def _read_csv(text: str, most_rows: int) -> list[tuple[int, list[str]]]:
    """Rows that are not empty, each with the number of the line it begins on."""
    if "\0" in text:
        raise _bad(_l("This file is not a table: it holds NUL characters."))
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=lambda sign: (first.count(sign), sign == ","))
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((begins, cells))
                if len(rows) > most_rows + 1:
                    raise _too_many_rows(most_rows)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _bad(_l("Line %(line)d can't be read as a table row.", line=reader.line_num)) from error
    return rows


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> bytes:
    """UTF-8 with BOM and CR LF, as Excel and WPS open without asking."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_escape(title) for title in header])
    for cells in rows:
        writer.writerow([_escape("" if value is None else str(value)) for value in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def write_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """An XLSX workbook in which every text is a text cell. Made in a process of its own."""
    tables = [
        {
            "name": sheet.name,
            "header": list(sheet.header),
            "rows": [[_guard(value) for value in row] for row in sheet.rows],
            "widths": _widths(sheet),
        }
        for sheet in sheets
    ]
    data = json.dumps(tables, ensure_ascii=False).encode()
    _nothing, book = isolated.call(
        "core.spreadsheet_process:write_workbook", {}, data, seconds=60, lane="pages"
    )
    return book


def _guard(value: str | int | None) -> str | int | None:
    """Text that already looks escaped gets one more apostrophe, since reading takes one off."""
    return f"'{value}" if isinstance(value, str) and _ESCAPED.match(value) else value


def _escape(text: str) -> str:
    return f"'{text}" if _FORMULA_LIKE.match(text) else text


def _unescape(text: str) -> str:
    return text[1:] if _ESCAPED.match(text) else text


def _widths(sheet: Sheet) -> list[int]:
    """Column widths in characters, Han and Hangul counted double, between 8 and 40."""
    widths = []
    for column, title in enumerate(sheet.header):
        texts = [title, *(str(row[column] or "") for row in sheet.rows[:200] if column < len(row))]
        longest = max(sum(2 if ord(character) > 0x2E7F else 1 for character in text[:40]) for text in texts)
        widths.append(min(max(longest + 2, 8), 40))
    return widths
