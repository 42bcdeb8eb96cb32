"""Pages that everybody may see: home, edition, timeline, the teams that agreed to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import lazy_gettext as _l

from competition import registration
from competition.eligibility_texts import words_of_rule
from competition.models import Edition
from competition.queries import public as queries
from core import clock, pages, registries
from core.access import PUBLIC, access
from core.registries import MenuEntry

bp = Blueprint("competition", __name__, url_prefix="/<lang:lang>")


@bp.get("/")
@access(PUBLIC, cache=())
def home() -> str:
    at = clock.now()
    editions = queries.editions()
    current = queries.current_edition(editions, at)
    for edition in editions:
        pages.changes_at(queries.changes_of(edition, at))
    return render_template(
        "competition/home.html",
        current=current,
        others=[edition for edition in editions if edition is not current],
        **(edition_context(current) if current else {"edition": None}),
    )


@bp.get("/e/<edition>")
@access(PUBLIC, cache=())
def edition(edition: Edition) -> str:
    return render_template("competition/edition.html", **edition_context(edition))


@bp.get("/e/<edition>/timeline")
@access(PUBLIC, cache=())
def timeline(edition: Edition) -> str:
    return render_template("competition/timeline.html", **edition_context(edition))


@bp.get("/e/<edition>/teams")
@access(PUBLIC, cache=())
def teams(edition: Edition) -> str:
    return render_template(
        "competition/teams.html",
        edition=edition,
        groups=queries.shown_teams(edition),
        tabs=tabs(edition),
    )


def edition_context(edition: Edition) -> dict[str, Any]:
    """What the pages about one edition say, and when they will say something else."""
    at = clock.now()
    pages.changes_at(queries.changes_of(edition, at))
    shown = tabs(edition)
    return {
        "edition": edition,
        "dates": queries.timeline(edition, at),
        "phase": registration.phase(edition, at).value,
        "opens_at": registration.opens_at(edition),
        "closes_at": registration.closes_at(edition),
        "rules": _rules(edition),
        "tabs": shown,
        "results_url": next((tab.url for tab in shown if tab.group == "results"), ""),
    }


def _rules(edition: Edition) -> list[str]:
    """Who may enter, in words; the size of a team first unless a rule says it."""
    rules: list[Mapping[str, Any]] = list(edition.eligibility)
    if not any(rule.get("kind") == "team_size" for rule in rules):
        rules.insert(0, {"kind": "team_size", "least": edition.team_least, "most": edition.team_most})
    return [words_of_rule(rule) for rule in rules]


def tabs(edition: Edition) -> list[MenuEntry]:
    """The edition's own navigation; rooms above add theirs."""
    own = [
        MenuEntry(_l("Overview"), url_for("competition.edition", edition=edition.slug)),
        MenuEntry(_l("Timeline"), url_for("competition.timeline", edition=edition.slug)),
        MenuEntry(_l("Teams"), url_for("competition.teams", edition=edition.slug)),
    ]
    return own + [entry for source in registries.edition_tabs for entry in source(edition)]
