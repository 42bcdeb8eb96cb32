"""What a judge may wish for: entries of rounds that are still to be judged, and what keeps her from some."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import contains_eager

from competition.models import Edition, Entry, EntryState, Round, RoundEntry, Team
from core import clock
from core.db import db
from core.languages import Trilingual
from judging.models import DeclaredConflict, Inclination, Judge, JudgeWish, ScoreSheet
from judging.queries.conflicts import conflicts_of


def is_ahead() -> ColumnElement[bool]:
    """Of a round: its scoring has not closed, and no judge has been told of its assignment yet."""
    return and_(
        or_(Round.scoring_closes_at.is_(None), Round.scoring_closes_at >= clock.now()),
        ~exists().where(ScoreSheet.round_id == Round.id, ScoreSheet.told_at.is_not(None)),
    )


@dataclass(frozen=True, slots=True)
class WishRow:
    """An entry that the judge may be asked to judge. `conflict`: what keeps her from it, of `CONFLICTS`."""

    id: int
    team_id: int
    key: str
    title: Trilingual
    team: str
    round: Trilingual
    wish: Inclination | None
    conflict: str


def wish_rows(judge: Judge) -> list[WishRow]:
    """The accepted entries of the edition's rounds that are ahead, each once, in the order of the rounds; two
    statements."""
    rows = db.session.execute(
        select(
            Entry.id,
            Entry.team_id,
            Entry.key,
            Entry.title,
            Team.name.label("team"),
            Round.name.label("round"),
            JudgeWish.wish,
        )
        .select_from(RoundEntry)
        .join(Round, Round.id == RoundEntry.round_id)
        .join(Entry, Entry.id == RoundEntry.entry_id)
        .join(Team, Team.id == Entry.team_id)
        .outerjoin(JudgeWish, (JudgeWish.entry_id == Entry.id) & (JudgeWish.judge_id == judge.id))
        .where(
            Round.edition_id == judge.edition_id,
            Entry.state == EntryState.ACCEPTED,
            is_ahead(),
        )
        .order_by(Round.position, RoundEntry.position, Entry.id)
    ).all()
    first = {row.id: row for row in reversed(rows)}
    once = [row for row in rows if first[row.id] is row]
    found = conflicts_of(judge.edition_id, [judge], once)
    return [
        WishRow(
            row.id,
            row.team_id,
            row.key,
            row.title,
            row.team,
            row.round,
            row.wish,
            found.get((judge.id, row.id), ""),
        )
        for row in once
    ]


def entry_ahead(judge: Judge, key: str) -> Entry | None:
    """One of those entries, by its key, with its team. One statement."""
    inside = exists().where(RoundEntry.entry_id == Entry.id, RoundEntry.round_id == Round.id, is_ahead())
    return db.session.execute(
        select(Entry)
        .join(Entry.team)
        .where(
            Entry.key == key,
            Entry.edition_id == judge.edition_id,
            Entry.state == EntryState.ACCEPTED,
            inside,
        )
        .options(contains_eager(Entry.team))
    ).scalar_one_or_none()


def conflicts_of_judge(judge: Judge) -> list[DeclaredConflict]:
    """What is recorded between the judge and teams, in order, with the teams. One statement."""
    return list(
        db.session.scalars(
            select(DeclaredConflict)
            .join(DeclaredConflict.team)
            .where(DeclaredConflict.judge_id == judge.id)
            .options(contains_eager(DeclaredConflict.team))
            .order_by(DeclaredConflict.id)
        )
    )


def editions_to_wish_in(person_id: int) -> list[Edition]:
    """Editions whose panel this person is on and which have a round ahead. One statement."""
    ahead = exists().where(
        Round.edition_id == Edition.id,
        is_ahead(),
        exists().where(RoundEntry.round_id == Round.id),
    )
    return list(
        db.session.scalars(
            select(Edition)
            .join(Judge, Judge.edition_id == Edition.id)
            .where(Judge.person_id == person_id, Judge.retired_at.is_(None), ahead)
            .order_by(Edition.year.desc(), Edition.id)
        )
    )
