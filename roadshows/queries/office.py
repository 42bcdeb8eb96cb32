"""Reads for the organizers' pages of a roadshow, each with the loading that its page needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from accounts.models import Role
from competition.models import Edition, Entry, EntryState, Team
from core.db import db
from roadshows import holiday_calendar
from roadshows.models import (
    Absence,
    AgendaVersion,
    Appearance,
    Day,
    Guest,
    GuestState,
    HolidayNote,
    Interpreter,
    Material,
    Meeting,
    MeetingParty,
    MeetingSlot,
    MeetingState,
    Participant,
    Roadshow,
    RoadshowSeries,
    Room,
    Session,
    SessionKind,
    SessionState,
    SessionTrack,
    Slot,
    Speaker,
    Venue,
    VenueTravel,
)
from roadshows.policy import SCOPE

STAFF_ROLES = (Role.ORGANIZER, Role.AUDITOR)


def my_roadshows(who: Any, *, roles: Iterable[Role] = STAFF_ROLES) -> list[Roadshow]:
    """The roadshows that the person runs or audits (a site administrator: all), the youngest first, with
    their days."""
    statement = select(Roadshow).options(selectinload(Roadshow.days), selectinload(Roadshow.cities))
    if not who.is_site_admin:
        held = [grant for grant in who.grants if grant.role in roles]
        own = [grant.scope_id for grant in held if grant.scope_kind == SCOPE]
        editions = [grant.scope_id for grant in held if grant.scope_kind == "edition"]
        statement = statement.where(or_(Roadshow.id.in_(own), Roadshow.edition_id.in_(editions)))
    return list(db.session.scalars(statement.order_by(Roadshow.id.desc())))


def my_editions(who: Any) -> list[Edition]:
    """The editions that the person organizes (a site administrator: all), the youngest first."""
    statement = select(Edition)
    if not who.is_site_admin:
        held = [
            grant.scope_id
            for grant in who.grants
            if grant.role == Role.ORGANIZER and grant.scope_kind == "edition"
        ]
        statement = statement.where(Edition.id.in_(held))
    return list(db.session.scalars(statement.order_by(Edition.year.desc(), Edition.id.desc())))


def all_series() -> list[RoadshowSeries]:
    return list(db.session.scalars(select(RoadshowSeries).order_by(RoadshowSeries.id.desc())))


# --- first page ---


@dataclass(frozen=True)
class Counts:
    """How much of everything there is, and how much of it waits."""

    slots: int
    meeting_slots: int
    speakers: int
    interpreters: int
    without_absences: int
    sessions: int
    unplaced: int
    guests: int
    guests_applied: int
    guests_waiting: int
    parties: int
    meetings: int
    version: int
    days_with_slots: int


def counts(roadshow: Roadshow) -> Counts:
    """One statement, whatever the size."""

    def number(model: Any, *conditions: ColumnElement[bool], what: Any = None) -> Any:
        counted = select(what if what is not None else func.count()).select_from(model)
        return counted.where(model.roadshow_id == roadshow.id, *conditions).scalar_subquery()

    takes_place = Session.state == SessionState.PLANNED
    active = or_(
        Participant.id.in_(select(Speaker.participant_id).where(Speaker.roadshow_id == roadshow.id)),
        Participant.id.in_(select(Interpreter.participant_id).where(Interpreter.roadshow_id == roadshow.id)),
    )
    away = select(Absence.participant_id).where(Absence.roadshow_id == roadshow.id)
    row = db.session.execute(
        select(
            number(Slot),
            number(MeetingSlot),
            number(Speaker),
            number(Interpreter),
            number(Participant, active, Participant.id.not_in(away)),
            number(Session, takes_place),
            number(Session, takes_place, Session.slot_id.is_(None)),
            number(Guest, Guest.state == GuestState.CONFIRMED),
            number(Guest, Guest.state == GuestState.APPLIED),
            number(Guest, Guest.state == GuestState.WAITING),
            number(MeetingParty, MeetingParty.withdrawn_at.is_(None)),
            number(Meeting, Meeting.state != MeetingState.CANCELED),
            number(AgendaVersion, what=func.coalesce(func.max(AgendaVersion.number), 0)),
            number(Slot, what=func.count(Slot.day_id.distinct())),
        )
    ).one()
    return Counts(*tuple(row))  # type: ignore[call-arg]


def uncovered_pairs(roadshow: Roadshow) -> list[tuple[str, int]]:
    """(pair of languages, sessions) for which nobody interprets."""
    counted = db.session.execute(
        select(Session.interpreting, func.count())
        .where(
            Session.roadshow_id == roadshow.id,
            Session.state == SessionState.PLANNED,
            Session.interpreting != "",
        )
        .group_by(Session.interpreting)
    )
    wanted: dict[str, int] = {row[0]: row[1] for row in counted}
    if not wanted:
        return []
    offered = {
        pair
        for pairs in db.session.scalars(
            select(Interpreter.pairs).where(Interpreter.roadshow_id == roadshow.id)
        )
        for pair in pairs
    }
    return sorted((pair, number) for pair, number in wanted.items() if pair not in offered)


def holidays_around(days: Iterable[date]) -> list[holiday_calendar.Special]:
    """Special days in both countries on and around `days`, with the organizers' corrections."""
    days = sorted(days)
    if not days:
        return []
    return holiday_calendar.around(days, notes())


