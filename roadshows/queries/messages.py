"""Reads for the organizers' page of messages: what was told to whom, and what goes out next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, select

from core import clock
from core.db import db
from core.languages import Trilingual
from core.models import Mail, MailState
from roadshows.duties import Duties, duties_of
from roadshows.models import Participant, Roadshow, Told

EACH = 50
"""Lines a page."""


@dataclass(frozen=True)
class Coming:
    """Reminders that go out together. title: of the session; None for meetings and the event itself."""

    at: datetime
    kind: str
    title: Trilingual | None
    people: int


def told(roadshow: Roadshow, page: int) -> tuple[Sequence[Row[Told, Participant, Mail]], int]:
    """What was told, the latest first, one line a mail and person; and how many lines there are."""
    # Of several things in one mail the last stands for all: the mail itself lists them.
    lines = (
        select(func.max(Told.id).label("id"))
        .where(Told.roadshow_id == roadshow.id, Told.mail_id.is_not(None))
        .group_by(Told.mail_id)
        .subquery()
    )
    count = db.session.scalar(select(func.count()).select_from(lines)) or 0
    rows = db.session.execute(
        select(Told, Participant, Mail)
        .join(lines, lines.c.id == Told.id)
        .join(Participant, Participant.id == Told.participant_id)
        .join(Mail, Mail.id == Told.mail_id)
        .order_by(Told.id.desc())
        .limit(EACH)
        .offset(EACH * (page - 1))
    ).all()
    return rows, count


def failed(roadshow: Roadshow) -> int:
    """How many mails about it could not be delivered."""
    where = (Mail.roadshow_id == roadshow.id) & (Mail.state == MailState.FAILED)
    return db.session.scalar(select(func.count()).select_from(Mail).where(where)) or 0


def coming(roadshow: Roadshow, most: int = 10) -> tuple[list[Coming], int]:
    """The next reminders, those of one thing at one moment together; and how many there are in all."""
    found = duties_of(roadshow)
    groups: dict[tuple[datetime, str, str], int] = {}
    reminders = found.reminders(clock.now())
    for reminder in reminders:
        kind, _colon, key = reminder.duty.item.partition(":")
        name = (reminder.at, kind, key if kind == "session" else "")
        groups[name] = groups.get(name, 0) + 1
    listed = [Coming(at, kind, _title(found, key), people) for (at, kind, key), people in groups.items()]
    return listed[:most], len(reminders)


def _title(found: Duties, key: str) -> Trilingual | None:
    item = found.agenda.find(key) if key else None
    return item.title if item else None
