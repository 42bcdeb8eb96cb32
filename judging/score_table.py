"""Score tables and rules as files: read completely and checked, or refused with the row and field at fault.

A table is CSV in UTF-8 with the header `judge,subject,criterion,score` in any order; further columns are
ignored, but for `submitted`, which the tie step `earlier` reads.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from itertools import islice
from typing import Any

from judging.exact import NumberError, exact
from judging.problems import MESSAGES, MarkError, RuleError, listed, name_problem, quoted
from judging.ranking import Mark
from judging.rules import Rule
from judging.tie_breaks import parse_time

COLUMNS = ("judge", "subject", "criterion", "score")
LARGEST_TABLE = 256 * 1024 * 1024  # bytes; a million marks are some 40 MB
LARGEST_RULE = 16 * 1024 * 1024

_MOST_PROBLEMS = 20
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


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """The marks of a file; `rows[i]` is the line of `marks[i]`.

    `times`: every (subject, time of submission) with its first line; None without a column `submitted`.
    """

    name: str
    marks: tuple[Mark, ...]
    rows: tuple[int, ...]
    times: dict[tuple[str, str], int] | None

    @property
    def submitted(self) -> dict[str, str] | None:
        """The times of submission by subject, as `rank` takes them."""
        return None if self.times is None else dict(self.times.keys())

    @property
    def criteria(self) -> list[str]:
        return sorted({mark.criterion for mark in self.marks})

    def check(self, rule: Rule) -> None:
        """Hold every mark, and the times if they are needed, against the rule.

        Raises TableError naming rows, or RuleError when a criterion of the rule has no mark at all.
        """
        problems = _Problems(self.name)
        if rule.criteria:
            good: set[tuple[str, object]] = set()  # the same marks come again and again
            for mark, row in zip(self.marks, self.rows, strict=True):
                pair = (mark.criterion, mark.score)
                if pair in good:
                    continue
                if wrong := _against_rule(mark, row, rule):
                    problems.add(wrong)
                else:
                    good.add(pair)
                if problems.are_enough:
                    break
        if self.times is not None and any(step.kind == "earlier" for step in rule.ties):
            problems.add(*islice(_time_problems(self.times), _MOST_PROBLEMS))
        problems.raise_any()
        present = self.criteria
        for name in rule.criteria:
            if name not in present:
                shown = {"criterion": quoted(name), "known": listed(present)}
                raise RuleError(f"criteria.{name}", "unmarked_criterion", **shown)

    def at_fault(self, error: MarkError) -> TableError:
        """The error of a ranking as one of this file."""
        row = None if error.index is None else self.rows[error.index]
        return TableError(self.name, [TableProblem(row, error.field, error.code, error.params, str(error))])


def _against_rule(mark: Mark, row: int, rule: Rule) -> TableProblem | None:
    criterion = rule.criteria.get(mark.criterion)
    if criterion is None:
        shown = {"criterion": quoted(mark.criterion), "known": listed(list(rule.criteria))}
        return _in_mark(row, "criterion", "unknown_criterion", shown)
    wrong = criterion.problem(exact(mark.score))
    return _in_mark(row, "score", *wrong) if wrong else None


def _time_problems(times: dict[tuple[str, str], int]) -> Iterator[TableProblem]:
    """A subject's time may stand in one of its rows or in all of them, but must be the same."""
    first: dict[str, str] = {}
    for (subject, text), row in times.items():
        if first.setdefault(subject, text) != text:
            yield _in_table(row, "submitted", "two_times", value=quoted(text), subject=quoted(subject))
        try:
            parse_time(text)
        except MarkError as error:
            yield _in_mark(row, "submitted", error.code, error.params)


def read_scores(data: bytes, name: str) -> ScoreTable:
    """Read a score table from the bytes of the file `name`.

    Raises TableError; nothing is guessed or skipped.
    """
    rows = _rows(_text(data, name, LARGEST_TABLE), name)
    _, header = next(rows, (1, []))
    if not header:
        raise _file_error(name, "empty_file", columns=",".join(COLUMNS))
    columns = _columns(header, name)
    reading = _Reading(name, columns, len(header))
    for row, cells in rows:
        reading.add(row, cells)
        if reading.problems.are_enough:
            break
    reading.problems.raise_any()
    if not reading.marks:
        raise _file_error(name, "no_rows")
    times = reading.times if "submitted" in columns else None
    return ScoreTable(name, tuple(reading.marks), tuple(reading.rows), times)


def read_rule(data: bytes, name: str) -> Rule:
    """Read a rule from the bytes of a JSON file; numbers stay exact.

    Raises TableError (no JSON) or RuleError.
    """
    try:
        parsed = json.loads(
            _text(data, name, LARGEST_RULE),
            parse_float=_json_number,
            parse_int=_json_number,
            parse_constant=str,
            object_pairs_hook=_unique_keys,
        )
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise _file_error(name, "not_json", reason=reason) from None
    except RecursionError:
        raise _file_error(name, "nested") from None
    except _RepeatedKeyError as error:
        raise _file_error(name, "repeated_key", key=quoted(error.args[0])) from None
    return Rule.from_json(parsed)


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


