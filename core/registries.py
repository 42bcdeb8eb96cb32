"""What has to cross between rooms that may not import each other: declared here, filled by the rooms at
start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.languages import Trilingual


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

demo_steps: dict[int, Callable[[Any], None]] = {}
"""order -> each room's part of the demo edition; a step gets the invented world."""


@dataclass(frozen=True)
class MenuEntry:
    """One line of the signed-in person's side navigation."""

    label: Any
    url: str
    group: Any = ""
    badge: int = 0


menu_sources: list[Callable[[Any], Iterable[MenuEntry]]] = []
"""Each gets the signed-in person and gives that person's entries of one room."""


@dataclass(frozen=True)
class HomeCard:
    """One thing that waits for a person on the first page after signing in.

    title, text: in the person's language (Markup or text). state: a name of `components/state.html`, or "".
    due: until when; cards are shown by it, those without a date last.
    """

    title: Any
    text: Any = ""
    url: str = ""
    state: str = ""
    due: datetime | None = None


home_cards: list[Callable[[Any], Iterable[HomeCard]]] = []
"""Each gets the signed-in person and gives what waits for that person in one room."""

team_panels: list[Callable[[Any], Iterable[HomeCard]]] = []
"""Each gets a team and gives what a later room has for its page: judging, results, certificates."""

erasure_blockers: list[Callable[[int], Iterable[Any]]] = []
"""Each gets a person's id and gives, in words, what has to be settled before the account may be erased."""

scope_names: dict[str, Callable[[int], Any]] = {}
"""scope kind -> how a grant's scope id is shown (an edition's name, for example)."""


@dataclass(frozen=True)
class OrganizerPanel:
    """What one room says on an organizer's first page of an edition.

    title, text: in the person's language. count: how many things wait; 0 says that nothing does. state: a
    name of `components/state.html`, or "". due: until when.
    """

    title: Any
    text: Any = ""
    url: str = ""
    count: int = 0
    state: str = ""
    due: datetime | None = None


organizer_panels: list[Callable[[Any], Iterable[OrganizerPanel]]] = []
"""Each gets an edition and gives what waits there for its organizers in one room."""

funnel_steps: list[Callable[[Any], Iterable[tuple[Any, int, str]]]] = []
"""Each gets an edition and adds (label, number of entries, address) below "accepted" in the funnel."""

edition_tabs: list[Callable[[Any], Iterable[MenuEntry]]] = []
"""Each gets an edition and adds public pages to its navigation. The one of group "results" is what the
edition's page leads to after the deadline; it is given only once there is something to see."""


@dataclass(frozen=True)
class CertificateRecipient:
    """Somebody to whom a certificate can be issued for what another room knows.

    name: in its own script; name_latin: beside it, or "". email: "" without one. event: what it is for. on:
    the day it speaks of.
    """

    name: str
    name_latin: str
    email: str
    event: Trilingual
    on: date


certificate_recipients: dict[str, Callable[[int], Iterable[CertificateRecipient]]] = {}
"""kind of certificate ("attendance") -> who is to get one for the thing with this id (a roadshow's)."""
