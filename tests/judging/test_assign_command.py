"""`flask assign`: files in, files out, exit codes, and refusals that name file and field."""

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

from judging.assign_cli import assign
from tests.data.scheduling.verify import assign as verify
from tests.judging.test_assignment import BEST_KNOWN, DATA, raw

pytestmark = pytest.mark.no_database

SMALL = raw("60x15x3")


class Desk:
    """A folder with an instance, and the command at hand."""

    def __init__(self, folder: Path) -> None:
        self.instance = folder / "instance.json"
        self.out = folder / "out.json"

    def run(self, *options: str, content: Any = None) -> Result:
        data = content if isinstance(content, bytes) else json.dumps(content or SMALL).encode()
        self.instance.write_bytes(data)
        result = CliRunner().invoke(assign, [str(self.instance), *options])
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


def test_the_result_holds_the_solution_its_proof_and_its_quality(desk: Desk) -> None:
    result = desk.run("--seed", "4")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    broken, objective, _ = verify(SMALL, found)
    assert broken == []
    assert objective == found["objective"] == found["bound"] == BEST_KNOWN["60x15x3"]
    assert (found["gap"], found["status"], found["stopped"], found["conflict"]) == (0, "optimal", "done", [])
    assert found["seconds"] >= 0
    assert found["components"] == 1
    assert sum(found["loads"].values()) == 180
    assert found["algebraic_connectivity"] > 1
    assert found["eligible"]["T00000"]["all"] >= 3
    assert "proven best" in result.stderr


def test_the_same_seed_gives_the_same_bytes_but_for_the_seconds(desk: Desk) -> None:
    def told(seed: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(desk.run("--seed", seed).stdout)
        del found["seconds"]
        return found

    assert json.dumps(told("1")) == json.dumps(told("1"))


def test_a_process_of_its_own_writes_nothing_but_json(tmp_path: Path) -> None:
    """HiGHS greets on standard output, which must not get into the result."""
    code = "from judging.assign_cli import assign; assign()"
    instance = DATA / "assign_pub_90x18x3_islands.json"
    done = subprocess.run(
        [sys.executable, "-c", code, str(instance)], capture_output=True, check=True, timeout=100
    )
    found = json.loads(done.stdout)
    assert (found["objective"], found["price_of_connection"]) == (16444, 36)
    assert b"Connectedness costs 36 points" in done.stderr


def test_a_repair_shows_its_diff(desk: Desk) -> None:
    result = desk.run("--out", str(desk.out), content=raw("60x15x3_repair1"))
    found = json.loads(desk.out.read_bytes())
    assert result.stdout == ""
    assert (len(found["added"]), len(found["removed"])) == (7, 7)
    assert {judge for judge, _ in found["removed"]} == {"J0010"}
    assert "7 pairs are new, 7 are gone" in result.stderr


def test_no_assignment_is_exit_1_and_the_cause_is_written(desk: Desk) -> None:
    def bar(instance: dict[str, Any]) -> None:
        instance["coi"] += [[judge["id"], "T00007"] for judge in instance["judges"][2:]]

    result = desk.run("--out", str(desk.out), content=changed(bar))
    assert result.exit_code == 1
    found = json.loads(desk.out.read_bytes())
    assert (found["status"], found["objective"], found["pairs"]) == ("infeasible", None, [])
    assert all(part["objects"] == ["T00007"] for part in found["conflict"])
    assert {part["rule"] for part in found["conflict"]} <= {"too_few_judges", "too_few_of_label"}
    assert "'T00007' needs 3 judges" in result.stderr


def test_weights_may_have_decimals(desk: Desk) -> None:
    def halve(instance: dict[str, Any]) -> None:
        instance["weights"] = {key: weight / 2 for key, weight in instance["weights"].items()}

    found = json.loads(desk.run(content=changed(halve)).stdout)
    assert found["objective"] == found["bound"] == BEST_KNOWN["60x15x3"] / 2


def test_unknown_keys_are_left_alone(desk: Desk) -> None:
    result = desk.run(content=changed(lambda instance: instance.update(comment="x", version=9)))
    assert json.loads(result.stdout)["objective"] == BEST_KNOWN["60x15x3"]


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


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (put("format", value="assign/2"), "format"),
        (put("k", value=-1), "k"),
        (put("k", value=2.5), "k"),
        (put("k", value=True), "k"),
        (put("k", value=...), "k"),
        (put("judges", value={}), "judges"),
        (put("judges", value=[]), "judges"),
        (put("judges", 3, value="J"), "judges[3]"),
        (put("judges", 3, "id", value="J0000"), "judges[3].id"),
        (put("judges", 3, "id", value="\ud800"), "judges[3].id"),
        (put("judges", 3, "id", value=7), "judges[3].id"),
        (put("judges", 3, "country", value=...), "judges[3].country"),
        (put("judges", 3, "reads", value="zh"), "judges[3].reads"),
        (put("judges", 3, "reads", value=["xx"]), "judges[3].reads[0]"),
        (put("judges", 3, "accepts_interp", value="yes"), "judges[3].accepts_interp"),
        (put("judges", 3, "expertise", value={"magic": 2}), "judges[3].expertise.magic"),
        (put("judges", 3, "expertise", "ai", value="3"), "judges[3].expertise.ai"),
        (put("judges", 3, "max_load", value=float("nan")), "judges[3].max_load"),
        (put("judges", 3, "min_load", value=99), "judges[3].min_load"),
        (put("judges", 3, "keywords", value=[[1]]), "judges[3].keywords[0]"),
        (put("teams", 5, "track", value="magic"), "teams[5].track"),
        (put("teams", 5, "lang", value="xx"), "teams[5].lang"),
        (put("teams", 5, "id", value="T00000"), "teams[5].id"),
        (put("teams", 5, "interp_ok", value=1), "teams[5].interp_ok"),
        (put("coi", 0, value=["J9999", "T00000"]), "coi[0][0]"),
        (put("coi", 0, value=["J0000", "T99999"]), "coi[0][1]"),
        (put("coi", 0, value=["J0000"]), "coi[0]"),
        (put("weights", "native", value="10"), "weights.native"),
        (put("weights", "over_target", value=-1), "weights.over_target"),
        (put("weights", "keyword", value=...), "weights.keyword"),
        (put("weights", "keyword", value=0.12345), "weights.keyword"),
        (put("panel", "min_by_country", "CN", value=-1), "panel.min_by_country.CN"),
        (put("connected", value="no"), "connected"),
        (put("interp_total_max", value=-1), "interp_total_max"),
        (put("load_target", value=-1), "load_target"),
        (put("base_pairs", value=[]), "base_pairs"),
        (put("dropped", value=["J9999"]), "dropped[0]"),
        (put("dropped", value=["J0001", "J0001"]), "dropped[1]"),
        (put("dropped", value=[f"J{number:04}" for number in range(15)]), "dropped"),
    ],
)
def test_bad_input_names_file_and_field(desk: Desk, change: Any, field: str) -> None:
    assert desk.refusal(changed(change)).startswith(f"instance.json: {field}: ")


