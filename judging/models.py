"""Rubrics, judges, score sheets and results.

A mark is stored as a whole number of the criterion's steps, so that no binary fraction ever enters a total.
"""

from __future__ import annotations

import enum
from datetime import datetime
from decimal import Decimal
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

from accounts.models import Invitation, Person
from competition.models import Edition, Entry, Round, Team
from core import clock
from core.db import Base, JSONValue, TrilingualText, UTCDateTime, Versioned, enum_column
from core.frozen import never_changes
from core.languages import Trilingual
from core.models import random_key
from judging.rubrics import Band, Scale


class Rubric(Versioned, Base):
    """How a round is judged: criteria with weights. Locked at the first score."""

    __tablename__ = "rubric"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    round_id: Mapped[int]
    preset: Mapped[str] = mapped_column(String(60), default="")
    evidence: Mapped[str] = mapped_column(String(20), default="")
    source: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    locked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    round: Mapped[Round] = relationship()
    criteria: Mapped[list[Criterion]] = relationship(back_populates="rubric", order_by="Criterion.position")

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "round_id"], ["round.edition_id", "round.id"]),
        UniqueConstraint("round_id"),
    )


class Criterion(Base):
    """One thing that is marked. `least`, `most` and `step` are whole numbers of 10^-places points.

    Example: 0 to 10 points in quarters is places 2, least 0, most 1000, step 25; the mark 9.75 is stored as
    39 steps.
    `key` is the criterion's name in score tables and rules. `weight` is a decimal as text, for example "1.6".
    """

    __tablename__ = "criterion"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    rubric_id: Mapped[int] = mapped_column(ForeignKey("rubric.id"), index=True)
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(80))
    name: Mapped[Trilingual] = mapped_column(TrilingualText)
    hint: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    anchors: Mapped[list[dict[str, Any]]] = mapped_column(JSONValue, default=list)
    weight: Mapped[str] = mapped_column(String(20), default="1")
    places: Mapped[int] = mapped_column(default=0)
    least: Mapped[int] = mapped_column(default=0)
    most: Mapped[int]
    step: Mapped[int] = mapped_column(default=1)

    rubric: Mapped[Rubric] = relationship(back_populates="criteria")

    __table_args__ = (
        UniqueConstraint("rubric_id", "key"),
        CheckConstraint("places >= 0 AND places <= 6", name="places"),
        CheckConstraint("most > least AND step >= 1", name="range"),
    )

    @property
    def scale(self) -> Scale:
        return Scale(self.places, self.least, self.most, self.step)

    @property
    def bands(self) -> list[Band]:
        return [Band.from_json(anchor) for anchor in self.anchors]

    def points(self, steps: int) -> Decimal:
        """The mark that a stored number of steps stands for, exactly."""
        return Decimal(self.least + steps * self.step).scaleb(-self.places)


# What the first score was given on stays the same for the last one.
never_changes(Criterion, once="(SELECT locked_at FROM rubric WHERE rubric.id = OLD.rubric_id) IS NOT NULL")


class Judge(Versioned, Base):
    """Somebody who judges in an edition; without a person until the invitation is accepted, and for judges
    of an imported protocol. `key` names the judge in addresses and in ranked marks; the public never sees it.
    """

    __tablename__ = "judge"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(12), unique=True, default=random_key)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    name_latin: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    affiliation: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    country: Mapped[str] = mapped_column(String(2), default="")
    languages: Mapped[list[str]] = mapped_column(JSONValue, default=list)
    expertise: Mapped[list[str]] = mapped_column(JSONValue, default=list)
    is_head: Mapped[bool] = mapped_column(default=False)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), unique=True)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    edition: Mapped[Edition] = relationship()
    person: Mapped[Person | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()

    __table_args__ = (
        UniqueConstraint("edition_id", "id"),
        UniqueConstraint("edition_id", "person_id"),
        UniqueConstraint("edition_id", "name"),
    )


class SheetState(enum.StrEnum):
    OPEN = "open"
    SUBMITTED = "submitted"
    RECUSED = "recused"


class ScoreSheet(Versioned, Base):
    """One judge's sheet for one entry in one round; its existence is the assignment."""

    __tablename__ = "score_sheet"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    round_id: Mapped[int]
    entry_id: Mapped[int]
    judge_id: Mapped[int]
    state: Mapped[SheetState] = mapped_column(enum_column(SheetState, "state"), default=SheetState.OPEN)
    comment: Mapped[str] = mapped_column(Text, default="")
    private_note: Mapped[str] = mapped_column(Text, default="")
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    assigned_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    round: Mapped[Round] = relationship(overlaps="entry,judge")
    entry: Mapped[Entry] = relationship(overlaps="round,judge")
    judge: Mapped[Judge] = relationship(overlaps="round,entry")
    marks: Mapped[list[StoredMark]] = relationship(back_populates="sheet")

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "round_id"], ["round.edition_id", "round.id"]),
        ForeignKeyConstraint(["edition_id", "entry_id"], ["entry.edition_id", "entry.id"]),
        ForeignKeyConstraint(["edition_id", "judge_id"], ["judge.edition_id", "judge.id"]),
        UniqueConstraint("round_id", "entry_id", "judge_id"),
        Index("ix_score_sheet_judge", "judge_id", "round_id"),
        CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="submitted"),
    )


class StoredMark(Base):
    """The current mark of a sheet for a criterion, in steps above the criterion's least."""

    __tablename__ = "mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("score_sheet.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    steps: Mapped[int]

    sheet: Mapped[ScoreSheet] = relationship(back_populates="marks")
    criterion: Mapped[Criterion] = relationship()

    __table_args__ = (
        UniqueConstraint("sheet_id", "criterion_id"),
        CheckConstraint("steps >= 0", name="steps"),
    )


class SheetSave(Base):
    """One save of a sheet: who, when, from which device, and what was answered.

    `op_id` is the browser's name for it: sent again with the same contents (`payload_sha256`) it gets
    the same
    `answer`. `version` is the sheet's version after it. The texts are None where the save didn't touch them.
    """

    __tablename__ = "sheet_save"

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("score_sheet.id"))
    op_id: Mapped[str] = mapped_column(String(64))
    payload_sha256: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(JSONValue)
    version: Mapped[int]
    comment: Mapped[str | None] = mapped_column(Text)
    private_note: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    device: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (UniqueConstraint("sheet_id", "op_id"),)


class MarkChange(Base):
    """Every mark that was ever saved: what it was before and after, None for no mark. Never changed."""

    __tablename__ = "mark_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    save_id: Mapped[int] = mapped_column(ForeignKey("sheet_save.id"))
    sheet_id: Mapped[int] = mapped_column(ForeignKey("score_sheet.id"), index=True)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    old_steps: Mapped[int | None]
    new_steps: Mapped[int | None]

    save: Mapped[SheetSave] = relationship()

    __table_args__ = (UniqueConstraint("save_id", "criterion_id"),)


never_changes(MarkChange)


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
