"""This room's part of the side navigation and of the first page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from flask import g, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from accounts.consents import REQUIRED, standing_consents
from accounts.models import Person
from accounts.queries import unread_count
from core.languages import current_language, locale_of
from core.registries import HomeCard, MenuEntry, home_cards, menu_sources


def _unread(who: Any) -> int:
    if "unread_notices" not in g:
        g.unread_notices = unread_count(who.id)
    return int(g.unread_notices)


def entries(who: Any) -> Iterable[MenuEntry]:
    home, inbox, *others = _places(current_language(), who.is_site_admin)
    return [home, replace(inbox, badge=_unread(who)), *others]


@cache
def _places(lang: str, is_site_admin: bool) -> list[MenuEntry]:
    """This room's pages in one language; looked up once, since every page names them."""
    with force_locale(locale_of(lang)):
        mine, site = _("My account"), _("This site")
        places = [
            (_("What waits for you"), "home", ""),
            (_("Inbox"), "inbox", ""),
            (_("Profile"), "profile", mine),
            (_("Password and devices"), "security", mine),
            (_("Consents"), "consents", mine),
            (_("My data"), "data", mine),
        ]
        if is_site_admin:
            places += [(_("Accounts"), "people", site), (_("Mail of the house"), "house_mail", site)]
    return [MenuEntry(label, url_for(f"accounts.{page}", lang=lang), group) for label, page, group in places]


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
