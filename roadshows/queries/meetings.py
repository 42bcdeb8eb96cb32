"""What the pages about meetings read: parties, slots, timetable; wishes as counts only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, true
from sqlalchemy.orm import aliased, joinedload, selectinload

from core import clock
from core.db import db
from roadshows.agenda_problem import INTERCITY
from roadshows.meeting_lines import end_of
from roadshows.models import (
    Absence,
    Appearance,
    Interpreter,
    Meeting,
    MeetingParty,
    MeetingSlot,
    MeetingState,
    MeetingWish,
    MetBefore,
    Participant,
    Roadshow,
    Room,
    Session,
    SessionState,
    Side,
    Slot,
    Speaker,
    Told,
    Venue,
    VenueTravel,
    Wish,
)

LEAST_NOTICE = timedelta(minutes=15)
"""A slot that begins sooner is left as it is: nobody could be told in time."""


def parties_of(roadshow: Roadshow, *, with_withdrawn: bool = False) -> Sequence[MeetingParty]:
    """Both sides, teams first, by name."""
    return db.session.scalars(
        select(MeetingParty)
        .where(
            MeetingParty.roadshow_id == roadshow.id,
            true() if with_withdrawn else MeetingParty.withdrawn_at.is_(None),
        )
        .order_by(MeetingParty.side.desc(), MeetingParty.name, MeetingParty.id)
    ).all()


def slots_of(roadshow: Roadshow) -> Sequence[MeetingSlot]:
    """All slots in the order of time, with their day and city."""
    return db.session.scalars(
        select(MeetingSlot)
        .where(MeetingSlot.roadshow_id == roadshow.id)
        .order_by(MeetingSlot.starts_at, MeetingSlot.id)
    ).all()


def rooms_of(roadshow: Roadshow) -> Sequence[Room]:
    return db.session.scalars(
        select(Room)
        .join(Venue, Venue.id == Room.venue_id)
        .where(Room.roadshow_id == roadshow.id)
        .order_by(Venue.position, Room.position, Room.id)
    ).all()


def meetings_of(
    roadshow: Roadshow, *, canceled: bool = False, party: MeetingParty | None = None
) -> Sequence[Meeting]:
    """Meetings in the order of time and table, with both parties, slot and interpreter."""
    mine = true() if party is None else (Meeting.team_id == party.id) | (Meeting.investor_id == party.id)
    return db.session.scalars(
        select(Meeting)
        .join(MeetingSlot, MeetingSlot.id == Meeting.slot_id)
        .where(
            Meeting.roadshow_id == roadshow.id,
            mine,
            true() if canceled else Meeting.state != MeetingState.CANCELED,
        )
        .options(
            joinedload(Meeting.team),
            joinedload(Meeting.investor),
            joinedload(Meeting.slot),
            joinedload(Meeting.interpreter),
        )
        .order_by(MeetingSlot.starts_at, Meeting.table, Meeting.id)
    ).all()


@dataclass(frozen=True)
class WishCounts:
    """Of one party: wishes it made and got. What it would rather not is counted nowhere."""

    must: int = 0
    like: int = 0
    got: int = 0


def wish_counts(roadshow: Roadshow) -> dict[int, WishCounts]:
    """Party id → counts of must meets and would likes."""
    wanted = (MeetingWish.roadshow_id == roadshow.id) & (MeetingWish.wish != Wish.NO)
    made: dict[tuple[int, Wish], int] = {}
    for row in db.session.execute(
        select(MeetingWish.from_id, MeetingWish.wish, func.count().label("number"))
        .where(wanted)
        .group_by(MeetingWish.from_id, MeetingWish.wish)
    ):
        made[row.from_id, row.wish] = row.number
    got: dict[int, int] = {
        row.about_id: row.number
        for row in db.session.execute(
            select(MeetingWish.about_id, func.count().label("number"))
            .where(wanted)
            .group_by(MeetingWish.about_id)
        )
    }
    return {
        party: WishCounts(made.get((party, Wish.MUST), 0), made.get((party, Wish.LIKE), 0), got.get(party, 0))
        for party in {key for key, _wish in made} | set(got)
    }


def invited_at(roadshow: Roadshow) -> dict[int, datetime]:
    """Participant id → when the link was mailed last."""
    return {
        row.participant_id: row.last
        for row in db.session.execute(
            select(Told.participant_id, func.max(Told.at).label("last"))
            .where(Told.roadshow_id == roadshow.id, Told.kind == "meeting_invitation")
            .group_by(Told.participant_id)
        )
    }


def noted_met(roadshow: Roadshow) -> set[tuple[int, int]]:
    """(team id, investor id) that an organizer noted."""
    rows = db.session.execute(
        select(MetBefore.team_id, MetBefore.investor_id).where(MetBefore.roadshow_id == roadshow.id)
    )
    return {(row.team_id, row.investor_id) for row in rows}


def held_before(roadshow: Roadshow) -> set[tuple[int, int]]:
    """(team id, investor id) of this roadshow who met at another one: the same entry and the same address."""
    team, investor = aliased(MeetingParty), aliased(MeetingParty)
    their_team, their_investor = aliased(MeetingParty), aliased(MeetingParty)
    person, their_person = aliased(Participant), aliased(Participant)
    rows = db.session.execute(
        select(team.id, investor.id)
        .select_from(Meeting)
        .join(their_team, their_team.id == Meeting.team_id)
        .join(their_investor, their_investor.id == Meeting.investor_id)
        .join(their_person, their_person.id == their_investor.participant_id)
        .join(team, (team.entry_id == their_team.entry_id) & (team.roadshow_id == roadshow.id))
        .join(person, (person.email_key == their_person.email_key) & (person.roadshow_id == roadshow.id))
        .join(investor, (investor.participant_id == person.id) & (investor.side == Side.INVESTOR))
        .where(Meeting.state == MeetingState.HELD, Meeting.roadshow_id != roadshow.id)
        .distinct()
    )
    return {(row[0], row[1]) for row in rows}


@dataclass(frozen=True)
class Engaged:
    """Somebody can't be had from `starts_at` to `ends_at`. city_id, venue_id: where a session keeps them;
    None where that is not known."""

    starts_at: datetime
    ends_at: datetime
    city_id: int | None = None
    venue_id: int | None = None


@dataclass(frozen=True)
class Busy:
    """When participants can't be had: noted absences, and sessions that they speak in or interpret, with the
    way between those and a meeting. venues: of rooms, by id; ways: minutes between two venues' ids, the
    smaller first."""

    engaged: dict[int, list[Engaged]]
    venues: dict[int, int]
    ways: dict[tuple[int, int], int]

    def slots(self, participant_id: int, slots: Sequence[MeetingSlot]) -> frozenset[int]:
        """Places in `slots` that any of that touches."""
        theirs = self.engaged.get(participant_id, ())
        return frozenset(
            place for place, slot in enumerate(slots) if any(self._touches(one, slot) for one in theirs)
        )

    def _touches(self, one: Engaged, slot: MeetingSlot) -> bool:
        way = timedelta(minutes=self._way(one, slot))
        return one.starts_at < end_of(slot) + way and slot.starts_at < one.ends_at + way

    def _way(self, one: Engaged, slot: MeetingSlot) -> int:
        """Minutes; as in the agenda, venues of one city of which nothing is noted are next door."""
        if one.city_id is None:
            return 0
        far = 0 if one.city_id == slot.day.city_id else INTERCITY
        there = self.venues.get(slot.room_id or 0)
        if one.venue_id is None or there is None or one.venue_id == there:
            return far
        return self.ways.get((min(one.venue_id, there), max(one.venue_id, there)), far)


def busy_of(roadshow: Roadshow, participants: Collection[int] | None = None) -> Busy:
    """Of all participants, or of some."""
    found: dict[int, list[Engaged]] = {}
    only = true() if participants is None else Absence.participant_id.in_(participants)
    for row in db.session.execute(
        select(Absence.participant_id, Absence.starts_at, Absence.ends_at).where(
            Absence.roadshow_id == roadshow.id, only
        )
    ):
        found.setdefault(row.participant_id, []).append(Engaged(row.starts_at, row.ends_at))
    speaking = (
        select(Speaker.participant_id, Slot.starts_at, Session.minutes, Session.city_id, Room.venue_id)
        .join(Appearance, Appearance.speaker_id == Speaker.id)
        .join(Session, Session.id == Appearance.session_id)
        .join(Slot, Slot.id == Session.slot_id)
        .outerjoin(Room, Room.id == Session.room_id)
        .where(Session.roadshow_id == roadshow.id, Session.state == SessionState.PLANNED)
    )
    interpreting = (
        select(Interpreter.participant_id, Slot.starts_at, Session.minutes, Session.city_id, Room.venue_id)
        .join(Session, Session.interpreter_id == Interpreter.id)
        .join(Slot, Slot.id == Session.slot_id)
        .outerjoin(Room, Room.id == Session.room_id)
        .where(Session.roadshow_id == roadshow.id, Session.state == SessionState.PLANNED)
    )
    for participant_id, starts_at, minutes, city, venue in db.session.execute(
        speaking.union_all(interpreting)
    ):
        if participants is None or participant_id in participants:
            end = starts_at + timedelta(minutes=minutes)
            found.setdefault(participant_id, []).append(Engaged(starts_at, end, city, venue))
    rooms = db.session.execute(select(Room.id, Room.venue_id).where(Room.roadshow_id == roadshow.id))
    ways = db.session.execute(
        select(VenueTravel.from_id, VenueTravel.to_id, VenueTravel.minutes).where(
            VenueTravel.roadshow_id == roadshow.id
        )
    )
    return Busy(
        found, {row.id: row.venue_id for row in rooms}, {(one, other): way for one, other, way in ways}
    )


def interpreters_of(roadshow: Roadshow) -> Sequence[Interpreter]:
    return db.session.scalars(
        select(Interpreter).where(Interpreter.roadshow_id == roadshow.id).order_by(Interpreter.id)
    ).all()


def is_closed(slot: MeetingSlot) -> bool:
    """Whether the slot has begun or begins so soon that nobody could be told of a change."""
    return slot.starts_at <= clock.now() + LEAST_NOTICE


@dataclass(frozen=True)
class FreeSlot:
    """A slot in which both sides have no other meeting and a table is free. away: one of them is not there or
    speaks; no_interpreter: all interpreters of the slot have a meeting."""

    slot: MeetingSlot
    table: int
    away: bool = False
    no_interpreter: bool = False


def free_slots(
    roadshow: Roadshow,
    team: MeetingParty,
    investor: MeetingParty,
    *,
    moving: Meeting | None = None,
    interpreted: bool = False,
) -> list[FreeSlot]:
    """Where these two could meet; `moving`: their meeting, which then leaves its own place. Slots that have
    begun are none."""
    meetings = [row for row in meetings_of(roadshow) if moving is None or row.id != moving.id]
    slots = slots_of(roadshow)
    busy = busy_of(roadshow, [team.participant_id, investor.participant_id])
    away = busy.slots(team.participant_id, slots) | busy.slots(investor.participant_id, slots)
    sits = Counter(row.table for row in meetings if row.investor_id == investor.id)
    found = []
    for place, slot in enumerate(slots):
        here = [row for row in meetings if row.slot_id == slot.id]
        taken = {row.table for row in here}
        tables = [table for table in range(1, slot.tables + 1) if table not in taken]
        if end_of(slot) <= clock.now() or not tables or (moving is not None and slot.id == moving.slot_id):
            continue
        if any(team.id == row.team_id or investor.id == row.investor_id for row in here):
            continue
        through = sum(row.needs_interpreter for row in here)
        found.append(
            FreeSlot(
                slot,
                max(tables, key=lambda table: (sits[table], -table)),
                place in away,
                interpreted and through >= slot.interpreters,
            )
        )
    return found


@dataclass(frozen=True)
class SlotTables:
    """A slot as the hall sees it: its meetings by table."""

    slot: MeetingSlot
    meetings: list[Meeting]


def hall(roadshow: Roadshow, meetings: Sequence[Meeting] | None = None) -> list[SlotTables]:
    """Every slot with its meetings, in the order of time and table."""
    rows = meetings_of(roadshow) if meetings is None else meetings
    by_slot: dict[int, list[Meeting]] = {}
    for row in rows:
        by_slot.setdefault(row.slot_id, []).append(row)
    return [SlotTables(slot, by_slot.get(slot.id, [])) for slot in slots_of(roadshow)]


def room_names(roadshow: Roadshow) -> dict[int, Room]:
    """Room id → room with its venue."""
    rows = db.session.scalars(
        select(Room).where(Room.roadshow_id == roadshow.id).options(selectinload(Room.venue))
    )
    return {row.id: row for row in rows}
