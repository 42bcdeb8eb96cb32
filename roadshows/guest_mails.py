"""What guests are told by mail, each with the link to the own page, which shows the ticket.

Each raises Conflict while the event is a draft, whose pages nobody can open yet.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from core import clock, mail
from core.db import db
from core.languages import locale_of
from core.mail import Message
from core.models import Mail
from roadshows.models import Guest, Roadshow
from roadshows.operations.people import check_pages_open, own_page

_MOST_LINKS = 3


def received(guest: Guest) -> None:
    _tell(
        guest,
        "guest_received",
        lambda name: _("%(event)s: your registration has arrived", event=name),
        lambda: _("The organizers look at every registration and will write to you."),
        _see_page,
    )


def confirmed(guest: Guest) -> None:
    _tell(
        guest,
        "guest_confirmed",
        lambda name: _("%(event)s: your place is confirmed", event=name),
        lambda: _("We look forward to seeing you."),
        lambda: _(
            "Your ticket is the QR code on your own page. Please show it at the door, on the phone or"
            " printed."
        ),
    )


def waiting(guest: Guest) -> None:
    _tell(
        guest,
        "guest_waiting",
        lambda name: _("%(event)s: you are on the waiting list", event=name),
        lambda: _(
            "All places are taken. As soon as one becomes free, the next on the list gets it, and a mail."
        ),
        _see_page,
    )


def refused(guest: Guest) -> None:
    _tell(
        guest,
        "guest_refused",
        lambda name: _("%(event)s: no place this time", event=name),
        lambda: _("Thank you for your interest. We are sorry that we can't offer you a place at this event."),
    )


def withdrawn(guest: Guest) -> None:
    _tell(
        guest,
        "guest_withdrawn",
        lambda name: _("%(event)s: you won't come", event=name),
        lambda: _("Your place goes to somebody else. Thank you for telling us."),
        _see_page,
    )


def invited(guest: Guest) -> None:
    _tell(
        guest,
        "guest_invited",
        lambda name: _("Invitation: %(event)s", event=name),
        lambda: _("We would be glad to see you at this event."),
        lambda: _("Please tell us on your own page whether you will come:"),
    )


def link_again(guest: Guest) -> None:
    """To an address that is on the list already: the form tells nobody else. At most three within an hour, so
    that nobody's mailbox is filled by somebody else."""
    if _sent_lately(guest, "guest_link") >= _MOST_LINKS:
        return
    _tell(
        guest,
        "guest_link",
        lambda name: _("%(event)s: your own page", event=name),
        lambda: _("Somebody, probably you, has registered with this address, which is on the list already."),
        _see_page,
    )


def new_ticket(guest: Guest) -> None:
    _tell(
        guest,
        "guest_ticket",
        lambda name: _("%(event)s: your new ticket", event=name),
        lambda: _("Your ticket was replaced by a new one; the former one is no longer good."),
        lambda: _("Your new ticket is the QR code on your own page:"),
    )


def _sent_lately(guest: Guest, kind: str) -> int:
    """Mails of this kind to the guest's address within the last hour."""
    found = select(func.count(Mail.id)).where(
        Mail.roadshow_id == guest.roadshow_id,
        Mail.kind == kind,
        Mail.address == guest.participant.email,
        Mail.created_at > clock.now() - timedelta(hours=1),
    )
    return db.session.scalar(found) or 0


def _see_page() -> str:
    return _("On your own page you can see how things stand, change what you told us, or withdraw:")


def _tell(guest: Guest, kind: str, subject: Callable[[str], str], *parts: Callable[[], str]) -> None:
    """One mail in the guest's language; nothing to somebody without an address."""
    who, roadshow = guest.participant, guest.roadshow
    if not who.email:
        return
    check_pages_open(roadshow)
    with force_locale(locale_of(who.language)):
        name = roadshow.name.pick(who.language).text
        text = [
            _("Dear %(name)s,", name=who.name),
            *(part() for part in parts),
            "\n".join([name, *_when(roadshow, who.language)]),
        ]
        if roadshow.contact_email:
            text.append(_("Questions: %(address)s", address=roadshow.contact_email))
        message = Message(subject(name), "\n\n".join(text), own_page(who))
        mail.send(who.email, who.language, kind, message, person_id=who.person_id, roadshow_id=roadshow.id)


def _when(roadshow: Roadshow, lang: str) -> list[str]:
    """A line a day: the date and the city."""
    return [f"{clock.short_day(day.date, lang)}, {day.city.name.pick(lang).text}" for day in roadshow.days]
