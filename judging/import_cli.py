"""The command that makes an edition out of a published score table."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import with_appcontext

_NO, _BAD_INPUT = 1, 2

_readable = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command("import-scores")
@click.argument("scores", metavar="FILE.csv", type=_readable)
@click.option(
    "--new-edition", "slug", metavar="SLUG", required=True, help="Address of the edition to be made."
)
@click.option(
    "--rule", "rule_file", metavar="RULE.json", type=_readable, help="The rule; default: plain mean."
)
@click.option("--publish", is_flag=True, help="Publish the result, marked as imported, without signatures.")
@click.option("--name", metavar="TEXT", default="", help="Name of the edition; default: SLUG.")
@click.option(
    "--source", metavar="TEXT", default="", help="Where the table is from; default: the file's name."
)
@with_appcontext
def import_scores(
    scores: Path, slug: str, rule_file: Path | None, publish: bool, name: str, source: str
) -> None:
    """Make an edition with entries, judges, rubric, submitted sheets and result out of a score table.

    FILE.csv and RULE.json are as for `flask rank`. All or nothing. With --publish the result is a public,
    final snapshot that says on every page that it was imported from a published protocol; otherwise the
    edition is a draft for organizers. Exit code 1: no result that can be published (too few judges, a tie
    on a prize); 2: bad input, with file, row and field, or a SLUG that is taken; 3: the database is not set
    up.

    Example: flask import-scores scores.csv --new-edition worlds-2017 --rule rule.json --publish
    """
    from core.cli import need_database
    from core.db import db
    from judging.imports import LONGEST_SOURCE, ImportRefused, ResultRefused
    from judging.imports import import_scores as build
    from judging.problems import MarkError, RankingRefused, RuleError
    from judging.score_table import TableError, read_rule, read_scores

    need_database()
    rule_name = rule_file.name if rule_file else "rule"
    try:
        data = scores.read_bytes()
        rule_data = rule_file.read_bytes() if rule_file else b"{}"
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}", _BAD_INPUT)
    origin = source or f"{scores.name}, SHA-256 {hashlib.sha256(data).hexdigest()[:16]}…"
    if len(origin) > LONGEST_SOURCE:
        _fail(f"--source: is longer than {LONGEST_SOURCE} characters", _BAD_INPUT)
    try:
        rule = read_rule(rule_data, rule_name)
        table = read_scores(data, scores.name)
        table.check(rule)
        made = build(table, rule, slug=slug, source=origin, name=name, publish=publish)
        db.session.commit()
    except RuleError as error:
        _undo(f"{rule_name}: {error}", _BAD_INPUT)
    except MarkError as error:
        _undo(str(table.at_fault(error)), _BAD_INPUT)
    except (TableError, ImportRefused) as error:
        _undo(str(error), _BAD_INPUT)
    except (RankingRefused, ResultRefused) as error:
        _undo(str(error), _NO)
    click.echo(_summary(made.edition.slug, made.round.slug, made.result), err=True)
    if made.result:
        click.echo(made.result.sha256)


def _summary(edition: str, round_: str, result: object) -> str:
    if result is None:
        return f"Made the draft edition {edition}; its round {round_} is scored, nothing is published."
    return (
        f"Made the edition {edition} and published its result at /en/e/{edition}/results/{round_}; SHA-256:"
    )


def _undo(message: str, code: int) -> NoReturn:
    from core.db import db

    db.session.rollback()
    _fail(message, code)


def _fail(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(code)
