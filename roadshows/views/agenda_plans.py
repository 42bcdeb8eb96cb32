"""Planning the agenda: ask for it, watch it, look at the proposal, carry it out or throw it away."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from core.access import access
from core.db import db
from core.errors import BadInput, Conflict, NotFound
from core.forms import seen_version
from roadshows import agenda_plan_pages
from roadshows.agenda_texts import is_collision
from roadshows.forms.agenda import PlanForm, StepForm
from roadshows.models import PlanKind, PlanRun, PlanState, Roadshow
from roadshows.operations import agenda_plans, plan_runs
from roadshows.policy import organizer, organizer_or_auditor
from roadshows.queries import plan_runs as queries
from roadshows.queries.agenda import read_draft
from roadshows.views.agenda_shared import bp, me, page

_PLAN = "/plans/<int:number>"


@bp.route("/plans", methods=["GET", "POST"])
@access(organizer, once=True)
def plans(roadshow: Roadshow) -> Response:
    """Ask the planner."""
    form = PlanForm()
    status = 200
    if request.method == "POST":
        try:
            if form.validate():
                settings = {"what": form.what.data, "seconds": int(form.seconds.data)}
                draft = read_draft(roadshow)
                agenda_plans.posed(draft, settings["what"])
                run = plan_runs.ask_plan(roadshow=roadshow, kind=PlanKind.AGENDA, settings=settings, who=me())
                return _to_plan(roadshow, run.number)
            status = 422
        except (BadInput, Conflict) as problem:
            db.session.rollback()
            form.add_problem(problem)
            status = problem.status
    draft = read_draft(roadshow)
    hard = agenda_plans.hard_conflicts(draft)
    if hard and request.method == "GET":
        form.what.data = agenda_plans.REPAIR
    return page(
        "agenda_plans.html",
        roadshow,
        (_("Plan"), ""),
        status=status,
        form=form,
        hard=hard,
        run=queries.current(roadshow, PlanKind.AGENDA),
        waiting=sum(not (one.is_placed or one.whole_city) for one in draft.sessions),
        by_hand=sum(one.whole_city and not one.is_placed for one in draft.sessions),
        standing=sum(one.is_placed for one in draft.sessions),
        locked=sum(one.spot.is_locked for one in draft.sessions),
    )


@bp.get(_PLAN)
@access(organizer_or_auditor)
def plan(roadshow: Roadshow, number: int) -> Response:
    """A run: how far it is, or what it proposes."""
    run = _found(roadshow, number)
    shown: dict[str, Any] = {"run": run, "act": StepForm(formdata=None, version=run.version)}
    if run.state in plan_runs.WORKING:
        return page("agenda_plan.html", roadshow, *_crumbs(number), **_progress(run), **shown)
    draft = read_draft(roadshow)
    proposal = agenda_plan_pages.proposal(run.outcome, draft) if "placements" in run.outcome else None
    return page(
        "agenda_plan.html",
        roadshow,
        *_crumbs(number),
        proposal=proposal,
        stands=run.state is PlanState.DONE and agenda_plans.still_stands(run, draft),
        failure=agenda_plan_pages.failure(run.outcome) if "error" in run.outcome else "",
        collisions=agenda_plan_pages.collisions(run.outcome, draft),
        collide=is_collision(run.outcome.get("conflict", ())),
        **shown,
    )


@bp.get(f"{_PLAN}/progress")
@access(organizer_or_auditor)
def progress(roadshow: Roadshow, number: int) -> Response:
    """How far a run is, for the open page; when it is over the page loads itself anew."""
    run = _found(roadshow, number)
    response = page("agenda_progress.html", roadshow, run=run, **_progress(run))
    if run.state not in plan_runs.WORKING:
        response.headers["HX-Refresh"] = "true"
    return response


@bp.post(f"{_PLAN}/cancel")
@access(organizer, once=True)
def cancel_plan(roadshow: Roadshow, number: int) -> Response:
    StepForm().check()
    plan_runs.cancel_plan(run=_found(roadshow, number), who=me())
    return _to_plan(roadshow, number)


@bp.post(f"{_PLAN}/apply")
@access(organizer, once=True)
def apply_plan(roadshow: Roadshow, number: int) -> Response:
    form = StepForm()
    form.check()
    done = agenda_plans.apply_plan(run=_found(roadshow, number), seen=seen_version(form), who=me())
    flash(
        ngettext(
            "Applied: %(num)d session was placed. Undo takes it back.",
            "Applied: %(num)d sessions were placed. Undo takes it back.",
            len(done.touched),
        ),
        "good",
    )
    return redirect(url_for("agenda_office.editor", roadshow=roadshow.slug), 303)  # type: ignore[return-value]


@bp.post(f"{_PLAN}/discard")
@access(organizer, once=True)
def discard_plan(roadshow: Roadshow, number: int) -> Response:
    form = StepForm()
    form.check()
    plan_runs.discard_plan(run=_found(roadshow, number), seen=seen_version(form), who=me())
    flash(_("The proposal is thrown away; nothing has changed."), "good")
    return redirect(url_for("agenda_office.editor", roadshow=roadshow.slug), 303)  # type: ignore[return-value]


def _progress(run: PlanRun) -> dict[str, Any]:
    return {"progress": agenda_plan_pages.progress(run.progress, run.state is PlanState.QUEUED)}


def _crumbs(number: int) -> tuple[tuple[str, str], ...]:
    return ((_("Plan %(number)d", number=number), ""),)


def _found(roadshow: Roadshow, number: int) -> PlanRun:
    run = queries.by_number(roadshow, PlanKind.AGENDA, number)
    if run is None:
        raise NotFound
    return run


def _to_plan(roadshow: Roadshow, number: int) -> Response:
    return redirect(url_for("agenda_office.plan", roadshow=roadshow.slug, number=number), 303)  # type: ignore[return-value]
