"""What happens to results on the clock: publication at a set time, the end of the notice period."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import select

from core import clock
from core.db import db
from core.errors import Problem
from core.jobs import every
from judging.models import Result, ResultState
from judging.operations import results

log = structlog.get_logger(__name__)


@every(5, "publish results")
def publish_due() -> int:
    """Publish every signed version whose moment has come; returns how many. Each commits on its own."""
    due = db.session.scalars(
        select(Result.id).where(
            Result.state == ResultState.SIGNED,
            Result.publish_at.is_not(None),
            Result.publish_at <= clock.now(),
        )
    ).all()
    return _each(due, lambda result: results.publish_due(result=result))


@every(60, "finish notice periods")
def finish_due() -> int:
    """Make every provisional version final whose notice period is over and whose objections are answered."""
    due = db.session.scalars(
        select(Result.id).where(Result.state == ResultState.PROVISIONAL, Result.notice_until < clock.now())
    ).all()
    return _each(due, lambda result: results.final_due(result=result))


def _each(ids: Sequence[int], act: Callable[[Result], bool]) -> int:
    db.session.rollback()
    done = 0
    for result_id in ids:
        try:
            done += act(db.session.get_one(Result, result_id))
            db.session.commit()
        except Problem as problem:  # an archived edition, for instance: the others go on
            db.session.rollback()
            log.warning("result_not_published", result=result_id, problem=problem.code)
    return done
