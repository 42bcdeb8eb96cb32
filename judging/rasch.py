"""Many-facet Rasch model of single marks on a coarse scale, by marginal maximum likelihood.

log P(k) / P(k − 1) = theta − criterion − step_k − judge, with theta ~ N(0, variance), one set of steps for
all criteria, steps and judges summing to zero, criteria free. Subjects are integrated over quadrature nodes
that move with the variance. A prior N(0, 10²) logits on criteria, steps and judges keeps the estimates
finite when a judge gives the highest mark only; elsewhere it changes nothing that one could see.

Sources: Linacre (1989), *Many-Facet Rasch Measurement*; Bock & Aitkin (1981), "Marginal maximum likelihood
estimation of item parameters", Psychometrika 46; the model of R's TAM::tam.mml.mfr(~ item + step + rater).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, helmert
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import logsumexp, softmax

from judging.calibration_fit import Fit, Floats, Note, Posterior, Variance, island_of, no_posterior, note
from judging.problems import JudgingError
from judging.ratings import CriterionRatings

MOST_CATEGORIES = 20

_NODES = 41
_MOST_NODES = 641
_REACH = 5.0  # of the nodes, in standard deviations of theta
_COARSEST = 0.6  # posterior deviation over node distance down to which the sum over nodes is as good as exact
_PRIOR_VARIANCE = 100.0
_LOG_DEVIATION_BOUNDS = (-4.0, 3.0)
_SMALLEST_DEVIATION = 0.02
_WIDEST = 100  # range of marks in which those that nobody gave are worth naming
_DIFFERENCE = 1e-4
_NEWTON_STEPS = 5


@dataclass(frozen=True)
class _Marks:
    """The marks as categories 0 … K, from worst to best, and the cells (judge and criterion) they fill.

    `filled` (T, cells) counts a subject's marks per cell. `at` (n,) is each mark's cell.
    """

    ratings: CriterionRatings
    values: Floats
    category: NDArray[np.int64]
    at: NDArray[np.int64]
    cell_judge: NDArray[np.int64]
    cell_criterion: NDArray[np.int64]
    filled: csr_array

    @property
    def steps(self) -> int:
        return len(self.values) - 1


def _read(ratings: CriterionRatings) -> _Marks:
    values = np.unique(ratings.value)
    category = np.searchsorted(values, ratings.value)
    if ratings.low_wins:
        values, category = values[::-1], len(values) - 1 - category
    pairs, at = np.unique(ratings.judge * len(ratings.criteria) + ratings.criterion, return_inverse=True)
    shape = (len(ratings.subjects), len(pairs))
    filled = csr_array((np.ones(len(at)), (ratings.subject, at)), shape=shape)
    cell_judge, cell_criterion = np.divmod(pairs, max(1, len(ratings.criteria)))
    return _Marks(ratings, values, category, at, cell_judge, cell_criterion, filled)


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Difficulties of criteria, sums of steps up to each category (K + 1,), judges, deviation of theta."""

    criteria: Floats
    sums: Floats
    judges: Floats
    deviation: float


