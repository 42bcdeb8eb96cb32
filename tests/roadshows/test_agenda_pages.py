"""The agenda's pages and its API: every act works without a script, and says in words what it did."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.db import db
from core.languages import Trilingual
from roadshows.models import Roadshow, RoadshowState, Session
from roadshows.operations.versions import publish_agenda
from tests.conftest import Clock
from tests.factories import sign_in
from tests.roadshows import draft_worlds, factories
from tests.roadshows.draft_worlds import Day

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture
def day(turn_clock: Clock) -> Day:
    return draft_worlds.day()


@pytest.fixture
def office(client: FlaskClient, day: Day) -> FlaskClient:
    """The organizer's browser."""
    sign_in(client, day.organizer)
    return client


def at(day: Day, rest: str = "", lang: str = "en") -> str:
    return f"/{lang}/o/roadshows/{day.roadshow.slug}/agenda{rest}"


def api(day: Day, rest: str = "") -> str:
    return f"/api/v1/roadshows/{day.roadshow.slug}/draft-agenda{rest}"


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input[^>]*name="(once_key|version)"[^>]*value="([^"]*)"', page)
    return dict(found)


def steps(page: str) -> list[dict[str, Any]]:
    """What the page's buttons would do."""
    return [json.loads(html.unescape(text)) for text in re.findall(r'name="step" value="([^"]*)"', page)]


def send_step(office: FlaskClient, day: Day, step: dict[str, Any], key: str = "0123456789abcdef") -> Any:
    form = {"step": json.dumps(step), "once_key": key, "version": "0"}
    return office.post(at(day, "/step"), data=form)


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_the_editor_shows_what_stands_what_waits_and_what_is_wrong(
    office: FlaskClient, day: Day, lang: str
) -> None:
    day.sessions[1].slot_id = day.slots[0].id
    db.session.commit()
    page = office.get(at(day, lang=lang)).text
    for session in day.sessions:
        assert page.count(f'data-key="{session.key}"') == 1
        assert html.escape(getattr(session.title, lang)) in page
    assert page.count('class="is-hard"') == 1
    assert re.search(rf'data-slot="{day.slots[0].id}" data-room="{day.rooms[0].id}"', page)


def test_a_page_takes_as_many_statements_whatever_the_agenda_s_size(
    office: FlaskClient, day: Day, count_queries: Any
) -> None:
    def statements(roadshow: Roadshow) -> int:
        with count_queries() as seen:
            assert office.get(f"/en/o/roadshows/{roadshow.slug}/agenda").status_code == 200
        return len(seen)

    few = statements(day.roadshow)
    big = draft_worlds.week(60, placed=50)
    sign_in(office, big.organizer)
    assert few == statements(big.roadshow) <= 22


def test_a_session_is_moved_by_the_form(office: FlaskClient, day: Day) -> None:
    waiting = day.sessions[2]
    page = office.get(at(day, f"/sessions/{waiting.key}")).text
    sent = hidden(page) | {"slot": str(day.slots[3].id), "room": str(day.rooms[1].id)}
    answer = office.post(at(day, f"/sessions/{waiting.key}"), data=sent)
    assert answer.status_code == 303
    assert answer.location.endswith(f"#s-{waiting.key}")
    db.session.refresh(waiting)
    assert (waiting.slot_id, waiting.room_id) == (day.slots[3].id, day.rooms[1].id)
    page = office.get(at(day, f"/sessions/{waiting.key}")).text
    office.post(at(day, f"/sessions/{waiting.key}"), data=hidden(page) | {"slot": "", "room": ""})
    db.session.refresh(waiting)
    assert waiting.slot_id is None


def test_a_stale_form_says_who_was_faster_and_keeps_what_was_chosen(office: FlaskClient, day: Day) -> None:
    session = day.sessions[0]
    page = office.get(at(day, f"/sessions/{session.key}")).text
    colleague = factories.organizer(day.roadshow, name="王芳")
    other = office.application.test_client()
    sign_in(other, colleague)
    send_step(other, day, step_of(day, session, 3))
    sent = hidden(page) | {"slot": str(day.slots[2].id), "room": str(day.rooms[1].id)}
    answer = office.post(at(day, f"/sessions/{session.key}"), data=sent)
    assert answer.status_code == 409
    assert "王芳" in answer.text
    assert re.search(rf'<option selected value="{day.slots[2].id}"', answer.text)
    assert hidden(answer.text)["version"] == "1"


