"""How the room's parts of an address become rows.

A judge's own pages name edition and round by slug (`edition_slug`, `round_slug`) and load everything in
one statement
by `desk`, `sheet` or `own_sheet`; for anybody but the judge there is no such desk and no such sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import contains_eager, joinedload

from competition.models import Edition, Entry, Round
from core.access import SignInFirst, loads, person
from core.db import db
from core.languages import Trilingual
from judging.models import Judge, JudgingTerms, SampleEntry, SampleSheet, ScoreSheet
from judging.operations.sheets import AtHand
from judging.pledges import is_signed
from judging.queries.pledges import SIGNED_HASHES
from judging.queries.wishes import entry_ahead


@dataclass(frozen=True, slots=True)
class Shown:
    """What a judge's list shows of its edition or round."""

    slug: str
    name: Trilingual
    is_demo: bool = False
    imported_from: str = ""
    scoring_opens_at: datetime | None = None
    scoring_closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """A judge's place in a round."""

    judge_id: int
    edition_id: int
    round_id: int
    rule: dict[str, Any]
    edition: Shown
    round: Shown
    pledged: bool
    samples: int
    samples_done: int


# Made once: on the pages that judges use most, making a statement anew costs more than running it.
_DESK = (
    select(
        Judge.id.label("judge_id"),
        Judge.edition_id,
        Round.id.label("round_id"),
        Round.slug,
        Round.name,
        Round.rule,
        Round.scoring_opens_at,
        Round.scoring_closes_at,
        Edition.slug.label("edition_slug"),
        Edition.name.label("edition_name"),
        Edition.is_demo,
        Edition.imported_from,
        JudgingTerms.text.label("terms"),
        SIGNED_HASHES.label("signed"),
        select(func.count(SampleEntry.id))
        .where(SampleEntry.round_id == Round.id)
        .correlate(Round)
        .scalar_subquery()
        .label("samples"),
        select(func.count(SampleSheet.id))
        .join(SampleEntry, SampleEntry.id == SampleSheet.sample_id)
        .where(SampleEntry.round_id == Round.id, SampleSheet.judge_id == Judge.id)
        .correlate(Round, Judge)
        .scalar_subquery()
        .label("samples_done"),
    )
    .join(Edition, Edition.id == Judge.edition_id)
    .join(Round, Round.edition_id == Edition.id)
    .outerjoin(JudgingTerms, JudgingTerms.edition_id == Judge.edition_id)
    .where(
        Edition.slug == bindparam("edition"),
        Round.slug == bindparam("round"),
        Judge.person_id == bindparam("person"),
        Judge.retired_at.is_(None),
    )
)
_OWN_SHEET = (
    select(
        ScoreSheet.id,
        ScoreSheet.round_id,
        ScoreSheet.version,
        ScoreSheet.state,
        ScoreSheet.comment,
        ScoreSheet.private_note,
        Entry.state.label("entry_state"),
        Round.scoring_opens_at.label("opens_at"),
        Round.scoring_closes_at.label("closes_at"),
        Round.rule,
        JudgingTerms.text.label("terms"),
        SIGNED_HASHES.label("signed"),
    )
    .join(Round, Round.id == ScoreSheet.round_id)
    .join(Edition, Edition.id == Round.edition_id)
    .join(Entry, Entry.id == ScoreSheet.entry_id)
    .join(Judge, Judge.id == ScoreSheet.judge_id)
    .outerjoin(JudgingTerms, JudgingTerms.edition_id == Judge.edition_id)
    .where(
        Edition.slug == bindparam("edition"),
        Round.slug == bindparam("round"),
        Entry.key == bindparam("entry"),
        Judge.person_id == bindparam("person"),
        Judge.retired_at.is_(None),
    )
)
_OWN_SHEET_HELD = _OWN_SHEET.with_for_update(of=ScoreSheet)


@loads("desk")
def load_desk(round_slug: str, loaded: dict[str, Any]) -> Desk | None:
    """The signed-in judge's place in the round of that slug."""
    row = db.session.execute(
        _DESK, {"edition": loaded["edition_slug"], "round": round_slug, "person": _somebody()}
    ).one_or_none()
    if row is None:
        return None
    return Desk(
        row.judge_id,
        row.edition_id,
        row.round_id,
        row.rule or {},
        Shown(row.edition_slug, row.edition_name, row.is_demo, row.imported_from),
        Shown(
            row.slug,
            row.name,
            scoring_opens_at=row.scoring_opens_at,
            scoring_closes_at=row.scoring_closes_at,
        ),
        _pledged(row),
        row.samples,
        row.samples_done,
    )


@loads("own_sheet")
def load_own_sheet(entry_key: str, loaded: dict[str, Any]) -> AtHand | None:
    """The signed-in judge's own sheet for the entry of that key, as saving needs it.

    A request that writes holds the sheet until it commits.
    """
    writes = request.method in ("POST", "PUT")
    row = db.session.execute(
        _OWN_SHEET_HELD if writes else _OWN_SHEET,
        {
            "edition": loaded["edition_slug"],
            "round": loaded["round_slug"],
            "entry": entry_key,
            "person": _somebody(),
        },
    ).one_or_none()
    if row is None:
        return None
    known = dict(row._mapping)
    del known["terms"], known["signed"]
    return AtHand(**{**known, "rule": row.rule or {}, "pledged": _pledged(row)})


def _pledged(row: Any) -> bool:
    return row.terms is None or is_signed(row.terms, (row.signed or "").split(","))


def _somebody() -> int:
    who = person()
    if who is None:
        raise SignInFirst
    return who.id


@loads("sheet")
def load_sheet(entry_key: str, loaded: dict[str, Any]) -> ScoreSheet | None:
    """The signed-in judge's own sheet for the entry of that key, with round, edition, entry and team.

    A request that writes holds the sheet until it commits.
    """
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
            Judge.person_id == _somebody(),
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


@loads("sample")
def load_sample(key: str, loaded: dict[str, Any]) -> SampleEntry | None:
    """The sample entry with this key of the round that the address names before it."""
    desk = loaded.get("desk")
    round_id = desk.round_id if desk else loaded["round"].id
    return db.session.execute(
        select(SampleEntry).where(SampleEntry.key == key, SampleEntry.round_id == round_id)
    ).scalar_one_or_none()


@loads("own_judge")
def load_own_judge(edition_slug: str, loaded: dict[str, Any]) -> Judge | None:
    """The signed-in person as a judge of the edition of that slug, retired ones left out."""
    return db.session.execute(
        select(Judge)
        .join(Judge.edition)
        .where(Edition.slug == edition_slug, Judge.person_id == _somebody(), Judge.retired_at.is_(None))
        .options(contains_eager(Judge.edition), joinedload(Judge.person))
    ).scalar_one_or_none()


@loads("wished_entry")
def load_wished_entry(key: str, loaded: dict[str, Any]) -> Entry | None:
    """An entry that the judge may be asked to judge, with its team."""
    return entry_ahead(loaded["own_judge"], key)


@loads("judge")
def load_judge(key: str, loaded: dict[str, Any]) -> Judge | None:
    """The edition's judge with this key."""
    return db.session.execute(
        select(Judge)
        .where(Judge.key == key, Judge.edition_id == loaded["edition"].id)
        .options(joinedload(Judge.person), joinedload(Judge.invitation))
    ).scalar_one_or_none()
