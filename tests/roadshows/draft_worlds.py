"""Agendas for tests: a day in Seoul, and a bigger event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from accounts.models import Person
from core.db import db
from core.languages import Trilingual
from roadshows.models import (
    Appearance,
    Interpreter,
    Participant,
    Roadshow,
    Room,
    Session,
    SessionTrack,
    Slot,
    Speaker,
)
from tests.roadshows import factories as make


@dataclass
class Day:
    """A day in Seoul with four slots and two rooms: the first two sessions stand in the first room, one after
    the other, the third waits."""

    roadshow: Roadshow
    slots: list[Slot]
    rooms: list[Room]
    speakers: list[Speaker]
    interpreter: Interpreter
    organizer: Person
    sessions: list[Session] = field(default_factory=list)

    def key_of(self, speaker: Speaker | Interpreter) -> str:
        """The participant's key."""
        return db.session.get_one(Participant, speaker.participant_id).key


def speak(session: Session, speaker: Speaker) -> None:
    """Let somebody speak in a session."""
    db.session.add(Appearance(roadshow_id=session.roadshow_id, session_id=session.id, speaker_id=speaker.id))
    db.session.flush()
    db.session.expire(session, ["appearances"])


def day(roadshow: Roadshow | None = None) -> Day:
    """One day, as `Day` says; the third speaker is not shown."""
    roadshow = roadshow or make.roadshow()
    on = make.day(roadshow.cities[0])
    venue = make.venue(roadshow.cities[0])
    found = Day(
        roadshow,
        make.slots(on),
        [make.room(venue), make.room(venue)],
        [make.speaker(roadshow), make.speaker(roadshow), make.speaker(roadshow, is_shown=False)],
        make.interpreter(roadshow),
        make.organizer(roadshow),
    )
    for place in range(2):
        found.sessions.append(
            make.session(roadshow, slot_id=found.slots[place].id, room_id=found.rooms[0].id)
        )
    found.sessions.append(make.session(roadshow))
    speak(found.sessions[0], found.speakers[0])
    speak(found.sessions[1], found.speakers[1])
    db.session.commit()
    return found


def week(sessions: int = 150, placed: int | None = None, first: date = date(2026, 6, 10)) -> Day:
    """Two cities with three days and four rooms each: as many sessions as told, of which `placed` (default:
    all) stand; each third needs one of six interpreters."""
    roadshow = make.roadshow()
    cities = [roadshow.cities[0], make.yantai(roadshow)]
    db.session.refresh(roadshow)
    rooms: list[list[Room]] = []
    slots: list[list[Slot]] = []
    for place, city in enumerate(cities):
        venues = [make.venue(city), make.venue(city)]
        rooms.append([make.room(venues[number % 2], capacity=40 + 20 * number) for number in range(4)])
        slots.append([])
        for number in range(3):
            on = make.day(city, first + timedelta(days=3 * place + number))
            slots[place] += make.slots(on, 8, 9) + make.slots(on, 8, 14, block="pm")
    tracks = [
        SessionTrack(roadshow_id=roadshow.id, name=Trilingual.same(f"Track {number}"), position=number)
        for number in range(4)
    ]
    db.session.add_all(tracks)
    db.session.flush()
    speakers = [make.speaker(roadshow) for _number in range(sessions)]
    interpreters = [make.interpreter(roadshow) for _number in range(6)]
    found = Day(
        roadshow,
        [slot for part in slots for slot in part],
        [room for part in rooms for room in part],
        speakers,
        interpreters[0],
        make.organizer(roadshow),
    )
    for number in range(sessions):
        half = number % 2
        cell = number // 2
        slot = slots[half][cell // 4] if number < (sessions if placed is None else placed) else None
        session = make.session(
            roadshow,
            city_id=cities[half].id,
            track_id=tracks[number % 4].id,
            slot_id=slot.id if slot else None,
            room_id=rooms[half][cell % 4].id if slot else None,
            interpreting="ko-zh" if number % 3 == 0 else "",
            interpreter_id=interpreters[number % 6].id if slot and number % 3 == 0 else None,
        )
        db.session.add(
            Appearance(roadshow_id=roadshow.id, session_id=session.id, speaker_id=speakers[number].id)
        )
        found.sessions.append(session)
    db.session.commit()
    return found
