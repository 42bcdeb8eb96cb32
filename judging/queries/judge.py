"""What a judge's own pages show: rounds, the list of a round, one sheet. Never anything of another judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, case, func, select

from competition.models import Edition, Entry, EntryState, Round, RoundEntry, Team
from core.db import db
from core.languages import Trilingual
from judging.models import Criterion, Judge, Rubric, ScoreSheet, SheetState, StoredMark
from judging.operations.sheets import scoring_window
from judging.own_distribution import Distribution, spread_of
from judging.rubrics import Scale, Totals, Weighing, percent_bands


@dataclass(frozen=True, slots=True)
class RoundToJudge:
    """A round in which somebody has sheets, and how far they are. `window`: before, open, after."""

    edition_slug: str
    edition_name: Trilingual
    slug: str
    name: Trilingual
    opens_at: datetime | None
    closes_at: datetime | None
    window: str
    whole: int
    submitted: int


def rounds_of(person_id: int) -> list[RoundToJudge]:
    """The rounds in which this person has sheets, those that close first on top; one statement."""
    rows = db.session.execute(
        select(
            Edition.slug.label("edition_slug"),
            Edition.name.label("edition_name"),
            Round,
            func.count(ScoreSheet.id).label("whole"),
            func.sum(case((ScoreSheet.state == SheetState.SUBMITTED, 1), else_=0)).label("submitted"),
        )
        .select_from(ScoreSheet)
        .join(Judge, Judge.id == ScoreSheet.judge_id)
        .join(Round, Round.id == ScoreSheet.round_id)
        .join(Edition, Edition.id == ScoreSheet.edition_id)
        .join(Entry, Entry.id == ScoreSheet.entry_id)
        .where(
            Judge.person_id == person_id,
            Judge.retired_at.is_(None),
            ScoreSheet.state != SheetState.RECUSED,
            Entry.state == EntryState.ACCEPTED,
        )
        .group_by(Edition.id, Round.id)
        .order_by(Edition.year.desc(), Round.position)
    ).all()
    found = [
        RoundToJudge(
            row.edition_slug,
            row.edition_name,
            row.Round.slug,
            row.Round.name,
            row.Round.scoring_opens_at,
            row.Round.scoring_closes_at,
            scoring_window(row.Round),
            row.whole,
            int(row.submitted),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: ("open", "before", "after").index(one.window))


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of a judge's list. `state`: assigned, scoring, locked (submitted), recused, out."""

    key: str
    title: Trilingual
    team: str
    state: str
    total: str
    complete: bool


@dataclass(frozen=True, slots=True)
class OwnSheets:
    """A judge's list, and the lowest and the highest total that a sheet of the round can hold."""

    rows: list[SheetRow]
    least: Decimal
    full: Decimal

    def distribution(self, *, lang: str, high_is_better: bool) -> Distribution | None:
        """How the judge's own complete totals are spread; in bands where a higher total is the better one."""
        bands = [(name.pick(lang).text, least) for name, least in percent_bands()] if high_is_better else []
        return spread_of(
            [Decimal(row.total) for row in self.rows if row.state == "locked"],
            [Decimal(row.total) for row in self.rows if row.state == "scoring" and row.complete],
            least=self.least,
            full=self.full,
            bands=bands,
        )


_CRITERIA = (
    select(
        Criterion.id,
        Criterion.weight,
        Criterion.places,
        Criterion.least,
        Criterion.most,
        Criterion.step,
    )
    .join(Rubric, Rubric.id == Criterion.rubric_id)
    .where(Rubric.round_id == bindparam("round"))
)
_SHEETS = (
    select(
        ScoreSheet.id,
        Entry.key,
        Entry.title,
        Entry.state.label("entry_state"),
        Team.name,
        ScoreSheet.state,
    )
    .select_from(ScoreSheet)
    .join(Entry, Entry.id == ScoreSheet.entry_id)
    .join(Team, Team.id == Entry.team_id)
    .outerjoin(
        RoundEntry,
        (RoundEntry.entry_id == ScoreSheet.entry_id) & (RoundEntry.round_id == ScoreSheet.round_id),
    )
    .where(ScoreSheet.judge_id == bindparam("judge"), ScoreSheet.round_id == bindparam("round"))
    .order_by(RoundEntry.position, ScoreSheet.entry_id)
)
_MARKS = (
    select(StoredMark.sheet_id, StoredMark.criterion_id, StoredMark.steps)
    .join(ScoreSheet, ScoreSheet.id == StoredMark.sheet_id)
    .where(ScoreSheet.judge_id == bindparam("judge"), ScoreSheet.round_id == bindparam("round"))
)


