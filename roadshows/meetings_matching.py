"""Which pairs should meet if slots were no matter: a b-matching, best in value, and an upper bound for all.

Everybody's meetings are limited by the greatest number and by the slots in which a wanted partner is free,
too; all meetings together by tables and interpreters. Without a limit of interpreters the program is a
network flow, whose vertices are whole (A. Schrijver, *Combinatorial Optimization*, 2003, chapter 21).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from core.highs import INFINITY, is_infeasible, is_optimal, load, new_highs
from roadshows.meetings_problem import NO_SLOT, Bools, Longs, Problem

_MOST_NODES = 2_000  # of the program in whole numbers; beyond, its bound will do
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Capacities:
    """What limits meetings when slots are no matter.

    team, investor: shape (teams,), (investors,); total, interpreted: of all meetings together. possible:
    pairs that have a slot in common, shape (pairs,).
    """

    team: Longs
    investor: Longs
    total: int
    interpreted: int
    possible: Bools


@dataclass(frozen=True, slots=True)
class Matching:
    """chosen: pairs that keep all rules but those of slots, shape (pairs,); None: none do, or none were found
    in time. bound: no timetable is worth more; None: unknown. price: how far every timetable with that pair
    is below the bound at least, shape (pairs,). infeasible: proven that no pairs keep the rules.
    """

    chosen: Bools | None
    bound: int | None
    price: NDArray[np.float64]
    infeasible: bool = False


def capacities(problem: Problem) -> Capacities:
    """Count what is there: slots in which a person and some wanted partner are free, tables, interpreters."""
    allowed = problem.allowed
    slots = len(problem.slots)
    team = np.zeros((len(problem.teams), slots), bool)
    investor = np.zeros((len(problem.investors), slots), bool)
    np.logical_or.at(team, problem.team, allowed)
    np.logical_or.at(investor, problem.investor, allowed)
    present = np.minimum(team.sum(0), investor.sum(0))
    interpreted = allowed[problem.interpreted].sum(0)
    return Capacities(
        team=np.minimum(problem.team_most, team.sum(1)),
        investor=np.minimum(problem.investor_most, investor.sum(1)),
        total=int(np.minimum(problem.tables, present).sum()),
        interpreted=int(np.minimum.reduce([problem.interpreter_limit, problem.tables, interpreted]).sum()),
        possible=problem.possible,
    )


def match(problem: Problem, *, seed: int, deadline: float) -> Matching:
    """The best b-matching; of equally good ones one with many pairs of the `base`."""
    pairs = len(problem.team)
    nothing = np.zeros(pairs)
    limits = capacities(problem)
    matrix, least, most = _rows(problem, limits)
    columns = problem.needed.astype(float), limits.possible.astype(float)
    if (least > most).any() or (columns[0] > columns[1]).any():
        return Matching(None, None, nothing, infeasible=True)
    if not pairs:
        return Matching(np.zeros(0, bool), 0, nothing)
    held_before = problem.base != NO_SLOT
    new = (~held_before).astype(np.int64) if held_before.any() else np.zeros(pairs, np.int64)
    scale = int(new.sum()) + 1
    highs = new_highs(seed, mip_max_nodes=_MOST_NODES, mip_abs_gap=0.999 * scale)
    load(highs, matrix, (least, most), (new - scale * problem.value).astype(float), columns)
    highs.setOptionValue("time_limit", max(0.01, deadline - time.monotonic()))
    highs.run()
    if is_infeasible(highs):
        return Matching(None, None, nothing, infeasible=True)
    if not is_optimal(highs):
        return Matching(None, None, nothing)
    found = highs.getSolution()
    shares = np.asarray(found.col_value)
    relaxed = -(highs.getInfo().objective_function_value - int(new.sum())) / scale
    price = np.maximum(0, np.asarray(found.col_dual)) / scale  # counted from `relaxed`
    chosen = shares > 0.5
    if (np.abs(shares - chosen) < _TINY).all():
        bound = int(problem.value[chosen].sum())
        return Matching(chosen, bound, np.maximum(0, price - (relaxed - bound)))
    whole = _whole(highs, pairs, deadline)
    bound = floor_of(relaxed)
    if is_infeasible(highs):
        return Matching(None, None, nothing, infeasible=True)
    dual = highs.getInfo().mip_dual_bound
    if dual > -INFINITY:
        bound = min(bound, floor_of((int(new.sum()) - dual) / scale))
    return Matching(whole, bound, np.maximum(0, price - (relaxed - bound)))


def floor_of(value: float) -> int:
    """The greatest whole number below, but for what rounding can have taken away."""
    return int(np.floor(value + _TINY * max(1.0, abs(value) / 1000)))


def _whole(highs: object, pairs: int, deadline: float) -> Bools | None:
    """Solve the loaded program once more, in whole numbers."""
    from highspy import HighsVarType

    at = np.arange(pairs, dtype=np.int32)
    kinds = np.full(pairs, int(HighsVarType.kInteger), np.uint8)
    highs.changeColsIntegrality(pairs, at, kinds)  # type: ignore[attr-defined]
    spent = highs.getRunTime()  # type: ignore[attr-defined]  # it counts the seconds of all runs together
    highs.setOptionValue("time_limit", spent + max(0.01, deadline - time.monotonic()))  # type: ignore[attr-defined]
    highs.run()  # type: ignore[attr-defined]
    if highs.getInfo().primal_solution_status != 2:  # type: ignore[attr-defined]
        return None
    return np.asarray(highs.getSolution().col_value) > 0.5  # type: ignore[attr-defined]


def _rows(
    problem: Problem, limits: Capacities
) -> tuple[csr_matrix, NDArray[np.float64], NDArray[np.float64]]:
    pairs, teams = len(problem.team), len(problem.teams)
    people = np.concatenate([problem.team, teams + problem.investor])
    of_person = csr_matrix(
        (np.ones(2 * pairs), (people, np.tile(np.arange(pairs), 2))),
        shape=(teams + len(problem.investors), pairs),
    )
    parts = [of_person, csr_matrix(np.ones((1, pairs)))]
    least = [problem.team_least, problem.investor_least, np.zeros(1)]
    most = [limits.team, limits.investor, np.array([limits.total])]
    if (problem.interpreted & limits.possible).sum() > limits.interpreted:
        parts.append(csr_matrix(problem.interpreted[None].astype(float)))
        least.append(np.zeros(1))
        most.append(np.array([limits.interpreted]))
    found = csr_matrix(vstack(parts, format="csr"))
    return found, np.concatenate(least).astype(float), np.concatenate(most).astype(float)
