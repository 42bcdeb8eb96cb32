"""What pages about the time after the event read: attendance, meetings held, outcomes, tasks, feedback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from accounts.models import Grant, Person, Role
from core.db import db
from core.models import AuditRecord
from roadshows import outcome_sums
from roadshows.labels_of_meetings import QUESTIONS
from roadshows.models import (
    Attendance,
    Feedback,
    FollowUp,
    Guest,
    GuestKind,
    GuestState,
    Meeting,
    MeetingState,
    Outcome,
    Roadshow,
)
from roadshows.outcome_sums import Line, Marked
from roadshows.policy import SCOPE


@dataclass(frozen=True)
class AttendanceTable:
    """Guests by kind: how many were confirmed, and how many were there on each day and at all."""

    days: list[date]
    kinds: list[tuple[GuestKind, int, list[int], int]]
    confirmed: int
    by_day: list[int]
    came: int


def attendance_of(roadshow: Roadshow) -> AttendanceTable:
    confirmed = {
        row.kind: row.number
        for row in db.session.execute(
            select(Guest.kind, func.count().label("number"))
            .where(Guest.roadshow_id == roadshow.id, Guest.state == GuestState.CONFIRMED)
            .group_by(Guest.kind)
        )
    }
    there: dict[tuple[GuestKind, date], int] = {}
    people: dict[GuestKind, set[int]] = {}
    for row in db.session.execute(
        select(Guest.kind, Attendance.on, Attendance.guest_id)
        .join(Guest, Guest.id == Attendance.guest_id)
        .where(Attendance.roadshow_id == roadshow.id)
    ):
        there[row.kind, row.on] = there.get((row.kind, row.on), 0) + 1
        people.setdefault(row.kind, set()).add(row.guest_id)
    days = sorted({on for _kind, on in there})
    kinds = [
        (kind, confirmed.get(kind, 0), [there.get((kind, on), 0) for on in days], len(people.get(kind, ())))
        for kind in GuestKind
        if kind in confirmed or kind in people
    ]
    return AttendanceTable(
        days,
        kinds,
        sum(confirmed.values()),
        [sum(line[2][place] for line in kinds) for place in range(len(days))],
        sum(line[3] for line in kinds),
    )


def meeting_states(roadshow: Roadshow) -> dict[MeetingState, int]:
    """How many meetings are in each state."""
    found = dict.fromkeys(MeetingState, 0)
    for row in db.session.execute(
        select(Meeting.state, func.count().label("number"))
        .where(Meeting.roadshow_id == roadshow.id)
        .group_by(Meeting.state)
    ):
        found[row.state] = row.number
    return found


def outcomes_of(roadshow: Roadshow) -> Sequence[Outcome]:
    """The latest first, with both parties."""
    return db.session.scalars(
        select(Outcome)
        .where(Outcome.roadshow_id == roadshow.id)
        .options(joinedload(Outcome.team), joinedload(Outcome.investor))
        .order_by(Outcome.on.desc(), Outcome.id.desc())
    ).all()


def lines_of(outcomes: Sequence[Outcome]) -> list[Line]:
    return [Line(row.stage.value, row.amount, row.currency) for row in outcomes]


def tasks_of(roadshow: Roadshow) -> Sequence[FollowUp]:
    """Open ones first, by when they are due."""
    return db.session.scalars(
        select(FollowUp)
        .where(FollowUp.roadshow_id == roadshow.id)
        .options(joinedload(FollowUp.assignee))
        .order_by(FollowUp.done_at.is_not(None), FollowUp.due_on.is_(None), FollowUp.due_on, FollowUp.id)
    ).all()


def open_tasks_of(person_id: int) -> list[tuple[FollowUp, Roadshow]]:
    """What a person still has to do, of all roadshows."""
    rows = db.session.execute(
        select(FollowUp, Roadshow)
        .join(Roadshow, Roadshow.id == FollowUp.roadshow_id)
        .where(FollowUp.assigned_to == person_id, FollowUp.done_at.is_(None))
        .order_by(FollowUp.due_on.is_(None), FollowUp.due_on, FollowUp.id)
    )
    return [(row[0], row[1]) for row in rows]


def organizers_of(roadshow: Roadshow) -> Sequence[Person]:
    """Who can be given a task: organizers of the roadshow and of its edition."""
    scopes = [(Grant.scope_kind == SCOPE) & (Grant.scope_id == roadshow.id)]
    if roadshow.edition_id is not None:
        scopes.append((Grant.scope_kind == "edition") & (Grant.scope_id == roadshow.edition_id))
    return (
        db.session.scalars(
            select(Person)
            .join(Grant, Grant.person_id == Person.id)
            .where(Grant.role == Role.ORGANIZER, or_(*scopes))
            .order_by(Person.name, Person.id)
        )
        .unique()
        .all()
    )


@dataclass(frozen=True)
class FeedbackSummary:
    """Marks question by question; comments without names, in the order of their texts so that nothing tells
    who wrote when; both only once enough people have answered."""

    sheets: int
    questions: list[Marked]
    comments: list[str]


def feedback_of(roadshow: Roadshow) -> FeedbackSummary:
    rows = db.session.execute(
        select(Feedback.marks, Feedback.comment).where(Feedback.roadshow_id == roadshow.id)
    ).all()
    questions = [
        outcome_sums.marked(name, [row.marks[name] for row in rows if name in row.marks])
        for name in QUESTIONS
    ]
    comments = sorted(row.comment for row in rows if row.comment)
    return FeedbackSummary(len(rows), questions, comments if len(rows) >= outcome_sums.FEWEST else [])


@dataclass(frozen=True)
class Step:
    """One state of an outcome, as the audit record keeps it: when, by whom, and the values."""

    at: datetime
    by: str
    values: dict[str, Any]


def history_of(outcome: Outcome) -> list[Step]:
    """How the outcome came to be what it is, the latest first."""
    rows = db.session.execute(
        select(AuditRecord.at, AuditRecord.new, Person.name)
        .outerjoin(Person, Person.id == AuditRecord.actor_id)
        .where(AuditRecord.object_kind == "outcome", AuditRecord.object_id == outcome.id)
        .order_by(AuditRecord.id.desc())
    )
    return [Step(row[0], row[2] or "", dict(row[1] or {})) for row in rows]
