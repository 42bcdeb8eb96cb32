"""Who was there, for certificates of attendance: handed over by `core.registries.certificate_recipients`."""

from __future__ import annotations

from sqlalchemy import func, select

from core.db import db
from core.registries import CertificateRecipient
from roadshows.models import Attendance, Guest, Participant, Roadshow


def recipients(roadshow_id: int) -> list[CertificateRecipient]:
    """Every guest who checked in on any day, once, with the first of these days; erased ones are left out."""
    rows = db.session.execute(
        select(
            Participant.name,
            Participant.name_latin,
            Participant.email,
            Roadshow.name,
            func.min(Attendance.on).label("first"),
        )
        .join(Guest, Guest.id == Attendance.guest_id)
        .join(Participant, Participant.id == Guest.participant_id)
        .join(Roadshow, Roadshow.id == Attendance.roadshow_id)
        .where(Attendance.roadshow_id == roadshow_id, Participant.erased_at.is_(None))
        .group_by(Participant.id, Participant.name, Participant.name_latin, Participant.email, Roadshow.id)
        .order_by(Participant.name, Participant.id)
    )
    return [CertificateRecipient(row[0], row[1], row[2], row[3], row.first) for row in rows]
