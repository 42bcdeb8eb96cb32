"""Reading the draft agenda: plain columns rather than objects, as the editor asks at every drop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select, union_all

from accounts.models import Person
from competition.models import Entry
from core.db import db
from core.models import StoredFile
from roadshows import agenda_draft as rows
from roadshows.agenda_content import SpeakerTexts, Texts
from roadshows.models import (
    Absence,
    AgendaVersion,
    Appearance,
    Day,
    Interpreter,
    Meeting,
    MeetingParty,
    MeetingSlot,
    MeetingState,
    Participant,
    Roadshow,
    Room,
    Session,
    SessionState,
    SessionTrack,
    Slot,
    Speaker,
    Venue,
    VenueTravel,
)


def read_draft(roadshow: Roadshow) -> rows.Draft:
    """The roadshow's draft agenda, in eleven statements whatever its size."""
    of = roadshow.id
    cities = [rows.City(one.id, one.slug, one.name, one.country, one.zone) for one in roadshow.cities]
    venues, rooms = _venues_and_rooms(of, [city.id for city in cities])
    days, slots = _days_and_slots(of)
    travel = db.session.execute(
        select(VenueTravel.from_id, VenueTravel.to_id, VenueTravel.minutes).where(
            VenueTravel.roadshow_id == of
        )
    )
    return rows.Draft(
        roadshow.zone,
        roadshow.agenda_revision,
        cities,
        days,
        slots,
        venues,
        rooms,
        _all(
            rows.Track,
            select(SessionTrack.id, SessionTrack.name)
            .where(SessionTrack.roadshow_id == of)
            .order_by(SessionTrack.position, SessionTrack.id),
        ),
        _interpreters(of),
        _sessions(of),
        {(row.from_id, row.to_id): row.minutes for row in travel},
        _busy(of),
        _halls(of),
    )


def _all(kind: Any, statement: Any) -> list[Any]:
    return [kind(*row) for row in db.session.execute(statement)]


def _days_and_slots(of: int) -> tuple[list[rows.Day], list[rows.Slot]]:
    days = _all(
        rows.Day,
        select(Day.id, Day.city_id, Day.date, Day.title)
        .where(Day.roadshow_id == of)
        .order_by(Day.date, Day.id),
    )
    slots = _all(
        rows.Slot,
        select(Slot.id, Slot.day_id, Slot.starts_at, Slot.minutes, Slot.block)
        .where(Slot.roadshow_id == of)
        .order_by(Slot.starts_at, Slot.id),
    )
    return days, slots


def _venues_and_rooms(of: int, cities: Sequence[int]) -> tuple[list[rows.Venue], list[rows.Room]]:
    """Venues by city and place, with those that have no room; rooms in the order of their venues."""
    order = {city: place for place, city in enumerate(cities)}
    found = db.session.execute(
        select(Venue.id, Venue.city_id, Venue.name, Venue.address, Room.id, Room.name, Room.capacity)
        .outerjoin(Room, Room.venue_id == Venue.id)
        .where(Venue.roadshow_id == of)
        .order_by(Venue.position, Venue.id, Room.position, Room.id)
    ).all()
    lines = sorted(found, key=lambda row: order[row[1]])
    venues = {row[0]: rows.Venue(*row[:4]) for row in lines}
    return list(venues.values()), [
        rows.Room(row[4], row[0], row[5], row[6]) for row in lines if row[4] is not None
    ]


def _interpreters(of: int) -> list[rows.Interpreter]:
    found = db.session.execute(
        select(
            Interpreter.id,
            Participant.key,
            Participant.name,
            Participant.name_latin,
            Interpreter.pairs,
            Interpreter.most_in_a_row,
        )
        .join(Participant, Participant.id == Interpreter.participant_id)
        .where(Interpreter.roadshow_id == of)
        .order_by(Interpreter.id)
    )
    return [
        rows.Interpreter(row.id, row.key, row.name, row.name_latin, tuple(row.pairs), row.most_in_a_row)
        for row in found
    ]


def _sessions(of: int) -> list[rows.Session]:
    speakers: dict[int, list[rows.Appearance]] = {}
    for row in db.session.execute(
        select(
            Appearance.session_id,
            Participant.key,
            Participant.name,
            Participant.name_latin,
            Appearance.kind,
        )
        .join(Speaker, Speaker.id == Appearance.speaker_id)
        .join(Participant, Participant.id == Speaker.participant_id)
        .where(Appearance.roadshow_id == of)
        .order_by(Appearance.position, Appearance.id)
    ):
        speakers.setdefault(row[0], []).append(rows.Appearance(*row[1:4], row[4].value))
    found = db.session.execute(
        select(
            Session.id,
            Session.key,
            Session.kind,
            Session.title,
            Session.track_id,
            Session.city_id,
            Session.language,
            Session.interpreting,
            Session.minutes,
            Session.audience,
            Session.whole_city,
            Entry.key.label("team"),
            Session.slot_id,
            Session.room_id,
            Session.interpreter_id,
            Session.is_locked,
        )
        .outerjoin(Entry, Entry.id == Session.entry_id)
        .where(Session.roadshow_id == of, Session.state == SessionState.PLANNED)
        .order_by(Session.id)
    )
    return [
        rows.Session(
            row.id,
            row.key,
            row.kind.value,
            row.title,
            row.track_id,
            row.city_id,
            row.language,
            row.interpreting,
            row.minutes,
            row.audience,
            row.whole_city,
            row.team or "",
            rows.Spot(row.slot_id, row.room_id, row.interpreter_id, row.is_locked),
            tuple(speakers.get(row.id, ())),
        )
        for row in found
    ]


