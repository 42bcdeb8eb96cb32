"""How many sessions of each track go into which bin (block, room): the frame of a plan, and a bound on its
price.

Sessions that could go to the same bins at the same prices are counted, not named. That takes the symmetry
out, which is what makes the search for single sessions slow, and leaves everything that tracks and seats
cost; people and slots are left out, so no plan can be cheaper than the best frame.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from roadshows.agenda_grid import Grid
from roadshows.agenda_watch import Watch

Class = tuple[int, tuple[int, ...], frozenset[int]]
"""Track, price in each room, bins it may go to."""


@dataclass(frozen=True, slots=True)
class Frame:
    """used: (bin, track) that the frame needs; seats: (track, prices, room) that it accepts although there
    are too few seats; bound: no plan has less overflow and fewer tracks per bin, moves aside.
    """

    used: frozenset[tuple[int, int]]
    seats: frozenset[tuple[int, tuple[int, ...], int]]
    bound: int

    def cells(self, grid: Grid, e: int, *, strict: bool) -> list[int]:
        """Cells of an event within the frame; `strict`: with too few seats only where the frame has it so."""
        track, over = grid.tracks[e], tuple(grid.over[e])
        return [
            c
            for c in grid.allowed[e]
            for r in [grid.room_of[c]]
            if (grid.bin_of[c], track) in self.used
            and not (strict and over[r] and (track, over, r) not in self.seats)
        ]


def best_frame(grid: Grid, watch: Watch, *, effort: float, seed: int) -> Frame:
    """The cheapest frame, or as near to it as `effort` gets; the bound holds in any case."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    price: list[tuple[int, Any]] = []
    share, seats = _sessions(grid, model, price)
    used = _bins(grid, model, price, share)
    model.minimize(cp_model.LinearExpr.weighted_sum([x for _, x in price], [p for p, _ in price]))
    found = watch.run(model, effort=effort, seed=seed, share=0.5)
    if not found.has_plan:
        return Frame(frozenset(used), frozenset(seats), 0)
    taken = found.solver.boolean_value
    return Frame(
        frozenset(key for key, x in used.items() if taken(x)),
        frozenset(key for key, numbers in seats.items() if any(found.solver.value(x) for x in numbers)),
        max(0, math.ceil(found.solver.best_objective_bound - 1e-6)),
    )


def _classes(grid: Grid) -> dict[Class, int]:
    return Counter(
        (grid.tracks[e], tuple(grid.over[e]), frozenset(grid.bin_of[c] for c in grid.allowed[e]))
        for e in range(len(grid.tracks))
    )


def _sessions(
    grid: Grid, model: Any, price: list[tuple[int, Any]]
) -> tuple[dict[tuple[int, int], list[Any]], dict[tuple[int, tuple[int, ...], int], list[Any]]]:
    """Numbers of sessions by class and bin, summed up by (bin, track), and by (track, prices, room). A class
    that may go to all bins of its rooms is counted by room, which has fewer equal solutions."""
    bins_of: dict[int, list[int]] = {}
    for b, (_, r) in enumerate(grid.bins):
        bins_of.setdefault(r, []).append(b)
    share: dict[tuple[int, int], list[Any]] = {}
    by_room: dict[tuple[int, int], list[Any]] = {}
    seats: dict[tuple[int, tuple[int, ...], int], list[Any]] = {}
    for (track, over, bins), count in sorted(
        _classes(grid).items(), key=lambda item: (item[0][:2], sorted(item[0][2]))
    ):
        rooms = dict.fromkeys(grid.bins[b][1] for b in sorted(bins))
        is_free = all(set(bins_of[r]) <= bins for r in rooms)
        numbers = []
        for r in rooms if is_free else ():
            number = model.new_int_var(0, count, "")
            by_room.setdefault((r, track), []).append(number)
            numbers.append(number)
            seats.setdefault((track, over, r), []).append(number)
            price.append((over[r], number))
        for b in () if is_free else sorted(bins):
            number = model.new_int_var(0, min(count, grid.bin_size[b]), "")
            share.setdefault((b, track), []).append(number)
            numbers.append(number)
            seats.setdefault((track, over, grid.bins[b][1]), []).append(number)
            price.append((over[grid.bins[b][1]], number))
        model.add(sum(numbers) == count)
    for (r, track), numbers in by_room.items():
        parts = [model.new_int_var(0, grid.bin_size[b], "") for b in bins_of[r]]
        model.add(sum(parts) == sum(numbers))
        for b, part in zip(bins_of[r], parts, strict=True):
            share.setdefault((b, track), []).append(part)
    return share, seats


def _bins(
    grid: Grid, model: Any, price: list[tuple[int, Any]], share: dict[tuple[int, int], list[Any]]
) -> dict[tuple[int, int], Any]:
    """Bins hold what fits; a track that is in a bin costs. Each track needs a number of bins in any case."""
    weight = grid.problem.weights.block_track
    used: dict[tuple[int, int], Any] = {}
    of_track: dict[int, list[Any]] = {}
    in_bin: dict[int, list[Any]] = {}
    for (b, track), numbers in share.items():
        x = used[b, track] = model.new_bool_var("")
        count = model.new_int_var(0, grid.bin_size[b], "")
        model.add(count == sum(numbers))
        model.add(count <= grid.bin_size[b] * x)
        model.add(count >= x)
        price.append((weight, x))
        of_track.setdefault(track, []).append(x)
        in_bin.setdefault(b, []).append(count)
    for b, counts in in_bin.items():
        model.add(sum(counts) <= grid.bin_size[b])
    largest = max(grid.bin_size)
    for track, literals in of_track.items():
        model.add(sum(literals) >= -(-grid.tracks.count(track) // largest))
    return used
