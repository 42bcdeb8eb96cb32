"""Who judges what: an even, rotating assignment, the same for the same input and seed.

Each entry gets its judges one by one: among those who may judge it, whoever has the fewest entries, then
whoever has
met this entry's other judges least often (so that panels rotate and every judge is compared with every
other), then
by a seeded draw. Loads are then evened out by passing entries on along chains of judges.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True, slots=True)
class Spread:
    """`panels`: entry -> its judges, complete. `short`: entry -> how many judges are still missing."""

    panels: dict[int, frozenset[int]]
    short: dict[int, int]

    @property
    def loads(self) -> dict[int, int]:
        """Judge -> number of entries."""
        found: dict[int, int] = {}
        for panel in self.panels.values():
            for judge in panel:
                found[judge] = found.get(judge, 0) + 1
        return found


def spread(
    entries: Sequence[int],
    judges: Sequence[int],
    *,
    per_entry: int,
    seed: int,
    barred: AbstractSet[tuple[int, int]] = frozenset(),
    kept: Mapping[int, AbstractSet[int]] | None = None,
    movable: Mapping[int, AbstractSet[int]] | None = None,
) -> Spread:
    """Assign `per_entry` judges to every entry.

    entries, judges: ids. barred: (judge, entry) pairs that may not be. kept: entry -> judges who stay
    whatever
    happens; movable: entry -> judges already assigned who may be passed on to even out loads.
    """
    stay = {entry: set((kept or {}).get(entry, ())) for entry in entries}
    panels = {entry: stay[entry] | set((movable or {}).get(entry, ())) for entry in entries}
    may = {
        entry: {judge for judge in judges if (judge, entry) not in barred} | stay[entry] for entry in entries
    }
    load = dict.fromkeys(judges, 0)
    for panel in panels.values():
        for judge in panel:
            load[judge] = load.get(judge, 0) + 1
    met: dict[tuple[int, int], int] = {}
    for panel in panels.values():
        _count_meetings(met, panel)

    # Whoever has the fewest choices chooses first.
    for entry in sorted(entries, key=lambda entry: (len(may[entry]), _draw(seed, entry, 0))):
        panel = panels[entry]
        while len(panel) < per_entry and (
            free := [judge for judge in may[entry] if judge in load and judge not in panel]
        ):
            chosen = min(
                free,
                key=lambda judge: (
                    load[judge],
                    sum(met.get(_pair(judge, other), 0) for other in panel),
                    _draw(seed, entry, judge),
                ),
            )
            for other in panel:
                met[_pair(chosen, other)] = met.get(_pair(chosen, other), 0) + 1
            panel.add(chosen)
            load[chosen] += 1
    _even_out(panels, stay, may, load, judges)
    return Spread(
        {entry: frozenset(panel) for entry, panel in panels.items()},
        {entry: per_entry - len(panel) for entry, panel in panels.items() if len(panel) < per_entry},
    )


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def _count_meetings(met: dict[tuple[int, int], int], panel: AbstractSet[int]) -> None:
    for one, other in combinations(sorted(panel), 2):
        met[one, other] = met.get((one, other), 0) + 1


def _draw(seed: int, entry: int, judge: int) -> bytes:
    """A random-looking order that depends on nothing but the seed and the ids."""
    return hashlib.sha256(f"{seed}:{entry}:{judge}".encode()).digest()


def _even_out(
    panels: dict[int, set[int]],
    kept: Mapping[int, AbstractSet[int]],
    may: Mapping[int, AbstractSet[int]],
    load: dict[int, int],
    judges: Sequence[int],
) -> None:
    """While somebody has two entries more than somebody else can take over, pass one on along a shortest
    chain."""
    while chain := _chain(panels, kept, may, load, judges):
        for entry, giver, taker in chain:
            panels[entry].remove(giver)
            panels[entry].add(taker)
        load[chain[0][1]] -= 1
        load[chain[-1][2]] += 1


def _chain(
    panels: Mapping[int, AbstractSet[int]],
    kept: Mapping[int, AbstractSet[int]],
    may: Mapping[int, AbstractSet[int]],
    load: Mapping[int, int],
    judges: Sequence[int],
) -> list[tuple[int, int, int]]:
    """(entry, giver, taker) steps from a busiest judge to one with at least two entries fewer; [] if
    there is none."""
    has: dict[int, list[int]] = {judge: [] for judge in judges}
    for entry in sorted(panels):
        for judge in panels[entry]:
            if judge in has and judge not in kept[entry]:
                has[judge].append(entry)
    for busiest in sorted(judges, key=lambda judge: (-load[judge], judge)):
        if load[busiest] - min(load.values()) < 2:
            return []
        reached: dict[int, tuple[int, int] | None] = {busiest: None}
        queue = deque([busiest])
        while queue:
            giver = queue.popleft()
            for entry in has[giver]:
                for taker in sorted(may[entry] - panels[entry]):
                    if taker in reached or taker not in load:
                        continue
                    reached[taker] = (entry, giver)
                    if load[taker] <= load[busiest] - 2:
                        return _trace(reached, taker)
                    queue.append(taker)
    return []


def _trace(reached: Mapping[int, tuple[int, int] | None], last: int) -> list[tuple[int, int, int]]:
    steps: list[tuple[int, int, int]] = []
    taker = last
    while came := reached[taker]:
        entry, giver = came
        steps.append((entry, giver, taker))
        taker = giver
    return steps[::-1]
