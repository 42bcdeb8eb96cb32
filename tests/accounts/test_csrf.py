"""Case 11 for this room: no unsafe address acts without the form's own token."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from accounts.models import Person
from core.db import db
from core.models import AuditRecord
from tests import factories as make
from tests.accounts.helpers import PASSWORD, is_signed_in, member, sign_up_fields


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


def unsafe_paths(app: Flask) -> list[str]:
    return sorted(
        rule.rule.replace("<lang:lang>", "en")
        .replace("<token>", "t")
        .replace("<int(max=2147483647):number>", "1")
        .replace("<any(processing, publication, transfer_abroad, news):purpose>", "news")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("accounts.") and "POST" in (rule.methods or ())
    )


def test_case_11_no_token_no_deed(guarded: Flask, ctx: None) -> None:
    who = member(is_site_admin=True)
    browser = make.sign_in(guarded.test_client(), who)
    paths = unsafe_paths(guarded)
    assert len(paths) > 20
    everything = sign_up_fields(
        email="new@example.com", current=PASSWORD, sure="y", reason="x", once_key="k" * 20, version="1"
    )
    stranger = make.sign_in(guarded.test_client(), make.person())
    foreign = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', stranger.get("/en/me/profile").text)
    assert foreign
    for path in paths:
        for body in (
            {"data": everything},
            {"data": everything | {"csrf_token": foreign[1]}},
            {"json": everything},
            {"data": "csrf_token=x", "content_type": "text/plain"},
        ):
            assert browser.post(path, **body).status_code == 400, path  # type: ignore[arg-type]
    assert is_signed_in(browser)
    assert db.session.scalars(select(AuditRecord.action)).all() == []
    assert db.session.get_one(Person, who.id).name == who.name


def test_case_11_another_site_is_refused(app: Flask, ctx: None) -> None:
    browser = make.sign_in(app.test_client(), member())
    answer = browser.post("/en/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert is_signed_in(browser)


def test_case_11_looking_signs_nobody_out(app: Flask, ctx: None) -> None:
    browser = make.sign_in(app.test_client(), member())
    for path in unsafe_paths(app):
        browser.get(path)
        browser.head(path)
    assert is_signed_in(browser)
    assert db.session.scalars(select(AuditRecord.action)).all() == []
