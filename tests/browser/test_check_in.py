"""The door with a USB scanner, in a real browser: two devices, the network of one cut half-way, fifty guests,
fifty entries, none twice."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from core import clock
from core.db import db
from roadshows.local_times import at, local_date
from roadshows.models import Attendance, Guest, GuestState, Participant, Roadshow, Scan
from roadshows.operations import door, guests
from roadshows.operations.people import my_path, standing_link
from roadshows.tickets import make_code
from tests.browser.conftest import LANGUAGES, LAPTOP, PHONE, People, words
from tests.browser.test_every_page import wrong
from tests.roadshows import factories as make
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]
GUESTS = 50


@dataclass
class Event:
    """A roadshow today; ids, codes and addresses only."""

    server: Server
    roadshow_id: int
    slug: str
    codes: list[str]
    names: list[str]
    devices: list[str]
    organizer: int
    own_page: str
    key: str

    def door(self, device: int = 0, lang: str = "en") -> str:
        return f"/{lang}/roadshows/{self.slug}/door/{self.devices[device]}"

    def entries(self) -> Counter[int]:
        """Guest's id -> how many entries."""
        with self.server.app.app_context():
            found = select(Attendance.guest_id).where(Attendance.roadshow_id == self.roadshow_id)
            return Counter(db.session.scalars(found))

    def scans(self) -> int:
        with self.server.app.app_context():
            found = select(func.count(Scan.id)).where(Scan.roadshow_id == self.roadshow_id)
            return db.session.scalar(found) or 0


@pytest.fixture
def event(server: Server) -> Event:
    with server.app.app_context():
        roadshow = make.roadshow(slug=f"door-{uuid.uuid4().hex[:10]}")
        make.day(roadshow.cities[0], local_date(clock.now(), "Asia/Seoul"))
        db.session.refresh(roadshow)
        found = [make.guest(roadshow) for _ in range(GUESTS)]
        codes = [
            make_code(roadshow_id=roadshow.id, key=guest.participant.key, number=guest.ticket)
            for guest in found
        ]
        who = make.organizer(roadshow, email=f"{uuid.uuid4().hex}@example.com")
        made = Event(
            server,
            roadshow.id,
            roadshow.slug,
            codes,
            [guest.participant.name for guest in found],
            [door.make_device(roadshow=roadshow, name=name)[1] for name in ("left", "right")],
            who.id,
            my_path(found[0].participant, standing_link(participant=found[0].participant)),
            found[0].participant.key,
        )
        db.session.commit()
        return made


def open_door(page: Page, address: str) -> Page:
    page.goto(address)
    expect(page.locator("#door")).to_have_attribute("data-ready", "yes")
    expect(page.locator("#door")).to_have_attribute("data-kept", "yes")
    return page


def scan(page: Page, code: str) -> None:
    """As a USB scanner does: a burst of keys wherever the focus is, then Enter; and what came of it is
    shown."""
    lines = page.locator("#lines li").count()
    page.keyboard.insert_text(code)
    page.keyboard.press("Enter")
    expect(page.locator("#lines li")).to_have_count(min(lines + 1, 30))


def outcome(page: Page, wanted: str) -> None:
    expect(page.locator("#verdict")).to_have_attribute("data-outcome", wanted)


def all_sent(page: Page) -> None:
    expect(page.locator("#waiting")).to_have_attribute("data-count", "0", timeout=40_000)


