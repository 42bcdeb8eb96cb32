"""The agenda: slots, sessions and who speaks in them; what was changed, planned, published."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competition.models import Entry
from core import clock
from core.db import Base, JSONValue, TrilingualText, UTCDateTime, Versioned, enum_column
from core.frozen import never_changes
from core.languages import Trilingual
from core.models import StoredFile, random_key
from roadshows.models.events import Day, HostCity, Roadshow, Room
from roadshows.models.people import Interpreter, Speaker


class Slot(Base):
    """A stretch of time on a day in which sessions can take place, one a room. block: which part of the day
    ("am", "pm", …): sessions of a track are kept together within a block."""

    __tablename__ = "agenda_slot"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    day_id: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    minutes: Mapped[int]
    block: Mapped[str] = mapped_column(String(20), default="am")

    day: Mapped[Day] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "day_id"], ["roadshow_day.roadshow_id", "roadshow_day.id"]),
        UniqueConstraint("roadshow_id", "id"),
        UniqueConstraint("day_id", "starts_at"),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes"),
    )


class SessionTrack(Base):
    """A field that sessions belong to, such as biotechnology."""

    __tablename__ = "session_track"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    name: Mapped[Trilingual] = mapped_column(TrilingualText)
    position: Mapped[int] = mapped_column(default=1)

    __table_args__ = (UniqueConstraint("roadshow_id", "id"),)


class SessionKind(enum.StrEnum):
    SPEECH = "speech"
    PITCH = "pitch"
    PANEL = "panel"
    SIGNING = "signing"
    BREAK = "break"
    MEETINGS = "meetings"


class SessionState(enum.StrEnum):
    PLANNED = "planned"
    CANCELED = "canceled"


class Session(Versioned, Base):
    """One item of the agenda, placed or not yet.

    language: what is spoken. interpreting: the pair of languages that needs an interpreter, sorted and joined
    ("ko-zh"), or "". audience: how many are expected. whole_city: nothing else takes place in its city
    meanwhile (an opening, a break); it may do without a room. is_locked: the planner must not move it.
    """

    __tablename__ = "agenda_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    key: Mapped[str] = mapped_column(String(12), unique=True, default=random_key)
    kind: Mapped[SessionKind] = mapped_column(enum_column(SessionKind, "kind"))
    title: Mapped[Trilingual] = mapped_column(TrilingualText)
    summary: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    track_id: Mapped[int | None]
    city_id: Mapped[int]
    language: Mapped[str] = mapped_column(String(2), default="zh")
    interpreting: Mapped[str] = mapped_column(String(5), default="")
    minutes: Mapped[int]
    audience: Mapped[int] = mapped_column(default=0)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"), index=True)
    whole_city: Mapped[bool] = mapped_column(default=False)
    slot_id: Mapped[int | None]
    room_id: Mapped[int | None]
    interpreter_id: Mapped[int | None]
    is_locked: Mapped[bool] = mapped_column(default=False)
    state: Mapped[SessionState] = mapped_column(
        enum_column(SessionState, "state"), default=SessionState.PLANNED
    )
    canceled_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    roadshow: Mapped[Roadshow] = relationship()
    track: Mapped[SessionTrack | None] = relationship(
        primaryjoin="Session.track_id == SessionTrack.id", foreign_keys="Session.track_id"
    )
    city: Mapped[HostCity] = relationship(
        primaryjoin="Session.city_id == HostCity.id", foreign_keys="Session.city_id"
    )
    slot: Mapped[Slot | None] = relationship(
        primaryjoin="Session.slot_id == Slot.id", foreign_keys="Session.slot_id"
    )
    room: Mapped[Room | None] = relationship(
        primaryjoin="Session.room_id == Room.id", foreign_keys="Session.room_id"
    )
    interpreter: Mapped[Interpreter | None] = relationship(
        primaryjoin="Session.interpreter_id == Interpreter.id", foreign_keys="Session.interpreter_id"
    )
    entry: Mapped[Entry | None] = relationship()
    appearances: Mapped[list[Appearance]] = relationship(
        order_by="Appearance.position, Appearance.id", back_populates="session", cascade="all, delete-orphan"
    )
    materials: Mapped[list[Material]] = relationship(
        order_by="Material.position, Material.id", back_populates="session"
    )

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "track_id"], ["session_track.roadshow_id", "session_track.id"]),
        ForeignKeyConstraint(["roadshow_id", "city_id"], ["host_city.roadshow_id", "host_city.id"]),
        ForeignKeyConstraint(["roadshow_id", "slot_id"], ["agenda_slot.roadshow_id", "agenda_slot.id"]),
        ForeignKeyConstraint(["roadshow_id", "room_id"], ["venue_room.roadshow_id", "venue_room.id"]),
        ForeignKeyConstraint(
            ["roadshow_id", "interpreter_id"], ["interpreter.roadshow_id", "interpreter.id"]
        ),
        UniqueConstraint("roadshow_id", "id"),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes"),
        CheckConstraint("audience >= 0", name="audience"),
        CheckConstraint("room_id IS NULL OR slot_id IS NOT NULL", name="room_needs_slot"),
        CheckConstraint("whole_city OR slot_id IS NULL OR room_id IS NOT NULL", name="slot_needs_room"),
    )


class AppearanceKind(enum.StrEnum):
    SPEAKER = "speaker"
    MODERATOR = "moderator"


class Appearance(Base):
    """A speaker in a session."""

    __tablename__ = "appearance"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    session_id: Mapped[int]
    speaker_id: Mapped[int]
    kind: Mapped[AppearanceKind] = mapped_column(
        enum_column(AppearanceKind, "kind"), default=AppearanceKind.SPEAKER
    )
    position: Mapped[int] = mapped_column(default=1)

    session: Mapped[Session] = relationship(back_populates="appearances", overlaps="speaker")
    speaker: Mapped[Speaker] = relationship(lazy="joined", innerjoin=True, overlaps="appearances,session")

    __table_args__ = (
        ForeignKeyConstraint(
            ["roadshow_id", "session_id"], ["agenda_session.roadshow_id", "agenda_session.id"]
        ),
        ForeignKeyConstraint(["roadshow_id", "speaker_id"], ["speaker.roadshow_id", "speaker.id"]),
        UniqueConstraint("session_id", "speaker_id"),
    )


class Material(Base):
    """A file to take away: of a session, or of the whole event."""

    __tablename__ = "material"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    session_id: Mapped[int | None]
    title: Mapped[Trilingual] = mapped_column(TrilingualText)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    is_public: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=1)

    session: Mapped[Session | None] = relationship(back_populates="materials")
    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        ForeignKeyConstraint(
            ["roadshow_id", "session_id"], ["agenda_session.roadshow_id", "agenda_session.id"]
        ),
    )


class AgendaChange(Base):
    """One step of editing the draft, for undo and redo: `before` and `after` hold the placements of the
    sessions it touched, by key. `revision` is the roadshow's, as this step left it."""

    __tablename__ = "agenda_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    revision: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    before: Mapped[dict[str, Any]] = mapped_column(JSONValue)
    after: Mapped[dict[str, Any]] = mapped_column(JSONValue)
    made_by: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (UniqueConstraint("roadshow_id", "revision"),)


