"""Calendars to subscribe to: public ones as cached bytes, one's own behind a secret that is taken back."""

from __future__ import annotations

import logging
import re
from datetime import datetime

import icalendar
import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import clock, logs, pages
from core.db import db
from roadshows.models import CalendarFeed, Meeting, MeetingState, Participant, Roadshow, RoadshowState, Side
from roadshows.operations import feeds
from tests import factories as people
from tests.roadshows import factories as make
from tests.roadshows.agenda_contents import publish, session
from tests.roadshows.test_public_pages import TEN, seoul_and_yantai

TOKEN = "token-of-somebody"


def events(client: FlaskClient, path: str) -> dict[str, icalendar.Event]:
    response = client.get(path)
    assert response.status_code == 200, path
    assert response.content_type == "text/calendar; charset=utf-8"
    found = icalendar.Calendar.from_ical(response.data).walk("VEVENT")
    return {str(event["UID"]): event for event in found}


def test_the_public_calendar_holds_the_agenda_in_the_language_asked_for(
    ctx: None, client: FlaskClient
) -> None:
    publish(seoul_and_yantai(), session("k2", TEN), session("k3", TEN, room=2, canceled=True, sequence=1))
    found = events(client, "/roadshows/spring/calendar.ics?lang=zh")
    assert set(found) == {"k2@localhost", "k3@localhost"}
    assert found["k2@localhost"]["SUMMARY"] == "演讲 k2"
    assert found["k2@localhost"]["DTSTART"].dt == datetime.fromisoformat("2026-06-10T01:00:00+00:00")
    assert "一号厅" in found["k2@localhost"]["LOCATION"]
    assert "09:00–10:00 烟台" in found["k2@localhost"]["DESCRIPTION"]
    assert (found["k3@localhost"]["STATUS"], found["k3@localhost"]["SEQUENCE"]) == ("CANCELLED", 1)
    for asked in ("", "?lang=xx", "?lang=%E2%80%AE"):
        assert (
            events(client, f"/roadshows/spring/calendar.ics{asked}")["k2@localhost"]["SUMMARY"] == "Speech k2"
        )


def test_the_same_version_is_the_same_bytes_and_a_304(ctx: None, client: FlaskClient) -> None:
    roadshow = seoul_and_yantai()
    publish(roadshow, session("k2", TEN))
    path = "/roadshows/spring/calendar.ics?lang=ko"
    first = client.get(path, headers={"Accept-Language": "ko"})
    pages._pages.clear()
    again = client.get(path, headers={"Accept-Language": "zh"})
    assert again.data == first.data
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    publish(roadshow, session("k2", TEN, sequence=1, minutes=90), number=2)
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_one_session_alone(ctx: None, client: FlaskClient) -> None:
    publish(seoul_and_yantai(), session("k2", TEN), session("k3", TEN, room=2))
    assert set(events(client, "/roadshows/spring/sessions/k3.ics?lang=en")) == {"k3@localhost"}
    assert client.get("/roadshows/spring/sessions/zz.ics").status_code == 404


def _meeting(roadshow: Roadshow, team: Participant, investor: Participant, **values: object) -> Meeting:
    slot = make.meeting_slot(roadshow.days[0])
    sides = [
        make.party(roadshow, side, participant=who)
        for side, who in ((Side.TEAM, team), (Side.INVESTOR, investor))
    ]
    row = Meeting(
        **{  # type: ignore[arg-type]
            "roadshow_id": roadshow.id,
            "team_id": sides[0].id,
            "investor_id": sides[1].id,
            "slot_id": slot.id,
            "table": 7,
            "told_at": clock.now(),
            "key": "meeting22222",
        }
        | values
    )
    db.session.add(row)
    db.session.flush()
    return row


def test_ones_own_calendar_holds_ones_own_sessions_and_meetings_only(ctx: None, client: FlaskClient) -> None:
    roadshow = seoul_and_yantai()
    who = make.participant(roadshow, language="ko")
    other = make.participant(roadshow, organization="투자회사")
    publish(
        roadshow,
        session("mine", TEN, speakers=[{"key": who.key, "kind": "speaker"}]),
        session("interpreted", "2026-06-10T03:00Z", interpreter=who.key),
        session("others", "2026-06-10T05:00Z", speakers=[{"key": other.key, "kind": "speaker"}]),
    )
    meeting = _meeting(roadshow, who, other)
    token = feeds.make_feed(participant=who)
    path = f"/roadshows/feeds/{token}.ics"
    found = events(client, path)
    assert set(found) == {"mine@localhost", "interpreted@localhost", "meeting22222@localhost"}
    assert "투자회사" in found["meeting22222@localhost"]["SUMMARY"]
    assert "7" in found["meeting22222@localhost"]["LOCATION"]
    meeting.told_at = None
    assert "meeting22222@localhost" not in events(client, path), "nobody was told of it yet"
    meeting.told_at, meeting.state = clock.now(), MeetingState.CANCELED
    assert "meeting22222@localhost" not in events(client, path)


