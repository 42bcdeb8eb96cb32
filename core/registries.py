"""What has to cross between rooms that may not import each other: declared here, filled by the rooms at
start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PersonalData:
    """One kind of data about a person: how it is exported, and how it is erased or made anonymous.

    export(person_id) -> JSON-able rows; erase(person_id) changes rows within the current transaction;
    files(person_id) -> (name inside the ZIP, path on disk) pairs.
    """

    name: str
    export: Callable[[int], list[dict[str, Any]]]
    erase: Callable[[int], None]
    files: Callable[[int], Iterable[tuple[str, str]]] = lambda person_id: ()


personal_data: list[PersonalData] = []

demo_world: Callable[[int, int], Any] | None = None
"""(size, seed) -> the invented people, teams and judges of the demo edition."""

demo_steps: list[tuple[int, Callable[[Any], None]]] = []
"""(order, step): each room's part of the demo edition; a step gets the invented world."""


@dataclass(frozen=True)
class MenuEntry:
    """One line of the signed-in person's side navigation."""

    label: Any
    url: str
    group: Any = ""
    badge: int = 0


menu_sources: list[Callable[[Any], Iterable[MenuEntry]]] = []
"""Each gets the signed-in person and gives that person's entries of one room."""

scope_names: dict[str, Callable[[int], Any]] = {}
"""scope kind -> how a grant's scope id is shown (an edition's name, for example)."""
