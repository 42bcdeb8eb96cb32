"""Severity forest: how strict each judge is beside the panel, with what chance alone would allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from judging.pictures.shapes import Dot, Drawing, Line, Rows, Scale, Shape, Text, figure


@dataclass(frozen=True, slots=True)
class SeverityRow:
    """A judge: severity in points, positive for strict, with its 95 % interval; `aside` a word at the end."""

    name: str
    severity: float
    low: float
    high: float
    flagged: bool
    aside: str = ""
    title: str = ""


def severity_forest(
    rows: Sequence[SeverityRow], *, unit: str, lenient: str, strict: str, narrow: bool = False
) -> Drawing:
    """rows from the strictest; `lenient` and `strict` name the two sides of zero."""
    frame = Rows(len(rows), narrow, top=26, aside=110 if not narrow else 100)
    reach = max((max(abs(row.low), abs(row.high)) for row in rows), default=1) or 1
    scale = Scale(-reach * 1.03, reach * 1.03, frame.start, frame.end)
    shapes: list[Shape] = [*frame.grid(scale, unit), *_sides(frame, scale, lenient, strict)]
    for at, row in enumerate(rows):
        shapes += _row(frame, scale, at, row)
    return Drawing(frame.width, frame.height, tuple(shapes))


def _sides(frame: Rows, scale: Scale, lenient: str, strict: str) -> Iterator[Shape]:
    yield Line(scale(0), frame.top - 6, scale(0), frame.floor, "zero")
    yield Text(scale(0) - 10, frame.top - 10, f"← {lenient}", "side", "end")
    yield Text(scale(0) + 10, frame.top - 10, f"{strict} →", "side")


def _row(frame: Rows, scale: Scale, at: int, row: SeverityRow) -> Iterator[Shape]:
    middle = frame.middle(at)
    look = " flagged" if row.flagged else ""
    yield frame.named(at, row.name, "name" + look)
    yield frame.aside_text(at, row.aside or figure(row.severity, signed=True), "value" + look)
    yield Line(scale(row.low), middle, scale(row.high), middle, "whisker" + look, row.title)
    yield Dot(scale(row.severity), middle, 5, "point" + look, row.title)
