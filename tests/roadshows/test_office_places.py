"""Cities, days, venues, rooms, ways, slots: what may be written, and what is refused in words."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from core.db import db
from core.errors import BadInput, Conflict, NotFound
from core.languages import Trilingual
from core.models import AuditRecord, StoredFile
from roadshows.local_times import at
from roadshows.models import Day, HostCity, Roadshow, RoadshowState, Room, Slot, Venue, VenueTravel
from roadshows.operations import places, timetable
from tests import factories as make
from tests.roadshows import factories as roadshows

NAME = Trilingual("名", "이름", "Name")
JUNE_10 = date(2026, 6, 10)


@pytest.fixture
def show(app: Flask, ctx: None) -> Roadshow:
    """In Seoul and Yantai, a venue with a room in each, a day in each."""
    made = roadshows.roadshow(slug="show", edition_id=make.edition().id)
    for city in (made.cities[0], roadshows.yantai(made)):
        roadshows.room(roadshows.venue(city))
        roadshows.day(city, JUNE_10)
    db.session.expire(made)
    return made


def audited(action: str) -> AuditRecord:
    return db.session.scalars(select(AuditRecord).where(AuditRecord.action == action)).one()


# --- slots ---


def add(day: Day, first: time, minutes: int = 30, count: int = 1, **values: Any) -> list[Slot]:
    return timetable.add_slots(day=day, seen=None, first=first, minutes=minutes, count=count, **values)


def test_a_series_of_slots_is_told_by_the_citys_clock(show: Roadshow) -> None:
    seoul, yantai = show.days
    first = add(seoul, time(10), 20, 3, pause=5)
    assert [slot.starts_at for slot in first] == [
        at(JUNE_10, 10, 0, "Asia/Seoul"),
        at(JUNE_10, 10, 25, "Asia/Seoul"),
        at(JUNE_10, 10, 50, "Asia/Seoul"),
    ]
    assert add(yantai, time(9))[0].starts_at == first[0].starts_at
    assert db.session.query(AuditRecord).filter_by(action="slots.added").count() == 2


def test_overlapping_slots_are_refused_and_none_is_added(show: Roadshow) -> None:
    seoul, yantai = show.days
    add(seoul, time(10), 60)
    with pytest.raises(Conflict) as refused:
        add(seoul, time(9), 40, 3)
    assert "10:20–11:00" in str(refused.value.detail) or "09:40–10:20" in str(refused.value.detail)
    assert len(timetable.slots_of(seoul)) == 1
    add(seoul, time(9), 60)
    add(seoul, time(11))
    add(yantai, time(10), 60)  # another city has its own rooms


def test_a_slot_over_midnight_reaches_into_the_next_day(show: Roadshow) -> None:
    day = show.days[0]
    late = add(day, time(23, 30), 60)[0]
    assert late.starts_at == at(JUNE_10, 23, 30, "Asia/Seoul")
    following = timetable.add_day(roadshow=show, seen=None, city=day.city, date=date(2026, 6, 11))
    with pytest.raises(Conflict):
        add(following, time(0, 15))
    assert add(following, time(0, 30))[0].starts_at == at(date(2026, 6, 11), 0, 30, "Asia/Seoul")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"first": time(23, 0), "count": 4}, "count"),
        ({"first": time(10), "minutes": 0}, "minutes"),
        ({"first": time(10), "minutes": 721}, "minutes"),
        ({"first": time(10), "count": 0}, "count"),
        ({"first": time(10), "count": 101}, "count"),
    ],
)
def test_impossible_slots_are_refused_beside_their_field(
    show: Roadshow, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        add(show.days[0], **values)
    assert list(refused.value.fields) == [field]
    assert timetable.slots_of(show.days[0]) == []


def test_a_slot_changes_unless_a_session_would_not_fit_any_more(show: Roadshow) -> None:
    slot, following = add(show.days[0], time(10), 30, 2)
    timetable.change_slot(slot=slot, seen=None, at=time(9), minutes=45, block="pm")
    assert (slot.starts_at, slot.minutes, slot.block) == (at(JUNE_10, 9, 0, "Asia/Seoul"), 45, "pm")
    with pytest.raises(Conflict):
        timetable.change_slot(slot=slot, seen=None, at=time(10, 15), minutes=45, block="pm")
    room = show.venues[0].rooms[0]
    roadshows.session(show, minutes=30, slot_id=following.id, room_id=room.id)
    with pytest.raises(Conflict) as refused:
        timetable.change_slot(slot=following, seen=None, at=time(10, 30), minutes=20, block="am")
    assert list(refused.value.fields) == ["minutes"]
    with pytest.raises(Conflict):
        timetable.remove_slots(day=show.days[0], seen=None, slots=[slot, following])
    assert len(timetable.slots_of(show.days[0])) == 2
    timetable.remove_slots(day=show.days[0], seen=None, slots=[slot])
    assert timetable.slots_of(show.days[0]) == [following]


def test_a_page_of_slots_answers_in_words(show: Roadshow, client: FlaskClient) -> None:
    day = show.days[0]
    make.sign_in(client, roadshows.organizer(show))
    page = f"/en/o/roadshows/show/places/days/{day.id}/slots"
    sent = {"first": "10:00", "minutes": "30", "count": "2", "pause": "0", "block": "am"}
    version = {"version": str(show.version), "once_key": "k" * 20}
    assert client.post(page, data=sent | version).status_code == 303
    db.session.expire_all()
    version = {"version": str(show.version), "once_key": "l" * 20}
    again = client.post(page, data=sent | version)
    assert again.status_code == 409
    assert "would overlap with 10:00–10:30" in again.get_data(as_text=True)
    assert "10:00–10:30" in client.get(page).get_data(as_text=True)
    assert "09:00–09:30" in client.get(page).get_data(as_text=True)
    for wrong in ({"first": "25:00"}, {"first": ""}, {"minutes": "NaN"}, {"count": "１e9"}, {"block": "x"}):
        refused = client.post(page, data=sent | version | wrong | {"once_key": "m" * 20})
        assert refused.status_code == 422, wrong
    elsewhere = roadshows.day(roadshows.roadshow(slug="elsewhere").cities[0])
    db.session.commit()
    missing = client.post(f"/en/o/roadshows/show/places/days/{elsewhere.id}/slots", data=sent | version)
    assert missing.status_code == 404


# --- days ---


def test_a_day_stands_once_in_a_city(show: Roadshow) -> None:
    with pytest.raises(Conflict):
        timetable.add_day(roadshow=show, seen=None, city=show.cities[0], date=JUNE_10)
    with pytest.raises(NotFound):
        timetable.add_day(
            roadshow=show, seen=None, city=roadshows.roadshow().cities[0], date=date(2026, 6, 12)
        )


def test_slots_move_with_their_day(show: Roadshow) -> None:
    day = show.days[0]
    slots = add(day, time(23, 0), 60, 1) + add(day, time(9), 60, 3)
    roadshows.meeting_slot(day)
    for target in (date(2026, 6, 11), date(2026, 6, 9)):
        timetable.change_day(day=day, seen=None, date=target, title=NAME)
        assert slots[0].starts_at == at(target, 23, 0, "Asia/Seoul")
        assert slots[1].starts_at == at(target, 9, 0, "Asia/Seoul")
    assert day.title == NAME


def test_a_day_does_not_move_over_another(show: Roadshow) -> None:
    day = show.days[0]
    add(day, time(0, 0), 60)
    other = timetable.add_day(roadshow=show, seen=None, city=day.city, date=date(2026, 6, 20))
    add(other, time(23, 30), 120)
    with pytest.raises(Conflict):
        timetable.change_day(day=day, seen=None, date=date(2026, 6, 20), title=NAME)
    with pytest.raises(Conflict) as refused:
        timetable.change_day(day=day, seen=None, date=date(2026, 6, 21), title=NAME)
    assert refused.value.code == "overlap"


def test_a_day_with_sessions_stays(show: Roadshow) -> None:
    day = show.days[0]
    slot = add(day, time(9), 60)[0]
    session = roadshows.session(show, slot_id=slot.id, room_id=show.venues[0].rooms[0].id)
    with pytest.raises(Conflict):
        timetable.remove_day(day=day, seen=None)
    session.slot_id = session.room_id = None
    timetable.remove_day(day=day, seen=None)
    db.session.flush()
    assert db.session.scalars(select(Slot)).all() == []


# --- cities, venues, rooms, ways ---


def test_a_city_takes_a_known_clock_only(show: Roadshow) -> None:
    with pytest.raises(BadInput):
        places.add_city(roadshow=show, seen=None, slug="busan", name=NAME, country="KR", zone="KST")
    with pytest.raises(BadInput):
        places.add_city(roadshow=show, seen=None, slug="busan", name=NAME, country="XX", zone="Asia/Seoul")
    with pytest.raises(Conflict):
        places.add_city(roadshow=show, seen=None, slug="seoul", name=NAME, country="KR", zone="Asia/Seoul")
    city = places.add_city(roadshow=show, seen=None, slug="busan", name=NAME, country="KR", zone="Asia/Seoul")
    assert city.position == 3
    assert audited("host_city.added").roadshow_id == show.id


def test_a_city_whose_clock_is_put_right_keeps_its_times_on_the_wall(show: Roadshow) -> None:
    seoul = show.cities[0]
    slot = add(show.days[0], time(10))[0]
    revision = show.agenda_revision
    places.change_city(city=seoul, seen=None, name=NAME, country="CN", zone="Asia/Shanghai")
    assert slot.starts_at == at(JUNE_10, 10, 0, "Asia/Shanghai")
    assert show.zone == "Asia/Shanghai"
    assert show.agenda_revision > revision


def test_what_is_in_use_is_not_removed(show: Roadshow) -> None:
    venue = show.venues[0]
    room = venue.rooms[0]
    slot = add(show.days[0], time(9), 60)[0]
    session = roadshows.session(show, slot_id=slot.id, room_id=room.id)
    for remove in (
        lambda: places.remove_city(city=show.cities[0], seen=None),
        lambda: places.remove_venue(venue=venue, seen=None),
        lambda: places.remove_room(room=room, seen=None),
    ):
        with pytest.raises(Conflict) as refused:
            remove()
        assert refused.value.code == "in_use"
    yantai = show.venues[1]
    with pytest.raises(Conflict):
        places.change_room(room=room, seen=None, venue=yantai, name=NAME, capacity=1)
    with pytest.raises(Conflict):
        places.change_venue(
            venue=venue, seen=None, city=show.cities[1], name=NAME, address=NAME, directions=NAME
        )
    session.slot_id = session.room_id = None
    places.set_travel(roadshow=show, seen=None, minutes={(venue.id, yantai.id): 100})
    places.remove_venue(venue=venue, seen=None)
    db.session.flush()
    assert db.session.scalars(select(Room)).all() == yantai.rooms
    assert db.session.scalars(select(VenueTravel)).all() == []


def test_a_way_is_set_either_way_once(show: Roadshow) -> None:
    one, other = show.venues
    places.set_travel(roadshow=show, seen=None, minutes={(other.id, one.id): 90})
    places.set_travel(roadshow=show, seen=None, minutes={(one.id, other.id): 120})
    (way,) = db.session.scalars(select(VenueTravel)).all()
    assert (way.from_id, way.to_id, way.minutes) == (one.id, other.id, 120)
    foreign = roadshows.venue(roadshows.roadshow().cities[0])
    with pytest.raises(NotFound):
        places.set_travel(roadshow=show, seen=None, minutes={(one.id, foreign.id): 1})
    places.set_travel(roadshow=show, seen=None, minutes={(one.id, other.id): None})
    assert db.session.scalars(select(VenueTravel)).all() == []


@pytest.mark.parametrize("state", [RoadshowState.CLOSED, RoadshowState.CANCELED])
def test_nothing_changes_once_it_is_over(show: Roadshow, state: RoadshowState) -> None:
    show.state = state
    for act in (
        lambda: add(show.days[0], time(9)),
        lambda: timetable.remove_day(day=show.days[0], seen=None),
        lambda: places.remove_room(room=show.venues[0].rooms[0], seen=None),
        lambda: places.set_map(venue=show.venues[0], file=None),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == state.value


# --- over the web ---

SENT: dict[str, dict[str, str]] = {
    "cities": {"name-en": "Busan", "slug": "busan", "country": "KR", "zone": "Asia/Seoul"},
    "days": {"date": "2026-06-12", "title-en": "Day"},
    "venues": {"name-en": "Hotel", "address-ko": "서울"},
    "rooms": {"name-en": "Hall", "capacity": "80"},
}


def where(show: Roadshow, kind: str) -> dict[str, str]:
    if kind == "rooms":
        return {"venue": str(show.venues[0].id)}
    return {} if kind == "cities" else {"city": str(show.cities[0].id)}


def sent_to(show: Roadshow, kind: str, **values: str) -> dict[str, str]:
    return SENT[kind] | where(show, kind) | {"version": str(show.version), "once_key": "k" * 20} | values


@pytest.mark.parametrize(
    ("kind", "model"), [("cities", HostCity), ("days", Day), ("venues", Venue), ("rooms", Room)]
)
def test_each_kind_of_place_is_added_changed_and_removed(
    show: Roadshow, client: FlaskClient, kind: str, model: Any
) -> None:
    make.sign_in(client, roadshows.organizer(show))
    base = f"/en/o/roadshows/show/places/{kind}"
    assert client.post(f"{base}/new", data=sent_to(show, kind)).status_code == 303
    number = db.session.scalars(select(model.id).order_by(model.id.desc())).first()
    db.session.expire_all()
    stale = sent_to(show, kind, version="1", once_key="s" * 20)
    refused = client.post(f"{base}/{number}", data=stale)
    assert refused.status_code == 409
    assert "changed this meanwhile" in refused.get_data(as_text=True)
    new = sent_to(show, kind, once_key="c" * 20)
    new = {name: value.replace("Busan", "Pusan").replace("80", "81") for name, value in new.items()}
    changed = client.post(f"{base}/{number}", data=new)
    assert changed.status_code == 303, changed.get_data(as_text=True)
    db.session.expire_all()
    gone = {"version": str(show.version), "once_key": "r" * 20}
    assert client.post(f"{base}/{number}/remove", data=gone).status_code == 303
    assert client.get(f"{base}/{number}").status_code == 404


@pytest.mark.parametrize("kind", ["cities", "days", "venues", "rooms"])
def test_a_place_of_another_roadshow_is_not_found(show: Roadshow, client: FlaskClient, kind: str) -> None:
    other = roadshows.roadshow(slug="other")
    parts = {"cities": other.cities[0], "days": roadshows.day(other.cities[0])}
    parts["venues"] = roadshows.venue(other.cities[0])
    parts["rooms"] = roadshows.room(parts["venues"])
    make.sign_in(client, roadshows.organizer(show))
    base = f"/en/o/roadshows/show/places/{kind}/{parts[kind].id}"
    assert client.get(base).status_code == 404
    assert client.post(base, data=sent_to(show, kind)).status_code == 404
    assert client.post(f"{base}/remove", data={"version": "1", "once_key": "k" * 20}).status_code == 404
    foreign = {"venue": str(parts["venues"].id), "city": str(other.cities[0].id)}
    response = client.post(f"/en/o/roadshows/show/places/{kind}/new", data=sent_to(show, kind) | foreign)
    assert response.status_code == (303 if kind == "cities" else 422)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("cities", {"zone": "CST"}),
        ("cities", {"zone": "Asia/Seoul\0"}),
        ("cities", {"slug": "Seoul City"}),
        ("cities", {"country": "KP"}),
        ("days", {"date": "2026-02-30"}),
        ("days", {"date": ""}),
        ("days", {"city": "9" * 30}),
        ("rooms", {"capacity": "-1"}),
        ("rooms", {"capacity": "Infinity"}),
        ("rooms", {"capacity": "9" * 30}),
        ("venues", {"name-en": ""}),
        ("venues", {"address-zh": "a\u202eb"}),
    ],
)
def test_a_wrong_place_is_refused_with_what_was_typed(
    show: Roadshow, client: FlaskClient, kind: str, wrong: dict[str, str]
) -> None:
    make.sign_in(client, roadshows.organizer(show))
    response = client.post(f"/en/o/roadshows/show/places/{kind}/new", data=sent_to(show, kind) | wrong)
    assert response.status_code == 422
    assert "error-summary" in response.get_data(as_text=True)
    assert db.session.query(AuditRecord).filter(AuditRecord.action.like("%.added")).count() == 0


def picture() -> io.BytesIO:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(data, "PNG")
    data.seek(0)
    return data


def test_a_venues_plan_is_a_picture_and_nothing_else(show: Roadshow, client: FlaskClient) -> None:
    venue = show.venues[0]
    make.sign_in(client, roadshows.organizer(show))
    page = f"/en/o/roadshows/show/places/venues/{venue.id}/map"
    assert client.get(page).status_code == 404
    for data in (b"%PDF-1.4", b"<svg onload=alert(1)>", b"", b"\x89PNG\r\n\x1a\n broken"):
        refused = client.post(page, data={"map": (io.BytesIO(data), "plan.png")})
        assert refused.status_code == 422, data
    assert client.post(page, data={}).status_code == 422
    assert client.post(page, data={"map": (picture(), "plan.png")}).status_code == 303
    with client.get(page) as shown:
        assert shown.mimetype == "image/png"
        assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert client.post(f"{page}/remove", data={"once_key": "k" * 20}).status_code == 303
    assert client.get(page).status_code == 404
    assert db.session.scalars(select(StoredFile)).all() == []


def test_the_ways_are_written_in_one_form(
    show: Roadshow, client: FlaskClient, count_queries: Callable[[], Any]
) -> None:
    one, other = show.venues
    make.sign_in(client, roadshows.organizer(show))
    field = f"way_{one.id}_{other.id}"
    page = "/en/o/roadshows/show/places/travel"
    sent = {field: "180", "version": str(show.version), "once_key": "k" * 20}
    assert client.post(page, data=sent | {field: "1e9", "once_key": "x" * 20}).status_code == 422
    assert client.post(page, data=sent).status_code == 303
    assert 'value="180"' in client.get(page).get_data(as_text=True)
