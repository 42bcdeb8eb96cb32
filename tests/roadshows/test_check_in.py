"""The door: what lets somebody in, what doesn't and why, and that nothing is lost or counted twice."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core import clock
from core.db import db
from roadshows.guest_labels import HINTS, REASONS
from roadshows.local_times import at
from roadshows.models import (
    Attendance,
    Guest,
    GuestConsent,
    GuestState,
    Participant,
    Roadshow,
    RoadshowState,
    Scan,
    ScanDevice,
)
from roadshows.operations import door, guests
from roadshows.tickets import make_code
from tests.conftest import Clock
from tests.roadshows import factories as make


class Desk:
    """A device at the door with a clock of its own."""

    def __init__(self, client: FlaskClient, roadshow: Roadshow, name: str = "left") -> None:
        _row, self.token = door.make_device(roadshow=roadshow, name=name)
        self.client = client
        self.path = f"/api/v1/roadshows/{roadshow.slug}/door/sync"
        self.ahead = timedelta()

    def now(self) -> datetime:
        return clock.now() + self.ahead

    def report(self, **what: Any) -> dict[str, Any]:
        return {"nonce": secrets.token_hex(16), "at": self.now().isoformat(), **what}

    def send(self, *reports: dict[str, Any], **more: Any) -> Any:
        body = {"sent_at": self.now().isoformat(), "reports": list(reports), **more}
        return self.client.post(self.path, json=body, headers={"X-Door-Token": self.token})

    def take(self, *reports: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.send(*reports)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()["answers"]

    def scan(self, code: str) -> tuple[str, str]:
        found = self.take(self.report(code=code))[0]
        return found["outcome"], found["reason"]


def event(turn_clock: Clock, **values: Any) -> Roadshow:
    """A roadshow today in Seoul, at ten in the morning."""
    roadshow = make.roadshow(**values)
    day = make.day(roadshow.cities[0])
    turn_clock.set(at(day.date, 10, 0, "Asia/Seoul").astimezone(UTC))
    db.session.refresh(roadshow)
    return roadshow


@pytest.fixture
def roadshow(ctx: None, turn_clock: Clock) -> Roadshow:
    return event(turn_clock)


def code_of(guest: Guest, **values: Any) -> str:
    given = {"roadshow_id": guest.roadshow_id, "key": guest.participant.key, "number": guest.ticket} | values
    return make_code(**given)


def entries() -> int:
    return db.session.scalar(select(func.count(Attendance.id))) or 0


# --- who gets in ---


def test_a_ticket_lets_in_once(roadshow: Roadshow, client: FlaskClient, turn_clock: Clock) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    assert desk.scan(code_of(guest)) == ("admitted", "")
    turn_clock.advance(minutes=5)
    found = desk.take(desk.report(code=code_of(guest)))[0]
    assert found["outcome"] == "already_in"
    assert found["arrived_at"] == "2026-06-10T01:00:00+00:00"
    assert found["guest"]["name"] == guest.participant.name
    assert entries() == 1


def test_a_guest_comes_on_each_day_once(roadshow: Roadshow, client: FlaskClient, turn_clock: Clock) -> None:
    make.day(roadshow.cities[0], roadshow.days[0].date + timedelta(days=1))
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    assert desk.scan(code_of(guest))[0] == "admitted"
    turn_clock.advance(days=1)
    assert desk.scan(code_of(guest))[0] == "admitted"
    assert entries() == 2


def test_a_guest_found_by_name_gets_in(roadshow: Roadshow, client: FlaskClient) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    assert desk.take(desk.report(guest=guest.participant.key))[0]["outcome"] == "admitted"


def test_a_walk_in_is_on_the_list_and_in(roadshow: Roadshow, client: FlaskClient) -> None:
    desk = Desk(client, roadshow)
    someone = {"name": "李丽", "kind": "press", "organization": "蓉城日报", "language": "zh", "agreed": True}
    report = desk.report(walk_in=someone)
    for _again in range(2):
        assert desk.take(report)[0]["outcome"] == "admitted"
    guest = db.session.scalars(select(Guest)).one()
    assert (guest.participant.name, guest.state, guest.source.value) == ("李丽", "confirmed", "walk_in")
    assert len(db.session.scalars(select(GuestConsent)).all()) == 2
    assert entries() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"agreed": False},
        {"agreed": "true"},
        {"name": ""},
        {"name": "x" * 81},
        {"name": "\u202eevil"},
        {"name": None},
        {"kind": "king"},
        {"kind": ["press"]},
        {"language": "fr"},
        {"organization": 7},
    ],
)
def test_a_walk_in_that_cant_be_used_is_told_and_spoils_no_other(
    roadshow: Roadshow, client: FlaskClient, wrong: dict[str, Any]
) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    someone = {"name": "李丽", "kind": "press", "language": "zh", "agreed": True} | wrong
    bad, good = desk.report(walk_in=someone), desk.report(code=code_of(guest))
    found = {one["nonce"]: one for one in desk.take(bad, good)}
    assert (found[bad["nonce"]]["outcome"], found[bad["nonce"]]["reason"]) == ("refused", "unreadable")
    assert found[good["nonce"]]["outcome"] == "admitted"
    assert db.session.scalar(select(func.count(Participant.id))) == 1


# --- who doesn't, and why ---


def test_a_forged_ticket(roadshow: Roadshow, client: FlaskClient) -> None:
    code = code_of(make.guest(roadshow))
    forged = code[:-1] + ("A" if code[-1] != "A" else "I")
    other = make.guest(roadshow)
    grafted = code_of(other)[:24] + code[24:]
    desk = Desk(client, roadshow)
    assert desk.scan(forged) == ("refused", "forged")
    assert desk.scan(grafted) == ("refused", "forged")


def test_another_events_ticket(roadshow: Roadshow, client: FlaskClient) -> None:
    foreign = make.guest(make.roadshow())
    assert Desk(client, roadshow).scan(code_of(foreign)) == ("refused", "other_event")


def test_a_replaced_ticket(roadshow: Roadshow, client: FlaskClient) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    old = code_of(guest)
    guests.renew_ticket(guest=guest)
    assert desk.scan(old) == ("refused", "revoked_ticket")
    assert desk.scan(code_of(guest)) == ("admitted", "")


@pytest.mark.parametrize("state", [state for state in GuestState if state is not GuestState.CONFIRMED])
def test_a_guest_without_a_place(roadshow: Roadshow, client: FlaskClient, state: GuestState) -> None:
    guest = make.guest(roadshow, state=state)
    assert Desk(client, roadshow).scan(code_of(guest)) == ("refused", "not_confirmed")


def test_a_canceled_event(roadshow: Roadshow, client: FlaskClient) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    roadshow.state = RoadshowState.CANCELED
    assert desk.scan(code_of(guest)) == ("refused", "canceled_event")


def test_the_wrong_day(roadshow: Roadshow, client: FlaskClient, turn_clock: Clock) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    turn_clock.advance(hours=14)  # midnight in Seoul
    assert desk.scan(code_of(guest)) == ("refused", "wrong_day")
    turn_clock.advance(seconds=-1)
    assert desk.scan(code_of(guest)) == ("admitted", "")


def test_midnight_is_that_of_the_city(ctx: None, client: FlaskClient, turn_clock: Clock) -> None:
    roadshow = make.roadshow()
    make.day(make.yantai(roadshow))
    db.session.refresh(roadshow)
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    turn_clock.set(at(roadshow.days[0].date, 23, 59, "Asia/Shanghai"))  # past midnight in Seoul
    assert desk.scan(code_of(guest)) == ("admitted", "")


@pytest.mark.parametrize("table", ["agenda", "meetings"])
def test_a_day_lasts_until_its_last_slot_ends(
    roadshow: Roadshow, client: FlaskClient, turn_clock: Clock, table: str
) -> None:
    day = roadshow.days[0]
    begin = at(day.date, 23, 30, "Asia/Seoul")
    make.slots(day, count=1)
    if table == "agenda":
        make.slots(day, count=1, hour=23, minutes=120)
    else:
        make.meeting_slot(day, begin, minutes=90)
    db.session.refresh(roadshow)
    desk = Desk(client, roadshow)
    early, late, last = (make.guest(roadshow) for _ in range(3))
    assert desk.scan(code_of(early)) == ("admitted", "")
    midnight = at(day.date, 23, 59, "Asia/Seoul") + timedelta(minutes=1)
    turn_clock.set((midnight + timedelta(minutes=59, seconds=59)).astimezone(UTC))
    assert desk.scan(code_of(early)) == ("already_in", "")
    assert desk.scan(code_of(late)) == ("admitted", "")
    assert set(db.session.scalars(select(Attendance.on))) == {day.date}
    assert desk.send().get_json()["day"] == day.date.isoformat()
    turn_clock.advance(seconds=1)
    assert desk.scan(code_of(last)) == ("refused", "wrong_day")


def test_after_midnight_it_is_still_the_day_that_goes_on(
    roadshow: Roadshow, client: FlaskClient, turn_clock: Clock
) -> None:
    first = roadshow.days[0].date
    make.slots(roadshow.days[0], count=1, hour=23, minutes=120)
    make.day(roadshow.cities[0], first + timedelta(days=1))
    db.session.refresh(roadshow)
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    turn_clock.set(at(first + timedelta(days=1), 0, 30, "Asia/Seoul").astimezone(UTC))
    assert desk.scan(code_of(guest)) == ("admitted", "")
    turn_clock.advance(minutes=30)
    assert desk.scan(code_of(guest)) == ("admitted", ""), "the second day has begun"
    assert sorted(db.session.scalars(select(Attendance.on))) == [first, first + timedelta(days=1)]


@pytest.mark.parametrize(
    "garbage", ["", " ", "JT1", "\u202e😀\ufffd", "x" * 2000, "'; DROP TABLE guest", "https://example.com/"]
)
def test_garbage(roadshow: Roadshow, client: FlaskClient, garbage: str) -> None:
    assert Desk(client, roadshow).scan(garbage) == ("refused", "unknown_code")


def test_an_erased_guest(roadshow: Roadshow, client: FlaskClient) -> None:
    from roadshows.personal_data import erase_participant

    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    code = code_of(guest)
    erase_participant(guest.participant)
    assert desk.scan(code) == ("refused", "unknown_guest")


def test_every_refusal_is_kept_and_has_words(roadshow: Roadshow, client: FlaskClient) -> None:
    Desk(client, roadshow).scan("garbage")
    scan = db.session.scalars(select(Scan)).one()
    assert (scan.outcome, scan.reason, scan.guest_id) == ("refused", "unknown_code", None)
    assert HINTS.keys() <= REASONS.keys()


# --- reports: again, late, out of order, by a wrong clock ---


def test_the_same_report_is_one_entry_however_often_it_comes(
    roadshow: Roadshow, client: FlaskClient, turn_clock: Clock
) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    report = desk.report(code=code_of(guest))
    first = desk.take(report)[0]
    turn_clock.advance(minutes=10)
    assert desk.take(report, report)[0] == first
    assert db.session.scalar(select(func.count(Scan.id))) == 1
    assert entries() == 1


def test_two_devices_without_network_let_the_same_guest_in(
    roadshow: Roadshow, client: FlaskClient, turn_clock: Clock
) -> None:
    left, right, guest = Desk(client, roadshow), Desk(client, roadshow, "right"), make.guest(roadshow)
    early = left.report(code=code_of(guest))
    turn_clock.advance(minutes=3)
    late = right.report(code=code_of(guest))
    turn_clock.advance(minutes=30)
    assert right.take(late)[0]["outcome"] == "admitted"
    assert left.take(early)[0]["outcome"] == "already_in"
    entry = db.session.scalars(select(Attendance)).one()
    assert entry.arrived_at == at(roadshow.days[0].date, 10, 0, "Asia/Seoul"), "when the guest really came"


@pytest.mark.parametrize("hours", [10, -10])
def test_a_clock_ten_hours_off_changes_nothing(
    roadshow: Roadshow, client: FlaskClient, turn_clock: Clock, hours: int
) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    desk.ahead = timedelta(hours=hours)
    report = desk.report(code=code_of(guest))
    turn_clock.advance(minutes=20)
    found = desk.take(report)[0]
    assert (found["outcome"], found["note"]) == ("admitted", "")
    scan = db.session.scalars(select(Scan)).one()
    assert scan.scanned_at == at(roadshow.days[0].date, 10, 0, "Asia/Seoul")
    assert db.session.scalars(select(ScanDevice.skew_seconds)).one() == hours * 3600


def test_a_clock_set_right_in_between_is_told_and_nothing_is_lost(
    roadshow: Roadshow, client: FlaskClient, turn_clock: Clock
) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    desk.ahead = timedelta(hours=10)
    report = desk.report(code=code_of(guest))
    desk.ahead = timedelta()
    turn_clock.advance(minutes=20)
    found = desk.take(report)[0]
    assert (found["outcome"], found["note"]) == ("admitted", "clock")
    assert db.session.scalars(select(Scan.reason)).one() == "clock"
    assert entries() == 1


@pytest.mark.parametrize(
    "moment",
    [
        "",
        "yesterday",
        None,
        7,
        "9999-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00+14:00",
        "2026-06-10T10:00:00",
    ],
)
def test_a_time_that_cant_be_read_is_told_and_nothing_is_lost(
    roadshow: Roadshow, client: FlaskClient, moment: Any
) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    found = desk.take(desk.report(code=code_of(guest)) | {"at": moment})[0]
    assert (found["outcome"], found["note"]) == ("admitted", "clock")


def test_a_late_upload_counts_for_the_day_of_the_scan(
    roadshow: Roadshow, client: FlaskClient, turn_clock: Clock
) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    report = desk.report(code=code_of(guest))
    turn_clock.advance(hours=20)
    assert desk.take(report)[0]["outcome"] == "admitted"
    assert db.session.scalars(select(Attendance.on)).one() == roadshow.days[0].date


# --- undoing ---


def test_an_entry_is_taken_back_on_its_device(roadshow: Roadshow, client: FlaskClient) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    report = desk.report(code=code_of(guest))
    desk.take(report)
    other = Desk(client, roadshow, "right")
    assert other.take(other.report(undoes=report["nonce"]))[0]["outcome"] == "refused"
    undo = desk.report(undoes=report["nonce"])
    for _again in range(2):
        assert desk.take(undo)[0]["outcome"] == "undone"
    assert entries() == 0
    assert desk.take(report)[0]["outcome"] == "undone", "its answer got lost: it must not come back"
    assert desk.scan(code_of(guest)) == ("admitted", "")


def test_who_was_seen_by_another_device_stays_in(
    roadshow: Roadshow, client: FlaskClient, turn_clock: Clock
) -> None:
    left, right, guest = Desk(client, roadshow), Desk(client, roadshow, "right"), make.guest(roadshow)
    report = left.report(code=code_of(guest))
    left.take(report)
    turn_clock.advance(minutes=7)
    right.scan(code_of(guest))
    left.take(left.report(undoes=report["nonce"]))
    entry = db.session.scalars(select(Attendance)).one()
    assert entry.arrived_at == clock.now()


def test_scanning_twice_on_one_device_is_one_entry_to_take_back(
    roadshow: Roadshow, client: FlaskClient
) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    report = desk.report(code=code_of(guest))
    desk.take(report, desk.report(code=code_of(guest)), desk.report(undoes=report["nonce"]))
    assert entries() == 0


def test_a_walk_in_taken_back_leaves_the_list(roadshow: Roadshow, client: FlaskClient) -> None:
    desk = Desk(client, roadshow)
    someone = {"name": "李丽", "kind": "press", "language": "zh", "agreed": True}
    report = desk.report(walk_in=someone)
    desk.take(report, desk.report(undoes=report["nonce"]))
    assert db.session.scalars(select(Guest.state)).one() is GuestState.WITHDRAWN
    assert entries() == 0


# --- devices and what they are given ---


def test_a_revoked_or_foreign_device_is_let_in_nowhere(
    roadshow: Roadshow, client: FlaskClient, turn_clock: Clock
) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    page = f"/ko/roadshows/{roadshow.slug}/door/{desk.token}"
    assert client.get(page).status_code == 200
    elsewhere = Desk(client, make.roadshow())
    elsewhere.path = desk.path
    assert elsewhere.send().status_code == 401
    door.revoke_device(device=db.session.scalars(select(ScanDevice).order_by(ScanDevice.id)).first())  # type: ignore[arg-type]
    answer = desk.send(desk.report(code=code_of(guest)))
    assert answer.status_code == 401
    assert answer.get_json()["type"] == "urn:jiachi:problem:device_gone"
    assert client.get(page).status_code == 404
    assert entries() == 0


def test_a_devices_link_ends_two_days_after_the_event(
    roadshow: Roadshow, client: FlaskClient, turn_clock: Clock
) -> None:
    desk = Desk(client, roadshow)
    turn_clock.advance(days=2)
    assert desk.send().status_code == 200
    turn_clock.advance(days=1)
    assert desk.send().status_code == 401


def test_a_device_gets_names_but_no_addresses_and_the_list_only_when_it_changed(
    roadshow: Roadshow, client: FlaskClient
) -> None:
    desk, guest = Desk(client, roadshow), make.guest(roadshow, needs="wheelchair")
    first = desk.send(stamp="").get_json()
    assert [one["key"] for one in first["guests"]] == [guest.participant.key]
    text = desk.send(stamp="").get_data(as_text=True)
    for private in (guest.participant.email, "wheelchair", "phone"):
        assert private not in text
    again = desk.send(stamp=first["stamp"]).get_json()
    assert "guests" not in again
    assert again["arrivals"] == {}
    desk.scan(code_of(guest))
    assert desk.send(stamp=first["stamp"]).get_json()["arrivals"].keys() == {guest.participant.key}
    assert "event" not in desk.send().get_json()
    guests.renew_ticket(guest=guest)
    assert "guests" in desk.send(stamp=first["stamp"]).get_json()


@pytest.mark.parametrize(
    "body",
    [
        {"reports": {}},
        {"reports": [{"at": "x"}]},
        {"reports": [{"nonce": "short"}]},
        {"reports": [{"nonce": "n" * 37, "code": "x"}]},
        {"reports": ["x"]},
        {"reports": [{"nonce": f"nonce-{number}"} for number in range(201)]},
    ],
)
def test_a_batch_that_cant_be_read_is_refused_as_a_whole(
    roadshow: Roadshow, client: FlaskClient, body: dict[str, Any]
) -> None:
    desk = Desk(client, roadshow)
    answer = desk.client.post(desk.path, json=body, headers={"X-Door-Token": desk.token})
    assert answer.status_code == 422
    assert answer.get_json()["fields"]


def test_counts_go_by_kind(roadshow: Roadshow, client: FlaskClient) -> None:
    desk = Desk(client, roadshow)
    investor, company = make.guest(roadshow, kind="investor"), make.guest(roadshow)
    make.guest(roadshow, state=GuestState.WAITING)
    desk.scan(code_of(investor))
    assert desk.send().get_json()["counts"] == [
        {"kind": "investor", "inside": 1, "expected": 1},
        {"kind": "company", "inside": 0, "expected": 1},
    ]
    assert company.state is GuestState.CONFIRMED


def test_one_entry_costs_the_same_whether_10_or_100_are_on_the_list(
    roadshow: Roadshow, client: FlaskClient, count_queries: Any
) -> None:
    desk = Desk(client, roadshow)
    desk.scan(code_of(make.guest(roadshow)))
    seen = []
    for number in (10, 90):
        found = [make.guest(roadshow) for _ in range(number)]
        code = code_of(found[0])
        db.session.commit()
        with count_queries() as statements:
            assert desk.scan(code)[0] == "admitted"
        seen.append(len(statements))
    assert seen[0] == seen[1]
    assert seen[0] <= 16


# --- the organizers' page ---


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_organizers_make_devices_and_see_who_is_in(
    roadshow: Roadshow, app: Flask, client: FlaskClient, lang: str
) -> None:
    from tests import factories as people

    desk, guest = Desk(client, roadshow), make.guest(roadshow)
    desk.scan(code_of(guest))
    browser = people.sign_in(app.test_client(), make.organizer(roadshow))
    office = f"/{lang}/o/roadshows/{roadshow.slug}/door"
    assert guest.participant.name in browser.get(office).get_data(as_text=True)
    assert browser.get(f"{office}/counts").status_code == 200
    made = browser.post(f"{office}/devices", data={"name": "right", "once_key": "k" * 20})
    assert made.status_code == 303
    page = browser.get(office).get_data(as_text=True)
    assert f"/{lang}/roadshows/{roadshow.slug}/door/" in page
    assert f"/{lang}/roadshows/{roadshow.slug}/door/" not in browser.get(office).get_data(as_text=True)
    scan = db.session.scalars(select(Scan)).one()
    assert browser.post(f"{office}/scans/{scan.id}/undo", data={"once_key": "u" * 20}).status_code == 303
    assert entries() == 0
    key = guest.participant.key
    assert browser.post(f"{office}/guests/{key}/admit", data={"once_key": "a" * 20}).status_code == 303
    assert entries() == 1
    walk_in = {"name": "李丽", "kind": "press", "once_key": "w" * 20}
    assert browser.post(f"{office}/walk-in", data=walk_in).status_code == 422
    assert browser.post(f"{office}/walk-in", data=walk_in | {"agreed": "y"}).status_code == 303
    assert entries() == 2
    device = db.session.scalars(select(ScanDevice).order_by(ScanDevice.id)).first()
    assert device
    assert (
        browser.post(f"{office}/devices/{device.id}/revoke", data={"once_key": "r" * 20}).status_code == 303
    )
    assert desk.send().status_code == 401


def test_the_worker_serves_the_door_alone(roadshow: Roadshow, client: FlaskClient) -> None:
    answer = client.get(f"/ko/roadshows/{roadshow.slug}/door/worker.js")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/javascript")
    assert "Service-Worker-Allowed" not in answer.headers


def test_the_camera_is_allowed_on_the_door_page_alone(roadshow: Roadshow, client: FlaskClient) -> None:
    desk = Desk(client, roadshow)
    page = client.get(f"/en/roadshows/{roadshow.slug}/door/{desk.token}")
    assert "camera=(self)" in page.headers["Permissions-Policy"]
    register = client.get(f"/en/roadshows/{roadshow.slug}/register")
    assert "camera=()" in register.headers["Permissions-Policy"]
