"""The official ranking against results that were published: each test names the publication."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from judging.exact import exact, fixed
from judging.ranking import Mark, Ranking, Rule, rank
from judging.score_table import read_scores

DATA = Path(__file__).parent.parent / "data" / "judging"
FRENCH_1976 = {
    "Brejoux",
    "de Villaine",
    "Dovaz",
    "Dubois-Millot",
    "Kahn",
    "Oliver",
    "Tari",
    "Vanneque",
    "Vrinat",
}


def load(name: str) -> tuple[list[Mark], dict[str, Any]]:
    marks = list(read_scores((DATA / f"{name}.csv").read_bytes(), f"{name}.csv").marks)
    expected = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"), parse_float=str)["expected"]
    return marks, expected


def ranked(marks: list[Mark], **rule: Any) -> Ranking:
    return rank(marks, Rule.from_json(rule))


def ranks(ranking: Ranking) -> dict[str, int]:
    return {subject.subject: subject.rank for subject in ranking.subjects}


def totals(ranking: Ranking, places: int) -> dict[str, str]:
    return {subject.subject: fixed(subject.total, places) for subject in ranking.subjects}


def in_places(figures: dict[str, Any], places: int) -> dict[str, str]:
    return {name: fixed(exact(str(figure)), places) for name, figure in figures.items()}


ISU = {
    "aggregate": {"over": "criterion", "method": "trimmed_mean", "drop_high": 1, "drop_low": 1},
    "rounding": {"criterion": 2, "weighted": 2, "total": 2},
}


def isu_rule(marks: list[Mark]) -> dict[str, Any]:
    names = {mark.criterion for mark in marks}
    return {
        **ISU,
        "criteria": {name: {"weight": "1.6", "min": "0", "max": "10", "step": "0.25"} for name in names},
    }


def test_isu_worlds_2017_ladies_free_skating_every_panel_score_and_total() -> None:
    marks, expected = load("isu_worlds2017_ladies_fs_components")
    ranking = ranked(marks, **isu_rule(marks))
    found = {
        f"{row['subject']}|{name}": column["mean"]
        for row in ranking.to_json()
        for name, column in row["criteria"].items()
    }
    published = {key: fixed(exact(value["published"]), 2) for key, value in expected["panel_scores"].items()}
    assert len(published) == 120
    assert found == published
    figures = expected["total_component_score"]
    assert len(figures) == 24
    assert totals(ranking, 2) == {name: fixed(exact(row["published"]), 2) for name, row in figures.items()}
    assert ranks(ranking) == {name: row["rank_by_published"] for name, row in figures.items()}


def test_isu_worlds_2017_another_order_of_rounding_misses_published_totals() -> None:
    marks, expected = load("isu_worlds2017_ladies_fs_components")
    late = ranked(marks, **{**isu_rule(marks), "rounding": {"total": 2}})
    figures = expected["total_component_score"]
    wrong = [
        name for name, total in totals(late, 2).items() if exact(total) != exact(figures[name]["published"])
    ]
    assert len(wrong) == 14


def test_judgment_of_paris_1976_means_of_eleven_judges() -> None:
    marks, expected = load("judgment_of_paris_1976_red")
    ranking = ranked(marks)
    means = {name: row["computed"] for name, row in expected["mean_11_judges"].items()}
    assert totals(ranking, 4) == in_places(means, 4)
    published = {n: row["published"] for n, row in expected["mean_11_judges"].items() if row["published"]}
    assert {name: totals(ranking, 2)[name] for name in published} == in_places(published, 2)
    assert [subject.subject for subject in ranking.subjects] == expected["ranking_by_mean"]


def test_judgment_of_paris_1976_official_totals_of_the_nine_french_judges() -> None:
    marks, expected = load("judgment_of_paris_1976_red")
    french = [mark for mark in marks if mark.judge in FRENCH_1976]
    ranking = ranked(french, aggregate={"method": "sum"})
    assert totals(ranking, 1) == in_places(expected["total_9_french_judges_published"], 1)
    # With the nine the third place is Haut-Brion's, with all eleven Montrose's.
    assert ranks(ranking)["Haut-Brion 1970"] == 3
    assert ranks(ranked(marks))["Montrose 1970"] == 3
    assert totals(ranked(french), 4) == in_places(expected["mean_9_french_judges"], 4)


def test_judgment_of_paris_1976_trimmed_means_and_rank_sums() -> None:
    marks, expected = load("judgment_of_paris_1976_red")
    trimmed = ranked(marks, aggregate={"method": "trimmed_mean"})
    assert totals(trimmed, 4) == in_places(expected["trimmed_mean_drop1_each"], 4)
    sums = ranked(marks, aggregate={"method": "rank_sum"})
    assert totals(sums, 1) == in_places(expected["rank_sums"], 1)
    assert [s.total for s in sums.subjects] == sorted(s.total for s in sums.subjects)


def test_eurovision_1969_has_four_winners() -> None:
    marks, expected = load("eurovision_1969_final")
    ranking = ranked(marks, aggregate={"method": "sum"})
    assert totals(ranking, 0) == in_places(expected["totals"], 0)
    winners = [subject for subject in ranking.subjects if subject.rank == 1]
    assert [subject.subject for subject in winners] == ["ES", "FR", "GB", "NL"]
    assert all(subject.tied and subject.decided_by is None for subject in winners)
    assert ranking.subjects[4].rank == 5


def test_eurovision_1991_is_won_by_countback() -> None:
    marks, expected = load("eurovision_1991_final")
    ranking = ranked(marks, aggregate={"method": "sum"}, ties=["countback"])
    assert totals(ranking, 0) == in_places(expected["totals"], 0)
    first, second = ranking.subjects[:2]
    assert (first.subject, first.rank, first.tied, first.decided_by) == ("SE", 1, False, "countback")
    assert (second.subject, second.rank, second.tied, second.decided_by) == ("FR", 2, False, "countback")
    step = first.tie_breaks[0]
    assert step.groups == (("SE",), ("FR",))
    assert step.keys["SE"].startswith("4×12 5×10 ")
    assert step.keys["FR"].startswith("4×12 2×10 ")


def test_eurovision_1991_would_be_won_by_france_by_the_number_of_givers() -> None:
    marks, expected = load("eurovision_1991_final")
    ranking = ranked(marks, aggregate={"method": "sum"}, ties=["at_least:1", "countback"])
    assert [subject.subject for subject in ranking.subjects[:2]] == ["FR", "SE"]
    assert {n: int(k) for n, k in ranking.subjects[0].tie_breaks[0].keys.items()} == expected[
        "countries_giving_points"
    ]


def test_eurovision_2016_points_of_the_national_juries() -> None:
    """Juries with equal means among the first used an unpublished rule: there up to the tie."""
    marks, expected = load("eurovision_2016_jurors")
    ranking = ranked(marks, direction="low", aggregate={"over": "criterion", "method": "points"})
    given: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for subject in ranking.subjects:
        assert subject.judges == 205
        for name, column in subject.criteria.items():
            assert column.points is not None
            if column.points:
                given[name.removeprefix("rank_by_")][subject.subject] = column.points
    official = expected["official_jury_points_by_jury"]
    assert len(official) == 42
    exactly = [jury for jury in official if given[jury] == official[jury]]
    assert set(expected["untied_juries"]) <= set(exactly)
    for jury, points in official.items():
        by_shared: dict[Fraction, list[int]] = defaultdict(list)
        for subject, shared in given[jury].items():
            by_shared[shared].append(points.get(subject, 0))
        assert all(Fraction(sum(whole), len(whole)) == shared for shared, whole in by_shared.items()), jury
    assert ranking.subjects[0].subject == "AU"
    assert sum(subject.total for subject in ranking.subjects) == 42 * 58


def test_eurovision_2016_totals_from_the_official_points_of_the_juries() -> None:
    _, expected = load("eurovision_2016_jurors")
    marks = [
        Mark(jury, subject, "points", points)
        for jury, row in expected["official_jury_points_by_jury"].items()
        for subject, points in row.items()
    ]
    ranking = ranked(marks, aggregate={"method": "sum"})
    assert totals(ranking, 0) == in_places(expected["official_total_jury_points"], 0)


def test_schulze_2011_example_1() -> None:
    marks, expected = load("schulze_45_voters")
    ranking = ranked(marks, direction="low", aggregate={"method": "schulze"})
    assert [subject.subject for subject in ranking.subjects] == expected["schulze_order"]["published"]
    assert [subject.rank for subject in ranking.subjects] == [1, 2, 3, 4, 5]
    pairs = ranking.pairs_json()
    assert pairs is not None
    assert {a: {b: int(n) for b, n in row.items()} for a, row in pairs["preferred"].items()} == expected[
        "pairwise"
    ]
    # The strongest paths as printed in the paper's matrix.
    assert [pairs["strength"]["A"][other] for other in "BCDE"] == ["28", "28", "30", "24"]
    assert [pairs["strength"]["E"][other] for other in "ABCD"] == ["25", "28", "28", "31"]


def test_schulze_2011_example_1_borda_counts() -> None:
    marks, expected = load("schulze_45_voters")
    ranking = ranked(marks, direction="low", aggregate={"method": "borda"})
    assert totals(ranking, 0) == in_places(expected["borda"], 0)


WINE = json.loads((DATA / "wine_panels_ranks.json").read_text(encoding="utf-8"))["expected"]


@pytest.mark.parametrize("panel", WINE)
def test_wine_panels_of_liquidasset_votes_against_and_group_ranks(panel: str) -> None:
    with (DATA / "wine_panels_ranks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["panel"] == panel]
    marks = [Mark(row["judge"], row["subject"], row["criterion"], row["score"]) for row in rows]
    ranking = ranked(marks, direction="low", aggregate={"method": "rank_sum"})
    wines = sorted({mark.subject for mark in marks})
    by_name = {subject.subject: subject for subject in ranking.subjects}
    assert [by_name[wine].total for wine in wines] == WINE[panel]["votes_against"]["published"]
    assert [by_name[wine].rank for wine in wines] == WINE[panel]["group_rank"]


@pytest.mark.parametrize(
    ("method", "name", "tied_pairs"), [("mean", "mean", 2), ("trimmed_mean", "trimmed", 6)]
)
def test_synthetic_contest_agrees_with_the_truth_as_computed_before(
    method: str, name: str, tied_pairs: int
) -> None:
    """The figures in the JSON come from binary floats, which order some exactly equal totals by chance:
    they may differ by as many pairs as are tied exactly, and no more."""
    marks, expected = load("synthetic_60x12x3")
    data = json.loads((DATA / "synthetic_60x12x3.json").read_text(encoding="utf-8"), parse_float=str)
    ranking = ranked(
        marks,
        criteria={criterion: {"weight": weight} for criterion, weight in data["weights"].items()},
        weights="normalized",
        aggregate={"method": method, "drop_from": 3},
    )
    truth = {subject: exact(value) for subject, value in data["true_quality"].items()}
    concordance, pairs, ties = 0, 0, 0
    for one, other in combinations(ranking.subjects, 2):
        pairs += 1
        ties += one.total == other.total
        if one.total != other.total:
            concordance += (
                1 if (one.total > other.total) == (truth[one.subject] > truth[other.subject]) else -1
            )
    assert ties == tied_pairs
    before = float(expected["kendall_tau_with_truth"][name]) * pairs
    assert abs(concordance - before) <= ties
