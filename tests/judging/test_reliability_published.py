"""Indices of reliability against figures that were published: each test names the publication."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from judging.agreement import (
    LEVELS,
    IntraclassCorrelations,
    complete_table,
    intraclass_correlations,
    kendall_w,
    krippendorff_alpha,
)
from judging.ranking import Mark, Rule
from judging.ratings import Ratings, ratings_of
from judging.score_table import read_scores

pytestmark = pytest.mark.no_database

DATA = Path(__file__).parent.parent / "data" / "judging"
CLOSED_FORM = 1e-6  # the tolerance for figures that are computed without iteration


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))["expected"]
    return found


def ratings(name: str) -> Ratings:
    return rated(read_scores((DATA / f"{name}.csv").read_bytes(), f"{name}.csv").marks)


def rated(marks: Sequence[Mark]) -> Ratings:
    return ratings_of(marks, Rule())


def icc(name: str) -> IntraclassCorrelations:
    return intraclass_correlations(complete_table(ratings(name)))


def test_shrout_and_fleiss_1979_the_six_intraclass_correlations_and_their_mean_squares() -> None:
    figures, found = expected("shrout_fleiss_1979"), icc("shrout_fleiss_1979")
    squares = {
        "BMS": found.between_subjects,
        "WMS": found.within_subjects,
        "JMS": found.between_judges,
        "EMS": found.residual,
    }
    ours = {f"ICC{name}": value for name, value in found.values.items()} | squares
    assert len(ours) == 10
    for name, value in ours.items():
        assert value is not None
        assert round(value, 2) == figures[name]["published"], name
        assert value == pytest.approx(figures[name]["computed"], abs=CLOSED_FORM), name


def test_shrout_and_fleiss_1979_alpha_and_concordance() -> None:
    figures, data = expected("shrout_fleiss_1979"), ratings("shrout_fleiss_1979")
    w = kendall_w(complete_table(data)).w
    assert w == pytest.approx(figures["kendall_W_ties"]["computed"], abs=CLOSED_FORM)
    alpha = krippendorff_alpha(data, "interval")
    assert alpha == pytest.approx(figures["alpha_interval"]["computed"], abs=CLOSED_FORM)


@pytest.mark.parametrize("level", LEVELS)
def test_krippendorff_2011_alpha_with_missing_data(level: Any) -> None:
    figures = expected("krippendorff_2011_missing")[level]
    alpha = krippendorff_alpha(ratings("krippendorff_2011_missing"), level)
    assert round(alpha, 3) == figures["published"]
    assert alpha == pytest.approx(figures["computed"], abs=CLOSED_FORM)


def test_r_package_irr_anxiety_intraclass_correlations() -> None:
    figures, found = expected("irr_anxiety"), icc("irr_anxiety")
    for name, value in found.values.items():
        assert value == pytest.approx(figures[f"ICC{name}"]["computed"], abs=CLOSED_FORM), name
    assert found.values["2"] is not None
    assert round(found.values["2"], 3) == figures["ICC2"]["published"]
    interval = found.intervals["2"]
    assert interval is not None
    assert [round(end, 3) for end in interval] == figures["ICC2_CI95"]["published"]
    assert interval == pytest.approx(figures["ICC2_CI95"]["computed"], abs=1e-4)


def test_r_package_irr_anxiety_concordance_and_alpha() -> None:
    figures, data = expected("irr_anxiety"), ratings("irr_anxiety")
    found = kendall_w(complete_table(data))
    assert (round(found.w, 2), round(found.chi2, 1), round(found.p, 4)) == (0.54, 30.8, 0.0429)
    assert found.w == pytest.approx(figures["kendall_W_ties"]["computed"], abs=CLOSED_FORM)
    assert found.chi2 == pytest.approx(figures["chisq"]["computed"], abs=CLOSED_FORM)
    assert found.p == pytest.approx(figures["p"]["computed"], abs=CLOSED_FORM)
    for level in ("ordinal", "interval"):
        computed = figures[f"alpha_{level}"]["computed"]
        assert krippendorff_alpha(data, level) == pytest.approx(computed, abs=CLOSED_FORM)


WINE = expected("wine_panels_ranks")


@pytest.mark.parametrize("panel", WINE)
def test_wine_panels_of_liquidasset_concordance_and_its_chance(panel: str) -> None:
    with (DATA / "wine_panels_ranks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["panel"] == panel]
    marks = [Mark(row["judge"], row["subject"], row["criterion"], row["score"]) for row in rows]
    found = kendall_w(complete_table(rated(marks)))
    figures = WINE[panel]
    assert round(found.w, 4) == figures["kendall_W"]["published"]
    assert round(found.p, 4) == figures["p_chi2"]["published"]
    assert found.w == pytest.approx(figures["kendall_W"]["computed"], abs=CLOSED_FORM)
    assert found.p == pytest.approx(figures["p_chi2"]["computed"], abs=CLOSED_FORM)


def test_judgment_of_paris_1976_concordance_intraclass_correlation_and_alpha() -> None:
    figures, data = expected("judgment_of_paris_1976_red"), ratings("judgment_of_paris_1976_red")
    concordance = kendall_w(complete_table(data))
    assert concordance.w == pytest.approx(figures["kendall_W_ties"]["computed"], abs=CLOSED_FORM)
    assert concordance.p == pytest.approx(figures["p"], abs=CLOSED_FORM)
    found = icc("judgment_of_paris_1976_red").values
    assert found["2"] == pytest.approx(figures["ICC2"]["computed"], abs=CLOSED_FORM)
    assert found["2k"] == pytest.approx(figures["ICC2k"]["computed"], abs=CLOSED_FORM)
    alpha = krippendorff_alpha(data, "interval")
    assert alpha == pytest.approx(figures["alpha_interval"]["computed"], abs=CLOSED_FORM)
