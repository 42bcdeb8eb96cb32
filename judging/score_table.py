"""Score tables and rules as files: read completely and checked, or refused with the row and field at fault.

A table is CSV in UTF-8 with the header `judge,subject,criterion,score` in any order; further columns are
ignored, but for `submitted`, which the tie step `earlier` reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import islice

from core.quoting import listed, name_problem, quoted
from judging.exact import NumberError, exact
from judging.problems import MarkError, RuleError
from judging.ranking import Mark
from judging.rules import Rule
from judging.tables import (
    MOST_PROBLEMS,
    Problems,
    TableError,
    TableProblem,
    columns_of,
    file_error,
    in_mark,
    in_table,
    read_json,
    table_rows,
    table_text,
)
from judging.tie_breaks import parse_time

COLUMNS = ("judge", "subject", "criterion", "score")
LARGEST_TABLE = 256 * 1024 * 1024  # bytes; a million marks are some 40 MB
LARGEST_RULE = 16 * 1024 * 1024

__all__ = [
    "COLUMNS",
    "LARGEST_RULE",
    "LARGEST_TABLE",
    "ScoreTable",
    "TableError",
    "TableProblem",
    "read_rule",
    "read_scores",
]


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
        problems = Problems(self.name)
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
            problems.add(*islice(_time_problems(self.times), MOST_PROBLEMS))
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
        return in_mark(row, "criterion", "unknown_criterion", shown)
    wrong = criterion.problem(exact(mark.score))
    return in_mark(row, "score", *wrong) if wrong else None


def _time_problems(times: dict[tuple[str, str], int]) -> Iterator[TableProblem]:
    """A subject's time may stand in one of its rows or in all of them, but must be the same."""
    first: dict[str, str] = {}
    for (subject, text), row in times.items():
        if first.setdefault(subject, text) != text:
            yield in_table(row, "submitted", "two_times", value=quoted(text), subject=quoted(subject))
        try:
            parse_time(text)
        except MarkError as error:
            yield in_mark(row, "submitted", error.code, error.params)


def read_scores(data: bytes, name: str) -> ScoreTable:
    """Read a score table from the bytes of the file `name`.

    Raises TableError; nothing is guessed or skipped.
    """
    rows = table_rows(table_text(data, name, LARGEST_TABLE), name)
    _, header = next(rows, (1, []))
    if not header:
        raise file_error(name, "empty_file", columns=",".join(COLUMNS))
    columns = columns_of(header, name, COLUMNS, ("submitted",))
    reading = _Reading(name, columns, len(header))
    for row, cells in rows:
        reading.add(row, cells)
        if reading.problems.are_enough:
            break
    reading.problems.raise_any()
    if not reading.marks:
        raise file_error(name, "no_rows")
    times = reading.times if "submitted" in columns else None
    return ScoreTable(name, tuple(reading.marks), tuple(reading.rows), times)


def read_rule(data: bytes, name: str) -> Rule:
    """Read a rule from the bytes of a JSON file; numbers stay exact.

    Raises TableError (no JSON) or RuleError.
    """
    return Rule.from_json(read_json(data, name, LARGEST_RULE))


class _Reading:
    """The rows read so far, and what is wrong with them."""

    def __init__(self, name: str, columns: dict[str, int], width: int) -> None:
        self.columns = columns
        self.width = width
        self.marks: list[Mark] = []
        self.rows: list[int] = []
        self.times: dict[tuple[str, str], int] = {}
        self.problems = Problems(name)
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
            yield in_table(row, None, "cells", found=len(cells), wanted=self.width)
            return
        names = tuple(cells[self.columns[column]] for column in COLUMNS[:3])
        for column, name in zip(COLUMNS, names, strict=False):
            if wrong := self._name_problem(name):
                yield in_mark(row, column, *wrong)
        score = cells[self.columns["score"]]
        if not score:
            yield in_table(row, "score", "no_score")
        elif code := self._score(score)[1]:
            yield in_mark(row, "score", code, {"value": quoted(score)})
        first = self._first_row.setdefault(names, row)
        if first != row:
            judge, subject, criterion = (quoted(name) for name in names)
            yield in_table(
                row, "judge", "twice", judge=judge, subject=subject, criterion=criterion, first=first
            )


def _read_score(text: str) -> tuple[Fraction, str]:
    """The exact value and no code, or the code of what is wrong."""
    try:
        return exact(text), ""
    except NumberError as error:
        return Fraction(0), error.code
