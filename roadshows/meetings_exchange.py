"""Makes a legal timetable better: all meetings of a few slots are chosen and placed anew, again and again.

Each time it is a small program in whole numbers whose relaxation is nearly whole (large neighborhood search,
P. Shaw, CP 1998). Which slots is drawn; when that no longer helps, more of them are taken together. With all
slots at once it is the whole problem, and its end is a proof.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack

from core.highs import INFINITY, is_optimal, load, new_highs, seconds_until
from roadshows.meetings_matching import Matching, floor_of
from roadshows.meetings_problem import NO_SLOT, Bools, Longs, Problem
from roadshows.meetings_program import Cells, Places, Rows, rows_of

_FEWEST_SLOTS, _FIRST_SLOTS, _MOST_SLOTS = 2, 3, 4
_MOST_CELLS = 6_000  # chosen anew at once, unless two slots have more
_CELLS_AT_ONCE = 500  # of a problem that is solved whole at once
_CELLS_SOON = 2_000  # of a problem that is solved whole when three slots don't help any more
_CELLS_AT_ALL = 12_000  # of a problem that is tried whole when nothing else helps
_PATIENCE = 80_000  # cells looked at without a better timetable before something larger is tried
_SHORT_PATIENCE = 15_000  # the same when the whole problem is soon solved
_LAST_PATIENCE = 400_000  # the same when there is nothing larger
_NODES_TIMES_CELLS = 2_000_000  # of a whole problem
_MOST_NODES = 60  # of a part
_MOST_NOISE = 9
_DEAREST = 10**6  # values beyond get no noise, which would cost precision


Stopped = Literal["time", "cancelled"]


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a timetable is: first the rules it still breaks (needed meetings and least numbers missing),
    then its value."""

    missing: int
    value: int

    def is_worse_than(self, other: Quality) -> bool:
        """Whether the other is to be preferred."""
        return (self.missing, -self.value) > (other.missing, -other.value)


def quality(problem: Problem, slot: Longs) -> Quality:
    """Of a timetable, the slot of each pair, that keeps the other rules."""
    held = slot != NO_SLOT
    missing = int((problem.needed & ~held).sum())
    for side in problem.sides:
        missing += int(np.maximum(0, side.least - side.count(held)).sum())
    return Quality(missing, int(problem.value[held].sum()))


@dataclass(frozen=True, slots=True)
class Exchanged:
    """slot: the timetable; bound: perhaps better than before; stopped: what ended it before its time;
    infeasible: proven that no timetable keeps all rules.
    """

    slot: Longs
    bound: int
    stopped: Stopped | None = None
    infeasible: bool = False


