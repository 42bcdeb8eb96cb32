"""What came of it: outcomes of meetings, tasks that follow, what people thought."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Person
from core import clock
from core.db import Base, JSONValue, UTCDateTime, Versioned, enum_column
from roadshows.models.events import Roadshow
from roadshows.models.meetings import MeetingParty
from roadshows.models.people import Participant


class OutcomeStage(enum.StrEnum):
    CONTACT = "contact"
    DUE_DILIGENCE = "due_diligence"
    LETTER_OF_INTENT = "letter_of_intent"
    INVESTMENT = "investment"


class Outcome(Versioned, Base):
    """How far a team and an investor have come since. amount: in whole units of `currency` (ISO 4217)."""

    __tablename__ = "outcome"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    team_id: Mapped[int]
    investor_id: Mapped[int]
    stage: Mapped[OutcomeStage] = mapped_column(enum_column(OutcomeStage, "stage"))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="")
    on: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text, default="")
    noted_by: Mapped[int | None]
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    roadshow: Mapped[Roadshow] = relationship()
    team: Mapped[MeetingParty] = relationship(
        primaryjoin="Outcome.team_id == MeetingParty.id", foreign_keys="Outcome.team_id"
    )
    investor: Mapped[MeetingParty] = relationship(
        primaryjoin="Outcome.investor_id == MeetingParty.id", foreign_keys="Outcome.investor_id"
    )

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "team_id"], ["meeting_party.roadshow_id", "meeting_party.id"]),
        ForeignKeyConstraint(
            ["roadshow_id", "investor_id"], ["meeting_party.roadshow_id", "meeting_party.id"]
        ),
        UniqueConstraint("roadshow_id", "id"),
        CheckConstraint("(amount IS NULL) = (currency = '')", name="currency"),
        CheckConstraint("amount IS NULL OR amount > 0", name="amount"),
    )


class FollowUp(Versioned, Base):
    """A task that follows: what, by whom, until when."""

    __tablename__ = "follow_up"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    outcome_id: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date | None] = mapped_column(Date)
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_by: Mapped[int | None]
    made_by: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    roadshow: Mapped[Roadshow] = relationship()
    outcome: Mapped[Outcome | None] = relationship(
        primaryjoin="FollowUp.outcome_id == Outcome.id", foreign_keys="FollowUp.outcome_id"
    )
    assignee: Mapped[Person | None] = relationship()

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "outcome_id"], ["outcome.roadshow_id", "outcome.id"]),
    )


class Feedback(Base):
    """What a participant thought of the event. marks: question → 1 to 5."""

    __tablename__ = "roadshow_feedback"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    participant_id: Mapped[int] = mapped_column(unique=True)
    marks: Mapped[dict[str, int]] = mapped_column(JSONValue, default=dict)
    comment: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(2))
    given_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    participant: Mapped[Participant] = relationship()

    __table_args__ = (
        ForeignKeyConstraint(
            ["roadshow_id", "participant_id"], ["participant.roadshow_id", "participant.id"]
        ),
    )
