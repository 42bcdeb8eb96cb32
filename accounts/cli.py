"""Commands of this room."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from accounts import operations
from accounts.addresses import email_key, normal_email
from accounts.models import Person
from accounts.sessions import revoke_all
from core import audit
from core.cli import need_database
from core.db import db
from core.errors import BadInput
from core.languages import LANGUAGES


@click.command("make-admin")
@click.argument("email")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", help="of a new account's pages")
@with_appcontext
def make_admin(email: str, language: str) -> None:
    """Make EMAIL a site administrator and print a link to choose a password.

    The account is made if there is none. The link is good once, for 30 minutes; run the command again for
    another.

    Example: flask make-admin office@example.com
    """
    try:
        address = normal_email(email)
    except BadInput:
        click.echo(f"{email!r} is not one e-mail address.", err=True)
        sys.exit(2)
    need_database()
    person = operations.person_by_email(address)
    if person is None:
        person = Person(
            email=address,
            email_key=email_key(address),
            name=address.partition("@")[0][:80],
            language=language,
        )
        db.session.add(person)
        db.session.flush()
    if not person.is_site_admin:
        person.is_site_admin = True
        revoke_all(person)
        audit.record("person.made_admin", person)
    operations.enable(person)
    link = current_app.config["SETTINGS"].base_url + operations.make_reset_link(person)
    db.session.commit()
    click.echo(f"{address} is a site administrator. To choose a password, within 30 minutes:", err=True)
    click.echo(link)


commands: list[click.Command] = [make_admin]
