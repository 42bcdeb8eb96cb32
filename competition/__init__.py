"""Who takes part: contests, editions, tracks, rounds, teams, entries, documents, eligibility."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from competition import contributions, demo, loaders, models  # noqa: F401

    demo.register()
    contributions.register()

    from competition.views import contestant, public

    app.register_blueprint(public.bp)
    app.register_blueprint(contestant.bp)
