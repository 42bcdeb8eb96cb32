"""Who sits where, who interprets, when somebody is away: properties of the pure parts of the meetings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadshows import free_times, meeting_basis
from roadshows.meeting_basis import Basis, PartyBasis, Settings, SlotBasis, StandingMeeting
from roadshows.meeting_tables import Sitting, seat, share_interpreters


@st.composite
def halls(draw: st.DrawFn) -> tuple[list[Sitting], dict[int, int]]:
    """Meetings in which nobody is at two tables at once, some of them at a table already."""
    slots = draw(st.integers(1, 5))
    tables = draw(st.integers(1, 6))
    sittings: list[Sitting] = []
    pairs: set[tuple[str, str]] = set()
    for slot in range(slots):
        count = draw(st.integers(0, tables))
        teams = draw(st.permutations([f"t{number}" for number in range(8)]))[:count]
        investors = draw(st.permutations([f"i{number}" for number in range(8)]))[:count]
        free = draw(st.permutations(range(1, tables + 1)))
        for at, pair in enumerate(zip(teams, investors, strict=True)):
            if pair in pairs:
                continue
            pairs.add(pair)
            stays = free[at] if draw(st.booleans()) else None
            sittings.append(Sitting(*pair, slot, stays))
    return sittings, dict.fromkeys(range(slots), tables)


@given(halls())
def test_everybody_has_a_table_and_nobody_shares_one(hall: tuple[list[Sitting], dict[int, int]]) -> None:
    sittings, tables = hall
    found = seat(sittings, tables)
    assert set(found) == {(one.team, one.investor) for one in sittings}
    places = [(one.slot, found[one.team, one.investor]) for one in sittings]
    assert len(set(places)) == len(places)
    for one in sittings:
        table = found[one.team, one.investor]
        assert 1 <= table <= tables[one.slot]
        assert one.table in (None, table)


def test_investors_keep_one_table_the_whole_day() -> None:
    """Four investors, four tables, four slots: teams go round, investors stay."""
    sittings = [
        Sitting(f"t{(slot + number) % 4}", f"i{number}", slot) for slot in range(4) for number in range(4)
    ]
    found = seat(sittings, dict.fromkeys(range(4), 4))
    for number in range(4):
        assert len({found[one.team, one.investor] for one in sittings if one.investor == f"i{number}"}) == 1


def test_more_meetings_than_tables_are_refused() -> None:
    with pytest.raises(ValueError, match="2 meetings and 1 tables"):
        seat([Sitting("t0", "i0", 0), Sitting("t1", "i1", 0)], {0: 1})


def test_interpreters_go_as_far_as_possible() -> None:
    """One can do both, one only Korean and Chinese: both meetings get somebody."""
    pairs = frozenset
    found = share_interpreters(
        [("a", 0, pairs(["ko-zh"])), ("b", 0, pairs(["en-zh"])), ("c", 1, pairs(["en-zh"]))],
        {"wide": pairs(["ko-zh", "en-zh"]), "narrow": pairs(["ko-zh"])},
        {"wide": frozenset([1])},
    )
    assert found == {"a": "narrow", "b": "wide"}


moments = st.integers(0, 40)
NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)


def stretch(start: int, length: int) -> free_times.Stretch:
    return NOON + timedelta(minutes=start), NOON + timedelta(minutes=start + length)


def minutes(away: list[free_times.Stretch]) -> set[int]:
    return {
        minute
        for start, end in away
        for minute in range(
            int((start - NOON).total_seconds() // 60), int((end - NOON).total_seconds() // 60)
        )
    }


stretches = st.lists(st.builds(stretch, moments, st.integers(1, 15)), max_size=6)


@given(stretches, st.builds(stretch, moments, st.integers(1, 15)))
def test_opening_and_closing_a_slot_changes_just_that_slot(
    away: list[free_times.Stretch], slot: free_times.Stretch
) -> None:
    opened = free_times.without(away, slot)
    closed = free_times.with_slot(away, slot)
    assert minutes(opened) == minutes(away) - minutes([slot])
    assert minutes(closed) == minutes(away) | minutes([slot])
    assert not free_times.is_away(opened, slot)


def no_wish_counts(team: str, investor: str, met: bool, exclude: bool) -> tuple[int, bool] | None:
    return None if "no" in (team, investor) else (5, False)


def party(key: str, **values: object) -> PartyBasis:
    return PartyBasis(key, frozenset(["zh"]), 3, **{"least": 0} | values)  # type: ignore[arg-type]


def test_what_is_fixed_makes_room_for_itself() -> None:
    """A locked meeting in a slot whose tables were taken away, of somebody who may have no meeting there."""
    basis = Basis(
        [SlotBasis("s", 0, 0, closed=True)],
        [party("t", busy=frozenset([0]))],
        [PartyBasis("i", frozenset(["ko"]), 0, 0)],
        standing=[StandingMeeting("t", "i", 0, fixed=True)],
    )
    posed = meeting_basis.problem(basis, Settings(), no_wish_counts)
    assert posed["tables"] == [1]
    assert posed["interpreters"] == [1]
    assert posed["investor_most"] == [1]
    assert posed["team_free"] == [[True]]
    assert posed["fixed"] == [0]


def test_a_promise_is_no_greater_than_the_partners_there_are() -> None:
    basis = Basis(
        [SlotBasis("s", 1, 0)],
        [party("t", least=2)],
        [party("i"), party("j")],
        {("t", "i"): "like", ("j", "t"): "like", ("t", "j"): "no"},
    )
    posed = meeting_basis.problem(basis, Settings(), no_wish_counts)
    assert posed["team_least"] == [1]
    assert len(posed["team"]) == 1
    assert meeting_basis.problem(basis, Settings(), no_wish_counts, repair=True)["team_least"] == [0]
