"""The program: sessions, who is in them, teams' pitches, tracks, materials, export."""

from __future__ import annotations

import csv
import io
from typing import Any

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from competition.models import EntryState, Member, MemberRole
from core import clock
from core.db import db
from core.errors import BadInput, Conflict, NotFound
from core.languages import Trilingual
from core.models import AuditRecord
from core.spreadsheets import read_table
from roadshows.models import (
    AgendaVersion,
    Material,
    Roadshow,
    Session,
    SessionKind,
    SessionState,
    SessionTrack,
    Speaker,
)
from roadshows.operations import program
from roadshows.operations.timetable import slots_of
from tests import factories as make
from tests.roadshows import factories as roadshows

BASE = "/en/o/roadshows/show/program"
TITLE = Trilingual("演讲", "강연", "Speech")


@pytest.fixture
def show(app: Flask, ctx: None) -> Roadshow:
    """In Seoul and Yantai, each with a room, a day and slots of 20 minutes."""
    made = roadshows.roadshow(slug="show", edition_id=make.edition().id)
    for city in (made.cities[0], roadshows.yantai(made)):
        roadshows.room(roadshows.venue(city))
        roadshows.slots(roadshows.day(city))
    db.session.expire(made)
    return made


@pytest.fixture
def office(show: Roadshow, client: FlaskClient) -> FlaskClient:
    make.sign_in(client, roadshows.organizer(show))
    return client


def add(show: Roadshow, **values: Any) -> Session:
    return program.add_session(
        **{
            "roadshow": show,
            "city": show.cities[0],
            "kind": SessionKind.SPEECH,
            "title": TITLE,
            "minutes": 20,
            "language": "zh",
        }
        | values
    )


def place(session: Session, city: int = 0) -> None:
    show = session.roadshow
    slot, room = slots_of(show.days[city])[0], show.venues[city].rooms[0]
    session.slot_id, session.room_id = slot.id, room.id
    db.session.flush()


@pytest.mark.parametrize(
    ("values", "pair"),
    [
        ({"interpreting": "auto"}, "ko-zh"),
        ({"interpreting": "auto", "language": "en"}, "en-ko"),
        ({"interpreting": "auto", "kind": SessionKind.BREAK}, ""),
        ({"interpreting": "en-zh"}, "en-zh"),
        ({"interpreting": ""}, ""),
    ],
)
def test_the_pair_of_languages_fits_the_one_spoken(show: Roadshow, values: dict[str, Any], pair: str) -> None:
    assert add(show, **values).interpreting == pair


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"interpreting": "ko-fr"}, "interpreting"),
        ({"interpreting": "zh-ko"}, "interpreting"),
        ({"interpreting": "en-ko"}, "interpreting"),
        ({"language": "fr"}, "language"),
        ({"minutes": 21}, "minutes"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 10**9}, "minutes"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(
    show: Roadshow, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        add(show, **values)
    assert list(refused.value.fields) == [field]


def test_only_a_pitch_has_a_team_of_the_edition(show: Roadshow) -> None:
    entry = make.entry(show.edition)
    with pytest.raises(BadInput):
        add(show, entry=entry)
    assert add(show, kind=SessionKind.PITCH, entry=entry).entry_id == entry.id
    with pytest.raises(NotFound):
        add(show, kind=SessionKind.PITCH, entry=make.entry(make.edition()))


def test_parts_of_another_roadshow_are_not_found(show: Roadshow) -> None:
    other = roadshows.roadshow()
    track = program.add_track(roadshow=other, seen=None, name=TITLE)
    with pytest.raises(NotFound):
        add(show, city=other.cities[0])
    with pytest.raises(NotFound):
        add(show, track=track)
    with pytest.raises(NotFound):
        add(show, parts=[program.Part(roadshows.speaker(other))])


def test_a_placed_session_stays_in_its_city_and_slot(show: Roadshow) -> None:
    session = add(show)
    place(session)
    same = {"session": session, "seen": None, "parts": (), "title": TITLE, "language": "zh"}
    with pytest.raises(BadInput) as refused:
        program.change_session(city=show.cities[1], minutes=20, **same)
    assert list(refused.value.fields) == ["city"]
    longer = roadshows.slots(roadshows.day(show.cities[0], show.days[0].date.replace(day=12)), 1, minutes=60)
    assert longer[0].minutes == 60
    with pytest.raises(BadInput) as refused:
        program.change_session(city=show.cities[0], minutes=30, **same)
    assert list(refused.value.fields) == ["minutes"]
    program.change_session(city=show.cities[0], minutes=10, **same)
    assert (session.minutes, session.slot_id is not None) == (10, True)


def test_a_change_counts_the_agenda_up_and_a_stale_one_is_refused(show: Roadshow) -> None:
    session = add(show)
    revision, seen = show.agenda_revision, session.version
    program.change_session(session=session, seen=seen, city=show.cities[0], parts=(), title=TITLE, minutes=15)
    assert show.agenda_revision == revision + 1
    with pytest.raises(Conflict) as refused:
        program.change_session(
            session=session, seen=seen, city=show.cities[0], parts=(), title=TITLE, minutes=10
        )
    assert refused.value.code == "stale"
    record = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "session.changed")).one()
    assert record.old["minutes"] == 20
    assert record.new["minutes"] == 15


