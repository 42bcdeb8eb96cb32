"""The many-facet Rasch model against the estimates of R's TAM, and on scales that tell little."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from judging.calibration import calibrate, calibrated_json, fit, severities
from judging.ranking import Mark, Rule
from judging.rasch import fit_rasch
from judging.ratings import criterion_ratings_of
from judging.score_table import read_scores

pytestmark = pytest.mark.no_database

DATA = Path(__file__).parent.parent / "data" / "judging"


def marks_of_texts() -> list[Mark]:
    return list(read_scores((DATA / "mfrm_sirt_ratings1.csv").read_bytes(), "mfrm_sirt_ratings1.csv").marks)


def test_student_texts_have_the_severities_and_the_variance_that_tam_finds() -> None:
    expected = json.loads((DATA / "mfrm_sirt_ratings1.json").read_text(encoding="utf-8"))["expected"]
    found = fit(criterion_ratings_of(marks_of_texts(), Rule()), "rasch")
    severity = dict(zip(found.ratings.judges, severities(found).tolist(), strict=True))
    tam = {judge: expected["parameters"][f"rater{judge}"]["est"] for judge in severity}
    assert severity == pytest.approx(tam, abs=0.02)
    own = expected["independent_check_own_numpy_MML"]
    assert severity == pytest.approx(own["judges"], abs=0.01)
    assert found.variance.team == pytest.approx(own["variance"], rel=0.01)
    assert sum(severity.values()) == pytest.approx(0, abs=1e-9)


def test_a_text_that_all_raters_marked_is_better_known_than_one_that_two_did() -> None:
    found = fit(criterion_ratings_of(marks_of_texts(), Rule()), "rasch")
    count = np.bincount(found.ratings.subject)
    assert found.subject_se[count >= 30].max() < found.subject_se[count <= 10].min()


def test_where_one_is_the_best_mark_the_measures_are_turned() -> None:
    marks = marks_of_texts()
    turned = [Mark(mark.judge, mark.subject, mark.criterion, 3 - int(mark.score)) for mark in marks]
    high = fit(criterion_ratings_of(marks, Rule()), "rasch")
    low = fit(criterion_ratings_of(turned, Rule(direction="low")), "rasch")
    np.testing.assert_allclose(low.subject_effect, high.subject_effect, atol=1e-8)
    np.testing.assert_allclose(severities(low), severities(high), atol=1e-8)
    assert not low.low_wins
    assert low.fair_average is not None
    assert high.fair_average is not None
    np.testing.assert_allclose(low.fair_average, 15 - high.fair_average, atol=1e-7)


def test_the_fair_average_is_in_points_and_orders_as_the_measures_do() -> None:
    found = fit_rasch(criterion_ratings_of(marks_of_texts(), Rule()))
    assert found.fair_average is not None
    assert found.fair_average.min() >= 0
    assert found.fair_average.max() <= 15
    order = np.argsort(found.subject_effect)
    assert np.all(np.diff(found.fair_average[order]) >= -1e-9)


def test_a_judge_who_gives_the_highest_mark_only_keeps_a_finite_severity() -> None:
    honest = {"K": [0, 1, 2, 3, 3, 1], "L": [1, 1, 3, 3, 2, 0], "M": [0, 2, 2, 3, 3, 2]}
    rows = honest | {"Kind": [3, 3, 3, 3, 3, 3]}
    marks = [
        Mark(judge, subject, "all", mark)
        for judge, given in rows.items()
        for subject, mark in zip("abcdef", given, strict=True)
    ]
    found = calibrated_json(calibrate(marks, Rule(), method="rasch", count=200))
    severity = {judge["judge"]: judge["severity"] for judge in found["judges"]}
    assert min(severity, key=severity.__getitem__) == "Kind"
    assert -30 < severity["Kind"] < -3


def test_marks_that_nobody_gave_are_named() -> None:
    marks = [
        Mark(judge, subject, "all", (1, 2, 5)[(place + shift) % 3])
        for shift, judge in enumerate("KLM")
        for place, subject in enumerate("abcdef")
    ]
    found = calibrated_json(calibrate(marks, Rule(), method="rasch", count=100))
    assert {"code": "unused_categories", "params": {"marks": "3, 4"}} in found["note_codes"]


def test_many_marks_of_a_subject_get_as_many_nodes_as_they_need() -> None:
    """Fifteen judges know each subject so well that 41 nodes would be too far apart."""
    generator = np.random.default_rng(2)
    quality = generator.normal(0, 3, 8)
    marks = [
        Mark(f"J{judge:02}", f"S{subject:02}", f"C{criterion}", int(np.clip(round(level), 0, 9)))
        for judge in range(15)
        for subject in range(8)
        for criterion in range(4)
        for level in [4.5 + quality[subject] + generator.normal(0, 1)]
    ]
    found = fit_rasch(criterion_ratings_of(marks, Rule()))
    theta = found.subject_effect
    assert found.variance.team is not None
    assert np.corrcoef(theta, quality)[0, 1] > 0.97
    # Known this well, measures are hardly shrunk: their spread is the variance found.
    assert np.mean(theta**2) == pytest.approx(found.variance.team, rel=0.1)
