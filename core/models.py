"""Tables that every room writes to: audit, notices, outbox, idempotency keys, numbers, files, page
versions."""

from __future__ import annotations

import enum
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db import Base, JSONValue, UTCDateTime, enum_column

_KEY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def random_key() -> str:
    """A public identifier of 12 characters (59 bits) that nobody can count up from, without look-alikes."""
    return "".join(secrets.choice(_KEY_ALPHABET) for _ in range(12))


class AuditRecord(Base):
    """Who did what to which thing, with the values before and after. Never deleted, and changed only by
    `core.audit.forget`, when somebody is erased."""

    __tablename__ = "audit_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, index=True)
    actor_id: Mapped[int | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(64))
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[int | None]
    edition_id: Mapped[int | None]
    roadshow_id: Mapped[int | None]
    old: Mapped[Any | None] = mapped_column(JSONValue)
    new: Mapped[Any | None] = mapped_column(JSONValue)
    reason: Mapped[str] = mapped_column(Text, default="")
    request_id: Mapped[str] = mapped_column(String(32), default="")
    device: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (
        Index("ix_audit_record_object", "object_kind", "object_id"),
        Index("ix_audit_record_edition", "edition_id", "at"),
        Index("ix_audit_record_roadshow", "roadshow_id", "at"),
    )


class MailState(enum.StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Mail(Base):
    """One message to one address, written in the transaction it belongs to and sent after the commit.

    calendar, calendar_method: iCalendar objects that go along, and their METHOD; "" without any."""

    __tablename__ = "mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    edition_id: Mapped[int | None] = mapped_column(index=True)
    roadshow_id: Mapped[int | None] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    calendar: Mapped[str] = mapped_column(Text, default="")
    calendar_method: Mapped[str] = mapped_column(String(10), default="")
    state: Mapped[MailState] = mapped_column(
        enum_column(MailState, "state"), default=MailState.QUEUED, index=True
    )
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    last_error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Notice(Base):
    """A message in a person's inbox in the app: the truth, of which mail is only a copy."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    edition_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class OnceKey(Base):
    """A form that was sent and carried out; the same key again gets the same answer instead of a second
    deed."""

    __tablename__ = "once_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(default=0)
    payload_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0)
    location: Mapped[str] = mapped_column(String(500), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    __table_args__ = (UniqueConstraint("person_id", "key"),)


class Sequence(Base):
    """A counter without gaps: the number is taken in the transaction that uses it."""

    __tablename__ = "sequence"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class Heartbeat(Base):
    """When the elected worker last showed that it runs the periodic jobs."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class PublicVersion(Base):
    """One row that counts every change to what the public may see; cached pages are as old as this number."""

    __tablename__ = "public_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(default=1)

    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class StoredFile(Base):
    """An uploaded or issued file; its bytes lie in INSTANCE/files under their SHA-256."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(12), unique=True, default=random_key)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(255))
    uploaded_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
