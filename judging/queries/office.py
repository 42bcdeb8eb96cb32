"""What organizers read about judging: the official marks, and progress in counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import distinct, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from competition.models import Edition, Entry, EntryState, Round, RoundEntry, Team
from core import clock
from core.db import db
from core.languages import Trilingual
from judging.models import Criterion, Judge, Rubric, ScoreSheet, SheetState, StoredMark
from judging.operations.rubrics import rubric_of, rule_criteria
from judging.operations.sheets import scoring_window
from judging.ranking import Mark, Rule
from judging.rubrics import Scale


def official_marks(round: Round) -> list[Mark]:
    """The marks of all submitted sheets of the round, exact; judge and subject are the keys of `Judge`
    and `Entry`.

    Entries that no longer take part (withdrawn, disqualified) are left out.
    """
    rows = db.session.execute(
        select(
            Judge.key.label("judge"),
            Entry.key.label("entry"),
            Criterion.key.label("criterion"),
            Criterion.places,
            Criterion.least,
            Criterion.most,
            Criterion.step,
            StoredMark.steps,
        )
        .select_from(StoredMark)
        .join(ScoreSheet, ScoreSheet.id == StoredMark.sheet_id)
        .join(Criterion, Criterion.id == StoredMark.criterion_id)
        .join(Judge, Judge.id == ScoreSheet.judge_id)
        .join(Entry, Entry.id == ScoreSheet.entry_id)
        .join(
            RoundEntry,
            (RoundEntry.entry_id == ScoreSheet.entry_id) & (RoundEntry.round_id == ScoreSheet.round_id),
        )
        .where(
            ScoreSheet.round_id == round.id,
            ScoreSheet.state == SheetState.SUBMITTED,
            Entry.state == EntryState.ACCEPTED,
        )
        .order_by(RoundEntry.position, Entry.id, Judge.id, Criterion.position)
    )
    return [
        Mark(
            row.judge,
            row.entry,
            row.criterion,
            Scale(row.places, row.least, row.most, row.step).points(row.steps),
        )
        for row in rows
    ]


def ranking_rule(
    round: Round, rubric: Rubric | None = None, changes: Mapping[str, Any] | None = None
) -> Rule:
    """The round's rule completed with its rubric's criteria; `changes`: keys that are to say something else.
    Raises judging.ranking.RuleError for a broken one."""
    rubric = rubric or rubric_of(round)
    return Rule.from_json(
        {
            **(round.rule or {}),
            **(changes or {}),
            "criteria": rule_criteria(rubric.criteria if rubric else ()),
        }
    )


def waiting_sheets(edition: Edition) -> list[tuple[Round, int]]:
    """The rounds whose scoring has begun and in which open sheets are left, with their number; one
    statement."""
    rows = db.session.execute(
        select(Round, func.count(ScoreSheet.id).label("waiting"))
        .join(ScoreSheet, ScoreSheet.round_id == Round.id)
        .join(Entry, Entry.id == ScoreSheet.entry_id)
        .where(
            Round.edition_id == edition.id,
            ScoreSheet.state == SheetState.OPEN,
            Entry.state == EntryState.ACCEPTED,
            or_(Round.scoring_opens_at.is_(None), Round.scoring_opens_at <= clock.now()),
        )
        .group_by(Round.id)
        .order_by(Round.position)
    )
    return [(row.Round, row.waiting) for row in rows]


def judged_entries(edition: Edition) -> int:
    """How many entries have at least one submitted sheet in any round."""
    return (
        db.session.scalar(
            select(func.count(distinct(ScoreSheet.entry_id))).where(
                ScoreSheet.edition_id == edition.id, ScoreSheet.state == SheetState.SUBMITTED
            )
        )
        or 0
    )


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round on the overview: what is set up, how far scoring is. Counts only, never a mark."""

    round: Round
    window: str
    criteria: int
    locked: bool
    entries: int
    sheets: int
    submitted: int
    recused: int


