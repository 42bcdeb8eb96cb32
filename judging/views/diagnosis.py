"""Organizers and auditors: how sure a round's order is, and how its panel judged. Nothing is decided here.

Marks stand here where the draft result shows them, too: to the same people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Response, current_app, make_response, render_template, request, url_for
from flask_babel import gettext as _

from competition import policy
from competition.models import Edition, Round
from core.access import access
from core.errors import MissingPart, NotFound
from core.languages import current_language
from core.security import FILE_POLICY
from judging import diagnosis_pages, diagnosis_pictures, panel_pages, panel_pictures
from judging import diagnosis_texts as texts
from judging.diagnosis_seen import Picture, Seen
from judging.operations.diagnosis import diagnosis_of
from judging.queries import diagnosis as queries
from judging.views.results_office import bp
from judging.views.shared import standings_seen

PICTURES: Mapping[str, Callable[..., Picture | None]] = {
    "rank-intervals": diagnosis_pictures.intervals,
    "line-gaps": diagnosis_pictures.gaps,
    "left-out": diagnosis_pictures.without_one,
    "slopes": diagnosis_pictures.slopes,
    "severity": panel_pictures.severity,
    "marks": panel_pictures.strips,
    "residuals": panel_pictures.residuals,
    "criteria": panel_pictures.criteria,
    "graph": panel_pictures.graph,
}
"""Every picture by its name in addresses."""
PAGED = ("residuals", "criteria")
_FLAGS_SHOWN = 12


@bp.get("/<round>/sure")
@access(policy.organizer_or_auditor)
def how_sure(edition: Edition, round: Round) -> Response:
    """Each line in words, then where every team may rank."""
    seen, problem = _see(round)
    found: dict[str, Any] = {}
    if seen is not None:
        found = {
            "lines": diagnosis_pages.line_words(seen),
            "decides": diagnosis_pages.decides(seen),
            "notes": diagnosis_pages.notes(seen),
            "depends": diagnosis_pictures.left_out_sentences(seen, most=4),
            "intervals": diagnosis_pictures.intervals(seen),
            "gaps": diagnosis_pictures.gaps(seen),
            "rows": diagnosis_pages.rank_rows(seen),
            "chance_heads": diagnosis_pages.chance_heads(seen),
            "clear": texts.percent(seen.posed.given["bounds"]["clear"]),
            "toss_up": texts.percent(seen.posed.given["bounds"]["toss_up"]),
        }
    return _page("results_office/how_sure.html", edition, round, seen, problem, _("How sure is it?"), **found)


@bp.get("/<round>/panel")
@access(policy.organizer_or_auditor)
def judged_how(edition: Edition, round: Round) -> Response:
    """Judges beside one another, what to look at, and what the result hangs on."""
    seen, problem = _see(round)
    found: dict[str, Any] = {}
    if seen is not None:
        page, last = _asked_page(seen)
        found = {
            "agreement": panel_pages.agreement_words(seen),
            "notes": diagnosis_pages.notes(seen),
            "depends": diagnosis_pictures.left_out_sentences(seen),
            "flags": panel_pages.flags(seen),
            "flags_shown": _FLAGS_SHOWN,
            "unseen": texts.unseen(seen.found["report"]["unseen"]),
            "thresholds": texts.threshold_rows(seen.posed.given["thresholds"]),
            "severity": panel_pictures.severity(seen),
            "marks": panel_pictures.strips(seen),
            "judge_rows": [list(row.values()) for row in panel_pages.judge_rows(seen)],
            "indices": [(row.name, row.value, row.words) for row in panel_pages.index_rows(seen)],
            "effects": [(row.name, row.value, row.words) for row in panel_pages.effect_rows(seen)],
            "pairs": [list(row.values()) for row in panel_pages.pair_rows(seen)],
            "without_one": diagnosis_pictures.without_one(seen),
            "slopes": diagnosis_pictures.slopes(seen),
            "residuals": panel_pictures.residuals(seen, page),
            "criteria": panel_pictures.criteria(seen, page),
            "criterion_rows": [list(row.values()) for row in panel_pages.criterion_rows(seen)],
            "graph": panel_pictures.graph(seen),
            "mark_rows": panel_pages.mark_rows(seen),
            "left_out_rows": panel_pages.left_out_rows(seen),
            "slope_rows": panel_pages.slope_rows(seen),
            "residual_rows": panel_pages.residual_rows(seen, panel_pictures.page_of(seen, page)),
            "team_criterion_rows": panel_pages.team_criterion_rows(seen, panel_pictures.page_of(seen, page)),
            "criterion_heads": panel_pages.criterion_heads(seen),
            "graph_rows": panel_pages.graph_rows(seen),
            "page": page,
            "pages": last,
            "page_url": lambda number: url_for(
                ".judged_how", edition=edition.slug, round=round.slug, page=number, _anchor="teams"
            ),
        }
    return _page("results_office/judged_how.html", edition, round, seen, problem, _("The panel"), **found)


@bp.get("/<round>/pictures/<picture>")
@access(policy.organizer_or_auditor)
def picture(edition: Edition, round: Round, picture: str) -> Response:
    """One of the pictures as a file that carries its own style sheet."""
    draw = PICTURES.get(picture)
    if draw is None:
        raise NotFound
    posed = queries.pose(round)
    if posed is None:
        raise NotFound
    seen = Seen(posed, diagnosis_of(posed=posed))
    shown = draw(seen, _asked_page(seen)[0]) if picture in PAGED else draw(seen)
    if shown is None:
        raise NotFound
    lang = current_language()
    where = f"{edition.name.pick(lang).text} · {round.name.pick(lang).text}"
    response = make_response(
        render_template("results_office/picture.svg", shown=shown, where=where, style=_style())
    )
    response.content_type = "image/svg+xml"
    response.headers["Content-Disposition"] = f'attachment; filename="{round.slug}-{picture}.svg"'
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


def _see(round: Round) -> tuple[Seen | None, MissingPart | None]:
    """The round with its diagnosis; None before there is anything, or with the reason why it isn't here."""
    standings_seen(round)
    posed = queries.pose(round)
    if posed is None:
        return None, None
    try:
        return Seen(posed, diagnosis_of(posed=posed)), None
    except MissingPart as problem:
        return None, problem


