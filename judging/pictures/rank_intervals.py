"""Rank intervals: where each team may stand, with the prize zones behind.

A bar holds the rank with 90 % probability, the stroke in it is the calibrated rank, the dot the official one
(a "caterpillar plot"; Goldstein and Spiegelhalter 1996, J. R. Statist. Soc. A 159).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from judging.pictures.shapes import Box, Dot, Drawing, Line, Rows, Scale, Shape, Text, text_width

_AROUND = 20
_MOST = 48


@dataclass(frozen=True, slots=True)
class RankRow:
    """A team. `rank`: calibrated; `low`, `high`: its interval, None where it isn't known; `official`: None
    where it isn't ranked. `unsure`: stands at the border of a line that is a toss-up.
    """

    name: str
    rank: int
    low: int | None
    high: int | None
    official: int | None
    score: str
    unsure: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Zone:
    """Places from just above `first` to `last`: those of one prize, or of who goes on."""

    first: int
    last: int
    name: str


def around_lines(count: int, lines: Sequence[int], around: int = _AROUND, most: int = _MOST) -> list[int]:
    """Which places (0 is the best) to show of `count`: all of few, else those around the lines."""
    if count <= most:
        return list(range(count))
    near = sorted({line for line in lines if 0 < line < count}) or [1]
    reach = around
    while reach > 1 and len(_near(count, near, reach)) > most:
        reach -= 1
    return sorted(_near(count, near, reach))


def _near(count: int, lines: Sequence[int], reach: int) -> set[int]:
    return {place for line in lines for place in range(max(0, line - reach), min(count, line + reach))}


def rank_intervals(
    rows: Sequence[RankRow],
    zones: Sequence[Zone],
    *,
    places: Sequence[int],
    unit: str,
    left_out: str,
    narrow: bool = False,
) -> Drawing:
    """rows: all teams, best first; places: which of them to draw; left_out: "%d teams" for a gap."""
    lines: list[RankRow | int] = []
    for at, place in enumerate(places):
        before = places[at - 1] if at else -1
        if place > before + 1:
            lines.append(place - before - 1)
        lines.append(rows[place])
    if places and places[-1] < len(rows) - 1:
        lines.append(len(rows) - 1 - places[-1])
    frame = Rows(len(lines), narrow, top=44, aside=64)
    shown = [row for row in lines if isinstance(row, RankRow)]
    reach = [
        value for row in shown for value in (row.rank, row.low, row.high, row.official) if value is not None
    ]
    lowest, highest = min(reach, default=1), max(reach, default=1)
    scale = Scale(lowest - 0.5, highest + 0.5, frame.start, frame.end)
    shapes: list[Shape] = [*draw_zones(frame, scale, zones, lowest, highest)]
    shapes += frame.grid(scale, unit, _rank_ticks(lowest, highest, 5 if narrow else 9))
    for at, row in enumerate(lines):
        if isinstance(row, int):
            middle = frame.middle(at)
            shapes.append(Text((frame.start + frame.end) / 2, middle + 4, left_out % row, "gap", "middle"))
        else:
            shapes += _row(frame, scale, at, row)
    return Drawing(frame.width, frame.height, tuple(shapes))


def _rank_ticks(low: int, high: int, most: int) -> list[float]:
    steps = [value for value in Scale(low, high, 0, 1).ticks(most) if value == int(value) and value >= 1]
    return sorted({float(low), *steps} - ({steps[0]} if steps and 0 < steps[0] - low < 2 else set()))


def draw_zones(
    frame: Rows, scale: Scale, zones: Sequence[Zone], lowest: int, highest: int
) -> Iterator[Shape]:
    """Bands behind the rows from `frame.top` on; names end at their line, on two levels, so that narrow zones
    don't write over each other."""
    ends = [0.0, 0.0]
    for number, zone in enumerate(zones):
        if zone.last < lowest or zone.first >= highest:
            continue
        left, right = scale(max(zone.first, lowest - 1) + 0.5), scale(min(zone.last, highest) + 0.5)
        yield Box(
            left, frame.top, right - left, frame.floor - frame.top, f"zone zone-{number % 4}", zone.name
        )
        width = text_width(zone.name, 12)
        level = 0 if right - width >= ends[0] else 1
        # Where there is no room to the left, the name begins at the edge.
        end = max(right, width + 2)
        height = frame.top - 22 + 14 * level
        if end - width >= ends[level]:
            yield Text(round(end - 3, 1), height, zone.name, "zone-name", "end")
            ends[level] = end + 6
        if zone.last <= highest:
            yield Line(right, height - 8, right, frame.floor, "prize-line", zone.name)


def _row(frame: Rows, scale: Scale, at: int, row: RankRow) -> Iterator[Shape]:
    middle = frame.middle(at)
    yield frame.named(at, row.name, "name unsure" if row.unsure else "name")
    yield frame.aside_text(at, row.score)
    if row.low is not None and row.high is not None:
        left, right = scale(row.low - 0.35), scale(row.high + 0.35)
        look = "interval unsure" if row.unsure else "interval"
        yield Box(left, middle - 5, max(2, right - left), 10, look, row.title, 5)
        yield Line(scale(row.rank), middle - 8, scale(row.rank), middle + 8, "estimate", row.title)
    if row.official is not None:
        yield Dot(scale(row.official), middle, 4.5, "official", row.title)
