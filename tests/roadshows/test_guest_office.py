"""The organizers' guest list: found, counted, decided, printed; and nobody else's."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from core.db import db
from core.models import Mail
from roadshows.models import Guest, GuestState, Roadshow
from roadshows.operations import seats
from tests import factories as people
from tests.roadshows import factories as make


@pytest.fixture
def roadshow(ctx: None) -> Roadshow:
    return make.roadshow()


@pytest.fixture
def browser(app: Flask, roadshow: Roadshow) -> FlaskClient:
    return people.sign_in(app.test_client(), make.organizer(roadshow))


def here(roadshow: Roadshow, tail: str = "", lang: str = "en") -> str:
    return f"/{lang}/o/roadshows/{roadshow.slug}/guests{tail}"


def once(**values: Any) -> dict[str, Any]:
    import secrets

    return {"once_key": secrets.token_hex(16)} | values


def somebody(roadshow: Roadshow, name: str, **values: Any) -> Guest:
    who = make.participant(roadshow, name=name, name_latin="", organization="")
    return make.guest(roadshow, participant=who, **values)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["王小明", "김민준", "Zoë Lee"]),
        ("q=xiaoming", ["王小明"]),
        ("q=ㄱㅁㅈ", ["김민준"]),
        ("q=zoe", ["Zoë Lee"]),
        ("kind=press", ["김민준"]),
        ("state=waiting", ["Zoë Lee"]),
        ("kind=king&state=x&page=9999999&sort=evil", ["王小明", "김민준", "Zoë Lee"]),
        ("q=%25", []),
    ],
)
def test_guests_are_found_in_any_script(
    roadshow: Roadshow, browser: FlaskClient, query: str, found: list[str]
) -> None:
    somebody(roadshow, "王小明")
    somebody(roadshow, "김민준", kind="press")
    somebody(roadshow, "Zoë Lee", state=GuestState.WAITING)
    somebody(make.roadshow(), "Elsewhere")
    page = browser.get(here(roadshow, f"?{query}")).get_data(as_text=True)
    assert [
        name for name in ("王小明", "김민준", "Zoë Lee", "Elsewhere") if f"<bdi>{name}</bdi>" in page
    ] == found


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_much_for_three_guests_as_for_one(
    roadshow: Roadshow, browser: FlaskClient, count_queries: Any, count: int
) -> None:
    for _ in range(count):
        make.guest(roadshow)
    browser.get(here(roadshow))
    with count_queries() as seen:
        assert browser.get(here(roadshow)).status_code == 200
    assert len(seen) <= 8, "\n".join(seen)


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_one_guest_is_added_changed_and_decided_on(
    roadshow: Roadshow, browser: FlaskClient, lang: str
) -> None:
    fields = {"name": "王小明", "email": "wang@example.com", "kind": "investor", "language": "zh"}
    added = browser.post(
        here(roadshow, "/new", lang), data=once(**fields, state="invited", is_told="y", needs="")
    )
    assert added.status_code == 303, added.get_data(as_text=True)
    guest = db.session.scalars(select(Guest)).one()
    one = here(roadshow, f"/{guest.participant.key}", lang)
    assert browser.get(one).status_code == 200
    changed = browser.post(one, data=once(**fields | {"rank": "３", "seat": "A-1"}, version=guest.version))
    assert changed.status_code == 303
    db.session.refresh(guest)
    assert (guest.rank, guest.seat) == (3, "A-1")
    stale = browser.post(one, data=once(**fields | {"rank": "4"}, version=1))
    assert stale.status_code == 409
    for decision, state in (
        ("approve", "confirmed"),
        ("refuse", "refused"),
        ("approve", "confirmed"),
        ("withdraw", "withdrawn"),
    ):
        assert browser.post(f"{one}/{decision}", data=once()).status_code == 303
        db.session.refresh(guest)
        assert guest.state == state
    assert browser.post(f"{one}/promote", data=once()).status_code == 409
    kinds = [mail.kind for mail in db.session.scalars(select(Mail).order_by(Mail.id))]
    assert kinds == [
        "guest_invited",
        "guest_confirmed",
        "guest_refused",
        "guest_confirmed",
        "guest_withdrawn",
    ]


def test_many_are_approved_at_once_and_others_guests_are_left_alone(
    roadshow: Roadshow, browser: FlaskClient
) -> None:
    mine = [make.guest(roadshow, state=GuestState.APPLIED) for _ in range(3)]
    foreign = make.guest(make.roadshow(), state=GuestState.APPLIED)
    picked = [guest.participant.key for guest in (*mine, foreign)] + ["nobody", "x" * 1000]
    answer = browser.post(here(roadshow, "/decide"), data=once(pick=picked, do="approve"))
    assert answer.status_code == 303
    for guest in (*mine, foreign):
        db.session.refresh(guest)
    assert [guest.state.value for guest in mine] == ["confirmed"] * 3
    assert foreign.state is GuestState.APPLIED
    assert browser.post(here(roadshow, "/decide"), data=once(do="approve")).status_code == 422


def test_another_roadshows_guest_is_not_found_here(roadshow: Roadshow, browser: FlaskClient) -> None:
    foreign = make.guest(make.roadshow()).participant.key
    for tail in ("", "/badge.pdf"):
        assert browser.get(here(roadshow, f"/{foreign}{tail}")).status_code == 404
    for tail in ("/approve", "/invite", "/ticket"):
        assert browser.post(here(roadshow, f"/{foreign}{tail}"), data=once()).status_code == 404


def test_the_list_goes_out_as_a_deed_that_is_noted(roadshow: Roadshow, browser: FlaskClient) -> None:
    make.guest(roadshow)
    answer = browser.post(here(roadshow, "/export"), data={"format": "csv"})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert browser.post(here(roadshow, "/export"), data={"format": "exe"}).status_code == 422


@pytest.mark.timeout(240)
def test_badges_and_door_list_are_printed(roadshow: Roadshow, browser: FlaskClient) -> None:
    assert browser.get(here(roadshow, "/badges.pdf")).status_code == 422
    for name in ("王小明", "김민준", *[f"Guest {number}" for number in range(7)]):
        somebody(roadshow, name)
    somebody(roadshow, "Waiting", state=GuestState.WAITING)
    sheets = PdfReader(io.BytesIO(browser.get(here(roadshow, "/badges.pdf", "ko")).get_data()))
    text = " ".join(page.extract_text() for page in sheets.pages)
    assert len(sheets.pages) == 2
    assert "王小明" in text
    assert "김민준" in text
    assert "Waiting" not in text
    key = db.session.scalars(select(Guest).order_by(Guest.id)).first().participant.key  # type: ignore[union-attr]
    single = PdfReader(io.BytesIO(browser.get(here(roadshow, f"/{key}/badge.pdf")).get_data()))
    assert [round(float(side) / 72 * 25.4) for side in single.pages[0].mediabox[2:]] == [96, 68]
    names = PdfReader(io.BytesIO(browser.get(here(roadshow, "/door-list.pdf")).get_data()))
    assert "Guest 6" in names.pages[0].extract_text()


def test_seats_go_by_rank(roadshow: Roadshow, browser: FlaskClient) -> None:
    roadshow.seats_by_rank = True
    chief = somebody(roadshow, "市长", kind="government", rank=1)
    clerk = somebody(roadshow, "科员", kind="government", rank=9)
    press = somebody(roadshow, "记者", kind="press")
    somebody(roadshow, "候补", state=GuestState.WAITING)
    assert seats.assign_seats(roadshow=roadshow, rows=1, per_row=2) == (2, 1)
    assert [guest.seat for guest in (chief, clerk, press)] == ["A-1", "A-2", ""]
    assert browser.get(here(roadshow, "/seats")).status_code == 200
    answer = browser.post(here(roadshow, "/seats"), data=once(rows="2", per_row="2"))
    assert answer.status_code == 303
    db.session.refresh(press)
    assert press.seat == "B-1"
    for wrong in ("0", "101", "x", "9" * 30):
        assert browser.post(here(roadshow, "/seats"), data=once(rows=wrong, per_row="2")).status_code == 422
    roadshow.seats_by_rank = False
    assert browser.post(here(roadshow, "/seats"), data=once(rows="2", per_row="2")).status_code == 409
