"""What this room keeps about a person: how it is handed out, and how it is made anonymous."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select, update

from accounts.models import Consent, Grant, Invitation, OneTimeToken, Person, Role, SignIn, SignInFailure
from core import clock, registries
from core.db import db
from core.models import Mail, Notice, OnceKey


def _person(person_id: int) -> list[dict[str, Any]]:
    person = db.session.get_one(Person, person_id)
    facts = ("email", "name", "name_latin", "birth_year", "country", "phone", "language", "time_zone")
    moments = ("created_at", "email_confirmed_at")
    return [
        {name: getattr(person, name) for name in facts}
        | {name: _told(getattr(person, name)) for name in moments}
        | {
            "roles": [
                {
                    "role": str(grant.role),
                    "scope": grant.scope_kind,
                    "scope_id": grant.scope_id,
                    "since": _told(grant.granted_at),
                }
                for grant in person.grants
            ]
        }
    ]


def _erase_person(person_id: int) -> None:
    person = db.session.get_one(Person, person_id)
    if person.email_key:
        db.session.execute(delete(SignInFailure).where(SignInFailure.email_key == person.email_key))
        db.session.execute(
            update(Invitation)
            .where(func.lower(Invitation.email) == (person.email or "").lower())
            .values(email="", name="")
        )
    db.session.execute(
        update(Invitation).where(Invitation.accepted_by == person_id).values(email="", name="")
    )
    db.session.execute(delete(OneTimeToken).where(OneTimeToken.person_id == person_id))
    db.session.execute(delete(Grant).where(Grant.person_id == person_id))
    db.session.execute(delete(OnceKey).where(OnceKey.person_id == person_id))
    db.session.expire(person, ["grants"])
    person.email = person.email_key = person.email_confirmed_at = person.birth_year = None
    person.name = person.name_latin = person.phone = person.country = person.password_hash = ""
    person.time_zone = "Asia/Shanghai"
    person.is_site_admin = False
    person.erased_at = clock.now()
    db.session.flush()


def _consents(person_id: int) -> list[dict[str, Any]]:
    rows = db.session.scalars(select(Consent).where(Consent.person_id == person_id).order_by(Consent.id))
    return [
        {
            "purpose": str(row.purpose),
            "text_version": row.text_version,
            "language": row.language,
            "given_at": _told(row.given_at),
            "withdrawn_at": _told(row.withdrawn_at),
            "guardian": row.guardian,
        }
        for row in rows
    ]


def _erase_consents(person_id: int) -> None:
    """The dates stay as proof; they name nobody any more."""
    db.session.execute(
        update(Consent)
        .where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now())
    )
    db.session.execute(update(Consent).where(Consent.person_id == person_id).values(guardian=""))


def _sign_ins(person_id: int) -> list[dict[str, Any]]:
    rows = db.session.scalars(select(SignIn).where(SignIn.person_id == person_id).order_by(SignIn.id))
    return [
        {
            "since": _told(row.created_at),
            "seen_at": _told(row.seen_at),
            "ended_at": _told(row.revoked_at),
            "device": row.device,
            "address": row.address,
        }
        for row in rows
    ]


def _erase_sign_ins(person_id: int) -> None:
    db.session.execute(delete(SignIn).where(SignIn.person_id == person_id))


def _notices(person_id: int) -> list[dict[str, Any]]:
    rows = db.session.scalars(select(Notice).where(Notice.person_id == person_id).order_by(Notice.id))
    return [
        {
            "at": _told(row.created_at),
            "read_at": _told(row.read_at),
            "subject": row.subject,
            "text": row.body,
            "page": row.path,
        }
        for row in rows
    ]


def _erase_notices(person_id: int) -> None:
    db.session.execute(delete(Notice).where(Notice.person_id == person_id))


def _mails(person_id: int) -> list[dict[str, Any]]:
    rows = db.session.scalars(select(Mail).where(Mail.person_id == person_id).order_by(Mail.id))
    return [
        {
            "at": _told(row.created_at),
            "address": row.address,
            "subject": row.subject,
            "sent_at": _told(row.sent_at),
        }
        for row in rows
    ]


def _erase_mails(person_id: int) -> None:
    """Those to the address as well: an invitation is written before there is an account."""
    address = (db.session.get_one(Person, person_id).email or "").lower()
    to_address = func.lower(Mail.address) == address
    db.session.execute(delete(Mail).where(or_(Mail.person_id == person_id, to_address)))


def _told(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def sole_organizer(person_id: int) -> Iterable[str]:
    """An edition must not lose its last organizer."""
    scopes = db.session.execute(
        select(Grant.scope_kind, Grant.scope_id).where(
            Grant.person_id == person_id, Grant.role == Role.ORGANIZER
        )
    ).all()
    for kind, scope_id in scopes:
        another = db.session.scalar(
            select(Grant.id)
            .join(Person, Person.id == Grant.person_id)
            .where(
                Grant.scope_kind == kind,
                Grant.scope_id == scope_id,
                Grant.role == Role.ORGANIZER,
                Grant.person_id != person_id,
                Person.disabled_at.is_(None),
                Person.erased_at.is_(None),
            )
            .limit(1)
        )
        if another is None:
            name = registries.scope_names.get(kind, str)(scope_id)
            yield _(
                "You are the only organizer of %(name)s. Please invite another organizer first.", name=name
            )


def register() -> None:
    """Tell the other rooms' registries about this room's part."""
    registries.personal_data += [
        registries.PersonalData("person", _person, _erase_person),
        registries.PersonalData("consents", _consents, _erase_consents),
        registries.PersonalData("sign_ins", _sign_ins, _erase_sign_ins),
        registries.PersonalData("messages", _notices, _erase_notices),
        registries.PersonalData("mail", _mails, _erase_mails),
    ]
    registries.erasure_blockers.append(sole_organizer)
