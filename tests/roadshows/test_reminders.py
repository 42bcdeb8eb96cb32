"""Reminders as moments: before the hour, out of quiet hours, once, never too late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadshows.reminders import BEFORE_QUIET, Duty, Quiet, moment_for, plan

SEOUL, SHANGHAI, PACIFIC = "Asia/Seoul", "Asia/Shanghai", "America/Los_Angeles"
NIGHT = Quiet(22, 8)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def local(text: str, zone: str = SEOUL) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def duty(starts: str, zone: str = SEOUL, **values: object) -> Duty:
    known = {
        "person": 1,
        "item": "session:k2",
        "version": 0,
        "starts_at": local(starts),
        "told_at": LONG_AGO,
        "zone": zone,
    }
    return Duty(**(known | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("starts", "offset", "expected"),
    [
        ("2026-06-10 10:00", 60, "2026-06-10 09:00"),
        ("2026-06-10 10:00", 1440, "2026-06-09 10:00"),
        ("2026-06-10 09:00", 60, "2026-06-10 08:00"),  # the quiet hours are over on the stroke
        ("2026-06-10 08:30", 60, "2026-06-10 08:00"),  # half of the hour is left
        ("2026-06-10 08:29", 60, "2026-06-09 21:45"),  # less is left: the evening before
        ("2026-06-10 07:30", 60, "2026-06-09 21:45"),
        ("2026-06-10 00:15", 60, "2026-06-09 21:45"),
        ("2026-06-10 23:30", 60, "2026-06-10 21:45"),
        ("2026-06-10 23:30", 1440, "2026-06-10 08:00"),
        ("2026-06-10 00:15", 1440, "2026-06-09 08:00"),
        ("2026-06-10 22:59", 60, "2026-06-10 21:59"),
    ],
)
def test_what_falls_into_the_night_is_moved_out_of_it(starts: str, offset: int, expected: str) -> None:
    assert moment_for(duty(starts), offset, NIGHT) == local(expected)


def test_the_night_is_that_of_the_persons_own_clock() -> None:
    # 10:00 in Seoul is 18:00 of the day before in Los Angeles.
    assert moment_for(duty("2026-06-10 10:00", PACIFIC), 60, NIGHT) == local("2026-06-10 09:00")
    # 15:00 in Seoul is 23:00 there: told before the night begins.
    assert moment_for(duty("2026-06-10 15:00", PACIFIC), 60, NIGHT) == local("2026-06-09 21:45", PACIFIC)
    # 09:20 in Seoul is 08:20 in Shanghai.
    assert moment_for(duty("2026-06-10 09:20", SHANGHAI), 60, NIGHT) == local("2026-06-09 21:45", SHANGHAI)


@pytest.mark.parametrize(("begins", "ends"), [(0, 0), (22, 22)])
def test_who_is_never_quiet_is_told_on_the_minute(begins: int, ends: int) -> None:
    assert moment_for(duty("2026-06-10 00:15"), 60, Quiet(begins, ends)) == local("2026-06-09 23:15")


def test_quiet_hours_may_lie_within_a_day() -> None:
    siesta = Quiet(13, 15)
    assert moment_for(duty("2026-06-10 15:00"), 60, siesta) == local("2026-06-10 12:45")
    assert moment_for(duty("2026-06-10 15:30"), 60, siesta) == local("2026-06-10 15:00")


def test_all_that_is_to_come_is_planned_the_soonest_first() -> None:
    duties = [duty("2026-06-10 10:00"), duty("2026-06-09 15:00", item="session:k3")]
    found = plan(duties, [60, 1440], NIGHT, {}, local("2026-06-01 12:00"))
    assert [(one.duty.item, one.offset) for one in found] == [
        ("session:k3", 1440),
        ("session:k2", 1440),
        ("session:k3", 60),
        ("session:k2", 60),
    ]


def test_what_was_sent_is_not_planned_again_unless_the_thing_has_changed() -> None:
    now = local("2026-06-01 12:00")
    sent = {(1, "session:k2", 0): {1440, 60}}
    assert plan([duty("2026-06-10 10:00")], [60, 1440], NIGHT, sent, now) == []
    assert len(plan([duty("2026-06-10 10:00", version=1)], [60, 1440], NIGHT, sent, now)) == 2
    assert len(plan([duty("2026-06-10 10:00", person=2)], [60, 1440], NIGHT, sent, now)) == 2


def test_after_a_standstill_only_the_last_of_what_is_overdue_goes_out() -> None:
    now = local("2026-06-10 09:30")
    [one] = plan([duty("2026-06-10 10:00")], [60, 1440], NIGHT, {}, now)
    assert (one.at, one.offset, one.skipped) == (now, 60, (1440,))


@pytest.mark.parametrize("now", ["2026-06-10 10:00", "2026-06-10 10:01", "2026-06-11 10:00"])
def test_nobody_is_reminded_of_what_has_begun(now: str) -> None:
    assert plan([duty("2026-06-10 10:00")], [60, 1440], NIGHT, {}, local(now)) == []


def test_what_is_overdue_at_night_waits_for_the_morning_or_is_left_out() -> None:
    now = local("2026-06-10 03:00")
    [one] = plan([duty("2026-06-10 10:00")], [1440], NIGHT, {}, now)
    assert one.at == local("2026-06-10 08:00")
    assert plan([duty("2026-06-10 07:30")], [1440, 60], NIGHT, {}, now) == []


def test_whoever_was_told_after_the_moment_needs_no_reminder_of_it() -> None:
    told = local("2026-06-10 06:00")
    found = plan([duty("2026-06-10 15:00", told_at=told)], [1440, 60], NIGHT, {}, local("2026-06-10 09:00"))
    assert [one.offset for one in found] == [60]


def test_two_that_the_night_moves_to_one_moment_are_one() -> None:
    [one] = plan([duty("2026-06-10 07:00")], [60, 120], NIGHT, {}, local("2026-06-09 12:00"))
    assert (one.at, one.offset, one.skipped) == (local("2026-06-09 21:45"), 60, (120,))


@pytest.mark.parametrize("offsets", [[], [0], [-60]])
def test_no_offset_no_reminder(offsets: list[int]) -> None:
    assert plan([duty("2026-06-10 10:00")], offsets, NIGHT, {}, local("2026-06-01 12:00")) == []


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30)),  # noqa: DTZ001 - made aware below
    st.integers(1, 4000),
    st.integers(0, 23),
    st.integers(0, 23),
    st.sampled_from([SEOUL, SHANGHAI, PACIFIC, "UTC", "Asia/Kathmandu"]),
    st.integers(0, 5000),
)
def test_a_reminder_is_before_the_hour_and_never_in_the_night(
    starts: datetime, offset: int, begins: int, ends: int, zone: str, before: int
) -> None:
    quiet = Quiet(begins, ends)
    one = duty("2026-06-10 10:00", zone, starts_at=starts.replace(tzinfo=UTC))
    moment = moment_for(one, offset, quiet)
    assert moment < one.starts_at
    day = timedelta(hours=25)
    assert one.starts_at - timedelta(minutes=offset) - day <= moment + BEFORE_QUIET
    if abs(begins - ends) not in (0, 23):  # a quarter of an hour before is quiet, too, when 23 hours are
        assert not quiet.is_on(moment, zone)
    now = one.starts_at - timedelta(minutes=before)
    for reminder in plan([one], [offset], quiet, {}, now):
        assert now <= reminder.at < one.starts_at
