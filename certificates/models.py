"""Certificates: one row per number ever given out; the PDF's bytes are kept, never made again."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competition.models import Edition
from core import clock
from core.db import Base, JSONValue, UTCDateTime, Versioned, enum_column
from core.models import StoredFile


class CertificateState(enum.StrEnum):
    ISSUED = "issued"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


class Certificate(Versioned, Base):
    """One certificate. `payload` is what stands on it; `recipient_key` is who gets it (team or member of a
    result)."""

    __tablename__ = "certificate"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    recipient_key: Mapped[str] = mapped_column(String(80))
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONValue)
    payload_sha256: Mapped[str] = mapped_column(String(64))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    state: Mapped[CertificateState] = mapped_column(
        enum_column(CertificateState, "state"), default=CertificateState.ISSUED
    )
    issued_on: Mapped[date]
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    issued_by: Mapped[int | None]
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))

    edition: Mapped[Edition] = relationship()
    file: Mapped[StoredFile | None] = relationship()
    superseded_by: Mapped[Certificate | None] = relationship(remote_side="Certificate.id")

    __table_args__ = (
        Index(
            "uq_certificate_active",
            "edition_id",
            "kind",
            "recipient_key",
            unique=True,
            sqlite_where=state == CertificateState.ISSUED,
            postgresql_where=state == CertificateState.ISSUED,
        ),
        CheckConstraint("(state = 'revoked') = (revoked_at IS NOT NULL)", name="revoked"),
    )
