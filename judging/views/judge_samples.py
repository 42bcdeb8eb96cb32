"""A judge's sample entries: scored like real ones, then shown beside reference and colleagues' marks."""

from __future__ import annotations

import secrets
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import files
from core.access import SIGNED_IN, access
from core.db import db
from core.errors import BadInput, Conflict, NotFound, Problem
from judging.forms.judge import MARK, marks_sent
from judging.loaders import Desk
from judging.models import Judge, SampleEntry
from judging.operations.samples import send_sample_sheet
from judging.queries import samples as queries
from judging.queries.judge import criteria_of
from judging.rubrics import shown_bands
from judging.views.shared import me

bp = Blueprint("judge_samples", __name__, url_prefix="/<lang:lang>/j/<edition_slug>/<desk>/samples")


@bp.get("")
@access(SIGNED_IN)
def overview(desk: Desk, **_url: str) -> Response:
    """The round's sample entries: those to score, and those scored."""
    if not desk.pledged:
        return _to_pledge(desk)
    return make_response(
        render_template(
            "judge/samples.html",
            edition=desk.edition,
            round=desk.round,
            samples=queries.own_samples(desk.judge_id, desk.round_id),
            prefix=_address(desk),
            list_url=_list_address(desk),
        )
    )


@bp.route("/<sample>", methods=["GET", "POST"])
@access(SIGNED_IN, once=True)
def one(desk: Desk, sample: SampleEntry, **_url: str) -> Response:
    """One sample entry: a sheet until it is sent, then the comparison."""
    if not desk.pledged:
        return _to_pledge(desk)
    problem: Problem | None = None
    if request.method == "POST":
        try:
            marks = marks_sent(request.form, [row.key for row in criteria_of(desk.round_id)])
            judge = db.session.get_one(Judge, desk.judge_id)
            send_sample_sheet(sample=sample, judge=judge, marks=marks, who=me())
        except (BadInput, Conflict) as error:
            db.session.rollback()
            problem = error
        else:
            flash(_("Your marks are kept. Here they stand beside the reference."), "good")
            return cast("Response", redirect(f"{_address(desk)}/{sample.key}", 303))
    return make_response(_show(desk, sample, problem), problem.status if problem else 200)


def _show(desk: Desk, sample: SampleEntry, problem: Problem | None) -> str:
    criteria = criteria_of(desk.round_id)
    found = queries.comparison(sample, desk.judge_id, criteria, desk.rule)
    fields: dict[str, Any] = problem.fields if problem else {}
    others = queries.own_samples(desk.judge_id, desk.round_id)
    return render_template(
        "judge/sample.html",
        edition=desk.edition,
        round=desk.round,
        sample=sample,
        comparison=found,
        criteria=[
            {
                "row": row,
                "scale": row.scale,
                "field": MARK + row.key,
                "value": request.form.get(MARK + row.key, "") if problem else "",
                "error": fields.get(f"marks.{row.key}", ""),
                "bands": shown_bands(row.scale, row.bands),
            }
            for row in criteria
        ],
        problem=problem,
        next_key=next((one.sample.key for one in others if not one.done and one.sample.id != sample.id), ""),
        number=next((place for place, one in enumerate(others, 1) if one.sample.id == sample.id), 0),
        whole=len(others),
        once_key=secrets.token_urlsafe(24),
        here=f"{_address(desk)}/{sample.key}",
        prefix=_address(desk),
        list_url=_list_address(desk),
    )


@bp.get("/<sample>/file")
@access(SIGNED_IN)
def document(desk: Desk, sample: SampleEntry, **_url: str) -> Response:
    if not desk.pledged:
        return _to_pledge(desk)
    if sample.file is None:
        raise NotFound
    return files.respond(sample.file, inline=True)


def _to_pledge(desk: Desk) -> Response:
    target = url_for("judge_own.pledge", own_judge=desk.edition.slug, next=_address(desk))
    return cast("Response", redirect(target, 303))


def _address(desk: Desk) -> str:
    return url_for("judge_samples.overview", edition_slug=desk.edition.slug, desk=desk.round.slug)


def _list_address(desk: Desk) -> str:
    return url_for("judge.entries", edition_slug=desk.edition.slug, desk=desk.round.slug)
