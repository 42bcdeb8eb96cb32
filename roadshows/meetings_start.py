"""The first timetable: chosen pairs in slots, as many as fit in; what has to be held comes first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from core.highs import is_infeasible, load, new_highs, seconds_until
from roadshows.meetings_problem import NO_SLOT, Bools, Longs, Problem
from roadshows.meetings_program import all_cells, concerned, rows_of
from roadshows.meetings_slotting import Slotting

_TURNS = 20_000
_MOST_CELLS = 8_000  # of the rules alone as a program
_NODES_TIMES_CELLS = 2_000_000


def first_timetable(
    problem: Problem,
    chosen: Bools,
    core: Longs | None = None,
    *,
    seed: int,
    deadline: float,
    cancelled: Callable[[], bool],
) -> Longs:
    """Slots of the pairs: first those of `core`, a timetable that keeps all rules, or else fixed meetings;
    then those that stand in the base, needed ones, and the others of the chosen pairs.
    """
    slotting = Slotting(problem, seed)
    for before in (problem.fixed if core is None else core, np.where(chosen, problem.base, NO_SLOT)):
        for pair in np.flatnonzero(before != NO_SLOT).tolist():
            if slotting.slot_of[pair] == NO_SLOT and slotting.free_slots(pair) >> int(before[pair]) & 1:
                slotting.put(pair, int(before[pair]))
    slotting.hold_on_to(problem.needed if core is None else core != NO_SLOT)
    rest = chosen if core is None else _beside(problem, chosen, core != NO_SLOT)
    for group in (problem.needed, rest):
        waiting = [pair for pair in np.flatnonzero(group).tolist() if slotting.slot_of[pair] == NO_SLOT]
        slotting.place(waiting, turns=_TURNS, deadline=deadline, cancelled=cancelled)
    return np.array(slotting.slot_of, np.int64)


def _beside(problem: Problem, chosen: Bools, core: Bools) -> Bools:
    """Of the chosen pairs those that people have a meeting left for beside the core, the best first."""
    found = core.copy()
    left = [side.most - side.count(core) for side in problem.sides]
    wanted = np.flatnonzero(chosen & ~core)
    for pair in wanted[np.argsort(-problem.value[wanted], kind="stable")].tolist():
        people = [side.of_pair[pair] for side in problem.sides]
        if all(room[person] > 0 for room, person in zip(left, people, strict=True)):
            found[pair] = True
            for room, person in zip(left, people, strict=True):
                room[person] -= 1
    return found


def rules_alone(problem: Problem, *, seed: int, deadline: float) -> Longs | Literal["none", "unknown"]:
    """Some timetable that keeps all rules, of the pairs that a rule may need; "none" when there is none."""
    cells = all_cells(problem, concerned(problem))
    width = len(cells.pair)
    if width > _MOST_CELLS:
        return "unknown"
    rows = rows_of(problem, cells)
    highs = new_highs(
        seed,
        mip_max_nodes=_NODES_TIMES_CELLS // (width + 1),
        time_limit=seconds_until(deadline),
    )
    ones = np.ones(width)
    load(highs, rows.matrix, (rows.least, rows.most), 0 * ones, (0 * ones, ones), whole=ones > 0)
    highs.run()
    if is_infeasible(highs):
        return "none"
    if highs.getInfo().primal_solution_status != 2:
        return "unknown"
    taken = np.asarray(highs.getSolution().col_value) > 0.5
    slot = np.full(len(problem.team), NO_SLOT)
    slot[cells.pair[taken]] = cells.slot[taken]
    return slot
