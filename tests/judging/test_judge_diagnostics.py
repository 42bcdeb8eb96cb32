"""Diagnostics of a panel: a judge who does something odd is found, an ordinary panel is left in peace."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from judging.diagnostic_flags import FLAGS, Thresholds
from judging.judge_diagnostics import Belonging, Edit, JudgeReport, PanelReport, panel_report, scale_of
from judging.mixed_effects import Smoother
from judging.ranking import Mark, Rule
from judging.ratings import criterion_ratings_of, ratings_of
from tests.judging.panels import dense_model, simulated

pytestmark = pytest.mark.no_database

repeatable = settings(deadline=None, derandomize=True)

RULE = Rule.from_json(
    {"criteria": {name: {"min": 0, "max": 100} for name in ("idea", "market", "team", "pitch")}}
)
LOW = Rule.from_json({**RULE.to_json(), "direction": "low"})
# Of `simulated`: (4 · 8)², and (4 · 4)² of taste with 4 · 4² of noise.
TEAM, RESIDUAL = 1024.0, 320.0


def report(
    marks: list[Mark], rule: Rule = RULE, *, judge_variance: float = 200.0, **given: Any
) -> PanelReport:
    ratings = ratings_of(marks, rule)
    model, _ = dense_model(ratings, team=TEAM, judge=judge_variance, residual=RESIDUAL)
    return panel_report(ratings, criterion_ratings_of(marks, rule), model, scale=scale_of(rule), **given)


def codes(found: PanelReport, *about: str) -> set[str]:
    return {flag.code for flag in found.flags if flag.about == about}


def of(found: PanelReport, judge: str) -> JudgeReport:
    return next(row for row in found.judges if row.judge == judge)


def only(judge: int, change: Callable[[int, str, float], float]) -> Callable[[int, int, str, float], float]:
    """`change` (team, criterion, mark) of one judge's marks."""
    return lambda who, team, criterion, mark: change(team, criterion, mark) if who == judge else mark


def test_an_ordinary_panel_is_left_in_peace() -> None:
    for seed in range(1, 6):
        found = report(simulated(seed=seed))
        assert [flag.code for flag in found.flags if flag.kind != "subject"] == []


def test_severities_are_found_with_their_errors() -> None:
    severity = [6.0, -6.0, 3.0, -3.0, 0.0, 0.0]
    found = report(simulated(teams=40, severity=lambda judge: severity[judge]))
    for place, row in enumerate(found.judges):
        assert row.severity is not None
        assert row.severity_low is not None
        assert row.severity_high is not None
        assert row.severity_low < 4 * severity[place] < row.severity_high
        assert row.severity_high - row.severity_low < 40


@pytest.mark.parametrize(("rule", "harsher"), [(RULE, -12), (LOW, 12)])
def test_a_very_strict_judge_is_flagged_in_either_direction(rule: Rule, harsher: int) -> None:
    found = report(
        simulated(judges=9, change=only(2, lambda team, criterion, mark: mark + harsher)),
        rule,
        judge_variance=256.0,
    )
    row = of(found, "J2")
    assert row.severity is not None
    assert row.severity > 30
    assert "strict" in codes(found, "J2")
    others = [codes(found, other.judge) for other in found.judges if other.judge != "J2"]
    assert not any({"strict", "lenient"} & seen for seen in others)


def test_a_judge_who_gives_everybody_the_same_mark() -> None:
    found = report(simulated(change=only(3, lambda team, criterion, mark: 70)))
    assert codes(found, "J3") >= {"straight_lining", "restricted_range", "weak_discrimination", "even_sheets"}
    row = of(found, "J3")
    assert (row.common_mark, row.common_share, row.discrimination, row.spread) == (70.0, 1.0, 0.0, 0.0)
    assert row.agreement is None
    assert all(codes(found, f"J{other}") == set() for other in (0, 1, 2, 4, 5))


def test_a_scale_of_few_steps_is_no_straight_lining() -> None:
    marks = [
        Mark(m.judge, m.subject, m.criterion, 1 + (int(m.score) > 55) + (int(m.score) > 75))
        for m in simulated()
    ]
    found = report(marks, Rule())
    assert max(row.common_share or 0 for row in found.judges) > 0.4
    assert all("straight_lining" not in codes(found, row.judge) for row in found.judges)


