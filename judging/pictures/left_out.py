"""Leave one judge out: the official rank of each team, and the ranks it would have without one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from judging.pictures.rank_intervals import Zone, draw_zones
from judging.pictures.shapes import Dot, Drawing, Line, Rows, Scale, Shape, shortened


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """A team: its official rank, the best and the worst without one judge; `aside` says without whom."""

    name: str
    official: int
    best: int
    worst: int
    changes: bool
    aside: str = ""
    title: str = ""


def left_out(
    rows: Sequence[LeftOutRow], zones: Sequence[Zone], *, unit: str, narrow: bool = False
) -> Drawing:
    """rows by official rank; `zones` are those of rank_intervals."""
    frame = Rows(len(rows), narrow, top=44, aside=150)
    low = min((row.best for row in rows), default=1)
    high = max((row.worst for row in rows), default=1)
    scale = Scale(low - 0.5, high + 0.5, frame.start, frame.end)
    shapes: list[Shape] = [*draw_zones(frame, scale, zones, low, high)]
    shapes += frame.grid(scale, unit, [tick for tick in scale.ticks(6) if tick == int(tick) and tick >= 1])
    for at, row in enumerate(rows):
        shapes += _row(frame, scale, at, row)
    return Drawing(frame.width, frame.height, tuple(shapes))


def _row(frame: Rows, scale: Scale, at: int, row: LeftOutRow) -> Iterator[Shape]:
    middle = frame.middle(at)
    look = " flagged" if row.changes else ""
    yield frame.named(at, row.name, "name" + look)
    yield frame.aside_text(at, shortened(row.aside, frame.aside - 6, 12), "value" + look)
    yield Line(scale(row.best), middle, scale(row.worst), middle, "whisker" + look, row.title)
    for end in sorted({row.best, row.worst} - {row.official}):
        yield Dot(scale(end), middle, 4.5, "hollow" + look, row.title)
    yield Dot(scale(row.official), middle, 5, "official", row.title)
