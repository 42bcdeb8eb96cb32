"""What judges give: score sheets, marks, every change of them; sample entries, and notes about sheets."""

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

from accounts.models import Person
from competition.models import Entry, Round
from core import clock
from core.db import Base, JSONValue, TrilingualText, UTCDateTime, Versioned, enum_column
from core.frozen import never_changes
from core.languages import Trilingual
from core.models import StoredFile, random_key
from judging.models.panel import Judge, RecusalKind
from judging.models.rubrics import Criterion


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
    recusal: Mapped[RecusalKind | None] = mapped_column(enum_column(RecusalKind, "recusal"))
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
        CheckConstraint("recusal IS NULL OR state = 'recused'", name="recused"),
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


class SampleEntry(Versioned, Base):
    """Something that all judges of a round mark before the real entries, to find a common measure.

    It takes part in nothing. `reference`: criterion key → the mark that a good judge would give, as text;
    `note`: why. Shown to a judge once her own sample sheet is sent.
    """

    __tablename__ = "sample_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(12), unique=True, default=random_key)
    edition_id: Mapped[int]
    round_id: Mapped[int] = mapped_column(index=True)
    position: Mapped[int] = mapped_column(default=1)
    title: Mapped[Trilingual] = mapped_column(TrilingualText)
    summary: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    reference: Mapped[dict[str, str]] = mapped_column(JSONValue, default=dict)
    note: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())

    round: Mapped[Round] = relationship()
    file: Mapped[StoredFile | None] = relationship(lazy="joined")

    __table_args__ = (ForeignKeyConstraint(["edition_id", "round_id"], ["round.edition_id", "round.id"]),)


class SampleSheet(Base):
    """A judge's marks for a sample entry, criterion key → mark as text. They never count."""

    __tablename__ = "sample_sheet"

    id: Mapped[int] = mapped_column(primary_key=True)
    sample_id: Mapped[int] = mapped_column(ForeignKey("sample_entry.id"))
    judge_id: Mapped[int] = mapped_column(ForeignKey("judge.id"), index=True)
    marks: Mapped[dict[str, str]] = mapped_column(JSONValue)
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    sample: Mapped[SampleEntry] = relationship()
    judge: Mapped[Judge] = relationship()

    __table_args__ = (UniqueConstraint("sample_id", "judge_id"),)


class NoteKind(enum.StrEnum):
    """NOTE: for the panel's discussion. SECOND_LOOK: a judge is asked to look at her sheet again."""

    NOTE = "note"
    SECOND_LOOK = "second_look"


class PanelNote(Base):
    """What the head judge (or an organizer) writes about an entry before the result, for the panel only.

    A second look names the sheet it asks about; it is settled when that sheet is submitted again.
    """

    __tablename__ = "panel_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    round_id: Mapped[int]
    entry_id: Mapped[int]
    kind: Mapped[NoteKind] = mapped_column(enum_column(NoteKind, "kind"))
    sheet_id: Mapped[int | None] = mapped_column(ForeignKey("score_sheet.id"))
    text: Mapped[str] = mapped_column(Text)
    written_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    writer: Mapped[Person | None] = relationship()
    sheet: Mapped[ScoreSheet | None] = relationship()

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "round_id"], ["round.edition_id", "round.id"]),
        ForeignKeyConstraint(["edition_id", "entry_id"], ["entry.edition_id", "entry.id"]),
        Index("ix_panel_note_entry", "round_id", "entry_id"),
        CheckConstraint("(kind = 'second_look') = (sheet_id IS NOT NULL)", name="second_look"),
    )


class StandingsView(Base):
    """When somebody first saw how a round stands before its result: edits after that moment are looked at."""

    __tablename__ = "standings_view"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    first_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    __table_args__ = (UniqueConstraint("round_id", "person_id"),)
