"""Indices of reliability: what holds for every panel, and what is said where the data don't allow one."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import permutations
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judging import agreement
from judging.agreement import (
    LEVELS,
    NotEstimable,
    complete_table,
    intraclass_correlations,
    kendall_w,
    krippendorff_alpha,
)
from judging.ranking import Mark, Rule
from judging.ratings import Ratings, ratings_of
from judging.reliability import generalizability, reliability, separation
from judging.significance import Floats, average_ranks, benjamini_hochberg, holm, rank_correlation
from tests.judging.test_reliability_published import ratings as published

pytestmark = pytest.mark.no_database

repeatable = settings(deadline=None, derandomize=True)


def ratings(table: Any) -> Ratings:
    """Of rows of subjects with a column per judge; None is no rating."""
    return ratings_of(
        [
            Mark(f"J{judge}", f"S{subject}", "c", Fraction(str(value)))
            for subject, row in enumerate(table)
            for judge, value in enumerate(row)
            if value is not None
        ],
        Rule(),
    )


marks = st.integers(0, 40).map(lambda quarter: quarter / 4)


@st.composite
def tables(draw: st.DrawFn, *, complete: bool = False) -> list[list[float | None]]:
    subjects, judges = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    cell = marks if complete else st.none() | marks
    table = draw(
        st.lists(st.lists(cell, min_size=judges, max_size=judges), min_size=subjects, max_size=subjects)
    )
    table[0][0] = draw(marks)
    return table


def all_indices(given: Ratings) -> dict[str, Any]:
    """As JSON, which refuses what is not a number."""
    found: dict[str, Any] = json.loads(
        json.dumps(
            reliability(given, variance={"team": 2.0, "judge": 1.0, "residual": 3.0}).to_json(),
            allow_nan=False,
        )
    )
    return found


@repeatable
@given(tables(), st.randoms(use_true_random=False))
def test_names_of_judges_and_subjects_change_nothing(table: list[list[float | None]], random: Any) -> None:
    first = all_indices(ratings(table))
    columns = list(range(len(table[0])))
    random.shuffle(columns)
    shuffled = [[row[place] for place in columns] for row in table]
    random.shuffle(shuffled)
    second = all_indices(ratings(shuffled))
    for name in ("alpha", "icc", "g"):
        assert second[name] == pytest.approx(first[name], abs=1e-7), name
    assert second["kendall_w"]["w"] == pytest.approx(first["kendall_w"]["w"], abs=1e-9)
    assert [note["code"] for note in second["note_codes"]] == [note["code"] for note in first["note_codes"]]


@repeatable
@given(tables())
def test_every_index_is_in_its_range_or_missing_with_a_reason(table: list[list[float | None]]) -> None:
    found = all_indices(ratings(table))
    explained = {note["index"] for note in found["note_codes"]}
    assert [note.partition(": ")[0] for note in found["notes"]] == [
        note["index"] for note in found["note_codes"]
    ]
    for level, alpha in found["alpha"].items():
        assert (alpha is None) == (f"alpha.{level}" in explained)
        assert alpha is None or alpha <= 1
    for name, value in found["icc"].items():
        assert (value is None) == bool({"icc", f"icc.{name}"} & explained)
        assert value is None or value <= 1 + 1e-12
        if value is not None and found["icc_95"][name] is not None:
            low, high = found["icc_95"][name]
            assert low <= value + 1e-6
            assert high >= value - 1e-6
    w = found["kendall_w"]
    assert (w["w"] is None) == ("kendall_w" in explained)
    if w["w"] is not None:
        assert 0 <= w["w"] <= 1
        assert 0 <= w["p"] <= 1
        assert w["p_permutation"] is None or 0 < w["p_permutation"] <= 1
    g = found["g"]
    assert (g["one"] is None) == ("g" in explained)
    assert g["one"] is None or 0 <= g["one"] <= g["k"] <= 1


@pytest.mark.parametrize("level", LEVELS)
@repeatable
@given(table=tables())
def test_sums_over_pairs_give_the_alpha_of_the_package(level: Any, table: list[list[float | None]]) -> None:
    given_ratings = ratings(table)
    try:
        ours = krippendorff_alpha(given_ratings, level)
    except NotEstimable:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreement, "_LARGEST_COINCIDENCES", 0)
        assert krippendorff_alpha(given_ratings, level) == pytest.approx(ours, abs=1e-9)


def test_alpha_of_a_large_panel_of_fine_marks_needs_no_table_of_all_pairs() -> None:
    """The package alone would hold 2,000 × 6,000 × 6,000 figures, 576 GB."""
    random = np.random.default_rng(1)
    quality = random.normal(60, 10, 2000)
    value = (quality[:, None] + random.normal(0, 5, (2000, 3))).ravel()
    rated = Ratings(
        ("A", "B", "C"),
        tuple(f"S{n:04}" for n in range(2000)),
        np.tile(np.arange(3), 2000),
        np.repeat(np.arange(2000), 3),
        value,
    )
    within = value.reshape(-1, 3).var(axis=1, ddof=1).mean()
    assert krippendorff_alpha(rated, "interval") == pytest.approx(1 - within / value.var(ddof=1), abs=1e-9)
    ordinal = krippendorff_alpha(rated, "ordinal")
    ranks = average_ranks(value)
    within = ranks.reshape(-1, 3).var(axis=1, ddof=1).mean()
    assert ordinal == pytest.approx(1 - within / ranks.var(ddof=1), abs=1e-9)
    assert 0.7 < krippendorff_alpha(rated, "ratio") < 0.9
    assert krippendorff_alpha(rated, "nominal") == pytest.approx(0, abs=0.01)


def test_a_unit_with_one_rating_counts_for_nothing() -> None:
    with_single = ratings([[1, 2], [3, 3], [None, 9]])
    assert krippendorff_alpha(with_single) == krippendorff_alpha(ratings([[1, 2], [3, 3]]))


def test_totals_that_differ_by_rounding_are_the_same_mark() -> None:
    """Thirds of marks are equal on paper and not in binary."""
    third = Ratings(
        ("A", "B"),
        ("S", "T"),
        np.array([0, 1, 0, 1]),
        np.array([0, 0, 1, 1]),
        np.array([0.1 + 0.2, 0.3, 0.7, 0.7]),
    )
    assert krippendorff_alpha(third, "nominal") == 1.0
    assert krippendorff_alpha(third, "ordinal") == 1.0


REASONS: list[tuple[str, Any, dict[str, str]]] = [
    ("one judge", [[1], [2], [3]], {"alpha.interval": "one_judge", "icc": "one_judge", "g": "one_judge"}),
    ("one subject", [[1, 2, 4]], {"icc": "one_subject", "kendall_w": "one_subject"}),
    ("one rating", [[1]], {"alpha.nominal": "one_judge", "icc": "one_judge", "kendall_w": "one_judge"}),
    ("all equal", [[5, 5], [5, 5]], {f"alpha.{level}": "no_variation" for level in LEVELS}),
    ("all equal at zero", [[0, 0], [0, 0]], {"icc": "no_variation", "kendall_w": "no_variation"}),
    ("a gap", [[1, 2], [3, None], [4, 5]], {"icc": "incomplete", "kendall_w": "incomplete"}),
    ("strangers", [[1, None], [None, 2]], {"alpha.ordinal": "no_pairs", "g": "no_pairs"}),
    ("below zero", [[-1, 1], [1, 2]], {"alpha.ratio": "negative_ratings"}),
    ("no subject differs", [[1, 2], [1, 2], [1, 2]], {"icc.1k": "no_spread", "icc.3k": "no_spread"}),
]


@pytest.mark.parametrize(("table", "reasons"), [row[1:] for row in REASONS], ids=[row[0] for row in REASONS])
def test_an_index_that_the_data_do_not_allow_says_why(table: Any, reasons: dict[str, str]) -> None:
    found = {note["index"]: note["code"] for note in all_indices(ratings(table))["note_codes"]}
    assert reasons.items() <= found.items()


def test_no_rating_at_all_is_no_error() -> None:
    empty = Ratings((), (), np.array([], dtype=int), np.array([], dtype=int), np.array([]))
    assert {note["code"] for note in all_indices(empty)["note_codes"]} == {"no_ratings"}


def test_without_a_model_there_is_no_generalizability() -> None:
    found = reliability(ratings([[1, 2], [3, 5]]))
    assert found.g is None
    assert [missing.code for missing in found.missing] == ["no_model"]
    assert str(found.missing[0]).startswith("g: it needs the variances")


def test_judges_of_one_mind_have_concordance_one() -> None:
    found = kendall_w(complete_table(ratings([[1, 10], [2, 11], [3, 30]])))
    assert found.w == 1.0
    assert found.chi2 == pytest.approx(4.0)
    # Of the six orders of the second judge one is the first's.
    assert found.p_permutation == pytest.approx(1 / 6)


def test_the_chance_of_a_concordance_by_orders_at_random_is_exact_for_small_panels() -> None:
    table = np.array([[1.0, 2, 1], [2, 1, 3], [3, 3, 2]])
    ranks = table - 2
    seen = np.sum(ranks.sum(axis=1) ** 2)
    orders = list(permutations((-1.0, 0.0, 1.0)))
    as_much = [
        np.sum(np.add(np.add(a, b), c) ** 2) >= seen - 1e-9 for a in orders for b in orders for c in orders
    ]
    assert kendall_w(table).p_permutation == pytest.approx(np.mean(as_much))


def test_the_chance_by_draws_is_repeatable_and_near_the_exact_one() -> None:
    table = complete_table(ratings([[3, 1, 4], [1, 5, 9], [2, 6, 5], [3, 5, 8]]))
    exact = kendall_w(table).p_permutation
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreement, "_MOST_PERMUTATIONS", 0)
        drawn = kendall_w(table, seed=3).p_permutation
        assert kendall_w(table, seed=3).p_permutation == drawn
    assert exact is not None
    assert drawn is not None
    assert drawn != exact
    assert drawn == pytest.approx(exact, abs=0.015)


def test_more_than_seven_subjects_have_no_permuted_chance() -> None:
    assert kendall_w(complete_table(ratings([[n, n * n] for n in range(8)]))).p_permutation is None


def test_generalizability_of_a_complete_panel_is_its_intraclass_correlation() -> None:
    """With variances from the mean squares, as in Brennan (2001), chapter 2."""
    table = complete_table(published("shrout_fleiss_1979"))
    icc = intraclass_correlations(table)
    n, k = table.shape
    found = generalizability(
        team=(icc.between_subjects - icc.residual) / k,
        judge=(icc.between_judges - icc.residual) / n,
        residual=icc.residual,
        judges=k,
    )
    assert found.one == pytest.approx(icc.values["3"])
    assert found.k == pytest.approx(icc.values["3k"])
    assert found.one_raw == pytest.approx(icc.values["2"])
    assert found.k_raw == pytest.approx(icc.values["2k"])


@repeatable
@given(st.floats(0.01, 100), st.floats(0, 100), st.floats(0.01, 100))
def test_the_judges_needed_are_the_fewest_that_reach_the_target(
    team: float, judge: float, residual: float
) -> None:
    found = generalizability(team=team, judge=judge, residual=residual, judges=3)
    for needed, error in ((found.needed, residual), (found.needed_raw, judge + residual)):
        assert team / (team + error / needed) >= 0.8 - 1e-6
        assert needed == 1 or team / (team + error / (needed - 1)) < 0.8 + 1e-6


def test_unequal_panels_count_by_their_harmonic_mean() -> None:
    found = all_indices(ratings([[1, 2, 3, 4], [2, 4, None, None]]))
    assert found["g"]["judges_per_subject"] == pytest.approx(2 / (1 / 4 + 1 / 2))


def test_separation_by_hand() -> None:
    found = separation(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.5]))
    assert found.spread == pytest.approx(np.sqrt(0.75))
    assert found.ratio == pytest.approx(np.sqrt(3))
    assert found.reliability == pytest.approx(0.75)
    assert found.strata == pytest.approx((4 * np.sqrt(3) + 1) / 3)


@pytest.mark.parametrize("measures", [[1.0], [2.0, 2.0]])
def test_no_separation_of_what_does_not_differ(measures: list[float]) -> None:
    with pytest.raises(NotEstimable):
        separation(np.array(measures), np.full(len(measures), 0.5))


def test_corrections_for_many_looks_by_hand() -> None:
    p = np.array([0.01, 0.04, 0.03, 0.005])
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert benjamini_hochberg(p) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert holm(np.array([])).size == benjamini_hochberg(np.array([])).size == 0


@repeatable
@given(st.lists(marks, min_size=1, max_size=9))
def test_average_ranks_add_up(values: list[float]) -> None:
    ranks: Floats = average_ranks(np.array(values))
    n = len(values)
    assert ranks.sum() == pytest.approx(n * (n + 1) / 2)
    for a, rank_a in zip(values, ranks, strict=True):
        for b, rank_b in zip(values, ranks, strict=True):
            assert (a < b) == (rank_a < rank_b)


def test_rank_correlation_with_ties_by_hand() -> None:
    """Average ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / √(4.5 · 5)."""
    found = rank_correlation(np.array([1.0, 2, 2, 3]), np.array([10.0, 20, 30, 40]))
    assert found == pytest.approx(4.5 / np.sqrt(4.5 * 5))
    assert rank_correlation(np.array([1.0, 1, 1]), np.array([1.0, 2, 3])) is None


def test_the_package_agrees_on_its_own_example() -> None:
    """Example of PyPI krippendorff 0.9 with many gaps."""
    gap = None
    table = [
        [gap, 1, gap], [gap, gap, gap], [gap, 2, 2], [gap, 1, 1], [gap, 3, 3], [3, 3, 4], [4, 4, 4],
        [1, 3, gap], [2, gap, 2], [1, gap, 1], [1, gap, 1], [3, gap, 3], [3, gap, 3], [3, gap, 4],
    ]  # fmt: skip
    rows = [[np.nan if value is None else value for value in row] for row in table]
    theirs = krippendorff.alpha(np.array(rows, dtype=float).T, level_of_measurement="nominal")
    assert krippendorff_alpha(ratings(table), "nominal") == pytest.approx(theirs)
    assert theirs == pytest.approx(0.691358, abs=1e-6)
