"""What the pages of results, the certificates and publication itself need to read of finalized and published
results."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, defer, joinedload, undefer

from accounts.models import Person
from competition.models import Edition, Entry, Round, Team
from core.db import db
from core.languages import Trilingual
from judging.models import Judge, Objection, Result, ResultState, ScoreSheet, SheetState
from judging.snapshots import code_order

STANDING = (ResultState.PROVISIONAL, ResultState.FINAL)
PENDING = (ResultState.FINALIZED, ResultState.SIGNED)
PUBLISHED = (*STANDING, ResultState.SUPERSEDED)

# -- versions -----------------------------------------------------------------------------------------------


def versions(of: Round) -> list[Result]:
    """All versions of a round's result, oldest first, without their snapshots."""
    return list(
        db.session.scalars(
            select(Result)
            .where(Result.round_id == of.id)
            .options(defer(Result.snapshot), defer(Result.judges))
            .order_by(Result.number)
        )
    )


def published_versions(of: Round) -> list[Result]:
    """The versions that the public may see, oldest first, without their snapshots."""
    return [result for result in versions(of) if result.state in PUBLISHED]


def standing_result(of: Round) -> Result | None:
    """The published version that counts now, provisional or final, with its snapshot."""
    return db.session.scalars(
        select(Result)
        .where(Result.round_id == of.id, Result.state.in_(STANDING))
        .options(undefer(Result.snapshot))
    ).one_or_none()


def pending_result(of: Round) -> Result | None:
    """The version that is finalized or signed and not published."""
    return db.session.scalars(
        select(Result).where(Result.round_id == of.id, Result.state.in_(PENDING))
    ).one_or_none()


def published_result(of: Round, number: int) -> Result | None:
    """Version `number` if the public may see it, with its snapshot."""
    return db.session.scalars(
        select(Result)
        .where(Result.round_id == of.id, Result.number == number, Result.state.in_(PUBLISHED))
        .options(undefer(Result.snapshot))
    ).one_or_none()


def standing_results(edition: Edition) -> list[tuple[Round, Result]]:
    """The published rounds of an edition, in order, each with the version that counts."""
    rows = db.session.execute(
        select(Round, Result)
        .join(Result, Result.round_id == Round.id)
        .where(Round.edition_id == edition.id, Result.state.in_(STANDING))
        .options(undefer(Result.snapshot))
        .order_by(Round.position, Round.id)
    )
    return [(round_, result) for round_, result in rows]


def open_objections(of: Round) -> int:
    """How many objections against any version of the round's result are not answered yet."""
    return db.session.execute(
        select(func.count(Objection.id))
        .join(Result, Result.id == Objection.result_id)
        .where(Result.round_id == of.id, Objection.outcome.is_(None))
    ).scalar_one()


def next_round(of: Round) -> Round | None:
    """The round that follows in the edition."""
    return db.session.scalars(
        select(Round)
        .where(Round.edition_id == of.edition_id, Round.position > of.position)
        .order_by(Round.position)
        .limit(1)
    ).one_or_none()


def lets_advance(of: Round) -> bool:
    """Whether the round's result says who goes on: it has places in the next round, or a line to reach."""
    by_line = ((of.rule or {}).get("advance") or {}).get("by") == "line"
    return by_line or of.advance_places is not None


def content(result: Result) -> dict[str, Any]:
    """The snapshot as read from its canonical text."""
    parsed: dict[str, Any] = json.loads(result.snapshot)
    return parsed


def row_of_team(snapshot: Mapping[str, Any], team: Team) -> dict[str, Any] | None:
    """The team's line in a snapshot; None when it wasn't ranked."""
    found: dict[str, Any] | None = next(
        (row for row in snapshot["ranking"] if row["team"]["key"] == team.key), None
    )
    return found


@dataclass(frozen=True, slots=True)
class Winner:
    """A team that a final result gives a prize, as certificates need it. `members`: ids of its confirmed
    members.
    """

    result_id: int
    version: int
    round: str
    round_name: Trilingual
    rank: int
    prize_id: int
    prize: Trilingual
    team_id: int
    team_key: str
    team_name: str
    team_name_latin: str
    title: Trilingual
    members: tuple[int, ...]
    final_at: datetime


def final_winners(edition: Edition, *, provisional: bool = False) -> list[Winner]:
    """Who has won what by the edition's final results, best first.

    provisional: results within their notice period too, for previews. They give nobody a certificate.
    """
    return [
        winner
        for round_, result in standing_results(edition)
        if provisional or result.state is ResultState.FINAL
        for winner in winners_of(round_, result)
    ]


