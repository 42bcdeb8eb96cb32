"""Judges, who may judge whom, even and manual assignment, invitations, replacing and retiring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from accounts.invitations import accept_invitation
from accounts.models import Person, Role
from competition.models import Edition, Entry, EntryState, Round, RoundEntry
from core import clock
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import AuditRecord, Mail, Notice
from core.registries import personal_data
from judging.assignment import spread
from judging.conflicts import Ties, conflict
from judging.models import Judge, ScoreSheet, SheetState
from judging.operations import judge_invitations, panel, recusals, sheets
from judging.queries import office
from tests import factories as make


@pytest.fixture
def edition(ctx: None) -> Edition:
    return make.edition()


@pytest.fixture
def round(edition: Edition) -> Round:
    found = make.round_of(edition)
    make.rubric(found)
    return found


def entries_of(round: Round, count: int) -> list[Entry]:
    entries = [make.entry(round.edition) for _ in range(count)]
    panel.enter_round(round=round, entries=entries)
    return entries


def sheets_in(round: Round) -> list[ScoreSheet]:
    return list(db.session.scalars(select(ScoreSheet).where(ScoreSheet.round_id == round.id)))


def begin(sheet: ScoreSheet) -> None:
    sheets.save_marks(sheet=sheet, seen=None, op_id=f"begin-{sheet.id:06}", marks={"c1": "8"})


def submit(sheet: ScoreSheet) -> None:
    sheets.save_marks(sheet=sheet, seen=None, op_id=f"done-{sheet.id:06}", marks={"c1": "8", "c2": "7"})
    sheets.submit_sheet(sheet=sheet)


# ---- Who may judge whom


def ties(people: tuple[int, ...] = (), addresses: tuple[str, ...] = (), places: tuple[str, ...] = ()) -> Ties:
    return Ties.of(people, addresses, places)


@pytest.mark.parametrize(
    ("judge", "team", "why"),
    [
        (ties((7,)), ties((1, 7)), "member"),
        (ties(addresses=("Kim@Naver.com",)), ties(addresses=("kim@naver.com",)), "member"),
        (ties(places=("四川大学",)), ties(places=("四川大学",)), "affiliation"),
        (
            ties(places=("서울대학교", "Seoul National University")),
            ties(places=("ＳＥＯＵＬ national UNIVERSITY",)),
            "affiliation",
        ),
        (ties(places=("四川大学",)), ties(places=("四川大学商学院",)), "affiliation"),
        (
            ties(places=("연세대학교 / Yonsei University",)),
            ties(places=("Yonsei University",)),
            "affiliation",
        ),
        (
            ties(places=("Tsinghua University, School of Economics",)),
            ties(places=("Tsinghua University",)),
            "affiliation",
        ),
        (ties(addresses=("a@cs.snu.ac.kr",)), ties(addresses=("b@snu.ac.kr",)), "mail_domain"),
        (ties(addresses=("a@hanbit.co.kr",)), ties(addresses=("b@hanbit.co.kr",)), "mail_domain"),
        (ties(addresses=("a@qq.com",)), ties(addresses=("b@qq.com",)), None),
        (ties(addresses=("a@naver.com",)), ties(addresses=("b@naver.com",)), None),
        (ties(addresses=("a@co.kr.example",)), ties(addresses=("b@co.kr.example",)), None),
        (ties(places=("北京大学",)), ties(places=("北京大学生创业公司",)), None),
        (ties(places=("大学",)), ties(places=("大学城孵化器",)), None),
        (ties(places=("四川大学",)), ties(places=("电子科技大学",)), None),
        (ties(), ties(), None),
        (ties(places=("",)), ties(places=("",)), None),
    ],
)
def test_what_speaks_against_judging_a_team(judge: Ties, team: Ties, why: str | None) -> None:
    assert conflict(judge, team) == why


def test_a_judge_cannot_score_her_own_school_in_any_language(edition: Edition, round: Round) -> None:
    team = make.team(edition, affiliation="Sichuan University")
    entry = make.entry(edition, team=team)
    panel.enter_round(round=round, entries=[entry])
    judge = panel.add_judge(
        edition=edition, name="王教授", affiliation=Trilingual("四川大学", "쓰촨대학교", "Sichuan University")
    )
    with pytest.raises(Conflict) as refused:
        panel.assign(round=round, judge=judge, entry=entry)
    assert refused.value.code == "conflict_of_interest"
    assert "institution" in str(refused.value.detail)
    assert sheets_in(round) == []


def test_a_judge_cannot_score_her_own_team(edition: Edition, round: Round) -> None:
    captain = make.person()
    entry = make.entry(edition, team=make.team(edition, captain))
    panel.enter_round(round=round, entries=[entry])
    judge = panel.add_judge(edition=edition, name="李评委", person=captain)
    with pytest.raises(Conflict) as refused:
        panel.assign(round=round, judge=judge, entry=entry)
    assert refused.value.detail == panel.CONFLICTS["member"]


# ---- Judges


def test_two_judges_whose_names_look_alike_are_refused(edition: Edition) -> None:
    panel.add_judge(edition=edition, name="Anna Park", email="anna@hanbit.co.kr")
    with pytest.raises(Conflict) as refused:
        panel.add_judge(edition=edition, name="Аnna  Ｐark")
    assert list(refused.value.fields) == ["name"]
    with pytest.raises(Conflict) as refused:
        panel.add_judge(edition=edition, name="Other", email="ANNA@hanbit.co.kr")
    assert list(refused.value.fields) == ["email"]
    panel.add_judge(edition=make.edition(), name="Anna Park", email="anna@hanbit.co.kr")


def test_becoming_head_judge_changes_the_grants_at_once(edition: Edition) -> None:
    who = make.person()
    judge = panel.add_judge(edition=edition, name="김위원", person=who)
    assert not who.holds(Role.HEAD_JUDGE, "edition", edition.id)
    panel.change_judge(judge=judge, is_head=True)
    assert who.holds(Role.HEAD_JUDGE, "edition", edition.id)
    panel.change_judge(judge=judge, is_head=False, seen=judge.version)
    assert not who.holds(Role.HEAD_JUDGE, "edition", edition.id)
    with pytest.raises(Conflict):
        panel.change_judge(judge=judge, name="Other", seen=1)


def test_an_accepted_invitation_makes_the_account_the_judges(edition: Edition) -> None:
    judge = panel.add_judge(edition=edition, name="박심사", languages=["ko"])
    token = judge_invitations.invite_judge(judge=judge)
    who = make.person()
    accept_invitation(token=token, person=who)
    assert judge.person_id == who.id
    assert who.holds(Role.JUDGE, "edition", edition.id)
    with pytest.raises(Conflict):
        judge_invitations.invite_judge(judge=judge)


def test_a_new_link_makes_the_old_one_worthless(edition: Edition) -> None:
    judge = panel.add_judge(edition=edition, name="박심사", email="park@hanbit.co.kr", languages=["ko"])
    old = judge_invitations.invite_judge(judge=judge)
    new = judge_invitations.invite_judge(judge=judge)
    who = make.person(email="park@hanbit.co.kr")
    with pytest.raises(Exception, match="revoked"):
        accept_invitation(token=old, person=who)
    mails = db.session.scalars(select(Mail).where(Mail.address == "park@hanbit.co.kr")).all()
    assert len(mails) == 2
    assert "심사위원 위촉" in mails[1].body
    accept_invitation(token=new, person=who)
    assert judge.person_id == who.id


def test_a_revoked_invitation_opens_nothing(edition: Edition) -> None:
    judge = panel.add_judge(edition=edition, name="박심사")
    token = judge_invitations.invite_judge(judge=judge)
    judge_invitations.revoke_judge_invitation(judge=judge)
    with pytest.raises(Exception, match="revoked"):
        accept_invitation(token=token, person=make.person())
    assert judge.person_id is None


def test_one_account_is_one_judge(edition: Edition) -> None:
    who = make.person()
    panel.add_judge(edition=edition, name="One", person=who)
    other = panel.add_judge(edition=edition, name="Two")
    token = judge_invitations.invite_judge(judge=other)
    with pytest.raises(Conflict):
        accept_invitation(token=token, person=who)


# ---- Entries of a round


def test_only_accepted_entries_of_the_edition_come_into_a_round(edition: Edition, round: Round) -> None:
    good = make.entry(edition)
    assert panel.enter_round(round=round, entries=[good]) == 1
    assert panel.enter_round(round=round, entries=[good]) == 0
    with pytest.raises(BadInput):
        panel.enter_round(round=round, entries=[make.entry(edition, EntryState.SUBMITTED)])
    with pytest.raises(BadInput):
        panel.enter_round(round=round, entries=[make.entry(make.edition())])
    assert db.session.scalar(select(func.count(RoundEntry.id))) == 1


# ---- Even assignment


def test_assigning_evenly_balances_rotates_and_repeats(edition: Edition, round: Round) -> None:
    entries_of(round, 12)
    judges = [panel.add_judge(edition=edition, name=f"J{number}") for number in range(6)]
    done = panel.assign_evenly(round=round, per_entry=3, seed=5)
    assert (done.added, done.removed, done.short, done.least, done.most) == (36, 0, {}, 6, 6)
    panels = {}
    for sheet in sheets_in(round):
        panels.setdefault(sheet.entry_id, set()).add(sheet.judge_id)
    assert all(len(found) == 3 for found in panels.values())
    assert len({frozenset(found) for found in panels.values()}) >= 8, "panels rotate"
    assert len(judges) == 6
    again = panel.assign_evenly(round=round, per_entry=3, seed=5)
    assert (again.added, again.removed) == (0, 0)


def test_begun_and_submitted_sheets_never_move(edition: Edition, round: Round) -> None:
    entries_of(round, 10)
    for number in range(2):
        panel.add_judge(edition=edition, name=f"J{number}")
    panel.assign_evenly(round=round, per_entry=1)
    fixed = sorted(sheets_in(round), key=lambda sheet: sheet.judge_id)
    for sheet in (fixed[0], fixed[5]):
        begin(sheet)
    for sheet in (fixed[1], fixed[6]):
        submit(sheet)
    kept = {(fixed[at].judge_id, fixed[at].entry_id) for at in (0, 1, 5, 6)}
    for number in range(2, 5):
        panel.add_judge(edition=edition, name=f"J{number}")
    done = panel.assign_evenly(round=round, per_entry=1)
    after = {(sheet.judge_id, sheet.entry_id) for sheet in sheets_in(round)}
    assert kept <= after
    assert len(after) == 10
    assert (done.least, done.most) == (2, 2)


def test_a_recused_judge_is_not_assigned_again_and_is_replaced(edition: Edition, round: Round) -> None:
    entry = entries_of(round, 1)[0]
    first = panel.add_judge(edition=edition, name="J0")
    sheet = panel.assign(round=round, judge=first, entry=entry)
    recusals.recuse(sheet=sheet, reason="cousin")
    panel.add_judge(edition=edition, name="J1")
    done = panel.assign_evenly(round=round, per_entry=1)
    assert done.added == 1
    states = Counter(sheet.state for sheet in sheets_in(round))
    assert states == {SheetState.RECUSED: 1, SheetState.OPEN: 1}


def test_assigning_evenly_never_crosses_a_conflict_and_says_what_is_short(
    edition: Edition, round: Round
) -> None:
    team = make.team(edition, affiliation="四川大学")
    entry = make.entry(edition, team=team)
    panel.enter_round(round=round, entries=[entry])
    entries_of(round, 4)
    panel.add_judge(edition=edition, name="Own", affiliation=Trilingual(zh="四川大学"))
    panel.add_judge(edition=edition, name="Free")
    done = panel.assign_evenly(round=round, per_entry=2)
    assert done.short == {entry.key: 1}
    judged = db.session.scalars(
        select(Judge.name)
        .join(ScoreSheet, ScoreSheet.judge_id == Judge.id)
        .where(ScoreSheet.entry_id == entry.id)
    ).all()
    assert judged == ["Free"]


def test_nothing_to_assign_says_so(edition: Edition, round: Round) -> None:
    with pytest.raises(Conflict) as refused:
        panel.assign_evenly(round=round)
    assert refused.value.code == "no_entries"
    entries_of(round, 1)
    with pytest.raises(Conflict) as refused:
        panel.assign_evenly(round=round)
    assert refused.value.code == "no_judges"


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 14),
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(0, 99),
    st.sets(st.tuples(st.integers(1, 9), st.integers(1, 14)), max_size=30),
)
def test_a_spread_is_valid_even_and_repeatable(
    entries: int, judges: int, per_entry: int, seed: int, barred: set[tuple[int, int]]
) -> None:
    of_entries, of_judges = list(range(1, entries + 1)), list(range(1, judges + 1))
    found = spread(of_entries, of_judges, per_entry=per_entry, seed=seed, barred=barred)
    assert found == spread(of_entries, of_judges, per_entry=per_entry, seed=seed, barred=barred)
    for entry, own in found.panels.items():
        free = [judge for judge in of_judges if (judge, entry) not in barred]
        assert not {(judge, entry) for judge in own} & barred
        assert len(own) == min(per_entry, len(free))
        assert found.short.get(entry, 0) == per_entry - len(own)
    if not barred:
        loads = [found.loads.get(judge, 0) for judge in of_judges]
        assert max(loads) - min(loads) <= 1
    moved = spread(of_entries, of_judges, per_entry=per_entry, seed=seed, barred=barred, movable=found.panels)
    assert moved.panels == found.panels, "what is even already stays"


def test_two_hundred_and_forty_entries_are_spread_without_waiting() -> None:
    found = spread(range(240), range(30), per_entry=3, seed=1)
    assert set(found.loads.values()) == {24}


# ---- By hand


def test_taking_off_a_begun_sheet_is_refused(edition: Edition, round: Round) -> None:
    entry = entries_of(round, 1)[0]
    sheet = panel.assign(round=round, judge=panel.add_judge(edition=edition, name="J"), entry=entry)
    begin(sheet)
    with pytest.raises(Conflict) as refused:
        panel.unassign(sheet=sheet)
    assert refused.value.code == "sheet_started"
    assert len(sheets_in(round)) == 1


def test_assigning_twice_or_outside_the_round_is_refused(edition: Edition, round: Round) -> None:
    entry = entries_of(round, 1)[0]
    judge = panel.add_judge(edition=edition, name="J")
    panel.assign(round=round, judge=judge, entry=entry)
    for wrong, code in (
        ((judge, entry), "already_assigned"),
        ((judge, make.entry(edition)), "not_in_round"),
        ((panel.add_judge(edition=make.edition(), name="Away"), entry), "judge_retired"),
    ):
        with pytest.raises(Conflict) as refused:
            panel.assign(round=round, judge=wrong[0], entry=wrong[1])
        assert refused.value.code == code


# ---- Telling, replacing, retiring


def test_judges_are_told_once_and_again_only_of_what_is_new(edition: Edition, round: Round) -> None:
    who = make.person(language="ko")
    entries = entries_of(round, 3)
    judge = panel.add_judge(edition=edition, name="J", person=who)
    for entry in entries[:2]:
        panel.assign(round=round, judge=judge, entry=entry)
    assert panel.tell_judges(round=round) == 1
    assert panel.tell_judges(round=round) == 0
    notice = db.session.scalars(select(Notice).where(Notice.person_id == who.id)).one()
    assert "2개" in notice.body
    assert notice.path == f"/ko/j/{edition.slug}/{round.slug}"
    panel.assign(round=round, judge=judge, entry=entries[2])
    assert panel.tell_judges(round=round) == 1


def test_a_judge_is_told_when_an_entry_she_knows_of_is_taken_off(edition: Edition, round: Round) -> None:
    who = make.person()
    entry = entries_of(round, 1)[0]
    sheet = panel.assign(
        round=round, judge=panel.add_judge(edition=edition, name="J", person=who), entry=entry
    )
    panel.tell_judges(round=round)
    db.session.refresh(sheet)
    panel.unassign(sheet=sheet)
    kinds = db.session.scalars(select(Notice.kind).where(Notice.person_id == who.id)).all()
    assert "sheet_released" in kinds


def test_replacing_passes_on_what_is_not_submitted(edition: Edition, round: Round) -> None:
    entries = entries_of(round, 3)
    old, new = (panel.add_judge(edition=edition, name=name) for name in ("Old", "New"))
    done, begun, _open = (panel.assign(round=round, judge=old, entry=entry) for entry in entries)
    submit(done)
    begin(begun)
    assert panel.replace_judge(round=round, judge=old, by=new, reason="ill") == 2
    states = {(row.judge_id, row.entry_id): row.state for row in sheets_in(round)}
    assert states == {
        (old.id, entries[0].id): SheetState.SUBMITTED,
        (old.id, entries[1].id): SheetState.RECUSED,
        (new.id, entries[1].id): SheetState.OPEN,
        (new.id, entries[2].id): SheetState.OPEN,
    }


def test_replacing_by_a_judge_with_a_conflict_changes_nothing(edition: Edition, round: Round) -> None:
    team = make.team(edition, affiliation="四川大学")
    entry = make.entry(edition, team=team)
    panel.enter_round(round=round, entries=[entry])
    old = panel.add_judge(edition=edition, name="Old")
    own = panel.add_judge(edition=edition, name="Own", affiliation=Trilingual(zh="四川大学"))
    panel.assign(round=round, judge=old, entry=entry)
    with pytest.raises(Conflict) as refused:
        panel.replace_judge(round=round, judge=old, by=own, reason="ill")
    assert team.name in str(refused.value.detail)
    assert [sheet.judge_id for sheet in sheets_in(round)] == [old.id]


def test_retiring_keeps_what_is_submitted_and_ends_the_access(edition: Edition, round: Round) -> None:
    who = make.person()
    judge = panel.add_judge(edition=edition, name="J", person=who)
    done, begun, _open = (
        panel.assign(round=round, judge=judge, entry=entry) for entry in entries_of(round, 3)
    )
    submit(done)
    begin(begun)
    panel.retire_judge(judge=judge, reason="moved")
    assert Counter(sheet.state for sheet in sheets_in(round)) == {
        SheetState.SUBMITTED: 1,
        SheetState.RECUSED: 1,
    }
    assert not who.holds(Role.JUDGE, "edition", edition.id)
    assert len(office.official_marks(round)) == 2
    record = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "judge.retired")).one()
    assert (record.reason, record.new) == ("moved", {"released": 1, "recused": 1})


def test_official_marks_are_only_of_submitted_sheets_of_entries_that_take_part(
    edition: Edition, round: Round
) -> None:
    one, two, three = entries_of(round, 3)
    judge = panel.add_judge(edition=edition, name="J")
    rows = [panel.assign(round=round, judge=judge, entry=entry) for entry in (one, two, three)]
    submit(rows[0])
    begin(rows[1])
    submit(rows[2])
    three.state = EntryState.DISQUALIFIED
    db.session.flush()
    marks = office.official_marks(round)
    assert [(mark.judge, mark.subject, mark.criterion, str(mark.score)) for mark in marks] == [
        (judge.key, one.key, "c1", "8"),
        (judge.key, one.key, "c2", "7"),
    ]


# ---- Personal data


def test_a_judges_data_are_exported_and_made_anonymous_with_the_marks_standing(
    edition: Edition, round: Round
) -> None:
    who = make.person()
    judge = panel.add_judge(edition=edition, name="王评委", email="wang@hanbit.co.kr", person=who)
    sheet = panel.assign(round=round, judge=judge, entry=entries_of(round, 1)[0])
    sheets.save_marks(sheet=sheet, seen=None, op_id="with-note", marks={"c1": "8"}, private_note="mine")
    kind = next(one for one in personal_data if one.name == "judging")
    told = kind.export(who.id)[0]
    assert told["sheets"][0]["marks"] == {"c1": "8"}
    assert told["sheets"][0]["private_note"] == "mine"
    assert told["sheets"][0]["history"][0]["mark"] == "8"
    kind.erase(who.id)
    db.session.expire_all()
    assert "王" not in judge.name
    assert (judge.email, sheet.private_note) == ("", "")
    assert kind.export(who.id)[0]["sheets"][0]["marks"] == {"c1": "8"}


# ---- Pages


@pytest.fixture
def client(app: Flask, edition: Edition) -> FlaskClient:
    return make.sign_in(app.test_client(), make.organizer(edition))


def place(edition: Edition, path: str = "", lang: str = "en") -> str:
    return f"/{lang}/o/{edition.slug}/judging{path}"


def post(client: FlaskClient, url: str, key: str = "k", **form: Any) -> Any:
    return client.post(url, data={"once_key": key.ljust(20, "-")} | form)


PAGES = (
    "",
    "/judges",
    "/judges/new",
    "/judges/{judge}",
    "/judges/{judge}/retire",
    "/rounds/{round}/assignment",
    "/rounds/{round}/progress",
    "/rounds/{round}/entries/{entry}",
    "/rounds/{round}/entries/{entry}/judges/{judge}/reopen",
    "/rounds/{round}/judges/{judge}/replace",
)


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_every_page_is_there_in_every_language(
    client: FlaskClient, edition: Edition, round: Round, lang: str
) -> None:
    entry = entries_of(round, 1)[0]
    judge = panel.add_judge(edition=edition, name="金评委")
    submit(panel.assign(round=round, judge=judge, entry=entry))
    words = {"zh": "评", "ko": "심사", "en": "judg"}
    parts = {"judge": judge.key, "round": round.slug, "entry": entry.key}
    for page in PAGES:
        answer = client.get(place(edition, page.format(**parts), lang))
        assert answer.status_code == 200, page
        assert words[lang] in answer.get_data(as_text=True).lower(), page


@pytest.mark.parametrize("count", [1, 4])
def test_pages_ask_the_database_a_fixed_number_of_times(
    client: FlaskClient, edition: Edition, round: Round, count: int, count_queries: Callable[[], Any]
) -> None:
    entries_of(round, count)
    for number in range(count):
        panel.add_judge(edition=edition, name=f"J{number}", person=make.person())
    panel.assign_evenly(round=round, per_entry=1)
    pages = ("", "/judges", f"/rounds/{round.slug}/assignment", f"/rounds/{round.slug}/progress")
    urls = [place(edition, page) for page in pages]
    db.session.commit()
    for url in urls:
        with count_queries() as seen:
            assert client.get(url).status_code == 200
        assert len(seen) <= 8, (url, "\n".join(s[:160].replace("\n", " ") for s in seen))


def test_an_organizer_adds_and_invites_a_judge(client: FlaskClient, edition: Edition) -> None:
    answer = post(
        client,
        place(edition, "/judges/new"),
        **{
            "name": "김서연",
            "name_latin": "Kim Seo-yeon",
            "email": "kim@hanbit.co.kr",
            "affiliation-ko": "한빛벤처스",
            "country": "KR",
            "languages": ["ko", "en"],
            "expertise": "AI， robotics",
            "is_head": "y",
        },
    )
    assert answer.status_code == 303
    judge = db.session.scalars(select(Judge)).one()
    assert (judge.affiliation.ko, judge.languages, judge.expertise) == (
        "한빛벤처스",
        ["ko", "en"],
        ["AI", "robotics"],
    )
    page = client.post(place(edition, f"/judges/{judge.key}/invite"), data={"version": judge.version})
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "/ko/invitation/" in text
    assert "<svg" in text
    mail = db.session.scalars(select(Mail).where(Mail.address == "kim@hanbit.co.kr")).one()
    assert "/ko/invitation/" in mail.body
    stale = client.post(place(edition, f"/judges/{judge.key}/invite"), data={"version": 1})
    assert stale.status_code == 409


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"email": "not an address"}, "email"),
        ({"email": "a@x.cn, b@y.cn"}, "email"),
        ({"country": "XX"}, "country"),
        ({"languages": "fr"}, "languages"),
        ({"affiliation-zh": "x" * 500}, "affiliation"),
    ],
)
def test_a_wrong_judge_form_keeps_what_was_typed(
    client: FlaskClient, edition: Edition, values: dict[str, str], field: str
) -> None:
    form = {"name": "김서연", "name_latin": "Kim kept", "country": "KR"} | values
    answer = post(client, place(edition, "/judges/new"), **form)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Kim kept" in text
    assert "error-summary" in text
    assert db.session.scalar(select(func.count(Judge.id))) == 0


def test_an_organizer_assigns_evenly_and_by_hand_and_reads_why_not(
    client: FlaskClient, edition: Edition, round: Round
) -> None:
    team = make.team(edition, affiliation="四川大学")
    entry = make.entry(edition, team=team)
    base = place(edition, f"/rounds/{round.slug}")
    assert "One accepted entry is not in this round" in client.get(f"{base}/assignment").get_data(
        as_text=True
    )
    assert post(client, f"{base}/assignment/enter", "enter").status_code == 303
    own = panel.add_judge(edition=edition, name="Own", affiliation=Trilingual(zh="四川大学"))
    free = panel.add_judge(edition=edition, name="Free")
    page = client.get(f"{base}/entries/{entry.key}").get_data(as_text=True)
    assert "same institution" in page
    refused = post(client, f"{base}/entries/{entry.key}/assign", "own", judge=own.key, entry=entry.key)
    assert refused.status_code == 409
    assert "same institution" in refused.get_data(as_text=True)
    assert post(client, f"{base}/assignment/evenly", "even", per_entry="１", seed="1").status_code == 303
    assert [sheet.judge_id for sheet in sheets_in(round)] == [free.id]
    assert post(client, f"{base}/entries/{entry.key}/judges/{free.key}/remove", "off").status_code == 303
    assert sheets_in(round) == []
    for bad in ({"per_entry": "0"}, {"per_entry": "x"}, {"per_entry": "1.5"}, {"per_entry": ""}):
        answer = post(client, f"{base}/assignment/evenly", f"bad{bad}"[:20], **{"seed": "1"} | bad)
        assert answer.status_code == 422, bad


def test_progress_shows_counts_and_never_a_score(client: FlaskClient, edition: Edition, round: Round) -> None:
    entries = entries_of(round, 2)
    judge = panel.add_judge(edition=edition, name="Anna")
    rows = [panel.assign(round=round, judge=judge, entry=entry) for entry in entries]
    sheets.save_marks(
        sheet=rows[0], seen=None, op_id="secret-one", marks={"c1": "9.5", "c2": "8.5"}, comment="secretword"
    )
    sheets.submit_sheet(sheet=rows[0])
    for path in ("", "/judges", f"/rounds/{round.slug}/progress", f"/rounds/{round.slug}/assignment",
                 f"/rounds/{round.slug}/entries/{entries[0].key}"):  # fmt: skip
        text = client.get(place(edition, path)).get_data(as_text=True)
        assert "9.5" not in text
        assert "secretword" not in text
    assert "1 / 2" in client.get(place(edition, f"/rounds/{round.slug}/progress")).get_data(as_text=True)


def test_reopening_needs_a_reason_and_tells_the_judge(
    client: FlaskClient, edition: Edition, round: Round
) -> None:
    entry = entries_of(round, 1)[0]
    who = make.person(language="zh")
    judge = panel.add_judge(edition=edition, name="J", person=who)
    sheet = panel.assign(round=round, judge=judge, entry=entry)
    submit(sheet)
    url = place(edition, f"/rounds/{round.slug}/entries/{entry.key}/judges/{judge.key}/reopen")
    assert post(client, url, "a", reason=" ", version=sheet.version).status_code == 422
    assert post(client, url, "b", reason="wrong column", version=1).status_code == 409
    assert post(client, url, "c", reason="wrong column", version=sheet.version).status_code == 303
    db.session.expire_all()
    assert (sheet.state, sheet.submitted_at, sheet.reason) == (SheetState.OPEN, None, "wrong column")
    notice = db.session.scalars(select(Notice).where(Notice.person_id == who.id)).one()
    assert "wrong column" in notice.body
    assert notice.subject.startswith("评分表已退回")


def test_case_17_other_editions_and_other_roles_get_nothing(
    app: Flask, client: FlaskClient, edition: Edition, round: Round
) -> None:
    entry = entries_of(round, 1)[0]
    judge = panel.add_judge(edition=edition, name="J")
    panel.assign(round=round, judge=judge, entry=entry)
    parts = {"judge": judge.key, "round": round.slug, "entry": entry.key}
    away = make.edition()
    elsewhere = make.sign_in(app.test_client(), make.organizer(away))
    contestant = make.sign_in(app.test_client(), db.session.get_one(Person, entry.team.members[0].person_id))
    auditor = make.sign_in(app.test_client(), make.auditor(edition))
    for page in PAGES:
        path = page.format(**parts)
        assert elsewhere.get(place(edition, path)).status_code == 403, page
        assert contestant.get(place(edition, path)).status_code == 403, page
        if page not in ("", "/judges", "/judges/new"):
            assert elsewhere.get(place(away, path)).status_code == 404, page
    for act in ("/assignment/evenly", "/assignment/tell", f"/entries/{entry.key}/judges/{judge.key}/remove"):
        url = place(edition, f"/rounds/{round.slug}{act}")
        for other in (elsewhere, contestant, auditor):
            assert post(other, url, act[-10:], per_entry=1, seed=1).status_code == 403, act
    assert len(sheets_in(round)) == 1


def test_retiring_through_the_page(client: FlaskClient, edition: Edition) -> None:
    judge = panel.add_judge(edition=edition, name="J", person=make.person())
    url = place(edition, f"/judges/{judge.key}/retire")
    assert post(client, url, "a", reason="", version=judge.version).status_code == 422
    assert post(client, url, "b", reason="moved", version=judge.version).status_code == 303
    db.session.expire_all()
    assert judge.retired_at is not None


def test_waiting_sheets_stand_on_the_organizers_first_page(edition: Edition, round: Round) -> None:
    entries = entries_of(round, 2)
    judge = panel.add_judge(edition=edition, name="J")
    rows = [panel.assign(round=round, judge=judge, entry=entry) for entry in entries]
    submit(rows[0])
    assert [(one.id, count) for one, count in office.waiting_sheets(edition)] == [(round.id, 1)]
    assert office.judged_entries(edition) == 1
    round.scoring_opens_at = clock.now() + timedelta(days=1)
    db.session.flush()
    assert office.waiting_sheets(edition) == []
