"""What participants thought of the event: one sheet each, which can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core import audit, clock
from core.db import db, lock
from core.errors import BadInput, Conflict
from core.languages import current_language
from roadshows.labels_of_meetings import QUESTIONS
from roadshows.models import Day, Feedback, HostCity, Participant, Roadshow, RoadshowState


def is_open(roadshow: Roadshow) -> bool:
    """From the morning of the first day on, by the calendar of its city, unless the event was canceled."""
    if roadshow.state not in (RoadshowState.PUBLIC, RoadshowState.CLOSED):
        return False
    first = db.session.execute(
        select(func.min(Day.date), HostCity.zone)
        .join(HostCity, HostCity.id == Day.city_id)
        .where(Day.roadshow_id == roadshow.id)
        .group_by(HostCity.zone)
        .order_by(func.min(Day.date))
        .limit(1)
    ).first()
    return first is not None and clock.now().astimezone(ZoneInfo(first[1])).date() >= first[0]


def feedback_of(participant: Participant) -> Feedback | None:
    return db.session.scalars(select(Feedback).where(Feedback.participant_id == participant.id)).one_or_none()


def give_feedback(*, participant: Participant, marks: Mapping[str, int], comment: str) -> Feedback:
    """Keep marks from 1 to 5 by question, and a comment. Raises BadInput for an empty sheet or an unknown
    question, Conflict before the event."""
    if not is_open(participant.roadshow):
        raise Conflict(_l("Feedback is asked for once the event has begun."), code="feedback_early")
    if not marks and not comment:
        raise BadInput(_l("Please give at least one mark, or write something."))
    if not set(marks) <= set(QUESTIONS) or not all(mark in range(1, 6) for mark in marks.values()):
        raise BadInput(_l("Please choose from the list only."))
    lock(participant)
    row = feedback_of(participant)
    if row is None:
        row = Feedback(roadshow_id=participant.roadshow_id, participant_id=participant.id)
        db.session.add(row)
    row.marks, row.comment, row.language = dict(marks), comment, current_language()
    row.given_at = clock.now()
    db.session.flush()
    audit.record("feedback.given", row)  # that it was given; what it says is in the row alone
    return row
