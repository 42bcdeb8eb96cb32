"""Reads for the pages of this room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import lazyload

from accounts.models import Grant, Person, SignIn
from accounts.sessions import IDLE_LIFETIME
from core import clock
from core.db import db
from core.models import Mail, Notice
from core.text import fold

NOTICES_A_PAGE = 50
PEOPLE_A_PAGE = 50


_UNREAD = select(func.count(Notice.id)).where(
    Notice.person_id == bindparam("person_id"), Notice.read_at.is_(None)
)


def unread_count(person_id: int) -> int:
    return db.session.scalar(_UNREAD, {"person_id": person_id}) or 0


def notices(person_id: int, page: int) -> tuple[list[Notice], int]:
    """One page of the inbox, the newest first, and how many pages there are."""
    count = db.session.scalar(select(func.count(Notice.id)).where(Notice.person_id == person_id)) or 0
    rows = db.session.scalars(
        select(Notice)
        .where(Notice.person_id == person_id)
        .order_by(Notice.id.desc())
        .limit(NOTICES_A_PAGE)
        .offset((page - 1) * NOTICES_A_PAGE)
    )
    return list(rows), max(1, -(-count // NOTICES_A_PAGE))


def open_sign_ins(person_id: int) -> list[SignIn]:
    """The browsers that are signed in now, the one used last first."""
    moment = clock.now()
    return list(
        db.session.scalars(
            select(SignIn)
            .options(lazyload(SignIn.person))
            .where(
                SignIn.person_id == person_id,
                SignIn.revoked_at.is_(None),
                SignIn.expires_at > moment,
                SignIn.seen_at > moment - IDLE_LIFETIME,
            )
            .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
        )
    )


@dataclass(frozen=True)
class PersonLine:
    """One line of the list of people."""

    id: int
    name: str
    name_latin: str
    email: str | None
    is_site_admin: bool
    email_confirmed_at: datetime | None
    disabled_at: datetime | None
    created_at: datetime
    roles: int


def people(text: str, page: int) -> tuple[list[PersonLine], int, int]:
    """One page of people whose name or e-mail holds `text`; also the number of pages and of people."""
    roles = (
        select(func.count(Grant.id)).where(Grant.person_id == Person.id).correlate(Person).scalar_subquery()
    )
    wanted: list[ColumnElement[bool]] = [Person.erased_at.is_(None)]
    if text:
        like = f"%{_escaped(fold(text))}%"
        wanted.append(
            or_(
                Person.email_key.like(like, escape="\\"),
                func.lower(Person.name).like(like, escape="\\"),
                func.lower(Person.name_latin).like(like, escape="\\"),
            )
        )
    count = db.session.scalar(select(func.count(Person.id)).where(*wanted)) or 0
    rows = db.session.execute(
        select(
            Person.id,
            Person.name,
            Person.name_latin,
            Person.email,
            Person.is_site_admin,
            Person.email_confirmed_at,
            Person.disabled_at,
            Person.created_at,
            roles,
        )
        .where(*wanted)
        .order_by(Person.id.desc())
        .limit(PEOPLE_A_PAGE)
        .offset((page - 1) * PEOPLE_A_PAGE)
    )
    lines = [PersonLine(*row) for row in rows]
    return lines, max(1, -(-count // PEOPLE_A_PAGE)), count


def house_mail(page: int, size: int = 50) -> tuple[list[Mail], int]:
    """Mails that belong to no edition (confirmations, password links), the newest first, and the number
    of pages."""
    count = db.session.scalar(select(func.count(Mail.id)).where(Mail.edition_id.is_(None))) or 0
    rows = db.session.scalars(
        select(Mail)
        .where(Mail.edition_id.is_(None))
        .order_by(Mail.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    )
    return list(rows), max(1, -(-count // size))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def page_number(value: Any) -> int:
    """?page=… as a number from 1 on; anything else is 1."""
    text = str(value or "")
    return min(max(int(text), 1), 100_000) if text.isascii() and text.isdigit() and len(text) <= 6 else 1
