"""Who judges what: the best assignment that keeps all rules, proven, connected, and with panels that mix.

A min-cost flow does most of it; a mixed-integer program takes over where the flow breaks a rule that it can't
hold. When there is no assignment, the result says which rules collide.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from judging import assignment_conflict as conflicts
from judging import panel_graph
from judging.assignment_core import solve_core
from judging.assignment_cut import is_enough
from judging.assignment_flow import solve_flow
from judging.assignment_mip import solve_mip
from judging.assignment_mixing import mix, repeated_meetings
from judging.assignment_problem import (
    GREATEST_GAIN,
    Longs,
    PanelRule,
    Problem,
    eligible_counts,
    is_connected,
    keeps_rules,
)
from judging.assignment_rows import rows_of, with_kept
from judging.assignment_words import AssignmentError, Conflict, SolverMissing

__all__ = [
    "Assignment",
    "AssignmentError",
    "Conflict",
    "Diff",
    "PanelRule",
    "Problem",
    "SolverMissing",
    "eligible_counts",
    "solve",
]

Status = Literal["optimal", "feasible", "infeasible", "unknown"]
Places = NDArray[np.intp]

MOST_PAIRS_FOR_PROGRAM = 120_000  # beyond, HiGHS doesn't end in a minute
_NONE: Places = np.zeros(0, np.intp)


@dataclass(frozen=True, slots=True)
class Diff:
    """Pairs (judge, entry) that an assignment adds to what was there before, and those it takes away."""

    added: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How far the wishes are met. points: gains of the pairs; ideal: gains if every entry had its best judges
    whatever their loads; over_target: entries of judges beyond their targets; changes: pairs not kept.
    """

    points: int
    ideal: int
    over_target: int
    interpreted: int
    repeated_meetings: int
    changes: int


