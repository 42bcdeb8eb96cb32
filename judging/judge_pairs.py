"""Pairs of judges who agree too well: they depart alike from the panel, or their sheets are the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from judging.diagnostic_flags import Flag, Thresholds
from judging.ratings import CriterionRatings, Ratings
from judging.significance import Floats, benjamini_hochberg, binomial_above, correlation, normal_above

_SURE = 1 - 1e-9  # a correlation of one has no finite z
_FEWEST_CRITERIA = 3  # fewer marks are the same by chance too often to be a row


@dataclass(frozen=True, slots=True)
class AlikePair:
    """Two judges' departures on the subjects both rated: correlation, its one-sided p by Fisher's z, and that
    after Benjamini and Hochberg over all pairs.

    Departures of judges who are held against each other add up to zero on every subject, so that without any
    collusion their correlation is about −1 / (judges − 1): the test asks less often than its p says.
    """

    judges: tuple[str, str]
    common: int
    correlation: float
    p: float
    adjusted: float

    def to_json(self) -> dict[str, Any]:
        return {
            "judges": list(self.judges),
            "common": self.common,
            "correlation": float(f"{self.correlation:.9g}"),
            "p": float(f"{self.p:.9g}"),
            "p_adjusted": float(f"{self.adjusted:.9g}"),
        }


@dataclass(frozen=True, slots=True)
class IdenticalRows:
    """Two judges who marked subjects the same on every criterion.

    `p`: of as many by the rate of all other pairs, times the number of pairs looked at (Bonferroni).
    """

    judges: tuple[str, str]
    common: int
    identical: int
    p: float
    subjects: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "judges": list(self.judges),
            "common": self.common,
            "identical": self.identical,
            "p": float(f"{self.p:.9g}"),
            "subjects": list(self.subjects),
        }


def alike_pairs(ratings: Ratings, residuals: Floats, thresholds: Thresholds) -> list[AlikePair]:
    """All pairs with at least `least_common` common subjects, by name. `residuals`: (n,) of the ratings.

    Two judges who go together pull the panel's view of a subject along, and everybody else departs from it
    together. So the pair that stands out most is taken out of the reference, and the others are looked at
    again, until no pair stands out.
    """
    meeting = _Meeting(ratings, residuals, thresholds.least_common)
    trusted = np.ones(len(ratings.judges), dtype=bool)
    found: dict[tuple[int, int], AlikePair] = {}
    while True:
        reference = meeting.reference(trusted)
        pairs = found | {
            pair: tested
            for pair in meeting.pairs
            if pair not in found and (tested := meeting.test(pair, trusted, reference)) is not None
        }
        adjusted = benjamini_hochberg(np.array([tested.p for tested in pairs.values()]))
        pairs = {
            pair: replace(tested, adjusted=float(p))
            for (pair, tested), p in zip(pairs.items(), adjusted, strict=True)
        }
        standing_out = [
            pair
            for pair, tested in pairs.items()
            if tested.adjusted < thresholds.pair_rate and trusted[list(pair)].all()
        ]
        if not standing_out:
            return [pairs[pair] for pair in sorted(pairs)]
        worst = min(standing_out, key=lambda pair: (pairs[pair].p, pair))
        found[worst] = pairs[worst]
        trusted[list(worst)] = False


class _Meeting:
    """The pairs of judges who meet on enough subjects, and where each of them stands on these."""

    def __init__(self, ratings: Ratings, residuals: Floats, least: int) -> None:
        self._ratings, self._residuals, self._least = ratings, residuals, least
        judges = len(ratings.judges)
        order = np.argsort(ratings.judge, kind="stable")
        rated = np.split(order, np.cumsum(np.bincount(ratings.judge, minlength=judges))[:-1])
        self.pairs: dict[tuple[int, int], tuple[NDArray[np.intp], NDArray[np.intp]]] = {}
        for one, other in meetings(ratings.judge, ratings.subject, least):
            _, ours, theirs = np.intersect1d(
                ratings.subject[rated[one]], ratings.subject[rated[other]], return_indices=True
            )
            self.pairs[one, other] = rated[one][ours], rated[other][theirs]

    def test(
        self, pair: tuple[int, int], trusted: NDArray[np.bool_], reference: tuple[Floats, Floats]
    ) -> AlikePair | None:
        """Held against the mean of the trusted judges, `reference`; None where too few subjects have one."""
        ours, theirs = self.pairs[pair]
        counts, means = reference
        subject = self._ratings.subject[ours]
        known = counts[subject] > 0
        ours, theirs, subject = ours[known], theirs[known], subject[known]
        if subject.size < self._least:
            return None
        r = correlation(self._residuals[ours] - means[subject], self._residuals[theirs] - means[subject])
        if r is None:
            return None
        # Two judges outside share the errors of the reference; inside they share it with opposite sign.
        by_reference = 0.0 if trusted[list(pair)].any() else float(np.mean(1 / (counts[subject] + 1)))
        z = (np.arctanh(np.clip(r, -_SURE, _SURE)) - np.arctanh(by_reference)) * np.sqrt(subject.size - 3)
        names = (self._ratings.judges[pair[0]], self._ratings.judges[pair[1]])
        p = normal_above(float(z))
        return AlikePair(names, int(subject.size), r, p, p)

    def reference(self, trusted: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Per subject the number of trusted judges and the mean of their residuals."""
        weights = trusted[self._ratings.judge].astype(np.float64)
        subjects = len(self._ratings.subjects)
        counts = np.bincount(self._ratings.subject, weights, subjects)
        sums = np.bincount(self._ratings.subject, weights * self._residuals, subjects)
        means: Floats = np.divide(sums, counts, out=np.zeros(subjects), where=counts > 0)
        return counts.astype(np.float64), means