def test_a_judge_who_stretches_differences() -> None:
    found = report(simulated(teams=30, change=only(1, lambda team, criterion, mark: 65 + 2 * (mark - 65))))
    assert "extreme_discrimination" in codes(found, "J1")
    slope = of(found, "J1").discrimination
    assert slope is not None
    assert 1.7 < slope < 2.4
    # One of five others stretches, which makes the panel they are held against stretch by a fifth.
    others = [of(found, f"J{judge}").discrimination for judge in (0, 2, 3, 4, 5)]
    assert np.mean([slope for slope in others if slope]) == pytest.approx(1 / 1.2, abs=0.1)


def test_a_judge_who_ranks_against_the_others() -> None:
    found = report(simulated(change=only(0, lambda team, criterion, mark: 130 - mark)))
    assert codes(found, "J0") >= {"disagreement", "erratic", "weak_discrimination"}
    assert (of(found, "J0").agreement or 0) < -0.5
    assert (of(found, "J1").agreement or 0) > 0


def test_the_agreement_of_a_complete_panel_is_by_mean_ranks() -> None:
    """Judge A's order 1, 2, 3, 4 against the others' means 2, 1, 3.5, 3.5: Spearman 3.5 / √(5 · 4.5)."""
    table = {"A": [1, 2, 3, 4], "B": [2, 1, 3, 4], "C": [2, 1, 4, 3]}
    marks = [Mark(j, f"S{n}", "c", rank) for j, ranks in table.items() for n, rank in enumerate(ranks)]
    ratings = ratings_of(marks, Rule())
    found = panel_report(ratings, criterion_ratings_of(marks, Rule()), None)
    assert found.judges[0].agreement == pytest.approx(3.5 / np.sqrt(5 * 4.5))


def test_halo_one_impression_on_all_criteria() -> None:
    impression = np.random.default_rng(5).normal(65, 10, 20)
    marks = simulated(
        noise=8.0, change=only(4, lambda team, criterion, mark: impression[team] + 0.05 * (mark - 65))
    )
    found = report(marks)
    assert codes(found, "J4") >= {"halo", "even_sheets"}
    row = of(found, "J4")
    assert row.halo is not None
    assert row.halo_others is not None
    assert row.halo > 0.95 > row.halo_others


def test_a_judge_who_departs_more_than_others() -> None:
    noise = np.random.default_rng(2).normal(0, 12, 40)
    found = report(simulated(teams=40, change=only(5, lambda team, criterion, mark: mark + noise[team])))
    assert "erratic" in codes(found, "J5")
    row = of(found, "J5")
    assert (row.infit or 0) > 2
    assert (row.outfit or 0) > 2
    assert all("erratic" not in codes(found, f"J{judge}") for judge in range(5))


def test_infit_and_outfit_are_about_one_on_an_ordinary_panel() -> None:
    found = report(simulated(teams=60, judges=8, per_team=4))
    infit = [row.infit for row in found.judges if row.infit is not None]
    outfit = [row.outfit for row in found.judges if row.outfit is not None]
    assert len(infit) == len(outfit) == 8
    assert np.mean(infit) == pytest.approx(1, abs=0.2)
    assert np.mean(outfit) == pytest.approx(1, abs=0.2)


SCHOOLS = Belonging({"J1": "Yantai", "J2": "Seoul"}, {"T03": "Yantai", "T05": "Yantai", "T09": "Seoul"})


def test_a_judge_who_favors_her_own_school() -> None:
    marks = simulated(change=only(1, lambda team, criterion, mark: mark + 20 * (team in (3, 5))))
    found = report(marks, affiliations=SCHOOLS)
    effect = of(found, "J1").own_school
    assert effect is not None
    assert effect.n == 2
    assert abs(effect.value - 80) < 3 * effect.error
    assert "own_school" in codes(found, "J1")
    assert "own_school" not in codes(found, "J2")
    assert of(found, "J0").own_school is None
    assert found.own_school is not None
    assert found.own_school.n == 3


