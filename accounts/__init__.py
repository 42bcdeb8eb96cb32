"""People: sign-in, roles, languages, consent, export and erasure."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses, commands, jobs and registry entries."""
    from accounts import jobs, menus, models, personal_data, sessions  # noqa: F401
    from accounts.cli import commands
    from accounts.views import bp

    sessions.init_app(app)
    app.register_blueprint(bp)
    for command in commands:
        app.cli.add_command(command)
    if menus.entries not in menus.menu_sources:
        menus.register()
        personal_data.register()