class _Likelihood:
    """The marginal likelihood over a vector of free parameters.

    The vector holds criteria, then steps and judges by an orthonormal basis of what sums to zero, then the
    log of theta's standard deviation.
    """

    def __init__(self, marks: _Marks, nodes: int, held_off_zero: bool) -> None:
        self.marks = marks
        self.held_off_zero = held_off_zero
        self.nodes = np.linspace(-_REACH, _REACH, nodes)
        self.log_weights = -(self.nodes**2) / 2 - logsumexp(-(self.nodes**2) / 2)
        criteria, judges = len(marks.ratings.criteria), len(marks.ratings.judges)
        self.step_basis = _contrasts(marks.steps)
        self.judge_basis = _contrasts(judges)
        self.parts = np.cumsum([criteria, marks.steps - 1, judges - 1])
        self.size = int(self.parts[-1]) + 1
        teams = len(marks.ratings.subjects)
        self.category_sum = np.bincount(marks.ratings.subject, marks.category, teams)
        self.cell_sum = np.bincount(marks.at, marks.category, len(marks.cell_judge))
        self.category_count = np.bincount(marks.category, minlength=marks.steps + 1)

    def parameters(self, vector: Floats) -> _Parameters:
        criteria, steps, judges, deviation = np.split(vector, self.parts)
        sums = np.concatenate([[0.0], np.cumsum(self.step_basis @ steps)])
        return _Parameters(criteria, sums, self.judge_basis @ judges, float(np.exp(deviation[0])))

    def start(self) -> Floats:
        """No difference anywhere but between steps, as often as each mark was given."""
        shares = np.log(self.category_count / self.category_count.sum())
        vector = np.zeros(self.size)
        vector[self.parts[0] : self.parts[1]] = self.step_basis.T @ -np.diff(shares)
        return vector

    def posterior(self, vector: Floats) -> tuple[Floats, Floats, Floats]:
        """Each subject's weights of the nodes (T, Q), its log-likelihood (T,), and the cells' probabilities
        of categories (cells, Q, K + 1).
        """
        marks, given = self.marks, self.parameters(vector)
        theta = given.deviation * self.nodes
        hard = given.criteria[marks.cell_criterion] + given.judges[marks.cell_judge]
        level = theta[None, :] - hard[:, None]
        logits = level[:, :, None] * np.arange(marks.steps + 1) - given.sums
        highest = logits.max(axis=2, keepdims=True)
        probabilities = np.exp(logits - highest)
        sums = probabilities.sum(axis=2, keepdims=True)
        probabilities /= sums
        fixed = marks.category * hard[marks.at] + given.sums[marks.category]
        own = np.bincount(marks.ratings.subject, fixed, len(self.category_sum))
        logs = self.category_sum[:, None] * theta - own[:, None] + self.log_weights
        logs -= marks.filled @ (np.log(sums) + highest)[:, :, 0]
        total = logsumexp(logs, axis=1)
        return np.exp(logs - total[:, None]), total, probabilities

    def evaluate(self, vector: Floats) -> tuple[float, Floats]:
        """Minus the log of likelihood and prior, and its gradient (Fisher's identity)."""
        return self._evaluated(vector, *self.posterior(vector))

    def _evaluated(
        self, vector: Floats, weights: Floats, total: Floats, probabilities: Floats
    ) -> tuple[float, Floats]:
        marks, given = self.marks, self.parameters(vector)
        by_node = marks.filled.T @ weights
        expected = probabilities @ np.arange(marks.steps + 1)
        excess = self.cell_sum - (by_node * expected).sum(axis=1)
        counts = self.category_count - np.einsum("cq,cqk->k", by_node, probabilities)
        steps = np.cumsum(counts[:0:-1])[::-1]
        theta = given.deviation * self.nodes
        of_deviation = theta @ (weights.T @ self.category_sum - (by_node * expected).sum(axis=0))
        gradient = np.concatenate(
            [
                np.bincount(marks.cell_criterion, excess, len(given.criteria)),
                self.step_basis.T @ steps,
                self.judge_basis.T @ np.bincount(marks.cell_judge, excess, len(given.judges)),
                [-of_deviation],
            ]
        )
        shared = np.append(vector[:-1], 0.0)
        value = -float(total.sum()) + float(shared @ shared) / (2 * _PRIOR_VARIANCE)
        gradient += shared / _PRIOR_VARIANCE
        if self.held_off_zero:
            penalty = min(1.0, (len(total) - 1) / 2)  # of Chung et al. (2013), as in judging.additive
            value -= penalty * float(vector[-1])
            gradient[-1] -= penalty
        return value, gradient

    def measures(self, vector: Floats) -> tuple[Floats, Floats]:
        """Each subject's mean and standard deviation (T,) of theta given its marks, in logits."""
        theta = self.parameters(vector).deviation * self.nodes
        weights = self.posterior(vector)[0]
        mean = weights @ theta
        return mean, np.sqrt(np.maximum(weights @ theta**2 - mean**2, 0.0))

    def curvature(self, vector: Floats) -> tuple[Floats, Floats]:
        """Second derivatives (P, P) of `evaluate` and first derivatives (T, P) of the measures' means."""

        def first(point: Floats) -> tuple[Floats, Floats]:
            posterior = self.posterior(point)
            mean = posterior[0] @ (self.parameters(point).deviation * self.nodes)
            return self._evaluated(point, *posterior)[1], mean

        hessian, slopes = [], []
        for step in _DIFFERENCE * np.eye(self.size):
            ahead, behind = first(vector + step), first(vector - step)
            hessian.append(ahead[0] - behind[0])
            slopes.append(ahead[1] - behind[1])
        matrix = np.array(hessian) / (2 * _DIFFERENCE)
        return (matrix + matrix.T) / 2, np.array(slopes).T / (2 * _DIFFERENCE)


