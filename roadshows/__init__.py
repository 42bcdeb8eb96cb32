"""Who meets whom: promotion events in Seoul, Yantai, …: agenda, meetings, guests, check-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
<<<<<<< HEAD
    """Register the room's tables, addresses and commands."""
    from roadshows import loaders, menus, models  # noqa: F401
    from roadshows.cli import commands
    from roadshows.views import my

    menus.register()
    for view in (my,):
        app.register_blueprint(view.bp)
=======
    """Register the room's commands."""
    from roadshows.cli import commands

>>>>>>> meet
    for command in commands:
        app.cli.add_command(command)
