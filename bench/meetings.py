"""CPU of the meetings planner at the sizes that are promised, beside a greedy and one-piece CP-SAT.

Drawn like the public instances of format meetings/1. Times are without imports, and of the whole of `solve`:
checks, matching, slotting, exchange. A loss is a share of the proven bound.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from bench.rows import Row
from roadshows.meetings import NO_SLOT, Problem, solve
from roadshows.meetings_problem import keeps_rules
from roadshows.meetings_repair import repair

Found = TypeVar("Found")

_CPSAT_SECONDS = 30  # of its deterministic time, which is about its CPU's
_HARD_SECONDS = 30  # of CPU
_PATIENCE = 20  # seconds on a busy machine for each second of CPU


def run() -> list[Row]:
    solve(problem(5, 5, 4, 3, 2))  # loads the solver
    return [
        *_sized("30 x 40 x 16", problem(30, 40, 16, 25, 8, density=0.34), 0.5, peers=True),
        *_sized("60 x 80 x 20", problem(60, 80, 20, 30, 8, density=0.215), 2, peers=True),
        *_sized("200 x 300 x 24, 150 tables", problem(200, 300, 24, 150, 60), 10, peers=True),
        *_sized("200 x 300 x 24, 100 tables", problem(200, 300, 24, 100, 40), 10, peers=False),
        *_hard("60 x 80 x 20, 35 % away", problem(60, 80, 20, 38, 6, density=0.5, away=0.35, least=20)),
        *_hard("60 x 60 x 20, 35 % away", problem(60, 60, 20, 60, 60, density=1, away=0.35, least=20)),
        *_repairs("60 x 80 x 20", problem(60, 80, 20, 30, 8, density=0.215)),
        *_causes("60 x 80 x 20", problem(60, 80, 20, 30, 8, density=0.215)),
    ]


def problem(
    teams: int,
    investors: int,
    slots: int,
    tables: int,
    interpreters: int,
    *,
    density: float = 0.115,
    away: float = 0.15,
    least: int | None = None,
    seed: int = 1,
) -> Problem:
    """Pairs wanted with probability `density`, people away with probability `away`; the greatest number of
    meetings is drawn from `least` (default: a third of the slots) to all slots; three languages, an
    interpreter where none is shared."""
    draw = np.random.default_rng(seed)
    team, investor = np.nonzero(draw.random((teams, investors)) < density)
    speaks = draw.random((teams + investors, 3)) < 0.4
    speaks[np.arange(teams + investors), draw.integers(0, 3, teams + investors)] = True
    fewest = slots // 3 if least is None else least
    return Problem(
        slots=[f"S{at:02}" for at in range(slots)],
        teams=[f"T{at:03}" for at in range(teams)],
        investors=[f"V{at:03}" for at in range(investors)],
        team=team,
        investor=investor,
        value=draw.integers(1, 9, len(team)),
        interpreted=~(speaks[team] & speaks[teams + investor]).any(axis=1),
        tables=tables,
        interpreters=interpreters,
        team_free=draw.random((teams, slots)) > away,
        investor_free=draw.random((investors, slots)) > away,
        team_most=draw.integers(fewest, slots + 1, teams),
        investor_most=draw.integers(fewest, slots + 1, investors),
    )


def _timed(work: Callable[[], Found]) -> tuple[float, Found]:
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def _sized(name: str, given: Problem, target: float, *, peers: bool) -> list[Row]:
    seconds, found = _timed(lambda: solve(given))
    assert keeps_rules(given, found.slot)
    assert found.gap is not None
    assert found.bound is not None
    rows = [
        Row(f"{name}: {len(given.team):,} pairs", seconds, "CPU s", None, target),
        Row(f"{name}: gap", 100 * found.gap, "%", None, 0),
    ]
    greedy_seconds, slot = _timed(lambda: greedy(given))
    loss = 100 * (1 - given.value[slot != NO_SLOT].sum() / found.bound)
    rows += [
        Row(f"{name}: greedy", greedy_seconds, "CPU s"),
        Row(f"{name}: greedy's loss", loss, "%"),
    ]
    if peers:
        cpsat_seconds, value = _timed(lambda: one_piece(given, _CPSAT_SECONDS))
        rows += [
            Row(f"{name}: one-piece CP-SAT", cpsat_seconds, "CPU s"),
            Row(f"{name}: its loss", 100 * (1 - value / found.bound), "%"),
        ]
    return rows


def _hard(name: str, given: Problem) -> list[Row]:
    end = time.process_time() + _HARD_SECONDS
    seconds, found = _timed(
        lambda: solve(given, seconds=_PATIENCE * _HARD_SECONDS, cancelled=lambda: time.process_time() > end)
    )
    assert keeps_rules(given, found.slot)
    assert found.gap is not None
    return [
        Row(f"{name}: {len(given.team):,} pairs", seconds, "CPU s", None, _HARD_SECONDS * 1.1),
        Row(f"{name}: gap", 100 * found.gap, "%", None, 0.7),
    ]


def _repairs(name: str, given: Problem) -> list[Row]:
    """Two investors and two teams drop out; a slot loses four tables."""
    before = solve(given)
    standing = given.with_(base=before.slot)
    fewer = given.tables.copy()
    fewer[3] -= 4
    rows = []
    for what, work in (
        (
            "4 drop out",
            lambda: repair(standing, investors_out=["V003", "V010"], teams_out=["T001", "T009"]),
        ),
        ("4 tables less", lambda: repair(standing.with_(tables=fewer))),
    ):
        seconds, found = _timed(work)
        assert found.proven
        assert found.gap is not None
        rows += [
            Row(f"{name}, {what}: repair", seconds, "CPU s", None, 1),
            Row(f"{name}, {what}: moves", len(found.moved) + len(found.given_up), "moves"),
            Row(f"{name}, {what}: gap", 100 * found.gap, "%"),
        ]
    return rows


def _causes(name: str, given: Problem) -> list[Row]:
    """All wishes of the interpreted kind must be met, which the interpreters can't."""
    hard = given.with_(
        must=given.interpreted, team_most=len(given.slots), investor_most=len(given.slots), interpreters=5
    )
    seconds, found = _timed(lambda: solve(hard))
    assert found.conflict
    return [Row(f"{name}: cause named", seconds, "CPU s", None, 2)]


