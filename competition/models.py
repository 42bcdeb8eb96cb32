"""Contests, editions and who takes part in them.

Every row below an edition carries `edition_id`, and references between such rows are composite, so that the
database
itself refuses to mix two editions.
"""

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

from core import clock
from core.db import Base, JSONValue, TrilingualText, UTCDateTime, Versioned, enum_column
from core.languages import Trilingual
from core.models import StoredFile, random_key


class Contest(Versioned, Base):
    """A contest that is held again and again; each time is an edition."""

    __tablename__ = "contest"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[Trilingual] = mapped_column(TrilingualText)
    hosts: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    editions: Mapped[list[Edition]] = relationship(back_populates="contest", order_by="Edition.year")


class EditionState(enum.StrEnum):
    """DRAFT: only its organizers see it. PUBLIC: everybody. ARCHIVED: everybody, nothing can be changed."""

    DRAFT = "draft"
    PUBLIC = "public"
    ARCHIVED = "archived"


class Edition(Versioned, Base):
    """One holding of a contest: its own rules, teams, rounds, prizes, people."""

    __tablename__ = "edition"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    year: Mapped[int]
    name: Mapped[Trilingual] = mapped_column(TrilingualText)
    theme: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    about: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    place: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    issuers: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    state: Mapped[EditionState] = mapped_column(
        enum_column(EditionState, "state"), default=EditionState.DRAFT
    )
    is_demo: Mapped[bool] = mapped_column(default=False)
    imported_from: Mapped[str] = mapped_column(String(300), default="")
    entry_places: Mapped[int | None]
    team_least: Mapped[int] = mapped_column(default=1)
    team_most: Mapped[int] = mapped_column(default=8)
    notice_days: Mapped[int] = mapped_column(default=5)
    eligibility: Mapped[list[dict[str, Any]]] = mapped_column(JSONValue, default=list)
    receipt_prefix: Mapped[str] = mapped_column(String(20), default="")
    cloned_from_id: Mapped[int | None] = mapped_column(ForeignKey("edition.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    contest: Mapped[Contest] = relationship(back_populates="editions", lazy="joined", innerjoin=True)
    tracks: Mapped[list[Track]] = relationship(order_by="Track.position", back_populates="edition")
    divisions: Mapped[list[Division]] = relationship(order_by="Division.position", back_populates="edition")
    rounds: Mapped[list[Round]] = relationship(order_by="Round.position", back_populates="edition")
    milestones: Mapped[list[Milestone]] = relationship(order_by="Milestone.at", back_populates="edition")
    prizes: Mapped[list[Prize]] = relationship(order_by="Prize.position", back_populates="edition")

    __table_args__ = (
        CheckConstraint("team_least >= 1 AND team_most >= team_least", name="team_size"),
        CheckConstraint("entry_places IS NULL OR entry_places >= 0", name="entry_places"),
        CheckConstraint("notice_days >= 0", name="notice_days"),
    )


class _OfEdition:
    """A named, ordered part of an edition."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Trilingual] = mapped_column(TrilingualText)
    position: Mapped[int] = mapped_column(default=1)


class Track(_OfEdition, Base):
    """A field in which teams compete (赛道 / 부문)."""

    __tablename__ = "track"
    public_page = True

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    slug: Mapped[str] = mapped_column(String(40))

    edition: Mapped[Edition] = relationship(back_populates="tracks")

    __table_args__ = (UniqueConstraint("edition_id", "id"), UniqueConstraint("edition_id", "slug"))


class Division(_OfEdition, Base):
    """A stage of life that a team competes in (组别 / 참가 구분): idea, start-up, company."""

    __tablename__ = "division"
    public_page = True

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    slug: Mapped[str] = mapped_column(String(40))

    edition: Mapped[Edition] = relationship(back_populates="divisions")

    __table_args__ = (UniqueConstraint("edition_id", "id"), UniqueConstraint("edition_id", "slug"))


class Round(_OfEdition, Versioned, Base):
    """A round of judging (初赛/复赛/决赛 = 예선/본선/결선). `rule` is a ranking rule as `flask rank` reads
    it."""

    __tablename__ = "round"
    public_page = True

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    slug: Mapped[str] = mapped_column(String(40))
    scoring_opens_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    scoring_closes_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    judges_per_entry: Mapped[int] = mapped_column(default=3)
    advance_places: Mapped[int | None]
    awards_prizes: Mapped[bool] = mapped_column(default=False)
    rule: Mapped[dict[str, Any]] = mapped_column(JSONValue, default=dict)
    show_marks: Mapped[bool] = mapped_column(default=True)

    edition: Mapped[Edition] = relationship(back_populates="rounds")

    __table_args__ = (
        UniqueConstraint("edition_id", "id"),
        UniqueConstraint("edition_id", "slug"),
        CheckConstraint("judges_per_entry >= 1", name="judges_per_entry"),
    )


class MilestoneKind(enum.StrEnum):
    REGISTRATION_OPENS = "registration_opens"
    REGISTRATION_CLOSES = "registration_closes"
    RESULTS = "results"
    CEREMONY = "ceremony"
    OTHER = "other"


class Milestone(Base):
    """A date of the timeline. The two of registration decide what contestants may do; the server's clock
    counts."""

    __tablename__ = "milestone"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    kind: Mapped[MilestoneKind] = mapped_column(enum_column(MilestoneKind, "kind"))
    name: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    edition: Mapped[Edition] = relationship(back_populates="milestones")


class Prize(_OfEdition, Base):
    """A prize and how many teams get it; its three names are the edition's own, never translated by rule."""

    __tablename__ = "prize"
    public_page = True

    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    places: Mapped[int] = mapped_column(default=1)
    gift: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())

    edition: Mapped[Edition] = relationship(back_populates="prizes")

    __table_args__ = (CheckConstraint("places >= 1", name="places"), UniqueConstraint("edition_id", "id"))


class Country(enum.StrEnum):
    """Where a team comes from. UNKNOWN is for the subjects of imported protocols; nobody can choose it."""

    CHINA = "CN"
    KOREA = "KR"
    JOINT = "joint"
    UNKNOWN = "unknown"


class Team(Versioned, Base):
    """Who enters: a captain, members, advisers. `name_key` is the name's skeleton: two that look alike are
    one."""

    __tablename__ = "team"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(12), unique=True, default=random_key)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(160))
    name_latin: Mapped[str] = mapped_column(String(80), default="")
    country: Mapped[Country] = mapped_column(enum_column(Country, "country"))
    affiliation: Mapped[str] = mapped_column(String(160), default="")
    affiliation_key: Mapped[str] = mapped_column(String(160), default="")
    company_number: Mapped[str] = mapped_column(String(40), default="")
    founded_year: Mapped[int | None]
    investors: Mapped[str] = mapped_column(String(300), default="", server_default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    shown_publicly: Mapped[bool] = mapped_column(default=False)
    extended_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    edition: Mapped[Edition] = relationship()
    members: Mapped[list[Member]] = relationship(back_populates="team", order_by="Member.position")
    entry: Mapped[Entry] = relationship(back_populates="team", uselist=False, overlaps="team")

    __table_args__ = (
        UniqueConstraint("edition_id", "id"),
        UniqueConstraint("edition_id", "name_key"),
        CheckConstraint("name <> ''", name="name"),
    )


class MemberRole(enum.StrEnum):
    CAPTAIN = "captain"
    MEMBER = "member"
    ADVISER = "adviser"


class Member(Base):
    """A person of a team. Invited ones count once they have confirmed; imported ones have no account."""

    __tablename__ = "member"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    team_id: Mapped[int] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[MemberRole] = mapped_column(enum_column(MemberRole, "role"))
    name: Mapped[str] = mapped_column(String(80))
    name_latin: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    birth_year: Mapped[int | None]
    country: Mapped[str] = mapped_column(String(2), default="")
    affiliation: Mapped[str] = mapped_column(String(160), default="")
    guardian_consent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    guardian_name: Mapped[str] = mapped_column(String(80), default="")
    position: Mapped[int] = mapped_column(default=1)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    team: Mapped[Team] = relationship(back_populates="members")

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "team_id"], ["team.edition_id", "team.id"]),
        UniqueConstraint("team_id", "person_id"),
        Index(
            "uq_member_captain",
            "team_id",
            unique=True,
            sqlite_where=role == MemberRole.CAPTAIN,
            postgresql_where=role == MemberRole.CAPTAIN,
        ),
    )


