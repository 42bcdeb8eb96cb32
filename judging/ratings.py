"""The marks of a round as flat arrays of ratings, for the calibrated view and the reliability indices.

Values are the exact weighted totals turned into floats once, at the end; they are never rounded and keep the
direction of the rule: with `low_wins` the lower of two values is the better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from core.quoting import listed, quoted
from judging import scoring
from judging.exact import NumberError, exact
from judging.problems import MarkError
from judging.ranking import Mark
from judging.rules import Rule


@dataclass(frozen=True, slots=True)
class Ratings:
    """One rating per judge and subject: the judge's weighted total, unrounded, as floats.

    `judges` and `subjects` are sorted and hold those with at least one rating. Rating i, of n, is `value[i]`
    (points), given by `judges[judge[i]]` to `subjects[subject[i]]`; ratings are ordered by subject, then
    judge.
    """

    judges: tuple[str, ...]
    subjects: tuple[str, ...]
    judge: NDArray[np.int64]
    subject: NDArray[np.int64]
    value: NDArray[np.float64]
    low_wins: bool = False

    def matrix(self) -> NDArray[np.float64]:
        """All ratings as an array (subjects, judges), NaN where a judge didn't rate a subject."""
        table = np.full((len(self.subjects), len(self.judges)), np.nan)
        table[self.subject, self.judge] = self.value
        return table


@dataclass(frozen=True, slots=True)
class CriterionRatings:
    """Single marks on weighted criteria, in points.

    `criteria` are in the rule's order with their `weights` (criteria,). Mark i, of n, is `value[i]`, given by
    `judges[judge[i]]` to `subjects[subject[i]]` on `criteria[criterion[i]]`; marks are ordered by subject,
    judge, criterion.
    """

    judges: tuple[str, ...]
    subjects: tuple[str, ...]
    criteria: tuple[str, ...]
    weights: NDArray[np.float64]
    judge: NDArray[np.int64]
    subject: NDArray[np.int64]
    criterion: NDArray[np.int64]
    value: NDArray[np.float64]
    low_wins: bool = False


def ratings_of(marks: Sequence[Mark], rule: Rule) -> Ratings:
    """Each judge's weighted total of every complete sheet, by the weights of `rule`.

    A sheet that lacks a mark on a weighted criterion is left out. Raises MarkError for a mark that isn't a
    number, on a criterion that the rule doesn't know, or given twice.
    """
    rule = _completed(marks, rule)
    totals = scoring.exact_totals(_sheets(marks, rule), rule)
    rated = sorted((subject, judge) for subject, row in totals.items() for judge in row)
    judges = tuple(sorted({judge for _, judge in rated}))
    subjects = tuple(sorted({subject for subject, _ in rated}))
    return Ratings(
        judges=judges,
        subjects=subjects,
        judge=_places([judge for _, judge in rated], judges),
        subject=_places([subject for subject, _ in rated], subjects),
        value=np.array([float(totals[subject][judge]) for subject, judge in rated], dtype=np.float64),
        low_wins=rule.direction == "low",
    )


def criterion_ratings_of(marks: Sequence[Mark], rule: Rule) -> CriterionRatings:
    """Every mark on a weighted criterion, of incomplete sheets too. Raises MarkError as `ratings_of`."""
    rule = _completed(marks, rule)
    criteria = tuple(rule.weighted_criteria)
    place = {name: index for index, name in enumerate(criteria)}
    given = sorted(
        (subject, judge, place[name], float(mark))
        for subject, columns in _sheets(marks, rule).items()
        for name, row in columns.items()
        if name in place
        for judge, mark in row.items()
    )
    judges = tuple(sorted({judge for _, judge, _, _ in given}))
    subjects = tuple(sorted({subject for subject, _, _, _ in given}))
    return CriterionRatings(
        judges=judges,
        subjects=subjects,
        criteria=criteria,
        weights=np.array([float(rule.weight(name)) for name in criteria], dtype=np.float64),
        judge=_places([judge for _, judge, _, _ in given], judges),
        subject=_places([subject for subject, _, _, _ in given], subjects),
        criterion=np.array([name for _, _, name, _ in given], dtype=np.int64),
        value=np.array([value for _, _, _, value in given], dtype=np.float64),
        low_wins=rule.direction == "low",
    )


def _completed(marks: Sequence[Mark], rule: Rule) -> Rule:
    return rule.with_criteria(sorted({mark.criterion for mark in marks}))


def _places(names: Sequence[str], sorted_names: Sequence[str]) -> NDArray[np.int64]:
    place = {name: index for index, name in enumerate(sorted_names)}
    return np.array([place[name] for name in names], dtype=np.int64)


def _sheets(marks: Sequence[Mark], rule: Rule) -> dict[str, dict[str, dict[str, Fraction]]]:
    sheets: dict[str, dict[str, dict[str, Fraction]]] = {}
    for index, mark in enumerate(marks):
        if mark.criterion not in rule.criteria:
            known = listed(list(rule.criteria))
            raise MarkError(
                index, "criterion", "unknown_criterion", criterion=quoted(mark.criterion), known=known
            )
        try:
            score = exact(mark.score)
        except NumberError as error:
            raise MarkError(index, "score", error.code, value=quoted(mark.score)) from None
        row = sheets.setdefault(mark.subject, {}).setdefault(mark.criterion, {})
        if mark.judge in row:
            names = {name: quoted(getattr(mark, name)) for name in ("judge", "subject", "criterion")}
            raise MarkError(index, "judge", "duplicate_mark", **names)
        row[mark.judge] = score
    return sheets
