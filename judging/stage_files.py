"""Files beside a score table: the result of an earlier round, and bonus and deductions with their reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from typing import Any

from core.quoting import name_problem, quoted
from judging.exact import NumberError, exact
from judging.problems import RuleError
from judging.ranking import Adjustment
from judging.rules import Rule
from judging.score_table import LARGEST_TABLE
from judging.snapshots import carried_totals
from judging.tables import (
    Problems,
    TableProblem,
    columns_of,
    file_error,
    in_mark,
    in_table,
    read_json,
    table_rows,
    table_text,
)

ADJUSTMENT_COLUMNS = ("subject", "points", "reason")


def read_carried(data: bytes, name: str, rule: Rule) -> dict[str, Fraction]:
    """The totals by subject of an earlier round, from its result as `flask rank` prints it in JSON.

    Raises TableError (no such result) or RuleError (one that can't be added to this round's totals).
    """
    found = read_json(data, name, LARGEST_TABLE)
    if not isinstance(found, Mapping) or not isinstance(found.get("ranking"), list):
        raise file_error(name, "not_a_result", reason="there is no list 'ranking'")
    try:
        Rule.from_json(found.get("rule"))
    except RuleError as error:
        raise file_error(name, "not_a_result", reason=f"rule: {error}") from None
    seen: set[str] = set()
    for place, row in enumerate(found["ranking"]):
        if reason := _row_problem(row, seen):
            raise file_error(name, "not_a_result", reason=f"ranking[{place}]: {reason}")
        seen.add(row["subject"])
    return carried_totals(found, rule)


def _row_problem(row: Any, seen: set[str]) -> str:
    if not isinstance(row, Mapping) or not isinstance(row.get("subject"), str):
        return "there is no subject"
    if row["subject"] in seen:
        return f"{quoted(row['subject'])} stands in it twice"
    try:
        exact(row.get("total"))
    except NumberError:
        return f"the total of {quoted(row['subject'])} is no plain decimal number"
    return ""


def read_adjustments(data: bytes, name: str, subjects: Collection[str]) -> dict[str, list[Adjustment]]:
    """Bonus and deductions by subject, from CSV in UTF-8 with the header `subject,points,reason`.

    subjects: those that were marked; nobody else can get one. Raises TableError, naming rows.
    """
    rows = table_rows(table_text(data, name, LARGEST_TABLE), name)
    _, header = next(rows, (1, []))
    if not header:
        raise file_error(name, "empty_file", columns=",".join(ADJUSTMENT_COLUMNS))
    columns = columns_of(header, name, ADJUSTMENT_COLUMNS)
    problems = Problems(name)
    found: dict[str, list[Adjustment]] = {}
    for row, cells in rows:
        if len(cells) < len(header) or any(cells[len(header) :]):
            problems.add(in_table(row, None, "cells", found=len(cells), wanted=len(header)))
        else:
            subject, points, reason = (cells[columns[column]] for column in ADJUSTMENT_COLUMNS)
            if wrong := list(_adjustment_problems(row, subject, points, reason, subjects)):
                problems.add(*wrong)
            else:
                found.setdefault(subject, []).append(Adjustment(points, reason))
        if problems.are_enough:
            break
    problems.raise_any()
    return found


def _adjustment_problems(
    row: int, subject: str, points: str, reason: str, subjects: Collection[str]
) -> Iterator[TableProblem]:
    if subject not in subjects:
        yield in_mark(row, "subject", "unknown_subject", {"subject": quoted(subject)})
    try:
        if not exact(points):
            yield in_mark(row, "points", "adjusts_nothing", {})
    except NumberError as error:
        yield in_mark(row, "points", error.code, {"value": quoted(points)})
    if problem := name_problem(reason):
        yield in_mark(row, "reason", *problem)
