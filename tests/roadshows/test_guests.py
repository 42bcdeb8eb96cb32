"""Guests: who gets a place, who waits, what they are told, and that nobody learns who is on the list."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.sessions import sha256
from core import clock
from core.db import db
from core.errors import BadInput, Conflict
from core.models import AuditRecord, Mail
from roadshows import personal_data
from roadshows.guest_import import GuestRow, Plan
from roadshows.models import (
    Guest,
    GuestConsent,
    GuestKind,
    GuestState,
    Participant,
    Roadshow,
    RoadshowState,
)
from roadshows.models import GuestConsentPurpose as Purpose
from roadshows.operations import door, guest_consents, guests, speakers
from roadshows.operations.guest_import import import_guests
from roadshows.operations.people import my_path, standing_link
from tests import factories as people
from tests.conftest import Clock
from tests.roadshows import factories as make

NEEDED = {Purpose.PROCESSING, Purpose.TRANSFER_ABROAD}
VALUES: dict[str, Any] = {"name": "김민준", "language": "ko", "kind": GuestKind.INVESTOR}
FORM = {
    "kind": "investor",
    "name": "김민준",
    "name_latin": "Kim Minjun",
    "organization": "한강투자",
    "email": "Kim@Example.com",
    "phone": "+82 10-1234-5678",
    "language": "ko",
    "needs_interpreting": "y",
    "processing": "y",
    "transfer_abroad": "y",
}


def register(roadshow: Roadshow, email: str = "kim@example.com", **more: Any) -> Guest | None:
    return guests.register(
        roadshow=roadshow, email=email, values=VALUES | more, consents=NEEDED, language="ko"
    )


def mails(kind: str = "") -> list[Mail]:
    rows = db.session.scalars(select(Mail).order_by(Mail.id))
    return [mail for mail in rows if mail.kind == kind or not kind]


def states(*found: Guest) -> list[str]:
    return [guest.state.value for guest in found]


def link_in(mail: Mail) -> str:
    found = re.search(r"http://localhost(/\S+)", mail.body)
    assert found
    return found[1]


# --- places and the waiting list ---


def test_places_go_by_arrival_and_the_waiting_list_moves_up_by_itself(ctx: None, turn_clock: Clock) -> None:
    roadshow = make.roadshow(places=1, needs_approval=False)
    first, second, third = [
        turn_clock.advance(minutes=1) or register(roadshow, f"guest{n}@example.com") for n in range(3)
    ]
    assert first
    assert second
    assert third
    assert states(first, second, third) == ["confirmed", "waiting", "waiting"]
    guests.withdraw(guest=first)
    assert states(first, second, third) == ["withdrawn", "confirmed", "waiting"]
    assert [mail.address for mail in mails("guest_confirmed")] == ["guest0@example.com", "guest1@example.com"]
    guests.refuse(guest=second)
    assert states(second, third) == ["refused", "confirmed"]


def test_more_places_are_filled_by_the_next_sweep(ctx: None) -> None:
    roadshow = make.roadshow(places=0, needs_approval=False)
    waiting = [register(roadshow, f"guest{n}@example.com") for n in range(3)]
    roadshow.places = 2
    db.session.commit()
    assert guests.move_up_everywhere() == 2
    assert states(*(guest for guest in waiting if guest)) == ["confirmed", "confirmed", "waiting"]
    assert guests.move_up_everywhere() == 0


def test_nobody_moves_up_at_a_canceled_event(ctx: None) -> None:
    roadshow = make.roadshow(places=1, needs_approval=False)
    first, second = register(roadshow, "one@example.com"), register(roadshow, "two@example.com")
    assert first
    assert second
    roadshow.state = RoadshowState.CANCELED
    guests.withdraw(guest=first)
    assert states(second) == ["waiting"]
    assert mails("guest_withdrawn") == []


def test_approval_gives_a_place_or_the_waiting_list(ctx: None, turn_clock: Clock) -> None:
    roadshow = make.roadshow(places=1)
    who = make.organizer(roadshow)
    asked = [turn_clock.advance(minutes=1) or register(roadshow, f"guest{n}@example.com") for n in range(2)]
    one, two = [guest for guest in asked if guest]
    assert states(one, two) == ["applied", "applied"]
    assert guests.approve_all(guests=[two, one], who=who) == (1, 1)
    assert states(one, two) == ["confirmed", "waiting"]
    assert one.decided_by == who.id
    with pytest.raises(Conflict, match="full"):
        guests.promote(guest=two, who=who)
    roadshow.places = 2
    guests.promote(guest=two, who=who)
    assert states(two) == ["confirmed"]


@pytest.mark.parametrize("act", [guests.approve, guests.promote, guests.renew_ticket, guests.invite])
def test_what_no_longer_fits_the_state_is_refused(ctx: None, act: Any) -> None:
    guest = make.guest(make.roadshow(), state=GuestState.CONFIRMED)
    if act is guests.renew_ticket:
        guest.state = GuestState.WAITING
    with pytest.raises(Conflict, match="stale"):
        act(guest=guest)


def test_a_canceled_events_list_stays_as_it_is(ctx: None) -> None:
    roadshow = make.roadshow(state=RoadshowState.CANCELED)
    guest = make.guest(roadshow, state=GuestState.APPLIED)
    for act in (guests.approve, guests.refuse):
        with pytest.raises(Conflict, match="over"):
            act(guest=guest)
    with pytest.raises(Conflict, match="registration_canceled"):
        register(roadshow)


# --- when one can register ---


def test_registration_closes_with_its_last_second(ctx: None, turn_clock: Clock) -> None:
    closes = turn_clock.moment + timedelta(hours=1)
    roadshow = make.roadshow(registration_closes_at=closes, registration_opens_at=turn_clock.moment)
    assert register(roadshow, "first@example.com")
    turn_clock.set(closes - timedelta(seconds=1))
    assert register(roadshow, "last@example.com")
    turn_clock.set(closes)
    with pytest.raises(Conflict, match="registration_after"):
        register(roadshow, "late@example.com")
    roadshow.registration_opens_at = closes + timedelta(seconds=1)
    with pytest.raises(Conflict, match="registration_before"):
        register(roadshow, "early@example.com")


def test_without_a_deadline_registration_ends_with_the_last_day(ctx: None, turn_clock: Clock) -> None:
    roadshow = make.roadshow(registration_closes_at=None)
    day = make.day(roadshow.cities[0])
    turn_clock.set(make.at(day.date, 23, 59, "Asia/Seoul"))
    db.session.refresh(roadshow)
    assert guests.registration_phase(roadshow) == "open"
    turn_clock.advance(minutes=1)
    assert guests.registration_phase(roadshow) == "after"


# --- what is said and agreed ---


def test_nobody_is_registered_without_the_required_consents(ctx: None) -> None:
    roadshow = make.roadshow()
    with pytest.raises(BadInput) as refused:
        guests.register(
            roadshow=roadshow,
            email="kim@example.com",
            values=VALUES,
            consents={Purpose.PROCESSING, Purpose.PHOTOS},
            language="ko",
        )
    assert set(refused.value.fields) == {"transfer_abroad"}
    assert db.session.scalars(select(Participant)).all() == []


def test_consents_are_kept_with_version_and_language_and_can_be_taken_back(ctx: None) -> None:
    roadshow = make.roadshow()
    guest = guests.register(
        roadshow=roadshow,
        email="kim@example.com",
        values=VALUES,
        consents={*NEEDED, Purpose.PHOTOS},
        language="ko",
    )
    assert guest
    rows = db.session.scalars(select(GuestConsent)).all()
    assert {row.purpose for row in rows} == {*NEEDED, Purpose.PHOTOS}
    assert {(row.language, row.text_version) for row in rows} == {("ko", "2026-11")}
    guest_consents.withdraw_consent(guest=guest, purpose=Purpose.PHOTOS)
    assert set(guest_consents.standing_consents(guest)) == NEEDED
    with pytest.raises(Conflict, match="consent_required"):
        guest_consents.withdraw_consent(guest=guest, purpose=Purpose.PROCESSING)


def test_mails_are_in_the_guests_language_and_all_hold_the_link_that_stands(ctx: None) -> None:
    roadshow = make.roadshow(contact_email="host@example.org")
    guest = register(roadshow)
    assert guest
    guests.approve(guest=guest)
    received, confirmed = mails()
    assert received.roadshow_id == roadshow.id
    assert "쓰촨 혁신창업 설명회" in received.subject
    assert "host@example.org" in received.body
    assert link_in(received) == link_in(confirmed)
    assert guest.participant.link_sha256 == sha256(link_in(received).rsplit("/", 1)[1])


def test_an_invited_guest_says_yes_with_the_consents(ctx: None) -> None:
    roadshow = make.roadshow()
    guest = guests.add_guest(roadshow=roadshow, email="kim@example.com", values=VALUES, is_told=True)
    assert [mail.kind for mail in mails()] == ["guest_invited"]
    with pytest.raises(BadInput):
        guests.accept(guest=guest, consents=[], language="ko")
    guests.accept(guest=guest, consents=NEEDED, language="ko")
    assert guest.state is GuestState.CONFIRMED


@pytest.mark.parametrize(
    ("language", "zone"), [("zh", "Asia/Shanghai"), ("ko", "Asia/Seoul"), ("en", "Asia/Tokyo")]
)
def test_a_guest_reads_the_clock_that_goes_with_the_language(ctx: None, language: str, zone: str) -> None:
    roadshow = make.roadshow(zone="Asia/Tokyo")
    guest = guests.add_guest(
        roadshow=roadshow, email="kim@example.com", values=VALUES | {"language": language}
    )
    row = GuestRow(1, "lee@example.com", guest_values(language))
    [imported] = import_guests(roadshow=roadshow, plan=Plan([row], [], [], 0))
    assert [one.participant.zone for one in (guest, imported)] == [zone, zone]


def guest_values(language: str) -> dict[str, object]:
    """A row of a table."""
    empty = dict.fromkeys(("name_latin", "organization", "position", "phone", "needs", "seat"), "")
    return {"name": "이서준", **empty, "kind": GuestKind.OTHER, "language": language} | {
        "needs_interpreting": False,
        "rank": None,
    }


def test_nobody_gets_a_link_to_a_draft(ctx: None) -> None:
    """Its pages can't be opened; whoever stands on the list is invited once it is published."""
    roadshow = make.roadshow(state=RoadshowState.DRAFT)
    with pytest.raises(Conflict, match="roadshow_not_public"):
        guests.add_guest(roadshow=roadshow, email="kim@example.com", values=VALUES, is_told=True)
    db.session.rollback()
    roadshow = make.roadshow(state=RoadshowState.DRAFT)
    guest = guests.add_guest(roadshow=roadshow, email="kim@example.com", values=VALUES)
    for act in (guests.invite, guests.approve):
        with pytest.raises(Conflict, match="roadshow_not_public"):
            act(guest=guest)
    with pytest.raises(Conflict, match="roadshow_not_public"):
        door.make_device(roadshow=roadshow, name="Door 1")
    with pytest.raises(Conflict, match="roadshow_not_public"):
        speakers.send_link(participant=guest.participant)
    guests.refuse(guest=guest)
    assert mails() == []


