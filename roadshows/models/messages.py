"""What was told to whom: each thing once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db import Base, UTCDateTime


class Told(Base):
    """One message to one person about one state of one thing: sent again, it is the same and is not sent.

    kind: what the message does ("reminder", "moved", "calendar", …). item: kind and key of the thing
    ("session:k3…"). item_version: the published version or sequence it speaks of. offset: minutes before, for
    reminders. mail_id: the mail in the outbox; none without an address, or when it was overtaken.
    """

    __tablename__ = "told"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    participant_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    item: Mapped[str] = mapped_column(String(40))
    item_version: Mapped[int]
    offset: Mapped[int] = mapped_column("offset_minutes", default=0)
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mail.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    __table_args__ = (
        ForeignKeyConstraint(
            ["roadshow_id", "participant_id"], ["participant.roadshow_id", "participant.id"]
        ),
        UniqueConstraint(
            "participant_id", "kind", "item", "item_version", "offset_minutes", name="uq_told_once"
        ),
    )