def test_a_judge_who_is_strict_with_her_own_school_is_not_said_to_favor_it() -> None:
    marks = simulated(change=only(1, lambda team, criterion, mark: mark - 20 * (team in (3, 5))))
    found = report(marks, affiliations=SCHOOLS)
    effect = of(found, "J1").own_school
    assert effect is not None
    assert effect.value < 0
    assert "own_school" not in codes(found, "J1")


@pytest.mark.parametrize(("rule", "gift"), [(RULE, 5), (LOW, -5)])
def test_all_judges_favoring_their_own_country(rule: Rule, gift: int) -> None:
    marks = simulated(
        judges=6, change=lambda judge, team, criterion, mark: mark + gift * (judge % 2 == team % 2)
    )
    countries = Belonging(
        {f"J{judge}": "CN" if judge % 2 else "KR" for judge in range(6)},
        {f"T{team:02}": "CN" if team % 2 else "KR" for team in range(20)},
    )
    found = report(marks, rule, countries=countries)
    assert found.own_country is not None
    assert abs(found.own_country.value - 20) < 3 * found.own_country.error
    assert "own_country" in codes(found)


def test_drift_from_one_entry_to_the_next() -> None:
    order = np.random.default_rng(3).permuted(np.tile(np.arange(30), (6, 1)), axis=1)
    marks = simulated(
        teams=30,
        change=lambda judge, team, criterion, mark: mark + (judge == 2) * 0.7 * (order[2, team] - 15),
    )
    ratings = ratings_of(marks, RULE)
    steps = order[ratings.judge, ratings.subject].astype(float)
    found = report(marks, order=steps)
    drift = of(found, "J2").drift
    assert drift is not None
    assert abs(drift.value - 2.8) < 3 * drift.error
    assert "drift" in codes(found, "J2")
    assert "drift" not in codes(found, "J1")
    unknown = report(marks, order=np.where(ratings.judge == 2, np.nan, steps))
    assert of(unknown, "J2").drift is None


def test_two_judges_who_go_together() -> None:
    shared = np.random.default_rng(4).normal(0, 12, 20)
    marks = simulated(change=lambda judge, team, criterion, mark: mark + (judge in (1, 4)) * shared[team])
    found = report(marks)
    assert codes(found, "J1", "J4") == {"alike_pair"}
    assert [flag.about for flag in found.flags if flag.kind == "pair"] == [("J1", "J4")]
    assert len(found.alike) == 15
    assert {pair.common for pair in found.alike} == {20}


def test_two_judges_with_the_same_sheets() -> None:
    marks = simulated()
    theirs = {(m.subject, m.criterion): m.score for m in marks if m.judge == "J0"}
    copied = [
        Mark(m.judge, m.subject, m.criterion, theirs[m.subject, m.criterion])
        if m.judge == "J5" and m.subject < "T04"
        else m
        for m in marks
    ]
    found = report(copied)
    assert "identical_rows" in codes(found, "J0", "J5")
    (rows,) = found.identical
    assert (rows.judges, rows.identical, rows.common) == (("J0", "J5"), 4, 20)
    assert rows.subjects == ("T00", "T01", "T02", "T03")


def test_identical_sheets_by_chance_on_a_scale_of_two_steps_are_none() -> None:
    marks = [Mark(m.judge, m.subject, m.criterion, int(m.score) > 60) for m in simulated()]
    marks = [Mark(m.judge, m.subject, m.criterion, int(m.score)) for m in marks]
    found = report(marks, Rule())
    assert found.identical
    assert [flag for flag in found.flags if flag.code == "identical_rows"] == []


def test_changes_after_standings_were_visible() -> None:
    shown = datetime(2026, 5, 1, 18, tzinfo=UTC)
    edits = [
        Edit("J1", "T01", shown - timedelta(minutes=1), shown, 3),
        Edit("J2", "T01", shown + timedelta(minutes=1), shown, 3),
        Edit("J2", "T02", shown + timedelta(minutes=2), shown, -4),
        Edit("J3", "T02", shown + timedelta(minutes=2), None, -4),
    ]
    found = report(simulated(), edits=edits)
    assert [row.late_edits for row in found.judges] == [0, 0, 2, 0, 0, 0]
    assert [flag.about for flag in found.flags if flag.code == "late_edits"] == [("J2",)]


