"""Planning the agenda: what the planner is asked, by the job, and carrying its proposal out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l

from accounts.models import Person
from core import isolated
from core.db import lock, release
from core.errors import Conflict
from roadshows import agenda_compute
from roadshows.agenda_draft import Draft, Spot
from roadshows.agenda_posed import found_conflicts, spot_of, to_check, to_plan
from roadshows.agenda_problem import Placement, Problem
from roadshows.models import PlanKind, PlanRun
from roadshows.operations import plan_runs
from roadshows.operations.agenda_steps import Done, carry_out
from roadshows.plan_handlers import HANDLERS, Found, Watch
from roadshows.queries.agenda import read_draft

REST, REPAIR, EVERYTHING = "rest", "repair", "all"
"""What may move: nothing that stands; as few as the rules need; everything that is not locked."""

_MEMORY = 3 * 1024**3
_CHANGE_WEIGHT = 2  # a move has to be worth two people's seats


def posed(draft: Draft, what: str) -> Problem:
    """The problem as the planner gets it. Raises Conflict when there is nothing to plan."""
    problem = to_plan(draft, everything=what != REST)
    waiting = [one for one in draft.sessions if not (one.is_placed or one.whole_city)]
    if problem is None or (what == REST and not waiting):
        raise Conflict(_l("There is nothing to plan: every session has its place."), code="nothing_to_plan")
    if what == REPAIR:
        return replace(problem, fewest_moves=True)
    return replace(problem, change_weight=_CHANGE_WEIGHT) if what == EVERYTHING else problem


def hard_conflicts(draft: Draft) -> int:
    """How many of what stands in it: while there are some, nothing can be planned around what stands."""
    return sum(one.severity == "hard" for one in found_conflicts(draft, to_check(draft)))


def compute(run: PlanRun, watch: Watch) -> Found:
    """The job's part: read, compute in another process, return."""
    seconds = int(run.settings["seconds"])
    problem = posed(read_draft(run.roadshow), run.settings["what"])
    release()
    watch.progress({"phase": "check", "placed": 0, "of": len(problem.events)})
    answer, _data = isolated.stream(
        "roadshows.agenda_compute:plan",
        {"seconds": seconds},
        agenda_compute.to_bytes(problem),
        on_progress=watch.progress,
        is_cancelled=watch.cancelled,
        seconds=4 * seconds + 60,
        memory=_MEMORY,
    )
    return Found(answer, agenda_compute.sha256_of(problem), bool(answer["placements"]))


def still_stands(run: PlanRun, draft: Draft) -> bool:
    """Whether the draft is what the proposal was computed from."""
    try:
        return agenda_compute.sha256_of(posed(draft, run.settings["what"])) == run.basis_sha256
    except Conflict:
        return False


def apply_plan(*, run: PlanRun, seen: int | None = None, who: Person | None = None) -> Done:
    """Carry a proposal out, as one step that can be taken back.

    Raises Conflict when it is decided already, has nothing to apply, or the draft has changed since.
    """
    roadshow = lock(run.roadshow)
    plan_runs.need_done(run=run, seen=seen)
    if not run.outcome["placements"]:
        raise Conflict(_l("This plan places nothing."), code="empty_plan")

    def wish(draft: Draft) -> dict[str, Spot]:
        if not still_stands(run, draft):
            raise Conflict(
                _l("The agenda has changed since this was computed. Please plan again."), code="stale_plan"
            )
        return spots_of(run.outcome, draft)

    done = carry_out(roadshow, f"plan {run.number}", wish, roadshow.agenda_revision, who)
    plan_runs.mark_applied(run=run, who=who)
    return done


def spots_of(outcome: dict[str, Any], draft: Draft) -> dict[str, Spot]:
    """Where the proposal puts the sessions that are on the agenda; locks stay."""
    return {
        one["event"]: spot_of(
            draft, Placement(**one), is_locked=draft.session_of[one["event"]].spot.is_locked
        )
        for one in outcome["placements"]
        if one["event"] in draft.session_of
    }


HANDLERS.compute[PlanKind.AGENDA] = compute
