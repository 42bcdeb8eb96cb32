"""The tie chain, step by step, and what it leaves on record."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from judging.ranking import Mark, MarkError, Ranking, Rule, RuleError, rank
from tests.judging.test_ranking_methods import marks_of, order


def ranked(marks: list[Mark], *ties: str, submitted: dict[str, Any] | None = None, **rule: Any) -> Ranking:
    return rank(marks, Rule.from_json({**rule, "ties": list(ties)}), submitted=submitted)


# B and A have the mean 8; B has the greater spread.
LEVEL = marks_of(
    {"A": {"J1": 8, "J2": 8, "J3": 8}, "B": {"J1": 10, "J2": 7, "J3": 7}, "C": {"J1": 1, "J2": 1, "J3": 1}}
)


def test_without_a_chain_ranks_are_shared_and_the_next_is_skipped() -> None:
    ranking = ranked(LEVEL)
    assert order(ranking) == [(1, "A"), (1, "B"), (3, "C")]
    assert [subject.tied for subject in ranking.subjects] == [True, True, False]
    assert {subject.decided_by for subject in ranking.subjects} == {None}


@pytest.mark.parametrize(
    ("step", "first", "keys"),
    [
        ("median", "A", {"A": "8", "B": "7"}),
        ("countback", "B", {"A": "3×8", "B": "1×10 2×7"}),
        ("head_to_head", "A", {"A": "2", "B": "1"}),
        ("at_least:8", "A", {"A": "3", "B": "1"}),
        ("at_least:10", "B", {"A": "0", "B": "1"}),
        ("lower_spread", "A", {"A": "0", "B": "3"}),
    ],
)
def test_each_step_decides_by_its_own_figure(step: str, first: str, keys: dict[str, str]) -> None:
    ranking = ranked(LEVEL, step)
    assert ranking.subjects[0].subject == first
    assert [subject.rank for subject in ranking.subjects] == [1, 2, 3]
    assert [subject.decided_by for subject in ranking.subjects] == [step, step, None]
    assert dict(ranking.tie_breaks[0].keys) == keys
    row = ranking.to_json()[0]
    assert row["tie_steps"] == [{"step": step, "key": keys[first], "tied": 2, "still_tied": 1}]


def test_a_low_direction_turns_the_steps_that_compare_marks() -> None:
    # Lower is better now: C leads, and B's 7s are better than A's 8s.
    assert [s.subject for s in ranked(LEVEL, "median", direction="low").subjects] == ["C", "B", "A"]
    assert [s.subject for s in ranked(LEVEL, "countback", direction="low").subjects] == ["C", "B", "A"]
    assert [s.subject for s in ranked(LEVEL, "head_to_head", direction="low").subjects] == ["C", "B", "A"]
    assert [s.subject for s in ranked(LEVEL, "at_least:7", direction="low").subjects] == ["C", "B", "A"]
    assert [s.subject for s in ranked(LEVEL, "lower_spread", direction="low").subjects] == ["C", "A", "B"]


CRITERIA = [
    Mark(judge, subject, criterion, mark)
    for subject, rows in {
        "A": {"idea": (9, 5), "team": (5, 9)},
        "B": {"idea": (6, 7), "team": (8, 7)},
    }.items()
    for criterion, row in rows.items()
    for judge, mark in zip(("J1", "J2"), row, strict=True)
]


@pytest.mark.parametrize("over", ["judge_totals", "criterion"])
def test_criterion_by_priority(over: str) -> None:
    by_idea = ranked(CRITERIA, "criterion:idea", aggregate={"over": over})
    assert (by_idea.subjects[0].subject, by_idea.subjects[0].decided_by) == ("A", "criterion:idea")
    assert dict(by_idea.tie_breaks[0].keys) == {"A": "7", "B": "6.5"}
    assert ranked(CRITERIA, "criterion:team", aggregate={"over": over}).subjects[0].subject == "B"


def test_criterion_takes_the_official_rounded_result_over_criterion() -> None:
    marks = [
        *marks_of({"A": {"J1": 1, "J2": 2, "J3": 2}, "B": {"J1": 2, "J2": 2, "J3": 1}}, "idea"),
        *marks_of({"A": {"J1": 3, "J2": 3, "J3": 3}, "B": {"J1": 3, "J2": 3, "J3": 3}}, "team"),
    ]
    rule = {"aggregate": {"over": "criterion"}, "rounding": {"criterion": 1}}
    ranking = ranked(marks, "criterion:idea", **rule)
    assert dict(ranking.tie_breaks[0].keys) == {"A": "1.7", "B": "1.7"}
    assert ranking.subjects[0].tied


def test_untrimmed_total_counts_the_dropped_again() -> None:
    table = {"A": {f"J{n}": mark for n, mark in enumerate((2, 5, 5, 5, 9))}}
    table["B"] = {f"J{n}": mark for n, mark in enumerate((3, 5, 5, 5, 9))}
    ranking = ranked(marks_of(table), "untrimmed_total", aggregate={"method": "trimmed_mean"})
    assert [(s.subject, s.decided_by) for s in ranking.subjects] == [
        ("B", "untrimmed_total"),
        ("A", "untrimmed_total"),
    ]
    assert dict(ranking.tie_breaks[0].keys) == {"A": "5.2", "B": "5.4"}


def test_more_digits_are_those_before_any_rounding() -> None:
    table = {"A": {"J1": "7.004", "J2": 7}, "B": {"J1": 7, "J2": 7}}
    assert ranked(marks_of(table), rounding={"total": 2}).subjects[0].tied
    ranking = ranked(marks_of(table), "more_digits", rounding={"total": 2})
    assert [(s.rank, s.subject) for s in ranking.subjects] == [(1, "A"), (2, "B")]
    assert dict(ranking.tie_breaks[0].keys) == {"A": "7.002", "B": "7"}


@pytest.mark.parametrize("over", ["judge_totals", "criterion"])
def test_more_digits_take_back_the_rounding_of_every_place(over: str) -> None:
    table = {"A": {"J1": "7.04", "J2": "7.04"}, "B": {"J1": 7, "J2": 7}}
    rounding = {"criterion": 1, "weighted": 1, "total": 1}
    ranking = ranked(marks_of(table), "more_digits", aggregate={"over": over}, rounding=rounding)
    assert dict(ranking.tie_breaks[0].keys) == {"A": "7.04", "B": "7"}


def test_countback_counts_places_where_places_are_the_method() -> None:
    # Every judge prefers the two alike, but the one who marks higher prefers B.
    table = {"A": {"J1": 9, "J2": 1, "J3": 5, "J4": 5}, "B": {"J1": 8, "J2": 2, "J3": 5, "J4": 5}}
    table["C"] = {"J1": 1, "J2": 9, "J3": 1, "J4": 1}
    ranking = ranked(marks_of(table), "countback", aggregate={"method": "schulze"})
    assert dict(ranking.tie_breaks[0].keys) == {"A": "1×1 2×1.5 1×3", "B": "2×1.5 2×2"}
    assert [subject.subject for subject in ranking.subjects] == ["A", "B", "C"]


def test_criterion_leaves_out_sheets_that_do_not_count() -> None:
    incomplete = [Mark("J3", "B", "idea", 10)]
    ranking = ranked([*CRITERIA, *incomplete], "criterion:idea")
    assert dict(ranking.tie_breaks[0].keys) == {"A": "7", "B": "6.5"}


def test_countback_gives_more_marks_the_better_end() -> None:
    table = {"A": {"J1": 8, "J2": 8}, "B": {"J1": 8, "J2": 8, "J3": 8}}
    assert ranked(marks_of(table), "countback").subjects[0].subject == "B"


def test_head_to_head_of_three_takes_duels_and_then_the_two_left() -> None:
    # A beats nobody; B and C beat A; B beats C by two judges to one.
    table = {
        "A": {"J1": 4, "J2": 5, "J3": 6},
        "B": {"J1": 6, "J2": 6, "J3": 3},
        "C": {"J1": 5, "J2": 4, "J3": 6},
    }
    ranking = ranked(marks_of(table), "head_to_head")
    assert [subject.subject for subject in ranking.subjects] == ["B", "A", "C"]
    cycle = {
        "A": {"J1": 3, "J2": 1, "J3": 2},
        "B": {"J1": 2, "J2": 3, "J3": 1},
        "C": {"J1": 1, "J2": 2, "J3": 3},
    }
    assert {subject.rank for subject in ranked(marks_of(cycle), "head_to_head").subjects} == {1}


def test_head_to_head_looks_at_those_left_again() -> None:
    # Four level subjects; after the first comparison B and C are left level, and B beats C directly.
    wins = {("A", "B"), ("A", "C"), ("B", "C"), ("B", "D"), ("C", "D"), ("D", "A")}
    table: dict[str, dict[str, int]] = {name: {} for name in "ABCD"}
    for one, other in wins:
        judge = f"{one}{other}"
        table[one][judge], table[other][judge] = 6, 5
    # One more judge each, who marks nobody else, makes the totals level and takes no part in a duel.
    for name, row in table.items():
        row[f"only {name}"] = 100 - sum(row.values())
    ranking = ranked(marks_of(table), "head_to_head", aggregate={"method": "sum"})
    assert [subject.subject for subject in ranking.subjects] == ["A", "B", "C", "D"]
    assert [set(taken.subjects) for taken in ranking.tie_breaks] == [set("ABCD"), {"A", "B"}, {"C", "D"}]


def test_head_to_head_refuses_sizes_that_it_cannot_do() -> None:
    marks = [Mark("J", f"S{n}", "c", 5) for n in range(301)]
    with pytest.raises(RuleError) as caught:
        ranked(marks, "median", "head_to_head")
    assert (caught.value.path, caught.value.code) == ("ties[1]", "too_many_subjects")


def test_earlier_submission_compares_moments_not_texts() -> None:
    submitted = {"A": "2026-05-01T18:00:00+09:00", "B": "2026-05-01T17:00:00+08:00", "C": "2026-05-01"}
    submitted["C"] = "2026-05-01T10:00:00Z"
    ranking = ranked(LEVEL, "earlier", submitted=submitted)
    assert ranking.subjects[0].tied  # 18:00 in Seoul is 17:00 in Chengdu
    submitted["B"] = "2026-05-01T16:59:59+08:00"
    ranking = ranked(LEVEL, "earlier", submitted=submitted)
    assert [(s.subject, s.decided_by) for s in ranking.subjects[:2]] == [("B", "earlier"), ("A", "earlier")]
    moments = {name: datetime(2026, 5, 1, tzinfo=UTC) - timedelta(hours=n) for n, name in enumerate("ABC")}
    assert ranked(LEVEL, "earlier", submitted=moments).subjects[0].subject == "B"


@pytest.mark.parametrize(
    ("submitted", "code"),
    [
        (None, "no_submission_times"),
        ({"A": "2026-05-01T18:00Z"}, "no_submission_time"),
        ({"A": "yesterday", "B": "2026-05-01", "C": "2026-05-01"}, "bad_time"),
        ({"A": "２０２６-05-01", "B": "2026-05-01", "C": "2026-05-01"}, "bad_time"),
        ({"A": "2026-05-01T18:00Z", "B": "2026-05-01T18:00", "C": "2026-05-01T18:00"}, "mixed_zones"),
    ],
)
def test_earlier_needs_usable_times(submitted: dict[str, str] | None, code: str) -> None:
    with pytest.raises((RuleError, MarkError)) as caught:
        ranked(LEVEL, "earlier", submitted=submitted)
    assert caught.value.code == code


def test_the_head_judges_decision_orders_the_named_before_the_others() -> None:
    marks = [Mark("J", name, "c", 5) for name in "ABCD"]
    ranking = ranked(marks, "decision", decisions={"C": 1, "B": 2})
    assert order(ranking) == [(1, "C"), (2, "B"), (3, "A"), (3, "D")]
    assert [s.decided_by for s in ranking.subjects] == ["decision"] * 4
    assert order(ranked(marks, "decision")) == [(1, name) for name in "ABCD"]


def test_a_decision_never_overrules_the_totals() -> None:
    assert ranked(LEVEL, "decision", decisions={"C": 1, "B": 2}).subjects[-1].subject == "C"


def test_a_decision_on_an_unknown_subject_is_refused() -> None:
    with pytest.raises(RuleError) as caught:
        ranked(LEVEL, "decision", decisions={"D": 1})
    assert (caught.value.path, caught.value.code) == ("decisions.D", "unknown_subject")


def test_a_lot_can_be_drawn_again_by_anybody() -> None:
    marks = [Mark("J", name, "c", 5) for name in ("甲", "을", "C", "D")]
    ranking = ranked(marks, "lot:2016-06:Chengdu")
    by_hash = sorted(
        ("甲", "을", "C", "D"),
        key=lambda name: hashlib.sha256(f"2016-06:Chengdu\n{name}".encode()).hexdigest(),
    )
    assert [subject.subject for subject in ranking.subjects] == by_hash
    assert [subject.rank for subject in ranking.subjects] == [1, 2, 3, 4]
    other = ranked(marks, "lot:another seed")
    assert [s.subject for s in other.subjects] != by_hash


def test_the_chain_goes_on_with_those_still_tied_and_records_who_was_decided_where() -> None:
    table = {"A": {"J1": 9, "J2": 5}, "B": {"J1": 8, "J2": 6}, "C": {"J1": 6, "J2": 8}}
    ranking = ranked(marks_of(table), "countback", "lot:x")
    assert (ranking.subjects[0].subject, ranking.subjects[0].decided_by) == ("A", "countback")
    assert {s.decided_by for s in ranking.subjects[1:]} == {"lot:x"}
    assert [taken.step for taken in ranking.tie_breaks] == ["countback", "lot:x"]
    assert set(ranking.tie_breaks[1].subjects) == {"B", "C"}


def test_an_unknown_criterion_in_the_chain_is_refused_when_the_marks_are_known() -> None:
    with pytest.raises(RuleError) as caught:
        ranked(LEVEL, "median", "criterion:taste")
    assert (caught.value.path, caught.value.code) == ("ties[1]", "unknown_criterion")