@pytest.mark.timeout(300)
def test_fifty_guests_on_two_devices_with_the_network_of_one_cut_half_way(
    event: Event, people: People
) -> None:
    left = open_door(people.window(size=PHONE), event.door(0))
    right = open_door(people.window(size=PHONE, lang="ko"), event.door(1, "ko"))
    for number in range(12):
        scan(left, event.codes[2 * number])
        scan(right, event.codes[2 * number + 1])
    outcome(left, "admitted")

    right.context.set_offline(True)
    for number in range(12, 18):
        scan(left, event.codes[2 * number])
        scan(right, event.codes[2 * number + 1])
    expect(right.locator("#connection")).to_have_attribute("data-state", "offline")
    outcome(right, "admitted")
    right.reload()  # a phone that ran out of battery, and still no network
    expect(right.locator("#lines li")).to_have_count(18)
    scan(right, event.codes[35])
    outcome(right, "already_in")
    for number in range(18, 25):
        scan(left, event.codes[2 * number])
        scan(right, event.codes[2 * number + 1])
    scan(right, event.codes[48])  # let in on the left a moment ago, which the right one can't know
    outcome(right, "admitted")
    expect(right.locator("#waiting")).to_have_attribute("data-count", "15")
    assert len(event.entries()) < GUESTS

    right.context.set_offline(False)
    all_sent(right)
    all_sent(left)
    assert event.entries() == Counter(dict.fromkeys(event.entries(), 1))
    assert len(event.entries()) == GUESTS
    assert event.scans() == GUESTS + 2
    expect(left.locator("#total")).to_have_text(f"{GUESTS} / {GUESTS}", timeout=40_000)
    expect(right.locator("#total")).to_have_text(f"{GUESTS} / {GUESTS}", timeout=40_000)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_door_says_and_offers(event: Event, people: People, lang: str) -> None:
    say = words(lang)
    page = open_door(people.window(size=PHONE, lang=lang), event.door(0, lang))
    title = page.locator("#verdict-title")
    scan(page, event.codes[0].lower())
    expect(title).to_have_text(say("Welcome"))
    expect(page.locator("#verdict-name")).to_have_text(event.names[0])
    scan(page, event.codes[0])
    outcome(page, "already_in")
    scan(page, event.codes[1][:-1] + ("A" if event.codes[1][-1] != "A" else "I"))
    expect(page.locator("#verdict-reason")).to_have_text(say("This ticket is forged"))
    scan(page, "https://example.com/")
    expect(page.locator("#verdict-reason")).to_have_text(say("This is no ticket of ours"))

    page.get_by_role("button", name=f"{say('Undo')}: {event.names[0]}").click()
    expect(title).to_have_text(say("Taken back"))
    all_sent(page)
    assert event.entries() == Counter()

    page.get_by_label(say("Find a guest by name")).fill("kimminjun xyz")
    expect(page.locator("#found-none")).to_be_visible()
    page.get_by_label(say("Find a guest by name")).fill(event.names[2])
    page.get_by_role("button", name=f"{say('Let in')}: {event.names[2]}").first.click()
    outcome(page, "admitted")

    page.get_by_text(say("Add a walk-in")).click()
    page.locator("#walk-name").fill("李丽")
    page.locator("#walk-agreed").check()
    page.get_by_role("button", name=say("Add and let in")).click()
    expect(page.locator("#verdict-name")).to_have_text("李丽")
    all_sent(page)
    assert sorted(event.entries().values()) == [1, 1]
    assert Axe().run(page).response["violations"] == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0


def test_a_scanner_types_into_the_field_wherever_the_focus_is(event: Event, people: People) -> None:
    page = open_door(people.window(size=LAPTOP), event.door())
    sound, field = page.locator("#loud"), page.locator("#code")
    codes = iter(event.codes)

    def typed() -> None:
        """As a scanner in keyboard mode: key by key, then Enter."""
        lines = page.locator("#lines li").count()
        page.keyboard.type(next(codes))
        page.keyboard.press("Enter")
        expect(page.locator("#lines li")).to_have_count(lines + 1)
        outcome(page, "admitted")

    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "false")
    expect(field).to_be_focused()
    page.locator(".walk-in > summary").click()
    expect(field).to_be_focused()
    typed()
    for where in ("#loud", ".walk-in > summary", "#walk-agreed", ".walk-in button", ".door-head a"):
        page.locator(where).first.focus()
        typed()
    expect(sound).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#walk-agreed")).not_to_be_checked()

    sound.focus()
    page.keyboard.press("Space")  # who has no mouse
    expect(sound).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    expect(sound).to_have_attribute("aria-pressed", "false")
    expect(sound).to_be_focused()


def test_without_network_a_device_knows_forged_foreign_and_replaced_tickets(
    event: Event, people: People
) -> None:
    with event.server.app.app_context():
        guest = db.session.scalars(
            select(Guest).join(Participant).where(Guest.roadshow_id == event.roadshow_id).order_by(Guest.id)
        ).first()
        assert guest
        guests.renew_ticket(guest=guest)
        other = db.session.scalars(
            select(Guest).where(Guest.roadshow_id == event.roadshow_id).order_by(Guest.id.desc())
        ).first()
        assert other
        other.state = GuestState.WAITING
        foreign = make.guest(make.roadshow(slug=f"far-{uuid.uuid4().hex[:10]}"))
        code = make_code(roadshow_id=foreign.roadshow_id, key=foreign.participant.key, number=1)
        db.session.commit()
    page = open_door(people.window(), event.door())
    page.context.set_offline(True)
    reason = page.locator("#verdict-reason")
    for scanned, text in (
        (event.codes[0], "This ticket was replaced by a newer one"),
        (event.codes[1][:24] + event.codes[2][24:], "This ticket is forged"),
        (code, "This ticket is for another event"),
        (event.codes[-1], "This guest is not confirmed"),
        ("ㅓㅅ1ㅁㅁㅁㅁㅁㅁ", "The scanner types in another script"),
    ):
        scan(page, scanned)
        expect(reason).to_have_text(text)
        outcome(page, "refused")
    scan(page, event.codes[3])
    outcome(page, "admitted")
    page.context.set_offline(False)
    all_sent(page)
    assert sum(event.entries().values()) == 1


