"""Strips: how each judge's totals are distributed, one small histogram a judge, over the same scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from judging.pictures.shapes import Box, Drawing, Line, Rows, Scale, Shape

BINS = 40


@dataclass(frozen=True, slots=True)
class StripRow:
    """A judge: the totals given, their mean, and a word at the end of the row."""

    name: str
    values: Sequence[float]
    mean: float
    aside: str
    flagged: bool = False


def mark_strips(
    rows: Sequence[StripRow], *, unit: str, low: float, high: float, narrow: bool = False
) -> Drawing:
    """low, high: ends of the scale in points."""
    frame = Rows(len(rows), narrow, top=10, aside=130)
    scale = Scale(low, high, frame.start, frame.end)
    counts = [_histogram(row.values, low, high) for row in rows]
    highest = max((max(own) for own in counts), default=1) or 1
    shapes: list[Shape] = [*frame.grid(scale, unit)]
    for at, (row, own) in enumerate(zip(rows, counts, strict=True)):
        shapes += _row(frame, scale, at, row, own, highest)
    return Drawing(frame.width, frame.height, tuple(shapes))


def _histogram(values: Sequence[float], low: float, high: float) -> list[int]:
    counts = [0] * BINS
    for value in values:
        share = (value - low) / (high - low) if high > low else 0.5
        counts[min(BINS - 1, max(0, int(share * BINS)))] += 1
    return counts


def _row(
    frame: Rows, scale: Scale, at: int, row: StripRow, counts: Sequence[int], highest: int
) -> Iterator[Shape]:
    look = " flagged" if row.flagged else ""
    tallest = 18.0
    floor = frame.middle(at) + 9
    width = (frame.end - frame.start) / BINS
    yield frame.named(at, row.name, "name" + look)
    yield frame.aside_text(at, row.aside, "value" + look)
    yield Line(frame.start, floor, frame.end, floor, "grid")
    for place, count in enumerate(counts):
        if count:
            height = round(max(3.0, tallest * count / highest), 1)
            x = round(frame.start + place * width + 0.5, 1)
            yield Box(x, round(floor - height, 1), round(width - 1, 1), height, "pile" + look, str(count))
    yield Line(scale(row.mean), floor - 20, scale(row.mean), floor + 2, "estimate")
