"""Where the database stands against the migrations in `migrations/versions`.

Alembic itself is loaded only by commands: twelve megabytes that no web worker needs.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from flask import Flask
from sqlalchemy import inspect, text

from config import ROOT
from core.db import db

FOLDER = ROOT / "migrations"
_REVISION = re.compile(r"^(down_)?revision = (?:'([^']*)'|\"([^\"]*)\"|None)", re.MULTILINE)


def enable(app: Flask) -> None:
    """Give `app` what Flask-Migrate's commands and functions work with."""
    from flask_migrate import Migrate

    Migrate().init_app(app, db, directory=str(FOLDER), render_as_batch=True, compare_type=True)


def newest_revision() -> str:
    """The revision that no other one stands on."""
    revisions: set[str] = set()
    stood_on: set[str] = set()
    for file in sorted((FOLDER / "versions").glob("*.py")):
        for down, single, double in _REVISION.findall(Path(file).read_text(encoding="utf-8")):
            (stood_on if down else revisions).add(single or double)
    (newest,) = revisions - stood_on
    return newest


def is_up_to_date() -> bool:
    """True when the database stands at the newest revision; False for an empty one."""
    connection = db.session.connection()
    if not inspect(connection).has_table("alembic_version"):
        return False
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == newest_revision()


def init_app(app: Flask) -> None:
    if os.environ.get("FLASK_RUN_FROM_CLI"):
        enable(app)
