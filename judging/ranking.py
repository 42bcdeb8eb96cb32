"""The official ranking: marks and a published rule in, ranks with their explanation out. Exact, no floats.

`rank` is a pure function: the order of the marks, of judges or of subjects changes nothing. Every total can
be added up again by hand from what `Ranking` holds: marks, dropped judges, means, weighted figures, totals,
tie steps. The rule's keys are those of `flask rank` (docs/ranking.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from core.quoting import listed, name_problem, quoted
from judging import scoring, tie_breaks
from judging.aggregation import MOST_SUBJECTS_FOR_SCHULZE
from judging.exact import NumberError, exact, fixed, over_one_denominator, plain
from judging.problems import JudgingError, MarkError, RankingRefused, RuleError, Shortage
from judging.rules import CriterionRule, Rule, check_tie_criterion
from judging.scoring import Column, Scores
from judging.stages import Adjustment, CarriedTotals, Ending, check_beyond, total_places
from judging.tie_breaks import TieBreak

__all__ = [
    "Adjustment",
    "CriterionRule",
    "JudgingError",
    "Mark",
    "MarkError",
    "RankedSubject",
    "Ranking",
    "RankingRefused",
    "Rule",
    "RuleError",
    "Shortage",
    "TieBreak",
    "rank",
]


@dataclass(frozen=True, slots=True)
class Mark:
    """What one judge gave one subject on one criterion, in points: a Fraction, Decimal, int or plain decimal
    text.
    """

    judge: str
    subject: str
    criterion: str
    score: Fraction | Decimal | int | str


@dataclass(frozen=True, slots=True)
class RankedSubject:
    """One line of the ranking with its explanation.

    `tied`: shares its rank after all tie steps. `judges`: how many judges' marks counted. `incomplete`:
    judges whose sheets lack a mark and were left out (over judge totals). `decided_by`: the tie step that set
    it apart from the last subject with an equal total, None when no step was needed or none could.
    `tie_breaks`: the steps it went through, in order. `ending`: how stages and adjustments made the total of
    this round's own, None where only this round's marks count. `places`: decimals of totals as printed.
    """

    subject: str
    rank: int
    tied: bool
    total: Fraction
    judges: int
    criteria: Mapping[str, Column]
    judge_totals: Column | None
    incomplete: tuple[str, ...]
    decided_by: str | None
    tie_breaks: tuple[TieBreak, ...]
    ending: Ending | None = None
    places: int | None = None

    def to_json(self, rule: Rule) -> dict[str, Any]:
        """As `flask rank` prints it: figures as text with fixed decimals."""
        result: dict[str, Any] = {
            "subject": self.subject,
            "rank": self.rank,
            "tied": self.tied,
            "total": fixed(self.total, self.places),
            "judges": self.judges,
            "criteria": {name: _criterion_json(column, rule) for name, column in self.criteria.items()},
        }
        if self.judge_totals is not None:
            result["judge_totals"] = _judge_totals_json(self.judge_totals, self.incomplete, rule)
        if self.ending is not None:
            result |= _ending_json(self.ending, rule)
        result["decided_by"] = self.decided_by
        result["tie_steps"] = [
            {
                "step": taken.step,
                "key": taken.keys[self.subject],
                "tied": len(taken.subjects),
                "still_tied": taken.still_tied[self.subject],
            }
            for taken in self.tie_breaks
        ]
        return result


@dataclass(frozen=True, slots=True)
class Ranking:
    """The ranking by a completed rule, best first; subjects that share a rank are ordered by name.

    `notes` are codes of what a reader should know: `unequal_panels` (totals that grow with the number of
    judges are compared between subjects with different numbers of judges), `incomplete_sheets` (some were
    left out).
    """

    rule: Rule
    subjects: tuple[RankedSubject, ...]
    tie_breaks: tuple[TieBreak, ...]
    notes: tuple[str, ...]
    scores: Scores

    def to_json(self) -> list[dict[str, Any]]:
        """The list `ranking` of what `flask rank` prints."""
        return [subject.to_json(self.rule) for subject in self.subjects]

    def pairs_json(self) -> dict[str, Any] | None:
        """Who beats whom by Schulze's method: ballots and strongest paths per pair; else None."""
        found = self.scores.schulze
        if found is None:
            return None
        return {
            "preferred": {a: {b: plain(n) for b, n in row.items()} for a, row in found.preferred.items()},
            "strength": {a: {b: plain(n) for b, n in row.items()} for a, row in found.strength.items()},
        }


