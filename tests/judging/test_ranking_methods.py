"""Each way of making a total, on tables small enough to add up by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from judging.exact import NumberError, exact, fixed, half_up, plain
from judging.ranking import Mark, MarkError, Ranking, RankingRefused, Rule, RuleError, rank


def marks_of(table: dict[str, dict[str, Any]], criterion: str = "overall") -> list[Mark]:
    """{subject: {judge: mark}} as marks on one criterion."""
    return [
        Mark(judge, subject, criterion, mark) for subject, row in table.items() for judge, mark in row.items()
    ]


def ranked(marks: list[Mark], **rule: Any) -> Ranking:
    return rank(marks, Rule.from_json(rule))


def order(ranking: Ranking) -> list[tuple[int, str]]:
    return [(subject.rank, subject.subject) for subject in ranking.subjects]


def json_of(ranking: Ranking, subject: str) -> dict[str, Any]:
    return next(row for row in ranking.to_json() if row["subject"] == subject)


FIVE = {
    "A": {"J1": 90, "J2": 80, "J3": 85, "J4": 70, "J5": 60},
    "B": {"J1": 80, "J2": 80, "J3": 80, "J4": 80, "J5": 10},
}


def test_plain_mean_is_the_default() -> None:
    ranking = ranked(marks_of(FIVE))
    assert order(ranking) == [(1, "A"), (2, "B")]
    assert json_of(ranking, "A")["total"] == "77.000000"
    assert json_of(ranking, "A")["judge_totals"]["dropped"] == []


def test_trimmed_mean_names_the_dropped_judges_and_only_one_of_several_equal() -> None:
    ranking = ranked(marks_of(FIVE), aggregate={"method": "trimmed_mean"}, rounding={"total": 2})
    assert order(ranking) == [(1, "B"), (2, "A")]
    assert json_of(ranking, "A")["total"] == "78.33"
    assert json_of(ranking, "A")["judge_totals"]["dropped"] == ["J1", "J5"]
    assert json_of(ranking, "B")["total"] == "80.00"
    assert json_of(ranking, "B")["judge_totals"]["dropped"] == ["J1", "J5"]


def test_below_drop_from_a_trimmed_mean_is_the_plain_mean() -> None:
    four = {subject: {judge: row[judge] for judge in list(row)[:4]} for subject, row in FIVE.items()}
    ranking = ranked(marks_of(four), aggregate={"method": "trimmed_mean"})
    assert json_of(ranking, "A")["total"] == "81.250000"
    assert json_of(ranking, "A")["judge_totals"]["dropped"] == []
    from_four = ranked(marks_of(four), aggregate={"method": "trimmed_mean", "drop_from": 4})
    assert json_of(from_four, "A")["total"] == "82.500000"


def test_all_marks_equal_still_drops_one_per_side() -> None:
    same = {"A": {f"J{n}": 7 for n in range(1, 6)}}
    row = json_of(ranked(marks_of(same), aggregate={"method": "trimmed_mean"}), "A")
    assert (row["total"], row["judge_totals"]["dropped"]) == ("7.000000", ["J1", "J2"])


def test_two_may_be_dropped_per_side() -> None:
    rule = {"method": "trimmed_mean", "drop_high": 2, "drop_low": 2}
    row = json_of(ranked(marks_of(FIVE), aggregate=rule), "A")
    assert (row["total"], row["judge_totals"]["dropped"]) == ("80.000000", ["J1", "J3", "J4", "J5"])


@pytest.mark.parametrize(
    ("method", "total_a", "total_b"),
    [("median", "80.000000", "80.000000"), ("sum", "385.000000", "330.000000")],
)
def test_median_and_sum(method: str, total_a: str, total_b: str) -> None:
    ranking = ranked(marks_of(FIVE), aggregate={"method": method})
    assert json_of(ranking, "A")["total"] == total_a
    assert json_of(ranking, "B")["total"] == total_b


def test_median_of_an_even_number_is_between_the_middle_two() -> None:
    assert ranked(
        marks_of({"A": {"J1": 1, "J2": 2, "J3": 9, "J4": 4}}), aggregate={"method": "median"}
    ).subjects[0].total == Fraction(3)


THREE = {"A": {"J1": 9, "J2": 5}, "B": {"J1": 7, "J2": 5}, "C": {"J1": 7, "J2": 8}}


def test_rank_sum_shares_places_and_the_lowest_wins() -> None:
    ranking = ranked(marks_of(THREE), aggregate={"method": "rank_sum"})
    # J1: A 1, B and C 2½; J2: C 1, A and B 2½.
    assert order(ranking) == [(1, "A"), (1, "C"), (3, "B")]
    assert json_of(ranking, "A")["total"] == "3.500000"
    assert json_of(ranking, "A")["judge_totals"]["values"] == {"J1": "1", "J2": "2.5"}
    assert json_of(ranking, "B")["total"] == "5.000000"


def test_borda_counts_the_subjects_behind() -> None:
    ranking = ranked(marks_of(THREE), aggregate={"method": "borda"})
    assert json_of(ranking, "A")["total"] == "2.500000"
    assert json_of(ranking, "B")["total"] == "1.000000"
    assert ranking.subjects[0].rank == 1
    assert ranking.subjects[-1].subject == "B"


def test_points_share_the_points_of_shared_places() -> None:
    ranking = ranked(marks_of(THREE), aggregate={"method": "points", "points": [5, 3, "0.5"]})
    assert json_of(ranking, "A")["judge_totals"]["values"] == {"J1": "5", "J2": "1.75"}
    assert json_of(ranking, "C")["total"] == "6.750000"


def test_beyond_the_table_there_are_no_points() -> None:
    ranking = ranked(marks_of(THREE), aggregate={"method": "points", "points": [5]})
    assert {subject.subject: subject.total for subject in ranking.subjects} == {"A": 5, "C": 5, "B": 0}


def test_points_over_criterion_are_given_by_the_order_of_the_panel() -> None:
    marks = marks_of({"A": {"J1": 9, "J2": 5}, "B": {"J1": 1, "J2": 8}}, "idea") + marks_of(
        {"A": {"J1": 3}, "B": {"J1": 4}}, "team"
    )
    rule = {"over": "criterion", "method": "points", "points": [3, 1]}
    ranking = ranked(marks, aggregate=rule, criteria={"idea": {"weight": 2}, "team": {}})
    row = json_of(ranking, "A")
    assert row["criteria"]["idea"]["mean"] == "7.000000"
    assert (row["criteria"]["idea"]["points"], row["criteria"]["idea"]["weighted"]) == ("3", "6.000000")
    assert (row["criteria"]["team"]["points"], row["total"]) == ("1", "7.000000")
    assert json_of(ranking, "B")["total"] == "5.000000"


def test_t_scores_by_hand() -> None:
    # J1's marks 60, 70, 80: mean 70, sd 10; T is 40, 50, 60. J2's 1, 2, 4: mean 7/3, sd √(7/3).
    table = {"A": {"J1": 60, "J2": 4}, "B": {"J1": 70, "J2": 2}, "C": {"J1": 80, "J2": 1}}
    ranking = ranked(marks_of(table), aggregate={"method": "t_score"})
    assert json_of(ranking, "A")["judge_totals"]["values"] == {"J1": "40", "J2": "60.910895"}
    assert json_of(ranking, "B")["judge_totals"]["values"] == {"J1": "50", "J2": "47.817821"}
    assert json_of(ranking, "A")["total"] == "50.455448"  # 50.4554475, half up


def test_a_t_score_that_ends_on_a_half_is_rounded_up_although_the_root_is_no_decimal() -> None:
    # The variance of ±1/3 and 0 is 1/9: its root, 1/3, doesn't end in decimals, and yet T is 50 ± 10 exactly.
    third = Fraction(1, 3)
    marks = [
        Mark("J1", name, "c", value) for name, value in {"A": -third, "B": Fraction(0), "C": third}.items()
    ]
    assert [s.total for s in ranked(marks, aggregate={"method": "t_score"}).subjects] == [60, 50, 40]
    # Marks with mean 0 and sd 1/3 whose first T-score is 51.1605485 exactly: the half goes up.
    numerators = (46421940, 604984204, -510362308, -43850312, -97193524)
    found = [Fraction(number, 3 * 4 * 10**8) for number in numerators]
    assert (sum(found), sum(value**2 for value in found) / 4) == (0, Fraction(1, 9))
    marks = [Mark("J1", f"S{n}", "c", value) for n, value in enumerate(found)]
    totals = {s.subject: fixed(s.total, 6) for s in ranked(marks, aggregate={"method": "t_score"}).subjects}
    assert totals["S0"] == "51.160549"


def test_a_judge_who_marks_all_alike_or_only_one_gives_fifty() -> None:
    table = {"A": {"J1": 7, "J2": 9}, "B": {"J1": 7}}
    assert {s.total for s in ranked(marks_of(table), aggregate={"method": "t_score"}).subjects} == {
        Fraction(50)
    }


def test_low_direction_turns_the_order() -> None:
    ranking = ranked(marks_of(FIVE), direction="low")
    assert order(ranking) == [(1, "B"), (2, "A")]
    points = ranked(marks_of(THREE), direction="low", aggregate={"method": "points", "points": [1]})
    assert json_of(points, "B")["total"] == "1.000000"  # half of J1's with C, half of J2's with A


def test_schulze_puts_the_winner_of_every_duel_first_and_needs_no_judge_to_mark_all() -> None:
    table = {"A": {"J1": 3, "J2": 3, "J3": 1}, "B": {"J1": 2, "J2": 2, "J3": 3}, "C": {"J1": 1, "J3": 2}}
    ranking = ranked(marks_of(table), aggregate={"method": "schulze"})
    assert [subject.subject for subject in ranking.subjects] == ["A", "B", "C"]
    assert [subject.total for subject in ranking.subjects] == [2, 1, 0]


def duel(one: str, other: str, for_one: int, for_other: int) -> list[Mark]:
    """Judges who marked only these two."""
    return [
        Mark(f"{one}{other}{n}", subject, "c", 1 + ((subject == one) == (n < for_one)))
        for n in range(for_one + for_other)
        for subject in (one, other)
    ]


def test_schulze_goes_no_path_over_a_duel_that_nobody_won() -> None:
    marks = [*duel("A", "B", 5, 5), *duel("B", "C", 2, 1), *duel("C", "A", 2, 1)]
    assert order(ranked(marks, aggregate={"method": "schulze"})) == [(1, "B"), (2, "C"), (3, "A")]


def test_in_schulze_equal_marks_prefer_nobody() -> None:
    table = {
        "A": {"J1": 5, "J2": 7},
        "B": {"J1": 5, "J2": 5},
        "C": {"J1": 5, "J2": 5},
        "D": {"J1": 1, "J2": 5},
    }
    pairs = ranked(marks_of(table), aggregate={"method": "schulze"}).pairs_json()
    assert pairs is not None
    assert pairs["preferred"] == {
        "A": {"B": "1", "C": "1", "D": "2"},
        "B": {"A": "0", "C": "0", "D": "1"},
        "C": {"A": "0", "B": "0", "D": "1"},
        "D": {"A": "0", "B": "0", "C": "0"},
    }


def test_schulze_refuses_sizes_that_it_cannot_do() -> None:
    marks = [Mark("J", f"S{n}", "c", n) for n in range(301)]
    with pytest.raises(RuleError) as caught:
        ranked(marks, aggregate={"method": "schulze"})
    assert (caught.value.path, caught.value.code) == ("aggregate.method", "too_many_subjects")


TWO_CRITERIA = [
    Mark("J1", "A", "idea", "8"),
    Mark("J1", "A", "team", "6"),
    Mark("J2", "A", "idea", "7"),
    Mark("J2", "A", "team", "9"),
]


def test_weights_as_points_are_multiplied() -> None:
    rule = {"criteria": {"idea": {"weight": "6.5"}, "team": {"weight": 3}}}
    row = json_of(ranked(TWO_CRITERIA, **rule), "A")
    assert row["judge_totals"]["marks"] == {"J1": "70.000000", "J2": "72.500000"}
    assert row["total"] == "71.250000"
    assert row["criteria"]["idea"] == {
        "marks": {"J1": "8", "J2": "7"},
        "dropped": [],
        "mean": None,
        "weighted": None,
    }


def test_normalized_weights_are_divided_by_their_sum() -> None:
    rule = {"criteria": {"idea": {"weight": 2}, "team": {"weight": 1}}, "weights": "normalized"}
    row = json_of(ranked(TWO_CRITERIA, **rule, rounding={"weighted": 2, "total": 2}), "A")
    assert row["judge_totals"]["marks"] == {"J1": "7.33", "J2": "7.67"}
    assert row["total"] == "7.50"


def test_over_criterion_the_mean_of_each_criterion_is_weighted_and_added() -> None:
    rule = {
        "criteria": {"idea": {"weight": "1.5"}, "team": {"weight": 1}},
        "aggregate": {"over": "criterion"},
        "rounding": {"criterion": 1, "weighted": 1, "total": 0},
    }
    row = json_of(ranked(TWO_CRITERIA, **rule), "A")
    assert "judge_totals" not in row
    assert (row["criteria"]["idea"]["mean"], row["criteria"]["idea"]["weighted"]) == ("7.5", "11.3")  # 11.25
    assert (row["criteria"]["team"]["mean"], row["criteria"]["team"]["weighted"]) == ("7.5", "7.5")
    assert row["total"] == "19"  # 18.8


def test_a_missing_mark_is_absent_and_never_zero() -> None:
    table = {"A": {"J1": 8, "J2": 6}, "B": {"J2": 7}}
    assert order(ranked(marks_of(table))) == [(1, "A"), (1, "B")]


def test_an_incomplete_sheet_is_left_out_and_named() -> None:
    marks = [*TWO_CRITERIA, Mark("J3", "A", "idea", "10")]
    ranking = ranked(marks)
    row = json_of(ranking, "A")
    assert row["judges"] == 2
    assert row["judge_totals"]["incomplete"] == ["J3"]
    assert row["total"] == "15.000000"
    assert ranking.notes == ("incomplete_sheets",)


def test_a_criterion_of_weight_zero_need_not_be_marked() -> None:
    marks = [mark for mark in TWO_CRITERIA if (mark.judge, mark.criterion) != ("J2", "team")]
    row = json_of(ranked(marks, criteria={"idea": {}, "team": {"weight": 0}}), "A")
    assert (row["judges"], row["total"]) == (2, "7.500000")


def test_sums_over_unequal_panels_say_so() -> None:
    table = {"A": {"J1": 8, "J2": 6}, "B": {"J2": 7}}
    assert ranked(marks_of(table), aggregate={"method": "sum"}).notes == ("unequal_panels",)
    assert ranked(marks_of(FIVE), aggregate={"method": "sum"}).notes == ()


def test_too_few_judges_refuse_the_ranking_and_name_every_subject() -> None:
    table = {"A": {"J1": 8, "J2": 6, "J3": 5}, "C": {"J1": 7}, "B": {"J2": 7, "J3": 1}}
    with pytest.raises(RankingRefused) as caught:
        ranked(marks_of(table), minimum_judges=3)
    assert [(s.subject, s.judges, s.needed) for s in caught.value.shortages] == [("B", 2, 3), ("C", 1, 3)]
    assert "B (2 of 3); C (1 of 3)" in str(caught.value)


def test_a_subject_with_no_complete_sheet_refuses_the_ranking() -> None:
    with pytest.raises(RankingRefused):
        ranked([*TWO_CRITERIA, Mark("J1", "B", "idea", 5)])


def test_over_criterion_a_criterion_without_marks_refuses_the_ranking() -> None:
    marks = [*TWO_CRITERIA, Mark("J1", "B", "idea", 5)]
    with pytest.raises(RankingRefused) as caught:
        ranked(marks, aggregate={"over": "criterion"})
    assert [(s.subject, s.criterion, s.judges) for s in caught.value.shortages] == [("B", "team", 0)]


@pytest.mark.parametrize(
    ("mark", "code", "field"),
    [
        (Mark("J", "A", "idea", "11"), "above_range", "score"),
        (Mark("J", "A", "idea", "-1"), "below_range", "score"),
        (Mark("J", "A", "idea", "7.3"), "off_step", "score"),
        (Mark("J", "A", "idea", Decimal("sNaN")), "not_a_number", "score"),
        (Mark("J", "A", "idea", Decimal("1e1000000")), "too_many_digits", "score"),
        (Mark("J", "A", "idea", 7.5), "float", "score"),  # type: ignore[arg-type]
        (Mark("J", "A", "taste", "7"), "unknown_criterion", "criterion"),
        (Mark("", "A", "idea", "7"), "empty", "judge"),
        (Mark("J", "A\x00", "idea", "7"), "bad_character", "subject"),
        (Mark("J", "\ud800", "idea", "7"), "bad_character", "subject"),
        (Mark("J", "A" * 301, "idea", "7"), "too_long", "subject"),
        (Mark("first", "A", "idea", "7"), "duplicate_mark", "judge"),
    ],
)
def test_a_mark_that_cannot_be_is_named_by_its_index(mark: Mark, code: str, field: str) -> None:
    criteria = {"idea": {"min": 0, "max": 10, "step": "0.5"}}
    with pytest.raises(MarkError) as caught:
        ranked([Mark("first", "A", "idea", 1), mark], criteria=criteria)
    assert (caught.value.index, caught.value.field, caught.value.code) == (1, field, code)
    str(caught.value).encode()


def test_steps_count_from_the_least_mark() -> None:
    criteria = {"idea": {"min": "0.5", "max": "9.5", "step": 1}}
    assert ranked([Mark("J", "A", "idea", "3.5")], criteria=criteria).subjects[0].total == Fraction(7, 2)
    with pytest.raises(MarkError, match=r"3 is not in steps of 1 counted from 0\.5"):
        ranked([Mark("J", "A", "idea", "3")], criteria=criteria)


def test_no_marks_are_refused() -> None:
    with pytest.raises(MarkError) as caught:
        ranked([])
    assert caught.value.code == "no_marks"


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        ("0.125", 2, "0.13"),
        ("0.135", 2, "0.14"),
        ("-0.125", 2, "-0.13"),
        ("-0.004", 2, "0.00"),
        ("2.5", 0, "3"),
        ("9.995", 2, "10.00"),
        ("0.05", 1, "0.1"),
    ],
)
def test_halves_go_away_from_zero(value: str, places: int, text: str) -> None:
    assert fixed(exact(value), places) == text
    assert half_up(exact(value), places) == exact(text)


def test_plain_figures_are_as_short_as_they_are_exact() -> None:
    assert [plain(exact(text)) for text in ("9.50", "-0.25", "1200", "0")] == ["9.5", "-0.25", "1200", "0"]
    assert plain(Fraction(1, 3)) == "0.333333"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1.",
        ".5",
        "1,5",
        "１２",
        "٣",
        "1_000",
        "0x1",
        "1e2",
        "NaN",
        "sNaN",
        "inf",
        "--1",
        "1" * 16,
        "½",
    ],
)
def test_only_plain_ascii_decimals_are_numbers(text: str) -> None:
    with pytest.raises(NumberError):
        exact(text)


@pytest.mark.parametrize("value", [True, None, [], 10**15, Decimal("Infinity"), Decimal("1e-16"), 0.5])
def test_other_things_are_no_exact_numbers(value: object) -> None:
    with pytest.raises(NumberError):
        exact(value)
