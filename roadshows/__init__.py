"""Who meets whom: promotion events in Seoul, Yantai, …: agenda, meetings, guests, check-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from roadshows import jobs, loaders, menus, models, my_program, reactions  # noqa: F401
    from roadshows.views import calendars, messages_office, my, print_office, public

    menus.register()
    my_program.register()
    reactions.register()
    for view in (my, public, calendars, messages_office, print_office):
        app.register_blueprint(view.bp)
    for bp in (public.api_bp, calendars.my_bp):
        app.register_blueprint(bp)
