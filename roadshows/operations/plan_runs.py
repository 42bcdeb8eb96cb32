"""Planning runs: asked for by an organizer, computed by the job, looked at, then applied or thrown away.

Operations are keyword-only, write one audit record, and never commit; those of the job's side record what
came out.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

from accounts.models import Person
from core import audit, clock
from core.db import db, lock
from core.errors import CONSTRAINTS, Conflict
from roadshows.models import PlanKind, PlanRun, PlanState, Roadshow
from roadshows.operations.versions import check_open
from roadshows.plan_handlers import Found

WORKING = (PlanState.QUEUED, PlanState.RUNNING)
_SILENT = timedelta(seconds=60)
_MOST_ATTEMPTS = 2

CONSTRAINTS["uq_plan_run_working"] = CONSTRAINTS["plan_run.roadshow_id, plan_run.kind"] = Conflict(
    _l("A plan is being computed already. Wait for it or cancel it."), code="plan_running"
)


def ask_plan(
    *, roadshow: Roadshow, kind: PlanKind, settings: dict[str, Any], who: Person | None = None
) -> PlanRun:
    """Queue a run; a plan of the kind that waits to be looked at makes way for it.

    Raises Conflict while another one is computed, or when the event is canceled or over.
    """
    lock(roadshow)
    check_open(roadshow)
    for old in db.session.scalars(
        select(PlanRun).where(
            PlanRun.roadshow_id == roadshow.id,
            PlanRun.kind == kind,
            PlanRun.state.in_((*WORKING, PlanState.DONE)),
        )
    ):
        if old.state in WORKING:
            raise CONSTRAINTS["uq_plan_run_working"]
        _decide(old, PlanState.DISCARDED, who)
    last = select(func.max(PlanRun.number)).where(PlanRun.roadshow_id == roadshow.id, PlanRun.kind == kind)
    run = PlanRun(
        roadshow_id=roadshow.id,
        roadshow=roadshow,
        number=(db.session.scalar(last) or 0) + 1,
        kind=kind,
        settings=settings,
        made_by=_id_of(who),
    )
    db.session.add(run)
    db.session.flush()
    audit.record("plan.asked", run, new={"kind": kind.value, "settings": settings}, actor_id=_id_of(who))
    return run


def cancel_plan(*, run: PlanRun, who: Person | None = None) -> None:
    """Stop a run: one that waits is over at once, one that works stops at the best it has. Again: nothing."""
    lock(run)
    if run.state not in WORKING or run.cancel_asked_at is not None:
        return
    run.cancel_asked_at = clock.now()
    if run.state is PlanState.QUEUED:
        run.state, run.finished_at = PlanState.CANCELED, clock.now()
    db.session.flush()
    audit.record("plan.cancel_asked", run, actor_id=_id_of(who))


def discard_plan(*, run: PlanRun, seen: int | None = None, who: Person | None = None) -> None:
    """Throw a plan away. Raises Conflict when it is decided already."""
    need_done(run=run, seen=seen)
    _decide(run, PlanState.DISCARDED, who)


def mark_applied(*, run: PlanRun, who: Person | None = None) -> None:
    """Note that a plan was carried out; whoever carries it out calls `need_done` first."""
    _decide(run, PlanState.APPLIED, who)


def need_done(*, run: PlanRun, seen: int | None = None) -> None:
    """Hold the run, and raise Conflict unless it is as the page showed it and waits for a decision."""
    lock(run)
    if run.state is not PlanState.DONE:
        raise Conflict(_l("This plan was applied or discarded already."), code="plan_decided")
    if seen is not None and seen != run.version:
        raise Conflict(
            _l("Somebody else changed this a moment ago. Reload the page and look again."), code="stale"
        )


def take_next() -> PlanRun | None:
    """The run that waits longest, now running; a run whose process died waits again, once."""
    _revive()
    run = db.session.scalars(
        select(PlanRun)
        .where(PlanRun.state == PlanState.QUEUED)
        .order_by(PlanRun.made_at, PlanRun.id)
        .limit(1)
    ).one_or_none()
    if run is None:
        return None
    run.state, run.started_at = PlanState.RUNNING, clock.now()
    attempts = int(run.progress.get("attempts", 0)) + 1
    run.progress = {"phase": "starting", "attempts": attempts, "beat": _beat()}
    db.session.flush()
    return run


def keep_progress(run_id: int, what: dict[str, Any]) -> None:
    """Keep how far a run is, and that it lives. The row's version stays: nobody's decision is stale for
    it."""
    running = (PlanRun.id == run_id) & (PlanRun.state == PlanState.RUNNING)
    db.session.execute(
        update(PlanRun)
        .where(running)
        .values(progress=what | {"beat": _beat()})
        .execution_options(synchronize_session=False)
    )


def is_wanted(run_id: int) -> bool:
    """Whether a run still works and nobody has asked to stop it."""
    running = (PlanRun.id == run_id) & (PlanRun.state == PlanState.RUNNING)
    return (
        db.session.scalar(select(running & PlanRun.cancel_asked_at.is_(None)).where(PlanRun.id == run_id))
        is True
    )


def finish(*, run: PlanRun, found: Found) -> None:
    """Keep what a run came to; one that was given up meanwhile stays as it is."""
    lock(run)
    if run.state is not PlanState.RUNNING:
        return
    given_up = run.cancel_asked_at is not None and not found.is_usable
    run.state = PlanState.CANCELED if given_up else PlanState.DONE
    run.outcome, run.basis_sha256, run.finished_at = found.outcome, found.basis_sha256, clock.now()
    db.session.flush()
    kept = {name: found.outcome.get(name) for name in ("status", "objective", "bound", "stopped")}
    audit.record("plan.computed", run, new={"state": run.state.value, **kept}, actor_id=run.made_by)


def fail(*, run: PlanRun, code: str, params: dict[str, Any] | None = None) -> None:
    """Note why a run came to nothing. One that somebody wanted stopped has not failed: it is canceled."""
    lock(run)
    if run.state is not PlanState.RUNNING:
        return
    run.state = PlanState.FAILED if run.cancel_asked_at is None else PlanState.CANCELED
    run.finished_at = clock.now()
    run.outcome = {"error": code, "params": params or {}}
    db.session.flush()
    audit.record("plan.failed", run, new={"error": code}, actor_id=run.made_by)


def _revive() -> None:
    """Runs of whose process nothing was heard for a minute: it died with the worker that led the jobs."""
    silent = clock.now() - _SILENT
    for run in db.session.scalars(select(PlanRun).where(PlanRun.state == PlanState.RUNNING)):
        if float(run.progress.get("beat", 0)) >= silent.timestamp():
            continue
        if run.cancel_asked_at is not None:
            run.state, run.finished_at = PlanState.CANCELED, clock.now()
        elif int(run.progress.get("attempts", 1)) < _MOST_ATTEMPTS:
            run.state, run.started_at = PlanState.QUEUED, None
        else:
            fail(run=run, code="lost")
    db.session.flush()


def _decide(run: PlanRun, state: PlanState, who: Person | None) -> None:
    run.state, run.decided_at, run.decided_by = state, clock.now(), _id_of(who)
    db.session.flush()
    audit.record(f"plan.{state.value}", run, new={"number": run.number}, actor_id=_id_of(who))


def _beat() -> float:
    return clock.now().timestamp()


def _id_of(who: Person | None) -> int | None:
    return who.id if who else None