def _contrasts(size: int) -> Floats:
    """An orthonormal basis (size, size − 1) of the vectors that sum to zero."""
    return helmert(size).T if size > 1 else np.zeros((size, 0))


@dataclass(frozen=True)
class _Estimate:
    likelihood: _Likelihood
    vector: Floats
    covariance: Floats
    slopes: Floats
    converged: bool


def _estimate(marks: _Marks) -> tuple[_Estimate, list[Note]]:
    """The best parameters; with more nodes when some subject is known too well for 41."""
    notes: list[Note] = []
    likelihood = _Likelihood(marks, _NODES, held_off_zero=False)
    vector = _search(likelihood, likelihood.start())
    if likelihood.parameters(vector).deviation < _SMALLEST_DEVIATION:
        notes.append(note("no_quality_found"))
        likelihood = _Likelihood(marks, _NODES, held_off_zero=True)
        vector = _search(likelihood, likelihood.start())
    while len(likelihood.nodes) < _MOST_NODES and _is_too_coarse(likelihood, vector):
        likelihood = _Likelihood(marks, 2 * len(likelihood.nodes) - 1, likelihood.held_off_zero)
        vector = _search(likelihood, vector)
    estimate = _settled(likelihood, vector)
    if not estimate.converged:
        notes.append(note("no_convergence"))
    return estimate, notes


