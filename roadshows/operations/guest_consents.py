"""What guests agree to: one row per purpose and time, never changed but for the date it was taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from flask_babel import lazy_gettext as _l

from core import audit, clock
from core.db import db
from core.errors import BadInput, Conflict
from roadshows import guest_consent_texts as texts
from roadshows.models import Guest, GuestConsent, GuestConsentPurpose


def standing_consents(guest: Guest) -> dict[GuestConsentPurpose, GuestConsent]:
    """What the guest agrees to now, by purpose."""
    return {row.purpose: row for row in guest.consents if row.withdrawn_at is None}


def give_consents(*, guest: Guest, purposes: Iterable[GuestConsentPurpose], language: str) -> None:
    """Record that the guest agrees to the texts of today in `language`; what stands already is left alone."""
    standing = standing_consents(guest)
    for purpose in sorted(set(purposes) - set(standing)):
        row = GuestConsent(
            roadshow_id=guest.roadshow_id,
            purpose=purpose,
            text_version=texts.VERSION,
            language=language,
        )
        guest.consents.append(row)
        db.session.flush()
        audit.record("guest_consent.given", row, new={"purpose": str(purpose), "version": texts.VERSION})


def withdraw_consent(*, guest: Guest, purpose: GuestConsentPurpose) -> None:
    """Take an agreement back from now on. Raises Conflict for one that coming needs: that is withdrawing."""
    if purpose in texts.REQUIRED:
        raise Conflict(
            _l("Without this agreement you can't come. Please withdraw, or delete your data, instead."),
            code="consent_required",
        )
    row = standing_consents(guest).get(purpose)
    if row is not None:
        row.withdrawn_at = clock.now()
        audit.record("guest_consent.withdrawn", row, old={"purpose": str(purpose)})
        db.session.flush()


def require_consents(given: Collection[GuestConsentPurpose]) -> None:
    """Raise BadInput, beside the fields of that name, without the agreements that coming needs."""
    missing = [purpose for purpose in texts.REQUIRED if purpose not in given]
    if missing:
        problem = _l("Without this agreement you can't be registered.")
        raise BadInput(fields={purpose.value: problem for purpose in missing}, code="consent_missing")
