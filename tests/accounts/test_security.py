"""The security cases of this room, by their numbers."""

from __future__ import annotations

import logging
import re
import statistics
import time
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from accounts import invitations, passwords
from accounts.models import Invitation, Person, Role, SignIn
from app import create_app
from config import Settings
from core.access import local_path
from core.db import db
from core.limits import limiter
from core.mail import compose
from core.models import Mail
from tests import factories as make
from tests.accounts.helpers import (
    PASSWORD,
    hashed,
    is_signed_in,
    link_in,
    mails,
    member,
    sign_in_fields,
    sign_up_fields,
)
from tests.conftest import Clock


def _without_chance(page: str) -> str:
    """A page without what differs on every load: tokens, and the typed address."""
    page = re.sub(r'name="(csrf_token|once_key|password-once_key)"[^>]*value="[^"]*"', "", page)
    page = re.sub(r'value="[^"]*"[^>]*name="(csrf_token|once_key)"', "", page)
    return re.sub(r"[a-z]+@example\.com", "ADDRESS", page)


class TestCase1Enumeration:
    def test_case_01_sign_in_answers_alike(self, client: FlaskClient, ctx: None) -> None:
        member(email="known@example.com")
        answers = [
            client.post("/en/sign-in", data={"email": f"{name}@example.com", "password": "not the right one"})
            for name in ("known", "unknown")
        ]
        assert answers[0].status_code == answers[1].status_code == 422
        assert _without_chance(answers[0].text) == _without_chance(answers[1].text)

    @pytest.mark.parametrize("path", ["forgot", "sign-up"])
    def test_case_01_forgot_and_sign_up_answer_alike(self, app: Flask, ctx: None, path: str) -> None:
        member(email="known@example.com")
        seen = []
        for name in ("known", "nobody"):
            browser = app.test_client()
            answer = browser.post(f"/en/{path}", data=sign_up_fields(email=f"{name}@example.com"))
            cookie = answer.headers.get("Set-Cookie", "")
            after = browser.get(answer.location)
            seen.append(
                (
                    answer.status_code,
                    answer.location,
                    bool(cookie),
                    re.sub("jiachi=[^;]*|Expires=[^;]*", "", cookie),
                    after.status_code,
                    _without_chance(after.text),
                )
            )
        assert seen[0] == seen[1]

    def test_case_01_time_does_not_tell(self, client: FlaskClient, ctx: None) -> None:
        """The hash takes nearly all the time, so it has to be computed for unknown addresses too."""
        for number in range(30):
            make.person(email=f"known{number}@example.com", password_hash=hashed())
        db.session.commit()
        times: dict[str, list[float]] = {"known": [], "nobody": []}
        for number in range(30):
            for name, seconds in times.items():
                began = time.thread_time()  # what others do on the machine doesn't count
                client.post(
                    "/en/sign-in",
                    data={"email": f"{name}{number}@example.com", "password": "not right at all"},
                )
                seconds.append(time.thread_time() - began)
        medians = [statistics.median(seconds) for seconds in times.values()]
        assert abs(medians[0] - medians[1]) < 0.020, medians


