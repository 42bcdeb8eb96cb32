"""`flask agenda`: files in, files out, exit codes, and refusals that name file and field; the process for
the site.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core import isolated
from roadshows.agenda import Engagement, Lock, solve
from roadshows.agenda_cli import agenda
from roadshows.agenda_files import read_instance
from roadshows.agenda_process import problem_json, read_problem, result, solve_json
from tests.data.scheduling.verify import roadshow as verify
from tests.roadshows.agenda_worlds import problem, raw

pytestmark = pytest.mark.no_database

SMALL = raw("road_pub_20")


class Desk:
    """A folder with an instance, and the command at hand."""

    def __init__(self, folder: Path) -> None:
        self.instance = folder / "instance.json"
        self.out = folder / "out.json"

    def run(self, *options: str, content: Any = None) -> Result:
        data = content if isinstance(content, bytes) else json.dumps(content or SMALL).encode()
        self.instance.write_bytes(data)
        done = CliRunner().invoke(agenda, [str(self.instance), *options])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert "Traceback" not in done.output
        return done

    def refusal(self, content: Any) -> str:
        """What the command says when it refuses; nothing is written."""
        done = self.run("--out", str(self.out), content=content)
        assert done.exit_code == 2, done.output
        assert done.stdout == ""
        assert not self.out.exists()
        return done.stderr


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    found = copy.deepcopy(SMALL)
    change(found)
    return found


def test_the_result_holds_the_plan_and_its_proof(desk: Desk) -> None:
    done = desk.run("--seed", "4")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert verify(SMALL, found)[:2] == ([], 80)
    assert (found["objective"], found["bound"], found["gap"]) == (80, 80, 0)
    assert (found["status"], found["stopped"], found["conflict"]) == ("optimal", "done", [])
    assert (found["overflow"], found["block_room_tracks"], found["unplaced"]) == (0, 4, [])
    assert "20 sessions, price 80, proven best." in done.stderr


def test_the_seconds_are_those_of_the_search_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither reading the file nor loading the solver counts."""
    found = solve(read_instance(json.dumps(SMALL).encode(), "x").problem, seed=1)
    assert found.seconds > 0
    monkeypatch.setattr("roadshows.agenda.solve", lambda *_asked, **_options: replace(found, seconds=1.25))
    assert json.loads(desk.run().stdout)["seconds"] == 1.25


def test_the_same_seed_gives_the_same_bytes_but_for_the_seconds(desk: Desk) -> None:
    def told() -> str:
        found = json.loads(desk.run().stdout)
        del found["seconds"]
        return json.dumps(found)

    assert told() == told()


def test_no_plan_is_exit_1_and_the_cause_is_written(desk: Desk) -> None:
    def close(instance: dict[str, Any]) -> None:
        instance["slots"] = instance["slots"][:9]
        kept = {slot["id"] for slot in instance["slots"]}
        for row in instance["events"] + instance["interpreters"]:
            row["unavailable"] = [slot for slot in row["unavailable"] if slot in kept]

    done = desk.run("--out", str(desk.out), content=changed(close))
    assert done.exit_code == 1
    found = json.loads(desk.out.read_bytes())
    assert (found["status"], found["objective"], found["placements"]) == ("infeasible", None, [])
    assert [part["rule"] for part in found["conflict"]] == ["city_needed", "city_exist"]
    assert "- 'Seoul' has only 18 cells (slot and room)" in done.stderr


def test_locks_lengths_and_a_plan_before(desk: Desk) -> None:
    before = json.loads(desk.run().stdout)["placements"]

    def again(instance: dict[str, Any]) -> None:
        instance |= {"base_placements": before, "change_weight": 7.5, "locked": [before[3]]}
        instance["events"][0]["minutes"] = 20
        instance["interpreters"][1]["unavailable"] = [slot["id"] for slot in instance["slots"][:6]]

    asked = changed(again)
    done = desk.run(content=asked)
    found = json.loads(done.stdout)
    broken, objective, detail = verify(asked, found)
    assert (broken, objective, detail["moved"]) == ([], found["objective"], found["moved"])
    assert before[3] in found["placements"]
    assert f"{found['moved']} sessions move" in done.stderr

    def fewest(instance: dict[str, Any]) -> None:
        again(instance)
        del instance["change_weight"]
        instance["fewest_moves"] = True

    least = json.loads(desk.run(content=changed(fewest)).stdout)
    assert least["moved"] == least["moves_bound"] <= found["moved"]


def test_weights_may_have_a_decimal(desk: Desk) -> None:
    found = json.loads(desk.run(content=changed(lambda x: x["weights"].update(block_track=0.5))).stdout)
    assert found["objective"] == 2


