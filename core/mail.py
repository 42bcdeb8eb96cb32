"""Telling people things: one call writes the notice in their inbox and, as a copy, the mail in the outbox.

The outbox is emptied by a job after the commit. With a mail server configured each message is sent at least
once,
under a Message-ID that stays the same over all tries; without one it stays readable in the organizer's
outbox.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import structlog
from flask import current_app
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from config import Settings
from core import clock
from core.db import db
from core.jobs import every
from core.languages import locale_of
from core.models import Mail, MailState, Notice, random_key
from core.text import one_line, shorten

log = structlog.get_logger(__name__)

_MOST_ATTEMPTS = 8
OWN_REASONS = {
    "nobodys_address": _l("This address belongs to an example domain: nobody reads it."),
    "expired": _l("Its link or code expired before it could be sent."),
    "event_canceled": _l("The event was canceled before it could be sent."),
}
"""Why a mail never went to the mail server, by what stands in `last_error`; else it is the server's words."""
_NOBODYS = re.compile(
    r"@(?:.*\.)?(?:example\.(?:com|net|org)|example|invalid|test|localhost)$", re.IGNORECASE
)
"""Domains that belong to nobody (RFC 2606): no mail server is bothered."""


@dataclass(frozen=True)
class Message:
    """What is told, already in the recipient's language. `path` is the page it is about, `/zh/…`."""

    subject: str
    body: str
    path: str = ""


def tell(
    person: Any,
    kind: str,
    write: Callable[[str], Message],
    *,
    edition_id: int | None = None,
    roadshow_id: int | None = None,
    inbox: bool = True,
    inbox_path: str = "",
    calendar: str = "",
    calendar_method: str = "",
) -> Mail | None:
    """Write `write(language)`, rendered in the person's language, to inbox and outbox; returns the mail.

    inbox=False is for messages that carry a secret (a reset link): the mail alone. inbox_path: the page that
    the notice leads to, where the mail's own address is a secret. roadshow_id, calendar, calendar_method: see
    `send`.
    """
    with force_locale(locale_of(person.language)):
        message = write(person.language)
    if inbox:
        db.session.add(
            Notice(
                person_id=person.id,
                edition_id=edition_id,
                kind=kind,
                subject=shorten(one_line(message.subject), 200),
                body=message.body,
                path=inbox_path or message.path,
            )
        )
    if not person.email:
        return None
    return send(
        person.email,
        person.language,
        kind,
        message,
        person_id=person.id,
        edition_id=edition_id,
        roadshow_id=roadshow_id,
        calendar=calendar,
        calendar_method=calendar_method,
    )


def send(
    address: str,
    language: str,
    kind: str,
    message: Message,
    *,
    person_id: int | None = None,
    edition_id: int | None = None,
    roadshow_id: int | None = None,
    calendar: str = "",
    calendar_method: str = "",
) -> Mail:
    """Put one message to one address into the outbox (for people who have no account yet); returns its row.

    calendar: iCalendar objects that go along, one after another, each with one event that the recipient's
    calendar enters or strikes (RFC 6047). calendar_method: their METHOD. Raises ValueError when that is not
    the one inside.
    """
    if any(f"\nMETHOD:{calendar_method}\n" not in one.replace("\r", "") for one in _objects(calendar)):
        raise ValueError(f"the calendar's method is not {calendar_method!r}")
    settings: Settings = current_app.config["SETTINGS"]
    link = f"\n\n{settings.base_url}{message.path}" if message.path else ""
    mail = Mail(
        message_id=f"<{random_key()}{random_key()}@{settings.MAIL_FROM.rpartition('@')[2]}>",
        person_id=person_id,
        edition_id=edition_id,
        roadshow_id=roadshow_id,
        address=one_line(address),
        language=language,
        kind=kind,
        subject=shorten(one_line(message.subject), 200),
        body=message.body + link,
        calendar=calendar,
        calendar_method=calendar_method,
    )
    db.session.add(mail)
    return mail


def is_nobodys(address: str) -> bool:
    """Whether nobody can have this address, as those of the demo's people."""
    return bool(_NOBODYS.search(address))


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The message as it goes over the wire; raises ValueError for an address that is not one address."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("Jiachi", addr_spec=sender)
    message["To"] = Address(addr_spec=mail.address)
    message["Subject"] = mail.subject
    message["Message-ID"] = mail.message_id
    message["Date"] = mail.created_at
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = mail.language
    message.set_content(mail.body)
    events = _objects(mail.calendar)
    method = {"method": mail.calendar_method}
    if len(events) == 1:
        # An alternative to the text, not an attachment: only so do mail programs offer to accept it.
        message.add_alternative(events[0], subtype="calendar", params=method)
    for number, event in enumerate(events if len(events) > 1 else (), 1):
        # Of several in one part Outlook takes the first and is silent about the rest: one file each.
        message.add_attachment(event, subtype="calendar", filename=f"{number}.ics", params=method)
    return message


def _objects(calendar: str) -> list[str]:
    """The iCalendar objects in a text that holds them one after another."""
    end = "END:VCALENDAR"
    return [f"{part.lstrip()}{end}\r\n" for part in calendar.split(end) if part.strip()]


@every(5, "send mail")
def deliver_due(*, most: int = 50) -> int:
    """Send what is due; returns how many left. Each message is committed on its own. Does nothing without
    SMTP_HOST."""
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.SMTP_HOST:
        return 0
    due = db.session.scalars(
        select(Mail.id)
        .where(Mail.state == MailState.QUEUED, Mail.next_try_at <= clock.now())
        .order_by(Mail.id)
        .limit(most)
    ).all()
    db.session.rollback()
    sent = 0
    for mail_id in due:
        mail = db.session.get(Mail, mail_id)
        if mail is None or mail.state != MailState.QUEUED:
            continue
        db.session.expunge(mail)
        db.session.rollback()  # no lock is held while the mail server thinks
        never = is_nobodys(mail.address)
        error = "nobodys_address" if never else _transmit(settings, mail)
        mail = db.session.get_one(Mail, mail_id)
        mail.attempts += 1
        if error is None:
            mail.state, mail.sent_at, mail.last_error = MailState.SENT, clock.now(), ""
            sent += 1
        else:
            mail.last_error = shorten(one_line(error), 300)
            mail.next_try_at = clock.now() + timedelta(minutes=2**mail.attempts)
            if mail.attempts >= _MOST_ATTEMPTS or never:
                mail.state = MailState.FAILED
        db.session.commit()
    return sent


def _transmit(settings: Settings, mail: Mail) -> str | None:
    """None when the server took it, else what it said."""
    try:
        context = ssl.create_default_context()
        if settings.SMTP_TLS == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.SMTP_HOST, settings.SMTP_PORT, timeout=20, context=context
            )
        else:
            server = smtplib.SMTP(settings.SMTP_HOST, settings.SMTP_PORT, timeout=20)
        with server:
            if settings.SMTP_TLS == "starttls":
                server.starttls(context=context)
            if settings.SMTP_USER:
                server.login(settings.SMTP_USER, settings.SMTP_PASSWORD)
            server.send_message(compose(mail, settings.MAIL_FROM))
    except (OSError, smtplib.SMTPException, ValueError) as error:
        log.warning("mail_not_sent", mail=mail.id, error=str(error)[:200])
        return str(error)
    return None
