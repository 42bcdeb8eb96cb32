"""Tables for a terminal, with columns that line up under Chinese and Korean names."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence


def text_table(lines: Sequence[Sequence[str]], *, numbers: Collection[int]) -> str:
    """Lines of cells, the header first. Columns whose cells are all empty are left out; those in `numbers`
    stand at the right.
    """
    used = [place for place in range(len(lines[0])) if any(line[place] for line in lines[1:])]
    widths = {place: max(_width(line[place]) for line in lines) for place in used}
    rows = []
    for line in lines:
        cells = []
        for place in used:
            space = " " * (widths[place] - _width(line[place]))
            cells.append(space + line[place] if place in numbers else line[place] + space)
        rows.append("  ".join(cells).rstrip())
    return "\n".join(rows) + "\n"


def _width(text: str) -> int:
    """Columns on a terminal: Chinese and Korean characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
