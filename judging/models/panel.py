"""Who judges: judges with what they know and may not touch, what they promised, and proposed assignments."""

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
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Invitation, Person
from competition.models import Edition, Round, Team
from core import clock
from core.db import Base, JSONValue, TrilingualText, UTCDateTime, Versioned, enum_column
from core.frozen import never_changes
from core.languages import Trilingual
from core.models import random_key


class Background(enum.StrEnum):
    """What a judge brings: a rule of the panel may ask for one investor on each."""

    INVESTOR = "investor"
    INDUSTRY = "industry"
    ACADEMIA = "academia"
    PUBLIC = "public"


class Judge(Versioned, Base):
    """Somebody who judges in an edition; without a person until the invitation is accepted, and for judges
    of an imported protocol. `key` names the judge in addresses and in ranked marks; the public never sees it.

    `languages`: what she reads; none named means all. `levels`: track slug → 1 (knows it) to 3 (expert); a
    track that is absent is foreign to her, none at all means nothing is known. `interests`: firms, funds and
    company numbers she belongs to or holds shares of. `least_load`, `most_load`: entries per round.
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
    background: Mapped[Background | None] = mapped_column(enum_column(Background, "background"))
    levels: Mapped[dict[str, int]] = mapped_column(JSONValue, default=dict, server_default="{}")
    interests: Mapped[list[str]] = mapped_column(JSONValue, default=list, server_default="[]")
    takes_interpreter: Mapped[bool] = mapped_column(default=True, server_default=true())
    least_load: Mapped[int | None]
    most_load: Mapped[int | None]
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), unique=True)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    edition: Mapped[Edition] = relationship()
    person: Mapped[Person | None] = relationship()
    invitation: Mapped[Invitation | None] = relationship()

    __table_args__ = (
        UniqueConstraint("edition_id", "id"),
        UniqueConstraint("edition_id", "person_id"),
        UniqueConstraint("edition_id", "name"),
        CheckConstraint(
            "(least_load IS NULL OR least_load >= 0) AND (most_load IS NULL OR most_load >= 0) "
            "AND (least_load IS NULL OR most_load IS NULL OR least_load <= most_load)",
            name="loads",
        ),
    )


class RecusalKind(enum.StrEnum):
    """Why a judge does not judge a team: EXCLUDED by the rules (제척), CHALLENGED by somebody else (기피),
    WITHDREW of her own accord (회피)."""

    EXCLUDED = "excluded"
    CHALLENGED = "challenged"
    WITHDREW = "withdrew"


class DeclaredConflict(Base):
    """Somebody said that this judge may not judge this team; it holds in every round of the edition."""

    __tablename__ = "declared_conflict"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    judge_id: Mapped[int]
    team_id: Mapped[int]
    kind: Mapped[RecusalKind] = mapped_column(enum_column(RecusalKind, "kind"))
    reason: Mapped[str] = mapped_column(Text)
    declared_by: Mapped[int | None]
    declared_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    judge: Mapped[Judge] = relationship(overlaps="team")
    team: Mapped[Team] = relationship(overlaps="judge")

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "judge_id"], ["judge.edition_id", "judge.id"]),
        ForeignKeyConstraint(["edition_id", "team_id"], ["team.edition_id", "team.id"]),
        UniqueConstraint("judge_id", "team_id"),
    )


class Inclination(enum.StrEnum):
    """What a judge would like; the assignment weighs it, it never decides alone."""

    GLADLY = "gladly"
    RATHER_NOT = "rather_not"


class JudgeWish(Base):
    """A judge's own wish about an entry."""

    __tablename__ = "judge_wish"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    judge_id: Mapped[int]
    entry_id: Mapped[int]
    wish: Mapped[Inclination] = mapped_column(enum_column(Inclination, "wish"))
    wished_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "judge_id"], ["judge.edition_id", "judge.id"]),
        ForeignKeyConstraint(["edition_id", "entry_id"], ["entry.edition_id", "entry.id"]),
        UniqueConstraint("judge_id", "entry_id"),
    )


class JudgingTerms(Versioned, Base):
    """What every judge of an edition promises before the first sheet: fairness and confidentiality."""

    __tablename__ = "judging_terms"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), unique=True)
    text: Mapped[Trilingual] = mapped_column(TrilingualText)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    edition: Mapped[Edition] = relationship()


class Pledge(Base):
    """A judge's promise: the words as they stood, in the language they were read in. Never changed."""

    __tablename__ = "pledge"

    id: Mapped[int] = mapped_column(primary_key=True)
    judge_id: Mapped[int] = mapped_column(ForeignKey("judge.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    text_sha256: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    signed_as: Mapped[str] = mapped_column(String(80))
    person_id: Mapped[int | None]
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    judge: Mapped[Judge] = relationship()

    __table_args__ = (UniqueConstraint("judge_id", "text_sha256"),)


class ProposalState(enum.StrEnum):
    OPEN = "open"
    APPLIED = "applied"
    DISCARDED = "discarded"


class AssignmentProposal(Versioned, Base):
    """A computed assignment of a round to look at before it is applied.

    `settings`: what was asked (`judging.panel_settings`); `outcome`: the solver's answer, judges and entries
    by key; `basis_sha256`: hash of what it was computed from, so that a stale one is not applied.
    """

    __tablename__ = "assignment_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int]
    round_id: Mapped[int]
    number: Mapped[int]
    state: Mapped[ProposalState] = mapped_column(
        enum_column(ProposalState, "state"), default=ProposalState.OPEN
    )
    settings: Mapped[dict[str, Any]] = mapped_column(JSONValue)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSONValue)
    basis_sha256: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    round: Mapped[Round] = relationship()

    __table_args__ = (
        ForeignKeyConstraint(["edition_id", "round_id"], ["round.edition_id", "round.id"]),
        UniqueConstraint("round_id", "number"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        Index(
            "uq_assignment_proposal_open",
            "round_id",
            unique=True,
            sqlite_where=state == ProposalState.OPEN,
            postgresql_where=state == ProposalState.OPEN,
        ),
    )


never_changes(Pledge, ("judge_id", "text", "text_sha256", "language", "signed_at"))
