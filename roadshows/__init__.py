"""Who meets whom: promotion events in Seoul, Yantai, …: agenda, meetings, guests, check-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's commands."""
    from roadshows.cli import commands

    for command in commands:
        app.cli.add_command(command)
