"""What the page measurements look at: the demo edition, and one judge with sixty entries in an open round."""

from __future__ import annotations

from datetime import timedelta

from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from accounts.models import Person
from bench.pages import Page, as_json, cookie_of
from competition.demo import edition as demo_edition
from competition.models import Entry, EntryState, Round
from core import clock, demo
from core.db import db
from core.languages import Trilingual
from judging.models import Criterion, Judge, ScoreSheet
from judging.operations import panel, rubrics
from judging.queries.conflicts import conflicts_of
from tests.roadshows import agenda_contents as agendas
from tests.roadshows import factories as roadshows
from tests.serving import Browser, Server, browser_of

ROUND = "bench"
ROADSHOW = "bench"
SESSIONS = 120
ENTRIES = 60


def prepare(server: Server) -> list[Page]:
    """Load the demo, open the round, sign people in; returns the measured requests."""
    with server.app.app_context():
        demo.load(size=240, seed=2016)
        judge, entry = _open_round()
        publish_agenda()
        criteria = [criterion.key for criterion in _criteria()]
        organizer = _person("organizer1@example.com")
        sheet = db.session.scalars(
            select(ScoreSheet).where(ScoreSheet.judge_id == judge.id, ScoreSheet.entry_id == entry.id)
        ).one()
        version, judge_person = sheet.version, judge.person_id
        db.session.commit()
        save_path = f"/api/v1/sheets/{demo.SLUG}/{ROUND}/{entry.key}"
    assert judge_person is not None
    at_judging, at_office = browser_of(server, judge_person), browser_of(server, organizer)

    def save(number: int) -> bytes:
        nonlocal version
        body = {
            "op_id": f"bench-operation-{number}-{version}",
            "version": version,
            "marks": {criteria[0]: str(1 + version % 9)},
        }
        version += 1
        return as_json(body)

    token = _csrf(server, at_judging)
    signed_in = {"Accept-Encoding": "gzip"}
    results = f"/zh/e/{demo.SLUG}/results/final"
    etag = Browser(server).get(results).headers["ETag"]
    return [
        Page("public results page", results, 3, 1500, signed_in),
        Page("edition page", f"/zh/e/{demo.SLUG}", 3, 1500, signed_in),
        Page("results page, unchanged (304)", results, 2, 1500, {"If-None-Match": etag}, expected=304),
        *roadshow_pages(),
        Page(
            f"judge's list of {ENTRIES} entries",
            f"/zh/j/{demo.SLUG}/{ROUND}",
            25,
            200,
            signed_in | {"Cookie": cookie_of(at_judging)},
        ),
        Page(
            "score save",
            save_path,
            12,
            200,
            {
                "Cookie": cookie_of(at_judging),
                "X-CSRFToken": token,
                "Content-Type": "application/json",
            },
            method="PUT",
            body=save,
        ),
        Page(
            "organizer's list of 240 teams",
            f"/zh/o/{demo.SLUG}/entries",
            25,
            100,
            signed_in | {"Cookie": cookie_of(at_office)},
        ),
    ]


def roadshow_pages() -> list[Page]:
    """The published agenda as page, as calendar and as JSON."""
    zipped = {"Accept-Encoding": "gzip"}
    name = f"of {SESSIONS} sessions"
    return [
        Page(f"public agenda {name}", f"/zh/roadshows/{ROADSHOW}/agenda", 4, 1500, zipped),
        Page(f"calendar {name}", f"/roadshows/{ROADSHOW}/calendar.ics?lang=zh", 4, 1500, zipped),
        Page(f"agenda as JSON {name}", f"/api/v1/roadshows/{ROADSHOW}/agenda", 4, 1500, zipped),
    ]


def publish_agenda() -> None:
    """A roadshow in two cities whose sessions are published: six rooms, twenty slots."""
    roadshow = roadshows.roadshow(slug=ROADSHOW)
    roadshows.yantai(roadshow)
    sessions = [
        agendas.session(
            f"bench{number:07d}",
            f"2026-06-{10 + number // 60:02d}T{number % 60 // 6:02d}:00Z",
            room=1 + number % 3,
            minutes=30,
            speakers=[{"key": agendas.SPEAKER["key"], "kind": "speaker"}],
        )
        for number in range(SESSIONS)
    ]
    agendas.publish(roadshow, *sessions)


def _person(email: str) -> int:
    return db.session.scalars(select(Person.id).where(Person.email_key == email)).one()


def _open_round() -> tuple[Judge, Entry]:
    """A fourth round, open now, in which one judge has sixty entries and no conflict with any of them."""
    edition = demo_edition()
    moment = clock.now()
    opened = Round(
        edition_id=edition.id,
        slug=ROUND,
        name=Trilingual("加赛", "추가 심사", "Extra round"),
        position=9,
        scoring_opens_at=moment - timedelta(hours=1),
        scoring_closes_at=moment + timedelta(days=1),
    )
    db.session.add(opened)
    db.session.flush()
    accepted = list(
        db.session.scalars(
            select(Entry)
            .where(Entry.edition_id == edition.id, Entry.state == EntryState.ACCEPTED)
            .order_by(Entry.id)
        )
    )
    judges = list(db.session.scalars(select(Judge).where(Judge.edition_id == edition.id).order_by(Judge.id)))
    barred = set(conflicts_of(edition.id, judges, accepted))
    judge = judges[0]
    entries = [entry for entry in accepted if (judge.id, entry.id) not in barred][:ENTRIES]
    panel.enter_round(round=opened, entries=entries)
    rubrics.make_rubric(round=opened, preset="cn_guochuang_2025_creative")
    for entry in entries:
        panel.assign(round=opened, judge=judge, entry=entry)
    return judge, entries[0]


def _criteria() -> list[Criterion]:
    opened = db.session.scalars(select(Round).where(Round.slug == ROUND)).one()
    rubric = rubrics.rubric_of(opened)
    assert rubric is not None
    return rubric.criteria


def _csrf(server: Server, browser: Browser) -> str:
    """A CSRF token of the browser's session, which is given its half of it."""
    serializer = server.app.session_interface.get_signing_serializer(server.app)  # type: ignore[attr-defined]
    cookie = next(iter(browser.jar))
    content = serializer.loads(cookie.value)
    with server.app.test_request_context():
        from flask import session

        session.update(content)
        token = generate_csrf()
        cookie.value = serializer.dumps(dict(session))
    return str(token)
