"""How sure one can be of calibrated scores and ranks: intervals and probabilities from joint posterior draws.

Because draws are joint, ranks and prizes share what the subjects share: judges, and the doubt about them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judging.calibration_fit import Floats

LEVEL = 0.9
"""Of all intervals: 5 % lie below and 5 % above."""


@dataclass(frozen=True)
class Draws:
    """Joint posterior draws (draws, subjects) of the scores; with `low_wins` the lower is the better."""

    scores: Floats
    low_wins: bool = False

    @cached_property
    def ranks(self) -> NDArray[np.int32]:
        """Each subject's rank in each draw (draws, subjects), 1 is best."""
        count, subjects = self.scores.shape
        order = np.argsort(self.scores if self.low_wins else -self.scores, axis=1)
        ranks = np.empty((count, subjects), dtype=np.int32)
        np.put_along_axis(ranks, order, np.arange(1, subjects + 1, dtype=np.int32)[None, :], axis=1)
        return ranks

    def score_interval(self) -> tuple[Floats, Floats]:
        """Bounds (subjects,) that hold the score with the probability LEVEL."""
        low, high = _between(self.scores)
        return low, high

    def rank_interval(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Bounds (subjects,) that hold the rank with the probability LEVEL or a little more."""
        low, high = _between(self.ranks)
        return low, high

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


def _between(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The draws (draws, subjects) next outside of the middle LEVEL, for each subject."""
    last = len(values) - 1
    low = math.floor(last * (1 - LEVEL) / 2)
    bounds = np.partition(np.ascontiguousarray(values.T), [low, last - low], axis=1)
    return bounds[:, low], bounds[:, last - low]


def ranked(scores: Floats, low_wins: bool) -> NDArray[np.int64]:
    """Ranks 1, 1, 3 of scores (subjects,): equal ones, to nine decimals, share the better rank."""
    values = np.round(scores if low_wins else -scores, 9)
    return np.searchsorted(np.sort(values), values, side="left") + 1
