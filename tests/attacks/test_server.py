"""Against a running server: bodies that stall, lie or are far too large, and files made to eat memory."""

from __future__ import annotations

import http.client
import io
import json
import socket
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from accounts.models import SignIn
from core import bodies, isolated
from core.db import db
from tests import factories as make
from tests.races.worlds import people, ready_team, slug
from tests.serving import Browser, Server, browser_of, looking_into, serving

pytestmark = pytest.mark.server
MEBIBYTE = 1024 * 1024
NEW = "a quite different sentence"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("attacked") / "instance") as running:
        yield running


class Desk:
    """A judge at an open sheet and her browser."""

    def __init__(self, server: Server) -> None:
        with looking_into(server):
            edition = make.edition(slug=slug("attacked"))
            round = make.round_of(edition)
            make.rubric(round)
            captain, judge = people(2)
            team = ready_team(edition, captain)
            entry = make.entry(edition, team=team)
            make.enter(round, entry)
            make.sheet(round, make.judge(edition, judge), entry)
            self.place = f"{edition.slug}/{round.slug}/{entry.key}"
            self.logo = f"/en/e/{edition.slug}/team/{team.key}/documents"
            self.draft = f"/en/e/{edition.slug}/team/{team.key}/entry/draft"
            captain_id, judge_id = captain.id, judge.id
            db.session.commit()
        self.captain, self.judge = browser_of(server, captain_id), browser_of(server, judge_id)
        self.token = self.judge.hidden(f"/en/j/{self.place}")["csrf_token"]

    def save(self, body: bytes) -> int:
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.token}
        return self.judge.send("PUT", f"/api/v1/sheets/{self.place}", body, headers).status


def stalled(server: Server, browser: Browser, path: str, token: str) -> socket.socket:
    """A request that announces a body, begins it and then says nothing more."""
    address = urlsplit(server.url)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.jar)
    connection = socket.create_connection((address.hostname, address.port), timeout=60)
    connection.sendall(
        f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookies}\r\nX-CSRFToken: {token}\r\n"
        f"Idempotency-Key: {'k' * 24}\r\nContent-Type: application/json\r\n".encode()
        + b"Content-Length: 100\r\n\r\n{"
    )
    return connection


def test_38_a_body_that_never_ends_stops_nobody_else(server: Server) -> None:
    desk = Desk(server)
    token = desk.captain.hidden("/en/me/profile")["csrf_token"]
    held = [stalled(server, desk.captain, path, token) for path in ("/en/me/consents/news", desk.draft)]
    try:
        time.sleep(0.5)
        begun = time.monotonic()
        body = {"op_id": "while-others-stall", "version": 1, "marks": {"c1": "8"}}
        assert desk.save(json.dumps(body).encode()) == 200
        assert time.monotonic() - begun < 8, "a stalled body holds the database"
    finally:
        for connection in held:
            connection.close()


def test_38_a_body_that_never_ends_is_given_up(server: Server) -> None:
    desk = Desk(server)
    token = desk.captain.hidden("/en/me/profile")["csrf_token"]
    with stalled(server, desk.captain, "/en/me/consents/news", token) as connection:
        begun = time.monotonic()
        answer = connection.recv(200)
        assert time.monotonic() - begun < bodies._GRACE + 15
    assert not answer or b" 400 " in answer.split(b"\r\n")[0]


def test_38_who_announces_a_terabyte_gets_no_more_time(server: Server) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        head = f"POST /en/sign-in HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {10**13}\r\n\r\na"
        connection.sendall(head.encode())
        begun = time.monotonic()
        answer = connection.recv(200)
        assert time.monotonic() - begun < bodies._GRACE + 15
    assert b" 413 " in answer.split(b"\r\n")[0]


@pytest.mark.parametrize("size", [200_000, 30 * MEBIBYTE])
def test_38_more_than_the_view_declared_is_too_much(server: Server, size: int) -> None:
    desk = Desk(server)
    body = json.dumps({"op_id": "padded-operation", "version": 1, "marks": {"c1": "8"}})
    assert desk.save(body.encode() + b" " * size) == 413
    assert desk.save(body.encode()) == 200


def test_38_a_large_form_is_refused_whoever_sends_it(server: Server) -> None:
    body = b"email=a&password=" + b"x" * (3 * MEBIBYTE)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert Browser(server).send("POST", "/en/sign-in", body, form).status == 413


