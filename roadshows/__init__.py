"""Who meets whom: promotion events in Seoul, Yantai, …: agenda, meetings, guests, check-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from roadshows import jobs, loaders, meeting_contributions, meeting_loaders, menus, models  # noqa: F401
    from roadshows.cli import commands
    from roadshows.operations import meeting_gaps  # noqa: F401
    from roadshows.views import afterwards_office, meeting_office, meeting_timetable, my, my_meetings

    menus.register()
    meeting_contributions.register()
    for view in (my, my_meetings, meeting_office, meeting_timetable, afterwards_office):
        if view.bp.name not in app.blueprints:
            app.register_blueprint(view.bp)
    for command in commands:
        app.cli.add_command(command)
