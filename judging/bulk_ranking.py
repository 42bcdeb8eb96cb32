"""The official ranking of very many entries at once: what `judging.ranking.rank` gives, in whole numbers.

For contests of a million marks. Marks are int64 in units of the smallest decimal place, weights whole numbers
over one denominator, and every division waits for the place where the rule rounds, so that each figure is the
one that fractions give. A rule that needs more than that (`supports`) and figures that leave 64 bits
(`TooLargeError`) are for `rank`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from judging.exact import exact
from judging.problems import RankingRefused, RuleError, Shortage
from judging.rules import Rule, TieStep, check_tie_criterion
from judging.stages import Adjusting
from judging.whole_ratios import MOST, Ratios, TooLargeError, Whole, largest, summed, times

__all__ = ["BulkRanking", "BulkSheets", "TooLargeError", "rank_bulk", "supports"]

_METHODS = ("mean", "trimmed_mean", "median", "sum")
_STEPS = ("criterion", "untrimmed_total", "more_digits", "median", "at_least", "earlier", "decision", "lot")


@dataclass(frozen=True, slots=True)
class BulkSheets:
    """Score sheets, one row for each judge and subject.

    criteria: C names. names: S subjects, ascending; a subject's number is its place here. subject: (R,)
    numbers of subjects. marks: (R, C) int64 in units of 10^-places points. present: (R, C), False where
    there is no mark; None: all are there. submitted: (S,) times, in any whole unit.
    """

    criteria: tuple[str, ...]
    names: Sequence[str]
    subject: NDArray[np.integer]
    marks: Whole
    places: int = 0
    present: NDArray[np.bool_] | None = None
    submitted: Whole | None = None


@dataclass(frozen=True, slots=True)
class BulkRanking:
    """Ranks of S subjects, all arrays by the subject's number.

    order: the subjects, best first, those of one rank by number. totals: exact. decided_by: the tie step, as
    its place in `rule.ties`, that set a subject apart from the last with an equal total; −1: none.
    """

    rule: Rule
    order: Whole
    ranks: Whole
    tied: NDArray[np.bool_]
    judges: Whole
    totals: Ratios
    decided_by: NDArray[np.int16]

    def total(self, subject: int) -> Fraction:
        return Fraction(int(self.totals.numerators[subject]), self.totals.scale)


def supports(rule: Rule) -> bool:
    """Whether `rank_bulk` knows the rule's method and all its tie steps, and nothing else counts."""
    return (
        rule.method in _METHODS
        and all(step.kind in _STEPS for step in rule.ties)
        and rule.stages is None
        and rule.adjusting == Adjusting()
    )


def rank_bulk(sheets: BulkSheets, rule: Rule) -> BulkRanking:
    """Rank by a rule that `supports` accepts; the same ranks, totals and deciding steps as `rank` gives.

    The marks are taken as checked. Raises RankingRefused (subjects with fewer judges than `minimum_judges`),
    RuleError (a rule that doesn't fit), ValueError (a rule that isn't supported) and TooLargeError.
    """
    if not supports(rule):
        raise ValueError("this rule is not for rank_bulk")
    rule = rule.with_criteria(sorted(sheets.criteria))
    _check_fit(sheets, rule)
    scoring = _Scoring(sheets, rule)
    scoring.refuse_short_panels()
    totals = scoring.totals(rule).common()
    order, starts, decided = _order(scoring, totals)
    firsts = np.flatnonzero(starts)
    sizes = np.diff(np.append(firsts, len(order)))
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.repeat(firsts + 1, sizes)
    tied = np.empty(len(order), dtype=np.bool_)
    tied[order] = np.repeat(sizes > 1, sizes)
    return BulkRanking(rule, order, ranks, tied, scoring.judges, totals, decided)


def _check_fit(sheets: BulkSheets, rule: Rule) -> None:
    for place, step in enumerate(rule.ties):
        check_tie_criterion(step, f"ties[{place}]", list(rule.criteria))
        if step.kind == "earlier" and sheets.submitted is None:
            raise RuleError("ties", "no_submission_times")


