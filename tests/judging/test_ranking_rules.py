"""Reading a rule: defaults, completion, and the place and reason of every mistake."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from judging.problems import MESSAGES, RuleError
from judging.ranking import Mark, Rule, rank
from judging.rules import TieStep

FULL: dict[str, Any] = {
    "criteria": {"Composition": {"weight": "1.6", "min": "0", "max": "10", "step": "0.25"}, "Team": {}},
    "direction": "low",
    "aggregate": {
        "over": "criterion",
        "method": "trimmed_mean",
        "drop_high": 2,
        "drop_low": 1,
        "drop_from": 7,
        "points": [12, "10.5", 8],
    },
    "weights": "normalized",
    "rounding": {"criterion": 2, "weighted": 3, "total": None},
    "minimum_judges": 3,
    "ties": [
        "criterion:Composition",
        "untrimmed_total",
        "more_digits",
        "median",
        "countback",
        "head_to_head",
        "at_least:90.5",
        "lower_spread",
        "earlier",
        "calibrated",
        "decision",
        "lot:a:b",
    ],
    "decisions": {"甲": 1},
}


def test_every_key_is_optional() -> None:
    assert Rule.from_json({}) == Rule()
    assert Rule.from_json({}).to_json() == {
        "criteria": {},
        "direction": "high",
        "aggregate": {
            "over": "judge_totals",
            "method": "mean",
            "drop_high": 1,
            "drop_low": 1,
            "drop_from": 5,
            "points": [12, 10, 8, 7, 6, 5, 4, 3, 2, 1],
        },
        "weights": "as_points",
        "rounding": {"criterion": None, "weighted": None, "total": None},
        "minimum_judges": 1,
        "ties": [],
        "decisions": {},
    }


def test_null_stands_for_nothing_prescribed() -> None:
    empty = {"criteria": None, "rounding": None, "decisions": None}
    assert Rule.from_json(empty) == Rule()
    bare = {"criteria": {"c": {"min": None, "max": None, "step": None}}}
    assert Rule.from_json(bare).criteria["c"].least is None


def test_a_completed_rule_reads_back_as_itself() -> None:
    rule = Rule.from_json(FULL)
    assert Rule.from_json(rule.to_json()) == rule
    assert rule.to_json()["aggregate"] == FULL["aggregate"]
    assert rule.to_json()["ties"] == FULL["ties"]
    assert rule.ties[-1] == TieStep("lot", "a:b")
    assert rule.criteria["Composition"].weight == Fraction(8, 5)


def test_the_ranking_carries_the_rule_completed_with_the_criteria_of_the_marks() -> None:
    marks = [Mark("J", "A", criterion, 1) for criterion in ("b", "a")]
    assert rank(marks, Rule()).rule.to_json()["criteria"] == {
        name: {"weight": "1", "min": None, "max": None, "step": None} for name in ("a", "b")
    }


DEEP: list[Any] = []
for _ in range(500):
    DEEP = [DEEP]

WRONG: list[tuple[Any, str, str]] = [
    ([], "", "not_an_object"),
    (DEEP, "", "not_an_object"),
    ({"critera": {}}, "critera", "unknown_key"),
    ({"\ud800": 1}, "'\\ud800'", "unknown_key"),
    ({"aggregate": {"drop": 1}}, "aggregate.drop", "unknown_key"),
    ({"aggregate": []}, "aggregate", "not_an_object"),
    ({"aggregate": {"method": "average"}}, "aggregate.method", "unknown_choice"),
    ({"aggregate": {"method": DEEP}}, "aggregate.method", "not_text"),
    ({"aggregate": {"over": "judges"}}, "aggregate.over", "unknown_choice"),
    ({"aggregate": {"drop_high": -1}}, "aggregate.drop_high", "not_an_integer"),
    ({"aggregate": {"drop_high": True}}, "aggregate.drop_high", "not_an_integer"),
    ({"aggregate": {"drop_low": "1"}}, "aggregate.drop_low", "not_an_integer"),
    ({"aggregate": {"drop_from": 10**5000}}, "aggregate.drop_from", "not_an_integer"),
    ({"aggregate": {"method": "trimmed_mean", "drop_from": 2}}, "aggregate.drop_from", "drops_too_many"),
    ({"aggregate": {"points": {}}}, "aggregate.points", "not_a_list"),
    ({"aggregate": {"points": []}}, "aggregate.points", "empty"),
    ({"aggregate": {"points": [1] * 1001}}, "aggregate.points", "too_many"),
    ({"aggregate": {"points": [3, 5]}}, "aggregate.points[1]", "points_increase"),
    ({"aggregate": {"points": [3, -1]}}, "aggregate.points[1]", "negative"),
    ({"aggregate": {"points": [3, 1.5]}}, "aggregate.points[1]", "float"),
    ({"criteria": []}, "criteria", "not_an_object"),
    ({"criteria": {"": {}}}, "criteria.''", "empty"),
    ({"criteria": {1: {}}}, "criteria.'1'", "not_text"),
    ({"criteria": {"a\x00": {}}}, "criteria.'a\\x00'", "bad_character"),
    ({"criteria": {f"c{n}": {} for n in range(1001)}}, "criteria", "too_many"),
    ({"criteria": {"c": 1}}, "criteria.c", "not_an_object"),
    ({"criteria": {"c": {"wieght": 1}}}, "criteria.c.wieght", "unknown_key"),
    ({"criteria": {"c": {"weight": "NaN"}}}, "criteria.c.weight", "not_a_number"),
    ({"criteria": {"c": {"weight": "1e999"}}}, "criteria.c.weight", "not_a_number"),
    ({"criteria": {"c": {"weight": "１"}}}, "criteria.c.weight", "not_a_number"),
    ({"criteria": {"c": {"weight": Decimal("1e1000000")}}}, "criteria.c.weight", "too_many_digits"),
    ({"criteria": {"c": {"weight": Decimal("sNaN")}}}, "criteria.c.weight", "not_a_number"),
    ({"criteria": {"c": {"weight": 10**5000}}}, "criteria.c.weight", "too_many_digits"),
    ({"criteria": {"c": {"weight": None}}}, "criteria.c.weight", "not_a_number"),
    ({"criteria": {"c": {"weight": DEEP}}}, "criteria.c.weight", "not_a_number"),
    ({"criteria": {"c": {"weight": -1}}}, "criteria.c.weight", "negative"),
    ({"criteria": {"c": {"weight": 0}}}, "criteria", "no_weight"),
    ({"criteria": {"c": {"min": 3, "max": 2}}}, "criteria.c.min", "min_above_max"),
    ({"criteria": {"c": {"step": 0}}}, "criteria.c.step", "not_positive"),
    ({"direction": "up"}, "direction", "unknown_choice"),
    ({"direction": None}, "direction", "not_text"),
    ({"weights": "percent"}, "weights", "unknown_choice"),
    ({"rounding": 2}, "rounding", "not_an_object"),
    ({"rounding": {"totals": 2}}, "rounding.totals", "unknown_key"),
    ({"rounding": {"total": 13}}, "rounding.total", "not_an_integer"),
    ({"rounding": {"total": "2"}}, "rounding.total", "not_an_integer"),
    ({"minimum_judges": 0}, "minimum_judges", "not_an_integer"),
    ({"ties": "countback"}, "ties", "not_a_list"),
    ({"ties": ["median"] * 101}, "ties", "too_many"),
    ({"ties": ["median", 1]}, "ties[1]", "not_text"),
    ({"ties": ["coin"]}, "ties[0]", "unknown_tie_step"),
    ({"ties": ["median:3"]}, "ties[0]", "unknown_tie_step"),
    ({"ties": ["lot"]}, "ties[0]", "unknown_tie_step"),
    ({"ties": ["lot:"]}, "ties[0]", "empty"),
    ({"ties": ["lot:\ud800"]}, "ties[0]", "bad_character"),
    ({"ties": ["at_least:many"]}, "ties[0]", "not_a_number"),
    ({"ties": ["calibrated:1"]}, "ties[0]", "unknown_tie_step"),
    ({"ties": ["median", "median"]}, "ties[1]", "repeated"),
    ({"criteria": {"c": {}}, "ties": ["criterion:d"]}, "ties[0]", "unknown_criterion"),
    ({"decisions": []}, "decisions", "not_an_object"),
    ({"decisions": {"": 1}}, "decisions.''", "empty"),
    ({"decisions": {"A": 0}}, "decisions.A", "not_an_integer"),
    ({"decisions": {"A": 1.0}}, "decisions.A", "not_an_integer"),
]


@pytest.mark.parametrize(("data", "path", "code"), WRONG)
def test_every_mistake_is_named_by_path_code_and_sentence(data: Any, path: str, code: str) -> None:
    with pytest.raises(RuleError) as caught:
        Rule.from_json(data)
    error = caught.value
    assert (error.path, error.code) == (path, code)
    assert str(error) == f"{path}: {MESSAGES[code] % error.params}" if path else MESSAGES[code]
    assert len(str(error)) < 600
    str(error).encode()


def test_weights_of_zero_and_bounds_of_zero_are_real_values() -> None:
    rule = Rule.from_json({"criteria": {"a": {"weight": 0, "min": 0, "max": 0}, "b": {}}})
    assert rule.weighted_criteria == ["b"]
    assert rule.criteria["a"].problem(Fraction(0)) is None
    assert rule.criteria["a"].problem(Fraction(-1)) == ("below_range", {"value": "-1", "least": "0"})
