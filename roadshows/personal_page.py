"""What a participant's own page is made of: each part of the room gives its panels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from roadshows.models import Participant


@dataclass(frozen=True)
class Panel:
    """A part of the page. template: rendered with `context`, `participant`, `roadshow` and `token`.
    position: the smaller, the further up."""

    position: int
    template: str
    context: dict[str, Any] = field(default_factory=dict)


sources: list[Callable[[Participant], Iterable[Panel]]] = []
"""Each gets the participant and gives what it has for that person, or nothing."""


def panels(participant: Participant) -> list[Panel]:
    """All panels for this person, in their order."""
    return sorted(
        (panel for source in sources for panel in source(participant)), key=lambda panel: panel.position
    )