def step_of(day: Day, session: Session, slot: int, room: int = 0, seen: int = 0) -> dict[str, Any]:
    return {
        "do": "place",
        "seen": seen,
        "session": session.key,
        "slot": day.slots[slot].id,
        "room": day.rooms[room].id,
    }


def test_every_button_of_the_session_s_page_does_what_it_says(office: FlaskClient, day: Day) -> None:
    session = day.sessions[0]
    page = office.get(at(day, f"/sessions/{session.key}")).text
    offered = {one["do"]: one for one in reversed(steps(page))}
    assert set(offered) == {"place", "lock", "unplace"}
    assert send_step(office, day, offered["lock"]).status_code == 303
    page = office.get(at(day, f"/sessions/{session.key}")).text
    assert [one["do"] for one in steps(page)] == ["unlock"]
    assert send_step(office, day, steps(page)[0], "another-key-000000").status_code == 303
    db.session.refresh(session)
    assert not session.is_locked


def test_a_conflict_is_mended_by_a_button(office: FlaskClient, day: Day) -> None:
    send_step(office, day, step_of(day, day.sessions[0], 1))
    page = office.get(at(day)).text
    mend = html.unescape(re.findall(r'data-mend href="([^"#]*)', page)[0])
    ways = [one for one in steps(office.get(mend).text) if one["do"] == "repair"]
    assert 2 <= len(ways) <= 3
    send_step(office, day, ways[0], "another-key-000000")
    assert "is-hard" not in office.get(at(day)).text


def test_undo_and_redo_are_buttons_too(office: FlaskClient, day: Day) -> None:
    waiting = day.sessions[2]
    send_step(office, day, step_of(day, waiting, 3))
    offered = {one["do"]: one for one in steps(office.get(at(day)).text)}
    send_step(office, day, offered["undo"], "another-key-000000")
    db.session.refresh(waiting)
    assert waiting.slot_id is None
    offered = {one["do"]: one for one in steps(office.get(at(day)).text)}
    send_step(office, day, offered["redo"], "another-key-000001")
    db.session.refresh(waiting)
    assert waiting.slot_id == day.slots[3].id


def test_the_list_of_what_waits_is_searched_in_any_script(office: FlaskClient, day: Day) -> None:
    day.sessions[2].title = Trilingual("电池回收", "배터리 재활용", "Battery recycling")
    db.session.commit()
    key = f'data-key="{day.sessions[2].key}"'
    for query in ("电池", "배터리", "ＢＡＴＴＥＲＹ", "recycling battery"):
        assert key in office.get(at(day), query_string={"q": query}).text
    assert key not in office.get(at(day), query_string={"q": "robots"}).text
    assert office.get(at(day), query_string={"track": "９", "city": "\u202e"}).status_code == 200


def test_the_api_moves_and_sends_what_stands_otherwise(office: FlaskClient, day: Day) -> None:
    waiting = day.sessions[2]
    answer = office.post(
        api(day, "/steps"), json=step_of(day, waiting, 3, 1), headers={"Accept-Language": "ko"}
    )
    assert answer.status_code == 200
    found = answer.json
    assert (found["revision"], found["waiting"], found["undo"], found["redo"]) == (1, 0, True, False)
    assert list(found["cards"]) == [waiting.key]
    assert (found["cards"][waiting.key]["slot"], found["cards"][waiting.key]["room"]) == (
        day.slots[3].id,
        day.rooms[1].id,
    )
    assert waiting.title.ko in found["said"]
    assert found["marks"] == {}


def test_a_stale_step_gets_409_with_what_changed_and_how_it_stands(office: FlaskClient, day: Day) -> None:
    colleague = factories.organizer(day.roadshow, name="王芳")
    other = office.application.test_client()
    sign_in(other, colleague)
    other.post(api(day, "/steps"), json=step_of(day, day.sessions[0], 3))
    answer = office.post(api(day, "/steps"), json=step_of(day, day.sessions[0], 2))
    assert answer.status_code == 409
    assert answer.content_type == "application/problem+json"
    assert answer.json["changes"][0]["by"] == "王芳"
    assert answer.json["update"]["cards"][day.sessions[0].key]["slot"] == day.slots[3].id
    answer = office.post(api(day, "/steps"), json=step_of(day, day.sessions[2], 2, 1))
    assert answer.status_code == 200
    assert set(answer.json["cards"]) == {day.sessions[0].key, day.sessions[2].key}
    assert "王芳" in answer.json["said"]


