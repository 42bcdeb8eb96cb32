"""Throttling by address, far above what a hall of phones behind one address needs."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="fixed-window", headers_enabled=False)

SIGN_IN = "60 per minute; 600 per hour"
"""Sign-in, sign-up and reset forms, a whole school behind one address included."""
COSTLY = "30 per minute"
"""Exports, imports and PDF pages."""


def init_app(app: Flask) -> None:
    app.config["RATELIMIT_ENABLED"] = app.config["SETTINGS"].RATE_LIMITS
    limiter.init_app(app)
