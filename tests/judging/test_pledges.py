"""The judges' pledge: asked for before the first sheet, signed in one's own language, kept word by word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from accounts.models import Person
from competition.models import Document, DocumentKind, Edition, Entry, Round
from core import files
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import AuditRecord
from core.registries import personal_data
from judging.models import Judge, JudgingTerms, Pledge, ScoreSheet
from judging.operations import sheets, terms
from judging.pledges import DEFAULT, is_own_name, is_signed, sha256_of
from judging.queries.pledges import has_pledged, signatures
from tests import factories as make

WORDING = Trilingual("承诺", "서약", "I promise.")


@pytest.fixture
def edition(ctx: None) -> Edition:
    return make.edition()


@pytest.fixture
def round(edition: Edition) -> Round:
    found = make.round_of(edition)
    make.rubric(found)
    return found


@pytest.fixture
def judge(edition: Edition) -> Judge:
    return make.judge(edition, name="김서연", name_latin="Kim Seo-yeon")


@pytest.fixture
def entry(round: Round, judge: Judge) -> Entry:
    found = make.entry(round.edition)
    make.enter(round, found)
    make.sheet(round, judge, found)
    return found


@pytest.fixture
def browser(app: Flask, judge: Judge) -> FlaskClient:
    return make.sign_in(app.test_client(), db.session.get_one(Person, judge.person_id))


@pytest.fixture
def asked(edition: Edition) -> JudgingTerms:
    return terms.set_terms(edition=edition, text=WORDING)


def sign(judge: Judge, language: str = "ko", name: str = "김서연", agreed: bool = True) -> None:
    text = getattr(db.session.scalars(select(JudgingTerms)).one().text, language)
    terms.sign_pledge(
        judge=judge, language=language, text_sha256=sha256_of(text), signed_as=name, agreed=agreed
    )


def test_the_packaged_wording_says_the_same_five_things_in_three_languages() -> None:
    for text in DEFAULT.to_json().values():
        assert [number for number in "123456" if f"\n{number}. " in text] == list("12345")
        assert len(text) < 4000


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("김서연", True),
        (" 김 서연 ", True),
        ("kim seo-yeon", True),
        ("Seoyeon KIM", True),
        ("Ｋｉｍ Seo yeon", True),
        ("김서현", False),
        ("Kim", False),
        ("-", False),
        ("", False),
    ],
)
def test_a_name_is_compared_loosely_but_compared(typed: str, fits: bool) -> None:
    assert is_own_name(typed, ["김서연", "Kim Seoyeon"]) is fits


def test_where_nothing_is_asked_for_everybody_has_signed() -> None:
    assert is_signed(None, [])
    assert not is_signed(WORDING, [])
    assert is_signed(WORDING, [sha256_of("서약")])


# ---- The wording


def test_a_wording_stands_in_all_three_languages_or_not_at_all(edition: Edition) -> None:
    with pytest.raises(BadInput):
        terms.set_terms(edition=edition, text=Trilingual("承诺", "", "x"))
    made = terms.set_terms(edition=edition, text=WORDING)
    with pytest.raises(Conflict):
        terms.set_terms(edition=edition, text=DEFAULT, seen=made.version + 1)
    terms.set_terms(edition=edition, text=DEFAULT, seen=made.version)
    record = db.session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc())).first()
    assert record is not None
    assert (record.action, record.old) == ("judging_terms.set", WORDING.to_json())


def test_the_pledge_can_be_dropped_only_while_nobody_has_signed(asked: JudgingTerms, judge: Judge) -> None:
    sign(judge)
    with pytest.raises(Conflict) as refused:
        terms.drop_terms(terms=asked)
    assert refused.value.code == "pledge_signed"


def test_a_dropped_pledge_is_asked_of_nobody(asked: JudgingTerms, judge: Judge) -> None:
    assert not has_pledged(judge)
    terms.drop_terms(terms=asked)
    assert has_pledged(judge)


def test_words_that_changed_are_signed_again_and_those_that_did_not_are_not(
    asked: JudgingTerms, edition: Edition, judge: Judge
) -> None:
    other = make.judge(edition, name="王评委")
    sign(judge, "ko")
    sign(other, "zh", "王评委")
    terms.set_terms(edition=edition, text=Trilingual("承诺", "새 서약", "I promise."))
    assert not has_pledged(judge)
    assert has_pledged(other)
    sign(judge, "ko")
    assert has_pledged(judge)
    shown = {one.judge.name: (one.pledge is not None, one.earlier) for one in signatures(edition, asked)}
    assert shown == {"김서연": (True, 1), "王评委": (True, 0)}
    terms.set_terms(edition=edition, text=WORDING)
    assert has_pledged(judge), "the first wording stands again, and she signed it"


def test_a_signature_needs_the_own_name_the_check_mark_and_the_words_that_stand(
    asked: JudgingTerms, edition: Edition, judge: Judge
) -> None:
    with pytest.raises(BadInput) as refused:
        sign(judge, name="박서연", agreed=False)
    assert set(refused.value.fields) == {"signed_as", "agreed"}
    with pytest.raises(Conflict):
        terms.sign_pledge(
            judge=judge, language="ko", text_sha256=sha256_of("other"), signed_as="김서연", agreed=True
        )
    assert not has_pledged(judge)
    sign(judge)
    sign(judge)
    pledge = db.session.scalars(select(Pledge)).one()
    assert (pledge.text, pledge.language, pledge.signed_as) == ("서약", "ko", "김서연")


def test_what_was_signed_is_never_changed(asked: JudgingTerms, judge: Judge) -> None:
    sign(judge)
    pledge = db.session.scalars(select(Pledge)).one()
    pledge.text = "something else"
    with pytest.raises(DBAPIError):
        db.session.flush()


# ---- The judge's way in


@pytest.mark.parametrize(
    ("lang", "word", "text"),
    [("zh", "评委承诺书", "承诺"), ("ko", "심사위원 서약서", "서약"), ("en", "pledge", "I promise.")],
)
def test_a_judge_reads_and_signs_before_the_first_sheet(
    browser: FlaskClient, asked: JudgingTerms, round: Round, entry: Entry, judge: Judge,
    lang: str, word: str, text: str,
) -> None:  # fmt: skip
    file = files.keep(b"%PDF-1.7 deck", "application/pdf", "deck.pdf")
    db.session.add(Document(entry_id=entry.id, kind=DocumentKind.PITCH_DECK, file_id=file.id))
    place = f"/{lang}/j/{round.edition.slug}/{round.slug}"
    sheet, pledge = f"{place}/{entry.key}", f"/{lang}/j/{round.edition.slug}/my/pledge"
    listed = browser.get(place)
    assert listed.status_code == 200
    assert pledge in listed.get_data(as_text=True)
    for closed in (sheet, f"{sheet}/files/pitch_deck"):
        answer = browser.get(closed)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{pledge}?next={sheet}")
        assert b"deck" not in answer.data
    form = {"once_key": "k" * 20, "version": 1, "act": "save", "mark:c1": "8"}
    assert browser.post(sheet, data=form).headers["Location"].startswith(pledge)
    page = browser.get(f"{pledge}?next={sheet}").get_data(as_text=True)
    for piece in (word, text, sha256_of(text), "Kim Seo-yeon"):
        assert piece in page
    sent = {"sha256": sha256_of(text), "next": sheet, "signed_as": "kim seoyeon"}
    assert browser.post(pledge, data=sent | {"once_key": "a" * 20}).status_code == 422
    done = browser.post(pledge, data=sent | {"once_key": "b" * 20, "agreed": "y"})
    assert (done.status_code, done.headers["Location"]) == (303, sheet)
    assert browser.get(sheet).status_code == 200
    with browser.get(f"{sheet}/files/pitch_deck") as deck:
        assert deck.status_code == 200
    assert "kim seoyeon" in browser.get(pledge).get_data(as_text=True)
    assert db.session.scalars(select(ScoreSheet)).one().marks == []


@pytest.mark.parametrize(("lang", "word"), [("zh", "承诺书"), ("ko", "서약서"), ("en", "pledge")])
def test_the_sheet_api_answers_an_unsigned_judge_with_a_problem_in_her_language(
    browser: FlaskClient, asked: JudgingTerms, round: Round, entry: Entry, judge: Judge, lang: str, word: str
) -> None:
    url = f"/api/v1/sheets/{round.edition.slug}/{round.slug}/{entry.key}"
    body = {"op_id": "op-000001", "version": 1, "marks": {"c1": "8"}}
    for answer in (
        browser.get(url, headers={"Accept-Language": lang}),
        browser.put(url, json=body, headers={"Accept-Language": lang}),
    ):
        assert answer.status_code == 409
        assert answer.json["type"] == "urn:jiachi:problem:pledge_missing"
        assert word in answer.json["detail"]
    sign(judge)
    assert browser.put(url, json=body).status_code == 200


def test_the_operation_itself_refuses_an_unsigned_judge(
    asked: JudgingTerms, round: Round, entry: Entry, judge: Judge
) -> None:
    sheet = db.session.scalars(select(ScoreSheet)).one()
    for act in (
        lambda: sheets.save_marks(
            sheet=sheet, seen=None, op_id="op-000001", marks={"c1": "8"}, who=judge.person
        ),
        lambda: sheets.submit_sheet(sheet=sheet, who=judge.person),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "pledge_missing"


def test_the_way_back_leads_to_judges_pages_only(browser: FlaskClient, asked: JudgingTerms) -> None:
    edition = asked.edition.slug
    sent = {"sha256": sha256_of("I promise."), "signed_as": "김서연", "agreed": "y", "next": "//evil.example"}
    done = browser.post(f"/en/j/{edition}/my/pledge", data=sent | {"once_key": "k" * 20})
    assert done.headers["Location"] == "/en/j"


def test_nobody_else_finds_the_pledge_page(app: Flask, asked: JudgingTerms) -> None:
    edition = asked.edition
    for who in (make.person(), make.organizer(edition), make.judge(make.edition()).person):
        assert who is not None
        client = make.sign_in(app.test_client(), who)
        assert client.get(f"/en/j/{edition.slug}/my/pledge").status_code == 404


def test_with_a_pledge_the_list_asks_the_database_no_more_often(
    browser: FlaskClient, round: Round, entry: Entry, edition: Edition, count_queries: Callable[[], Any]
) -> None:
    counts = []
    for ask in (False, True):
        if ask:
            terms.set_terms(edition=edition, text=WORDING)
        db.session.commit()
        with count_queries() as seen:
            assert browser.get(f"/en/j/{edition.slug}/{round.slug}").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 7


# ---- The organizers' page


@pytest.mark.parametrize(
    ("lang", "word"), [("zh", "评委承诺书"), ("ko", "심사위원 서약서"), ("en", "Judges’ pledge")]
)
def test_organizers_write_the_wording_and_see_who_signed(
    app: Flask, edition: Edition, judge: Judge, lang: str, word: str
) -> None:
    client = make.sign_in(app.test_client(), make.organizer(edition))
    auditor = make.sign_in(app.test_client(), make.auditor(edition))
    url = f"/{lang}/o/{edition.slug}/judging/terms"

    def post(rest: str, key: str, **form: Any) -> Any:
        return client.post(url + rest, data={"once_key": key.ljust(20, "-")} | form)

    page = client.get(url).get_data(as_text=True)
    assert word in page
    assert "결과가 공식 발표되기 전까지" in page, "the packaged wording is proposed"
    words = {"text-zh": "承诺", "text-ko": "서약", "text-en": "I promise."}
    assert post("", "a", **words | {"text-ko": ""}).status_code == 422
    assert post("", "b", **words).status_code == 303
    assert post("", "c", **words | {"text-en": "Stale"}).status_code == 409
    assert "Pledge not signed yet" in client.get(f"/en/o/{edition.slug}/judging/judges").get_data(
        as_text=True
    )
    assert post("/drop", "d", version=1).status_code == 303
    assert post("/drop", "e", version=1).status_code == 404
    assert post("", "f", **words).status_code == 303
    sign(judge)
    for reader in (client, auditor):
        page = reader.get(url).get_data(as_text=True)
        assert "김서연" in page
        assert "terms/drop" not in page
    assert post("/drop", "g", version=1).status_code == 409
    assert auditor.post(url, data={"once_key": "k" * 20} | words).status_code == 403
    assert "Pledge not signed yet" not in client.get(f"/en/o/{edition.slug}/judging/judges").get_data(
        as_text=True
    )


def test_a_pledge_is_exported_and_loses_its_name_with_the_account(asked: JudgingTerms, judge: Judge) -> None:
    sign(judge)
    assert judge.person_id is not None
    kind = next(one for one in personal_data if one.name == "judging")
    told = kind.export(judge.person_id)[0]["pledges"][0]
    assert (told["text"], told["signed_as"], told["language"]) == ("서약", "김서연", "ko")
    kind.erase(judge.person_id)
    db.session.expire_all()
    pledge = db.session.scalars(select(Pledge)).one()
    assert (pledge.signed_as, pledge.person_id, pledge.text) == ("", None, "서약")