def at(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Sets what a path such as "slots.0.start" names; `...` takes it away."""

    def change(instance: dict[str, Any]) -> None:
        *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        thing: Any = instance
        for key in way:
            thing = thing[key]
        if value is ...:
            del thing[last]
        else:
            thing[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("format", "roadshow/2", "format: must be roadshow/1, not 'roadshow/2'"),
        ("slots", [], "slots: must not be empty"),
        ("slots.0.start", "2027-05-11T09:30:00", "slots[0].start: has no offset from UTC"),
        ("slots.0.start", "tomorrow", "slots[0].start: must be a time such as"),
        ("slots.0.start", "2027-05-11T09:30:07+09:00", "slots[0].start: must be on a whole minute"),
        ("slots.0.start", "9999-12-31T23:59:00-23:00", "slots: 'D0S00': must be a whole number"),
        ("slots.0.minutes", 0, "slots[0].minutes: must be a whole number from 1"),
        ("slots.0.minutes", "NaN", "slots[0].minutes"),
        ("slots.0.end", "2027-05-11T09:20:00+09:00", "slots[0].end: ends before it starts"),
        ("slots.0.end", "2027-05-11T10:00:00+09:00", "slots[0].end: is 30 minutes after the start, not 20"),
        ("slots.1.id", "D0S00", "slots[1].id: the id 'D0S00' was used before, in slots[0]"),
        ("rooms.0.capacity", -1, "rooms[0].capacity: must be a whole number from 0"),
        ("rooms.0.capacity", 3.5, "rooms[0].capacity: must be a whole number"),
        ("rooms.1.city", "Yantai", "rooms[1].city: is a city without slots"),
        ("events.0.speakers", ["P1", "P1"], "events[0].speakers[1]: 'P1' stands in the list twice"),
        ("events.0.unavailable", ["D9S9"], "events[0].unavailable[0]: 'D9S9' is not among the slots"),
        ("events.0.demand", 10**9, "events[0].demand"),
        ("events.0.minutes", 0, "events[0].minutes"),
        ("events.0.id", "a\x00b", "events[0].id: contains the character U+0000"),
        ("events.0.demand", "\uff11", "events[0].demand: must be a whole number"),
        ("interpreters.0.max_consecutive", 0, "interpreters[0].max_consecutive"),
        ("interpreters.0.pairs", "ko-zh", "interpreters[0].pairs: must be a list"),
        ("travel", [["Seoul-V0", "Mars", 5]], "travel[0][1]: 'Mars' is not among the venues"),
        ("travel", [["Seoul-V0", "Seoul-V0", 5]], "travel[0]: is the way from a venue to itself"),
        ("travel", [["Seoul-V0"]], "travel[0]: must be [venue, venue, minutes]"),
        ("weights.overflow", -1, "weights.overflow: must be a number from 0"),
        ("weights.block_track", ..., "weights.block_track: is missing"),
        ("change_weight", 5, "change_weight: needs base_placements, too"),
        ("base_placements", [], "base_placements: needs change_weight, too"),
        ("locked", [{"event": "E000"}], "locked[0]: locks nothing"),
        ("locked", [{"event": "E9", "slot": "D0S00"}], "locked[0].event: 'E9' is not among the events"),
        ("locked", [{"event": "E000", "room": "X"}], "locked[0].room: 'X' is not among the rooms"),
    ],
)
def test_bad_files_are_refused_with_the_field(desk: Desk, path: str, value: Any, sentence: str) -> None:
    said = desk.refusal(changed(at(path, value)))
    assert said.startswith("instance.json: ")
    assert sentence in said


def test_what_is_no_json_is_refused(desk: Desk) -> None:
    assert "is not JSON" in desk.refusal(b"{")
    text = json.dumps(SMALL)
    assert "events[0].demand" in desk.refusal(text.replace('"demand": 30', '"demand": Infinity', 1).encode())


def test_ids_may_be_any_text(desk: Desk) -> None:
    wild = json.dumps(SMALL, ensure_ascii=False).replace("E000", "发布会 🙂 설명회\u202e")
    found = json.loads(desk.run(content=wild.encode()).stdout)
    assert verify(json.loads(wild), found)[0] == []


def test_the_input_is_never_overwritten(desk: Desk) -> None:
    done = desk.run("--out", str(desk.instance))
    assert (done.exit_code, "is the input" in done.stderr) == (2, True)
    assert json.loads(desk.instance.read_bytes()) == SMALL


def test_without_the_solver_it_is_exit_3(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roadshows.agenda.find_spec", lambda name: None)
    done = desk.run()
    assert (done.exit_code, "pip install ortools" in done.stderr) == (3, True)


def test_a_problem_goes_to_the_process_and_comes_back_the_same() -> None:
    asked = problem("road_pub_20")
    asked = asked.with_(
        locks=(Lock("E000", slot="D0S00"),),
        base=solve(asked).placements,
        fewest_moves=True,
        blocked=frozenset({("D0S00", "SeR1")}),
        engagements=(Engagement("speaker", "P000", 0, 5),),
    )
    assert read_problem(json.loads(json.dumps(problem_json(asked)))) == asked
    assert read_instance(json.dumps(SMALL).encode(), "x").problem == problem("road_pub_20")


def test_the_process_tells_how_far_it_is_and_stops_when_asked(tmp_path: Path) -> None:
    data = json.dumps(problem_json(problem("road_pub_56"))).encode()
    told, stop = tmp_path / "told.json", tmp_path / "stop"
    summary, answer = solve_json(data, told=str(told), stop=str(stop))
    assert summary["objective"] == json.loads(answer)["objective"] == 220
    assert json.loads(told.read_text("utf-8"))["placed"] == 56
    stop.touch()
    assert json.loads(solve_json(data, stop=str(stop))[1])["stopped"] == "cancelled"
    with pytest.raises(isolated.IsolatedError, match="agenda_problem"):
        solve_json(json.dumps(problem_json(problem("road_pub_20")) | {"slots": []}).encode())


@pytest.mark.own_process
def test_a_process_of_its_own_plans_the_same() -> None:
    asked = problem("road_pub_20")
    data = json.dumps(problem_json(asked)).encode()
    summary, answer = isolated.call(
        "roadshows.agenda_process:solve_json", {"seed": 3, "seconds": 20}, data, seconds=60
    )
    assert summary["status"] == "optimal"
    assert json.loads(answer) == json.loads(json.dumps(result(solve(asked, seed=3))))
