"""Making roadshows: presets, series, editions, and copies of what was held."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.models import Grant, Role
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import AuditRecord
from roadshows.local_times import at
from roadshows.models import (
    Absence,
    Appearance,
    Guest,
    Interpreter,
    MeetingParty,
    MeetingSlot,
    Participant,
    Roadshow,
    RoadshowState,
    Session,
    SessionKind,
    SessionState,
    Slot,
    Speaker,
    VenueTravel,
)
from roadshows.operations import cloning, creation, places, program, speakers, timetable
from roadshows.presets import PRESETS, preset
from roadshows.slot_times import Stretch, first_overlap
from tests import factories as make
from tests.roadshows import factories as roadshows

NAME = Trilingual("推介会", "설명회", "Roadshow")


def from_preset(key: str = "two-cities", slug: str = "week", **values: Any) -> Roadshow:
    plan = preset(key)
    assert plan is not None
    series = values.pop("series", None) or creation.create_series(slug=f"{slug}-series", name=NAME)
    return creation.create_roadshow(
        series=series,
        edition=values.pop("edition", None),
        slug=slug,
        name=NAME,
        preset=plan,
        first_day=values.pop("first_day", date(2026, 11, 9)),
        **values,
    )


def rows(model: Any, of: Roadshow) -> list[Any]:
    return list(db.session.scalars(select(model).where(model.roadshow_id == of.id).order_by(model.id)))


def assert_sound(of: Roadshow) -> None:
    """Every slot on its day by its city's clock, none over another, every placement in the right city."""
    by_city: dict[int, list[Stretch]] = {}
    for slot in rows(Slot, of):
        assert slot.starts_at.astimezone(ZoneInfo(slot.day.city.zone)).date() == slot.day.date
        by_city.setdefault(slot.day.city_id, []).append(Stretch(slot.starts_at, slot.minutes))
    assert all(first_overlap(stretches) is None for stretches in by_city.values())
    for session in rows(Session, of):
        if session.slot is not None:
            assert session.slot.day.city_id == session.city_id
            assert session.minutes <= session.slot.minutes
        if session.room is not None:
            assert session.room.venue.city_id == session.city_id


@pytest.mark.parametrize("key", [plan.key for plan in PRESETS])
@pytest.mark.parametrize("first_day", [date(2026, 11, 9), date(2028, 2, 28), date(2026, 12, 30)])
def test_a_preset_becomes_a_sound_draft(ctx: None, key: str, first_day: date) -> None:
    made = from_preset(key, first_day=first_day)
    assert made.state is RoadshowState.DRAFT
    assert made.days[0].date == first_day
    assert made.zone == made.cities[0].zone
    assert_sound(made)
    sessions = rows(Session, made)
    assert all(one.whole_city and one.is_locked and one.slot_id for one in sessions)
    assert {SessionKind.SPEECH, SessionKind.BREAK, SessionKind.SIGNING} <= {one.kind for one in sessions}
    assert rows(MeetingSlot, made)
    assert len(rows(Slot, made)) > len(sessions)


def test_the_week_in_two_cities_is_four_days(ctx: None) -> None:
    made = from_preset()
    assert [(day.city.slug, day.date.day) for day in made.days] == [
        ("seoul", 9),
        ("seoul", 10),
        ("yantai", 12),
        ("yantai", 13),
    ]
    first = min(slot.starts_at for slot in rows(Slot, made))
    assert first == at(date(2026, 11, 9), 9, 30, "Asia/Seoul")


def test_a_slug_is_taken_once_and_some_words_never(ctx: None) -> None:
    first = from_preset()
    with pytest.raises(Conflict):
        from_preset(series=first.series)
    for slug in ("new", "feeds", "zh", "UPPER", "a--b", "", "长", "a" * 61):
        with pytest.raises(BadInput):
            from_preset(slug=slug, series=first.series)
    with pytest.raises(Conflict):
        creation.create_series(slug="week-series", name=NAME)


# --- over the web ---


def form(**values: str) -> dict[str, str]:
    return {
        "once_key": "k" * 20,
        "start": "two-cities",
        "name-en": "Week in Seoul and Yantai",
        "first_day": "2026-11-09",
        "slug": "week",
        "series": "",
        "series_name-en": "Jingronghui",
        "series_slug": "jingronghui",
    } | values


