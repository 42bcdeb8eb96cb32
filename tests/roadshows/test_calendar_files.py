"""Calendar files: what RFC 5545 asks, and what two clients make of them, icalendar and Debian's khal."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadshows.calendar_files import Contact, Event, Method, feed, invitation
from roadshows.local_times import at

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SEOUL, YANTAI = "Asia/Seoul", "Asia/Shanghai"
VIEWERS = ("Asia/Seoul", "Asia/Shanghai", "UTC", "America/Los_Angeles")
DAY = date(2026, 6, 10)


def event(**values: object) -> Event:
    known = {
        "uid": "k3@jiachi.kr",
        "starts_at": at(DAY, 23, 30, SEOUL),
        "minutes": 60,
        "zone": SEOUL,
        "title": "开幕式 · 개막식",
        "changed_at": NOON,
    }
    return Event(**(known | values))  # type: ignore[arg-type]


AROUND_MIDNIGHT = [
    event(
        uid=f"{zone}-{hour}{minute}@x",
        title=f"T{zone[5]}{hour:02d}",
        zone=zone,
        starts_at=at(DAY, hour, minute, zone),
    )
    for zone in (SEOUL, YANTAI)
    for hour, minute in ((23, 30), (0, 15))
]


def parsed(data: bytes | str) -> icalendar.Calendar:
    return icalendar.Calendar.from_ical(data)  # type: ignore[return-value]


def lines(data: bytes) -> list[str]:
    return data.decode().replace("\r\n ", "").split("\r\n")


def test_each_zone_is_defined_once_under_its_iana_name_without_rules_of_long_ago() -> None:
    data = feed([*AROUND_MIDNIGHT, *AROUND_MIDNIGHT], name="x", language="en")
    assert [line for line in lines(data) if line.startswith("TZID:")] == [
        "TZID:Asia/Seoul",
        "TZID:Asia/Shanghai",
    ]
    assert b"DAYLIGHT" not in data
    assert not re.search(rb"19[0-9]{2}[01]", data)
    assert b"TZOFFSETTO:+0900" in data
    assert b"TZOFFSETTO:+0800" in data


def test_a_zone_with_daylight_saving_time_has_the_rules_of_the_dates_used() -> None:
    zone = "America/Los_Angeles"
    starts = datetime(2026, 10, 31, 23, 0, tzinfo=ZoneInfo(zone))
    data = feed([event(zone=zone, starts_at=starts, minutes=300)], name="x", language="en")
    assert {b"BEGIN:DAYLIGHT", b"BEGIN:STANDARD"} <= set(data.split(b"\r\n"))
    found = parsed(data).walk("VEVENT")[0]
    assert found["DTEND"].dt - found["DTSTART"].dt == timedelta(hours=5)
    [change] = parsed(data).walk("STANDARD")
    assert change["DTSTART"].dt == datetime(2026, 11, 1, 2)  # noqa: DTZ001 - by the clock until then
    assert (change["TZOFFSETFROM"].td, change["TZOFFSETTO"].td) == (timedelta(hours=-7), timedelta(hours=-8))


@pytest.mark.parametrize(
    "zone", ["Asia/Seoul", "America/Los_Angeles", "Australia/Lord_Howe", "Africa/Casablanca"]
)
def test_the_rules_alone_give_the_right_moments(zone: str) -> None:
    """Whoever doesn't know the zone's name reads the file's own rules."""
    starts = [datetime(2026, month, day, 12, tzinfo=UTC) for month in range(1, 13) for day in (1, 15)]
    data = feed([event(zone=zone, starts_at=at) for at in starts], name="x", language="en")
    unknown = zone.replace("/", "-")  # a name of its own for each, as clients remember zones by name
    calendar = parsed(data.replace(zone.encode(), unknown.encode()))
    rules = calendar.walk("VTIMEZONE")[0].to_tz()
    for known, read in zip(starts, calendar.walk("VEVENT"), strict=True):
        local = read["DTSTART"].dt.replace(tzinfo=None)
        assert local.replace(tzinfo=rules).astimezone(UTC) == known


def test_icalendar_reads_the_same_instants_and_the_zone_of_the_place() -> None:
    found = {
        str(one["UID"]): one for one in parsed(feed(AROUND_MIDNIGHT, name="x", language="en")).walk("VEVENT")
    }
    assert len(found) == 4
    for known in AROUND_MIDNIGHT:
        start = found[known.uid]["DTSTART"]
        assert start.dt == known.starts_at
        assert start.params["TZID"] == known.zone
        assert found[known.uid]["DTEND"].dt == known.ends_at


