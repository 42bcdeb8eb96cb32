"""Heat maps: a figure for each row and column, blue below zero, red above, the figure itself in the cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from judging.pictures.shapes import Box, Drawing, Line, Shape, Text, shortened, text_width

_NAMES = 168
_ROW = 24
_STEPS = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """`value` is what is shown, `share` how strong it is: −1 … 1. `barred`: hatched, a judge who recused."""

    value: str = ""
    share: float = 0.0
    barred: bool = False
    title: str = ""


def heat_map(
    rows: Sequence[tuple[str, Sequence[Cell | None]]], columns: Sequence[str], *, cell: float = 34
) -> Drawing:
    """rows: name and a cell for each of `columns`, None where there is nothing. Columns' names are turned."""
    longest = max((min(text_width(name, 12), 110) for name in columns), default=0)
    top = 18 + longest * 0.75
    width = _NAMES + cell * len(columns) + 12 + longest * 0.72
    shapes: list[Shape] = []
    for at, name in enumerate(columns):
        x = _NAMES + cell * (at + 0.5)
        shapes.append(Text(round(x, 1), round(top - 8, 1), shortened(name, 110, 12), "column", "start", -45))
    for at, (name, cells) in enumerate(rows):
        y = top + at * _ROW
        shapes.append(Text(_NAMES - 8, round(y + 16.5, 1), shortened(name, _NAMES - 14), "name", "end"))
        for place, one in enumerate(cells):
            if one is not None:
                shapes += _cell(round(_NAMES + cell * place, 1), round(y, 1), cell, one)
    return Drawing(round(width, 1), round(top + len(rows) * _ROW + 8, 1), tuple(shapes))


def _cell(x: float, y: float, width: float, cell: Cell) -> Iterator[Shape]:
    step = round(max(-1.0, min(1.0, cell.share)) * _STEPS)
    side = "high" if step > 0 else "low"
    look = "barred" if cell.barred else ("heat" if step == 0 else f"heat {side}-{abs(step)}")
    yield Box(x + 1, y + 1, width - 2, _ROW - 2, look, cell.title, 2)
    if cell.barred:
        for offset in range(0, int(width), 8):
            yield Line(x + 1 + offset, y + _ROW - 1, x + min(width - 1, offset + 8), y + 1, "hatch")
    elif cell.value:
        tone = " strong" if abs(step) == _STEPS else ""
        yield Text(round(x + width / 2, 1), y + 16, cell.value, "cell" + tone, "middle")
