"""Who has to be reminded of what: read from what people were told, what is published, and what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from core import clock
from core.db import db
from roadshows.models import Day, Guest, GuestState, Participant, Roadshow, RoadshowState, Told
from roadshows.operations.telling import heard, session_item
from roadshows.published import Agenda, Item
from roadshows.queries.own_program import OwnMeeting, told_meetings
from roadshows.queries.published import agenda_of
from roadshows.reminders import Duty, Quiet, Reminder, plan

REMINDER = "reminder"
_AROUND = timedelta(days=2)


@dataclass(frozen=True)
class Duties:
    """All of a roadshow that people are reminded of. meetings: (meeting's key, participant's id) -> as that
    person sees it. first: what the event begins with."""

    roadshow: Roadshow
    agenda: Agenda
    duties: Sequence[Duty]
    meetings: dict[tuple[str, int], OwnMeeting] = field(default_factory=dict)
    first: Item | None = None

    def reminders(self, now: datetime) -> list[Reminder]:
        """What is still to be sent."""
        roadshow = self.roadshow
        quiet = Quiet(roadshow.quiet_from, roadshow.quiet_until)
        return plan(self.duties, roadshow.reminder_minutes, quiet, _sent(roadshow), now)


def running_roadshows() -> list[int]:
    """Ids of those that are public and have a day that is not long over."""
    since = (clock.now() - _AROUND).date()
    return list(
        db.session.scalars(
            select(Roadshow.id)
            .where(
                Roadshow.state == RoadshowState.PUBLIC,
                exists().where(Day.roadshow_id == Roadshow.id, Day.date >= since),
            )
            .order_by(Roadshow.id)
        )
    )


def duties_of(roadshow: Roadshow) -> Duties:
    """Sessions that people know of as they stand, meetings both sides know of, the event for its guests."""
    if roadshow.state is not RoadshowState.PUBLIC:
        return Duties(roadshow, Agenda(), ())
    agenda = agenda_of(roadshow)
    people = _people(roadshow)
    duties = _sessions(roadshow, agenda, people)
    meetings = {(own.meeting.key, own.participant_id): own for own in told_meetings(roadshow)}
    for (key, who), own in meetings.items():
        if who in people and own.meeting.told_at:
            zone = people[who].zone
            told = own.meeting.told_at
            duties.append(Duty(who, f"meeting:{key}", own.meeting.sequence, own.starts_at, told, zone))
    first = next((item for item in agenda.items if not item.canceled), None)
    if first is not None:
        duties += _guests(roadshow, first, {duty.person for duty in duties})
    return Duties(roadshow, agenda, duties, meetings, first)


def _people(roadshow: Roadshow) -> dict[int, Participant]:
    rows = db.session.scalars(
        select(Participant)
        .where(
            Participant.roadshow_id == roadshow.id,
            Participant.email != "",
            Participant.erased_at.is_(None),
        )
        .options(joinedload(Participant.person))
    )
    return {row.id: row for row in rows}


def _sessions(roadshow: Roadshow, agenda: Agenda, people: dict[int, Participant]) -> list[Duty]:
    """One that has moved since is left out: its new time has to be told first."""
    found = []
    for who, known in heard(roadshow, agenda).known.items():
        for key, told in known.items():
            item = agenda.find(key)
            if who not in people or item is None or item.canceled or not told.is_on:
                continue
            if item.sequence == told.item.sequence and people[who].key in item.involved:
                name = session_item(key)
                found.append(Duty(who, name, item.sequence, item.starts_at, told.at, people[who].zone))
    return found


def _guests(roadshow: Roadshow, first: Item, others: set[int]) -> list[Duty]:
    """Guests with a ticket, unless something of their own tells them to come. The version is the day: they
    are reminded again when the event is put off."""
    rows = db.session.scalars(
        select(Guest).where(Guest.roadshow_id == roadshow.id, Guest.state == GuestState.CONFIRMED)
    )
    return [
        Duty(
            row.participant_id,
            f"event:{roadshow.id}",
            first.date.toordinal(),
            first.starts_at,
            row.state_changed_at,
            row.participant.zone,
        )
        for row in rows
        if row.participant_id not in others and row.participant.email and row.participant.erased_at is None
    ]


def _sent(roadshow: Roadshow) -> dict[tuple[int, str, int], set[int]]:
    found: dict[tuple[int, str, int], set[int]] = {}
    rows = db.session.execute(
        select(Told.participant_id, Told.item, Told.item_version, Told.offset).where(
            Told.roadshow_id == roadshow.id, Told.kind == REMINDER
        )
    )
    for who, item, version, offset in rows:
        found.setdefault((who, item, version), set()).add(offset)
    return found