def test_a_canceled_session_frees_its_place_and_stays_as_it_was(show: Roadshow) -> None:
    session = add(show)
    place(session)
    with pytest.raises(BadInput):
        program.cancel_session(session=session, seen=None, reason="")
    program.cancel_session(session=session, seen=None, reason="The speaker is ill.")
    assert session.state is SessionState.CANCELED
    assert (session.slot_id, session.room_id) == (None, None)
    with pytest.raises(Conflict):
        program.cancel_session(session=session, seen=None, reason="Again")
    with pytest.raises(Conflict):
        program.change_session(
            session=session, seen=None, city=show.cities[0], parts=(), title=TITLE, minutes=5
        )


def test_only_what_was_never_published_is_removed(show: Roadshow) -> None:
    session, other = add(show), add(show, parts=[program.Part(roadshows.speaker(show))])
    db.session.add(
        AgendaVersion(
            roadshow_id=show.id,
            number=1,
            content={"sessions": [{"key": session.key}]},
            content_sha256="0" * 64,
        )
    )
    db.session.flush()
    with pytest.raises(Conflict) as refused:
        program.remove_session(session=session, seen=None)
    assert refused.value.code == "published"
    program.remove_session(session=other, seen=None)
    db.session.flush()
    assert [row.id for row in db.session.scalars(select(Session))] == [session.id]


# --- over the web ---


def sent(show: Roadshow, **values: str) -> dict[str, str]:
    return {
        "once_key": "k" * 20,
        "kind": "speech",
        "title-en": "Opening",
        "city": str(show.cities[0].id),
        "track": "",
        "minutes": "20",
        "audience": "80",
        "language": "ko",
        "interpreting": "auto",
        "entry": "",
        "moderator": "",
        "speakers-0": "",
    } | values


def test_a_session_with_people_is_added_and_changed(office: FlaskClient, show: Roadshow) -> None:
    one, two, three = (roadshows.speaker(show).participant for _number in range(3))
    values = sent(show, **{"speakers-0": two.key, "speakers-1": one.key, "moderator": three.key})
    assert office.post(f"{BASE}/new", data=values).status_code == 303
    session = db.session.scalars(select(Session)).one()
    assert session.interpreting == "ko-zh"
    assert [(row.speaker.participant.key, row.kind.value) for row in session.appearances] == [
        (two.key, "speaker"),
        (one.key, "speaker"),
        (three.key, "moderator"),
    ]
    page = office.get(f"{BASE}/{session.key}").get_data(as_text=True)
    assert f'value="{two.key}"' in page or f'selected value="{two.key}"' in page
    changed = sent(
        show,
        version=str(session.version),
        once_key="c" * 20,
        **{"speakers-0": one.key, "title-en": "Closing"},
    )
    assert office.post(f"{BASE}/{session.key}", data=changed).status_code == 303
    db.session.expire_all()
    assert session.title.en == "Closing"
    assert [row.speaker.participant.key for row in session.appearances] == [one.key]


@pytest.mark.parametrize(
    "wrong",
    [
        {"title-en": ""},
        {"minutes": "90"},
        {"minutes": "NaN"},
        {"audience": "-1"},
        {"kind": "karaoke"},
        {"city": "9999"},
        {"interpreting": "en-zh"},
        {"interpreting": "ko-fr"},
        {"speakers-0": "nobody"},
        {"moderator": "nobody"},
        {"entry": "nobody"},
        {"track": "77"},
    ],
)
def test_a_wrong_session_is_refused(office: FlaskClient, show: Roadshow, wrong: dict[str, str]) -> None:
    response = office.post(f"{BASE}/new", data=sent(show) | wrong)
    assert response.status_code == 422, wrong
    assert "error-summary" in response.get_data(as_text=True)
    assert db.session.scalars(select(Session)).all() == []


