"""Every page of the roadshow office, opened by who may and who may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.models import Grant, Role
from core.db import db
from core.languages import Trilingual
from roadshows.models import Roadshow, RoadshowState
from roadshows.operations import creation
from roadshows.presets import preset
from tests import factories as make
from tests.roadshows import factories as roadshows

PAGES = (
    "",
    "/settings",
    "/settings/registration",
    "/settings/reminders",
    "/settings/partners",
    "/settings/holidays",
    "/settings/staff",
    "/settings/state",
    "/places",
    "/places/cities/new",
    "/places/days/new",
    "/places/venues/new",
    "/places/rooms/new",
    "/places/travel",
    "/people",
    "/people/new",
    "/program",
    "/program/new",
    "/program/teams",
    "/program/tracks",
    "/program/materials",
)
READ_BY_AUDITORS = {"", "/places", "/people", "/program", "/program/materials"}


@pytest.fixture
def week(app: Flask, ctx: None) -> Roadshow:
    """Two cities in one week, out of the preset, of an edition, with a speaker and an interpreter."""
    plan = preset("two-cities")
    assert plan is not None
    series = creation.create_series(slug="jingronghui", name=roadshows.SERIES_NAME)
    made = creation.create_roadshow(
        series=series,
        edition=make.edition(),
        slug="week",
        name=roadshows.ROADSHOW_NAME,
        preset=plan,
        first_day=date(2026, 11, 9),
    )
    roadshows.session(made)
    roadshows.speaker(made)
    roadshows.interpreter(made)
    db.session.commit()
    return made


def organizer(client: FlaskClient, of: Roadshow) -> FlaskClient:
    make.sign_in(client, roadshows.organizer(of))
    return client


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_in_every_language(
    week: Roadshow, client: FlaskClient, page: str, lang: str
) -> None:
    response = organizer(client, week).get(f"/{lang}/o/roadshows/week{page}")
    assert response.status_code == 200
    assert f'<html lang="{ {"zh": "zh-Hans"}.get(lang, lang) }"' in response.get_data(as_text=True)


def test_an_auditor_reads_and_changes_nothing(week: Roadshow, client: FlaskClient) -> None:
    who = make.person()
    db.session.add(Grant(person_id=who.id, role=Role.AUDITOR, scope_kind="roadshow", scope_id=week.id))
    db.session.flush()
    make.sign_in(client, who)
    for page in PAGES:
        expected = 200 if page in READ_BY_AUDITORS else 403
        assert client.get(f"/en/o/roadshows/week{page}").status_code == expected, page
    assert client.post("/en/o/roadshows/week/settings", data={}).status_code == 403
    assert "Add a session" not in client.get("/en/o/roadshows/week/program").get_data(as_text=True)


def test_a_draft_is_not_found_by_others(week: Roadshow, client: FlaskClient) -> None:
    other = roadshows.roadshow(slug="other")
    make.sign_in(client, roadshows.organizer(other))
    for page in PAGES:
        assert client.get(f"/en/o/roadshows/week{page}").status_code == 404, page
    week.state = RoadshowState.PUBLIC
    for page in PAGES:
        assert client.get(f"/en/o/roadshows/week{page}").status_code == 403, page


def test_the_list_shows_what_one_runs(week: Roadshow, client: FlaskClient) -> None:
    roadshows.roadshow(slug="other", name=Trilingual(en="Another one"))
    page = organizer(client, week).get("/en/o/roadshows").get_data(as_text=True)
    assert "Sichuan Innovation Roadshow" in page
    assert "Another one" not in page


@pytest.mark.parametrize("page", ["", "/places", "/people", "/program", "/program/materials"])
def test_the_number_of_statements_does_not_grow(
    week: Roadshow, client: FlaskClient, count_queries: Callable[[], Any], page: str
) -> None:
    organizer(client, week)
    client.get(f"/en/o/roadshows/week{page}")
    with count_queries() as few:
        assert client.get(f"/en/o/roadshows/week{page}").status_code == 200
    for _number in range(3):
        roadshows.session(week)
        roadshows.speaker(week)
        roadshows.interpreter(week)
        venue = roadshows.venue(week.cities[0])
        roadshows.room(venue)
    roadshows.slots(roadshows.day(week.cities[1], date(2026, 11, 20)))
    db.session.commit()
    with count_queries() as many:
        assert client.get(f"/en/o/roadshows/week{page}").status_code == 200
    assert len(many) == len(few), "\n".join(many)
    assert len(few) <= 13, "\n".join(few)
