"""What is wrong with a plan: found as the verifier finds it, with cells that are free and repairs that are
legal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roadshows.agenda import Engagement, Event, Interpreter, Lock, Placement, Problem, Room, Slot
from roadshows.agenda_conflicts import HARD, Conflict, cells_for, conflicts, repairs
from tests.data.scheduling.verify import roadshow as verify
from tests.roadshows.agenda_worlds import as_file, problem, small, solution

pytestmark = pytest.mark.no_database

SLOTS = tuple(
    Slot(f"S{number}", 600 + 20 * number, 20, "Seoul", "morning", "2027-05-11") for number in range(6)
)
ROOMS = (Room("R0", "Seoul", "V0", 50), Room("R1", "Seoul", "V1", 50), Room("R2", "Seoul", "V0", 20))
PEOPLE = (
    Interpreter("I0", frozenset({"ko-zh"}), frozenset({"S5"}), 2),
    Interpreter("I1", frozenset({"en-ko"})),
)


def world(*events: Event, **changes: object) -> Problem:
    """Six slots in a row, two venues half an hour apart, two interpreters, a room in another city."""
    yantai = Slot("Y0", 600, 20, "Yantai", "morning", "2027-05-11")
    rooms = (*ROOMS, Room("YR", "Yantai", "YV", 50))
    return Problem((*SLOTS, yantai), rooms, events, PEOPLE, {("V0", "V1"): 30}).with_(**changes)


def session(name: str, *speakers: str, interp: str | None = None, demand: int = 10) -> Event:
    return Event(name, "bio", "Seoul", interp, speakers, demand)


def kinds(found: Sequence[Conflict]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.kind, one.sessions) for one in found]


def test_two_sessions_in_one_room() -> None:
    found = conflicts(
        world(session("A"), session("B")), [Placement("A", "S0", "R0"), Placement("B", "S0", "R0")]
    )
    assert kinds(found) == [("room_taken", ("A", "B"))]
    assert found[0].objects == ("R0",)


def test_a_plenary_is_in_the_room() -> None:
    asked = world(session("A"), blocked=frozenset({("S0", "R0")}))
    assert kinds(conflicts(asked, [Placement("A", "S0", "R0")])) == [("room_taken", ("A",))]


def test_a_speaker_in_two_places_and_one_who_cannot_get_there() -> None:
    asked = world(session("A", "P"), session("B", "P"))
    assert kinds(conflicts(asked, [Placement("A", "S0", "R0"), Placement("B", "S0", "R2")])) == [
        ("speaker_twice", ("A", "B"))
    ]
    near = conflicts(asked, [Placement("A", "S0", "R0"), Placement("B", "S2", "R1")])
    assert kinds(near) == [("speaker_travel", ("A", "B"))]
    assert near[0].params["minutes"] == "30"
    assert conflicts(asked, [Placement("A", "S0", "R0"), Placement("B", "S3", "R1")]) == []
    assert conflicts(asked, [Placement("A", "S0", "R0"), Placement("B", "S1", "R2")]) == []


def test_interpreters() -> None:
    events = [session(name, interp="ko-zh") for name in "ABC"]
    asked = world(*events, session("D"))

    def found(*rows: Placement) -> list[tuple[str, tuple[str, ...]]]:
        return kinds(conflicts(asked, rows))

    assert found(Placement("A", "S0", "R0")) == [("interpreter_missing", ("A",))]
    assert found(Placement("A", "S0", "R0", "I1")) == [("interpreter_pair", ("A",))]
    assert found(Placement("A", "S5", "R0", "I0")) == [("unavailable_interpreter", ("A",))]
    assert found(Placement("D", "S0", "R0", "I0")) == [("interpreter_unneeded", ("D",))]
    at_once = Placement("A", "S0", "R0", "I0"), Placement("B", "S0", "R2", "I0")
    assert found(*at_once) == [("interpreter_twice", ("A", "B"))]
    too_far = Placement("A", "S0", "R0", "I0"), Placement("B", "S1", "R1", "I0")
    assert found(*too_far) == [("interpreter_travel", ("A", "B"))]
    three = [Placement(name, f"S{number}", "R0", "I0") for number, name in enumerate("ABC")]
    assert found(*three) == [("interpreter_stretch", ("A", "B", "C"))]


def test_city_length_availability_and_seats() -> None:
    long = Event("A", "bio", "Seoul", minutes=30)
    assert kinds(conflicts(world(long), [Placement("A", "S0", "R0")])) == [("too_long", ("A",))]
    away = Event("A", "bio", "Seoul", unavailable=frozenset({"S1"}))
    assert kinds(conflicts(world(away), [Placement("A", "S1", "R0")])) == [("unavailable_event", ("A",))]
    assert kinds(conflicts(world(away), [Placement("A", "S0", "YR")])) == [("city", ("A",))]
    full = conflicts(world(session("A", demand=30)), [Placement("A", "S0", "R2")])
    assert [(one.kind, one.severity, one.params["over"]) for one in full] == [("capacity", "soft", "10")]
    busy = Engagement("speaker", "P", 600, 620, "V1")
    asked = world(session("A", "P"), engagements=(busy,))
    assert kinds(conflicts(asked, [Placement("A", "S1", "R0")])) == [("unavailable_speaker", ("A",))]
    assert conflicts(asked, [Placement("A", "S1", "R1")]) == []


@st.composite
def plans(draw: st.DrawFn) -> tuple[Problem, list[Placement]]:
    asked = draw(small())
    people = [None, *(person.id for person in asked.interpreters)]
    rows = [
        Placement(
            event.id,
            draw(st.sampled_from(asked.slots)).id,
            draw(st.sampled_from(asked.rooms)).id,
            draw(st.sampled_from(people)),
        )
        for event in asked.events
    ]
    return asked, rows


def said_by_verify(asked: Problem, rows: list[Placement]) -> tuple[set[tuple[str, ...]], bool]:
    """What the verifier complains of, in our words; and whether it complains of a stretch."""
    broken, _, _ = verify(as_file(asked), solution(rows))
    found = set()
    words = {
        r"(\S+) not available in (\S+)": "unavailable",
        r"(\S+) city mismatch": "city",
        r"two events in (\S+) (\S+)": "room_taken",
        r"(\S+) has no interpreter": "interpreter_missing",
        r"(\S+) does not cover": "interpreter_pair",
        r"(\S+) needs no interpreter": "interpreter_unneeded",
        r"(?:speaker|interpreter) (\S+) clash": "clash",
    }
    for sentence in broken:
        for pattern, kind in words.items():
            if match := re.match(pattern, sentence):
                found.add((kind, *match.groups()))
                break
        else:
            assert "without a break" in sentence, sentence
    return found, any("without a break" in sentence for sentence in broken)


def said_by_us(found: list[Conflict]) -> set[tuple[str, ...]]:
    said = set()
    for one in found:
        kind, params = one.kind, one.params
        if kind == "unavailable_event":
            said.add(("unavailable", one.sessions[0], params["slot"]))
        elif kind == "unavailable_interpreter":
            said.add(("unavailable", params["interpreter"], params["slot"]))
        elif kind == "room_taken":
            said.add((kind, params["slot"], params["room"]))
        elif kind == "interpreter_pair":
            said.add((kind, params["interpreter"]))
        elif kind in ("city", "interpreter_missing", "interpreter_unneeded"):
            said.add((kind, one.sessions[0]))
        elif kind.endswith(("_twice", "_travel")):
            said.add(("clash", one.objects[0]))
    return said


@settings(max_examples=120)
@given(plans())
def test_the_verifier_finds_the_same(case: tuple[Problem, list[Placement]]) -> None:
    asked, rows = case
    slot = {row.event: row.slot for row in rows}
    hard = [
        one
        for one in conflicts(asked, rows)
        if one.severity == "hard"
        # Slots of two cities in one room: the verifier only speaks of the city.
        and not (one.kind == "room_taken" and len({slot[session] for session in one.sessions}) > 1)
    ]
    theirs, stretch = said_by_verify(asked, rows)
    assert said_by_us(hard) == theirs
    clashes = any(kind == "clash" for kind, *_ in theirs)
    if not clashes:  # else the verifier counts a slot in which somebody is twice
        assert stretch == any(one.kind == "interpreter_stretch" for one in hard)


@settings(max_examples=50)
@given(plans())
def test_a_cell_is_free_exactly_when_the_session_has_no_conflict_there(
    case: tuple[Problem, list[Placement]],
) -> None:
    asked, rows = case
    moving, others = rows[0].event, rows[1:]
    people = [None, *(person.id for person in asked.interpreters)]
    for (slot, room), cell in cells_for(asked, rows, moving).items():
        assert set(cell.codes) <= set(HARD)
        ways = [
            person
            for person in people
            if not any(
                moving in one.sessions and one.severity == "hard"
                for one in conflicts(asked, [*others, Placement(moving, slot, room, person)])
            )
        ]
        assert cell.is_free == bool(ways)
        assert not ways or cell.interpreter in ways


@settings(max_examples=50)
@given(plans())
def test_repairs_are_legal_and_end_the_conflict(case: tuple[Problem, list[Placement]]) -> None:
    asked, rows = case
    for conflict in conflicts(asked, rows):
        for repair in repairs(asked, rows, conflict):
            changed = {row.event for row in repair.placements}
            after = [row for row in rows if row.event not in changed] + list(repair.placements)
            left = conflicts(asked, after)
            assert conflict.sessions not in [one.sessions for one in left if one.kind == conflict.kind]
            if repair.kind != "interpreter":
                assert not any(changed & set(one.sessions) for one in left if one.severity == "hard")
            assert repair.price == asked.objective(after) - asked.objective(rows)
            at = {row.event: (row.slot, row.room) for row in rows}
            assert repair.moves == sum(at[row.event] != (row.slot, row.room) for row in repair.placements)


def test_another_interpreter_is_offered_before_a_move_and_a_swap_last() -> None:
    asked = world(
        session("A", interp="ko-zh"),
        session("B", interp="en-ko"),
        session("C"),
        interpreters=(*PEOPLE, Interpreter("I2", frozenset({"ko-zh"}))),
    )
    rows = [Placement("A", "S0", "R0", "I1"), Placement("B", "S0", "R1", "I1"), Placement("C", "S3", "R0")]
    wrong = next(one for one in conflicts(asked, rows) if one.kind == "interpreter_pair")
    first, second, third = repairs(asked, rows, wrong)
    assert (first.kind, second.kind, third.kind) == ("interpreter", "interpreter", "move")
    assert {row.interpreter for repair in (first, second) for row in repair.placements} == {"I0", "I2"}


def test_what_is_locked_is_not_moved_for_a_repair() -> None:
    asked = world(session("A", "P"), session("B", "P"), locks=(Lock("A", "S0", "R0"),))
    rows = [Placement("A", "S0", "R0"), Placement("B", "S0", "R1")]
    (wrong,) = conflicts(asked, rows)
    found = repairs(asked, rows, wrong)
    assert len(found) == 3
    assert all(row.event == "B" for repair in found for row in repair.placements)


def test_a_full_house_is_repaired_by_a_swap() -> None:
    events = [session(f"E{number}", f"P{number}") for number in range(6)]
    events[0] = Event("E0", "bio", "Seoul", unavailable=frozenset({"S0"}))
    asked = world(*events, rooms=(ROOMS[0], Room("YR", "Yantai", "YV", 5)))
    rows = [Placement(f"E{number}", f"S{number}", "R0") for number in range(6)]
    (wrong,) = conflicts(asked, rows)
    found = repairs(asked, rows, wrong)
    assert [(one.kind, one.moves) for one in found] == [("swap", 2)] * 3
    assert {row.slot for row in found[0].placements} == {"S0", "S1"}


def test_everything_in_one_cell_is_found_at_once() -> None:
    asked = problem("road_pub_120")
    rows = [Placement(event.id, "D0S00", "SeR0") for event in asked.events]
    found = conflicts(asked, rows)
    assert sum(one.kind == "room_taken" for one in found) == 120 * 119 // 2
    assert {"speaker_twice", "interpreter_missing", "unavailable_event"} <= {one.kind for one in found}


def test_ids_that_do_not_exist_are_refused() -> None:
    asked = world(session("A"))
    for wrong in (Placement("A", "S9", "R0"), Placement("A", "S0", "R9"), Placement("Z", "S0", "R0")):
        with pytest.raises(KeyError):
            conflicts(asked, [wrong])