def test_asking_again_costs_nothing_until_something_changed(
    office: FlaskClient, day: Day, count_queries: Any
) -> None:
    first = office.get(api(day), query_string={"seen": 0})
    assert (first.status_code, first.json["cards"]) == (200, {})
    with count_queries() as seen:
        again = office.get(api(day), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert len(seen) <= 6
    day.sessions[2].title = Trilingual.same("Renamed")
    db.session.commit()
    changed = office.get(api(day), headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json["program"] != first.json["program"]


def test_a_program_changed_elsewhere_sends_everything_anew(office: FlaskClient, day: Day) -> None:
    day.roadshow.agenda_revision += 1
    db.session.commit()
    answer = office.post(api(day, "/steps"), json=step_of(day, day.sessions[2], 3))
    assert answer.status_code == 409
    assert answer.json["update"]["revision"] == 1
    assert set(answer.json["update"]["cards"]) == {session.key for session in day.sessions}
    assert office.post(api(day, "/steps"), json=step_of(day, day.sessions[2], 3, seen=1)).status_code == 200


def test_cells_say_why_they_are_not_free(office: FlaskClient, day: Day) -> None:
    cells = office.get(api(day, f"/sessions/{day.sessions[0].key}/cells")).json["cells"]
    taken = cells[f"{day.slots[1].id}/{day.rooms[0].id}"]
    assert not taken["free"]
    assert day.sessions[1].title.en in taken["why"]
    assert cells[f"{day.slots[2].id}/{day.rooms[1].id}"]["free"]
    assert office.get(api(day, "/sessions/nosuchkey123/cells")).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "do"),
        ({"do": "explode", "seen": 0}, "do"),
        ({"do": ["place"], "seen": 0}, "do"),
        ({"do": "place", "seen": 0}, "session"),
        ({"do": "place", "seen": "0", "session": "a", "slot": 1, "room": 1}, "seen"),
        ({"do": "place", "seen": True, "session": "a", "slot": 1, "room": 1}, "seen"),
        ({"do": "place", "seen": -1, "session": "a", "slot": 1, "room": 1}, "seen"),
        ({"do": "place", "seen": 0, "session": 7, "slot": 1, "room": 1}, "session"),
        ({"do": "place", "seen": 0, "session": "a", "slot": None, "room": 1}, "slot"),
        ({"do": "place", "seen": 0, "session": "a", "slot": 1.5, "room": 1}, "slot"),
        ({"do": "place", "seen": 0, "session": "a", "slot": 10**12, "room": 1}, "slot"),
        ({"do": "place", "seen": 0, "session": "a", "slot": 1, "room": "１"}, "room"),
        ({"do": "place", "seen": 0, "session": "a", "slot": 1, "room": 1, "x": 1}, "x"),
        ({"do": "repair", "seen": 0, "spots": []}, "spots"),
        ({"do": "repair", "seen": 0, "spots": [{}] * 21}, "spots"),
        ({"do": "repair", "seen": 0, "spots": ["a"]}, "spots.0"),
        (
            {
                "do": "repair",
                "seen": 0,
                "spots": [{"session": "a", "slot": None, "room": 1, "interpreter": 1}],
            },
            "spots.0.slot",
        ),
    ],
)
def test_what_can_t_be_read_is_refused_by_name(
    office: FlaskClient, day: Day, body: dict[str, Any], field: str
) -> None:
    answer = office.post(api(day, "/steps"), json=body)
    assert answer.status_code == 422
    assert field in answer.json["fields"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"nonsense", b'{"do": NaN}', b'{"do": "undo", "do": "redo"}', b"\xff"]
)
def test_bodies_that_are_no_object_are_refused(office: FlaskClient, day: Day, body: bytes) -> None:
    answer = office.post(api(day, "/steps"), data=body, content_type="application/json")
    assert answer.status_code in (400, 422)


def test_another_event_s_session_is_not_here(office: FlaskClient, day: Day) -> None:
    elsewhere = draft_worlds.day()
    stranger = elsewhere.sessions[0]
    assert office.get(at(day, f"/sessions/{stranger.key}")).status_code == 404
    assert office.get(api(day, f"/sessions/{stranger.key}/cells")).status_code == 404
    assert office.post(api(day, "/steps"), json=step_of(day, stranger, 0)).status_code == 404
    assert office.get(at(elsewhere)).status_code == 403


