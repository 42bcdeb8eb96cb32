"""Planning runs: the one at hand, and one by its number."""

from __future__ import annotations

from sqlalchemy import select

from core.db import db
from roadshows.models import PlanKind, PlanRun, PlanState, Roadshow

_AT_HAND = (PlanState.QUEUED, PlanState.RUNNING, PlanState.DONE)


def current(roadshow: Roadshow, kind: PlanKind) -> PlanRun | None:
    """The run that is computed or waits for a decision."""
    return db.session.scalars(
        select(PlanRun)
        .where(PlanRun.roadshow_id == roadshow.id, PlanRun.kind == kind, PlanRun.state.in_(_AT_HAND))
        .order_by(PlanRun.number.desc())
        .limit(1)
    ).one_or_none()


def by_number(roadshow: Roadshow, kind: PlanKind, number: int) -> PlanRun | None:
    """The roadshow's run of the kind with this number."""
    return db.session.scalars(
        select(PlanRun).where(
            PlanRun.roadshow_id == roadshow.id, PlanRun.kind == kind, PlanRun.number == number
        )
    ).one_or_none()
