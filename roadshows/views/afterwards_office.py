"""After the event: the report, what came of the meetings, tasks that follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.models import Person
from core import clock, pdf
from core.access import access, person
from core.form_pages import form_page
from core.forms import seen_version
from core.limits import COSTLY, limiter
from roadshows import labels_of_meetings as labels
from roadshows import outcome_sums
from roadshows.forms.afterwards import OutcomeForm, TaskForm
from roadshows.forms.meetings import ActForm
from roadshows.models import FollowUp, MeetingParty, MeetingState, Outcome, OutcomeStage, Roadshow, Side
from roadshows.operations import afterwards
from roadshows.policy import organizer, organizer_or_auditor
from roadshows.queries import afterwards as queries
from roadshows.queries.meetings import parties_of
from roadshows.views.meeting_office import changes_or_looks

bp = Blueprint("afterwards_office", __name__, url_prefix="/<lang:lang>/o/roadshows/<roadshow>/afterwards")


def _me() -> Person:
    return cast("Person", person())


def _to(view: str, roadshow: Roadshow, **values: Any) -> Response:
    target = url_for(f"afterwards_office.{view}", roadshow=roadshow.slug, **values)
    return cast("Response", redirect(target, 303))


def _tabs(roadshow: Roadshow) -> list[tuple[Any, str]]:
    return [
        (label, url_for(f"afterwards_office.{view}", roadshow=roadshow.slug))
        for label, view in (
            (_("Event report"), "report"),
            (_("Outcomes"), "outcomes"),
            (_("Tasks"), "tasks"),
        )
    ]


def _shared(roadshow: Roadshow) -> dict[str, Any]:
    return {
        "roadshow": roadshow,
        "meeting_tabs": _tabs(roadshow),
        "writable": organizer(_me(), roadshow=roadshow),
        "labels": labels,
    }


def report_values(roadshow: Roadshow) -> dict[str, Any]:
    """All figures of the report, for page and PDF alike."""
    outcomes = queries.outcomes_of(roadshow)
    lines = queries.lines_of(outcomes)
    states = queries.meeting_states(roadshow)
    return {
        "attendance": queries.attendance_of(roadshow),
        "states": states,
        "arranged": sum(states[state] for state in MeetingState if state is not MeetingState.CANCELED),
        "MeetingState": MeetingState,
        "outcomes": outcomes,
        "reached": {OutcomeStage(stage): number for stage, number in outcome_sums.reached(lines).items()},
        "sums": {OutcomeStage(stage): money for stage, money in outcome_sums.sums(lines).items()},
        "feedback": queries.feedback_of(roadshow),
        "fewest": outcome_sums.FEWEST,
        "tasks": queries.tasks_of(roadshow),
        "today": clock.now().date(),
    }


@bp.get("")
@access(organizer_or_auditor)
def report(roadshow: Roadshow) -> str:
    """What came of the event, on one page."""
    return render_template("afterwards_office/report.html", **_shared(roadshow), **report_values(roadshow))


@bp.get("/report.pdf")
@limiter.limit(COSTLY)
@access(organizer_or_auditor)
def report_pdf(roadshow: Roadshow) -> Response:
    """The same as a document, in the language of the page."""
    response = make_response(
        pdf.render(
            "afterwards_office/report_pdf.html",
            **_shared(roadshow),
            **report_values(roadshow),
        )
    )
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{roadshow.slug}-report.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


# --- outcomes ---


def _pair_form(form: OutcomeForm, rows: Sequence[MeetingParty]) -> None:
    for name, side in (("team", Side.TEAM), ("investor", Side.INVESTOR)):
        form[name].choices = [("", "–")] + [(row.key, row.name) for row in rows if row.side is side]


@bp.route("/outcomes", methods=["GET", "POST"])
@access(changes_or_looks, once=True)
def outcomes(roadshow: Roadshow) -> Response:
    """How far each pair has come, with a form for the next."""
    form = OutcomeForm()
    if request.method == "GET":
        form.on.data = clock.now().date()
        form.team.data, form.investor.data = request.args.get("team"), request.args.get("investor")
    rows = parties_of(roadshow, with_withdrawn=True)
    _pair_form(form, rows)

    def act() -> Response:
        keys = {row.key: row for row in rows}
        afterwards.note_outcome(
            roadshow=roadshow,
            team=keys[form.team.data],
            investor=keys[form.investor.data],
            stage=OutcomeStage(form.stage.data),
            on=form.on.data,
            amount=form.amount.number,
            currency=form.currency.data or "",
            note=form.note.data or "",
            who=_me(),
        )
        flash(_("Noted."), "good")
        return _to("outcomes", roadshow)

    found = queries.outcomes_of(roadshow)
    return form_page(
        form,
        act,
        "afterwards_office/outcomes.html",
        **_shared(roadshow),
        outcomes=found,
        sums={
            OutcomeStage(stage): money for stage, money in outcome_sums.sums(queries.lines_of(found)).items()
        },
        has_parties=bool(rows),
    )


@bp.route("/outcomes/<int:outcome>", methods=["GET", "POST"])
@access(changes_or_looks, once=True)
def outcome(roadshow: Roadshow, outcome: Outcome) -> Response:
    """One outcome: change it; how it came to be."""
    form = OutcomeForm() if request.method == "POST" else OutcomeForm.showing(outcome)
    _pair_form(form, [outcome.team, outcome.investor])

    def act() -> Response:
        afterwards.change_outcome(
            outcome=outcome,
            seen=seen_version(form),
            stage=OutcomeStage(form.stage.data),
            on=form.on.data,
            amount=form.amount.number,
            currency=form.currency.data or "",
            note=form.note.data or "",
            who=_me(),
        )
        flash(_("Saved."), "good")
        return _to("outcomes", roadshow)

    return form_page(
        form,
        act,
        "afterwards_office/outcome.html",
        **_shared(roadshow),
        outcome=outcome,
        history=queries.history_of(outcome),
        OutcomeStage=OutcomeStage,
    )


# --- tasks ---


def _task_choices(form: TaskForm, roadshow: Roadshow) -> dict[str, Outcome]:
    found = {str(row.id): row for row in queries.outcomes_of(roadshow)}
    form.assignee.choices = [("", _("Not assigned yet"))] + [
        (str(row.id), row.name) for row in queries.organizers_of(roadshow)
    ]
    form.outcome.choices = [("", "–")] + [
        (key, f"{row.team.name} ↔ {row.investor.name}") for key, row in found.items()
    ]
    return found


@bp.route("/tasks", methods=["GET", "POST"])
@access(changes_or_looks, once=True)
def tasks(roadshow: Roadshow) -> Response:
    """What has to be done, by whom, until when."""
    form = TaskForm()
    found = _task_choices(form, roadshow)

    def act() -> Response:
        afterwards.add_task(
            roadshow=roadshow,
            title=form.title.data or "",
            note=form.note.data or "",
            due_on=form.due_on.data,
            assignee_id=int(form.assignee.data) if form.assignee.data else None,
            outcome=found.get(form.outcome.data or ""),
            who=_me(),
        )
        flash(_("The task is noted."), "good")
        return _to("tasks", roadshow)

    return form_page(
        form,
        act,
        "afterwards_office/tasks.html",
        **_shared(roadshow),
        tasks=queries.tasks_of(roadshow),
        outcomes=found,
        today=clock.now().date(),
        button=ActForm(formdata=None),
    )


@bp.route("/tasks/<int:follow_up>", methods=["GET", "POST"])
@access(changes_or_looks, once=True)
def task(roadshow: Roadshow, follow_up: FollowUp) -> Response:
    form = TaskForm() if request.method == "POST" else TaskForm.showing(follow_up)
    found = _task_choices(form, roadshow)

    def act() -> Response:
        afterwards.change_task(
            task=follow_up,
            roadshow=roadshow,
            seen=seen_version(form),
            title=form.title.data or "",
            note=form.note.data or "",
            due_on=form.due_on.data,
            assignee_id=int(form.assignee.data) if form.assignee.data else None,
            outcome=found.get(form.outcome.data or ""),
            who=_me(),
        )
        flash(_("Saved."), "good")
        return _to("tasks", roadshow)

    return form_page(form, act, "afterwards_office/task.html", **_shared(roadshow), task=follow_up)


@bp.post("/tasks/<int:follow_up>/done")
@access(organizer, once=True)
def finish_task(roadshow: Roadshow, follow_up: FollowUp) -> Response:
    """Done, or open again."""
    form = ActForm()
    form.check()
    afterwards.finish_task(task=follow_up, seen=seen_version(form), done=follow_up.done_at is None, who=_me())
    return _to("tasks", roadshow)
