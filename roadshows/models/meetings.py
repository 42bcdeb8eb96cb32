"""One-to-one meetings: the two sides and their cards, their wishes, tables, and who meets whom."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competition.models import Entry
from core import clock
from core.db import Base, JSONValue, TrilingualText, UTCDateTime, Versioned, enum_column
from core.languages import Trilingual
from core.models import random_key
from roadshows.models.events import Day, Roadshow
from roadshows.models.people import Interpreter, Participant


class Side(enum.StrEnum):
    TEAM = "team"
    INVESTOR = "investor"


class MeetingParty(Versioned, Base):
    """A team or an investor at the meetings, and its card. The other side sees the card from `shared_at` on,
    when its owner agreed. languages: in which it can talk. When it is away: `Absence` of the participant.
    """

    __tablename__ = "meeting_party"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    key: Mapped[str] = mapped_column(String(12), unique=True, default=random_key)
    participant_id: Mapped[int] = mapped_column(unique=True)
    side: Mapped[Side] = mapped_column(enum_column(Side, "side"))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    headline: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    about: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    fields: Mapped[list[str]] = mapped_column(JSONValue, default=list)
    languages: Mapped[list[str]] = mapped_column(JSONValue, default=list)
    shared_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    most_meetings: Mapped[int] = mapped_column(default=8)
    least_meetings: Mapped[int] = mapped_column(default=0)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    roadshow: Mapped[Roadshow] = relationship(overlaps="participant")
    participant: Mapped[Participant] = relationship(lazy="joined", innerjoin=True, overlaps="roadshow")
    entry: Mapped[Entry | None] = relationship()

    __table_args__ = (
        ForeignKeyConstraint(
            ["roadshow_id", "participant_id"], ["participant.roadshow_id", "participant.id"]
        ),
        UniqueConstraint("roadshow_id", "id"),
        CheckConstraint("most_meetings >= least_meetings AND least_meetings >= 0", name="meetings"),
    )


class MeetingSlot(Base):
    """A stretch of time with tables to meet at, and interpreters for some of them."""

    __tablename__ = "meeting_slot"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    day_id: Mapped[int]
    room_id: Mapped[int | None]
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    minutes: Mapped[int]
    tables: Mapped[int]
    interpreters: Mapped[int] = mapped_column(default=0)

    day: Mapped[Day] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "day_id"], ["roadshow_day.roadshow_id", "roadshow_day.id"]),
        ForeignKeyConstraint(["roadshow_id", "room_id"], ["venue_room.roadshow_id", "venue_room.id"]),
        UniqueConstraint("roadshow_id", "id"),
        UniqueConstraint("day_id", "starts_at"),
        CheckConstraint("minutes BETWEEN 1 AND 480", name="minutes"),
        CheckConstraint("tables >= 0 AND interpreters >= 0", name="tables"),
    )


class Wish(enum.StrEnum):
    """NO is never told to anybody, not to organizers either."""

    MUST = "must"
    LIKE = "like"
    NO = "no"


class MeetingWish(Base):
    """What one party wishes about another of the other side."""

    __tablename__ = "meeting_wish"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    from_id: Mapped[int]
    about_id: Mapped[int] = mapped_column(index=True)
    wish: Mapped[Wish] = mapped_column(enum_column(Wish, "wish"))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "from_id"], ["meeting_party.roadshow_id", "meeting_party.id"]),
        ForeignKeyConstraint(["roadshow_id", "about_id"], ["meeting_party.roadshow_id", "meeting_party.id"]),
        UniqueConstraint("from_id", "about_id"),
        CheckConstraint("from_id <> about_id", name="other"),
    )


class MetBefore(Base):
    """A team and an investor who know each other already, as an organizer noted."""

    __tablename__ = "met_before"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    team_id: Mapped[int]
    investor_id: Mapped[int]

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "team_id"], ["meeting_party.roadshow_id", "meeting_party.id"]),
        ForeignKeyConstraint(
            ["roadshow_id", "investor_id"], ["meeting_party.roadshow_id", "meeting_party.id"]
        ),
        UniqueConstraint("team_id", "investor_id"),
    )


class MeetingState(enum.StrEnum):
    """PLANNED, then HELD or MISSED as noted on the day, or CANCELED before."""

    PLANNED = "planned"
    CANCELED = "canceled"
    HELD = "held"
    MISSED = "missed"


class Meeting(Versioned, Base):
    """A team and an investor at a table. told_at: when both sides were told of it as it stands now.
    sequence: counts changes of time and table that people were told of, as calendars need it."""

    __tablename__ = "meeting"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    key: Mapped[str] = mapped_column(String(12), unique=True, default=random_key)
    team_id: Mapped[int]
    investor_id: Mapped[int]
    slot_id: Mapped[int]
    table: Mapped[int] = mapped_column("table_number")
    needs_interpreter: Mapped[bool] = mapped_column(default=False)
    interpreter_id: Mapped[int | None]
    is_locked: Mapped[bool] = mapped_column(default=False)
    state: Mapped[MeetingState] = mapped_column(
        enum_column(MeetingState, "state"), default=MeetingState.PLANNED
    )
    canceled_by: Mapped[Side | None] = mapped_column(enum_column(Side, "canceled_by"))
    canceled_reason: Mapped[str] = mapped_column(Text, default="")
    sequence: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    roadshow: Mapped[Roadshow] = relationship()
    team: Mapped[MeetingParty] = relationship(
        primaryjoin="Meeting.team_id == MeetingParty.id", foreign_keys="Meeting.team_id"
    )
    investor: Mapped[MeetingParty] = relationship(
        primaryjoin="Meeting.investor_id == MeetingParty.id", foreign_keys="Meeting.investor_id"
    )
    slot: Mapped[MeetingSlot] = relationship(
        primaryjoin="Meeting.slot_id == MeetingSlot.id", foreign_keys="Meeting.slot_id"
    )
    interpreter: Mapped[Interpreter | None] = relationship(
        primaryjoin="Meeting.interpreter_id == Interpreter.id", foreign_keys="Meeting.interpreter_id"
    )

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "team_id"], ["meeting_party.roadshow_id", "meeting_party.id"]),
        ForeignKeyConstraint(
            ["roadshow_id", "investor_id"], ["meeting_party.roadshow_id", "meeting_party.id"]
        ),
        ForeignKeyConstraint(["roadshow_id", "slot_id"], ["meeting_slot.roadshow_id", "meeting_slot.id"]),
        ForeignKeyConstraint(
            ["roadshow_id", "interpreter_id"], ["interpreter.roadshow_id", "interpreter.id"]
        ),
        UniqueConstraint("roadshow_id", "id"),
        CheckConstraint("table_number >= 1", name="table"),
        CheckConstraint("team_id <> investor_id", name="two_sides"),
        *(
            Index(
                f"uq_meeting_{name}",
                *columns,
                unique=True,
                sqlite_where=text("state <> 'canceled'"),
                postgresql_where=text("state <> 'canceled'"),
            )
            for name, columns in (
                ("pair", ("team_id", "investor_id")),
                ("team_slot", ("team_id", "slot_id")),
                ("investor_slot", ("investor_id", "slot_id")),
                ("table", ("slot_id", "table_number")),
            )
        ),
    )
