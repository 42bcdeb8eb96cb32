"""What the room says on other rooms' pages: certificates that are due, and those a team may download."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from certificates.operations import AWARD, is_erased
from certificates.policy import organizer
from certificates.queries import active_certificates, award_recipients, certificates_of_team
from competition.models import Edition
from core import registries
from core.languages import current_language
from core.registries import HomeCard, MenuEntry, OrganizerPanel


def menu(who: Any) -> Iterator[MenuEntry]:
    """For who runs the edition at hand: its certificates."""
    edition = g.get("loaded", {}).get("edition")
    if isinstance(edition, Edition) and organizer(who, edition=edition):
        lang = current_language()
        yield MenuEntry(
            _("Certificates"), f"/{lang}/o/{edition.slug}/certificates", edition.name.pick(lang).text
        )


def for_organizers(edition: Any) -> Iterator[OrganizerPanel]:
    """Once a result is final: how many winners still wait for their certificate."""
    recipients = award_recipients(edition, per_member=False)
    if not recipients:
        return
    standing = active_certificates(edition, AWARD)
    # A team counts as served when it or any of its members has a certificate.
    served = {certificate.team_id for certificate in standing.values()}
    waiting = sum(recipient.team_id not in served for recipient in recipients)
    if not waiting:
        return
    yield OrganizerPanel(
        title=_("Certificates"),
        text=ngettext(
            "%(num)d winning team waits for its certificate.",
            "%(num)d winning teams wait for their certificates.",
            waiting,
        ),
        url=url_for("certificate_office.overview", edition=edition.slug),
        count=waiting,
        state="waiting",
    )


def for_teams(team: Any) -> Iterator[HomeCard]:
    """The team's certificates as downloads."""
    for certificate in certificates_of_team(team):
        is_made = certificate.file_id is not None
        waits = not is_made and not is_erased(certificate)
        yield HomeCard(
            title=_("Certificate: %(prize)s", prize=certificate.payload["prize"][current_language()]),
            text=f"{certificate.payload['name'] or _('anonymous')} · {certificate.number}"
            + (" · " + _("the PDF is being made") if waits else ""),
            url=url_for(
                "certificate_office.team_pdf",
                edition=team.edition.slug,
                team=team.key,
                certificate=certificate.number,
            )
            if is_made
            else "",
            state="waiting" if waits else "final",
        )


def register() -> None:
    if for_organizers not in registries.organizer_panels:
        registries.menu_sources.append(menu)
        registries.organizer_panels.append(for_organizers)
        registries.team_panels.append(for_teams)
