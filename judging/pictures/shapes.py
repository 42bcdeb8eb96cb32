"""What all pictures are made of: lines, boxes, dots, texts; and the scale that turns figures into places.

Coordinates are CSS pixels of the drawing's own size. `look` names classes of static/css/pictures.css, which
hold every color and width; `title` is what a pointer that rests on the shape is told.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

WIDE, NARROW = 760, 340
"""Widths for a desk and for a phone held upright."""


@dataclass(frozen=True, slots=True)
class Line:
    kind: ClassVar[str] = "line"
    x1: float
    y1: float
    x2: float
    y2: float
    look: str = ""
    title: str = ""
    width: float | None = None


@dataclass(frozen=True, slots=True)
class Box:
    kind: ClassVar[str] = "box"
    x: float
    y: float
    width: float
    height: float
    look: str = ""
    title: str = ""
    radius: float = 0


@dataclass(frozen=True, slots=True)
class Dot:
    kind: ClassVar[str] = "dot"
    x: float
    y: float
    radius: float
    look: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """`turn`: degrees by which the text is turned around its place."""

    kind: ClassVar[str] = "text"
    x: float
    y: float
    text: str
    look: str = ""
    anchor: str = "start"
    turn: float = 0


Shape = Line | Box | Dot | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in the order in which they are painted."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps figures from `low` to `high` onto places from `start` to `end`; beyond is at the end."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high <= self.low:
            return round((self.start + self.end) / 2, 1)
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self, most: int = 6) -> list[float]:
        """At most about `most` round figures within the scale."""
        return round_steps(self.low, self.high, most)


def round_steps(low: float, high: float, most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten from `low` to `high`; one figure when they are equal."""
    if high <= low:
        return [low]
    rough = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 5, 10) if power * one >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(number * step, 10) + 0.0 for number in range(first, last + 1)]


def figure(value: float, places: int = 1, *, signed: bool = False) -> str:
    """A figure as people read it: a true minus, no minus before zero, a plus only when asked for."""
    text = f"{abs(value):.{places}f}"
    if not float(text):
        return text
    return f"−{text}" if value < 0 else (f"+{text}" if signed else text)


def tick_text(value: float) -> str:
    return figure(value, 0 if float(value).is_integer() else 1)


def text_width(text: str, size: float = 13) -> float:
    """About how wide a text is drawn: Han and Hangul fill a square, Latin letters about half of it."""
    return size * sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.56 for letter in text)


def shortened(text: str, width: float, size: float = 13) -> str:
    """The text, cut with an ellipsis where it would be wider than `width`."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Rows:
    """A picture of named rows over one scale: names to the left on a desk, above their row on a phone.

    `top`: room above the rows. `aside`: room for a short figure at the right end. `names`: room for names.
    """

    count: int
    narrow: bool = False
    top: float = 26
    bottom: float = 34
    names: float = 190
    aside: float = 70

    @property
    def width(self) -> float:
        return NARROW if self.narrow else WIDE

    @property
    def row(self) -> float:
        return 40 if self.narrow else 26

    @property
    def start(self) -> float:
        return 10 if self.narrow else self.names + 14

    @property
    def end(self) -> float:
        return self.width - (14 if self.narrow else self.aside + 10)

    @property
    def floor(self) -> float:
        """Where the rows end and the scale's figures begin."""
        return self.top + self.count * self.row

    @property
    def height(self) -> float:
        return self.floor + self.bottom

    def middle(self, at: int) -> float:
        """The height at which row `at` is drawn."""
        return self.top + at * self.row + (27 if self.narrow else self.row / 2)

    def named(self, at: int, name: str, look: str = "name") -> Text:
        if self.narrow:
            room = self.width - 20 - self.aside
            return Text(10, self.top + at * self.row + 15, shortened(name, room), look)
        return Text(self.names, self.middle(at) + 4.5, shortened(name, self.names - 8), look, "end")

    def aside_text(self, at: int, text: str, look: str = "value") -> Text:
        height = self.top + at * self.row + 15 if self.narrow else self.middle(at) + 4.5
        return Text(self.width - 8, height, text, look, "end")

    def grid(self, scale: Scale, unit: str, ticks: Sequence[float] | None = None) -> Iterator[Shape]:
        """Fine lines with their figures beneath, and what they count."""
        for value in scale.ticks(4 if self.narrow else 6) if ticks is None else ticks:
            x = scale(value)
            yield Line(x, self.top, x, self.floor, "grid")
            yield Text(x, self.floor + 14, tick_text(value), "tick", "middle")
        yield Text(self.end, self.floor + 29, unit, "tick", "end")