def test_two_organizers_dont_overwrite_each_other(ctx: None) -> None:
    guest = make.guest(make.roadshow())
    seen = guest.version
    guests.change_guest(guest=guest, seen=seen, values={"name": "王小明"})
    with pytest.raises(Conflict, match="stale"):
        guests.change_guest(guest=guest, seen=seen, values={"name": "李丽"})
    assert guest.participant.name == "王小明"


def test_an_address_belongs_to_one_participant(ctx: None) -> None:
    roadshow = make.roadshow()
    make.participant(roadshow, email="taken@example.com")
    guest = make.guest(roadshow)
    with pytest.raises(Conflict, match="email_taken"):
        guests.change_guest(guest=guest, seen=guest.version, values={}, email="Taken@Example.com")


# --- the public page ---


def path(roadshow: Roadshow, lang: str = "en", tail: str = "") -> str:
    return f"/{lang}/roadshows/{roadshow.slug}/register{tail}"


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_registering_on_the_page(ctx: None, client: FlaskClient, lang: str) -> None:
    roadshow = make.roadshow()
    make.day(roadshow.cities[0])
    page = client.get(path(roadshow, lang))
    assert page.status_code == 200
    answer = client.post(path(roadshow, lang), data=FORM)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert answer.location.endswith("/register/sent")
    guest = db.session.scalars(select(Guest)).one()
    assert guest.participant.email == "Kim@example.com"
    assert guest.participant.phone == "+821012345678"
    assert (guest.kind, guest.needs_interpreting) == (GuestKind.INVESTOR, True)
    assert client.get(answer.location).status_code == 200


