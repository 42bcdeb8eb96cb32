"""What one participant has to do at the event: meetings that stand and were told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased, joinedload

from core.db import db
from roadshows.local_times import Place, Reading, places_for, readings
from roadshows.models import (
    Interpreter,
    Meeting,
    MeetingParty,
    MeetingState,
    Participant,
    Roadshow,
    Room,
)


@dataclass(frozen=True)
class OwnMeeting:
    """A meeting as one of those who take part sees it. others: the other side's name, or both names for the
    interpreter."""

    meeting: Meeting
    participant_id: int
    others: tuple[str, ...]
    room: Room | None

    @property
    def starts_at(self) -> datetime:
        return self.meeting.slot.starts_at

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.meeting.slot.minutes)

    def readings(self, cities: Iterable[Place]) -> list[Reading]:
        """By the clock of its city, then by the other one of `cities`."""
        city = self.meeting.slot.day.city
        here = Place(city.name, city.zone)
        return readings(self.starts_at, self.ends_at, places_for(here, list(cities), self.starts_at))


def told_meetings(roadshow: Roadshow, participant: Participant | None = None) -> list[OwnMeeting]:
    """Planned meetings that both sides were told of, by time, once for each who takes part; of one
    participant, or of all."""
    team, investor = aliased(MeetingParty), aliased(MeetingParty)
    wanted = (
        select(Meeting)
        .join(team, team.id == Meeting.team_id)
        .join(investor, investor.id == Meeting.investor_id)
        .outerjoin(Interpreter, Interpreter.id == Meeting.interpreter_id)
        .where(
            Meeting.roadshow_id == roadshow.id,
            Meeting.state == MeetingState.PLANNED,
            Meeting.told_at.is_not(None),
        )
        .options(
            joinedload(Meeting.team),
            joinedload(Meeting.investor),
            joinedload(Meeting.slot),
            joinedload(Meeting.interpreter),
        )
    )
    if participant is not None:
        wanted = wanted.where(
            or_(
                team.participant_id == participant.id,
                investor.participant_id == participant.id,
                Interpreter.participant_id == participant.id,
            )
        )
    meetings = db.session.scalars(wanted).all()
    rooms = _rooms(roadshow, {meeting.slot.room_id for meeting in meetings} - {None})
    found = [
        OwnMeeting(meeting, who, others, rooms.get(meeting.slot.room_id))
        for meeting in meetings
        for who, others in _sides(meeting)
        if participant is None or who == participant.id
    ]
    return sorted(found, key=lambda own: (own.starts_at, own.meeting.id))


def _sides(meeting: Meeting) -> list[tuple[int, tuple[str, ...]]]:
    team, investor = meeting.team, meeting.investor
    sides: list[tuple[int, tuple[str, ...]]] = [
        (team.participant_id, (investor.name,)),
        (investor.participant_id, (team.name,)),
    ]
    if meeting.interpreter:
        sides.append((meeting.interpreter.participant_id, (team.name, investor.name)))
    return sides


def _rooms(roadshow: Roadshow, ids: Iterable[int | None]) -> dict[int | None, Room]:
    wanted = list(ids)
    if not wanted:
        return {}
    rows = db.session.scalars(select(Room).where(Room.roadshow_id == roadshow.id, Room.id.in_(wanted)))
    return {row.id: row for row in rows}
