"""The agenda planner at three sizes, tight, when plans change and when there is none, beside other ways.

Seconds are of the processor (the planner's steps use one, the proof of small problems two), imports aside.
Each problem has a process of its own.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

from bench import agenda_sizes
from bench.agenda_others import conference_scheduler, greedy, one_piece
from bench.rows import Row
from roadshows.agenda import Agenda, Lock, Problem, solve
from roadshows.agenda_conflicts import cells_for, conflicts, repairs

_ONE_PIECE = 60.0  # seconds of wall clock, two processors


def run() -> list[Row]:
    rows: list[Row] = []
    for measure in (_20, _56, _120, _tight, _changes, _causes, _editor):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            rows += process.submit(measure).result()
    return rows


def _20() -> list[Row]:
    return _size("20 sessions", agenda_sizes.on_disk("road_pub_20"), 80, 1)


def _56() -> list[Row]:
    return _size("56 sessions", agenda_sizes.on_disk("road_pub_56"), 220, 3)


def _120() -> list[Row]:
    return _size("120 sessions", agenda_sizes.on_disk("road_pub_120"), 500, 20, feasible=5)


def _tight() -> list[Row]:
    rows = []
    for seed in (1, 2, 3):
        rows += _size(f"132 in 144 cells, {seed}", agenda_sizes.tight(seed), None, 60, feasible=15)
    return rows


def _size(
    name: str, problem: Problem, best: int | None, target: float, feasible: float | None = None
) -> list[Row]:
    _warm()
    placed: list[float] = []
    began = time.process_time()

    def told(progress: dict[str, Any]) -> None:
        if progress["objective"] is not None:
            placed.append(time.process_time() - began)

    found = solve(problem, progress=told)
    seconds = time.process_time() - began
    assert found.objective is not None
    assert found.gap is not None
    _check(found)
    rows = [
        Row(f"{name}: all placed", min(placed, default=seconds), "CPU s", None, feasible or target),
        Row(f"{name}: done", seconds, "CPU s", None, target),
        Row(f"{name}: price", found.objective, "", None, best),
        Row(f"{name}: gap", found.gap, "", None, 0.02),
        Row(f"{name}: memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB"),
    ]
    return [*rows, *_others(name, problem)]


def _others(name: str, problem: Problem) -> list[Row]:
    seconds, plan = _timed(lambda: greedy(problem))
    rows = [
        Row(f"{name}: greedy, 10 orders", seconds, "CPU s"),
        Row(f"{name}: greedy's price", problem.objective(plan), ""),
        Row(f"{name}: greedy's unplaced", len(problem.events) - len(plan), "sessions"),
    ]
    seconds, (price, bound) = _timed(lambda: one_piece(problem, _ONE_PIECE))
    rows.append(Row(f"{name}: one-piece CP-SAT", seconds, "CPU s"))
    if price is not None:
        rows.append(Row(f"{name}: one-piece price", price, ""))
    rows.append(Row(f"{name}: one-piece bound", bound, ""))
    if len(problem.events) <= 56:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds, count = _timed(lambda: conference_scheduler(problem))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds += after.ru_utime - children.ru_utime
        rows.append(Row(f"{name}: conference-scheduler", seconds, "CPU s"))
        rows.append(Row(f"{name}: it places", count, "sessions"))
    return rows


def _changes() -> list[Row]:
    """An interpreter drops out, two sessions are locked, a room closes for half a day, or for good."""
    _warm()
    best = solve(agenda_sizes.on_disk("road_pub_120"))
    problem, rows_before = best.problem, best.placements
    locks = tuple(Lock(row.event, row.slot, row.room) for row in rows_before if row.room == "SeR0")[:2]
    rows: list[Row] = []
    for name, blocks in (("half a day", {"D0B0"}), ("both days", {slot.block for slot in problem.slots})):
        changed = problem.with_(
            interpreters=tuple(person for person in problem.interpreters if person.id != "I4"),
            blocked=frozenset((slot.id, "SeR5") for slot in problem.slots if slot.block in blocks),
            locks=locks,
            base=rows_before,
            fewest_moves=True,
        )
        seconds, found = _timed(lambda asked=changed: solve(asked))
        assert found.moved is not None
        assert found.moves_bound is not None
        _check(found)
        rows += [
            Row(f"120, room closed {name}", seconds, "CPU s", None, 5),
            Row(f"120, room closed {name}: moves", found.moved, "sessions"),
            Row(f"120, room closed {name}: beyond bound", found.moved - found.moves_bound, "moves", None, 0),
        ]
    return rows


def _causes() -> list[Row]:
    _warm()
    problem = agenda_sizes.on_disk("road_pub_120")
    slots = frozenset(slot.id for slot in problem.slots[2:])
    few = tuple(event for event in problem.events if event.interp is None)[:13]
    rows = []
    for name, changed in (
        ("interpreter", problem.with_(interpreters=problem.interpreters[:3])),
        ("cells", problem.with_(rooms=problem.rooms[:4])),
        (
            "availability",
            problem.with_(
                events=tuple(
                    replace(event, speakers=(), unavailable=slots) if event in few else event
                    for event in problem.events
                )
            ),
        ),
        ("travel", _too_far(problem)),
    ):
        seconds, found = _timed(lambda asked=changed: solve(asked))
        rows.append(Row(f"120, cause: {name}", seconds, "CPU s", None, 2))
        rows.append(Row(f"120, cause: {name}, parts", len(found.conflict), "rules", None, 1, at_least=True))
    return rows


def _too_far(problem: Problem) -> Problem:
    """Two sessions of one speaker, in slots that follow each other, locked into rooms of two venues."""
    one, two = problem.events[:2]
    days = [slot.id for slot in problem.slots]
    events = tuple(
        replace(event, speakers=("Kim",), interp=None, unavailable=frozenset(days) - {days[place]})
        for place, event in enumerate((one, two))
    )
    locks = (Lock(one.id, room="SeR0"), Lock(two.id, room="SeR1"))
    return problem.with_(events=(*events, *problem.events[2:]), locks=locks)


def _editor() -> list[Row]:
    """What the editor asks at every drop, at 150 sessions in 180 cells."""
    problem = agenda_sizes.tight(5, 144)
    plan = greedy(problem, restarts=1)
    rows = [Row("editor: sessions placed", len(plan), "")]
    worst = plan[: len(plan) // 2] + [replace(row, slot="D0S00") for row in plan[len(plan) // 2 :]]
    found = conflicts(problem, worst)
    for name, work in (
        ("conflicts", lambda: conflicts(problem, worst)),
        ("cells for a session", lambda: cells_for(problem, plan, plan[0].event)),
        ("repairs of a conflict", lambda: repairs(problem, worst, found[0])),
    ):
        seconds, _ = _timed(work)
        rows.append(Row(f"editor: {name}", 1000 * seconds, "CPU ms", None, 50))
    return rows


def _check(found: Agenda) -> None:
    hard = [one for one in conflicts(found.problem, found.placements) if one.severity == "hard"]
    assert not hard, hard
    assert not found.unplaced


def _warm() -> None:
    solve(agenda_sizes.on_disk("road_pub_20"))  # loads the solver


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    found = work()
    return time.process_time() - began, found
