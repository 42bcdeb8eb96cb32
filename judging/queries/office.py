"""What organizers read about judging: the official marks, and progress in counts."""

from __future__ import annotations

from sqlalchemy import select

from competition.models import Entry, EntryState, Round, RoundEntry
from core.db import db
from judging.models import Criterion, Judge, Rubric, ScoreSheet, SheetState, StoredMark
from judging.operations.rubrics import rubric_of, rule_criteria
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


def ranking_rule(round: Round, rubric: Rubric | None = None) -> Rule:
    """The round's rule completed with its rubric's criteria; raises judging.ranking.RuleError for a
    broken one."""
    rubric = rubric or rubric_of(round)
    return Rule.from_json(
        {**(round.rule or {}), "criteria": rule_criteria(rubric.criteria if rubric else ())}
    )
