"""Bonus and deductions: points that are added to an entry's total or taken off, for a published reason."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.models import Person
from competition.models import Entry, EntryState, Round, RoundEntry
from core import audit, clock
from core.db import db
from core.errors import BadInput, Conflict
from core.quoting import name_problem
from core.text import deceiving_characters
from judging.exact import MOST_DIGITS, NumberError, exact, plain
from judging.models import Adjustment
from judging.operations.common import hold_round, id_of, refuse_pending
from judging.queries import adjustments as queries

MOST_PER_ENTRY = 20
MOST_DECIMALS = 4
LONGEST_REASON = 300
_MOST_POINTS = 1_000_000


def adjust_entry(
    *, round: Round, entry: Entry, points: str, reason: str, seen: int | None = None, who: Person
) -> Adjustment:
    """Add `points` (plain decimal text, "-2.5" for a deduction) to the entry's total in the round.

    seen: the state of the round's adjustments that the page showed (`queries.adjustments.seen_state`).
    Raises BadInput for points that are no such number or 0, for a reason that is missing or can't be printed,
    and for an entry that isn't ranked in the round; Conflict while a version of the result waits, when others
    changed something meanwhile, and for more than twenty adjustments of one entry.
    """
    hold_round(round)
    refuse_pending(round)
    _check_seen(round, seen)
    figure = _checked_points(points)
    _check_reason(reason)
    if not _is_ranked(round, entry):
        raise BadInput(fields={"entry": _l("This entry is not ranked in this round.")})
    standing = [row for row in queries.standing_adjustments(round) if row.entry_id == entry.id]
    if len(standing) >= MOST_PER_ENTRY:
        raise Conflict(
            _l("This entry has %(most)d adjustments already; no more are possible.", most=MOST_PER_ENTRY)
        )
    row = Adjustment(
        edition_id=round.edition_id,
        round_id=round.id,
        entry_id=entry.id,
        entry=entry,
        points=figure,
        reason=reason,
        made_by=who.id,
        made_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    audit.record("adjustment.made", row, new=_brief(row), reason=reason, actor_id=id_of(who))
    return row


def withdraw_adjustment(*, adjustment: Adjustment, round: Round, who: Person) -> Adjustment:
    """Take an adjustment of the round back; the record keeps it.

    Raises Conflict when that was done before, and while a version of the result waits.
    """
    hold_round(round)
    refuse_pending(round)
    db.session.refresh(adjustment)
    if adjustment.withdrawn_at is not None:
        raise Conflict(_l("This was taken back already."), code="stale")
    adjustment.withdrawn_at = clock.now()
    db.session.flush()
    audit.record("adjustment.withdrawn", adjustment, old=_brief(adjustment), actor_id=id_of(who))
    return adjustment


def _check_seen(round: Round, seen: int | None) -> None:
    if seen is not None and seen != queries.state_now(round):
        raise Conflict(
            _l("Somebody else changed this a moment ago. Reload the page and look again."), code="stale"
        )


def _checked_points(points: str) -> str:
    """The points as short as is exact."""
    try:
        figure = exact(points)
    except NumberError as error:
        raise BadInput(fields={"points": _l("Please type a number, for example 2 or -2.5.")}) from error
    if not figure:
        raise BadInput(fields={"points": _l("0 points change nothing.")})
    if abs(figure) > _MOST_POINTS or 10**MOST_DECIMALS % figure.denominator:
        raise BadInput(
            fields={"points": _l("Points have four decimals at most and are not above a million.")}
        )
    assert 10**MOST_DIGITS % figure.denominator == 0
    return plain(figure)


def _check_reason(reason: str) -> None:
    problem: Any = None
    if not reason:
        problem = _l("Please give the reason: it is published with the result.")
    elif len(reason) > LONGEST_REASON:
        problem = _l("This is longer than %(max)d characters.", max=LONGEST_REASON)
    elif deceiving_characters(reason) or name_problem(reason):
        problem = _l("The reason holds characters that can't be seen or printed.")
    if problem:
        raise BadInput(fields={"reason": problem})


def _is_ranked(round: Round, entry: Entry) -> bool:
    if entry.edition_id != round.edition_id or entry.state is not EntryState.ACCEPTED:
        return False
    statement = select(RoundEntry.entry_id).where(
        RoundEntry.round_id == round.id, RoundEntry.entry_id == entry.id
    )
    return db.session.execute(statement).first() is not None


def _brief(row: Adjustment) -> dict[str, Any]:
    return {"entry": row.entry.key, "points": row.points, "reason": row.reason}
