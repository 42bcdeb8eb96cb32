"""Who takes part in a roadshow: one row a person, whatever that person is there as, so that nobody is told
twice or expected in two places at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Person
from core import clock
from core.db import Base, JSONValue, TrilingualText, UTCDateTime, Versioned
from core.languages import Trilingual
from core.models import StoredFile, random_key
from roadshows.models.events import Roadshow


class Participant(Versioned, Base):
    """A person at a roadshow: speaker, interpreter, guest, team or investor at meetings, often several of
    these. Most have no account: a secret link (its SHA-256 is kept) leads to their own page.

    link_number: counts up with every new link; the secret is made from it, so that each mail can carry the
    link that stands.
    """

    __tablename__ = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    key: Mapped[str] = mapped_column(String(12), unique=True, default=random_key)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    name_latin: Mapped[str] = mapped_column(String(80), default="")
    organization: Mapped[str] = mapped_column(String(200), default="")
    position: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    email_key: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(20), default="")
    language: Mapped[str] = mapped_column(String(2), default="en")
    zone: Mapped[str] = mapped_column(String(40), default="Asia/Seoul")
    link_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    link_number: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    erased_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    roadshow: Mapped[Roadshow] = relationship()
    person: Mapped[Person | None] = relationship()
    absences: Mapped[list[Absence]] = relationship(order_by="Absence.starts_at", back_populates="participant")

    __table_args__ = (
        UniqueConstraint("roadshow_id", "id"),
        UniqueConstraint("roadshow_id", "email_key"),
        CheckConstraint("language IN ('zh', 'ko', 'en')", name="language"),
        CheckConstraint("(email = '') = (email_key IS NULL)", name="email"),
    )


class Absence(Base):
    """When somebody can't be had."""

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    participant_id: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)

    participant: Mapped[Participant] = relationship(back_populates="absences")

    __table_args__ = (
        ForeignKeyConstraint(
            ["roadshow_id", "participant_id"], ["participant.roadshow_id", "participant.id"]
        ),
        CheckConstraint("ends_at > starts_at", name="times"),
        Index("ix_absence_participant", "participant_id"),
    )


class Speaker(Versioned, Base):
    """Somebody who speaks, pitches, moderates or signs. `title`: as what, as the program prints it."""

    __tablename__ = "speaker"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    participant_id: Mapped[int] = mapped_column(unique=True)
    title: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    about: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    photo_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    is_shown: Mapped[bool] = mapped_column(default=True)

    participant: Mapped[Participant] = relationship(lazy="joined", innerjoin=True)
    photo: Mapped[StoredFile | None] = relationship()

    __table_args__ = (
        ForeignKeyConstraint(
            ["roadshow_id", "participant_id"], ["participant.roadshow_id", "participant.id"]
        ),
        UniqueConstraint("roadshow_id", "id"),
    )


class Interpreter(Versioned, Base):
    """An interpreter. pairs: languages between which she interprets, each sorted and joined ("ko-zh").
    most_in_a_row: slots without a break."""

    __tablename__ = "interpreter"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    participant_id: Mapped[int] = mapped_column(unique=True)
    pairs: Mapped[list[str]] = mapped_column(JSONValue, default=list)
    most_in_a_row: Mapped[int] = mapped_column(default=4)

    participant: Mapped[Participant] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["roadshow_id", "participant_id"], ["participant.roadshow_id", "participant.id"]
        ),
        UniqueConstraint("roadshow_id", "id"),
        CheckConstraint("most_in_a_row >= 1", name="most_in_a_row"),
    )


class CalendarFeed(Base):
    """The secret address of somebody's own calendar; only its SHA-256 is kept. A new one revokes the old."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    participant_id: Mapped[int]
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    participant: Mapped[Participant] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["roadshow_id", "participant_id"], ["participant.roadshow_id", "participant.id"]
        ),
        Index(
            "uq_calendar_feed_standing",
            "participant_id",
            unique=True,
            sqlite_where=revoked_at.is_(None),
            postgresql_where=revoked_at.is_(None),
        ),
    )
