"""Seats by rank: rows of seats from the front, the highest ranks first, one kind of guest after the other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

MOST_ROWS = 100


@dataclass(frozen=True)
class Sitter:
    """Somebody to be seated. kind_order, rank: the smaller, the further in front; rank None: behind the
    ranked of the same kind. seat: where the guest sits already, "" for nowhere."""

    id: int
    kind_order: int
    rank: int | None
    name: str
    seat: str = ""


def seat_names(rows: int, per_row: int) -> list[str]:
    """A-1, A-2, … row after row from the front; after Z comes AA. rows: 1 to 100."""
    if not 1 <= rows <= MOST_ROWS or per_row < 1:
        raise ValueError(f"{rows} rows of {per_row} seats")
    return [f"{_letters(row)}-{seat}" for row in range(rows) for seat in range(1, per_row + 1)]


def seats_by_rank(
    sitters: Sequence[Sitter], seats: Sequence[str], *, taken: Collection[str] = ()
) -> tuple[dict[int, str], list[int]]:
    """(id -> seat, ids for whom none was left). Who has a seat keeps it; `taken` ones stay free."""
    held = {sitter.seat for sitter in sitters if sitter.seat} | set(taken)
    free = (seat for seat in seats if seat not in held)
    given: dict[int, str] = {}
    left: list[int] = []
    for sitter in sorted(sitters, key=_order):
        seat = sitter.seat or next(free, "")
        if seat:
            given[sitter.id] = seat
        else:
            left.append(sitter.id)
    return given, left


def _order(sitter: Sitter) -> tuple[int, float, str, int]:
    return sitter.kind_order, float("inf") if sitter.rank is None else sitter.rank, sitter.name, sitter.id


def _letters(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else _letters(number // 26 - 1) + _letters(number % 26)
