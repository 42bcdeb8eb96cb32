"""After a cancellation: the waiting list fills the gaps, and as few standing meetings as possible change.

First as few standing meetings as possible are given up, then as few as possible move to another slot, then
the value is as great as possible; each step is a program in whole numbers that keeps what the steps before
have reached. When all can stay where they are, only the gaps are looked at.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, vstack

from core.highs import INFINITY, is_infeasible, is_optimal, load, new_highs, seconds_until
from core.quoting import quoted
from roadshows import meetings_conflict as conflicts
from roadshows.meetings_matching import floor_of, match
from roadshows.meetings_problem import NO_SLOT, Bools, Longs, Problem, keeps_rules
from roadshows.meetings_program import ENDLESS, Cells, Floats, Rows, all_cells, concerned, rows_of
from roadshows.meetings_words import Conflict, MeetingsError, SolverMissing

_NODES_TIMES_CELLS = 3_000_000
_MOST_CELLS = 4_000  # of the whole problem; beyond, the bound of the matching will do
_MOST_CELLS_TO_SPEND_MOVES = 30_000  # the same when moves may be spent on value

Meeting = tuple[str, str, str]


@dataclass(frozen=True)
class Repair:
    """What `repair` found.

    before, slot: of each pair of the problem, NO_SLOT for those that don't meet; before: without what was
    canceled. objective: sum of values, None without a timetable; bound: none that gives up and moves so few
    has more. proven: no timetable gives up or moves fewer. stopped: "time" when the limit ended the search.
    conflict: rules that can't all be kept.
    """

    problem: Problem
    before: Longs
    slot: Longs
    stopped: str
    objective: int | None = None
    bound: int | None = None
    proven: bool = False
    conflict: tuple[Conflict, ...] = ()

    @property
    def gap(self) -> float | None:
        """(bound - objective) / |objective|; 0 when proven best among those with as few changes."""
        if self.objective is None or self.bound is None:
            return None
        return (self.bound - self.objective) / max(1, abs(self.objective))

    @cached_property
    def meetings(self) -> tuple[Meeting, ...]:
        """(team, investor, slot) of every meeting, in the order of the pairs."""
        return self._listed(self.slot != NO_SLOT, self.slot)

    @cached_property
    def new(self) -> tuple[Meeting, ...]:
        """(team, investor, slot) of meetings that came from the waiting list."""
        return self._listed((self.before == NO_SLOT) & (self.slot != NO_SLOT), self.slot)

    @cached_property
    def moved(self) -> tuple[tuple[Meeting, str], ...]:
        """Meetings with their new slot, and the old one."""
        moved = (self.before != NO_SLOT) & (self.slot != NO_SLOT) & (self.before != self.slot)
        old = [slot for _, _, slot in self._listed(moved, self.before)]
        return tuple(zip(self._listed(moved, self.slot), old, strict=True))

    @cached_property
    def given_up(self) -> tuple[Meeting, ...]:
        """Standing meetings, with their old slot, for which there is no room any more."""
        return self._listed((self.before != NO_SLOT) & (self.slot == NO_SLOT), self.before)

    def _listed(self, pairs: Bools, slot: Longs) -> tuple[Meeting, ...]:
        problem = self.problem
        return tuple(
            (
                problem.teams[problem.team[at]],
                problem.investors[problem.investor[at]],
                problem.slots[slot[at]],
            )
            for at in np.flatnonzero(pairs).tolist()
        )


def repair(
    problem: Problem,
    *,
    canceled: Collection[tuple[str, str]] = (),
    teams_out: Collection[str] = (),
    investors_out: Collection[str] = (),
    extra_moves: int = 0,
    seed: int = 1,
    seconds: float = 60.0,
) -> Repair:
    """Mend the timetable in `problem.base` when meetings are canceled, people drop out, or rules changed.

    canceled: pairs (team, investor) that will not meet at all. teams_out, investors_out: ids of those who
    left. extra_moves: so many more standing meetings than need be may move, if that brings value.
    Raises MeetingsError when an id or pair is not of the problem, SolverMissing without HiGHS.
    """
    if find_spec("highspy") is None:
        raise SolverMissing("highspy")
    rest, left = _rest(problem, canceled, teams_out, investors_out)
    before = np.where(left, problem.base, NO_SLOT)
    mender = _Mender(rest, extra_moves, seed, time.monotonic() + seconds)
    found = mender.mend()
    slot = np.full(len(problem.team), NO_SLOT)
    slot[left] = found.slot
    return Repair(
        problem,
        before,
        slot,
        "time" if mender.out_of_time else "done",
        objective=found.value,
        bound=found.bound,
        proven=found.proven,
        conflict=found.conflict,
    )


def _rest(
    problem: Problem,
    canceled: Collection[tuple[str, str]],
    teams_out: Collection[str],
    investors_out: Collection[str],
) -> tuple[Problem, Bools]:
    """The problem without pairs that can't meet any more, and which pairs are left; shape (pairs,)."""
    left = np.ones(len(problem.team), bool)
    for team, investor in canceled:
        place = problem.place_of(team, investor)
        if place is None:
            shown = {"team": quoted(team), "investor": quoted(investor)}
            raise MeetingsError("canceled", "unknown_pair", **shown)
        left[place] = False
    least: dict[str, Any] = {}
    for side, out in zip(problem.sides, (teams_out, investors_out), strict=True):
        number = {name: at for at, name in enumerate(side.ids)}
        for name in out:
            if name not in number:
                raise MeetingsError(f"{side.name}s_out", "unknown_person", value=quoted(name))
        gone = np.isin(np.arange(len(side.ids)), [number[name] for name in out])
        left &= ~gone[side.of_pair]
        least[f"{side.name}_least"] = np.where(gone, 0, side.least)
    of_pairs = ("team", "investor", "value", "interpreted", "must", "fixed", "base")
    return problem.with_(**least, **{name: getattr(problem, name)[left] for name in of_pairs}), left


