"""Commands of the competition room."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from competition import imports
from competition.models import Edition
from competition.operations import team_import
from core.cli import need_database
from core.db import db
from core.errors import Problem


@click.command("import-teams")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--edition", "slug", required=True, help="Slug of the edition that the teams enter.")
@click.option("--dry-run", is_flag=True, help="Report only; store nothing.")
@with_appcontext
def import_teams(file: Path, slug: str, dry_run: bool) -> None:
    """Read teams from an XLSX or CSV file: each becomes a submitted entry with a receipt number.

    All or nothing: with an error in any row nothing is stored. Prints what would be or was imported as JSON
    on standard output and the report by row on standard error. Exit codes: 0 done, 2 bad input, 3 the
    database is not set up.

    Example: flask import-teams teams.xlsx --edition cky-2026 --dry-run
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        _stop(f"{file}: {error.strerror}")
    need_database()
    edition = db.session.scalars(select(Edition).where(Edition.slug == slug)).one_or_none()
    if edition is None:
        _stop(f"There is no edition with the slug {slug!r}.")
    try:
        plan = imports.plan(edition, imports.read(data, file.name))
    except Problem as problem:
        _stop(f"{file}: {' '.join(str(text) for text in problem.fields.values()) or problem.detail}")
    for found in plan.problems:
        kind = "error" if found.is_error else "note"
        column = f", {found.column.en}" if found.column else ""
        click.echo(f"{file.name}: row {found.row}{column}: {kind}: {found.text}", err=True)
    for word in plan.ignored:
        click.echo(f"{file.name}: the column {word!r} is unknown and left out", err=True)
    if plan.errors:
        click.echo("Nothing was imported.", err=True)
        raise SystemExit(2)
    receipts: list[str | None] = []
    if not dry_run:
        try:
            entries = team_import.import_teams(edition=edition, plan=plan, who=None)
        except Problem as problem:
            _stop(str(problem.detail))
        receipts = [entry.receipt_number for entry in entries]
        db.session.commit()
    click.echo(
        json.dumps(
            {
                "edition": slug,
                "teams": len(plan.rows),
                "invitations": plan.invitations,
                "stored": not dry_run,
                "receipts": receipts,
            },
            ensure_ascii=False,
        )
    )


def _stop(message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(2)


commands: list[click.Command] = [import_teams]