@pytest.mark.skipif(not shutil.which("khal"), reason="khal is not installed")
@pytest.mark.parametrize("viewer", VIEWERS)
def test_khal_shows_the_right_day_and_hour_to_viewers_elsewhere(viewer: str, tmp_path: Path) -> None:
    (tmp_path / "cal").mkdir()
    config = tmp_path / "config"
    config.write_text(
        "[calendars]\n[[own]]\n"
        f"path = {tmp_path / 'cal'}\n"
        "[sqlite]\n"
        f"path = {tmp_path / 'khal.db'}\n"
        f"[locale]\nlocal_timezone = {viewer}\ndefault_timezone = {viewer}\n"
        "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )
    file = tmp_path / "feed.ics"
    file.write_bytes(feed(AROUND_MIDNIGHT, name="菁蓉汇", language="zh-Hans"))

    def khal(*words: str) -> str:
        environment = {**os.environ, "TZ": viewer, "LC_ALL": "C.UTF-8", "HOME": str(tmp_path)}
        done = subprocess.run(
            ["khal", "-c", str(config), *words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    khal("import", "--batch", "-a", "own", str(file))
    shown = khal(
        "list",
        "--once",
        "--notstarted",
        "--format",
        "{title}|{start-long-full}|{end-long-full}",
        "--day-format",
        "",
        "2026-06-08",
        "6d",
    )
    found = dict(line.split("|", 1) for line in shown.splitlines() if "|" in line)
    zone = ZoneInfo(viewer)
    assert found == {
        one.title: "|".join(f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (one.starts_at, one.ends_at))
        for one in AROUND_MIDNIGHT
    }


def test_the_same_events_give_the_same_bytes() -> None:
    first = feed(AROUND_MIDNIGHT, name="x", language="ko")
    assert first == feed(AROUND_MIDNIGHT, name="x", language="ko")
    assert first != feed(
        [replace(AROUND_MIDNIGHT[0], sequence=1), *AROUND_MIDNIGHT[1:]], name="x", language="ko"
    )


def test_an_invitation_is_for_one_event_and_says_who_asks_whom() -> None:
    organizer, attendee = Contact("Jiachi", "post@jiachi.kr"), Contact('金:敏俊;,\n"X"', "kim@jiachi.kr")
    text = invitation(event(sequence=3), Method.REQUEST, organizer=organizer, attendee=attendee)
    calendar = parsed(text)
    [found] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "REQUEST"
    assert (found["SEQUENCE"], found["STATUS"]) == (3, "CONFIRMED")
    assert found["ORGANIZER"] == "mailto:post@jiachi.kr"
    assert found["ATTENDEE"] == "mailto:kim@jiachi.kr"
    assert found["ATTENDEE"].params["CN"] == "金:敏俊;, 'X'"
    assert found["ATTENDEE"].params["RSVP"] == "FALSE"


def test_a_cancellation_has_the_same_uid() -> None:
    organizer, attendee = Contact("Jiachi", "post@jiachi.kr"), Contact("Kim", "kim@jiachi.kr")
    calendar = parsed(invitation(event(sequence=4), Method.CANCEL, organizer=organizer, attendee=attendee))
    [found] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], found["STATUS"], found["UID"]) == ("CANCEL", "CANCELLED", "k3@jiachi.kr")


def test_a_feed_asks_for_nothing() -> None:
    data = feed([event()], name="x", language="en")
    assert b"METHOD" not in data
    assert b"ATTENDEE" not in data


@pytest.mark.parametrize("address", ["", "a", "a@b@c", "a b@c", "a@b\r\nATTENDEE:x", "a@b;X=1", "<a@b>"])
def test_what_is_no_address_gets_no_invitation(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        invitation(
            event(), Method.REQUEST, organizer=Contact("J", "j@jiachi.kr"), attendee=Contact("K", address)
        )


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        feed([event(starts_at=NOON.replace(tzinfo=None))], name="x", language="en")


def test_an_empty_calendar_is_one() -> None:
    assert parsed(feed([], name="x", language="en")).walk("VEVENT") == []


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=120)


@given(ANYTHING, ANYTHING, ANYTHING)
def test_whatever_is_typed_stays_inside_its_line(title: str, description: str, place: str) -> None:
    data = feed([event(title=title, description=description, place=place)], name=title, language="en")
    for line in data.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is split
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line)
    [found] = parsed(data).walk("VEVENT")
    assert found["UID"] == "k3@jiachi.kr"
    assert sorted(found.keys()) == sorted(set(found.keys()))
    assert len(parsed(data).subcomponents) == 2


def test_hanzi_hangul_and_emoji_come_back_as_they_were() -> None:
    title = "蓉" * 40 + "한국어, 세미콜론; 역슬래시\\ " + "🌸" * 20
    [found] = parsed(feed([event(title=title, description="一\n二")], name="x", language="zh-Hans")).walk(
        "VEVENT"
    )
    assert found["SUMMARY"] == title
    assert found["DESCRIPTION"] == "一\n二"
