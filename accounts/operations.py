"""Every write about a person's account. Nothing here hashes a password: that is slow and done before,
outside of the transaction (see `accounts.passwords`)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update

from accounts import messages
from accounts.addresses import email_key, normal_email
from accounts.consents import give_consent
from accounts.models import (
    ConsentPurpose,
    OneTimeToken,
    Person,
    SignIn,
    SignInFailure,
    TokenPurpose,
)
from accounts.sessions import revoke_all
from accounts.tokens import drop_tokens, make_token, may_send, try_code, use_token
from core import audit, clock, errors, registries
from core.db import db, lock
from core.errors import BadInput, Conflict
from core.models import Notice

_EMAIL_TAKEN = Conflict(
    _l("This e-mail address already has an account."),
    code="email_taken",
    fields={"email": _l("Already in use.")},
)
errors.CONSTRAINTS["uq_person_email_key"] = _EMAIL_TAKEN
errors.CONSTRAINTS["person.email_key"] = _EMAIL_TAKEN


def person_by_email(text: str) -> Person | None:
    """The account of an address, in whatever spelling it was typed."""
    return db.session.execute(select(Person).where(Person.email_key == email_key(text))).scalar_one_or_none()


def sign_up(
    *,
    email: str,
    password_hash: str,
    name: str,
    language: str,
    consents: set[ConsentPurpose],
    guardian: str = "",
    **facts: Any,
) -> Person:
    """Make an account and mail its confirmation. `facts`: name_latin, birth_year, country, time_zone.

    Raises Conflict when the address has an account (the view does not tell; see there).
    """
    person = Person(
        email=normal_email(email),
        email_key=email_key(email),
        password_hash=password_hash,
        name=name,
        language=language,
        **facts,
    )
    db.session.add(person)
    db.session.flush()
    audit.record("person.signed_up", person, new={"language": language}, actor_id=person.id)
    give_consent(person=person, purposes=consents, language=language, guardian=guardian)
    send_confirmation(person)
    return person


def create_invited(*, email: str, name: str, language: str, consents: set[ConsentPurpose]) -> Person:
    """An account without a password, for somebody who came by an invitation.

    Raises Conflict when the address has an account.
    """
    if email and person_by_email(email) is not None:
        raise _EMAIL_TAKEN
    person = Person(
        email=normal_email(email) if email else None,
        email_key=email_key(email) if email else None,
        name=name,
        language=language,
    )
    db.session.add(person)
    db.session.flush()
    audit.record("person.invited", person, new={"language": language}, actor_id=person.id)
    give_consent(person=person, purposes=consents, language=language)
    return person


def send_confirmation(person: Person) -> bool:
    """Mail a link and a code; returns False when too many were sent within the hour."""
    if not person.email or person.email_confirmed_at or not may_send(person, TokenPurpose.CONFIRM_EMAIL):
        return False
    token, code = make_token(person, TokenPurpose.CONFIRM_EMAIL, code=True)
    messages.tell_confirmation(person, token, code)
    return True


def confirm_by_code(person: Person, digits: str) -> bool:
    """True when the code was right. The caller commits either way, so that tries are counted."""
    if try_code(person, TokenPurpose.CONFIRM_EMAIL, digits) is None:
        return False
    _confirmed(person)
    return True


def confirm_by_token(row: OneTimeToken) -> bool:
    """True when the link was still good."""
    if not use_token(row):
        return False
    _confirmed(row.person)
    return True


def _confirmed(person: Person) -> None:
    if person.email_confirmed_at is None:
        person.email_confirmed_at = clock.now()
        audit.record("person.email_confirmed", person, actor_id=person.id)
    db.session.flush()


def send_already_registered(person: Person) -> None:
    """Tell the owner of an address that somebody signed up with it."""
    if person.is_active and may_send(person, TokenPurpose.RESET_PASSWORD):
        token, _code = make_token(person, TokenPurpose.RESET_PASSWORD)
        messages.tell_already_registered(person, token)


def send_reset(person: Person) -> None:
    """Mail a link to choose a new password; quietly nothing after too many within the hour."""
    if person.is_active and may_send(person, TokenPurpose.RESET_PASSWORD):
        token, _code = make_token(person, TokenPurpose.RESET_PASSWORD)
        messages.tell_reset(person, token)


def make_reset_link(person: Person, *, language: str = "") -> str:
    """A path to choose a new password, for an administrator to hand over. Good once, for 30 minutes."""
    token, _code = make_token(person, TokenPurpose.RESET_PASSWORD)
    audit.record("person.link_made", person)
    return f"/{language or person.language}/reset/{token}"


def reset_password(row: OneTimeToken, password_hash: str) -> Person:
    """Set the password by a mailed link: proves the address, ends every sign-in and every other link.

    Raises Conflict when the link was used meanwhile.
    """
    if not use_token(row):
        raise Conflict(_l("This link was used already."), code="used")
    person = lock(row.person)
    person.password_hash = password_hash
    _confirmed(person)
    drop_tokens(person)
    revoke_all(person)
    forget_failures(person.email_key or "")
    audit.record("person.password_reset", person, actor_id=person.id)
    messages.tell_password_changed(person)
    return person


def change_password(person: Person, password_hash: str) -> None:
    """Set the password; every browser is signed out and open links are dead."""
    person = lock(person)
    person.password_hash = password_hash
    drop_tokens(person, TokenPurpose.RESET_PASSWORD, TokenPurpose.CHANGE_EMAIL)
    revoke_all(person)
    audit.record("person.password_changed", person)
    messages.tell_password_changed(person)


def refresh_password_hash(person: Person, password_hash: str) -> None:
    """Store the same password under newer parameters."""
    person.password_hash = password_hash


def ask_new_email(person: Person, email: str) -> None:
    """Mail a link to the new address and a warning to the old one. Nothing changes before the link is
    followed.

    An address that has an account gets no mail, and the asker is told nothing else.
    """
    address = normal_email(email)
    if email_key(address) == person.email_key:
        raise BadInput(fields={"email": _l("This is your address already.")})
    if not may_send(person, TokenPurpose.CHANGE_EMAIL):
        raise Conflict(
            _l("Too many messages were sent within an hour. Please try again later."), code="too_many"
        )
    token, _code = make_token(person, TokenPurpose.CHANGE_EMAIL, new_email=address)
    audit.record("person.email_change_asked", person)
    if person_by_email(address) is None:
        messages.tell_new_email(person, address, token)
    messages.tell_email_change_asked(person, address)


def change_email(row: OneTimeToken) -> Person:
    """Store the new address of a followed link; links sent to the old address are dead, the old owner is
    told.

    Raises Conflict when the address got an account meanwhile or the link was used.
    """
    if not use_token(row):
        raise Conflict(_l("This link was used already."), code="used")
    person = lock(row.person)
    if person_by_email(row.new_email) is not None:
        raise _EMAIL_TAKEN
    drop_tokens(person)
    messages.tell_email_changed(person, row.new_email)
    person.email = row.new_email
    person.email_key = email_key(row.new_email)
    person.email_confirmed_at = clock.now()
    audit.record("person.email_changed", person, actor_id=person.id)
    db.session.flush()
    return person


def change_profile(person: Person, *, seen: int, **facts: Any) -> None:
    """Change name, name_latin, language, time_zone, country, phone, birth_year. Raises Conflict on a
    stale page."""
    if person.version != seen:
        raise Conflict(
            _l("You changed your profile elsewhere meanwhile. Please look at it again."), code="stale"
        )
    changed = sorted(name for name, value in facts.items() if getattr(person, name) != value)
    for name in changed:
        setattr(person, name, facts[name])
    if changed:
        audit.record("person.changed", person, new={"fields": changed})
    db.session.flush()


def end_sign_in(person: Person, sign_in_id: int) -> bool:
    """Sign out one of the person's own browsers; returns whether there was such a one."""
    row = db.session.execute(
        select(SignIn).where(
            SignIn.id == sign_in_id, SignIn.person_id == person.id, SignIn.revoked_at.is_(None)
        )
    ).scalar_one_or_none()
    if row is None:
        return False
    row.revoked_at = clock.now()
    audit.record("sign_in.ended", row)
    return True


