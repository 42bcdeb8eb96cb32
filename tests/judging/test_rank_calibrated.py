"""`flask rank --calibrate`: estimates beside the ranking, the same bytes every time, never NaN."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from judging import cli
from judging.calibration import calibrate, calibrated_scores
from judging.ranking import Mark, Rule, rank
from judging.ratings import ratings_of
from tests.judging.test_rank_command import SMALL, Desk
from tests.judging.test_ranking_published import DATA, load

pytestmark = pytest.mark.no_database

PARIS = (DATA / "judgment_of_paris_1976_red.csv").read_bytes()
SPARSE = (DATA / "synthetic_60x12x3.csv").read_bytes()
HEADER = "judge,subject,criterion,score\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def strict_json(desk: Desk, *options: str, **given: Any) -> dict[str, Any]:
    """What the command prints; NaN and infinities are refused."""
    result = desk.run("--calibrate", *options, **given)
    assert result.exit_code == 0, result.stderr

    def refuse(text: str) -> None:
        raise AssertionError(text)

    found: dict[str, Any] = json.loads(result.stdout, parse_constant=refuse)
    return found


def test_the_keys_are_those_of_the_contract(desk: Desk) -> None:
    found = strict_json(desk, scores=PARIS)
    calibrated = found["calibrated"]
    assert set(calibrated["variance"]) == {"team", "judge", "residual"}
    assert {"mean", "subjects", "judges", "components", "notes"} <= set(calibrated)
    first = calibrated["subjects"][0]
    assert {"subject", "score", "low", "high", "rank", "rank_low", "rank_high", "p_top"} <= set(first)
    assert list(first["p_top"]) == ["1", "3", "10"]
    assert {"judge", "severity", "low", "high", "n", "infit", "outfit", "flags"} <= set(
        calibrated["judges"][0]
    )
    reliability = found["reliability"]
    assert set(reliability["alpha"]) == {"nominal", "ordinal", "interval", "ratio"}
    assert set(reliability["icc"]) == {"1", "2", "3", "1k", "2k", "3k"}
    assert {"w", "chi2", "p"} <= set(reliability["kendall_w"])
    assert {"one", "k", "needed_for_0.8"} <= set(reliability["g"])


def test_judgment_of_paris_1976_through_the_command(desk: Desk) -> None:
    found = strict_json(desk, scores=PARIS)
    _, expected = load("judgment_of_paris_1976_red")
    reliability = found["reliability"]
    assert reliability["icc"]["2"] == pytest.approx(float(expected["ICC2"]["computed"]), abs=1e-6)
    assert reliability["icc"]["2k"] == pytest.approx(float(expected["ICC2k"]["computed"]), abs=1e-6)
    assert reliability["alpha"]["interval"] == pytest.approx(
        float(expected["alpha_interval"]["computed"]), abs=1e-6
    )
    w = float(expected["kendall_W_ties"]["computed"])
    assert reliability["kendall_w"]["w"] == pytest.approx(w, abs=1e-6)
    assert reliability["kendall_w"]["p"] == pytest.approx(float(expected["p"]), abs=1e-6)
    # All judged all: severity cancels, and generalizability is the intraclass correlation.
    assert reliability["g"]["one"] == pytest.approx(reliability["icc"]["3"], abs=1e-5)
    assert reliability["g"]["k"] == pytest.approx(reliability["icc"]["3k"], abs=1e-5)
    assert [row["subject"] for row in found["calibrated"]["subjects"]] == [
        row["subject"] for row in found["ranking"]
    ]


def test_a_sparse_design_has_no_index_that_needs_a_complete_one_and_says_why(desk: Desk) -> None:
    found = strict_json(desk, scores=SPARSE)
    reliability = found["reliability"]
    assert set(reliability["icc"].values()) == {None}
    assert reliability["kendall_w"]["w"] is None
    assert 0.3 < reliability["alpha"]["interval"] < 0.5
    for notes in (reliability["notes"], found["calibrated"]["notes"]):
        assert "icc: 541 of 720 ratings are missing; it needs every judge to rate every subject" in notes
    assert reliability["g"]["needed_for_0.8"] == 2
    assert reliability["g"]["judges_per_subject"] == pytest.approx(60 / (59 / 3 + 1 / 2), abs=1e-6)


def test_the_ranking_is_the_same_with_and_without(desk: Desk) -> None:
    plain, calibrated = desk.ranking(scores=SPARSE), strict_json(desk, scores=SPARSE)
    assert {name: calibrated[name] for name in plain} == plain


@pytest.mark.parametrize("method", ["additive", "robust", "scale", "rasch"])
def test_same_input_and_seed_give_the_same_bytes(desk: Desk, method: str) -> None:
    options = ["--calibrate", "--method", method, "--draws", "200", "--seed", "5"]
    table = COARSE if method == "rasch" else SPARSE
    first, second = (desk.run(*options, scores=table).stdout_bytes for _ in range(2))
    assert first == second
    assert json.loads(first)["calibrated"]["method"] == method


def test_another_process_gives_the_same_bytes(desk: Desk) -> None:
    """With another order of Python's sets and dictionaries of text."""
    here = desk.run("--calibrate", "--draws", "200", scores=PARIS).stdout_bytes
    command = [sys.executable, "-c", "from judging.cli import rank_command; rank_command()"]
    command += [str(desk.scores), "--calibrate", "--draws", "200"]
    there = subprocess.run(
        command, capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": "7"}
    ).stdout
    assert there == here


