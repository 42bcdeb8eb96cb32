"""The timetable of meetings: proposed, applied, told, changed by hand, and kept on the day."""

from __future__ import annotations

from flask import Response, flash, make_response, request
from flask_babel import gettext as _
from flask_babel import ngettext

from core import clock
from core.access import access
from core.errors import BadInput, NotFound
from core.form_pages import form_page
from core.forms import seen_version
from core.languages import current_language
from core.limits import COSTLY, limiter
from core.spreadsheets import XLSX_TYPE
from roadshows import meeting_documents, meetings_texts
from roadshows.forms.meetings import ActForm, CancelForm, MoveForm, PlanForm, WalkUpForm
from roadshows.meeting_basis import Settings
from roadshows.meeting_lines import day_of, end_of, readings_of, when
from roadshows.models import Meeting, MeetingState, PlanKind, PlanRun, PlanState, Roadshow, Side
from roadshows.operations import meeting_notices, meeting_plans, meetings, plan_runs
from roadshows.policy import organizer, organizer_or_auditor
from roadshows.queries import meeting_basis as plan_queries
from roadshows.queries import meetings as queries
from roadshows.views.meeting_office import bp, may_write, me, show, tabs, to


@bp.route("/plan", methods=["GET", "POST"])
@access(organizer, once=True)
def plan(roadshow: Roadshow) -> Response:
    """Ask for a timetable."""
    form = PlanForm()

    def act() -> Response:
        settings = Settings(form.met_before.data, bool(form.keep.data))
        meeting_plans.pose(roadshow=roadshow, settings=settings)  # what is missing is said at once
        run = plan_runs.ask_plan(
            roadshow=roadshow, kind=PlanKind.MEETINGS, settings=settings.to_json(), who=me()
        )
        return to("proposal", roadshow, number=run.number)

    return form_page(
        form, act, "meeting_office/plan.html", roadshow=roadshow, meeting_tabs=tabs(roadshow), writable=True
    )


@bp.get("/plans/<int:number>")
@access(organizer_or_auditor)
def proposal(roadshow: Roadshow, number: int) -> Response:
    """How far the planner is; then look: how good it is, what changes, who has few, who meets whom."""
    run = _run(roadshow, number)
    if run.state in plan_runs.WORKING:
        return make_response(show("working", roadshow, run=run, button=ActForm()))
    page = make_response(
        _proposal_page(roadshow, run) if run.outcome.get("status") else show("no_plan", roadshow, run=run)
    )
    if request.headers.get("HX-Request"):
        page.headers["HX-Refresh"] = "true"  # what was looked at while it worked is there
    return page


def _proposal_page(roadshow: Roadshow, run: PlanRun) -> str:
    rows = queries.parties_of(roadshow, with_withdrawn=True)
    names = {row.key: row.name for row in rows}
    slots = {str(slot.id): slot for slot in queries.slots_of(roadshow)}
    lang = current_language()
    labels = {key: when(slot, roadshow.cities, lang) for key, slot in slots.items()}
    load, conflict = run.outcome.get("load", {}), run.outcome.get("conflict") or []
    by_slot: dict[str, list[tuple[str, str]]] = {}
    for team, investor, slot in run.outcome.get("meetings", []):
        by_slot.setdefault(slot, []).append((names.get(team, "–"), names.get(investor, "–")))
    return show(
        "proposal",
        roadshow,
        run=run,
        outcome=run.outcome,
        open=run.state is PlanState.DONE,
        quality=meetings_texts.gap_in_words(run.outcome),
        collisions=meetings_texts.sentences(conflict, names | labels),
        collide=meetings_texts.is_collision(conflict),
        by_slot=[(labels[key], slots[key], by_slot[key]) for key in slots if key in by_slot],
        few=sorted(
            ((load[row.key], row.name, row.side) for row in rows if load.get(row.key, 99) <= 2),
            key=lambda one: (one[0], one[1]),
        ),
        Side=Side,
        button=ActForm(),
    )


