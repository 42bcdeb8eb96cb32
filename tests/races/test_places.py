"""Thirty people for the last of one place: one gets it, twenty-nine are told so in words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from competition.models import Entry, EntryState, Member, Team
from competition.models import MemberRole as Role
from competition.operations import teams
from core.db import db
from tests import factories as make
from tests.races.conftest import at_once
from tests.races.worlds import people, ready_team, slug
from tests.serving import Server, browser_of, looking_into, serving
from tests.unguarded import ONE_PROCESS

pytestmark = pytest.mark.server
RIVALS = 30


def confirm_many(server: Server, *, one_link: bool = False) -> tuple[list[Any], int]:
    """Thirty invited people confirm for a team with one place left (or all by the same link); the answers
    and how many got in."""
    with looking_into(server):
        edition = make.edition(slug=slug("places"), team_most=2 if not one_link else 8)
        captain, *rivals = people(RIVALS + 1)
        team = ready_team(edition, captain)
        links = [
            teams.invite_member(team=team, role=Role.MEMBER, email="", name="", language="zh", who=captain)[1]
            for _ in range(1 if one_link else RIVALS)
        ]
        db.session.commit()
        ids, team_id = [who.id for who in rivals], team.id
    browsers = [browser_of(server, number) for number in ids]
    paths = [f"/zh/invitation/{links[number % len(links)]}" for number in range(RIVALS)]
    forms = [browser.hidden(path) for browser, path in zip(browsers, paths, strict=True)]
    answers = at_once(
        [
            lambda browser=browser, path=path, form=form: browser.post(path, form)
            for browser, path, form in zip(browsers, paths, forms, strict=True)
        ]
    )
    with looking_into(server):
        got_in = db.session.scalar(
            select(func.count())
            .select_from(Member)
            .where(Member.team_id == team_id, Member.role == Role.MEMBER)
        )
    return answers, got_in or 0


def submit_rivals(server: Server) -> tuple[list[Any], int]:
    """Thirty teams submit to an edition with one place; the answers and how many stand submitted."""
    with looking_into(server):
        edition = make.edition(slug=slug("entries"), entry_places=1)
        captains = people(RIVALS)
        paths = [
            f"/ko/e/{edition.slug}/team/{ready_team(edition, captain).key}/submit" for captain in captains
        ]
        db.session.commit()
        ids, edition_id = [captain.id for captain in captains], edition.id
    browsers = [browser_of(server, number) for number in ids]
    forms = [browser.hidden(path) | {"pledged": "y"} for browser, path in zip(browsers, paths, strict=True)]
    answers = at_once(
        [
            lambda browser=browser, path=path, form=form: browser.post(path, form)
            for browser, path, form in zip(browsers, paths, forms, strict=True)
        ]
    )
    with looking_into(server):
        submitted = db.session.scalar(
            select(func.count())
            .select_from(Entry)
            .join(Team, Team.id == Entry.team_id)
            .where(Entry.edition_id == edition_id, Entry.state == EntryState.SUBMITTED)
        )
    return answers, submitted or 0


def words(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page)


def test_case_25_thirty_people_confirm_for_the_last_place_of_a_team(server: Server) -> None:
    answers, got_in = confirm_many(server)
    assert sorted(answer.status for answer in answers) == [303] + [409] * (RIVALS - 1)
    assert got_in == 1
    for answer in answers:
        if answer.status == 409:
            assert "满" in words(answer.body), words(answer.body)


def test_case_21_thirty_people_follow_the_same_link(server: Server) -> None:
    answers, got_in = confirm_many(server, one_link=True)
    assert sorted(answer.status for answer in answers) == [303] + [410] * (RIVALS - 1)
    assert got_in == 1


def test_case_25_thirty_teams_submit_for_the_last_place_of_an_edition(server: Server) -> None:
    answers, submitted = submit_rivals(server)
    assert sorted(answer.status for answer in answers) == [303] + [409] * (RIVALS - 1)
    assert submitted == 1
    for answer in answers:
        if answer.status == 409:
            assert "정원" in words(answer.body), words(answer.body)


def test_without_holding_anything_places_are_given_twice(tmp_path: Path) -> None:
    with serving(
        tmp_path / "instance",
        wsgi_app=f"tests.unguarded:without_holding({RIVALS})",
        environment=ONE_PROCESS,
    ) as careless:
        _answers, members = confirm_many(careless)
        _answers, submitted = submit_rivals(careless)
    assert members > 1
    assert submitted > 1
