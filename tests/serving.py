"""A real server for tests: gunicorn as users run it, on a database and a port of its own, and people who use
it."""

from __future__ import annotations

import html
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, text

from app import create_app
from config import ROOT, Settings
from core import migrations

SECRET_KEY = "server-tests-" + "0123456789abcdef" * 3


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running installation: its address, and the application for looking into its database."""

    url: str
    instance: Path
    app: Flask
    wsgi_app: str
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def log(self) -> Path:
        return self.instance / "server.log"

    def start(self) -> None:
        """Start it, also again after a `kill`, and wait until it is ready."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), self.wsgi_app],
                cwd=ROOT,
                env=dict(self.environment),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        _wait_until_ready(self)

    def kill(self) -> None:
        """As a power cut does: every process of the server at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


def settings_for(instance: Path, port: int) -> Settings:
    """SQLite in the instance; on PostgreSQL a database of its own beside TEST_DATABASE_URL's."""
    url = ""
    if configured := os.environ.get("TEST_DATABASE_URL"):
        url = f"{configured}_server_{uuid.uuid4().hex[:8]}"
    return Settings(
        INSTANCE=instance,
        DATABASE_URL=url,
        SECRET_KEY=SECRET_KEY,
        BASE_URL=f"http://127.0.0.1:{port}",
        RATE_LIMITS=False,
        LOG_LEVEL="WARNING",
    )


@contextmanager
def serving(
    instance: Path, *, wsgi_app: str = "app:create_app()", environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Migrate a fresh database and serve it until the block ends; the whole process group is ended then."""
    instance.mkdir(parents=True, exist_ok=True)
    port = free_port()
    settings = settings_for(instance, port)
    name = _create_postgresql(settings)
    variables = {
        **os.environ,
        "INSTANCE": str(instance),
        "DATABASE_URL": settings.DATABASE_URL,
        "SECRET_KEY": SECRET_KEY,
        "BASE_URL": settings.BASE_URL,
        "RATE_LIMITS": "false",
        "LOG_LEVEL": "WARNING",
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
        "MALLOC_ARENA_MAX": "1",  # as in run.sh
        **(environment or {}),
    }
    application = create_app(settings)
    migrations.enable(application)
    with application.app_context():
        from flask_migrate import upgrade

        upgrade(str(ROOT / "migrations"))
    server = Server(settings.BASE_URL, instance, application, wsgi_app, variables)
    try:
        server.start()
        yield server
    finally:
        if server.process.poll() is None:
            os.killpg(server.process.pid, signal.SIGTERM)
            try:
                server.process.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
        with application.app_context():
            from core.db import db

            db.session.remove()
            db.engine.dispose()
        if name:
            _drop_postgresql(settings, name)


def _wait_until_ready(server: Server) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if server.process.poll() is not None:
            raise RuntimeError(f"the server ended: {server.log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(f"{server.url}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not answer: {server.log.read_text()[-3000:]}")


def _create_postgresql(settings: Settings) -> str | None:
    if not settings.DATABASE_URL:
        return None
    name = settings.DATABASE_URL.rpartition("/")[2]
    _postgresql(settings, f'CREATE DATABASE "{name}"')
    return name


def _drop_postgresql(settings: Settings, name: str) -> None:
    _postgresql(settings, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _postgresql(settings: Settings, statement: str) -> None:
    configured = Settings(DATABASE_URL=os.environ["TEST_DATABASE_URL"]).database_url
    engine = create_engine(configured, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@dataclass
class Answer:
    """What came back, redirects not followed."""

    status: int
    body: str
    headers: Any

    @property
    def location(self) -> str:
        return str(self.headers.get("Location", ""))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


@dataclass
class Browser:
    """Somebody without a screen: keeps cookies, knows how to send a form of a page."""

    server: Server
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def __post_init__(self) -> None:
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar), _NoRedirect(), urllib.request.ProxyHandler({})
        )

    def send(
        self, method: str, path: str, data: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        request = urllib.request.Request(
            self.server.url + path, data=data, headers=dict(headers or {}), method=method
        )
        try:
            with self._opener.open(request, timeout=60) as answer:
                return Answer(answer.status, answer.read().decode("utf-8", "replace"), answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode("utf-8", "replace"), error.headers)

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def hidden(self, path: str) -> dict[str, str]:
        """The hidden inputs of the page at `path`: CSRF token, idempotency key, version."""
        page = self.get(path).body
        found = {}
        for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page):
            name = re.search(r'name="([^"]*)"', tag)
            value = re.search(r'value="([^"]*)"', tag)
            if name:
                found[name[1]] = html.unescape(value[1]) if value else ""
        return found

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        data = urllib.parse.urlencode(fields).encode()
        return self.send("POST", path, data, {"Content-Type": "application/x-www-form-urlencoded"})


def browser_of(server: Server, person_id: int) -> Browser:
    """A browser in which the person is signed in (the sign-in row is written straight into the database)."""
    import secrets
    from datetime import timedelta

    from accounts.models import SignIn
    from accounts.sessions import sha256
    from core import clock
    from core.db import db

    token = secrets.token_urlsafe(24)
    with server.app.app_context():
        db.session.add(
            SignIn(
                token_sha256=sha256(token), person_id=person_id, expires_at=clock.now() + timedelta(days=1)
            )
        )
        db.session.commit()
    serializer = server.app.session_interface.get_signing_serializer(server.app)  # type: ignore[attr-defined]
    assert serializer is not None
    value = serializer.dumps({"_user_id": token, "_fresh": True, "_permanent": True})
    browser = Browser(server)
    browser.jar.set_cookie(
        http.cookiejar.Cookie(
            0,
            "jiachi",
            value,
            None,
            False,
            "127.0.0.1",
            False,
            False,
            "/",
            True,
            False,
            None,
            False,
            None,
            None,
            {},
        )
    )
    return browser


@contextmanager
def looking_into(server: Server) -> Iterator[None]:
    """The server's database, for a moment; nothing of the session stays."""
    from core.db import db

    with server.app.app_context():
        try:
            yield
        finally:
            db.session.remove()
