"""Sample entries of a round, for organizers and for the judges who mark them first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from competition.models import Round
from core.db import db
from judging.models import Criterion, SampleEntry, SampleSheet
from judging.rubrics import MarkRefused, Totals, Weighing
from judging.samples import Beside, compare, compare_totals


@dataclass(frozen=True, slots=True)
class SampleLine:
    """A sample entry and how many judges have scored it."""

    sample: SampleEntry
    sheets: int


def sample_lines(round: Round) -> list[SampleLine]:
    """The round's sample entries in order. One statement."""
    sheets = (
        select(func.count(SampleSheet.id)).where(SampleSheet.sample_id == SampleEntry.id).scalar_subquery()
    )
    rows = db.session.execute(
        select(SampleEntry, sheets.label("sheets"))
        .where(SampleEntry.round_id == round.id)
        .order_by(SampleEntry.position, SampleEntry.id)
    )
    return [SampleLine(row.SampleEntry, row.sheets) for row in rows]


@dataclass(frozen=True, slots=True)
class OwnSample:
    """A sample entry as one judge sees it: scored already or not."""

    sample: SampleEntry
    done: bool


def own_samples(judge_id: int, round_id: int) -> list[OwnSample]:
    """The round's sample entries in order. One statement."""
    rows = db.session.execute(
        select(SampleEntry, SampleSheet.id.label("sheet_id"))
        .outerjoin(
            SampleSheet, (SampleSheet.sample_id == SampleEntry.id) & (SampleSheet.judge_id == judge_id)
        )
        .where(SampleEntry.round_id == round_id)
        .order_by(SampleEntry.position, SampleEntry.id)
    )
    return [OwnSample(row.SampleEntry, row.sheet_id is not None) for row in rows]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Own marks beside reference and colleagues. `total`: None where the criteria were changed meanwhile."""

    lines: list[Beside]
    total: Beside | None
    colleagues: int


def comparison(
    sample: SampleEntry, judge_id: int, criteria: Sequence[Criterion], rule: Mapping[str, Any]
) -> Comparison | None:
    """What a judge is shown once her own sample sheet is sent; None before. One statement."""
    sheets = {
        row.judge_id: row.marks
        for row in db.session.execute(
            select(SampleSheet.judge_id, SampleSheet.marks).where(SampleSheet.sample_id == sample.id)
        )
    }
    own = sheets.pop(judge_id, None)
    if own is None:
        return None
    others = list(sheets.values())
    totals = [_total(marks, criteria, rule) for marks in others]
    mine = _total(own, criteria, rule)
    return Comparison(
        compare([one.key for one in criteria], own, sample.reference, others),
        compare_totals(
            mine, _total(sample.reference, criteria, rule), [total for total in totals if total is not None]
        )
        if mine is not None
        else None,
        len(others),
    )


def _total(marks: Mapping[str, str], criteria: Sequence[Criterion], rule: Mapping[str, Any]) -> str | None:
    """The total as the round adds it up; None for marks that the criteria of today don't know."""
    adding = Totals(((one.id, one.weight, one.scale) for one in criteria), Weighing.of(rule))
    try:
        return adding.text([(one.id, one.scale.steps(marks[one.key])) for one in criteria])
    except (KeyError, MarkRefused):
        return None
