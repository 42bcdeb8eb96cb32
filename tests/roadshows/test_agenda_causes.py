"""Why there is no plan: the true cause is named, and each of its members is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from roadshows.agenda import Event, Interpreter, Lock, Part, Problem, Room, Slot, Weights, solve
from roadshows.agenda_words import CONFLICTS
from tests.roadshows.agenda_worlds import problem

pytestmark = pytest.mark.no_database

ALL = problem("road_pub_56")
ASKED = ALL.with_(events=ALL.events[:30])
SLOTS = [slot.id for slot in ASKED.slots]


def with_events(asked: Problem, numbers: Sequence[int], **changes: Any) -> Problem:
    return asked.with_(
        events=tuple(
            replace(event, **changes) if number in numbers else event
            for number, event in enumerate(asked.events)
        )
    )


def cause(asked: Problem) -> dict[str, Part]:
    """Rule → part; there must be no plan."""
    found = solve(asked)
    assert (found.status, found.objective, found.placements) == ("infeasible", None, ())
    assert all(part.rule in CONFLICTS and part.message for part in found.conflict)
    return {part.rule: part for part in found.conflict}


def has_plan(asked: Problem) -> bool:
    """Whether there is a plan; soft rules aside, that shows soon."""
    return solve(asked.with_(weights=Weights(0, 0))).objective is not None


def without(asked: Problem, *names: str) -> Problem:
    return asked.with_(
        events=tuple(event for event in asked.events if event.id not in names),
        locks=tuple(lock for lock in asked.locks if lock.event not in names),
    )


def test_a_session_longer_than_every_slot() -> None:
    found = cause(with_events(ASKED, [3], minutes=45))
    assert found["too_long"].message == "'E003' takes 45 minutes; the longest slot in its city has 20"


def test_a_session_in_a_city_without_rooms() -> None:
    assert cause(with_events(ASKED, [3], city="Busan"))["no_city"].objects == ("E003",)


def test_a_session_that_is_never_available() -> None:
    assert cause(with_events(ASKED, [3], unavailable=frozenset(SLOTS)))["no_slot"].params["slots"] == "12"


def test_a_language_pair_that_nobody_has() -> None:
    found = cause(with_events(ASKED, [3, 4], interp="ja-ko"))
    assert found["no_interpreter"].objects == ("E003", "E004")


def test_nobody_is_there_when_the_session_could_be() -> None:
    people = tuple(replace(person, unavailable=frozenset(SLOTS[:2])) for person in ASKED.interpreters)
    asked = with_events(ASKED.with_(interpreters=people), [3], unavailable=frozenset(SLOTS[2:]))
    assert cause(asked)["no_interpreter_there"].objects[0] == "E003"


def test_a_speaker_with_more_sessions_than_slots() -> None:
    asked = with_events(ASKED, [0, 1, 2, 3], speakers=("Kim",), unavailable=frozenset(SLOTS[3:]))
    found = cause(asked)
    assert found["speaker_sessions"].objects == ("Kim", "E000", "E001", "E002", "E003")
    assert found["speaker_slots"].params["slots"] == "3"
    for name in found["speaker_sessions"].objects[1:3]:
        assert has_plan(without(asked, name))


def test_thirteen_sessions_need_the_one_interpreter_who_has_twelve_slots() -> None:
    person = Interpreter("Lee", frozenset({"ko-zh"}), max_consecutive=12)
    asked = with_events(with_events(ASKED, range(30), interp=None), range(13), interp="ko-zh")
    asked = asked.with_(interpreters=(person,))
    found = cause(asked)
    assert found["interpreter_sessions"].message.startswith(
        "13 sessions need an interpreter for 'ko-zh': 'E000'"
    )
    assert found["interpreter_slots"].message == "'Lee' can interpret them in 12 slots together"
    assert has_plan(without(asked, "E005"))


def test_breaks_leave_an_interpreter_too_few_slots() -> None:
    person = Interpreter("Lee", frozenset({"ko-zh"}), max_consecutive=2)
    asked = with_events(with_events(ASKED, range(30), interp=None), range(9), interp="ko-zh")
    asked = asked.with_(interpreters=(person,))
    found = cause(asked)
    assert (found["interpreter_slots"].params["slots"], found["interpreter_rest"].params["slots"]) == (
        "12",
        "8",
    )
    rested = asked.with_(interpreters=(replace(person, max_consecutive=3),))
    assert has_plan(rested)
    assert has_plan(without(asked, "E000"))


def test_a_city_with_fewer_cells_than_sessions() -> None:
    asked = with_events(ASKED, range(30), interp=None, unavailable=frozenset(), speakers=())
    asked = asked.with_(slots=ASKED.slots[:5], interpreters=())
    asked = asked.with_(blocked=frozenset({("D0S00", "SeR0")}))
    found = cause(asked)
    assert found["city_exist"].message == "'Seoul' has only 29 cells (slot and room)"
    assert has_plan(without(asked, "E000"))


def test_sessions_that_are_all_available_in_the_same_few_cells() -> None:
    asked = with_events(ASKED, range(13), unavailable=frozenset(SLOTS[2:]), speakers=(), interp=None)
    found = cause(asked)
    assert found["cells_needed"].objects == tuple(f"E{number:03d}" for number in range(13))
    assert found["cells_exist"].params == {"cells": "12", "slots": "2", "rooms": "6"}
    for name in found["cells_needed"].objects[:1]:
        assert has_plan(without(asked, name))


def test_two_sessions_locked_into_one_cell() -> None:
    asked = ASKED.with_(locks=(Lock("E000", SLOTS[3], "SeR0"), Lock("E001", SLOTS[3], "SeR0")))
    found = solve(asked).conflict
    assert [part.rule for part in found] == ["cells_needed", "cells_exist", "lock", "lock"]
    assert found[0].objects == ("E000", "E001")
    for lock in asked.locks:
        assert has_plan(asked.with_(locks=(lock,)))


@pytest.mark.parametrize(
    ("lock", "rule"),
    [
        (Lock("E000", "D0S08"), "lock_slot"),  # it isn't available there
        (Lock("E000", None, "YR"), "lock_city"),
        (Lock("E000", "D0S00", "SeR0"), "lock_taken"),
        (Lock("E003", None, None, "I9"), "lock_interpreter"),  # has another pair
        (Lock("E000", None, None, "I0"), "lock_interpreter"),  # needs nobody
    ],
)
def test_a_lock_that_cannot_be_kept(lock: Lock, rule: str) -> None:
    asked = ASKED.with_(
        rooms=(*ASKED.rooms, Room("YR", "Yantai", "YV", 5)),
        slots=(*ASKED.slots, Slot("Y0", 0, 20, "Yantai", "Y", "d")),
        interpreters=(*ASKED.interpreters, Interpreter("I9", frozenset({"en-zh"}))),
        blocked=frozenset({("D0S00", "SeR0")}),
        locks=(lock,),
    )
    assert list(cause(asked)) == [rule]


def test_travel_that_only_collides_with_locks_and_availability() -> None:
    both = with_events(ASKED, [0, 1], speakers=("Kim",), interp=None)
    asked = with_events(
        with_events(both, [0], unavailable=frozenset(SLOTS[1:])), [1], unavailable=frozenset(SLOTS[2:])
    )
    asked = asked.with_(locks=(Lock("E000", None, "SeR0"), Lock("E001", None, "SeR1")))
    found = cause(asked)
    assert found["together"].objects == ("E000", "E001")
    assert {"travel", "speaker", "unavailable", "lock"} <= set(found)
    assert "rooms" not in found
    assert not has_plan(asked.with_(travel={}))  # 360 minutes then
    eased = [
        asked.with_(travel={("Seoul-V0", "Seoul-V1"): 0}),
        asked.with_(locks=asked.locks[:1]),
        asked.with_(locks=asked.locks[1:]),
        with_events(asked, [0], speakers=()),
        with_events(asked, [0], unavailable=frozenset()),
        with_events(asked, [1], unavailable=frozenset()),
        without(asked, "E000"),
        without(asked, "E001"),
    ]
    assert all(has_plan(one) for one in eased)


def test_an_interpreter_who_would_have_to_be_in_two_venues() -> None:
    slots = (Slot("S0", 0, 30, "Seoul", "B", "d"), Slot("S1", 30, 30, "Seoul", "B", "d"))
    rooms = (Room("R0", "Seoul", "V0", 50), Room("R1", "Seoul", "V1", 50))
    events = (
        Event("A", "t", "Seoul", "ko-zh"),
        Event("B", "t", "Seoul", "ko-zh"),
    )
    person = Interpreter("Lee", frozenset({"ko-zh"}))
    locks = (Lock("A", None, "R0"), Lock("B", None, "R1"))
    asked = Problem(slots, rooms, events, (person,), {("V0", "V1"): 5}, locks=locks)
    found = cause(asked)
    assert set(found) == {"together", "travel", "interpreters", "lock"}
    assert found["interpreters"].params["pair"] == "'ko-zh'"
    assert has_plan(asked.with_(travel={("V0", "V1"): 0}))


def test_names_from_files_are_shown_safely() -> None:
    wild = "\u202eevil\n<b>🙂"
    asked = ASKED.with_(events=(replace(ASKED.events[0], id=wild, minutes=500), *ASKED.events[1:]))
    message = cause(asked)["too_long"].message
    assert "\n" not in message
    assert "\u202e" not in message
