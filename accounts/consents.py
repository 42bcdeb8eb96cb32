"""What people agreed to: one row per purpose and time, never changed but for the date it was taken back."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.consent_texts import VERSION
from accounts.models import Consent, ConsentPurpose, Person
from core import audit, clock
from core.db import db
from core.errors import Conflict

REQUIRED = (ConsentPurpose.PROCESSING, ConsentPurpose.TRANSFER_ABROAD)
"""Without these nobody can take part: the contest is run and judged in two countries."""
OPTIONAL = (ConsentPurpose.PUBLICATION, ConsentPurpose.NEWS)


def has_consent(person_id: int, purpose: ConsentPurpose | str) -> bool:
    """True while the person's agreement to `purpose` stands."""
    return _standing(person_id, ConsentPurpose(purpose)) is not None


def require_consents(person: Person) -> None:
    """Raise Conflict unless the person agrees to what taking part needs; it says where to agree."""
    standing = standing_consents(person.id)
    if any(purpose not in standing for purpose in REQUIRED):
        raise Conflict(
            _l(
                "Taking part needs your consent to the processing of your data and to its transfer to the"
                " other country. Please look at “Consents” under “My account”, then come back."
            ),
            code="consent_missing",
        )


def standing_consents(person_id: int) -> dict[ConsentPurpose, Consent]:
    """What the person agrees to now, by purpose."""
    rows = db.session.scalars(
        select(Consent).where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
    )
    return {row.purpose: row for row in rows}


def all_consents(person_id: int) -> list[Consent]:
    """Every agreement ever given, the newest first."""
    return list(
        db.session.scalars(select(Consent).where(Consent.person_id == person_id).order_by(Consent.id.desc()))
    )


def give_consent(
    *, person: Person, purposes: Iterable[ConsentPurpose], language: str, guardian: str = ""
) -> list[Consent]:
    """Record that `person` agrees to the texts of today in `language`; what stands already is left alone.

    guardian: who agreed in the person's place (under 14).
    """
    standing = standing_consents(person.id)
    given = []
    for purpose in purposes:
        if purpose in standing:
            continue
        consent = Consent(
            person_id=person.id,
            purpose=purpose,
            text_version=VERSION,
            language=language,
            guardian=guardian,
        )
        db.session.add(consent)
        db.session.flush()
        audit.record("consent.given", consent, new={"purpose": str(purpose), "version": VERSION})
        given.append(consent)
    return given


def withdraw_consent(*, person: Person, purpose: ConsentPurpose) -> bool:
    """Take an agreement back from now on; returns whether one stood."""
    consent = _standing(person.id, purpose)
    if consent is None:
        return False
    consent.withdrawn_at = clock.now()
    audit.record("consent.withdrawn", consent, old={"purpose": str(purpose)})
    db.session.flush()
    return True


def _standing(person_id: int, purpose: ConsentPurpose) -> Consent | None:
    return db.session.execute(
        select(Consent).where(
            Consent.person_id == person_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None)
        )
    ).scalar_one_or_none()