def test_base_pairs_stand_once_and_are_known(desk: Desk) -> None:
    base = [["J0000", "T00000"], ["J0000", "T00000"]]
    said = desk.refusal(changed(lambda instance: instance.update(base_pairs=base, change_weight=5)))
    assert "base_pairs[1]: " in said
    base[1] = ["J0000", "T77777"]
    said = desk.refusal(changed(lambda instance: instance.update(base_pairs=base, change_weight=5)))
    assert "base_pairs[1][1]: " in said


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "is not JSON: line 1"),
        (b"\xff{}", "is not UTF-8"),
        (b"[]", "must be an object"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"format": "assign/1", "format": "assign/1"}', "stands twice"),
        (b'{"format": "assign/1", "k": ' + b"9" * 5000 + b"}", "is missing"),
    ],
)
def test_what_is_no_instance_at_all_is_refused(desk: Desk, content: bytes, says: str) -> None:
    said = desk.refusal(content)
    assert said.startswith("instance.json: ")
    assert says in said


def test_a_huge_file_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("judging.assignment_files.LARGEST_FILE", 1000)
    assert "is larger than 1000 bytes" in desk.refusal(SMALL)


def test_the_input_is_never_overwritten(desk: Desk) -> None:
    result = desk.run("--out", str(desk.instance))
    assert result.exit_code == 2
    assert json.loads(desk.instance.read_bytes()) == SMALL


def test_a_missing_solver_is_exit_3(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("judging.assignment.find_spec", lambda name: None)
    result = desk.run()
    assert result.exit_code == 3
    assert "pip install ortools" in result.stderr


@pytest.mark.parametrize("option", [("--seconds", "nan"), ("--seconds", "-1"), ("--seed", "-1")])
def test_options_that_make_no_sense_are_exit_2(desk: Desk, option: tuple[str, str]) -> None:
    assert desk.run(*option).exit_code == 2
