"""Objections within the notice period, their answers, and who may do what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.db import db
from core.errors import BadInput, Conflict, NotFound
from core.models import AuditRecord, Notice
from judging.models import Objection, ObjectionOutcome
from judging.operations import objections
from tests import factories as make
from tests.conftest import Clock
from tests.judging.results_world import World, judged, mark, published

KEY = "0123456789abcdef0123456789abcdef"


def own_page(world: World, entry: int, lang: str = "en") -> str:
    return world.public(f"/team/{world.entries[entry].team.key}/result/{world.round.slug}", lang)


def test_the_last_second_of_the_notice_period_counts(ctx: None, turn_clock: Clock) -> None:
    world = judged()
    result = published(world)
    turn_clock.advance(days=5)
    objections.raise_objection(
        result=result, team=world.entries[3].team, who=world.captain(3), reason="Sheet 2"
    )
    turn_clock.advance(seconds=1)
    with pytest.raises(Conflict) as problem:
        objections.raise_objection(
            result=result, team=world.entries[3].team, who=world.captain(3), reason="Sheet 3"
        )
    assert "Jun 6, 2026, 09:00 Seoul / 08:00 Chengdu" in str(problem.value.detail)


def test_organizers_are_told_and_the_deed_is_recorded(ctx: None) -> None:
    world = judged()
    result = published(world)
    objections.raise_objection(
        result=result, team=world.entries[3].team, who=world.captain(3), reason="Sheet 2 is not ours."
    )
    told = db.session.scalars(select(Notice).where(Notice.kind == "objection")).all()
    assert {notice.person_id for notice in told} == {world.organizer.id, world.other.id}
    assert all(notice.body == "Sheet 2 is not ours." for notice in told)
    actions = db.session.scalars(select(AuditRecord.action)).all()
    assert "objection.raised" in actions


def test_the_team_is_told_the_answer_once(ctx: None) -> None:
    world = judged()
    objection = objections.raise_objection(
        result=published(world), team=world.entries[3].team, who=world.captain(3), reason="Sheet 2"
    )
    objections.answer_objection(
        objection=objection, outcome=ObjectionOutcome.UPHELD, answer="You are right.", who=world.organizer
    )
    told = db.session.scalars(select(Notice).where(Notice.kind == "objection_answered")).one()
    assert (told.person_id, told.body) == (world.captain(3).id, "You are right.")
    with pytest.raises(Conflict):
        objections.answer_objection(
            objection=objection, outcome=ObjectionOutcome.DISMISSED, answer="No.", who=world.other
        )


@pytest.mark.parametrize("reason", ["", "x" * (objections.LONGEST + 1)])
def test_an_objection_needs_a_reason_of_bearable_length(ctx: None, reason: str) -> None:
    world = judged()
    with pytest.raises(BadInput):
        objections.raise_objection(
            result=published(world), team=world.entries[0].team, who=world.captain(0), reason=reason
        )


def test_a_team_that_did_not_take_part_has_nothing_to_object_to(ctx: None) -> None:
    world = judged()
    stranger = make.team(world.edition)
    with pytest.raises(NotFound):
        objections.raise_objection(
            result=published(world), team=stranger, who=world.captain(0), reason="Unfair"
        )


def test_a_replaced_version_takes_no_objections(ctx: None) -> None:
    world = judged()
    first = published(world)
    mark(world, 3, 0, 20)
    published(world, reason="A mark was typed wrongly.")
    with pytest.raises(Conflict):
        objections.raise_objection(
            result=first, team=world.entries[0].team, who=world.captain(0), reason="Unfair"
        )


def test_a_correction_waits_for_the_answers(ctx: None) -> None:
    from judging.operations import results

    world = judged()
    objections.raise_objection(
        result=published(world), team=world.entries[3].team, who=world.captain(3), reason="Sheet 2"
    )
    mark(world, 3, 0, 20)
    with pytest.raises(Conflict) as problem:
        results.finalize(round=world.round, who=world.organizer, reason="Sheet 2")
    assert [blocker["code"] for blocker in problem.value.extra["blockers"]] == ["objections"]


def test_one_team_can_not_flood_the_organizers(ctx: None) -> None:
    world = judged()
    result = published(world)
    team, who = world.entries[3].team, world.captain(3)
    for number in range(objections.MOST_PER_TEAM):
        objections.raise_objection(result=result, team=team, who=who, reason=f"Point {number}")
    with pytest.raises(Conflict):
        objections.raise_objection(result=result, team=team, who=who, reason="One more")


# -- pages --------------------------------------------------------------------------------------------------


def test_a_member_objects_on_the_teams_own_page(client: FlaskClient, ctx: None) -> None:
    world = judged()
    published(world)
    db.session.commit()
    make.sign_in(client, world.captain(3))
    page = own_page(world, 3)
    sent = client.post(f"{page}/objection", data={"once_key": KEY, "reason": "Sheet 2 is not ours."})
    assert (sent.status_code, sent.headers["Location"]) == (303, page)
    again = client.post(f"{page}/objection", data={"once_key": KEY, "reason": "Sheet 2 is not ours."})
    assert again.status_code == 303
    assert db.session.scalars(select(Objection.reason)).all() == ["Sheet 2 is not ours."]
    assert "Sheet 2 is not ours." in client.get(page).text


def test_an_empty_objection_keeps_the_page_and_says_what_is_missing(client: FlaskClient, ctx: None) -> None:
    world = judged()
    published(world)
    db.session.commit()
    make.sign_in(client, world.captain(3))
    answer = client.post(f"{own_page(world, 3, 'ko')}/objection", data={"once_key": KEY, "reason": " "})
    assert answer.status_code == 422
    assert "사유" in answer.text
    assert db.session.scalars(select(Objection)).all() == []


def test_after_the_notice_period_the_page_names_the_date(
    client: FlaskClient, ctx: None, turn_clock: Clock
) -> None:
    world = judged()
    published(world)
    db.session.commit()
    make.sign_in(client, world.captain(3))
    turn_clock.advance(days=5, seconds=1)
    page = client.get(own_page(world, 3, "zh"))
    assert "2026年6月6日 08:00 成都 / 09:00 首尔" in page.text
    refused = client.post(f"{own_page(world, 3, 'zh')}/objection", data={"once_key": KEY, "reason": "理由"})
    assert refused.status_code == 409
    assert "2026年6月6日 08:00 成都" in refused.text
    assert "理由" in refused.text, "what was typed is kept"


@pytest.mark.parametrize("who", ["stranger", "other_team", "judge", "organizer", "auditor"])
def test_nobody_else_objects_for_a_team(app: Flask, ctx: None, who: str) -> None:
    world = judged()
    published(world)
    person = {
        "stranger": make.person,
        "other_team": lambda: world.captain(0),
        "judge": lambda: world.judges[0].person,
        "organizer": lambda: world.organizer,
        "auditor": lambda: world.auditor,
    }[who]()
    db.session.commit()
    client = make.sign_in(app.test_client(), person)
    answer = client.post(f"{own_page(world, 3)}/objection", data={"once_key": KEY, "reason": "Unfair"})
    assert answer.status_code == 404
    assert db.session.scalars(select(Objection)).all() == []


def test_an_organizer_answers_and_an_auditor_may_not(app: Flask, ctx: None) -> None:
    world = judged()
    objections.raise_objection(
        result=published(world), team=world.entries[3].team, who=world.captain(3), reason="Sheet 2"
    )
    db.session.commit()
    data = {"once_key": KEY, "outcome": "dismissed", "answer": "The sheet is yours."}
    auditor = make.sign_in(app.test_client(), world.auditor)
    assert auditor.post(world.address("/objections/1"), data=data).status_code == 403
    organizer = make.sign_in(app.test_client(), world.organizer)
    assert "Sheet 2" in organizer.get(world.address("/objections/1")).text
    assert organizer.get(world.address("/objections/2")).status_code == 404
    assert organizer.post(world.address("/objections/1"), data=data).status_code == 303
    assert (
        organizer.post(world.address("/objections/1"), data=data | {"once_key": KEY[::-1]}).status_code == 409
    )
    team = make.sign_in(app.test_client(), world.captain(3))
    assert "The sheet is yours." in team.get(own_page(world, 3)).text


def test_an_answer_without_a_decision_is_refused_and_kept(client: FlaskClient, ctx: None) -> None:
    world = judged()
    objections.raise_objection(
        result=published(world), team=world.entries[3].team, who=world.captain(3), reason="Sheet 2"
    )
    db.session.commit()
    make.sign_in(client, world.organizer)
    answer = client.post(world.address("/objections/1"), data={"once_key": KEY, "answer": "Because"})
    assert answer.status_code == 422
    assert "Because" in answer.text


def test_the_notice_period_is_the_editions(ctx: None, turn_clock: Clock) -> None:
    world = judged(notice_days=7)
    assert published(world).notice_until == turn_clock() + timedelta(days=7)
