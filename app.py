"""Jiachi, from top to bottom: what the platform is made of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from flask import Flask
from flask.json.provider import JSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

import accounts
import certificates
import competition
import core.access
import core.assets
import core.cli
import core.db
import core.errors
import core.languages
import core.limits
import core.logs
import core.migrations
import core.security
import core.template_tools
import core.views
import judging
import roadshows
from config import Settings

ROOMS = (accounts, competition, judging, certificates, roadshows)


class OrjsonProvider(JSONProvider):
    """JSON by orjson; duplicate keys are not its business, NaN and lone surrogates are refused."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        return orjson.dumps(obj, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        return orjson.loads(s)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application. Raises RuntimeError when an address has no access rule."""
    settings = settings or Settings()
    core.logs.configure(settings.LOG_LEVEL)

    app = Flask(__name__, static_folder=None)
    app.json = OrjsonProvider(app)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key(),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        TRUSTED_HOSTS=settings.trusted_hosts,
        MAX_CONTENT_LENGTH=settings.UPLOAD_LIMIT + 2 * 1024 * 1024,
        MAX_FORM_PARTS=400,
        SESSION_COOKIE_NAME="__Host-jiachi" if settings.is_https else "jiachi",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        WTF_CSRF_TIME_LIMIT=None,
        ICP_NUMBER=settings.ICP_NUMBER,
    )

    core.security.init_app(app)
    core.languages.init_app(app)
    core.db.init_app(app)
    core.migrations.init_app(app)
    core.errors.init_app(app)
    core.access.init_app(app)
    core.limits.init_app(app)
    core.template_tools.init_app(app)
    core.views.init_app(app)
    core.cli.init_app(app)
    for room in ROOMS:
        room.init_app(app)

    core.access.refuse_undeclared(app)
    core.assets.init_app(app)
    if settings.PROXIES:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.PROXIES, x_proto=settings.PROXIES)  # type: ignore[method-assign]
    return app