def test_an_entry_about_which_judges_disagree() -> None:
    marks = simulated(change=lambda judge, team, criterion, mark: mark - 40 * (judge == 3 and team == 7))
    found = report(marks)
    row = next(row for row in found.subjects if row.subject == "T07")
    assert row.judge == "J3"
    assert (row.largest_z or 0) > 5
    assert row.range > 100
    assert [flag.threshold for flag in row.flags] == ["discrepancy_z"]


def test_a_wide_range_is_a_discrepancy_by_itself_when_the_scale_is_known() -> None:
    marks = [
        Mark("A", "S", "c", 10),
        Mark("B", "S", "c", 40),
        Mark("A", "T", "c", 50),
        Mark("B", "T", "c", 60),
    ]
    rule = Rule.from_json({"criteria": {"c": {"min": 0, "max": 100}}})
    ratings, each = ratings_of(marks, rule), criterion_ratings_of(marks, rule)
    assert [flag.about for flag in panel_report(ratings, each, None, scale=(0, 100)).flags] == [("S",)]
    assert panel_report(ratings, each, None).flags == ()


def test_marks_near_an_end_of_the_scale() -> None:
    marks = simulated(change=only(1, lambda team, criterion, mark: 97 + mark % 3))
    marks = [
        Mark(m.judge, m.subject, m.criterion, 4 + int(m.score) % 5 if m.judge == "J2" else m.score)
        for m in marks
    ]
    found = report(marks)
    assert "lenient_level" in codes(found, "J1")
    assert "strict_level" in codes(found, "J2")
    low = report(marks, LOW)
    assert "strict_level" in codes(low, "J1")
    assert "lenient_level" in codes(low, "J2")


def test_a_criterion_that_goes_with_nothing() -> None:
    random = np.random.default_rng(6)
    marks = [
        Mark(
            m.judge,
            m.subject,
            m.criterion,
            int(random.integers(40, 90)) if m.criterion == "pitch" else m.score,
        )
        for m in simulated()
    ]
    found = report(marks)
    assert {flag.about for flag in found.flags if flag.kind == "criterion"} == {("pitch",)}
    by_name = {row.criterion: row for row in found.criteria}
    assert (by_name["pitch"].alpha or 0) < 0.1 < (by_name["idea"].alpha or 0)
    assert (by_name["idea"].rest_correlation or 0) > 0.5


def test_separation_tells_the_true_spread() -> None:
    severity = np.linspace(-6, 6, 12)
    found = report(
        simulated(teams=60, judges=12, per_team=4, severity=lambda judge: severity[judge]),
        judge_variance=200.0,
    )
    assert found.judge_separation is not None
    assert found.subject_separation is not None
    assert found.judge_separation.spread == pytest.approx(4 * severity.std(ddof=1), rel=0.3)
    assert found.subject_separation.spread == pytest.approx(32, rel=0.3)


def test_thresholds_are_settings() -> None:
    marks = simulated(change=only(3, lambda team, criterion, mark: 70))
    deaf = Thresholds(straight_lining=1.0, restricted_range=0.0, weak_discrimination=0.0, even_sheets=0.0)
    assert codes(report(marks, thresholds=deaf), "J3") == set()


def test_every_flag_has_a_sentence_and_names_its_threshold() -> None:
    marks = simulated(change=only(3, lambda team, criterion, mark: 70))
    found = report(marks, affiliations=SCHOOLS)
    fields = set(Thresholds.__dataclass_fields__)
    assert found.flags
    for flag in found.flags:
        assert flag.code in FLAGS
        assert flag.threshold in fields
        assert flag.about[0] in str(flag)


def test_what_could_not_be_looked_at_is_said() -> None:
    marks = [Mark("A", "S", "c", 1), Mark("B", "S", "c", 2)]
    found = panel_report(ratings_of(marks, Rule()), criterion_ratings_of(marks, Rule()), None)
    assert found.unseen == (
        "no_model",
        "no_order",
        "no_schools",
        "no_countries",
        "no_edits",
        "no_scale",
        "one_criterion",
    )