def test_a_known_address_gets_the_same_answer_and_a_mail_with_the_link(
    ctx: None, client: FlaskClient
) -> None:
    roadshow = make.roadshow()
    new = client.post(path(roadshow), data=FORM)
    known = client.post(path(roadshow), data=FORM | {"name": "Somebody Else", "email": "KIM@example.com"})
    assert (new.status_code, new.location) == (known.status_code, known.location)
    assert list(new.headers.keys()) == list(known.headers.keys())
    guest = db.session.scalars(select(Guest)).one()
    assert guest.participant.name == "김민준", "nobody but the guest and the organizers change it"
    assert [mail.kind for mail in mails()] == ["guest_received", "guest_link"]
    assert client.get(link_in(mails()[1])).status_code == 200


def test_nobodys_mailbox_is_filled_by_somebody_else(ctx: None, turn_clock: Clock) -> None:
    roadshow = make.roadshow()
    for _try in range(10):
        register(roadshow)
    assert len(mails("guest_link")) == 3
    turn_clock.advance(hours=2)
    register(roadshow)
    assert len(mails("guest_link")) == 4


def test_a_program_that_fills_in_everything_gets_the_same_answer(ctx: None, client: FlaskClient) -> None:
    roadshow = make.roadshow()
    answer = client.post(path(roadshow), data=FORM | {"website": "https://spam.example"})
    assert answer.status_code == 303
    assert db.session.scalars(select(Participant)).all() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "a@example.com, b@example.com"}, "email"),
        ({"name": "\u202eevil"}, "name"),
        ({"name": ""}, "name"),
        ({"kind": "king"}, "kind"),
        ({"phone": "12"}, "phone"),
        ({"language": "fr"}, "language"),
        ({"needs": "x" * 501}, "needs"),
        ({"processing": ""}, "processing"),
        ({"transfer_abroad": ""}, "transfer_abroad"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    ctx: None, client: FlaskClient, changes: dict[str, str], field: str
) -> None:
    roadshow = make.roadshow()
    answer = client.post(path(roadshow), data=FORM | changes)
    assert answer.status_code == 422
    assert f'href="#{field}' in answer.get_data(as_text=True)
    assert db.session.scalars(select(Participant)).all() == []


