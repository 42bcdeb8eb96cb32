"""Who meets whom: promotion events in Seoul, Yantai, …: agenda, meetings, guests, check-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from roadshows import (  # noqa: F401 - jobs, tables and loaders register themselves
        demo,
        guest_jobs,
        loaders,
        meeting_contributions,
        meeting_loaders,
        menus,
        message_jobs,
        models,
        my_program,
        personal_data,
        plan_jobs,
        reactions,
    )
    from roadshows.cli import commands
    from roadshows.operations import meeting_gaps, staff  # noqa: F401 - gaps are filled on a signal
    from roadshows.views import (  # noqa: F401 - some share a blueprint
        afterwards_office,
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
        meeting_office,
        meeting_timetable,
        messages_office,
        my,
        my_meetings,
        office,
        office_people,
        office_places,
        office_program,
        office_settings,
        office_slots,
        print_office,
        public,
    )

    meeting_contributions.register()
    menus.register()
    demo.register()
    guest_my.register_panels()
    my_program.register()
    personal_data.register()
    reactions.register()
    staff.register()
    for view in (
        *(agenda_api, agenda_office, calendars, door, door_api, door_office, guest_my, guest_office),
        *(afterwards_office, guest_public, meeting_office, messages_office, my, my_meetings, office),
        *(print_office, public),
    ):
        app.register_blueprint(view.bp)
    for bp in (public.api_bp, calendars.my_bp):
        app.register_blueprint(bp)
    for command in commands:
        app.cli.add_command(command)
