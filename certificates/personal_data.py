"""Certificates in a person's own name: how they are handed out, and how they are made anonymous."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from certificates.models import Certificate
from competition.models import Member
from core import files, registries
from core.db import db
from core.registries import PersonalData


def _of(person_id: int) -> Sequence[Certificate]:
    return db.session.scalars(
        select(Certificate)
        .join(Member, Member.id == Certificate.member_id)
        .where(Member.person_id == person_id)
        .order_by(Certificate.id)
    ).all()


def export(person_id: int) -> list[dict[str, Any]]:
    return [
        {
            "number": certificate.number,
            "state": certificate.state.value,
            "issued_on": certificate.issued_on.isoformat(),
            "content": certificate.payload,
        }
        for certificate in _of(person_id)
    ]


def pdfs(person_id: int) -> Iterable[tuple[str, str]]:
    """The PDFs that were made."""
    for certificate in _of(person_id):
        if certificate.file is not None:
            yield f"{certificate.number}.pdf", str(files.path_of(certificate.file))


def erase(person_id: int) -> None:
    """The number, its state and the prize stay, so that a printed certificate can still be checked by who
    holds it; the name and the PDF go."""
    for certificate in _of(person_id):
        certificate.payload = certificate.payload | {"name": "", "name_latin": ""}
        certificate.file_id = None
    db.session.flush()


def register() -> None:
    """Fill the registry, once however many applications are made."""
    if all(kind.export is not export for kind in registries.personal_data):
        registries.personal_data.append(PersonalData("certificates", export, erase, files=pdfs))