def _run(roadshow: Roadshow, number: int) -> PlanRun:
    run = plan_queries.run_numbered(roadshow, number)
    if run is None:
        raise NotFound
    return run


@bp.post("/plans/<int:number>/apply")
@access(organizer, once=True)
def apply_plan(roadshow: Roadshow, number: int) -> Response:
    form = ActForm()
    form.check()
    applied = meeting_plans.apply_plan(run=_run(roadshow, number), seen=seen_version(form), who=me())
    flash(
        _(
            "The timetable stands: %(added)d new, %(moved)d moved, %(canceled)d canceled.",
            added=applied.added,
            moved=applied.moved,
            canceled=applied.canceled,
        ),
        "good",
    )
    return to("timetable", roadshow)


@bp.post("/plans/<int:number>/stop")
@access(organizer, once=True)
def stop_plan(roadshow: Roadshow, number: int) -> Response:
    """Enough: the best found so far will do."""
    ActForm().check()
    plan_runs.cancel_plan(run=_run(roadshow, number), who=me())
    return to("proposal", roadshow, number=number)


@bp.post("/plans/<int:number>/discard")
@access(organizer, once=True)
def discard_plan(roadshow: Roadshow, number: int) -> Response:
    form = ActForm()
    form.check()
    plan_runs.discard_plan(run=_run(roadshow, number), seen=seen_version(form), who=me())
    flash(_("The proposal was thrown away."), "good")
    return to("meetings", roadshow)


@bp.post("/tell")
@access(organizer, once=True)
def tell(roadshow: Roadshow) -> Response:
    """Both sides of every meeting that nobody knows of yet."""
    ActForm().check()
    told = meeting_notices.tell_new(roadshow=roadshow)
    flash(ngettext("One person was told.", "%(num)d people were told.", told), "good")
    return to("timetable", roadshow)


@bp.get("/timetable")
@access(organizer_or_auditor)
def timetable(roadshow: Roadshow) -> str:
    """The hall by slot: who sits at which table; on the day, who came."""
    standing = queries.meetings_of(roadshow)
    return show(
        "timetable",
        roadshow,
        hall=queries.hall(roadshow, standing),
        untold=sum(row.told_at is None and row.state is MeetingState.PLANNED for row in standing),
        readings_of=lambda slot: readings_of(slot, roadshow.cities),
        day_of=day_of,
        end_of=end_of,
        rooms=queries.room_names(roadshow),
        MeetingState=MeetingState,
        button=ActForm(),
    )


@bp.route("/walk-up", methods=["GET", "POST"])
@access(organizer, once=True)
def walk_up(roadshow: Roadshow) -> Response:
    """Two who stand there and want to meet: the next free table."""
    form = WalkUpForm()
    rows = queries.parties_of(roadshow)
    for name, side in (("team", Side.TEAM), ("investor", Side.INVESTOR)):
        form[name].choices = [("", "–")] + [(row.key, row.name) for row in rows if row.side is side]
    slots = [slot for slot in queries.slots_of(roadshow) if end_of(slot) > clock.now()]
    lang = current_language()
    form.slot.choices = [("", "–")] + [(str(slot.id), when(slot, roadshow.cities, lang)) for slot in slots]

    def act() -> Response:
        keys = {row.key: row for row in rows}
        row = meetings.add_meeting(
            roadshow=roadshow,
            team=keys[form.team.data],
            investor=keys[form.investor.data],
            slot=next(slot for slot in slots if str(slot.id) == form.slot.data),
            walk_up=True,
            who=me(),
        )
        flash(_("They meet at table %(table)d.", table=row.table), "good")
        return to("timetable", roadshow, _anchor=f"slot-{row.slot_id}")

    return form_page(
        form,
        act,
        "meeting_office/walk_up.html",
        roadshow=roadshow,
        meeting_tabs=tabs(roadshow),
        writable=True,
    )


