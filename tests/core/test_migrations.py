"""Every migration goes up, down and up again, and ends where the models are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from app import create_app
from config import ROOT, Settings
from core import migrations
from core.db import Base, db

MIGRATIONS = str(ROOT / "migrations")


@pytest.fixture
def bare_app(tmp_path: Path) -> Flask:
    """An application on a database without any table."""
    url = ""
    if configured := os.environ.get("TEST_DATABASE_URL"):
        url = configured + "_migrations"
        server = create_engine(Settings(DATABASE_URL=configured).database_url, isolation_level="AUTOCOMMIT")
        name = url.rpartition("/")[2]
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        server.dispose()
    app = create_app(
        Settings(
            INSTANCE=tmp_path, DATABASE_URL=url, SECRET_KEY="k" * 40, LOG_LEVEL="ERROR", RATE_LIMITS=False
        )
    )
    migrations.enable(app)
    return app


def test_up_down_up_and_equal_to_the_models(bare_app: Flask) -> None:
    revisions = [script.revision for script in ScriptDirectory(MIGRATIONS).walk_revisions()][::-1]
    with bare_app.app_context():
        for revision in revisions:
            upgrade(MIGRATIONS, revision)
        downgrade(MIGRATIONS, "base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        assert not migrations.is_up_to_date()
        db.session.rollback()
        upgrade(MIGRATIONS, "head")
        assert migrations.newest_revision() == ScriptDirectory(MIGRATIONS).get_current_head()
        assert migrations.is_up_to_date()
        db.session.rollback()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    "compare_type": _compare_type,
                    "target_metadata": Base.metadata,
                    "render_as_batch": True,
                },
            )
            assert compare_metadata(context, Base.metadata) == []
            migrated = _guards(connection)
        assert migrated
        Base.metadata.drop_all(db.engine)
        Base.metadata.create_all(db.engine)
        with db.engine.connect() as connection:
            assert _guards(connection) == migrated
        db.session.remove()
        db.engine.dispose()


def _guards(connection: Connection) -> set[str]:
    """The triggers, in the database's own words."""
    if connection.dialect.name == "sqlite":
        statement = "SELECT sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        statement = (
            "SELECT pg_get_triggerdef(t.oid) || pg_get_functiondef(t.tgfoid) FROM pg_trigger t "
            "WHERE NOT t.tgisinternal"
        )
    return set(connection.execute(text(statement)).scalars())


def _compare_type(_context, _inspected, _metadata, inspected_type, metadata_type):  # type: ignore[no-untyped-def]
    return False if type(metadata_type).__name__ in ("JSONValue", "TrilingualText") else None


def test_what_was_stored_before_0002_stays_and_gets_the_new_defaults(bare_app: Flask) -> None:
    moment = "2026-01-02 03:04:05.000000"
    empty = '{"zh": "", "ko": "", "en": ""}'
    rows = {
        "contest": {"name": empty, "hosts": empty, "slug": "c", "created_at": moment, "version": 1},
        "edition": {
            **dict.fromkeys(("name", "theme", "about", "place", "issuers"), empty),
            "contest_id": 1,
            "slug": "e",
            "year": 2026,
            "state": "public",
            "is_demo": False,
            "imported_from": "",
            "team_least": 1,
            "team_most": 8,
            "notice_days": 5,
            "eligibility": "[]",
            "receipt_prefix": "",
            "created_at": moment,
            "version": 1,
        },
        "judge": {
            "key": "judge0000001",
            "edition_id": 1,
            "name": "张伟",
            "name_latin": "",
            "email": "",
            "affiliation": empty,
            "country": "CN",
            "languages": '["zh"]',
            "expertise": "[]",
            "is_head": False,
            "version": 1,
        },
        "team": {
            "key": "team00000001",
            "edition_id": 1,
            "name": "蓉漂",
            "name_key": "蓉漂",
            "name_latin": "",
            "country": "CN",
            "affiliation": "",
            "affiliation_key": "",
            "company_number": "",
            "phone": "",
            "shown_publicly": False,
            "created_at": moment,
            "version": 1,
        },
    }
    with bare_app.app_context():
        upgrade(MIGRATIONS, "0001")
        for table, row in rows.items():
            names = ", ".join(f'"{name}"' for name in row)
            values = ", ".join(f":{name}" for name in row)
            db.session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
        db.session.commit()
        upgrade(MIGRATIONS, "head")
        judge = db.session.execute(text("SELECT * FROM judge")).mappings().one()
        assert (judge["name"], bool(judge["takes_interpreter"]), judge["background"]) == ("张伟", True, None)
        assert db.session.execute(text("SELECT investors FROM team")).scalar_one() == ""
        with pytest.raises(IntegrityError, match="ck_judge_loads"):
            db.session.execute(text("UPDATE judge SET least_load = 5, most_load = 3"))
        db.session.rollback()
        downgrade(MIGRATIONS, "0001")
        assert db.session.execute(text("SELECT name FROM judge")).scalar_one() == "张伟"
        db.session.remove()
        db.engine.dispose()
