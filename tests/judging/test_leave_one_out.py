"""Does any prize hang on one judge?"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judging.leave_one_out import LeftOut, PrizeChange, leave_one_out
from judging.problems import MarkError, RuleError
from judging.ranking import Adjustment, Mark, Rule, rank
from tests.judging.test_ranking_published import FRENCH_1976, load

pytestmark = pytest.mark.no_database

repeatable = settings(deadline=None, derandomize=True)


def marks(table: dict[str, list[int | None]]) -> list[Mark]:
    """Judge → marks of the subjects A, B, C, …"""
    return [
        Mark(judge, "ABCDEFG"[place], "c", mark)
        for judge, row in table.items()
        for place, mark in enumerate(row)
        if mark is not None
    ]


def test_one_judge_decides_the_first_prize() -> None:
    given_marks = marks({"X": [9, 8, 1], "Y": [9, 8, 1], "Z": [1, 9, 1]})
    found = {row.judge: row for row in leave_one_out(given_marks, Rule(), [1])}
    assert found["X"].changes == found["Y"].changes == ()
    assert found["Z"].changes == (PrizeChange("A", None, 1), PrizeChange("B", 1, None))


def test_a_prize_moves_down_the_ladder() -> None:
    given_marks = marks({"X": [9, 8, 7, 1], "Y": [4, 8, 7, 1]})
    found = {row.judge: row for row in leave_one_out(given_marks, Rule(), [1, 1])}
    assert found["Y"].changes == (
        PrizeChange("A", None, 1),
        PrizeChange("B", 1, 2),
        PrizeChange("C", 2, None),
    )
    assert found["X"].changes == ()
    assert found["Y"].to_json()["changes"][1] == {"subject": "B", "before": 1, "after": 2}


def test_those_who_share_the_rank_on_the_line_all_get_the_prize() -> None:
    given_marks = marks({"X": [9, 5, 5], "Y": [9, 6, 5]})
    found = {row.judge: row for row in leave_one_out(given_marks, Rule(), [1, 1])}
    assert found["Y"].changes == (PrizeChange("C", None, 2),)


def test_a_subject_that_nobody_else_judged_is_named() -> None:
    given_marks = marks({"X": [9, None], "Y": [8, 7]})
    found = {row.judge: row for row in leave_one_out(given_marks, Rule(), [2])}
    assert found["Y"] == LeftOut("Y", (PrizeChange("B", 1, None),), ("B",))
    assert found["X"].unranked == ()


def test_with_a_single_judge_nobody_is_left() -> None:
    (found,) = leave_one_out(marks({"X": [9, 8]}), Rule(), [1])
    assert found == LeftOut("X", (PrizeChange("A", 1, None),), ("A", "B"))


def test_the_minimum_of_judges_and_decisions_about_the_absent_do_not_stop_the_look() -> None:
    rule = Rule.from_json({"minimum_judges": 2, "ties": ["decision"], "decisions": {"B": 1, "C": 2}})
    given_marks = marks({"X": [9, 8, None], "Y": [9, 8, 8], "Z": [9, 8, None]})
    assert [row.unranked for row in leave_one_out(given_marks, rule, [1, 1])] == [(), ("C",), ()]


def test_the_criteria_stay_those_of_all_marks() -> None:
    """Without X nobody has marked criterion d: that is no total, not a total without d."""
    given_marks = [*marks({"X": [9, 8], "Y": [9, 8]}), Mark("X", "A", "d", 1), Mark("X", "B", "d", 1)]
    found = {row.judge: row for row in leave_one_out(given_marks, Rule(), [1])}
    assert found["X"].unranked == ("A", "B")


def test_judgment_of_paris_1976_the_third_place_hangs_on_single_judges() -> None:
    """Of the nine French judges' ranking, published in 1976: Haut-Brion third by 3.5 points of 126."""
    table, _ = load("judgment_of_paris_1976_red")
    french = [mark for mark in table if mark.judge in FRENCH_1976]
    found = leave_one_out(french, Rule(), [1, 1, 1])
    assert [row.judge for row in found] == sorted(FRENCH_1976)
    changed = [row.judge for row in found if row.changes]
    for row in found:
        rest = [mark for mark in french if mark.judge != row.judge]
        first = {line.subject for line in rank(rest, Rule()).subjects if line.rank == 1}
        lost_first = {change.subject for change in row.changes if change.before == 1}
        assert ("Stag's Leap 1973" in first) == ("Stag's Leap 1973" not in lost_first)
    assert 0 < len(changed) < 9


