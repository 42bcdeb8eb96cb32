"""An explanation holds everything that the total needs, and nothing in it can be changed unnoticed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from judging.explaining import Explainer, Explanation, ExplanationError, add_up_again, explain
from judging.explanation_steps import PanelStep, TieBreakStep
from judging.ranking import Adjustment, Mark, Ranking, Rule, rank
from tests.judging.test_ranking_properties import rules, tables

repeatable = settings(deadline=None, derandomize=True)


@st.composite
def rankings(draw: st.DrawFn) -> Ranking:
    """By any rule that the generator of rules makes, with stages and adjustments or without."""
    marks, data = draw(tables()), draw(rules())
    subjects = sorted({mark.subject for mark in marks})
    places = st.none() | st.integers(0, 3)
    carried = None
    if draw(st.booleans()):
        full = draw(st.sampled_from([None, "30"]))
        data["stages"] = {
            "carried": [{"round": "documents", "weight": draw(st.sampled_from(["40", "1"])), "full": full}],
            "own": {"weight": "60", "full": full},
            "rounding": {"weighted": draw(places), "total": draw(places)},
        }
        earlier = st.integers(0, 400).map(lambda number: Fraction(number, 8))
        carried = {"documents": {subject: draw(earlier) for subject in subjects}}
    data["adjustments"] = {"to": draw(st.sampled_from(["total", "own"])), "rounding": draw(places)}
    given_to = draw(st.sets(st.sampled_from(subjects)))
    adjustments = {name: [Adjustment("1.25", "bonus"), Adjustment(-3, "late")] for name in given_to}
    return rank(marks, Rule.from_json(data), carried=carried, adjustments=adjustments)


@repeatable
@given(rankings())
def test_the_total_comes_out_again_from_the_explanation_alone(ranking: Ranking) -> None:
    explainer = Explainer(ranking)
    for line in ranking.subjects:
        explanation = explainer.explain(line.subject)
        assert add_up_again(explanation) == line.total
        ties = [step for step in explanation.steps if isinstance(step, TieBreakStep)]
        assert [step.step for step in ties] == [taken.step for taken in line.tie_breaks]
        assert [step.step for step in ties if step.decided] == [line.decided_by] * bool(line.decided_by)
        assert "Fraction" not in json.dumps(explanation.to_json())


def _changed(value: Any) -> Iterator[Any]:
    """Copies of an explanation, each with one fraction in it raised by one."""
    if isinstance(value, Fraction):
        yield value + 1
    elif isinstance(value, tuple):
        for place, inner in enumerate(value):
            for other in _changed(inner):
                yield (*value[:place], other, *value[place + 1 :])
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            for other in _changed(getattr(value, field.name)):
                yield replace(value, **{field.name: other})


FULL = {
    "criteria": {"idea": {"weight": "2"}, "market": {}},
    "aggregate": {"over": "criterion", "method": "trimmed_mean", "drop_from": 3},
    "rounding": {"criterion": 2, "weighted": 2, "total": 2},
    "stages": {"carried": [{"round": "documents", "weight": "40"}], "own": {"weight": "60"}},
    "ties": ["untrimmed_total"],
}


def worked_example() -> Explanation:
    marks = [
        Mark(f"J{judge}", subject, criterion, mark)
        for subject, rows in {"A": ("7 8 9", "6 6 9"), "B": ("9 9 9", "9 9 9")}.items()
        for criterion, row in zip(("idea", "market"), rows, strict=True)
        for judge, mark in enumerate(row.split(), 1)
    ]
    ranking = rank(
        marks,
        Rule.from_json(FULL),
        carried={"documents": {"A": Fraction(20), "B": Fraction(20)}},
        adjustments={"A": [Adjustment("0.5", "patent")]},
    )
    return explain(ranking, "A")


def test_the_steps_stand_in_the_order_of_the_rule() -> None:
    explanation = worked_example()
    steps = explanation.to_json()
    assert [step["kind"] for step in steps] == [
        *("panel", "weight", "panel", "weight", "sum"),
        *("stages", "adjustments"),
    ]
    assert [figure["dropped"] for figure in steps[0]["figures"]] == [True, False, True]
    assert [steps[0]["result"], steps[1]["weighted"], steps[4]["total"]] == ["8", "16", "22"]
    assert [part["weighted"] for part in steps[5]["parts"]] == ["8", "13.2"]
    assert steps[5]["total"] == "21.2"
    assert steps[6]["adjustments"] == [{"points": "0.5", "reason": "patent"}]
    assert explanation.total == Fraction("21.7")


def _without_dropped(explanation: Explanation) -> Explanation:
    """The same, with the marks that were dropped set to nothing."""
    steps = tuple(
        replace(
            step,
            figures=tuple(
                replace(figure, mark=Fraction(0)) if figure.dropped else figure for figure in step.figures
            ),
        )
        if isinstance(step, PanelStep)
        else step
        for step in explanation.steps
    )
    return replace(explanation, steps=steps)


def test_a_figure_that_was_changed_is_found() -> None:
    """All but an extreme mark made more extreme: that one was dropped, and still is."""
    explanation = worked_example()
    found = 0
    for other in _changed(explanation):
        try:
            add_up_again(other)
        except ExplanationError:
            found += 1
        else:
            assert _without_dropped(other) == _without_dropped(explanation)
    assert found > 35


def test_a_place_is_explained_by_how_many_stand_ahead() -> None:
    marks = [Mark("J", name, "c", mark) for name, mark in (("A", 9), ("B", 8), ("C", 8), ("D", 1))]
    ranking = rank(marks, Rule.from_json({"aggregate": {"method": "rank_sum"}}))
    figure = explain(ranking, "C").to_json()[1]["figures"][0]
    assert figure["basis"] == {"ahead": 1, "level": 2, "among": 4}
    assert figure["value"] == "2.5"


def test_weights_that_are_no_decimals_stay_exact() -> None:
    marks = [Mark("J", "A", name, 1) for name in ("a", "b", "c")]
    ranking = rank(marks, Rule.from_json({"weights": "normalized"}))
    sheet = explain(ranking, "A").to_json()[0]
    assert {part["weight"] for part in sheet["parts"]} == {"1/3"}


def test_judges_whose_sheets_do_not_count_are_named() -> None:
    marks = [Mark("J1", "A", "a", 1), Mark("J1", "A", "b", 1), Mark("J2", "A", "a", 1)]
    assert explain(rank(marks, Rule()), "A").left_out == ("J2",)
