"""The head judge: totals before the result, notes, a second look; and nobody else sees any of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.models import Person, Role
from competition.models import Edition, Entry, Round
from core import clock
from core.db import db
from core.errors import BadInput, Conflict
from core.models import AuditRecord, Notice
from core.registries import personal_data
from judging.models import Judge, NoteKind, PanelNote, ScoreSheet, SheetState, StandingsView
from judging.operations import panel_notes, recusals, results, sheets
from judging.queries.head_judge import panel_of
from tests import factories as make

WORDS = {"zh": "评审组评分", "ko": "심사위원단 점수", "en": "The panel’s scores"}


@pytest.fixture
def edition(ctx: None) -> Edition:
    return make.edition()


@pytest.fixture
def round(edition: Edition) -> Round:
    found = make.round_of(edition)
    make.rubric(found)
    return found


@pytest.fixture
def head(edition: Edition) -> Judge:
    found = make.judge(edition, name="Head", is_head=True)
    make.grant(db.session.get_one(Person, found.person_id), Role.HEAD_JUDGE, edition)
    return found


@pytest.fixture
def judges(edition: Edition) -> list[Judge]:
    return [make.judge(edition, name=name) for name in ("Anna", "Boram", "Chen")]


@pytest.fixture
def entry(round: Round, judges: list[Judge]) -> Entry:
    """With sheets of all three: 20 and 12.5 of 20 submitted, the third begun."""
    found = make.entry(round.edition)
    make.enter(round, found)
    rows = [make.sheet(round, judge, found) for judge in judges]
    for row, marks in zip(rows, (("10", "10"), ("6", "6.5"), ("3", "3.5")), strict=True):
        sheets.save_marks(
            sheet=row, seen=None, op_id=f"head-{row.id:06}", marks=dict(zip(("c1", "c2"), marks, strict=True))
        )
    for row in rows[:2]:
        sheets.submit_sheet(sheet=row)
    return found


@pytest.fixture
def browser(app: Flask, head: Judge) -> FlaskClient:
    return make.sign_in(app.test_client(), db.session.get_one(Person, head.person_id))


def address(round: Round, rest: str = "", lang: str = "en") -> str:
    return f"/{lang}/j/{round.edition.slug}/{round.slug}/panel{rest}"


def post(client: FlaskClient, url: str, key: str = "k", **form: Any) -> Any:
    return client.post(url, data={"once_key": key.ljust(20, "-")} | form)


def sheet_of(entry: Entry, judge: Judge) -> ScoreSheet:
    return db.session.scalars(
        select(ScoreSheet).where(ScoreSheet.entry_id == entry.id, ScoreSheet.judge_id == judge.id)
    ).one()


# ---- What is computed


def test_only_submitted_totals_count_and_the_spread_is_of_the_full_mark(round: Round, entry: Entry) -> None:
    panel = panel_of(round, judges=[])
    line = panel.lines[0]
    assert panel.full == 20
    assert [(one.judge_name, one.total) for one in line.sheets] == [
        ("Anna", 20),
        ("Boram", Decimal("12.5")),
        ("Chen", None),
    ]
    assert (line.spread, line.mean) == (Decimal("7.5"), Decimal("16.25"))
    assert panel.far_apart(line, 37)
    assert not panel.far_apart(line, 38)


def test_the_mean_is_rounded_half_up(round: Round, entry: Entry, judges: list[Judge]) -> None:
    sheets.submit_sheet(sheet=sheet_of(entry, judges[2]))
    assert panel_of(round, judges=[]).lines[0].mean == Decimal("13.00")
    other = make.entry(round.edition)
    make.enter(round, other)
    assert [line.mean for line in panel_of(round, judges=[]).lines] == [Decimal("13.00"), None]


def test_a_recused_sheet_is_not_among_the_totals(round: Round, entry: Entry, judges: list[Judge]) -> None:
    sheet = sheet_of(entry, judges[0])
    recusals.recuse_for(sheet=sheet, kind=recusals.RecusalKind.EXCLUDED, reason="brother")
    line = panel_of(round, judges=[]).lines[0]
    assert [one.judge_name for one in line.sheets] == ["Boram", "Chen"]
    assert line.spread is None


def test_a_head_judge_sees_nothing_of_a_team_she_is_kept_apart_from(
    browser: FlaskClient, round: Round, entry: Entry, head: Judge, judges: list[Judge]
) -> None:
    recusals.declare_conflict(judge=head, team=entry.team, reason="sister")
    panel_notes.write_note(round=round, entry=entry, text="zqnotezq")
    line = panel_of(round, judges=[head]).lines[0]
    assert (line.own_conflict, line.totals) == (True, [])
    for page in (address(round), address(round, f"/{entry.key}")):
        text = browser.get(page).get_data(as_text=True)
        assert "12.5" not in text
        assert "zqnotezq" not in text
        assert "kept apart" in text
    url = address(round, f"/{entry.key}/judges/{judges[0].key}/second-look")
    assert browser.get(url).status_code == 404


# ---- A second look


def test_a_second_look_gives_the_sheet_back_and_is_settled_when_it_is_submitted_again(
    round: Round, entry: Entry, judges: list[Judge], head: Judge
) -> None:
    sheet = sheet_of(entry, judges[0])
    panel_notes.ask_second_look(sheet=sheet, reason="All tens?", who=head.person)
    assert (sheet.state, sheet.reason) == (SheetState.OPEN, "All tens?")
    note = db.session.scalars(select(PanelNote)).one()
    assert (note.kind, note.sheet_id, note.settled_at) == (NoteKind.SECOND_LOOK, sheet.id, None)
    told = db.session.scalars(select(Notice).where(Notice.person_id == judges[0].person_id)).all()
    assert [one.kind for one in told] == ["second_look"]
    assert "All tens?" in told[0].body
    assert panel_of(round, judges=[]).lines[0].sheets[0].asked
    sheets.submit_sheet(sheet=sheet)
    db.session.refresh(note)
    assert note.settled_at is not None
    assert {"second_look.asked", "sheet.reopened"} <= set(db.session.scalars(select(AuditRecord.action)))


def test_a_second_look_is_refused_where_nothing_could_come_of_it(
    round: Round, entry: Entry, judges: list[Judge]
) -> None:
    with pytest.raises(BadInput):
        panel_notes.ask_second_look(sheet=sheet_of(entry, judges[0]), reason=" ")
    with pytest.raises(Conflict) as refused:
        panel_notes.ask_second_look(sheet=sheet_of(entry, judges[2]), reason="open still")
    assert refused.value.code == "not_submitted"
    round.scoring_closes_at = clock.now() - timedelta(hours=1)
    with pytest.raises(Conflict) as refused:
        panel_notes.ask_second_look(sheet=sheet_of(entry, judges[0]), reason="late")
    assert refused.value.code == "scoring_closed"


def test_a_second_look_is_refused_once_the_result_is_finalized(
    edition: Edition, round: Round, entry: Entry, judges: list[Judge]
) -> None:
    sheets.submit_sheet(sheet=sheet_of(entry, judges[2]))
    results.finalize(round=round, who=make.organizer(edition))
    with pytest.raises(Conflict) as refused:
        panel_notes.ask_second_look(sheet=sheet_of(entry, judges[0]), reason="late")
    assert refused.value.code == "finalized"


def test_a_note_is_about_an_entry_of_the_round(edition: Edition, round: Round, entry: Entry) -> None:
    with pytest.raises(BadInput):
        panel_notes.write_note(round=round, entry=entry, text=" ")
    with pytest.raises(Conflict):
        panel_notes.write_note(round=round, entry=make.entry(edition), text="elsewhere")


# ---- Pages


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_the_head_judge_sees_totals_spread_and_mean(
    browser: FlaskClient, round: Round, entry: Entry, lang: str
) -> None:
    text = browser.get(address(round, lang=lang)).get_data(as_text=True)
    for piece in (WORDS[lang], "Anna", "12.5", "16.25", "7.5", "far-apart"):
        assert piece in text, piece
    assert "Chen" not in text, "nothing of hers is submitted"
    calm = browser.get(address(round, "?limit=３８", lang)).get_data(as_text=True)
    assert "far-apart" not in calm
    about = browser.get(address(round, f"/{entry.key}", lang)).get_data(as_text=True)
    for piece in ("Anna", "Boram", "Chen", "6.5", "16.25"):
        assert piece in about, piece
    assert "3.5" not in about


@pytest.mark.parametrize("limit", ["", "0", "101", "-5", "x", "1e2", "99999999999"])
def test_a_limit_that_is_none_is_the_usual_one(
    browser: FlaskClient, round: Round, entry: Entry, limit: str
) -> None:
    answer = browser.get(address(round), query_string={"limit": limit})
    assert answer.status_code == 200
    assert 'value="25"' in answer.get_data(as_text=True)


def test_the_head_judge_writes_a_note_and_asks_for_a_second_look_by_pages(
    app: Flask, browser: FlaskClient, edition: Edition, round: Round, entry: Entry, judges: list[Judge]
) -> None:
    page = address(round, f"/{entry.key}")
    assert post(browser, page, "a", text=" ").status_code == 422
    assert post(browser, page, "b", text="Ask about the <market>").status_code == 303
    organizer = make.sign_in(app.test_client(), make.organizer(edition))
    office = f"/en/o/{edition.slug}/judging/rounds/{round.slug}/entries/{entry.key}"
    assert "Ask about the &lt;market&gt;" in organizer.get(office).get_data(as_text=True)
    assert post(organizer, f"{office}/notes", "c", text="").status_code == 422
    assert post(organizer, f"{office}/notes", "d", text="It is in the plan.").status_code == 303
    assert "It is in the plan." in browser.get(page).get_data(as_text=True)
    url = f"{page}/judges/{judges[0].key}/second-look"
    version = sheet_of(entry, judges[0]).version
    assert url in browser.get(page).get_data(as_text=True)
    assert browser.get(url).status_code == 200
    assert post(browser, url, "e", reason="", version=version).status_code == 422
    assert post(browser, url, "f", reason="All tens?", version=1).status_code == 409
    assert post(browser, url, "g", reason="All tens?", version=version).status_code == 303
    assert "Second look asked for" in browser.get(page).get_data(as_text=True)
    mine = make.sign_in(app.test_client(), db.session.get_one(Person, judges[0].person_id))
    sheet = mine.get(f"/en/j/{edition.slug}/{round.slug}/{entry.key}").get_data(as_text=True)
    assert "All tens?" in sheet
    assert "head judge asks you" in sheet
    assert "12.5" not in sheet


def test_the_pages_ask_the_database_a_fixed_number_of_times(
    browser: FlaskClient, edition: Edition, round: Round, entry: Entry, judges: list[Judge],
    count_queries: Callable[[], Any],
) -> None:  # fmt: skip
    for number in range(8):
        more = make.entry(edition)
        make.enter(round, more)
        for judge in judges:
            row = make.sheet(round, judge, more)
            sheets.save_marks(
                sheet=row, seen=None, op_id=f"more-{row.id:06}", marks={"c1": "8", "c2": str(number)}
            )
            sheets.submit_sheet(sheet=row)
        panel_notes.write_note(round=round, entry=more, text="x")
    for url, most in ((address(round), 8), (address(round, f"/{entry.key}"), 10)):
        assert browser.get(url).status_code == 200
        with count_queries() as seen:
            assert browser.get(url).status_code == 200
        assert len(seen) <= most, seen


def test_looking_at_standings_is_written_down_once(
    app: Flask, browser: FlaskClient, edition: Edition, round: Round, entry: Entry, head: Judge
) -> None:
    assert browser.get(f"/en/j/{edition.slug}/{round.slug}").status_code == 200
    assert db.session.scalars(select(StandingsView)).all() == []
    browser.get(address(round))
    first = db.session.scalars(select(StandingsView)).one()
    assert (first.person_id, first.round_id) == (head.person_id, round.id)
    moment = first.first_at
    browser.get(address(round))
    browser.get(address(round, f"/{entry.key}"))
    db.session.expire_all()
    assert [one.first_at for one in db.session.scalars(select(StandingsView))] == [moment]
    organizer = make.organizer(edition)
    office = make.sign_in(app.test_client(), organizer)
    assert office.get(f"/en/o/{edition.slug}/judging/results/{round.slug}").status_code == 200
    seen = set(db.session.scalars(select(StandingsView.person_id)))
    assert seen == {head.person_id, organizer.id}


def test_after_the_result_nothing_is_written_down(
    browser: FlaskClient, edition: Edition, round: Round, entry: Entry, judges: list[Judge]
) -> None:
    sheets.submit_sheet(sheet=sheet_of(entry, judges[2]))
    results.finalize(round=round, who=make.organizer(edition))
    assert browser.get(address(round)).status_code == 200
    assert db.session.scalars(select(StandingsView)).all() == []


def test_the_head_judge_finds_the_way_without_a_sheet_of_her_own(browser: FlaskClient, round: Round) -> None:
    assert address(round) in browser.get("/en/j").get_data(as_text=True)
    assert address(round) in browser.get(f"/en/j/{round.edition.slug}/{round.slug}").get_data(as_text=True)


def test_nobody_but_the_head_judge_finds_these_pages(
    app: Flask, edition: Edition, round: Round, entry: Entry, judges: list[Judge]
) -> None:
    panel_notes.write_note(round=round, entry=entry, text="zqnotezq")
    captain = db.session.get_one(Person, entry.team.members[0].person_id)
    elsewhere = make.judge(make.edition())
    make.grant(db.session.get_one(Person, elsewhere.person_id), Role.HEAD_JUDGE, elsewhere.edition)
    for who in (judges[0].person, captain, make.person(), make.organizer(edition), elsewhere.person):
        assert who is not None
        client = make.sign_in(app.test_client(), who)
        for rest in ("", f"/{entry.key}", f"/{entry.key}/judges/{judges[0].key}/second-look"):
            assert client.get(address(round, rest)).status_code == 404
        assert post(client, address(round, f"/{entry.key}"), text="x").status_code == 404
    judge = make.sign_in(app.test_client(), db.session.get_one(Person, judges[0].person_id))
    for page in (f"/en/j/{edition.slug}/{round.slug}", f"/en/j/{edition.slug}/{round.slug}/{entry.key}"):
        text = judge.get(page).get_data(as_text=True)
        assert "zqnotezq" not in text
        assert "12.5" not in text


def test_notes_are_exported_and_become_nobodys(round: Round, entry: Entry, head: Judge) -> None:
    panel_notes.write_note(round=round, entry=entry, text="mine", who=head.person)
    panel_notes.note_standings_seen(round_id=round.id, person_id=head.person_id or 0)
    panel_notes.note_standings_seen(round_id=round.id, person_id=head.person_id or 0)
    kind = next(one for one in personal_data if one.name == "panel_notes")
    assert head.person_id is not None
    assert [(one["text"], one["entry"]) for one in kind.export(head.person_id)] == [("mine", entry.key)]
    kind.erase(head.person_id)
    db.session.expire_all()
    assert db.session.scalars(select(PanelNote)).one().written_by is None
    assert db.session.scalars(select(StandingsView)).all() == []
