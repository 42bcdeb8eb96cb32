"""How a round is judged: rubrics and their criteria.

A mark is stored as a whole number of the criterion's steps, so that no binary fraction ever enters a total.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competition.models import Round
from core import clock
from core.db import Base, JSONValue, TrilingualText, UTCDateTime, Versioned
from core.frozen import never_changes
from core.languages import Trilingual
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
