"""Bonus and deductions of a round, as its pages and its ranking read them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from competition.models import Entry, EntryState, Round, RoundEntry, Team
from core.db import db
from judging.models import Adjustment


def adjustments_of(of: Round) -> list[Adjustment]:
    """Every adjustment of the round, those taken back too, with entry and team, oldest first."""
    return list(
        db.session.scalars(
            select(Adjustment)
            .join(Adjustment.entry)
            .join(Entry.team)
            .where(Adjustment.round_id == of.id)
            .options(contains_eager(Adjustment.entry).contains_eager(Entry.team))
            .order_by(Adjustment.id)
        )
    )


def standing_adjustments(of: Round) -> list[Adjustment]:
    """The adjustments that count, oldest first, without their entries."""
    return list(
        db.session.scalars(
            select(Adjustment)
            .where(Adjustment.round_id == of.id, Adjustment.withdrawn_at.is_(None))
            .order_by(Adjustment.id)
        )
    )


def seen_state(rows: Iterable[Adjustment]) -> int:
    """A number that grows with everything that happens to a round's adjustments: what a page has seen."""
    return sum(1 if row.withdrawn_at is None else 2 for row in rows)


def state_now(of: Round) -> int:
    """`seen_state` of the round's adjustments as they stand in the database."""
    row = db.session.execute(
        select(func.count(Adjustment.id), func.count(Adjustment.withdrawn_at)).where(
            Adjustment.round_id == of.id
        )
    ).one()
    return int(row[0] + row[1])


def adjustable_entries(of: Round) -> list[Entry]:
    """The accepted entries of the round with their teams, by the team's name."""
    return list(
        db.session.scalars(
            select(Entry)
            .join(RoundEntry, RoundEntry.entry_id == Entry.id)
            .join(Entry.team)
            .where(RoundEntry.round_id == of.id, Entry.state == EntryState.ACCEPTED)
            .options(contains_eager(Entry.team))
            .order_by(Team.name)
        )
    )
