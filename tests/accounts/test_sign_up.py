"""Making an account, and proving that its e-mail is one's own."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from accounts.consents import has_consent
from accounts.models import Consent, Person
from core.db import db
from tests.accounts.helpers import code_in, is_signed_in, link_in, mails, member, sign_up_fields
from tests.conftest import Clock

WORDS = {
    "zh": ("注册账号", "必选同意", "选择同意", "个人信息出境单独同意"),
    "ko": ("회원 가입", "필수 동의", "선택 동의", "개인정보 국외 이전 동의"),
    "en": ("Create an account", "Required consents", "Optional consents", "Consent to transfer abroad"),
}


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_the_form_speaks_the_language_and_keeps_required_and_optional_apart(
    client: FlaskClient, lang: str
) -> None:
    page = client.get(f"/{lang}/sign-up")
    assert page.status_code == 200
    places = [page.text.index(word) for word in WORDS[lang]]
    assert places[1] < places[3] < places[2], "the transfer abroad stands among the required consents"
    assert "checked" not in page.text, "no consent is given in advance"


def test_signing_up_signs_in_and_confirms_by_code(client: FlaskClient, ctx: None) -> None:
    answer = client.post("/ko/sign-up", data=sign_up_fields(news="y"))
    assert (answer.status_code, answer.location) == (303, "/ko/confirm")
    person = db.session.scalars(select(Person)).one()
    assert (person.name, person.name_latin, person.language, person.birth_year) == (
        "김민수",
        "Kim Minsu",
        "ko",
        1998,
    )
    assert person.email_confirmed_at is None
    assert has_consent(person.id, "processing")
    assert has_consent(person.id, "news")
    assert not has_consent(person.id, "publication")
    assert "인증되지 않았습니다" in client.get("/ko/me").text, "until confirmed every page says so"

    [mail] = mails("confirm_email")
    assert client.post("/ko/confirm", data={"code": code_in(mail)}).status_code == 303
    db.session.expire_all()
    assert person.email_confirmed_at is not None
    assert "인증되지 않았습니다" not in client.get("/ko/me").text


def test_the_link_confirms_on_another_device_too(app: Flask, client: FlaskClient, ctx: None) -> None:
    client.post("/en/sign-up", data=sign_up_fields(language="en"))
    [mail] = mails("confirm_email")
    elsewhere = app.test_client()
    page = elsewhere.get(link_in(mail), follow_redirects=True)
    assert "Confirm this e-mail" in page.text
    assert db.session.scalars(select(Person)).one().email_confirmed_at is None
    answer = elsewhere.post(page.request.path)
    assert answer.status_code == 303
    db.session.expire_all()
    assert db.session.scalars(select(Person)).one().email_confirmed_at is not None
    assert elsewhere.post(page.request.path).status_code == 410


def test_a_code_dies_after_five_wrong_tries(client: FlaskClient, ctx: None) -> None:
    client.post("/en/sign-up", data=sign_up_fields())
    right = code_in(mails("confirm_email")[0])
    wrong = "000000" if right != "000000" else "000001"
    for _try in range(5):
        assert client.post("/en/confirm", data={"code": wrong}).status_code == 422
    assert client.post("/en/confirm", data={"code": right}).status_code == 422
    client.post("/en/confirm/again")
    assert client.post("/en/confirm", data={"code": code_in(mails("confirm_email")[-1])}).status_code == 303


def test_a_code_dies_after_half_an_hour(client: FlaskClient, ctx: None, turn_clock: Clock) -> None:
    client.post("/en/sign-up", data=sign_up_fields())
    code = code_in(mails("confirm_email")[0])
    turn_clock.advance(minutes=30, seconds=1)
    assert client.post("/en/confirm", data={"code": code}).status_code == 422


def test_only_the_newest_code_counts_and_full_width_digits_are_folded(client: FlaskClient, ctx: None) -> None:
    client.post("/en/sign-up", data=sign_up_fields())
    client.post("/en/confirm/again")
    older, newer = (code_in(mail) for mail in mails("confirm_email"))
    if older != newer:
        assert client.post("/en/confirm", data={"code": older}).status_code == 422
    wide = newer.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert client.post("/en/confirm", data={"code": f" {wide[:3]} {wide[3:]} "}).status_code == 303


def test_no_more_than_five_mails_an_hour(client: FlaskClient, ctx: None, turn_clock: Clock) -> None:
    client.post("/en/sign-up", data=sign_up_fields())
    for _try in range(9):
        assert client.post("/en/confirm/again").status_code == 303
    assert len(mails("confirm_email")) == 5
    turn_clock.advance(hours=1, seconds=1)
    client.post("/en/confirm/again")
    assert len(mails("confirm_email")) == 6


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "not an address"),
        ("email", "a@x.com, b@x.com"),
        ("email", "x" * 300 + "@example.com"),
        ("name", ""),
        ("name", "王\u202e小明"),
        ("name", "\x00"),
        ("name", "名" * 81),
        ("birth_year", "1998.5"),
        ("birth_year", "3000"),
        ("birth_year", "1e3"),
        ("country", "XX"),
        ("language", "fr"),
        ("time_zone", "Mars/Olympus"),
        ("processing", ""),
        ("transfer_abroad", ""),
    ],
)
def test_bad_input_is_said_beside_its_field_and_stores_nothing(
    client: FlaskClient, ctx: None, field: str, value: str
) -> None:
    answer = client.post("/en/sign-up", data=sign_up_fields(**{field: value}))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'value="Kim Minsu"' in answer.text, "what was typed stays"
    assert db.session.scalar(select(func.count(Person.id))) == 0


def test_people_under_14_need_a_guardian(client: FlaskClient, ctx: None, turn_clock: Clock) -> None:
    young = sign_up_fields(birth_year=str(turn_clock().year - 13))
    answer = client.post("/en/sign-up", data=young)
    assert answer.status_code == 422
    assert 'id="guardian-error"' in answer.text
    agreed = young | {"guardian": "김영희", "guardian_agrees": "y"}
    assert client.post("/en/sign-up", data=agreed).status_code == 303
    assert {row.guardian for row in db.session.scalars(select(Consent))} == {"김영희"}


def test_further_fields_change_nothing_else(client: FlaskClient, ctx: None) -> None:
    """Case 19, for this form: fields that a form doesn't have are ignored."""
    client.post(
        "/en/sign-up",
        data=sign_up_fields(is_site_admin="1", role="organizer", id="77", email_confirmed_at="2020-01-01"),
    )
    person = db.session.scalars(select(Person)).one()
    assert not person.is_site_admin
    assert person.email_confirmed_at is None
    assert person.grants == []


def test_the_same_sign_up_twice_makes_one_account(app: Flask, client: FlaskClient, ctx: None) -> None:
    for browser in (client, app.test_client()):
        assert browser.post("/en/sign-up", data=sign_up_fields()).status_code == 303
    assert db.session.scalar(select(func.count(Person.id))) == 1


def test_signing_up_with_a_known_address_opens_nothing(client: FlaskClient, ctx: None) -> None:
    member(email="minsu@example.com")
    client.post("/en/sign-up", data=sign_up_fields())
    assert not is_signed_in(client)
    [mail] = mails("sign_up_known")
    assert mail.address == "minsu@example.com"
    assert client.post("/en/confirm", data={"code": "123456"}).status_code == 422
