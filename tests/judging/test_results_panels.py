"""What results say elsewhere: navigation, first pages, and what is known of a person."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import registries
from core.db import db
from core.registries import HomeCard
from judging import result_panels
from judging.models import Objection
from judging.operations import objections, results
from tests import factories as make
from tests.judging.results_world import judged, published


@pytest.fixture
def page(app: Flask) -> Any:
    """Within a request for an English page, where addresses have a language."""
    with app.test_request_context("/en/"):
        yield
        db.session.rollback()


def test_the_public_navigation_has_results_once_there_are_some(page: None) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    results.sign(result=result, who=world.auditor)
    assert list(result_panels.tab(world.edition)) == []
    results.publish(result=result, who=world.organizer)
    [entry] = result_panels.tab(world.edition)
    assert (entry.url, entry.group) == (world.public("/results"), "results")


def test_organizers_see_what_waits(page: None) -> None:
    world = judged()
    assert list(result_panels.for_organizers(world.edition)) == []
    result = results.finalize(round=world.round, who=world.organizer)
    assert [(one.state, one.count) for one in result_panels.for_organizers(world.edition)] == [
        ("finalized", 1)
    ]
    results.sign(result=result, who=world.auditor)
    assert [(one.state, one.count) for one in result_panels.for_organizers(world.edition)] == [("signed", 1)]
    results.publish(result=result, who=world.organizer)
    objections.raise_objection(
        result=result, team=world.entries[3].team, who=world.captain(3), reason="Sheet 2"
    )
    assert [(one.state, one.count) for one in result_panels.for_organizers(world.edition)] == [
        ("objected", 1)
    ]


def test_a_signature_waits_for_everybody_but_who_finalized(page: None) -> None:
    world = judged()
    results.finalize(round=world.round, who=world.organizer)

    def cards(who: Any) -> list[HomeCard]:
        return list(result_panels.cards(who))

    assert cards(world.organizer) == []
    for who in (world.other, world.auditor):
        assert [card.url for card in cards(who)] == [world.address("/v/1")]
    for who in (world.captain(0), make.organizer(make.edition()), world.judges[0].person):
        assert cards(who) == []


def test_a_team_sees_its_own_published_results(page: None) -> None:
    world = judged(rule={"rounding": {"total": 1}})
    team = world.entries[0].team
    assert list(result_panels.for_teams(team)) == []
    published(world)
    [card] = result_panels.for_teams(team)
    assert card.text == "Rank 1, total 9.0"
    assert card.url == world.public(f"/team/{team.key}/result/final")
    assert list(result_panels.for_teams(make.team(world.edition))) == []


def test_objections_are_exported_and_lose_their_author_on_erasure(page: None) -> None:
    world = judged()
    who = world.captain(3)
    objections.raise_objection(result=published(world), team=world.entries[3].team, who=who, reason="Sheet 2")
    kind = next(kind for kind in registries.personal_data if kind.name == "objections")
    [row] = kind.export(who.id)
    assert row["reason"] == "Sheet 2"
    assert kind.export(world.captain(0).id) == []
    kind.erase(who.id)
    db.session.expire_all()
    kept = db.session.scalars(select(Objection)).one()
    assert (kept.person_id, kept.reason) == (None, "Sheet 2")


def test_the_page_says_when_panels_are_unequal(app: Flask, ctx: None) -> None:
    world = judged(rule={"aggregate": {"method": "sum"}})
    sheet = world.sheets[3, 2]
    sheet.state, sheet.submitted_at = "recused", None  # type: ignore[assignment]
    published(world)
    db.session.commit()
    page = app.test_client().get(world.public("/results/final", "ko")).text
    assert "아이템마다 심사위원 수가 같지 않습니다" in page
