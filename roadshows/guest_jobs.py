"""What guests were promised: a year after the event it is forgotten who they were.

Who is in the program (speakers, interpreters) or came for a team of the contest stays: the published program
names the former, and the contest keeps the latter. Each can erase the own data on the own page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date

import structlog
from sqlalchemy import func, select

from core import clock
from core.db import db
from core.jobs import every
from roadshows.guest_consent_texts import YEARS_KEPT
from roadshows.models import Day, Guest, Interpreter, MeetingParty, Participant, Side, Speaker
from roadshows.personal_data import erase_participant

log = structlog.get_logger(__name__)


@every(3600, "forget guests")  # a server that is restarted each night gets to it, too
def forget_guests() -> int:
    """Erase the guests of events that were long enough ago, each in a transaction of its own; returns how
    many. One that fails is logged, and tried again at the next run."""
    forgotten = 0
    for participant_id in _due(_years_before(clock.now().astimezone(UTC).date(), YEARS_KEPT)):
        try:
            erase_participant(db.session.get_one(Participant, participant_id))
            db.session.commit()
            forgotten += 1
        except Exception:
            db.session.rollback()
            log.exception("guest_not_forgotten", participant=participant_id)
    return forgotten


def _years_before(day: date, years: int) -> date:
    """The same date so many years earlier; February 29 becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _due(before: date) -> Sequence[int]:
    """Ids of guests of events whose last day was before that date."""
    past = select(Day.roadshow_id).group_by(Day.roadshow_id).having(func.max(Day.date) < before)
    teams = select(MeetingParty.participant_id).where(MeetingParty.side == Side.TEAM)
    return db.session.scalars(
        select(Participant.id)
        .join(Guest, Guest.participant_id == Participant.id)
        .where(
            Participant.roadshow_id.in_(past),
            Participant.erased_at.is_(None),
            Participant.id.not_in(select(Speaker.participant_id)),
            Participant.id.not_in(select(Interpreter.participant_id)),
            Participant.id.not_in(teams),
        )
        .order_by(Participant.id)
    ).all()
