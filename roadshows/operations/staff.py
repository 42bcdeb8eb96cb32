"""Who runs and who audits a roadshow: inviting, taking back, letting go."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from accounts import invitations, roles
from accounts.models import Grant, Invitation, Person, Role
from core import clock, mail, registries
from core.access import Who
from core.db import db, lock
from core.errors import BadInput, Conflict, NotFound
from core.languages import Trilingual, current_language
from roadshows.models import Roadshow
from roadshows.policy import SCOPE

INVITED_ROLES = (Role.ORGANIZER, Role.AUDITOR)


def invite_staff(
    *, roadshow: Roadshow, role: Role, email: str, name: str, language: str, who: Who
) -> tuple[Invitation, str]:
    """Invite an organizer or auditor; returns the link's token too, which is stored nowhere.

    Raises `BadInput` for another role or an address that is none.
    """
    if role not in INVITED_ROLES:
        raise BadInput(fields={"role": _l("Please choose one.")})
    try:
        return invitations.invite(
            role=role.value,
            scope_kind=SCOPE,
            scope_id=roadshow.id,
            email=email,
            name=name,
            language=language,
            invited_by=who.id,
            edition_id=roadshow.edition_id,
        )
    except BadInput as problem:
        raise BadInput(fields={"email": problem.detail}) from problem


def take_back(*, roadshow: Roadshow, invitation_id: int) -> None:
    """Make the link worthless. Raises `Conflict` when it was accepted already."""
    found = db.session.get(Invitation, invitation_id)
    if found is None or (found.scope_kind, found.scope_id) != (SCOPE, roadshow.id):
        raise NotFound
    invitations.revoke_invitation(found)


def let_go(*, roadshow: Roadshow, grant_id: int) -> None:
    """End a person's task. Raises `Conflict` for the last organizer of a roadshow without an edition: nobody
    could run it any more."""
    lock(roadshow)
    grant = next((row for row in grants_of(roadshow) if row.id == grant_id), None)
    if grant is None:
        raise NotFound
    if grant.role is Role.ORGANIZER and roadshow.edition_id is None and _organizers(roadshow) <= 1:
        raise Conflict(_l("This is the last organizer. Invite another one first."), code="last_organizer")
    person = grant.person
    roles.revoke_role(person=person, role=grant.role, scope_kind=SCOPE, scope_id=roadshow.id)
    if person.is_active:
        _tell_let_go(roadshow, person)


def grants_of(roadshow: Roadshow) -> list[Grant]:
    """Who runs and audits this roadshow by a grant of its own, with the people."""
    return list(
        db.session.scalars(
            select(Grant)
            .where(Grant.scope_kind == SCOPE, Grant.scope_id == roadshow.id, Grant.role.in_(INVITED_ROLES))
            .options(joinedload(Grant.person))
            .order_by(Grant.role, Grant.id)
        )
    )


def open_invitations(roadshow: Roadshow) -> list[Invitation]:
    """Invitations that nobody has answered yet."""
    return list(
        db.session.scalars(
            select(Invitation)
            .where(
                Invitation.scope_kind == SCOPE,
                Invitation.scope_id == roadshow.id,
                Invitation.accepted_at.is_(None),
                Invitation.revoked_at.is_(None),
                Invitation.expires_at > clock.now(),
            )
            .order_by(Invitation.id)
        )
    )


def _organizers(roadshow: Roadshow) -> int:
    return db.session.execute(
        select(func.count())
        .select_from(Grant)
        .where(Grant.scope_kind == SCOPE, Grant.scope_id == roadshow.id, Grant.role == Role.ORGANIZER)
    ).scalar_one()


def _tell_let_go(roadshow: Roadshow, person: Person) -> None:
    def write(lang: str) -> mail.Message:
        return mail.Message(
            _("Your task in %(edition)s has ended", edition=roadshow.name.pick(lang).text),
            _("Thank you. If you think this is a mistake, please talk to the organizers."),
        )

    mail.tell(person, "role_ended", write, edition_id=roadshow.edition_id, roadshow_id=roadshow.id)


# --- what invitations say, and where they lead ---


def _described(invitation: Invitation, zh: str, ko: str, en: str) -> Trilingual:
    roadshow = db.session.get(Roadshow, invitation.scope_id)
    name = roadshow.name if roadshow else Trilingual()
    return Trilingual(
        zh.format(name.pick("zh").text), ko.format(name.pick("ko").text), en.format(name.pick("en").text)
    )


def describe_organizer(invitation: Invitation) -> Trilingual:
    """What an invited organizer is told."""
    return _described(invitation, "{} 组委会成员", "{} 운영사무국", "Organizer of {}")


def describe_auditor(invitation: Invitation) -> Trilingual:
    """What an invited auditor is told."""
    return _described(invitation, "{} 监审人员", "{} 감사자", "Auditor of {}")


def landing(invitation: Invitation) -> str:
    roadshow = db.session.get_one(Roadshow, invitation.scope_id)
    return f"/{current_language()}/o/roadshows/{roadshow.slug}"


def scope_name(roadshow_id: int) -> str:
    roadshow = db.session.get(Roadshow, roadshow_id)
    return roadshow.name.pick(current_language()).text if roadshow else ""


def register() -> None:
    """Fill the registries."""
    registries.scope_names[SCOPE] = scope_name
    invitations.describe[SCOPE, Role.ORGANIZER.value] = describe_organizer
    invitations.describe[SCOPE, Role.AUDITOR.value] = describe_auditor
    for role in INVITED_ROLES:
        invitations.landing[SCOPE, role.value] = landing
