"""Commands of the room."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from certificates import operations, queries
from competition.models import Edition
from core import clock, files
from core.cli import need_database
from core.db import db
from core.errors import Conflict
from core.pdf import missing_parts


@click.command("issue-certificates")
@click.argument("slug")
@click.option("--per-member", is_flag=True, help="One for each member instead of one for each team.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Also write the PDFs into this folder."
)
@with_appcontext
def issue_certificates(slug: str, per_member: bool, out: Path | None) -> None:
    """Issue the award certificates of the edition SLUG from its final results, and make their PDFs.

    Example: flask issue-certificates demo --out certificates/
    """
    need_database()
    edition = db.session.scalars(select(Edition).where(Edition.slug == slug)).one_or_none()
    if edition is None:
        click.echo(f"There is no edition with the slug {slug!r}.", err=True)
        raise SystemExit(2)
    if missing := missing_parts():
        click.echo(f"PDFs can't be made: please install {' '.join(missing)}", err=True)
        raise SystemExit(3)
    try:
        operations.issue_awards(
            edition=edition, per_member=per_member, issued_on=clock.now().date(), who=None
        )
    except Conflict:
        click.echo(f"No result of {slug!r} is final yet, so there is nothing to certify.", err=True)
        raise SystemExit(1) from None
    db.session.commit()
    while operations.render_pending():
        pass
    for certificate in queries.active_certificates(edition, operations.AWARD).values():
        click.echo(
            f"{certificate.number}\t{certificate.payload['name']}\t{certificate.payload['prize']['en']}"
        )
        if out and certificate.file:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{certificate.number}.pdf").write_bytes(files.read(certificate.file))
    db.session.rollback()


commands: list[click.Command] = [issue_certificates]
