"""Every write of the room: issue, render, revoke, replace; and what a corrected result does to
certificates."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson
import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select, update

from certificates import documents
from certificates.models import Certificate, CertificateState
from certificates.numbers import make_number
from certificates.queries import Recipient, active_certificates, award_recipients, people_to_tell
from competition.models import Edition, Member, Team
from core import audit, clock, files, mail
from core.db import db, lock
from core.errors import BadInput, Conflict
from core.jobs import every
from core.models import Sequence as Counter
from core.pdf import PdfRefused, missing_parts, render_all

log = structlog.get_logger(__name__)

AWARD = "award"
_LETTERS = {AWARD: "A"}
_AT_ONCE = 10


def issue_awards(*, edition: Edition, per_member: bool, issued_on: date, who: Any) -> list[Certificate]:
    """Give out numbers for all winners of the final results that have no certificate yet; the PDFs follow as
    a job.

    Raises Conflict when no result is final. Doing it again issues only what is missing.
    """
    lock(edition)
    recipients = award_recipients(edition, per_member=per_member)
    if not recipients:
        raise Conflict(
            _l("Certificates come from final results, and none of this edition is final yet."),
            code="no_final_result",
        )
    standing = active_certificates(edition, AWARD)
    fresh = [
        _issue(edition, recipient, issued_on, who)
        for recipient in recipients
        if recipient.key not in standing
    ]
    for certificate in fresh:
        audit.record("issue_certificate", certificate, new={"number": certificate.number})
    return fresh


def reissue(*, certificate: Certificate, issued_on: date, who: Any) -> Certificate:
    """Replace a certificate by one with today's names; the old number then says by which it was replaced.

    Raises Conflict when it no longer stands or nothing on it would change.
    """
    if certificate.state is not CertificateState.ISSUED:
        raise Conflict(_l("Only a valid certificate can be replaced."), code="not_issued")
    edition = lock(certificate.edition)
    per_member = certificate.member_id is not None
    recipient = next(
        (
            found
            for found in award_recipients(edition, per_member=per_member)
            if found.key == certificate.recipient_key
        ),
        None,
    )
    if recipient is None:
        raise Conflict(
            _l("The final result no longer names this recipient. Revoke the certificate instead."),
            code="no_recipient",
        )
    if payload_sha256(recipient.payload) == certificate.payload_sha256:
        raise Conflict(_l("Nothing has changed: the certificate is up to date."), code="unchanged")
    certificate.state = CertificateState.SUPERSEDED
    db.session.flush()
    fresh = _issue(edition, recipient, issued_on, who)
    certificate.superseded_by_id = fresh.id
    audit.record(
        "reissue_certificate", fresh, old={"number": certificate.number}, new={"number": fresh.number}
    )
    return fresh


def revoke(*, certificate: Certificate, reason: str, who: Any) -> None:
    """Declare a certificate void, for good; its public page says so with the date."""
    if not reason.strip():
        raise BadInput(fields={"reason": _l("Please say why: the reason is kept.")})
    if certificate.state is CertificateState.REVOKED:
        raise Conflict(_l("This certificate was revoked before."), code="revoked")
    old = certificate.state
    certificate.state = CertificateState.REVOKED
    certificate.revoked_at = clock.now()
    certificate.reason = reason.strip()
    audit.record("revoke_certificate", certificate, old=old, new=CertificateState.REVOKED, reason=reason)


def follow_result(edition: Edition) -> int:
    """After a result was corrected: revoke what certifies a prize that no standing result gives; returns how
    many."""
    revoked = 0
    teams = [
        (recipient.team_id, recipient.payload["prize"])
        for recipient in award_recipients(edition, per_member=False, provisional=True)
    ]
    for per_member in (False, True):
        due = {
            recipient.key: recipient.payload["prize"]
            for recipient in award_recipients(edition, per_member=per_member, provisional=True)
        }
        for key, certificate in active_certificates(edition, AWARD).items():
            if (certificate.member_id is not None) != per_member:
                continue
            prize = certificate.payload["prize"]
            # Whoever was erased is no recipient any more; the team tells what the certificate is worth.
            stands = (
                (certificate.team_id, prize) in teams if is_erased(certificate) else due.get(key) == prize
            )
            if not stands:
                revoke(certificate=certificate, reason=str(_l("The result was corrected.")), who=None)
                revoked += 1
    return revoked


def is_erased(certificate: Certificate) -> bool:
    """Whether its holder had the name taken off everything."""
    return not certificate.payload["name"]


def payload_sha256(payload: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _issue(edition: Edition, recipient: Recipient, issued_on: date, who: Any) -> Certificate:
    certificate = Certificate(
        number=make_number(
            program=edition.receipt_prefix or edition.slug,
            year=edition.year,
            kind=_LETTERS[AWARD],
            running=_next_running(),
        ),
        edition_id=edition.id,
        kind=AWARD,
        recipient_key=recipient.key,
        result_id=recipient.result_id,
        team_id=recipient.team_id,
        member_id=recipient.member_id,
        payload=recipient.payload,
        payload_sha256=payload_sha256(recipient.payload),
        issued_on=issued_on,
        issued_by=who.id if who else None,
    )
    db.session.add(certificate)
    db.session.flush()
    return certificate


def _next_running() -> int:
    """The next running number of all certificates, without gaps: taken in the transaction that uses it."""
    counted = db.session.execute(
        update(Counter)
        .where(Counter.name == "certificate")
        .values(value=Counter.value + 1)
        .returning(Counter.value)
    ).scalar_one_or_none()
    if counted is None:
        db.session.add(Counter(name="certificate", value=1))
        db.session.flush()
        return 1
    return counted


def render_pending(*, most: int = _AT_ONCE) -> int:
    """Make the PDFs of certificates that have none; returns how many. Each batch is committed on its own."""
    waiting = db.session.scalars(
        select(Certificate.id)
        .outerjoin(Member, Member.id == Certificate.member_id)
        .where(
            Certificate.file_id.is_(None),
            Certificate.state == CertificateState.ISSUED,
            or_(Member.id.is_(None), Member.name != ""),  # whoever was erased gets none again
        )
        .order_by(Certificate.id)
        .limit(most)
    ).all()
    if not waiting:
        db.session.rollback()
        return 0
    found = [db.session.get_one(Certificate, number) for number in waiting]
    pages = [documents.award(certificate) for certificate in found]
    shown = {certificate.id: certificate.payload for certificate in found}
    db.session.rollback()  # nothing is locked while WeasyPrint works
    made = _render_each(waiting, pages)
    for certificate_id, data in made.items():
        certificate = lock(db.session.get_one(Certificate, certificate_id))
        is_as_shown = certificate.payload == shown[certificate_id]  # not erased or revoked meanwhile
        if certificate.file_id is None and is_as_shown and certificate.state is CertificateState.ISSUED:
            stored = files.keep(data, "application/pdf", f"{certificate.number}.pdf")
            certificate.file_id = stored.id
            _tell_recipient(certificate)
    db.session.commit()
    return len(made)


def _render_each(ids: Sequence[int], pages: Sequence[Any]) -> dict[int, bytes]:
    """All at once; if one is refused, one by one, so that it does not hold up the others."""
    try:
        return dict(zip(ids, render_all(pages), strict=True))
    except PdfRefused:
        made = {}
        for certificate_id, page in zip(ids, pages, strict=True):
            try:
                made[certificate_id] = render_all([page])[0]
            except PdfRefused:
                log.error("certificate_not_made", certificate=certificate_id)
        return made


def _tell_recipient(certificate: Certificate) -> None:
    team = db.session.get_one(Team, certificate.team_id)
    for person in people_to_tell(certificate):
        mail.tell(
            person,
            "certificate",
            lambda lang: documents.announcement(certificate, team.key, lang),
            edition_id=certificate.edition_id,
        )


@every(5, "render_certificates")
def render_job() -> int:
    """A few at a time, until none is waiting; quiet where PDFs can't be made."""
    return 0 if missing_parts() else render_pending()
