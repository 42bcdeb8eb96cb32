"""Ranking by whole numbers gives what ranking by fractions gives, or says that it can't."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judging.bulk_ranking import BulkSheets, TooLargeError, rank_bulk, supports
from judging.problems import RankingRefused, RuleError
from judging.ranking import Mark, Ranking, Rule, rank
from judging.whole_ratios import Ratios

STEPS = ["criterion:C0", "criterion:C1", "untrimmed_total", "more_digits", "median", "at_least:5.05"]
STEPS += ["earlier", "decision", "lot:seed"]
START = datetime(2026, 5, 1, tzinfo=UTC)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Mark], Rule, dict[str, datetime]]:
    """Marks in tenths, above and below zero, with missing ones, and a rule that bulk ranking supports."""
    subjects, judges, criteria = draw(st.integers(1, 8)), draw(st.integers(1, 7)), draw(st.integers(1, 3))
    low, high = draw(st.sampled_from([(0, 3), (-30, 100), (0, 100)]))
    marks = []
    for subject in range(subjects):
        for judge in draw(st.sets(st.integers(0, judges - 1), min_size=1)):
            for criterion in range(criteria):
                if draw(st.integers(0, 9)):
                    score = Fraction(draw(st.integers(low, high)), 10)
                    marks.append(Mark(f"J{judge}", f"S{subject}", f"C{criterion}", score))
    if not marks:
        marks.append(Mark("J0", "S0", "C0", 1))
    names = sorted({mark.criterion for mark in marks})
    weights = st.sampled_from(["1", "1.6", "0", "3", "0.35"])
    chosen = {name: {"weight": draw(weights)} for name in names}
    chosen[names[0]] = {"weight": "2"}
    places = st.none() | st.integers(0, 3)
    known = [step for step in STEPS if not step.startswith("criterion") or step[10:] in names]
    rule = Rule.from_json(
        {
            "criteria": chosen,
            "direction": draw(st.sampled_from(["high", "low"])),
            "aggregate": {
                "over": draw(st.sampled_from(["judge_totals", "criterion"])),
                "method": draw(st.sampled_from(["mean", "trimmed_mean", "median", "sum"])),
                "drop_high": draw(st.integers(0, 2)),
                "drop_low": draw(st.integers(0, 2)),
            },
            "weights": draw(st.sampled_from(["as_points", "normalized"])),
            "rounding": {"criterion": draw(places), "weighted": draw(places), "total": draw(places)},
            "minimum_judges": draw(st.integers(1, 2)),
            "ties": draw(st.lists(st.sampled_from(known), unique=True, max_size=4)),
            "decisions": {marks[0].subject: 2, marks[-1].subject: 1},
        }
    )
    times = {f"S{n}": START + timedelta(hours=draw(st.integers(0, 3))) for n in range(subjects)}
    return marks, rule, times


def sheets_of(marks: list[Mark], times: dict[str, datetime] | None = None, places: int = 1) -> BulkSheets:
    names = sorted({mark.subject for mark in marks})
    criteria = sorted({mark.criterion for mark in marks})
    rows = sorted({(mark.subject, mark.judge) for mark in marks}, key=lambda row: (row[1], row[0]))
    figures = np.zeros((len(rows), len(criteria)), dtype=np.int64)
    present = np.zeros(figures.shape, dtype=np.bool_)
    for mark in marks:
        cell = rows.index((mark.subject, mark.judge)), criteria.index(mark.criterion)
        figures[cell] = int(Fraction(mark.score) * 10**places)
        present[cell] = True
    return BulkSheets(
        criteria=tuple(criteria),
        names=names,
        subject=np.array([names.index(subject) for subject, _ in rows]),
        marks=figures,
        places=places,
        present=None if present.all() else present,
        submitted=None if times is None else np.array([int(times[n].timestamp()) for n in names]),
    )


def said(ranking: Ranking) -> list[tuple[Any, ...]]:
    return [
        (line.subject, line.rank, line.tied, line.total, line.judges, line.decided_by)
        for line in ranking.subjects
    ]


def said_in_bulk(sheets: BulkSheets, rule: Rule) -> list[tuple[Any, ...]]:
    found = rank_bulk(sheets, rule)
    steps = [step.text for step in rule.ties]
    return [
        (
            sheets.names[subject],
            int(found.ranks[subject]),
            bool(found.tied[subject]),
            found.total(subject),
            int(found.judges[subject]),
            None if found.decided_by[subject] < 0 else steps[found.decided_by[subject]],
        )
        for subject in found.order.tolist()
    ]


def outcome(ranked: Callable[[], list[tuple[Any, ...]]]) -> Any:
    """The ranking, or whom it was refused for."""
    try:
        return ranked()
    except RankingRefused as refused:
        return refused.shortages


@settings(deadline=None, derandomize=True, max_examples=250)
@given(cases())
def test_whole_numbers_give_exactly_what_fractions_give(
    case: tuple[list[Mark], Rule, dict[str, datetime]],
) -> None:
    marks, rule, times = case
    assert supports(rule)
    sheets = sheets_of(marks, times)
    assert outcome(lambda: said_in_bulk(sheets, rule)) == outcome(
        lambda: said(rank(marks, rule, submitted=times))
    )


@settings(deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(1, 40)), min_size=1),
    st.integers(1, 1000),
    st.integers(0, 6),
)
def test_halves_are_rounded_away_from_zero(rows: list[tuple[int, int]], scale: int, places: int) -> None:
    from judging.exact import half_up

    ratios = Ratios(np.array([n for n, _ in rows]), scale, np.array([count for _, count in rows]))
    rounded = ratios.half_up(places)
    assert [Fraction(int(n), rounded.scale) for n in rounded.numerators] == [
        half_up(Fraction(n, scale * count), places) for n, count in rows
    ]


def test_marks_whose_sum_a_float_would_round_stay_exact() -> None:
    big = 2**53
    given_marks = {"A": big + 1, "B": big}
    marks = [Mark("J", name, "c", Fraction(mark)) for name, mark in given_marks.items()]
    assert said_in_bulk(sheets_of(marks, places=0), Rule()) == said(rank(marks, Rule()))


@pytest.mark.parametrize("method", ["mean", "median", "trimmed_mean"])
def test_figures_that_leave_64_bits_are_refused_not_wrapped(method: str) -> None:
    marks = [Mark(f"J{n}", "A", "c", 10**14 * 9) for n in range(5)]
    rule = Rule.from_json({"aggregate": {"method": method}, "rounding": {"total": 6}})
    with pytest.raises(TooLargeError):
        rank_bulk(sheets_of(marks, places=1), rule)
    assert rank(marks, rule).subjects[0].total == 9 * 10**14


@pytest.mark.parametrize(
    "rule",
    [
        {"aggregate": {"method": "borda"}},
        {"ties": ["head_to_head"]},
        {"stages": {"carried": [{"round": "r", "weight": 1}], "own": {"weight": 1}}},
        {"adjustments": {"rounding": 1}},
    ],
)
def test_a_rule_that_needs_more_is_refused(rule: dict[str, Any]) -> None:
    assert not supports(Rule.from_json(rule))
    with pytest.raises(ValueError, match="not for rank_bulk"):
        rank_bulk(sheets_of([Mark("J", "A", "c", 1)]), Rule.from_json(rule))


def test_an_entry_that_nobody_judged_is_named() -> None:
    sheets = BulkSheets(("c",), ["A", "B"], np.array([0]), np.array([[1]]))
    with pytest.raises(RankingRefused, match=r"B \(0 of 1\)"):
        rank_bulk(sheets, Rule())


def test_the_step_earlier_needs_times() -> None:
    with pytest.raises(RuleError, match="times of submission"):
        rank_bulk(sheets_of([Mark("J", "A", "c", 1)]), Rule.from_json({"ties": ["earlier"]}))


def test_ten_thousand_entries_are_ranked_as_by_fractions() -> None:
    random = np.random.default_rng(5)
    marks = [
        Mark(f"J{judge}", f"S{subject:05}", "c", Fraction(int(random.integers(400, 1000)), 10))
        for subject in range(3000)
        for judge in range(3)
    ]
    rule = Rule.from_json({"rounding": {"total": 1}, "ties": ["untrimmed_total", "median", "lot:s"]})
    sheets = BulkSheets(
        ("c",),
        [f"S{subject:05}" for subject in range(3000)],
        np.repeat(np.arange(3000), 3),
        np.array([[int(Fraction(mark.score) * 10)] for mark in marks]),
        places=1,
    )
    assert said_in_bulk(sheets, rule) == said(rank(marks, rule))
