"""A participant's own program on the personal page: sessions, meetings, and the calendar to subscribe to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select

from core.db import db
from core.languages import Trilingual
from roadshows import personal_page, program_words
from roadshows.local_times import Place, Reading, local_date
from roadshows.models import Interpreter, MeetingParty, Participant, Speaker
from roadshows.operations.feeds import standing_feed
from roadshows.personal_page import Panel
from roadshows.published import Item
from roadshows.queries.own_program import OwnMeeting, told_meetings
from roadshows.queries.published import agenda_of


@dataclass(frozen=True)
class Line:
    """A session or a meeting. kind: "speaker", "interpreter" or "meeting"."""

    kind: str
    starts_at: datetime
    date: date
    readings: list[Reading]
    item: Item | None = None
    meeting: OwnMeeting | None = None

    @property
    def title(self) -> Trilingual | None:
        return self.item.title if self.item else None


def lines_of(participant: Participant) -> list[Line]:
    """What this person has to be there for, by time; canceled sessions included."""
    roadshow = participant.roadshow
    cities = [Place(city.name, city.zone) for city in roadshow.cities]
    lines = [
        Line(
            "interpreter" if item.interpreter == participant.key else "speaker",
            item.starts_at,
            item.date,
            item.readings,
            item=item,
        )
        for item in agenda_of(roadshow).of(participant.key)
    ]
    lines += [
        Line(
            "meeting",
            own.starts_at,
            local_date(own.starts_at, own.meeting.slot.day.city.zone),
            own.readings(cities),
            meeting=own,
        )
        for own in told_meetings(roadshow, participant)
    ]
    return sorted(lines, key=lambda line: line.starts_at)


def panels(participant: Participant) -> Iterable[Panel]:
    """The program and its calendar, for those who have one or will have."""
    lines = lines_of(participant)
    if lines:
        yield Panel(20, "roadshows/my_program.html", {"lines": lines, "words": program_words})
    if lines or _may_have_a_program(participant):
        yield Panel(90, "roadshows/my_calendar_panel.html", {"feed": standing_feed(participant)})


def _may_have_a_program(participant: Participant) -> bool:
    return bool(
        db.session.scalar(
            select(
                exists().where(Speaker.participant_id == participant.id)
                | exists().where(Interpreter.participant_id == participant.id)
                | exists().where(
                    MeetingParty.participant_id == participant.id, MeetingParty.withdrawn_at.is_(None)
                )
            )
        )
    )


def register() -> None:
    """Join the personal page, once however many applications are made."""
    if panels not in personal_page.sources:
        personal_page.sources.append(panels)