@dataclass(frozen=True)
class Assignment:
    """What `solve` found.

    chosen: places of the pairs in the problem's arrays, ascending; empty without an assignment. objective:
    points less prices, None without an assignment; bound: none can have more. price_of_connection: what the
    best assignment without connectedness has more, None when that isn't known.
    stopped: "time" when the limit ended the search. conflict: rules that can't all be kept, when infeasible.
    """

    problem: Problem
    chosen: Places
    status: Status
    stopped: Literal["done", "time"]
    objective: int | None = None
    bound: int | None = None
    price_of_connection: int | None = None
    conflict: tuple[Conflict, ...] = ()

    @property
    def gap(self) -> float | None:
        """(bound - objective) / |objective|; 0 when proven best."""
        if self.objective is None or self.bound is None:
            return None
        return (self.bound - self.objective) / max(1, abs(self.objective))

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(judge, entry) of every chosen pair, in the order of the entries, then the judges."""
        problem = self.problem
        order = self.chosen[np.lexsort((problem.judge[self.chosen], problem.entry[self.chosen]))]
        return tuple(
            (problem.judges[judge], problem.entries[entry])
            for judge, entry in zip(problem.judge[order].tolist(), problem.entry[order].tolist(), strict=True)
        )

    @cached_property
    def panels(self) -> dict[str, tuple[str, ...]]:
        """Entry -> its judges."""
        found: dict[str, list[str]] = {entry: [] for entry in self.problem.entries}
        for judge, entry in self.pairs:
            found[entry].append(judge)
        return {entry: tuple(panel) for entry, panel in found.items()}

    @cached_property
    def loads(self) -> dict[str, int]:
        """Judge -> number of entries."""
        counts = np.bincount(self._judge, minlength=len(self.problem.judges))
        return dict(zip(self.problem.judges, counts.tolist(), strict=True))

    @cached_property
    def components(self) -> tuple[panel_graph.Component, ...]:
        """Of the graph of judges and entries (indices); one when it hangs together."""
        return panel_graph.components(*self._graph)

    @cached_property
    def bridges(self) -> tuple[tuple[str, str], ...]:
        """Pairs (judge, entry) without which the graph falls apart."""
        problem = self.problem
        places = self.chosen[panel_graph.bridges(*self._graph)]
        return tuple(
            (problem.judges[judge], problem.entries[entry])
            for judge, entry in zip(problem.judge[places], problem.entry[places], strict=True)
        )

    @cached_property
    def algebraic_connectivity(self) -> float:
        """Of the graph of judges, weighted by entries in common; see `panel_graph.algebraic_connectivity`."""
        return panel_graph.algebraic_connectivity(*self._graph)

    @cached_property
    def interpreted(self) -> int:
        """Number of interpreted pairs."""
        return int(self.problem.interpreted_mask[self.chosen].sum())

    @cached_property
    def repeated_meetings(self) -> int:
        """How often two judges meet more than all must on average (rounded up)."""
        return repeated_meetings(self.problem, self.chosen)

    @cached_property
    def wishes(self) -> Wishes:
        """How far the wishes are met."""
        problem, chosen = self.problem, self.chosen
        kept = 0 if problem.kept is None else int(problem.kept[chosen].sum())
        loads = np.bincount(self._judge, minlength=len(problem.judges))
        return Wishes(
            points=int(problem.gain[chosen].sum()),
            ideal=_ideal(problem),
            over_target=problem.over(loads),
            interpreted=self.interpreted,
            repeated_meetings=self.repeated_meetings,
            changes=len(chosen) - kept if problem.kept is not None else 0,
        )

    def diff(self, before: Collection[tuple[str, str]]) -> Diff:
        """What changes against the pairs (judge, entry) that were there before, each part sorted."""
        old, new = set(before), set(self.pairs)
        return Diff(tuple(sorted(new - old)), tuple(sorted(old - new)))

    @property
    def _judge(self) -> NDArray[np.int32]:
        return self.problem.judge[self.chosen]

    @property
    def _graph(self) -> tuple[NDArray[np.int32], NDArray[np.int32], int, int]:
        problem = self.problem
        return self._judge, problem.entry[self.chosen], len(problem.judges), len(problem.entries)


def solve(problem: Problem, *, seed: int = 1, seconds: float = 60.0) -> Assignment:
    """The best assignment, or why there is none.

    The same problem and seed give the same answer, unless `seconds` ran out (the flow, which takes seconds
    for millions of pairs, is never interrupted).

    Ties are broken by even loads, then by a draw, then by panels that mix. Raises SolverMissing when neither
    OR-tools nor HiGHS is installed.
    """
    deadline = time.monotonic() + seconds
    has_flow, has_mip = find_spec("ortools") is not None, find_spec("highspy") is not None
    if not has_flow and not has_mip:
        raise SolverMissing("ortools", "highspy")
    if found := conflicts.single_conflicts(problem):
        return _infeasible(problem, found)
    if not has_flow:
        return _by_program(problem, seed, deadline, None)
    flow = solve_flow(problem, _points(problem), seed)
    if flow is None:
        return _infeasible(problem, conflicts.flow_conflicts(problem))
    if found := _unkept(problem, seed, flow):
        return _infeasible(problem, found)
    kept = keeps_rules(problem, flow)
    if kept and (not problem.connected or is_connected(problem, flow)):
        return _finished(problem, seed, flow, problem.linear(flow), 0 if problem.connected else None)
    if not has_mip:
        raise SolverMissing("highspy")
    if len(problem.judge) > MOST_PAIRS_FOR_PROGRAM:
        return _by_core(problem, seed, deadline, flow)
    return _by_program(problem, seed, deadline, flow if kept else None)


def _by_program(problem: Problem, seed: int, deadline: float, best: Places | None) -> Assignment:
    """All rules as a mixed-integer program. best: the best without connectedness, if known."""
    rows = None
    if problem.fewest_changes and problem.kept is not None:
        fewest = solve_mip(_only_changes(problem), seed=seed, deadline=deadline)
        if fewest.infeasible:
            return _infeasible(problem, conflicts.rule_conflicts(problem, fewest.cuts))
        if fewest.chosen is None or fewest.stopped:
            return Assignment(problem, _NONE, "unknown", "time")
        rows = with_kept(rows_of(problem), problem, int(problem.kept[fewest.chosen].sum()))
    found = solve_mip(problem, seed=seed, deadline=deadline, start=best, rows=rows)
    if found.infeasible:
        return _infeasible(problem, conflicts.rule_conflicts(problem, found.cuts))
    if found.chosen is None:
        return Assignment(problem, _NONE, "unknown", "time", bound=found.bound)
    price = None
    if problem.connected and found.first is not None:
        price = found.first - problem.linear(found.chosen)
    return _finished(problem, seed, found.chosen, found.bound, price, stopped=found.stopped)


def _by_core(problem: Problem, seed: int, deadline: float, flow: Places) -> Assignment:
    """For very many pairs: the program over few of them, and the flow as the bound."""
    if problem.fewest_changes:  # as a price that no gain outweighs; what is proven is about that price
        dear = problem.change_price + int(np.ptp(problem.points)) + problem.over_target + 1
        priced = problem.with_(fewest_changes=False, change_price=min(dear, GREATEST_GAIN))
        chosen, _, stopped = solve_core(priced, flow, seed=seed, deadline=deadline)
        bound = None
    else:
        chosen, bound, stopped = solve_core(problem, flow, seed=seed, deadline=deadline)
    if chosen is None:
        return Assignment(problem, _NONE, "unknown", "time" if stopped else "done", bound=bound)
    price = None
    if problem.connected and bound is not None and keeps_rules(problem, flow):
        price = bound - problem.linear(chosen)
    return _finished(problem, seed, chosen, bound, price, stopped=stopped)


def _finished(
    problem: Problem,
    seed: int,
    chosen: Places,
    bound: int | None,
    price: int | None,
    *,
    stopped: bool = False,
) -> Assignment:
    """With panels mixed, which never costs points that mixing isn't worth."""
    chosen = mix(problem, chosen, _points(problem), seed)
    objective = problem.linear(chosen)
    if problem.mixing:
        objective -= problem.mixing * repeated_meetings(problem, chosen)
    return Assignment(
        problem,
        chosen,
        "optimal" if objective == bound else "feasible",
        "time" if stopped else "done",
        objective=objective,
        bound=bound,
        price_of_connection=price,
    )


