"""Bonus and deductions of a round: organizers add and take back, auditors look."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.models import Person
from competition import policy
from competition.models import Edition, Round
from core import access as core_access
from core.access import access
from core.db import release
from core.errors import BadInput, Conflict, NotFound
from core.forms import seen_version
from judging.forms.adjustments import AdjustForm
from judging.forms.panel import ActForm
from judging.operations import adjustments
from judging.queries import adjustments as queries
from judging.queries import results
from judging.views.results_office import crumbs_of

bp = Blueprint(
    "adjustments_office", __name__, url_prefix="/<lang:lang>/o/<edition>/judging/results/<round>/adjustments"
)


@bp.get("")
@access(policy.organizer_or_auditor)
def overview(edition: Edition, round: Round) -> Response:
    """What was added and taken off, and what was taken back."""
    return _page(edition, round)


@bp.post("")
@access(policy.organizer, once=True)
def add(edition: Edition, round: Round) -> Response:
    entries = {row.key: row for row in queries.adjustable_entries(round)}
    form = AdjustForm(entries=entries.values())
    if not form.validate_on_submit():
        return _page(edition, round, form, 422)
    try:
        adjustments.adjust_entry(
            round=round,
            entry=entries[form.entry.data],
            points=form.points.data or "",
            reason=form.reason.data or "",
            seen=seen_version(form),
            who=_me(),
        )
    except (BadInput, Conflict) as problem:
        release()
        form.add_problem(problem)
        return _page(edition, round, form, problem.status)
    flash(_("The points are counted. They and the reason are published with the result."), "good")
    return _back(edition, round)


@bp.post("/<int:number>/withdraw")
@access(policy.organizer, once=True)
def withdraw(edition: Edition, round: Round, number: int) -> Response:
    """Take back adjustment `number`, counted within the round."""
    rows = queries.adjustments_of(round)
    if not 1 <= number <= len(rows):
        raise NotFound
    ActForm().check()
    adjustments.withdraw_adjustment(adjustment=rows[number - 1], round=round, who=_me())
    flash(_("It is taken back and no longer counts."), "good")
    return _back(edition, round)


def _page(edition: Edition, round: Round, form: AdjustForm | None = None, status: int = 200) -> Response:
    rows = queries.adjustments_of(round)
    who: Any = core_access.person()
    if form is None:
        form = AdjustForm(formdata=None, entries=queries.adjustable_entries(round))
    form.version.data = queries.seen_state(rows)
    page = render_template(
        "results_office/adjustments.html",
        edition=edition,
        round=round,
        rows=list(enumerate(rows, 1)),
        form=form,
        act=ActForm(formdata=None),
        pending=results.pending_result(round),
        is_organizer=policy.organizer(who, edition=edition),
        crumbs=[*crumbs_of(edition, round), (_("Bonus and deductions"), "")],
    )
    return make_response(page, status)


def _back(edition: Edition, round: Round) -> Response:
    return redirect(url_for(".overview", edition=edition.slug, round=round.slug), 303)


def _me() -> Person:
    who: Any = core_access.person()
    assert isinstance(who, Person)
    return who
