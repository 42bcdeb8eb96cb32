"""What a judge would like to judge, and what she must not: her own page before the assignment is released."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.models import Person
from competition.models import Edition, Entry, EntryState, Round
from core import clock
from core.db import db
from core.models import AuditRecord, Notice
from core.registries import personal_data
from judging.models import (
    DeclaredConflict,
    Inclination,
    Judge,
    JudgeWish,
    RecusalKind,
    ScoreSheet,
    SheetState,
)
from judging.operations import panel, recusals, sheets, terms, wishes
from judging.pledges import DEFAULT
from judging.queries.wishes import wish_rows
from tests import factories as make


@pytest.fixture
def edition(ctx: None) -> Edition:
    return make.edition()


@pytest.fixture
def round(edition: Edition) -> Round:
    found = make.round_of(edition)
    make.rubric(found)
    return found


@pytest.fixture
def entries(round: Round) -> list[Entry]:
    found = [make.entry(round.edition) for _ in range(3)]
    make.enter(round, *found)
    return found


@pytest.fixture
def judge(edition: Edition) -> Judge:
    return make.judge(edition)


@pytest.fixture
def browser(app: Flask, judge: Judge) -> FlaskClient:
    return make.sign_in(app.test_client(), db.session.get_one(Person, judge.person_id))


def address(edition: Edition, rest: str = "/wishes", lang: str = "en") -> str:
    return f"/{lang}/j/{edition.slug}/my{rest}"


def post(client: FlaskClient, url: str, key: str = "k", **form: Any) -> Any:
    return client.post(url, data={"once_key": key.ljust(20, "-")} | form)


def wished(judge: Judge) -> dict[int, Inclination]:
    db.session.expire_all()
    return {
        row.entry_id: row.wish
        for row in db.session.scalars(select(JudgeWish).where(JudgeWish.judge_id == judge.id))
    }


def test_wishes_are_set_changed_and_taken_back(judge: Judge, entries: list[Entry]) -> None:
    one, two, three = (entry.id for entry in entries)
    assert wishes.save_wishes(
        judge=judge, wishes={one: Inclination.GLADLY, two: Inclination.RATHER_NOT, three: None}
    ) == 2  # fmt: skip
    assert wishes.save_wishes(judge=judge, wishes={one: Inclination.RATHER_NOT, two: None}) == 2
    assert wished(judge) == {one: Inclination.RATHER_NOT}
    before = len(db.session.scalars(select(AuditRecord)).all())
    assert wishes.save_wishes(judge=judge, wishes={one: Inclination.RATHER_NOT}) == 0
    assert len(db.session.scalars(select(AuditRecord)).all()) == before


def test_only_accepted_entries_of_rounds_ahead_are_shown_each_once(
    edition: Edition, round: Round, judge: Judge, entries: list[Entry]
) -> None:
    later = make.round_of(edition)
    make.enter(later, entries[0], make.entry(edition))
    entries[1].state = EntryState.WITHDRAWN
    closed = make.round_of(edition, scoring_closes_at=clock.now() - timedelta(days=1))
    make.enter(closed, make.entry(edition))
    db.session.flush()
    shown = [row.id for row in wish_rows(judge)]
    assert shown[:2] == [entries[0].id, entries[2].id]
    assert len(shown) == 3
    panel.assign(round=round, judge=judge, entry=entries[2])
    assert len(wish_rows(judge)) == 3, "assigned, but nobody was told yet"
    panel.tell_judges(round=round)
    assert [row.round for row in wish_rows(judge)] == [later.name, later.name]


@pytest.mark.parametrize(("lang", "word"), [("zh", "评审意向"), ("ko", "심사 희망"), ("en", "would like")])
def test_a_judge_says_what_she_would_like_to_judge(
    browser: FlaskClient, edition: Edition, judge: Judge, entries: list[Entry], lang: str, word: str
) -> None:
    one, two, three = entries
    url = address(edition, lang=lang)
    assert url in browser.get(f"/{lang}/j").get_data(as_text=True)
    page = browser.get(url).get_data(as_text=True)
    assert word in page
    assert all(entry.team.name in page for entry in entries)
    sent = {f"wish:{one.key}": "gladly", f"wish:{two.key}": "rather_not", f"wish:{three.key}": ""}
    assert post(browser, url, "a", **sent).status_code == 303
    assert wished(judge) == {one.id: Inclination.GLADLY, two.id: Inclination.RATHER_NOT}
    assert post(browser, url, "b", **sent | {f"wish:{one.key}": "always"}).status_code == 422
    assert post(browser, url, "c", **sent | {"wish:unknown": "gladly"}).status_code == 303
    assert len(wished(judge)) == 2


def test_a_declared_conflict_closes_her_sheets_and_stands_on_her_page(
    browser: FlaskClient, edition: Edition, round: Round, judge: Judge, entries: list[Entry]
) -> None:
    organizer = make.organizer(edition)
    one, two, _three = entries
    sheet = panel.assign(round=round, judge=judge, entry=one)
    done = make.round_of(edition, scoring_closes_at=None)
    make.rubric(done)
    make.enter(done, one)
    submitted = panel.assign(round=done, judge=judge, entry=one)
    sheets.save_marks(sheet=submitted, seen=None, op_id="done-0001", marks={"c1": "8", "c2": "7"})
    sheets.submit_sheet(sheet=submitted)
    url = address(edition, f"/conflict/{one.key}")
    assert url in browser.get(address(edition)).get_data(as_text=True)
    assert one.team.name in browser.get(url).get_data(as_text=True)
    assert post(browser, url, "a", reason=" ").status_code == 422
    answer = post(browser, url, "b", reason="I advise them.")
    assert (answer.status_code, answer.headers["Location"]) == (303, address(edition))
    db.session.expire_all()
    assert (sheet.state, sheet.recusal) == (SheetState.RECUSED, RecusalKind.WITHDREW)
    assert submitted.state is SheetState.SUBMITTED, "what she has submitted the organizers decide on"
    assert db.session.scalars(select(DeclaredConflict)).one().kind is RecusalKind.WITHDREW
    page = browser.get(address(edition)).get_data(as_text=True)
    assert "I advise them." in page
    assert f"wish:{one.key}" not in page
    assert f"wish:{two.key}" in page
    notice = db.session.scalars(select(Notice).where(Notice.person_id == organizer.id)).one()
    assert "I advise them." in notice.body


def test_what_an_organizer_recorded_is_seen_by_the_judge_and_no_wish_outweighs_it(
    browser: FlaskClient, edition: Edition, round: Round, judge: Judge, entries: list[Entry]
) -> None:
    sheet = panel.assign(round=round, judge=judge, entry=entries[0])
    recusals.recuse_for(sheet=sheet, kind=RecusalKind.EXCLUDED, reason="Same family.")
    page = browser.get(address(edition)).get_data(as_text=True)
    assert "Same family." in page
    assert "a rule forbids it" in page
    assert post(browser, address(edition), **{f"wish:{entries[0].key}": "gladly"}).status_code == 303
    assert wished(judge) == {}


def test_the_page_asks_the_database_a_fixed_number_of_times(
    browser: FlaskClient,
    edition: Edition,
    round: Round,
    entries: list[Entry],
    count_queries: Callable[[], Any],
) -> None:
    make.enter(make.round_of(edition), *(make.entry(edition) for _ in range(9)))
    db.session.commit()
    with count_queries() as seen:
        assert browser.get(address(edition)).status_code == 200
    assert len(seen) <= 8, seen


def test_before_the_pledge_is_signed_no_team_is_named(
    browser: FlaskClient, edition: Edition, entries: list[Entry]
) -> None:
    terms.set_terms(edition=edition, text=DEFAULT)
    for rest in ("/wishes", f"/conflict/{entries[0].key}"):
        answer = browser.get(address(edition, rest))
        assert answer.status_code == 303
        assert "/my/pledge" in answer.headers["Location"]
        assert entries[0].team.name not in answer.get_data(as_text=True)


def test_nobody_else_finds_these_pages_and_no_entry_of_another_edition_is_found(
    app: Flask, browser: FlaskClient, edition: Edition, entries: list[Entry]
) -> None:
    away = make.entry(make.edition())
    assert browser.get(address(edition, f"/conflict/{away.key}")).status_code == 404
    retired = make.judge(edition)
    panel.retire_judge(judge=retired, reason="moved")
    for who in (make.person(), make.organizer(edition), retired.person):
        assert who is not None
        client = make.sign_in(app.test_client(), who)
        for rest in ("/wishes", f"/conflict/{entries[0].key}"):
            assert client.get(address(edition, rest)).status_code == 404


def test_wishes_are_exported_and_go_with_the_account(judge: Judge, entries: list[Entry]) -> None:
    wishes.save_wishes(judge=judge, wishes={entries[0].id: Inclination.GLADLY})
    recusals.declare_conflict(judge=judge, team=entries[1].team, reason="my brother Wang")
    kind = next(one for one in personal_data if one.name == "judging")
    assert judge.person_id is not None
    told = kind.export(judge.person_id)[0]
    assert [(one["entry"], one["wish"]) for one in told["wishes"]] == [(entries[0].key, "gladly")]
    assert [one["reason"] for one in told["conflicts"]] == ["my brother Wang"]
    kind.erase(judge.person_id)
    assert wished(judge) == {}
    assert db.session.scalars(select(DeclaredConflict)).one().reason == ""
    assert db.session.scalars(select(ScoreSheet)).all() == []