def test_a_korean_types_the_number_as_at_home(ctx: None, client: FlaskClient) -> None:
    roadshow = make.roadshow()
    assert client.post(path(roadshow, "ko"), data=FORM | {"phone": "010-1234-5678"}).status_code == 303
    assert db.session.scalars(select(Participant.phone)).one() == "+821012345678"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"state": RoadshowState.DRAFT}, 404),
        ({"state": RoadshowState.CANCELED}, 409),
        ({"registration_closes_at": clock.now() - timedelta(seconds=1)}, 409),
    ],
)
def test_a_closed_door_says_so(ctx: None, client: FlaskClient, values: dict[str, Any], status: int) -> None:
    roadshow = make.roadshow(**values)
    assert client.get(path(roadshow)).status_code == (404 if status == 404 else 200)
    assert client.post(path(roadshow), data=FORM).status_code == status
    assert db.session.scalars(select(Participant)).all() == []


# --- the own page ---


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_the_own_page_shows_the_ticket_and_lets_the_guest_decide(
    ctx: None, client: FlaskClient, lang: str
) -> None:
    roadshow = make.roadshow()
    guest = make.guest(roadshow)
    own = my_path(guest.participant, standing_link(participant=guest.participant), lang)
    page = client.get(own)
    assert page.status_code == 200
    assert 'class="qr"' in page.get_data(as_text=True)
    assert page.headers["Cache-Control"] == "no-store"
    answer = client.post(
        f"{own}/guest/wishes",
        data={"language": "zh", "needs": "素食", "phone": "", "version": guest.version},
    )
    assert answer.status_code == 303
    db.session.refresh(guest)
    assert (guest.needs, guest.participant.language) == ("素食", "zh")
    assert client.get(f"{own}/guest/withdraw").status_code == 200
    assert client.post(f"{own}/guest/withdraw").status_code == 303
    db.session.refresh(guest)
    assert guest.state is GuestState.WITHDRAWN
    assert 'class="qr"' not in client.get(own).get_data(as_text=True)
    assert client.post(f"{own}/guest/withdraw").status_code == 409
    assert client.post(f"{own}/guest/accept", data={"processing": "y"}).status_code == 422
    answer = client.post(f"{own}/guest/accept", data={"processing": "y", "transfer_abroad": "y"})
    assert answer.status_code == 303
    db.session.refresh(guest)
    assert guest.state is GuestState.APPLIED