def sheets_of(judge_id: int, round_id: int, rule: Mapping[str, Any]) -> OwnSheets:
    """The judge's sheets of a round in the round's order, each with its running total; three statements."""
    here = {"judge": judge_id, "round": round_id}
    criteria = db.session.execute(_CRITERIA, {"round": round_id}).all()
    totals = Totals(
        ((row.id, row.weight, Scale(row.places, row.least, row.most, row.step)) for row in criteria),
        Weighing.of(rule),
    )
    marks: dict[int, list[tuple[int, int]]] = {}
    for sheet_id, criterion_id, steps in db.session.execute(_MARKS, here):
        marks.setdefault(sheet_id, []).append((criterion_id, steps))
    rows = [
        SheetRow(
            row.key,
            row.title,
            row.name,
            _shown_state(row.state, row.entry_state, row.id in marks),
            totals.text(marks[row.id]) if row.id in marks else "",
            len(marks.get(row.id, ())) == len(criteria),
        )
        for row in db.session.execute(_SHEETS, here)
    ]
    least = totals.text((row.id, 0) for row in criteria)
    full = totals.text((row.id, (row.most - row.least) // row.step) for row in criteria)
    return OwnSheets(rows, Decimal(least), Decimal(full))


def _shown_state(state: SheetState, entry_state: EntryState, marked: bool) -> str:
    if entry_state is not EntryState.ACCEPTED:
        return "out"
    if state is SheetState.OPEN:
        return "scoring" if marked else "assigned"
    return "locked" if state is SheetState.SUBMITTED else "recused"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sheet stands in its judge's list, and its neighbours' entry keys ("" at the ends)."""

    number: int
    whole: int
    before: str
    after: str
    open_after: str


def place_of(sheet: ScoreSheet) -> Place:
    """One statement. `open_after`: the next sheet still to be submitted, from here on and then from the
    start."""
    rows = db.session.execute(
        select(Entry.key, ScoreSheet.state)
        .select_from(ScoreSheet)
        .join(Entry, Entry.id == ScoreSheet.entry_id)
        .outerjoin(
            RoundEntry,
            (RoundEntry.entry_id == ScoreSheet.entry_id) & (RoundEntry.round_id == ScoreSheet.round_id),
        )
        .where(
            ScoreSheet.judge_id == sheet.judge_id,
            ScoreSheet.round_id == sheet.round_id,
            ScoreSheet.state != SheetState.RECUSED,
            Entry.state == EntryState.ACCEPTED,
        )
        .order_by(RoundEntry.position, ScoreSheet.entry_id)
    ).all()
    keys = [row.key for row in rows]
    if sheet.entry.key not in keys:
        return Place(0, len(keys), "", "", next(iter(_open_keys(rows)), ""))
    at = keys.index(sheet.entry.key)
    later = [*rows[at + 1 :], *rows[:at]]
    return Place(
        at + 1,
        len(keys),
        keys[at - 1] if at else "",
        keys[at + 1] if at + 1 < len(keys) else "",
        next(iter(_open_keys(later)), ""),
    )


def _open_keys(rows: Sequence[Any]) -> list[str]:
    return [row.key for row in rows if row.state is SheetState.OPEN]


def criteria_of(round_id: int) -> list[Criterion]:
    """The criteria of a round as they are shown, in order. One statement."""
    return list(
        db.session.scalars(
            select(Criterion)
            .join(Rubric, Rubric.id == Criterion.rubric_id)
            .where(Rubric.round_id == round_id)
            .order_by(Criterion.position)
        )
    )
