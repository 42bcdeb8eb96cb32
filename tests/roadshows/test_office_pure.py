"""Slot times, presets, holidays, zones and language pairs, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.languages import Trilingual
from roadshows import holiday_calendar, language_pairs, zones
from roadshows.presets import PRESETS, preset
from roadshows.slot_times import (
    AfterMidnight,
    NoSuchTime,
    Stretch,
    clash,
    first_overlap,
    moment,
    moved,
    series,
)

pytestmark = pytest.mark.no_database
ZONES = ("Asia/Seoul", "Asia/Shanghai", "America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe")
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def on_the_wall(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(
    day=DAYS,
    zone=st.sampled_from(ZONES),
    first=st.times(),
    minutes=st.integers(1, 720),
    count=st.integers(1, 100),
    pause=st.integers(0, 240),
)
def test_a_series_never_overlaps_and_begins_on_its_day(
    day: date, zone: str, first: time, minutes: int, count: int, pause: int
) -> None:
    try:
        found = series(day, zone, first.replace(second=0, microsecond=0), minutes, count, pause)
    except (AfterMidnight, NoSuchTime):
        return
    assert len(found) == count
    assert first_overlap(found) is None
    assert {on_the_wall(one.starts_at, zone).date() for one in found} == {day}
    gaps = {later.starts_at - one.ends_at for one, later in pairwise(found)}
    assert gaps <= {timedelta(minutes=pause)}


def test_a_series_says_which_slot_would_begin_after_midnight() -> None:
    assert len(series(date(2026, 6, 10), "Asia/Seoul", time(23, 0), 30, 2)) == 2
    with pytest.raises(AfterMidnight) as refused:
        series(date(2026, 6, 10), "Asia/Seoul", time(23, 0), 30, 4)
    assert refused.value.number == 3


def test_a_slot_may_end_after_midnight() -> None:
    (late,) = series(date(2026, 6, 10), "Asia/Seoul", time(23, 30), 60)
    assert late.starts_at == datetime(2026, 6, 10, 14, 30, tzinfo=UTC)
    (early,) = series(date(2026, 6, 11), "Asia/Seoul", time(0, 15), 30)
    assert clash([late], [early]) == (late, early)
    assert clash([late], [Stretch(late.ends_at, 30)]) is None


@pytest.mark.parametrize(("count", "minutes", "pause"), [(0, 20, 0), (101, 20, 0), (1, 0, 0), (1, 20, -1)])
def test_an_impossible_series_is_refused(count: int, minutes: int, pause: int) -> None:
    with pytest.raises(ValueError, match="series"):
        series(date(2026, 6, 10), "Asia/Seoul", time(9), minutes, count, pause)


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(NoSuchTime):
        moment(date(2026, 3, 8), time(2, 30), "America/Los_Angeles")
    twice = moment(date(2026, 11, 1), time(1, 30), "America/Los_Angeles")
    assert twice == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


@given(
    at=st.integers(0, 15 * 365 * 1440).map(lambda minute: EPOCH + timedelta(minutes=minute)),
    zone=st.sampled_from(ZONES),
    days=st.integers(-400, 400),
)
def test_what_moves_keeps_its_time_on_the_wall(at: datetime, zone: str, days: int) -> None:
    try:
        then = moved(at, zone, days)
    except NoSuchTime:
        return
    assert on_the_wall(then, zone) == on_the_wall(at, zone) + timedelta(days=days)


def test_a_changed_clock_keeps_the_time_on_the_wall() -> None:
    at = moment(date(2026, 6, 10), time(10), "Asia/Seoul")
    assert moved(at, "Asia/Seoul", 0, "Asia/Shanghai") - at == timedelta(hours=1)


@pytest.mark.parametrize("plan", PRESETS, ids=lambda plan: plan.key)
@given(first_day=DAYS)
def test_a_preset_fits_on_every_day(plan: object, first_day: date) -> None:
    assert isinstance(plan, type(PRESETS[0]))
    cities = {city.slug: city for city in plan.cities}
    assert all(zones.is_zone(city.zone) and city.country in zones.COUNTRIES for city in cities.values())
    for day in plan.days:
        zone = cities[day.city].zone
        on = first_day + timedelta(days=day.offset)
        found = [Stretch(moment(on, slot.at, zone), slot.minutes) for slot in day.slots]
        assert first_overlap(found) is None
        assert {on_the_wall(one.starts_at, zone).date() for one in found} == {on}
        for slot in day.slots:
            if slot.session is not None:
                assert all(slot.session.title.to_json().values())
        if day.meetings is not None:
            meant = next(slot for slot in day.slots if slot.session and slot.session.kind == "meetings")
            assert meant.at == day.meetings.at
            assert meant.minutes == day.meetings.minutes * day.meetings.count
    assert preset(plan.key) is plan


def test_there_is_no_preset_of_another_name() -> None:
    assert preset("no-such") is None


# --- holidays ---


def on(day: date, notes: list[holiday_calendar.Note] | None = None) -> list[tuple[str, str]]:
    return [(one.country, one.kind) for one in holiday_calendar.specials(day, day, notes or [])]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 9, 25), [("KR", "holiday"), ("CN", "holiday")]),
        (date(2026, 10, 1), [("CN", "holiday")]),
        (date(2026, 10, 9), [("KR", "holiday")]),
        (date(2026, 2, 17), [("KR", "holiday"), ("CN", "holiday")]),
        (date(2026, 9, 20), [("CN", "working")]),
        (date(2026, 10, 10), [("CN", "working")]),
        (date(2027, 2, 8), [("KR", "holiday"), ("CN", "holiday")]),
        (date(2027, 10, 3), [("KR", "holiday"), ("CN", "holiday")]),
        (date(2026, 6, 10), []),
    ],
)
def test_holidays_of_both_countries_are_known(day: date, expected: list[tuple[str, str]]) -> None:
    assert on(day) == expected


def test_a_year_without_the_state_councils_notice_is_a_forecast() -> None:
    def forecast(year: int, country: str) -> set[bool]:
        found = holiday_calendar.specials(date(year, 1, 1), date(year, 12, 31))
        return {one.is_forecast for one in found if one.country == country and one.kind == "holiday"}

    assert forecast(2026, "CN") == {False}
    assert forecast(2027, "CN") == {True}
    assert forecast(2027, "KR") == {False}


@pytest.mark.parametrize("year", range(2024, 2029))
def test_every_holiday_has_a_name_in_three_languages(year: int) -> None:
    found = holiday_calendar.specials(date(year, 1, 1), date(year, 12, 31))
    assert len(found) > 30
    assert [one for one in found if not (one.name.zh and one.name.ko and one.name.en)] == []


def test_a_note_has_the_last_word() -> None:
    chuseok, sunday, friday = date(2026, 9, 25), date(2027, 2, 14), date(2026, 6, 12)
    name = Trilingual(en="Noted")

    def note(kind: str, day: date) -> list[holiday_calendar.Note]:
        return [holiday_calendar.Note("CN", day, kind, name)]

    assert on(chuseok, note("working", chuseok)) == [("KR", "holiday"), ("CN", "working")]
    assert on(sunday, note("working", sunday)) == [("CN", "working")]
    assert on(friday, note("holiday", friday)) == [("CN", "holiday")]
    assert on(friday, note("working", friday)) == []
    (noted,) = holiday_calendar.specials(sunday, sunday, note("working", sunday))
    assert noted.is_noted
    assert noted.name == name


def test_around_the_days_means_a_week_before_and_after() -> None:
    found = holiday_calendar.around([date(2026, 9, 30), date(2026, 9, 18)])
    assert found[0].date == date(2026, 9, 20)
    assert found[-1].date == date(2026, 10, 7)
    assert holiday_calendar.around([]) == []
    far = holiday_calendar.around([date(2026, 1, 1), date(2090, 1, 1)])
    assert far[-1].date < date(2027, 3, 1)
    with pytest.raises(ValueError, match="400"):
        holiday_calendar.specials(date(2026, 1, 1), date(2027, 12, 31))


# --- languages and clocks ---


@pytest.mark.parametrize(
    ("language", "country", "pair"),
    [
        ("zh", "KR", "ko-zh"),
        ("ko", "KR", "ko-zh"),
        ("en", "KR", "en-ko"),
        ("zh", "CN", "ko-zh"),
        ("ko", "CN", "ko-zh"),
        ("en", "CN", "en-zh"),
        ("zh", "US", "en-zh"),
        ("en", "US", "en-ko"),
    ],
)
def test_a_pair_of_languages_is_suggested(language: str, country: str, pair: str) -> None:
    assert language_pairs.suggested(language, country) == pair


@pytest.mark.parametrize(("one", "other"), [("ko", "ko"), ("ko", "fr"), ("", "zh"), ("zh-ko", "en")])
def test_a_pair_needs_two_languages_of_ours(one: str, other: str) -> None:
    with pytest.raises(ValueError, match="pair"):
        language_pairs.pair_of(one, other)


def test_a_clock_is_one_of_the_worlds() -> None:
    assert all(zones.is_zone(zone) for zone in (*zones.USUAL, "America/Argentina/Buenos_Aires"))
    for text in ("", "CST", "UTC+8", "../etc/passwd", "Asia/Chengdu", "asia/seoul", "Etc/GMT+8", "\0", "😀"):
        assert not zones.is_zone(text)
    assert all(len(zone) <= zones.LONGEST for zone in zones.all_zones())
