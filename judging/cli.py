"""Commands that judge files: a score table in, a ranking out. `rank` needs no database."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.core import ParameterSource

from judging.assign_cli import assign
from judging.import_cli import import_scores
from judging.text_tables import text_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from judging.ranking import Mark, Ranking

_NOTES = {
    "unequal_panels": "This method adds up what judges give, but subjects have different numbers of judges.",
    "incomplete_sheets": "Some judges left criteria unmarked; such sheets were left out.",
}
_NO, _BAD_INPUT, _MISSING_PART = 1, 2, 3

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
@click.option("--calibrate", is_flag=True, help="Add the calibrated view and how far judges agree.")
@click.option(
    "--method",
    type=click.Choice(["additive", "robust", "scale", "rasch"]),
    default="additive",
    show_default=True,
    help="Model of the calibrated view.",
)
@click.option(
    "--draws", type=click.IntRange(1, 1_000_000), default=4000, show_default=True, help="For intervals."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the draws.")
def rank_command(
    scores: Path,
    rule_file: Path | None,
    out: Path | None,
    shape: str | None,
    calibrate: bool,
    method: str,
    draws: int,
    seed: int,
) -> None:
    """Rank a table of scores by a rule, exactly, and say how every total came about.

    SCORES.csv is UTF-8 with the header judge,subject,criterion,score; a missing mark is an absent row,
    further columns are ignored. RULE.json may hold criteria, direction, aggregate, weights, rounding,
    minimum_judges, ties and decisions; docs/ranking.md explains them. --calibrate changes nothing in the
    ranking: it adds estimates beside it. Exit code 1: too few judges for the rule; 2: bad input, with file,
    row and field; 3: a library is missing.

    Example: flask rank scores.csv --rule rule.json --calibrate --format table
    """
    from judging.problems import MarkError, RankingRefused, RuleError
    from judging.ranking import rank
    from judging.score_table import TableError, read_rule, read_scores

    data = _read(scores)
    try:
        rule = read_rule(_read(rule_file) if rule_file else b"{}", rule_file.name if rule_file else "rule")
        table = read_scores(data, scores.name)
        table.check(rule)
        ranking = rank(table.marks, rule, submitted=table.submitted)
    except RuleError as error:
        _fail(f"{rule_file.name if rule_file else 'rule'}: {error}", _BAD_INPUT)
    except MarkError as error:
        _fail(str(table.at_fault(error)), _BAD_INPUT)
    except TableError as error:
        _fail(str(error), _BAD_INPUT)
    except RankingRefused as error:
        _fail(str(error), _NO)
    except ImportError as error:  # the tie step `calibrated`
        _fail_for_missing(error)
    view = _calibrated(ranking, table.marks, method, draws, seed) if calibrate else None
    if view is None and _was_given("method", "draws", "seed"):
        click.echo("Note: without --calibrate, --method, --draws and --seed do nothing.", err=True)

    shape = shape or ("table" if out is None and sys.stdout.isatty() else "json")
    if shape == "json":
        result = _json(ranking, data, view)
    elif shape == "csv":
        result = _csv(ranking, view).encode()
    else:
        result = _table(ranking, view).encode()
    if out is None:
        click.echo(result, nl=False)
    else:
        _write(out, result, not_over=[scores, rule_file])
    for note in ranking.notes:
        click.echo(f"Note: {_NOTES[note]}", err=True)
    for text in view["calibrated"]["notes"] if view else ():
        click.echo(f"Note: {text}", err=True)


commands: list[click.Command] = [rank_command, import_scores, assign]


def _fail(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(code)


def _was_given(*options: str) -> bool:
    context = click.get_current_context()
    return any(context.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in options)


def _fail_for_missing(error: ImportError) -> NoReturn:
    _fail(f"{error.name} is not installed; run: pip install -r requirements.txt", _MISSING_PART)


def _calibrated(
    ranking: Ranking, marks: Sequence[Mark], method: str, draws: int, seed: int
) -> dict[str, Any]:
    from judging.problems import JudgingError

    try:
        from judging.calibrated_view import calibrated_view

        return calibrated_view(marks, ranking.rule, method=method, draws=draws, seed=seed)
    except ImportError as error:
        _fail_for_missing(error)
    except JudgingError as error:
        _fail(f"--method {method}: {error}", _BAD_INPUT)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        _fail(f"{file}: {error.strerror}", _BAD_INPUT)


def _write(out: Path, data: bytes, *, not_over: list[Path | None]) -> None:
    """Replace `out` in one step, so that nobody ever reads half a result; never the input."""
    try:
        if out.exists() and any(source and out.samefile(source) for source in not_over):
            _fail(f"{out}: is the input; choose another file", _BAD_INPUT)
        if out.exists() and not out.is_file():  # /dev/stdout, a pipe
            out.write_bytes(data)
            return
        with tempfile.TemporaryDirectory(prefix=".rank-", dir=out.parent) as folder:
            draft = Path(folder) / "draft"
            draft.write_bytes(data)
            os.replace(draft, out)
    except OSError as error:
        _fail(f"{out}: {error.strerror}", _BAD_INPUT)


def _json(ranking: Ranking, data: bytes, view: dict[str, Any] | None) -> bytes:
    import orjson

    result: dict[str, Any] = {
        "rule": ranking.rule.to_json(),
        "input_sha256": hashlib.sha256(data).hexdigest(),
        "ranking": ranking.to_json(),
        "tie_breaks": [taken.to_json() for taken in ranking.tie_breaks],
        "notes": list(ranking.notes),
    }
    if (pairs := ranking.pairs_json()) is not None:
        result["pairs"] = pairs
    if view is not None:
        result |= view
    return orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


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


def _csv(ranking: Ranking, view: dict[str, Any] | None) -> str:
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


def _table(ranking: Ranking, view: dict[str, Any] | None) -> str:
    lines = _lines(ranking)
    table = text_table(lines, numbers={0, 2, 3, *range(6, len(lines[0]))})
    if view is None:
        return table
    from judging.calibrated_view import view_tables

    return table + view_tables(view)
