"""Who organizes and audits an edition: inviting, taking back, letting go. Operations never commit."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from accounts import invitations, roles
from accounts.models import Grant, Invitation, Person, Role
from competition.models import Edition
from core import mail
from core.access import Who
from core.db import db, lock
from core.errors import BadInput, Conflict, NotFound
from core.languages import Trilingual

INVITED_ROLES = (Role.ORGANIZER, Role.AUDITOR)
"""Judges are invited in the judging room."""


def invite_staff(
    *, edition: Edition, role: Role, email: str, name: str, language: str, who: Who
) -> tuple[Invitation, str]:
    """Invite an organizer or auditor; returns the link's token too, which is stored nowhere.

    Raises `BadInput` for another role or an address that is none.
    """
    if role not in INVITED_ROLES:
        raise BadInput(fields={"role": _l("Please choose one.")})
    try:
        return invitations.invite(
            role=role.value,
            scope_kind="edition",
            scope_id=edition.id,
            email=email,
            name=name,
            language=language,
            invited_by=who.id,
        )
    except BadInput as problem:
        raise BadInput(fields={"email": problem.detail}) from problem


def take_back(*, edition: Edition, invitation: Invitation) -> None:
    """Make the link worthless. Raises `Conflict` when it was accepted already."""
    if (invitation.scope_kind, invitation.scope_id) != ("edition", edition.id):
        raise NotFound
    if invitation.role not in INVITED_ROLES:
        raise NotFound
    invitations.revoke_invitation(invitation)


def let_go(*, edition: Edition, grant: Grant) -> None:
    """End a person's role; it counts from their next request on.

    Raises `Conflict` for the last organizer: nobody could run the edition any more.
    """
    lock(edition)
    person = grant.person
    if grant.role is Role.ORGANIZER and _organizers(edition) <= 1:
        raise Conflict(_l("This is the last organizer. Invite another one first."), code="last_organizer")
    role = grant.role
    roles.revoke_role(person=person, role=role, scope_kind="edition", scope_id=edition.id)
    if person.is_active:
        _tell_let_go(edition, person)


def _organizers(edition: Edition) -> int:
    return db.session.execute(
        select(func.count())
        .select_from(Grant)
        .where(Grant.scope_kind == "edition", Grant.scope_id == edition.id, Grant.role == Role.ORGANIZER)
    ).scalar_one()


def _tell_let_go(edition: Edition, person: Person) -> None:
    def write(lang: str) -> mail.Message:
        return mail.Message(
            _("Your task in %(edition)s has ended", edition=edition.name.pick(lang).text),
            _("Thank you. If you think this is a mistake, please talk to the organizers."),
        )

    mail.tell(person, "role_ended", write, edition_id=edition.id)


def describe_organizer(invitation: Invitation) -> Trilingual:
    """What an invited organizer is told."""
    return _described(invitation, "{} 赛事管理员", "{} 운영자", "Organizer of {}")


def describe_auditor(invitation: Invitation) -> Trilingual:
    """What an invited auditor is told."""
    return _described(invitation, "{} 监审人员", "{} 감사자", "Auditor of {}")


def _described(invitation: Invitation, zh: str, ko: str, en: str) -> Trilingual:
    edition = db.session.get(Edition, invitation.scope_id)
    name = edition.name if edition else Trilingual()
    return Trilingual(
        zh.format(name.pick("zh").text), ko.format(name.pick("ko").text), en.format(name.pick("en").text)
    )
