"""What an assignment is computed from, and what its pages show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import joinedload

from competition.models import Country, Entry, EntryState, Round, RoundEntry, Track
from core.db import db
from core.languages import Trilingual
from judging.models import (
    AssignmentProposal,
    Inclination,
    Judge,
    JudgeWish,
    ProposalState,
    ScoreSheet,
    SheetSave,
    SheetState,
    StoredMark,
)
from judging.panel_settings import Basis, EntryFacts, JudgeFacts, PanelSettings
from judging.queries.conflicts import conflicts_of

_LANGUAGE_OF = {Country.CHINA: "zh", Country.KOREA: "ko"}


def basis_of(round: Round) -> Basis:
    """The round as it stands: who could judge what, what is begun, what is wished. Six statements."""
    judges = judges_of_round(round)
    entries = list(
        db.session.scalars(
            select(Entry)
            .join(RoundEntry, RoundEntry.entry_id == Entry.id)
            .where(RoundEntry.round_id == round.id, Entry.state == EntryState.ACCEPTED)
            .options(joinedload(Entry.team))
            .order_by(Entry.id)
        )
    )
    tracks: dict[int, str] = {
        row.id: row.slug
        for row in db.session.execute(
            select(Track.id, Track.slug).where(Track.edition_id == round.edition_id)
        )
    }
    judge_keys = {judge.id: judge.key for judge in judges}
    entry_keys = {entry.id: entry.key for entry in entries}
    barred = {
        (judge_keys[judge], entry_keys[entry]): why
        for (judge, entry), why in conflicts_of(round.edition_id, judges, entries).items()
    }
    begun: set[tuple[str, str]] = set()
    standing: set[tuple[str, str]] = set()
    for row in _sheets(round):
        if row.judge_id not in judge_keys or row.entry_id not in entry_keys:
            continue
        pair = (judge_keys[row.judge_id], entry_keys[row.entry_id])
        if row.state is SheetState.RECUSED:
            barred.setdefault(pair, "recused")
        elif row.state is SheetState.SUBMITTED or row.begun:
            begun.add(pair)
        else:
            standing.add(pair)
    wishes = {
        (judge_keys[row.judge_id], entry_keys[row.entry_id]): 1 if row.wish is Inclination.GLADLY else -1
        for row in db.session.execute(
            select(JudgeWish.judge_id, JudgeWish.entry_id, JudgeWish.wish).where(
                JudgeWish.edition_id == round.edition_id
            )
        )
        if row.judge_id in judge_keys and row.entry_id in entry_keys
    }
    return Basis(
        [_judge(judge) for judge in judges],
        [_entry(entry, tracks) for entry in entries],
        barred,
        begun,
        standing,
        wishes,
    )


def judges_of_round(round: Round) -> list[Judge]:
    """The edition's judges who judge still, and those who have retired but left sheets in the round."""
    left_sheets = exists().where(
        ScoreSheet.judge_id == Judge.id,
        ScoreSheet.round_id == round.id,
        ScoreSheet.state != SheetState.RECUSED,
    )
    return list(
        db.session.scalars(
            select(Judge)
            .where(Judge.edition_id == round.edition_id, or_(Judge.retired_at.is_(None), left_sheets))
            .options(joinedload(Judge.person))
            .order_by(Judge.id)
        )
    )


def holds_something() -> ColumnElement[bool]:
    """That a score sheet is begun: a mark, a text, or a save of either, even one taken back."""
    return or_(
        exists().where(StoredMark.sheet_id == ScoreSheet.id),
        exists().where(SheetSave.sheet_id == ScoreSheet.id),
        ScoreSheet.comment != "",
        ScoreSheet.private_note != "",
    )


def _sheets(round: Round) -> Sequence[Any]:
    return db.session.execute(
        select(
            ScoreSheet.id,
            ScoreSheet.judge_id,
            ScoreSheet.entry_id,
            ScoreSheet.state,
            holds_something().label("begun"),
        ).where(ScoreSheet.round_id == round.id)
    ).all()