class AgendaVersion(Base):
    """What was published: sessions with times, rooms, speakers as they were then. Never changed."""

    __tablename__ = "agenda_version"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    number: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSONValue)
    content_sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    published_by: Mapped[int | None]
    published_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    roadshow: Mapped[Roadshow] = relationship()

    __table_args__ = (UniqueConstraint("roadshow_id", "number"),)


never_changes(AgendaVersion, ("number", "content", "content_sha256", "published_at"))


class PlanKind(enum.StrEnum):
    AGENDA = "agenda"
    MEETINGS = "meetings"


class PlanState(enum.StrEnum):
    """QUEUED, RUNNING: a job works on it. DONE: there is an answer to look at. Then APPLIED or DISCARDED."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    APPLIED = "applied"
    DISCARDED = "discarded"


class PlanRun(Versioned, Base):
    """One run of a planner: what was asked, how far it is, what it found. One at a time for each kind.

    basis_sha256: of the problem it was computed from; it is applied only while that still stands.
    """

    __tablename__ = "plan_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    number: Mapped[int]
    kind: Mapped[PlanKind] = mapped_column(enum_column(PlanKind, "kind"))
    state: Mapped[PlanState] = mapped_column(enum_column(PlanState, "state"), default=PlanState.QUEUED)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONValue)
    basis_sha256: Mapped[str] = mapped_column(String(64), default="")
    progress: Mapped[dict[str, Any]] = mapped_column(JSONValue, default=dict)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSONValue, default=dict)
    cancel_asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    made_by: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    roadshow: Mapped[Roadshow] = relationship()

    __table_args__ = (
        UniqueConstraint("roadshow_id", "kind", "number"),
        Index(
            "uq_plan_run_working",
            "roadshow_id",
            "kind",
            unique=True,
            sqlite_where=state.in_(["queued", "running"]),
            postgresql_where=state.in_(["queued", "running"]),
        ),
    )
