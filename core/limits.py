"""Throttling by address, far above what a hall of phones behind one address needs."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from core.access import person

limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="fixed-window", headers_enabled=False)

SIGN_IN = "60 per minute; 600 per hour"
"""Sign-in, sign-up and reset forms, a whole school behind one address included."""
COSTLY = "30 per minute"
"""Exports, imports and PDF pages."""
UPLOADS = "20 per minute; 120 per hour"
"""Documents of one person: what was replaced stays on disk for a day."""


def by_person() -> str:
    """Whose tries are counted together: the signed-in person's, from wherever they come."""
    who = person()
    return f"person {who.id}" if who else get_remote_address()


def init_app(app: Flask) -> None:
    app.config["RATELIMIT_ENABLED"] = app.config["SETTINGS"].RATE_LIMITS
    limiter.init_app(app)