class TestCase2BruteForce:
    def test_case_02_eleven_wrong_passwords_slow_one_account_down_and_no_other(
        self, app: Flask, ctx: None, turn_clock: Clock
    ) -> None:
        victim, other = member(), member()

        def try_it(who: Person, password: str, address: str) -> int:
            return (
                app.test_client()
                .post(
                    "/en/sign-in",
                    data=sign_in_fields(who, password),
                    environ_base={"REMOTE_ADDR": address},
                    headers={"X-Forwarded-For": f"203.0.113.{address[-1]}"},
                )
                .status_code
            )

        codes = [try_it(victim, "this is wrong indeed", f"10.0.0.{number}") for number in range(11)]
        assert codes == [422] * 10 + [429]
        assert try_it(victim, PASSWORD, "10.0.1.1") == 429
        assert try_it(other, PASSWORD, "10.0.0.1") == 303
        turn_clock.advance(minutes=15, seconds=1)
        assert try_it(victim, PASSWORD, "10.0.0.1") == 303

    def test_case_02_throttled_tries_do_not_keep_the_owner_out(
        self, app: Flask, ctx: None, turn_clock: Clock
    ) -> None:
        victim = member()
        for _round in range(15):
            turn_clock.advance(minutes=1)
            for _try in range(3):
                app.test_client().post("/en/sign-in", data=sign_in_fields(victim, "still a wrong one"))
        # The ten counted tries of the first minutes have left the window by now; a guesser who is refused all
        # the time doesn't prolong it.
        turn_clock.advance(minutes=16)
        assert app.test_client().post("/en/sign-in", data=sign_in_fields(victim)).status_code == 303

    def test_case_02_unknown_addresses_are_slowed_down_alike(self, client: FlaskClient, ctx: None) -> None:
        fields = {"email": "nobody@example.com", "password": "whatever it may be"}
        codes = [client.post("/en/sign-in", data=fields).status_code for _try in range(11)]
        assert codes == [422] * 10 + [429]

    def test_case_02_one_address_is_throttled_too(
        self, request: pytest.FixtureRequest, tmp_path: Path
    ) -> None:
        """With rate limits on, as in production; a forged X-Forwarded-For doesn't evade them."""
        throttled = create_app(
            Settings(INSTANCE=tmp_path, SECRET_KEY="k" * 40, BASE_URL="http://localhost", LOG_LEVEL="ERROR")
        )
        throttled.config["WTF_CSRF_ENABLED"] = False
        request.addfinalizer(limiter.reset)
        request.addfinalizer(
            lambda: setattr(limiter, "enabled", False)
        )  # one limiter serves all applications
        with throttled.app_context():
            db.create_all()
        codes = {
            throttled.test_client()
            .post("/en/forgot", data={}, headers={"X-Forwarded-For": f"203.0.113.{number}"})
            .status_code
            for number in range(61)
        }
        assert codes == {422, 429}
        with throttled.app_context():
            db.engine.dispose()


class TestCase3Passwords:
    @pytest.mark.parametrize(
        "password",
        [
            "정말긴비밀번호입니다요",
            "short",
            "x1" * 65,
            "password1234",
            "123456789012",
            "qwertyuiopas",
            "aaaaaaaaaaaaaa",
            "abcabcabcabc",
            "PASSWORD!!!!",
            "ｐａｓｓｗｏｒｄ１２３４",
            "iloveyou2026",
            "minsu@example.com",
            "a\x00bcdefghijklmno",
        ],
    )
    def test_case_03_weak_passwords_are_refused(self, client: FlaskClient, ctx: None, password: str) -> None:
        answer = client.post("/en/sign-up", data=sign_up_fields(password=password))
        assert answer.status_code == 422
        assert 'id="password-error"' in answer.text
        assert db.session.scalar(select(func.count(Person.id))) == 0

    def test_case_03_every_common_password_is_refused(self) -> None:
        long_ones = [word for word in passwords._common() if len(word) >= passwords.LEAST]
        assert len(passwords._common()) > 10_000
        assert len(long_ones) > 100
        assert all(passwords.weakness(word) for word in long_ones)

    @pytest.mark.parametrize(
        "password",
        [
            "정말긴비밀번호입니다요요",
            "我们一起去成都看芙蓉花吧",
            "🌸🌺🌼🌻🌷🌹💐🥀🪷🪻🌾🍀",
            "x" * 64 + "longest of all " * 4,
            "correct horse battery",
            "  spaces at both ends  ",
            "👨\u200d👩\u200d👧 family words",
        ],
    )
    def test_case_03_any_script_signs_in(self, client: FlaskClient, ctx: None, password: str) -> None:
        assert client.post("/en/sign-up", data=sign_up_fields(password=password)).status_code == 303
        client.post("/en/sign-out")
        answer = client.post("/en/sign-in", data={"email": "minsu@example.com", "password": password})
        assert answer.status_code == 303

    @pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
    def test_case_03_every_normal_form_is_the_same_password(
        self, client: FlaskClient, ctx: None, form: str
    ) -> None:
        password = "ﬁ 정말 긴 비밀번호 ｈａｒｄ"
        client.post("/en/sign-up", data=sign_up_fields(password=password))
        client.post("/en/sign-out")
        typed = unicodedata.normalize(form, password)  # type: ignore[arg-type]
        answer = client.post("/en/sign-in", data={"email": "ＭＩＮＳＵ@example.com", "password": typed})
        assert answer.status_code == 303

    def test_case_03_nothing_is_cut_off_after_72_bytes(self) -> None:
        stored = passwords.hash_password("가" * 40 + "나")
        assert passwords.verify(stored, "가" * 40 + "나")
        assert not passwords.verify(stored, "가" * 40 + "다")


