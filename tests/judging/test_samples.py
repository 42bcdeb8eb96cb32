"""Sample entries: scored before the real ones, shown beside reference and colleagues, never counted."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from accounts.models import Person
from competition.models import Edition, Round
from core import files
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.registries import personal_data
from judging.models import Judge, SampleEntry, SampleSheet
from judging.operations import samples, terms
from judging.pledges import DEFAULT
from judging.queries import office
from judging.queries.judge import criteria_of
from judging.queries.samples import comparison
from judging.samples import compare
from tests import factories as make
from tests.scenery import PDF


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
    return make.judge(edition)


@pytest.fixture
def browser(app: Flask, judge: Judge) -> FlaskClient:
    return make.sign_in(app.test_client(), db.session.get_one(Person, judge.person_id))


@pytest.fixture
def sample(round: Round) -> SampleEntry:
    return add(round)


def add(round: Round, title: str = "Sample") -> SampleEntry:
    return samples.add_sample(
        round=round,
        title=Trilingual("样例", "예시", title),
        summary=Trilingual(en="A summary"),
        reference={"c1": "8", "c2": "6.5"},
        note=Trilingual(en="zqwhyzq"),
    )


def send(sample: SampleEntry, judge: Judge, first: str = "7", second: str = "5") -> None:
    samples.send_sample_sheet(sample=sample, judge=judge, marks={"c1": first, "c2": second})


def address(round: Round, rest: str = "", lang: str = "en") -> str:
    return f"/{lang}/j/{round.edition.slug}/{round.slug}/samples{rest}"


def post(client: FlaskClient, url: str, key: str = "k", **form: Any) -> Any:
    return client.post(url, data={"once_key": key.ljust(20, "-")} | form)


# ---- What is compared


def test_one_colleague_is_not_shown_and_two_are_without_names() -> None:
    own, reference = {"c1": "7"}, {"c1": "8"}
    alone = compare(["c1"], own, reference, [{"c1": "3"}])[0]
    assert (alone.own, alone.reference, alone.lowest, alone.mean) == (7, 8, None, None)
    two = compare(["c1"], own, reference, [{"c1": "3"}, {"c1": "4.5"}])[0]
    assert (two.lowest, two.highest, two.mean) == (3, Decimal("4.5"), Decimal("3.75"))


@given(st.lists(st.integers(0, 20), min_size=2, max_size=9))
def test_the_mean_lies_between_lowest_and_highest_whatever_their_order(marks: list[int]) -> None:
    sheets = [{"c": str(Decimal(mark) / 2)} for mark in marks]
    one = compare(["c"], {"c": "5"}, {}, sheets)[0]
    assert one.lowest is not None
    assert one.mean is not None
    assert one.highest is not None
    assert one.lowest <= one.mean <= one.highest
    assert compare(["c"], {"c": "5"}, {}, reversed(sheets)) == [one]


# ---- Operations


def test_a_sample_needs_a_title_and_a_right_mark_for_every_criterion(round: Round) -> None:
    for reference, wrong in (
        ({"c1": "8"}, {"reference.c2"}),
        ({"c1": "11", "c2": "6.3"}, {"reference.c1", "reference.c2"}),
        ({"c1": "NaN", "c2": "1e1"}, {"reference.c1", "reference.c2"}),
    ):
        with pytest.raises(BadInput) as refused:
            samples.add_sample(
                round=round,
                title=Trilingual(en="S"),
                summary=Trilingual(),
                reference=reference,
                note=Trilingual(),
            )
        assert set(refused.value.fields) == wrong
    with pytest.raises(BadInput):
        samples.add_sample(
            round=round,
            title=Trilingual(),
            summary=Trilingual(),
            reference={"c1": "8", "c2": "6"},
            note=Trilingual(),
        )


def test_a_round_without_criteria_takes_no_sample_and_one_with_five_no_sixth(
    edition: Edition, round: Round
) -> None:
    with pytest.raises(Conflict) as refused:
        add(make.round_of(edition))
    assert refused.value.code == "no_rubric"
    for _ in range(samples.MOST):
        add(round)
    with pytest.raises(Conflict) as refused:
        add(round)
    assert refused.value.code == "too_many"


def test_once_a_judge_has_scored_it_only_the_note_changes(sample: SampleEntry, judge: Judge) -> None:
    samples.change_sample(sample=sample, title=Trilingual(en="Before"))
    send(sample, judge)
    samples.change_sample(sample=sample, title=Trilingual(en="Before"), note=Trilingual(en="better"))
    assert sample.note.en == "better"
    file = files.keep(PDF, "application/pdf", "deck.pdf")
    for act in (
        lambda: samples.change_sample(sample=sample, title=Trilingual(en="After")),
        lambda: samples.change_sample(sample=sample, reference={"c1": "1", "c2": "1"}),
        lambda: samples.attach_file(sample=sample, file=file),
        lambda: samples.remove_sample(sample=sample),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "sample_scored"


def test_a_sheet_is_sent_once(sample: SampleEntry, judge: Judge) -> None:
    with pytest.raises(BadInput) as refused:
        samples.send_sample_sheet(sample=sample, judge=judge, marks={"c1": "8", "c2": None})
    assert set(refused.value.fields) == {"marks.c2"}
    send(sample, judge)
    with pytest.raises(Conflict):
        send(sample, judge, "8", "6.5")
    assert db.session.scalars(select(SampleSheet)).one().marks == {"c1": "7", "c2": "5"}


def test_nothing_of_it_is_ever_counted(round: Round, sample: SampleEntry, judge: Judge) -> None:
    send(sample, judge)
    assert office.official_marks(round) == []
    assert office.entry_lines(round) == []


def test_totals_are_compared_as_the_round_adds_them_up(
    edition: Edition, round: Round, sample: SampleEntry, judge: Judge
) -> None:
    send(sample, judge)
    for first in ("2", "4"):
        send(sample, make.judge(edition), first, "2")
    found = comparison(sample, judge.id, criteria_of(round.id), {})
    assert found is not None
    assert found.total is not None
    assert (found.total.own, found.total.reference, found.total.mean) == (12, Decimal("14.5"), 5)
    assert comparison(sample, make.judge(edition).id, criteria_of(round.id), {}) is None


# ---- A judge's pages


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("试评样例：请您先校准评分尺度", "参考分")),
        ("ko", ("예시 아이템: 먼저 채점 기준을 맞춰 보십시오", "기준 점수")),
        ("en", ("Sample entries: find your measure first", "Reference")),
    ],
)
def test_a_judge_is_offered_the_samples_scores_them_and_sees_where_she_stands(
    browser: FlaskClient, edition: Edition, round: Round, sample: SampleEntry, judge: Judge,
    lang: str, words: tuple[str, str],
) -> None:  # fmt: skip
    offer, reference = words
    for first in ("2", "4"):
        send(sample, make.judge(edition, name=f"zqcolleague{first}zq"), first, "2")
    listed = f"/{lang}/j/{edition.slug}/{round.slug}"
    assert offer in browser.get(listed).get_data(as_text=True)
    assert address(round, f"/{sample.key}", lang) in browser.get(address(round, lang=lang)).get_data(
        as_text=True
    )
    url = address(round, f"/{sample.key}", lang)
    before = browser.get(url).get_data(as_text=True)
    assert "zqwhyzq" not in before
    assert reference not in before
    wrong = post(browser, url, "a", **{"mark:c1": "11", "mark:c2": ""})
    assert wrong.status_code == 422
    assert 'value="11"' in wrong.get_data(as_text=True)
    assert post(browser, url, "b", **{"mark:c1": "７", "mark:c2": "5"}).status_code == 303
    after = browser.get(url).get_data(as_text=True)
    for piece in (reference, "zqwhyzq", "14.5", "2–4"):
        assert piece in after, piece
    assert "zqcolleague" not in after
    assert post(browser, url, "c", **{"mark:c1": "8", "mark:c2": "5"}).status_code == 409
    assert offer not in browser.get(listed).get_data(as_text=True)


def test_the_real_entries_stay_reachable(
    browser: FlaskClient, round: Round, sample: SampleEntry, judge: Judge
) -> None:
    entry = make.entry(round.edition)
    make.enter(round, entry)
    make.sheet(round, judge, entry)
    url = f"/en/j/{round.edition.slug}/{round.slug}"
    assert entry.key in browser.get(url).get_data(as_text=True)
    assert browser.get(f"{url}/{entry.key}").status_code == 200


def test_samples_are_for_the_judges_of_the_edition_and_of_their_own_round(
    app: Flask, browser: FlaskClient, edition: Edition, round: Round, sample: SampleEntry
) -> None:
    file = files.keep(PDF, "application/pdf", "deck.pdf")
    samples.attach_file(sample=sample, file=file)
    with browser.get(address(round, f"/{sample.key}/file")) as shown:
        assert shown.data == PDF
    other = make.round_of(edition)
    assert browser.get(address(other, f"/{sample.key}")).status_code == 404
    for who in (make.person(), make.organizer(edition), make.judge(make.edition()).person):
        assert who is not None
        client = make.sign_in(app.test_client(), who)
        for rest in ("", f"/{sample.key}", f"/{sample.key}/file"):
            assert client.get(address(round, rest)).status_code == 404


def test_samples_too_are_closed_until_the_pledge_is_signed(
    browser: FlaskClient, edition: Edition, round: Round, sample: SampleEntry
) -> None:
    terms.set_terms(edition=edition, text=DEFAULT)
    for rest in ("", f"/{sample.key}", f"/{sample.key}/file"):
        answer = browser.get(address(round, rest))
        assert answer.status_code == 303
        assert "/my/pledge" in answer.headers["Location"]


def test_the_list_asks_the_database_no_more_often_with_samples(
    browser: FlaskClient, round: Round, sample: SampleEntry, count_queries: Callable[[], Any]
) -> None:
    db.session.commit()
    with count_queries() as seen:
        assert browser.get(f"/en/j/{round.edition.slug}/{round.slug}").status_code == 200
    assert len(seen) <= 7, seen


# ---- The organizers' pages


@pytest.mark.parametrize(("lang", "word"), [("zh", "样例"), ("ko", "예시"), ("en", "sample")])
def test_organizers_make_change_and_remove_samples(
    app: Flask, edition: Edition, round: Round, judge: Judge, lang: str, word: str
) -> None:
    client = make.sign_in(app.test_client(), make.organizer(edition))
    auditor = make.sign_in(app.test_client(), make.auditor(edition))
    url = f"/{lang}/o/{edition.slug}/judging/rounds/{round.slug}/samples"
    assert word in client.get(url).get_data(as_text=True).lower()
    assert client.get(f"{url}/new").status_code == 200
    form = {"title-en": "Tea", "summary-en": "x", "mark:c1": "8", "mark:c2": "６.5", "note-en": "why"}
    wrong = post(client, f"{url}/new", "a", **form | {"mark:c1": "11", "mark:c2": ""})
    assert wrong.status_code == 422
    assert 'value="11"' in wrong.get_data(as_text=True)
    assert "Tea" in wrong.get_data(as_text=True)
    assert post(client, f"{url}/new", "b", **form | {"title-en": ""}).status_code == 422
    assert post(client, f"{url}/new", "c", **form).status_code == 303
    sample = db.session.scalars(select(SampleEntry)).one()
    assert sample.reference == {"c1": "8", "c2": "6.5"}
    page = f"{url}/{sample.key}"
    assert post(client, page, "d", **form | {"title-en": "Green tea"}, version=9).status_code == 409
    assert post(client, page, "e", **form | {"title-en": "Green tea"}, version=1).status_code == 303
    db.session.expire_all()
    assert sample.title.en == "Green tea"
    fake = {"file": (io.BytesIO(b"no PDF"), "x.pdf")}
    assert client.post(f"{page}/file", data=fake, content_type="multipart/form-data").status_code == 422
    send(sample, judge)
    locked = client.get(page).get_data(as_text=True)
    assert "readonly" in locked
    assert f"{page}/remove" not in locked
    assert post(client, f"{page}/remove", "f", version=sample.version).status_code == 409
    for reading in (url, f"{page}/file"):
        assert auditor.get(reading).status_code in (200, 404)
    assert auditor.get(page).status_code == 403
    assert post(auditor, f"{page}/remove", "g", version=1).status_code == 403


def test_a_pdf_is_put_beside_a_sample_and_taken_away(app: Flask, edition: Edition, round: Round) -> None:
    sample = add(round)
    client = make.sign_in(app.test_client(), make.organizer(edition))
    page = f"/en/o/{edition.slug}/judging/rounds/{round.slug}/samples/{sample.key}"
    deck = io.BytesIO()
    with pikepdf.new() as blank:
        blank.add_blank_page()
        blank.save(deck)
    sent = {"file": (io.BytesIO(deck.getvalue()), "deck.pdf")}
    assert client.post(f"{page}/file", data=sent, content_type="multipart/form-data").status_code == 303
    db.session.expire_all()
    assert sample.file is not None
    with client.get(f"{page}/file") as shown:
        assert shown.mimetype == "application/pdf"
    assert post(client, f"{page}/file/remove", "a").status_code == 303
    db.session.expire_all()
    assert sample.file is None


def test_sample_marks_are_among_a_judges_own_data(sample: SampleEntry, judge: Judge) -> None:
    send(sample, judge)
    kind = next(one for one in personal_data if one.name == "judging")
    assert judge.person_id is not None
    assert kind.export(judge.person_id)[0]["samples"][0]["marks"] == {"c1": "7", "c2": "5"}
