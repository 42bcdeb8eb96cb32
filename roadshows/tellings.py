"""What somebody has to be told of the agenda: how what stands published differs from what they know.

Not how two versions differ: so nothing is lost when one was never told, and nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from roadshows.published import Agenda, Item


@dataclass(frozen=True)
class Known:
    """A session as somebody was told of it last, and when. is_on: whether that person was expected in it."""

    item: Item
    is_on: bool
    at: datetime


@dataclass(frozen=True)
class Changes:
    """What is to be told. moved: as it was known, and as it is. off: as they were known."""

    new: tuple[Item, ...] = ()
    moved: tuple[tuple[Item, Item], ...] = ()
    off: tuple[Item, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.moved or self.off)


def changes_for(person: str, agenda: Agenda, known: Mapping[str, Known], now: datetime) -> Changes:
    """For the participant with the key `person`; known: by the sessions' keys. What is over is left out."""
    wanted = {item.key: item for item in agenda.of(person) if not item.canceled and item.ends_at > now}
    stays = {key: one.item for key, one in known.items() if one.is_on}
    moved = [
        (stays[key], item)
        for key, item in wanted.items()
        if key in stays and stays[key].sequence != item.sequence
    ]
    return Changes(
        tuple(item for key, item in wanted.items() if key not in stays),
        tuple(moved),
        tuple(item for key, item in stays.items() if key not in wanted and item.ends_at > now),
    )