def _ask_reset(app: Flask, who: Person) -> str:
    app.test_client().post("/en/forgot", data={"email": who.email or ""})
    return link_in(mails("reset_password")[-1])


def _reset(app: Flask, link: str, password: str = "another long password 2") -> int:
    browser = app.test_client()
    browser.get(link)
    return browser.post("/en/reset", data={"password": password}).status_code


class TestCase4Reset:
    def test_case_04_a_link_works_once(self, app: Flask, ctx: None) -> None:
        who = member()
        link = _ask_reset(app, who)
        assert _reset(app, link) == 303
        assert _reset(app, link, "yet another password 3") == 410
        answer = app.test_client().post("/en/sign-in", data=sign_in_fields(who, "another long password 2"))
        assert answer.status_code == 303

    def test_case_04_a_newer_link_kills_the_older(self, app: Flask, ctx: None) -> None:
        who = member()
        older, newer = _ask_reset(app, who), _ask_reset(app, who)
        assert _reset(app, older) == 410
        assert _reset(app, newer) == 303

    def test_case_04_a_link_lives_half_an_hour(self, app: Flask, ctx: None, turn_clock: Clock) -> None:
        link = _ask_reset(app, member())
        turn_clock.advance(minutes=30, seconds=1)
        assert _reset(app, link) == 410

    def test_case_04_a_changed_email_kills_the_link(self, app: Flask, client: FlaskClient, ctx: None) -> None:
        who = member()
        link = _ask_reset(app, who)
        _change_email(make.sign_in(client, who), "new@example.com")
        client.get(link_in(mails("change_email")[-1]))
        assert client.post("/en/new-email").status_code == 303
        assert _reset(app, link) == 410

    def test_case_04_a_link_of_another_purpose_is_no_reset(
        self, app: Flask, client: FlaskClient, ctx: None
    ) -> None:
        client.post("/en/sign-up", data=sign_up_fields(language="en"))
        token = link_in(mails("confirm_email")[-1]).rpartition("/")[2]
        assert _reset(app, f"/en/reset/{token}") == 410

    def test_case_04_the_token_leaves_the_address(self, app: Flask, client: FlaskClient, ctx: None) -> None:
        link = _ask_reset(app, member())
        answer = client.get(link)
        assert answer.status_code == 302
        assert answer.location == "/en/reset"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert link.rpartition("/")[2] not in client.get("/en/reset").text

    def test_case_04_a_reset_ends_every_other_sign_in(
        self, app: Flask, client: FlaskClient, ctx: None
    ) -> None:
        who = member()
        make.sign_in(client, who)
        assert is_signed_in(client)
        assert _reset(app, _ask_reset(app, who)) == 303
        assert not is_signed_in(client)

    def test_case_04_secrets_are_in_no_log(
        self,
        app: Flask,
        client: FlaskClient,
        ctx: None,
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.DEBUG)
        who = member()
        link = _ask_reset(app, who)
        _reset(app, link)
        client.post("/en/sign-in", data=sign_in_fields(who, "a very wrong password"))
        printed = caplog.text + "".join(capsys.readouterr())
        assert link.rpartition("/")[2] not in printed
        assert "a very wrong password" not in printed


@pytest.mark.parametrize("method", ["get", "head"])
def test_case_05_looking_at_a_link_uses_nothing_up(
    app: Flask, client: FlaskClient, ctx: None, method: str
) -> None:
    client.post("/en/sign-up", data=sign_up_fields(language="en"))
    edition = make.edition()
    _row, token = invitations.invite(
        role=Role.JUDGE, scope_kind="edition", scope_id=edition.id, language="en"
    )
    db.session.commit()
    links = [link_in(mails("confirm_email")[-1]), f"/en/invitation/{token}"]
    scanner = app.test_client()
    for link in links * 3:
        assert getattr(scanner, method)(link, follow_redirects=True).status_code == 200
    owner = app.test_client()
    owner.get(links[0])
    assert owner.post("/en/confirm/link").status_code == 303
    accepted = owner.post(
        links[1], data={"name": "박서연", "email": "", "processing": "y", "transfer_abroad": "y"}
    )
    assert accepted.status_code == 303


