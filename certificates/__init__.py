"""What they take home: issuing and checking certificates."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from certificates import models  # noqa: F401
