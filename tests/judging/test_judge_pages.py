"""A judge's pages: rounds, list, one screen per entry, recusal, documents; for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.models import Person, Role
from competition.models import Document, DocumentKind, Edition, Entry, Round
from core import clock, files
from core.db import db
from core.languages import Trilingual
from core.models import AuditRecord, Notice
from judging.models import Judge, ScoreSheet, SheetState
from judging.operations import panel, rubrics, sheets
from judging.rubrics import Band, CriterionSpec, Scale
from tests import factories as make

WORDS = {
    "zh": {
        "rounds": "我的评审",
        "list": "我的总分",
        "sheet": "给团队的评语",
        "recuse": "申请回避",
        "locked": "已提交",
    },
    "ko": {
        "rounds": "내 심사",
        "list": "내 총점",
        "sheet": "팀에 전하는 심사평",
        "recuse": "심사 회피",
        "locked": "제출",
    },
    "en": {
        "rounds": "My rounds",
        "list": "My total",
        "sheet": "Comment for the team",
        "recuse": "Step back",
        "locked": "Submitted",
    },
}


@pytest.fixture
def edition(ctx: None) -> Edition:
    return make.edition()


@pytest.fixture
def round(edition: Edition) -> Round:
    found = make.round_of(edition)
    make.rubric(found)
    return found


@pytest.fixture
def me(edition: Edition) -> Person:
    return make.person()


@pytest.fixture
def judge(edition: Edition, me: Person) -> Judge:
    return make.judge(edition, me)


def assigned(round: Round, judge: Judge, count: int = 1) -> list[Entry]:
    entries = [make.entry(round.edition) for _ in range(count)]
    make.enter(round, *entries)
    for entry in entries:
        make.sheet(round, judge, entry)
    return entries


@pytest.fixture
def entry(round: Round, judge: Judge) -> Entry:
    return assigned(round, judge)[0]


@pytest.fixture
def browser(app: Flask, me: Person, judge: Judge) -> FlaskClient:
    return make.sign_in(app.test_client(), me)


def address(round: Round, entry: Entry | None = None, lang: str = "en") -> str:
    place = f"/{lang}/j/{round.edition.slug}/{round.slug}"
    return f"{place}/{entry.key}" if entry else place


def sheet_of(entry: Entry) -> ScoreSheet:
    return db.session.scalars(select(ScoreSheet).where(ScoreSheet.entry_id == entry.id)).one()


def send(browser: FlaskClient, url: str, key: str = "once-1", **form: Any) -> Any:
    return browser.post(url, data={"once_key": key.ljust(20, "-"), "version": 1, "act": "save"} | form)


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_every_page_speaks_the_language_of_its_address(
    browser: FlaskClient, round: Round, entry: Entry, lang: str
) -> None:
    words = WORDS[lang]
    for path, word in (
        (f"/{lang}/j", words["rounds"]),
        (address(round, lang=lang), words["list"]),
        (address(round, entry, lang), words["sheet"]),
        (address(round, entry, lang) + "/recuse", words["recuse"]),
    ):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert word in answer.get_data(as_text=True), path
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]


def test_without_signing_in_one_is_sent_to_the_sign_in_page(app: Flask, round: Round, entry: Entry) -> None:
    for path in ("/en/j", address(round), address(round, entry), address(round, entry) + "/recuse"):
        answer = app.test_client().get(path)
        assert answer.status_code == 302, path
        assert "/en/sign-in" in answer.headers["Location"]


def test_nobody_else_finds_the_judges_pages(app: Flask, edition: Edition, round: Round, entry: Entry) -> None:
    captain = db.session.get_one(Person, entry.team.members[0].person_id)
    other_judge = make.judge(edition).person
    assert other_judge is not None
    for who in (make.organizer(edition), make.auditor(edition), captain, make.person(), other_judge):
        client = make.sign_in(app.test_client(), who)
        assert client.get(address(round, entry)).status_code == 404
        assert send(client, address(round, entry), **{"mark:c1": "1"}).status_code == 404
        assert client.get(address(round, entry) + "/files/pitch_deck").status_code == 404
    assert sheet_of(entry).version == 1


def test_a_retired_judge_finds_nothing(
    browser: FlaskClient, round: Round, entry: Entry, judge: Judge
) -> None:
    panel.retire_judge(judge=judge, reason="ended")
    assert browser.get(address(round)).status_code == 404
    assert browser.get(address(round, entry)).status_code == 404


@pytest.mark.parametrize("count", [1, 5, 60])
def test_the_list_asks_the_database_at_most_eight_times(
    browser: FlaskClient, round: Round, judge: Judge, count: int, count_queries: Callable[[], Any]
) -> None:
    entries = assigned(round, judge, count)
    for entry in entries[:3]:
        sheets.save_marks(
            sheet=sheet_of(entry), seen=None, op_id=f"op-{entry.key}", marks={"c1": "4", "c2": 3}
        )
    url = address(round)
    db.session.commit()
    with count_queries() as seen:
        answer = browser.get(url)
    assert answer.status_code == 200
    assert answer.get_data(as_text=True).count("data-sheet=") == count
    assert len(seen) <= 8, seen


def test_the_sheet_asks_the_database_at_most_eight_times_besides_the_rubric(
    browser: FlaskClient, round: Round, judge: Judge, count_queries: Callable[[], Any]
) -> None:
    url = address(round, assigned(round, judge, 5)[2])
    db.session.commit()
    with count_queries() as seen:
        assert browser.get(url).status_code == 200
    assert len(seen) <= 8, seen


def test_the_list_shows_state_and_own_total(browser: FlaskClient, round: Round, judge: Judge) -> None:
    one, two, three = assigned(round, judge, 3)
    sheets.save_marks(sheet=sheet_of(one), seen=None, op_id="op-one-one", marks={"c1": "8.5", "c2": "7"})
    sheets.submit_sheet(sheet=sheet_of(one))
    sheets.save_marks(sheet=sheet_of(two), seen=None, op_id="op-two-two", marks={"c1": "4.5"})
    text = browser.get(address(round)).get_data(as_text=True)
    rows = text.split("data-sheet=")[1:]
    assert "15.5" in rows[0]
    assert "Submitted" in rows[0]
    assert "4.5" in rows[1]
    assert "Being scored" in rows[1]
    assert "Not begun" in rows[2]
    assert "1 of 3" in text
    assert three.title.en in rows[2]


def test_a_sheet_shows_criteria_bands_documents_and_place(
    browser: FlaskClient, edition: Edition, judge: Judge
) -> None:
    round = make.round_of(edition)
    scale = Scale.of("0", "10", "0.5")
    rubrics.make_rubric(
        round=round,
        criteria=[
            CriterionSpec(
                name=Trilingual("创新", "혁신", "Innovation"),
                hint=Trilingual("新意", "새로움", "How new is it?"),
                most="10",
                step="0.5",
                weight="1.5",
                bands=(
                    Band("8.5", Trilingual("优秀", "우수", "Excellent")),
                    Band("0", Trilingual(en="Poor")),
                ),
            )
        ],
    )
    assert scale.steps("8.5") == 17
    first, second = assigned(round, judge, 2)
    file = files.keep(b"%PDF-1.7 deck", "application/pdf", "Präsentation 路演.pdf")
    db.session.add(Document(entry_id=second.id, kind=DocumentKind.PITCH_DECK, file_id=file.id))
    text = browser.get(address(round, second)).get_data(as_text=True)
    for piece in (
        "Innovation",
        "How new is it?",
        "8.5–10",
        "Excellent",
        "× 1.5",
        "2 of 2",
        "/files/pitch_deck",
        first.key,
    ):
        assert piece in text, piece
    answer = browser.get(address(round, second) + "/files/pitch_deck", buffered=True)
    assert answer.data == b"%PDF-1.7 deck"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert browser.get(address(round, second) + "/files/logo").status_code == 404
    assert browser.get(address(round, first) + "/files/pitch_deck").status_code == 404


# ---- Without JavaScript: the same screen as a form


def test_the_form_saves_full_width_digits_folded(browser: FlaskClient, round: Round, entry: Entry) -> None:
    answer = send(browser, address(round, entry), **{"mark:c1": "８．５", "mark:c2": " 07 ", "comment": "好"})
    assert (answer.status_code, answer.headers["Location"]) == (303, address(round, entry))
    assert {mark.criterion.key: mark.steps for mark in sheet_of(entry).marks} == {"c1": 17, "c2": 14}
    assert sheet_of(entry).comment == "好"
    assert "not submitted yet" in browser.get(address(round, entry)).get_data(as_text=True)


def test_submitting_goes_on_with_the_next_open_entry(
    browser: FlaskClient, round: Round, judge: Judge
) -> None:
    one, two = assigned(round, judge, 2)
    marks = {"mark:c1": "8", "mark:c2": "7", "act": "submit"}
    answer = send(browser, address(round, two), "two", **marks)
    assert (answer.status_code, answer.headers["Location"]) == (303, address(round, one))
    assert sheet_of(two).state is SheetState.SUBMITTED
    answer = send(browser, address(round, one), "one", **marks)
    assert answer.headers["Location"] == address(round)
    assert "last one" in browser.get(address(round)).get_data(as_text=True)


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_a_submitted_sheet_can_only_be_read(
    browser: FlaskClient, round: Round, entry: Entry, lang: str
) -> None:
    send(browser, address(round, entry), **{"mark:c1": "8", "mark:c2": "7", "act": "submit"})
    text = browser.get(address(round, entry, lang)).get_data(as_text=True)
    assert WORDS[lang]["locked"] in text
    assert '<input class="form-control score-input"' not in text
    assert 'value="submit"' not in text
    again = send(browser, address(round, entry), "again", **{"mark:c1": "1", "mark:c2": "7", "version": 3})
    assert again.status_code == 409
    assert sheet_of(entry).state is SheetState.SUBMITTED


def test_submitting_names_what_is_missing_and_stores_nothing(
    browser: FlaskClient, round: Round, entry: Entry
) -> None:
    answer = send(browser, address(round, entry), **{"mark:c1": "8", "comment": "half", "act": "submit"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Criterion 2" in text
    assert "no score yet" in text
    assert 'value="8"' in text
    assert "half" in text
    assert sheet_of(entry).marks == []


def test_a_wrong_score_is_named_beside_its_field_and_everything_typed_is_kept(
    browser: FlaskClient, round: Round, entry: Entry
) -> None:
    answer = send(browser, address(round, entry), **{"mark:c1": "eight", "mark:c2": "8.3", "comment": "kept"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="eight"' in text
    assert 'value="8.3"' in text
    assert "kept" in text
    answer = send(browser, address(round, entry), "two", **{"mark:c1": "11", "mark:c2": "8.3"})
    text = answer.get_data(as_text=True)
    assert "Scores go from 0 to 10." in text
    assert "Scores go in steps of 0.5." in text
    assert sheet_of(entry).version == 1


@pytest.mark.parametrize("version", ["", "x", "-1", "1e3", "99999999999999999999"])
def test_a_form_without_a_seen_version_is_refused(
    browser: FlaskClient, round: Round, entry: Entry, version: str
) -> None:
    answer = send(browser, address(round, entry), **{"mark:c1": "8", "version": version})
    assert answer.status_code == 422
    assert sheet_of(entry).marks == []


def test_a_second_window_keeps_what_was_typed_and_tells_of_the_other(
    browser: FlaskClient, round: Round, entry: Entry
) -> None:
    send(browser, address(round, entry), "tab-one", **{"mark:c1": "8"})
    answer = send(browser, address(round, entry), "tab-two", **{"mark:c1": "5"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "another window" in text
    assert 'value="5"' in text
    assert 'data-stored="8"' in text
    assert [mark.steps for mark in sheet_of(entry).marks] == [16]


def test_the_same_form_twice_is_one_save(browser: FlaskClient, round: Round, entry: Entry) -> None:
    first = send(browser, address(round, entry), **{"mark:c1": "8"})
    again = send(browser, address(round, entry), **{"mark:c1": "8"})
    assert (first.status_code, again.status_code) == (303, 303)
    assert sheet_of(entry).version == 2


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "{{ 7*7 }}",
        '"><img src=x onerror=alert(1)>',
        "x\u0000y",
        "\u202eabc",
        "x" * 5000,
    ],
)
def test_hostile_text_is_refused_or_shown_as_text(
    browser: FlaskClient, round: Round, entry: Entry, hostile: str
) -> None:
    answer = send(browser, address(round, entry), **{"mark:c1": hostile, "comment": hostile})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    answer = send(browser, address(round, entry), "two", comment=hostile)
    assert answer.status_code in (303, 422)
    assert "<script>alert" not in browser.get(address(round, entry)).get_data(as_text=True)


# ---- Windows of time


@pytest.mark.parametrize(
    ("opens", "closes", "word"),
    [(1, 2, "Scoring begins"), (-2, -1, "has closed")],
)
def test_outside_the_window_the_sheet_is_only_read(
    browser: FlaskClient, round: Round, entry: Entry, opens: int, closes: int, word: str
) -> None:
    round.scoring_opens_at = clock.now() + timedelta(hours=opens)
    round.scoring_closes_at = clock.now() + timedelta(hours=closes)
    text = browser.get(address(round, entry)).get_data(as_text=True)
    assert word in text
    assert 'data-writable=""' in text
    assert send(browser, address(round, entry), **{"mark:c1": "8"}).status_code == 409
    assert browser.get(address(round)).status_code == 200


def test_a_round_without_a_rubric_says_so(browser: FlaskClient, edition: Edition, judge: Judge) -> None:
    bare = make.round_of(edition)
    entry = assigned(bare, judge)[0]
    assert "not set up the scoring" in browser.get(address(bare, entry)).get_data(as_text=True)
    assert send(browser, address(bare, entry), **{"mark:c1": "8"}).status_code in (303, 409)
    assert sheet_of(entry).marks == []


# ---- Stepping back


def test_stepping_back_needs_a_reason_closes_the_documents_and_tells_the_organizers(
    browser: FlaskClient, edition: Edition, round: Round, entry: Entry
) -> None:
    organizer = make.organizer(edition)
    file = files.keep(b"%PDF-1.7 deck", "application/pdf", "deck.pdf")
    db.session.add(Document(entry_id=entry.id, kind=DocumentKind.PITCH_DECK, file_id=file.id))
    url = address(round, entry)
    with browser.get(url + "/files/pitch_deck") as open_file:
        assert open_file.status_code == 200
    empty = browser.post(url + "/recuse", data={"once_key": "r" * 20, "version": 1, "reason": "  "})
    assert empty.status_code == 422
    answer = browser.post(
        url + "/recuse", data={"once_key": "s" * 20, "version": 1, "reason": "My sister is in the team."}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, address(round))
    sheet = sheet_of(entry)
    assert (sheet.state, sheet.reason) == (SheetState.RECUSED, "My sister is in the team.")
    assert browser.get(url + "/files/pitch_deck").status_code == 404
    assert "stepped back" in browser.get(url).get_data(as_text=True)
    notice = db.session.scalars(select(Notice).where(Notice.person_id == organizer.id)).one()
    assert "My sister" in notice.body
    record = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "sheet.recused")).one()
    assert record.reason == "My sister is in the team."


def test_a_submitted_sheet_is_not_stepped_back_from(browser: FlaskClient, round: Round, entry: Entry) -> None:
    send(browser, address(round, entry), **{"mark:c1": "8", "mark:c2": "7", "act": "submit"})
    version = sheet_of(entry).version
    answer = browser.post(
        address(round, entry) + "/recuse", data={"once_key": "r" * 20, "version": version, "reason": "late"}
    )
    assert answer.status_code == 409
    assert sheet_of(entry).state is SheetState.SUBMITTED


# ---- The first page and the menu


def test_the_first_page_says_how_much_is_left(browser: FlaskClient, round: Round, judge: Judge) -> None:
    entry = assigned(round, judge, 3)[0]
    sheets.save_marks(sheet=sheet_of(entry), seen=None, op_id="op-one-one", marks={"c1": "8", "c2": "7"})
    sheets.submit_sheet(sheet=sheet_of(entry))
    assert "1 of 3 submitted" in browser.get("/en/me").get_data(as_text=True)
    assert "1 of 3" in browser.get("/en/j").get_data(as_text=True)


def test_who_judges_nothing_sees_an_empty_page_and_no_menu_entry(app: Flask, ctx: None) -> None:
    client = make.sign_in(app.test_client(), make.person())
    assert "nothing for you to judge" in client.get("/en/j").get_data(as_text=True)
    assert "/en/j" not in client.get("/en/me").get_data(as_text=True)


def test_grants_of_a_head_judge_are_both(edition: Edition, me: Person) -> None:
    panel.add_judge(edition=edition, name="王组长", is_head=True, person=me)
    assert me.holds(Role.JUDGE, "edition", edition.id)
    assert me.holds(Role.HEAD_JUDGE, "edition", edition.id)