def meetings(judge: NDArray[np.int64], subject: NDArray[np.int64], least: int) -> Iterator[tuple[int, int]]:
    """Pairs of judges with at least `least` common subjects, in order."""
    seen = sparse.csr_array((np.ones(judge.size, dtype=np.int64), (subject, judge)))
    common = sparse.triu(seen.T @ seen, k=1).tocoo()
    enough = common.data >= least
    yield from sorted(zip(common.row[enough].tolist(), common.col[enough].tolist(), strict=True))


def identical_rows(marks: CriterionRatings, thresholds: Thresholds) -> list[IdenticalRows]:
    """Pairs with at least `identical_rows` identical complete sheets on at least three criteria, by name."""
    judge, subject, rows = complete_sheets(marks)
    if len(marks.criteria) < _FEWEST_CRITERIA or not judge.size:
        return []
    _, kind = np.unique(rows, axis=0, return_inverse=True)
    same: dict[tuple[int, int], list[int]] = {}
    order = np.lexsort((judge, kind.ravel(), subject))
    judge, subject, kind = judge[order], subject[order], kind.ravel()[order]
    most = int(np.bincount(subject).max())
    for lag in range(1, most):
        alike = np.flatnonzero((subject[lag:] == subject[:-lag]) & (kind[lag:] == kind[:-lag]))
        for place in alike.tolist():
            pair = (int(judge[place]), int(judge[place + lag]))
            same.setdefault(pair, []).append(int(subject[place]))
    counts = np.bincount(subject)
    pairs = int(np.sum(counts * (counts - 1) // 2))
    all_same = sum(len(found) for found in same.values())
    meeting = sum(1 for _ in meetings(judge, subject, 1))
    result: list[IdenticalRows] = []
    for pair, found in sorted(same.items()):
        if len(found) < thresholds.identical_rows:
            continue
        common = _common(judge, subject, pair)
        # Half a sheet more, so that a panel without any other identical rows has a rate above zero.
        rate = min(1.0, (all_same - len(found) + 0.5) / (pairs - common + 1))
        p = min(1.0, meeting * binomial_above(len(found), common, rate))
        names = (marks.judges[pair[0]], marks.judges[pair[1]])
        subjects = tuple(marks.subjects[place] for place in sorted(found))
        result.append(IdenticalRows(names, common, len(found), p, subjects))
    return result


def complete_sheets(
    marks: CriterionRatings,
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Judge (m,), subject (m,) and marks (m, criteria) of the sheets with a mark on every criterion."""
    sheets = marks.subject * len(marks.judges) + marks.judge
    keys, row = np.unique(sheets, return_inverse=True)
    table = np.full((keys.size, len(marks.criteria)), np.nan)
    table[row, marks.criterion] = marks.value
    complete = ~np.isnan(table).any(axis=1)
    subject, judge = np.divmod(keys[complete], max(1, len(marks.judges)))
    return judge, subject, table[complete]


def _common(judge: NDArray[np.int64], subject: NDArray[np.int64], pair: tuple[int, int]) -> int:
    one, other = (subject[judge == member] for member in pair)
    return int(np.intersect1d(one, other).size)


def pair_flags(
    alike: list[AlikePair], identical: list[IdenticalRows], thresholds: Thresholds
) -> Iterator[Flag]:
    """The pairs that somebody should look at."""
    for pair in alike:
        if pair.adjusted < thresholds.pair_rate:
            figures = {"correlation": pair.correlation, "common": pair.common, "p": pair.adjusted}
            yield Flag("alike_pair", "pair", pair.judges, figures, "pair_rate")
    for rows in identical:
        if rows.p < thresholds.p:
            figures = {"identical": rows.identical, "common": rows.common, "p": rows.p}
            yield Flag("identical_rows", "pair", rows.judges, figures, "identical_rows")
