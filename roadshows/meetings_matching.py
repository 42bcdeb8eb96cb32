"""Which pairs should meet if slots were no matter: a b-matching, best in value, and an upper bound for all.

Everybody's meetings are limited by the greatest number and by the slots in which a wanted partner is free, too;
all meetings together by tables and interpreters. Without interpreters the program is a network flow, whose
vertices are whole (A. Schrijver, *Combinatorial Optimization*, 2003, chapter 21).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, vstack

from core.highs import INFINITY, is_infeasible, is_optimal, load, new_highs
from roadshows.meetings_problem import Bools, Longs, Problem

_MOST_NODES = 2_000  # of the program with interpreters; beyond, its bound will do
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


def capacities(problem: Problem) -> Capacities:
    """Count what is there: slots in which a person and some wanted partner are free, tables, interpreters."""
    allowed = problem.allowed
    slots = len(problem.slots)
    team = np.zeros((len(problem.teams), slots), bool)
    investor = np.zeros((len(problem.investors), slots), bool)
    np.logical_or.at(team, problem.team, allowed)
    np.logical_or.at(investor, problem.investor, allowed)
    present = np.minimum(team.sum(0), investor.sum(0))
    interpreted = allowed[problem.interpreted].sum(0)  # type: ignore[index]
    return Capacities(
        team=np.minimum(problem.team_most, team.sum(1)),
        investor=np.minimum(problem.investor_most, investor.sum(1)),
        total=int(np.minimum(problem.tables, present).sum()),
        interpreted=int(np.minimum.reduce([problem.interpreter_limit, problem.tables, interpreted]).sum()),
        possible=allowed.any(1),
    )


class Matching:
    """The program over the pairs; solved again and again with other preferences among equally good choices."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem = problem
        self.bound: int | None = None
        limits = capacities(problem)
        pairs, teams = len(problem.team), len(problem.teams)
        people = teams + len(problem.investors)
        columns = np.arange(pairs)
        of_person = csr_matrix(
            (
                np.ones(2 * pairs),
                (np.concatenate([problem.team, teams + problem.investor]), np.tile(columns, 2)),
            ),
            shape=(people, pairs),
        )
        parts = [of_person, np.ones((1, pairs))]
        least = [problem.team_least, problem.investor_least, [0]]
        most = [limits.team, limits.investor, [limits.total]]
        self.binds = bool((problem.interpreted & limits.possible).sum() > limits.interpreted)
        if self.binds:
            parts.append(problem.interpreted[None].astype(float))
            least.append([0])
            most.append([limits.interpreted])
        self.matrix = csr_matrix(vstack(parts, format="csr"))
        self.rows = np.concatenate(least).astype(float), np.concatenate(most).astype(float)
        self.columns = problem.needed.astype(float), limits.possible.astype(float)
        self.fits = bool((self.rows[0] <= self.rows[1]).all() and (self.columns[0] <= self.columns[1]).all())
        self.highs = new_highs(seed)
        self.infeasible = not self.fits

    def solve(self, dislike: Longs, deadline: float) -> Bools | None:
        """The pairs of greatest value, and of those the ones with the least `dislike`, whole numbers from 0;
        None when no pairs keep all rules, or none were found in time."""
        if self.infeasible:
            return None
        scale = int(dislike.sum()) + 1
        cost = (dislike - scale * self.problem.value).astype(float)
        if self.bound is None:
            whole = np.ones(len(cost), bool) if self.binds else None
            load(self.highs, self.matrix, self.rows, cost, self.columns, whole=whole)
            self.highs.setOptionValue("mip_max_nodes", _MOST_NODES)
        else:
            at = np.arange(len(cost), dtype=np.int32)
            self.highs.changeColsCost(len(at), at, cost)
        self.highs.setOptionValue("mip_abs_gap", 0.999 * scale if self.binds else 0.0)
        self.highs.setOptionValue("time_limit", _until(self.highs, deadline))
        self.highs.run()
        if is_infeasible(self.highs):
            self.infeasible = True
            return None
        return self._chosen(scale)

    def _chosen(self, scale: int) -> Bools | None:
        info = self.highs.getInfo()
        if is_optimal(self.highs):
            chosen = np.asarray(self.highs.getSolution().col_value) > 0.5
            value = int(self.problem.value[chosen].sum())
            if self.bound is None:
                self.bound = int(np.floor(-info.mip_dual_bound / scale + _TINY)) if self.binds else value
            return chosen
        if self.binds and info.mip_dual_bound > -INFINITY and self.bound is None:
            self.bound = int(np.floor(-info.mip_dual_bound / scale + 1 + _TINY))
        has_one = self.binds and info.primal_solution_status == 2
        return np.asarray(self.highs.getSolution().col_value) > 0.5 if has_one else None


def _until(highs: Any, deadline: float) -> float:
    """HiGHS counts the seconds of all runs of a solver together."""
    return float(highs.getRunTime()) + max(0.01, deadline - time.monotonic())
