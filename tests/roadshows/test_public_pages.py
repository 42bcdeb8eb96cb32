"""What the public sees of a roadshow: what is published and nothing of the draft, on the right days."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from flask.testing import FlaskClient

from core import files
from core.db import db
from core.languages import Trilingual
from roadshows.models import Material, PartnerKind, Roadshow, RoadshowState
from roadshows.models import Partner as PartnerRow
from roadshows.operations import feeds
from roadshows.queries import published as queries
from tests.conftest import Clock
from tests.roadshows import factories as make
from tests.roadshows.agenda_contents import SPEAKER, publish, session
from tests.scenery import PDF

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32
TEN = "2026-06-10T01:00Z"  # 10:00 in Seoul


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.get_data(as_text=True)[-400:]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def seoul_and_yantai(**values: Any) -> Roadshow:
    roadshow = make.roadshow(slug="spring", **values)
    make.yantai(roadshow)
    make.day(roadshow.cities[0])
    db.session.refresh(roadshow)
    return roadshow


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
@pytest.mark.parametrize(
    "page", ["", "/agenda", "/agenda?by=room", "/now", "/speakers", "/venues", "/materials"]
)
def test_each_page_stands_in_three_languages_without_an_agenda_and_with_one(
    ctx: None, client: FlaskClient, turn_clock: Clock, lang: str, page: str
) -> None:
    roadshow = seoul_and_yantai()
    empty = text_of(client, f"/{lang}/roadshows/spring{page}")
    publish(roadshow, session("k2", TEN, speakers=[{"key": SPEAKER["key"], "kind": "moderator"}], track=7))
    full = text_of(client, f"/{lang}/roadshows/spring{page}")
    assert (full != empty) == (page not in ("/venues", "/materials"))
    answer = client.get(f"/{lang}/roadshows/spring{page}")
    assert answer.headers["ETag"]
    assert "Set-Cookie" not in answer.headers
    assert answer.text.count('hreflang="zh-Hans"') >= 1


def test_every_line_shows_both_cities_clocks_and_the_day_where_it_differs(
    ctx: None, client: FlaskClient
) -> None:
    roadshow = seoul_and_yantai()
    publish(roadshow, session("k2", TEN), session("k3", "2026-06-09T15:15Z"))
    page = text_of(client, "/ko/roadshows/spring/agenda")
    assert "10:00–11:00 서울 · 09:00–10:00 옌타이" in page
    assert "00:15–01:15 서울 · 6월 9일 (화) 23:15–6월 10일 (수) 00:15 옌타이" in page
    assert "10:00–11:00 首尔 · 09:00–10:00 烟台" in text_of(client, "/zh/roadshows/spring/agenda")


def test_a_session_past_midnight_stands_on_the_day_of_its_own_city(ctx: None, client: FlaskClient) -> None:
    roadshow = seoul_and_yantai()
    publish(
        roadshow,
        session("late", "2026-06-10T14:30Z"),  # 23:30 in Seoul
        session("early", "2026-06-09T15:15Z"),  # 00:15 on the tenth in Seoul
        session("china", "2026-06-11T15:30Z", city="yantai", room=3),  # 23:30 on the eleventh in Yantai
    )
    page = client.get("/en/roadshows/spring/agenda").text
    days = re.findall(r'<h2 id="([^"]+)"', page)
    assert days == ["seoul-2026-06-10", "yantai-2026-06-11"]
    first = page.partition('id="yantai-2026-06-11"')[0]
    assert first.index('id="session-early"') < first.index('id="session-late"')
    assert 'id="session-china"' not in first


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_a_calendar_can_subscribe_to_the_agenda(ctx: None, client: FlaskClient, lang: str) -> None:
    publish(seoul_and_yantai(), session("k2", TEN))
    page = client.get(f"/{lang}/roadshows/spring/agenda").text
    [address] = re.findall(r'href="webcal://localhost(?::\d+)?(/[^"]+)"', page)
    assert address == f"/roadshows/spring/calendar.ics?lang={lang}"
    assert client.get(address).content_type == "text/calendar; charset=utf-8"


def test_by_room_each_room_has_its_own_list(ctx: None, client: FlaskClient) -> None:
    roadshow = seoul_and_yantai()
    publish(
        roadshow,
        session("k2", TEN, room=2),
        session("k3", TEN),
        session("k4", TEN, room=None, whole_city=True),
    )
    page = client.get("/en/roadshows/spring/agenda?by=room").text
    places = [
        page.index(word)
        for word in ("Everybody", "session-k4", "Hall 1", "session-k3", "Hall 2", "session-k2")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("track=7", {"pitch"}),
        ("kind=speech", {"speech"}),
        ("language=en", {"pitch"}),
        ("language=zh", {"speech"}),
        ("track=7&kind=speech", set()),
        ("track=99&kind=dance&language=xx", {"speech", "pitch"}),
        ("track=%F0%9F%8C%B8&kind=%E2%80%AE", {"speech", "pitch"}),
        ("track=" + "9" * 70, {"speech", "pitch"}),
    ],
)
def test_the_agenda_is_filtered_by_links(
    ctx: None, client: FlaskClient, asked: str, expected: set[str]
) -> None:
    roadshow = seoul_and_yantai()
    publish(
        roadshow,
        session("speech", TEN),
        session("pitch", TEN, kind="pitch", track=7, language="en", interpreting="", room=2),
    )
    page = client.get(f"/en/roadshows/spring/agenda?{asked}").text
    assert set(re.findall(r'<li class="program-item[^"]*" id="session-([^"]+)"', page)) == expected


def test_now_and_next_follows_the_clock(ctx: None, client: FlaskClient, turn_clock: Clock) -> None:
    roadshow = seoul_and_yantai()
    publish(
        roadshow,
        session("one", TEN),
        session("two", "2026-06-10T02:00Z"),
        session("off", "2026-06-10T01:30Z", room=2, canceled=True),
    )

    def shown() -> tuple[list[str], list[str]]:
        page = client.get("/en/roadshows/spring/now").text
        now, _next, later = page.partition('id="next"')
        return re.findall("session-([a-z]+)", now), re.findall("session-([a-z]+)", later)

    start = datetime(2026, 6, 10, 1, tzinfo=UTC)
    turn_clock.set(start - timedelta(seconds=1))
    assert shown() == ([], ["one"])
    turn_clock.set(start)
    assert shown() == (["one"], ["two"])
    turn_clock.set(start + timedelta(minutes=59, seconds=59))
    assert shown() == (["one"], ["two"])
    turn_clock.set(start + timedelta(hours=1))
    assert shown() == (["two"], [])
    turn_clock.set(start + timedelta(hours=2))
    assert shown() == ([], [])
    assert "Nothing comes any more" in text_of(client, "/en/roadshows/spring/now")


def test_a_new_version_replaces_the_cached_page_at_once(ctx: None, client: FlaskClient) -> None:
    roadshow = seoul_and_yantai()
    publish(roadshow, session("k2", TEN))
    assert "10:00–11:00" in text_of(client, "/en/roadshows/spring/agenda")
    publish(roadshow, session("k2", "2026-06-10T03:00Z", sequence=1), number=2)
    page = text_of(client, "/en/roadshows/spring/agenda")
    assert "12:00–13:00" in page
    assert "10:00–11:00" not in page


def test_the_draft_stays_inside(ctx: None, client: FlaskClient) -> None:
    roadshow = seoul_and_yantai()
    make.session(roadshow, title=Trilingual.same("zqdraftzq"), key="draft2222222")
    publish(
        roadshow,
        session("k2", TEN),
        interpreters=[{"key": "i", "name": "zqinterpreterzq", "name_latin": "x"}],
    )
    for path in ("", "/agenda", "/now", "/speakers", "/sessions/k2"):
        page = client.get(f"/en/roadshows/spring{path}").text
        assert "zqdraftzq" not in page
        assert "zqinterpreterzq" not in page
    assert client.get("/en/roadshows/spring/sessions/draft2222222").status_code == 404
    answer = client.get("/api/v1/roadshows/spring/agenda")
    assert [row["key"] for row in answer.json["sessions"]] == ["k2"]
    assert "zqinterpreterzq" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["", "/agenda", "/now", "/sessions/k2", "/speakers", "/venues", "/materials"],
)
def test_of_a_draft_event_nobody_learns(ctx: None, client: FlaskClient, path: str) -> None:
    roadshow = seoul_and_yantai(state=RoadshowState.DRAFT)
    publish(roadshow, session("k2", TEN))
    who = make.participant(roadshow)
    token = feeds.make_feed(participant=who)
    assert client.get(f"/en/roadshows/spring{path}").status_code == 404
    for secret in (
        "/roadshows/spring/calendar.ics",
        "/roadshows/spring/sessions/k2.ics",
        f"/roadshows/feeds/{token}.ics",
    ):
        assert client.get(secret).status_code == 404
    assert client.get("/api/v1/roadshows/spring/agenda").status_code == 404
    assert "spring" not in client.get("/en/roadshows").text


def test_a_canceled_event_says_so_everywhere_and_its_calendar_too(ctx: None, client: FlaskClient) -> None:
    roadshow = seoul_and_yantai(state=RoadshowState.CANCELED, canceled_reason=Trilingual.same("Typhoon"))
    publish(roadshow, session("k2", TEN, sequence=2))
    for path in ("", "/agenda", "/now", "/sessions/k2"):
        page = text_of(client, f"/en/roadshows/spring{path}")
        assert "This event is canceled" in page
        assert "Typhoon" in page
    [event] = icalendar.Calendar.from_ical(client.get("/roadshows/spring/calendar.ics").data).walk("VEVENT")
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 3)


def test_the_registration_button_is_there_while_one_can_register(
    ctx: None, client: FlaskClient, turn_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    roadshow = seoul_and_yantai()
    opens, closes = roadshow.registration_opens_at, roadshow.registration_closes_at
    assert opens
    assert closes

    def has_button() -> bool:
        return "btn-large" in client.get("/en/roadshows/spring").text

    turn_clock.set(opens - timedelta(seconds=1))
    assert not has_button()
    turn_clock.set(opens)
    assert has_button()
    turn_clock.set(closes)
    assert not has_button()


@pytest.mark.parametrize("opens", [None, datetime(2026, 5, 1, tzinfo=UTC)])
def test_the_button_leads_to_an_open_registration_and_only_then_it_is_there(
    ctx: None, client: FlaskClient, turn_clock: Clock, opens: datetime | None
) -> None:
    """Also without a time to open, as presets leave it, and without one to close."""
    roadshow = seoul_and_yantai(registration_opens_at=opens, registration_closes_at=None)
    end = queries.ends_at(roadshow)
    assert end
    for moment, is_within in ((end - timedelta(seconds=1), True), (end, False)):
        turn_clock.set(moment)
        expected = is_within and opens is not None
        assert ("btn-large" in client.get("/en/roadshows/spring").text) == expected
        form = client.get("/en/roadshows/spring/register")
        assert form.status_code == 200
        assert ('name="email"' in form.text) == expected


def test_partners_stand_by_what_they_are(ctx: None, client: FlaskClient) -> None:
    roadshow = seoul_and_yantai()
    for kind, name, url in (
        (PartnerKind.MEDIA, "Sina", "javascript:alert(1)"),
        (PartnerKind.HOST, "Chengdu", "https://example.com/"),
    ):
        db.session.add(PartnerRow(roadshow_id=roadshow.id, kind=kind, name=Trilingual.same(name), url=url))
    page = client.get("/en/roadshows/spring").text
    assert page.index("Chengdu") < page.index("Sina")
    assert 'href="https://example.com/"' in page
    assert "javascript:" not in page


def test_files_are_served_only_under_the_roadshow_that_shows_them(ctx: None, client: FlaskClient) -> None:
    roadshow, other = seoul_and_yantai(), make.roadshow(slug="other")
    plan, slides, photo = (
        files.keep(data, kind, name)
        for data, kind, name in (
            (PNG, "image/png", "plan.png"),
            (PDF, "application/pdf", "slides.pdf"),
            (PNG + b"1", "image/png", "kim.png"),
        )
    )
    venue = make.venue(roadshow.cities[0], map_file_id=plan.id)
    open_, closed = (
        Material(roadshow_id=roadshow.id, title=Trilingual.same("S"), file_id=slides.id, is_public=public)
        for public in (True, False)
    )
    db.session.add_all([open_, closed])
    publish(
        roadshow,
        session("k2", TEN, speakers=[{"key": SPEAKER["key"], "kind": "speaker"}]),
        speakers=[SPEAKER | {"photo": photo.key}],
    )
    db.session.flush()
    paths = (f"venues/{venue.id}/plan", f"materials/{open_.id}", f"speakers/{SPEAKER['key']}/photo")
    hidden = closed.id
    slug = other.slug
    for path in paths:
        response = client.get(f"/en/roadshows/spring/{path}")
        assert response.status_code == 200, path
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response.headers["Content-Security-Policy"]
        response.close()
        assert client.get(f"/en/roadshows/{slug}/{path}").status_code == 404
    assert client.get(f"/en/roadshows/spring/materials/{hidden}").status_code == 404
    assert client.get("/en/roadshows/spring/speakers/nobody/photo").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_pages_cost_the_same_however_much_there_is(
    ctx: None, client: FlaskClient, count_queries: Callable[[], Any], count: int
) -> None:
    first = seoul_and_yantai()
    for number in range(count - 1):
        make.day(make.roadshow(slug=f"r{number}").cities[0])
    publish(first, *(session(f"k{number}", f"2026-06-10T0{number}:00Z") for number in range(count)))
    file = files.keep(PDF, "application/pdf", "a.pdf")
    for _ in range(count):
        make.room(make.venue(first.cities[0]))
        db.session.add(
            Material(
                roadshow_id=first.id,
                session_id=make.session(first).id,
                title=Trilingual.same("S"),
                file_id=file.id,
                is_public=True,
            )
        )
    limits = {
        "": 6,
        "/spring": 7,
        "/spring/agenda": 4,
        "/spring/now": 4,
        "/spring/sessions/k0": 6,
        "/spring/speakers": 4,
        "/spring/venues": 6,
        "/spring/materials": 7,
    }
    for path, limit in limits.items():
        db.session.commit()
        with count_queries() as seen:
            assert client.get(f"/en/roadshows{path}").status_code == 200
        assert len(seen) <= limit, (path, seen)


def test_the_json_says_what_the_page_says(ctx: None, client: FlaskClient) -> None:
    roadshow = seoul_and_yantai()
    empty = client.get("/api/v1/roadshows/spring/agenda").json
    assert (empty["version"], empty["sessions"]) == (0, [])
    publish(roadshow, session("k2", "2026-06-09T15:15Z", track=7))
    row = client.get("/api/v1/roadshows/spring/agenda").json["sessions"][0]
    assert (row["starts_at"], row["ends_at"], row["date"]) == (
        "2026-06-09T15:15:00Z",
        "2026-06-09T16:15:00Z",
        "2026-06-10",
    )
    assert row["room"]["name"]["en"] == "Hall 1"
    assert row["track"]["zh"] == "生物医药"
