"""Somebody who was erased is named nowhere in what was published, though its content never changes."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from core import files, pages, pdf
from core.db import db
from roadshows import printing
from roadshows.models import Participant, Roadshow
from roadshows.operations.versions import publish_agenda
from roadshows.personal_data import erase_participant
from roadshows.queries.published import agenda_of, earlier_agendas, newest_version
from tests import factories as people
from tests.roadshows import draft_worlds
from tests.roadshows import factories as make
from tests.roadshows.agenda_contents import SPEAKER, publish, session
from tests.roadshows.test_public_pages import PNG, TEN, seoul_and_yantai

PAGES = (
    "/en/roadshows/spring",
    "/ko/roadshows/spring/agenda",
    "/zh/roadshows/spring/agenda?by=room",
    "/ko/roadshows/spring/now",
    "/zh/roadshows/spring/speakers",
    "/en/roadshows/spring/sessions/k2",
    "/roadshows/spring/calendar.ics?lang=ko",
    "/roadshows/spring/sessions/k2.ics",
    "/api/v1/roadshows/spring/agenda",
)
NAMED = ("/agenda", "/speakers", "k2", ".ics", "?by=room")
NAMES = ("金敏俊", "Kim Minjun", "韩国创投", "Director", "이사", "董事")


@pytest.fixture
def roadshow(ctx: None) -> Roadshow:
    return seoul_and_yantai()


@pytest.fixture
def speaker(roadshow: Roadshow) -> Participant:
    photo = files.keep(PNG, "image/png", "kim.png")
    who = make.participant(roadshow, name="金敏俊", name_latin="Kim Minjun")
    make.speaker(roadshow, participant=who, photo_file_id=photo.id)
    other = make.participant(roadshow)
    parts = [{"key": key, "kind": "speaker"} for key in (who.key, other.key)]
    shown = [
        SPEAKER | {"key": who.key, "photo": photo.key},
        SPEAKER
        | {"key": other.key, "name": "朴智慧", "name_latin": "Park Jihye"}
        | {"organization": "", "title": SPEAKER["about"]},
    ]
    publish(roadshow, session("k2", TEN, speakers=parts), speakers=shown)
    db.session.commit()
    return who


def _plain(client: FlaskClient, path: str) -> str:
    """What an address answers, with folded lines joined and JSON's escapes read."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    if answer.is_json:
        return json.dumps(answer.json, ensure_ascii=False)
    return answer.get_data(as_text=True).replace("\r\n ", "")


def test_pages_calendars_and_json_leave_the_person_out_at_once(
    roadshow: Roadshow, speaker: Participant, client: FlaskClient
) -> None:
    before = {path: _plain(client, path) for path in PAGES}
    named = [path for path in PAGES if "Kim Minjun" in before[path]]
    assert set(named) >= {path for path in PAGES if path.endswith(NAMED)}
    photo = f"/zh/roadshows/spring/speakers/{speaker.key}/photo"
    with client.get(photo) as shown:
        assert shown.status_code == 200
    erase_participant(speaker)
    db.session.commit()
    for path in PAGES:
        after = _plain(client, path)
        assert not [name for name in NAMES if name in after], path
        assert path not in named or "Park Jihye" in after, path
    assert client.get(photo).status_code == 404


def test_erasing_counts_as_a_public_change(roadshow: Roadshow) -> None:
    who = make.participant(roadshow)
    db.session.commit()
    seen = pages.current_version()
    erase_participant(who)
    db.session.commit()
    assert pages.current_version() == seen + 1


def test_the_content_stays_as_it_was_signed(roadshow: Roadshow, speaker: Participant) -> None:
    version = newest_version(roadshow)
    assert version is not None
    content = version.content
    erase_participant(speaker)
    db.session.commit()
    db.session.expire_all()
    assert version.content == content
    agenda = agenda_of(roadshow)
    assert speaker.key not in agenda.people
    assert [item.key for item in agenda.of(speaker.key)] == ["k2"], "who is to be told is known by key"
    assert speaker.key not in earlier_agendas(roadshow, {1})[1].people


def test_door_signs_leave_the_person_out(
    roadshow: Roadshow, speaker: Participant, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def keep(documents: list[pdf.Document]) -> list[bytes]:
        made.extend(document.html for document in documents)
        return [b"%PDF-1.7"] * len(documents)

    monkeypatch.setattr(pdf, "render_all", keep)
    people.sign_in(client, make.organizer(roadshow))
    sign = "/ko/o/roadshows/spring/print/door-signs.pdf"
    assert client.get(sign).status_code == 200
    assert "金敏俊" in made[-1]
    erase_participant(speaker)
    db.session.commit()
    assert client.get(sign).status_code == 200
    assert "金敏俊" not in made[-1]
    assert "朴智慧" in made[-1]
    assert [sign.hall.name.en for sign in printing.door_signs(agenda_of(roadshow))] == ["Hall 1"]


def test_versions_in_the_office_say_a_dash(ctx: None, client: FlaskClient) -> None:
    world = draft_worlds.day()
    who = world.interpreter.participant
    world.sessions[1].interpreting, world.sessions[1].interpreter_id = "ko-zh", world.interpreter.id
    name = who.name
    db.session.flush()
    publish_agenda(roadshow=world.roadshow, seen=world.roadshow.agenda_revision)
    db.session.commit()
    people.sign_in(client, make.organizer(world.roadshow))
    page = f"/en/o/roadshows/{world.roadshow.slug}/agenda/versions/1"
    assert name in client.get(page).text
    erase_participant(who)
    db.session.commit()
    after = client.get(page).text
    assert name not in after
    assert "—" in after
