"""What a round's ranking is made of: entries, marks, bonus and deductions, and what no rule could mend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.models import Entry, EntryState, Prize, Round, RoundEntry, Team
from core.db import db
from core.languages import Trilingual
from judging.models import Adjustment as StoredAdjustment
from judging.models import Criterion, Judge, Rubric, ScoreSheet, SheetState, TieDecision
from judging.queries.conflicts import conflicts_of
from judging.queries.office import official_marks
from judging.ranking import Adjustment, Mark
from judging.snapshots import PrizeLine


@dataclass(frozen=True, slots=True)
class Contender:
    """An entry of a round: what is shown of it and what ranking needs to know. `counts`: accepted, so it is
    ranked. `adjustments`: its bonus and deductions that stand.
    """

    id: int
    key: str
    team_id: int
    team: str
    name: str
    name_latin: str
    country: str
    title: Trilingual
    submitted_at: datetime | None
    state: EntryState
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def counts(self) -> bool:
        return self.state is EntryState.ACCEPTED


@dataclass(frozen=True, slots=True)
class Blocker:
    """What stands in the way of finalizing. `code` names it for the page's words, `items` who or what is
    meant, `about` the other round that it has to do with.
    """

    code: str
    items: tuple[str, ...] = ()
    count: int = 0
    about: Trilingual = field(default_factory=Trilingual)


@dataclass(frozen=True)
class Material:
    """All that a round's ranking is made of but the rule: it can be ranked by one rule and by another.

    `blockers`: what no rule could mend.
    """

    round: Round
    rubric: Rubric | None
    contenders: Sequence[Contender]
    prizes: Sequence[PrizeLine]
    marks: Sequence[Mark]
    blockers: Sequence[Blocker]

    @property
    def criteria(self) -> Sequence[Criterion]:
        return self.rubric.criteria if self.rubric else []

    @property
    def counting(self) -> dict[str, Contender]:
        """Team name → contender, of those who are ranked."""
        return {contender.name: contender for contender in self.contenders if contender.counts}

    @property
    def adjustments(self) -> dict[str, Sequence[Adjustment]]:
        """Team name → bonus and deductions. Those of entries without marks wait until there are some."""
        marked = {mark.subject for mark in self.marks}
        return {
            name: contender.adjustments
            for name, contender in self.counting.items()
            if contender.adjustments and name in marked
        }

    @cached_property
    def decisions(self) -> dict[int, TieDecision]:
        """Entry id → the recorded decision; read only where somebody is tied."""
        rows = db.session.scalars(select(TieDecision).where(TieDecision.round_id == self.round.id))
        return {row.entry_id: row for row in rows}


def material(of: Round, *, labels: Mapping[str, str] | None = None) -> Material:
    """What the round's ranking is made of as things stand; `labels` as in `draft`."""
    contenders = _contenders(of)
    rubric = _rubric(of)
    prizes = _prize_lines(of) if of.awards_prizes else []
    counting = {contender.key: contender for contender in contenders if contender.counts}
    panel = _panel(of)
    criteria = rubric.criteria if rubric else []
    blockers = _before_ranking(criteria, counting, panel)
    given = official_marks(of)
    unscored = set(counting) - {mark.subject for mark in given}
    if criteria and unscored:
        names = sorted(counting[key].name for key in unscored)
        blockers.append(Blocker("unscored", tuple(names), len(names)))
    if criteria and given:
        blockers += _about_panels(of, {(mark.judge, mark.subject) for mark in given}, counting, panel)
    called = labels if labels is not None else panel.names
    marks = [replace(mark, judge=called[mark.judge], subject=counting[mark.subject].name) for mark in given]
    return Material(of, rubric, contenders, prizes, marks, blockers)


def judge_names(of: Round) -> dict[str, str]:
    """Judge key → name, for the organizers' pages and for imported protocols, whose judges are public."""
    return _panel(of).names


def _before_ranking(
    criteria: Sequence[Criterion], counting: Mapping[str, Contender], panel: _Panel
) -> list[Blocker]:
    if not counting:
        return [Blocker("no_entries")]
    if not criteria:
        return [Blocker("no_rubric")]
    names = {contender.id: contender.name for contender in counting.values()}
    missing = [f"{judge} → {names[entry_id]}" for judge, entry_id in panel.open if entry_id in names]
    return [Blocker("missing_sheets", tuple(missing), len(missing))] if missing else []