def _change_email(client: FlaskClient, address: str, password: str = PASSWORD) -> int:
    return client.post(
        "/en/me/security/email", data={"email-email": address, "email-current": password}
    ).status_code


class TestCase6EmailChange:
    def test_case_06_needs_the_password(self, client: FlaskClient, ctx: None) -> None:
        who = member()
        make.sign_in(client, who)
        assert _change_email(client, "new@example.com", "not my password at all") == 422
        assert mails() == []

    def test_case_06_the_old_address_is_told_and_nothing_changes_before_the_link(
        self, client: FlaskClient, ctx: None
    ) -> None:
        who = member(email="old@example.com")
        make.sign_in(client, who)
        assert _change_email(client, "new@example.com") == 303
        [asked] = mails("email_change_asked")
        assert asked.address == "old@example.com"
        assert db.session.get_one(Person, who.id).email == "old@example.com"
        [link] = mails("change_email")
        assert link.address == "new@example.com"
        client.get(link_in(link))
        assert client.post("/en/new-email").status_code == 303
        [changed] = mails("email_changed")
        assert changed.address == "old@example.com"
        assert db.session.get_one(Person, who.id).email == "new@example.com"

    def test_case_06_the_link_expires(self, client: FlaskClient, ctx: None, turn_clock: Clock) -> None:
        who = member(email="old@example.com")
        make.sign_in(client, who)
        _change_email(client, "new@example.com")
        link = link_in(mails("change_email")[0])
        turn_clock.advance(minutes=31)
        client.get(link)
        assert client.post("/en/new-email").status_code == 410
        assert db.session.get_one(Person, who.id).email == "old@example.com"

    def test_case_06_a_taken_address_is_not_betrayed(self, client: FlaskClient, ctx: None) -> None:
        member(email="taken@example.com")
        who = member(email="old@example.com")
        make.sign_in(client, who)
        assert _change_email(client, "taken@example.com") == 303
        assert [mail.address for mail in mails()] == ["old@example.com"]


class TestCase7Fixation:
    def test_case_07_a_cookie_from_before_opens_nothing_after(self, app: Flask, ctx: None) -> None:
        app.config["WTF_CSRF_ENABLED"] = True
        try:
            browser, thief = app.test_client(), app.test_client()
            page = browser.get("/en/sign-in")
            before = browser.get_cookie("jiachi")
            assert before is not None
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
            assert token
            who = member()
            fields = sign_in_fields(who) | {"csrf_token": token[1]}
            assert browser.post("/en/sign-in", data=fields).status_code == 303
            thief.set_cookie("jiachi", before.value)
            assert is_signed_in(browser)
            assert not is_signed_in(thief)
        finally:
            app.config["WTF_CSRF_ENABLED"] = False

    def test_case_07_a_new_role_means_a_new_cookie(self, app: Flask, client: FlaskClient, ctx: None) -> None:
        who = member()
        edition = make.edition()
        _row, token = invitations.invite(role=Role.ORGANIZER, scope_kind="edition", scope_id=edition.id)
        make.sign_in(client, who)
        old = client.get_cookie("jiachi")
        assert old is not None
        assert client.post(f"/en/invitation/{token}").status_code == 303
        assert is_signed_in(client)
        copy = app.test_client()
        copy.set_cookie("jiachi", old.value)
        assert not is_signed_in(copy)


