"""Plans are computed by a job: one at a time for each kind, with progress, to be stopped, found again when
the process died."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from core import isolated
from core.db import db
from core.errors import Conflict
from core.models import AuditRecord
from roadshows import plan_jobs as jobs
from roadshows.models import PlanKind, PlanRun, PlanState, RoadshowState
from roadshows.operations import plan_runs
from roadshows.plan_handlers import HANDLERS, Found, Watch
from tests.conftest import Clock
from tests.roadshows import factories as make

pytestmark = pytest.mark.usefixtures("ctx")
Compute = Callable[[PlanRun, Watch], Found]


@pytest.fixture
def handle() -> Iterator[Callable[[Compute], None]]:
    """Let a function compute agendas in this test."""
    before = dict(HANDLERS.compute)
    yield lambda compute: HANDLERS.compute.__setitem__(PlanKind.AGENDA, compute)
    HANDLERS.compute = before


def ask(roadshow: Any = None, **settings: Any) -> PlanRun:
    run = plan_runs.ask_plan(
        roadshow=roadshow or make.roadshow(), kind=PlanKind.AGENDA, settings={"seconds": 5} | settings
    )
    db.session.commit()
    return run


def test_a_run_is_computed_and_kept(handle: Callable[[Compute], None]) -> None:
    def compute(run: PlanRun, watch: Watch) -> Found:
        watch.progress({"placed": run.settings["seconds"]})
        return Found({"status": "optimal", "objective": 3}, "basis")

    handle(compute)
    run = ask()
    assert run.state is PlanState.QUEUED
    assert jobs.compute_next()
    assert (run.state, run.outcome["objective"], run.basis_sha256) == (PlanState.DONE, 3, "basis")
    assert run.started_at is not None
    assert run.finished_at is not None
    assert not jobs.compute_next()
    assert {"plan.asked", "plan.computed"} <= set(db.session.scalars(select(AuditRecord.action)))


def test_one_at_a_time_for_each_kind(handle: Callable[[Compute], None]) -> None:
    handle(lambda run, watch: Found({"status": "optimal"}))
    roadshow = make.roadshow()
    first = ask(roadshow)
    with pytest.raises(Conflict) as refused:
        ask(roadshow)
    assert refused.value.code == "plan_running"
    plan_runs.ask_plan(roadshow=roadshow, kind=PlanKind.MEETINGS, settings={})
    db.session.commit()
    ask()  # another event's
    jobs.compute_next()
    second = ask(roadshow)  # what waited to be looked at makes way
    assert (first.state, second.number) == (PlanState.DISCARDED, 2)


def test_a_run_that_waits_is_canceled_at_once() -> None:
    run = ask()
    plan_runs.cancel_plan(run=run)
    plan_runs.cancel_plan(run=run)
    db.session.commit()
    assert run.state is PlanState.CANCELED
    assert not jobs.compute_next()


@pytest.mark.parametrize(("usable", "state"), [(True, PlanState.DONE), (False, PlanState.CANCELED)])
def test_a_run_that_is_stopped_keeps_the_best_it_has(
    handle: Callable[[Compute], None], monkeypatch: pytest.MonkeyPatch, usable: bool, state: PlanState
) -> None:
    monkeypatch.setattr(jobs, "_EVERY", 0)

    def compute(run: PlanRun, watch: Watch) -> Found:
        assert not watch.cancelled()
        plan_runs.cancel_plan(run=run)
        db.session.commit()
        assert watch.cancelled()
        return Found({"status": "feasible"}, is_usable=usable)

    handle(compute)
    run = ask()
    jobs.compute_next()
    assert run.state is state


def test_progress_is_kept_without_making_a_decision_stale(
    handle: Callable[[Compute], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_EVERY", 0)
    seen: list[Any] = []

    def compute(run: PlanRun, watch: Watch) -> Found:
        version = run.version
        watch.progress({"phase": "search", "placed": 3})
        watch.cancelled()
        db.session.refresh(run)
        seen.append((run.progress["phase"], run.progress["placed"], run.version == version))
        return Found({})

    handle(compute)
    ask()
    jobs.compute_next()
    assert seen == [("search", 3, True)]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (isolated.IsolatedError("solver_missing", packages=["ortools"]), "solver_missing"),
        (isolated.Busy(), "busy"),
        (Conflict("nothing", code="nothing_to_plan"), "nothing_to_plan"),
        (ZeroDivisionError(), "unexpected"),
    ],
)
def test_a_run_that_comes_to_nothing_says_why(
    handle: Callable[[Compute], None], error: Exception, code: str
) -> None:
    def compute(_run: PlanRun, _watch: Watch) -> Found:
        raise error

    handle(compute)
    run = ask()
    jobs.compute_next()
    assert (run.state, run.outcome["error"]) == (PlanState.FAILED, code)
    ask(run.roadshow)  # and the way is free


def test_a_run_whose_process_died_is_computed_again_and_given_up_the_second_time(
    handle: Callable[[Compute], None], turn_clock: Clock
) -> None:
    class Died(BaseException):
        """The worker is gone in the middle of it."""

    def compute(_run: PlanRun, _watch: Watch) -> Found:
        raise Died

    handle(compute)
    run = ask()
    for attempt in (1, 2):
        with pytest.raises(Died):
            jobs.compute_next()
        db.session.rollback()
        assert (run.state, run.progress["attempts"]) == (PlanState.RUNNING, attempt)
        turn_clock.advance(seconds=59)
        assert not jobs.compute_next()  # it may live yet
        turn_clock.advance(seconds=2)
    assert not jobs.compute_next()
    assert (run.state, run.outcome["error"]) == (PlanState.FAILED, "lost")


def test_what_a_lost_process_brings_later_is_not_kept(
    handle: Callable[[Compute], None], turn_clock: Clock
) -> None:
    def compute(run: PlanRun, _watch: Watch) -> Found:
        db.session.rollback()
        run.state = PlanState.FAILED
        db.session.commit()
        return Found({"status": "optimal"})

    handle(compute)
    run = ask()
    jobs.compute_next()
    assert run.state is PlanState.FAILED


def test_a_plan_is_decided_once_and_only_as_it_was_seen(handle: Callable[[Compute], None]) -> None:
    handle(lambda run, watch: Found({"status": "optimal"}))
    run = ask()
    with pytest.raises(Conflict):
        plan_runs.discard_plan(run=run)
    jobs.compute_next()
    with pytest.raises(Conflict) as stale:
        plan_runs.discard_plan(run=run, seen=run.version - 1)
    assert stale.value.code == "stale"
    plan_runs.discard_plan(run=run, seen=run.version)
    assert run.state is PlanState.DISCARDED
    with pytest.raises(Conflict) as decided:
        plan_runs.discard_plan(run=run)
    assert decided.value.code == "plan_decided"


@pytest.mark.parametrize("state", [RoadshowState.CANCELED, RoadshowState.CLOSED])
def test_nothing_is_planned_for_an_event_that_is_canceled_or_over(state: RoadshowState) -> None:
    with pytest.raises(Conflict):
        ask(make.roadshow(state=state))
