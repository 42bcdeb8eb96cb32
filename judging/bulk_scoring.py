"""From very many score sheets to the subjects' totals in exact whole numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from judging.problems import RankingRefused, Shortage
from judging.rules import Rule
from judging.whole_ratios import MOST, Ratios, TooLargeError, Whole, largest, summed, times


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


class Column:
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


class Scoring:
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
                column = Column(column.owner, rounded.numerators, rounded.scale, self.subjects)
            return column.made_one(rule).half_up(rule.rounding_total)
        total = Ratios(np.zeros(self.subjects, dtype=np.int64))
        for name, weight in self.weights.items():
            result = self.marks_on(name).made_one(rule).half_up(rule.rounding_criterion)
            total = total.plus(result.times(weight, self.divisor).half_up(rule.rounding_weighted))
        return total.half_up(rule.rounding_total)

    @cached_property
    def sheet_totals(self) -> Column:
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
        return Column(
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

    def marks_on(self, name: str, *, complete: bool = False) -> Column:
        """The marks on a criterion; `complete`: of complete sheets only."""
        place = self._place(name)
        present = None if self.sheets.present is None else self.sheets.present[:, place]
        if complete and present is not None and self._complete is not None:
            present = np.bitwise_and(present, self._complete)
        marks, owner = self.sheets.marks[:, place], self.sheets.subject
        if present is not None:
            marks, owner = marks[present], owner[present]
        return Column(owner, marks, self.unit, self.subjects)

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
