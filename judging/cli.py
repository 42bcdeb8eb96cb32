"""Commands that judge files: a score table in, a ranking out. `rank` needs no database."""

from __future__ import annotations

import csv
import gc
import hashlib
import io
import os
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from judging.import_cli import import_scores

if TYPE_CHECKING:
    from judging.explaining import Explainer
    from judging.ranking import RankedSubject, Ranking
    from judging.rules import Rule

_NOTES = {
    "unequal_panels": "This method adds up what judges give, but subjects have different numbers of judges.",
    "incomplete_sheets": "Some judges left criteria unmarked; such sheets were left out.",
}
_NO, _BAD_INPUT = 1, 2

_readable = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command("rank")
@click.argument("scores", metavar="SCORES.csv", type=_readable)
@click.option("--rule", "rule_file", metavar="RULE.json", type=_readable, help="Default: plain mean.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Default: standard output.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["json", "csv", "table"]),
    help="Default: table on a terminal, else json.",
)
@click.option(
    "--carried",
    "carried_files",
    metavar="ROUND=RESULT.json",
    multiple=True,
    help="Result of an earlier round, for a rule with stages. Can be given several times.",
)
@click.option(
    "--adjustments",
    "adjustment_file",
    metavar="FILE.csv",
    type=_readable,
    help="Bonus and deductions: subject,points,reason.",
)
@click.option("--explain", is_flag=True, help="In JSON: every step to each total, with exact figures.")
def rank_command(
    scores: Path,
    rule_file: Path | None,
    out: Path | None,
    shape: str | None,
    carried_files: tuple[str, ...],
    adjustment_file: Path | None,
    explain: bool,
) -> None:
    """Rank a table of scores by a rule, exactly, and say how every total came about.

    SCORES.csv is UTF-8 with the header judge,subject,criterion,score; a missing mark is an absent row,
    further columns are ignored. RULE.json may hold criteria, direction, aggregate, weights, rounding,
    minimum_judges, ties, decisions, stages, adjustments, prizes and advance; docs/ranking.md explains them.
    Exit code 1: too few judges for the rule; 2: bad input, with file, row and field.

    Example: flask rank scores.csv --rule rule.json --format table
    """
    from judging.problems import MarkError, RankingRefused, RuleError
    from judging.ranking import rank
    from judging.score_table import TableError, read_rule, read_scores
    from judging.stage_files import read_adjustments, read_carried

    # A large table makes millions of objects that all live until the end; looking for garbage among them
    # again and again takes a fifth of the time.
    gc.disable()
    click.get_current_context().call_on_close(gc.enable)
    data = _read(scores)
    earlier = _earlier_rounds(carried_files)
    results = {name: _read(file) for name, file in earlier.items()}
    extra = _read(adjustment_file) if adjustment_file else None
    try:
        rule = read_rule(_read(rule_file) if rule_file else b"{}", rule_file.name if rule_file else "rule")
        table = read_scores(data, scores.name)
        table.check(rule)
        carried = {name: read_carried(content, earlier[name].name, rule) for name, content in results.items()}
        adjustments = None
        if adjustment_file and extra is not None:
            marked = {mark.subject for mark in table.marks}
            adjustments = read_adjustments(extra, adjustment_file.name, marked)
        ranking = rank(table.marks, rule, submitted=table.submitted, carried=carried, adjustments=adjustments)
    except RuleError as error:
        _fail(f"{rule_file.name if rule_file else 'rule'}: {error}", _BAD_INPUT)
    except MarkError as error:
        _fail(str(table.at_fault(error)), _BAD_INPUT)
    except TableError as error:
        _fail(str(error), _BAD_INPUT)
    except RankingRefused as error:
        _fail(str(error), _NO)

    shape = shape or ("table" if out is None and sys.stdout.isatty() else "json")
    if shape == "json":
        result = _json(ranking, data, _hashes(results, extra), explain=explain)
    elif shape == "csv":
        result = iter([_csv(ranking).encode()])
    else:
        result = iter([_table(ranking).encode()])
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(result)
        sys.stdout.buffer.flush()
    else:
        _write(out, result, not_over=[scores, rule_file, adjustment_file, *earlier.values()])
    for note in ranking.notes:
        click.echo(f"Note: {_NOTES[note]}", err=True)


