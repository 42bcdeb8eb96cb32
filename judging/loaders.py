"""How the room's parts of an address become rows.

A judge's own pages name edition and round by slug (`edition_slug`, `round_slug`) and load everything in
one statement
by `desk` or `sheet`; for anybody but the judge there is no such desk and no such sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from competition.models import Edition, Entry, Round
from core.access import SignInFirst, loads, person
from core.db import db
from judging.models import Judge, ScoreSheet


@dataclass(frozen=True, slots=True)
class Desk:
    """A judge's place in a round."""

    judge: Judge
    round: Round
    edition: Edition


@loads("desk")
def load_desk(round_slug: str, loaded: dict[str, Any]) -> Desk | None:
    """The signed-in judge's place in the round of that slug."""
    who = person()
    if who is None:
        raise SignInFirst
    row = db.session.execute(
        select(Judge, Round, Edition)
        .join(Edition, Edition.id == Judge.edition_id)
        .join(Round, Round.edition_id == Edition.id)
        .where(
            Edition.slug == loaded["edition_slug"],
            Round.slug == round_slug,
            Judge.person_id == who.id,
            Judge.retired_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else Desk(*row)


@loads("sheet")
def load_sheet(entry_key: str, loaded: dict[str, Any]) -> ScoreSheet | None:
    """The signed-in judge's own sheet for the entry of that key, with round, edition, entry and team.

    A request that writes holds the sheet until it commits.
    """
    who = person()
    if who is None:
        raise SignInFirst
    statement = (
        select(ScoreSheet)
        .join(ScoreSheet.round)
        .join(Round.edition)
        .join(ScoreSheet.entry)
        .join(Entry.team)
        .join(ScoreSheet.judge)
        .where(
            Edition.slug == loaded["edition_slug"],
            Round.slug == loaded["round_slug"],
            Entry.key == entry_key,
            Judge.person_id == who.id,
            Judge.retired_at.is_(None),
        )
        .options(
            contains_eager(ScoreSheet.round).contains_eager(Round.edition),
            contains_eager(ScoreSheet.entry).contains_eager(Entry.team),
            contains_eager(ScoreSheet.judge),
        )
    )
    if request.method in ("POST", "PUT"):
        statement = statement.with_for_update(of=ScoreSheet)
    return db.session.execute(statement).scalar_one_or_none()


@loads("judge")
def load_judge(key: str, loaded: dict[str, Any]) -> Judge | None:
    """The edition's judge with this key."""
    return db.session.execute(
        select(Judge)
        .where(Judge.key == key, Judge.edition_id == loaded["edition"].id)
        .options(joinedload(Judge.person), joinedload(Judge.invitation))
    ).scalar_one_or_none()
