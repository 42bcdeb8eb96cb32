"""What a head judge sees of a round before its result: all submitted totals, how far apart they are, and what
the panel has said. Nobody else's page may show anything of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from competition.models import Edition, Entry, EntryState, Round, RoundEntry, Team
from core.db import db
from core.languages import Trilingual
from judging.models import (
    Criterion,
    Judge,
    NoteKind,
    PanelNote,
    Result,
    ScoreSheet,
    SheetState,
    StandingsView,
    StoredMark,
)
from judging.queries.conflicts import conflicts_of
from judging.queries.judge import criteria_of
from judging.queries.results import PENDING, STANDING
from judging.rubrics import Totals, Weighing

DEFAULT_LIMIT = 25
"""Percent of the full mark above which totals of one entry lie far apart; usual practice, not measured."""


@dataclass(frozen=True, slots=True)
class SheetTotal:
    """One judge's sheet. `total` and `marks` (criterion id -> mark) are of a submitted one; else None, {}."""

    judge_key: str
    judge_name: str
    state: str
    total: Decimal | None
    marks: dict[int, str]
    asked: bool


@dataclass(frozen=True, slots=True)
class PanelLine:
    """An entry as the head judge sees it. `own_conflict`: she is kept apart from it and sees no total.

    `spread`: largest minus smallest submitted total, None below two; `mean`: of the submitted totals, rounded
    half up to two decimals, None without any.
    """

    id: int
    team_id: int
    key: str
    team: str
    title: Trilingual
    sheets: tuple[SheetTotal, ...]
    notes: int
    own_conflict: bool

    @property
    def totals(self) -> list[Decimal]:
        return [] if self.own_conflict else [one.total for one in self.sheets if one.total is not None]

    @property
    def spread(self) -> Decimal | None:
        totals = self.totals
        return max(totals) - min(totals) if len(totals) > 1 else None

    @property
    def mean(self) -> Decimal | None:
        totals = self.totals
        if not totals:
            return None
        return (sum(totals, Decimal()) / len(totals)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Panel:
    """A round before its result. `full`: the highest total that a sheet can hold."""

    criteria: tuple[Criterion, ...]
    full: Decimal
    lines: tuple[PanelLine, ...]

    def far_apart(self, line: PanelLine, limit: int) -> bool:
        """Whether the entry's totals differ by more than `limit` percent of the full mark."""
        return line.spread is not None and line.spread * 100 > self.full * limit


@dataclass(frozen=True, slots=True)
class _Entrant:
    id: int
    team_id: int


def panel_of(round: Round, *, judges: Sequence[Judge], entry: Entry | None = None) -> Panel:
    """The round's entries that take part (or `entry` alone) with all sheets but recused ones; three
    statements.

    judges: the head judge herself, as a judge of the edition; what she is kept apart from shows no total.
    """
    criteria = criteria_of(round.id)
    totals = Totals(((one.id, one.weight, one.scale) for one in criteria), Weighing.of(round.rule or {}))
    full = totals.text((one.id, (one.most - one.least) // one.step) for one in criteria)
    scales = {one.id: one.scale for one in criteria}
    rows = _rows(round, entry)
    entrants = {row.id: _Entrant(row.id, row.team_id) for row in rows}
    barred = {about for _judge, about in conflicts_of(round.edition_id, judges, list(entrants.values()))}
    marks: dict[int, list[tuple[int, int]]] = {}
    for row in rows:
        if row.steps is not None and row.id not in barred:
            marks.setdefault(row.sheet_id, []).append((row.criterion_id, row.steps))
    sheets: dict[int, dict[int, SheetTotal]] = {row.id: {} for row in rows}
    for row in rows:
        if row.sheet_id is None or row.sheet_id in sheets[row.id]:
            continue
        given = marks.get(row.sheet_id, ())
        sheets[row.id][row.sheet_id] = SheetTotal(
            row.judge_key,
            row.judge_name,
            str(row.state),
            Decimal(totals.text(given)) if given else None,
            {key: scales[key].text(steps) for key, steps in given},
            bool(row.asked),
        )
    first = {row.id: row for row in reversed(rows)}
    lines = tuple(
        PanelLine(
            about,
            row.team_id,
            row.key,
            row.name,
            row.title,
            tuple(found.values()),
            row.notes,
            about in barred,
        )
        for about, found in sheets.items()
        if (row := first[about])
    )
    return Panel(tuple(criteria), Decimal(full), lines)


def _rows(round: Round, entry: Entry | None) -> Sequence[Any]:
    """A row for every mark of a submitted sheet; one for a sheet or an entry that has none."""
    notes = (
        select(func.count(PanelNote.id))
        .where(PanelNote.round_id == RoundEntry.round_id, PanelNote.entry_id == RoundEntry.entry_id)
        .scalar_subquery()
    )
    asked = exists().where(
        PanelNote.sheet_id == ScoreSheet.id,
        PanelNote.kind == NoteKind.SECOND_LOOK,
        PanelNote.settled_at.is_(None),
    )
    statement = (
        select(
            Entry.id,
            Entry.team_id,
            Entry.key,
            Entry.title,
            Team.name,
            notes.label("notes"),
            ScoreSheet.id.label("sheet_id"),
            ScoreSheet.state,
            asked.label("asked"),
            Judge.key.label("judge_key"),
            Judge.name.label("judge_name"),
            StoredMark.criterion_id,
            StoredMark.steps,
        )
        .select_from(RoundEntry)
        .join(Entry, Entry.id == RoundEntry.entry_id)
        .join(Team, Team.id == Entry.team_id)
        .outerjoin(
            ScoreSheet,
            (ScoreSheet.entry_id == RoundEntry.entry_id)
            & (ScoreSheet.round_id == RoundEntry.round_id)
            & (ScoreSheet.state != SheetState.RECUSED),
        )
        .outerjoin(Judge, Judge.id == ScoreSheet.judge_id)
        .outerjoin(
            StoredMark,
            (StoredMark.sheet_id == ScoreSheet.id) & (ScoreSheet.state == SheetState.SUBMITTED),
        )
        .where(RoundEntry.round_id == round.id, Entry.state == EntryState.ACCEPTED)
        .order_by(RoundEntry.position, Entry.id, Judge.name)
    )
    if entry is not None:
        statement = statement.where(RoundEntry.entry_id == entry.id)
    return db.session.execute(statement).all()


def notes_of(round: Round, entry: Entry) -> list[PanelNote]:
    """What was said about an entry of the round, in order, with writers, and with the judges who were asked
    to look again. One statement."""
    return list(
        db.session.scalars(
            select(PanelNote)
            .where(PanelNote.round_id == round.id, PanelNote.entry_id == entry.id)
            .options(joinedload(PanelNote.writer), joinedload(PanelNote.sheet).joinedload(ScoreSheet.judge))
            .order_by(PanelNote.id)
        )
    )


def open_second_look(sheet: ScoreSheet) -> PanelNote | None:
    """The request that this sheet be looked at again, while it is not settled. One statement."""
    return db.session.scalars(
        select(PanelNote)
        .where(
            PanelNote.sheet_id == sheet.id,
            PanelNote.kind == NoteKind.SECOND_LOOK,
            PanelNote.settled_at.is_(None),
        )
        .order_by(PanelNote.id.desc())
    ).first()


def as_judges(edition: Edition, person_id: int) -> list[Judge]:
    """The person as a judge of the edition: one or none."""
    return list(
        db.session.scalars(
            select(Judge)
            .where(Judge.edition_id == edition.id, Judge.person_id == person_id)
            .options(joinedload(Judge.person))
        )
    )


def rounds_to_lead(edition_ids: Sequence[int]) -> list[Round]:
    """The rounds of these editions, with them, those that close last on top. One statement."""
    if not edition_ids:
        return []
    return list(
        db.session.scalars(
            select(Round)
            .join(Edition, Edition.id == Round.edition_id)
            .where(Round.edition_id.in_(edition_ids))
            .options(contains_eager(Round.edition))
            .order_by(Edition.year.desc(), Round.position.desc())
        )
    )


def is_barred(round: Round, judges: Sequence[Judge], entry: Entry) -> bool:
    """Whether the head judge is kept apart from the entry; `judges` as for `panel_of`. One statement."""
    return bool(conflicts_of(round.edition_id, judges, [entry]))


def is_first_look(*, round_id: int, person_id: int) -> bool:
    """Whether the round has no result yet, and it is not written down that the person has seen how it stands.
    One statement."""
    noted = exists().where(StandingsView.round_id == round_id, StandingsView.person_id == person_id)
    decided = exists().where(Result.round_id == round_id, Result.state.in_((*PENDING, *STANDING)))
    return not db.session.scalar(select(or_(noted, decided)))