@st.composite
def small_panels(draw: st.DrawFn) -> list[Mark]:
    subjects, judges, criteria = draw(st.integers(1, 8)), draw(st.integers(1, 4)), draw(st.integers(1, 4))
    highest = draw(st.sampled_from([0, 1, 10]))
    return [
        Mark(f"J{judge}", f"S{subject}", f"C{criterion}", draw(st.integers(0, highest)))
        for subject in range(subjects)
        for judge in sorted(draw(st.sets(st.integers(0, judges - 1), min_size=1)))
        for criterion in range(criteria)
    ]


@repeatable
@given(small_panels(), st.booleans(), st.sampled_from([(4.0, 1.0, 2.0), (0.0, 1.0, 2.0), (4.0, 1e-9, 1e-6)]))
def test_no_panel_is_too_odd_to_look_at(
    marks: list[Mark], with_model: bool, variances: tuple[float, float, float]
) -> None:
    """Warnings are errors; JSON refuses what is not a number."""
    ratings = ratings_of(marks, Rule())
    team, judge, residual = variances
    model = dense_model(ratings, team=team, judge=judge, residual=residual)[0] if with_model else None
    found = panel_report(
        ratings,
        criterion_ratings_of(marks, Rule()),
        model,
        order=np.arange(ratings.value.size, dtype=float),
        affiliations=Belonging({"J0": "A"}, {"S0": "A"}),
        countries=Belonging(dict.fromkeys(ratings.judges, "KR"), dict.fromkeys(ratings.subjects, "KR")),
        scale=(0, 40),
    )
    json.dumps(found.to_json(), allow_nan=False)
    assert [row.judge for row in found.judges] == list(ratings.judges)
    for row in found.judges:
        assert row.agreement is None or -1 <= row.agreement <= 1
        assert row.infit is None or row.infit >= 0
        assert row.common_share is not None
        assert 0 < row.common_share <= 1
        assert row.own_country is None  # all are of one country: nothing to compare
    for pair in found.alike:
        assert -1 <= pair.correlation <= 1
        assert 0 <= pair.p <= pair.adjusted <= 1


@settings(repeatable, max_examples=15)
@given(st.permutations(range(6)), st.randoms(use_true_random=False))
def test_names_and_rows_change_no_figure(names: list[int], random: Any) -> None:
    marks = simulated(teams=10, change=only(3, lambda team, criterion, mark: 70 + mark % 3))
    renamed = [Mark(f"J{names[int(m.judge[1:])]}", m.subject, m.criterion, m.score) for m in marks]
    random.shuffle(renamed)
    before, after = report(marks), report(renamed)
    for row in before.judges:
        other = of(after, f"J{names[int(row.judge[1:])]}")
        for name in ("severity", "infit", "outfit", "discrimination", "halo", "agreement", "common_share"):
            assert getattr(other, name) == pytest.approx(getattr(row, name), abs=1e-7), name
        assert [flag.code for flag in other.flags] == [flag.code for flag in row.flags]


@repeatable
@given(small_panels(), st.integers(0, 10_000))
def test_effects_are_those_of_generalized_least_squares(marks: list[Mark], seed: int) -> None:
    """β = (x'Px)⁻¹ x'Py with the covariance of all ratings inverted."""
    ratings = ratings_of(marks, Rule())
    model, p = dense_model(ratings, team=3.0, judge=2.0, residual=1.5)
    x = (np.random.default_rng(seed).random((ratings.value.size, 3)) < 0.4).astype(float)
    smoother = Smoother(ratings, team=3.0, judge=2.0, residual=1.5)
    found = smoother.effects(model.residuals, sparse.csc_array(x), x.sum(axis=0))
    for place, effect in enumerate(found):
        information = x[:, place] @ p @ x[:, place]
        if effect is None:
            assert information < 1e-8
        else:
            assert effect.value == pytest.approx(x[:, place] @ p @ ratings.value / information, abs=1e-6)
            assert effect.error == pytest.approx(information**-0.5)


def test_the_scale_of_a_rule() -> None:
    rule = Rule.from_json(
        {"criteria": {"a": {"weight": 2, "min": 1, "max": 10}, "b": {"min": 0, "max": 5}, "c": {"weight": 0}}}
    )
    assert scale_of(rule) == (2.0, 25.0)
    assert scale_of(Rule.from_json({"criteria": {"a": {"max": 5}}})) is None
