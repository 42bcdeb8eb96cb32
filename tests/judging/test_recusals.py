"""제척, 기피, 회피: who is kept apart from a team, by whom, and what becomes of the sheets."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from accounts.models import Person
from competition.models import Edition, Entry, Member, MemberRole, Round
from core import clock
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import AuditRecord, Notice
from judging.conflicts import Ties, conflict
from judging.models import Background, DeclaredConflict, Judge, RecusalKind, ScoreSheet, SheetState
from judging.operations import panel, recusals, sheets
from judging.queries import office
from judging.queries.conflicts import CONFLICTS, conflicts_of
from tests import factories as make

USCC = "91510100MA6ABCDE7X"
SAME_ORGANIZATION = "92330200MA6ABCDE7K"


@pytest.fixture
def edition(ctx: None) -> Edition:
    return make.edition()


@pytest.fixture
def round(edition: Edition) -> Round:
    found = make.round_of(edition)
    make.rubric(found)
    return found


@pytest.fixture
def entry(round: Round) -> Entry:
    found = make.entry(round.edition)
    panel.enter_round(round=round, entries=[found])
    return found


@pytest.fixture
def judge(edition: Edition) -> Judge:
    return make.judge(edition)


def submit(sheet: ScoreSheet) -> None:
    sheets.save_marks(sheet=sheet, seen=None, op_id=f"done-{sheet.id:06}", marks={"c1": "8", "c2": "7"})
    sheets.submit_sheet(sheet=sheet)


# ---- What is found


def holding(*stakes: str, places: tuple[str, ...] = ()) -> Ties:
    return Ties.of([], [], places, stakes)


@pytest.mark.parametrize(
    ("judge", "team", "why"),
    [
        (holding("한빛벤처스"), holding("(주)한빛벤처스, 서울투자"), "investor"),
        (holding("㈜한빛벤처스"), holding("한빛벤처스 주식회사"), "investor"),
        (holding("蓉城创投"), holding("", "", "", "锦江资本，蓉城创投有限公司"), "investor"),
        (holding("Hanbit Ventures"), holding("Other Capital, Hanbit Ventures Co., Ltd."), "investor"),
        (holding("Ｈanbit VENTURES inc."), holding("Hanbit Ventures"), "investor"),
        (holding(places=("锦江资本",)), holding("锦江资本"), "investor"),
        (holding("茶园科技"), holding("茶园科技", "Tea"), "investor"),
        (holding("Tesco"), holding("Tes"), None),
        (holding("Alpha Co., Ltd."), holding("Beta Co., Ltd."), None),
        (holding("(주)가람"), holding("(주)누리"), None),
        (holding("甲有限公司"), holding("乙有限公司"), None),
        (holding("123-45-67891"), holding("1234567891"), "company_number"),
        (holding(USCC), holding(SAME_ORGANIZATION), "company_number"),
        (holding("MA6ABCDE-7"), holding(USCC), "company_number"),
        (holding(USCC), holding("91510100MA6ABCDF7X"), None),
        (holding("000-00-00000"), holding("0000000000"), None),
        (holding("000000000"), holding("00000000-0"), None),
        (holding("123-45-67891"), holding("123-45-67892"), None),
        (holding(""), holding(""), None),
    ],
)
def test_a_stake_in_the_team_or_its_backers_speaks_against_judging(judge: Ties, team: Ties, why: str) -> None:
    assert conflict(judge, team) == why


def test_two_companies_are_not_of_one_place_for_being_companies() -> None:
    assert conflict(Ties.of([], [], ["(주)가람"]), Ties.of([], [], ["(주)누리"])) is None
    assert conflict(Ties.of([], [], ["Alpha, Inc."]), Ties.of([], [], ["Beta, Inc."])) is None


_names = st.text("가나다라한빛甲乙丙丁abcdeXYZ", min_size=1, max_size=12)


@given(
    _names, st.sampled_from(["{}", "(주){}", "㈜{}", "{}有限公司", "{}, Inc.", "{} Co., Ltd.", "{} 주식회사"])
)
def test_the_legal_form_of_a_firm_makes_no_difference(name: str, shape: str) -> None:
    assert conflict(holding(name), holding(shape.format(name))) == "investor"


def test_a_judges_stakes_are_held_against_the_teams_number_backers_and_name(
    edition: Edition, round: Round
) -> None:
    backed = make.entry(edition, team=make.team(edition, investors="Blue Fund, (주)한빛벤처스"))
    numbered = make.entry(edition, team=make.team(edition, company_number=USCC))
    named = make.entry(edition, team=make.team(edition, name="茶园科技"))
    free = make.entry(edition)
    judge = panel.add_judge(
        edition=edition, name="J", interests=["한빛벤처스", SAME_ORGANIZATION, "茶园科技有限公司"]
    )
    found = conflicts_of(edition.id, [judge], [backed, numbered, named, free])
    assert {entry: why for (_judge, entry), why in found.items()} == {
        backed.id: "investor",
        numbered.id: "company_number",
        named.id: "investor",
    }
    assert set(found.values()) <= set(CONFLICTS)


def test_an_adviser_of_a_team_does_not_judge_it(edition: Edition, entry: Entry, judge: Judge) -> None:
    db.session.add(
        Member(
            edition_id=edition.id,
            team_id=entry.team_id,
            person_id=judge.person_id,
            role=MemberRole.ADVISER,
            name="Adviser",
            position=9,
            confirmed_at=clock.now(),
        )
    )
    db.session.flush()
    assert conflicts_of(edition.id, [judge], [entry]) == {(judge.id, entry.id): "member"}


# ---- A judge steps back


def test_stepping_back_holds_in_every_round_and_leads_the_organizers_to_the_repair(
    edition: Edition, round: Round, entry: Entry, judge: Judge
) -> None:
    organizer = make.organizer(edition)
    later = make.round_of(edition)
    make.rubric(later)
    panel.enter_round(round=later, entries=[entry])
    here = panel.assign(round=round, judge=judge, entry=entry)
    there = panel.assign(round=later, judge=judge, entry=entry)
    recusals.recuse(sheet=here, reason="My cousin founded it.", who=judge.person)
    assert (here.state, here.recusal) == (SheetState.RECUSED, RecusalKind.WITHDREW)
    assert (there.state, there.recusal) == (SheetState.RECUSED, RecusalKind.WITHDREW)
    declared = db.session.scalars(select(DeclaredConflict)).one()
    assert (declared.kind, declared.reason, declared.declared_by) == (
        RecusalKind.WITHDREW,
        "My cousin founded it.",
        judge.person_id,
    )
    assert conflicts_of(edition.id, [judge], [entry]) == {(judge.id, entry.id): "declared"}
    notice = db.session.scalars(select(Notice).where(Notice.person_id == organizer.id)).one()
    assert notice.path == f"/en/o/{edition.slug}/judging/rounds/{later.slug}/assignment"
    third = make.round_of(edition)
    panel.enter_round(round=third, entries=[entry])
    with pytest.raises(Conflict) as refused:
        panel.assign(round=third, judge=judge, entry=entry)
    assert refused.value.code == "conflict_of_interest"


def test_a_declared_conflict_stays_as_it_was_first_declared(
    edition: Edition, entry: Entry, judge: Judge
) -> None:
    recusals.declare_conflict(judge=judge, team=entry.team, reason="first")
    recusals.declare_conflict(judge=judge, team=entry.team, reason="second")
    assert [one.reason for one in db.session.scalars(select(DeclaredConflict))] == ["first"]
    with pytest.raises(BadInput):
        recusals.declare_conflict(judge=judge, team=make.entry(edition).team, reason=" ")
    with pytest.raises(Conflict):
        recusals.declare_conflict(judge=judge, team=make.entry(make.edition()).team, reason="elsewhere")


# ---- An organizer recuses


def test_an_organizer_recuses_a_judge_whose_sheet_is_submitted_and_the_marks_stop_counting(
    edition: Edition, round: Round, entry: Entry, judge: Judge
) -> None:
    sheet = panel.assign(round=round, judge=judge, entry=entry)
    submit(sheet)
    organizer = make.organizer(edition)
    assert len(office.official_marks(round)) == 2
    recusals.recuse_for(sheet=sheet, kind=RecusalKind.CHALLENGED, reason="They share a flat.", who=organizer)
    assert (sheet.state, sheet.recusal, sheet.submitted_at) == (
        SheetState.RECUSED,
        RecusalKind.CHALLENGED,
        None,
    )
    assert office.official_marks(round) == []
    db.session.refresh(sheet)
    assert len(sheet.marks) == 2
    told = db.session.scalars(select(Notice).where(Notice.person_id == judge.person_id)).one()
    assert "They share a flat." in told.body
    record = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "sheet.recused")).one()
    assert (record.old, record.new, record.actor_id) == ("submitted", {"kind": "challenged"}, organizer.id)
    with pytest.raises(BadInput):
        recusals.recuse_for(sheet=sheet, kind=RecusalKind.EXCLUDED, reason="  ")
    with pytest.raises(ValueError, match="own"):
        recusals.recuse_for(sheet=sheet, kind=RecusalKind.WITHDREW, reason="x")


def test_reopening_a_recused_sheet_takes_the_conflict_back(
    edition: Edition, round: Round, entry: Entry, judge: Judge
) -> None:
    sheet = panel.assign(round=round, judge=judge, entry=entry)
    recusals.recuse_for(sheet=sheet, kind=RecusalKind.EXCLUDED, reason="mistaken for another")
    sheets.reopen_sheet(sheet=sheet, reason="It was another judge.")
    assert (sheet.state, sheet.recusal) == (SheetState.OPEN, None)
    assert conflicts_of(edition.id, [judge], [entry]) == {}


# ---- Pages


@pytest.fixture
def client(app: Flask, edition: Edition) -> FlaskClient:
    return make.sign_in(app.test_client(), make.organizer(edition))


def post(client: FlaskClient, url: str, key: str = "k", **form: Any) -> Any:
    return client.post(url, data={"once_key": key.ljust(20, "-")} | form)


@pytest.mark.parametrize(("lang", "word"), [("zh", "回避"), ("ko", "제척"), ("en", "Challenged")])
def test_the_organizer_recuses_by_a_page_and_the_judge_reads_why(
    app: Flask, client: FlaskClient, edition: Edition, round: Round, entry: Entry, judge: Judge,
    lang: str, word: str,
) -> None:  # fmt: skip
    sheet = panel.assign(round=round, judge=judge, entry=entry)
    submit(sheet)
    version = sheet.version
    place = f"/{lang}/o/{edition.slug}/judging/rounds/{round.slug}/entries/{entry.key}"
    url = f"{place}/judges/{judge.key}/recuse"
    assert url in client.get(place).get_data(as_text=True)
    assert word in client.get(url).get_data(as_text=True)
    assert post(client, url, "a", kind="challenged", reason="", version=version).status_code == 422
    assert post(client, url, "b", kind="withdrew", reason="x", version=version).status_code == 422
    assert post(client, url, "c", kind="challenged", reason="x", version=1).status_code == 409
    answer = post(client, url, "d", kind="challenged", reason="They share a flat.", version=version)
    assert (answer.status_code, answer.headers["Location"]) == (303, place)
    assert url not in client.get(place).get_data(as_text=True)
    mine = make.sign_in(app.test_client(), db.session.get_one(Person, judge.person_id))
    page = mine.get(f"/{lang}/j/{edition.slug}/{round.slug}/{entry.key}").get_data(as_text=True)
    assert "They share a flat." in page


def test_a_judges_knowledge_stakes_and_load_are_kept(client: FlaskClient, edition: Edition) -> None:
    level = f"level_{edition.tracks[0].id}"
    form = {
        "name": "金评委",
        "country": "KR",
        "background": "investor",
        "interests": "한빛벤처스\r\n\r\n 123-45-67891 \r\n한빛벤처스",
        "takes_interpreter": "y",
        "least_load": "２",
        "most_load": "9",
        level: "3",
    }
    url = f"/en/o/{edition.slug}/judging/judges/new"
    assert post(client, url, "crossed", **form | {"most_load": "1"}).status_code == 422
    assert post(client, url, "level", **form | {level: "4"}).status_code == 422
    assert (
        post(client, url, "many", **form | {"interests": "\n".join(map(str, range(50)))}).status_code == 422
    )
    assert post(client, url, "good", **form).status_code == 303
    judge = db.session.scalars(select(Judge)).one()
    assert (judge.background, judge.interests, judge.levels) == (
        Background.INVESTOR,
        ["한빛벤처스", "123-45-67891"],
        {"ai": 3},
    )
    assert (judge.takes_interpreter, judge.least_load, judge.most_load) == (True, 2, 9)
    page = client.get(f"/en/o/{edition.slug}/judging/judges/{judge.key}").get_data(as_text=True)
    assert "123-45-67891" in page
    assert '<option selected value="3">' in page


def test_a_judge_who_reads_her_declared_conflicts_is_not_named_to_anybody_else(
    edition: Edition, round: Round, entry: Entry, judge: Judge
) -> None:
    panel.assign(round=round, judge=judge, entry=entry)
    recusals.declare_conflict(judge=judge, team=entry.team, reason="secretword")
    told = {
        row.person_id for row in db.session.scalars(select(Notice).where(Notice.body.contains("secretword")))
    }
    assert told <= {person.id for person in panel.organizers(edition.id)}


def test_affiliations_of_both_languages_still_count(edition: Edition, entry: Entry) -> None:
    judge = panel.add_judge(edition=edition, name="J", affiliation=Trilingual("", "", entry.team.affiliation))
    assert conflicts_of(edition.id, [judge], [entry]) == {(judge.id, entry.id): "affiliation"}
