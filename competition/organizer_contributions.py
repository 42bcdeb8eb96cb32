"""What the organizers' side gives to the registries: menu, first page, invitations, names of editions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts import invitations
from accounts.models import Invitation, Role
from competition import policy
from competition.models import Edition, EditionState
from competition.operations import people
from competition.queries import organizer as queries
from core import registries
from core.db import db
from core.languages import current_language
from core.registries import HomeCard, MenuEntry


def register() -> None:
    """Fill the registries, once however many applications are made."""
    if menu in registries.menu_sources:
        return
    registries.menu_sources.append(menu)
    registries.home_cards.append(cards)
    registries.scope_names["edition"] = edition_name
    invitations.describe["edition", Role.ORGANIZER.value] = people.describe_organizer
    invitations.describe["edition", Role.AUDITOR.value] = people.describe_auditor
    for role in people.INVITED_ROLES:
        invitations.landing["edition", role.value] = landing


def menu(who: Any) -> Iterable[MenuEntry]:
    """The list of editions, and the pages of the one at hand; asks the database nothing."""
    if not who.is_site_admin and not any(
        grant.scope_kind == "edition" and grant.role in queries.STAFF_ROLES for grant in who.grants
    ):
        return
    # Written out: `url_for` costs more than the rest of a line, on every page of a signed-in person.
    home = f"/{current_language()}/o"
    yield MenuEntry(_("Editions I run"), home, _("Organizing"))
    edition = g.get("loaded", {}).get("edition")
    if not isinstance(edition, Edition) or not policy.organizer_or_auditor(who, edition=edition):
        return
    here, group = f"{home}/{edition.slug}", edition.name.pick(current_language()).text
    yield MenuEntry(_("Overview"), here, group)
    yield MenuEntry(_("Entries"), f"{here}/entries", group)
    if policy.organizer(who, edition=edition):
        yield MenuEntry(_("Settings"), f"{here}/settings", group)
        yield MenuEntry(_("People"), f"{here}/people", group)
        yield MenuEntry(_("Import and export"), f"{here}/import", group)
    yield MenuEntry(_("Outbox"), f"{here}/outbox", group)
    yield MenuEntry(_("Audit log"), f"{here}/audit", group)


def cards(who: Any) -> Iterable[HomeCard]:
    """One card per edition that the person runs, saying how many entries wait."""
    mine = [
        edition
        for edition, roles in queries.my_editions(who.id, all_of_them=False)
        if edition.state is not EditionState.ARCHIVED and Role.ORGANIZER in roles
    ]
    waiting = queries.entries_to_review(edition.id for edition in mine) if mine else {}
    lang = current_language()
    for edition in mine:
        count = waiting.get(edition.id, 0)
        yield HomeCard(
            edition.name.pick(lang).text,
            ngettext("%(num)d entry to review", "%(num)d entries to review", count)
            if count
            else _("No entry waits for a decision"),
            f"/{lang}/o/{edition.slug}",
            state="waiting" if count else "",
        )


def edition_name(edition_id: int) -> str:
    edition = db.session.get(Edition, edition_id)
    return edition.name.pick(current_language()).text if edition else ""


def landing(invitation: Invitation) -> str:
    edition = db.session.get_one(Edition, invitation.scope_id)
    return f"/{current_language()}/o/{edition.slug}"