def test_without_network_a_newer_ticket_lets_in_once_a_day_and_on_a_day_of_the_event(
    event: Event, people: People
) -> None:
    page = open_door(people.window(), event.door())
    page.context.set_offline(True)
    with event.server.app.app_context():
        roadshow = db.session.get_one(Roadshow, event.roadshow_id)
        renewed = db.session.scalars(
            select(Guest).where(Guest.roadshow_id == roadshow.id).order_by(Guest.id)
        ).first()
        assert renewed
        guests.renew_ticket(guest=renewed)
        newer, unknown = (
            make_code(roadshow_id=roadshow.id, key=guest.participant.key, number=guest.ticket)
            for guest in (renewed, make.guest(roadshow))
        )
        db.session.commit()
    reason = page.locator("#verdict-reason")
    for code in (newer, unknown):
        scan(page, code)
        outcome(page, "admitted")
        expect(reason).to_contain_text("newer than the list on this device")
        scan(page, code)
        outcome(page, "already_in")
        expect(reason).to_have_text("")
    page.get_by_role("button", name="Undo").first.click()
    outcome(page, "undone")
    scan(page, unknown)
    outcome(page, "admitted")

    page.context.set_offline(False)
    all_sent(page)
    assert sorted(event.entries().values()) == [1, 1]

    page.context.set_offline(True)
    page.clock.set_fixed_time(clock.now() + timedelta(days=1))
    for code in (newer, unknown):
        scan(page, code)
        outcome(page, "refused")
        expect(reason).to_have_text("The event isn't today")


def test_without_network_a_day_lasts_until_its_last_slot_ends(event: Event, people: People) -> None:
    with event.server.app.app_context():
        day = db.session.get_one(Roadshow, event.roadshow_id).days[0]
        make.slots(day, count=1, hour=23, minutes=120)
        midnight = at(day.date + timedelta(days=1), 0, 0, "Asia/Seoul")
        db.session.commit()
    page = open_door(people.window(), event.door())
    page.context.set_offline(True)
    page.clock.set_fixed_time(midnight + timedelta(minutes=15, seconds=30))
    scan(page, event.codes[0])
    outcome(page, "admitted")
    expect(page.locator("#lines .line-time").first).to_have_text("00:15")
    scan(page, event.codes[0])
    outcome(page, "already_in")
    expect(page.locator("#verdict-title")).to_have_text("Is in already, since 00:15")
    page.clock.set_fixed_time(midnight + timedelta(minutes=60, seconds=30))
    scan(page, event.codes[1])
    outcome(page, "refused")
    expect(page.locator("#verdict-reason")).to_have_text("The event isn't today")


CAMERA_WITHOUT_READER = """
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d");
  setInterval(() => drawing.fillRect(0, 0, 9, 9), 50); // a picture that stands still is none
  return (globalThis.given = canvas.captureStream());
};
globalThis.BarcodeDetector = class {
  static getSupportedFormats = async () => ["qr_code"];
  constructor() { throw new Error("no reader"); }
};
"""


def test_a_camera_that_cant_be_read_is_switched_off_again(event: Event, people: People) -> None:
    page = people.window()
    page.add_init_script(CAMERA_WITHOUT_READER)
    open_door(page, event.door())
    page.locator("#camera").click()
    expect(page.locator("#camera-note")).to_be_visible()
    expect(page.locator("#camera")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#video")).to_be_hidden()
    assert page.evaluate("given.getTracks().map((track) => track.readyState)") == ["ended"]
    assert page.evaluate("document.getElementById('video').srcObject") is None


def test_a_revoked_device_forgets_the_guests_but_not_what_it_has_not_sent(
    event: Event, people: People
) -> None:
    page = open_door(people.window(), event.door())
    page.context.set_offline(True)
    scan(page, event.codes[0])
    with event.server.app.app_context():
        from roadshows.models import ScanDevice

        devices = select(ScanDevice).where(ScanDevice.roadshow_id == event.roadshow_id)
        device = db.session.scalars(devices.order_by(ScanDevice.id)).first()
        assert device
        door.revoke_device(device=device)
        db.session.commit()
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_have_attribute("data-state", "gone", timeout=40_000)
    expect(page.locator("#desk")).to_be_hidden()
    assert event.entries() == Counter()
    open_door(page, event.door(1))  # the new link, on the same phone
    all_sent(page)
    assert sum(event.entries().values()) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_guests_pages_are_accessible(event: Event, people: People, lang: str) -> None:
    office = f"/{lang}/o/roadshows/{event.slug}"
    own = event.own_page.replace("/en/", f"/{lang}/", 1)
    paths = (
        f"/{lang}/roadshows/{event.slug}/register",
        own,
        f"{own}/guest/wishes",
        f"{office}/guests",
        f"{office}/guests/{event.key}",
        f"{office}/guests/new",
        f"{office}/guests/import",
        f"{office}/door",
        f"{office}/door/walk-in",
        event.door(0, lang),
    )
    problems: list[str] = []
    for size in (PHONE, LAPTOP):
        page = people.window(event.organizer, lang=lang, size=size)
        for path in paths:
            page.goto(path, wait_until="domcontentloaded")
            found = Axe().run(page).response["violations"]
            problems += [f"{path}: {one['id']} {[node['target'] for node in one['nodes']]}" for one in found]
            if size is PHONE:
                problems += [f"{path}: {text}" for text in wrong(page, lang)]
    assert not problems, "\n".join(problems)