def _busy(of: int) -> list[rows.Busy]:
    """When those who speak or interpret can't be had: away, or at a meeting, their own or one
    that they interpret."""
    speaks = select(Speaker.participant_id).where(Speaker.roadshow_id == of)
    interprets = select(Interpreter.participant_id).where(Interpreter.roadshow_id == of)
    found = _all(
        rows.Busy,
        select(Participant.key, Absence.starts_at, Absence.ends_at)
        .join(Participant, Participant.id == Absence.participant_id)
        .where(
            Absence.roadshow_id == of,
            or_(Absence.participant_id.in_(speaks), Absence.participant_id.in_(interprets)),
        )
        .order_by(Absence.starts_at, Absence.id),
    )
    met = (
        select(Participant.key.label("who"), MeetingSlot.starts_at, MeetingSlot.minutes, Room.venue_id)
        .select_from(Meeting)
        .join(MeetingSlot, MeetingSlot.id == Meeting.slot_id)
        .outerjoin(Room, Room.id == MeetingSlot.room_id)
        .where(Meeting.roadshow_id == of, Meeting.state != MeetingState.CANCELED)
    )
    sides = (
        met.join(
            MeetingParty, or_(MeetingParty.id == Meeting.team_id, MeetingParty.id == Meeting.investor_id)
        )
        .join(Participant, Participant.id == MeetingParty.participant_id)
        .join(Speaker, Speaker.participant_id == Participant.id)
    )
    between = met.join(Interpreter, Interpreter.id == Meeting.interpreter_id).join(
        Participant, Participant.id == Interpreter.participant_id
    )
    busy = db.session.execute(union_all(sides, between).order_by("starts_at", "who"))
    return found + [rows.Busy(row[0], row[1], row[1] + timedelta(minutes=row[2]), row[3]) for row in busy]


def _halls(of: int) -> list[rows.Hall]:
    found = db.session.execute(
        select(MeetingSlot.room_id, MeetingSlot.starts_at, MeetingSlot.minutes)
        .where(MeetingSlot.roadshow_id == of)
        .order_by(MeetingSlot.starts_at, MeetingSlot.id)
    )
    return [
        rows.Hall(room, start, start + timedelta(minutes=minutes))
        for room, start, minutes in found
        if room is not None
    ]


def last_version(roadshow: Roadshow) -> AgendaVersion | None:
    """What is published now."""
    return db.session.scalars(
        select(AgendaVersion)
        .where(AgendaVersion.roadshow_id == roadshow.id)
        .order_by(AgendaVersion.number.desc())
        .limit(1)
    ).one_or_none()


def last_number(roadshow: Roadshow) -> int:
    """The number of the version that is published now; 0 for none."""
    found = select(func.max(AgendaVersion.number)).where(AgendaVersion.roadshow_id == roadshow.id)
    return db.session.scalar(found) or 0


def version(roadshow: Roadshow, number: int) -> AgendaVersion | None:
    """The roadshow's published version with this number."""
    return db.session.scalars(
        select(AgendaVersion).where(AgendaVersion.roadshow_id == roadshow.id, AgendaVersion.number == number)
    ).one_or_none()


def versions(roadshow: Roadshow) -> Sequence[AgendaVersion]:
    """All that were published, the newest first."""
    return db.session.scalars(
        select(AgendaVersion)
        .where(AgendaVersion.roadshow_id == roadshow.id)
        .order_by(AgendaVersion.number.desc())
    ).all()


def numbers(roadshow: Roadshow) -> Sequence[int]:
    """The numbers of all that were published, the newest first."""
    return db.session.scalars(
        select(AgendaVersion.number)
        .where(AgendaVersion.roadshow_id == roadshow.id)
        .order_by(AgendaVersion.number.desc())
    ).all()


def people_names(ids: Iterable[int | None]) -> dict[int, str]:
    """Accounts' names by id."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def participant_names(roadshow: Roadshow) -> dict[str, str]:
    """Names by key of all who speak or interpret, whatever the draft says now."""
    speaks = select(Speaker.participant_id).where(Speaker.roadshow_id == roadshow.id)
    interprets = select(Interpreter.participant_id).where(Interpreter.roadshow_id == roadshow.id)
    found = db.session.execute(
        select(Participant.key, Participant.name).where(
            Participant.roadshow_id == roadshow.id,
            or_(Participant.id.in_(speaks), Participant.id.in_(interprets)),
        )
    )
    return {row.key: row.name for row in found}


def read_texts(roadshow: Roadshow) -> Texts:
    """What the draft leaves out and a published version says: summaries, and who the speakers shown are."""
    summaries = db.session.execute(
        select(Session.key, Session.summary).where(Session.roadshow_id == roadshow.id)
    )
    speakers = db.session.execute(
        select(
            Participant.key,
            Participant.name,
            Participant.name_latin,
            Participant.organization,
            Speaker.title,
            Speaker.about,
            StoredFile.key.label("photo"),
        )
        .join(Participant, Participant.id == Speaker.participant_id)
        .outerjoin(StoredFile, StoredFile.id == Speaker.photo_file_id)
        .where(Speaker.roadshow_id == roadshow.id, Speaker.is_shown)
        .order_by(Speaker.id)
    )
    return Texts(
        {row.key: row.summary for row in summaries},
        [SpeakerTexts(*row[:6], row.photo or "") for row in speakers],
    )
