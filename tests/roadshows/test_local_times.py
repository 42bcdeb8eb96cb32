"""A moment in two cities an hour apart: the day wraps where it has to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from core.languages import Trilingual
from roadshows.local_times import CHENGDU, SEOUL, Place, at, places_for, readings

YANTAI = Place(Trilingual("烟台", "옌타이", "Yantai"), "Asia/Shanghai")
LOS_ANGELES = Place(Trilingual.same("Los Angeles"), "America/Los_Angeles")


def test_ten_in_seoul_is_nine_in_yantai() -> None:
    start = at(date(2026, 6, 10), 10, 0, "Asia/Seoul")
    seoul, yantai = readings(start, start + timedelta(minutes=20), places_for(SEOUL, [SEOUL, YANTAI], start))
    assert (seoul.place.ko, seoul.start, seoul.end, seoul.day) == ("서울", "10:00", "10:20", None)
    assert (yantai.place.zh, yantai.start, yantai.end, yantai.day) == ("烟台", "09:00", "09:20", None)


def test_a_quarter_past_midnight_in_seoul_is_the_evening_before_in_yantai() -> None:
    start = at(date(2026, 6, 10), 0, 15, "Asia/Seoul")
    assert start == datetime(2026, 6, 9, 15, 15, tzinfo=UTC)
    seoul, yantai = readings(start, start + timedelta(minutes=60), [SEOUL, YANTAI])
    assert (seoul.start, seoul.day, seoul.end_day) == ("00:15", None, None)
    assert (yantai.start, yantai.day, yantai.end, yantai.end_day) == (
        "23:15",
        date(2026, 6, 9),
        "00:15",
        date(2026, 6, 10),
    )


def test_half_past_eleven_at_night_in_yantai_is_the_next_day_in_seoul() -> None:
    start = at(date(2026, 6, 10), 23, 30, "Asia/Shanghai")
    yantai, seoul, far = readings(start, None, [YANTAI, SEOUL, LOS_ANGELES])
    assert (yantai.start, yantai.end) == ("23:30", "")
    assert (seoul.start, seoul.day) == ("00:30", date(2026, 6, 11))
    assert (far.start, far.day) == ("08:30", None)


def test_an_event_in_one_city_is_told_beside_the_clock_of_the_other_country() -> None:
    start = at(date(2026, 6, 10), 10, 0, "Asia/Seoul")
    assert places_for(SEOUL, [SEOUL], start) == [SEOUL, CHENGDU]
    assert places_for(YANTAI, [YANTAI], start) == [YANTAI, SEOUL]
