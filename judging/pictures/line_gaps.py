"""Prize lines close up: how far the teams next to each line lie from it, in calibrated points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from judging.pictures.shapes import Box, Dot, Drawing, Line, Rows, Scale, Shape


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line by name with its verdict in words; `verdict` is `clear`, `probable` or `toss_up`.

    `gap`: points between the two teams next to it. `teams`: name and points above the line's middle
    (negative below) of its neighbors.
    """

    name: str
    verdict: str
    words: str
    gap: float
    teams: tuple[tuple[str, float], ...]


def line_gaps(rows: Sequence[LineRow], *, unit: str, narrow: bool = False) -> Drawing:
    """The line is the zero in the middle, teams above it stand to the right."""
    frame = Rows(len(rows), narrow, top=12, aside=150 if not narrow else 140)
    reach = max((abs(points) for row in rows for _, points in row.teams), default=1) or 1
    scale = Scale(-reach * 1.05, reach * 1.05, frame.start, frame.end)
    shapes: list[Shape] = [*frame.grid(scale, unit)]
    shapes.append(Line(scale(0), frame.top - 4, scale(0), frame.floor, "zero"))
    for at, row in enumerate(rows):
        shapes += _row(frame, scale, at, row)
    return Drawing(frame.width, frame.height, tuple(shapes))


def _row(frame: Rows, scale: Scale, at: int, row: LineRow) -> Iterator[Shape]:
    middle = frame.middle(at)
    yield frame.named(at, row.name)
    yield frame.aside_text(at, row.words, f"value {row.verdict}")
    half = row.gap / 2
    left = scale(-half)
    yield Box(left, middle - 6, max(1.5, scale(half) - left), 12, f"gap-box {row.verdict}", row.words, 2)
    for name, points in row.teams:
        yield Dot(scale(points), middle, 4, "above" if points > 0 else "below", name)
