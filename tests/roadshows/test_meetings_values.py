"""What both sides wish becomes one value, and nobody learns who has declined."""

from __future__ import annotations

import itertools

import pytest

from roadshows.meetings_values import MutualValue, Wish, mutual_value

pytestmark = pytest.mark.no_database

WISHES: tuple[Wish, ...] = ("must", "like", "none", "no")


def test_values_are_a_plus_b_plus_twice_the_smaller() -> None:
    assert mutual_value("must", "must") == MutualValue(32, must=True)
    assert mutual_value("must", "like") == MutualValue(14, must=False)
    assert mutual_value("like", "like") == MutualValue(8, must=False)
    assert mutual_value("must", "none") == MutualValue(8, must=False)
    assert mutual_value("like", "none") == MutualValue(2, must=False)


def test_both_sides_count_alike() -> None:
    for team, investor in itertools.product(WISHES, WISHES):
        assert mutual_value(team, investor) == mutual_value(investor, team)


@pytest.mark.parametrize("wish", WISHES)
def test_no_thanks_cannot_be_told_from_no_wish_at_all(wish: Wish) -> None:
    assert mutual_value("no", wish) is mutual_value(wish, "no") is mutual_value("none", "none") is None


def test_having_met_before_is_worth_half_or_nothing() -> None:
    assert mutual_value("like", "like", met_before=True) == MutualValue(4, must=False)
    assert mutual_value("like", "none", met_before=True) == MutualValue(1, must=False)
    assert mutual_value("must", "must", met_before=True) == MutualValue(16, must=True)
    assert mutual_value("must", "must", met_before=True, meet_again=False) is None
    assert mutual_value("must", "must", meet_again=False) == MutualValue(32, must=True)


def test_an_unknown_wish_is_refused() -> None:
    with pytest.raises(KeyError):
        mutual_value("perhaps", "like")  # type: ignore[arg-type]