def rank(
    marks: Sequence[Mark],
    rule: Rule,
    *,
    submitted: Mapping[str, datetime | str] | None = None,
    carried: CarriedTotals | None = None,
    adjustments: Mapping[str, Sequence[Adjustment]] | None = None,
    calibrate: scoring.Calibrate | None = None,
) -> Ranking:
    """Rank the subjects of `marks` by `rule`.

    `submitted`: each subject's time of submission, needed by the tie step `earlier` only. `carried`: round →
    subject → total of that round's published result, of which those count that `rule.stages` names.
    `adjustments`: subject → bonus and deductions with their reasons. `calibrate`: how the tie step
    `calibrated` gets its scores, by default in this process.
    Raises MarkError (a mark that the rule doesn't permit, with its index), RuleError (a rule that doesn't fit
    these marks) and RankingRefused (subjects with fewer judges than `minimum_judges`).
    """
    sheets = _sheets(marks, rule)
    rule = rule.with_criteria(sorted({mark.criterion for mark in marks}))
    _check_fit(rule, sheets)
    needs_times = any(step.kind == "earlier" for step in rule.ties)
    times = tie_breaks.read_times(submitted, sorted(sheets)) if needs_times else {}
    totals = scoring.exact_totals(sheets, rule)
    counted = scoring.judges_counted(sheets, rule, totals)
    if shortages := _shortages(sheets, counted, rule):
        raise RankingRefused(shortages)

    beyond = check_beyond(rule.stages, sorted(sheets), carried, adjustments)
    scores = replace(scoring.score(sheets, rule, totals, beyond), calibrate=calibrate)
    groups, taken = _order(scores, times)
    subjects = tuple(_ranked_subjects(groups, taken, scores, counted))
    return Ranking(rule, subjects, tuple(taken), tuple(_notes(subjects, rule)), scores)


def _sheets(marks: Sequence[Mark], rule: Rule) -> dict[str, dict[str, dict[str, Fraction]]]:
    if not marks:
        raise MarkError(None, "score", "no_marks")
    sheets: dict[str, dict[str, dict[str, Fraction]]] = {}
    good_names: set[str] = set()
    good_scores: set[tuple[str, Fraction]] = set()
    for index, mark in enumerate(marks):
        for part in ("judge", "subject", "criterion"):
            name = getattr(mark, part)
            if name not in good_names:
                if problem := name_problem(name):
                    raise MarkError(index, part, problem[0], **problem[1])
                good_names.add(name)
        score = _score(index, mark, rule, good_scores)
        row = sheets.setdefault(mark.subject, {}).setdefault(mark.criterion, {})
        if mark.judge in row:
            raise MarkError(
                index,
                "judge",
                "duplicate_mark",
                judge=quoted(mark.judge),
                subject=quoted(mark.subject),
                criterion=quoted(mark.criterion),
            )
        row[mark.judge] = score
    return sheets


def _score(index: int, mark: Mark, rule: Rule, good: set[tuple[str, Fraction]]) -> Fraction:
    """The mark as an exact number that the rule permits. `good`: by criterion, what was looked at before."""
    try:
        score = exact(mark.score)
    except NumberError as error:
        raise MarkError(index, "score", error.code, value=quoted(mark.score)) from None
    if rule.criteria and (mark.criterion, score) not in good:
        criterion = rule.criteria.get(mark.criterion)
        if criterion is None:
            known = listed(list(rule.criteria))
            raise MarkError(
                index, "criterion", "unknown_criterion", criterion=quoted(mark.criterion), known=known
            )
        if problem := criterion.problem(score):
            raise MarkError(index, "score", problem[0], **problem[1])
        good.add((mark.criterion, score))
    return score


def _check_fit(rule: Rule, sheets: Mapping[str, Any]) -> None:
    for place, step in enumerate(rule.ties):
        check_tie_criterion(step, f"ties[{place}]", list(rule.criteria))
    for subject in rule.decisions:
        if subject not in sheets:
            raise RuleError(f"decisions.{subject}", "unknown_subject", subject=quoted(subject))
    if rule.method == "schulze" and len(sheets) > MOST_SUBJECTS_FOR_SCHULZE:
        raise RuleError(
            "aggregate.method",
            "too_many_subjects",
            step="schulze",
            most=MOST_SUBJECTS_FOR_SCHULZE,
            count=len(sheets),
        )


