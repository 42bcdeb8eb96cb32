"""The calibrated view: published figures, what every contest may rely on, and tables that tell little."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judging.calibration import (
    METHODS,
    calibrate,
    calibrate_ratings,
    calibrated_json,
    calibrated_scores,
    fit,
    scores,
    severities,
)
from judging.problems import JudgingError
from judging.ranking import Mark, Rule
from judging.ratings import Ratings, criterion_ratings_of, ratings_of
from judging.score_table import read_scores

pytestmark = pytest.mark.no_database

DATA = Path(__file__).parent.parent / "data" / "judging"
GAUSSIAN = ("additive", "robust", "scale")
repeatable = settings(deadline=None, derandomize=True, max_examples=25)


def load(name: str) -> tuple[list[Mark], dict[str, Any]]:
    marks = list(read_scores((DATA / f"{name}.csv").read_bytes(), f"{name}.csv").marks)
    return marks, json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def table(rows: dict[str, Sequence[object]]) -> list[Mark]:
    """Marks from {judge: [mark of a, mark of b, …]}; None is an absent mark."""
    return [
        Mark(judge, subject, "all", str(mark))
        for judge, marks in rows.items()
        for subject, mark in zip("abcdefghijklmnopqrst", marks, strict=False)
        if mark is not None
    ]


def view(marks: Sequence[Mark], rule: Rule | None = None, **options: Any) -> dict[str, Any]:
    return calibrated_json(calibrate(marks, rule or Rule(), **{"count": 400} | options), places=(1, 3))


def codes(found: dict[str, Any]) -> set[str]:
    return {note["code"] for note in found["note_codes"]}


# Published figures


def test_penicillin_has_the_variances_and_effects_that_lme4_finds() -> None:
    marks, data = load("penicillin_lme4")
    expected, ratings = data["expected"], ratings_of(marks, Rule())
    found = fit(ratings)
    assert found.variance.team == pytest.approx(expected["var_subject"]["computed"], rel=1e-3)
    assert found.variance.judge == pytest.approx(expected["var_judge"]["computed"], rel=1e-3)
    assert found.variance.residual == pytest.approx(expected["var_residual"]["computed"], rel=1e-3)
    assert found.mean == pytest.approx(expected["intercept"]["computed"], abs=1e-6)
    leniency = dict(zip(ratings.judges, found.judge_effect.tolist(), strict=True))
    assert leniency == pytest.approx(expected["blup_judge"], abs=1e-5)
    effects = dict(zip(ratings.subjects, found.subject_effect.tolist(), strict=True))
    assert effects == pytest.approx(expected["blup_subject"], abs=1e-5)


def test_the_sparse_synthetic_contest_has_the_variances_and_the_order_found_before() -> None:
    marks, data = load("synthetic_60x12x3")
    rule = Rule.from_json({"criteria": {name: {"weight": str(w)} for name, w in data["weights"].items()}})
    found = view(marks, rule)
    reml = data["expected"]["reml"]
    assert found["variance"]["team"] == pytest.approx(reml["var_team"], rel=1e-3)
    assert found["variance"]["judge"] == pytest.approx(reml["var_judge"], rel=1e-3)
    assert found["variance"]["residual"] == pytest.approx(reml["var_resid"], rel=1e-3)
    assert found["mean"] == pytest.approx(reml["mu"], rel=1e-5)
    truth = data["true_quality"]
    order = [truth[subject["subject"]] for subject in found["subjects"]]
    concordant = sum(np.sign(a - b) for i, a in enumerate(order) for b in order[i + 1 :])
    pairs = len(order) * (len(order) - 1) / 2
    assert concordant / pairs == pytest.approx(
        data["expected"]["kendall_tau_with_truth"]["reml_blup"], abs=1e-6
    )


def test_residuals_and_leverage_are_those_of_the_dense_equations() -> None:
    ratings = ratings_of(table({"K": [3, 5, 9, None], "L": [4, None, 8, 6], "M": [2, 6, None, 4]}), Rule())
    found = fit(ratings)
    assert found.variance.team is not None
    assert found.variance.judge is not None
    assert found.variance.residual is not None
    teams = np.eye(4)[ratings.subject]
    judges = np.eye(3)[ratings.judge]
    covariance = np.eye(9) + (
        found.variance.team * teams @ teams.T + found.variance.judge * judges @ judges.T
    ) / (found.variance.residual)
    inverse = np.linalg.inv(covariance)
    level = inverse.sum(axis=1)
    projection = inverse - np.outer(level, level) / level.sum()
    np.testing.assert_allclose(found.residuals, projection @ ratings.value, atol=1e-9)
    np.testing.assert_allclose(found.leverage, 1 - np.diag(projection), atol=1e-9)


# What the view says


def test_a_strict_judge_has_positive_severity_and_her_subjects_are_lifted() -> None:
    strict = {"K": [50, 60, None, None, 55], "L": [None, 80, 70, 75, None], "M": [71, 79, 72, None, 74]}
    found = view(table(strict))
    severity = {judge["judge"]: judge["severity"] for judge in found["judges"]}
    assert severity["K"] > 5 > 0 > severity["M"]
    by_name = {subject["subject"]: subject["score"] for subject in found["subjects"]}
    assert by_name["e"] > (55 + 74) / 2


def test_where_one_is_best_the_lowest_score_leads_and_severity_is_still_positive_for_the_strict() -> None:
    ranks = {"K": [1, 2, 3, 4], "L": [1, 3, 2, 4], "M": [2, 1, 3, 4], "N": [6, 7, 8, 8]}
    found = view(table(ranks), Rule(direction="low"))
    assert [subject["subject"] for subject in found["subjects"]] == ["a", "b", "c", "d"]
    assert found["subjects"][0]["p_top"]["1"] > 0.5
    assert max(found["judges"], key=lambda judge: judge["severity"])["judge"] == "N"


def test_when_all_judges_saw_all_subjects_it_says_that_severity_cancels() -> None:
    marks = table({"K": [1, 5, 3, 8], "L": [2, 7, 4, 7], "M": [3, 6, 2, 9]})
    found = view(marks)
    assert "severity_cancels" in codes(found)
    assert [subject["subject"] for subject in found["subjects"]] == ["d", "b", "c", "a"]


def test_islands_are_counted_and_the_assumption_is_said() -> None:
    marks = table(
        {
            "K": [1, 5, 3, None, None, None],
            "L": [2, 6, 3, None, None, None],
            "M": [None, None, None, 9, 8, 5],
            "N": [None, None, None, 8, 9, 4],
        }
    )
    found = view(marks)
    assert found["components"] == 2
    assert "islands" in codes(found)
    assert any("equally strong" in note for note in found["notes"])


def test_a_scale_of_hundred_marks_is_refused_by_rasch_with_the_reason() -> None:
    marks = [Mark(judge, subject, "all", mark) for judge, subject, mark in _fine_marks()]
    with pytest.raises(JudgingError, match=r"coarse scale.*additive") as raised:
        calibrate(marks, Rule(), method="rasch")
    assert raised.value.code == "too_many_categories"


def _fine_marks() -> list[tuple[str, str, int]]:
    return [
        (judge, f"T{place}", place * 3 + shift) for shift, judge in enumerate("KLM") for place in range(15)
    ]


def test_an_unknown_method_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no method 'mean'.*additive, robust, scale, rasch"):
        fit(ratings_of(table({"K": [1, 2]}), Rule()), "mean")


def test_one_extreme_mark_moves_the_robust_score_less() -> None:
    honest = {
        judge: [50 + 4 * place + bias + (place * 7 + bias) % 3 for place in range(8)]
        for judge, bias in (("K", 0), ("L", 3), ("M", -2), ("N", 1), ("O", 5))
    }
    bought = honest | {"O": [mark + 30 * (place == 0) for place, mark in enumerate(honest["O"])]}

    def gain(method: str) -> float:
        before, after = (fit(ratings_of(table(rows), Rule()), method) for rows in (honest, bought))
        return float((scores(after) - scores(before))[0])

    assert gain("robust") < gain("additive") / 2


def test_the_judge_scale_model_sees_who_spreads_subjects_wide() -> None:
    quality = [-9, -6, -4, -1, 0, 2, 3, 5, 8, 11]
    wide = [60 + round(1.6 * q) for q in quality]
    others = {judge: [60 + q + (3 * q + shift) % 3 for q in quality] for shift, judge in enumerate("KLMN")}
    found = view(table(others | {"W": wide}), method="scale")
    scale = {judge["judge"]: judge["scale"] for judge in found["judges"]}
    assert max(scale, key=scale.__getitem__) == "W"
    assert scale["W"] > 1.2


def test_a_judge_far_from_the_panel_is_flagged_for_a_person_to_look() -> None:
    generator = np.random.default_rng(4)
    quality = generator.normal(0, 8, 20)
    rows = {
        f"J{place}": [round(float(70 + q + generator.normal(0, 3))) for q in quality] for place in range(9)
    }
    rows["Strict"] = [round(float(40 + q + generator.normal(0, 3))) for q in quality]
    rows["Erratic"] = [round(float(70 + q + generator.normal(0, 14))) for q in quality]
    flags = {judge["judge"]: judge["flags"] for judge in view(table(rows))["judges"]}
    assert "strict" in flags["Strict"]
    assert flags["Erratic"] == ["erratic"]
    assert not any("strict" in flags[f"J{place}"] for place in range(9))


def test_the_tie_step_gets_scores_in_the_direction_of_the_rule() -> None:
    marks = table({"K": [1, 2, 3], "L": [2, 1, 3], "M": [1, 2, 4]})
    found = calibrated_scores(marks, Rule(direction="low"))
    assert sorted(found, key=found.__getitem__) == ["a", "b", "c"]
    assert all(score == round(score, 9) for score in found.values())


# Tables that tell little: never a crash, never NaN, and the reason is given

LITTLE: dict[str, tuple[dict[str, Sequence[object]], str]] = {
    "one judge": ({"K": [1, 3, 2]}, "one_judge"),
    "one subject": ({"K": [1], "L": [4], "M": [2]}, "one_subject"),
    "one mark": ({"K": [5]}, "all_equal"),
    "all equal": ({"K": [5, 5, 5], "L": [5, 5, 5]}, "all_equal"),
    "no error at all": ({"K": [1, 3, 2], "L": [2, 4, 3], "M": [5, 7, 6]}, "no_residual"),
    "no overlap": ({"K": [1, None, None], "L": [None, 5, None], "M": [None, None, 2]}, "one_rating_each"),
    "judges with subjects of their own": (
        {"K": [1, 2, None, None], "L": [None, None, 5, 7]},
        "one_rating_each",
    ),
    "subjects with judges of their own": (
        {"K": [1, None], "L": [2, None], "M": [None, 5], "N": [None, 8]},
        "one_rating_per_judge",
    ),
    "a chain": ({"K": [1, 4, None], "L": [None, 5, 3]}, "no_loops"),
    "no difference between subjects": ({"K": [1, 1, 1], "L": [4, 4, 4], "M": [2, 2, 2]}, "no_quality_found"),
    "opposite orders": ({"K": [1, 2], "L": [2, 1]}, "no_quality_found"),
}


@pytest.mark.parametrize("direction", ["high", "low"])
@pytest.mark.parametrize("name", list(LITTLE))
def test_a_table_that_tells_little_gives_what_it_can_and_says_why_not_more(name: str, direction: str) -> None:
    rows, code = LITTLE[name]
    marks = table(rows)
    for method in METHODS:
        found = view(marks, Rule(direction=direction), method=method)
        json.dumps(found, allow_nan=False)
        assert found["notes"] or method == "rasch"
        assert len(found["subjects"]) == len({mark.subject for mark in marks})
        assert all(subject["score"] is not None for subject in found["subjects"])
        if method in GAUSSIAN:
            assert code in codes(found)


def test_one_judge_keeps_her_order_without_pretending_to_know_more() -> None:
    found = view(table({"K": [1, 3, 2]}))
    assert [(subject["subject"], subject["score"]) for subject in found["subjects"]] == [
        ("b", 3.0),
        ("c", 2.0),
        ("a", 1.0),
    ]
    assert {subject["low"] for subject in found["subjects"]} == {None}
    assert found["subjects"][0]["p_top"] == {"1": None, "3": None, "10": None}
    assert found["judges"][0]["severity"] is None
    assert found["variance"] == {"team": None, "judge": None, "residual": None}
    assert found["prize_lines"] == []


def test_equal_scores_share_the_better_rank() -> None:
    found = view(table({"K": [5, 5, 5], "L": [5, 5, 5]}))
    assert [subject["rank"] for subject in found["subjects"]] == [1, 1, 1]


def test_no_complete_sheet_leaves_nothing_to_calibrate() -> None:
    rule = Rule.from_json({"criteria": {"idea": {}, "team": {}}})
    found = view([Mark("K", "a", "idea", 5)], rule)
    assert found["subjects"] == found["judges"] == []
    assert codes(found) == {"no_ratings"}


# What holds for every table


@st.composite
def tables(draw: st.DrawFn, *, complete: bool = False) -> dict[tuple[str, str], int]:
    """{(judge, subject): mark from 0 to 9}; unless complete, marks may be missing."""
    judges, subjects = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    cells = [(f"J{j}", f"S{s}") for j, s in product(range(judges), range(subjects))]
    marks = draw(st.lists(st.integers(0, 9), min_size=len(cells), max_size=len(cells)))
    kept = (
        [True] * len(cells)
        if complete
        else draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells)))
    )
    found = {cell: mark for cell, mark, here in zip(cells, marks, kept, strict=True) if here}
    return found or {cells[0]: marks[0]}


def marks_of(cells: dict[tuple[str, str], int]) -> list[Mark]:
    return [Mark(judge, subject, "all", mark) for (judge, subject), mark in cells.items()]


@repeatable
@given(tables(), st.sampled_from(METHODS), st.sampled_from(["high", "low"]))
def test_whatever_the_table_all_figures_are_finite_or_absent(
    cells: dict[tuple[str, str], int], method: str, direction: str
) -> None:
    found = view(marks_of(cells), Rule(direction=direction), method=method, count=100)
    json.dumps(found, allow_nan=False)
    for subject in found["subjects"]:
        chances = [chance for chance in subject["p_top"].values() if chance is not None]
        assert all(0 <= chance <= 1 for chance in chances)
        assert chances == sorted(chances)
        if subject["rank_low"] is not None:
            assert 1 <= subject["rank_low"] <= subject["rank_high"] <= len(found["subjects"])
            assert subject["low"] <= subject["high"]


@repeatable
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_byte(cells: dict[tuple[str, str], int], shuffler: Any) -> None:
    marks = marks_of(cells)
    shuffled = marks.copy()
    shuffler.shuffle(shuffled)
    one, other = (fit(ratings_of(given, Rule())) for given in (marks, shuffled))
    assert scores(one).tobytes() == scores(other).tobytes()
    assert severities(one).tobytes() == severities(other).tobytes()


@repeatable
@given(tables(), st.sampled_from(GAUSSIAN), st.permutations(range(6)), st.permutations(range(8)))
def test_the_names_of_judges_and_subjects_change_nothing(
    cells: dict[tuple[str, str], int], method: str, judges: list[int], subjects: list[int]
) -> None:
    def renamed(cell: tuple[str, str]) -> tuple[str, str]:
        return f"J{judges[int(cell[0][1:])]}", f"S{subjects[int(cell[1][1:])]}"

    one = fit(ratings_of(marks_of(cells), Rule()), method)
    other = fit(ratings_of(marks_of({renamed(cell): mark for cell, mark in cells.items()}), Rule()), method)
    found = dict(zip(one.ratings.subjects, scores(one).tolist(), strict=True))
    again = dict(zip(other.ratings.subjects, scores(other).tolist(), strict=True))
    assert again == pytest.approx(
        {renamed(("J0", name))[1]: score for name, score in found.items()}, abs=1e-9, rel=1e-9
    )
    strict = dict(zip(one.ratings.judges, severities(one).tolist(), strict=True))
    assert dict(zip(other.ratings.judges, severities(other).tolist(), strict=True)) == pytest.approx(
        {renamed((name, "S0"))[0]: value for name, value in strict.items()}, abs=1e-9, rel=1e-9
    )


@repeatable
@given(tables(complete=True), st.integers(-50, 50))
def test_in_a_complete_design_a_judge_who_adds_a_constant_changes_no_order(
    cells: dict[tuple[str, str], int], constant: int
) -> None:
    changed = {cell: mark + constant * (cell[0] == "J0") for cell, mark in cells.items()}
    one, other = (calibrated_scores(marks_of(rows), Rule()) for rows in (cells, changed))
    names = sorted(one)
    for a, b in product(names, names):
        if one[a] - one[b] > 1e-6:
            assert other[a] > other[b]


@repeatable
@given(tables(), st.integers(1, 5), st.integers(-20, 20))
def test_other_units_give_the_same_view_in_other_units(
    cells: dict[tuple[str, str], int], times: int, plus: int
) -> None:
    plain = fit(ratings_of(marks_of(cells), Rule()))
    changed = fit(ratings_of(marks_of({cell: times * mark + plus for cell, mark in cells.items()}), Rule()))
    np.testing.assert_allclose(scores(changed), times * scores(plain) + plus, atol=1e-7)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    marks, _ = load("penicillin_lme4")
    first, again, other = (json.dumps(view(marks, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_marks_count_unrounded_with_the_weights_of_the_rule() -> None:
    rule = Rule.from_json({"criteria": {"idea": {"weight": "0.3"}, "team": {"weight": "0.7"}}})
    marks = [
        Mark(judge, subject, criterion, Fraction(value, 7))
        for judge, subject, criterion, value in (
            ("K", "a", "idea", 10),
            ("K", "a", "team", 20),
            ("K", "b", "idea", 30),
            ("K", "b", "team", 40),
        )
    ]
    found = view(marks, rule)
    assert found["subjects"][0]["score"] == pytest.approx((30 * 0.3 + 40 * 0.7) / 7, abs=1e-9)


def test_a_contest_too_large_for_draws_still_has_scores() -> None:
    teams = 4001
    ratings = Ratings(
        judges=("K", "L"),
        subjects=tuple(f"T{place:04}" for place in range(teams)),
        judge=np.tile([0, 1], teams),
        subject=np.repeat(np.arange(teams), 2),
        value=np.random.default_rng(1).normal(70, 8, 2 * teams),
    )
    found = calibrated_json(calibrate_ratings(ratings, count=5000))
    assert codes(found) >= {"too_many_for_draws"}
    assert found["subjects"][0]["low"] is None
    assert found["draws"] == 0


def test_rasch_reads_single_marks_of_incomplete_sheets_too() -> None:
    rule = Rule.from_json({"criteria": {"idea": {}, "team": {}}})
    marks = [
        Mark(judge, subject, criterion, (place + shift + (criterion == "idea")) % 4)
        for shift, judge in enumerate("KLM")
        for place, subject in enumerate("abcdef")
        for criterion in ("idea", "team")
        if (judge, subject, criterion) != ("K", "a", "idea")
    ]
    assert len(criterion_ratings_of(marks, rule).value) == 35
    assert len(view(marks, rule, method="rasch")["subjects"]) == 6
