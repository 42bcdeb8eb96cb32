"""A timetable of meetings is proposed by the planner, looked at by an organizer, then applied or thrown away;
gaps that cancellations leave are filled from the waiting list by themselves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask_babel import lazy_gettext as _l

from accounts.models import Person
from core import audit, clock, isolated
from core.db import db, lock, release
from core.errors import Conflict
from roadshows import meeting_basis, meeting_tables, meetings_values
from roadshows.meeting_basis import Basis, Settings
from roadshows.meeting_tables import Sitting
from roadshows.meetings_values import mutual_value
from roadshows.models import Meeting, MeetingState, PlanRun, Roadshow
from roadshows.operations import plan_runs
from roadshows.operations.meeting_checks import id_of, require_running
from roadshows.operations.meeting_interpreters import assign_interpreters, through_interpreter
from roadshows.operations.meeting_notices import Change, interpreters_found, known, tell_changes
from roadshows.plan_handlers import Found, Watch
from roadshows.queries import meeting_basis as queries

SECONDS = 20
_MEMORY = 3 * 1024**3
REPAIR = "repair"
_USABLE = ("optimal", "feasible")


@dataclass(frozen=True, slots=True)
class Posed:
    """A roadshow's meetings problem as it was read; `text` is its canonical JSON for the planner."""

    read: queries.Read
    settings: Settings
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def _value(team: str, investor: str, met: bool, exclude: bool) -> tuple[int, bool] | None:
    found = mutual_value(
        cast("meetings_values.Wish", team or "none"),
        cast("meetings_values.Wish", investor or "none"),
        met_before=met,
        meet_again=not exclude,
    )
    return (found.value, found.must) if found is not None else None


def pose(*, roadshow: Roadshow, settings: Settings, repair: bool = False) -> Posed:
    """Read what a timetable is computed from. repair: for filling gaps, so that nothing is demanded that the
    standing timetable does not give, and no meeting comes back that people were told is canceled.

    Raises Conflict without slots, or without anybody who wishes to meet.
    """
    read = queries.read(roadshow, repair=repair)
    if not read.slots:
        raise Conflict(_l("There are no meeting slots yet. Please add some first."), code="no_slots")
    if not read.basis.teams or not read.basis.investors:
        raise Conflict(
            _l("Meetings need teams and investors. Please add both sides first."), code="no_parties"
        )
    posed = meeting_basis.problem(read.basis, settings, _value, repair=repair)
    if not posed["team"]:
        raise Conflict(_l("Nobody has wished to meet anybody yet."), code="no_wishes")
    return Posed(read, settings, json.dumps(posed, ensure_ascii=False))


def compute(run: PlanRun, watch: Watch) -> Found:
    """The planner's answer to an asked-for timetable, from a process that says how far it is and can be
    stopped; the database is not needed meanwhile. Registered for `PlanKind.MEETINGS`."""
    posed = pose(roadshow=run.roadshow, settings=Settings.from_json(run.settings))
    release()  # nobody has to wait for the planner
    answer, _data = isolated.stream(
        "roadshows.meetings_compute:plan",
        {"seed": posed.settings.seed, "seconds": SECONDS},
        posed.text.encode(),
        on_progress=watch.progress,
        is_cancelled=watch.cancelled,
        seconds=3 * SECONDS,
        memory=_MEMORY,
    )
    return Found(outcome_of(posed, answer), posed.sha256, answer["status"] in _USABLE)


def repair(posed: Posed) -> dict[str, Any]:
    """The standing meetings with the gaps filled from the waiting list, as few moved as possible.

    Raises Conflict when no solver is installed.
    """
    try:
        _summary, answer = isolated.call(
            "roadshows.meetings_process:repair_json",
            {"seed": posed.settings.seed, "seconds": SECONDS},
            f'{{"problem": {posed.text}}}'.encode(),
            seconds=3 * SECONDS,
            memory=_MEMORY,
            lane="pages",
        )
    except isolated.IsolatedError as error:
        if error.code == "solver_missing":
            raise Conflict(
                _l(
                    "The solver is not installed here. Please install %(package)s.",
                    package=error.params["packages"][0],
                ),
                code="solver_missing",
            ) from error
        raise
    found: dict[str, Any] = json.loads(answer)
    found["status"] = "infeasible" if found["objective"] is None else "feasible"
    return found