COARSE = HEADER + "".join(
    f"J{judge},S{subject},{criterion},{min(4, max(0, (subject * 2 + judge * 3 + place) % 7 - 1))}\n"
    for judge in range(4)
    for subject in range(8)
    for place, criterion in enumerate(("idea", "team"))
)


def test_another_seed_moves_the_intervals_only_a_little(desk: Desk) -> None:
    one, other = (strict_json(desk, "--seed", seed, scores=SPARSE)["calibrated"] for seed in ("1", "2"))
    assert [row["score"] for row in one["subjects"]] == [row["score"] for row in other["subjects"]]
    assert [row["low"] for row in one["subjects"]] != [row["low"] for row in other["subjects"]]
    for a, b in zip(one["subjects"], other["subjects"], strict=True):
        assert abs(a["p_top"]["10"] - b["p_top"]["10"]) < 0.06


def test_a_fine_scale_is_too_fine_for_rasch(desk: Desk) -> None:
    result = desk.run("--calibrate", "--method", "rasch", "--out", str(desk.out), scores=SPARSE)
    assert result.exit_code == 2
    assert "--method rasch: a Rasch model needs a coarse scale" in result.stderr
    assert not desk.out.exists()


def test_a_strict_judge_has_a_positive_severity_in_either_direction(desk: Desk) -> None:
    marks = {"A": [9, 8, 6, 7, 5], "B": [9, 7, 6, 7, 4], "strict": [6, 5, 3, 4, 2]}
    table = HEADER + "".join(
        f"{judge},S{place},c,{mark}\n" for judge, row in marks.items() for place, mark in enumerate(row)
    )
    high = strict_json(desk, scores=table)["calibrated"]["judges"]
    low = strict_json(desk, scores=table, rule={"direction": "low"})["calibrated"]["judges"]
    assert {row["judge"]: row["severity"] > 0 for row in high} == {"A": False, "B": False, "strict": True}
    assert {row["judge"]: row["severity"] > 0 for row in low} == {"A": True, "B": True, "strict": False}


ODD = {
    "one judge": HEADER + "J,A,c,1\nJ,B,c,2\n",
    "one subject": HEADER + "J,A,c,1\nK,A,c,2\nL,A,c,4\n",
    "one mark": HEADER + "J,A,c,1\n",
    "all equal": HEADER + "J,A,c,5\nJ,B,c,5\nK,A,c,5\nK,B,c,5\n",
    "strangers": HEADER + "J,A,c,5\nK,B,c,3\nL,C,c,4\n",
    "islands": HEADER + "J,A,c,5\nK,A,c,3\nL,B,c,4\nM,B,c,2\n",
    "no error": HEADER + "J,A,c,5\nK,A,c,3\nJ,B,c,4\nK,B,c,2\nJ,C,c,9\nK,C,c,7\n",
    "below zero": HEADER + "J,A,c,-5\nK,A,c,-3\nJ,B,c,4\nK,B,c,2\n",
    "no complete sheet for B": HEADER + "J,A,c,5\nJ,A,d,5\nK,A,c,3\nK,A,d,2\nJ,B,c,4\nK,B,d,3\n",
}


