"""Effects beside team and judge, such as own school or drift, estimated in the additive mixed model.

With y = μ + team + judge + β x + e and known variances the generalized least squares estimate is
β = x'r / x'(I − H)x with standard error σₑ / √(x'(I − H)x), where r = (I − H)y are the residuals of the model
without x and H is the model's smoother: V⁻¹ projected on the mean is (I − H)/σₑ² (Henderson's mixed model
equations; Searle, Casella and McCulloch 1992, chapter 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from judging.ratings import Ratings
from judging.significance import Floats, t_two_sided

_UNKNOWN = 1e-9  # so little of x'x left beside teams and judges: nothing can be told


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect in points with its standard error and two-sided p, from `n` ratings that it applies to."""

    value: float
    error: float
    p: float
    n: int

    def to_json(self) -> dict[str, Any]:
        return {
            "value": float(f"{self.value:.9g}"),
            "error": float(f"{self.error:.9g}"),
            "p": float(f"{self.p:.9g}"),
            "n": self.n,
        }


class Smoother:
    """I − H of the additive model with given variances (squared points; `residual` above zero).

    Teams are eliminated, which leaves one symmetric system of judges + 1. With S and R the sums of x by team
    and what is left of those by judge, x'(I − H)x = x'x − S'DS − R'M⁻¹R.
    """

    def __init__(self, ratings: Ratings, *, team: float, judge: float, residual: float) -> None:
        n, judges, subjects = ratings.value.size, len(ratings.judges), len(ratings.subjects)
        rating, one = np.arange(n), np.ones(n)
        self._by_subject = sparse.csr_array((one, (ratings.subject, rating)), shape=(subjects, n))
        self._by_judge = sparse.csr_array((one, (ratings.judge, rating)), shape=(judges, n))
        self._counts = self._by_subject @ self._by_judge.T
        marked = np.bincount(ratings.subject, minlength=subjects)
        # team / (n team + residual) is 1 / (n + ratio), and zero where teams don't vary at all.
        self._shrink = sparse.diags_array(team / (marked * team + residual))
        self._marked = marked.astype(np.float64)
        # Scaled by the judges' standard deviation the system stays regular when that is zero.
        self._scale = np.concatenate([[1.0], np.full(judges, np.sqrt(judge))])[:, None]
        own = np.diag(np.concatenate([[0.0], np.full(judges, residual)]))
        left = self._rest(sparse.csr_array(np.ones((n, 1))), self._by_judge.T)
        self._left = self._scale * left * self._scale.T + own
        self._residual = residual
        self._freedom = max(1, n - judges - subjects + 1)

    def _rest(self, *parts: sparse.sparray) -> Floats:
        """R, (judges + 1, p): the sums of columns (n, p) by mean and judge that teams leave over."""
        columns = sparse.hstack(parts, format="csc")
        shrunk = self._shrink @ (self._by_subject @ columns)
        first = columns.sum(axis=0) - self._marked @ shrunk
        rest = self._by_judge @ columns - self._counts.T @ shrunk
        return np.vstack([first, rest.toarray()])

    def effects(self, residuals: Floats, columns: sparse.sparray, applies: Floats) -> list[Effect | None]:
        """The effect of each of (n, p) columns, one at a time; None where teams or judges explain it all.

        `residuals` (n,) of the model; `applies` (p,): how many ratings each is counted from.
        """
        sums = self._by_subject @ columns
        rest = self._scale * self._rest(columns)
        squares = columns.multiply(columns).sum(axis=0)
        by_teams = sums.multiply(self._shrink @ sums).sum(axis=0)
        by_judges = np.einsum("ij,ij->j", rest, np.linalg.solve(self._left, rest))
        information = squares - by_teams - by_judges
        slopes = columns.T @ residuals
        return [
            self._effect(slope, about, int(n)) if about > _UNKNOWN * square else None
            for slope, about, square, n in zip(slopes, information, squares, applies, strict=True)
        ]

    def _effect(self, slope: float, information: float, n: int) -> Effect:
        value, error = float(slope / information), float(np.sqrt(self._residual / information))
        return Effect(value, error, t_two_sided(value / error, self._freedom), n)