def outcome_of(posed: Posed, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of an answer: the meetings, the proof, what changes, and wishes met as sums of all."""
    meetings = [list(one) for one in answer.get("meetings") or []]
    pairs = [(team, investor) for team, investor, _slot in meetings]
    satisfied = meeting_basis.satisfaction(posed.read.basis, pairs).values()
    return {
        **{key: answer.get(key) for key in ("status", "stopped", "objective", "bound", "gap", "conflict")},
        "meetings": meetings,
        "counts": _counts(posed.read.basis, meetings),
        "must": [sum(one.must_met for one in satisfied), sum(one.must_made for one in satisfied)],
        "like": [sum(one.like_met for one in satisfied), sum(one.like_made for one in satisfied)],
        "load": {one.key: one.meetings for one in satisfied},
    }


def _counts(basis: Basis, meetings: Sequence[Sequence[str]]) -> dict[str, int]:
    standing = {(one.team, one.investor): basis.slots[one.slot].key for one in basis.standing}
    wanted = {(team, investor): slot for team, investor, slot in meetings}
    kept = sum(standing.get(pair) == slot for pair, slot in wanted.items())
    return {
        "new": len(wanted.keys() - standing.keys()),
        "moved": len(wanted.keys() & standing.keys()) - kept,
        "kept": kept,
        "canceled": len(standing.keys() - wanted.keys()),
    }


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a timetable changed, and how many people were told of it."""

    added: int = 0
    moved: int = 0
    canceled: int = 0
    told: int = 0


def apply_plan(*, run: PlanRun, seen: int | None, who: Person | None = None) -> Applied:
    """Make the meetings as the proposal says. Who knew of a meeting that moves or is gone is told at once;
    new ones wait until the organizers tell everybody.

    Raises Conflict when it is decided already or computed from a state that no longer stands.
    """
    roadshow = lock(run.roadshow)
    require_running(roadshow)
    plan_runs.need_done(run=run, seen=seen)
    if run.outcome.get("status") not in _USABLE:
        raise Conflict(_l("There is no timetable in this answer."), code="plan_infeasible")
    posed = pose(roadshow=roadshow, settings=Settings.from_json(run.settings))
    if posed.sha256 != run.basis_sha256:
        raise Conflict(
            _l("Wishes, people, slots or meetings have changed since then. Please propose again."),
            code="stale_plan",
        )
    applied = write_timetable(roadshow, posed, run.outcome["meetings"], tell_all=False)
    plan_runs.mark_applied(run=run, who=who)
    audit.record("meetings.applied", run, new=_figures(applied), actor_id=id_of(who))
    return applied


def _figures(applied: Applied) -> dict[str, int]:
    return {"added": applied.added, "moved": applied.moved, "canceled": applied.canceled}


def write_timetable(
    roadshow: Roadshow, posed: Posed, meetings: Sequence[Sequence[str]], *, tell_all: bool
) -> Applied:
    """Rows as the timetable says, with tables and interpreters; tell_all: of new meetings as well."""
    read = posed.read
    slot_of = {str(slot.id): slot for slot in read.slots}
    standing = {(row.team.key, row.investor.key): row for row in read.meetings}
    wanted = {(team, investor): slot_of[slot] for team, investor, slot in meetings}
    gone = [row for pair, row in standing.items() if pair not in wanted]
    moving = [row for pair, row in standing.items() if pair in wanted and wanted[pair].id != row.slot_id]
    changes = _step_aside(roadshow, gone, moving)
    tables = _tables(read, wanted, standing)
    moment = clock.now()
    for pair, slot in wanted.items():
        row = standing.get(pair)
        if row is None:
            team, investor = (read.parties[key] for key in pair)
            row = Meeting(
                roadshow_id=roadshow.id,
                roadshow=roadshow,
                team=team,
                team_id=team.id,
                investor=investor,
                investor_id=investor.id,
                slot=slot,
                slot_id=slot.id,
                table=tables[pair],
                needs_interpreter=through_interpreter(team, investor),
            )
            db.session.add(row)
            standing[pair] = row
            if tell_all:
                changes.append(Change(row))
        elif row in moving:
            row.slot, row.slot_id, row.table = slot, slot.id, tables[pair]
            row.state, row.changed_at = MeetingState.PLANNED, moment
            row.interpreter = row.interpreter_id = None
    db.session.flush()
    found = assign_interpreters(roadshow=roadshow)
    changes += interpreters_found(roadshow, found, [change.meeting for change in changes])
    told = tell_changes(roadshow, changes)
    return Applied(len(wanted) - len(read.meetings) + len(gone), len(moving), len(gone), told)


def _step_aside(roadshow: Roadshow, gone: Sequence[Meeting], moving: Sequence[Meeting]) -> list[Change]:
    """Free the places of meetings that go or move, so that others can take them before they sit again. What
    nobody knew of and goes is deleted; the rest is what people have to be told."""
    changes = []
    for change in known(roadshow, [*gone, *moving]):
        row = change.meeting
        if row.told_at is not None:
            changes.append(change)
            row.sequence += 1
        elif row in gone:
            db.session.delete(row)
            continue
        row.state, row.changed_at = MeetingState.CANCELED, clock.now()
    db.session.flush()
    return changes


def _tables(
    read: queries.Read, wanted: Mapping[tuple[str, str], Any], standing: Mapping[tuple[str, str], Meeting]
) -> dict[tuple[str, str], int]:
    """Where everybody sits: meetings that keep their slot keep their table."""
    place = {slot.id: at for at, slot in enumerate(read.slots)}
    sittings = []
    for pair, slot in wanted.items():
        row = standing.get(pair)
        stays = row.table if row is not None and row.slot_id == slot.id else None
        sittings.append(Sitting(*pair, place[slot.id], stays))
    taken: dict[int, int] = {}
    for one in sittings:
        if one.table is not None:
            taken[one.slot] = max(taken.get(one.slot, 0), one.table)
    counts = {at: max(slot.tables, taken.get(at, 0)) for at, slot in enumerate(read.slots)}
    return meeting_tables.seat(sittings, counts)