def test_anothers_link_opens_nothing_at_another_roadshow(ctx: None, client: FlaskClient) -> None:
    here, there = make.roadshow(), make.roadshow()
    make.guest(here, participant=make.participant(here, "secret-token"))
    assert client.get(f"/en/roadshows/{there.slug}/my/secret-token").status_code == 404
    assert client.post(f"/en/roadshows/{there.slug}/my/secret-token/guest/withdraw").status_code == 404


def test_who_is_no_guest_has_no_guests_pages(ctx: None, client: FlaskClient) -> None:
    roadshow = make.roadshow()
    make.participant(roadshow, "secret-token")
    own = f"/en/roadshows/{roadshow.slug}/my/secret-token"
    assert client.get(own).status_code == 200
    assert client.get(f"{own}/guest/wishes").status_code == 404


def test_data_can_be_taken_along_and_deleted(ctx: None, client: FlaskClient) -> None:
    roadshow = make.roadshow(places=1, needs_approval=False)
    guest, waiting = register(roadshow), register(roadshow, "next@example.com", name="이서연")
    assert guest
    assert waiting
    own = link_in(mails()[0])
    data = client.get(f"{own}/guest/data.json").get_json()
    assert data["name"] == "김민준"
    assert data["guest"]["state"] == "confirmed"
    assert len(data["guest"]["consents"]) == 2
    assert client.get(f"{own}/guest/erase").status_code == 200
    assert client.post(f"{own}/guest/erase").status_code == 422
    assert client.post(f"{own}/guest/erase", data={"sure": "y"}).status_code == 303
    assert client.get(own).status_code == 404
    db.session.refresh(waiting)
    assert waiting.state is GuestState.CONFIRMED
    kept = [str(row.old) + str(row.new) for row in db.session.scalars(select(AuditRecord))]
    kept += [mail.address + mail.body for mail in mails()]
    kept += [row.name + row.email for row in db.session.scalars(select(Participant))]
    assert "김민준" not in " ".join(kept)
    assert "kim@example.com" not in " ".join(kept)


def test_an_account_takes_its_guests_along(ctx: None) -> None:
    roadshow = make.roadshow()
    who = people.person()
    guest = make.guest(roadshow, participant=make.participant(roadshow, person_id=who.id))
    assert personal_data._export(who.id)[0]["guest"]["state"] == "confirmed"
    personal_data._erase(who.id)
    assert guest.participant.name == "—"
    assert guest.participant.person_id is None
    assert guest.ticket == 2
