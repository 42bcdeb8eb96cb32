"""Commands of no room."""

from __future__ import annotations

import click
from flask import Flask, current_app

from core import jobs


@click.command("run-jobs")
def run_jobs() -> None:
    """Run every periodic job once and say what it did (the server runs them by itself).

    Example: flask run-jobs
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    for job in jobs.periodic:
        jobs.run_once(app, job)
        click.echo(job.name, err=True)


def init_app(app: Flask) -> None:
    app.cli.add_command(run_jobs)
