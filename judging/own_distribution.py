"""How one judge's totals of a round are spread so far: in numbers, per band, and as bars of a small picture.

Of one judge alone, so that she finds her own measure; nothing of it says how others mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

BINS = 20
WIDTH, HEIGHT = 320, 48
"""Of the picture, in its own units."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin of the picture: submitted totals at the bottom, open ones on top; heights in picture units."""

    x: int
    sent: int
    open: int


@dataclass(frozen=True, slots=True)
class BandCount:
    """How many totals lie in a band: from `least` up to below `below` (None: up to the full mark)."""

    name: str
    least: Decimal
    below: Decimal | None
    count: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """`mean` is rounded half up to two decimals; `mean_x` is its place in the picture."""

    count: int
    sent: int
    mean: Decimal
    lowest: Decimal
    highest: Decimal
    least: Decimal
    full: Decimal
    bars: tuple[Bar, ...]
    bands: tuple[BandCount, ...]
    mean_x: int

    @property
    def sent_path(self) -> str:
        """The submitted bars as one SVG path: a page of sixty rows stays light."""
        return "".join(f"M{bar.x + 1} {HEIGHT}v-{bar.sent}h14v{bar.sent}z" for bar in self.bars if bar.sent)

    @property
    def open_path(self) -> str:
        """The open bars, drawn as outlines, half a unit inside."""
        return "".join(
            f"M{bar.x + 1}.5 {HEIGHT - bar.sent - 0.5}v-{bar.open - 1}h13v{bar.open - 1}z"
            for bar in self.bars
            if bar.open
        )


def spread_of(
    sent: Sequence[Decimal],
    open_: Sequence[Decimal],
    *,
    least: Decimal,
    full: Decimal,
    bands: Sequence[tuple[str, int]] = (),
) -> Distribution | None:
    """The distribution of submitted and of completely marked open totals; None below two of them.

    least, full: the lowest and highest total that a sheet can hold. bands: (name, lower bound in percent of
    the way from least to full), in any order; the lowest starts at 0.
    """
    totals = [*sent, *open_]
    if len(totals) < 2 or full <= least:
        return None
    whole = full - least
    counts = [[0, 0] for _ in range(BINS)]
    for which, group in enumerate((sent, open_)):
        for total in group:
            counts[min(BINS - 1, max(0, int((total - least) * BINS / whole)))][which] += 1
    tallest = max(first + second for first, second in counts)
    exact = sum(totals, Decimal()) / len(totals)
    starts = sorted(((least + whole * percent / 100, name) for name, percent in bands), reverse=True)
    found = []
    below: Decimal | None = None
    for start, name in starts:
        inside = sum(start <= total and (below is None or total < below) for total in totals)
        found.append(BandCount(name, start, below, inside))
        below = start
    return Distribution(
        len(totals),
        len(sent),
        exact.quantize(Decimal("0.01"), ROUND_HALF_UP),
        min(totals),
        max(totals),
        least,
        full,
        tuple(
            Bar(place * WIDTH // BINS, _height(first, tallest), _height(second, tallest))
            for place, (first, second) in enumerate(counts)
            if first or second
        ),
        tuple(found),
        int((exact - least) * WIDTH / whole),
    )


def _height(count: int, tallest: int) -> int:
    """In picture units; what is there at all can be seen."""
    return max(2, count * HEIGHT // tallest) if count else 0
