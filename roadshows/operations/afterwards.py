"""What came of the meetings, and what has to follow: every change with its audit record, which is the
history."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.models import Person
from core import audit, clock
from core.db import db, lock
from core.errors import BadInput, Conflict
from roadshows.models import (
    FollowUp,
    MeetingParty,
    Outcome,
    OutcomeStage,
    Roadshow,
    RoadshowState,
    Side,
)
from roadshows.operations.meeting_checks import check_seen, id_of
from roadshows.queries.afterwards import organizers_of

MOST_AMOUNT = 999_999_999_999


def note_outcome(
    *,
    roadshow: Roadshow,
    team: MeetingParty,
    investor: MeetingParty,
    stage: OutcomeStage,
    on: date,
    amount: int | None = None,
    currency: str = "",
    note: str = "",
    who: Person | None = None,
) -> Outcome:
    """How far a team and an investor have come. amount: whole units of `currency` (ISO 4217).

    Raises Conflict when there is a row for the two already: that one is changed instead.
    """
    _require_not_draft(roadshow)
    if team.side is not Side.TEAM or investor.side is not Side.INVESTOR:
        raise BadInput(_l("Please choose a team and an investor."))
    _check_money(stage, amount, currency)
    lock(roadshow)
    standing = select(Outcome.id).where(Outcome.team_id == team.id, Outcome.investor_id == investor.id)
    if db.session.scalar(standing):
        raise Conflict(
            _l("There is an outcome of these two already. Please change that one."), code="outcome_exists"
        )
    row = Outcome(
        roadshow_id=roadshow.id,
        team_id=team.id,
        investor_id=investor.id,
        team=team,
        investor=investor,
        stage=stage,
        amount=amount,
        currency=currency,
        on=on,
        note=note,
        noted_by=id_of(who),
    )
    db.session.add(row)
    db.session.flush()
    audit.record("outcome.noted", row, new=_values(row), actor_id=id_of(who))
    return row


def _require_not_draft(roadshow: Roadshow) -> None:
    if roadshow.state is RoadshowState.DRAFT:
        raise Conflict(_l("This event is a draft: nothing has come of it yet."), code="roadshow_draft")


def _check_money(stage: OutcomeStage, amount: int | None, currency: str) -> None:
    if (amount is None) != (currency == ""):
        raise BadInput(fields={"amount": _l("Please give the amount and its currency together.")})
    if amount is not None and not 0 < amount <= MOST_AMOUNT:
        raise BadInput(fields={"amount": _l("Please give an amount above zero, in whole units.")})
    if stage is OutcomeStage.INVESTMENT and amount is None:
        raise BadInput(fields={"amount": _l("An investment has an amount. Please give it.")})


def _values(row: Outcome) -> dict[str, object]:
    return {
        "stage": row.stage.value,
        "amount": row.amount,
        "currency": row.currency,
        "on": row.on.isoformat(),
        "note": row.note,
    }


def change_outcome(
    *,
    outcome: Outcome,
    seen: int | None,
    stage: OutcomeStage,
    on: date,
    amount: int | None,
    currency: str,
    note: str,
    who: Person | None = None,
) -> None:
    """It went further, or was noted wrongly; what stood before stays in the history."""
    check_seen(outcome, seen)
    _check_money(stage, amount, currency)
    old = _values(outcome)
    outcome.stage, outcome.on, outcome.note = stage, on, note
    outcome.amount, outcome.currency = amount, currency
    outcome.noted_by, outcome.noted_at = id_of(who), clock.now()
    db.session.flush()
    audit.record("outcome.changed", outcome, old=old, new=_values(outcome), actor_id=id_of(who))


def add_task(
    *,
    roadshow: Roadshow,
    title: str,
    note: str,
    due_on: date | None,
    assignee_id: int | None,
    outcome: Outcome | None = None,
    who: Person | None = None,
) -> FollowUp:
    """A task that follows, for one of the roadshow's organizers."""
    _check_assignee(roadshow, assignee_id)
    row = FollowUp(
        roadshow_id=roadshow.id,
        outcome_id=outcome.id if outcome else None,
        title=title,
        note=note,
        due_on=due_on,
        assigned_to=assignee_id,
        made_by=id_of(who),
    )
    db.session.add(row)
    db.session.flush()
    audit.record("follow_up.added", row, new=_task_values(row), actor_id=id_of(who))
    return row


def _check_assignee(roadshow: Roadshow, assignee_id: int | None) -> None:
    if assignee_id is not None and assignee_id not in {row.id for row in organizers_of(roadshow)}:
        raise BadInput(fields={"assignee": _l("This person does not run the event. Please choose another.")})


def _task_values(row: FollowUp) -> dict[str, object]:
    return {
        "title": row.title,
        "note": row.note,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "assigned_to": row.assigned_to,
    }


def change_task(
    *,
    task: FollowUp,
    roadshow: Roadshow,
    seen: int | None,
    title: str,
    note: str,
    due_on: date | None,
    assignee_id: int | None,
    outcome: Outcome | None,
    who: Person | None = None,
) -> None:
    check_seen(task, seen)
    if assignee_id != task.assigned_to:
        _check_assignee(roadshow, assignee_id)
    old = _task_values(task)
    task.title, task.note, task.due_on, task.assigned_to = title, note, due_on, assignee_id
    task.outcome_id = outcome.id if outcome else None
    db.session.flush()
    audit.record("follow_up.changed", task, old=old, new=_task_values(task), actor_id=id_of(who))


def finish_task(*, task: FollowUp, seen: int | None, done: bool, who: Person | None = None) -> None:
    """Done, or open again."""
    check_seen(task, seen)
    task.done_at = clock.now() if done else None
    task.done_by = id_of(who) if done else None
    db.session.flush()
    audit.record("follow_up.done" if done else "follow_up.reopened", task, actor_id=id_of(who))
