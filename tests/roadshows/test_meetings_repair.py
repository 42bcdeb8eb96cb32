"""Late cancellations: the waiting list fills the gaps, and as few standing meetings as possible change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadshows.meetings import NO_SLOT, MeetingsError, Problem, solve
from roadshows.meetings_problem import keeps_rules
from roadshows.meetings_repair import repair
from tests.roadshows.meetings_worlds import Exact, drawn, random_small, world

pytestmark = pytest.mark.no_database

PAIRS = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]


def standing(problem: Problem) -> Problem:
    return problem.with_(base=solve(problem).slot)


def test_a_gap_is_filled_from_the_waiting_list_and_nobody_moves() -> None:
    """T2 has waited for V0, who is free again once T0 has canceled; T1 wants to see V1 and is content."""
    value = np.array([5, 1, 5, 5, 3, 1])
    base = np.array([0, NO_SLOT, 1, 0, NO_SLOT, 1])
    problem = world(3, 2, 2, PAIRS, value=value, base=base)
    found = repair(problem, canceled=[("T0", "V0")])
    assert found.new == (("T2", "V0", "S0"),)
    assert (found.moved, found.given_up) == ((), ())
    assert (found.objective, found.bound, found.proven, found.gap) == (14, 14, True, 0)
    assert ("T0", "V0", "S0") not in found.meetings


def test_what_was_canceled_does_not_come_back() -> None:
    problem = standing(world(1, 1, 2, [(0, 0)], must=True))
    found = repair(problem, canceled=[("T0", "V0")])
    assert (found.meetings, found.objective) == ((), 0)


def test_people_who_leave_take_their_meetings_and_promises_along() -> None:
    problem = standing(drawn(12, 15, 8, 8, 3, density=0.4).with_(team_least=1))
    name = problem.teams[3]
    found = repair(problem, teams_out=[name], investors_out=[problem.investors[2]])
    gone = {name, problem.investors[2]}
    assert not [meeting for meeting in found.meetings if gone & set(meeting)]
    assert (found.moved, found.given_up, found.gap) == ((), (), 0)
    assert found.proven


def test_a_slot_with_fewer_tables_moves_one_meeting_and_no_other() -> None:
    problem = world(3, 3, 2, [(0, 0), (1, 1), (2, 2)], base=np.array([0, 0, 1]), tables=np.array([1, 2]))
    found = repair(problem)
    assert found.proven
    assert len(found.moved) == 1
    (_, _, new), old = found.moved[0]
    assert (old, new, found.given_up) == ("S0", "S1", ())


def test_what_no_slot_is_left_for_is_given_up_by_name() -> None:
    problem = world(2, 2, 1, [(0, 0), (1, 1)], value=np.array([1, 4]), base=np.array([0, 0]), tables=1)
    found = repair(problem)
    assert found.given_up == (("T0", "V0", "S0"),)
    assert (found.objective, found.proven) == (4, True)


def test_moves_are_spent_on_value_only_when_allowed() -> None:
    """V1 can see T1 in S0 only, where T1 sees V0; that meeting could move to S1."""
    problem = world(
        2,
        2,
        2,
        [(0, 0), (1, 0), (1, 1)],
        base=np.array([1, 0, NO_SLOT]),
        investor_free=np.array([[True, True], [True, False]]),
    )
    found = repair(problem, canceled=[("T0", "V0")])
    assert (found.objective, found.moved) == (1, ())
    dearer = repair(problem, canceled=[("T0", "V0")], extra_moves=1)
    assert (dearer.objective, dearer.bound) == (2, 2)
    assert dearer.moved == ((("T1", "V0", "S1"), "S0"),)


def test_a_must_of_the_last_minute_is_held() -> None:
    problem = world(2, 1, 1, [(0, 0), (1, 0)], base=np.array([0, NO_SLOT]), must=np.array([False, True]))
    found = repair(problem)
    assert found.new == (("T1", "V0", "S0"),)
    assert found.given_up == (("T0", "V0", "S0"),)


def test_rules_that_collide_now_are_named() -> None:
    problem = world(1, 1, 1, [(0, 0)], base=np.array([0]), must=True, team_free=False)
    found = repair(problem)
    assert (found.objective, found.meetings) == (None, ())
    assert [part.rule for part in found.conflict] == ["no_common_slot"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"canceled": [("T0", "V9")]}, "canceled"),
        ({"canceled": [("V0", "T0")]}, "canceled"),
        ({"teams_out": ["V0"]}, "teams_out"),
        ({"investors_out": ["nobody\u202e"]}, "investors_out"),
    ],
)
def test_unknown_people_and_pairs_are_refused(change: dict[str, list[object]], field: str) -> None:
    with pytest.raises(MeetingsError) as refused:
        repair(standing(world(1, 1, 1, [(0, 0)])), **change)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_large_event_is_mended_without_moves() -> None:
    problem = standing(drawn(60, 80, 20, 30, 8))
    out = [problem.investors[3], problem.investors[10]]
    found = repair(problem, investors_out=out, teams_out=[problem.teams[1]])
    assert len(found.new) > 0
    assert (found.moved, found.given_up, found.proven, found.gap) == ((), (), True, 0)
    assert (found.slot[found.before != NO_SLOT] == found.before[found.before != NO_SLOT]).all()


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**9), st.integers(0, 2))
def test_no_mended_timetable_changes_less_or_is_worth_more(seed: int, extra: int) -> None:
    draw = np.random.default_rng(seed)
    problem = random_small(seed)
    before = solve(problem)
    if before.objective is None:
        problem = problem.with_(team_least=0, investor_least=0, must=False, fixed=NO_SLOT)
        before = solve(problem)
    away = draw.random(problem.team_free.shape) < 0.1
    cut = draw.random(len(problem.slots)) < 0.15
    changed = problem.with_(
        base=before.slot, tables=np.maximum(0, problem.tables - cut), team_free=problem.team_free & ~away
    )
    canceled = [meeting[:2] for meeting in before.meetings if draw.random() < 0.2]
    found = repair(changed, canceled=canceled, extra_moves=extra)
    left = np.array([changed.place_of(*pair) for pair in canceled], int)
    exact = Exact(changed, ~np.isin(np.arange(len(problem.team)), left))
    given_up = exact.best(exact.given_up(), least=True)
    if given_up is None:
        assert (found.objective, found.slot.tolist()) == (None, [NO_SLOT] * len(problem.team))
        assert found.conflict
        return
    exact.model.add(exact.given_up() <= given_up)
    moved = exact.best(exact.moved(), least=True)
    assert moved is not None
    exact.model.add(exact.moved() <= moved + extra)
    assert len(found.given_up) == given_up
    assert len(found.moved) <= moved + extra
    assert found.objective == found.bound == exact.best(exact.value())
    assert found.proven
    if not canceled:
        assert keeps_rules(changed, found.slot)
