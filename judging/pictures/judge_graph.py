"""The graph of a panel as a picture: judges on a circle, a line between two who share entries.

Judges of one group (connected by entries, directly or by way of others) share a color: scores of different
groups can't be compared. `sheet_graph` draws the sheets themselves, judges against teams.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from judging.pictures.shapes import Box, Dot, Drawing, Line, Shape, Text, shortened

SIZE = 480
_MARGIN = 96
_WIDEST = 6.0
_INK = 60


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
    group: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """Two judges who share `entries`; `width` grows with their number."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    entries: int
    group: int = 0


@dataclass(frozen=True, slots=True)
class PanelPicture:
    """Edges first, nodes on top; `most_shared` is the greatest number of entries that two judges share.

    `groups` counts the groups of judges with entries; 0 is the one with most judges.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    most_shared: int
    size: int = SIZE
    groups: int = 0


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
    group_of = groups([(judge, entry) for entry, panel in panels.items() for judge in panel])
    size = SIZE + 8 * max(0, len(names) - 24)
    places = {key: _place(at, len(names), size) for at, key in enumerate(names)}
    edges = [
        Edge(
            *places[one],
            *places[other],
            round(0.5 + (_WIDEST - 0.5) * count / most, 2),
            count,
            group_of.get(one, 0),
        )
        for (one, other), count in sorted(shared.items(), key=lambda item: item[1])
    ]
    nodes = [_node(name, *places[key], loads[key], size, group_of.get(key, 0)) for key, name in names.items()]
    return PanelPicture(tuple(nodes), tuple(edges), most, size, len(set(group_of.values())))


def groups(pairs: Iterable[Sequence[str]]) -> dict[str, int]:
    """Judge key → number of her group, 0 for the one with most judges; pairs: (judge key, entry key)."""
    root: dict[tuple[str, str], tuple[str, str]] = {}

    def find(one: tuple[str, str]) -> tuple[str, str]:
        while root.setdefault(one, one) != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    judges: dict[str, None] = {}
    for judge, entry in pairs:
        judges[judge] = None
        root[find(("judge", judge))] = find(("entry", entry))
    found = {judge: find(("judge", judge)) for judge in judges}
    sizes = Counter(found.values())
    order = sorted(sizes, key=lambda one: (-sizes[one], min(j for j, own in found.items() if own == one)))
    return {judge: order.index(own) for judge, own in found.items()}


def drawing(of: PanelPicture) -> Drawing:
    """The same as shapes."""
    thin = min(1.0, _INK / max(1, len(of.edges)))  # hundreds of lines would fill the circle
    shapes: list[Shape] = [
        Line(
            edge.x1,
            edge.y1,
            edge.x2,
            edge.y2,
            f"edge {_color(edge.group)}",
            width=round(edge.width * thin, 2),
        )
        for edge in of.edges
    ]
    for node in of.nodes:
        shapes.append(Dot(node.x, node.y, 6, f"node {_color(node.group)}", node.name))
        shapes.append(Text(node.label_x, node.label_y, shortened(node.name, 84, 12), "label", node.anchor))
    return Drawing(of.size, of.size, tuple(shapes))


def sheet_graph(
    judges: Mapping[str, str], entries: Mapping[str, str], pairs: Sequence[Sequence[str]]
) -> Drawing:
    """Judges to the left, teams to the right, a line for each sheet; teams stand near their judges."""
    group_of = groups(pairs)
    own: dict[str, list[str]] = {}
    for judge, entry in pairs:
        own.setdefault(entry, []).append(judge)
    left = sorted((key for key in judges if key in group_of), key=lambda key: (group_of[key], judges[key]))
    place = {key: at for at, key in enumerate(left)}
    right = sorted(
        own, key=lambda key: (sum(place[judge] for judge in own[key]) / len(own[key]), entries[key])
    )
    row, top, names, width = 24.0, 14.0, 170.0, 620.0
    rows = max(len(left), len(right), 1)
    height_of = {key: top + row * rows * (at + 0.5) / len(left) for at, key in enumerate(left)}
    height_to = {key: top + row * rows * (at + 0.5) / len(right) for at, key in enumerate(right)}
    shapes: list[Shape] = [
        Line(
            names,
            round(height_of[judge], 1),
            width - names,
            round(height_to[entry], 1),
            f"edge {_color(group_of[judge])}",
        )
        for judge, entry in pairs
    ]
    for key in left:
        y = round(height_of[key], 1)
        shapes.append(Dot(names, y, 6, f"node {_color(group_of[key])}"))
        shapes.append(Text(names - 12, y + 4.5, shortened(judges[key], names - 20), "name", "end"))
    for key in right:
        y = round(height_to[key], 1)
        shapes.append(Box(width - names - 5, y - 5, 10, 10, f"node {_color(group_of[own[key][0]])}"))
        shapes.append(Text(width - names + 12, y + 4.5, shortened(entries[key], names - 20), "name"))
    return Drawing(width, top * 2 + row * rows, tuple(shapes))


def _color(group: int) -> str:
    return f"group-{group % 7}"


def _place(at: int, count: int, size: float) -> tuple[float, float]:
    angle = 2 * math.pi * at / max(1, count) - math.pi / 2
    radius = size / 2 - _MARGIN
    return round(size / 2 + radius * math.cos(angle), 1), round(size / 2 + radius * math.sin(angle), 1)


def _node(name: str, x: float, y: float, load: int, size: float, group: int) -> Node:
    middle = size / 2
    away = 14 / max(1.0, math.hypot(x - middle, y - middle))
    label_x, label_y = x + (x - middle) * away, y + (y - middle) * away + 4
    side = (x - middle) / (middle - _MARGIN)
    anchor = "middle" if abs(side) < 0.15 else ("start" if side > 0 else "end")
    return Node(name, x, y, round(label_x, 1), round(label_y, 1), anchor, load, group)
