"""What people are told: each thing once, in their language, with old and new times; never what is off."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from core import clock, jobs, mail
from core.db import db
from core.languages import Trilingual
from core.models import AuditRecord, Mail, MailState, Notice
from roadshows import message_jobs as roadshow_jobs
from roadshows.models import (
    AgendaVersion,
    GuestKind,
    GuestState,
    Meeting,
    MeetingState,
    Participant,
    Roadshow,
    RoadshowState,
    Side,
    Told,
)
from roadshows.operations import letters, telling
from roadshows.signals import agenda_published, roadshow_canceled
from tests import factories as people
from tests.conftest import Clock
from tests.roadshows import factories as make
from tests.roadshows.agenda_contents import publish, session
from tests.roadshows.test_public_pages import TEN, seoul_and_yantai

START = datetime(2026, 6, 10, 1, tzinfo=UTC)
NOON_BEFORE = datetime(2026, 6, 1, 3, tzinfo=UTC)


@pytest.fixture
def roadshow(ctx: None, turn_clock: Clock) -> Roadshow:
    turn_clock.set(NOON_BEFORE)
    return seoul_and_yantai()


def speaks(who: Participant, key: str = "k2", starts_at: str = TEN, **values: Any) -> dict[str, Any]:
    return session(key, starts_at, speakers=[{"key": who.key, "kind": "speaker"}], **values)


def announce(roadshow: Roadshow, *sessions: dict[str, Any], number: int = 1) -> AgendaVersion:
    version = publish(roadshow, *sessions, number=number)
    agenda_published.send(roadshow, version=version, previous=None)
    db.session.commit()
    return version


def mails(**known: Any) -> list[Mail]:
    return db.session.query(Mail).filter_by(**known).order_by(Mail.id).all()


def events(of: Mail) -> list[icalendar.Event]:
    found = icalendar.Calendar.from_ical(of.calendar, multiple=True)
    return [event for calendar in found for event in calendar.walk("VEVENT")]


# --- the agenda ---


def test_speakers_and_interpreters_are_invited_in_their_language(roadshow: Roadshow) -> None:
    speaker = make.participant(roadshow, language="ko", email="kim@jiachi.kr")
    interpreter = make.participant(roadshow, language="zh", email="li@jiachi.kr")
    make.participant(roadshow, email="bystander@jiachi.kr")
    announce(roadshow, speaks(speaker, interpreter=interpreter.key))
    to_speaker, to_interpreter = mails()
    assert (to_speaker.address, to_speaker.language, to_speaker.roadshow_id) == (
        "kim@jiachi.kr",
        "ko",
        roadshow.id,
    )
    assert "강연 k2" in to_speaker.body
    assert "6월 10일 (수) 10:00–11:00 서울 · 09:00–10:00 옌타이" in to_speaker.body
    assert "1홀 · 코엑스" in to_speaker.body
    assert "演讲 k2" in to_interpreter.body
    [event] = events(to_speaker)
    assert to_speaker.calendar_method == "REQUEST"
    assert (event["UID"], event["SEQUENCE"]) == ("k2@localhost", 0)
    assert event["ATTENDEE"] == "mailto:kim@jiachi.kr"
    assert mail.compose(to_speaker, "post@jiachi.kr").get_content_type() == "multipart/alternative"


def test_publishing_again_tells_nobody_again(roadshow: Roadshow, app: Flask) -> None:
    who = make.participant(roadshow)
    announce(roadshow, speaks(who))
    announce(roadshow, speaks(who), number=2)
    roadshow_jobs.send_what_is_due()
    assert len(mails()) == 1


def test_a_moved_session_is_one_message_with_old_and_new_time_in_both_zones(roadshow: Roadshow) -> None:
    who = make.participant(roadshow)
    announce(roadshow, speaks(who), speaks(who, "k3", "2026-06-10T05:00Z"))
    announce(
        roadshow,
        speaks(who, starts_at="2026-06-09T15:15Z", sequence=1, room=2),
        speaks(who, "k3", "2026-06-10T06:00Z", sequence=1),
        number=2,
    )
    _first, moved = mails()
    assert "Until now: Wed, Jun 10 10:00–11:00 Seoul · 09:00–10:00 Yantai" in moved.body
    new = "From now on: Wed, Jun 10 00:15–01:15 Seoul · Tue, Jun 9 23:15–Wed, Jun 10 00:15 Yantai"
    assert new in moved.body
    assert "Hall 1" in moved.body
    assert "Hall 2" in moved.body
    assert {(event["UID"], event["SEQUENCE"]) for event in events(moved)} == {
        ("k2@localhost", 2),
        ("k3@localhost", 2),
    }
    files = list(mail.compose(moved, "post@jiachi.kr").iter_attachments())
    assert [part.get_filename() for part in files] == ["1.ics", "2.ics"]


def test_whoever_is_replaced_or_canceled_hears_so_once_and_calendars_strike_it(roadshow: Roadshow) -> None:
    first, second = make.participant(roadshow), make.participant(roadshow)
    announce(roadshow, speaks(first), speaks(first, "k3", "2026-06-10T05:00Z"))
    announce(
        roadshow,
        speaks(second),
        speaks(first, "k3", "2026-06-10T05:00Z", canceled=True, sequence=1),
        number=2,
    )
    announce(
        roadshow,
        speaks(second),
        speaks(first, "k3", "2026-06-10T05:00Z", canceled=True, sequence=1),
        number=3,
    )
    _invited, off, invited = mails()
    assert (off.address, off.calendar_method) == (first.email, "CANCEL")
    found = {str(event["UID"]): event for event in events(off)}
    assert set(found) == {"k2@localhost", "k3@localhost"}
    assert {key: event["SEQUENCE"] for key, event in found.items()} == {"k2@localhost": 1, "k3@localhost": 2}
    assert {event["STATUS"] for event in found.values()} == {"CANCELLED"}
    assert (invited.address, invited.calendar_method) == (second.email, "REQUEST")


def test_whoever_takes_over_again_is_invited_again(roadshow: Roadshow) -> None:
    first, second = make.participant(roadshow), make.participant(roadshow)
    for number, who in enumerate((first, second, first), 1):
        announce(roadshow, speaks(who), number=number)
    assert [(row.address, row.calendar_method) for row in mails()] == [
        (first.email, "REQUEST"),
        (first.email, "CANCEL"),
        (second.email, "REQUEST"),
        (first.email, "REQUEST"),
        (second.email, "CANCEL"),
    ]


def test_calendars_take_each_word_since_its_number_is_higher_than_the_last(roadshow: Roadshow) -> None:
    """Off a session that stays as it is, on again, moved, and the whole event off: RFC 5546, 2.1.4."""
    first, second = make.participant(roadshow), make.participant(roadshow)
    make.speaker(roadshow, participant=first)
    for number, who in enumerate((first, second, first), 1):
        announce(roadshow, speaks(who), number=number)
    announce(roadshow, speaks(first, room=2, sequence=1), number=4)
    roadshow.state, roadshow.canceled_reason = RoadshowState.CANCELED, Trilingual.same("Typhoon")
    roadshow_canceled.send(roadshow)
    db.session.commit()
    told = [
        (row.calendar_method, int(event["SEQUENCE"]))
        for row in mails(address=first.email)
        for event in events(row)
    ]
    assert [method for method, _number in told] == ["REQUEST", "CANCEL", "REQUEST", "REQUEST", "CANCEL"]
    numbers = [number for _method, number in told]
    assert numbers == sorted(set(numbers))


def test_what_is_over_is_told_nobody(roadshow: Roadshow, turn_clock: Clock) -> None:
    turn_clock.set(START + timedelta(hours=1))
    announce(roadshow, speaks(make.participant(roadshow)))
    assert mails() == []


@pytest.mark.parametrize("state", [RoadshowState.DRAFT, RoadshowState.CANCELED, RoadshowState.CLOSED])
def test_only_of_a_public_event_anything_is_told(roadshow: Roadshow, state: RoadshowState) -> None:
    roadshow.state = state
    announce(roadshow, speaks(make.participant(roadshow)))
    db.session.commit()
    roadshow_jobs.send_what_is_due()
    assert mails() == []
    roadshow.state = RoadshowState.PUBLIC
    db.session.commit()
    roadshow_jobs.send_what_is_due()
    assert len(mails()) == (1), "the sweep finds what the draft kept to itself"


def test_one_without_an_address_is_told_when_there_is_one(roadshow: Roadshow) -> None:
    who = make.participant(roadshow, email="")
    announce(roadshow, speaks(who))
    assert mails() == []
    who.email = who.email_key = "kim@jiachi.kr"
    db.session.commit()
    roadshow_jobs.send_what_is_due()
    assert [row.address for row in mails()] == ["kim@jiachi.kr"]


def test_an_address_that_no_calendar_can_hold_gets_the_mail_without_one(roadshow: Roadshow) -> None:
    broken = make.participant(roadshow, email="a;b@c,d@x")
    fine = make.participant(roadshow)
    announce(roadshow, speaks(broken), speaks(fine, "k3", room=2))
    assert [(row.address, bool(row.calendar)) for row in mails()] == [
        ("a;b@c,d@x", False),
        (fine.email, True),
    ]


def test_who_has_an_account_reads_it_in_the_inbox_too(roadshow: Roadshow) -> None:
    person = people.person(language="ko")
    who = make.participant(roadshow, person_id=person.id, language="en")
    announce(roadshow, speaks(who))
    [row] = mails()
    assert (row.address, row.language, row.person_id) == (person.email, "ko", person.id)
    assert "강연 k2" in row.body
    assert [event["ATTENDEE"] for event in events(row)] == [f"mailto:{person.email}"]
    [notice] = db.session.query(Notice).filter_by(person_id=person.id)
    assert notice.path == f"/ko/roadshows/{roadshow.slug}/my/me", "signed in nobody needs the secret"


def test_every_message_leads_to_the_own_page_by_one_standing_link(
    roadshow: Roadshow, turn_clock: Clock, client: FlaskClient
) -> None:
    who = make.speaker(roadshow, participant=make.participant(roadshow, language="ko")).participant
    announce(roadshow, speaks(who))
    turn_clock.set(START - timedelta(minutes=50))
    assert roadshow_jobs.send_what_is_due() == 1
    words = Trilingual("通知", "안내", "News")
    letter = {"groups": ("speakers",), "kinds": (), "subject": words, "body": words, "expected": 1}
    assert letters.send_letter(roadshow=roadshow, **letter) == 1
    roadshow.state = RoadshowState.CANCELED
    roadshow_canceled.send(roadshow)
    db.session.commit()
    rows = mails()
    assert [row.kind for row in rows] == [
        "roadshow_program",
        "roadshow_reminder",
        "roadshow_letter",
        "roadshow_canceled",
    ]
    [link] = {row.body.rpartition("\n\n")[2] for row in rows}
    path = re.sub(r"https?://[^/]+", "", link)
    assert path.startswith(f"/ko/roadshows/{roadshow.slug}/my/")
    assert client.get(path).status_code == 200
    secret = path.rpartition("/")[2]
    kept = [str((row.old, row.new)) for row in db.session.query(AuditRecord)]
    assert not any(secret in text for text in kept)
    assert secret not in client.get(f"/ko/roadshows/{roadshow.slug}").text


def test_the_database_refuses_to_note_the_same_thing_twice(roadshow: Roadshow) -> None:
    who = make.participant(roadshow)
    telling.note(who, "invited", "session:k2", 1)
    with pytest.raises(IntegrityError):
        telling.note(who, "invited", "session:k2", 1)


# --- the end of it all ---


def test_a_cancellation_reaches_everybody_once_and_is_the_last_word(
    roadshow: Roadshow, turn_clock: Clock
) -> None:
    speaker, guest, refused, party = (make.participant(roadshow) for _ in range(4))
    make.speaker(roadshow, participant=speaker)
    make.guest(roadshow, participant=guest)
    make.guest(roadshow, participant=refused, state=GuestState.REFUSED)
    make.party(roadshow, participant=party)
    make.guest(roadshow, participant=make.participant(roadshow, email=""))
    announce(roadshow, speaks(speaker))
    roadshow.state, roadshow.canceled_reason = RoadshowState.CANCELED, Trilingual("台风", "태풍", "Typhoon")
    for _ in range(2):
        roadshow_canceled.send(roadshow)
    db.session.commit()
    turn_clock.set(START - timedelta(minutes=60))
    roadshow_jobs.send_what_is_due()
    invitation, *last = mails()
    assert (invitation.state, invitation.last_error) == (MailState.FAILED, "event_canceled")
    assert [(row.address, row.kind) for row in last] == [
        (one.email, "roadshow_canceled") for one in (speaker, guest, party)
    ]
    assert all("Typhoon" in row.body for row in last)
    [event] = events(last[0])
    assert (event["STATUS"], event["SEQUENCE"], last[0].calendar_method) == ("CANCELLED", 2, "CANCEL")
    assert last[1].calendar == ""


# --- reminders ---


@pytest.fixture
def reminded(roadshow: Roadshow, turn_clock: Clock) -> Participant:
    """A speaker who was invited long before; the invitation has left."""
    who = make.participant(roadshow)
    announce(roadshow, speaks(who))
    for row in db.session.query(Told):
        row.mail_id = None
    db.session.flush()
    db.session.query(Mail).delete()
    db.session.commit()
    return who


def test_each_reminder_goes_out_once_at_its_hour(
    roadshow: Roadshow, reminded: Participant, turn_clock: Clock
) -> None:
    assert roadshow_jobs.next_moment() == START - timedelta(days=1)
    for moment, expected in (
        (START - timedelta(days=1, seconds=1), 0),
        (START - timedelta(days=1), 1),
        (START - timedelta(minutes=61), 1),
        (START - timedelta(minutes=60), 2),
        (START - timedelta(minutes=1), 2),
        (START, 2),
    ):
        turn_clock.set(moment)
        for _ in range(2):
            roadshow_jobs.send_what_is_due()
        assert len(mails(kind="roadshow_reminder")) == expected, moment
    day, hour = mails()
    assert day.subject == "In 1 day: Speech k2"
    assert hour.subject == "In 1 hour: Speech k2"
    assert "10:00–11:00 Seoul · 09:00–10:00 Yantai" in hour.body
    assert roadshow_jobs.next_moment() is None


@pytest.mark.parametrize("killed_after", ["note", "mail"])
def test_killed_in_the_middle_it_goes_out_once_after_the_restart(
    roadshow: Roadshow,
    reminded: Participant,
    turn_clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    killed_after: str,
) -> None:
    turn_clock.set(START - timedelta(minutes=60))

    def die(*_arguments: Any, **_options: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        if killed_after == "mail":
            patch.setattr(roadshow_jobs, "note", die)
        else:
            patch.setattr(db.session, "commit", die)
        with pytest.raises(SystemExit):
            roadshow_jobs.remind(roadshow.id)
        db.session.rollback()
    assert mails() == []
    for _ in range(2):
        roadshow_jobs.send_what_is_due()
    assert len(mails()) == 1


def test_after_a_standstill_what_is_overdue_goes_out_once_unless_it_has_begun(
    roadshow: Roadshow, reminded: Participant, turn_clock: Clock
) -> None:
    turn_clock.set(START - timedelta(minutes=10))
    for _ in range(3):
        roadshow_jobs.send_what_is_due()
    [row] = mails()
    assert row.subject == "In 10 minutes: Speech k2"
    assert {told.offset for told in db.session.query(Told).filter_by(kind="reminder")} == {60, 1440}


def test_a_moved_session_is_reminded_of_at_its_new_time_only(
    roadshow: Roadshow, reminded: Participant, turn_clock: Clock
) -> None:
    turn_clock.set(START - timedelta(hours=3))
    announce(roadshow, speaks(reminded, starts_at="2026-06-10T05:00Z", sequence=1), number=2)
    db.session.commit()
    turn_clock.set(START - timedelta(minutes=60))
    roadshow_jobs.send_what_is_due()
    assert mails(kind="roadshow_reminder") == []
    turn_clock.set(START + timedelta(hours=3))
    roadshow_jobs.send_what_is_due()
    [row] = mails(kind="roadshow_reminder")
    assert "14:00–15:00 Seoul" in row.body


def test_one_failing_person_stops_nobody(
    roadshow: Roadshow, reminded: Participant, turn_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make.participant(roadshow)
    announce(roadshow, speaks(reminded), speaks(other, "k3", room=2), number=2)
    db.session.commit()
    turn_clock.set(START - timedelta(minutes=60))
    honest, broken = roadshow_jobs.post, reminded.id

    def post(who: Participant, *arguments: Any) -> Mail:
        if who.id == broken:
            raise RuntimeError("no such address")
        return honest(who, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(roadshow_jobs, "post", post)
        roadshow_jobs.send_what_is_due()
    assert [row.address for row in mails(kind="roadshow_reminder")] == [other.email]
    roadshow_jobs.send_what_is_due()
    assert len(mails(kind="roadshow_reminder")) == 2, "and that person is tried again"


def test_what_changes_between_planning_and_sending_stops_the_reminder(
    roadshow: Roadshow, reminded: Participant, turn_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_clock.set(START - timedelta(minutes=60))
    honest = roadshow_jobs._send

    def send(roadshow_id: int, *arguments: Any) -> bool:
        db.session.get_one(Roadshow, roadshow_id).state = RoadshowState.CANCELED
        db.session.commit()
        return honest(roadshow_id, *arguments)

    monkeypatch.setattr(roadshow_jobs, "_send", send)
    roadshow_jobs.send_what_is_due()
    assert mails(kind="roadshow_reminder") == []


def test_meetings_are_reminded_of_on_both_sides_while_they_stand(
    roadshow: Roadshow, turn_clock: Clock
) -> None:
    team, investor = make.participant(roadshow), make.participant(roadshow, organization="Blue Fund")
    slot = make.meeting_slot(roadshow.days[0])
    sides = [
        make.party(roadshow, side, participant=who)
        for side, who in ((Side.TEAM, team), (Side.INVESTOR, investor))
    ]
    meeting = Meeting(
        roadshow_id=roadshow.id,
        team_id=sides[0].id,
        investor_id=sides[1].id,
        slot_id=slot.id,
        table=7,
        told_at=clock.now(),
    )
    db.session.add(meeting)
    db.session.commit()
    turn_clock.set(slot.starts_at - timedelta(minutes=60))
    for _ in range(2):
        roadshow_jobs.send_what_is_due()
    assert [row.address for row in mails()] == [team.email, investor.email]
    assert "Blue Fund" in mails()[0].subject
    assert "Table 7" in mails()[0].body
    meeting.state = MeetingState.CANCELED
    db.session.query(Told).delete()
    db.session.commit()
    roadshow_jobs.send_what_is_due()
    assert len(mails()) == 2


def test_guests_with_a_ticket_are_reminded_of_the_event(roadshow: Roadshow, turn_clock: Clock) -> None:
    confirmed, applied = (make.participant(roadshow) for _ in range(2))
    make.guest(roadshow, participant=confirmed)
    make.guest(roadshow, participant=applied, state=GuestState.APPLIED)
    announce(roadshow, session("k2", TEN))
    db.session.commit()
    turn_clock.set(START - timedelta(days=1))
    for _ in range(2):
        roadshow_jobs.send_what_is_due()
    [row] = mails()
    assert row.address == confirmed.email
    assert row.subject == "In 1 day: Sichuan Innovation Roadshow"


# --- the alarm ---


class Scheduler:
    """As much of APScheduler as the alarm needs."""

    def __init__(self) -> None:
        self.alarms: dict[str, datetime] = {}

    def add_job(self, _run: Any, trigger: str, *, run_date: datetime, id: str, **_options: Any) -> None:  # noqa: A002
        assert trigger == "date"
        self.alarms[id] = run_date

    def get_job(self, name: str) -> datetime | None:
        return self.alarms.get(name)

    def remove_job(self, name: str) -> None:
        del self.alarms[name]


def test_the_alarm_is_set_for_the_next_moment_and_taken_away_after_the_last(
    app: Flask, roadshow: Roadshow, reminded: Participant, turn_clock: Clock
) -> None:
    job = next(job for job in jobs.timed if job.run is roadshow_jobs.send_what_is_due)
    scheduler = Scheduler()
    db.session.rollback()
    seen = []
    for moment in (NOON_BEFORE, START - timedelta(days=1), START - timedelta(minutes=60)):
        turn_clock.set(moment)
        jobs.run_and_wind(app, scheduler, job)
        seen.append(list(scheduler.alarms.values()))
    assert seen == [[START - timedelta(days=1)], [START - timedelta(minutes=60)], []]
    assert len(mails()) == 2


# --- the organizers' page ---


@pytest.fixture
def desk(roadshow: Roadshow, client: FlaskClient) -> FlaskClient:
    people.sign_in(client, make.organizer(roadshow))
    return client


HERE = "/en/o/roadshows/spring/messages"
LETTER = {
    "groups": ["speakers", "confirmed"],
    "subject-zh": "通知",
    "subject-ko": "안내",
    "body-zh": "内容",
    "body-ko": "내용",
}


def test_the_page_says_what_was_told_and_what_comes_next(
    roadshow: Roadshow, desk: FlaskClient, turn_clock: Clock
) -> None:
    page = desk.get(HERE).text
    assert "No reminder is planned" in page
    who = make.participant(roadshow, name="李明")
    announce(roadshow, speaks(who), speaks(who, "k3", "2026-06-10T05:00Z"))
    page = desk.get(HERE).text
    assert "李明" in page
    assert page.count("Your program at") == 1, "one mail, one line"
    assert "4 reminders are planned in all." in page
    for odd in ("0", "-1", "x", "１", "9" * 40):
        assert desk.get(f"{HERE}?page={odd}").status_code == 200


def _group(roadshow: Roadshow) -> None:
    both = make.participant(roadshow, language="ko")
    make.speaker(roadshow, participant=both)
    make.guest(roadshow, participant=both)
    make.guest(roadshow, participant=make.participant(roadshow, language="en"), kind=GuestKind.PRESS)
    make.guest(roadshow, participant=make.participant(roadshow, email=""))
    make.guest(roadshow, state=GuestState.WITHDRAWN)
    make.guest(make.roadshow(slug="another"))


def test_a_letter_goes_once_to_everybody_in_the_group(roadshow: Roadshow, desk: FlaskClient) -> None:
    _group(roadshow)
    preview = desk.post(f"{HERE}/write", data=LETTER | {"do": "preview"})
    assert preview.status_code == 200
    assert "It goes to 2 people" in preview.text
    assert "One more person has no address" in preview.text
    assert mails() == []
    [key] = re.findall(r'name="once_key" value="([^"]+)"', preview.text)
    sent = LETTER | {"once_key": key, "expected": "2"}
    for _ in range(2):
        assert desk.post(f"{HERE}/send", data=sent).status_code == 303
    first, second = mails()
    assert (first.subject, second.subject) == ("안내", "通知")
    assert first.body.startswith("내용")
    record = db.session.query(AuditRecord).filter_by(action="roadshow.letter_sent").one()
    assert record.new["people"] == 2


def test_guests_can_be_chosen_by_kind(roadshow: Roadshow, desk: FlaskClient) -> None:
    _group(roadshow)
    page = desk.post(f"{HERE}/write", data=LETTER | {"groups": ["confirmed"], "kinds": ["press"]}).text
    assert "It goes to one person" in page


def test_a_group_that_has_changed_is_looked_at_again_before_sending(
    roadshow: Roadshow, desk: FlaskClient
) -> None:
    _group(roadshow)
    answer = desk.post(f"{HERE}/send", data=LETTER | {"once_key": "x" * 20, "expected": "7"})
    assert answer.status_code == 409
    assert "2 people now" in answer.text
    assert mails() == []


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"groups": []}, 422),
        ({"groups": ["everybody"]}, 422),
        ({"groups": ["teams"]}, 422),
        ({"subject-zh": "", "subject-ko": ""}, 422),
        ({"body-zh": "", "body-ko": ""}, 422),
        ({"body-zh": "\u202e"}, 422),
        ({"kinds": ["king"]}, 422),
        ({"expected": "９"}, 409),
        ({"expected": "NaN"}, 422),
    ],
)
def test_a_letter_that_cant_be_sent_is_explained(
    roadshow: Roadshow, desk: FlaskClient, changed: dict[str, Any], status: int
) -> None:
    _group(roadshow)
    data = LETTER | {"once_key": "x" * 20, "expected": "2"} | changed
    answer = desk.post(f"{HERE}/send", data=data)
    assert answer.status_code == status, answer.text
    assert mails() == []


@pytest.mark.parametrize("state", [RoadshowState.DRAFT, RoadshowState.CANCELED])
def test_no_letter_about_an_event_that_is_not_or_no_longer_public(
    roadshow: Roadshow, desk: FlaskClient, state: RoadshowState
) -> None:
    _group(roadshow)
    roadshow.state = state
    data = LETTER | {"once_key": "x" * 20, "expected": "2"}
    assert desk.post(f"{HERE}/send", data=data).status_code == 409
    assert mails() == []


def test_the_page_costs_the_same_with_one_line_and_with_many(
    roadshow: Roadshow, desk: FlaskClient, count_queries: Any
) -> None:
    costs, number, sessions = [], 0, []
    for count in (2, 4):
        for _ in range(count):
            number += 1
            sessions.append(speaks(make.participant(roadshow), f"k{number}"))
            announce(roadshow, *sessions, number=number)
        with count_queries() as seen:
            assert desk.get(HERE).status_code == 200
        costs.append(len(seen))
    assert costs[0] == costs[1]
    assert costs[0] <= 15, seen
