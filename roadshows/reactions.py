"""What this room does when something has happened to a roadshow: people are told, in the same transaction."""

from __future__ import annotations

from typing import Any

from roadshows.models import Roadshow
from roadshows.operations.telling import tell_agenda, tell_cancellation
from roadshows.signals import agenda_published, roadshow_canceled


def _on_agenda_published(roadshow: Roadshow, **_details: Any) -> None:
    tell_agenda(roadshow=roadshow)


def _on_roadshow_canceled(roadshow: Roadshow, **_details: Any) -> None:
    tell_cancellation(roadshow=roadshow)


def register() -> None:
    """Listen; a receiver is connected once however often it is asked for."""
    agenda_published.connect(_on_agenda_published)
    roadshow_canceled.connect(_on_roadshow_canceled)
