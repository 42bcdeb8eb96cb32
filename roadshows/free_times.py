"""Stretches of time in which somebody is away, opened and closed slot by slot: no web, no database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

Stretch = tuple[datetime, datetime]
"""From, until (not included); aware."""


def overlaps(one: Stretch, other: Stretch) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def is_away(away: Iterable[Stretch], slot: Stretch) -> bool:
    """Whether any part of the slot is taken."""
    return any(overlaps(stretch, slot) for stretch in away)


def without(away: Sequence[Stretch], slot: Stretch) -> list[Stretch]:
    """`away` with the slot cut out of it."""
    left: list[Stretch] = []
    for start, end in away:
        if not overlaps((start, end), slot):
            left.append((start, end))
            continue
        if start < slot[0]:
            left.append((start, slot[0]))
        if slot[1] < end:
            left.append((slot[1], end))
    return left


def with_slot(away: Sequence[Stretch], slot: Stretch) -> list[Stretch]:
    """`away` and the whole slot; what it touches or overlaps grows together."""
    start, end = slot
    apart: list[Stretch] = []
    for known in away:
        if known[0] <= end and start <= known[1]:
            start, end = min(start, known[0]), max(end, known[1])
        else:
            apart.append(known)
    return sorted([*apart, (start, end)])