def notes() -> list[holiday_calendar.Note]:
    return [
        holiday_calendar.Note(row.country, row.date, row.kind.value, row.name)
        for row in db.session.scalars(select(HolidayNote))
    ]


def noted_holidays() -> list[HolidayNote]:
    return list(db.session.scalars(select(HolidayNote).order_by(HolidayNote.date.desc())))


# --- places ---


def venues_of(roadshow: Roadshow) -> list[Venue]:
    """With rooms and cities."""
    return list(
        db.session.scalars(
            select(Venue)
            .where(Venue.roadshow_id == roadshow.id)
            .options(selectinload(Venue.rooms), joinedload(Venue.map_file))
            .order_by(Venue.position, Venue.id)
        )
    )


def slots_by_day(roadshow: Roadshow) -> dict[int, list[Slot]]:
    """Day's id → its slots in order."""
    found: dict[int, list[Slot]] = {}
    statement = select(Slot).where(Slot.roadshow_id == roadshow.id).order_by(Slot.starts_at)
    for slot in db.session.scalars(statement):
        found.setdefault(slot.day_id, []).append(slot)
    return found


def sessions_in_slots(slots: Iterable[Slot]) -> dict[int, list[Session]]:
    """Slot's id → the sessions that are placed in it."""
    found: dict[int, list[Session]] = {}
    statement = (
        select(Session)
        .where(Session.slot_id.in_([slot.id for slot in slots]))
        .options(joinedload(Session.room))
        .order_by(Session.id)
    )
    for session in db.session.scalars(statement):
        if session.slot_id is not None:
            found.setdefault(session.slot_id, []).append(session)
    return found


def travel_of(roadshow: Roadshow) -> dict[tuple[int, int], int]:
    """(venue, venue) → minutes, the smaller id first."""
    ways = db.session.scalars(select(VenueTravel).where(VenueTravel.roadshow_id == roadshow.id))
    return {(way.from_id, way.to_id): way.minutes for way in ways}


def day_of(roadshow: Roadshow, number: int) -> Day | None:
    return _own(Day, roadshow, number)


def slot_of(roadshow: Roadshow, number: int) -> Slot | None:
    return _own(Slot, roadshow, number)


def room_of(roadshow: Roadshow, number: int) -> Room | None:
    return _own(Room, roadshow, number)


def track_of(roadshow: Roadshow, number: int) -> SessionTrack | None:
    return _own(SessionTrack, roadshow, number)


def material_of(roadshow: Roadshow, number: int) -> Material | None:
    return _own(Material, roadshow, number)


def absence_of(participant: Participant, number: int) -> Absence | None:
    return next((row for row in participant.absences if row.id == number), None)


def _own(model: Any, roadshow: Roadshow, number: int) -> Any:
    return db.session.scalars(
        select(model).where(model.id == number, model.roadshow_id == roadshow.id)
    ).one_or_none()


# --- people ---


@dataclass
class Somebody:
    """A line of the list of people: the person, the tasks, in how many sessions, how often away."""

    participant: Participant
    speaker: Speaker | None
    interpreter: Interpreter | None
    sessions: int = 0


def people_of(roadshow: Roadshow) -> list[Somebody]:
    """Speakers and interpreters by name; four statements, whatever the number."""
    found: dict[int, Somebody] = {}
    for speaker in speakers_of(roadshow):
        found[speaker.participant_id] = Somebody(speaker.participant, speaker, None)
    interpreters = select(Interpreter).where(Interpreter.roadshow_id == roadshow.id)
    for interpreter in db.session.scalars(
        interpreters.options(joinedload(Interpreter.participant).selectinload(Participant.absences))
    ):
        line = found.setdefault(
            interpreter.participant_id, Somebody(interpreter.participant, None, interpreter)
        )
        line.interpreter = interpreter
    for who, number in _parts(roadshow):
        if who in found:
            found[who].sessions += number
    return sorted(found.values(), key=lambda one: (one.participant.name.casefold(), one.participant.id))


