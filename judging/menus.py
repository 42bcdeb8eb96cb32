"""What this room adds to what others show: side navigation, first pages, what waits for organizers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts.models import Role
from competition.models import Edition
from competition.policy import organizer_or_auditor
from competition.signals import edition_cloned
from core import registries
from core.languages import current_language
from core.registries import HomeCard, MenuEntry, OrganizerPanel
from judging import personal_data
from judging.operations.rubrics import copy_rubrics
from judging.queries import office
from judging.queries.judge import RoundToJudge, rounds_of


def _judges(who: Any) -> bool:
    return any(grant.role in (Role.JUDGE, Role.HEAD_JUDGE) for grant in who.grants)


def _rounds(who: Any) -> list[RoundToJudge]:
    if "rounds_to_judge" not in g:
        g.rounds_to_judge = rounds_of(who.id)
    return list(g.rounds_to_judge)


def entries(who: Any) -> Iterable[MenuEntry]:
    """A judge's rounds; and for who runs or audits the edition at hand, its judging."""
    if _judges(who):
        waiting = sum(one.whole - one.submitted for one in _rounds(who) if one.window == "open")
        yield MenuEntry(_("My rounds to judge"), f"/{current_language()}/j", badge=waiting)
    edition = g.get("loaded", {}).get("edition")
    if isinstance(edition, Edition) and organizer_or_auditor(who, edition=edition):
        # Written out, as `url_for` costs more than the rest of a line on every page.
        here = f"/{current_language()}/o/{edition.slug}/judging"
        group = edition.name.pick(current_language()).text
        yield MenuEntry(_("Judging"), here, group)
        yield MenuEntry(_("Judging panel"), f"{here}/judges", group)


def cards(who: Any) -> Iterable[HomeCard]:
    if not _judges(who):
        return
    lang = current_language()
    for one in _rounds(who):
        if one.window == "after" or (one.window == "open" and one.submitted == one.whole):
            continue
        yield HomeCard(
            _(
                "Judge: %(edition)s, %(round)s",
                edition=one.edition_name.pick(lang).text,
                round=one.name.pick(lang).text,
            ),
            _("%(done)s of %(whole)s submitted", done=one.submitted, whole=one.whole)
            if one.window == "open"
            else ngettext(
                "One entry; scoring has not begun", "%(num)d entries; scoring has not begun", one.whole
            ),
            url_for("judge.entries", edition_slug=one.edition_slug, desk=one.slug),
            "scoring" if one.submitted else "assigned",
            one.closes_at if one.window == "open" else one.opens_at,
        )


def panels(edition: Edition) -> Iterable[OrganizerPanel]:
    """For every round that is being judged: how many sheets are still missing."""
    for round, waiting in office.waiting_sheets(edition):
        yield OrganizerPanel(
            _("Judging: %(round)s", round=round.name.pick(current_language()).text),
            ngettext("One sheet is not submitted yet.", "%(num)d sheets are not submitted yet.", waiting),
            url_for("judging_office.progress", edition=edition.slug, round=round.slug),
            count=waiting,
            state="scoring",
            due=round.scoring_closes_at,
        )


def tabs(edition: Edition) -> Iterable[MenuEntry]:
    if edition.rounds:
        yield MenuEntry(_("How it is judged"), url_for("judging.explained", edition=edition.slug))


def judged(edition: Edition) -> Iterable[tuple[Any, int, str]]:
    """For the organizer's funnel: entries with at least one submitted sheet."""
    yield (
        _("Judged"),
        office.judged_entries(edition),
        url_for("judging_office.overview", edition=edition.slug),
    )


def register() -> None:
    """Fill the registries, once however often an application is made."""
    if entries in registries.menu_sources:
        return
    edition_cloned.connect(copy_rubrics)
    registries.menu_sources.append(entries)
    registries.home_cards.append(cards)
    registries.organizer_panels.append(panels)
    registries.funnel_steps.append(judged)
    registries.edition_tabs.append(tabs)
    personal_data.register()
