"""A ranking as text: JSON written piece by piece, CSV for spreadsheets, a table for terminals."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from judging.text_tables import text_table

if TYPE_CHECKING:
    from judging.explaining import Explainer
    from judging.ranking import RankedSubject, Ranking
    from judging.rules import Rule


def json_text(
    ranking: Ranking,
    data: bytes,
    hashes: Mapping[str, Any],
    view: dict[str, Any] | None,
    *,
    explain: bool = False,
) -> Iterator[bytes]:
    """What `flask rank` prints. data: the table; hashes: of what else went in; view: the calibrated one."""
    from judging.explaining import Explainer

    explainer = Explainer(ranking) if explain else None
    parts: dict[str, Any] = {
        "rule": ranking.rule.to_json(),
        "input_sha256": hashlib.sha256(data).hexdigest(),
        **hashes,
        "ranking": (_row(line, ranking.rule, explainer) for line in ranking.subjects),
        "tie_breaks": (taken.to_json() for taken in ranking.tie_breaks),
        "notes": list(ranking.notes),
    }
    if (pairs := ranking.pairs_json()) is not None:
        parts["pairs"] = pairs
    if view is not None:
        parts |= view
    return _object_text(parts)


def _row(line: RankedSubject, rule: Rule, explainer: Explainer | None) -> dict[str, Any]:
    row = line.to_json(rule)
    return row | {"explanation": explainer.explain(line.subject).to_json()} if explainer else row


def _object_text(parts: Mapping[str, Any]) -> Iterator[bytes]:
    """A JSON object, indented by two, piece by piece: that of a million marks is never whole in memory."""
    before = b"{\n"
    for key, value in parts.items():
        yield before + b"  " + _text(key, b"") + b": "
        if isinstance(value, Iterator):
            yield from _list_text(value)
        else:
            yield _text(value, b"  ")
        before = b",\n"
    yield b"\n}\n"


def _list_text(elements: Iterator[Any]) -> Iterator[bytes]:
    before = b"[\n"
    for element in elements:
        yield before + b"    " + _text(element, b"    ")
        before = b",\n"
    yield b"[]" if before == b"[\n" else b"\n  ]"


def _text(value: Any, indent: bytes) -> bytes:
    """The value as JSON whose further lines are indented; no text in JSON holds a line feed itself."""
    import orjson

    return orjson.dumps(value, option=orjson.OPT_INDENT_2).replace(b"\n", b"\n" + indent)


def _lines(ranking: Ranking) -> list[list[str]]:
    rows = ranking.to_json()
    names = [name for name in ranking.rule.criteria if ranking.rule.over == "criterion"]
    lines = [["rank", "subject", "total", "judges", "tied", "decided_by", *names]]
    for row in rows:
        results = [row["criteria"].get(name, {}).get("mean") or "" for name in names]
        tied = "yes" if row["tied"] else ""
        lines.append(
            [
                str(row["rank"]),
                row["subject"],
                row["total"],
                str(row["judges"]),
                tied,
                row["decided_by"] or "",
                *results,
            ]
        )
    return lines


def csv_text(ranking: Ranking, view: dict[str, Any] | None) -> str:
    """Names that a spreadsheet would take for a formula get an apostrophe in front."""
    lines = _lines(ranking)
    if view is not None:
        lines = _with_estimates(lines, view["calibrated"]["subjects"])
    text = [1, 5]  # columns of names; the header's cells of criteria are names, too
    result = io.StringIO()
    writer = csv.writer(result, lineterminator="\n")
    writer.writerow([_no_formula(cell) for cell in lines[0]])
    for line in lines[1:]:
        writer.writerow([_no_formula(cell) if place in text else cell for place, cell in enumerate(line)])
    return result.getvalue()


def _with_estimates(lines: list[list[str]], subjects: list[dict[str, Any]]) -> list[list[str]]:
    """The lines with columns of the calibrated view; a subject that it doesn't know has empty cells."""
    names = ("score", "low", "high", "rank", "rank_low", "rank_high")
    found = {row["subject"]: row for row in subjects}
    result = [[*lines[0], *(f"calibrated_{name}" for name in names)]]
    for line in lines[1:]:
        row = found.get(line[1], {})
        cells = [row.get(name) for name in names]
        result.append([*line, *("" if cell is None else str(cell) for cell in cells)])
    return result


def _no_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(tuple("=+-@＝＋－＠")) else cell


def table_text(ranking: Ranking, view: dict[str, Any] | None) -> str:
    """Aligned columns, and the calibrated view's tables below."""
    lines = _lines(ranking)
    table = text_table(lines, numbers={0, 2, 3, *range(6, len(lines[0]))})
    if view is None:
        return table
    from judging.calibrated_view import view_tables

    return table + view_tables(view)