def test_ones_own_calendar_speaks_the_language_of_the_account_as_mails_do(
    ctx: None, client: FlaskClient
) -> None:
    roadshow = seoul_and_yantai()
    who = make.participant(roadshow, person_id=people.person(language="ko").id, language="en")
    publish(roadshow, session("mine", TEN, speakers=[{"key": who.key, "kind": "speaker"}]))
    found = events(client, f"/roadshows/feeds/{feeds.make_feed(participant=who)}.ics")
    assert found["mine@localhost"]["SUMMARY"] == "강연 mine"


def test_the_secret_calendar_is_kept_by_nobody_and_ends_with_its_address(
    ctx: None, client: FlaskClient
) -> None:
    roadshow = seoul_and_yantai()
    who = make.participant(roadshow)
    first = feeds.make_feed(participant=who)
    response = client.get(f"/roadshows/feeds/{first}.ics")
    assert response.headers["Cache-Control"] == "no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert response.headers["Referrer-Policy"] == "no-referrer"
    again = client.get(f"/roadshows/feeds/{first}.ics", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    second = feeds.make_feed(participant=who)
    assert client.get(f"/roadshows/feeds/{first}.ics").status_code == 404
    assert client.get(f"/roadshows/feeds/{second}.ics").status_code == 200
    feeds.revoke_feed(participant=who)
    feeds.revoke_feed(participant=who)
    assert client.get(f"/roadshows/feeds/{second}.ics").status_code == 404
    kept = db.session.query(CalendarFeed).all()
    assert len(kept) == 2
    assert not any(token in str(vars(row)) for row in kept for token in (first, second))
    third = feeds.make_feed(participant=who)
    who.erased_at = clock.now()
    assert client.get(f"/roadshows/feeds/{third}.ics").status_code == 404


def test_the_address_is_made_shown_once_and_taken_back_on_the_personal_page(
    ctx: None, client: FlaskClient
) -> None:
    roadshow = seoul_and_yantai()
    who = make.participant(roadshow, TOKEN)
    make.speaker(roadshow, participant=who)
    publish(roadshow, session("mine", TEN, speakers=[{"key": who.key, "kind": "speaker"}]))
    home = f"/en/roadshows/spring/my/{TOKEN}"
    page = client.get(home).text
    assert "Speech mine" in page
    assert "Switch the address off" not in page
    made = client.post(f"{home}/calendar")
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    [token] = set(re.findall(r"/roadshows/feeds/([\w-]+)\.ics", made.text))
    assert f"webcal://localhost/roadshows/feeds/{token}.ics" in made.text
    assert set(events(client, f"/roadshows/feeds/{token}.ics")) == {"mine@localhost"}
    page = client.get(home).text
    assert token not in page
    assert "Switch the address off" in page
    assert client.post(f"{home}/calendar/revoke").status_code == 303
    assert client.get(f"/roadshows/feeds/{token}.ics").status_code == 404
    assert client.post("/en/roadshows/spring/my/wrong/calendar").status_code == 404


def test_a_pure_guest_is_offered_no_empty_calendar(ctx: None, client: FlaskClient) -> None:
    roadshow = seoul_and_yantai()
    make.guest(roadshow, participant=make.participant(roadshow, TOKEN))
    assert "My calendar" not in client.get(f"/en/roadshows/spring/my/{TOKEN}").text


def test_in_a_canceled_event_ones_own_calendar_strikes_all(ctx: None, client: FlaskClient) -> None:
    roadshow = seoul_and_yantai()
    who, other = make.participant(roadshow), make.participant(roadshow)
    publish(roadshow, session("mine", TEN, speakers=[{"key": who.key, "kind": "speaker"}]))
    _meeting(roadshow, who, other)
    token = feeds.make_feed(participant=who)
    roadshow.state = RoadshowState.CANCELED
    found = events(client, f"/roadshows/feeds/{token}.ics")
    assert {(event["STATUS"], event["SEQUENCE"]) for event in found.values()} == {("CANCELLED", 1)}


@pytest.mark.parametrize(
    "line",
    [
        "GET /roadshows/feeds/s3cret-token.ics HTTP/1.1",
        "Error handling request /zh/roadshows/spring/my/s3cret-token/calendar?x=1",
        "http://localhost/roadshows/feeds/s3cret-token.ics",
    ],
)
def test_secret_addresses_are_struck_out_of_the_log(
    app: Flask, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert "s3cret" not in logs.without_secret_addresses(line)
    assert "/roadshows/" in logs.without_secret_addresses(line)
    assert "s3cret" not in str(logs._hide_secrets(None, "", {"event": line, "path": line}))
    record = logging.LogRecord("gunicorn.error", logging.ERROR, "", 0, "request %s %d", (line, 5), None)
    assert all(found.filter(record) for found in logging.getLogger("gunicorn.error").filters)
    assert "s3cret" not in record.getMessage()
    assert record.getMessage().endswith(" 5")
