"""People: sign-in, roles, languages, consent, export and erasure."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from accounts import models, sessions  # noqa: F401

    sessions.init_app(app)
