"""Work on a clock: outbox, reminders, clean-up. One elected process runs it, never each web worker.

The leader holds a lock that dies with its process (a file lock on SQLite, an advisory lock on PostgreSQL), so
that
another worker takes over by itself. Every job is derived from the state of the database, so a missed run
loses nothing.
"""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import Flask
from sqlalchemy import text

from core import clock
from core.db import db
from core.models import Heartbeat

log = structlog.get_logger(__name__)

_LEADER_LOCK = 0x6A696163  # "jiac"
_JOBS = "jobs"
_SILENT = timedelta(minutes=2)


@dataclass(frozen=True)
class PeriodicJob:
    """`run` is called in an application context every `seconds`; it commits its own work."""

    name: str
    seconds: int
    run: Callable[[], Any]


periodic: list[PeriodicJob] = []


def every(seconds: int, name: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register a periodic job."""

    def register(run: Callable[[], Any]) -> Callable[[], Any]:
        periodic.append(PeriodicJob(name, seconds, run))
        return run

    return register


@dataclass(frozen=True)
class TimedJob:
    """`run` is called at each moment that `next_moment` names, and every `seconds` as a sweep besides.

    next_moment: in an application context, when there is something to do next, aware, or None. It is asked
    anew after each run, so that what another process has written since counts within `seconds`.
    """

    name: str
    seconds: int
    run: Callable[[], Any]
    next_moment: Callable[[], datetime | None]


timed: list[TimedJob] = []


def at_moments(
    seconds: int, name: str, next_moment: Callable[[], datetime | None]
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register a job that has moments of its own."""

    def register(run: Callable[[], Any]) -> Callable[[], Any]:
        timed.append(TimedJob(name, seconds, run, next_moment))
        return run

    return register


def run_once(app: Flask, job: PeriodicJob | TimedJob) -> bool:
    """One run, and whether it went well; an error is logged and does not stop the next."""
    with app.app_context():
        try:
            job.run()
        except Exception:
            db.session.rollback()
            log.exception("job_failed", job=job.name)
            return False
        finally:
            db.session.remove()
    return True


@every(30, "heartbeat")
def beat() -> None:
    """Let every process of the site know that the jobs run."""
    db.session.merge(Heartbeat(name=_JOBS, at=clock.now()))
    db.session.commit()


def are_running() -> bool:
    """Whether some process has shown lately that it runs the jobs."""
    last = db.session.get(Heartbeat, _JOBS)
    return last is not None and last.at > clock.now() - _SILENT


def start_when_elected(app: Flask) -> None:
    """Wait in the background for the leader's lock, then run the periodic jobs until this process ends."""
    threading.Thread(target=_lead, args=(app,), name="jobs", daemon=True).start()


def _lead(app: Flask) -> None:
    from apscheduler.schedulers.background import BackgroundScheduler

    _held.append(_acquire(app))
    run_once(app, next(job for job in periodic if job.run is beat))
    scheduler = BackgroundScheduler(timezone="UTC", daemon=True)
    for job in periodic:
        scheduler.add_job(
            run_once,
            "interval",
            args=(app, job),
            seconds=job.seconds,
            max_instances=1,
            coalesce=True,
            id=job.name,
        )
    for timed_job in timed:
        scheduler.add_job(
            run_and_wind,
            "interval",
            args=(app, scheduler, timed_job),
            seconds=timed_job.seconds,
            next_run_time=clock.now(),
            max_instances=1,
            coalesce=True,
            id=timed_job.name,
        )
    scheduler.start()
    names = [job.name for job in periodic] + [job.name for job in timed]
    log.info("jobs_started", jobs=names)


def run_and_wind(app: Flask, scheduler: Any, job: TimedJob) -> None:
    """Run the job, then set the alarm for its next moment; the former alarm is replaced, or taken away."""
    run_once(app, job)
    alarm = f"{job.name}: next moment"
    with app.app_context():
        try:
            moment = job.next_moment()
        except Exception:
            log.exception("job_failed", job=alarm)
            return
        finally:
            db.session.remove()
    if moment is not None:
        scheduler.add_job(
            run_and_wind,
            "date",
            args=(app, scheduler, job),
            run_date=moment,
            misfire_grace_time=None,
            replace_existing=True,
            id=alarm,
        )
    elif scheduler.get_job(alarm):
        scheduler.remove_job(alarm)


_held: list[Any] = []
"""Keeps the lock's file or connection open as long as the process lives."""


def _acquire(app: Flask) -> Any:
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            while True:
                connection = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                if connection.execute(
                    text("SELECT pg_try_advisory_lock(:key)"), {"key": _LEADER_LOCK}
                ).scalar():
                    return connection
                connection.close()
                time.sleep(5)
    path = app.config["SETTINGS"].INSTANCE / "jobs.lock"
    file = path.open("a")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file