def test_bad_marks_are_refused_as_in_the_ranking() -> None:
    with pytest.raises(MarkError):
        leave_one_out([Mark("X", "A", "c", 1), Mark("X", "A", "c", 2)], Rule(), [1])


@repeatable
@given(
    st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=1, max_size=5),
    st.lists(st.integers(1, 2), min_size=1, max_size=3),
    st.randoms(use_true_random=False),
)
def test_it_is_the_official_ranking_of_the_others(
    rows: list[list[int]], prizes: list[int], random: Any
) -> None:
    given_marks = marks({f"J{judge}": list(row) for judge, row in enumerate(rows)})
    found = leave_one_out(given_marks, Rule(), prizes)
    shuffled = list(given_marks)
    random.shuffle(shuffled)
    assert leave_one_out(shuffled, Rule(), prizes) == found
    if len(rows) == 1:
        return
    before = {row.subject: row.rank for row in rank(given_marks, Rule()).subjects}
    for row in found:
        rest = [mark for mark in given_marks if mark.judge != row.judge]
        after = {line.subject: line.rank for line in rank(rest, Rule()).subjects}

        def prize(place: int) -> int | None:
            return next((n for n in range(1, len(prizes) + 1) if place <= sum(prizes[:n])), None)

        moved = {name for name in before if prize(before[name]) != prize(after[name])}
        assert {change.subject for change in row.changes} == moved


@repeatable
@given(
    table=st.dictionaries(
        st.sampled_from(["X", "Y", "Z", "W"]),
        st.lists(st.none() | st.integers(0, 4), min_size=5, max_size=5),
        min_size=1,
    ),
    method=st.sampled_from(["mean", "trimmed_mean", "median", "sum", "rank_sum", "borda"]),
    ties=st.sampled_from([[], ["median"], ["untrimmed_total", "countback"], ["head_to_head"], ["lot:7"]]),
    direction=st.sampled_from(["high", "low"]),
)
def test_ranks_without_a_judge_are_those_of_ranking_the_others_marks(
    table: dict[str, list[int | None]], method: str, ties: list[str], direction: str
) -> None:
    given_marks = marks(table)
    if not given_marks or (direction == "low" and "countback" in ties):
        return
    rule = Rule.from_json(
        {"aggregate": {"method": method, "drop_from": 3}, "ties": ties, "direction": direction}
    )
    for row in leave_one_out(given_marks, rule, [1, 2]):
        others = [mark for mark in given_marks if mark.judge != row.judge]
        expected = {one.subject: one.rank for one in rank(others, rule).subjects} if others else {}
        assert dict(row.ranks) == expected


def test_earlier_rounds_and_deductions_count_without_a_judge_too() -> None:
    """A leads by what it brings along; without X, on whose marks it lives, the deduction costs the prize."""
    given_marks = marks({"X": [9, 5], "Y": [5, 6]})
    rule = Rule.from_json(
        {"stages": {"carried": [{"round": "heat", "weight": "50"}], "own": {"weight": "50"}}}
    )
    carried = {"heat": {"A": Fraction(8), "B": Fraction(7)}}
    deduction = {"A": [Adjustment(Fraction(-1, 2), "late")]}
    found = leave_one_out(given_marks, rule, [1], carried=carried, adjustments=deduction)
    assert {row.judge: [change.subject for change in row.changes] for row in found} == {
        "X": ["A", "B"],
        "Y": [],
    }
    with pytest.raises(RuleError):
        leave_one_out(given_marks, rule, [1])


def test_a_tie_on_a_prize_line_goes_as_the_rule_says() -> None:
    given_marks = marks({"X": [9, 9, 8], "Y": [9, 9, 8], "Z": [9, 1, 8]})
    narrow = Rule.from_json({"prizes": {"ties": "narrow"}})
    found = {row.judge: row for row in leave_one_out(given_marks, narrow, [1, 2])}
    assert found["Z"].changes == (PrizeChange("A", 1, 2), PrizeChange("C", 2, None))
    widen = Rule.from_json({"prizes": {"ties": "widen"}})
    found = {row.judge: row for row in leave_one_out(given_marks, widen, [1, 1])}
    assert found["Z"].changes == (PrizeChange("B", None, 1),)
