"""Seats go by kind and rank from the front; who has one keeps it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadshows.seating import Sitter, seat_names, seats_by_rank

pytestmark = pytest.mark.no_database


def test_rows_have_letters_and_seats_numbers() -> None:
    names = seat_names(28, 2)
    assert names[:3] == ["A-1", "A-2", "B-1"]
    assert names[-4:] == ["AA-1", "AA-2", "AB-1", "AB-2"]
    assert len(set(seat_names(100, 100))) == 10_000


@pytest.mark.parametrize(("rows", "per_row"), [(0, 5), (101, 5), (5, 0), (-1, 1)])
def test_rooms_without_seats_are_refused(rows: int, per_row: int) -> None:
    with pytest.raises(ValueError, match="rows"):
        seat_names(rows, per_row)


def test_kind_then_rank_then_name() -> None:
    sitters = [
        Sitter(1, 1, None, "b"),
        Sitter(2, 1, 5, "z"),
        Sitter(3, 0, None, "a"),
        Sitter(4, 0, 2, "y"),
        Sitter(5, 1, None, "a", "C-1"),
    ]
    given_seats, left = seats_by_rank(sitters, seat_names(2, 2), taken=["A-1"])
    assert given_seats == {4: "A-2", 3: "B-1", 2: "B-2", 5: "C-1"}
    assert left == [1]


@given(st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(1, 9)), max_size=30), st.integers(1, 20))
def test_no_seat_is_given_twice_and_nobody_is_forgotten(
    people: list[tuple[int, int | None]], rows: int
) -> None:
    sitters = [Sitter(number, kind, rank, "x") for number, (kind, rank) in enumerate(people)]
    given_seats, left = seats_by_rank(sitters, seat_names(rows, 1))
    assert len(set(given_seats.values())) == len(given_seats)
    assert sorted([*given_seats, *left]) == list(range(len(people)))