commands: list[click.Command] = [rank_command, import_scores]


def _fail(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(code)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        _fail(f"{file}: {error.strerror}", _BAD_INPUT)


def _write(out: Path, data: Iterator[bytes], *, not_over: list[Path | None]) -> None:
    """Replace `out` in one step, so that nobody ever reads half a result; never the input."""
    try:
        if out.exists() and any(source and out.samefile(source) for source in not_over):
            _fail(f"{out}: is the input; choose another file", _BAD_INPUT)
        if out.exists() and not out.is_file():  # /dev/stdout, a pipe
            with out.open("wb") as stream:
                stream.writelines(data)
            return
        with tempfile.TemporaryDirectory(prefix=".rank-", dir=out.parent) as folder:
            draft = Path(folder) / "draft"
            with draft.open("wb") as stream:
                stream.writelines(data)
            os.replace(draft, out)
    except OSError as error:
        _fail(f"{out}: {error.strerror}", _BAD_INPUT)


def _earlier_rounds(given: tuple[str, ...]) -> dict[str, Path]:
    """Files by round, from ROUND=FILE."""
    found: dict[str, Path] = {}
    for text in given:
        name, sign, file = text.partition("=")
        if not sign or not name or not file:
            _fail(f"--carried: {text!r} is not ROUND=RESULT.json", _BAD_INPUT)
        if name in found:
            _fail(f"--carried: the round {name!r} is given twice", _BAD_INPUT)
        found[name] = Path(file)
    return found


def _hashes(results: dict[str, bytes], adjustments: bytes | None) -> dict[str, Any]:
    """What else went into the ranking; nothing where nothing did."""
    found: dict[str, Any] = {}
    if results:
        found["carried_sha256"] = {name: hashlib.sha256(data).hexdigest() for name, data in results.items()}
    if adjustments is not None:
        found["adjustments_sha256"] = hashlib.sha256(adjustments).hexdigest()
    return found


def _json(ranking: Ranking, data: bytes, hashes: dict[str, Any], *, explain: bool = False) -> Iterator[bytes]:
    from judging.explaining import Explainer

    explainer = Explainer(ranking) if explain else None
    parts = {
        "rule": ranking.rule.to_json(),
        "input_sha256": hashlib.sha256(data).hexdigest(),
        **hashes,
        "ranking": (_row(line, ranking.rule, explainer) for line in ranking.subjects),
        "tie_breaks": (taken.to_json() for taken in ranking.tie_breaks),
        "notes": list(ranking.notes),
    }
    if (pairs := ranking.pairs_json()) is not None:
        parts["pairs"] = pairs
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


def _csv(ranking: Ranking) -> str:
    """Names that a spreadsheet would take for a formula get an apostrophe in front."""
    lines = _lines(ranking)
    text = [1, 5]  # columns of names; the header's cells of criteria are names, too
    result = io.StringIO()
    writer = csv.writer(result, lineterminator="\n")
    writer.writerow([_no_formula(cell) for cell in lines[0]])
    for line in lines[1:]:
        writer.writerow([_no_formula(cell) if place in text else cell for place, cell in enumerate(line)])
    return result.getvalue()


def _no_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(tuple("=+-@＝＋－＠")) else cell


def _table(ranking: Ranking) -> str:
    lines = _lines(ranking)
    used = [place for place in range(len(lines[0])) if any(line[place] for line in lines[1:])]
    widths = {place: max(_width(line[place]) for line in lines) for place in used}
    numbers = {0, 2, 3, *range(6, len(lines[0]))}
    rows = []
    for line in lines:
        cells = []
        for place in used:
            space = " " * (widths[place] - _width(line[place]))
            cells.append(space + line[place] if place in numbers else line[place] + space)
        rows.append("  ".join(cells).rstrip())
    return "\n".join(rows) + "\n"


def _width(text: str) -> int:
    """Columns on a terminal: Chinese and Korean characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
