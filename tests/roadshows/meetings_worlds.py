"""Meetings problems for tests: public instances, drawn ones, and an exact second opinion on small ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from roadshows.meetings import NO_SLOT, Problem

DATA = Path(__file__).parent.parent / "data" / "scheduling"
BEST_KNOWN = {"30x40x16x25": 1406, "60x80x20x30": 2778}


def raw(name: str) -> dict[str, Any]:
    """A public instance as it stands in its file."""
    found: dict[str, Any] = json.loads((DATA / f"meet_pub_{name}.json").read_bytes())
    return found


def world(teams: int, investors: int, slots: int, pairs: list[tuple[int, int]], **more: Any) -> Problem:
    """T0, T1, … and V0, V1, … in S0, S1, …, all worth 1 if nothing else is said, with tables for all."""
    team, investor = np.array(pairs, np.int32).reshape(-1, 2).T
    given: dict[str, Any] = {"value": np.ones(len(pairs), np.int64), "tables": min(teams, investors)} | more
    return Problem(
        slots=[f"S{at}" for at in range(slots)],
        teams=[f"T{at}" for at in range(teams)],
        investors=[f"V{at}" for at in range(investors)],
        team=team,
        investor=investor,
        **given,
    )


def free(people: int, slots: int, away: dict[int, list[int]]) -> np.ndarray:
    """Everybody is available but for these."""
    found = np.ones((people, slots), bool)
    for person, at in away.items():
        found[person, at] = False
    return found


def drawn(teams: int, investors: int, slots: int, tables: int, interpreters: int, **more: Any) -> Problem:
    """A seeded problem. density: share of pairs that are wanted; away: share of slots people can't; busiest:
    whether people may have a meeting in every slot.
    """
    density, away = more.get("density", 0.115), more.get("away", 0.15)
    draw = np.random.default_rng(more.get("seed", 1))
    team, investor = np.nonzero(draw.random((teams, investors)) < density)
    least = slots if more.get("busiest") else slots // 3
    return Problem(
        slots=[f"S{at:02}" for at in range(slots)],
        teams=[f"T{at:03}" for at in range(teams)],
        investors=[f"V{at:03}" for at in range(investors)],
        team=team,
        investor=investor,
        value=draw.integers(1, 9, len(team)),
        interpreted=draw.random(len(team)) < 0.3,
        tables=tables,
        interpreters=interpreters,
        team_free=draw.random((teams, slots)) > away,
        investor_free=draw.random((investors, slots)) > away,
        team_most=draw.integers(least, slots + 1, teams),
        investor_most=draw.integers(least, slots + 1, investors),
    )


def random_small(seed: int) -> Problem:
    """Up to five of each, with any rule; many of them can't be kept."""
    draw = np.random.default_rng(seed)
    teams, investors, slots = draw.integers(1, 6, 3).tolist()
    team, investor = np.nonzero(draw.random((teams, investors)) < draw.choice([0.3, 0.6, 1]))
    pairs = len(team)
    most = draw.integers(0, slots + 1, teams), draw.integers(0, slots + 1, investors)
    asks = draw.random(2) < 0.3
    return Problem(
        slots=[f"S{at}" for at in range(slots)],
        teams=[f"T{at}" for at in range(teams)],
        investors=[f"V{at}" for at in range(investors)],
        team=team,
        investor=investor,
        value=draw.integers(0 if draw.random() < 0.8 else -3, 9, pairs),
        tables=draw.integers(0, 6, slots),
        interpreters=None if draw.random() < 0.3 else draw.integers(0, 3, slots),
        interpreted=draw.random(pairs) < 0.3,
        must=draw.random(pairs) < draw.choice([0, 0, 0.1, 0.3]),
        team_free=draw.random((teams, slots)) < 0.8,
        investor_free=draw.random((investors, slots)) < 0.8,
        team_most=most[0],
        investor_most=most[1],
        team_least=np.minimum(most[0], draw.integers(0, 3, teams)) * asks[0],
        investor_least=np.minimum(most[1], draw.integers(0, 3, investors)) * asks[1],
        fixed=np.where(draw.random(pairs) < draw.choice([0, 0.15]), draw.integers(0, slots, pairs), NO_SLOT),
    )


class Exact:
    """The rules once more, written down for CP-SAT as plainly as possible."""

    def __init__(self, problem: Problem, left: np.ndarray | None = None) -> None:
        from ortools.sat.python import cp_model

        self.problem, self.cp = problem, cp_model
        self.model = model = cp_model.CpModel()
        pairs, slots = range(len(problem.team)), range(len(problem.slots))
        self.left = np.ones(len(problem.team), bool) if left is None else left
        self.cell = {
            (pair, slot): model.new_bool_var("")
            for pair in pairs
            for slot in slots
            if self.left[pair] and problem.available[pair, slot]
        }
        for pair in pairs:
            count = self._sum([pair], slots)
            model.add(count <= 1)
            if self.left[pair] and problem.must[pair]:
                model.add(count == 1)
            if self.left[pair] and problem.fixed[pair] != NO_SLOT:
                model.add(self._sum([pair], [int(problem.fixed[pair])]) == 1)
        for people, ids, least, most in (
            (problem.team, problem.teams, problem.team_least, problem.team_most),
            (problem.investor, problem.investors, problem.investor_least, problem.investor_most),
        ):
            for person in range(len(ids)):
                mine = np.flatnonzero(people == person).tolist()
                model.add(self._sum(mine, slots) <= int(most[person]))
                model.add(self._sum(mine, slots) >= int(least[person]))
                for slot in slots:
                    model.add(self._sum(mine, [slot]) <= 1)
        speaking = np.flatnonzero(problem.interpreted).tolist()
        for slot in slots:
            model.add(self._sum(pairs, [slot]) <= int(problem.tables[slot]))
            if problem.interpreters is not None:
                model.add(self._sum(speaking, [slot]) <= int(problem.interpreters[slot]))

    def _sum(self, pairs: Any, slots: Any) -> Any:
        cells = [self.cell[pair, slot] for pair in pairs for slot in slots if (pair, slot) in self.cell]
        return sum(cells) + self.model.new_constant(0)

    def value(self) -> Any:
        values = self.problem.value.tolist()
        return sum(values[pair] * cell for (pair, _), cell in self.cell.items()) + self.model.new_constant(0)

    def given_up(self) -> Any:
        standing = np.flatnonzero(self.left & (self.problem.base != NO_SLOT)).tolist()
        return len(standing) - self._sum(standing, range(len(self.problem.slots)))

    def moved(self) -> Any:
        base = self.problem.base
        away = [cell for (pair, slot), cell in self.cell.items() if base[pair] not in (NO_SLOT, slot)]
        return sum(away) + self.model.new_constant(0)

    def best(self, expression: Any, *, least: bool = False) -> int | None:
        """The best value of an expression; None when the rules can't be kept."""
        (self.model.minimize if least else self.model.maximize)(expression)
        solver = self.cp.CpSolver()
        solver.parameters.num_workers = 1
        if solver.solve(self.model) != self.cp.OPTIMAL:
            return None
        return round(solver.objective_value)
