"""Who meets whom: promotion events in Seoul, Yantai, …: agenda, meetings, guests, check-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from roadshows import cli, jobs, loaders, menus, models  # noqa: F401
    from roadshows.views import agenda_api, agenda_office, agenda_plans, agenda_versions, my  # noqa: F401

    menus.register()
    for view in (my, agenda_office, agenda_api):
        app.register_blueprint(view.bp)
    for command in cli.commands:
        app.cli.add_command(command)
