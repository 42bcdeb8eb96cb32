"""Invitations: who may accept, what it opens, and what each dead link says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from accounts import invitations
from accounts.consents import has_consent
from accounts.models import Invitation, Person, Role
from accounts.qr import qr_svg
from accounts.roles import grant_role
from competition.models import Edition
from core import clock
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import AuditRecord, Notice
from tests import factories as make
from tests.accounts.helpers import is_signed_in, link_in, mails, member
from tests.conftest import Clock

ACCEPT = {"name": "박서연", "processing": "y", "transfer_abroad": "y"}


@pytest.fixture
def edition(ctx: None) -> Edition:
    return make.edition()


@pytest.fixture
def link(edition: Edition) -> Callable[..., str]:
    """Makes an invitation to this edition and returns its path."""

    def make_link(role: str = Role.JUDGE, **values: Any) -> str:
        options: dict[str, Any] = {"scope_kind": "edition", "scope_id": edition.id, "language": "en"}
        _row, token = invitations.invite(role=role, **(options | values))
        db.session.commit()
        return invitations.invitation_path(token, "en")

    return make_link


def test_a_judge_needs_no_password(client: FlaskClient, edition: Edition, link: Callable[..., str]) -> None:
    path = link(email="judge@example.com", name="박서연")
    page = client.get(path)
    assert page.status_code == 200
    assert 'value="박서연"' in page.text
    assert db.session.scalar(select(func.count(Person.id))) == 0, "looking makes nobody"
    answer = client.post(path, data=ACCEPT)
    assert (answer.status_code, answer.location) == (303, "/en/me")
    person = db.session.scalars(select(Person)).one()
    assert (person.name, person.email, person.password_hash) == ("박서연", "judge@example.com", "")
    assert person.holds(Role.JUDGE, "edition", edition.id)
    assert has_consent(person.id, "processing")
    assert has_consent(person.id, "transfer_abroad")
    home = client.get("/en/me")
    assert "Set a password" in home.text, "suggested, not demanded"


def test_a_link_without_address_can_be_handed_over_as_qr(
    client: FlaskClient, edition: Edition, link: Callable[..., str]
) -> None:
    path = link()
    drawn = qr_svg(f"http://localhost{path}")
    assert drawn.startswith("<svg")
    assert "style" not in drawn
    assert "<script" not in drawn
    assert client.post(path, data=ACCEPT | {"email": ""}).status_code == 303
    person = db.session.scalars(select(Person)).one()
    assert person.email is None
    assert is_signed_in(client)


def test_the_required_consents_are_asked_for(client: FlaskClient, link: Callable[..., str]) -> None:
    answer = client.post(link(), data={"name": "박서연", "processing": "y"})
    assert answer.status_code == 422
    assert 'id="transfer_abroad-error"' in answer.text
    assert db.session.scalar(select(func.count(Person.id))) == 0


def test_a_signed_in_person_accepts_as_that_person(
    client: FlaskClient, edition: Edition, link: Callable[..., str]
) -> None:
    who = member()
    make.sign_in(client, who)
    path = link()
    assert who.name in client.get(path).text
    assert client.post(path).status_code == 303
    db.session.refresh(who)
    assert who.holds(Role.JUDGE, "edition", edition.id)
    assert db.session.scalar(select(func.count(Person.id))) == 1
    assert client.get(path).location == "/en/me", "the same person may come again"


def test_an_address_with_an_account_has_to_sign_in_first(
    app: Flask, edition: Edition, link: Callable[..., str]
) -> None:
    who = member(email="organizer@example.com")
    path = link(role=Role.ORGANIZER, email="Organizer@Example.com")
    stranger = app.test_client()
    page = stranger.get(path)
    assert f"/en/sign-in?next={path}" in page.text
    stranger.post(path, data=ACCEPT)
    assert not is_signed_in(stranger)
    assert not who.grants
    owner = make.sign_in(app.test_client(), who)
    assert owner.post(path).status_code == 303
    db.session.refresh(who)
    assert who.holds(Role.ORGANIZER, "edition", edition.id)


def test_typing_the_address_of_an_account_opens_nothing(app: Flask, link: Callable[..., str]) -> None:
    member(email="victim@example.com")
    stranger = app.test_client()
    answer = stranger.post(link(), data=ACCEPT | {"email": "victim@example.com"})
    assert answer.status_code == 409
    assert not is_signed_in(stranger)


class TestALinkThatSignsIn:
    """A judge without a password comes back by a new link, but only where that opens nothing else."""

    @pytest.fixture
    def judge(self, app: Flask, link: Callable[..., str]) -> Person:
        app.test_client().post(link(email="judge@example.com"), data=ACCEPT)
        return db.session.scalars(select(Person).where(Person.email_key == "judge@example.com")).one()

    def test_it_opens_the_judges_account(self, app: Flask, judge: Person, link: Callable[..., str]) -> None:
        path = link(email="judge@example.com")
        phone = app.test_client()
        assert "Accept and sign in" in phone.get(path).text
        assert not is_signed_in(phone)
        assert phone.post(path).status_code == 303
        assert judge.name in phone.get("/en/me").text

    @pytest.mark.parametrize(
        "change", ["password", "admin", "organizer", "other edition", "other invitation"]
    )
    def test_never_an_account_that_holds_more(
        self, app: Flask, judge: Person, edition: Edition, link: Callable[..., str], change: str
    ) -> None:
        if change == "password":
            judge.password_hash = "something"
        elif change == "admin":
            judge.is_site_admin = True
        elif change == "organizer":
            grant_role(person=judge, role=Role.ORGANIZER, scope_kind="edition", scope_id=edition.id)
        elif change == "other edition":
            grant_role(person=judge, role=Role.JUDGE, scope_kind="edition", scope_id=make.edition().id)
        else:
            _row, token = invitations.invite(role="member", scope_kind="team", scope_id=1)
            invitations.accept_invitation(token=token, person=judge)
        db.session.commit()
        path = link(email="judge@example.com")
        stranger = app.test_client()
        assert "Please sign in to it" in stranger.get(path).text
        assert stranger.post(path).status_code == 200
        assert not is_signed_in(stranger)

    def test_never_for_another_role(self, app: Flask, judge: Person, link: Callable[..., str]) -> None:
        path = link(role=Role.ORGANIZER, email="judge@example.com")
        stranger = app.test_client()
        stranger.post(path)
        assert not is_signed_in(stranger)


@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh", "邀请已过期"), ("ko", "초대가 만료되었습니다"), ("en", "This invitation has expired")],
)
def test_an_expired_link_says_so(
    client: FlaskClient, link: Callable[..., str], turn_clock: Clock, lang: str, words: str
) -> None:
    path = link(days=14)
    turn_clock.advance(days=14)
    answer = client.get(path.replace("/en/", f"/{lang}/"))
    assert answer.status_code == 410
    assert words in answer.text


def test_an_unknown_link_says_so(client: FlaskClient, ctx: None) -> None:
    answer = client.get("/ko/invitation/nothing")
    assert answer.status_code == 404
    assert "존재하지 않는 초대입니다" in answer.text


def test_a_room_without_places_changes_nothing(
    client: FlaskClient, ctx: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_invitation: Invitation, _person: Person) -> None:
        raise Conflict("The team is full.")

    monkeypatch.setitem(invitations.on_accepted, ("team", "member"), full)
    _row, token = invitations.invite(role="member", scope_kind="team", scope_id=1)
    answer = client.post(f"/en/invitation/{token}", data=ACCEPT)
    assert answer.status_code == 409
    assert "The team is full." in answer.text
    assert db.session.scalar(select(func.count(Person.id))) == 0
    assert db.session.scalars(select(Invitation)).one().accepted_at is None


def test_a_room_says_what_it_is_and_where_it_leads(
    client: FlaskClient, ctx: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        invitations.describe,
        ("team", "member"),
        lambda _row: Trilingual("蓉城队成员", "룽청팀 팀원", "Member of Rongcheng"),
    )
    monkeypatch.setitem(invitations.landing, ("team", "member"), lambda _row: "/en/me/inbox")
    _row, token = invitations.invite(
        role="member", scope_kind="team", scope_id=1, email="new@example.com", language="ko"
    )
    [mail] = mails("invitation")
    assert mail.subject == "초대: 룽청팀 팀원"
    assert link_in(mail) == f"/ko/invitation/{token}"
    assert "룽청팀 팀원" in client.get(link_in(mail)).text
    assert client.post(f"/en/invitation/{token}", data=ACCEPT).location == "/en/me/inbox"


def test_an_invited_account_finds_it_in_the_inbox_too(link: Callable[..., str]) -> None:
    member(email="judge@example.com")
    path = link(email="judge@example.com")
    assert db.session.scalars(select(Notice.path)).one() == path


def test_the_token_is_stored_nowhere_in_the_clear(ctx: None) -> None:
    _row, token = invitations.invite(role="member", scope_kind="team", scope_id=1)
    db.session.flush()
    assert len(token) >= 43, "256 bits"
    row = db.session.scalars(select(Invitation)).one()
    stored = [getattr(row, column.key) for column in Invitation.__table__.columns]
    logged = db.session.scalars(select(AuditRecord.new)).all()
    assert token not in repr(stored) + repr(logged)


def test_an_accepted_invitation_can_not_be_revoked(ctx: None) -> None:
    row, token = invitations.invite(role="member", scope_kind="team", scope_id=1)
    invitations.accept_invitation(token=token, person=make.person())
    with pytest.raises(Conflict):
        invitations.revoke_invitation(row)


def test_bad_addresses_are_refused(ctx: None) -> None:
    with pytest.raises(BadInput):
        invitations.invite(
            role="member", scope_kind="team", scope_id=1, email="a@example.com\r\nBcc: b@example.com"
        )


def test_an_invitation_is_open_until_its_last_second(ctx: None, turn_clock: Clock) -> None:
    row, token = invitations.invite(role="member", scope_kind="team", scope_id=1, days=1)
    db.session.flush()
    turn_clock.set(row.expires_at - timedelta(seconds=1))
    assert invitations.accept_invitation(token=token, person=make.person()).accepted_at == turn_clock()


def test_21_who_only_claims_an_address_neither_hears_of_its_invitation_nor_accepts_it(
    app: Flask, client: FlaskClient, link: Callable[..., str]
) -> None:
    squatter = make.person(email="prof.kim@univ.kr", email_confirmed_at=None)
    path = link(Role.ORGANIZER, email="prof.kim@univ.kr")
    assert db.session.scalar(select(func.count(Notice.id)).where(Notice.person_id == squatter.id)) == 0
    assert [mail.address for mail in mails()] == ["prof.kim@univ.kr"], "the mailbox's owner is told"
    make.sign_in(client, squatter)
    answer = client.post(path, data={"once_key": "k" * 24})
    assert answer.status_code == 403
    assert "confirm the address first" in answer.text
    db.session.refresh(squatter)
    assert not squatter.grants
    squatter.email_confirmed_at = clock.now()
    db.session.commit()
    assert client.post(path, data={"once_key": "m" * 24}).status_code == 303
