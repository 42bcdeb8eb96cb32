"""Slopes: how a team's rank goes from the official view to others; crossing lines are disagreement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from judging.pictures.shapes import Dot, Drawing, Line, Shape, Text, shortened

_TOP, _BOTTOM, _NAMES, _STEP = 40, 16, 176, 22
_WIDTH = 760


@dataclass(frozen=True, slots=True)
class SlopeRow:
    """A team and its rank in each view, None where it has none. `spread`: its best and worst rank in the
    last view, which is a range. `crosses`: it is on another side of a prize line in some view.
    """

    name: str
    ranks: tuple[int | None, ...]
    spread: tuple[int, int] | None
    crosses: bool


def rank_slopes(
    rows: Sequence[SlopeRow], views: Sequence[str], lines: Sequence[int], *, last_view: str = ""
) -> Drawing:
    """views: what the ranks of a row are by, from the left; last_view names the column of ranges, if any.

    lines: places after which a prize line is drawn. Heights are ranks; ranks that no row has take no room.
    """
    used = sorted({rank for row in rows for rank in (*row.ranks, *(row.spread or ())) if rank is not None})
    height_of = {rank: _TOP + at * _STEP + _STEP / 2 for at, rank in enumerate(used)}
    columns = [*views, last_view] if last_view else list(views)
    step = (_WIDTH - 2 * _NAMES) / max(1, len(columns) - 1)
    places = [round(_NAMES + at * step, 1) for at in range(len(columns))]
    floor = _TOP + len(used) * _STEP
    shapes: list[Shape] = []
    for x, name in zip(places, columns, strict=True):
        shapes.append(Line(x, _TOP - 6, x, floor, "grid"))
        shapes.append(Text(x, 18, shortened(name, max(110, step - 8), 12), "column", "middle"))
    for line in lines:
        above, below = [r for r in used if r <= line], [r for r in used if r > line]
        if above and below:
            y = round((height_of[above[-1]] + height_of[below[0]]) / 2, 1)
            shapes.append(Line(_NAMES + 8, y, _WIDTH - _NAMES + 40, y, "prize-line"))
    taken: set[tuple[int, float]] = set()
    for at, row in sorted(enumerate(rows), key=lambda item: item[1].crosses):
        # Ranges stand side by side, or they would hide each other.
        shapes += _row(
            row, [*places[:-1], places[-1] + 9 * (at % 5 - 2)] if last_view else places, height_of, taken
        )
    return Drawing(_WIDTH, floor + _BOTTOM, tuple(shapes))


def _row(
    row: SlopeRow, places: Sequence[float], height_of: dict[int, float], taken: set[tuple[int, float]]
) -> Iterator[Shape]:
    look = " flagged" if row.crosses else ""
    known = [
        (x, height_of[rank], rank) for x, rank in zip(places, row.ranks, strict=False) if rank is not None
    ]
    for (x1, y1, _), (x2, y2, _) in pairwise(known):
        yield Line(x1, y1, x2, y2, "slope" + look, row.name)
    for x, y, _ in known:
        yield Dot(x, y, 4, "point" + look, row.name)
    if row.spread is not None and len(places) > len(row.ranks):
        x, best, worst = places[-1], height_of[row.spread[0]], height_of[row.spread[1]]
        yield Line(x, best, x, worst, "whisker" + look, row.name)
        for y in sorted({best, worst}):
            yield Dot(x, y, 3.5, "hollow" + look, row.name)
    for side, (x, y, rank) in enumerate(known[:: max(1, len(known) - 1)][:2]):
        if side and len(places) > len(row.ranks):
            continue  # ranges stand there
        # Teams of one rank share a height: the second name would be painted over the first.
        if (side, y) in taken:
            continue
        taken.add((side, y))
        anchor, beside = ("start", x + 12) if side else ("end", x - 12)
        text = f"{rank}  {shortened(row.name, _NAMES - 46)}"
        yield Text(beside, y + 4.5, text, "name" + look, anchor)