def test_an_organizer_of_an_edition_makes_a_roadshow_of_it(
    app: Flask, ctx: None, client: FlaskClient
) -> None:
    edition = make.edition()
    make.sign_in(client, make.organizer(edition))
    response = client.post("/en/o/roadshows/new", data=form(edition=str(edition.id)))
    assert response.status_code == 303, response.get_data(as_text=True)
    made = db.session.scalars(select(Roadshow)).one()
    assert made.edition_id == edition.id
    assert len(made.days) == 4
    assert db.session.scalars(select(Grant).where(Grant.scope_kind == "roadshow")).all() == []
    assert client.get(response.headers["Location"]).status_code == 200
    assert db.session.scalars(select(AuditRecord).where(AuditRecord.action == "roadshow.made")).one()


@pytest.mark.parametrize("which", ["", "away", "９９９", "x"])
def test_only_an_edition_of_ones_own_can_be_chosen(
    app: Flask, ctx: None, client: FlaskClient, which: str
) -> None:
    make.sign_in(client, make.organizer(make.edition()))
    away = make.edition()
    chosen = str(away.id) if which == "away" else which
    response = client.post("/en/o/roadshows/new", data=form(edition=chosen))
    assert response.status_code == 422
    assert db.session.scalars(select(Roadshow)).all() == []


def test_a_site_administrator_needs_no_edition(app: Flask, ctx: None, client: FlaskClient) -> None:
    make.sign_in(client, make.person(is_site_admin=True))
    assert client.post("/en/o/roadshows/new", data=form(edition="")).status_code == 303
    assert db.session.scalars(select(Roadshow)).one().edition_id is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"first_day": "1066-10-14"}, "2000 to 2100"),
        ({"first_day": "soon"}, "2026-11-30"),
        ({"slug": "New Week"}, "small letters"),
        ({"slug": "new"}, "taken"),
        ({"name-en": ""}, "at least one language"),
        ({"name-en": "a\u202eb"}, "U+202E"),
        ({"start": "no-such"}, "one of the list"),
        ({"series_slug": "Ä"}, "small letters"),
        ({"series_name-en": ""}, "a name and an address"),
        ({"series": "99"}, "one of the list"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    app: Flask, ctx: None, client: FlaskClient, wrong: dict[str, str], says: str
) -> None:
    edition = make.edition()
    make.sign_in(client, make.organizer(edition))
    response = client.post("/en/o/roadshows/new", data=form(edition=str(edition.id)) | wrong)
    assert response.status_code in (409, 422)
    assert says in response.get_data(as_text=True)
    assert db.session.scalars(select(Roadshow)).all() == []


def test_who_runs_one_roadshow_can_hold_it_again_and_nothing_else(
    app: Flask, ctx: None, client: FlaskClient
) -> None:
    source = from_preset(slug="first", edition=make.edition())
    other = from_preset(slug="second")
    who = roadshows.organizer(source)
    make.sign_in(client, who)
    sent = form(start="clone", source="first", slug="again", edition="", first_day="2027-03-01")
    assert client.post("/en/o/roadshows/new", data=sent | {"source": other.slug}).status_code == 422
    assert client.post("/en/o/roadshows/new", data=sent | {"start": "two-cities"}).status_code == 422
    assert client.post("/en/o/roadshows/new", data=sent).status_code == 303
    made = db.session.scalars(select(Roadshow).where(Roadshow.slug == "again")).one()
    assert made.edition_id == source.edition_id
    assert made.cloned_from_id == source.id
    assert client.get("/en/o/roadshows/again").status_code == 200
    granted = db.session.scalars(select(Grant).where(Grant.scope_id == made.id, Grant.role == Role.ORGANIZER))
    assert [grant.person_id for grant in granted if grant.scope_kind == "roadshow"] == [who.id]


# --- copies ---


def full_week() -> Roadshow:
    """A week with people, placements, tracks, ways, a canceled session, guests, parties."""
    week = from_preset(edition=make.edition())
    seoul, yantai = week.cities
    track = program.add_track(roadshow=week, seen=None, name=NAME)
    speaker = roadshows.speaker(week)
    interpreter = roadshows.interpreter(week)
    entry = make.entry(week.edition)
    day = week.days[0]
    free = next(slot for slot in rows(Slot, week) if slot.day_id == day.id and slot.minutes == 20)
    room = week.venues[0].rooms[1]
    program.add_session(
        roadshow=week,
        city=seoul,
        parts=[program.Part(speaker)],
        kind=SessionKind.PITCH,
        title=NAME,
        minutes=20,
        language="zh",
        interpreting="ko-zh",
        audience=40,
        track=track,
        entry=entry,
        slot_id=free.id,
        room_id=room.id,
        interpreter_id=interpreter.id,
    )
    canceled = roadshows.session(week, city_id=yantai.id)
    program.cancel_session(session=canceled, seen=None, reason="Ill")
    places.set_travel(roadshow=week, seen=None, minutes={(week.venues[0].id, week.venues[1].id): 300})
    speakers.add_absence(
        participant=speaker.participant, starts_at=free.starts_at, ends_at=free.starts_at + timedelta(hours=1)
    )
    roadshows.guest(week)
    roadshows.party(week)
    return week


