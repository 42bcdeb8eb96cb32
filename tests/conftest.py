"""Fixtures: an application on an empty database, one factory per noun, a clock to turn, a counter of
queries."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, event, text

from app import create_app
from config import Settings
from core import clock, isolated, pages
from core.db import Base, db
from core.limits import limiter

# A busy machine is slow, not wrong.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def _make_settings(instance: Path) -> Settings:
    return Settings(
        INSTANCE=instance,
        DATABASE_URL=os.environ.get("TEST_DATABASE_URL", ""),
        SECRET_KEY="test-" + "0123456789abcdef" * 4,
        BASE_URL="http://localhost",
        RATE_LIMITS=False,
        LOG_LEVEL="ERROR",
    )


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all tests, on SQLite or on TEST_DATABASE_URL, with the schema of the models."""
    settings = _make_settings(tmp_path_factory.mktemp("instance"))
    if url := os.environ.get("TEST_DATABASE_URL"):
        _empty_postgresql(settings.database_url, url)
    application = create_app(settings)
    application.config["TESTING"] = True
    application.config["WTF_CSRF_ENABLED"] = False
    application.config["PROPAGATE_EXCEPTIONS"] = False
    application.test_client_class = Browser
    with application.app_context():
        db.create_all()
    yield application
    with application.app_context():
        db.engine.dispose()


def _empty_postgresql(address: str, shown: str) -> None:
    """Make the test database empty; it must be named as one, so that nobody's data are lost by a typing
    error."""
    if "test" not in address.rpartition("/")[2]:
        pytest.exit(f"TEST_DATABASE_URL names {shown!r}: its database must have 'test' in its name", 2)
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


@pytest.fixture(autouse=True)
def empty_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test that uses the application starts with empty tables and ends by emptying them."""
    if "app" not in request.fixturenames:
        yield
        return
    application: Flask = request.getfixturevalue("app")
    limiter.enabled = False  # one for all applications: another test's may have switched it on
    yield
    with application.app_context():
        db.session.remove()
        with db.engine.begin() as connection:
            # Only what the test filled: emptying all tables costs PostgreSQL more than most tests do.
            tables = list(reversed(Base.metadata.sorted_tables))
            filled = text(
                " UNION ALL ".join(
                    f'SELECT {number} WHERE EXISTS (SELECT 1 FROM "{table.name}")'
                    for number, table in enumerate(tables)
                )
            )
            if connection.dialect.name == "sqlite":
                connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            else:
                connection.execute(text("SET session_replication_role = replica"))  # in any order
            for number in sorted(connection.execute(filled).scalars()):
                connection.execute(tables[number].delete())
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET session_replication_role = DEFAULT"))
        pages._pages.clear()


@pytest.fixture(autouse=True)
def plans_are_computed_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planners of the roadshows likewise. Nobody stops them: they ask from threads, which know no
    database."""
    if request.node.get_closest_marker("own_process"):
        return
    apart = isolated.stream

    def stream(
        target: str, arguments: dict[str, Any], data: bytes = b"", **options: Any
    ) -> tuple[Any, bytes]:
        module, _, function = target.partition(":")
        if not module.startswith("roadshows."):
            return apart(target, arguments, data, **options)
        work = getattr(importlib.import_module(module), function)
        found: tuple[Any, bytes] = work(
            data, **arguments, progress=options["on_progress"], cancelled=lambda: False
        )
        return found

    monkeypatch.setattr(isolated, "stream", stream)


@pytest.fixture(autouse=True)
def judging_computes_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Solver and models without a process of their own, whose start takes seconds; `own_process` has it."""
    if request.node.get_closest_marker("own_process"):
        return
    apart = isolated.call

    def call(target: str, arguments: dict[str, Any], data: bytes = b"", **limits: Any) -> tuple[Any, bytes]:
        module, _, function = target.partition(":")
        if not module.startswith(("judging.", "roadshows.")):
            return apart(target, arguments, data, **limits)
        found: tuple[Any, bytes] = getattr(importlib.import_module(module), function)(data, **arguments)
        return found

    monkeypatch.setattr(isolated, "call", call)


class Browser(FlaskClient):
    """Serves each request in an application context of its own, as a server does.

    What the test has written until then is committed first, so that no lock of the test is in the way.
    """

    def open(self, *args: Any, **options: Any) -> Any:
        if has_app_context():
            db.session.commit()
        with self.application.app_context():
            return super().open(*args, **options)


@pytest.fixture
def ctx(app: Flask) -> Iterator[None]:
    """An application context in which a test may use `db.session` directly."""
    with app.app_context():
        yield
        db.session.rollback()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies that asks for English."""
    return app.test_client()


class Clock:
    """The server's clock under the test's hand."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def set(self, moment: datetime) -> None:
        self.moment = moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def turn_clock() -> Iterator[Clock]:
    """Replaces `core.clock.now` by one that stands still until the test moves it (starts 2026-06-01 00:00
    UTC)."""
    hand = Clock(datetime(2026, 6, 1, tzinfo=UTC))
    with clock.set_by(hand):
        yield hand


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], Any]:
    """`with count_queries() as seen:` collects the statements sent meanwhile (transaction control left
    out)."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                seen.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return counting


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test is a failure: a part that a test needs must be there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("JIACHI_CI") and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("Tests were skipped; in CI that is a failure.", red=True)