def _infeasible(problem: Problem, conflict: tuple[Conflict, ...]) -> Assignment:
    return Assignment(problem, _NONE, "infeasible", "done", conflict=conflict)


def _unkept(problem: Problem, seed: int, flow: Places) -> tuple[Conflict, ...]:
    """A rule the flow doesn't know that can't be kept even if it is the only one, by a flow that knows it."""
    if keeps_rules(problem, flow):
        return ()
    for rule in problem.panel[1:]:
        alone = problem.with_(panel=[rule])
        if not is_enough(alone):
            return conflicts.flow_conflicts(alone)
    if problem.interpreters is not None and problem.interpreted_mask[flow].sum() > problem.interpreters:
        fewest = solve_flow(problem.with_(over_target=0), -problem.interpreted_mask.astype(np.int64), seed)
        assert fewest is not None
        least = int(problem.interpreted_mask[fewest].sum())
        if least > problem.interpreters:
            return conflicts.budget_conflicts(problem, least)
    return ()


def _points(problem: Problem) -> Longs:
    """What pairs are worth to the flow: with `fewest_changes`, one kept pair more than all else together."""
    if not problem.fewest_changes or problem.kept is None:
        return problem.points
    spread = int(problem.points.max(initial=0) - problem.points.min(initial=0)) + problem.over_target
    return problem.points + np.where(problem.kept, problem.places * spread + 1, 0)


def _only_changes(problem: Problem) -> Problem:
    """The same rules, with nothing to win but kept pairs."""
    assert problem.kept is not None
    return problem.with_(
        gain=problem.kept.astype(np.int64), change_price=0, over_target=0, mixing=0, fewest_changes=False
    )


def _ideal(problem: Problem) -> int:
    """Gains if every entry had its best judges, whatever their loads."""
    order = np.lexsort((-problem.gain, problem.entry))
    entry = problem.entry[order]
    first = np.searchsorted(entry, np.arange(len(problem.entries)))
    rank = np.arange(len(order)) - first[entry]
    return int(problem.gain[order][rank < problem.per_entry[entry]].sum())
