"""The guest list as pages need it: searched in any script, counted, a page of it at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from core.db import db
from core.text import fold
from roadshows.models import Guest, GuestKind, GuestState, Participant, Roadshow
from roadshows.name_search import finds, search_key

PAGE_SIZE = 100
_MOST_PAGE = 1000
_ORDERS: dict[str, Callable[[Any], Any]] = {
    "asked": lambda row: row.asked_at,
    "name": lambda row: fold(row.name_latin or row.name),
    "organization": lambda row: fold(row.organization),
    "kind": lambda row: list(GuestKind).index(row.kind),
    "state": lambda row: list(GuestState).index(row.state),
}


@dataclass(frozen=True)
class GuestFilter:
    """Which guests are asked for, in which order; None and "" mean all."""

    kind: GuestKind | None = None
    state: GuestState | None = None
    text: str = ""
    sort: str = "asked"
    page: int = 1

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> GuestFilter:
        """The filter that an address asks for; what is unknown is left out."""
        page, sort = arguments.get("page", ""), arguments.get("sort", "")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        return cls(
            _member(GuestKind, arguments.get("kind", "")),
            _member(GuestState, arguments.get("state", "")),
            " ".join(arguments.get("q", "").split())[:80],
            sort if sort.removeprefix("-") in _ORDERS else "asked",
            min(max(number, 1), _MOST_PAGE),
        )


@dataclass(frozen=True)
class GuestPage:
    """rows: of this page. found: all that fit the filter. kinds, states: of the whole list."""

    rows: list[Guest]
    found: int
    total: int
    pages: int
    kinds: Counter[GuestKind]
    states: Counter[GuestState]


def guest_page(roadshow: Roadshow, wanted: GuestFilter) -> GuestPage:
    """One page of the list; two statements however long it is."""
    everybody = _light_rows(roadshow)
    fitting = _fitting(everybody, wanted)
    ids = [row.id for row in fitting[(wanted.page - 1) * PAGE_SIZE : wanted.page * PAGE_SIZE]]
    rows = {guest.id: guest for guest in db.session.scalars(_full().where(Guest.id.in_(ids)))} if ids else {}
    return GuestPage(
        [rows[number] for number in ids],
        len(fitting),
        len(everybody),
        max(-(-len(fitting) // PAGE_SIZE), 1),
        Counter(row.kind for row in everybody),
        Counter(row.state for row in everybody),
    )


def all_guests(roadshow: Roadshow, wanted: GuestFilter) -> list[Guest]:
    """All that fit the filter, in its order."""
    order = {row.id: place for place, row in enumerate(_fitting(_light_rows(roadshow), wanted))}
    rows = db.session.scalars(_full().where(Guest.roadshow_id == roadshow.id))
    return sorted((guest for guest in rows if guest.id in order), key=lambda guest: order[guest.id])


def picked(roadshow: Roadshow, keys: Sequence[str]) -> list[Guest]:
    """The guests of the roadshow with these keys."""
    return list(
        db.session.scalars(_full().where(Guest.roadshow_id == roadshow.id, Participant.key.in_(keys)))
    )


def _full() -> Any:
    return select(Guest).join(Guest.participant).options(contains_eager(Guest.participant))


def _light_rows(roadshow: Roadshow) -> list[Any]:
    """What search, order and counts look at, of everybody who is not erased."""
    return list(
        db.session.execute(
            select(
                Guest.id,
                Guest.kind,
                Guest.state,
                Guest.asked_at,
                Participant.name,
                Participant.name_latin,
                Participant.organization,
                Participant.email,
            )
            .join(Participant, Participant.id == Guest.participant_id)
            .where(Guest.roadshow_id == roadshow.id, Participant.erased_at.is_(None))
            .order_by(Guest.asked_at, Guest.id)
        )
    )


def _fitting(rows: list[Any], wanted: GuestFilter) -> list[Any]:
    found = [
        row
        for row in rows
        if (wanted.kind is None or row.kind is wanted.kind)
        and (wanted.state is None or row.state is wanted.state)
        and (not wanted.text or _is_found(row, wanted.text))
    ]
    down = wanted.sort.startswith("-")
    return sorted(found, key=_ORDERS[wanted.sort.removeprefix("-")], reverse=down)


def _is_found(row: Any, text: str) -> bool:
    return finds(text, f"{search_key(row.name, row.name_latin, row.organization)} {row.email.casefold()}")


def _member(kind: Any, value: str) -> Any:
    return kind(value) if value in set(kind) else None
