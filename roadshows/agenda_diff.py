"""What differs between two versions of an agenda; whom to tell follows in `tellings` from what they know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roadshows.agenda_content import Content, place_words

KINDS = ("new", "canceled", "moved", "room", "interpreter", "changed")
"""In the order in which they are listed. new: published for the first time, or again after it was canceled.
moved: begins at another time. room: is in another one, or the words for the place are others: room, venue,
address. changed: length, words or people are others."""

_CHANGED = (
    *("title", "minutes", "speakers", "summary"),
    *("kind", "track", "language", "interpreting", "whole_city", "team", "city"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session stands. room: id or None; day: id; interpreter: key or ""."""

    starts_at: str
    minutes: int
    city: str
    day: int
    room: int | None
    interpreter: str


@dataclass(frozen=True, slots=True)
class Row:
    """A session that differs. kind: the weightiest of `kinds`; old, new: None where it wasn't or isn't;
    session: as the newer version has it; changed: the fields behind "changed".
    """

    kind: str
    kinds: tuple[str, ...]
    key: str
    session: Mapping[str, Any]
    old: Place | None
    new: Place | None
    changed: tuple[str, ...]


def difference(old: Content | None, new: Content) -> list[Row]:
    """What `new` says otherwise than `old` (None: nothing was published), by kind, then time."""
    before = {row["key"]: row for row in old["sessions"]} if old else {}
    now, then = place_words(new), place_words(old) if old else {}
    renamed = {room for room in now.keys() & then.keys() if now[room] != then[room]}
    found = [
        row
        for session in new["sessions"]
        if (row := _row(before.get(session["key"]), session, renamed)) is not None
    ]
    return sorted(found, key=lambda row: (KINDS.index(row.kind), row.session["starts_at"], row.key))


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """How many of each kind that occurs; a session that was moved to another room counts as moved."""
    return {kind: number for kind in KINDS if (number := sum(row.kind == kind for row in rows))}


def _row(before: Mapping[str, Any] | None, after: Mapping[str, Any], renamed: Collection[int]) -> Row | None:
    was = before is not None and not before["canceled"]
    stands = not after["canceled"]
    if not was and not stands:
        return None
    kinds, changed = _kinds(before, after, was, stands, renamed)
    if not kinds:
        return None
    return Row(
        kinds[0],
        kinds,
        after["key"],
        after,
        _place(before) if was and before else None,
        _place(after) if stands else None,
        changed,
    )


def _kinds(
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    was: bool,
    stands: bool,
    renamed: Collection[int],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if before is None or not was:
        return ("new",), ()
    if not stands:
        return ("canceled",), ()
    changed = tuple(name for name in _CHANGED if before[name] != after[name])
    differs = {
        "moved": before["starts_at"] != after["starts_at"],
        "room": before["room"] != after["room"] or after["room"] in renamed,
        "interpreter": before["interpreter"] != after["interpreter"],
        "changed": bool(changed),
    }
    return tuple(kind for kind in KINDS if differs.get(kind)), changed


def _place(row: Mapping[str, Any]) -> Place:
    return Place(row["starts_at"], row["minutes"], row["city"], row["day"], row["room"], row["interpreter"])
