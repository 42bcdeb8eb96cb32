"""Who wins: rubrics, panels, score sheets, ranking, results and their publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from judging import models  # noqa: F401
    from judging.cli import commands

    for command in commands:
        app.cli.add_command(command)
