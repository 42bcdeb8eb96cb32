"""What many people, or one impatient person, do at the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from accounts import attempts, invitations
from accounts.models import Invitation, Person
from core.db import db
from tests import factories as make
from tests.accounts.helpers import code_in, mails, member, sign_in_fields, sign_up_fields

CROWD = 16


def together(act: Callable[[int], int]) -> Counter[int]:
    """`act` in as many threads at once; how often each status came."""
    gate = Barrier(CROWD)

    def one(number: int) -> int:
        gate.wait()
        return act(number)

    with ThreadPoolExecutor(CROWD) as pool:
        return Counter(pool.map(one, range(CROWD)))


def test_the_same_sign_up_many_times_makes_one_account(app: Flask) -> None:
    codes = together(lambda _n: app.test_client().post("/en/sign-up", data=sign_up_fields()).status_code)
    assert codes == {303: CROWD}
    with app.app_context():
        assert db.session.scalar(select(func.count(Person.id))) == 1


def _guesses(app: Flask) -> Counter[int]:
    with app.app_context():
        fields = sign_in_fields(member(), "this is only a guess")
    return together(lambda _n: app.test_client().post("/en/sign-in", data=fields).status_code)


def test_guessing_in_parallel_gets_no_more_looks(app: Flask) -> None:
    codes = _guesses(app)
    assert codes[422] <= attempts.MOST_WRONG
    assert codes[422] + codes[429] == CROWD


def test_without_the_count_they_would(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MOST_WRONG", 10_000)
    assert _guesses(app) == {422: CROWD}


def test_one_invitation_makes_one_judge(app: Flask) -> None:
    with app.app_context():
        edition = make.edition()
        _row, token = invitations.invite(role="judge", scope_kind="edition", scope_id=edition.id)
        db.session.commit()

    def accept(number: int) -> int:
        fields = {"name": f"Judge {number}", "processing": "y", "transfer_abroad": "y"}
        return app.test_client().post(f"/en/invitation/{token}", data=fields).status_code

    assert together(accept) == {303: 1, 410: CROWD - 1}
    with app.app_context():
        assert db.session.scalar(select(func.count(Person.id))) == 1
        assert db.session.scalars(select(Invitation)).one().accepted_by is not None


def test_a_reset_link_followed_many_times_sets_one_password(app: Flask) -> None:
    with app.app_context():
        who = member()
        app.test_client().post("/en/forgot", data={"email": who.email or ""})
        token = mails("reset_password")[-1].body.rpartition("/")[2]
        db.session.rollback()

    def reset(number: int) -> int:
        browser = app.test_client()
        browser.get(f"/en/reset/{token}")
        return browser.post("/en/reset", data={"password": f"long password number {number}"}).status_code

    codes = together(reset)
    assert codes[303] == 1
    assert set(codes) <= {303, 409, 410}


def test_a_code_is_tried_five_times_however_fast(app: Flask) -> None:
    browser = app.test_client()
    browser.post("/en/sign-up", data=sign_up_fields())
    with app.app_context():
        right = int(code_in(mails("confirm_email")[0]))
        db.session.rollback()
    cookie = browser.get_cookie("jiachi")
    assert cookie is not None

    def guess(number: int) -> int:
        copy = app.test_client()
        copy.set_cookie("jiachi", cookie.value)
        return copy.post("/en/confirm", data={"code": f"{(right + number + 1) % 1_000_000:06d}"}).status_code

    assert together(guess) == {422: CROWD}
    assert browser.post("/en/confirm", data={"code": f"{right:06d}"}).status_code == 422