def round_lines(edition: Edition) -> list[RoundLine]:
    """The edition's rounds in order; two statements whatever their number."""
    criteria = select(func.count(Criterion.id)).where(Criterion.rubric_id == Rubric.id).scalar_subquery()
    inside = (
        select(func.count(RoundEntry.id))
        .join(Entry, Entry.id == RoundEntry.entry_id)
        .where(RoundEntry.round_id == Round.id, Entry.state == EntryState.ACCEPTED)
        .scalar_subquery()
    )
    rounds = db.session.execute(
        select(
            Round,
            Rubric.locked_at,
            criteria.label("criteria"),
            inside.label("entries"),
        )
        .outerjoin(Rubric, Rubric.round_id == Round.id)
        .where(Round.edition_id == edition.id)
        .order_by(Round.position, Round.id)
    ).all()
    states: dict[int, dict[SheetState, int]] = {}
    for row in db.session.execute(
        select(ScoreSheet.round_id, ScoreSheet.state, func.count(ScoreSheet.id).label("sheets"))
        .join(Entry, Entry.id == ScoreSheet.entry_id)
        .where(ScoreSheet.edition_id == edition.id, Entry.state == EntryState.ACCEPTED)
        .group_by(ScoreSheet.round_id, ScoreSheet.state)
    ):
        states.setdefault(row.round_id, {})[row.state] = row.sheets
    lines = []
    for row in rounds:
        counts = states.get(row.Round.id, {})
        submitted = counts.get(SheetState.SUBMITTED, 0)
        lines.append(
            RoundLine(
                row.Round,
                scoring_window(row.Round),
                row.criteria,
                row.locked_at is not None,
                row.entries,
                counts.get(SheetState.OPEN, 0) + submitted,
                submitted,
                counts.get(SheetState.RECUSED, 0),
            )
        )
    return lines


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One judge's sheet for one entry, as organizers may see it before results: its state, never its
    marks."""

    judge_id: int
    judge_key: str
    judge_name: str
    state: str
    begun: bool


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry of a round on the organizer's pages. `counting`: sheets that are or may still be submitted."""

    id: int
    key: str
    team: str
    title: Trilingual
    affiliation: str
    cells: tuple[SheetCell, ...]

    @property
    def counting(self) -> int:
        return sum(cell.state != "recused" for cell in self.cells)

    @property
    def submitted(self) -> int:
        return sum(cell.state == "submitted" for cell in self.cells)


def judges_of(edition: Edition) -> list[Judge]:
    """All judges of the edition with their invitations, retired ones last; one statement."""
    return list(
        db.session.scalars(
            select(Judge)
            .where(Judge.edition_id == edition.id)
            .options(joinedload(Judge.invitation))
            .order_by(Judge.retired_at.is_not(None), Judge.is_head.desc(), Judge.name)
        )
    )


def entry_lines(round: Round) -> list[EntryLine]:
    """The round's entries that take part, each with its sheets; one statement."""
    begun = exists().where(StoredMark.sheet_id == ScoreSheet.id)
    rows = db.session.execute(
        select(
            Entry.id,
            Entry.key,
            Entry.title,
            Team.name,
            Team.affiliation,
            ScoreSheet.judge_id,
            ScoreSheet.state,
            Judge.key.label("judge_key"),
            Judge.name.label("judge_name"),
            begun.label("begun"),
        )
        .select_from(RoundEntry)
        .join(Entry, Entry.id == RoundEntry.entry_id)
        .join(Team, Team.id == Entry.team_id)
        .outerjoin(
            ScoreSheet,
            (ScoreSheet.entry_id == RoundEntry.entry_id) & (ScoreSheet.round_id == RoundEntry.round_id),
        )
        .outerjoin(Judge, Judge.id == ScoreSheet.judge_id)
        .where(RoundEntry.round_id == round.id, Entry.state == EntryState.ACCEPTED)
        .order_by(RoundEntry.position, Entry.id, ScoreSheet.id)
    ).all()
    first = {row.id: row for row in reversed(rows)}
    cells: dict[int, list[SheetCell]] = {row.id: [] for row in rows}
    for row in rows:
        if row.judge_id is not None:
            cells[row.id].append(
                SheetCell(row.judge_id, row.judge_key, row.judge_name, str(row.state), bool(row.begun))
            )
    return [
        EntryLine(entry, row.key, row.name, row.title, row.affiliation, tuple(found))
        for entry, found in cells.items()
        if (row := first[entry])
    ]


