"""Speakers and interpreters: tasks, absences in two clocks, portraits, links."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from accounts.sessions import sha256
from core.db import db
from core.errors import BadInput, Conflict, NotFound
from core.languages import Trilingual
from core.models import Mail
from roadshows.models import Absence, Interpreter, Participant, Roadshow, RoadshowState, Speaker
from roadshows.operations import program, speakers
from roadshows.operations.people import standing_link
from tests import factories as make
from tests.roadshows import factories as roadshows

BASE = "/en/o/roadshows/show/people"


@pytest.fixture
def show(app: Flask, ctx: None) -> Roadshow:
    made = roadshows.roadshow(slug="show", edition_id=make.edition().id)
    roadshows.yantai(made)
    roadshows.day(made.cities[0])
    db.session.expire(made)
    return made


@pytest.fixture
def office(show: Roadshow, client: FlaskClient) -> FlaskClient:
    make.sign_in(client, roadshows.organizer(show))
    return client


def sent(**values: str) -> dict[str, str]:
    return {
        "once_key": "k" * 20,
        "name": "王小明",
        "name_latin": "Wang Xiaoming",
        "organization": "四川大学",
        "position": "教授",
        "email": "Wang@Example.com",
        "phone": "+86 138 0013 8000",
        "language": "zh",
        "zone": "Asia/Shanghai",
        "speaks": "y",
        "is_shown": "y",
        "title-zh": "教授",
        "most_in_a_row": "4",
    } | values


def somebody() -> Participant:
    return db.session.scalars(select(Participant)).one()


def test_a_person_is_added_changed_and_removed(office: FlaskClient, show: Roadshow) -> None:
    assert office.post(f"{BASE}/new", data=sent()).status_code == 303
    who = somebody()
    assert (who.email, who.phone, who.zone) == ("Wang@example.com", "+8613800138000", "Asia/Shanghai")
    speaker = db.session.scalars(select(Speaker)).one()
    assert speaker.title.zh == "教授"
    assert speaker.is_shown
    page = f"{BASE}/{who.key}"
    stale = office.post(page, data=sent(version="7", once_key="s" * 20, name="X"))
    assert stale.status_code == 409
    both = sent(version=str(who.version), once_key="c" * 20, interprets="y", pairs="ko-zh", name="왕샤오밍")
    assert office.post(page, data=both).status_code == 303
    db.session.expire_all()
    assert who.name == "왕샤오밍"
    assert db.session.scalars(select(Interpreter)).one().pairs == ["ko-zh"]
    gone = {"version": str(who.version), "once_key": "r" * 20}
    assert office.post(f"{page}/remove", data=gone).status_code == 303
    db.session.expire_all()
    assert db.session.scalars(select(Participant)).all() == []


def test_a_guest_who_speaks_is_one_person(office: FlaskClient, show: Roadshow) -> None:
    guest = roadshows.guest(show, participant=roadshows.participant(show, email="wang@example.com"))
    assert office.post(f"{BASE}/new", data=sent()).status_code == 303
    speaker = db.session.scalars(select(Speaker)).one()
    assert speaker.participant_id == guest.participant_id
    assert speakers.remove_person(participant=guest.participant, seen=None) is False
    db.session.flush()
    assert db.session.scalars(select(Speaker)).all() == []
    assert somebody().id == guest.participant_id


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a\u202eb"},
        {"name": "长" * 81},
        {"email": "nobody"},
        {"email": "a@example.com, b@example.com"},
        {"phone": "call me"},
        {"language": "fr"},
        {"zone": "CST"},
        {"speaks": ""},
        {"interprets": "y", "pairs": "ko-fr"},
        {"interprets": "y"},
        {"interprets": "y", "pairs": "ko-zh", "most_in_a_row": "NaN"},
    ],
)
def test_a_wrong_person_is_refused(office: FlaskClient, wrong: dict[str, str]) -> None:
    values = {name: value for name, value in (sent() | wrong).items() if value or name != "speaks"}
    response = office.post(f"{BASE}/new", data=values)
    assert response.status_code == 422
    assert "error-summary" in response.get_data(as_text=True)
    assert db.session.scalars(select(Participant)).all() == []


def test_an_address_belongs_to_one_person(office: FlaskClient, show: Roadshow) -> None:
    roadshows.participant(show, email="wang@example.com")
    other = roadshows.participant(show)
    with pytest.raises(Conflict) as refused:
        speakers.change_person(participant=other, seen=None, email="WANG@example.com")
    assert list(refused.value.fields) == ["email"]


def test_who_is_needed_is_not_let_go(show: Roadshow) -> None:
    speaker, interpreter = roadshows.speaker(show), roadshows.interpreter(show)
    session = roadshows.session(show, interpreter_id=interpreter.id)
    program.change_session(
        session=session,
        seen=None,
        city=show.cities[0],
        parts=[program.Part(speaker)],
        title=session.title,
        minutes=20,
    )
    with pytest.raises(Conflict):
        speakers.remove_person(participant=speaker.participant, seen=None)
    with pytest.raises(Conflict):
        speakers.stop_interpreting(participant=interpreter.participant)


# --- absences ---


def test_an_absence_is_typed_by_one_clock_and_shown_by_both(office: FlaskClient, show: Roadshow) -> None:
    who = roadshows.speaker(show).participant
    yantai = show.cities[1]
    page = f"{BASE}/{who.key}"
    values = {
        "city": str(yantai.id),
        "starts_at": "2026-06-10T23:30",
        "ends_at": "2026-06-11T01:00",
        "once_key": "k" * 20,
    }
    assert office.post(f"{page}/absences", data=values).status_code == 303
    absence = db.session.scalars(select(Absence)).one()
    assert absence.starts_at == datetime(2026, 6, 10, 15, 30, tzinfo=UTC)
    words = re.sub(r"<[^>]+>", " ", office.get(page).get_data(as_text=True))
    text = " ".join(words.replace("–", " – ").split())
    assert "Thu, Jun 11 00:30 – 02:00 Seoul · Wed, Jun 10 23:30 – Thu, Jun 11 01:00 Yantai" in text
    gone = office.post(f"{page}/absences/{absence.id}/remove", data={"once_key": "r" * 20})
    assert gone.status_code == 303
    assert db.session.scalars(select(Absence)).all() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": "2026-06-10T09:00"},
        {"ends_at": "2026-06-10T10:00"},
        {"starts_at": "soon"},
        {"starts_at": "1026-06-10T10:00"},
        {"starts_at": ""},
        {"city": "9999"},
        {"city": "x"},
    ],
)
def test_a_wrong_absence_is_refused(office: FlaskClient, show: Roadshow, wrong: dict[str, str]) -> None:
    who = roadshows.speaker(show).participant
    values = {
        "city": str(show.cities[0].id),
        "starts_at": "2026-06-10T10:00",
        "ends_at": "2026-06-10T12:00",
        "once_key": "k" * 20,
    }
    response = office.post(f"{BASE}/{who.key}/absences", data=values | wrong)
    assert response.status_code == 422
    assert db.session.scalars(select(Absence)).all() == []


def test_an_absence_of_somebody_else_is_not_found(office: FlaskClient, show: Roadshow) -> None:
    mine, other = (roadshows.speaker(show).participant for _number in range(2))
    start = datetime(2026, 6, 10, 1, tzinfo=UTC)
    absence = speakers.add_absence(participant=other, starts_at=start, ends_at=start.replace(hour=2))
    page = f"{BASE}/{mine.key}/absences/{absence.id}/remove"
    assert office.post(page, data={"once_key": "k" * 20}).status_code == 404
    foreign = roadshows.speaker(roadshows.roadshow()).participant
    assert office.get(f"{BASE}/{foreign.key}").status_code == 404


# --- portrait, link ---


def test_a_portrait_is_for_speakers(office: FlaskClient, show: Roadshow) -> None:
    def picture() -> tuple[io.BytesIO, str]:
        data = io.BytesIO()
        Image.new("RGB", (30, 40), "white").save(data, "JPEG")
        data.seek(0)
        return data, "me.jpg"

    speaker, interpreter = roadshows.speaker(show), roadshows.interpreter(show)
    page = f"{BASE}/{speaker.participant.key}/photo"
    assert office.post(page, data={"photo": picture()}).status_code == 303
    with office.get(page) as shown:
        assert shown.mimetype == "image/png"
    other = f"{BASE}/{interpreter.participant.key}/photo"
    assert office.post(other, data={"photo": picture()}).status_code == 422
    assert office.get(other).status_code == 404
    assert office.post(page, data={"photo": (io.BytesIO(b"GIF89a"), "me.gif")}).status_code == 422
    assert office.post(f"{page}/remove", data={"once_key": "k" * 20}).status_code == 303
    assert office.get(page).status_code == 404


def test_the_link_that_stands_is_mailed_in_the_persons_language(office: FlaskClient, show: Roadshow) -> None:
    who = roadshows.speaker(show, participant=roadshows.participant(show, "first", language="ko")).participant
    sent_once = office.post(f"{BASE}/{who.key}/link", data={"once_key": "k" * 20})
    assert sent_once.status_code == 303
    mail = db.session.scalars(select(Mail)).one()
    assert (mail.language, mail.roadshow_id, mail.edition_id) == ("ko", show.id, None)
    assert "쓰촨 혁신창업 설명회" in mail.subject
    found = re.search(r"/ko/roadshows/show/my/([\w-]+)", mail.body)
    assert found is not None
    db.session.expire_all()
    assert who.link_sha256 == sha256(found[1])
    assert office.get(f"/ko/roadshows/show/my/{found[1]}").status_code == 200
    assert office.get("/ko/roadshows/show/my/first").status_code == 404
    again = office.post(f"{BASE}/{who.key}/link", data={"once_key": "k" * 20})
    assert again.status_code == 303
    assert len(db.session.scalars(select(Mail)).all()) == 1
    office.post(f"{BASE}/{who.key}/link", data={"once_key": "m" * 20})
    [_first, second] = db.session.scalars(select(Mail).order_by(Mail.id))
    assert f"/my/{found[1]}" in second.body
    assert office.get(f"/ko/roadshows/show/my/{found[1]}").status_code == 200


def test_a_link_that_fell_into_wrong_hands_is_replaced(office: FlaskClient, show: Roadshow) -> None:
    who = roadshows.speaker(show).participant
    former = standing_link(participant=who)
    db.session.commit()
    assert 'name="renew"' in office.get(f"{BASE}/{who.key}").text
    answer = office.post(f"{BASE}/{who.key}/link", data={"once_key": "k" * 20, "renew": "y"})
    assert answer.status_code == 303
    [body] = db.session.scalars(select(Mail.body))
    assert "no longer work" in body
    found = re.search(r"/my/([\w-]+)", body)
    assert found is not None
    assert found[1] != former
    assert office.get(f"/en/roadshows/show/my/{former}").status_code == 404
    assert office.get(f"/en/roadshows/show/my/{found[1]}").status_code == 200


def test_nobody_without_an_address_gets_a_link(show: Roadshow) -> None:
    who = roadshows.speaker(show, participant=roadshows.participant(show, email="")).participant
    with pytest.raises(BadInput):
        speakers.send_link(participant=who)
    assert who.link_sha256 is None


def test_once_the_event_is_canceled_no_link_leaves(show: Roadshow) -> None:
    who = roadshows.speaker(show).participant
    show.state = RoadshowState.CANCELED
    with pytest.raises(Conflict, match="roadshow_canceled"):
        speakers.send_link(participant=who, renew=True)
    assert who.link_number == 0
    show.state = RoadshowState.CLOSED
    speakers.send_link(participant=who)
    assert len(list(db.session.scalars(select(Mail)))) == 1


# --- team members ---


def test_a_member_becomes_one_speaker_shown_only_with_consent(show: Roadshow) -> None:
    captain = make.person(language="ko")
    entry = make.entry(show.edition, team=make.team(show.edition, captain))
    member = entry.team.members[0]
    first = speakers.speaker_from_member(roadshow=show, member=member)
    assert speakers.speaker_from_member(roadshow=show, member=member) is first
    assert first.participant.person_id == captain.id
    assert first.participant.language == "ko"
    assert first.title == Trilingual.same(entry.team.name)
    assert not first.is_shown


def test_a_member_of_another_edition_is_not_found(show: Roadshow) -> None:
    other = make.entry(make.edition())
    with pytest.raises(NotFound):
        speakers.speaker_from_member(roadshow=show, member=other.team.members[0])
