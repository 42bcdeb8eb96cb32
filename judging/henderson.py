"""Henderson's mixed model equations for ratings, solved by eliminating the subjects.

y_tj = mu + u_t + v_j + e_tj with u ~ N(0, s_t²), v ~ N(0, s_j²), e ~ N(0, s_e² / w_tj). What is left after
the subjects (a Schur complement on mean and judges) is a Cholesky factor of judges × judges per evaluation,
however many ratings there are. Judges' effects are scaled by s_j/s_e, so nothing is singular at s_j = 0.

Sources: Henderson (1975), "Best linear unbiased estimation and prediction under a selection model",
Biometrics 31; Bates, Mächler, Bolker & Walker (2015), "Fitting linear mixed-effects models using lme4",
Journal of Statistical Software 67(1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.sparse import csr_array, diags_array

from judging.calibration_fit import Floats
from judging.ratings import Ratings

_MOST_GROUPS = 12
_LARGEST_DENSE = 4_000_000  # cells of a dense subjects × judges table (32 MB)
_CHUNK = 2_000_000  # cells looked up at a time
_MOST_GATHERED = 48  # ratings of a subject up to which pairs of its judges are looked up one by one


@dataclass(frozen=True, slots=True)
class Ratios:
    """Variances of subjects and judges over that of the residual, each at least 0."""

    team: float
    judge: float


@dataclass(frozen=True)
class Solution:
    """The equations solved for given ratios; covariances in units of s_e².

    `effects` (1 + J,): mean and judges. `subjects` (T,): BLUP of u. `shrink` (T,): 1 / (n_t + s_e²/s_t²).
    `factor`: of Cholesky, of the equations' matrix scaled by `scale`, both (1 + J). `quadratic`: y'Py, whose
    (n − 1)-th part is s_e². `log_determinant`: log |V| + log |X'V⁻¹X|.
    """

    ratios: Ratios
    effects: Floats
    subjects: Floats
    shrink: Floats
    scale: Floats
    factor: Floats
    quadratic: float
    log_determinant: float

    @cached_property
    def inverse(self) -> Floats:
        """Covariance (1 + J, 1 + J) of mean and judges."""
        lower, _ = lapack.dpotri(self.factor, lower=True)
        inverse = lower + lower.T
        np.fill_diagonal(inverse, np.diag(lower))
        inverse *= self.scale[:, None]
        inverse *= self.scale
        return inverse

    def root(self) -> Floats:
        """R with R R' = inverse."""
        lower, _ = lapack.dtrtri(self.factor, lower=True)
        return self.scale[:, None] * lower.T