@dataclass(frozen=True, slots=True)
class _Mended:
    slot: Longs
    value: int | None = None
    bound: int | None = None
    proven: bool = False
    conflict: tuple[Conflict, ...] = ()


class _Mender:
    """The steps one after the other."""

    def __init__(self, problem: Problem, extra_moves: int, seed: int, deadline: float) -> None:
        self.problem, self.extra_moves = problem, extra_moves
        self.seed, self.deadline = seed, deadline
        self.base: Longs = problem.base
        self.standing: Bools = self.base != NO_SLOT
        self.out_of_time = False

    def mend(self) -> _Mended:
        kept, proven = self._least_changes()
        if kept is None:
            return self._none(conflicts.all_conflicts(self.problem) if proven else ())
        filled, bound = self._filled(kept)
        if self.extra_moves or (kept != self.base).any():
            moves = int((self.standing & (kept != NO_SLOT) & (kept != self.base)).sum())
            filled, bound = self._best_with_moves(filled, moves + self.extra_moves)
        value = self._value(filled)
        return _Mended(filled, value, max(value, bound), proven)

    def _value(self, slot: Longs) -> int:
        return int(self.problem.value[slot != NO_SLOT].sum())

    def _none(self, conflict: tuple[Conflict, ...]) -> _Mended:
        return _Mended(np.full(len(self.base), NO_SLOT), conflict=conflict)

    def _least_changes(self) -> tuple[Longs | None, bool]:
        """Standing and needed meetings alone: fewest given up, then fewest moved; whether that is proven."""
        problem = self.problem
        if keeps_rules(problem, self.base):
            return self.base, True
        if conflicts.single_conflicts(problem):
            return None, True
        cells = all_cells(problem, self.standing | concerned(problem))
        if not len(cells.pair):
            return np.full(len(self.base), NO_SLOT), True
        stands = self.standing[cells.pair]
        dear = int(self.standing.sum()) + 1
        cost = np.where(stands, (cells.slot != self.base[cells.pair]) - float(dear), 0.0)
        highs = self._solved(cells, rows_of(problem, cells), cost)
        if is_infeasible(highs):
            return None, True
        return self._slots(highs, cells, None), is_optimal(highs)

    def _filled(self, kept: Longs) -> tuple[Longs, int]:
        """What is kept stays; the best of the waiting list in the gaps, and the bound for that."""
        problem = self.problem
        held = kept != NO_SLOT
        free = problem.allowed & ~held[:, None]
        for side in problem.sides:
            busy = np.zeros((len(side.ids), len(problem.slots)), bool)
            busy[side.of_pair[held], kept[held]] = True
            free &= ~busy[side.of_pair] & (side.count(held) < side.most)[side.of_pair, None]
        tables = np.bincount(kept[held], minlength=len(problem.slots))
        free &= tables < problem.tables
        cells = Cells(*np.nonzero(free))
        worth = int(problem.value[held].sum())
        if not len(cells.pair):
            return kept, worth
        rows = rows_of(problem, cells, kept, wanting=False)
        highs = self._solved(cells, rows, -problem.value[cells.pair].astype(float))
        slot = self._slots(highs, cells, kept)
        bound = floor_of(-highs.getInfo().mip_dual_bound)
        return (kept if slot is None else slot), worth + bound

    def _best_with_moves(self, start: Longs, most_moves: int) -> tuple[Longs, int]:
        """The greatest value with no more given up than in `start`, and no more moved than that."""
        problem = self.problem
        matching = match(problem, seed=self.seed, deadline=self.deadline)
        assert matching.bound is not None
        gap = matching.bound - self._value(start)
        cells = all_cells(problem, matching.price <= gap + 0.5)
        most_cells = _MOST_CELLS_TO_SPEND_MOVES if self.extra_moves else _MOST_CELLS
        if not gap or len(cells.pair) > most_cells:
            return start, matching.bound
        rows = rows_of(problem, cells)
        stands = self.standing[cells.pair]
        moves = stands & (cells.slot != self.base[cells.pair])
        held = int((self.standing & (start != NO_SLOT)).sum())
        more = csr_matrix(np.stack([moves, stands]).astype(float))
        rows = Rows(
            csr_matrix(vstack([rows.matrix, more], format="csr")),
            np.concatenate([rows.least, [0, held]]),
            np.concatenate([rows.most, [most_moves, ENDLESS]]),
            np.concatenate([rows.kind, [-1, -1]]),
            np.concatenate([rows.number, [0, 0]]),
        )
        cost = -problem.value[cells.pair].astype(float)
        highs = self._solved(cells, rows, cost)
        slot = self._slots(highs, cells, None)
        dual = highs.getInfo().mip_dual_bound
        bound = matching.bound if dual == -INFINITY else min(matching.bound, floor_of(-dual))
        return (start if slot is None else slot), bound

    def _solved(self, cells: Cells, rows: Rows, cost: Floats) -> Any:
        width = len(cells.pair)
        highs = new_highs(
            self.seed,
            mip_max_nodes=_NODES_TIMES_CELLS // (width + 1),
            time_limit=seconds_until(self.deadline),
        )
        ones = np.ones(width)
        load(highs, rows.matrix, (rows.least, rows.most), cost, (0 * ones, ones), whole=ones > 0)
        highs.run()
        self.out_of_time = self.out_of_time or time.monotonic() > self.deadline
        return highs

    def _slots(self, highs: Any, cells: Cells, outside: Longs | None) -> Longs | None:
        if highs.getInfo().primal_solution_status != 2:
            return None
        taken = np.asarray(highs.getSolution().col_value) > 0.5
        slot = np.full(len(self.base), NO_SLOT) if outside is None else outside.copy()
        slot[cells.pair[taken]] = cells.slot[taken]
        return slot
