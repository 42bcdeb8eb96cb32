"""Prizes and places in the next round where ties stand on a line: open, widened, narrowed, split."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judging.allotting import PRIZE_TIES, Advance, Allotment, OpenTie, PrizeLine, SharedPrize, allot
from judging.ranking import Mark, Rule, rank
from judging.snapshots import allot_by_rule

NAME = {"zh": "奖", "ko": "상", "en": "Prize"}
GOLD, SILVER = PrizeLine(1, NAME, 1), PrizeLine(2, NAME, 2)
TIED_FIRST = [("a", 1), ("b", 1), ("c", 3), ("d", 4), ("e", 5)]


def given_out(ties: str, ranks: list[tuple[str, int]] = TIED_FIRST) -> Allotment:
    return allot(ranks, [GOLD, SILVER], None, prize_ties=ties)


def test_widened_all_tied_get_the_prize_above_and_the_next_prize_keeps_its_places() -> None:
    assert given_out("widen").prizes == {"a": 1, "b": 1, "c": 2, "d": 2}
    assert given_out("widen").open_ties == ()


def test_split_the_tied_share_the_prize_above() -> None:
    found = given_out("split")
    assert found.prizes == {"a": 1, "b": 1, "c": 2, "d": 2}
    assert found.shared == (SharedPrize(1, ("a", "b"), 1),)


def test_narrowed_the_tied_get_the_next_prize_and_the_one_above_is_not_given() -> None:
    assert given_out("narrow").prizes == {"a": 2, "b": 2}
    three = [("a", 1), ("b", 2), ("c", 2), ("d", 2), ("e", 5)]
    assert given_out("narrow", three).prizes == {"a": 1}


def test_open_nobody_of_the_tied_gets_anything_yet() -> None:
    found = given_out("open")
    assert found.prizes == {"c": 2}
    assert found.open_ties == (OpenTie("prize", ("a", "b"), 1, 1),)


def test_a_tie_that_reaches_over_two_prizes_gets_the_first() -> None:
    ranks = [(name, 1) for name in "abcd"] + [("e", 5)]
    assert given_out("widen", ranks).prizes == {**dict.fromkeys("abcd", 1), "e": 2}


def test_all_tied_on_the_last_place_go_on_when_the_rule_says_so() -> None:
    ranks = [("a", 1), ("b", 2), ("c", 2), ("d", 4)]
    assert allot(ranks, [], 2).open_ties == (OpenTie("advance", ("b", "c"), 1),)
    found = allot(ranks, [], 2, advance=Advance(ties="all"))
    assert found.advancing == {"a", "b", "c"}
    assert found.open_ties == ()


def test_all_who_reach_the_line_go_on() -> None:
    marks = [Mark("J", name, "c", mark) for name, mark in (("a", "90"), ("b", "70"), ("c", "69.9"))]
    rule = Rule.from_json({"advance": {"by": "line", "line": "70"}})
    assert allot_by_rule(rank(marks, rule), [], None).advancing == {"a", "b"}
    low = Rule.from_json({"direction": "low", "advance": {"by": "line", "line": "70"}})
    assert allot_by_rule(rank(marks, low), [], 1).advancing == {"b", "c"}


def test_the_rule_of_a_ranking_says_what_ties_do() -> None:
    marks = [Mark("J", name, "c", mark) for name, mark in (("a", "9"), ("b", "9"), ("c", "8"))]
    rule = Rule.from_json({"prizes": {"ties": "split"}, "advance": {"ties": "all"}})
    found = allot_by_rule(rank(marks, rule), [GOLD, SILVER], 1)
    assert found == Allotment(
        {"a": 1, "b": 1, "c": 2}, frozenset({"a", "b"}), (), (SharedPrize(1, ("a", "b"), 1),)
    )


def test_a_line_without_totals_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="totals"):
        allot([("a", 1)], [], None, advance=Advance("line", Fraction(1)))


@given(
    st.sampled_from(PRIZE_TIES),
    st.lists(st.integers(1, 4), min_size=1, max_size=8),
    st.lists(st.integers(0, 3), max_size=4),
)
def test_the_tied_get_the_same_and_nobody_gets_more_than_a_better_one(
    ties: str, sizes: list[int], places: list[int]
) -> None:
    ranks, before = [], 0
    for size in sizes:
        ranks += [(f"s{before + k}", before + 1) for k in range(size)]
        before += size
    prizes = [PrizeLine(number, NAME, count) for number, count in enumerate(places, 1)]
    found = allot(ranks, prizes, None, prize_ties=ties)
    crossed = {subject for tie in found.open_ties for subject in tie.subjects}
    got = [(found.prizes.get(name, 99), place) for name, place in ranks if name not in crossed]
    assert [prize for prize, _ in got] == sorted(prize for prize, _ in got)
    by_rank: dict[int, set[int]] = {}
    for prize, place in got:
        by_rank.setdefault(place, set()).add(prize)
    assert all(len(same) == 1 for same in by_rank.values())
    if ties != "open":
        assert not found.open_ties
    counts = {number: list(found.prizes.values()).count(number) for number in range(1, len(places) + 1)}
    if ties in ("open", "narrow"):
        assert all(counts[number] <= count for number, count in enumerate(places, 1))
    else:
        over = [number for number, count in enumerate(places, 1) if counts[number] > count]
        assert [shared.prize for shared in found.shared] == (over if ties == "split" else [])
        opened = allot(ranks, prizes, None).prizes
        assert all(found.prizes[name] <= prize for name, prize in opened.items())