def speakers_of(roadshow: Roadshow) -> list[Speaker]:
    return list(
        db.session.scalars(
            select(Speaker)
            .join(Participant, Participant.id == Speaker.participant_id)
            .where(Speaker.roadshow_id == roadshow.id)
            .options(joinedload(Speaker.participant).selectinload(Participant.absences))
            .order_by(Participant.name, Participant.id)
        )
    )


def _parts(roadshow: Roadshow) -> list[tuple[int, int]]:
    """(participant, sessions) of who speaks and who interprets."""
    takes_place = (Session.roadshow_id == roadshow.id) & (Session.state == SessionState.PLANNED)
    speaking = (
        select(Speaker.participant_id, func.count())
        .join(Appearance, Appearance.speaker_id == Speaker.id)
        .join(Session, Session.id == Appearance.session_id)
        .where(takes_place)
        .group_by(Speaker.participant_id)
    )
    interpreting = (
        select(Interpreter.participant_id, func.count())
        .join(Session, Session.interpreter_id == Interpreter.id)
        .where(takes_place)
        .group_by(Interpreter.participant_id)
    )
    return [(who, number) for who, number in db.session.execute(speaking.union_all(interpreting))]


def sessions_of(participant: Participant) -> list[Session]:
    """The sessions in which the person speaks or interprets, in the order of the agenda."""
    speaking = (
        select(Appearance.session_id)
        .join(Speaker, Speaker.id == Appearance.speaker_id)
        .where(Speaker.participant_id == participant.id)
    )
    interpreting = select(Interpreter.id).where(Interpreter.participant_id == participant.id)
    return list(
        db.session.scalars(
            select(Session)
            .where(or_(Session.id.in_(speaking), Session.interpreter_id.in_(interpreting)))
            .options(joinedload(Session.slot), joinedload(Session.room), joinedload(Session.city))
            .order_by(Session.id)
        )
    )


# --- program ---


@dataclass(frozen=True)
class Wanted:
    """What the list of sessions is narrowed down to; "" or 0: not."""

    text: str = ""
    kind: str = ""
    city: int = 0
    track: int = 0
    state: str = ""
    place: str = ""


def list_sessions(roadshow: Roadshow, wanted: Wanted) -> list[Session]:
    """By day and time, what has no place yet at the end; in the order of making within."""
    statement = (
        select(Session)
        .outerjoin(Slot, Slot.id == Session.slot_id)
        .where(Session.roadshow_id == roadshow.id)
        .options(
            joinedload(Session.slot),
            joinedload(Session.room),
            joinedload(Session.city),
            joinedload(Session.track),
            joinedload(Session.interpreter),
            selectinload(Session.appearances).joinedload(Appearance.speaker),
        )
        .order_by(Slot.starts_at.nulls_last(), Session.id)
    )
    if wanted.kind in list(SessionKind):
        statement = statement.where(Session.kind == SessionKind(wanted.kind))
    if wanted.city:
        statement = statement.where(Session.city_id == wanted.city)
    if wanted.track:
        statement = statement.where(Session.track_id == wanted.track)
    if wanted.state in list(SessionState):
        statement = statement.where(Session.state == SessionState(wanted.state))
    if wanted.place:
        statement = statement.where(
            Session.slot_id.is_not(None) if wanted.place == "placed" else Session.slot_id.is_(None)
        )
    found = list(db.session.scalars(statement))
    if wanted.text:
        sought = wanted.text.casefold()
        found = [row for row in found if sought in _words_of(row)]
    return found


def _words_of(session: Session) -> str:
    names = [
        text
        for row in session.appearances
        for text in (
            row.speaker.participant.name,
            row.speaker.participant.name_latin,
            row.speaker.participant.organization,
        )
    ]
    return "\n".join([session.title.zh, session.title.ko, session.title.en, *names]).casefold()


def session_titles(roadshow: Roadshow) -> list[Session]:
    """All sessions that take place, for a select."""
    return list(
        db.session.scalars(
            select(Session)
            .where(Session.roadshow_id == roadshow.id, Session.state == SessionState.PLANNED)
            .order_by(Session.id)
        )
    )


def materials_of(roadshow: Roadshow) -> list[Material]:
    return list(
        db.session.scalars(
            select(Material)
            .where(Material.roadshow_id == roadshow.id)
            .options(joinedload(Material.session))
            .order_by(Material.position, Material.id)
        )
    )


def accepted_entries(roadshow: Roadshow) -> list[Entry]:
    """The edition's accepted entries with their teams, by the team's name."""
    if roadshow.edition_id is None:
        return []
    return list(
        db.session.scalars(
            select(Entry)
            .join(Team, Team.id == Entry.team_id)
            .where(Entry.edition_id == roadshow.edition_id, Entry.state == EntryState.ACCEPTED)
            .options(joinedload(Entry.team).selectinload(Team.members))
            .order_by(Team.name, Entry.id)
        )
    )
