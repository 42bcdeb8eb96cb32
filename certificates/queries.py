"""Every read of the room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from accounts.models import Person
from certificates.models import Certificate, CertificateState
from competition.models import Edition, Member, MemberRole, Team
from core.db import db
from core.languages import Trilingual
from judging.queries.results import Winner, final_winners


@dataclass(frozen=True)
class Recipient:
    """Somebody who is due a certificate: `payload` is what will stand on it, `key` who it is for."""

    key: str
    result_id: int
    team_id: int | None
    member_id: int | None
    payload: dict[str, Any]


def award_recipients(edition: Edition, *, per_member: bool, provisional: bool = False) -> list[Recipient]:
    """Winners of the edition's final results, as teams or as confirmed members with advisers left out.

    provisional: count results within their notice period too.
    """
    winners = final_winners(edition, provisional=provisional)
    if not per_member:
        return [_for_team(edition, winner) for winner in winners]
    by_team: dict[int, list[Member]] = {}
    statement = (
        select(Member)
        .where(
            Member.team_id.in_([winner.team_id for winner in winners]),
            Member.role != MemberRole.ADVISER,
            Member.confirmed_at.is_not(None),
        )
        .order_by(Member.team_id, Member.position, Member.id)
    )
    for member in db.session.scalars(statement):
        by_team.setdefault(member.team_id, []).append(member)
    return [
        _for_member(edition, winner, member)
        for winner in winners
        for member in by_team.get(winner.team_id, ())
        if member.name
    ]


def _for_team(edition: Edition, winner: Winner) -> Recipient:
    return Recipient(
        key=f"team:{winner.team_id}:prize:{winner.prize_id}",
        result_id=winner.result_id,
        team_id=winner.team_id,
        member_id=None,
        payload=_payload(edition, winner) | {"name": winner.team_name, "name_latin": ""},
    )


def _for_member(edition: Edition, winner: Winner, member: Member) -> Recipient:
    return Recipient(
        key=f"member:{member.id}:prize:{winner.prize_id}",
        result_id=winner.result_id,
        team_id=winner.team_id,
        member_id=member.id,
        payload=_payload(edition, winner)
        | {"name": member.name, "name_latin": member.name_latin, "member_of": winner.team_name},
    )


def _payload(edition: Edition, winner: Winner) -> dict[str, Any]:
    return {
        "edition": _filled(edition.name),
        "issuers": edition.issuers.to_json(),
        "prize": _filled(winner.prize),
        "project": _filled(winner.title),
        "team": winner.team_name,
    }


def _filled(value: Trilingual) -> dict[str, str]:
    """All three languages, a missing one by the nearest that was written."""
    return {lang: value.pick(lang).text for lang in ("zh", "ko", "en")}


def active_certificates(edition: Edition, kind: str) -> dict[str, Certificate]:
    """Recipient key -> the certificate that stands."""
    rows = db.session.scalars(
        select(Certificate).where(
            Certificate.edition_id == edition.id,
            Certificate.kind == kind,
            Certificate.state == CertificateState.ISSUED,
        )
    )
    return {row.recipient_key: row for row in rows}


def certificates_of(edition: Edition) -> list[Certificate]:
    return list(
        db.session.scalars(
            select(Certificate).where(Certificate.edition_id == edition.id).order_by(Certificate.id)
        )
    )


def certificates_of_team(team: Team) -> list[Certificate]:
    """What the team's members may download: certificates that stand."""
    return list(
        db.session.scalars(
            select(Certificate)
            .where(Certificate.team_id == team.id, Certificate.state == CertificateState.ISSUED)
            .order_by(Certificate.id)
        )
    )


def by_number(number: str) -> Certificate | None:
    return db.session.scalars(select(Certificate).where(Certificate.number == number)).one_or_none()


def people_to_tell(certificate: Certificate) -> list[Person]:
    """The member it is for, or all confirmed members of the team."""
    statement = (
        select(Person).join(Member, Member.person_id == Person.id).where(Member.confirmed_at.is_not(None))
    )
    if certificate.member_id is not None:
        statement = statement.where(Member.id == certificate.member_id)
    else:
        statement = statement.where(Member.team_id == certificate.team_id)
    return list(db.session.scalars(statement))
