"""Invitations: a link that makes whoever confirms it a judge, an organizer, a member of a team.

The link holds 256 random bits, of which only the SHA-256 is stored: it can be shown once, when it is
made, and replaced later, never read again. Rooms above say what accepting means (`on_accepted`), in which
words it is offered (`describe`) and where it leads (`landing`), each by (scope kind, role). A role of
`accounts.models.Role` is granted here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.addresses import email_key, normal_email
from accounts.models import Invitation, Person, Role
from accounts.roles import grant_role
from accounts.sessions import sha256
from core import audit, clock
from core.db import db, lock
from core.errors import Conflict, Problem, Refused
from core.languages import Run, Trilingual, current_language, html_lang, locale_of
from core.mail import Message, send, tell

on_accepted: dict[tuple[str, str], Callable[[Invitation, Person], None]] = {}
"""What accepting changes in a room; may raise `core.errors.Conflict` (no place left), and then nothing is
changed."""

describe: dict[tuple[str, str], Callable[[Invitation], Trilingual | str]] = {}
"""What one is invited to, for example "judge of the First China–Korea Contest"."""

landing: dict[tuple[str, str], Callable[[Invitation], str]] = {}
"""The page to go to after accepting; default the person's own first page."""

_KNOWN_ROLES = {str(role) for role in Role}
_BY_LINK = {str(Role.JUDGE), str(Role.HEAD_JUDGE)}


class Gone(Problem):
    """The link was good once."""

    status = 410
    code = "gone"


def invite(
    *,
    role: str,
    scope_kind: str,
    scope_id: int,
    email: str = "",
    name: str = "",
    language: str = "",
    invited_by: int | None = None,
    days: int = 14,
    edition_id: int | None = None,
    mail: bool = True,
) -> tuple[Invitation, str]:
    """Make an invitation; returns it and the token of its link, which is stored nowhere.

    With an `email` only its owner may accept, and the link is also mailed there (and put into the inbox
    of an account of that address) unless `mail` is False. edition_id: whose outbox the mail stands in,
    when the scope is not an edition. Raises BadInput for an address that is none.
    """
    token = secrets.token_urlsafe(32)
    address = normal_email(email) if email else ""
    invitation = Invitation(
        token_sha256=sha256(token),
        role=role,
        scope_kind=scope_kind,
        scope_id=scope_id,
        email=address,
        name=name,
        language=language or current_language(),
        invited_by=invited_by,
        expires_at=clock.now() + timedelta(days=days),
    )
    db.session.add(invitation)
    edition_id = invitation.edition_id or edition_id
    audit.record(
        "invitation.made",
        invitation,
        new={"role": role, "scope": [scope_kind, scope_id], "addressed": bool(address)},
        edition_id=edition_id,
        actor_id=invited_by,
    )
    if address and mail:
        _announce(invitation, token, edition_id)
    return invitation, token


def revoke_invitation(invitation: Invitation, *, reason: str = "") -> None:
    """Make the link worthless. Raises Conflict when it was accepted already."""
    invitation = lock(invitation)
    if invitation.accepted_at is not None:
        raise Conflict(_l("This invitation was accepted already."), code="accepted")
    if invitation.revoked_at is None:
        invitation.revoked_at = clock.now()
        audit.record("invitation.revoked", invitation, reason=reason)
        db.session.flush()


def find_invitation(token: str) -> Invitation | None:
    """The invitation behind a link, whatever its state."""
    return db.session.execute(
        select(Invitation).where(Invitation.token_sha256 == sha256(token))
    ).scalar_one_or_none()


