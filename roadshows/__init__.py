"""Who meets whom: promotion events in Seoul, Yantai, …: agenda, meetings, guests, check-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from roadshows import cli, demo, jobs, loaders, menus, models  # noqa: F401
    from roadshows.operations import staff
    from roadshows.views import (  # noqa: F401
        agenda_api,
        agenda_office,
        agenda_plans,
        agenda_versions,
        my,
        office,
        office_people,
        office_places,
        office_program,
        office_settings,
        office_slots,
    )

    menus.register()
    staff.register()
    demo.register()
    for view in (my, office, agenda_office, agenda_api):
        app.register_blueprint(view.bp)
    for command in cli.commands:
        app.cli.add_command(command)
