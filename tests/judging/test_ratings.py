"""Marks as arrays: what the calibrated view and the reliability indices compute with."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from judging.problems import MarkError
from judging.ranking import Mark, Rule
from judging.ratings import criterion_ratings_of, ratings_of

pytestmark = pytest.mark.no_database

RULE = Rule.from_json(
    {"criteria": {"idea": {"weight": "0.3"}, "team": {"weight": "0.7"}, "note": {"weight": 0}}}
)


def sheet(judge: str, subject: str, **marks: str) -> list[Mark]:
    return [Mark(judge, subject, criterion, score) for criterion, score in marks.items()]


MARKS = [
    *sheet("Kim", "B", idea="80", team="90", note="1"),
    *sheet("Li", "A", idea="70.5", team="60"),
    *sheet("Kim", "A", idea="50"),
    *sheet("An", "B", idea="10", team="20"),
]


def test_a_rating_is_the_judges_weighted_total_of_a_complete_sheet() -> None:
    ratings = ratings_of(MARKS, RULE)
    assert ratings.judges == ("An", "Kim", "Li")
    assert ratings.subjects == ("A", "B")
    assert ratings.value.tolist() == [float(Fraction("63.15")), 17.0, 87.0]
    assert ratings.judge.tolist() == [2, 0, 1]
    assert ratings.subject.tolist() == [0, 1, 1]


def test_the_matrix_has_nan_where_a_judge_did_not_rate() -> None:
    expected = [[np.nan, np.nan, 63.15], [17.0, 87.0, np.nan]]
    np.testing.assert_array_equal(ratings_of(MARKS, RULE).matrix(), expected)


def test_single_marks_are_kept_of_incomplete_sheets_too_but_not_on_feedback_criteria() -> None:
    marks = criterion_ratings_of(MARKS, RULE)
    assert marks.criteria == ("idea", "team")
    assert marks.weights.tolist() == [0.3, 0.7]
    found = [
        (marks.subjects[s], marks.judges[j], marks.criteria[c], value)
        for s, j, c, value in zip(marks.subject, marks.judge, marks.criterion, marks.value, strict=True)
    ]
    assert found == [
        ("A", "Kim", "idea", 50.0),
        ("A", "Li", "idea", 70.5),
        ("A", "Li", "team", 60.0),
        ("B", "An", "idea", 10.0),
        ("B", "An", "team", 20.0),
        ("B", "Kim", "idea", 80.0),
        ("B", "Kim", "team", 90.0),
    ]


def test_the_order_of_the_marks_changes_no_bit() -> None:
    forward, backward = ratings_of(MARKS, RULE), ratings_of(MARKS[::-1], RULE)
    assert forward.value.tobytes() == backward.value.tobytes()
    assert forward.judge.tobytes() == backward.judge.tobytes()


def test_ranks_keep_their_direction_and_say_so() -> None:
    rule = Rule.from_json({"direction": "low"})
    ratings = ratings_of([Mark("Kim", "A", "rank", 1)], rule)
    assert ratings.low_wins
    assert ratings.value.tolist() == [1.0]


def test_no_complete_sheet_leaves_empty_arrays() -> None:
    ratings = ratings_of(sheet("Kim", "A", idea="50"), RULE)
    assert ratings.judges == ratings.subjects == ()
    assert ratings.matrix().shape == (0, 0)


@pytest.mark.parametrize(
    ("mark", "code"),
    [
        (Mark("Kim", "A", "idea", "nan"), "not_a_number"),
        (Mark("Kim", "A", "price", "50"), "unknown_criterion"),
        (Mark("Kim", "B", "idea", "50"), "duplicate_mark"),
    ],
)
def test_a_mark_that_cannot_be_used_is_named_by_its_place(mark: Mark, code: str) -> None:
    with pytest.raises(MarkError) as raised:
        ratings_of([*MARKS, mark], RULE)
    assert raised.value.index == len(MARKS)
    assert raised.value.code == code
