"""After the event: outcomes and their money, tasks, feedback, report, recipients of certificates."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core import clock, pdf, registries
from core.db import db
from core.models import AuditRecord
from roadshows import outcome_sums
from roadshows.models import (
    Attendance,
    Feedback,
    FollowUp,
    Guest,
    GuestKind,
    MeetingState,
    Outcome,
    OutcomeStage,
    RoadshowState,
)
from roadshows.operations import afterwards, feedback
from roadshows.outcome_sums import STAGES, Line
from tests import factories
from tests.roadshows import factories as make
from tests.roadshows.meeting_worlds import MeetingWorld, post, world


@pytest.fixture
def here(ctx: None) -> MeetingWorld:
    """An event whose first day is today in Seoul."""
    found = world()
    found.roadshow.days[0].date = clock.now().date()
    db.session.flush()
    return found


@pytest.fixture
def office(app: Flask, here: MeetingWorld) -> FlaskClient:
    return factories.sign_in(app.test_client(), here.organizer)


def path(here: MeetingWorld, rest: str = "", lang: str = "en") -> str:
    return f"/{lang}/o/roadshows/{here.roadshow.slug}/afterwards{rest}"


def outcome_form(here: MeetingWorld, **values: Any) -> dict[str, Any]:
    return {
        "team": here.teams[0].key,
        "investor": here.investors[0].key,
        "stage": "contact",
        "on": "2026-12-01",
        "amount": "",
        "currency": "",
        "note": "",
    } | values


def words(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.get_data(as_text=True)).split())


# --- outcomes ---


def test_an_outcome_ripens_and_its_history_stays(here: MeetingWorld, office: FlaskClient) -> None:
    assert post(office, path(here, "/outcomes"), **outcome_form(here)).status_code == 303
    row = db.session.scalars(select(Outcome)).one()
    further = outcome_form(
        here, stage="investment", amount="３，０００，０００", currency="CNY", version=row.version
    )
    url = path(here, f"/outcomes/{row.id}")
    assert post(office, url, **further).status_code == 303
    db.session.expire_all()
    row = db.session.scalars(select(Outcome)).one()
    assert (row.stage, row.amount, row.currency) == (OutcomeStage.INVESTMENT, 3_000_000, "CNY")
    page = words(office.get(url))
    assert "CNY 3,000,000" in page
    assert "In contact" in page.split("Noted by How far Amount Note")[1], "what stood before"
    records = db.session.scalars(select(AuditRecord.action).where(AuditRecord.object_kind == "outcome")).all()
    assert records == ["outcome.noted", "outcome.changed"]
    assert post(office, url, **further).status_code == 409, "a stale page"


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "100"},
        {"currency": "CNY"},
        {"stage": "investment"},
        {"amount": "0", "currency": "CNY"},
        {"amount": "-5", "currency": "CNY"},
        {"amount": "1.5", "currency": "CNY"},
        {"amount": "1e9", "currency": "CNY"},
        {"amount": "NaN", "currency": "CNY"},
        {"amount": "9" * 40, "currency": "CNY"},
        {"amount": "5", "currency": "XXX"},
        {"on": "yesterday"},
        {"on": "2026-02-30"},
        {"team": ""},
        {"stage": "marriage"},
        {"note": "\u202e"},
    ],
)
def test_an_outcome_is_refused_with_a_reason(
    wrong: dict[str, str], here: MeetingWorld, office: FlaskClient
) -> None:
    answer = post(office, path(here, "/outcomes"), **outcome_form(here, **wrong))
    assert answer.status_code == 422
    assert not db.session.scalars(select(Outcome)).all()


def test_a_pair_has_one_outcome_and_both_sides_are_of_the_event(
    here: MeetingWorld, office: FlaskClient
) -> None:
    other = world(word="other")
    foreign = outcome_form(here, team=other.teams[0].key)
    assert post(office, path(here, "/outcomes"), **foreign).status_code == 422
    assert post(office, path(here, "/outcomes"), **outcome_form(here)).status_code == 303
    assert post(office, path(here, "/outcomes"), **outcome_form(here)).status_code == 409
    row = afterwards.note_outcome(
        roadshow=other.roadshow,
        team=other.teams[0],
        investor=other.investors[0],
        stage=OutcomeStage.CONTACT,
        on=date(2026, 12, 1),
    )
    assert office.get(path(here, f"/outcomes/{row.id}")).status_code == 404


lines = st.lists(
    st.one_of(
        st.builds(Line, st.sampled_from(STAGES)),
        st.builds(
            Line, st.sampled_from(STAGES), st.integers(1, 10**12), st.sampled_from(["CNY", "KRW", "USD"])
        ),
    )
)


@given(lines)
def test_money_is_never_added_across_currencies(some: list[Line]) -> None:
    found = outcome_sums.sums(some)
    for stage, by_currency in found.items():
        for currency, total in by_currency.items():
            own = [line.amount or 0 for line in some if (line.stage, line.currency) == (stage, currency)]
            assert total == sum(own)
    counted = {(line.stage, line.currency) for line in some if line.amount is not None}
    assert {(stage, currency) for stage, money in found.items() for currency in money} == counted


@given(lines)
def test_who_got_further_got_there_too(some: list[Line]) -> None:
    numbers = list(outcome_sums.reached(some).values())
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] == len(some)


# --- tasks ---


def test_a_task_waits_on_the_first_page_of_who_has_it_until_it_is_done(
    here: MeetingWorld, office: FlaskClient
) -> None:
    yesterday = (clock.now().date() - timedelta(days=2)).isoformat()
    form = {"title": "Send the contract", "assignee": str(here.organizer.id), "due_on": yesterday}
    assert post(office, path(here, "/tasks"), **form, note="", outcome="").status_code == 303
    task = db.session.scalars(select(FollowUp)).one()
    home = words(office.get("/en/me"))
    assert "Send the contract" in home
    assert "Overdue" in home
    assert "overdue" in words(office.get(path(here, "/tasks")))
    done = path(here, f"/tasks/{task.id}/done")
    assert post(office, done, version=task.version).status_code == 303
    assert "Send the contract" not in words(office.get("/en/me"))
    assert post(office, done, version=1).status_code == 409
    db.session.expire_all()
    assert post(office, done, version=task.version).status_code == 303
    assert "Send the contract" in words(office.get("/en/me"))


def test_tasks_go_to_organizers_of_the_event_only(here: MeetingWorld, office: FlaskClient) -> None:
    stranger = factories.person()
    form = {"title": "Call back", "assignee": str(stranger.id), "due_on": "", "note": "", "outcome": ""}
    assert post(office, path(here, "/tasks"), **form).status_code == 422
    assert post(office, path(here, "/tasks"), **form | {"assignee": "", "title": ""}).status_code == 422
    assert not db.session.scalars(select(FollowUp)).all()


def test_a_task_of_another_event_is_not_there(here: MeetingWorld, office: FlaskClient) -> None:
    other = world(word="other")
    task = afterwards.add_task(roadshow=other.roadshow, title="x", note="", due_on=None, assignee_id=None)
    assert office.get(path(here, f"/tasks/{task.id}")).status_code == 404
    assert post(office, path(here, f"/tasks/{task.id}/done"), version=1).status_code == 404


# --- feedback ---


def give(client: FlaskClient, here: MeetingWorld, secret: str, **form: str) -> Any:
    return post(client, here.my(secret, "/feedback"), **form)


def test_feedback_is_given_from_the_first_day_on_and_can_be_changed(
    here: MeetingWorld, client: FlaskClient
) -> None:
    day = here.roadshow.days[0]
    day.date = clock.now().date() + timedelta(days=3)
    assert "How was it?" not in words(client.get(here.my("secret-team-0", "")))
    assert give(client, here, "secret-team-0", whole="5").status_code == 409
    day.date = clock.now().date()
    assert "How was it?" in words(client.get(here.my("secret-team-0", "")))
    assert (
        give(client, here, "secret-team-0", whole="5", program="2", comment="更长的会面").status_code == 303
    )
    assert give(client, here, "secret-team-0", whole="4", comment="더 긴 상담").status_code == 303
    row = db.session.scalars(select(Feedback)).one()
    assert row.marks == {"whole": 4}
    assert row.comment == "더 긴 상담"
    for wrong in ({}, {"whole": "6"}, {"whole": "NaN"}, {"comment": "\u202e"}, {"comment": "x" * 2001}):
        assert give(client, here, "secret-team-1", **wrong).status_code == 422, wrong


def test_nobody_can_be_told_apart_by_few_answers(
    here: MeetingWorld, client: FlaskClient, office: FlaskClient
) -> None:
    for number, (secret, mark) in enumerate(
        [("secret-team-0", "1"), ("secret-team-1", "3"), ("secret-investor-0", "5")]
    ):
        page = words(office.get(path(here)))
        assert "Comment number" not in page
        assert "3.0" not in page
        assert give(client, here, secret, whole=mark, comment=f"Comment number {number}").status_code == 303
    page = words(office.get(path(here)))
    assert "3.0" in page
    assert "Comment number 2" in page
    for party in (*here.teams, *here.investors):
        assert party.participant.name not in page


def test_a_canceled_event_asks_nobody(here: MeetingWorld, client: FlaskClient) -> None:
    here.roadshow.state = RoadshowState.CANCELED
    assert not feedback.is_open(here.roadshow)
    assert give(client, here, "secret-team-0", whole="5").status_code == 409


# --- report ---


def busy(here: MeetingWorld) -> None:
    """Guests of two kinds on two days, meetings, outcomes in two currencies."""
    today = clock.now().date()
    for kind, days in ((GuestKind.PRESS, 1), (GuestKind.INVESTOR, 2), (GuestKind.INVESTOR, 0)):
        guest = make.guest(here.roadshow, kind=kind)
        for number in range(days):
            db.session.add(
                Attendance(
                    roadshow_id=here.roadshow.id,
                    guest_id=guest.id,
                    on=today + timedelta(days=number),
                    arrived_at=clock.now(),
                )
            )
    here.meeting(0, 0, 0, state=MeetingState.HELD)
    here.meeting(1, 1, 0, table=2, state=MeetingState.MISSED)
    here.meeting(0, 1, 1, state=MeetingState.CANCELED)
    for team, investor, amount, currency in ((0, 0, 3_000_000, "CNY"), (1, 1, 200_000_000, "KRW")):
        afterwards.note_outcome(
            roadshow=here.roadshow,
            team=here.teams[team],
            investor=here.investors[investor],
            stage=OutcomeStage.INVESTMENT,
            on=today,
            amount=amount,
            currency=currency,
        )
    db.session.flush()


def test_the_report_says_who_came_and_what_came_of_it(here: MeetingWorld, office: FlaskClient) -> None:
    busy(here)
    page = words(office.get(path(here)))
    assert "Guests who came 2 of 3 confirmed" in page
    assert "Meetings held 1 of 2 arranged" in page
    assert "CNY 3,000,000" in page
    assert "KRW 200,000,000" in page
    assert "203,000,000" not in page


@pytest.mark.own_process
@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_the_report_is_a_document_in_each_language(
    lang: str, here: MeetingWorld, office: FlaskClient
) -> None:
    busy(here)
    answer = office.get(path(here, "/report.pdf", lang))
    assert answer.status_code == 200
    assert answer.content_type == "application/pdf"
    assert answer.data.startswith(b"%PDF-")


def test_what_the_pdf_is_made_of_holds_all_figures(
    here: MeetingWorld, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def keep(documents: Any) -> list[bytes]:
        made.extend(document.html for document in documents)
        return [b"%PDF-1.7"] * len(documents)

    monkeypatch.setattr(pdf, "render_all", keep)
    busy(here)
    for lang, expected in (("zh", "投资"), ("ko", "투자"), ("en", "Investment")):
        office.get(path(here, "/report.pdf", lang))
        assert expected in made[-1]
        assert "CNY 3,000,000" in made[-1]
        assert f'lang="{ {"zh": "zh-Hans"}.get(lang, lang) }"' in made[-1]
    for rest in ("/cards.pdf", "/lists.pdf"):
        assert office.get(here.path(rest)).status_code == 200
        assert "Team 0" in made[-1]
        assert "13:00" in made[-1], "both clocks"


@pytest.mark.parametrize("rest", ["", "/outcomes", "/tasks", "/report.pdf"])
def test_the_pages_are_the_organizers(rest: str, here: MeetingWorld, app: Flask, client: FlaskClient) -> None:
    assert client.get(path(here, rest)).status_code == 302
    elsewhere = make.organizer(make.roadshow())
    assert factories.sign_in(app.test_client(), elsewhere).get(path(here, rest)).status_code == 403


@pytest.mark.parametrize("rest", ["", "/outcomes", "/tasks"])
def test_pages_cost_the_same_with_more_rows(
    rest: str, ctx: None, app: Flask, count_queries: Callable[[], Any]
) -> None:
    counts = []
    for size in (1, 3):
        here = world(teams=size, investors=size, word=f"size{size}")
        for number in range(size):
            row = afterwards.note_outcome(
                roadshow=here.roadshow,
                team=here.teams[number],
                investor=here.investors[number],
                stage=OutcomeStage.CONTACT,
                on=date(2026, 12, 1),
            )
            afterwards.add_task(
                roadshow=here.roadshow,
                title="Call",
                note="",
                due_on=None,
                assignee_id=here.organizer.id,
                outcome=row,
            )
        office = factories.sign_in(app.test_client(), here.organizer)
        with count_queries() as seen:
            assert office.get(path(here, rest)).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


# --- certificates ---


def test_who_was_there_is_handed_over_for_certificates(here: MeetingWorld) -> None:
    busy(here)
    erased = db.session.scalars(select(Guest).where(Guest.kind == GuestKind.PRESS)).one()
    found = list(registries.certificate_recipients["attendance"](here.roadshow.id))
    assert len(found) == 2, "once, however many days; who did not come is not among them"
    assert {one.on for one in found} == {clock.now().date()}
    assert found[0].event == here.roadshow.name
    assert found[0].email
    assert found[0].name_latin
    erased.participant.erased_at = clock.now()
    db.session.flush()
    assert len(list(registries.certificate_recipients["attendance"](here.roadshow.id))) == 1
    assert not list(registries.certificate_recipients["attendance"](world(word="other").roadshow.id))
