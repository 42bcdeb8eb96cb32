"""Who meets whom: promotion events in Seoul, Yantai, …: agenda, meetings, guests, check-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from roadshows import loaders, menus, models, personal_data  # noqa: F401
    from roadshows.views import (  # noqa: F401 - guest_papers adds to guest_office
        door,
        door_api,
        door_office,
        guest_my,
        guest_office,
        guest_papers,
        guest_public,
        my,
    )

    menus.register()
    personal_data.register()
    guest_my.register_panels()
    for view in (my, guest_my, guest_public, guest_office, door_office, door, door_api):
        app.register_blueprint(view.bp)
