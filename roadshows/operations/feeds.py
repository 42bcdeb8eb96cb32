"""The secret address of a participant's own calendar: made, renewed, taken back."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from accounts.sessions import sha256
from core import audit, clock
from core.db import db, lock
from roadshows.models import CalendarFeed, Participant


def standing_feed(participant: Participant) -> CalendarFeed | None:
    """The feed whose address works."""
    return db.session.scalars(
        select(CalendarFeed).where(
            CalendarFeed.participant_id == participant.id, CalendarFeed.revoked_at.is_(None)
        )
    ).one_or_none()


def make_feed(*, participant: Participant) -> str:
    """A new secret token; the former address, if there was one, is worth nothing from now on."""
    lock(participant)
    former = standing_feed(participant)
    if former is not None:
        former.revoked_at = clock.now()
        db.session.flush()
    token = secrets.token_urlsafe(24)
    row = CalendarFeed(
        roadshow_id=participant.roadshow_id, participant_id=participant.id, token_sha256=sha256(token)
    )
    db.session.add(row)
    db.session.flush()
    audit.record("calendar_feed.renewed" if former else "calendar_feed.made", row)
    return token


def revoke_feed(*, participant: Participant) -> None:
    """Take the address back; nothing happens without one."""
    lock(participant)
    feed = standing_feed(participant)
    if feed is not None:
        feed.revoked_at = clock.now()
        db.session.flush()
        audit.record("calendar_feed.revoked", feed)
