"""The planning rules with cells counted instead of named: much smaller, and nearly as strict.

Of the free cells of one slot and venue one is as good as another to everything but seats and tracks. So each
session has its old cell, where there is a plan before, and one cell for each (slot, venue). Where slots
overlap or locks name rooms, more is possible here than in truth; what is impossible here is impossible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from roadshows.agenda_grid import Grid, Plan
from roadshows.agenda_hall import match
from roadshows.agenda_model import Model, Options


class CountedModel(Model):
    """All sessions; as many at each (slot, venue) as there are cells, and one at most in each old cell."""

    def __init__(self, grid: Grid, options: Options) -> None:
        super().__init__(grid, {e: _choices(grid, e) for e in range(len(grid.allowed))}, {}, options)

    def _rooms(self) -> None:
        grid = self.grid
        cells = Counter(grid.node_of)
        at: dict[int, list[Any]] = {}
        at_home: dict[int, list[Any]] = {}
        for (e, c), x in self.x.items():
            at.setdefault(grid.node_of[c], []).append(x)
            if grid.base is not None and grid.base[e] == c:
                at_home.setdefault(c, []).append(x)
        for n, literals in at.items():
            if len(literals) > cells[n]:
                self.cp.add(sum(literals) <= cells[n])
        for literals in at_home.values():
            self._at_most_one(literals)


def _choices(grid: Grid, e: int) -> list[int]:
    """The old cell, if it is allowed, and one other of each node."""
    home = None if grid.base is None else grid.base[e]
    others = {grid.node_of[c]: c for c in grid.allowed[e] if c != home}
    return [*([home] if home is not None and home in grid.allowed[e] else []), *others.values()]


def named_cells(grid: Grid, counted: Mapping[int, int]) -> Plan | None:
    """A cell for each session at its node, the old one for those who stay; None where that isn't possible."""
    found = match(
        {
            e: [c] if grid.base is not None and grid.base[e] == c else _same_node(grid, e, c)
            for e, c in counted.items()
        }
    )
    return found if isinstance(found, dict) else None


def _same_node(grid: Grid, e: int, c: int) -> list[int]:
    return [other for other in grid.allowed[e] if grid.node_of[other] == grid.node_of[c]]