def waiting_entries(round: Round) -> list[Entry]:
    """Accepted entries of the edition that are not in the round yet."""
    inside = select(RoundEntry.entry_id).where(RoundEntry.round_id == round.id)
    return list(
        db.session.scalars(
            select(Entry)
            .where(
                Entry.edition_id == round.edition_id,
                Entry.state == EntryState.ACCEPTED,
                Entry.id.not_in(inside),
            )
            .order_by(Entry.id)
        )
    )


def sheet_for(round: Round, judge: Judge, entry: Entry) -> ScoreSheet | None:
    """The sheet of a judge for an entry, with what its messages need."""
    return db.session.execute(
        select(ScoreSheet)
        .where(
            ScoreSheet.round_id == round.id,
            ScoreSheet.judge_id == judge.id,
            ScoreSheet.entry_id == entry.id,
        )
        .options(joinedload(ScoreSheet.round), joinedload(ScoreSheet.entry), joinedload(ScoreSheet.judge))
    ).scalar_one_or_none()


def rubrics_of(edition: Edition) -> dict[int, Rubric]:
    """Round id -> its rubric with criteria; two statements."""
    rows = db.session.scalars(
        select(Rubric)
        .where(Rubric.edition_id == edition.id)
        .options(selectinload(Rubric.criteria), joinedload(Rubric.round))
    )
    return {rubric.round_id: rubric for rubric in rows}


def loads_of(edition: Edition) -> dict[int, int]:
    """Judge id -> number of sheets that are not recused, over all rounds; one statement."""
    rows = db.session.execute(
        select(ScoreSheet.judge_id, func.count(ScoreSheet.id).label("sheets"))
        .where(ScoreSheet.edition_id == edition.id, ScoreSheet.state != SheetState.RECUSED)
        .group_by(ScoreSheet.judge_id)
    )
    return {row.judge_id: row.sheets for row in rows}


def still_to_do(round: Round) -> tuple[int, int]:
    """How many accepted entries are not in the round, and how many judges with an account were not told of
    all their sheets; one statement.
    """
    inside = select(RoundEntry.entry_id).where(RoundEntry.round_id == round.id)
    outside = (
        select(func.count(Entry.id))
        .where(
            Entry.edition_id == round.edition_id,
            Entry.state == EntryState.ACCEPTED,
            Entry.id.not_in(inside),
        )
        .scalar_subquery()
    )
    untold = (
        select(func.count(distinct(ScoreSheet.judge_id)))
        .join(Judge, Judge.id == ScoreSheet.judge_id)
        .where(
            ScoreSheet.round_id == round.id,
            ScoreSheet.state == SheetState.OPEN,
            ScoreSheet.told_at.is_(None),
            Judge.person_id.is_not(None),
        )
        .scalar_subquery()
    )
    row = db.session.execute(select(outside, untold)).one()
    return int(row[0]), int(row[1])


@dataclass(frozen=True, slots=True)
class JudgeProgress:
    """How far a judge is in a round. `begun`: sheets with marks that are not submitted."""

    key: str
    name: str
    whole: int
    submitted: int
    begun: int
    recused: int


def judge_progress(lines: Iterable[EntryLine]) -> list[JudgeProgress]:
    """Per judge with sheets in the round, those with most still missing first."""
    cells: dict[str, list[SheetCell]] = {}
    for line in lines:
        for cell in line.cells:
            cells.setdefault(cell.judge_key, []).append(cell)
    rows = []
    for key, own in cells.items():
        recused = sum(cell.state == "recused" for cell in own)
        rows.append(
            JudgeProgress(
                key,
                own[0].judge_name,
                len(own) - recused,
                sum(cell.state == "submitted" for cell in own),
                sum(cell.state == "open" and cell.begun for cell in own),
                recused,
            )
        )
    return sorted(rows, key=lambda row: (row.submitted - row.whole, row.name))
