"""The mails of this room, each written in the recipient's language."""

from __future__ import annotations

from flask_babel import force_locale
from flask_babel import gettext as _

from accounts.models import Person
from core import clock
from core.languages import locale_of
from core.mail import Message, send, tell

SECRET_KINDS = ("confirm_email", "change_email", "reset_password", "sign_up_known")
"""Their bodies hold links and codes: never in the inbox, and blanked once they are worthless."""


def tell_confirmation(person: Person, token: str, code: str) -> None:
    def write(lang: str) -> Message:
        return Message(
            _("%(code)s is your confirmation code", code=code),
            _(
                "Welcome to Jiachi.\n\nPlease confirm your e-mail by typing this code on the page:"
                "\n\n%(code)s\n\n"
                "Or follow the link below. Both are good for 30 minutes. If you didn't sign up, please "
                "ignore this message.",
                code=code,
            ),
            f"/{lang}/confirm/{token}",
        )

    tell(person, "confirm_email", write, inbox=False)


def tell_already_registered(person: Person, token: str) -> None:
    """Somebody signed up with an address that has an account: only its owner learns of it."""

    def write(lang: str) -> Message:
        return Message(
            _("You already have an account"),
            _(
                "Somebody, probably you, just tried to sign up with this e-mail address. There is an "
                "account already: please sign in. If you have forgotten the password, the link below lets "
                "you choose a new one within 30 minutes. If it wasn't you, nothing needs to be done."
            ),
            f"/{lang}/reset/{token}",
        )

    tell(person, "sign_up_known", write, inbox=False)


def tell_reset(person: Person, token: str) -> None:
    def write(lang: str) -> Message:
        return Message(
            _("Choose a new password"),
            _(
                "Somebody, probably you, asked for a new password. The link below lets you choose one; it "
                "works once and for 30 minutes. If it wasn't you, nothing needs to be done: your password "
                "stays."
            ),
            f"/{lang}/reset/{token}",
        )

    tell(person, "reset_password", write, inbox=False)


def tell_new_email(person: Person, new_email: str, token: str) -> None:
    """The link goes to the new address; the old one is told when the change has happened."""
    lang = person.language
    with force_locale(locale_of(lang)):
        message = Message(
            _("Confirm your new e-mail"),
            _(
                "Please confirm with the link below that this is your new e-mail address. The link works "
                "once and for 30 minutes. If you didn't ask for this, please ignore the message."
            ),
            f"/{lang}/new-email/{token}",
        )
    send(new_email, lang, "change_email", message, person_id=person.id)


def tell_email_change_asked(person: Person, new_email: str) -> None:
    def write(lang: str) -> Message:
        return Message(
            _("A change of your e-mail was asked for"),
            _(
                "Somebody signed in to your account asked to change its e-mail address to %(new)s. If it "
                "wasn't you, please change your password now and sign out everywhere.",
                new=_masked(new_email),
            ),
            f"/{lang}/me/security",
        )

    tell(person, "email_change_asked", write)


def tell_email_changed(person: Person, new_email: str) -> None:
    """To the old address and the inbox: called while `person` still has the old one."""

    def write(lang: str) -> Message:
        return Message(
            _("Your e-mail was changed"),
            _(
                "The e-mail address of your account is now %(new)s; this address can no longer be used to "
                "sign in. If it wasn't you, please write to the organizers at once.",
                new=_masked(new_email),
            ),
            f"/{lang}/me/security",
        )

    tell(person, "email_changed", write)


def tell_password_changed(person: Person) -> None:
    def write(lang: str) -> Message:
        return Message(
            _("Your password was changed"),
            _(
                "The password of your account was changed at %(when)s. All other devices were signed out. "
                "If it wasn't you, please choose a new password at once (“Forgot your password?”).",
                when=clock.short_moment(clock.now(), lang),
            ),
            f"/{lang}/me/security",
        )

    tell(person, "password_changed", write)


def _masked(address: str) -> str:
    """w***@example.com: enough to recognize one's own address, too little to learn another's."""
    local, _at, domain = address.partition("@")
    return f"{local[:1]}***@{domain}"
