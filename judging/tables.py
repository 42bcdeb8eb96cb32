"""Tables and files that people hand in: read completely, or refused with the row and field at fault."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from core.quoting import listed, quoted
from judging.problems import MESSAGES

MOST_PROBLEMS = 20
_LONGEST_NUMBER = 40

TABLE_MESSAGES = {
    "too_large": "is larger than %(most)s bytes",
    "not_utf8": "is not UTF-8 text; save the file as UTF-8",
    "nul": "contains a NUL byte",
    "empty_file": "is empty; the first row must be %(columns)s",
    "header": "the first row must name the columns %(columns)s once each; found: %(found)s",
    "not_csv": "can't be read as CSV: %(reason)s",
    "cells": "has %(found)s cells, the header %(wanted)s",
    "no_score": "is empty; leave the row out when there is no mark",
    "two_times": "%(value)s differs from the time in an earlier row of %(subject)s",
    "twice": "%(judge)s has marked %(subject)s on %(criterion)s already, in row %(first)s",
    "no_rows": "has a header and no marks",
    "stopped": "reading stopped after %(count)s problems",
    "not_json": "is not JSON: %(reason)s",
    "not_a_result": "is not a result as 'flask rank --format json' prints it: %(reason)s",
    "nested": "is nested too deeply",
    "repeated_key": "the key %(key)s stands twice in one object",
}


@dataclass(frozen=True, slots=True)
class TableProblem:
    """What is wrong with a row (counted in lines of the file from 1; None: the file) and field (None: all of
    it).
    """

    row: int | None
    field: str | None
    code: str
    params: dict[str, str]
    sentence: str

    def __str__(self) -> str:
        if self.row is None:
            return self.sentence
        return (
            f"row {self.row}, {self.field}: {self.sentence}"
            if self.field
            else f"row {self.row}: {self.sentence}"
        )


class TableError(ValueError):
    """A file can't be used.

    `name` is the file, `problems` what is wrong, some twenty at most, in the order of the rows.
    """

    def __init__(self, name: str, problems: Sequence[TableProblem]) -> None:
        self.name = name
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{name}: {problem}" for problem in problems))


def in_table(row: int | None, field: str | None, code: str, **params: object) -> TableProblem:
    """A problem of the table, `code` being one of TABLE_MESSAGES."""
    texts = {key: str(value) for key, value in params.items()}
    return TableProblem(row, field, code, texts, TABLE_MESSAGES[code] % texts)


def in_mark(row: int | None, field: str, code: str, params: dict[str, str]) -> TableProblem:
    """A problem of what a cell says, `code` being one of `judging.problems.MESSAGES`."""
    return TableProblem(row, field, code, params, MESSAGES[code] % params)


def file_error(name: str, code: str, row: int | None = None, **params: object) -> TableError:
    """The error of a file with one problem."""
    return TableError(name, [in_table(row, None, code, **params)])


def table_text(data: bytes, name: str, largest: int) -> str:
    """The bytes as text; raises TableError for what is too large, not UTF-8, or holds a NUL byte."""
    if len(data) > largest:
        raise file_error(name, "too_large", most=largest)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise file_error(name, "not_utf8", row=data.count(b"\n", 0, error.start) + 1) from None
    if (place := text.find("\0")) >= 0:
        raise file_error(name, "nul", row=text.count("\n", 0, place) + 1)
    return text


def table_rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with any content, cells without white space at their ends, each with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield begins, stripped
            begins = reader.line_num + 1
    except csv.Error as error:
        raise file_error(name, "not_csv", row=max(reader.line_num, 1), reason=error) from None


def columns_of(
    header: Sequence[str], name: str, required: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, int]:
    """Where the columns stand, each once; those `optional` only if they are there."""
    wanted = [*required, *(column for column in optional if column in header)]
    if any(header.count(column) != 1 for column in wanted):
        raise file_error(name, "header", row=1, columns=",".join(required), found=listed(header))
    return {column: header.index(column) for column in wanted}


class Problems:
    """What is wrong so far; after twenty nobody needs to see more of what may be a million."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.shown: list[TableProblem] = []

    @property
    def are_enough(self) -> bool:
        return len(self.shown) >= MOST_PROBLEMS

    def add(self, *problems: TableProblem) -> None:
        self.shown += problems

    def raise_any(self) -> None:
        if self.shown:
            stopped = [in_table(None, None, "stopped", count=len(self.shown))] if self.are_enough else []
            raise TableError(self.name, self.shown + stopped)


def read_json(data: bytes, name: str, largest: int) -> Any:
    """A JSON file; numbers stay exact, and one that is far too long is text. Raises TableError."""
    try:
        return json.loads(
            table_text(data, name, largest),
            parse_float=_json_number,
            parse_int=_json_number,
            parse_constant=str,
            object_pairs_hook=_unique_keys,
        )
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise file_error(name, "not_json", reason=reason) from None
    except RecursionError:
        raise file_error(name, "nested") from None
    except _RepeatedKeyError as error:
        raise file_error(name, "repeated_key", key=quoted(error.args[0])) from None


class _RepeatedKeyError(ValueError):
    pass


def _json_number(text: str) -> int | Decimal | str:
    """The number, exactly; one that is far too long stays text, so that the key it belongs to is named as
    wrong.
    """
    try:
        return text if len(text) > _LONGEST_NUMBER else int(text)
    except ValueError:
        pass
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _RepeatedKeyError(key)
        found[key] = value
    return found
