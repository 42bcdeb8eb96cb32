"""Intervals, ranks, chances and prize lines from joint draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from bench.contests import Contest, simulate
from judging.calibration import (
    Calibration,
    LineBounds,
    calibrate,
    calibrate_ratings,
    calibrated_json,
    fit,
    prize_lines,
    scores,
)
from judging.calibration_fit import draws
from judging.ranking import Mark, Rule
from judging.uncertainty import Draws, ranked

pytestmark = pytest.mark.no_database

THREE = Draws(np.array([[3.0, 2.0, 1.0], [3.0, 1.0, 2.0], [1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))


def contest(**changes: Any) -> Calibration:
    simulated = simulate(Contest(60, 12, 3, severity=1.0), np.random.default_rng(5))
    return calibrate_ratings(simulated.ratings, **{"count": 4000} | changes)


def panel(rows: dict[str, list[int]]) -> list[Mark]:
    return [
        Mark(judge, f"T{place}", "all", mark)
        for judge, marks in rows.items()
        for place, mark in enumerate(marks)
    ]


def test_chances_are_shares_of_the_draws() -> None:
    assert THREE.ranks.tolist() == [[1, 2, 3], [1, 3, 2], [3, 2, 1], [1, 2, 3]]
    assert THREE.top(1).tolist() == [0.75, 0.0, 0.25]
    assert THREE.top(2).tolist() == [0.75, 0.75, 0.5]
    assert THREE.before(0, 1) == 0.75
    assert THREE.before(1, 0) == 0.25
    assert THREE.misplaced([0, 1]) == 0.5


def test_where_the_lower_is_better_ranks_and_chances_turn() -> None:
    turned = Draws(-THREE.scores, low_wins=True)
    assert turned.ranks.tolist() == THREE.ranks.tolist()
    assert turned.before(0, 1) == 0.75


def test_equal_scores_share_the_better_rank() -> None:
    assert ranked(np.array([2.0, 5.0, 5.0 + 1e-12, 1.0]), low_wins=False).tolist() == [3, 1, 1, 4]
    assert ranked(np.array([2.0, 5.0, 5.0, 1.0]), low_wins=True).tolist() == [2, 3, 3, 1]


def test_intervals_hold_nine_of_ten_draws() -> None:
    drawn = contest().draws
    assert drawn is not None
    low, high = drawn.score_interval()
    inside = ((drawn.scores >= low) & (drawn.scores <= high)).mean(axis=0)
    assert inside == pytest.approx(0.9, abs=0.002)


def test_draws_have_the_mean_and_the_spread_of_the_posterior() -> None:
    found = contest().fit
    drawn = draws(found, 20_000, np.random.default_rng(1))
    assert drawn is not None
    error = found.subject_se / np.sqrt(20_000)
    assert np.all(np.abs(drawn.mean(axis=0) - scores(found)) < 5 * error)
    np.testing.assert_allclose(drawn.std(axis=0), found.subject_se, rtol=0.03)


def test_a_comparison_of_two_is_as_sure_as_their_joint_posterior_says() -> None:
    calibration = contest()
    first, second = calibration.order[9], calibration.order[10]
    names = calibration.subjects
    posterior = calibration.fit.draws_from[0]
    pair = np.array([first, second])
    covariance = posterior.covariance(pair)
    gap = posterior.effect[first] - posterior.effect[second]
    expected = float(ndtr(gap / np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])))
    assert calibration.before(names[first], names[second]) == pytest.approx(expected, abs=0.03)


def test_with_few_judges_the_draws_know_that_variances_are_rough() -> None:
    simulated = simulate(Contest(12, 4, 2, severity=1.0), np.random.default_rng(3))
    found = fit(simulated.ratings)
    assert len(found.draws_from) > 1
    drawn = draws(found, 8000, np.random.default_rng(1))
    assert drawn is not None
    wide = drawn - drawn.mean(axis=0)
    kurtosis = (wide**4).mean(axis=0) / (wide**2).mean(axis=0) ** 2
    assert kurtosis.mean() > 3.3  # 3 for a normal distribution


def test_a_wide_gap_is_clear_and_needs_nothing() -> None:
    generator = np.random.default_rng(1)
    quality = [90, 88, 60, 55, 50, 45, 40, 35]
    rows = {f"J{judge}": [round(q + generator.normal(0, 2)) for q in quality] for judge in range(8)}
    (line,) = prize_lines(calibrate(panel(rows), Rule(), count=2000), [2])
    assert line.verdict == "clear"
    assert line.probability >= 0.95
    assert line.remedies == ()
    assert len(line.border) == 2


def test_a_narrow_gap_is_a_toss_up_and_one_more_judge_for_both_at_the_line_helps_most() -> None:
    calibration = contest()
    lines = prize_lines(calibration, [1, 3, 10])
    assert [line.place for line in lines] == [1, 3, 10]
    line = min(lines, key=lambda line: line.probability)
    assert line.verdict == "toss_up"
    assert 2 <= len(line.border) <= 4
    assert {line.above, line.below} <= set(line.border)
    best = line.remedies[0]
    assert set(best.subjects) == {line.above, line.below}
    assert best.gain > 0
    assert best.probability == pytest.approx(line.probability + best.gain)
    single = [remedy.gain for remedy in line.remedies if len(remedy.subjects) == 1]
    assert max(single) <= best.gain


def test_the_gain_promised_by_one_more_judge_is_what_comes_true_on_average() -> None:
    """Truth, and another rating of both, are drawn from the model; the order is decided anew each time."""
    calibration = contest()
    found = calibration.fit
    line = min(prize_lines(calibration, [1, 3, 10]), key=lambda line: line.probability)
    pair = np.array([line.above, line.below])
    posterior = found.draws_from[0]
    effects, covariance = posterior.effect[pair], posterior.covariance(pair)
    assert found.variance.judge is not None
    assert found.variance.residual is not None
    generator = np.random.default_rng(7)
    count = 40_000
    truth = effects + generator.standard_normal((count, 2)) @ np.linalg.cholesky(covariance).T
    judge = np.sqrt(found.variance.judge) * generator.standard_normal((count, 1))
    seen = truth + judge + np.sqrt(found.variance.residual) * generator.standard_normal((count, 2))
    noise = covariance + found.variance.judge + found.variance.residual * np.eye(2)
    updated = effects + (seen - effects) @ np.linalg.solve(noise, covariance)
    right = np.sign(updated[:, 0] - updated[:, 1]) == np.sign(truth[:, 0] - truth[:, 1])
    before = float((truth[:, 0] > truth[:, 1]).mean())
    remedy = next(each for each in line.remedies if set(each.subjects) == set(pair.tolist()))
    assert right.mean() - before == pytest.approx(remedy.gain, abs=0.01)


def test_the_bounds_of_clear_and_toss_up_are_settings() -> None:
    calibration = contest()
    (line,) = prize_lines(calibration, [10], LineBounds(clear=0.5, toss_up=0.4))
    assert line.verdict == "clear"


def test_there_is_no_line_after_the_last_place() -> None:
    calibration = contest()
    assert prize_lines(calibration, [0, 60, 61]) == []


def test_json_says_how_many_winners_are_expected_not_to_belong() -> None:
    found = calibrated_json(contest(), top=(1, 10), places=[10])
    top = [subject["p_top"]["10"] for subject in found["subjects"][:10]]
    assert found["misplaced"]["10"] == pytest.approx(10 - sum(top), abs=1e-6)
    assert found["prize_lines"][0]["misplaced"] == pytest.approx(found["misplaced"]["10"], abs=1e-6)