def disable(person: Person, *, reason: str) -> None:
    """Lock an account; its sign-ins end at once. Raises Conflict for the acting person's own account."""
    from core.access import person as acting

    who = acting()
    if who is not None and who.id == person.id:
        raise Conflict(_l("You can't disable your own account."), code="own_account")
    if person.disabled_at is None:
        person.disabled_at = clock.now()
        revoke_all(person)
        drop_tokens(person)
        audit.record("person.disabled", person, reason=reason)
        db.session.flush()


def enable(person: Person) -> None:
    if person.disabled_at is not None:
        person.disabled_at = None
        audit.record("person.enabled", person)
        db.session.flush()


def read_notice(person: Person, notice_id: int) -> Notice | None:
    """Mark one of the person's own notices as read; None when it is not theirs."""
    notice = db.session.execute(
        select(Notice).where(Notice.id == notice_id, Notice.person_id == person.id)
    ).scalar_one_or_none()
    if notice is not None and notice.read_at is None:
        notice.read_at = clock.now()
    return notice


def read_all_notices(person: Person) -> None:
    db.session.execute(
        update(Notice)
        .where(Notice.person_id == person.id, Notice.read_at.is_(None))
        .values(read_at=clock.now())
    )


def forget_failures(key: str) -> None:
    """Start counting wrong passwords anew: the address has proved to be its owner's."""
    db.session.execute(delete(SignInFailure).where(SignInFailure.email_key == key))


def erasure_blockers(person: Person) -> list[Any]:
    """What has to be settled before the account may be erased, in words; empty when nothing."""
    return [reason for source in registries.erasure_blockers for reason in source(person.id)]


def erase(person: Person) -> None:
    """Make the account and everything kept about its owner anonymous; results stay, without a name.

    Raises Conflict with the reasons while something has to be settled first.
    """
    if reasons := erasure_blockers(person):
        raise Conflict(" ".join(str(reason) for reason in reasons), code="not_yet")
    audit.record("person.erased", person)
    for kind in reversed(registries.personal_data):  # later rooms find their rows by those of earlier ones
        kind.erase(person.id)
    db.session.flush()
