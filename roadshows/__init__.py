"""Who meets whom: promotion events in Seoul, Yantai, …: agenda, meetings, guests, check-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from roadshows import jobs, loaders, menus, models  # noqa: F401
    from roadshows.views import my

    menus.register()
    for view in (my,):
        app.register_blueprint(view.bp)
