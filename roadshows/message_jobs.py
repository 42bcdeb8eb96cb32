"""What goes out at its hour: invitations that were lost, reminders that are due.

Everything is derived from the database, so that a run that was missed, killed or made twice changes nothing:
a message and the note that it was told are one transaction.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from flask_babel import force_locale
from sqlalchemy.exc import IntegrityError

from core import clock
from core.db import db, lock
from core.jobs import at_moments
from core.languages import locale_of
from core.mail import Message
from roadshows import message_texts
from roadshows.duties import REMINDER, Duties, duties_of, running_roadshows
from roadshows.models import Meeting, MeetingState, Participant, Roadshow, RoadshowState
from roadshows.operations.telling import language_of, note, post, tell_agenda
from roadshows.queries.published import newest_number
from roadshows.reminders import Reminder

log = structlog.get_logger(__name__)


def next_moment() -> datetime | None:
    """When the next reminder is due."""
    now = clock.now()
    moments = [
        reminder.at
        for roadshow_id in running_roadshows()
        for reminder in duties_of(db.session.get_one(Roadshow, roadshow_id)).reminders(now)
        if reminder.at > now
    ]
    return min(moments, default=None)


@at_moments(60, "roadshow messages", next_moment)
def send_what_is_due() -> int:
    """All roadshows in turn; returns how many mails were written. What fails for one roadshow or person is
    logged, and tried again at the next run."""
    sent = 0
    running = running_roadshows()
    db.session.rollback()
    for roadshow_id in running:
        try:
            sent += tell_agenda(roadshow=db.session.get_one(Roadshow, roadshow_id))
            db.session.commit()
        except Exception:
            db.session.rollback()
            log.exception("agenda_not_told", roadshow=roadshow_id)
        try:
            sent += remind(roadshow_id)
        except Exception:
            db.session.rollback()
            log.exception("not_reminded", roadshow=roadshow_id)
    return sent


def remind(roadshow_id: int) -> int:
    """Send the reminders of one roadshow that are due, each in a transaction of its own."""
    now = clock.now()
    found = duties_of(db.session.get_one(Roadshow, roadshow_id))
    due = [reminder for reminder in found.reminders(now) if reminder.at <= now]
    texts = [(reminder, _write(reminder, found, now)) for reminder in due]
    number = found.agenda.number
    db.session.rollback()
    sent = 0
    for reminder, (lang, text) in texts:
        try:
            sent += _send(roadshow_id, number, reminder, lang, text)
        except IntegrityError:
            db.session.rollback()  # somebody else has sent it meanwhile
        except Exception:
            db.session.rollback()
            log.exception("reminder_not_sent", participant=reminder.duty.person, item=reminder.duty.item)
    return sent


def _write(reminder: Reminder, found: Duties, now: datetime) -> tuple[str, Message]:
    """The language and text of a reminder."""
    kind, _colon, key = reminder.duty.item.partition(":")
    roadshow = found.roadshow
    who = db.session.get_one(Participant, reminder.duty.person)
    lang = language_of(who)
    with force_locale(locale_of(lang)):
        if kind == "meeting":
            own = found.meetings[key, who.id]
            return lang, message_texts.meeting_reminder(own, roadshow, who, lang, now)
        item = found.agenda.find(key) if kind == "session" else found.first
        assert item is not None, reminder  # duties are made from the same agenda
        write = message_texts.session_reminder if kind == "session" else message_texts.event_reminder
        return lang, write(item, roadshow, who, lang, now)


def _send(roadshow_id: int, number: int, reminder: Reminder, lang: str, text: Message) -> bool:
    """Write the mail and the note, unless something has changed since it was planned."""
    duty = reminder.duty
    roadshow = lock(db.session.get_one(Roadshow, roadshow_id))
    who = db.session.get_one(Participant, duty.person)
    if (
        roadshow.state is not RoadshowState.PUBLIC
        or newest_number(roadshow) != number
        or who.erased_at is not None
        or language_of(who) != lang
        or not _meeting_stands(duty.item, duty.version)
    ):
        db.session.rollback()
        return False
    for offset in reminder.skipped:
        note(who, REMINDER, duty.item, duty.version, offset)
    row = post(who, "roadshow_reminder", text)
    note(who, REMINDER, duty.item, duty.version, reminder.offset, mail_id=row.id)
    db.session.commit()
    return True


def _meeting_stands(item: str, version: int) -> bool:
    """True for anything but a meeting that was canceled or moved."""
    kind, _colon, key = item.partition(":")
    if kind != "meeting":
        return True
    meeting = db.session.query(Meeting).filter_by(key=key).one_or_none()
    return (
        meeting is not None
        and meeting.state is MeetingState.PLANNED
        and meeting.sequence == version
        and meeting.told_at is not None
    )