def clone(source: Roadshow, **values: Any) -> Roadshow:
    return cloning.clone_roadshow(
        **{
            "source": source,
            "series": source.series,
            "edition": source.edition,
            "slug": "again",
            "name": NAME,
            "theme": NAME,
            "first_day": date(2027, 4, 5),
            "with_people": True,
        }
        | values
    )


@pytest.mark.parametrize("with_people", [True, False])
def test_a_copy_keeps_every_placement_on_other_dates(ctx: None, with_people: bool) -> None:
    source = full_week()
    copy = clone(source, with_people=with_people)
    assert_sound(copy)
    assert copy.state is RoadshowState.DRAFT
    shift = date(2027, 4, 5) - date(2026, 11, 9)
    assert [day.date - shift for day in copy.days] == [day.date for day in source.days]
    assert [slot.starts_at - shift for slot in rows(Slot, copy)] == [
        slot.starts_at for slot in rows(Slot, source)
    ]
    kept = [row for row in rows(Session, source) if row.state is SessionState.PLANNED]
    again = rows(Session, copy)
    assert len(again) == len(kept)
    for old, new in zip(kept, again, strict=True):
        assert new.key != old.key
        assert (new.slot is None) == (old.slot is None)
        if old.slot is not None and new.slot is not None:
            assert new.slot.starts_at - shift == old.slot.starts_at
        assert (new.room.name if new.room else None) == (old.room.name if old.room else None)
        assert (new.track is None) == (old.track is None)
        assert bool(new.appearances) == (bool(old.appearances) and with_people)
        assert (new.interpreter_id is not None) == (old.interpreter_id is not None and with_people)
    assert len(rows(MeetingSlot, copy)) == len(rows(MeetingSlot, source))
    assert [way.minutes for way in rows(VenueTravel, copy)] == [300]
    for model in (Guest, MeetingParty, Absence):
        assert rows(model, copy) == []
    assert len(rows(Participant, copy)) == (2 if with_people else 0)
    assert len(rows(Speaker, copy)) == len(rows(Interpreter, copy)) == int(with_people)
    assert len(rows(Appearance, copy)) == int(with_people)
    assert {row.link_sha256 for row in rows(Participant, copy)} <= {None}


def test_a_copy_for_another_edition_leaves_teams_behind(ctx: None) -> None:
    source = full_week()
    copy = clone(source, edition=make.edition(slug="other-edition"))
    assert any(row.entry_id for row in rows(Session, source))
    assert not any(row.entry_id for row in rows(Session, copy))


def test_a_copy_keeps_the_time_on_the_wall_when_clocks_change(ctx: None) -> None:
    source = roadshows.roadshow(zone="America/Los_Angeles")
    city = source.cities[0]
    city.zone = "America/Los_Angeles"
    day = roadshows.day(city, date(2026, 1, 12))
    roadshows.slots(day, hour=9, count=3)
    db.session.flush()
    db.session.expire(source)
    copy = clone(source, first_day=date(2026, 7, 13))
    assert_sound(copy)
    assert rows(Slot, copy)[0].starts_at == at(date(2026, 7, 13), 9, 0, "America/Los_Angeles")


def test_a_copy_on_the_night_of_the_clocks_is_refused(ctx: None) -> None:
    source = roadshows.roadshow()
    city = source.cities[0]
    city.zone = "America/Los_Angeles"
    day = roadshows.day(city, date(2026, 1, 12))
    db.session.expire(source)
    timetable.add_slots(day=day, seen=None, first=at(day.date, 2, 30, city.zone).time(), minutes=20)
    with pytest.raises(BadInput) as refused:
        clone(source, first_day=date(2026, 3, 8))
    assert "first_day" in refused.value.fields


def test_nothing_can_be_copied_from_a_roadshow_without_days(ctx: None) -> None:
    with pytest.raises(BadInput):
        clone(roadshows.roadshow())
