"""Who takes part: contests, editions, tracks, rounds, teams, entries, documents, eligibility."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from competition import contributions, demo, loaders, models, organizer_contributions  # noqa: F401

    demo.register()
    contributions.register()
    organizer_contributions.register()

    from competition.cli import commands
    from competition.views import contestant, organizer, public, records, settings  # noqa: F401

    app.register_blueprint(public.bp)
    app.register_blueprint(contestant.bp)
    app.register_blueprint(organizer.bp)
    for command in commands:
        app.cli.add_command(command)
