"""Settings, state, partners, corrections of holidays, and who runs a roadshow."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.models import Grant, Invitation, Role
from core import registries
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import AuditRecord, Mail, Notice
from roadshows import signals
from roadshows.models import HolidayKind, HolidayNote, Partner, PartnerKind, Roadshow, RoadshowState
from roadshows.operations import settings, staff
from tests import factories as make
from tests.roadshows import factories as roadshows

BASE = "/en/o/roadshows/show/settings"
WHY = Trilingual("台风", "태풍", "A typhoon")


@pytest.fixture
def show(app: Flask, ctx: None) -> Roadshow:
    made = roadshows.roadshow(slug="show", edition_id=make.edition().id, state=RoadshowState.DRAFT)
    roadshows.venue(made.cities[0])
    roadshows.day(made.cities[0], date(2026, 9, 25))
    db.session.expire(made)
    return made


@pytest.fixture
def office(show: Roadshow, client: FlaskClient) -> FlaskClient:
    make.sign_in(client, roadshows.organizer(show))
    return client


def with_version(show: Roadshow, key: str = "k", **values: str) -> dict[str, str]:
    db.session.expire_all()
    return {"version": str(show.version), "once_key": key * 20} | values


def test_texts_are_changed_compare_and_set(office: FlaskClient, show: Roadshow) -> None:
    values = with_version(show, **{"name-zh": "新名", "contact_email": "Office@Example.com"})
    assert office.post(BASE, data=values | {"contact_email": "nobody"}).status_code == 422
    assert office.post(BASE, data=values | {"once_key": "b" * 20}).status_code == 303
    refused = office.post(BASE, data=values | {"once_key": "c" * 20, "name-zh": "他名"})
    assert refused.status_code == 409
    db.session.expire_all()
    assert (show.name.zh, show.contact_email) == ("新名", "Office@example.com")
    assert f'name="version" type="hidden" value="{show.version}"' in refused.get_data(as_text=True)
    record = db.session.scalars(
        select(AuditRecord).where(AuditRecord.action == "roadshow.texts_changed")
    ).one()
    assert record.roadshow_id == show.id
    assert record.old["name"]["en"] == "Sichuan Innovation Roadshow"


def test_registration_is_read_by_the_chosen_clock(office: FlaskClient, show: Roadshow) -> None:
    page = f"{BASE}/registration"
    values = with_version(
        show,
        zone="Asia/Shanghai",
        registration_opens_at="2026-08-01T09:00",
        registration_closes_at="2026-09-20T18:00",
        places="200",
        needs_approval="y",
    )
    wrong = values | {"registration_closes_at": "2026-08-01T09:00"}
    assert office.post(page, data=wrong).status_code == 422
    assert office.post(page, data=values | {"once_key": "b" * 20}).status_code == 303
    db.session.expire_all()
    assert show.registration_opens_at is not None
    assert show.registration_opens_at.isoformat() == "2026-08-01T01:00:00+00:00"
    assert (show.places, show.needs_approval, show.seats_by_rank) == (200, True, False)
    assert 'value="2026-08-01T10:00"' in office.get(page).get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("1d, 2h,15m", [1440, 120, 15]), ("30", [30]), ("", []), ("1h 60m", [60]), ("14d、5m", [20160, 5])],
)
def test_reminders_are_typed_as_amounts_of_time(
    office: FlaskClient, show: Roadshow, typed: str, minutes: list[int]
) -> None:
    values = with_version(show, reminders=typed, quiet_from="21", quiet_until="7")
    assert office.post(f"{BASE}/reminders", data=values).status_code == 303
    db.session.expire_all()
    assert show.reminder_minutes == minutes
    assert (show.quiet_from, show.quiet_until) == (21, 7)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reminders": "soon"},
        {"reminders": "1m"},
        {"reminders": "15d"},
        {"reminders": "99999d"},
        {"reminders": "1h,2h,3h,4h,5h,6h"},
        {"reminders": "1e9"},
        {"quiet_from": "24"},
        {"quiet_until": ""},
    ],
)
def test_wrong_reminders_are_refused(office: FlaskClient, show: Roadshow, wrong: dict[str, str]) -> None:
    values = with_version(show, reminders="1h", quiet_from="21", quiet_until="7") | wrong
    assert office.post(f"{BASE}/reminders", data=values).status_code == 422
    db.session.expire_all()
    assert show.reminder_minutes == [1440, 60]


# --- state ---


def test_a_draft_is_published_once_nothing_is_missing(office: FlaskClient, show: Roadshow) -> None:
    bare = roadshows.roadshow(state=RoadshowState.DRAFT)
    with pytest.raises(Conflict) as refused:
        settings.publish_roadshow(roadshow=bare, seen=None)
    assert refused.value.code == "not_ready"
    page = f"{BASE}/state"
    assert office.post(page, data=with_version(show, do="explode")).status_code == 422
    assert office.post(page, data=with_version(show, "b", do="publish", version="99")).status_code == 409
    assert office.post(page, data=with_version(show, "c", do="publish")).status_code == 303
    db.session.expire_all()
    assert show.state is RoadshowState.PUBLIC
    assert office.post(page, data=with_version(show, "d", do="publish")).status_code == 409
    assert office.post(page, data=with_version(show, "e", do="close")).status_code == 303
    assert office.post(page, data=with_version(show, "f", do="cancel")).status_code == 422
    assert office.post(page, data=with_version(show, "g", do="reopen")).status_code == 303
    db.session.expire_all()
    assert show.state is RoadshowState.PUBLIC


def test_canceling_needs_a_reason_in_three_languages_and_is_told_once(
    office: FlaskClient, show: Roadshow
) -> None:
    heard: list[Any] = []

    def hear(sender: Roadshow) -> None:
        heard.append((sender.slug, sender.state, sender.canceled_reason))

    with pytest.raises(Conflict):
        settings.cancel_roadshow(roadshow=show, seen=None, reason=WHY)
    settings.publish_roadshow(roadshow=show, seen=None)
    with pytest.raises(BadInput):
        settings.cancel_roadshow(roadshow=show, seen=None, reason=Trilingual(en="A typhoon"))
    page = f"{BASE}/state"
    partly = with_version(show, do="cancel", **{"reason-zh": "台风"})
    with signals.roadshow_canceled.connected_to(hear):
        assert office.post(page, data=partly).status_code == 422
        whole = with_version(show, "b", do="cancel", **{f"reason-{k}": v for k, v in WHY.to_json().items()})
        assert office.post(page, data=whole).status_code == 303
        assert office.post(page, data=whole).status_code == 303
    assert heard == [("show", RoadshowState.CANCELED, WHY)]
    assert office.post(f"{BASE}", data=with_version(show, "c", **{"name-en": "X"})).status_code == 409
    assert "A typhoon" in office.get(page).get_data(as_text=True)


# --- partners, holidays ---


def test_a_partner_is_added_changed_and_removed(office: FlaskClient, show: Roadshow) -> None:
    page = f"{BASE}/partners"
    values = with_version(show, kind="host", url="https://example.com", **{"name-ko": "한중단지"})
    assert office.post(page, data=values | {"url": "javascript:alert(1)"}).status_code == 422
    assert office.post(page, data=values | {"kind": "boss"}).status_code == 422
    assert office.post(page, data=values | {"once_key": "b" * 20}).status_code == 303
    partner = db.session.scalars(select(Partner)).one()
    one = f"{page}/{partner.id}"
    new = with_version(show, "c", kind="media", url="", **{"name-ko": "한중단지"})
    assert office.post(one, data=new | {"version": "1"}).status_code == 409
    assert office.post(one, data=new | {"once_key": "d" * 20}).status_code == 303
    db.session.expire_all()
    assert partner.kind is PartnerKind.MEDIA
    other = roadshows.roadshow()
    foreign_id = settings.add_partner(roadshow=other, seen=None, kind=PartnerKind.HOST, name=WHY).id
    db.session.commit()
    assert office.get(f"{page}/{foreign_id}").status_code == 404
    assert office.post(f"{one}/remove", data=with_version(show, "e")).status_code == 303
    db.session.expunge_all()
    assert db.session.scalars(select(Partner.id)).all() == [foreign_id]


def test_the_overview_warns_of_a_holiday_and_a_correction_counts(office: FlaskClient, show: Roadshow) -> None:
    overview = "/en/o/roadshows/show"
    assert "Days that are not as usual" in office.get(overview).get_data(as_text=True)
    assert "Chuseok" in office.get(overview).get_data(as_text=True)
    page = f"{BASE}/holidays"
    values = {
        "country": "KR",
        "date": "2026-09-25",
        "kind": "working",
        "name-en": "Worked after all",
        "once_key": "k" * 20,
    }
    for wrong in ({"country": "US"}, {"date": "2026-02-30"}, {"kind": "party"}, {"name-en": ""}):
        assert office.post(page, data=values | wrong).status_code == 422, wrong
    assert office.post(page, data=values | {"once_key": "a" * 20}).status_code == 303
    again = values | {"once_key": "b" * 20, "name-en": "Worked, really"}
    assert office.post(page, data=again).status_code == 303
    note = db.session.scalars(select(HolidayNote)).one()
    assert note.kind is HolidayKind.WORKING
    shown = office.get(overview).get_data(as_text=True)
    assert "Worked, really" in shown
    assert "as you noted" in shown
    gone = office.post(f"{page}/{note.id}/remove", data={"once_key": "r" * 20})
    assert gone.status_code == 303
    assert "Worked, really" not in office.get(overview).get_data(as_text=True)


# --- staff ---


def test_an_organizer_is_invited_by_link_and_runs_the_roadshow(
    office: FlaskClient, show: Roadshow, app: Flask
) -> None:
    values = {"role": "organizer", "name": "李", "email": "", "language": "zh", "once_key": "k" * 20}
    assert office.post(f"{BASE}/staff/invite", data=values | {"role": "judge"}).status_code == 422
    assert office.post(f"{BASE}/staff/invite", data=values | {"email": "x"}).status_code == 422
    assert office.post(f"{BASE}/staff/invite", data=values | {"once_key": "a" * 20}).status_code == 303
    page = office.get(f"{BASE}/staff").get_data(as_text=True)
    found = re.search(r"/zh/invitation/([\w-]+)", page)
    assert found is not None
    assert found[1] not in office.get(f"{BASE}/staff").get_data(as_text=True)
    who = make.person()
    other = app.test_client()
    make.sign_in(other, who)
    offered = other.get(f"/zh/invitation/{found[1]}").get_data(as_text=True)
    assert "四川创新创业推介会 组委会成员" in offered
    accepted = other.post(f"/zh/invitation/{found[1]}", data={"once_key": "i" * 20})
    assert accepted.headers["Location"].endswith("/zh/o/roadshows/show")
    assert other.get("/en/o/roadshows/show").status_code == 200
    deeds = ("invitation.made", "invitation.accepted", "role.granted")
    kept = db.session.execute(
        select(AuditRecord.action, AuditRecord.roadshow_id).where(
            AuditRecord.action.in_(deeds), AuditRecord.roadshow_id == show.id
        )
    )
    assert {row.action for row in kept} == set(deeds)
    assert registries.scope_names["roadshow"](show.id) == "Sichuan Innovation Roadshow"


def test_an_invitation_is_taken_back_and_another_roadshows_is_not_found(
    office: FlaskClient, show: Roadshow
) -> None:
    runner = roadshows.organizer(show)
    mine, _token = staff.invite_staff(
        roadshow=show, role=Role.AUDITOR, email="a@example.com", name="", language="ko", who=runner
    )
    sent = db.session.scalars(select(Mail)).one()
    assert "설명회 감사자" in sent.subject
    assert (sent.roadshow_id, sent.edition_id) == (show.id, show.edition_id)
    away, _token = staff.invite_staff(
        roadshow=roadshows.roadshow(), role=Role.AUDITOR, email="", name="", language="ko", who=runner
    )
    db.session.flush()
    page = f"{BASE}/staff/invitations"
    assert office.post(f"{page}/{away.id}/revoke", data={"once_key": "k" * 20}).status_code == 404
    assert office.post(f"{page}/{mine.id}/revoke", data={"once_key": "a" * 20}).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Invitation, mine.id).revoked_at is not None
    assert {
        record.action: record.roadshow_id
        for record in db.session.scalars(select(AuditRecord).where(AuditRecord.object_kind == "invitation"))
        if record.object_id == mine.id
    } == {"invitation.made": show.id, "invitation.revoked": show.id}


def test_somebody_is_let_go_and_told_but_never_the_last_one(office: FlaskClient, show: Roadshow) -> None:
    who = roadshows.organizer(show)
    grant = db.session.scalars(select(Grant).where(Grant.person_id == who.id)).one()
    page = f"{BASE}/staff/{grant.id}/revoke"
    assert office.post(page, data={"once_key": "k" * 20}).status_code == 303
    assert db.session.scalars(select(Notice)).one().person_id == who.id
    assert office.post(page, data={"once_key": "a" * 20}).status_code == 404
    alone = roadshows.roadshow()
    last = roadshows.organizer(alone)
    held = db.session.scalars(select(Grant).where(Grant.person_id == last.id)).one()
    with pytest.raises(Conflict) as refused:
        staff.let_go(roadshow=alone, grant_id=held.id)
    assert refused.value.code == "last_organizer"
