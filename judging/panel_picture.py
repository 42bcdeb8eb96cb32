"""The graph of a panel as a picture: judges on a circle, a line between two who share entries."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

SIZE = 480
_MARGIN = 96
_WIDEST = 6.0


@dataclass(frozen=True, slots=True)
class Node:
    """A judge: where the dot is, where its label goes, and on which side of it the text stands."""

    name: str
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str
    load: int


@dataclass(frozen=True, slots=True)
class Edge:
    """Two judges who share `entries`; `width` grows with their number."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    entries: int


@dataclass(frozen=True, slots=True)
class PanelPicture:
    """Edges first, nodes on top; `most_shared` is the greatest number of entries that two judges share."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    most_shared: int
    size: int = SIZE


def picture(names: Mapping[str, str], pairs: Iterable[Sequence[str]]) -> PanelPicture:
    """names: judge key → name, in the order of the circle; pairs: (judge key, entry key)."""
    panels: dict[str, list[str]] = {}
    loads: Counter[str] = Counter()
    for judge, entry in pairs:
        panels.setdefault(entry, []).append(judge)
        loads[judge] += 1
    shared = Counter(
        pair for panel in panels.values() for pair in combinations(sorted(set(panel) & set(names)), 2)
    )
    most = max(shared.values(), default=0)
    places = {key: _place(at, len(names)) for at, key in enumerate(names)}
    edges = [
        Edge(*places[one], *places[other], round(0.5 + (_WIDEST - 0.5) * count / most, 2), count)
        for (one, other), count in sorted(shared.items(), key=lambda item: item[1])
    ]
    return PanelPicture(
        tuple(_node(name, *places[key], loads[key]) for key, name in names.items()), tuple(edges), most
    )


def _place(at: int, count: int) -> tuple[float, float]:
    angle = 2 * math.pi * at / max(1, count) - math.pi / 2
    radius = SIZE / 2 - _MARGIN
    return round(SIZE / 2 + radius * math.cos(angle), 1), round(SIZE / 2 + radius * math.sin(angle), 1)


def _node(name: str, x: float, y: float, load: int) -> Node:
    middle = SIZE / 2
    away = 14 / max(1.0, math.hypot(x - middle, y - middle))
    label_x, label_y = x + (x - middle) * away, y + (y - middle) * away + 4
    side = (x - middle) / (middle - _MARGIN)
    anchor = "middle" if abs(side) < 0.15 else ("start" if side > 0 else "end")
    return Node(name, x, y, round(label_x, 1), round(label_y, 1), anchor, load)