def _judge(judge: Judge) -> JudgeFacts:
    return JudgeFacts(
        judge.key,
        judge.name,
        judge.country,
        judge.background.value if judge.background else "",
        tuple(judge.languages),
        judge.takes_interpreter,
        judge.levels,
        judge.least_load,
        judge.most_load,
        judge.retired_at is not None,
    )


def _entry(entry: Entry, tracks: dict[int, str]) -> EntryFacts:
    return EntryFacts(
        entry.key,
        entry.team.name,
        entry.team.country.value,
        tracks.get(entry.track_id or 0, ""),
        languages_of(entry.summary, entry.team.country),
    )


def languages_of(summary: Trilingual, country: Country) -> tuple[str, ...]:
    """The languages an entry can be read in: those of its summary, else its team's own."""
    written = tuple(lang for lang, text in summary.to_json().items() if text)
    own = _LANGUAGE_OF.get(country)
    return written or ((own,) if own else ())


def open_proposal(round: Round) -> AssignmentProposal | None:
    """The proposal that waits to be applied or discarded."""
    return db.session.scalars(
        select(AssignmentProposal).where(
            AssignmentProposal.round_id == round.id, AssignmentProposal.state == ProposalState.OPEN
        )
    ).one_or_none()


def proposal(round: Round, number: int) -> AssignmentProposal | None:
    return db.session.scalars(
        select(AssignmentProposal).where(
            AssignmentProposal.round_id == round.id, AssignmentProposal.number == number
        )
    ).one_or_none()


def last_settings(round: Round) -> PanelSettings:
    """What was asked last for this round, else for another round of the edition, else the defaults."""
    settings = db.session.scalars(
        select(AssignmentProposal.settings)
        .where(AssignmentProposal.edition_id == round.edition_id)
        .order_by((AssignmentProposal.round_id == round.id).desc(), AssignmentProposal.id.desc())
        .limit(1)
    ).first()
    if settings is None:
        return PanelSettings(per_entry=round.judges_per_entry)
    return PanelSettings.from_json(settings)


def last_number(round: Round) -> int:
    return (
        db.session.scalar(
            select(func.max(AssignmentProposal.number)).where(AssignmentProposal.round_id == round.id)
        )
        or 0
    )


@dataclass(frozen=True, slots=True)
class Change:
    """An entry whose panel a proposal changes: names of judges who come, go and stay."""

    entry: str
    team: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]


def changes(of: AssignmentProposal, basis: Basis) -> list[Change]:
    """What a proposal changes, by entry, in the order of teams; names as they are now."""
    judges = {judge.key: judge.name for judge in basis.judges}
    after: dict[str, set[str]] = {}
    for judge, entry in of.outcome["pairs"]:
        after.setdefault(entry, set()).add(judge)
    found = []
    for entry in sorted(basis.entries, key=lambda one: one.name):
        added = {judge for judge, key in of.outcome["added"] if key == entry.key}
        removed = {judge for judge, key in of.outcome["removed"] if key == entry.key}
        if added or removed:
            kept = after.get(entry.key, set()) - added

            def named(keys: set[str]) -> tuple[str, ...]:
                return tuple(sorted(judges.get(key, "–") for key in keys))

            found.append(Change(entry.key, entry.name, named(added), named(removed), named(kept)))
    return found


@dataclass(frozen=True, slots=True)
class Load:
    """A judge's load before and after a proposal; how many of the new ones are in a field she knows and how
    many need an interpreter."""

    key: str
    name: str
    before: int
    after: int
    known_field: int
    interpreted: int


def loads(of: AssignmentProposal, basis: Basis) -> list[Load]:
    """One line per judge, busiest first."""
    entries = {entry.key: entry for entry in basis.entries}
    settings = PanelSettings.from_json(of.settings)
    lines = []
    for judge in basis.judges:
        own = [entries[key] for who, key in of.outcome["pairs"] if who == judge.key and key in entries]
        foreign = 0 if settings.languages == "any" else sum(not judge.reads(one.languages) for one in own)
        before = sum(who == judge.key for who, _entry in (*basis.begun, *basis.standing))
        known = sum(judge.levels.get(one.track, 0) > 0 for one in own)
        lines.append(Load(judge.key, judge.name, before, len(own), known, foreign))
    return sorted(lines, key=lambda line: (-line.after, line.name))