@pytest.mark.parametrize("method", ["additive", "robust", "scale", "rasch"])
@pytest.mark.parametrize("table", ODD.values(), ids=ODD)
def test_odd_tables_give_null_with_a_reason_and_no_warning(desk: Desk, table: str, method: str) -> None:
    """Warnings are errors here."""
    rule = {"aggregate": {"over": "criterion"}}
    found = strict_json(desk, "--method", method, "--draws", "50", scores=table, rule=rule)
    gone = [
        name
        for name, value in {**found["reliability"]["alpha"], **found["reliability"]["icc"]}.items()
        if value is None
    ]
    assert not gone or found["reliability"]["notes"]
    assert found["calibrated"]["notes"]


def test_the_table_has_parts_for_subjects_judges_indices_and_flags(desk: Desk) -> None:
    result = desk.run("--calibrate", "--format", "table", scores=PARIS)
    ranking, *parts = result.stdout.split("\n\n")
    assert ranking.startswith("rank  subject")
    assert [part.splitlines()[0] for part in parts] == [
        "Calibrated by method additive: estimates beside the result.",
        "Judges (severity in points; positive is strict)",
        "Reliability",
        "To look at",
    ]
    assert "Kendall's W               0.242  p 0.0044" in parts[2]
    assert "Note: All judges rated all subjects: severity cancels" in result.stderr


def test_missing_figures_are_a_dash_in_the_table(desk: Desk) -> None:
    result = desk.run("--calibrate", "--format", "table", scores=ODD["one judge"])
    assert result.exit_code == 0
    assert ["ICC(2,1)", "–"] in [line.split() for line in result.stdout.splitlines()]


def test_csv_has_columns_of_the_calibrated_view(desk: Desk) -> None:
    result = desk.run("--calibrate", "--format", "csv", scores=SPARSE)
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    view = {row["subject"]: row for row in strict_json(desk, scores=SPARSE)["calibrated"]["subjects"]}
    assert len(rows) == 60
    for row in rows:
        assert float(row["calibrated_score"]) == view[row["subject"]]["score"]
        assert int(row["calibrated_rank"]) == view[row["subject"]]["rank"]


def test_options_without_calibrate_are_not_silent(desk: Desk) -> None:
    result = desk.run("--method", "robust")
    assert result.exit_code == 0
    assert "calibrated" not in json.loads(result.stdout)
    assert "without --calibrate" in result.stderr
    assert "without --calibrate" not in desk.run().stderr


