"""The agenda planner: known optima, the same again, limits, locks, and plans that change as little as
possible.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings

from roadshows.agenda import (
    Agenda,
    AgendaError,
    Engagement,
    Event,
    Lock,
    Placement,
    Problem,
    Room,
    Slot,
    SolverMissing,
    Weights,
    solve,
)
from roadshows.agenda_conflicts import conflicts
from tests.data.scheduling.verify import roadshow as verify
from tests.roadshows.agenda_worlds import BEST_KNOWN, as_file, problem, raw, small, solution

pytestmark = pytest.mark.no_database


def is_legal(found: Agenda) -> bool:
    """Nothing hard is wrong, and all sessions stand."""
    hard = [one for one in conflicts(found.problem, found.placements) if one.severity == "hard"]
    return not hard and not found.unplaced


@pytest.mark.parametrize("name", BEST_KNOWN)
def test_every_instance_is_solved_to_its_best_known_price(name: str) -> None:
    found = solve(problem(name))
    broken, objective, _ = verify(raw(name), solution(found.placements))
    assert broken == []
    assert objective == found.objective == found.bound == BEST_KNOWN[name]
    assert (found.status, found.gap, found.stopped, found.moved) == ("optimal", 0, "done", None)


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    asked = problem("road_pub_56")
    first, again, other = solve(asked, seed=3), solve(asked, seed=3), solve(asked, seed=4)
    assert first == again
    assert first.placements != other.placements
    assert first.objective == other.objective


def test_the_time_limit_stops_the_search_with_what_there_is() -> None:
    told: list[dict[str, object]] = []
    found = solve(problem("road_pub_120"), seconds=0.3, progress=told.append)
    assert found.stopped == "time"
    assert found.status in ("feasible", "unknown")
    assert len(found.placements) + len(found.unplaced) == 120
    assert {"phase", "placed", "objective", "bound", "seconds"} == set(told[-1])


def test_who_cancels_gets_the_best_so_far() -> None:
    found = solve(problem("road_pub_56"), cancelled=lambda: True)
    assert found.stopped == "cancelled"
    assert found.objective is None or found.objective >= BEST_KNOWN["road_pub_56"]


def test_without_the_solver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roadshows.agenda.find_spec", lambda name: None)
    with pytest.raises(SolverMissing, match="pip install ortools"):
        solve(problem("road_pub_20"))


def test_locks_are_kept_whole_or_in_part() -> None:
    asked = problem("road_pub_56")
    interpreted = [event.id for event in asked.events if event.interp == "ko-zh"]
    locks = (
        Lock("E000", "D0S03", "SeR2"),
        Lock("E001", slot="D0S05"),
        Lock("E002", room="SeR1"),
        Lock(interpreted[0], interpreter="I2"),
        Lock(interpreted[1], interpreter="I2"),
    )
    found = solve(asked.with_(locks=locks))
    assert is_legal(found)
    at = {row.event: row for row in found.placements}
    assert (at["E000"].slot, at["E000"].room) == ("D0S03", "SeR2")
    assert (at["E001"].slot, at["E002"].room) == ("D0S05", "SeR1")
    assert {at[interpreted[0]].interpreter, at[interpreted[1]].interpreter} == {"I2"}


def test_what_is_taken_and_who_is_busy_elsewhere_is_left_alone() -> None:
    asked = problem("road_pub_20")
    first = asked.slots[0]
    plenary = frozenset((slot.id, "SeR0") for slot in asked.slots[:2])
    speaker = asked.events[0].speakers[0]
    busy = Engagement("speaker", speaker, first.start, asked.slots[3].end, "Seoul-V9")
    asked = asked.with_(blocked=plenary, engagements=(busy,), travel={("Seoul-V0", "Seoul-V9"): 40})
    found = solve(asked)
    assert is_legal(found)
    assert not {(row.slot, row.room) for row in found.placements} & plenary
    starts = [
        asked.slot_of[row.slot].start
        for row in found.placements
        if speaker in asked.event_of[row.event].speakers
    ]
    assert starts
    assert min(starts) >= asked.slots[3].end + 40


def test_two_overlapping_slots_share_no_room() -> None:
    slots = (Slot("long", 600, 60, "Seoul", "B"), Slot("short", 630, 30, "Seoul", "B"))
    events = (Event("A", "t", "Seoul"), Event("B", "t", "Seoul"))
    rooms = (Room("R", "Seoul", "V", 10), Room("S", "Seoul", "V", 10))
    found = solve(Problem(slots, rooms, events))
    assert is_legal(found)
    assert len({row.room for row in found.placements} | {row.slot for row in found.placements}) >= 3
    assert solve(Problem(slots, rooms[:1], events)).status == "infeasible"


def test_few_interpreters_are_used_a_day_when_that_is_wished() -> None:
    asked = problem("road_pub_20").with_(
        events=tuple(event for event in problem("road_pub_20").events if event.interp in (None, "ko-zh"))
    )
    found = solve(asked.with_(weights=Weights(1, 20, 7)))
    assert is_legal(found)
    assert len({row.interpreter for row in found.placements} - {None}) == 1
    assert found.objective == asked.objective(found.placements) + 7


def changed(best: Agenda) -> Problem:
    """Interpreter I2 drops out, a room closes for half a day, two sessions are locked where they were."""
    asked, rows = best.problem, best.placements
    return asked.with_(
        interpreters=tuple(person for person in asked.interpreters if person.id != "I2"),
        blocked=frozenset((slot.id, "SeR1") for slot in asked.slots if slot.block == "D0B0"),
        locks=tuple(Lock(row.event, row.slot, row.room) for row in rows if row.room == "SeR0")[:2],
        base=rows,
    )


def test_a_plan_is_changed_with_the_fewest_moves() -> None:
    asked = changed(solve(problem("road_pub_56"))).with_(fewest_moves=True)
    found = solve(asked)
    assert is_legal(found)
    assert found.moved == found.moves_bound
    assert found.moved is not None
    forced = sum((row.slot, row.room) in asked.blocked for row in asked.base or ())
    assert forced <= found.moved <= forced + 6
    at = {row.event: (row.slot, row.room) for row in found.placements}
    assert all(at[lock.event] == (lock.slot, lock.room) for lock in asked.locks)


def test_moves_cost_what_the_file_says() -> None:
    best = solve(problem("road_pub_20"))
    gone = frozenset(slot.id for slot in best.problem.slots[:4])
    people = tuple(replace(person, unavailable=gone) for person in best.problem.interpreters)
    asked = best.problem.with_(interpreters=people, base=best.placements, change_weight=10)
    found = solve(asked)
    broken, objective, detail = verify(as_file(asked), solution(found.placements))
    assert broken == []
    assert objective == found.objective
    assert detail["moved"] == found.moved
    assert found.bound is not None
    assert found.bound >= 10 * (found.moves_bound or 0) > 0


def test_a_plan_that_still_holds_is_left_as_it_is() -> None:
    best = solve(problem("road_pub_56"))
    again = solve(best.problem.with_(base=best.placements, fewest_moves=True), seed=9)
    assert (again.moved, again.status) == (0, "optimal")


def exhaustive(asked: Problem) -> int | None:
    """The price of the best plan by trying all."""
    people = {
        event.id: [None] if event.interp is None else [person.id for person in asked.interpreters]
        for event in asked.events
    }
    choices = []
    for event in asked.events:
        own = [
            Placement(event.id, slot.id, room.id, person)
            for slot in asked.slots
            for room in asked.rooms
            for person in people[event.id]
        ]
        choices.append([row for row in own if not _hard(asked, [row])])
    best: int | None = None

    def extend(rows: list[Placement]) -> None:
        nonlocal best
        if len(rows) == len(choices):
            price = asked.objective(rows)
            best = price if best is None else min(best, price)
            return
        for row in choices[len(rows)]:
            longer = [*rows, row]
            if not _hard(asked, longer):
                extend(longer)

    extend([])
    return best


def _hard(asked: Problem, rows: list[Placement]) -> bool:
    return any(one.severity == "hard" for one in conflicts(asked, rows))


@settings(max_examples=60)
@given(small())
def test_small_problems_come_out_as_if_all_plans_were_tried(asked: Problem) -> None:
    best, found = exhaustive(asked), solve(asked)
    assert found.objective == best
    assert found.status == ("infeasible" if best is None else "optimal")
    if best is None:
        assert found.conflict
    else:
        assert verify(as_file(asked), solution(found.placements))[:2] == ([], best)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slots": ()}, "slots: must not be empty"),
        ({"events": (Event("A", "t", "Seoul"), Event("A", "t", "Seoul"))}, "events: 'A' stands in it twice"),
        ({"events": (Event("A", "t", "Seoul", speakers=("P", "P")),)}, "events: 'P' stands in it twice"),
        ({"events": (Event("A", "t", "Seoul", demand=-1),)}, "events: 'A': must be a whole number from 0"),
        ({"events": (Event("A", "t", "Seoul", demand=True),)}, "not True"),
        ({"events": (Event("A", "t", "Seoul", unavailable=frozenset({"x"})),)}, "'x' is not among the slots"),
        ({"locks": (Lock("nobody", "D0S00"),)}, "locks: 'nobody' is not among the events"),
        ({"blocked": frozenset({("D0S00", "nowhere")})}, "blocked: 'nowhere' is not among the rooms"),
        ({"engagements": (Engagement("speaker", "P", 5, 4),)}, "engagements: 'P': ends before it starts"),
    ],
)
def test_a_problem_that_cannot_be_posed_is_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(AgendaError) as refused:
        problem("road_pub_20").with_(**changes)
    assert sentence in str(refused.value)


def test_bounds_never_exceed_the_price_of_a_plan() -> None:
    asked = problem("road_pub_20")
    for overflow, tracks in product((0, 1, 5), (0, 1, 20)):
        found = solve(asked.with_(weights=Weights(overflow, tracks)))
        assert found.objective is not None
        assert found.bound is not None
        assert found.bound <= found.objective == found.problem.objective(found.placements)