class TestCase8Revocation:
    @pytest.fixture
    def copy(self, app: Flask, client: FlaskClient, ctx: None) -> Iterator[FlaskClient]:
        """Another browser with a copy of the signed-in client's cookie."""
        who = member()
        make.sign_in(client, who)
        thief = app.test_client()
        cookie = client.get_cookie("jiachi")
        assert cookie is not None
        thief.set_cookie("jiachi", cookie.value)
        assert is_signed_in(thief)
        yield thief
        assert not is_signed_in(thief)
        assert thief.get("/en/menu").text.count("sign-out") == 0

    def test_case_08_sign_out(self, client: FlaskClient, copy: FlaskClient) -> None:
        assert client.post("/en/sign-out").status_code == 303

    def test_case_08_sign_out_everywhere(self, client: FlaskClient, copy: FlaskClient) -> None:
        assert client.post("/en/me/security/everywhere").status_code == 303

    def test_case_08_password_change_on_another_device(
        self, app: Flask, client: FlaskClient, copy: FlaskClient
    ) -> None:
        who = db.session.scalars(select(Person)).one()
        other = make.sign_in(app.test_client(), who)
        fields = {"password-current": PASSWORD, "password-password": "a brand new password"}
        assert other.post("/en/me/security/password", data=fields).status_code == 303
        assert is_signed_in(other), "the browser that changed it stays"

    def test_case_08_revoking_one_device(self, app: Flask, client: FlaskClient, copy: FlaskClient) -> None:
        who = db.session.scalars(select(Person)).one()
        first = db.session.scalars(select(SignIn)).one()
        other = make.sign_in(app.test_client(), who)
        assert other.post(f"/en/me/security/sign-ins/{first.id}/end").status_code == 303
        assert is_signed_in(other)

    def test_case_08_an_administrator_locks_the_account(self, app: Flask, copy: FlaskClient) -> None:
        who = db.session.scalars(select(Person)).one()
        admin = make.sign_in(app.test_client(), make.person(is_site_admin=True))
        fields = {"reason": "spam", "once_key": "k" * 20}
        assert admin.post(f"/en/admin/people/{who.id}/disable", data=fields).status_code == 303
        answer = app.test_client().post("/en/sign-in", data=sign_in_fields(who))
        assert answer.status_code == 422


class TestCase9TimeOut:
    def test_case_09_idle_sign_ins_end(self, client: FlaskClient, ctx: None, turn_clock: Clock) -> None:
        make.sign_in(client, member())
        turn_clock.advance(days=6, hours=23)
        assert is_signed_in(client)
        turn_clock.advance(hours=2)
        answer = client.get("/en/me")
        assert answer.status_code == 302
        assert answer.location == "/en/sign-in?next=/en/me"
        program = client.get("/en/me", headers={"Accept": "application/json"})
        assert program.status_code == 401

    def test_case_09_no_sign_in_outlives_thirty_days(
        self, client: FlaskClient, ctx: None, turn_clock: Clock
    ) -> None:
        make.sign_in(client, member())
        for _day in range(29):
            turn_clock.advance(days=1)
            client.post("/en/me/inbox")
        assert is_signed_in(client)
        turn_clock.advance(days=1, seconds=1)
        assert not is_signed_in(client)


class TestCase10Cookies:
    def test_case_10_flags(self, client: FlaskClient, ctx: None) -> None:
        cookie = client.post("/en/sign-in", data=sign_in_fields(member())).headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie

    def test_case_10_under_https_the_name_is_bound_to_the_host(self, tmp_path: Path) -> None:
        secure = create_app(
            Settings(
                INSTANCE=tmp_path,
                SECRET_KEY="0123456789" * 4,
                BASE_URL="https://localhost",
                RATE_LIMITS=False,
            )
        )
        with secure.app_context():
            db.create_all()
        answer = secure.test_client().get("/en/sign-in", base_url="https://localhost")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-jiachi=")
        assert "Secure" in cookie
        with secure.app_context():
            db.engine.dispose()

    def test_case_10_the_menu_gives_visitors_no_cookie(self, client: FlaskClient, ctx: None) -> None:
        answer = client.get("/zh/menu")
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "target",
    [
        "//evil",
        "/\\evil",
        "https:evil",
        "%2f%2fevil",
        "/%2f%2fevil",
        "javascript:alert(1)",
        "/a\tb",
        "/\n/evil",
        "／evil",
        "https://evil.example/",
        "///evil",
    ],
)
def test_case_16_next_leads_nowhere_else(client: FlaskClient, ctx: None, target: str) -> None:
    assert local_path(target) is None
    answer = client.post("/en/sign-in", data=sign_in_fields(member()), query_string={"next": target})
    assert answer.location == "/en/me"