class EntryState(enum.StrEnum):
    """DRAFT and RETURNED are not (or no longer) submitted; only ACCEPTED entries are judged."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    DISQUALIFIED = "disqualified"


class Stage(enum.StrEnum):
    IDEA = "idea"
    PROTOTYPE = "prototype"
    PILOT = "pilot"
    REVENUE = "revenue"


class Entry(Versioned, Base):
    """What a team enters. Its fields are the working copy; each submission freezes them as an
    `EntryVersion`."""

    __tablename__ = "entry"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(12), unique=True, default=random_key)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    team_id: Mapped[int]
    track_id: Mapped[int | None]
    division_id: Mapped[int | None]
    state: Mapped[EntryState] = mapped_column(enum_column(EntryState, "state"), default=EntryState.DRAFT)
    title: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    summary: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    sector: Mapped[str] = mapped_column(String(80), default="")
    stage: Mapped[Stage | None] = mapped_column(enum_column(Stage, "stage"))
    video_url: Mapped[str] = mapped_column(String(300), default="")
    earlier_prize: Mapped[str] = mapped_column(String(200), default="")
    pledged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    pledged_by: Mapped[int | None]
    receipt_number: Mapped[str | None] = mapped_column(String(40), unique=True)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, onupdate=clock.now)

    edition: Mapped[Edition] = relationship(overlaps="team,entry")
    team: Mapped[Team] = relationship(back_populates="entry", overlaps="edition")
    track: Mapped[Track | None] = relationship(
        overlaps="team,edition,entry",
        primaryjoin="Entry.track_id == Track.id",
        foreign_keys="Entry.track_id",
    )
    division: Mapped[Division | None] = relationship(
        overlaps="team,edition,entry",
        primaryjoin="Entry.division_id == Division.id",
        foreign_keys="Entry.division_id",
    )
    documents: Mapped[list[Document]] = relationship(back_populates="entry", order_by="Document.kind")
    versions: Mapped[list[EntryVersion]] = relationship(
        back_populates="entry", order_by="EntryVersion.number"
    )
    remarks: Mapped[list[Remark]] = relationship(back_populates="entry", order_by="Remark.id")

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "team_id"], ["team.edition_id", "team.id"]),
        ForeignKeyConstraint(["edition_id", "track_id"], ["track.edition_id", "track.id"]),
        ForeignKeyConstraint(["edition_id", "division_id"], ["division.edition_id", "division.id"]),
        UniqueConstraint("edition_id", "id"),
        UniqueConstraint("team_id"),
        Index("ix_entry_edition_state", "edition_id", "state"),
        CheckConstraint(
            "state IN ('draft', 'withdrawn') OR (submitted_at IS NOT NULL AND receipt_number IS NOT NULL)",
            name="receipt",
        ),
    )


class DocumentKind(enum.StrEnum):
    BUSINESS_PLAN = "business_plan"
    PITCH_DECK = "pitch_deck"
    LOGO = "logo"


class Document(Base):
    """The current file of one kind of an entry; older ones stay named by the versions that held them."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    kind: Mapped[DocumentKind] = mapped_column(enum_column(DocumentKind, "kind"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))

    entry: Mapped[Entry] = relationship(back_populates="documents")
    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (UniqueConstraint("entry_id", "kind"),)


