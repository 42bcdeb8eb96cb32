"""Commands of no room: preparing the database, the demo edition, the periodic jobs."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from core import demo, jobs, migrations
from core.db import db

_BACKUPS_KEPT = 10


def need_database() -> None:
    """Leave with exit code 3 unless the database answers and holds our tables."""
    try:
        is_set_up = inspect(db.session.connection()).has_table("result")
    except OperationalError as error:
        click.echo(f"The database does not answer: {str(error.orig).strip().splitlines()[0]}", err=True)
        raise SystemExit(3) from None
    if not is_set_up:
        click.echo("The database is not set up. Run ./run.sh once, or: flask db upgrade", err=True)
        raise SystemExit(3)


@click.command("run-jobs")
@with_appcontext
def run_jobs() -> None:
    """Run every periodic job once (the server runs them by itself). Exit code 1 if one failed.

    Example: flask run-jobs
    """
    need_database()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    due = [job for job in jobs.periodic if job.run is not jobs.beat]  # this is no server that goes on
    failed = [job.name for job in due if not jobs.run_once(app, job)]
    for job in due:
        click.echo(f"{job.name}{': failed, see above' if job.name in failed else ''}", err=True)
    if failed:
        raise SystemExit(1)


@click.command("demo")
@click.option(
    "--size", default=240, show_default=True, type=click.IntRange(24, 2000), help="Number of teams."
)
@click.option("--seed", default=2016, show_default=True, help="The same seed gives the same edition.")
@with_appcontext
def load_demo(size: int, seed: int) -> None:
    """Load the demo edition, slug `demo`: rounds 1 and 2 published, final scored and published.

    Example: flask demo --size 60
    """
    need_database()
    if _has_edition(demo.SLUG):
        click.echo("There is already an edition with the slug 'demo'.", err=True)
        raise SystemExit(2)
    demo.load(size=size, seed=seed)
    click.echo(demo.sign_ins_file().read_text(encoding="utf-8"))


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Bring the database up to date (copying an existing one first) and load the demo into an empty one,
    unless BASE_URL is a public https address.

    Example: flask prepare
    """
    from flask_migrate import upgrade

    up_to_date = migrations.is_up_to_date()
    db.session.rollback()
    if not up_to_date:
        _copy_before_migrating()
        upgrade(directory=str(migrations.FOLDER))
        db.session.remove()
    is_empty = not db.session.execute(text("SELECT 1 FROM person LIMIT 1")).first()
    db.session.rollback()
    if is_empty and current_app.config["SETTINGS"].is_https:
        # Its passwords are known to everybody: not for a site that the public reaches.
        click.echo(
            "No demo under a public address. To begin: .venv/bin/flask make-admin YOUR-EMAIL", err=True
        )
    elif is_empty:
        click.echo("Loading the demo edition …", err=True)
        demo.load(size=240, seed=2016)
    if demo.sign_ins_file().exists():
        click.echo(demo.sign_ins_file().read_text(encoding="utf-8"), err=True)


def _has_edition(slug: str) -> bool:
    found = db.session.execute(text("SELECT 1 FROM edition WHERE slug = :slug"), {"slug": slug}).first()
    db.session.rollback()
    return found is not None


def _copy_before_migrating() -> None:
    """Copy an SQLite database that already holds something; PostgreSQL is the operator's to back up."""
    if db.engine.dialect.name != "sqlite" or not inspect(db.engine).has_table("person"):
        return
    source = Path(str(db.engine.url.database))
    folder = source.parent / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{source.stem}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.sqlite"
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    target.chmod(0o600)
    click.echo(f"Copied the database to {target} before migrating it.", err=True)
    for surplus in sorted(folder.glob(f"{source.stem}-*.sqlite"))[:-_BACKUPS_KEPT]:
        surplus.unlink()


def init_app(app: Flask) -> None:
    for command in (run_jobs, load_demo, prepare):
        app.cli.add_command(command)
