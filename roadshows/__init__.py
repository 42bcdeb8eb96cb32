"""Who meets whom: promotion events in Seoul, Yantai, …: agenda, meetings, guests, check-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from roadshows import (  # noqa: F401 - jobs, tables and loaders register themselves
        loaders,
        menus,
        message_jobs,
        models,
        my_program,
        personal_data,
        plan_jobs,
        reactions,
    )
    from roadshows.cli import commands
    from roadshows.operations import staff
    from roadshows.views import (  # noqa: F401 - some share a blueprint
        agenda_api,
        agenda_office,
        agenda_plans,
        agenda_versions,
        calendars,
        door,
        door_api,
        door_office,
        guest_my,
        guest_office,
        guest_papers,
        guest_public,
        messages_office,
        my,
        office,
        office_people,
        office_places,
        office_program,
        office_settings,
        print_office,
        public,
    )

    menus.register()
    guest_my.register_panels()
    my_program.register()
    personal_data.register()
    reactions.register()
    staff.register()
    for view in (
        *(agenda_api, agenda_office, calendars, door, door_api, door_office, guest_my, guest_office),
        *(guest_public, messages_office, my, office, print_office, public),
    ):
        app.register_blueprint(view.bp)
    for bp in (public.api_bp, calendars.my_bp):
        app.register_blueprint(bp)
    for command in commands:
        app.cli.add_command(command)
