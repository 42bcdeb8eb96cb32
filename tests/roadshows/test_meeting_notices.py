"""What people are told of their meetings when the times and places around them change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.db import db
from core.languages import Trilingual
from core.models import Mail
from roadshows.models import MeetingState, Room, Told
from roadshows.operations import meeting_slots, places, timetable
from tests.roadshows import factories as make
from tests.roadshows.meeting_worlds import MeetingWorld, world

BUSAN = Trilingual("釜山", "부산", "Busan")


@pytest.fixture
def here(ctx: None) -> MeetingWorld:
    return world()


def bodies() -> dict[str, str]:
    """Address → body of every mail so far; a person gets one at a time."""
    mails = db.session.scalars(select(Mail)).all()
    assert len({mail.address for mail in mails}) == len(mails)
    return {mail.address: mail.body for mail in mails}


def set_room(here: MeetingWorld, slot: int, room: Room | None, tables: int = 2) -> None:
    meeting_slots.change_slot(
        slot=here.slots[slot], roadshow=here.roadshow, tables=tables, interpreters=5, room=room
    )


# --- the times and places around them ---


def test_moving_a_day_tells_the_meetings_on_it(here: MeetingWorld) -> None:
    known, unknown = here.meeting(0, 0, 0), here.meeting(1, 1, 0, table=2, told=False)
    canceled = here.meeting(1, 0, 1, state=MeetingState.CANCELED)
    day = here.roadshow.days[0]
    old, new = day.date, day.date + timedelta(days=1)
    timetable.change_day(day=day, seen=None, date=new, title=day.title)
    assert (known.sequence, unknown.sequence, canceled.sequence) == (1, 0, 0)
    told = bodies()
    assert set(told) == {here.teams[0].participant.email, here.investors[0].participant.email}
    for body in told.values():
        before, now = body.split("now:")
        assert clock.short_day(old, "en") in before
        assert clock.short_day(new, "en") in now
    assert {row.item_version for row in db.session.scalars(select(Told))} == {1}
    timetable.change_day(day=day, seen=None, date=new, title=BUSAN)
    assert len(bodies()) == 2, "a new title moves nobody"


def test_nobody_is_told_that_what_is_over_moves(here: MeetingWorld) -> None:
    meeting = here.meeting(0, 0, 0)
    day = here.roadshow.days[0]
    moment = here.slots[-1].starts_at + timedelta(days=3)
    with clock.set_by(lambda: moment):
        timetable.change_day(day=day, seen=None, date=day.date + timedelta(days=1), title=day.title)
    assert meeting.sequence == 0
    assert not bodies()


def test_another_clock_of_the_city_tells_its_meetings(here: MeetingWorld) -> None:
    meeting = here.meeting(0, 0, 0)
    city = here.roadshow.cities[0]
    places.change_city(city=city, seen=None, name=BUSAN, country="KR", zone="Asia/Seoul")
    assert not bodies(), "another name is no other time"
    places.change_city(city=city, seen=None, name=BUSAN, country="CN", zone="Asia/Shanghai")
    assert meeting.sequence == 1
    for body in bodies().values():
        before, now = body.split("now:")
        assert "14:00–14:20 Busan" in before
        assert "13:00–13:20 Chengdu" in before
        assert "14:00–14:20 Busan" in now
        assert "15:00–15:20 Seoul" in now


def test_another_room_of_a_slot_tells_its_meetings(here: MeetingWorld) -> None:
    meeting = here.meeting(0, 0, 0)
    here.meeting(1, 1, 1)
    room = make.room(make.venue(here.roadshow.cities[0]))
    set_room(here, 0, None, tables=3)
    assert not bodies(), "another table more is nothing to them"
    set_room(here, 0, room)
    assert meeting.sequence == 1
    told = bodies()
    assert set(told) == {here.teams[0].participant.email, here.investors[0].participant.email}
    for body in told.values():
        before, now = body.split("now:")
        assert room.name.en not in before
        assert f"table 1, {room.name.en}, {room.venue.name.en}" in now
