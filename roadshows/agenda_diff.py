"""What differs between two versions of an agenda, and whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roadshows.agenda_content import Content

KINDS = ("new", "canceled", "moved", "room", "interpreter", "changed")
"""In the order in which they are listed. new: published for the first time, or again after it was canceled.
moved: begins at another time. changed: length, words or people are others."""

_TOLD = ("title", "minutes", "speakers")
_CHANGED = (*_TOLD, "summary", "kind", "track", "language", "interpreting", "whole_city", "team", "city")


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
    session: as the newer version has it; changed: the fields behind "changed"; speakers: keys, of both
    versions; is_told: whether it concerns people enough to tell them.
    """

    kind: str
    kinds: tuple[str, ...]
    key: str
    session: Mapping[str, Any]
    old: Place | None
    new: Place | None
    changed: tuple[str, ...]
    speakers: tuple[str, ...]
    is_told: bool

    @property
    def interpreters(self) -> tuple[str, ...]:
        """Keys, before and after."""
        named = [place.interpreter for place in (self.old, self.new) if place and place.interpreter]
        return tuple(dict.fromkeys(named))


def difference(old: Content | None, new: Content) -> list[Row]:
    """What `new` says otherwise than `old` (None: nothing was published), by kind, then time."""
    before = {row["key"]: row for row in old["sessions"]} if old else {}
    found = [
        row for session in new["sessions"] if (row := _row(before.get(session["key"]), session)) is not None
    ]
    return sorted(found, key=lambda row: (KINDS.index(row.kind), row.session["starts_at"], row.key))


def concerned(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Participants' keys and what they have to be told: speakers of what is new, canceled, moved, in another
    room or with other words; interpreters of what they take on, give up, or find changed. In the rows' order.
    """
    found: dict[str, list[Row]] = {}
    for row in rows:
        speakers = row.speakers if row.is_told and row.kinds != ("interpreter",) else ()
        interpreters = row.interpreters if row.is_told else ()
        for key in dict.fromkeys((*speakers, *interpreters)):
            found.setdefault(key, []).append(row)
    return found


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """How many of each kind that occurs; a session that was moved to another room counts as moved."""
    return {kind: number for kind in KINDS if (number := sum(row.kind == kind for row in rows))}


def _row(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Row | None:
    was = before is not None and not before["canceled"]
    stands = not after["canceled"]
    if not was and not stands:
        return None
    kinds, changed = _kinds(before, after, was, stands)
    if not kinds:
        return None
    people = [who["key"] for row in (before if was else None, after) if row for who in row["speakers"]]
    return Row(
        kinds[0],
        kinds,
        after["key"],
        after,
        _place(before) if was and before else None,
        _place(after) if stands else None,
        changed,
        tuple(dict.fromkeys(people)),
        kinds != ("changed",) or bool(set(changed) & set(_TOLD)),
    )


def _kinds(
    before: Mapping[str, Any] | None, after: Mapping[str, Any], was: bool, stands: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if before is None or not was:
        return ("new",), ()
    if not stands:
        return ("canceled",), ()
    changed = tuple(name for name in _CHANGED if before[name] != after[name])
    differs = {
        "moved": before["starts_at"] != after["starts_at"],
        "room": before["room"] != after["room"],
        "interpreter": before["interpreter"] != after["interpreter"],
        "changed": bool(changed),
    }
    return tuple(kind for kind in KINDS if differs.get(kind)), changed


def _place(row: Mapping[str, Any]) -> Place:
    return Place(row["starts_at"], row["minutes"], row["city"], row["day"], row["room"], row["interpreter"])