def _in_table(row: int | None, field: str | None, code: str, **params: object) -> TableProblem:
    texts = {key: str(value) for key, value in params.items()}
    return TableProblem(row, field, code, texts, TABLE_MESSAGES[code] % texts)


def _in_mark(row: int | None, field: str, code: str, params: dict[str, str]) -> TableProblem:
    return TableProblem(row, field, code, params, MESSAGES[code] % params)


def _file_error(name: str, code: str, row: int | None = None, **params: object) -> TableError:
    return TableError(name, [_in_table(row, None, code, **params)])


def _text(data: bytes, name: str, largest: int) -> str:
    if len(data) > largest:
        raise _file_error(name, "too_large", most=largest)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _file_error(name, "not_utf8", row=data.count(b"\n", 0, error.start) + 1) from None
    if (place := text.find("\0")) >= 0:
        raise _file_error(name, "nul", row=text.count("\n", 0, place) + 1)
    return text


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
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
        raise _file_error(name, "not_csv", row=max(reader.line_num, 1), reason=error) from None


def _columns(header: Sequence[str], name: str) -> dict[str, int]:
    columns = {column: place for place, column in enumerate(header)}
    wanted = [*COLUMNS, "submitted"] if "submitted" in columns else list(COLUMNS)
    if any(header.count(column) != 1 for column in wanted):
        raise _file_error(name, "header", row=1, columns=",".join(COLUMNS), found=listed(header))
    return {column: columns[column] for column in wanted}


class _Problems:
    """What is wrong so far; after twenty nobody needs to see more of what may be a million."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.shown: list[TableProblem] = []

    @property
    def are_enough(self) -> bool:
        return len(self.shown) >= _MOST_PROBLEMS

    def add(self, *problems: TableProblem) -> None:
        self.shown += problems

    def raise_any(self) -> None:
        if self.shown:
            stopped = [_in_table(None, None, "stopped", count=len(self.shown))] if self.are_enough else []
            raise TableError(self.name, self.shown + stopped)


class _Reading:
    """The rows read so far, and what is wrong with them."""

    def __init__(self, name: str, columns: dict[str, int], width: int) -> None:
        self.columns = columns
        self.width = width
        self.marks: list[Mark] = []
        self.rows: list[int] = []
        self.times: dict[tuple[str, str], int] = {}
        self.problems = _Problems(name)
        self._first_row: dict[tuple[str, ...], int] = {}
        # Names and marks come again and again; each is looked at once.
        self._name_problem = cache(name_problem)
        self._score = cache(_read_score)
        self._good_names: set[str] = set()
        self._good_scores: dict[str, Fraction] = {}
        self._places = [columns[column] for column in COLUMNS]
        self._time_place = columns.get("submitted")

    def add(self, row: int, cells: list[str]) -> None:
        """Take a row, or note why it can't be taken."""
        if not self._is_plainly_good(cells):
            found = list(self._problems_of(row, cells))
            if found:
                self.problems.add(*found)
                return
        judge, subject, criterion, score = (cells[place] for place in self._places)
        if score not in self._good_scores:
            self._good_scores[score] = self._score(score)[0]
        self._good_names.update((judge, subject, criterion))
        self._first_row.setdefault((judge, subject, criterion), row)
        self.marks.append(Mark(judge, subject, criterion, self._good_scores[score]))
        self.rows.append(row)
        if self._time_place is not None and (time := cells[self._time_place]):
            self.times.setdefault((subject, time), row)

    def _is_plainly_good(self, cells: list[str]) -> bool:
        """Whether names and mark were all seen in good rows, and not together: most rows of large files."""
        if len(cells) != self.width:
            return False
        judge, subject, criterion, score = (cells[place] for place in self._places)
        return (
            score in self._good_scores
            and subject in self._good_names
            and judge in self._good_names
            and criterion in self._good_names
            and (judge, subject, criterion) not in self._first_row
        )

    def _problems_of(self, row: int, cells: list[str]) -> Iterator[TableProblem]:
        if len(cells) < self.width or any(cells[self.width :]):
            yield _in_table(row, None, "cells", found=len(cells), wanted=self.width)
            return
        names = tuple(cells[self.columns[column]] for column in COLUMNS[:3])
        for column, name in zip(COLUMNS, names, strict=False):
            if wrong := self._name_problem(name):
                yield _in_mark(row, column, *wrong)
        score = cells[self.columns["score"]]
        if not score:
            yield _in_table(row, "score", "no_score")
        elif code := self._score(score)[1]:
            yield _in_mark(row, "score", code, {"value": quoted(score)})
        first = self._first_row.setdefault(names, row)
        if first != row:
            judge, subject, criterion = (quoted(name) for name in names)
            yield _in_table(
                row, "judge", "twice", judge=judge, subject=subject, criterion=criterion, first=first
            )


def _read_score(text: str) -> tuple[Fraction, str]:
    """The exact value and no code, or the code of what is wrong."""
    try:
        return exact(text), ""
    except NumberError as error:
        return Fraction(0), error.code