def _about_panels(
    of: Round, sheets: Set[tuple[str, str]], counting: Mapping[str, Contender], panel: _Panel
) -> Iterator[Blocker]:
    """Entries with fewer counting sheets than the round asks for, and sheets of judges who are tied to the
    team, whenever that came about. `sheets`: (judge key, entry key)."""
    judged = Counter(entry for _judge, entry in sheets)
    short = sorted(counting[entry].name for entry, count in judged.items() if count < of.judges_per_entry)
    if short:
        yield Blocker("short_panels", tuple(short), of.judges_per_entry)
    if of.edition.imported_from:
        return
    found = conflicts_of(of.edition_id, panel.judges, list(counting.values()))
    tied = sorted(
        f"{judge.name} → {contender.name}"
        for judge in panel.judges
        for key, contender in counting.items()
        if (judge.id, contender.id) in found and (judge.key, key) in sheets
    )
    if tied:
        yield Blocker("conflicts", tuple(tied), len(tied))


@dataclass(frozen=True, slots=True)
class _Panel:
    """The edition's judges, and whose sheets for which entries of the round are not submitted."""

    judges: Sequence[Judge]
    open: Sequence[tuple[str, int]]

    @property
    def names(self) -> dict[str, str]:
        """Judge key → name."""
        return {judge.key: judge.name for judge in self.judges}


def _panel(of: Round) -> _Panel:
    rows = db.session.execute(
        select(Judge, ScoreSheet.entry_id)
        .outerjoin(
            ScoreSheet,
            (ScoreSheet.judge_id == Judge.id)
            & (ScoreSheet.round_id == of.id)
            & (ScoreSheet.state == SheetState.OPEN),
        )
        .where(Judge.edition_id == of.edition_id)
        .order_by(Judge.name, ScoreSheet.entry_id)
        .options(joinedload(Judge.person))
    ).all()
    return _Panel(
        list(dict.fromkeys(judge for judge, _entry in rows)),
        [(judge.name, entry_id) for judge, entry_id in rows if entry_id is not None],
    )


def _contenders(of: Round) -> list[Contender]:
    rows = db.session.execute(
        select(
            Entry.id.label("id"),
            Entry.key.label("key"),
            Team.id.label("team_id"),
            Team.key.label("team"),
            Team.name.label("name"),
            Team.name_latin.label("name_latin"),
            Team.country.label("country"),
            Entry.title.label("title"),
            Entry.submitted_at.label("submitted_at"),
            Entry.state.label("state"),
            StoredAdjustment.points,
            StoredAdjustment.reason,
        )
        .join(RoundEntry, RoundEntry.entry_id == Entry.id)
        .join(Team, Team.id == Entry.team_id)
        .outerjoin(
            StoredAdjustment,
            (StoredAdjustment.round_id == RoundEntry.round_id)
            & (StoredAdjustment.entry_id == Entry.id)
            & StoredAdjustment.withdrawn_at.is_(None),
        )
        .where(RoundEntry.round_id == of.id)
        .order_by(Team.name, Entry.id, StoredAdjustment.id)
    )
    found: dict[int, Contender] = {}
    for row in rows:
        *about, points, reason = row
        known = found.get(row.id) or Contender(*about)
        made = (Adjustment(points, reason),) if points is not None else ()
        found[row.id] = replace(known, adjustments=(*known.adjustments, *made))
    return list(found.values())


def _rubric(of: Round) -> Rubric | None:
    return (
        db.session.scalars(
            select(Rubric).where(Rubric.round_id == of.id).options(joinedload(Rubric.criteria))
        )
        .unique()
        .one_or_none()
    )


def _prize_lines(of: Round) -> list[PrizeLine]:
    rows = db.session.execute(
        select(Prize.id, Prize.name, Prize.places)
        .where(Prize.edition_id == of.edition_id)
        .order_by(Prize.position, Prize.id)
    )
    return [PrizeLine(row.id, row.name.to_json(), row.places) for row in rows]