def _shortages(sheets: scoring.Sheets, counted: Mapping[str, set[str]], rule: Rule) -> list[Shortage]:
    needed = rule.minimum_judges
    if not scoring.needs_every_criterion(rule):
        found = [Shortage(subject, len(judges), needed) for subject, judges in counted.items()]
    else:
        found = [
            Shortage(subject, len(criteria.get(name, {})), needed, name)
            for subject, criteria in sheets.items()
            for name in rule.weighted_criteria
        ]
    short = [shortage for shortage in found if shortage.judges < needed]
    return sorted(short, key=lambda shortage: (shortage.subject, shortage.criterion or ""))


def _order(scores: Scores, times: Mapping[str, datetime]) -> tuple[list[list[str]], list[TieBreak]]:
    """All subjects in groups of one rank, best first, and the tie steps taken."""

    subjects = list(scores.totals)
    figures = over_one_denominator(list(scores.totals.values()))
    key: dict[str, Any] = dict(zip(subjects, figures, strict=True))
    groups: list[list[str]] = []
    taken: list[TieBreak] = []
    falling = sorted(subjects, key=key.__getitem__, reverse=not scores.low_totals_win)
    for _, level in groupby(falling, key=key.__getitem__):
        separated, steps = tie_breaks.separate(list(level), scores, times)
        groups += separated
        taken += steps
    return groups, taken


def _ranked_subjects(
    groups: list[list[str]], taken: list[TieBreak], scores: Scores, counted: Mapping[str, set[str]]
) -> list[RankedSubject]:
    steps: dict[str, list[TieBreak]] = {}
    for step in taken:
        for subject in step.subjects:
            steps.setdefault(subject, []).append(step)
    result: list[RankedSubject] = []
    rule = scores.rule
    places = total_places(rule.rounding_total, rule.stages, rule.adjusting, scores.beyond)
    first = 1
    for group in groups:
        for subject in group:
            own = tuple(steps.get(subject, ()))
            criteria = {
                name: scores.criteria[name][subject]
                for name in scores.criteria
                if subject in scores.criteria[name]
            }
            marked = {
                judge
                for name in scores.rule.weighted_criteria
                if name in criteria
                for judge in criteria[name].marks
            }
            result.append(
                RankedSubject(
                    subject=subject,
                    rank=first,
                    tied=len(group) > 1,
                    total=scores.totals[subject],
                    judges=len(counted[subject]),
                    criteria=criteria,
                    judge_totals=scores.judge_totals.get(subject),
                    incomplete=tuple(sorted(marked - counted[subject])),
                    decided_by=next((step.step for step in reversed(own) if step.separated), None),
                    tie_breaks=own,
                    ending=scores.endings.get(subject),
                    places=places,
                )
            )
        first += len(group)
    return result


def _notes(subjects: Sequence[RankedSubject], rule: Rule) -> list[str]:
    notes: list[str] = []
    if scoring.adds_up(rule) and len({subject.judges for subject in subjects}) > 1:
        notes.append("unequal_panels")
    if any(subject.incomplete for subject in subjects):
        notes.append("incomplete_sheets")
    return notes


def _ending_json(ending: Ending, rule: Rule) -> dict[str, Any]:
    result: dict[str, Any] = {"own_total": fixed(ending.own, rule.rounding_total)}
    if rule.stages is not None:
        result["stages"] = [part.to_json(rule.stages.rounding_weighted) for part in ending.parts]
    result["adjustments"] = [adjustment.to_json() for adjustment in ending.adjustments]
    return result


def _criterion_json(column: Column, rule: Rule) -> dict[str, Any]:
    result: dict[str, Any] = {
        "marks": {judge: plain(mark) for judge, mark in column.marks.items()},
        "dropped": list(column.dropped),
        "mean": None if column.result is None else fixed(column.result, rule.rounding_criterion),
        "weighted": None if column.weighted is None else fixed(column.weighted, rule.rounding_weighted),
    }
    if column.values is not None:
        result["values"] = {judge: plain(value) for judge, value in column.values.items()}
    if column.points is not None:
        result["points"] = plain(column.points)
    return result


def _judge_totals_json(column: Column, incomplete: Sequence[str], rule: Rule) -> dict[str, Any]:
    result: dict[str, Any] = {
        "marks": {judge: fixed(total, rule.rounding_weighted) for judge, total in column.marks.items()},
        "dropped": list(column.dropped),
        "incomplete": list(incomplete),
    }
    if column.values is not None:
        result["values"] = {judge: plain(value) for judge, value in column.values.items()}
    return result
