"""What results say on other rooms' pages: public navigation, the organizers' and the teams' first pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select, update

from accounts.models import Role
from competition import policy, signals
from competition.models import Edition, Team
from core import registries
from core.db import db
from core.languages import current_language
from core.registries import HomeCard, MenuEntry, OrganizerPanel, PersonalData
from judging.models import Objection
from judging.operations.results import prepare_after_disqualification
from judging.queries import results as queries


def tab(edition: Edition) -> Iterator[MenuEntry]:
    """The results in the edition's public navigation, once something is published."""
    if queries.anything_published(edition):
        yield MenuEntry(_l("Results"), url_for("results.overview", edition=edition.slug), group="results")


def menu(person: Any) -> Iterator[MenuEntry]:
    """Results in the side navigation of an edition's organizers and auditors, on that edition's pages."""
    edition = getattr(g, "loaded", {}).get("edition")
    if isinstance(edition, Edition) and policy.organizer_or_auditor(person, edition=edition):
        yield MenuEntry(
            _l("Results"),
            url_for("results_office.overview", edition=edition.slug),
            group=edition.name.pick(current_language()).text,
        )


def for_organizers(edition: Edition) -> Iterator[OrganizerPanel]:
    """Versions that wait for a signature or for publication, and objections without an answer."""
    url = url_for("results_office.overview", edition=edition.slug)
    waiting = queries.waiting(edition)
    if waiting.unsigned:
        text = ngettext(
            "%(num)d result waits for the signature of a second person.",
            "%(num)d results wait for the signature of a second person.",
            waiting.unsigned,
        )
        yield OrganizerPanel(_("Sign results"), text, url, waiting.unsigned, "finalized")
    if waiting.unpublished:
        text = ngettext(
            "%(num)d signed result is not published yet.",
            "%(num)d signed results are not published yet.",
            waiting.unpublished,
        )
        yield OrganizerPanel(_("Publish results"), text, url, waiting.unpublished, "signed")
    if waiting.objections:
        text = ngettext(
            "%(num)d objection is not answered yet.",
            "%(num)d objections are not answered yet.",
            waiting.objections,
        )
        yield OrganizerPanel(_("Objections"), text, url, waiting.objections, "objected")


def for_teams(team: Team) -> Iterator[HomeCard]:
    """The team's own result of every published round."""
    for round, result in queries.standing_results(team.edition):
        row = queries.row_of_team(queries.content(result), team)
        if row is not None:
            yield HomeCard(
                title=_("Result: %(round)s", round=round.name.pick(current_language()).text),
                text=_("Rank %(rank)d, total %(total)s", rank=row["rank"], total=row["total"]),
                url=url_for("results.own", edition=team.edition.slug, team=team.key, round=round.slug),
                state=result.state.value,
            )


def cards(person: Any) -> Iterator[HomeCard]:
    """Versions that wait for this person's signature: organizer or auditor, and not the one who finalized."""
    editions = [
        grant.scope_id
        for grant in person.grants
        if grant.scope_kind == "edition" and grant.role in (Role.ORGANIZER, Role.AUDITOR)
    ]
    for result in queries.unsigned_in(editions) if editions else ():
        if result.finalized_by == person.id:
            continue
        edition, lang = result.round.edition, current_language()
        yield HomeCard(
            _("Sign the result: %(round)s", round=result.round.name.pick(lang).text),
            edition.name.pick(lang).text,
            url_for(
                "results_office.version",
                edition=edition.slug,
                round=result.round.slug,
                number=result.number,
            ),
            "finalized",
        )


def _export_objections(person_id: int) -> list[dict[str, Any]]:
    rows = db.session.scalars(
        select(Objection).where(Objection.person_id == person_id).order_by(Objection.id)
    )
    return [
        {
            "raised_at": row.raised_at.isoformat(),
            "reason": row.reason,
            "outcome": row.outcome.value if row.outcome else None,
            "answer": row.answer,
        }
        for row in rows
    ]


def _forget_who_objected(person_id: int) -> None:
    """The team's objection and its answer stay on record; who wrote it does not."""
    db.session.execute(update(Objection).where(Objection.person_id == person_id).values(person_id=None))


def register() -> None:
    """Fill the registries and listen to what happens to entries; once per process."""
    if tab in registries.edition_tabs:
        return
    registries.edition_tabs.append(tab)
    registries.menu_sources.append(menu)
    registries.organizer_panels.append(for_organizers)
    registries.team_panels.append(for_teams)
    registries.home_cards.append(cards)
    registries.personal_data.append(PersonalData("objections", _export_objections, _forget_who_objected))
    signals.entry_disqualified.connect(prepare_after_disqualification)
