"""What they take home: issuing and checking certificates."""

from __future__ import annotations

from typing import Any

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses, commands and what it gives to other rooms' pages."""
    from certificates import demo, models, panels, personal_data, queries
    from certificates.cli import commands
    from certificates.views import office, public
    from core.access import loads
    from judging.signals import result_published

    @loads("certificate")
    def load_certificate(number: str, loaded: dict[str, Any]) -> models.Certificate | None:
        found = queries.by_number(number)
        return found if found and found.edition_id == loaded["edition"].id else None

    app.register_blueprint(public.bp)
    app.register_blueprint(office.bp)
    for command in commands:
        app.cli.add_command(command)
    panels.register()
    personal_data.register()
    demo.register()
    result_published.connect(_follow, weak=False)


def _follow(result: Any, **_details: Any) -> None:
    """A newly published result may take prizes away that certificates still speak of."""
    from certificates import operations

    operations.follow_result(result.round.edition)