def _page(
    template: str,
    edition: Edition,
    round: Round,
    seen: Seen | None,
    problem: MissingPart | None,
    title: str,
    **found: Any,
) -> Response:
    lang = current_language()
    here = url_for(".of_round", edition=edition.slug, round=round.slug)
    response = make_response(
        render_template(
            template,
            edition=edition,
            round=round,
            seen=seen,
            problem=problem.detail if problem else None,
            crumbs=[
                (edition.name.pick(lang).text, f"/{lang}/o/{edition.slug}"),
                (_("Results"), url_for(".overview", edition=edition.slug)),
                (round.name.pick(lang).text, here),
                (title, ""),
            ],
            **found,
        ),
        problem.status if problem else 200,
    )
    if problem:
        response.headers.update(problem.headers)
    return response


def _asked_page(seen: Seen) -> tuple[int, int]:
    """The page of teams that is asked for, and the last there is."""
    last = panel_pictures.pages(seen)
    asked = request.args.get("page", 1, type=int)
    return min(max(1, asked), last), last


@lru_cache(maxsize=1)
def _style() -> str:
    """What a picture needs to be read alone: the theme's light colors, and the sheet of the shapes."""
    folder = Path(current_app.root_path) / "static" / "css"
    theme = (folder / "theme.css").read_text(encoding="utf-8")
    light = theme[theme.index(":root") : theme.index("}") + 1]
    shapes = (folder / "pictures.css").read_text(encoding="utf-8").partition("/* Mark")[0]
    return f"{light}\n{shapes}"
