"""What people are told of their meetings when the times and places around them change."""

from __future__ import annotations

from datetime import timedelta

import icalendar
import pytest
from sqlalchemy import select

from core import clock
from core.db import db
from core.languages import Trilingual
from core.models import Mail
from roadshows.models import MeetingState, Room, Told
from roadshows.operations import meeting_notices, meeting_slots, meetings, places, timetable
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


def entries() -> list[tuple[str, str, int, str]]:
    """(address, method, sequence, status) of each calendar entry that was mailed, in order."""
    return [
        (mail.address, mail.calendar_method, int(event["SEQUENCE"]), str(event["STATUS"]))
        for mail in db.session.scalars(select(Mail).order_by(Mail.id))
        for event in events(mail)
    ]


def events(mail: Mail) -> list[icalendar.Event]:
    found = icalendar.Calendar.from_ical(mail.calendar, multiple=True)
    return [event for calendar in found for event in calendar.walk("VEVENT")]


# --- what calendars are told ---


def test_a_meeting_is_entered_moved_and_struck_in_calendars(here: MeetingWorld) -> None:
    room = make.room(make.venue(here.roadshow.cities[0]))
    here.slots[0].room_id = room.id
    meeting = here.meeting(0, 0, 0, told=False)
    team, investor = here.teams[0].participant.email, here.investors[0].participant.email
    meeting_notices.tell_new(roadshow=here.roadshow)
    both = {team, investor}
    assert {row[0] for row in entries()} == both
    assert {row[1:] for row in entries()} == {("REQUEST", 0, "CONFIRMED")}
    (event,) = events(db.session.scalars(select(Mail).where(Mail.address == team)).one())
    assert event["DTSTART"].dt == here.slots[0].starts_at
    assert event["LOCATION"] == f"Table 1 · {room.name.en} · {room.venue.name.en}"
    assert here.investors[0].name in event["SUMMARY"]
    uid = event["UID"]
    meetings.move_meeting(meeting=meeting, slot=here.slots[1], seen=None)
    assert [row[1:] for row in entries()[2:]] == [("REQUEST", 1, "CONFIRMED")] * 2
    meetings.cancel_meeting(meeting=meeting, by=None, reason="", seen=None)
    assert [row[1:] for row in entries()[4:]] == [("CANCEL", 2, "CANCELLED")] * 2
    mails = db.session.scalars(select(Mail)).all()
    assert {event["UID"] for mail in mails for event in events(mail)} == {uid}


def test_what_is_on_and_what_is_off_are_two_mails(here: MeetingWorld) -> None:
    """A calendar takes one method a message."""
    moves, goes = here.meeting(0, 0, 0), here.meeting(0, 1, 1)
    changes = meeting_notices.known(here.roadshow, [moves, goes])
    goes.state, goes.sequence, moves.sequence = MeetingState.CANCELED, 1, 1
    moves.slot, moves.slot_id = here.slots[2], here.slots[2].id
    db.session.flush()
    told = meeting_notices.tell_changes(here.roadshow, changes)
    assert told == 3
    mine = here.teams[0].participant.email
    assert [row[1:] for row in entries() if row[0] == mine] == [
        ("REQUEST", 1, "CONFIRMED"),
        ("CANCEL", 1, "CANCELLED"),
    ]
    on, off = (mail.body for mail in db.session.scalars(select(Mail).where(Mail.address == mine)))
    assert ("Moved" in on, "Canceled" in on) == (True, False)
    assert ("Moved" in off, "Canceled" in off) == (False, True)


def test_an_address_that_no_calendar_can_hold_gets_the_mail_without_one(here: MeetingWorld) -> None:
    meeting = here.meeting(0, 0, 0)
    here.teams[0].participant.email = '"a b"@example.com'
    meetings.move_meeting(meeting=meeting, slot=here.slots[1], seen=None)
    assert [row[0] for row in entries()] == [here.investors[0].participant.email]
    assert len(bodies()) == 2


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


# --- who interprets ---


def through(here: MeetingWorld, number: int) -> None:
    """This team and this investor share no language."""
    here.teams[number].languages, here.investors[number].languages = ["zh"], ["ko"]


def test_the_interpreter_is_told_as_both_sides_are(here: MeetingWorld) -> None:
    through(here, 0)
    person = make.interpreter(here.roadshow)
    address = person.participant.email
    meeting = here.meeting(0, 0, 0, told=False, needs_interpreter=True, interpreter_id=person.id)
    meeting_notices.tell_new(roadshow=here.roadshow)
    (first,) = mails_to(address)
    assert f"New: with {here.teams[0].name} · {here.investors[0].name}" in first.body
    assert "with an interpreter" not in first.body
    assert not first.body.endswith("/meetings"), "she has no party of her own"
    meetings.move_meeting(meeting=meeting, slot=here.slots[1], seen=None)
    assert meeting.interpreter_id == person.id
    assert "Moved: with" in mails_to(address)[1].body
    meetings.cancel_meeting(meeting=meeting, by=None, reason="", seen=None)
    assert "Canceled: with" in mails_to(address)[2].body
    assert [row[1:] for row in entries() if row[0] == address] == [
        ("REQUEST", 0, "CONFIRMED"),
        ("REQUEST", 1, "CONFIRMED"),
        ("CANCEL", 2, "CANCELLED"),
    ]


def test_who_interprets_no_more_and_who_does_instead_are_told(here: MeetingWorld) -> None:
    through(here, 0)
    through(here, 1)
    one, other = make.interpreter(here.roadshow), make.interpreter(here.roadshow)
    meeting = here.meeting(0, 0, 0, needs_interpreter=True, interpreter_id=one.id)
    here.meeting(1, 1, 1, needs_interpreter=True, interpreter_id=one.id)
    meetings.move_meeting(meeting=meeting, slot=here.slots[1], seen=None)
    assert meeting.interpreter_id == other.id
    (off,), (on,) = mails_to(one.participant.email), mails_to(other.participant.email)
    assert (off.calendar_method, "Canceled: with" in off.body, "14:00" in off.body) == ("CANCEL", True, True)
    assert (on.calendar_method, "New: with" in on.body, "14:25" in on.body) == ("REQUEST", True, True)


def test_an_interpreter_who_is_found_later_is_told_and_nobody_else(here: MeetingWorld) -> None:
    through(here, 0)
    through(here, 1)
    person = make.interpreter(here.roadshow)
    moves = here.meeting(0, 0, 0, needs_interpreter=True, interpreter_id=person.id)
    waits = here.meeting(1, 1, 0, table=2, needs_interpreter=True)
    make.interpreter(here.roadshow, pairs=["en-ko"])
    db.session.flush()
    meetings.move_meeting(meeting=moves, slot=here.slots[1], seen=None)
    assert waits.interpreter_id == person.id
    assert waits.sequence == 1
    (hers,) = mails_to(person.participant.email)
    assert "Moved: with" in hers.body
    assert "New: with" in hers.body
    assert not mails_to(here.teams[1].participant.email)
    assert not mails_to(here.investors[1].participant.email)


def mails_to(address: str) -> list[Mail]:
    return list(db.session.scalars(select(Mail).where(Mail.address == address).order_by(Mail.id)))
