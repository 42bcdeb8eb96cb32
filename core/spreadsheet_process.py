"""Reads and writes XLSX workbooks; runs only in the separate process of `core.isolated`.

A workbook is a ZIP of XML. Before calamine sees it, every part is unpacked once against the limits below:
calamine lays a sheet out as a full rectangle, so one value in the last cell of an empty sheet would ask for
all memory.
"""

from __future__ import annotations

import io
import json
import posixpath
import re
import zipfile
import zlib
from datetime import date, datetime, time
from typing import Any
from xml.parsers import expat

from core.isolated import IsolatedError

_MOST_PARTS = 500
_MOST_UNPACKED = 64 * 1024 * 1024
_MOST_CELLS = 400_000
_MOST_RATIO = 150
_SMALL = 4 * 1024 * 1024
"""Below this, a part may be packed as tightly as it likes."""
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_LAST_EXACT = 10**15
"""Excel keeps 15 digits of a number; longer ones have already lost their end."""


def read_workbook(data: bytes, most_rows: int, most_columns: int) -> tuple[dict[str, Any], bytes]:
    """The first sheet as `{"rows": [[row number, [text, …]], …], "marks": [[row, column, code], …]}`.

    Rows and columns count from 1; empty rows are left out. Marks: "formula", "long_number", "error". Raises
    `IsolatedError` with damaged, too_big, too_many_rows, too_many_columns, linked, empty.
    """
    import python_calamine

    scan = _scan(data)
    if scan.lowest > most_rows:
        raise IsolatedError("too_many_rows")
    if scan.widest > most_columns:
        raise IsolatedError("too_many_columns")
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            grid = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except python_calamine.CalamineError as error:
        raise IsolatedError("damaged") from error
    rows, marks = [], [[row, column, "formula"] for row, column in scan.formulas]
    for number, cells in enumerate(grid, 1):
        texts = []
        for column, value in enumerate(cells, 1):
            if isinstance(value, float | int) and abs(value) >= _LAST_EXACT:
                marks.append([number, column, "long_number"])
            texts.append(_text(value))
        if any(texts):
            rows.append([number, texts])
    if not rows:
        raise IsolatedError("empty")
    return {"rows": rows, "marks": marks}, b""


def _text(value: Any) -> str:
    """What a person sees in the cell, without the formats of a locale."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    expat.ExpatError,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
)


class _Scan:
    """Where the first sheet's values stand, found by walking its XML once."""

    def __init__(self) -> None:
        self.lowest = self.widest = 0
        self.formulas: list[tuple[int, int]] = []
        self._row = self._column = self._cells = 0
        self._in_cell = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isascii() and number.isdigit() else self._row + 1
            self._column = 0
        elif name == "c":
            self._cells += 1
            if self._cells > _MOST_CELLS:
                raise IsolatedError("too_big")
            self._in_cell = True
            self._column += 1
            if place := _PLACE.fullmatch(attributes.get("r", "")):
                self._column = _column_number(place[1])
                self._row = int(place[2])
        elif self._in_cell and name in ("v", "is", "f"):
            self.lowest = max(self.lowest, self._row)
            self.widest = max(self.widest, self._column)
            if name == "f" and len(self.formulas) < 1000:
                self.formulas.append((self._row, self._column))

    def end(self, tag: str) -> None:
        if tag.rpartition(":")[2] == "c":
            self._in_cell = False


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _scan(data: bytes) -> _Scan:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(archive)
            scan = _Scan()
            _walk(archive.read(_first_sheet(archive)), scan.start, scan.end)
            return scan
    except (
        zipfile.BadZipFile,
        KeyError,
        expat.ExpatError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as error:
        raise IsolatedError("damaged") from error


def _check_parts(archive: zipfile.ZipFile) -> None:
    """Refuse what unpacks to too much: first by what the archive says of itself, then by unpacking it."""
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if len(parts) > _MOST_PARTS or unpacked > _MOST_UNPACKED:
        raise IsolatedError("too_big")
    if unpacked > _SMALL and unpacked > _MOST_RATIO * max(packed, 1):
        raise IsolatedError("too_big")
    if any("externallink" in part.filename.lower() for part in parts):
        raise IsolatedError("linked")
    if archive.testzip() is not None:
        raise IsolatedError("damaged")


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """The name of the part that holds the first sheet; KeyError when the workbook names none."""
    first: list[str] = []
    targets: dict[str, str] = {}

    def sheet(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "sheet" and not first:
            first.extend(value for name, value in attributes.items() if name.rpartition(":")[2] == "id")

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _walk(archive.read("xl/workbook.xml"), sheet, None)
    _walk(archive.read("xl/_rels/workbook.xml.rels"), relation, None)
    target = targets[first[0]] if first else ""
    if not target:
        raise KeyError("no sheet")
    return target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _walk(xml: bytes, start: Any, end: Any) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.Parse(xml, True)


def _no_doctype(*_arguments: Any) -> None:
    raise IsolatedError("damaged")


def write_workbook(data: bytes) -> tuple[None, bytes]:
    """`[{"name", "header": [text], "rows": [[text or number]], "widths": [characters]}]` as XLSX bytes.

    Every text is a text cell, whatever it begins with.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        text = book.add_format({"num_format": "@", "valign": "top"})
        head = book.add_format({"num_format": "@", "bold": True, "bottom": 1})
        for table in json.loads(data):
            sheet = book.add_worksheet(table["name"])
            for column, title in enumerate(table["header"]):
                sheet.write_string(0, column, title, head)
            for column, width in enumerate(table["widths"]):
                sheet.set_column(column, column, width, text)
            for row, cells in enumerate(table["rows"], 1):
                for column, value in enumerate(cells):
                    if isinstance(value, str):
                        sheet.write_string(row, column, value, text)
                    elif value is not None:
                        sheet.write_number(row, column, value)
            sheet.freeze_panes(1, 0)
    return None, out.getvalue()