class _Column:
    """Whole figures of judges, each of one subject: how many, their sum, mean, median, trimmed mean."""

    def __init__(self, owner: NDArray[np.integer], values: Whole, scale: int, owners: int) -> None:
        self.owner = owner
        self.values = values
        self.scale = scale
        self.owners = owners

    @cached_property
    def counts(self) -> Whole:
        return np.bincount(self.owner, minlength=self.owners).astype(np.int64, copy=False)

    @cached_property
    def _divisors(self) -> Whole:
        """Those without any figure have the sum 0, which may be divided by 1."""
        return np.maximum(self.counts, 1)

    @cached_property
    def sums(self) -> Whole:
        return summed(self.values, self.owner, self.owners)

    @cached_property
    def _rising(self) -> tuple[Whole, Whole]:
        """All values by owner and from the lowest on, and where each owner's begin."""
        least = int(self.values.min()) if self.values.size else 0
        span = (int(self.values.max()) if self.values.size else 0) - least + 1
        starts = np.cumsum(self.counts) - self.counts
        if span * self.owners >= MOST:
            order = np.lexsort((self.values, self.owner))
            return self.values[order], starts
        # Owner and value in one number: numbers are sorted many times quicker than places of two keys.
        packed = np.sort(self.owner.astype(np.int64) * span + (self.values - least))
        bases = np.repeat(np.arange(self.owners, dtype=np.int64) * span, self.counts)
        return packed - bases + least, starts

    def made_one(self, rule: Rule) -> Ratios:
        """The rule's method over each owner's figures."""
        if rule.method == "sum":
            return Ratios(self.sums, self.scale)
        if rule.method == "median":
            return self._median()
        if rule.method == "trimmed_mean":
            return self._trimmed_mean(rule)
        return Ratios(self.sums, self.scale, self._divisors)

    def _median(self) -> Ratios:
        rising, starts = self._rising
        last = max(len(rising) - 1, 0)
        low = rising[np.minimum(starts + np.maximum(self.counts - 1, 0) // 2, last)]
        high = rising[np.minimum(starts + self.counts // 2, last)]
        return Ratios(np.where(self.counts > 0, low + high, 0), 2 * self.scale)

    def _trimmed_mean(self, rule: Rule) -> Ratios:
        many = self.counts >= rule.drop_from
        drops = rule.drop_high + rule.drop_low
        if not drops or not many.any():
            return Ratios(self.sums, self.scale, self._divisors)
        rising, starts = self._rising
        if largest(rising) * len(rising) >= MOST:
            raise TooLargeError
        running = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(rising)))
        first = starts + np.where(many, rule.drop_low, 0)
        end = starts + self.counts - np.where(many, rule.drop_high, 0)
        kept = self._divisors - np.where(many, drops, 0)
        return Ratios(running[end] - running[first], self.scale, kept)


class _Scoring:
    """The sheets under one rule: what each subject's judges gave, and what methods make of it."""

    def __init__(self, sheets: BulkSheets, rule: Rule) -> None:
        self.sheets = sheets
        self.rule = rule
        self.subjects = len(sheets.names)
        self.unit = 10**sheets.places
        weights = {name: rule.weight(name) for name in rule.weighted_criteria}
        self.divisor = math.lcm(*(weight.denominator for weight in weights.values()))
        self.weights = {name: int(weight * self.divisor) for name, weight in weights.items()}

    @property
    def low_wins(self) -> bool:
        return self.rule.direction == "low"

    def totals(self, rule: Rule) -> Ratios:
        """Every subject's total by `rule`, which may differ from the official one in method and rounding."""
        if rule.over == "judge_totals":
            column = self.sheet_totals
            if rule.rounding_weighted is not None:
                rounded = Ratios(column.values, column.scale).half_up(rule.rounding_weighted)
                column = _Column(column.owner, rounded.numerators, rounded.scale, self.subjects)
            return column.made_one(rule).half_up(rule.rounding_total)
        total = Ratios(np.zeros(self.subjects, dtype=np.int64))
        for name, weight in self.weights.items():
            result = self.marks_on(name).made_one(rule).half_up(rule.rounding_criterion)
            total = total.plus(result.times(weight, self.divisor).half_up(rule.rounding_weighted))
        return total.half_up(rule.rounding_total)

    @cached_property
    def sheet_totals(self) -> _Column:
        """The exact weighted totals of the complete sheets."""
        columns = [self._place(name) for name in self.weights]
        weights = list(self.weights.values())
        marks = self.sheets.marks
        most = sum(largest(marks[:, place]) * weight for place, weight in zip(columns, weights, strict=True))
        if most >= MOST:
            raise TooLargeError
        if len(columns) == 1:
            totals = times(marks[:, columns[0]], weights[0])
        else:
            totals = marks[:, columns] @ np.array(weights, dtype=np.int64)
        complete = self._complete
        owner = self.sheets.subject if complete is None else self.sheets.subject[complete]
        return _Column(
            owner,
            totals if complete is None else totals[complete],
            self.unit * self.divisor,
            self.subjects,
        )

    @cached_property
    def _complete(self) -> NDArray[np.bool_] | None:
        present = self.sheets.present
        if present is None:
            return None
        found = np.logical_and.reduce(present[:, [self._place(name) for name in self.weights]], axis=1)
        return None if found.all() else found

    def marks_on(self, name: str, *, complete: bool = False) -> _Column:
        """The marks on a criterion; `complete`: of complete sheets only."""
        place = self._place(name)
        present = None if self.sheets.present is None else self.sheets.present[:, place]
        if complete and present is not None and self._complete is not None:
            present = np.bitwise_and(present, self._complete)
        marks, owner = self.sheets.marks[:, place], self.sheets.subject
        if present is not None:
            marks, owner = marks[present], owner[present]
        return _Column(owner, marks, self.unit, self.subjects)

    def _place(self, name: str) -> int:
        return self.sheets.criteria.index(name)

    @cached_property
    def judges(self) -> Whole:
        """How many judges' marks count for each subject."""
        if self.rule.over == "judge_totals":
            return self.sheet_totals.counts
        present = self.sheets.present
        owner = self.sheets.subject
        if present is not None:
            owner = owner[present[:, [self._place(name) for name in self.weights]].any(axis=1)]
        return np.bincount(owner, minlength=self.subjects).astype(np.int64, copy=False)

    def refuse_short_panels(self) -> None:
        """Raise RankingRefused when a subject has fewer judges than the rule needs."""
        needed = self.rule.minimum_judges
        if self.rule.over == "judge_totals" or self.rule.method == "sum":
            counted: dict[str | None, Whole] = {None: self.judges}
        else:
            counted = {name: self.marks_on(name).counts for name in self.weights}
        short = [
            Shortage(self.sheets.names[subject], int(counts[subject]), needed, name)
            for name, counts in counted.items()
            for subject in np.flatnonzero(counts < needed).tolist()
        ]
        if short:
            raise RankingRefused(sorted(short, key=lambda one: (one.subject, one.criterion or "")))


def _order(scoring: _Scoring, totals: Ratios) -> tuple[Whole, NDArray[np.bool_], NDArray[np.int16]]:
    """The subjects, best first; where in that order a rank begins; the step that decided, by subject."""
    key = totals.numerators if scoring.low_wins else -totals.numerators
    order = _sorted_places(key)
    ordered = key[order]
    starts = np.empty(len(order), dtype=np.bool_)
    starts[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=starts[1:])
    decided = np.full(len(order), -1, dtype=np.int16)
    for place, step in enumerate(scoring.rule.ties):
        ends = np.append(starts[1:], True)
        tied = np.flatnonzero(~(starts & ends))
        if not tied.size:
            break
        subjects = order[tied]
        group = np.cumsum(starts[tied]) - 1
        key = _KEYS[step.kind](scoring, step, subjects)
        again = _sorted_places(key, group)
        subjects, key = subjects[again], key[again]
        order[tied] = subjects
        fresh = np.empty(len(tied), dtype=np.bool_)
        fresh[:1] = True
        np.not_equal(key[1:], key[:-1], out=fresh[1:])
        split = fresh & ~starts[tied]  # a rank begins inside what was one group
        starts[tied] |= split
        decided[subjects[np.isin(group, group[split])]] = place
    return order, starts, decided


def _sorted_places(key: Whole, group: Whole | None = None) -> Whole:
    """The places of `key` in rising order, equal ones as they stand; inside each group where there are some,
    which must not fall.

    Key and place are sorted as one number where that fits: many times quicker than sorting places.
    """
    size = len(key)
    least = int(key.min()) if size else 0
    span = (int(key.max()) if size else 0) - least + 1
    groups = int(group[-1]) + 1 if group is not None and size else 1
    if span * groups * size >= MOST:
        return np.lexsort((key,) if group is None else (key, group))
    packed = key - least
    if group is not None:
        packed += group * span
    packed *= size
    packed += np.arange(size)
    packed.sort()
    return packed % size


def _figures(ratios: Ratios, subjects: Whole, *, low_wins: bool) -> Whole:
    """Keys, the smaller the better, of the subjects' ratios."""
    chosen = Ratios(
        ratios.numerators[subjects],
        ratios.scale,
        None if ratios.counts is None else ratios.counts[subjects],
    )
    numerators = chosen.common().numerators
    return numerators if low_wins else -numerators


def _criterion(scoring: _Scoring, step: TieStep, subjects: Whole) -> Whole:
    rule = scoring.rule
    if rule.over == "criterion":
        column = scoring.marks_on(step.argument)
        results = column.made_one(rule).half_up(rule.rounding_criterion)
    else:
        column = scoring.marks_on(step.argument, complete=True)
        results = column.made_one(replace(rule, method="mean"))
    keys = _figures(results, subjects, low_wins=scoring.low_wins)
    missing = column.counts[subjects] == 0
    return np.where(missing, largest(keys) + 1, keys)  # a subject without the figure comes last


def _unrounded(rule: Rule, method: str) -> Rule:
    return replace(rule, method=method, rounding_criterion=None, rounding_weighted=None, rounding_total=None)


def _total_by(method: str | None) -> Callable[[_Scoring, TieStep, Whole], Whole]:
    def keys(scoring: _Scoring, _step: TieStep, subjects: Whole) -> Whole:
        rule = _unrounded(scoring.rule, method or scoring.rule.method)
        return _figures(scoring.totals(rule), subjects, low_wins=scoring.low_wins)

    return keys


def _at_least(scoring: _Scoring, step: TieStep, subjects: Whole) -> Whole:
    column = scoring.sheet_totals
    values = Ratios(column.values, column.scale)
    if scoring.rule.over == "judge_totals":
        values = values.half_up(scoring.rule.rounding_weighted)
    line = exact(step.argument) * values.scale
    # Whole numbers compare with the whole number on the right side of the line.
    if scoring.low_wins:
        reached = values.numerators <= math.floor(line)
    else:
        reached = values.numerators >= math.ceil(line)
    return -np.bincount(column.owner[reached], minlength=scoring.subjects)[subjects]


def _earlier(scoring: _Scoring, _step: TieStep, subjects: Whole) -> Whole:
    assert scoring.sheets.submitted is not None
    return scoring.sheets.submitted[subjects]


def _decision(scoring: _Scoring, _step: TieStep, subjects: Whole) -> Whole:
    places = scoring.rule.decisions
    last = max(places.values(), default=0) + 1
    names = scoring.sheets.names
    return np.array([places.get(names[subject], last) for subject in subjects.tolist()], dtype=np.int64)


def _lot(scoring: _Scoring, step: TieStep, subjects: Whole) -> Whole:
    seed = f"{step.argument}\n"
    names = scoring.sheets.names
    tickets = np.array(
        [hashlib.sha256(f"{seed}{names[subject]}".encode()).hexdigest() for subject in subjects.tolist()],
        dtype="S64",
    )
    return np.unique(tickets, return_inverse=True)[1].astype(np.int64, copy=False)


_KEYS: dict[str, Callable[[_Scoring, TieStep, Whole], Whole]] = {
    "criterion": _criterion,
    "untrimmed_total": _total_by("mean"),
    "more_digits": _total_by(None),
    "median": _total_by("median"),
    "at_least": _at_least,
    "earlier": _earlier,
    "decision": _decision,
    "lot": _lot,
}