def greedy(given: Problem) -> np.ndarray:
    """The dearest pairs first, each into the emptiest slot that is free for both."""
    count = len(given.slots)
    slot = np.full(len(given.team), NO_SLOT)
    team_free, investor_free = given.team_free.copy(), given.investor_free.copy()
    team_left, investor_left = given.team_most.copy(), given.investor_most.copy()
    tables, interpreters = given.tables.copy(), given.interpreter_limit.copy()
    for pair in np.argsort(-given.value, kind="stable").tolist():
        team, investor = given.team[pair], given.investor[pair]
        if not team_left[team] or not investor_left[investor]:
            continue
        free = team_free[team] & investor_free[investor] & (tables > 0)
        if given.interpreted[pair]:
            free &= interpreters > 0
        if not free.any():
            continue
        at = int(np.argmax(np.where(free, tables, -1)))
        slot[pair] = at
        team_free[team, at] = investor_free[investor, at] = False
        team_left[team] -= 1
        investor_left[investor] -= 1
        tables[at] -= 1
        interpreters[at] -= bool(given.interpreted[pair])
    assert (slot < count).all()
    return slot


def one_piece(given: Problem, seconds: float) -> int:
    """The value that CP-SAT finds when it is given all cells at once; 0 when it finds none."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    groups: dict[tuple[str, int, int], list[cp_model.IntVar]] = {}
    values = []
    for pair, slot in zip(*(part.tolist() for part in np.nonzero(given.allowed)), strict=True):
        cell = model.new_bool_var("")
        values.append(int(given.value[pair]) * cell)
        team, investor = int(given.team[pair]), int(given.investor[pair])
        keys = [
            *(("pair", pair, 0), ("team", team, slot), ("investor", investor, slot), ("tables", slot, 0)),
            *(("team_most", team, 0), ("investor_most", investor, 0)),
        ]
        if given.interpreted[pair]:
            keys.append(("interpreters", slot, 0))
        for key in keys:
            groups.setdefault(key, []).append(cell)
    limits = {
        "tables": given.tables,
        "interpreters": given.interpreter_limit,
        "team_most": given.team_most,
        "investor_most": given.investor_most,
    }
    for (kind, number, _), cells in groups.items():
        if kind in limits:
            model.add(sum(cells) <= int(limits[kind][number]))
        else:
            model.add_at_most_one(cells)
    model.maximize(sum(values))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = seconds
    solver.parameters.max_time_in_seconds = _PATIENCE * seconds
    status = solver.solve(model)
    return round(solver.objective_value) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else 0