@bp.route("/one/<meeting>", methods=["GET", "POST"])
@access(organizer, once=True)
def meeting(roadshow: Roadshow, meeting: Meeting) -> Response:
    """One meeting: where it could move to, lock, cancel."""
    free = (
        queries.free_slots(
            roadshow,
            meeting.team,
            meeting.investor,
            moving=meeting,
            interpreted=meeting.needs_interpreter,
        )
        if meeting.state is MeetingState.PLANNED
        else []
    )
    form = MoveForm(version=meeting.version)
    form.slot.choices = [(str(one.slot.id), str(one.slot.id)) for one in free]

    def act() -> Response:
        chosen = next(one.slot for one in free if str(one.slot.id) == form.slot.data)
        meetings.move_meeting(meeting=meeting, slot=chosen, seen=seen_version(form), who=me())
        flash(
            _("The meeting was moved, and both sides are told.")
            if meeting.sequence
            else _("The meeting was moved."),
            "good",
        )
        return to("meeting", roadshow, meeting=meeting.key)

    return form_page(
        form,
        act,
        "meeting_office/meeting.html",
        roadshow=roadshow,
        meeting=meeting,
        meeting_tabs=tabs(roadshow),
        writable=may_write(roadshow),
        free=free,
        readings_of=lambda slot: readings_of(slot, roadshow.cities),
        day_of=day_of,
        MeetingState=MeetingState,
        cancel_form=CancelForm(formdata=None),
        button=ActForm(formdata=None),
    )


@bp.post("/one/<meeting>/lock")
@access(organizer, once=True)
def lock_meeting(roadshow: Roadshow, meeting: Meeting) -> Response:
    form = ActForm()
    form.check()
    meetings.lock_meeting(meeting=meeting, locked=not meeting.is_locked, seen=seen_version(form), who=me())
    return to("meeting", roadshow, meeting=meeting.key)


@bp.post("/one/<meeting>/cancel")
@access(organizer, once=True)
def cancel_meeting(roadshow: Roadshow, meeting: Meeting) -> Response:
    form = CancelForm()
    form.check()
    meetings.cancel_meeting(
        meeting=meeting, by=None, reason=form.reason.data or "", seen=seen_version(form), who=me()
    )
    flash(_("The meeting is canceled. Its place is offered to the waiting list."), "good")
    return to("timetable", roadshow)


@bp.post("/one/<meeting>/mark")
@access(organizer, once=True)
def mark(roadshow: Roadshow, meeting: Meeting) -> Response:
    """Held or missed, or neither again."""
    form = ActForm()
    form.check()
    sent = request.form.get("state", "")
    if sent not in (MeetingState.HELD, MeetingState.MISSED, MeetingState.PLANNED):
        raise BadInput(_("Please choose from the list only."))
    meetings.mark_meeting(meeting=meeting, state=MeetingState(sent), seen=seen_version(form), who=me())
    return to("timetable", roadshow, _anchor=f"slot-{meeting.slot_id}")


# --- to take away ---


@bp.get("/cards.pdf")
@limiter.limit(COSTLY)
@access(organizer_or_auditor)
def table_cards(roadshow: Roadshow) -> Response:
    """One page a table: who sits there when."""
    return _file(meeting_documents.table_cards(roadshow), "application/pdf", f"{roadshow.slug}-tables.pdf")


@bp.get("/lists.pdf")
@limiter.limit(COSTLY)
@access(organizer_or_auditor)
def party_lists(roadshow: Roadshow) -> Response:
    """One page a party: its own meetings."""
    return _file(meeting_documents.party_lists(roadshow), "application/pdf", f"{roadshow.slug}-meetings.pdf")


@bp.get("/timetable.xlsx")
@limiter.limit(COSTLY)
@access(organizer_or_auditor)
def timetable_file(roadshow: Roadshow) -> Response:
    return _file(meeting_documents.workbook(roadshow), XLSX_TYPE, f"{roadshow.slug}-meetings.xlsx")


def _file(data: bytes, content_type: str, name: str) -> Response:
    response = make_response(data)
    response.content_type = content_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
