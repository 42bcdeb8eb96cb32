"""Computing plans: the elected worker takes what was asked for, one after the other."""

from __future__ import annotations

import time
from typing import Any

import structlog

from core import isolated
from core.db import db
from core.errors import Problem
from core.jobs import every
from roadshows.models import PlanRun
from roadshows.operations import plan_runs
from roadshows.plan_handlers import HANDLERS

log = structlog.get_logger(__name__)

_EVERY = 1.0  # seconds between two looks at whether a run is still wanted
_BEAT = 10.0  # seconds after which a run shows that it lives, though nothing new was reported


class _Kept:
    """Keeps a run's progress, a write a second at most."""

    def __init__(self, run: PlanRun) -> None:
        self._run_id = run.id
        self._what: dict[str, Any] = dict(run.progress)
        self._changed = False
        self._looked_at = self._beaten_at = time.monotonic()
        self._unwanted = False

    def progress(self, what: dict[str, Any]) -> None:
        self._what |= what
        self._changed = True

    def cancelled(self) -> bool:
        moment = time.monotonic()
        if self._unwanted or moment < self._looked_at + _EVERY:
            return self._unwanted
        self._looked_at = moment
        if self._changed or moment >= self._beaten_at + _BEAT:
            self._beaten_at, self._changed = moment, False
            plan_runs.keep_progress(self._run_id, self._what)
        self._unwanted = not plan_runs.is_wanted(self._run_id)
        db.session.commit()
        return self._unwanted


@every(2, "compute plans")
def compute_next() -> bool:
    """Compute the run that waits longest; whether there was one."""
    run = plan_runs.take_next()
    db.session.commit()
    if run is None:
        return False
    run_id, code, params = run.id, "", {}
    try:
        found = HANDLERS.compute[run.kind](run, _Kept(run))
    except isolated.IsolatedError as error:
        code, params = error.code, error.params
    except isolated.Busy:
        code = "busy"
    except Problem as problem:
        code = problem.code
    except Exception:
        log.exception("plan_failed", run=run_id)
        code = "unexpected"
    db.session.rollback()
    run = db.session.get_one(PlanRun, run_id)
    if code:
        log.warning("plan_failed", run=run_id, code=code)
        plan_runs.fail(run=run, code=code, params=params)
    else:
        plan_runs.finish(run=run, found=found)
    db.session.commit()
    return True