def test_case_16_an_honest_next_is_followed(client: FlaskClient, ctx: None) -> None:
    answer = client.post(
        "/en/sign-in", data=sign_in_fields(member()), query_string={"next": "/ko/me/inbox?page=2"}
    )
    assert answer.location == "/ko/me/inbox?page=2"


class TestCase33Headers:
    def test_case_33_line_breaks_in_names_and_devices(self, client: FlaskClient, ctx: None) -> None:
        client.post(
            "/en/sign-up",
            data=sign_up_fields(name="Kim\r\nBcc: all@example.com"),
            headers={"User-Agent": "Browser\t1.0\x0b[31m"},
        )
        person = db.session.scalars(select(Person)).one()
        assert "\n" not in person.name
        assert "\r" not in person.name
        device = db.session.scalars(select(SignIn.device)).one()
        assert device == "Browser 1.0 [31m"


class TestCase34Mail:
    @pytest.mark.parametrize(
        "address",
        [
            "a@example.com\r\nBcc: b@example.com",
            '"Kim" <a@example.com>',
            "a@example.com,b@example.com",
            "; ".join(f"p{number}@example.com" for number in range(1000)),
            "a@b@example.com",
            "a@example.com\x00",
        ],
    )
    def test_case_34_anything_but_one_address_is_refused(
        self, client: FlaskClient, ctx: None, address: str
    ) -> None:
        assert client.post("/en/sign-up", data=sign_up_fields(email=address)).status_code == 422
        assert client.post("/en/forgot", data={"email": address}).status_code == 422
        assert mails() == []

    def test_case_34_an_international_domain_gets_one_encoded_message(
        self, client: FlaskClient, ctx: None
    ) -> None:
        answer = client.post("/zh/sign-up", data=sign_up_fields(email="wang@例子.com", language="zh"))
        assert answer.status_code == 303
        [mail] = mails()
        message = compose(mail, "jiachi@example.com")
        assert message["To"] == "wang@xn--fsqu00a.com"
        assert all(ord(character) < 128 for character in message.as_bytes().decode("ascii"))
        client.post("/zh/sign-out")
        again = client.post("/zh/sign-in", data={"email": "wang@例子.com", "password": PASSWORD})
        assert again.status_code == 303


class TestCase21Invitations:
    """More about invitations stands in test_invitations.py."""

    @pytest.fixture
    def judge_link(self, ctx: None) -> str:
        edition = make.edition()
        _row, token = invitations.invite(
            role=Role.JUDGE,
            scope_kind="edition",
            scope_id=edition.id,
            email="judge@example.com",
            language="en",
        )
        db.session.commit()
        return f"/en/invitation/{token}"

    accept = {"name": "Judge Kim", "processing": "y", "transfer_abroad": "y"}

    def test_case_21_a_link_works_once(self, app: Flask, judge_link: str) -> None:
        first = app.test_client()
        assert first.post(judge_link, data=self.accept).status_code == 303
        second = app.test_client()
        assert second.get(judge_link).status_code == 410
        assert second.post(judge_link, data=self.accept).status_code == 410
        assert not is_signed_in(second)

    def test_case_21_another_address_is_refused(self, client: FlaskClient, judge_link: str) -> None:
        make.sign_in(client, member(email="other@example.com"))
        assert client.get(judge_link).status_code == 403
        assert client.post(judge_link).status_code == 403
        assert db.session.scalars(select(Invitation)).one().accepted_at is None

    def test_case_21_a_revoked_link_is_dead(self, client: FlaskClient, judge_link: str) -> None:
        invitations.revoke_invitation(db.session.scalars(select(Invitation)).one())
        db.session.commit()
        answer = client.post(judge_link, data=self.accept)
        assert answer.status_code == 410
        assert "taken back" in answer.text

    def test_case_21_an_expired_link_is_dead(self, client: FlaskClient, judge_link: str) -> None:
        row = db.session.scalars(select(Invitation)).one()
        row.expires_at = row.created_at - timedelta(days=1)
        db.session.commit()
        assert client.post(judge_link, data=self.accept).status_code == 410
        assert db.session.scalar(select(func.count(Mail.id)).where(Mail.kind == "invitation")) == 1