def test_the_list_can_be_narrowed_down(office: FlaskClient, show: Roadshow) -> None:
    placed = add(show, title=Trilingual(en="Placed one"))
    place(placed)
    speaker = roadshows.speaker(show, participant=roadshows.participant(show, name="김하늘"))
    add(
        show,
        title=Trilingual(en="Free one"),
        kind=SessionKind.PANEL,
        city=show.cities[1],
        parts=[program.Part(speaker)],
    )
    for query, expected in (
        ("", {"Placed one", "Free one"}),
        ("?place=placed", {"Placed one"}),
        ("?place=unplaced", {"Free one"}),
        ("?kind=panel", {"Free one"}),
        (f"?city={show.cities[1].id}", {"Free one"}),
        ("?q=김하늘", {"Free one"}),
        ("?q=PLACED", {"Placed one"}),
        ("?state=canceled", set()),
        ("?kind=karaoke&city=x&track=-1", set()),
    ):
        page = office.get(BASE + query).get_data(as_text=True)
        shown = {title for title in ("Placed one", "Free one") if title in page}
        assert shown == expected, query


def test_a_session_is_canceled_and_removed_over_the_web(office: FlaskClient, show: Roadshow) -> None:
    first, second = add(show), add(show)
    act = {"version": str(first.version), "once_key": "k" * 20}
    assert office.post(f"{BASE}/{first.key}/cancel", data=act | {"reason": ""}).status_code == 422
    done = office.post(f"{BASE}/{first.key}/cancel", data=act | {"reason": "Ill", "once_key": "c" * 20})
    assert done.status_code == 303
    page = office.get(f"{BASE}/{first.key}").get_data(as_text=True)
    assert "This session was canceled" in page
    stale = {"version": "9", "once_key": "s" * 20}
    assert office.post(f"{BASE}/{second.key}/remove", data=stale).status_code == 409
    gone = {"version": str(second.version), "once_key": "r" * 20}
    assert office.post(f"{BASE}/{second.key}/remove", data=gone).status_code == 303
    foreign = roadshows.session(roadshows.roadshow(slug="other"))
    assert office.get(f"{BASE}/{foreign.key}").status_code == 404


# --- teams ---


def test_teams_get_a_pitch_each_with_their_captain_once(office: FlaskClient, show: Roadshow) -> None:
    entries = [make.entry(show.edition) for _number in range(3)]
    waiting = make.entry(show.edition, state=EntryState.SUBMITTED)
    values = {
        "city": str(show.cities[0].id),
        "minutes": "20",
        "language": "",
        "version": str(show.version),
        "pick": [entries[0].key, entries[1].key, waiting.key],
        "once_key": "k" * 20,
    }
    assert office.post(f"{BASE}/teams", data=values | {"pick": []}).status_code == 422
    assert office.post(f"{BASE}/teams", data=values | {"once_key": "a" * 20}).status_code == 303
    again = values | {"pick": [row.key for row in entries], "once_key": "b" * 20}
    assert office.post(f"{BASE}/teams", data=again).status_code == 303
    pitches = db.session.scalars(select(Session).order_by(Session.id)).all()
    assert [row.entry_id for row in pitches] == [row.id for row in entries]
    assert all(row.kind is SessionKind.PITCH and len(row.appearances) == 1 for row in pitches)
    assert all(row.language == "zh" and row.interpreting == "ko-zh" for row in pitches)
    assert len(db.session.scalars(select(Speaker)).all()) == 3
    with pytest.raises(Conflict):
        program.take_teams(roadshow=show, entries=[waiting], city=show.cities[0], minutes=20)


