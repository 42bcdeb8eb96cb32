"""Site administrators: people, links to hand over, the house's mail, and the command that makes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from accounts.models import Person, Role
from accounts.roles import grant_role, revoke_role
from core.db import db
from core.models import AuditRecord
from tests import factories as make
from tests.accounts.helpers import is_signed_in, mails, member

PAGES = ("/admin/people", "/admin/mail")


@pytest.fixture
def admin(client: FlaskClient, ctx: None) -> FlaskClient:
    return make.sign_in(client, make.person(is_site_admin=True, name="管理员"))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_pages_open_for_administrators_only(app: Flask, admin: FlaskClient, path: str, lang: str) -> None:
    assert admin.get(f"/{lang}{path}").status_code == 200
    organizer = make.sign_in(app.test_client(), make.organizer(make.edition()))
    assert organizer.get(f"/{lang}{path}").status_code == 403
    assert app.test_client().get(f"/{lang}{path}").status_code == 302


def test_an_organizer_can_do_nothing_there(app: Flask, ctx: None) -> None:
    victim = member()
    organizer = make.sign_in(app.test_client(), make.organizer(make.edition()))
    for act in ("disable", "enable", "link"):
        fields = {"reason": "x", "once_key": "k" * 20}
        assert organizer.post(f"/en/admin/people/{victim.id}/{act}", data=fields).status_code == 403
    db.session.refresh(victim)
    assert victim.disabled_at is None


@pytest.mark.parametrize("rows", [1, 5])
def test_the_list_asks_the_database_little(
    admin: FlaskClient, rows: int, count_queries: Callable[[], Any]
) -> None:
    edition = make.edition()
    for _number in range(rows):
        make.organizer(edition)
    db.session.commit()
    with count_queries() as seen:
        admin.get("/zh/admin/people")
    assert len(seen) <= 8


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("小明", True),
        ("WANG", True),
        ("xiaoming@", True),
        ("%", False),
        ("_", False),
        ("' OR 1", False),
    ],
)
def test_search_takes_text_as_text(admin: FlaskClient, text: str, found: bool) -> None:
    member(name="王小明", name_latin="Wang Xiaoming", email="xiaoming@example.com")
    page = admin.get("/en/admin/people", query_string={"q": text})
    assert page.status_code == 200
    assert ("xiaoming@example.com" in page.text) is found


def test_locking_and_opening(app: Flask, admin: FlaskClient) -> None:
    victim = member()
    browser = make.sign_in(app.test_client(), victim)
    fields = {"reason": "asked to", "once_key": "k" * 20}
    assert admin.post(f"/en/admin/people/{victim.id}/disable", data=fields).status_code == 303
    assert not is_signed_in(browser)
    record = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "person.disabled")).one()
    assert record.reason == "asked to"
    assert admin.post(f"/en/admin/people/{victim.id}/enable").status_code == 303
    db.session.refresh(victim)
    assert victim.is_active


def test_locking_needs_a_reason_and_spares_oneself(admin: FlaskClient) -> None:
    victim = member()
    answer = admin.post(f"/en/admin/people/{victim.id}/disable", data={"once_key": "k" * 20})
    assert answer.status_code == 422
    me = db.session.scalars(select(Person).where(Person.is_site_admin)).one()
    answer = admin.post(f"/en/admin/people/{me.id}/disable", data={"reason": "x", "once_key": "m" * 20})
    assert answer.status_code == 409
    db.session.refresh(me)
    assert me.is_active


def test_a_link_to_hand_over_works_once(app: Flask, admin: FlaskClient) -> None:
    who = make.person(email="nomail@example.com")
    page = admin.post(f"/en/admin/people/{who.id}/link").text
    link = page.split('value="http://localhost', 1)[1].split('"', 1)[0]
    browser = app.test_client()
    browser.get(link)
    assert browser.post("/en/reset", data={"password": "the handed over one"}).status_code == 303
    assert is_signed_in(browser)
    assert (
        db.session.scalar(select(func.count(AuditRecord.id)).where(AuditRecord.action == "person.link_made"))
        == 1
    )


def test_without_a_mail_server_the_houses_mail_can_be_read(app: Flask, admin: FlaskClient) -> None:
    who = member()
    app.test_client().post("/en/forgot", data={"email": who.email or ""})
    [mail] = mails("reset_password")
    page = admin.get("/en/admin/mail").text
    assert mail.subject in page
    assert "/reset/" in page


@pytest.mark.parametrize("number", ["999999", "0", "-1", "9" * 30, "1.5", "１"])
def test_unknown_people_are_not_there(admin: FlaskClient, number: str) -> None:
    assert admin.get(f"/en/admin/people/{number}").status_code == 404


class TestMakeAdmin:
    def test_it_prints_a_link_that_sets_the_password(self, app: Flask, ctx: None) -> None:
        result = app.test_cli_runner().invoke(args=["make-admin", "Office@example.com"])
        assert result.exit_code == 0
        link = result.stdout.strip()
        assert link.startswith("http://localhost/en/reset/")
        browser = app.test_client()
        browser.get(link.removeprefix("http://localhost"))
        assert browser.post("/en/reset", data={"password": "the office's own one"}).status_code == 303
        assert browser.get("/en/admin/people").status_code == 200

    def test_it_raises_an_account_and_ends_its_sign_ins(
        self, app: Flask, client: FlaskClient, ctx: None
    ) -> None:
        """Case 7: a new role never continues under the old cookie."""
        who = member(email="office@example.com")
        make.sign_in(client, who)
        assert app.test_cli_runner().invoke(args=["make-admin", "OFFICE@example.com"]).exit_code == 0
        db.session.refresh(who)
        assert who.is_site_admin
        assert not is_signed_in(client)

    def test_nonsense_is_bad_input(self, app: Flask, ctx: None) -> None:
        result = app.test_cli_runner().invoke(args=["make-admin", "not an address"])
        assert result.exit_code == 2
        assert "not one e-mail address" in result.stderr


class TestRoles:
    def test_a_grant_counts_from_the_next_request_on(
        self, app: Flask, client: FlaskClient, ctx: None
    ) -> None:
        who = member()
        make.sign_in(client, who)
        assert client.get("/en/admin/people").status_code == 403
        who.is_site_admin = True
        assert client.get("/en/admin/people").status_code == 200

    def test_granting_twice_makes_one_and_both_ways_are_recorded(self, ctx: None) -> None:
        who, edition = make.person(), make.edition()
        scope = {"role": Role.AUDITOR, "scope_kind": "edition", "scope_id": edition.id}
        assert grant_role(person=who, **scope).id == grant_role(person=who, **scope).id
        assert who.holds(Role.AUDITOR, "edition", edition.id)
        assert revoke_role(person=who, **scope)
        assert not revoke_role(person=who, **scope)
        assert not who.holds(Role.AUDITOR, "edition", edition.id)
        actions = db.session.scalars(
            select(AuditRecord.action).where(AuditRecord.edition_id == edition.id)
        ).all()
        assert actions == ["role.granted", "role.revoked"]
