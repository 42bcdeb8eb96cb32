"""Earlier rounds, bonus and deductions: what counts besides this round's marks, and where it is added."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judging.exact import half_up
from judging.problems import MarkError, RuleError
from judging.ranking import Adjustment, Mark, Ranking, Rule, rank
from judging.snapshots import carried_totals

F = Fraction
FORTY_SIXTY = {
    "carried": [{"round": "documents", "weight": "40"}],
    "own": {"weight": "60"},
    "rounding": {"weighted": 2, "total": 2},
}


def marks(**given: str) -> list[Mark]:
    """Each subject's marks of J1, J2, … on one criterion."""
    return [
        Mark(f"J{number}", subject, "pitch", mark)
        for subject, row in given.items()
        for number, mark in enumerate(row.split(), 1)
    ]


def totals(ranking: Ranking) -> dict[str, str]:
    return {line["subject"]: line["total"] for line in ranking.to_json()}


def test_documents_count_forty_and_the_pitch_sixty_percent() -> None:
    rule = Rule.from_json({"stages": FORTY_SIXTY, "rounding": {"total": 2}})
    found = rank(marks(A="90 91", B="95 96"), rule, carried={"documents": {"A": F(95), "B": F(80)}})
    assert totals(found) == {"A": "92.30", "B": "89.30"}  # 38.00 + 54.30; 32.00 + 57.30
    row = found.to_json()[0]
    assert row["own_total"] == "90.50"
    assert row["stages"] == [
        {"round": "documents", "weight": "40", "full": None, "total": "95", "weighted": "38.00"},
        {"round": None, "weight": "60", "full": None, "total": "90.5", "weighted": "54.30"},
    ]


def test_earlier_scores_do_not_count_unless_the_rule_says_so() -> None:
    given = marks(A="90", B="95")
    carried = {"documents": {"A": F(100), "B": F(0)}}
    assert rank(given, Rule(), carried=carried).to_json() == rank(given, Rule()).to_json()


def test_stages_marked_out_of_different_figures_are_made_percent_first() -> None:
    stages = {
        "carried": [{"round": "documents", "weight": "40", "full": "40"}],
        "own": {"weight": "60", "full": "60"},
    }
    rule = Rule.from_json({"stages": stages})
    found = rank(marks(A="54", B="60"), rule, carried={"documents": {"A": F(39), "B": F(30)}})
    assert [(line.subject, line.total) for line in found.subjects] == [("A", F(93)), ("B", F(90))]


def test_each_stage_is_rounded_where_the_rule_says() -> None:
    stages = {
        "carried": [{"round": "a", "weight": "1"}, {"round": "b", "weight": "1"}],
        "own": {"weight": "1"},
        "rounding": {"weighted": 1, "total": 0},
    }
    rule = Rule.from_json({"stages": stages})
    found = rank(marks(A="10"), rule, carried={"a": {"A": F(10)}, "b": {"A": F("9.5")}})
    # 3.3 + 3.2 + 3.3 = 9.8, and without the rounding of each 9.83…
    assert found.scores.endings["A"].combined == 10
    assert [part.weighted for part in found.scores.endings["A"].parts] == [F("3.3"), F("3.2"), F("3.3")]


@pytest.mark.parametrize(
    ("carried", "code", "named"),
    [
        (None, "no_carried_round", "documents"),
        ({"finals": {"A": F(1)}}, "no_carried_round", "documents"),
        ({"documents": {"A": F(1), "C": F(1)}}, "no_carried_total", "'B'"),
    ],
)
def test_a_subject_without_an_earlier_total_is_named(carried: Any, code: str, named: str) -> None:
    with pytest.raises(RuleError) as caught:
        rank(marks(A="1", B="2"), Rule.from_json({"stages": FORTY_SIXTY}), carried=carried)
    assert (caught.value.path, caught.value.code) == ("stages.carried[0]", code)
    assert named in str(caught.value)


def test_bonus_and_deduction_come_after_the_rounding_of_the_total() -> None:
    rule = Rule.from_json({"rounding": {"total": 1}})
    given = marks(A="80.04", B="82.04")
    extra = {"A": [Adjustment("3", "patent"), Adjustment("-0.25", "ran over time")]}
    found = rank(given, rule, adjustments=extra)
    assert totals(found) == {"A": "82.75", "B": "82.00"}
    assert found.to_json()[0]["adjustments"] == [
        {"points": "3", "reason": "patent"},
        {"points": "-0.25", "reason": "ran over time"},
    ]
    again = Rule.from_json({"rounding": {"total": 1}, "adjustments": {"rounding": 1}})
    assert totals(rank(given, again, adjustments=extra)) == {"A": "82.8", "B": "82.0"}


