"""This room's part of the side navigation and of the first page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from accounts.consents import REQUIRED, standing_consents
from accounts.models import Person
from accounts.queries import unread_count
from core.registries import HomeCard, MenuEntry, home_cards, menu_sources


def _unread(who: Any) -> int:
    if "unread_notices" not in g:
        g.unread_notices = unread_count(who.id)
    return int(g.unread_notices)


def entries(who: Any) -> Iterable[MenuEntry]:
    yield MenuEntry(_("What waits for you"), url_for("accounts.home"))
    yield MenuEntry(_("Inbox"), url_for("accounts.inbox"), badge=_unread(who))
    mine = _("My account")
    yield MenuEntry(_("Profile"), url_for("accounts.profile"), mine)
    yield MenuEntry(_("Password and devices"), url_for("accounts.security"), mine)
    yield MenuEntry(_("Consents"), url_for("accounts.consents"), mine)
    yield MenuEntry(_("My data"), url_for("accounts.data"), mine)
    if who.is_site_admin:
        site = _("This site")
        yield MenuEntry(_("Accounts"), url_for("accounts.people"), site)
        yield MenuEntry(_("Mail of the house"), url_for("accounts.house_mail"), site)


def cards(who: Person) -> Iterable[HomeCard]:
    if unread := _unread(who):
        yield HomeCard(
            _("Inbox"),
            _("%(count)s unread", count=unread),
            url_for("accounts.inbox"),
        )
    if not who.password_hash:
        yield HomeCard(
            _("Set a password"),
            _("You came by a link. With a password you can sign in again on any device."),
            url_for("accounts.security"),
            "open",
        )
    standing = standing_consents(who.id)
    if any(purpose not in standing for purpose in REQUIRED):
        yield HomeCard(
            _("Consents"),
            _("Without the required consents you can't take part in a contest."),
            url_for("accounts.consents"),
            "waiting",
        )


def register() -> None:
    menu_sources.append(entries)
    home_cards.append(cards)
