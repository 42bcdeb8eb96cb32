"""Snapshots: prizes by rank, one canonical text, figures as the ranking gave them."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.languages import Trilingual
from judging.exact import fixed
from judging.explanations import AdjustmentLine, StageLine, explain
from judging.ranking import Adjustment, Mark, Rule, rank
from judging.snapshots import (
    OpenTie,
    PrizeLine,
    Subject,
    allot,
    allot_by_rule,
    build,
    canonical,
    code_order,
    same_outcome,
    sha256,
    table_text,
    without_marks,
)

NAME = {"zh": "奖", "ko": "상", "en": "Prize"}
PRIZES = [PrizeLine(1, NAME, 1), PrizeLine(2, NAME, 2)]


def snapshot_of(marks: list[Mark], rule: Rule, *, number: int = 1) -> dict[str, object]:
    ranking = rank(marks, rule)
    names = {mark.subject for mark in marks}
    return build(
        edition={"slug": "e"},
        round_={"slug": "r"},
        number=number,
        previous_sha256=None,
        reason="",
        imported_from="",
        rubric=[{"key": key, "name": NAME, "weight": "1"} for key in sorted({m.criterion for m in marks})],
        marks=marks,
        ranking=ranking,
        subjects={name: Subject(name, 1, name, name, "", "CN", NAME) for name in names},
        prizes=PRIZES,
        allotment=allot([(line.subject, line.rank) for line in ranking.subjects], PRIZES, 2),
        next_round=None,
        decisions=[],
    )


def test_prizes_go_by_rank() -> None:
    found = allot([("a", 1), ("b", 2), ("c", 3), ("d", 4)], PRIZES, 3)
    assert found.prizes == {"a": 1, "b": 2, "c": 2}
    assert found.advancing == {"a", "b", "c"}
    assert found.open_ties == ()


def test_entries_that_share_a_rank_within_one_prize_all_get_it() -> None:
    found = allot([("a", 1), ("b", 2), ("c", 2), ("d", 4)], PRIZES, None)
    assert found.prizes == {"a": 1, "b": 2, "c": 2}
    assert found.advancing is None
    assert found.open_ties == ()


def test_a_tie_across_a_line_is_open_and_gives_nobody_anything() -> None:
    found = allot([("a", 1), ("b", 1), ("c", 3)], PRIZES, 1)
    assert found.prizes == {"c": 2}
    assert found.advancing == frozenset()
    assert found.open_ties == (OpenTie("prize", ("a", "b"), 1, 1), OpenTie("advance", ("a", "b"), 1))


def test_a_tie_behind_the_last_prize_hurts_nobody() -> None:
    assert allot([("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 4)], PRIZES, None).open_ties == ()


def test_a_tie_across_the_last_line_is_open() -> None:
    found = allot([("a", 1), ("b", 2), ("c", 3), ("d", 3)], PRIZES, None)
    assert found.prizes == {"a": 1, "b": 2}
    assert found.open_ties == (OpenTie("prize", ("c", "d"), 1, 2),)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), st.lists(st.integers(1, 3), max_size=4))
def test_nobody_gets_a_prize_while_somebody_better_has_none(sizes: list[int], places: list[int]) -> None:
    ranks, before = [], 0
    for size in sizes:
        ranks += [(f"s{before + k}", before + 1) for k in range(size)]
        before += size
    prizes = [PrizeLine(number, NAME, count) for number, count in enumerate(places, 1)]
    found = allot(ranks, prizes, None)
    for number, count in enumerate(places, 1):
        assert sum(prize == number for prize in found.prizes.values()) <= count
    got = [found.prizes.get(subject, 0) for subject, _ in ranks]
    given_out = [prize for prize in got if prize]
    assert given_out == sorted(given_out)
    crossed = {subject for tie in found.open_ties for subject in tie.subjects}
    assert crossed.isdisjoint(found.prizes)
    total = sum(places)
    for subject, place in ranks:
        if place <= total and subject not in crossed:
            assert subject in found.prizes


MARKS = st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=1, max_size=6)
RULES = st.sampled_from(
    [
        {},
        {"rounding": {"total": 2}},
        {"aggregate": {"over": "criterion", "method": "trimmed_mean", "drop_from": 3}},
        {"aggregate": {"method": "trimmed_mean", "drop_from": 3}, "rounding": {"total": 1}},
        {"aggregate": {"over": "criterion"}, "rounding": {"criterion": 2, "weighted": 2, "total": 2}},
        {"aggregate": {"method": "median"}, "ties": ["countback", "lower_spread"]},
        {"aggregate": {"method": "rank_sum"}},
    ]
)


@given(MARKS, RULES)
def test_a_snapshot_holds_the_totals_of_the_ranking_and_only_text(
    quarters: list[list[int]], data: dict[str, object]
) -> None:
    marks = [
        Mark(f"J{judge}", f"team {place}", criterion, Fraction(quarter + shift, 4))
        for place, row in enumerate(quarters)
        for judge, quarter in enumerate(row)
        for shift, criterion in enumerate(("idea", "market"))
    ]
    rule = Rule.from_json(data)
    ranking = rank(marks, rule)
    snapshot = json.loads(canonical(snapshot_of(marks, rule)))
    assert [(row["subject"], row["rank"], row["total"]) for row in snapshot["ranking"]] == [
        (line.subject, line.rank, fixed(line.total, rule.rounding_total)) for line in ranking.subjects
    ]
    for row in snapshot["ranking"]:
        explained = explain(snapshot, row)
        assert explained.total == row["total"]
        for line in explained.lines:
            column = row["criteria"][line.key]
            shown = {
                judge: cell.mark for judge, cell in zip(explained.judges, line.cells, strict=True) if cell
            }
            assert shown == column["marks"]
            dropped = [
                judge
                for judge, cell in zip(explained.judges, line.cells, strict=True)
                if cell and cell.dropped
            ]
            assert dropped == sorted(column["dropped"], key=code_order)


def test_the_text_is_the_same_whatever_the_order_of_marks() -> None:
    marks = [
        Mark(f"J{judge}", team, "idea", str(judge + len(team))) for judge in range(3) for team in ("a", "bb")
    ]
    rule = Rule.from_json({})
    one, other = (canonical(snapshot_of(rows, rule)) for rows in (marks, marks[::-1]))
    assert one == other
    assert sha256(one) == sha256(other)


def test_a_float_never_gets_into_a_snapshot() -> None:
    with pytest.raises(TypeError, match=r"0\.1"):
        canonical({"ranking": [{"total": 0.1}]})


def test_the_hashed_table_is_one_that_flask_rank_reads() -> None:
    from judging.score_table import read_scores

    marks = [Mark("J2", "창신팀, A", "c", "9.50"), Mark("J1", '"创新"', "c", Fraction(7, 4))]
    table = read_scores(table_text(marks).encode(), "marks.csv")
    assert sorted((m.judge, m.subject, m.score) for m in table.marks) == [
        ("J1", '"创新"', Fraction(7, 4)),
        ("J2", "창신팀, A", Fraction(19, 2)),
    ]


def test_versions_that_differ_in_number_only_say_the_same() -> None:
    marks = [Mark("J1", "a", "c", "1"), Mark("J1", "b", "c", "2")]
    rule = Rule.from_json({})
    first, second = snapshot_of(marks, rule), snapshot_of(marks, rule, number=2)
    assert first != second
    assert same_outcome(first, second)
    changed = snapshot_of([*marks[:1], Mark("J1", "b", "c", "3")], rule, number=2)
    assert not same_outcome(first, changed)


def test_a_snapshot_without_marks_holds_none() -> None:
    marks = [Mark("J1", "a", "c", "1.25"), Mark("J2", "a", "c", "8.75")]
    text = canonical(without_marks(snapshot_of(marks, Rule.from_json({}))))
    assert "1.25" not in text
    assert "8.75" not in text
    assert "J1" not in text
    assert '"total":"5.000000"' in text


def test_judges_stand_in_the_order_of_their_numbers() -> None:
    assert sorted(["J10", "J2", "J1", "Brejoux"], key=code_order) == ["Brejoux", "J1", "J2", "J10"]


def test_a_snapshot_says_what_earlier_rounds_and_adjustments_gave_and_which_prize_is_shared() -> None:
    rule = Rule.from_json(
        {
            "stages": {"carried": [{"round": "documents", "weight": "40"}], "own": {"weight": "60"}},
            "prizes": {"ties": "split"},
            "rounding": {"total": 1},
        }
    )
    marks = [Mark("J1", "a", "c", "90"), Mark("J1", "b", "c", "80")]
    ranking = rank(
        marks,
        rule,
        carried={"documents": {"a": Fraction(60), "b": Fraction(70)}},
        adjustments={"b": [Adjustment("2", "patent")]},
    )
    snapshot = json.loads(
        canonical(
            build(
                edition={"slug": "e"},
                round_={"slug": "r"},
                number=1,
                previous_sha256=None,
                reason="",
                imported_from="",
                rubric=[{"key": "c", "name": NAME, "weight": "1"}],
                marks=marks,
                ranking=ranking,
                subjects={name: Subject(name, 1, name, name, "", "CN", NAME) for name in "ab"},
                prizes=PRIZES,
                allotment=allot_by_rule(ranking, PRIZES, None),
                next_round=None,
                decisions=[],
            )
        )
    )
    assert [(row["subject"], row["rank"]) for row in snapshot["ranking"]] == [("a", 1), ("b", 1)]
    assert snapshot["shared_prizes"] == [{"prize": 1, "subjects": ["a", "b"], "places": 1}]
    found = explain(snapshot, snapshot["ranking"][1])
    assert found.own_total == "80.0"
    assert found.stages == (
        StageLine("documents", "40", "", "70", "28.000000", Trilingual.same("documents")),
        StageLine("", "60", "", "80", "48.000000"),
    )
    assert found.adjustments == (AdjustmentLine("2", "patent"),)
    assert found.total == "78.000000"
    shown = without_marks(snapshot)
    assert shown["ranking"][1]["adjustments"] == [{"points": "2", "reason": "patent"}]
