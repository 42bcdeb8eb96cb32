"""Guests: who is invited or asks to come, what they agreed to, their tickets, and the door."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import clock
from core.db import Base, UTCDateTime, Versioned, enum_column
from roadshows.models.events import Roadshow
from roadshows.models.people import Participant


class GuestKind(enum.StrEnum):
    GOVERNMENT = "government"
    INVESTOR = "investor"
    INCUBATOR = "incubator"
    COMPANY = "company"
    PRESS = "press"
    TEAM = "team"
    OTHER = "other"


class GuestState(enum.StrEnum):
    """INVITED: asked to come, no answer yet. APPLIED: asked to be let in. WAITING: approved, but the places
    are taken. CONFIRMED: holds a ticket. REFUSED: by the organizers. WITHDRAWN: by the guest."""

    INVITED = "invited"
    APPLIED = "applied"
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class GuestSource(enum.StrEnum):
    INVITATION = "invitation"
    REGISTRATION = "registration"
    WALK_IN = "walk_in"


class Guest(Versioned, Base):
    """Somebody who comes to the event, or would like to.

    ticket: counts up with every new ticket of this guest; the code of an older one is refused at the door.
    rank: the smaller, the further in front, where seats go by rank.
    """

    __tablename__ = "guest"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    participant_id: Mapped[int] = mapped_column(unique=True)
    kind: Mapped[GuestKind] = mapped_column(enum_column(GuestKind, "kind"))
    state: Mapped[GuestState] = mapped_column(enum_column(GuestState, "state"))
    source: Mapped[GuestSource] = mapped_column(enum_column(GuestSource, "source"))
    needs_interpreting: Mapped[bool] = mapped_column(default=False)
    needs: Mapped[str] = mapped_column(Text, default="")
    rank: Mapped[int | None]
    seat: Mapped[str] = mapped_column(String(20), default="")
    ticket: Mapped[int] = mapped_column(default=1)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    state_changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    decided_by: Mapped[int | None]

    roadshow: Mapped[Roadshow] = relationship(overlaps="participant")
    participant: Mapped[Participant] = relationship(lazy="joined", innerjoin=True, overlaps="roadshow")
    consents: Mapped[list[GuestConsent]] = relationship(order_by="GuestConsent.id", back_populates="guest")

    __table_args__ = (
        ForeignKeyConstraint(
            ["roadshow_id", "participant_id"], ["participant.roadshow_id", "participant.id"]
        ),
        UniqueConstraint("roadshow_id", "id"),
        CheckConstraint("rank IS NULL OR rank >= 1", name="rank"),
        CheckConstraint("ticket >= 1", name="ticket"),
        Index("ix_guest_state", "roadshow_id", "state"),
    )


class GuestConsentPurpose(enum.StrEnum):
    PROCESSING = "processing"
    TRANSFER_ABROAD = "transfer_abroad"
    CARD = "card"
    PHOTOS = "photos"


class GuestConsent(Base):
    """One purpose a guest agreed to: when, to which version of the text, in which language."""

    __tablename__ = "guest_consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    guest_id: Mapped[int]
    purpose: Mapped[GuestConsentPurpose] = mapped_column(enum_column(GuestConsentPurpose, "purpose"))
    text_version: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    given_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    guest: Mapped[Guest] = relationship(back_populates="consents")

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "guest_id"], ["guest.roadshow_id", "guest.id"]),
        Index(
            "uq_guest_consent_standing",
            "guest_id",
            "purpose",
            unique=True,
            sqlite_where=withdrawn_at.is_(None),
            postgresql_where=withdrawn_at.is_(None),
        ),
    )


class ScanDevice(Base):
    """A phone or laptop at the door, let in by a link without an account; revoking it ends that at once.

    skew_seconds: how far its clock was ahead of the server's when it last reported.
    """

    __tablename__ = "scan_device"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    skew_seconds: Mapped[int] = mapped_column(default=0)

    roadshow: Mapped[Roadshow] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (UniqueConstraint("roadshow_id", "id"),)


class ScanOutcome(enum.StrEnum):
    ADMITTED = "admitted"
    ALREADY_IN = "already_in"
    REFUSED = "refused"


class Scan(Base):
    """One try at the door, as a device reported it: kept whatever came of it.

    nonce: the device's own name for this try; sent again, it is the same try. device_at: by the device's
    clock; scanned_at: the same by ours. reason: a code, when refused.
    """

    __tablename__ = "scan"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    device_id: Mapped[int | None]
    guest_id: Mapped[int | None]
    nonce: Mapped[str] = mapped_column(String(36))
    outcome: Mapped[ScanOutcome] = mapped_column(enum_column(ScanOutcome, "outcome"))
    reason: Mapped[str] = mapped_column(String(40), default="")
    device_at: Mapped[datetime] = mapped_column(UTCDateTime)
    scanned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undone_by: Mapped[str] = mapped_column(String(80), default="")

    guest: Mapped[Guest | None] = relationship(
        primaryjoin="Scan.guest_id == Guest.id", foreign_keys="Scan.guest_id"
    )
    device: Mapped[ScanDevice | None] = relationship(
        primaryjoin="Scan.device_id == ScanDevice.id", foreign_keys="Scan.device_id"
    )

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "device_id"], ["scan_device.roadshow_id", "scan_device.id"]),
        ForeignKeyConstraint(["roadshow_id", "guest_id"], ["guest.roadshow_id", "guest.id"]),
        UniqueConstraint("roadshow_id", "id"),
        UniqueConstraint("roadshow_id", "nonce"),
    )


class Attendance(Base):
    """A guest was there on a day, by the calendar of the city: once, however often the ticket is scanned."""

    __tablename__ = "attendance"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    guest_id: Mapped[int]
    on: Mapped[date] = mapped_column(Date)
    arrived_at: Mapped[datetime] = mapped_column(UTCDateTime)
    scan_id: Mapped[int | None]

    guest: Mapped[Guest] = relationship()

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "guest_id"], ["guest.roadshow_id", "guest.id"]),
        UniqueConstraint("guest_id", "on"),
    )