def accept_invitation(*, token: str, person: Person, by_link: bool = False) -> Invitation:
    """Make `person` what the invitation says; once. by_link: the link alone opened or made the account; else
    an invitation to an address needs it confirmed, since anybody can sign up with anybody's address.

    Raises Gone (used, revoked, expired), Refused (addressed to somebody else), Conflict (the room has no
    place). The same person may follow an accepted link again: nothing happens.
    """
    invitation = find_invitation(token)
    if invitation is None:
        raise Gone(_l("This invitation doesn't exist. Please ask for a new link."))
    invitation = lock(invitation)
    if invitation.accepted_at is not None and invitation.accepted_by == person.id:
        return invitation
    require_open(invitation)
    if not is_addressed_to(invitation, person):
        raise Refused(_l("This invitation is addressed to somebody else."), code="wrong_person")
    if invitation.email and not by_link and person.email_confirmed_at is None:
        raise Refused(
            _l(
                "This invitation is for the owner of your e-mail address. Please confirm the address first,"
                " then follow the link again."
            ),
            code="not_confirmed",
        )
    invitation.accepted_at = clock.now()
    invitation.accepted_by = person.id
    if invitation.role in _KNOWN_ROLES:
        grant_role(
            person=person,
            role=Role(invitation.role),
            scope_kind=invitation.scope_kind,
            scope_id=invitation.scope_id,
            granted_by=invitation.invited_by,
        )
    if act := on_accepted.get((invitation.scope_kind, invitation.role)):
        act(invitation, person)
    audit.record("invitation.accepted", invitation, actor_id=person.id)
    db.session.flush()
    return invitation


def require_open(invitation: Invitation) -> None:
    """Raise Gone, saying why, unless the link can still be used."""
    if invitation.accepted_at is not None:
        raise Gone(_l("This invitation was used already. If it was you, please sign in."), code="used")
    if invitation.revoked_at is not None:
        raise Gone(_l("This invitation was taken back. Please ask whoever sent it."), code="revoked")
    if invitation.expires_at <= clock.now():
        raise Gone(_l("This invitation has expired. Please ask for a new link."), code="expired")


def is_addressed_to(invitation: Invitation, person: Person) -> bool:
    """True when the invitation names no address or the person's own."""
    return not invitation.email or email_key(invitation.email) == person.email_key


def opens_session_of(invitation: Invitation, person: Person) -> bool:
    """True when the link alone may sign in the existing account it is addressed to.

    Only judges who never set a password, and whose account came from this very scope and holds nothing
    elsewhere: whoever can make such a link could have made the account. Everybody else has to sign in
    first.
    """
    if person.password_hash or person.is_site_admin or not person.is_active:
        return False
    if invitation.role not in _BY_LINK or not person.grants:
        return False
    here = (invitation.scope_kind, invitation.scope_id)
    if any(
        (grant.scope_kind, grant.scope_id) != here or str(grant.role) not in _BY_LINK
        for grant in person.grants
    ):
        return False
    accepted = db.session.execute(
        select(Invitation.scope_kind, Invitation.scope_id).where(Invitation.accepted_by == person.id)
    ).all()
    return bool(accepted) and all((kind, scope) == here for kind, scope in accepted)


def invitation_url(token: str, language: str = "") -> str:
    """The link, absolute, for mail, QR codes and copying."""
    return current_app.config["SETTINGS"].base_url + invitation_path(token, language)


def invitation_path(token: str, language: str = "") -> str:
    return f"/{language or current_language()}/invitation/{token}"


def description(invitation: Invitation, lang: str) -> Run:
    """What one is invited to, in `lang` where the room has words for it."""
    words = describe.get((invitation.scope_kind, invitation.role))
    told = words(invitation) if words else invitation.role
    return told.pick(lang) if isinstance(told, Trilingual) else Run(str(told), html_lang(lang))


def landing_path(invitation: Invitation) -> str:
    """Where accepting leads; "" for the person's own first page."""
    where = landing.get((invitation.scope_kind, invitation.role))
    return where(invitation) if where else ""


def _announce(invitation: Invitation, token: str, edition_id: int | None) -> None:
    def write(lang: str) -> Message:
        with force_locale(locale_of(lang)):
            what = description(invitation, lang).text
            return Message(
                _("Invitation: %(what)s", what=what),
                _(
                    "You are invited: %(what)s.\n\nThe link below shows what it is about; nothing happens "
                    "before you confirm there. It works once, until it expires. If you don't know what "
                    "this is about, please ignore this message.",
                    what=what,
                ),
                invitation_path(token, lang),
            )

    person = db.session.execute(
        select(Person).where(Person.email_key == email_key(invitation.email))
    ).scalar_one_or_none()
    if person is not None and person.email_confirmed_at is not None:
        tell(person, "invitation", write, edition_id=edition_id, roadshow_id=invitation.roadshow_id)
        return
    message = write(invitation.language)
    send(
        invitation.email,
        invitation.language,
        "invitation",
        message,
        edition_id=edition_id,
        roadshow_id=invitation.roadshow_id,
    )