def exchange(
    problem: Problem,
    slot: Longs,
    matching: Matching,
    *,
    seed: int,
    deadline: float,
    cancelled: Callable[[], bool],
    tell: Callable[[Quality], None],
) -> Exchanged:
    """Improve the timetable until the bound of the matching is reached, nothing helps any more, or time is
    up."""
    assert matching.bound is not None
    bound = matching.bound
    draw = random.Random(seed)
    best = quality(problem, slot)
    slots, cells = len(problem.slots), int(problem.allowed.sum())
    soon = cells <= _CELLS_SOON
    widest = min(
        slots, _FIRST_SLOTS if soon else _MOST_SLOTS, max(_FEWEST_SLOTS, _MOST_CELLS * slots // max(1, cells))
    )
    width, in_vain = min(widest, _FIRST_SLOTS), 0
    everything = np.arange(slots)
    while best.missing or best.value < bound:
        if cancelled():
            return Exchanged(slot, bound, "cancelled")
        if time.monotonic() > deadline:
            return Exchanged(slot, bound, "time")
        whole = cells <= _CELLS_AT_ONCE
        last = width == widest and cells > _CELLS_AT_ALL
        patience = _LAST_PATIENCE if last else _SHORT_PATIENCE if soon else _PATIENCE
        if not whole and in_vain > patience:
            if last:
                break
            whole = width == widest
            width, in_vain = width + 1, 0
        chosen = everything if whole else np.sort(draw.sample(range(slots), width))
        price = None if best.missing else matching.price
        part = _Part(problem, slot, chosen, price, bound - best.value, _noise(problem, whole))
        found = part.solve(draw, deadline, _NODES_TIMES_CELLS // (cells + 1) if whole else _MOST_NODES)
        now = quality(problem, found)
        in_vain += len(part.cells.pair) + 1
        if best.is_worse_than(now):
            tell(now)
            in_vain = 0
        if not now.is_worse_than(best):
            slot, best = found, now
        if whole:
            if part.proven and best.missing:
                return Exchanged(slot, bound, infeasible=True)
            if part.bound is not None and not best.missing:
                bound = min(bound, max(part.bound, best.value))
            out_of_time = not part.proven and best.value < bound and time.monotonic() > deadline
            return Exchanged(slot, bound, "time" if out_of_time else None)
    return Exchanged(slot, bound)


def _noise(problem: Problem, whole: bool) -> int:
    return 0 if whole or np.abs(problem.value).max(initial=0) > _DEAREST else _MOST_NOISE


class _Part:
    """The program of some slots; what is held in the others stays."""

    def __init__(
        self,
        problem: Problem,
        slot: Longs,
        chosen: Places,
        price: NDArray[np.float64] | None,
        gap: int,
        noise: int,
    ) -> None:
        self.problem, self.slot, self.noise = problem, slot, noise
        inside = np.isin(slot, chosen)
        self.outside = np.where(inside, NO_SLOT, slot)
        self.cells = self._cells(chosen, inside, price, gap)
        self.bound: int | None = None
        self.proven = False

    def _cells(self, chosen: Places, inside: Bools, price: NDArray[np.float64] | None, gap: int) -> Cells:
        """Cells of the slots whose people have a meeting left, of pairs that can be part of something
        better."""
        problem = self.problem
        held = self.outside != NO_SLOT
        open_ = ~held
        for side in problem.sides:
            open_ &= (side.count(held) < side.most)[side.of_pair]
        if price is not None:
            open_ &= price <= gap + 0.5
        candidates = np.flatnonzero(open_ | inside)
        row, column = np.nonzero(problem.allowed[np.ix_(candidates, chosen)])
        return Cells(candidates[row], chosen[column])

    def solve(self, draw: random.Random, deadline: float, most_nodes: int) -> Longs:
        """The best timetable found, at least as good as the one there is."""
        problem, cells = self.problem, self.cells
        width = len(cells.pair)
        if not width:
            self.proven, self.bound = True, int(problem.value[self.outside != NO_SLOT].sum())
            return self.slot
        rows = rows_of(problem, cells, self.outside, wanting=False)
        wanted, people = self._wanted()
        scale = 1 + self.noise * int(problem.tables[np.unique(cells.slot)].sum())
        dear = 1 + 2 * int(np.abs(problem.value).max(initial=0)) * int(problem.tables.sum())
        worth = problem.value[cells.pair] + dear * problem.needed[cells.pair]
        cost = -(worth * scale + self._preferences(draw)).astype(float)
        extra = len(wanted)
        matrix, least, most = _with_wanted(rows, people, wanted, width)
        highs = new_highs(
            draw.randrange(2**31),
            mip_max_nodes=most_nodes,
            mip_abs_gap=0.999 * scale,
            time_limit=seconds_until(deadline),
        )
        columns = np.zeros(width + extra), np.concatenate([np.ones(width), wanted])
        whole = np.arange(width + extra) < width
        load(
            highs,
            matrix,
            (least, most),
            np.concatenate([cost, np.full(extra, float(dear * scale))]),
            columns,
            whole=whole,
        )
        highs.run()
        self.proven = is_optimal(highs)
        if not self.noise and highs.getInfo().mip_dual_bound > -INFINITY:
            self.bound = floor_of(-highs.getInfo().mip_dual_bound) - dear * int(problem.needed.sum())
        if highs.getInfo().primal_solution_status != 2:
            return self.slot
        taken = np.asarray(highs.getSolution().col_value)[:width] > 0.5
        found = self.outside.copy()
        found[cells.pair[taken]] = cells.slot[taken]
        return found

    def _wanted(self) -> tuple[NDArray[np.float64], csr_matrix]:
        """Meetings that people lack to their least number without the cells, and the cells of each."""
        problem, cells = self.problem, self.cells
        held = self.outside != NO_SLOT
        lacks, parts = [], []
        for side in problem.sides:
            lack = side.least - side.count(held)
            at = np.flatnonzero(lack > 0)
            of_person = csr_matrix(
                (np.ones(len(cells.pair)), (side.of_pair[cells.pair], np.arange(len(cells.pair)))),
                shape=(len(lack), len(cells.pair)),
            )
            lacks.append(lack[at].astype(float))
            parts.append(of_person[at])
        return np.concatenate(lacks), csr_matrix(vstack(parts, format="csr"))

    def _preferences(self, draw: random.Random) -> Longs:
        """Among equally good cells those of the timetable that stood before, or else any."""
        cells, base = self.cells, self.problem.base
        if not self.noise:
            return np.zeros(len(cells.pair), np.int64)
        if (base != NO_SLOT).any():
            return self.noise * (base[cells.pair] == cells.slot).astype(np.int64)
        return np.random.default_rng(draw.randrange(2**31)).integers(0, self.noise + 1, len(cells.pair))


def _with_wanted(
    rows: Rows, people: csr_matrix, wanted: NDArray[np.float64], width: int
) -> tuple[csr_matrix, NDArray[np.float64], NDArray[np.float64]]:
    """The rows, and below them those of least numbers, each with a column that counts what is missing."""
    extra = len(wanted)
    if not extra:
        return rows.matrix, rows.least, rows.most
    above = hstack([rows.matrix, csr_matrix((rows.matrix.shape[0], extra))])
    ones = csr_matrix((np.ones(extra), (range(extra), range(extra))), shape=(extra, extra))
    matrix = csr_matrix(vstack([above, hstack([people, ones])], format="csr"))
    return (
        matrix,
        np.concatenate([rows.least, wanted]),
        np.concatenate([rows.most, np.full(extra, INFINITY)]),
    )
