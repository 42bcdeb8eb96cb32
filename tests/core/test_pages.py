"""Public pages are cached bytes that go with the change that makes them untrue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from competition.models import Edition
from core import pages
from core.access import PUBLIC, access
from core.db import db
from core.models import AuditRecord
from tests import factories as make
from tests.conftest import Clock


@pytest.fixture
def page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """/healthz, replaced by a cached page that counts editions and notes each time it is rendered."""
    rendered: list[int] = []

    def view() -> str:
        count = db.session.scalar(select(func.count(Edition.id))) or 0
        rendered.append(count)
        return f"{count} editions"

    monkeypatch.setitem(app.view_functions, "core.healthz", access(PUBLIC, cache=("part",))(view))
    return rendered


def test_a_page_is_rendered_once_and_answers_304(app: Flask, page: list[int]) -> None:
    client = app.test_client()
    first = client.get("/healthz")
    second = client.get("/healthz", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, first.text, second.status_code, second.data) == (200, "0 editions", 304, b"")
    assert page == [0]
    assert "Set-Cookie" not in first.headers
    assert first.headers["Vary"] == "Accept-Encoding"


def test_an_argument_nobody_declared_makes_no_new_page(app: Flask, page: list[int]) -> None:
    client = app.test_client()
    for address in ("/healthz", "/healthz?utm=1", "/healthz?part=2", "/healthz?part=2&x=3"):
        client.get(address)
    assert len(page) == 2


def test_a_public_change_ends_the_cached_page(app: Flask, page: list[int]) -> None:
    client = app.test_client()
    assert client.get("/healthz").text == "0 editions"
    with app.app_context():
        make.edition()
        db.session.commit()
    assert client.get("/healthz").text == "1 editions"


def test_a_rolled_back_change_does_not(app: Flask, page: list[int]) -> None:
    client = app.test_client()
    client.get("/healthz")
    with app.app_context():
        before = pages.current_version()
        make.edition()
        db.session.rollback()
        assert pages.current_version() == before
    client.get("/healthz")
    assert page == [0]


def test_a_change_that_nobody_sees_keeps_the_page(app: Flask, page: list[int]) -> None:
    client = app.test_client()
    client.get("/healthz")
    with app.app_context():
        db.session.add(AuditRecord(action="looked", object_kind="nothing"))
        db.session.commit()
    client.get("/healthz")
    assert page == [0]


def test_a_page_that_changes_by_itself_is_made_anew_in_time(
    app: Flask, turn_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = turn_clock() + timedelta(minutes=3)

    def view() -> str:
        pages.changes_at(opens)
        return "open" if turn_clock() >= opens else "closed"

    monkeypatch.setitem(app.view_functions, "core.healthz", access(PUBLIC, cache=())(view))
    client = app.test_client()
    assert client.get("/healthz").text == "closed"
    turn_clock.advance(minutes=2, seconds=59)
    assert client.get("/healthz").text == "closed"
    turn_clock.advance(seconds=1)
    assert client.get("/healthz").text == "open"


@pytest.mark.parametrize("path", ["/zh/", "/ko/", "/en/"])
def test_a_real_public_page_never_looks_at_the_cookie(app: Flask, path: str) -> None:
    response = app.test_client().get(path)
    assert response.status_code == 200
    assert response.headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in response.headers
