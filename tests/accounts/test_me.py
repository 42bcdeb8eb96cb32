"""One's own pages."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select

from accounts.consents import REQUIRED, give_consent, has_consent
from accounts.export import _zip
from accounts.models import Consent, ConsentPurpose, Invitation, Person, Role, SignIn
from core import clock, registries
from core.db import db
from core.models import Mail, Notice
from core.registries import HomeCard
from tests import factories as make
from tests.accounts.helpers import PASSWORD, is_signed_in, member, sign_in_fields
from tests.conftest import Clock

PAGES = {
    "/me": ("待办事项", "할 일", "What waits for you"),
    "/me/inbox": ("收件箱", "받은 메시지", "Inbox"),
    "/me/profile": ("拉丁字母姓名", "영문 성명", "Name in Latin letters"),
    "/me/security": ("已登录的设备", "로그인된 기기", "Signed-in devices"),
    "/me/consents": ("必选同意", "필수 동의", "Required consents"),
    "/me/consents/news/withdraw": ("撤回同意", "동의 철회", "Take a consent back"),
    "/me/data": ("导出我的数据", "내 정보 내려받기", "Export my data"),
    "/me/data/erase": ("永久注销账号", "회원 탈퇴하기", "Delete my account for good"),
}


@pytest.fixture
def who(ctx: None) -> Person:
    return member()


@pytest.fixture
def mine(client: FlaskClient, who: Person) -> FlaskClient:
    """A browser signed in as `who`."""
    return make.sign_in(client, who)


def notice(who: Person, number: int = 1, **values: Any) -> Notice:
    row = Notice(person_id=who.id, kind="test", subject=f"消息 {number}", body="正文\n第二行", **values)
    db.session.add(row)
    db.session.commit()
    return row


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("lang", "number"), [("zh", 0), ("ko", 1), ("en", 2)])
def test_every_page_speaks_every_language(mine: FlaskClient, path: str, lang: str, number: int) -> None:
    page = mine.get(f"/{lang}{path}")
    assert page.status_code == 200
    assert PAGES[path][number] in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "Cookie" in page.headers["Vary"]


@pytest.mark.parametrize("path", PAGES)
def test_nobody_else_gets_there(client: FlaskClient, ctx: None, path: str) -> None:
    answer = client.get(f"/zh{path}")
    assert answer.status_code == 302
    assert answer.location.startswith("/zh/sign-in")


@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_the_database_little(
    mine: FlaskClient, who: Person, path: str, rows: int, count_queries: Callable[[], Any]
) -> None:
    for number in range(rows):
        notice(who, number)
        db.session.add(
            SignIn(token_sha256=f"{number}", person_id=who.id, expires_at=clock.now() + timedelta(days=1))
        )
    give_consent(person=who, purposes=list(ConsentPurpose), language="zh")
    db.session.commit()
    with count_queries() as seen:
        assert mine.get(f"/zh{path}").status_code == 200
    assert len(seen) <= 8, seen


class TestHome:
    def test_the_most_urgent_stands_first(self, mine: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        moment = clock.now()
        cards = [
            HomeCard("Some day"),
            HomeCard("Next week", due=moment + timedelta(days=7)),
            HomeCard("Tomorrow", due=moment + timedelta(days=1), state="returned"),
        ]
        monkeypatch.setattr(registries, "home_cards", [lambda _who: cards])
        page = mine.get("/en/me").text
        assert page.index("Tomorrow") < page.index("Next week") < page.index("Some day")

    def test_nothing_waits(self, mine: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(registries, "home_cards", [])
        assert "처리할 일이 없습니다" in mine.get("/ko/me").text


class TestMenu:
    def test_it_names_the_person_and_counts_messages(self, mine: FlaskClient, who: Person) -> None:
        notice(who, 1)
        notice(who, 2, read_at=clock.now())
        fragment = mine.get("/zh/menu")
        assert fragment.headers["Cache-Control"] == "no-store"
        assert who.name in fragment.text
        assert re.search(r'class="count">1<', fragment.text)
        assert "/zh/sign-out" in fragment.text
        assert "<html" not in fragment.text

    def test_visitors_are_asked_in(self, client: FlaskClient, ctx: None) -> None:
        fragment = client.get("/ko/menu").text
        assert "/ko/sign-in" in fragment
        assert "/ko/sign-up" in fragment


class TestInbox:
    def test_opening_marks_as_read_and_leads_to_the_page(self, mine: FlaskClient, who: Person) -> None:
        row = notice(who, path="/zh/me/profile")
        assert row.subject in mine.get("/zh/me/inbox").text
        answer = mine.post(f"/zh/me/inbox/{row.id}")
        assert (answer.status_code, answer.location) == (303, "/zh/me/profile")
        db.session.refresh(row)
        assert row.read_at is not None

    def test_reading_the_list_changes_nothing(self, mine: FlaskClient, who: Person) -> None:
        row = notice(who)
        mine.get("/zh/me/inbox")
        db.session.refresh(row)
        assert row.read_at is None

    def test_someone_elses_message_is_not_there(self, mine: FlaskClient) -> None:
        row = notice(make.person())
        assert row.subject not in mine.get("/zh/me/inbox").text
        assert mine.post(f"/zh/me/inbox/{row.id}").status_code == 404
        db.session.refresh(row)
        assert row.read_at is None

    def test_all_at_once(self, mine: FlaskClient, who: Person) -> None:
        for number in range(3):
            notice(who, number)
        mine.post("/en/me/inbox")
        assert db.session.scalar(select(func.count(Notice.id)).where(Notice.read_at.is_(None))) == 0

    def test_an_empty_inbox_says_what_will_be_here(self, mine: FlaskClient) -> None:
        assert "还没有消息" in mine.get("/zh/me/inbox").text

    @pytest.mark.parametrize("page", ["0", "-1", "x", "1e9", "999999999999", "２"])
    def test_odd_page_numbers_harm_nothing(self, mine: FlaskClient, page: str) -> None:
        assert mine.get("/en/me/inbox", query_string={"page": page}).status_code == 200


class TestProfile:
    fields = {
        "name": "金民秀",
        "name_latin": "Kim Minsu",
        "language": "ko",
        "time_zone": "Asia/Seoul",
        "country": "KR",
        "phone": "010-1234-5678",
        "birth_year": "１９９７",
    }

    def test_numbers_are_stored_with_their_country_and_shown_as_at_home(
        self, mine: FlaskClient, who: Person
    ) -> None:
        answer = mine.post("/ko/me/profile", data=self.fields | {"version": str(who.version)})
        assert answer.status_code == 303
        db.session.refresh(who)
        assert (who.name, who.phone, who.birth_year, who.language) == ("金民秀", "+821012345678", 1997, "ko")
        assert 'value="010-1234-5678"' in mine.get("/ko/me/profile").text

    @pytest.mark.parametrize(
        ("typed", "country", "stored"),
        [
            ("138 0013 8000", "CN", "+8613800138000"),
            ("+82 10 1234 5678", "CN", "+821012345678"),
            ("＋８６ 13800138000", "ZZ", "+8613800138000"),
            ("", "CN", ""),
        ],
    )
    def test_numbers_of_both_countries(
        self, mine: FlaskClient, who: Person, typed: str, country: str, stored: str
    ) -> None:
        fields = self.fields | {"version": str(who.version), "phone": typed, "country": country}
        assert mine.post("/zh/me/profile", data=fields).status_code == 303
        db.session.refresh(who)
        assert who.phone == stored

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("phone", "call me"),
            ("phone", "12"),
            ("phone", "9" * 60),
            ("name", " "),
            ("name", "a\u3164b"),
            ("birth_year", "nineteen"),
            ("time_zone", "../../etc"),
            ("language", "xx"),
            ("country", "DE"),
        ],
    )
    def test_bad_input_stays_in_the_form(
        self, mine: FlaskClient, who: Person, field: str, value: str
    ) -> None:
        before = who.name
        answer = mine.post("/en/me/profile", data=self.fields | {"version": str(who.version), field: value})
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
        db.session.refresh(who)
        assert who.name == before

    def test_a_stale_page_overwrites_nothing(self, mine: FlaskClient, who: Person) -> None:
        seen = str(who.version)
        assert mine.post("/en/me/profile", data=self.fields | {"version": seen}).status_code == 303
        late = mine.post("/en/me/profile", data=self.fields | {"version": seen, "name": "Late"})
        assert late.status_code == 409
        assert 'value="Late"' in late.text
        db.session.refresh(who)
        assert who.name == "金民秀"

    def test_a_page_without_version_is_refused(self, mine: FlaskClient) -> None:
        assert mine.post("/en/me/profile", data=self.fields).status_code == 422


class TestSecurity:
    def test_devices_are_listed_with_this_one_marked(
        self, app: Flask, mine: FlaskClient, who: Person
    ) -> None:
        app.test_client().post(
            "/en/sign-in", data=sign_in_fields(who), headers={"User-Agent": "Second Phone"}
        )
        page = mine.get("/en/me/security").text
        assert "Second Phone" in page
        assert page.count("this one") == 1

    def test_another_persons_device_can_not_be_ended(self, mine: FlaskClient) -> None:
        other = SignIn(
            token_sha256="x", person_id=make.person().id, expires_at=clock.now() + timedelta(days=1)
        )
        db.session.add(other)
        db.session.commit()
        assert mine.post(f"/en/me/security/sign-ins/{other.id}/end").status_code == 404
        db.session.refresh(other)
        assert other.revoked_at is None

    def test_the_current_password_is_asked_for(self, mine: FlaskClient, who: Person) -> None:
        fields = {"password-current": "not the current one", "password-password": "a brand new password"}
        answer = mine.post("/en/me/security/password", data=fields)
        assert answer.status_code == 422
        assert 'id="password-current-error"' in answer.text

    def test_guessing_it_is_slowed_down_too(self, mine: FlaskClient, who: Person) -> None:
        fields = {"password-current": "not the current one", "password-password": "a brand new password"}
        for _try in range(10):
            mine.post("/en/me/security/password", data=fields)
        fields["password-current"] = PASSWORD
        answer = mine.post("/en/me/security/password", data=fields)
        assert answer.status_code == 422
        assert "wait 15 minutes" in answer.text

    def test_a_first_password_needs_no_former_one(self, client: FlaskClient, ctx: None) -> None:
        guest = make.person(email="guest@example.com")
        make.sign_in(client, guest)
        answer = client.post("/en/me/security/password", data={"password-password": "my first password"})
        assert answer.status_code == 303
        again = client.post("/en/sign-in", data=sign_in_fields(guest, "my first password"))
        assert again.status_code == 303


class TestConsents:
    @pytest.fixture(autouse=True)
    def _without_any(self, who: Person) -> None:
        db.session.execute(delete(Consent).where(Consent.person_id == who.id))

    def test_given_and_taken_back_with_dates_version_and_language(
        self, mine: FlaskClient, who: Person
    ) -> None:
        assert mine.post("/ko/me/consents/news", data={"once_key": "n" * 20}).status_code == 303
        assert has_consent(who.id, "news")
        row = db.session.scalars(select(Consent)).one()
        assert (row.language, bool(row.text_version), row.withdrawn_at) == ("ko", True, None)
        assert mine.post("/ko/me/consents/news/withdraw").status_code == 303
        assert not has_consent(who.id, "news")
        mine.post("/ko/me/consents/news", data={"once_key": "m" * 20})
        assert db.session.scalar(select(func.count(Consent.id))) == 2, "the history stays"

    def test_a_double_click_agrees_once(self, mine: FlaskClient) -> None:
        for _click in range(2):
            assert mine.post("/zh/me/consents/news", data={"once_key": "k" * 20}).status_code == 303
        assert db.session.scalar(select(func.count(Consent.id))) == 1

    def test_taking_a_required_one_back_says_what_follows(self, mine: FlaskClient, who: Person) -> None:
        give_consent(person=who, purposes=REQUIRED, language="zh")
        page = mine.get("/en/me/consents/processing/withdraw")
        assert "not take part in a contest" in page.text
        mine.post("/en/me/consents/processing/withdraw")
        assert "Without the required consents" in mine.get("/en/me").text

    def test_each_button_of_the_page_works_once(self, mine: FlaskClient, who: Person) -> None:
        keys = re.findall(
            r'action="([^"]+)">.*?name="once_key" value="([^"]+)"', mine.get("/en/me/consents").text, re.S
        )
        assert len(keys) == 4
        for path, key in keys:
            assert mine.post(path, data={"once_key": key}).status_code == 303
        assert all(has_consent(who.id, purpose) for purpose in ConsentPurpose)

    def test_an_unknown_purpose_is_not_there(self, mine: FlaskClient) -> None:
        assert mine.post("/en/me/consents/everything").status_code == 404


class TestData:
    def test_the_zip_holds_everything(
        self, mine: FlaskClient, who: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        notice(who)
        give_consent(person=who, purposes=REQUIRED, language="zh")
        (tmp_path / "deck").write_bytes(b"%PDF deck")
        kind = registries.PersonalData(
            "decks",
            lambda _id: [{"title": "芙蓉"}],
            lambda _id: None,
            lambda _id: [
                ("../../etc/计划.pdf", str(tmp_path / "deck")),
                ("计划.pdf", str(tmp_path / "gone")),
            ],
        )
        monkeypatch.setattr(registries, "personal_data", [*registries.personal_data, kind])
        answer = mine.get("/zh/me/data/export")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == ["data.json", "files/etc/计划.pdf"]
            assert archive.read("files/etc/计划.pdf") == b"%PDF deck"
            data = json.loads(archive.read("data.json"))
        assert data["person"][0]["email"] == who.email
        assert data["messages"][0]["text"] == "正文\n第二行"
        assert {row["purpose"] for row in data["consents"]} == {"processing", "transfer_abroad"}
        assert data["decks"] == [{"title": "芙蓉"}]
        assert "password" not in answer.data.decode("latin-1")

    def test_nobody_elses_data_are_in_it(self, mine: FlaskClient) -> None:
        stranger = make.person(name="陌生人")
        notice(stranger)
        with zipfile.ZipFile(io.BytesIO(mine.get("/zh/me/data/export").data)) as archive:
            assert "陌生人" not in archive.read("data.json").decode()
            assert json.loads(archive.read("data.json"))["messages"] == []

    def test_a_large_file_is_sent_in_pieces(self, tmp_path: Path) -> None:
        large = tmp_path / "large"
        large.write_bytes(b"\0" * 3_000_000)
        pieces = list(_zip(b"{}", [("large", str(large)), ("large", str(large))]))
        assert len(pieces) > 20
        with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
            assert archive.namelist() == ["data.json", "files/large", "files/large (2)"]


ERASE = {"sure": "y", "current": PASSWORD}


class TestErasure:
    def test_everything_goes_and_the_row_stays_anonymous(
        self, app: Flask, mine: FlaskClient, who: Person
    ) -> None:
        notice(who)
        give_consent(person=who, purposes=REQUIRED, language="zh")
        db.session.add(
            Invitation(
                token_sha256="t",
                role="member",
                scope_kind="team",
                scope_id=1,
                email=who.email,
                name=who.name,
                expires_at=clock.now(),
                accepted_by=who.id,
            )
        )
        fields, email, name = sign_in_fields(who), who.email or "", who.name
        mine.post("/en/forgot", data={"email": email})
        answer = mine.post("/en/me/data/erase", data=ERASE)
        assert (answer.status_code, answer.location) == (303, "/en/erased")
        assert "deleted" in mine.get("/en/erased").text
        assert not is_signed_in(mine)
        db.session.refresh(who)
        assert who.erased_at is not None
        assert (who.name, who.name_latin, who.email, who.email_key, who.phone, who.birth_year) == (
            "",
            "",
            None,
            None,
            "",
            None,
        )
        for table in (Notice, SignIn, Mail):
            assert db.session.scalar(select(func.count()).select_from(table)) == 0
        assert all(row.withdrawn_at for row in db.session.scalars(select(Consent)))
        left = "\n".join(
            repr(row) for table in db.metadata.sorted_tables for row in db.session.execute(table.select())
        )
        assert email not in left
        assert name not in left
        assert app.test_client().post("/en/sign-in", data=fields).status_code == 422

    @pytest.mark.parametrize("change", [{"current": "wrong password here"}, {"sure": ""}, {"current": ""}])
    def test_only_with_the_password_and_a_tick(
        self, mine: FlaskClient, who: Person, change: dict[str, str]
    ) -> None:
        assert mine.post("/en/me/data/erase", data=ERASE | change).status_code == 422
        db.session.refresh(who)
        assert who.erased_at is None

    def test_looking_erases_nothing(self, mine: FlaskClient, who: Person) -> None:
        mine.get("/en/me/data/erase", query_string=ERASE)
        db.session.refresh(who)
        assert who.erased_at is None

    def test_the_only_organizer_has_to_find_another_first(self, mine: FlaskClient, who: Person) -> None:
        edition = make.edition()
        make.grant(who, Role.ORGANIZER, edition)
        answer = mine.post("/en/me/data/erase", data=ERASE)
        assert answer.status_code == 409
        assert "only organizer" in answer.text
        second = make.organizer(edition)
        second.disabled_at = clock.now()
        assert mine.post("/en/me/data/erase", data=ERASE).status_code == 409, "a locked account doesn't count"
        second.disabled_at = None
        assert mine.post("/en/me/data/erase", data=ERASE).status_code == 303

    def test_what_happens_while_the_password_is_checked_counts(
        self, mine: FlaskClient, who: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The reasons are asked for a second time, in the transaction that erases."""
        answers = iter([[], ["Now you are captain of a submitted team."]])
        monkeypatch.setattr(registries, "erasure_blockers", [lambda _id: next(answers)])
        answer = mine.post("/en/me/data/erase", data=ERASE)
        assert answer.status_code == 409
        assert "captain of a submitted team" in answer.text
        db.session.refresh(who)
        assert who.erased_at is None


def test_old_secrets_are_forgotten(app: Flask, client: FlaskClient, who: Person, turn_clock: Clock) -> None:
    from accounts.jobs import forget

    client.post("/en/forgot", data={"email": who.email or ""})
    client.post("/en/sign-in", data=sign_in_fields(who, "a wrong password"))
    db.session.rollback()
    forget()
    assert "/reset/" in db.session.scalars(select(Mail.body)).one()
    turn_clock.advance(hours=1, seconds=1)
    forget()
    assert db.session.scalars(select(Mail.body)).one() == ""
