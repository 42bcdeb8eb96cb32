"""What a cancellation leaves empty is filled from the waiting list, with the fewest moves of what stands.

Nothing is queued: that there is a gap follows from the rows (a meeting that people knew of was canceled after
the waiting list was last looked at), so that a missed run loses nothing and two cancellations at once are
one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select

from core import audit, clock
from core.db import db, lock, release
from core.errors import Conflict
from core.jobs import every
from roadshows.meeting_basis import Settings
from roadshows.models import (
    Meeting,
    MeetingSlot,
    MeetingState,
    PlanKind,
    PlanRun,
    PlanState,
    Roadshow,
    RoadshowState,
)
from roadshows.operations import meeting_plans
from roadshows.operations.meeting_plans import REPAIR, Applied
from roadshows.queries import meeting_basis as queries
from roadshows.queries.meetings import LEAST_NOTICE

log = structlog.get_logger(__name__)

_TRIES = 3
_DEAD = timedelta(minutes=5)


def gap_since(roadshow: Roadshow) -> datetime | None:
    """When the latest cancellation was that nobody has looked at the waiting list for; None without a gap
    that could still be filled."""
    last = db.session.scalar(
        select(func.max(Meeting.changed_at))
        .join(MeetingSlot, MeetingSlot.id == Meeting.slot_id)
        .where(
            Meeting.roadshow_id == roadshow.id,
            Meeting.state == MeetingState.CANCELED,
            Meeting.told_at.is_not(None),
            MeetingSlot.starts_at > clock.now() + LEAST_NOTICE,
        )
    )
    if last is None:
        return None
    looked = [moment for run in queries.runs_of(roadshow) if (moment := _looked(run)) is not None]
    return last if all(moment < last for moment in looked) else None


def _looked(run: PlanRun) -> datetime | None:
    """When this run looked at the waiting list as it was then; None: it did not, or what it saw did not
    last."""
    if run.settings.get(REPAIR):
        return None if run.state is PlanState.DISCARDED else run.made_at
    return run.decided_at if run.state is PlanState.APPLIED else None


@every(5, "fill gaps between meetings")
def fill_due() -> int:
    """Fill the gaps of every public roadshow that has some; returns how many were looked at. Each is
    committed on its own."""
    ids = db.session.scalars(
        select(Meeting.roadshow_id)
        .join(Roadshow, Roadshow.id == Meeting.roadshow_id)
        .join(MeetingSlot, MeetingSlot.id == Meeting.slot_id)
        .where(
            Roadshow.state == RoadshowState.PUBLIC,
            Meeting.state == MeetingState.CANCELED,
            Meeting.told_at.is_not(None),
            MeetingSlot.starts_at > clock.now() + LEAST_NOTICE,
        )
        .distinct()
        .order_by(Meeting.roadshow_id)
    ).all()
    done = 0
    for number in ids:
        db.session.rollback()
        roadshow = db.session.get_one(Roadshow, number)
        if gap_since(roadshow) is not None and _may_begin(roadshow):
            fill_gaps(roadshow=roadshow)
            done += 1
    db.session.rollback()
    return done


def _may_begin(roadshow: Roadshow) -> bool:
    """No other run is at work; one of ours whose process died is none."""
    for run in queries.runs_of(roadshow):
        if run.state not in (PlanState.QUEUED, PlanState.RUNNING):
            continue
        if not run.settings.get(REPAIR) or run.made_at > clock.now() - _DEAD:
            return False
        run.state, run.finished_at = PlanState.FAILED, clock.now()
        db.session.commit()
    return True


def fill_gaps(*, roadshow: Roadshow) -> Applied:
    """Look at the waiting list now, and fill what can be filled; commits. What moves, and what is new, is
    told to both sides. A timetable that changed meanwhile is read again."""
    applied = Applied()
    for _try in range(_TRIES):
        run = _begin(roadshow)
        try:
            posed = meeting_plans.pose(roadshow=roadshow, settings=Settings(), repair=True)
            release()  # nobody has to wait for the planner
            answer = meeting_plans.repair(posed)
        except Conflict as problem:
            db.session.rollback()
            _end(run, PlanState.FAILED, {"reason": problem.code})
            return applied
        except Exception:
            db.session.rollback()
            _end(run, PlanState.FAILED, {"reason": "crashed"})
            raise
        lock(roadshow)
        db.session.expire_all()
        again = meeting_plans.pose(roadshow=roadshow, settings=Settings(), repair=True)
        if again.sha256 == posed.sha256:
            return _apply(roadshow, run, again, answer)
        db.session.rollback()
        _end(run, PlanState.DISCARDED, {})
    return applied


def _apply(
    roadshow: Roadshow, run: PlanRun, posed: meeting_plans.Posed, answer: dict[str, object]
) -> Applied:
    outcome = meeting_plans.outcome_of(posed, answer)
    applied = Applied()
    if outcome["status"] in ("optimal", "feasible"):
        applied = meeting_plans.write_timetable(roadshow, posed, outcome["meetings"], tell_all=True)
    run.outcome, run.basis_sha256 = outcome, posed.sha256
    run.state, run.finished_at, run.decided_at = PlanState.APPLIED, clock.now(), clock.now()
    db.session.flush()
    audit.record("meetings.gaps_filled", run, new={"added": applied.added, "moved": applied.moved})
    db.session.commit()
    log.info("meeting_gaps_filled", roadshow=roadshow.slug, added=applied.added, moved=applied.moved)
    return applied


def _begin(roadshow: Roadshow) -> PlanRun:
    """Say that the waiting list is looked at as it is now, before anything is read."""
    moment = clock.now()
    run = PlanRun(
        roadshow_id=roadshow.id,
        number=queries.next_number(roadshow),
        kind=PlanKind.MEETINGS,
        state=PlanState.RUNNING,
        settings={REPAIR: True},
        # Who looks after planning runs takes it for alive until then.
        progress={"phase": "repair", "attempts": 2, "beat": (moment + _DEAD).timestamp()},
        made_at=moment,
        started_at=moment,
    )
    db.session.add(run)
    db.session.commit()
    return run


def _end(run: PlanRun, state: PlanState, outcome: dict[str, object]) -> None:
    run.state, run.finished_at, run.outcome = state, clock.now(), outcome
    db.session.commit()
