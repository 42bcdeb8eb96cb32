"""What holds for every table and rule: properties checked on random ones."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from judging.exact import half_up
from judging.ranking import Mark, Ranking, Rule, rank
from judging.rules import METHODS

repeatable = settings(deadline=None, derandomize=True)

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 7), st.integers(1, 3))


@st.composite
def tables(draw: st.DrawFn, *, complete: bool = False) -> list[Mark]:
    """Marks from 0 to 10 in halves; unless complete, sheets may be missing, yet every subject has one."""
    subjects, judges, criteria = draw(SIZES)
    marks = []
    for subject in range(subjects):
        present = (
            draw(st.sets(st.integers(0, judges - 1), min_size=1)) if not complete else set(range(judges))
        )
        for judge in sorted(present):
            for criterion in range(criteria):
                score = Fraction(draw(st.integers(0, 20)), 2)
                marks.append(Mark(f"J{judge}", f"S{subject}", f"C{criterion}", score))
    return marks


UNMOVED = ("mean", "trimmed_mean", "median", "rank_sum", "borda", "t_score", "schulze")
TIES = ["criterion:C0", "untrimmed_total", "more_digits", "median", "countback", "head_to_head", "at_least:5"]
TIES += ["lower_spread", "calibrated", "decision", "lot:seed"]


@st.composite
def rules(draw: st.DrawFn, methods: tuple[str, ...] = METHODS) -> dict[str, Any]:
    places = st.none() | st.integers(0, 3)
    return {
        "direction": draw(st.sampled_from(["high", "low"])),
        "aggregate": {
            "over": draw(st.sampled_from(["judge_totals", "criterion"])),
            "method": draw(st.sampled_from(methods)),
            "drop_high": draw(st.integers(0, 2)),
            "drop_low": draw(st.integers(0, 2)),
        },
        "weights": draw(st.sampled_from(["as_points", "normalized"])),
        "rounding": {"criterion": draw(places), "weighted": draw(places), "total": draw(places)},
        "ties": draw(st.lists(st.sampled_from(TIES), unique=True, max_size=4)),
    }


def ranked(marks: list[Mark], rule: dict[str, Any]) -> Ranking:
    return rank(marks, Rule.from_json(rule))


@repeatable
@given(tables(), rules(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(marks: list[Mark], rule: dict[str, Any], random: Any) -> None:
    shuffled = list(marks)
    random.shuffle(shuffled)
    first, second = ranked(marks, rule), ranked(shuffled, rule)
    assert json.dumps(first.to_json(), sort_keys=True) == json.dumps(second.to_json(), sort_keys=True)
    assert [taken.to_json() for taken in first.tie_breaks] == [taken.to_json() for taken in second.tie_breaks]


@repeatable
@given(tables(), rules(), st.permutations(range(7)))
def test_the_names_of_judges_change_no_rank(
    marks: list[Mark], rule: dict[str, Any], names: list[int]
) -> None:
    renamed = [Mark(f"J{names[int(m.judge[1:])]}", m.subject, m.criterion, m.score) for m in marks]
    first, second = ranked(marks, rule), ranked(renamed, rule)
    assert [(s.subject, s.rank, s.total) for s in first.subjects] == [
        (s.subject, s.rank, s.total) for s in second.subjects
    ]


@repeatable
@given(tables(), rules())
def test_ranks_follow_totals_and_shared_ranks_skip(marks: list[Mark], rule: dict[str, Any]) -> None:
    ranking = ranked(marks, rule)
    low_wins = ranking.scores.low_totals_win
    subjects = ranking.subjects
    assert sorted(s.subject for s in subjects) == sorted({mark.subject for mark in marks})
    for better, worse in pairwise(subjects):
        assert better.total <= worse.total if low_wins else better.total >= worse.total
        if better.total != worse.total:
            assert better.rank < worse.rank
        if better.rank == worse.rank:
            assert better.tied
            assert worse.tied
    expected = 1
    for place, group in groupby(subjects, key=lambda subject: subject.rank):
        together = list(group)
        assert place == expected
        assert all(subject.tied == (len(together) > 1) for subject in together)
        expected += len(together)
    for subject in subjects:
        level = sum(other.total == subject.total for other in subjects)
        assert (subject.decided_by is not None) <= (level > 1)
        assert subject.tied <= (level > 1)


@repeatable
@given(
    tables(complete=True),
    rules(UNMOVED),
)
def test_a_constant_added_to_all_marks_changes_no_order(marks: list[Mark], rule: dict[str, Any]) -> None:
    """Without rounding, which may level what was apart."""
    rule = {**rule, "rounding": {}, "ties": []}
    raised = [Mark(m.judge, m.subject, m.criterion, Fraction(m.score) + Fraction(7, 2)) for m in marks]
    assert [(s.rank, s.subject) for s in ranked(marks, rule).subjects] == [
        (s.rank, s.subject) for s in ranked(raised, rule).subjects
    ]


@repeatable
@given(tables(complete=True), rules(("mean", "rank_sum", "borda", "t_score")))
def test_a_strict_judge_who_marked_everybody_changes_no_order(
    marks: list[Mark], rule: dict[str, Any]
) -> None:
    rule = {**rule, "rounding": {}, "ties": []}
    moved = [Mark(m.judge, m.subject, m.criterion, Fraction(m.score) - 4 * (m.judge == "J0")) for m in marks]
    assert [(s.rank, s.subject) for s in ranked(marks, rule).subjects] == [
        (s.rank, s.subject) for s in ranked(moved, rule).subjects
    ]


@repeatable
@given(tables(), rules(("trimmed_mean",)))
def test_as_many_marks_are_dropped_as_the_rule_says(marks: list[Mark], rule: dict[str, Any]) -> None:
    high, low = rule["aggregate"]["drop_high"], rule["aggregate"]["drop_low"]
    for subject in ranked(marks, rule).subjects:
        columns = [subject.judge_totals] if subject.judge_totals else list(subject.criteria.values())
        for column in columns:
            assert column is not None
            kept = [mark for judge, mark in column.marks.items() if judge not in column.dropped]
            dropped = sorted(column.marks[judge] for judge in column.dropped)
            assert len(dropped) == (high + low if len(column.marks) >= 5 else 0)
            if dropped:
                assert all(mark <= min(kept) for mark in dropped[:low])
                assert all(mark >= max(kept) for mark in dropped[low:])


@repeatable
@given(tables(), rules(("mean", "trimmed_mean", "sum")), st.data())
def test_a_higher_mark_never_lowers_a_total(
    marks: list[Mark], rule: dict[str, Any], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(marks) - 1))
    mark = marks[place]
    raised = [*marks]
    raised[place] = Mark(mark.judge, mark.subject, mark.criterion, Fraction(mark.score) + 1)
    before = {s.subject: s.total for s in ranked(marks, rule).subjects}
    after = {s.subject: s.total for s in ranked(raised, rule).subjects}
    assert after[mark.subject] >= before[mark.subject]
    assert all(after[name] == before[name] for name in before if name != mark.subject)


@repeatable
@given(tables(), rules(("mean", "trimmed_mean", "median", "sum")))
def test_the_explanation_adds_up_to_the_total_again(marks: list[Mark], rule: dict[str, Any]) -> None:
    """From the marks in the explanation alone, by an own, slower way through every step."""
    ranking = ranked(marks, rule)
    names = sorted({mark.criterion for mark in marks})
    factor = Fraction(1, len(names)) if rule["weights"] == "normalized" else Fraction(1)
    rounding = rule["rounding"]

    def over_judges(figures: dict[str, Fraction], dropped: tuple[str, ...]) -> Fraction:
        kept = sorted(figure for judge, figure in figures.items() if judge not in dropped)
        if rule["aggregate"]["method"] == "sum":
            return sum(kept, Fraction(0))
        if rule["aggregate"]["method"] == "median":
            return (kept[(len(kept) - 1) // 2] + kept[len(kept) // 2]) / 2
        return sum(kept, Fraction(0)) / len(kept)

    for subject in ranking.subjects:
        if subject.judge_totals is None:
            weighted = []
            for column in subject.criteria.values():
                result = half_up(over_judges(dict(column.marks), column.dropped), rounding["criterion"])
                assert result == column.result
                weighted.append(half_up(factor * result, rounding["weighted"]))
                assert weighted[-1] == column.weighted
            total = sum(weighted, Fraction(0))
        else:
            judges = {
                judge: half_up(
                    factor * sum((subject.criteria[name].marks[judge] for name in names), Fraction(0)),
                    rounding["weighted"],
                )
                for judge in subject.criteria[names[0]].marks
            }
            assert judges == subject.judge_totals.marks
            total = over_judges(judges, subject.judge_totals.dropped)
        assert half_up(total, rounding["total"]) == subject.total


@repeatable
@given(tables(), rules())
def test_a_lot_at_the_end_leaves_no_shared_rank(marks: list[Mark], rule: dict[str, Any]) -> None:
    ties = [step for step in rule["ties"] if step != "lot:seed"]
    ranking = ranked(marks, {**rule, "ties": [*ties, "lot:seed"]})
    assert [subject.rank for subject in ranking.subjects] == list(range(1, len(ranking.subjects) + 1))


@repeatable
@given(tables(complete=True))
def test_schulze_elects_a_subject_that_wins_every_duel(marks: list[Mark]) -> None:
    ranking = ranked(marks, {"aggregate": {"method": "schulze"}})
    found = ranking.scores.schulze
    assert found is not None
    duels = found.preferred
    winners = [a for a, row in duels.items() if all(row[b] > duels[b][a] for b in row)]
    assume(winners)
    assert ranking.subjects[0].subject == winners[0]
    assert not ranking.subjects[0].tied