def test_another_member_speaks_with_one_click(office: FlaskClient, show: Roadshow) -> None:
    entry = make.entry(show.edition)
    (pitch,) = program.take_teams(roadshow=show, entries=[entry], city=show.cities[0], minutes=20)
    mate = Member(
        edition_id=entry.edition_id,
        team_id=entry.team_id,
        person_id=make.person().id,
        role=MemberRole.MEMBER,
        name="박지훈",
        position=2,
        confirmed_at=clock.now(),
    )
    db.session.add(mate)
    db.session.commit()
    stranger = make.entry(show.edition).team.members[0]
    act = {"version": str(pitch.version), "once_key": "k" * 20}
    assert office.post(f"{BASE}/{pitch.key}/members/{stranger.id}", data=act).status_code == 404
    assert f"members/{mate.id}" in office.get(f"{BASE}/{pitch.key}").get_data(as_text=True)
    done = office.post(f"{BASE}/{pitch.key}/members/{mate.id}", data=act | {"once_key": "m" * 20})
    assert done.status_code == 303
    db.session.expire_all()
    assert [row.speaker.participant.person_id for row in pitch.appearances][1] == mate.person_id


# --- tracks, materials, export ---


def test_a_track_is_added_changed_and_removed_without_its_sessions(
    office: FlaskClient, show: Roadshow
) -> None:
    sent_track = {"name-en": "Robots", "version": str(show.version), "once_key": "k" * 20}
    assert office.post(f"{BASE}/tracks", data=sent_track).status_code == 303
    track = db.session.scalars(select(SessionTrack)).one()
    session = add(show, track=track)
    db.session.expire_all()
    page = f"{BASE}/tracks/{track.id}"
    stale = {"name-en": "AI", "version": "1", "once_key": "s" * 20}
    assert office.post(page, data=stale).status_code == 409
    fresh = {"name-en": "AI", "version": str(show.version), "once_key": "c" * 20}
    assert office.post(page, data=fresh).status_code == 303
    db.session.expire_all()
    gone = {"version": str(show.version), "once_key": "r" * 20}
    assert office.post(f"{page}/remove", data=gone).status_code == 303
    db.session.expire_all()
    assert session.track_id is None
    foreign = program.add_track(roadshow=roadshows.roadshow(), seen=None, name=TITLE)
    assert office.get(f"{BASE}/tracks/{foreign.id}").status_code == 404


def a_pdf() -> bytes:
    out = io.BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.save(out)
    return out.getvalue()


def test_materials_are_uploaded_once_shown_hidden_and_removed(office: FlaskClient, show: Roadshow) -> None:
    session, data = add(show), a_pdf()
    page = f"{BASE}/materials"

    def upload(**values: str) -> int:
        sent_file = {"title-en": "Slides", "session": session.key, "file": (io.BytesIO(data), "slides.pdf")}
        with office.post(page, data=sent_file | values) as response:
            return int(response.status_code)

    assert upload(**{"title-en": ""}) == 422
    assert upload(session="no-such") == 422
    assert office.post(page, data={"title-en": "No file"}).status_code == 422
    bad = {"title-en": "Page", "file": (io.BytesIO(b"<html>"), "page.pdf")}
    assert office.post(page, data=bad).status_code == 422
    assert upload() == 303
    assert upload() == 303
    material = db.session.scalars(select(Material)).one()
    assert (material.session_id, material.is_public) == (session.id, False)
    assert office.post(f"{page}/{material.id}/show", data={"once_key": "s" * 20}).status_code == 303
    db.session.expire_all()
    assert material.is_public
    with office.get(f"{page}/{material.id}/file") as response:
        assert response.headers["Content-Disposition"].startswith("attachment")
    program.remove_session(session=session, seen=None)
    db.session.commit()
    assert db.session.scalars(select(Material)).all() == []
    assert office.post(f"{page}/1/remove", data={"once_key": "r" * 20}).status_code == 404


def test_the_program_leaves_as_a_table_in_ones_language(office: FlaskClient, show: Roadshow) -> None:
    session = add(show, title=Trilingual("=SUM(A1)", "강연", "Speech"))
    place(session)
    with office.get("/zh/o/roadshows/show/program.csv") as response:
        assert response.status_code == 200
        rows = list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"))))
    assert rows[1][1] == "'=SUM(A1)"
    assert rows[1][3:7] == ["2026-06-10", "10:00", "10:20", "Asia/Seoul"]
    with office.get("/ko/o/roadshows/show/program.xlsx") as response:
        table = read_table(response.get_data(), "program.xlsx")
    assert table.rows[0].cells[1] == "강연"
    assert office.get("/ko/o/roadshows/show/program.pdf").status_code == 404