def _search(likelihood: _Likelihood, start: Floats) -> Floats:
    bounds = [(None, None)] * (likelihood.size - 1) + [_LOG_DEVIATION_BOUNDS]
    options = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-12, "gtol": 1e-5}
    found = minimize(likelihood.evaluate, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return found.x


def _is_too_coarse(likelihood: _Likelihood, vector: Floats) -> bool:
    distance = likelihood.parameters(vector).deviation * (likelihood.nodes[1] - likelihood.nodes[0])
    return bool(likelihood.measures(vector)[1].min() < _COARSEST * distance)


def _settled(likelihood: _Likelihood, vector: Floats) -> _Estimate:
    """Newton steps until the gradient vanishes to rounding, and the covariance of the parameters."""
    hessian, slopes = likelihood.curvature(vector)
    values, vectors = np.linalg.eigh(hessian)
    # At a bound of the deviation its curvature may be nothing; the others keep the prior's at least.
    hessian = (vectors * np.maximum(values, 1 / _PRIOR_VARIANCE)) @ vectors.T
    factor = cho_factor(hessian)
    gradient = likelihood.evaluate(vector)[1]
    for _ in range(_NEWTON_STEPS):
        moved = vector - np.clip(cho_solve(factor, gradient), -0.5, 0.5)
        moved[-1] = np.clip(moved[-1], *_LOG_DEVIATION_BOUNDS)
        moved_gradient = likelihood.evaluate(moved)[1]
        if np.abs(moved_gradient).max() >= np.abs(gradient).max():
            break
        vector, gradient = moved, moved_gradient
    at_bound = bool(np.isclose(vector[-1], _LOG_DEVIATION_BOUNDS).any())
    converged = np.abs(gradient[:-1] if at_bound else gradient).max(initial=0.0) < 1e-3 * len(
        likelihood.marks.category
    )
    return _Estimate(likelihood, vector, cho_solve(factor, np.eye(len(vector))), slopes, bool(converged))


def fit_rasch(ratings: CriterionRatings) -> Fit:
    """Fit the Rasch model to single marks; scores and severities are in logits, the higher theta the better.

    Raises JudgingError `too_many_categories` when there are more than MOST_CATEGORIES different marks. Marks
    that nobody gave are no categories. Residuals are in categories, at each subject's mean of theta;
    leverage is not defined and 0. `fair_average` (T,) is the weighted total in points that the average judge
    would give.
    """
    count = len(np.unique(ratings.value))
    if count > MOST_CATEGORIES:
        raise JudgingError("too_many_categories", count=count, most=MOST_CATEGORIES)
    if count < 2 or len(ratings.subjects) < 2:
        code = "no_ratings" if not count else "one_subject" if count > 1 else "all_equal"
        return _without_variation(ratings, note(code))
    marks = _read(ratings)
    estimate, notes = _estimate(marks)
    return _read_out(marks, estimate, notes + _notes(ratings))


def _notes(ratings: CriterionRatings) -> list[Note]:
    notes = []
    if len(ratings.judges) == 1:
        notes.append(note("rasch_one_judge"))
    if np.bincount(ratings.subject).max() == 1:
        notes.append(note("one_rating_each"))
    if (islands := island_of(ratings)[0]) > 1:
        notes.append(note("islands", count=islands))
    if missing := _unused(ratings.value):
        notes.append(note("unused_categories", marks=missing))
    return notes


def _unused(value: Floats) -> str:
    """The whole marks between the lowest and the highest that nobody gave, when all marks are whole."""
    if np.any(value != np.rint(value)) or np.ptp(value) > _WIDEST:
        return ""
    whole = np.arange(value.min(), value.max() + 1)
    return ", ".join(f"{mark:g}" for mark in np.setdiff1d(whole, value)[:MOST_CATEGORIES])


def _without_variation(ratings: CriterionRatings, why: Note) -> Fit:
    teams, judges, count = len(ratings.subjects), len(ratings.judges), len(ratings.value)
    unknown, flat = np.full(judges, np.nan), np.zeros(count)
    return Fit(
        method="rasch",
        ratings=ratings,
        mean=0.0,
        variance=Variance(None, None, None),
        subject_effect=np.zeros(teams),
        unshrunk=np.zeros(teams),
        subject_se=np.full(teams, np.nan),
        judge_effect=np.zeros(judges),
        judge_se=unknown,
        judge_scale=np.ones(judges),
        residuals=flat,
        standardized=flat,
        leverage=flat,
        weight=np.ones(count),
        infit=unknown,
        outfit=unknown,
        posteriors=no_posterior,
        islands=island_of(ratings)[0],
        notes=(why,),
    )


def _read_out(marks: _Marks, estimate: _Estimate, notes: list[Note]) -> Fit:
    ratings, likelihood = marks.ratings, estimate.likelihood
    given = likelihood.parameters(estimate.vector)
    theta, spread = likelihood.measures(estimate.vector)
    root = cholesky(estimate.covariance, lower=True)
    posterior = Posterior(theta, csr_array(estimate.slopes), root, spread)
    deviation = np.sqrt(spread**2 + ((estimate.slopes @ root) ** 2).sum(axis=1))
    is_told = np.bincount(ratings.subject).max() > 1
    of_judges = likelihood.judge_basis @ root[likelihood.parts[1] : likelihood.parts[2]]
    judge_se = np.sqrt((of_judges**2).sum(axis=1))
    judges = len(ratings.judges)
    residuals, expected_squares = _residuals(marks, given, theta)
    standardized = residuals / np.sqrt(expected_squares)
    known = np.maximum(1 - spread**2 / given.deviation**2, 1e-3)
    return Fit(
        method="rasch",
        ratings=ratings,
        mean=0.0,
        variance=Variance(
            given.deviation**2 if is_told else None,
            max(0.0, float(given.judges.var(ddof=1) - (judge_se**2).mean())) if judges > 1 else None,
            None,
        ),
        subject_effect=theta,
        unshrunk=theta / known,
        subject_se=deviation if is_told else np.full(len(theta), np.nan),
        judge_effect=-given.judges,
        judge_se=judge_se if judges > 1 else np.full(1, np.nan),
        judge_scale=np.ones(judges),
        residuals=residuals,
        standardized=standardized,
        leverage=np.zeros(len(residuals)),
        weight=np.ones(len(residuals)),
        infit=np.bincount(ratings.judge, residuals**2) / np.bincount(ratings.judge, expected_squares),
        outfit=np.bincount(ratings.judge, standardized**2) / np.bincount(ratings.judge),
        posteriors=partial(_alone, posterior) if is_told else no_posterior,
        islands=island_of(ratings)[0],
        notes=tuple(notes),
        fair_average=_fair_average(marks, given, theta),
    )


def _alone(posterior: Posterior) -> tuple[Posterior, ...]:
    return (posterior,)


def _residuals(marks: _Marks, given: _Parameters, theta: Floats) -> tuple[Floats, Floats]:
    """Each mark's category less the expected one, and the variance expected of that."""
    ratings = marks.ratings
    level = theta[ratings.subject] - given.criteria[ratings.criterion] - given.judges[ratings.judge]
    categories = np.arange(marks.steps + 1)
    probabilities = softmax(level[:, None] * categories - given.sums, axis=1)
    expected = probabilities @ categories
    return marks.category - expected, np.maximum(probabilities @ categories**2 - expected**2, 1e-9)


def _fair_average(marks: _Marks, given: _Parameters, theta: Floats) -> Floats:
    level = theta[:, None] - given.criteria
    logits = level[:, :, None] * np.arange(marks.steps + 1) - given.sums
    return (softmax(logits, axis=2) @ marks.values) @ marks.ratings.weights