def etags_under_ports(server: Server, path: str, *, ports: Iterable[int]) -> set[str]:
    address = urlsplit(server.url)
    found = set()
    for port in ports:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        connection.request("GET", path, headers={"Host": f"127.0.0.1:{port}"})
        answer = connection.getresponse()
        assert answer.status == 200
        found.add(answer.headers["ETag"])
        connection.close()
    return found


def test_15_pages_are_kept_once_whatever_the_port_of_the_host(server: Server) -> None:
    assert etags_under_ports(server, "/en/", ports=(1, 2, 3)) == etags_under_ports(server, "/en/", ports=(4,))


@pytest.mark.no_database
def test_39_a_picture_of_many_pixels_costs_little() -> None:
    out = io.BytesIO()
    Image.new("RGB", (4000, 4000), "#9e1f3f").save(out, "PNG")
    size, data = isolated.call(
        "core.inspect_files:redraw", {"most_side": 1600}, out.getvalue(), seconds=10, memory=160 * MEBIBYTE
    )
    assert size == {"width": 1600, "height": 1600}
    assert data.startswith(b"\x89PNG")
    Image.new("RGB", (6300, 6300)).save(out := io.BytesIO(), "PNG")
    with pytest.raises(isolated.IsolatedError) as refused:
        isolated.call("core.inspect_files:redraw", {"most_side": 1600}, out.getvalue(), seconds=10)
    assert refused.value.code == "too_many_pixels"


@pytest.mark.no_database
def test_a_logo_with_a_palette_is_scaled_smoothly() -> None:
    lines = Image.new("P", (3200, 3200))
    lines.putpalette([0, 0, 0, 255, 255, 255])
    lines.putdata([x % 2 for _y in range(3200) for x in range(3200)])
    lines.save(out := io.BytesIO(), "PNG")
    _size, data = isolated.call("core.inspect_files:redraw", {"most_side": 1600}, out.getvalue(), seconds=10)
    with Image.open(io.BytesIO(data)) as drawn:
        assert 100 < drawn.getpixel((800, 800))[0] < 160, "gray, not one of the two colors"  # type: ignore[index]


@pytest.mark.no_database
def test_39_a_file_made_to_eat_memory_gets_no_more_than_its_share(tmp_path: Path) -> None:
    nested = b"[" + b"[0]" * 4_000_000 + b"]"
    pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/X " + nested + b">>endobj\n"
    pdf += b"2 0 obj<</Type/Pages/Kids[]/Count 1>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    with pytest.raises(isolated.IsolatedError):
        isolated.call("core.inspect_files:check_pdf", {}, pdf, seconds=10, memory=320 * MEBIBYTE)


def test_8_a_copied_cookie_does_not_survive_a_new_password(server: Server) -> None:
    with looking_into(server):
        (who,) = people(1)
        number = who.id
        db.session.commit()
    browser = browser_of(server, number)
    copied = Browser(server)
    for cookie in browser.jar:
        copied.jar.set_cookie(cookie)
    assert copied.get("/en/me").status == 200
    fields = browser.hidden("/en/me/security")
    answer = browser.post(
        "/en/me/security/password",
        fields | {"password-password": NEW, "password-again": NEW},
    )
    assert answer.status == 303, answer.body[:500]
    assert browser.get("/en/me").status == 200
    assert copied.get("/en/me").status == 302
    with looking_into(server):
        open_ones = db.session.query(SignIn).filter_by(person_id=number, revoked_at=None).count()
    assert open_ones == 1


def test_14_29_a_key_that_no_database_can_hold_is_refused(server: Server) -> None:
    desk = Desk(server)
    token = desk.captain.hidden("/en/me/profile")["csrf_token"]
    answer = desk.captain.post("/en/me/consents/news", {"csrf_token": token, "once_key": "a\0" * 12})
    assert answer.status == 422


def test_43_nobody_learns_from_a_sign_in_page_what_exists(server: Server) -> None:
    desk = Desk(server)
    edition = desk.place.split("/")[0]
    there, nowhere = (Browser(server).get(f"/en/o/{slug}/entries") for slug in (edition, "no-such-edition"))
    assert (there.status, nowhere.status) == (302, 302)
