"""`flask meetings`: files in, files out, exit codes, and refusals that name file and field."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from roadshows.meetings_cli import meetings
from tests.data.scheduling.verify import meetings as verify
from tests.roadshows.meetings_worlds import BEST_KNOWN, DATA, raw

pytestmark = pytest.mark.no_database

SMALL = raw("30x40x16x25")
PAIR = ["T000", "V007"]  # the first of the pairs


class Desk:
    """A folder with an instance, and the command at hand."""

    def __init__(self, folder: Path) -> None:
        self.instance = folder / "instance.json"
        self.out = folder / "out.json"

    def run(self, *options: str, content: Any = None) -> Result:
        data = content if isinstance(content, bytes) else json.dumps(content or SMALL).encode()
        self.instance.write_bytes(data)
        result = CliRunner().invoke(meetings, [str(self.instance), *options])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    def refusal(self, content: Any) -> str:
        """What the command says when it refuses; nothing is written."""
        result = self.run("--out", str(self.out), content=content)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        assert not self.out.exists()
        return result.stderr


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    found = copy.deepcopy(SMALL)
    change(found)
    return found


def put(*path: Any, value: Any) -> Callable[[dict[str, Any]], Any]:
    def change(instance: dict[str, Any]) -> None:
        place: Any = instance
        for key in path[:-1]:
            place = place[key]
        if value is ...:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return change


def test_the_result_holds_the_timetable_and_its_proof(desk: Desk) -> None:
    result = desk.run("--seed", "4")
    found = json.loads(result.stdout)
    broken, objective, _ = verify(SMALL, found)
    assert (result.exit_code, broken) == (0, [])
    assert objective == found["objective"] == found["bound"] == BEST_KNOWN["30x40x16x25"]
    assert (found["gap"], found["status"], found["stopped"], found["conflict"]) == (0, "optimal", "done", [])
    assert found["seconds"] >= 0
    assert "proven best" in result.stderr


def test_the_same_seed_gives_the_same_bytes_but_for_the_seconds(desk: Desk) -> None:
    def told(seed: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(desk.run("--seed", seed).stdout)
        del found["seconds"]
        return found

    assert json.dumps(told("1")) == json.dumps(told("1"))


def test_a_process_of_its_own_writes_nothing_but_json() -> None:
    """HiGHS greets on standard output, which must not get into the result."""
    code = "from roadshows.meetings_cli import meetings; meetings()"
    instance = DATA / "meet_pub_60x80x20x30.json"
    done = subprocess.run(
        [sys.executable, "-c", code, str(instance)], capture_output=True, check=True, timeout=100
    )
    assert json.loads(done.stdout)["objective"] == BEST_KNOWN["60x80x20x30"]


def test_no_timetable_is_exit_1_and_the_cause_is_written(desk: Desk) -> None:
    def press(instance: dict[str, Any]) -> None:
        instance["must"] = [[pair["team"], pair["investor"]] for pair in instance["pairs"]]

    result = desk.run("--out", str(desk.out), content=changed(press))
    found = json.loads(desk.out.read_bytes())
    assert result.exit_code == 1
    assert (found["status"], found["objective"], found["meetings"]) == ("infeasible", None, [])
    assert {part["rule"] for part in found["conflict"]} <= {"must_over_most", "must_over_slots"}
    assert all(part["message"] in result.stderr for part in found["conflict"])


def test_a_timetable_that_stood_before_is_kept_where_that_costs_nothing(desk: Desk) -> None:
    before = json.loads(desk.run("--seed", "3").stdout)
    result = desk.run(
        "--seed", "8", content=changed(lambda instance: instance.update(base=before["meetings"]))
    )
    found = json.loads(result.stdout)
    assert found["objective"] == before["objective"]
    assert (found["kept"], found["moved"], found["given_up"]) == (len(before["meetings"]), 0, 0)


def test_fixed_meetings_lists_of_tables_and_promises_are_read(desk: Desk) -> None:
    def change(instance: dict[str, Any]) -> None:
        instance["fixed"] = [{"team": PAIR[0], "investor": PAIR[1], "slot": "S15"}]
        instance["tables"] = [25] * 15 + [1]
        instance["interpreters"] = None
        instance["teams"][1]["min_meetings"] = 5

    found = json.loads(desk.run(content=changed(change)).stdout)
    last = [meeting for meeting in found["meetings"] if meeting["slot"] == "S15"]
    assert last == [{"team": PAIR[0], "investor": PAIR[1], "slot": "S15"}]
    assert sum(meeting["team"] == "T001" for meeting in found["meetings"]) >= 5
    assert found["status"] == "optimal"


def test_values_may_have_decimals(desk: Desk) -> None:
    def halve(instance: dict[str, Any]) -> None:
        for pair in instance["pairs"]:
            pair["value"] /= 2

    found = json.loads(desk.run(content=changed(halve)).stdout)
    assert found["objective"] == found["bound"] == BEST_KNOWN["30x40x16x25"] / 2


def test_unknown_keys_are_left_alone(desk: Desk) -> None:
    result = desk.run(content=changed(lambda instance: instance.update(comment="x", version=9)))
    assert json.loads(result.stdout)["objective"] == BEST_KNOWN["30x40x16x25"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (put("format", value="meetings/2"), "format"),
        (put("slots", value=[]), "slots"),
        (put("slots", 2, "id", value="S00"), "slots[2].id"),
        (put("slots", 2, "start", value="2027-05-12T09:40:00"), "slots[2].start"),
        (put("slots", 2, "start", value="2027-05-12T09:30:00+09:00"), "slots[2]"),
        (put("slots", 2, "start", value="9999-12-31T23:59:00+09:00"), "slots[2].start"),
        (put("slots", 2, "minutes", value=0), "slots[2].minutes"),
        (put("tables", value=-1), "tables"),
        (put("tables", value="٢٥"), "tables"),
        (put("tables", value=2.5), "tables"),
        (put("tables", value=[25] * 15), "tables"),
        (put("tables", value=[25] * 15 + [True]), "tables[15]"),
        (put("tables", value=...), "tables"),
        (put("interpreters", value=float("nan")), "interpreters"),
        (put("teams", value={}), "teams"),
        (put("teams", 3, value="T"), "teams[3]"),
        (put("teams", 3, "id", value="T000"), "teams[3].id"),
        (put("teams", 3, "id", value=""), "teams[3].id"),
        (put("teams", 3, "id", value="\ud800"), "teams[3].id"),
        (put("teams", 3, "unavailable", value=["S99"]), "teams[3].unavailable[0]"),
        (put("teams", 3, "unavailable", value="S00"), "teams[3].unavailable"),
        (put("teams", 3, "max_meetings", value=float("inf")), "teams[3].max_meetings"),
        (put("teams", 3, "max_meetings", value=...), "teams[3].max_meetings"),
        (put("teams", 3, "min_meetings", value=99), "teams[3].min_meetings"),
        (put("investors", 0, "id", value=7), "investors[0].id"),
        (put("investors", 0, "min_meetings", value=-1), "investors[0].min_meetings"),
        (put("pairs", 5, "team", value="V000"), "pairs[5].team"),
        (put("pairs", 5, "investor", value="😀"), "pairs[5].investor"),
        (put("pairs", 5, "value", value="3"), "pairs[5].value"),
        (put("pairs", 5, "value", value=1e300), "pairs[5].value"),
        (put("pairs", 5, "value", value=0.12345), "pairs[5].value"),
        (put("pairs", 5, "interp", value=1), "pairs[5].interp"),
        (put("pairs", 5, value=SMALL["pairs"][0]), "pairs[5]"),
        (put("must", value=[["T000"]]), "must[0]"),
        (put("must", value=[["T000", "V999"]]), "must[0][1]"),
        (put("must", value=[["T000", "V000"]]), "must[0]"),
        (put("must", value=[PAIR, PAIR]), "must[1]"),
        (put("fixed", value=[{"team": "T000", "investor": "V007"}]), "fixed[0].slot"),
        (put("fixed", value=[{"team": "T000", "investor": "V007", "slot": "S99"}]), "fixed[0].slot"),
        (put("base", value=[{"team": "T000", "investor": "V007", "slot": "S00"}] * 2), "base[1]"),
    ],
)
def test_bad_input_names_file_and_field(desk: Desk, change: Any, field: str) -> None:
    assert desk.refusal(changed(change)).startswith(f"instance.json: {field}: ")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "is not JSON: line 1"),
        (b"\xff{}", "is not UTF-8"),
        (b"[]", "must be an object"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"format": "meetings/1", "format": "meetings/1"}', "stands twice"),
    ],
)
def test_what_is_no_instance_at_all_is_refused(desk: Desk, content: bytes, says: str) -> None:
    said = desk.refusal(content)
    assert said.startswith("instance.json: ")
    assert says in said


def test_a_huge_file_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roadshows.meetings_files.LARGEST_FILE", 1000)
    assert "is larger than 1000 bytes" in desk.refusal(SMALL)


def test_more_pairs_and_slots_than_fit_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roadshows.meetings_files.MOST_CELLS", 404 * 16 - 1)
    assert desk.refusal(SMALL).startswith("instance.json: pairs: has 404 items")


def test_the_input_is_never_overwritten(desk: Desk) -> None:
    result = desk.run("--out", str(desk.instance))
    assert result.exit_code == 2
    assert json.loads(desk.instance.read_bytes()) == SMALL


def test_a_missing_solver_is_exit_3(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roadshows.meetings.find_spec", lambda name: None)
    result = desk.run()
    assert result.exit_code == 3
    assert "pip install highspy" in result.stderr


@pytest.mark.parametrize("option", [("--seconds", "nan"), ("--seconds", "-1"), ("--seed", "-1")])
def test_options_that_make_no_sense_are_exit_2(desk: Desk, option: tuple[str, str]) -> None:
    assert desk.run(*option).exit_code == 2