def test_publishing_shows_what_changes_and_who_is_told_then_does_it(office: FlaskClient, day: Day) -> None:
    page = office.get(at(day, "/publish")).text
    names = [day.speakers[0].participant.name, day.speakers[1].participant.name]
    assert all(name in page for name in names)
    answer = office.post(at(day, "/publish"), data=hidden(page) | {"note-en": "First"})
    assert answer.status_code == 303
    assert "Version 1" in office.get(answer.location).text
    send_step(office, day, step_of(day, day.sessions[0], 3, 1))
    page = office.get(at(day, "/publish")).text
    told = page.split('class="agenda-told"')[1].split("</ul>")[0]
    assert names[0] in told
    assert names[1] not in told
    send_step(office, day, step_of(day, day.sessions[1], 2, 1, seen=1), "another-key-000000")
    answer = office.post(at(day, "/publish"), data=hidden(page))
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text


def test_a_blocked_draft_has_no_button_to_publish_it(office: FlaskClient, day: Day) -> None:
    page = office.get(at(day, "/publish")).text
    send_step(office, day, step_of(day, day.sessions[0], 1))
    blocked = office.get(at(day, "/publish")).text
    assert "has to be settled first" in blocked
    assert 'name="note-en"' not in blocked
    assert office.post(at(day, "/publish"), data=hidden(page) | {"version": "1"}).status_code == 409


def test_versions_stay_readable_and_differences_between_any_two(office: FlaskClient, day: Day) -> None:
    publish_agenda(roadshow=day.roadshow, seen=0)
    for revision, slot in enumerate((2, 3)):
        db.session.commit()
        send_step(
            office, day, step_of(day, day.sessions[0], slot, 1, seen=revision), f"key-{slot}-0123456789"
        )
        db.session.refresh(day.roadshow)
        publish_agenda(roadshow=day.roadshow, seen=revision + 1)
    db.session.commit()
    assert office.get(at(day, "/versions")).text.count("<tr") == 4
    page = office.get(at(day, "/versions/1?against=3")).text
    assert "10:00" in page.split("<del")[1]
    assert "11:00" in page.split("<ins")[1]
    for number in ("1", "2", "3", "2?against=2", "2?against=99", "2?against=９"):
        assert office.get(at(day, f"/versions/{number}")).status_code == 200
    assert office.get(at(day, "/versions/4")).status_code == 404
    answer = office.post(
        at(day, "/versions/1/restore"), data={"once_key": "k" * 20, "version": day.roadshow.agenda_revision}
    )
    assert answer.status_code == 303
    db.session.refresh(day.sessions[0])
    assert day.sessions[0].slot_id == day.slots[0].id


def test_an_auditor_looks_and_changes_nothing(client: FlaskClient, day: Day) -> None:
    from accounts.models import Grant, Role
    from tests import factories as make

    auditor = make.person()
    db.session.add(
        Grant(person_id=auditor.id, role=Role.AUDITOR, scope_kind="roadshow", scope_id=day.roadshow.id)
    )
    db.session.commit()
    sign_in(client, auditor)
    page = client.get(at(day)).text
    assert steps(page) == []
    assert "Move to…" not in page
    assert client.post(api(day, "/steps"), json=step_of(day, day.sessions[0], 3)).status_code == 403


def test_an_event_that_is_over_is_read_only(office: FlaskClient, day: Day) -> None:
    day.roadshow.state = RoadshowState.CLOSED
    db.session.commit()
    assert steps(office.get(at(day)).text) == []
    assert office.post(api(day, "/steps"), json=step_of(day, day.sessions[0], 3)).status_code == 409


def test_an_event_without_a_grid_says_how_to_begin(client: FlaskClient, app: Flask) -> None:
    roadshow = factories.roadshow()
    organizer = factories.organizer(roadshow)
    sign_in(client, organizer)
    assert "no grid yet" in client.get(f"/en/o/roadshows/{roadshow.slug}/agenda").text
    page = client.get(f"/en/o/roadshows/{roadshow.slug}/agenda/plans").text
    answer = client.post(
        f"/en/o/roadshows/{roadshow.slug}/agenda/plans", data=hidden(page) | {"what": "rest", "seconds": "20"}
    )
    assert answer.status_code == 409
