"""Who meets whom and when: the best timetable, proven; what always holds; why there is none."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roadshows.meetings import NO_SLOT, MeetingsError, Problem, SolverMissing, Timetable, solve
from roadshows.meetings_files import read_instance
from roadshows.meetings_problem import keeps_rules
from tests.data.scheduling.verify import meetings as verify
from tests.roadshows.meetings_worlds import BEST_KNOWN, DATA, Exact, drawn, free, random_small, raw, world

pytestmark = pytest.mark.no_database

every_small_problem = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def instance(name: str) -> Problem:
    return read_instance((DATA / f"meet_pub_{name}.json").read_bytes(), name).problem


def as_file(found: Timetable) -> dict[str, Any]:
    rows = [{"team": team, "investor": investor, "slot": slot} for team, investor, slot in found.meetings]
    return {"meetings": rows}


def reasons(problem: Problem) -> dict[str, tuple[str, ...]]:
    """The colliding rules of a problem without a timetable: code → objects."""
    found = solve(problem)
    assert (found.status, found.objective, found.meetings) == ("infeasible", None, ())
    assert all(part.message for part in found.conflict)
    told: dict[str, tuple[str, ...]] = {}
    for part in found.conflict:
        told[part.rule] = (*told.get(part.rule, ()), *part.objects)
    return told


@pytest.mark.parametrize("name", list(BEST_KNOWN))
def test_public_instances_reach_the_best_known_value_with_proof(name: str) -> None:
    found = solve(instance(name))
    broken, objective, _ = verify(raw(name), as_file(found))
    assert broken == []
    assert objective == found.objective == found.bound == BEST_KNOWN[name]
    assert (found.status, found.stopped, found.gap) == ("optimal", "done", 0)


@pytest.mark.parametrize("tables", [150, 100])
def test_a_large_event_is_planned_without_a_gap(tables: int) -> None:
    problem = drawn(200, 300, 24, tables, 40)
    found = solve(problem)
    assert (found.status, found.gap) == ("optimal", 0)
    assert keeps_rules(problem, found.slot)
    assert np.bincount(found.slot[found.slot != NO_SLOT]).max() <= tables


def test_where_people_are_often_away_exchanging_pairs_closes_the_gap() -> None:
    problem = drawn(10, 11, 7, 6, 2, density=0.7, away=0.35, busiest=True)
    found = solve(problem)
    exact = Exact(problem)
    assert keeps_rules(problem, found.slot)
    assert found.objective == exact.best(exact.value())
    assert found.status == "optimal"


def test_the_same_seed_gives_the_same_timetable() -> None:
    for problem in (
        instance("60x80x20x30"),
        drawn(10, 11, 7, 6, 2, density=0.7, away=0.35, busiest=True),
    ):
        first, second = solve(problem, seed=7), solve(problem, seed=7)
        assert (first.stopped, second.stopped) == ("done", "done")
        assert first.meetings == second.meetings


def test_tables_and_interpreters_may_differ_from_slot_to_slot() -> None:
    problem = world(3, 3, 2, list(itertools.product(range(3), range(3))), tables=np.array([3, 1]))
    found = solve(problem)
    assert (found.objective, found.status) == (4, "optimal")
    spoken = problem.with_(interpreted=True, interpreters=np.array([0, 1]))
    assert [slot for _, _, slot in solve(spoken).meetings] == ["S1"]


def test_a_must_is_held_even_at_the_expense_of_value() -> None:
    problem = world(2, 1, 1, [(0, 0), (1, 0)], value=np.array([100, 1]), must=np.array([False, True]))
    assert solve(problem).meetings == (("T1", "V0", "S0"),)


def test_a_must_may_even_be_worth_nothing_or_less() -> None:
    problem = world(1, 1, 1, [(0, 0)], value=np.array([-5]), must=True)
    assert (solve(problem).objective, solve(problem).status) == (-5, "optimal")
    assert solve(problem.with_(must=False)).meetings == ()


def test_a_fixed_meeting_stays_where_it_is() -> None:
    problem = world(2, 2, 3, [(0, 0), (0, 1), (1, 0), (1, 1)], fixed=np.array([2, -1, -1, -1]))
    found = solve(problem)
    assert ("T0", "V0", "S2") in found.meetings
    assert found.objective == 4


def test_an_equally_good_timetable_keeps_what_stood_before() -> None:
    problem = drawn(15, 20, 10, 12, 5)
    plain = solve(problem)
    reverse = np.where(plain.slot == NO_SLOT, NO_SLOT, 9 - plain.slot)
    turned = problem.with_(team_free=True, investor_free=True)
    again = solve(turned.with_(base=reverse))
    assert again.objective == solve(turned).objective
    held = reverse != NO_SLOT
    assert (again.slot == reverse)[held].mean() > 0.8 > (solve(turned).slot == reverse)[held].mean()


def test_everybody_gets_what_was_promised() -> None:
    """Two strong teams would take every place; a promise of two meetings each is kept, and no dearer than
    need be."""
    pairs = list(itertools.product(range(4), range(4)))
    value = np.array([9 if team < 2 else 1 for team, _ in pairs])
    problem = world(4, 4, 4, pairs, value=value, tables=2)
    greedy = solve(problem)
    assert {team for team, _, _ in greedy.meetings} == {"T0", "T1"}
    fair = problem.with_(team_least=2)
    found = solve(fair)
    exact = Exact(fair)
    assert np.bincount(problem.team[found.slot != NO_SLOT]).tolist() == [2, 2, 2, 2]
    assert found.objective == exact.best(exact.value())
    assert found.status == "optimal"


@every_small_problem
@given(st.integers(0, 10**9))
def test_small_problems_get_the_best_of_all_timetables(seed: int) -> None:
    problem = random_small(seed)
    exact = Exact(problem)
    best = exact.best(exact.value())
    found = solve(problem, seed=seed % 1000)
    if best is None:
        assert found.status == "infeasible"
        assert found.conflict
    else:
        assert (found.status, found.objective, found.bound) == ("optimal", best, best)
        assert keeps_rules(problem, found.slot)


# Time and people who change their minds


def test_the_time_limit_is_kept_and_said() -> None:
    problem = drawn(60, 60, 20, 60, 60, density=0.5, away=0.35, busiest=True)
    found = solve(problem, seconds=1.0)
    assert found.stopped == "time"
    assert found.status == "feasible"
    assert keeps_rules(problem, found.slot)
    assert 0 < found.gap < 0.1


def test_somebody_who_cancels_gets_the_best_so_far() -> None:
    problem = drawn(40, 40, 16, 40, 40, density=0.5, away=0.35, busiest=True)
    told: list[tuple[int | None, int]] = []
    found = solve(
        problem, progress=lambda value, bound: told.append((value, bound)), cancelled=lambda: len(told) > 2
    )
    values = [value for value, _ in told]
    assert (found.stopped, found.status) == ("cancelled", "feasible")
    assert values == sorted(values)
    assert found.objective == values[-1] < found.bound == told[-1][1]
    assert keeps_rules(problem, found.slot)


# Why there is no timetable: the true cause, and nothing else


def test_more_musts_than_a_person_may_have() -> None:
    problem = world(1, 3, 3, [(0, 0), (0, 1), (0, 2)], must=True, team_most=2)
    assert reasons(problem) == {"must_over_most": ("T0", "V0", "V1", "V2")}


def test_more_musts_than_slots_suit_a_person() -> None:
    problem = world(1, 3, 3, [(0, 0), (0, 1), (0, 2)], must=True, team_free=free(1, 3, {0: [1]}))
    assert reasons(problem) == {"must_over_slots": ("T0", "V0", "V1", "V2")}


def test_a_must_without_a_common_slot() -> None:
    problem = world(
        2,
        1,
        2,
        [(0, 0), (1, 0)],
        must=np.array([True, False]),
        team_free=free(2, 2, {0: [0]}),
        investor_free=free(1, 2, {0: [1]}),
    )
    assert reasons(problem) == {"no_common_slot": ("T0", "V0")}


def test_a_must_that_fixed_meetings_leave_no_slot_for() -> None:
    problem = world(
        2,
        2,
        2,
        [(0, 0), (0, 1), (1, 0)],
        must=np.array([True, False, False]),
        fixed=np.array([-1, 0, 1]),
    )
    assert reasons(problem) == {"no_slot_beside_fixed": ("T0", "V0")}


def test_musts_that_only_some_slots_suit() -> None:
    """Each pair has a slot, and the team has slots for all of them; but three of the four share two slots."""
    problem = world(
        2,
        4,
        4,
        [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)],
        must=np.array([True, True, True, True, False]),
        investor_free=free(4, 4, {0: [2, 3], 1: [2, 3], 2: [2, 3]}),
    )
    assert reasons(problem) == {"must_meet": ("T0", "V0", "V1", "V2"), "one_at_a_time": ("T0",)}


def test_musts_and_tables() -> None:
    """Three musts fit into S0 only, which has two tables; other slots have many."""
    problem = world(
        4,
        4,
        3,
        [(0, 0), (1, 1), (2, 2), (3, 3)],
        must=True,
        tables=np.array([2, 4, 4]),
        team_free=free(4, 3, {0: [1, 2], 1: [1, 2], 2: [1, 2]}),
    )
    assert reasons(problem) == {"must_meet": ("T0", "V0", "T1", "V1", "T2", "V2"), "tables": ("S0",)}


def test_musts_and_all_tables_together() -> None:
    problem = world(3, 3, 2, [(at, at) for at in range(3)], must=True, tables=1)
    found = reasons(problem)
    assert set(found) == {"must_meet", "tables"}
    assert found["tables"] == ("S0", "S1")
    assert len(found["must_meet"]) == 6


def test_musts_and_interpreters() -> None:
    """Four musts, of which the two that need the one interpreter are possible in S1 only."""
    problem = world(
        4,
        4,
        2,
        [(at, at) for at in range(4)],
        must=True,
        interpreted=np.array([True, True, False, False]),
        interpreters=1,
        team_free=free(4, 2, {0: [0], 1: [0]}),
    )
    assert reasons(problem) == {"must_meet": ("T0", "V0", "T1", "V1"), "interpreters": ("S1",)}


def test_musts_and_all_interpreters_together() -> None:
    problem = world(3, 3, 2, [(at, at) for at in range(3)], must=True, interpreted=True, interpreters=1)
    assert reasons(problem)["interpreters"] == ("S0", "S1")


def test_a_promise_to_somebody_whom_too_few_want() -> None:
    problem = world(2, 3, 4, [(0, 0), (0, 1), (1, 2)], team_least=np.array([3, 0]))
    assert reasons(problem) == {"least_over_partners": ("T0",)}


def test_a_promise_to_somebody_who_is_hardly_there() -> None:
    problem = world(1, 3, 4, [(0, 0), (0, 1), (0, 2)], team_least=3, team_free=free(1, 4, {0: [0, 1]}))
    assert reasons(problem) == {"least_over_slots": ("T0",)}


def test_promises_that_the_partners_cannot_keep() -> None:
    """Three teams are promised two meetings each, their two investors may have two each; T3 is not
    involved."""
    pairs = [*itertools.product(range(3), range(2)), (3, 2)]
    problem = world(4, 3, 4, pairs, team_least=np.array([2, 2, 2, 1]), investor_most=np.array([2, 2, 4]))
    found = solve(problem)
    told = {part.rule: (part.objects, part.params["places"]) for part in found.conflict}
    assert set(told) == {"least", "most"}
    (promised, _), (partners, room) = told["least"], told["most"]
    assert set(promised) <= {"T0", "T1", "T2"}
    assert set(partners) <= {"V0", "V1"}
    # Each promised team needs those investors of the set, beyond the others it may meet.
    needed = sum(2 - (2 - len(partners)) for _ in promised)
    assert needed > int(room)


def test_promises_and_tables() -> None:
    pairs = list(itertools.product(range(3), range(3)))
    problem = world(3, 3, 3, pairs, team_least=2, tables=np.array([1, 2, 2]))
    found = reasons(problem)
    assert found == {"least": ("T0", "T1", "T2"), "tables": ("S0", "S1", "S2")}


@pytest.mark.parametrize(
    ("more", "rule", "objects"),
    [
        ({"team_free": free(2, 2, {0: [0]}), "fixed": [0, -1]}, "fixed_unavailable", ("T0", "V0", "S0")),
        ({"fixed": [0, 0]}, "fixed_together", ("V0", "T0", "T1", "S0")),
    ],
)
def test_fixed_meetings_that_cannot_be(more: dict[str, Any], rule: str, objects: tuple[str, ...]) -> None:
    more["fixed"] = np.array(more["fixed"])
    assert reasons(world(2, 1, 2, [(0, 0), (1, 0)], tables=2, **more)) == {rule: objects}


def test_fixed_meetings_beyond_tables_and_interpreters() -> None:
    problem = world(2, 2, 2, [(0, 0), (1, 1)], fixed=np.array([1, 1]), interpreted=True)
    assert reasons(problem.with_(tables=np.array([2, 1]))) == {"fixed_over_tables": ("S1",)}
    assert reasons(problem.with_(interpreters=1)) == {"fixed_over_interpreters": ("S1",)}


def test_a_fixed_meeting_and_musts_that_need_the_same_tables() -> None:
    problem = world(
        3,
        3,
        2,
        [(0, 0), (1, 1), (2, 2)],
        fixed=np.array([0, -1, -1]),
        must=np.array([False, True, True]),
        tables=2,
        team_free=free(3, 2, {1: [1], 2: [1]}),
    )
    told = {"must_meet": ("T1", "V1", "T2", "V2"), "fixed": ("T0", "V0"), "tables": ("S0",)}
    assert reasons(problem) == told
    assert reasons(problem.with_(tables=1)) == {"no_slot_beside_fixed": ("T1", "V1", "T2", "V2")}


def test_what_only_collides_in_whole_meetings_is_named_too() -> None:
    """Half of each meeting here and half there would do; nothing whole does. T3 - V5 has nothing to do with
    it, and without any of the others there is a timetable."""
    pairs = [(0, 4), (1, 1), (2, 0), (2, 1), (2, 2), (2, 3), (3, 5)]
    away = {0: [1], 1: [4], 2: [0]}, {0: [2], 1: [2], 2: [3], 4: [3, 4]}
    problem = world(
        4,
        6,
        5,
        pairs,
        must=True,
        interpreted=np.array([True, True, True, False, True, True, False]),
        interpreters=np.array([1, 1, 1, 1, 2]),
        tables=4,
        team_free=free(4, 5, away[0]),
        investor_free=free(6, 5, away[1]),
    )
    found = reasons(problem)
    assert set(found["must_meet"]) == {"T0", "T1", "T2", "V0", "V1", "V2", "V3", "V4"}
    assert "T3" not in {name for objects in found.values() for name in objects}
    for place in range(6):
        assert solve(problem.with_(must=np.arange(7) != place)).status == "optimal"


def test_the_cause_is_named_in_a_large_event() -> None:
    """Two hundred meetings need an interpreter and must be held; there are places for 160."""
    problem = instance("60x80x20x30")
    speaking = np.flatnonzero(problem.interpreted)[::2]
    must = np.isin(np.arange(len(problem.team)), speaking)
    assert must.sum() > 160
    found = solve(problem.with_(must=must, team_most=20, investor_most=20, tables=60))
    told = {part.rule: part.params for part in found.conflict}
    assert set(told) == {"must_meet", "interpreters"}
    assert (told["must_meet"]["count"], told["interpreters"]["places"]) == ("161", "160")


# What can't be posed


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slots": []}, "slots"),
        ({"slots": ["S0", "S0"]}, "slots"),
        ({"teams": []}, "teams"),
        ({"investors": ["V0", "V0"]}, "investors"),
        ({"team": np.array([0, 2])}, "team"),
        ({"team": np.array([0, -1])}, "team"),
        ({"team": np.array([0.0, 1.0])}, "team"),
        ({"team": np.array([0, 0]), "investor": np.array([1, 1])}, "team"),
        ({"investor": np.array([0])}, "investor"),
        ({"value": np.array([np.nan, 1.0])}, "value"),
        ({"value": np.array([10**9, 1])}, "value"),
        ({"tables": -1}, "tables"),
        ({"tables": np.array([1, 2, 3])}, "tables"),
        ({"interpreters": 2.5}, "interpreters"),
        ({"team_most": np.array([1])}, "team_most"),
        ({"team_most": 1, "team_least": 2}, "team_least"),
        ({"investor_least": -1}, "investor_least"),
        ({"team_free": np.ones((2, 3), bool)}, "team_free"),
        ({"fixed": np.array([0, 2])}, "fixed"),
        ({"base": np.array([-2, 0])}, "base"),
        ({"must": np.array([True])}, "must"),
    ],
)
def test_a_problem_that_cannot_be_posed_names_the_field(change: dict[str, Any], field: str) -> None:
    whole: dict[str, Any] = {
        "slots": ["S0", "S1"],
        "teams": ["T0", "T1"],
        "investors": ["V0", "V1"],
        "team": np.array([0, 1]),
        "investor": np.array([0, 1]),
        "value": np.array([1, 1]),
        "tables": 2,
    }
    Problem(**whole)
    with pytest.raises(MeetingsError) as refused:
        Problem(**(whole | change))
    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: ")


def test_without_a_solver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roadshows.meetings.find_spec", lambda name: None)
    with pytest.raises(SolverMissing, match="pip install highspy"):
        solve(world(1, 1, 1, [(0, 0)]))


def test_nobody_wants_anybody() -> None:
    found = solve(world(2, 2, 2, []))
    assert (found.status, found.objective, found.meetings) == ("optimal", 0, ())