def test_adjustments_go_to_the_final_total_or_to_the_rounds_own() -> None:
    carried = {"documents": {"A": F(80), "B": F(80)}}
    extra = {"A": [Adjustment(5, "video")]}

    def total_of_a(to: str) -> Fraction:
        rule = Rule.from_json({"stages": FORTY_SIXTY, "adjustments": {"to": to}})
        return rank(marks(A="80", B="80"), rule, carried=carried, adjustments=extra).subjects[0].total

    assert total_of_a("total") == 85
    assert total_of_a("own") == 83


def test_ties_are_told_apart_by_this_rounds_marks_and_more_digits_by_everything() -> None:
    """A: 80.04 + 2 and B: 82.01 are level at one decimal."""
    given, extra = marks(A="80.04", B="82.01"), {"A": [Adjustment(2, "bonus")]}

    def first(step: str) -> str:
        rule = Rule.from_json({"rounding": {"total": 1}, "ties": [step]})
        found = rank(given, rule, adjustments=extra)
        assert found.subjects[0].decided_by == step
        return found.subjects[0].subject

    assert first("more_digits") == "A"
    assert first("untrimmed_total") == "B"
    assert first("median") == "B"


@pytest.mark.parametrize(
    ("adjustments", "path", "code"),
    [
        ({"Z": [Adjustment(1, "bonus")]}, "adjustments.'Z'", "unknown_subject"),
        ({"A": [Adjustment(0, "bonus")]}, "adjustments.'A'[0].points", "adjusts_nothing"),
        ({"A": [Adjustment(1, "x"), Adjustment("NaN", "x")]}, "adjustments.'A'[1].points", "not_a_number"),
        ({"A": [Adjustment(0.5, "x")]}, "adjustments.'A'[0].points", "float"),  # type: ignore[arg-type]
        ({"A": [Adjustment(1, "  ")]}, "adjustments.'A'[0].reason", "empty"),
        ({"A": [Adjustment(1, None)]}, "adjustments.'A'[0].reason", "not_text"),  # type: ignore[arg-type]
        ({"A": [Adjustment(1, "x")] * 101}, "adjustments.'A'", "too_many"),
    ],
)
def test_an_adjustment_that_cannot_be_used_is_named(adjustments: Any, path: str, code: str) -> None:
    with pytest.raises(RuleError) as caught:
        rank(marks(A="1"), Rule(), adjustments=adjustments)
    assert (caught.value.path, caught.value.code) == (path, code)


def test_a_published_result_is_carried_as_it_was_printed() -> None:
    first = rank(marks(A="1 1 2", B="3 4 4"), Rule())
    published = json.loads(json.dumps({"rule": first.rule.to_json(), "ranking": first.to_json()}))
    assert carried_totals(published, Rule()) == {"A": F("1.333333"), "B": F("3.666667")}
    with pytest.raises(RuleError) as caught:
        carried_totals(published, Rule.from_json({"direction": "low"}))
    assert caught.value.code == "other_direction"


def test_a_mark_that_is_wrong_comes_before_what_else_is_wrong() -> None:
    with pytest.raises(MarkError):
        rank([Mark("J", "A", "c", "x")], Rule(), adjustments={"Z": [Adjustment(1, "x")]})


figures = st.integers(0, 2000).map(lambda number: Fraction(number, 20))
roundings = st.none() | st.integers(0, 3)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(figures, figures, st.integers(-40, 40)), min_size=1, max_size=6), st.data())
def test_the_order_of_rounding_is_the_one_of_the_rule(
    rows: list[tuple[Fraction, Fraction, int]], data: st.DataObject
) -> None:
    """Against the rule written out by hand for one earlier round."""
    weighted, summed, again, own = (data.draw(roundings) for _ in range(4))
    to = data.draw(st.sampled_from(["total", "own"]))
    rule = Rule.from_json(
        {
            "rounding": {"total": own},
            "stages": {
                "carried": [{"round": "r", "weight": 1, "full": 50}],
                "own": {"weight": 2, "full": 100},
                "rounding": {"weighted": weighted, "total": summed},
            },
            "adjustments": {"to": to, "rounding": again},
        }
    )
    given_marks = [Mark("J", f"S{place}", "c", mark) for place, (mark, _, _) in enumerate(rows)]
    found = rank(
        given_marks,
        rule,
        carried={"r": {f"S{place}": earlier for place, (_, earlier, _) in enumerate(rows)}},
        adjustments={
            f"S{place}": [Adjustment(Fraction(bonus, 8), "b")]
            for place, (_, _, bonus) in enumerate(rows)
            if bonus
        },
    )
    got = {line.subject: line.total for line in found.subjects}
    for place, (mark, earlier, bonus) in enumerate(rows):
        mine = half_up(mark, own)
        if to == "own":
            mine = half_up(mine + Fraction(bonus, 8), again)
        total = half_up(half_up(earlier * 2 / 3, weighted) + half_up(mine * 2 / 3, weighted), summed)
        if to == "total":
            total = half_up(total + Fraction(bonus, 8), again)
        assert got[f"S{place}"] == total
    for line in found.to_json():
        assert Fraction(line["total"]) == half_up(got[line["subject"]], 6)  # nothing is lost in print
