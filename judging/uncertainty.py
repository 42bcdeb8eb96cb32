"""How sure one can be of calibrated scores and ranks: intervals and probabilities from joint posterior draws.

Because draws are joint, ranks and prizes share what the subjects share: judges, and the doubt about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from judging.calibration_fit import Floats

LEVEL = 0.9
"""Of all intervals: 5 % lie below and 5 % above."""


@dataclass(frozen=True)
class Draws:
    """Joint posterior draws (draws, subjects) of subjects' scores; with `low_wins` the lower is the better.

    Equal scores in a draw don't occur but where subjects can't be told apart at all; there the earlier place
    goes to the one with the earlier name.
    """

    scores: Floats
    low_wins: bool = False

    @cached_property
    def ranks(self) -> NDArray[np.int32]:
        """Each subject's rank in each draw (draws, subjects), 1 is best."""
        count, subjects = self.scores.shape
        order = np.argsort(self.scores if self.low_wins else -self.scores, axis=1, kind="stable")
        ranks = np.empty((count, subjects), dtype=np.int32)
        np.put_along_axis(ranks, order, np.arange(1, subjects + 1, dtype=np.int32)[None, :], axis=1)
        return ranks

    def score_interval(self) -> tuple[Floats, Floats]:
        """Bounds (subjects,) that hold the score with the probability LEVEL."""
        return _interval(self.scores)

    def rank_interval(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Bounds (subjects,) that hold the rank with the probability LEVEL or a little more."""
        low, high = _interval(self.ranks)
        return np.floor(low).astype(np.int64), np.ceil(high).astype(np.int64)

    def top(self, places: int) -> Floats:
        """Each subject's probability (subjects,) of being among the best `places`."""
        return (self.ranks <= places).mean(axis=0)

    def before(self, first: int, second: int) -> float:
        """The probability that the subject `first` (its index) is better than `second`."""
        a, b = self.scores[:, first], self.scores[:, second]
        better = (a < b) if self.low_wins else (a > b)
        return float(better.mean() + (a == b).mean() / 2)

    def misplaced(self, winners: Sequence[int] | NDArray[np.int64]) -> float:
        """How many of these subjects are expected not to belong among the best as many."""
        return float((1 - self.top(len(winners))[list(winners)]).sum())


def _interval(values: NDArray) -> tuple[Floats, Floats]:  # type: ignore[type-arg]
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(np.ascontiguousarray(values.T), [tail, 1 - tail], axis=1)
    return low, high


def ranked(scores: Floats, low_wins: bool) -> NDArray[np.int64]:
    """Ranks 1, 1, 3 of scores (subjects,): equal ones, to nine decimals, share the better rank."""
    values = np.round(scores if low_wins else -scores, 9)
    return np.searchsorted(np.sort(values), values, side="left") + 1
