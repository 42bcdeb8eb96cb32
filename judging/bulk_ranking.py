"""The official ranking of very many entries at once: what `judging.ranking.rank` gives, in whole numbers.

For contests of a million marks. Marks are int64 in units of the smallest decimal place, weights whole numbers
over one denominator, and every division waits for the place where the rule rounds, so that each figure is the
one that fractions give. A rule that needs more than that (`supports`) and figures that leave 64 bits
(`TooLargeError`) are for `rank`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from judging.bulk_scoring import BulkSheets, Scoring
from judging.exact import exact
from judging.problems import RuleError
from judging.rules import Rule, TieStep, check_tie_criterion
from judging.stages import Adjusting
from judging.whole_ratios import MOST, Ratios, TooLargeError, Whole, largest

__all__ = ["BulkRanking", "BulkSheets", "TooLargeError", "rank_bulk", "supports"]

_METHODS = ("mean", "trimmed_mean", "median", "sum")
_STEPS = ("criterion", "untrimmed_total", "more_digits", "median", "at_least", "earlier", "decision", "lot")


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
    scoring = Scoring(sheets, rule)
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


def _order(scoring: Scoring, totals: Ratios) -> tuple[Whole, NDArray[np.bool_], NDArray[np.int16]]:
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


def _criterion(scoring: Scoring, step: TieStep, subjects: Whole) -> Whole:
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


def _total_by(method: str | None) -> Callable[[Scoring, TieStep, Whole], Whole]:
    def keys(scoring: Scoring, _step: TieStep, subjects: Whole) -> Whole:
        rule = _unrounded(scoring.rule, method or scoring.rule.method)
        return _figures(scoring.totals(rule), subjects, low_wins=scoring.low_wins)

    return keys


def _at_least(scoring: Scoring, step: TieStep, subjects: Whole) -> Whole:
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


def _earlier(scoring: Scoring, _step: TieStep, subjects: Whole) -> Whole:
    assert scoring.sheets.submitted is not None
    return scoring.sheets.submitted[subjects]


def _decision(scoring: Scoring, _step: TieStep, subjects: Whole) -> Whole:
    places = scoring.rule.decisions
    last = max(places.values(), default=0) + 1
    names = scoring.sheets.names
    return np.array([places.get(names[subject], last) for subject in subjects.tolist()], dtype=np.int64)


def _lot(scoring: Scoring, step: TieStep, subjects: Whole) -> Whole:
    seed = f"{step.argument}\n"
    names = scoring.sheets.names
    tickets = np.array(
        [hashlib.sha256(f"{seed}{names[subject]}".encode()).hexdigest() for subject in subjects.tolist()],
        dtype="S64",
    )
    return np.unique(tickets, return_inverse=True)[1].astype(np.int64, copy=False)


_KEYS: dict[str, Callable[[Scoring, TieStep, Whole], Whole]] = {
    "criterion": _criterion,
    "untrimmed_total": _total_by("mean"),
    "more_digits": _total_by(None),
    "median": _total_by("median"),
    "at_least": _at_least,
    "earlier": _earlier,
    "decision": _decision,
    "lot": _lot,
}
