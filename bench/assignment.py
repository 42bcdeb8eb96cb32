"""CPU and memory of the assignment optimizer at four sizes, beside a greedy and HiGHS on the same problems.

Each size runs in a process of its own, whose peak memory is compared before and after. "solve" is all that
the optimizer does once the pairs are listed: checks, flow, mixing of panels. A loss is a share of the proven
optimum.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from bench import assignment_sizes
from bench.rows import Row
from judging.assignment import Assignment, Problem, solve
from judging.assignment_problem import label_codes

_TRACKS_APART = 3


def run() -> list[Row]:
    rows: list[Row] = []
    for measure in (_60, _500, _500_with_rules, _500_repair, _islands, _infeasible, _5000, _50000):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            rows += process.submit(measure).result()
    return rows


def _60() -> list[Row]:
    problem = assignment_sizes.problem(60, 15, 3)
    return [*_ours("60 x 15 x 3", problem, 0.1), *_others("60 x 15 x 3", problem)]


def _500() -> list[Row]:
    problem = assignment_sizes.problem(500, 60, 5)
    return [*_ours("500 x 60 x 5", problem, 0.3), *_others("500 x 60 x 5", problem)]


def _5000() -> list[Row]:
    problem = assignment_sizes.problem(5000, 300, 5)
    return [*_ours("5,000 x 300 x 5", problem, 3, 300), *_greedy_rows("5,000 x 300 x 5", problem)]


def _50000() -> list[Row]:
    problem = assignment_sizes.problem(50_000, 3000, 3, per_country=30)
    return [*_ours("50,000 x 3,000 x 3", problem, 20, 600), *_greedy_rows("50,000 x 3,000 x 3", problem)]


def _500_with_rules() -> list[Row]:
    """Interpreted pairs are worth more here, so that the budget, half way to the fewest, binds."""
    problem = assignment_sizes.problem(500, 60, 5)
    interpreted = problem.interpreted_mask
    problem = problem.with_(gain=problem.gain + 20 * interpreted)
    unlimited = int(interpreted[solve(problem).chosen].sum())
    most_native = solve(problem.with_(gain=-interpreted.astype(np.int64), over_target=0)).objective
    assert most_native is not None
    fewest = -most_native
    assert fewest < unlimited - 1
    return _ours("500 x 60, interpreters", problem.with_(interpreters=(fewest + unlimited) // 2), 3)


def _500_repair() -> list[Row]:
    """Two judges drop out of the best assignment."""
    name, problem = "500 x 60, repair", assignment_sizes.problem(500, 60, 5)
    before = np.zeros(len(problem.judge), bool)
    before[solve(problem).chosen] = True
    stay = ~np.isin(problem.judge, [26, 32])
    assert problem.interpreted is not None
    least = np.where(np.isin(np.arange(60), [26, 32]), 0, problem.least)
    rest = problem.with_(
        judge=problem.judge[stay],
        entry=problem.entry[stay],
        gain=problem.gain[stay],
        interpreted=problem.interpreted[stay],
        kept=before[stay],
        least=least,
        change_price=100,
    )
    lost = int((before & ~stay).sum())
    rows = _ours(name, rest, 0.3)
    return [
        *rows,
        Row(f"{name}: new pairs beyond those lost", solve(rest).wishes.changes - lost, "", None, 0),
    ]


def _islands() -> list[Row]:
    """Three groups of judges and entries, with few judges who may judge in two."""
    draw = np.random.default_rng(4)
    judges, entries = 18, 90
    group = np.arange(judges) % _TRACKS_APART
    allowed = group[:, None] == np.arange(entries) % _TRACKS_APART
    for judge in (4, 5):
        allowed[judge] |= np.arange(entries) % _TRACKS_APART == (group[judge] + 1) % _TRACKS_APART
    entry, judge = np.nonzero(allowed.T)
    home = group[judge] == entry % _TRACKS_APART
    problem = Problem(
        judges=[f"J{number}" for number in range(judges)],
        entries=[f"T{number}" for number in range(entries)],
        judge=judge,
        entry=entry,
        gain=20 * home + draw.integers(0, 20, len(judge)),
        per_entry=3,
        most=22,
        connected=True,
    )
    found = solve(problem)
    assert found.price_of_connection is not None
    rows = _ours("90 x 18 x 3, islands", problem, 2)
    return [*rows, Row("90 x 18 x 3, islands: price", found.price_of_connection, "points")]


def _infeasible() -> list[Row]:
    """Judges of one country who may not have enough entries: a Hall set is named."""
    rows = []
    for name, problem in (
        ("500 x 60", assignment_sizes.problem(500, 60, 5)),
        ("5,000 x 300", assignment_sizes.problem(5000, 300, 5)),
    ):
        few = problem.places // len(problem.judges) // 4
        most = np.where(np.arange(len(problem.judges)) % 2 == 0, few, len(problem.entries))
        seconds, found = _timed(lambda hard=problem.with_(most=most): solve(hard))
        assert found.conflict
        rows.append(Row(f"{name}: cause named", seconds, "CPU s", None, 2))
    return rows


def _ours(name: str, problem: Problem, target: float, megabytes: float | None = None) -> list[Row]:
    _ = problem.points
    solve(assignment_sizes.problem(60, 15, 3))  # loads the solver
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, found = _timed(lambda: solve(problem))
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert found.gap is not None
    assert not problem.connected or len(found.components) == 1
    return [
        Row(f"{name}: {len(problem.judge):,} pairs, solve", seconds, "CPU s", None, target),
        Row(f"{name}: gap", found.gap, "", None, 0),
        Row(f"{name}: memory", growth, "MB", None, megabytes),
    ]


def _timed(work: Callable[[], Assignment]) -> tuple[float, Assignment]:
    """The best of up to three, fewer of what takes long."""
    times = []
    while len(times) < 3 and sum(times) < 5:
        began = time.process_time()
        found = work()
        times.append(time.process_time() - began)
    return min(times), found


def _others(name: str, problem: Problem) -> list[Row]:
    """HiGHS on the whole problem, as a linear program and in whole numbers."""
    from core.highs import new_highs
    from judging.assignment_highs import load_model
    from judging.assignment_rows import rows_of

    rows = _greedy_rows(name, problem)
    for kind, options in (("LP", {"solve_relaxation": True}), ("MIP", {})):
        highs = new_highs(1, time_limit=60.0, **options)
        load_model(highs, problem, rows_of(problem))
        began = time.process_time()
        highs.run()
        rows.append(Row(f"{name}: HiGHS {kind}", time.process_time() - began, "CPU s"))
    return rows


def _greedy_rows(name: str, problem: Problem) -> list[Row]:
    best = solve(problem).objective
    assert best is not None
    began = time.process_time()
    chosen = greedy(problem)
    seconds = time.process_time() - began
    loads = np.bincount(problem.judge[chosen], minlength=len(problem.judges))
    return [
        Row(f"{name}: greedy", seconds, "CPU s"),
        Row(f"{name}: greedy's loss", 100 * (1 - problem.linear(chosen) / best), "%"),
        Row(f"{name}: greedy's missing places", problem.places - len(chosen), "places"),
        Row(f"{name}: greedy's judges below least", float((loads < problem.least).sum()), "judges"),
    ]


def greedy(problem: Problem) -> np.ndarray:
    """Entries with the fewest candidates first; each takes its best judges who have room, labels first."""
    order = np.lexsort((-problem.gain, problem.entry))
    bounds = np.searchsorted(problem.entry[order], np.arange(len(problem.entries) + 1))
    coded = label_codes(problem.panel[0])
    room = problem.most.copy()
    chosen: list[int] = []
    for entry in np.argsort(np.diff(bounds), kind="stable"):
        mine = order[bounds[entry] : bounds[entry + 1]]
        mine = mine[room[problem.judge[mine]] > 0]
        codes = coded.codes[problem.judge[mine]]
        picked = [int(np.argmax(codes == code)) for code in range(len(coded.least)) if (codes == code).any()]
        picked += [place for place in range(len(mine)) if place not in picked]
        taken = mine[picked[: int(problem.per_entry[entry])]]
        room[problem.judge[taken]] -= 1
        chosen += taken.tolist()
    return np.array(chosen)
