"""Stretches of time on a day: a series of them, how they move with their day, and which of them overlap.

Pure. A slot begins on its day by the clock of its city and may end after midnight; what would begin after
midnight belongs to the next day. Moving keeps what the clocks on the wall show, also over a change of clocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

MOST_IN_A_SERIES = 100


class AfterMidnight(ValueError):
    """The slot in place `number` (from 1) of a series would begin on another day."""

    def __init__(self, number: int) -> None:
        super().__init__(f"slot {number} would begin after midnight")
        self.number = number


class NoSuchTime(ValueError):
    """The clocks of that city skip this time on that day."""


@dataclass(frozen=True, order=True)
class Stretch:
    """From a moment on (aware), so many minutes."""

    starts_at: datetime
    minutes: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


def moment(day: date, clock: time, zone: str) -> datetime:
    """When the clocks of `zone` show `clock` on `day`, in UTC; of two such moments the first.

    Raises NoSuchTime for a time that is skipped there because the clocks go forward.
    """
    local = datetime.combine(day, clock, tzinfo=ZoneInfo(zone))
    found = local.astimezone(UTC)
    if found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchTime(f"{day} {clock} in {zone}")
    return found


def series(day: date, zone: str, first: time, minutes: int, count: int = 1, pause: int = 0) -> list[Stretch]:
    """`count` stretches of `minutes`, the first at `first`, with `pause` minutes between two.

    Raises AfterMidnight when one of them would begin on another day, NoSuchTime as `moment` does.
    """
    if not 1 <= count <= MOST_IN_A_SERIES or minutes < 1 or pause < 0:
        raise ValueError("a series has 1 to 100 stretches of at least a minute, and no negative pause")
    begin = moment(day, first, zone)
    found = []
    for number in range(count):
        starts_at = begin + timedelta(minutes=number * (minutes + pause))
        if starts_at.astimezone(ZoneInfo(zone)).date() != day:
            raise AfterMidnight(number + 1)
        found.append(Stretch(starts_at, minutes))
    return found


def moved(starts_at: datetime, zone: str, days: int, to_zone: str = "") -> datetime:
    """`starts_at` so many days later at the same time on the wall, read in `zone`, set in `to_zone`.

    Raises NoSuchTime when the clocks there skip it.
    """
    local = starts_at.astimezone(ZoneInfo(zone))
    return moment(local.date() + timedelta(days=days), local.time(), to_zone or zone)


def first_overlap(stretches: Iterable[Stretch]) -> tuple[Stretch, Stretch] | None:
    """Two of them that share a minute, the earliest such pair; None when all are apart."""
    ordered = sorted(stretches)
    for before, after in pairwise(ordered):
        if after.starts_at < before.ends_at:
            return before, after
    return None


def clash(fresh: Sequence[Stretch], standing: Sequence[Stretch]) -> tuple[Stretch, Stretch] | None:
    """A fresh stretch and a standing one that share a minute, or None."""
    for one in fresh:
        for other in standing:
            if one.starts_at < other.ends_at and other.starts_at < one.ends_at:
                return one, other
    return None
