"""The agenda's editor: rooms and slots, what waits, what is wrong, how to mend it, one session's places."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _

from core import strict_json
from core.access import access
from core.db import db
from core.errors import BadInput, Conflict, NotFound
from core.languages import current_language
from roadshows import agenda_pages, agenda_posed, agenda_requests, agenda_sentences, agenda_updates
from roadshows.agenda_conflicts import Conflict as AgendaConflict
from roadshows.agenda_conflicts import Repair
from roadshows.agenda_draft import Draft, Session
from roadshows.forms.agenda import NOBODY, WHOEVER, WHOLE_CITY, Groups, MoveForm, StepForm
from roadshows.models import PlanKind, Roadshow
from roadshows.operations import agenda_steps
from roadshows.policy import organizer, organizer_or_auditor
from roadshows.queries import agenda as queries
from roadshows.queries import plan_runs
from roadshows.views.agenda_shared import bp, me, page

_MOST_FREE = 8


@bp.get("")
@access(organizer_or_auditor)
def editor(roadshow: Roadshow) -> Response:
    draft = queries.read_draft(roadshow)
    conflicts = agenda_posed.found_conflicts(draft, agenda_posed.to_check(draft))
    marked = agenda_pages.marks(draft, conflicts)
    wanted = _filter()
    return page(
        "agenda.html",
        roadshow,
        draft=draft,
        grids=agenda_pages.grids(draft, marked),
        waiting=agenda_pages.waiting(draft, marked, wanted),
        wanted=wanted,
        program=agenda_pages.program_sha256(draft),
        tag=agenda_updates.tag(roadshow),
        act=StepForm(formdata=None, version=draft.revision),
        can_undo=agenda_steps.last_step(roadshow, me()) is not None,
        can_redo=agenda_steps.next_step(roadshow, me()) is not None,
        version=queries.last_number(roadshow),
        run=plan_runs.current(roadshow, PlanKind.AGENDA),
        **_conflicts(draft, conflicts),
    )


@bp.get("/conflicts")
@access(organizer_or_auditor)
def conflicts(roadshow: Roadshow) -> Response:
    """The list of what is wrong alone, for the open editor; `?mend=ID` with the ways to mend one."""
    draft = queries.read_draft(roadshow)
    found = agenda_posed.found_conflicts(draft, agenda_posed.to_check(draft))
    return page(
        "agenda_conflicts.html",
        roadshow,
        act=StepForm(formdata=None, version=draft.revision),
        draft=draft,
        **_conflicts(draft, found),
    )


@bp.post("/step")
@access(organizer, once=True)
def step(roadshow: Roadshow) -> Response:
    """A step sent by a button, where the page's script doesn't do it."""
    form = StepForm()
    form.check()
    asked = strict_json.read((form.step.data or "").encode("utf-8", "replace"))
    if not isinstance(asked, dict):
        raise BadInput(_("This can't be carried out."))
    done = agenda_requests.carry_out(roadshow=roadshow, asked=asked, who=me())
    flash(agenda_sentences.said(done.draft, done.touched, str(asked["do"])), "good")
    return _to_editor(roadshow, done.touched[0] if len(done.touched) == 1 else "")


@bp.route("/sessions/<agenda_session>", methods=["GET", "POST"])
@access(organizer, once=True)
def session(roadshow: Roadshow, agenda_session: str) -> Response:
    """One session: "Move to…", its interpreter, its lock."""
    draft = queries.read_draft(roadshow)
    found = draft.session_of.get(agenda_session)
    if found is None:
        raise NotFound
    form = _move_form(draft, found)
    status = 200
    if request.method == "POST":
        try:
            if form.validate():
                return _moved(roadshow, found, form)
            status = 422
        except (BadInput, Conflict) as problem:
            db.session.rollback()
            form.add_problem(problem)
            status = problem.status
            draft = queries.read_draft(roadshow)
            form.version.data = draft.revision
    return _session_page(roadshow, draft, draft.session_of.get(agenda_session, found), form, status)


def _moved(roadshow: Roadshow, found: Session, form: MoveForm) -> Response:
    asked: dict[str, Any] = {"seen": form.version.data, "session": found.key}
    if form.slot.data == "":
        done = agenda_requests.carry_out(roadshow=roadshow, asked=asked | {"do": "unplace"}, who=me())
    else:
        room = None if form.room.data in ("", WHOLE_CITY) else int(form.room.data)
        asked |= {"do": "place", "slot": int(form.slot.data), "room": room}
        if "interpreter" in form and form.interpreter.data != WHOEVER:
            chosen = form.interpreter.data
            asked["interpreter"] = None if chosen == NOBODY else int(chosen)
        done = agenda_requests.carry_out(roadshow=roadshow, asked=asked, who=me())
    flash(agenda_sentences.said(done.draft, done.touched, "place"), "good")
    return _to_editor(roadshow, found.key)


def _session_page(roadshow: Roadshow, draft: Draft, found: Session, form: MoveForm, status: int) -> Response:
    problem = agenda_posed.to_check(draft)
    all_conflicts = agenda_posed.found_conflicts(draft, problem)
    here = found.spot.slot_id, found.spot.room_id
    free = [
        (*where, cell)
        for where, cell in agenda_posed.found_cells(draft, problem, found.key).items()
        if cell.is_free and where != here
    ]
    start = draft.slot_of[found.spot.slot_id].starts_at if found.spot.slot_id else None
    if start is not None:
        free.sort(key=lambda one: abs(draft.slot_of[one[0]].starts_at - start))
    return page(
        "agenda_session.html",
        roadshow,
        (found.title.pick(current_language()).text, ""),
        status=status,
        card=agenda_pages.card(draft, found, agenda_pages.marks(draft, all_conflicts).get(found.key)),
        wrong=[agenda_sentences.sentence(one, draft) for one in all_conflicts if found.key in one.sessions],
        free=[
            {
                "step": {
                    "do": "place",
                    "seen": draft.revision,
                    "session": found.key,
                    "slot": slot,
                    "room": room,
                },
                "time": agenda_sentences.time_of(draft, slot),
                "times": agenda_pages.times(draft, draft.slot_of[slot]),
                "room": agenda_pages.room_name(draft, room),
                "over": cell.over,
                "interpreter": draft.names.get(cell.interpreter or "", ""),
            }
            for slot, room, cell in free[:_MOST_FREE]
        ],
        more_free=max(0, len(free) - _MOST_FREE),
        revision=draft.revision,
        act=StepForm(formdata=None, version=draft.revision),
        form=form,
    )


def _move_form(draft: Draft, found: Session) -> MoveForm:
    spot = found.spot
    form = MoveForm(
        data={
            "slot": str(spot.slot_id or ""),
            "room": WHOLE_CITY if spot.slot_id and spot.room_id is None else str(spot.room_id or ""),
            "interpreter": str(spot.interpreter_id or WHOEVER),
            "version": draft.revision,
        }
    )
    people: list[tuple[str, Any]] = []
    if found.interpreting:
        able = [one for one in draft.interpreters if found.interpreting in one.pairs]
        others = [one for one in draft.interpreters if one not in able]
        people = [
            (WHOEVER, _("whoever is free")),
            (NOBODY, _("nobody")),
            *((str(one.id), one.name) for one in able + others),
        ]
    form.offer(_slot_choices(draft), _room_choices(draft, found), people)
    return form


def _slot_choices(draft: Draft) -> Groups:
    groups: dict[str, list[tuple[str, str]]] = {"–": [("", _("no place: waits in the list"))]}
    for slot in draft.slots:
        city = draft.city_of_slot(slot)
        times = agenda_pages.times(draft, slot)
        day = agenda_sentences.time_of(draft, slot.id).rpartition(" ")[0].rstrip(",")
        name = f"{day} · {agenda_sentences.words(city.name)}"
        text = " · ".join(f"{one.start}–{one.end} {agenda_sentences.words(one.place)}" for one in times)
        groups.setdefault(name, []).append((str(slot.id), text))
    return groups


def _room_choices(draft: Draft, found: Session) -> Groups:
    groups: dict[str, list[tuple[str, str]]] = {"–": [("", "–")]}
    if found.whole_city:
        groups["–"].append((WHOLE_CITY, _("whole city, no room")))
    for room in draft.rooms:
        venue = draft.venue_of[room.venue_id]
        city = agenda_sentences.words(draft.city_of_room(room).name)
        text = _("%(room)s (%(seats)d seats)", room=agenda_sentences.words(room.name), seats=room.capacity)
        groups.setdefault(f"{city} · {agenda_sentences.words(venue.name)}", []).append((str(room.id), text))
    return groups


def _conflicts(draft: Draft, found: list[AgendaConflict]) -> dict[str, Any]:
    """The list of what is wrong; that which `?mend=` names with its ways out."""
    mend = request.args.get("mend", "")
    chosen = next((one for one in found if agenda_pages.conflict_id(one) == mend), None)
    problem = agenda_posed.to_check(draft)
    ways = agenda_posed.found_repairs(draft, problem, chosen) if chosen and problem else []
    return {
        "problems": agenda_pages.problems(draft, found),
        "mend": mend if chosen else "",
        "ways": [{"text": agenda_sentences.repair(one, draft), "step": _as_step(draft, one)} for one in ways],
    }


def _as_step(draft: Draft, repair: Repair) -> dict[str, Any]:
    spots = [
        {
            "session": row.event,
            **{
                name: value
                for name, value in agenda_posed.spot_of(draft, row, is_locked=False).to_json().items()
                if name != "locked"
            },
        }
        for row in repair.placements
    ]
    return {"do": "repair", "seen": draft.revision, "spots": spots}


def _filter() -> agenda_pages.Filter:
    track = request.args.get("track", "")
    return agenda_pages.Filter(
        request.args.get("q", "")[:100],
        int(track) if track.isascii() and track.isdigit() and len(track) < 10 else 0,
        request.args.get("city", "")[:40],
    )


def _to_editor(roadshow: Roadshow, key: str = "") -> Response:
    anchor = f"s-{key}" if key else None
    return redirect(url_for("agenda_office.editor", roadshow=roadshow.slug, _anchor=anchor), 303)  # type: ignore[return-value]
