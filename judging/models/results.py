"""What comes of it: decisions on ties, bonus and deductions, results and objections to them."""

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

from competition.models import Entry, Round, Team
from core import clock
from core.db import Base, JSONValue, UTCDateTime, Versioned, enum_column
from core.frozen import never_changes


class TieDecision(Base):
    """The head judge's order among tied entries of a round, with the reason; a later one replaces it.

    `among`: ids of all entries of the tie it was made about. It counts for that very tie, never for
    another one.
    """

    __tablename__ = "tie_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    round_id: Mapped[int]
    entry_id: Mapped[int]
    position: Mapped[int]
    among: Mapped[list[int]] = mapped_column(JSONValue)
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "round_id"], ["round.edition_id", "round.id"]),
        ForeignKeyConstraint(["edition_id", "entry_id"], ["entry.edition_id", "entry.id"]),
        UniqueConstraint("round_id", "entry_id"),
        CheckConstraint("position >= 1", name="position"),
    )


class Adjustment(Base):
    """Points added to an entry's total in a round, or taken off (negative), for a reason that is published.

    `points` is plain decimal text. Taken back rather than deleted.
    """

    __tablename__ = "adjustment"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    round_id: Mapped[int] = mapped_column(index=True)
    entry_id: Mapped[int]
    points: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    made_by: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    entry: Mapped[Entry] = relationship()

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "round_id"], ["round.edition_id", "round.id"]),
        ForeignKeyConstraint(["edition_id", "entry_id"], ["entry.edition_id", "entry.id"]),
    )


never_changes(Adjustment, ("round_id", "entry_id", "points", "reason", "made_at"))


class ResultState(enum.StrEnum):
    """FINALIZED → SIGNED → (at `publish_at`) PROVISIONAL → FINAL; a later version makes it SUPERSEDED."""

    FINALIZED = "finalized"
    SIGNED = "signed"
    PROVISIONAL = "provisional"
    FINAL = "final"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"


class Result(Versioned, Base):
    """A numbered, immutable snapshot of a round's ranking. `snapshot` is canonical JSON, `sha256` its hash.

    `judges`: the anonymous code of every judge in the snapshot → the judge's key; never shown to the public.
    """

    __tablename__ = "result"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    round_id: Mapped[int]
    number: Mapped[int]
    state: Mapped[ResultState] = mapped_column(enum_column(ResultState, "state"))
    snapshot: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    judges: Mapped[dict[str, str]] = mapped_column(JSONValue, default=dict)
    reason: Mapped[str] = mapped_column(Text, default="")
    imported: Mapped[bool] = mapped_column(default=False)
    finalized_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    finalized_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    publish_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    notice_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    final_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    superseded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    round: Mapped[Round] = relationship()
    objections: Mapped[list[Objection]] = relationship(back_populates="result", order_by="Objection.id")

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "round_id"], ["round.edition_id", "round.id"]),
        UniqueConstraint("round_id", "number"),
        UniqueConstraint("edition_id", "id"),
        CheckConstraint("signed_by IS NULL OR signed_by <> finalized_by", name="two_people"),
        CheckConstraint(
            "imported OR state IN ('finalized', 'discarded') "
            "OR (finalized_by IS NOT NULL AND signed_by IS NOT NULL AND signed_at IS NOT NULL)",
            name="signed",
        ),
        CheckConstraint(
            "(state IN ('provisional', 'final', 'superseded')) = (published_at IS NOT NULL)", name="published"
        ),
        CheckConstraint("state <> 'final' OR final_at IS NOT NULL", name="final"),
        CheckConstraint("(state = 'superseded') = (superseded_at IS NOT NULL)", name="superseded"),
        Index(
            "uq_result_standing",
            "round_id",
            unique=True,
            sqlite_where=state.in_([ResultState.PROVISIONAL, ResultState.FINAL]),
            postgresql_where=state.in_([ResultState.PROVISIONAL, ResultState.FINAL]),
        ),
        Index(
            "uq_result_pending",
            "round_id",
            unique=True,
            sqlite_where=state.in_([ResultState.FINALIZED, ResultState.SIGNED]),
            postgresql_where=state.in_([ResultState.FINALIZED, ResultState.SIGNED]),
        ),
    )


_FROZEN = ("edition_id", "round_id", "number", "snapshot", "sha256", "judges", "imported", "finalized_by")


# A snapshot is never changed: what is wrong in it is put right by a new version.
never_changes(Result, _FROZEN)


class ObjectionOutcome(enum.StrEnum):
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class Objection(Base):
    """A team's objection within the notice period, and its answer."""

    __tablename__ = "objection"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    result_id: Mapped[int]
    team_id: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    outcome: Mapped[ObjectionOutcome | None] = mapped_column(enum_column(ObjectionOutcome, "outcome"))
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    result: Mapped[Result] = relationship(back_populates="objections", overlaps="team")
    team: Mapped[Team] = relationship(overlaps="result,objections")

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "result_id"], ["result.edition_id", "result.id"]),
        ForeignKeyConstraint(["edition_id", "team_id"], ["team.edition_id", "team.id"]),
        CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name="answered"),
    )


class Diagnosis(Base):
    """The calibrated view and the panel's diagnosis of a round, as computed for one state of its marks.

    `basis_sha256`: hash of marks, rule and settings; another one means that it has to be computed again.
    """

    __tablename__ = "diagnosis"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), unique=True)
    basis_sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(JSONValue)
    computed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