def winners_of(of: Round, result: Result) -> list[Winner]:
    """The prize winners of one published version, best first."""
    snapshot = content(result)
    names = {prize["id"]: Trilingual.from_json(prize["name"]) for prize in snapshot["prizes"]}
    moment = result.final_at or result.published_at
    assert moment is not None
    return [
        Winner(
            result_id=result.id,
            version=result.number,
            round=of.slug,
            round_name=of.name,
            rank=row["rank"],
            prize_id=row["prize"],
            prize=names[row["prize"]],
            team_id=row["team"]["id"],
            team_key=row["team"]["key"],
            team_name=row["team"]["name"],
            team_name_latin=row["team"]["name_latin"],
            title=Trilingual.from_json(row["title"]),
            members=tuple(row["team"]["members"]),
            final_at=moment,
        )
        for row in snapshot["ranking"]
        if row["prize"] is not None
    ]


# -- teams and objections -----------------------------------------------------------------------------------


def comments_for(result: Result, team: Team) -> list[tuple[str, str]]:
    """What judges wrote to the team, each under the anonymous code of the snapshot, in the codes' order."""
    codes = {key: code for code, key in result.judges.items()}
    rows = db.session.execute(
        select(Judge.key, ScoreSheet.comment)
        .join(ScoreSheet, ScoreSheet.judge_id == Judge.id)
        .join(Entry, Entry.id == ScoreSheet.entry_id)
        .where(
            ScoreSheet.round_id == result.round_id,
            Entry.team_id == team.id,
            ScoreSheet.state == SheetState.SUBMITTED,
            ScoreSheet.comment != "",
        )
    )
    told = [(codes[key], comment) for key, comment in rows if key in codes]
    return sorted(told, key=lambda pair: code_order(pair[0]))


def objections_of(of: Round, team: Team) -> list[Objection]:
    """The team's objections to any version of the round's result, oldest first."""
    return list(
        db.session.scalars(
            select(Objection)
            .join(Result, Result.id == Objection.result_id)
            .where(Result.round_id == of.id, Objection.team_id == team.id)
            .options(contains_eager(Objection.result).defer(Result.snapshot))
            .order_by(Objection.id)
        )
    )


def objections_against(of: Round) -> list[Objection]:
    """All objections to the round's result with their teams, those without an answer first."""
    return list(
        db.session.scalars(
            select(Objection)
            .join(Result, Result.id == Objection.result_id)
            .where(Result.round_id == of.id)
            .options(contains_eager(Objection.result).defer(Result.snapshot), joinedload(Objection.team))
            .order_by(Objection.answered_at.is_not(None), Objection.id)
        )
    )


# -- the organizers' pages ----------------------------------------------------------------------------------


def version_of(of: Round, number: int) -> Result | None:
    """Version `number` in any state, with its snapshot."""
    return db.session.scalars(
        select(Result).where(Result.round_id == of.id, Result.number == number)
    ).one_or_none()


def rounds_with_latest(edition: Edition) -> list[tuple[Round, Result | None]]:
    """Every round of the edition with the newest version of its result that was not discarded."""
    newest = (
        select(Result.round_id, func.max(Result.number).label("number"))
        .where(Result.edition_id == edition.id, Result.state != ResultState.DISCARDED)
        .group_by(Result.round_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Round, Result)
        .outerjoin(newest, newest.c.round_id == Round.id)
        .outerjoin(Result, (Result.round_id == Round.id) & (Result.number == newest.c.number))
        .where(Round.edition_id == edition.id)
        .options(defer(Result.snapshot), defer(Result.judges))
        .order_by(Round.position, Round.id)
    )
    return [(round_, result) for round_, result in rows]


def people_of(results: Sequence[Result]) -> dict[int, str]:
    """Who finalized and signed: id → name."""
    ids = {person for result in results for person in (result.finalized_by, result.signed_by) if person}
    if not ids:
        return {}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many versions wait for a signature or for publication, and how many objections for an answer."""

    unsigned: int
    unpublished: int
    objections: int


def waiting(edition: Edition) -> Waiting:
    """What waits in the results of an edition, in one statement."""
    pending = select(func.count(Result.id)).where(Result.edition_id == edition.id)
    unanswered = select(func.count(Objection.id)).where(
        Objection.edition_id == edition.id, Objection.outcome.is_(None)
    )
    row = db.session.execute(
        select(
            pending.where(Result.state == ResultState.FINALIZED).scalar_subquery(),
            pending.where(Result.state == ResultState.SIGNED, Result.publish_at.is_(None)).scalar_subquery(),
            unanswered.scalar_subquery(),
        )
    ).one()
    return Waiting(*row)


def anything_published(edition: Edition) -> bool:
    """Whether the public sees a result of this edition."""
    found = db.session.execute(
        select(Result.id).where(Result.edition_id == edition.id, Result.state.in_(STANDING)).limit(1)
    ).first()
    return found is not None


def unsigned_in(editions: Sequence[int]) -> list[Result]:
    """Versions of these editions that wait for a signature, with round and edition."""
    return list(
        db.session.scalars(
            select(Result)
            .where(Result.edition_id.in_(editions), Result.state == ResultState.FINALIZED)
            .options(
                defer(Result.snapshot),
                defer(Result.judges),
                joinedload(Result.round, innerjoin=True).joinedload(Round.edition, innerjoin=True),
            )
            .order_by(Result.id)
        )
    )