class Equations:
    """The equations of one set of ratings, with what doesn't depend on the ratios computed once.

    `values` and `weights` (n,) are in the order of `ratings`; without weights each rating counts 1.
    """

    def __init__(self, ratings: Ratings, values: Floats, weights: Floats | None = None) -> None:
        self.ratings = ratings
        self.values = values
        self.count = len(values)
        self.teams, self.judges = len(ratings.subjects), len(ratings.judges)
        self.weights = np.ones(self.count) if weights is None else weights
        self.n = np.bincount(ratings.subject, self.weights, self.teams)
        self.n_judge = np.bincount(ratings.judge, self.weights, self.judges)
        self.sums = np.bincount(ratings.subject, self.weights * values, self.teams)
        judge_sums = np.bincount(ratings.judge, self.weights * values, self.judges)
        self.right = np.concatenate([[self.sums.sum()], judge_sums])
        self.squares = float(self.weights @ values**2)

    @cached_property
    def cells(self) -> csr_array:
        """[n | N] (T, 1 + J): each subject's weight in all and by judge."""
        columns = np.concatenate([np.zeros(self.teams, dtype=np.int64), self.ratings.judge + 1])
        rows = np.concatenate([np.arange(self.teams), self.ratings.subject])
        table = (np.concatenate([self.n, self.weights]), (rows, columns))
        return csr_array(table, shape=(self.teams, 1 + self.judges))

    @cached_property
    def _groups(self) -> list[tuple[int, Floats]] | None:
        """Per distinct n_t the place of one such subject and A'A of all; None when there are too many."""
        distinct, first, group = np.unique(self.n, return_index=True, return_inverse=True)
        if len(distinct) > _MOST_GROUPS:
            return None
        parts = [self.cells[np.flatnonzero(group == place)] for place in range(len(distinct))]
        grams = [np.asarray((part.T @ part).todense()) for part in parts]
        return list(zip(first.tolist(), grams, strict=True))

    @cached_property
    def _dense_cells(self) -> Floats | None:
        return self.cells.toarray() if self.teams * (1 + self.judges) <= _LARGEST_DENSE else None

    def _gram(self, factor: Floats) -> Floats:
        """A' diag(factor) A, for a factor (T,) that depends on n_t only."""
        if self._groups is not None:
            result = np.zeros((1 + self.judges, 1 + self.judges))
            for first, gram in self._groups:
                result += factor[first] * gram
            return result
        if self._dense_cells is not None:
            return self._dense_cells.T @ (factor[:, None] * self._dense_cells)
        return np.asarray((self.cells.T @ (diags_array(factor) @ self.cells)).todense())

    def solve(self, ratios: Ratios) -> Solution:
        """Mean, judges and subjects for these ratios."""
        shrink = ratios.team * np.reciprocal(1 + self.n * ratios.team)
        scale = np.full(1 + self.judges, np.sqrt(ratios.judge))
        scale[0] = 1.0
        # Symmetric, so its transpose is the same in the order that LAPACK needs not copy.
        factor, failed = lapack.dpotrf(self._schur(shrink, scale).T, lower=True, clean=True, overwrite_a=True)
        if failed:
            raise ArithmeticError("the mixed model equations are not positive definite")
        right = self.right - self.cells.T @ (shrink * self.sums)
        effects = scale * lapack.dpotrs(factor, scale * right, lower=True)[0]
        quadratic = self.squares - float(self.sums @ (shrink * self.sums)) - float(right @ effects)
        return Solution(
            ratios=ratios,
            effects=effects,
            subjects=shrink * (self.sums - self.cells @ effects),
            shrink=shrink,
            scale=scale,
            factor=factor,
            quadratic=max(quadratic, 1e-13 * self.squares),  # what cancellation leaves of nothing
            log_determinant=2 * float(np.log(np.diag(factor)).sum())
            + float(np.log1p(self.n * ratios.team).sum()),
        )

    def _schur(self, shrink: Floats, scale: Floats) -> Floats:
        matrix = -self._gram(shrink)
        matrix[0, 0] += self.n.sum()
        matrix[0, 1:] += self.n_judge
        matrix[1:, 0] += self.n_judge
        diagonal = np.arange(1, 1 + self.judges)
        matrix[diagonal, diagonal] += self.n_judge
        matrix *= scale[:, None]
        matrix *= scale
        matrix[diagonal, diagonal] += 1.0
        return matrix

    def criterion(self, ratios: Ratios) -> float:
        """−2 × the restricted log-likelihood, up to a constant."""
        found = self.solve(ratios)
        return (self.count - 1) * float(np.log(found.quadratic)) + found.log_determinant

    def criterion_and_gradient(self, ratios: Ratios) -> tuple[float, Floats]:
        """The criterion and its gradient by the logs of the team's and the judge's ratio."""
        found = self.solve(ratios)
        free = self.count - 1
        share = 1 / (1 + self.n * ratios.team)
        left = (self.sums - self.cells @ found.effects) * share
        by_team = ratios.team * (
            float(self.n @ share)
            - float(np.vdot(found.inverse, self._gram(share**2)))
            - free * float(left @ left) / found.quadratic
        )
        by_judge = 0.0
        if ratios.judge > 0:
            judges = found.effects[1:]
            trace = float(np.trace(found.inverse)) - found.inverse[0, 0]
            by_judge = self.judges - (trace + free * float(judges @ judges) / found.quadratic) / ratios.judge
        value = free * float(np.log(found.quadratic)) + found.log_determinant
        return value, np.array([by_team, by_judge])

    def variances_of_fitted(self, found: Solution) -> tuple[Floats, Floats]:
        """Posterior variances in units of s_e²: of each subject's effect (T,), of each fitted value (n,)."""
        inverse, shrink = found.inverse, found.shrink
        with_mean = self.cells @ inverse[0]
        subject = np.zeros(self.teams)
        with_judge = np.zeros(self.count)
        for teams, ratings, inside in self._panels(inverse):
            subject[teams] = inside.sum(axis=1)
            with_judge[ratings] = inside / self.weights[ratings]
        # A_t B A_t' = n_t² B_00 + 2 n_t Σ w_j B_0j + Σ Σ w_j w_k B_jk, with A_t = [n_t | w_tj].
        whole = subject + self.n * (2 * with_mean - self.n * inverse[0, 0])
        with_judge += self.n[self.ratings.subject] * inverse[0, 1 + self.ratings.judge]
        team = self.ratings.subject
        own = (
            inverse[0, 0] + 2 * inverse[0, 1 + self.ratings.judge] + np.diag(inverse)[1 + self.ratings.judge]
        )
        fitted = (
            own
            + shrink[team]
            - 2 * shrink[team] * (with_mean[team] + with_judge)
            + shrink[team] ** 2 * whole[team]
        )
        return shrink + shrink**2 * whole, fitted

    def _panels(self, inverse: Floats) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], Floats]]:
        """Subjects with k ratings each, those ratings (subjects, k), and w_j Σ_k w_k B_jk of each."""
        order = np.lexsort((self.ratings.judge, self.ratings.subject))
        counts = np.bincount(self.ratings.subject, minlength=self.teams)
        starts = np.concatenate([[0], np.cumsum(counts)])
        for size in np.unique(counts[counts > 0]).tolist():
            teams = np.flatnonzero(counts == size)
            step = max(1, _CHUNK // (size * size if size <= _MOST_GATHERED else self.judges))
            for begin in range(0, len(teams), step):
                part = teams[begin : begin + step]
                ratings = order[starts[part][:, None] + np.arange(size)]
                judges, weights = self.ratings.judge[ratings], self.weights[ratings]
                if size <= _MOST_GATHERED:
                    block = inverse[1 + judges[:, :, None], 1 + judges[:, None, :]]
                    inside = np.einsum("tjk,tk->tj", block, weights)
                else:
                    rows = np.asarray(self.cells[part] @ inverse)
                    rows -= self.n[part][:, None] * inverse[0]
                    inside = np.take_along_axis(rows, 1 + judges, axis=1)
                yield part, ratings, inside * weights
