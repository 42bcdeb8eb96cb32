"""`flask rank`: a score table in, a ranking out; needs no database."""

from __future__ import annotations

import gc
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.core import ParameterSource

if TYPE_CHECKING:
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
    carried_files: tuple[str, ...],
    adjustment_file: Path | None,
    explain: bool,
    calibrate: bool,
    method: str,
    draws: int,
    seed: int,
) -> None:
    """Rank a table of scores by a rule, exactly, and say how every total came about.

    SCORES.csv is UTF-8 with the header judge,subject,criterion,score; a missing mark is an absent row,
    further columns are ignored. RULE.json may hold criteria, direction, aggregate, weights, rounding,
    minimum_judges, ties, decisions, stages, adjustments, prizes and advance; docs/ranking.md explains them.
    --calibrate changes nothing in the ranking: it adds estimates beside it. Exit code 1: too few judges for
    the rule; 2: bad input, with file, row and field; 3: a library is missing.

    Example: flask rank scores.csv --rule rule.json --calibrate --format table
    """
    from judging import ranking_output
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
    except ImportError as error:  # the tie step `calibrated`
        _fail_for_missing(error)
    view = _calibrated(ranking, table.marks, method, draws, seed) if calibrate else None
    if view is None and _was_given("method", "draws", "seed"):
        click.echo("Note: without --calibrate, --method, --draws and --seed do nothing.", err=True)

    shape = shape or ("table" if out is None and sys.stdout.isatty() else "json")
    if shape == "json":
        result = ranking_output.json_text(ranking, data, _hashes(results, extra), view, explain=explain)
    elif shape == "csv":
        result = iter([ranking_output.csv_text(ranking, view).encode()])
    else:
        result = iter([ranking_output.table_text(ranking, view).encode()])
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(result)
        sys.stdout.buffer.flush()
    else:
        _write(out, result, not_over=[scores, rule_file, adjustment_file, *earlier.values()])
    for note in ranking.notes:
        click.echo(f"Note: {_NOTES[note]}", err=True)
    for text in view["calibrated"]["notes"] if view else ():
        click.echo(f"Note: {text}", err=True)


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

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices this small are slower on several
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
