"""The demo's roadshow: whole, sound, the same each time, and dated by the demo's contest."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.models import Person
from competition import demo as competition_demo
from competition.demo_world import build_world
from core.db import db
from roadshows import demo
from roadshows.guest_consent_texts import REQUIRED
from roadshows.models import (
    AgendaVersion,
    Guest,
    GuestConsentPurpose,
    GuestKind,
    GuestState,
    Interpreter,
    MeetingParty,
    MeetingSlot,
    MeetingWish,
    Roadshow,
    RoadshowState,
    Session,
    SessionKind,
    Side,
    Slot,
    Speaker,
)
from roadshows.operations.guest_consents import standing_consents
from tests import factories as make


@pytest.fixture(autouse=True)
def _no_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample plan and deck take seconds to make, and nothing here reads them."""
    monkeypatch.setattr(competition_demo, "_sample_documents", dict)


@pytest.fixture
def shown(app: Flask, ctx: None) -> Roadshow:
    return load()


def load() -> Roadshow:
    world = build_world(size=40)
    competition_demo.load(world)
    demo.load(world)
    return db.session.scalars(select(Roadshow)).one()


def rows(model: Any, of: Roadshow) -> list[Any]:
    return list(db.session.scalars(select(model).where(model.roadshow_id == of.id).order_by(model.id)))


def test_it_is_whole(shown: Roadshow) -> None:
    assert shown.state is RoadshowState.PUBLIC
    assert shown.is_demo
    assert [(day.city.slug, day.date) for day in shown.days] == [
        ("seoul", date(2026, 7, 14)),
        ("yantai", date(2026, 7, 16)),
    ]
    sessions = rows(Session, shown)
    assert len(sessions) >= 20
    assert {session.kind for session in sessions} == set(SessionKind)
    assert all(all(session.title.to_json().values()) for session in sessions)
    guests = rows(Guest, shown)
    assert len(guests) == 60
    assert {guest.kind for guest in guests} == set(GuestKind)
    assert {guest.state for guest in guests} == set(GuestState)
    sides = Counter(party.side for party in rows(MeetingParty, shown))
    assert min(sides[Side.TEAM], sides[Side.INVESTOR]) >= 8
    assert rows(MeetingWish, shown)
    assert rows(MeetingSlot, shown)
    (version,) = rows(AgendaVersion, shown)
    assert len(version.content["sessions"]) == len(sessions) - 1
    assert [partner.position for partner in shown.partners] == [1, 2, 3, 4]


def test_guests_have_agreed_to_what_they_would_have(shown: Roadshow) -> None:
    guests = rows(Guest, shown)
    given = {guest.id: set(standing_consents(guest)) for guest in guests}
    assert all(not given[guest.id] for guest in guests if guest.state is GuestState.INVITED)
    answered = [guest for guest in guests if guest.state is not GuestState.INVITED]
    assert all(given[guest.id] >= set(REQUIRED) for guest in answered)
    with_card = {guest.participant_id for guest in guests if GuestConsentPurpose.CARD in given[guest.id]}
    investors = [row for row in rows(MeetingParty, shown) if row.side is Side.INVESTOR]
    assert {row.participant_id for row in investors if row.shared_at} <= with_card
    photos = [guest for guest in answered if GuestConsentPurpose.PHOTOS in given[guest.id]]
    assert 0 < len(photos) < len(answered)
    assert {row.language for guest in guests for row in guest.consents} == {"zh", "ko"}


def test_nobody_is_in_two_places_and_everybody_is_understood(shown: Roadshow) -> None:
    sessions = rows(Session, shown)
    placed = [session for session in sessions if session.slot is not None]
    assert len(sessions) - len(placed) == 1
    busy: Counter[tuple[str, int, int]] = Counter()
    pairs = {row.id: row.pairs for row in rows(Interpreter, shown)}
    for session in placed:
        assert session.slot is not None
        assert session.slot.day.city_id == session.city_id
        assert session.minutes <= session.slot.minutes
        if session.room is not None:
            assert session.room.venue.city_id == session.city_id
            assert session.room.capacity >= session.audience
            busy["room", session.room_id or 0, session.slot_id or 0] += 1
        if session.interpreting:
            assert session.interpreting in pairs[session.interpreter_id or 0]
            busy["interpreter", session.interpreter_id or 0, session.slot_id or 0] += 1
        for row in session.appearances:
            busy["speaker", row.speaker_id, session.slot_id or 0] += 1
            for absence in row.speaker.participant.absences:
                assert absence.ends_at <= session.slot.starts_at or absence.starts_at > session.slot.starts_at
    assert set(busy.values()) == {1}
    alone = Counter(session.slot_id for session in placed)
    assert all(alone[session.slot_id] == 1 for session in placed if session.whole_city)


def test_it_is_the_same_each_time(app: Flask, ctx: None) -> None:
    def told(of: Roadshow) -> list[Any]:
        return [
            [
                (row.title.en, row.slot and row.slot.starts_at, row.room and row.room.name.en)
                for row in rows(Session, of)
            ],
            [row.participant.name for row in (*rows(Speaker, of), *rows(Guest, of))],
            [row.wish for row in rows(MeetingWish, of)],
            [row.starts_at for row in rows(Slot, of)],
        ]

    first = told(load())
    db.session.rollback()
    db.session.expunge_all()
    assert told(load()) == first


def test_its_pages_open_for_the_demos_organizer(shown: Roadshow, client: FlaskClient) -> None:
    who = db.session.scalars(select(Person).where(Person.email == "organizer1@example.com")).one()
    make.sign_in(client, who)
    for page in ("", "/places", "/people", "/program", "/program/teams"):
        response = client.get(f"/ko/o/roadshows/{demo.SLUG}{page}")
        assert response.status_code == 200
    assert "쓰촨 혁신창업 설명회" in client.get("/ko/o/roadshows").get_data(as_text=True)