def test_a_missing_library_is_exit_code_3_and_says_what_to_install(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.run()
    for name in [name for name in sys.modules if name.startswith("judging.calibrat")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numpy", None)
    for name in ("judging.ratings", "judging.additive"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    result = CliRunner().invoke(cli.rank_command, [str(desk.scores), "--calibrate"])
    assert result.exit_code == 3
    assert "numpy is not installed; run: pip install -r requirements.txt" in result.stderr


def test_the_command_loads_no_arrays_unless_asked(desk: Desk) -> None:
    code = (
        "import sys\nfrom judging.cli import rank_command\n"
        "rank_command(sys.argv[1:], standalone_mode=False)\nassert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(desk.scores)], capture_output=True, check=True)


# The tie step `calibrated`.

# A and B have the mean 7. The strict judge saw A, the lenient one B; both saw C, D and E.
TIED = [
    Mark(judge, subject, "c", mark)
    for judge, row in {
        "strict": {"A": 7, "C": 5, "D": 3, "E": 6},
        "lenient": {"B": 7, "C": 8, "D": 6, "E": 9},
        "third": {"C": 7, "D": 4, "E": 7},
    }.items()
    for subject, mark in row.items()
]


def test_the_calibrated_score_sets_apart_whom_strict_and_lenient_judges_gave_the_same() -> None:
    ranking = rank(TIED, Rule.from_json({"ties": ["calibrated"]}))
    places = {row.subject: row for row in ranking.subjects}
    assert (places["A"].total, places["B"].total) == (7, 7)
    assert places["A"].rank < places["B"].rank
    assert places["A"].decided_by == places["B"].decided_by == "calibrated"
    (step,) = (taken for taken in ranking.tie_breaks if set(taken.subjects) >= {"A", "B"})
    scores = calibrated_scores(TIED, Rule())
    assert dict(step.keys) == {subject: f"{scores[subject]:.9f}" for subject in step.subjects}


def test_with_the_low_direction_the_lower_calibrated_score_is_the_better() -> None:
    ranking = rank(TIED, Rule.from_json({"direction": "low", "ties": ["calibrated"]}))
    order = [row.subject for row in ranking.subjects]
    assert order.index("B") < order.index("A")


def test_equal_calibrated_scores_stay_tied() -> None:
    marks = [Mark(judge, subject, "c", mark) for subject in "AB" for judge, mark in (("J", 8), ("K", 6))]
    marks += [Mark("J", "C", "c", 3), Mark("K", "C", "c", 2)]
    ranking = rank(marks, Rule.from_json({"ties": ["calibrated"]}))
    assert [(row.rank, row.tied) for row in ranking.subjects] == [(1, True), (1, True), (3, False)]


@pytest.mark.parametrize("table", ODD.values(), ids=ODD)
def test_the_step_never_stops_a_ranking(desk: Desk, table: str) -> None:
    rule = {"aggregate": {"over": "criterion"}, "rounding": {"total": 0}, "ties": ["calibrated"]}
    assert desk.ranking(rule=rule, scores=table)["ranking"]


def test_a_subject_without_a_complete_sheet_comes_last_among_the_tied(desk: Desk) -> None:
    table = (
        HEADER + "J,A,c,5\nJ,A,d,5\nK,A,c,5\nK,A,d,5\nJ,B,c,5\nK,B,d,5\nJ,C,c,1\nJ,C,d,1\nK,C,c,2\nK,C,d,1\n"
    )
    found = desk.ranking(rule={"aggregate": {"over": "criterion"}, "ties": ["calibrated"]}, scores=table)
    assert [row["subject"] for row in found["ranking"]] == ["A", "B", "C"]
    assert found["tie_breaks"][0]["keys"]["B"] == ""


def test_the_model_is_fitted_once_per_ranking(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(marks: list[Mark], rule: Rule) -> dict[str, float]:
        calls.append(len(marks))
        return calibrated_scores(marks, rule)

    monkeypatch.setattr("judging.calibration.calibrated_scores", counted)
    pairs = [Mark("J", f"S{n}", "c", n // 2) for n in range(8)] + [
        Mark("K", f"S{n}", "c", n // 2) for n in range(8)
    ]
    rank(pairs, Rule.from_json({"ties": ["calibrated"]}))
    assert calls == [16]
    rank(pairs, Rule.from_json({"ties": ["median"]}))
    assert calls == [16]


# Figures of the simulated contest that were computed before, by other code.


def test_synthetic_contest_variances_mean_and_order_as_computed_before() -> None:
    marks, expected = load("synthetic_60x12x3")
    data = json.loads((DATA / "synthetic_60x12x3.json").read_text(encoding="utf-8"), parse_float=str)
    rule = Rule.from_json(
        {"criteria": {name: {"weight": weight} for name, weight in data["weights"].items()}}
    )
    fit = calibrate(marks, rule, count=10).fit
    reml = {name: float(value) for name, value in expected["reml"].items()}
    assert fit.mean == pytest.approx(reml["mu"], rel=1e-4)
    assert fit.variance.team == pytest.approx(reml["var_team"], rel=1e-3)
    assert fit.variance.judge == pytest.approx(reml["var_judge"], rel=1e-3)
    assert fit.variance.residual == pytest.approx(reml["var_resid"], rel=1e-3)
    scores = calibrated_scores(marks, rule)
    truth = {subject: float(value) for subject, value in data["true_quality"].items()}
    subjects = ratings_of(marks, rule).subjects
    agreeing = sum(
        1 if (scores[a] > scores[b]) == (truth[a] > truth[b]) else -1
        for a in subjects
        for b in subjects
        if a < b
    )
    tau = agreeing / (len(subjects) * (len(subjects) - 1) / 2)
    assert tau == pytest.approx(float(expected["kendall_tau_with_truth"]["reml_blup"]), abs=1e-9)


def test_small_is_a_table_that_the_command_can_look_at(desk: Desk) -> None:
    found = strict_json(desk, scores=SMALL)
    assert found["calibrated"]["components"] == 1