class EntryVersion(Base):
    """What was submitted, as it was at that moment: fields, members and files as JSON. Never changed."""

    __tablename__ = "entry_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    number: Mapped[int]
    submitted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    submitted_by: Mapped[int | None]
    content: Mapped[dict[str, Any]] = mapped_column(JSONValue)
    content_sha256: Mapped[str] = mapped_column(String(64))

    entry: Mapped[Entry] = relationship(back_populates="versions")

    __table_args__ = (UniqueConstraint("entry_id", "number"),)


class Remark(Base):
    """What an organizer asks to be mended, per field; settled by the next submission."""

    __tablename__ = "remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    field: Mapped[str] = mapped_column(String(40))
    comment: Mapped[str] = mapped_column(Text)
    written_by: Mapped[int | None]
    written_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    entry: Mapped[Entry] = relationship(back_populates="remarks")


class RoundEntry(Base):
    """An accepted entry that takes part in a round, and whether it came through."""

    __tablename__ = "round_entry"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    round_id: Mapped[int]
    entry_id: Mapped[int] = mapped_column(index=True)
    position: Mapped[int] = mapped_column(default=0)

    round: Mapped[Round] = relationship(overlaps="entry")
    entry: Mapped[Entry] = relationship(overlaps="round")

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "round_id"], ["round.edition_id", "round.id"]),
        ForeignKeyConstraint(["edition_id", "entry_id"], ["entry.edition_id", "entry.id"]),
        UniqueConstraint("round_id", "entry_id"),
    )
