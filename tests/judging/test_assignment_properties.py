"""What holds for every assignment problem: the best is found, or the cause named is true and minimal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from scipy.optimize import Bounds, LinearConstraint, milp

from judging import assignment
from judging.assignment import Conflict, Problem, solve
from judging.assignment_rows import BUDGET, ENTRY, LEAST, MOST, PANEL, Rows, rows_of
from tests.judging.assignment_worlds import exhaustive, problems

pytestmark = pytest.mark.no_database

repeatable = settings(deadline=None, derandomize=True, max_examples=150)
filtering = settings(repeatable, max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])


@given(problems())
@repeatable
def test_the_best_assignment_is_found_or_there_is_none(problem: Problem) -> None:
    best, found = exhaustive(problem), solve(problem, seed=3)
    if best is None:
        assert found.status == "infeasible"
        assert found.conflict
        assert all(part.message for part in found.conflict)
        return
    assert found.status == "optimal"
    assert (found.objective, found.bound, found.gap) == (best[1], best[1], 0)
    if problem.fewest_changes and problem.kept is not None:
        assert problem.kept[found.chosen].sum() == best[0]
    if problem.connected:
        assert len(found.components) <= 1
    assert found.pairs == solve(problem, seed=3).pairs


@given(problems())
@settings(deadline=None, derandomize=True, max_examples=60)
def test_without_the_flow_solver_the_program_finds_the_same(problem: Problem) -> None:
    with_flow = solve(problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "find_spec", lambda name: None if name == "ortools" else name)
        without = solve(problem)
    assert (without.status, without.objective, without.bound) == (
        with_flow.status,
        with_flow.objective,
        with_flow.bound,
    )


@given(problems(tight=True))
@filtering
def test_a_set_of_colliding_rules_is_true_and_none_of_them_can_be_left_out(problem: Problem) -> None:
    found = solve(problem)
    assume(found.status == "infeasible")
    rows = rows_of(problem)
    blamed = blamed_rows(problem, rows, found.conflict)
    assume(blamed is not None)
    assert blamed is not None
    assert not can_be_kept(rows.take(blamed))
    for place in range(len(blamed)):
        assert can_be_kept(rows.take(np.delete(blamed, place))), found.conflict


@given(problems())
@filtering
def test_a_single_cause_stands_alone(problem: Problem) -> None:
    """Each entry or judge that is said to fail by itself fails when everything else is allowed."""
    found = solve(problem)
    assume(found.status == "infeasible")
    checked = {"too_few_judges", "too_few_of_label", "panel_too_large", "panels_collide"}
    alone = [part for part in found.conflict if part.rule in checked]
    assume(alone)
    for part in alone:
        size = np.zeros(len(problem.entries), np.int64)
        at = problem.entries.index(part.objects[0])
        size[at] = problem.per_entry[at]
        free = {"least": 0, "most": None, "interpreters": None, "fixed": None, "connected": False}
        assert exhaustive(problem.with_(per_entry=size, **free)) is None


def blamed_rows(problem: Problem, rows: Rows, conflict: tuple[Conflict, ...]) -> Any:
    """Rows that the conflict names as a set; None when it names something else, too."""
    found: set[int] = set()
    for part in conflict:
        entries = {problem.entries.index(name) for name in part.objects if name in problem.entries}
        judges = {problem.judges.index(name) for name in part.objects if name in problem.judges}
        if part.rule in ("entries_need", "entries_take", "interpreted_only"):
            wanted = (rows.kind == ENTRY) & np.isin(rows.number, list(entries))
        elif part.rule == "panel_needs":
            wanted = (rows.kind == PANEL) & np.isin(rows.number, list(entries))
            for place, rule in enumerate(problem.panel):
                for code, label in enumerate(label for label, least in rule.least.items() if least):
                    if (part.params["panel"], part.params["label"]) != (repr(rule.name), repr(label)):
                        wanted &= ~((rows.rule == place) & (rows.label == code))
        elif part.rule in ("most_load", "least_load"):
            kind = MOST if part.rule == "most_load" else LEAST
            wanted = (rows.kind == kind) & np.isin(rows.number, list(judges))
        elif part.rule in ("interpreter_budget", "budget_and_others"):
            wanted = rows.kind == BUDGET
        else:
            return None
        found |= set(np.flatnonzero(wanted).tolist())
    return np.array(sorted(found), np.intp)


def can_be_kept(rows: Rows) -> bool:
    """By SciPy, which knows nothing of flows or cuts."""
    width = rows.matrix.shape[1]
    if not len(rows.kind):
        return True
    answer = milp(
        np.zeros(width),
        constraints=LinearConstraint(rows.matrix, rows.least, rows.most),
        integrality=np.ones(width),
        bounds=Bounds(0, 1),
    )
    assert answer.status in (0, 2)
    return bool(answer.status == 0)
