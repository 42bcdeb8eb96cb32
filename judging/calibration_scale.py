"""The additive model with a scale for each judge: one spreads subjects wide, another keeps them close.

y_tj = mu + v_j + a_j u_t + e_tj with a_j ~ N(1, 0.25²): from the additive model's effects, fifteen rounds of
ridge regression for the judges and for the subjects in turn, variances held.

Sources: Flach et al. (2010), "Novel tools to streamline the conference review process", SIGKDD Explorations
11(2); Ge, Welling & Ghahramani (2013), "A Bayesian model for calibrating conference review scores". The
posterior is that of the model linearized at its estimates (Laplace), subjects eliminated as in
judging.henderson.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.sparse import csr_array, diags_array

from judging.additive import (
    Fitted,
    deleted,
    has_no_residual,
    judge_deviations,
    mean_squares,
    read_out,
    solve_additive,
    uncertain_variances,
    variance_of,
    without_variation,
)
from judging.calibration_fit import Fit, Floats, Posterior
from judging.ratings import Ratings

SCALE_DEVIATION = 0.25  # how far judges' scales spread, a priori
ROUNDS = 15
_CHUNK = 4_000_000  # cells of a dense table at a time


@dataclass(frozen=True, slots=True)
class _Effects:
    """Level, leniency and scale of judges (J,), subjects (T,) and their shrinking d_t (T,)."""

    mean: float
    judges: Floats
    scales: Floats
    subjects: Floats
    shrink: Floats


def fit_scale(ratings: Ratings) -> Fit:
    """Fit the judge-scale model. Never fails: what the ratings can't tell is NaN, with a note."""
    fitted = solve_additive(ratings)
    if fitted is None:
        return without_variation("scale", ratings)
    if not fitted.error_is_told or not fitted.judge_is_told or has_no_residual(fitted):
        return read_out("scale", ratings, fitted, fitted.residual_variance)
    return _read_out(ratings, fitted)


def _alternate(ratings: Ratings, fitted: Fitted, residual_variance: float) -> _Effects:
    found = fitted.solution
    effects = _Effects(
        float(found.effects[0]),
        found.effects[1:],
        np.ones(len(ratings.judges)),
        found.subjects,
        found.shrink,
    )
    for _ in range(ROUNDS):
        effects = _subjects(ratings, fitted, _judges(ratings, fitted, effects, residual_variance))
    return effects


def _judges(ratings: Ratings, fitted: Fitted, effects: _Effects, variance: float) -> _Effects:
    """Leniency and scale of each judge by ridge regression on the subjects' effects.

    The subjects' posterior variances (d_t) are added to their squares, as EM does; else scales come out too
    far apart.
    """
    count, judge = len(ratings.judges), ratings.judge
    u = effects.subjects[ratings.subject]
    y = fitted.equations.values - effects.mean
    ratios = fitted.solution.ratios
    n = np.bincount(judge, minlength=count)
    u_sum = np.bincount(judge, u, count)
    u_squares = np.bincount(judge, u**2 + variance * effects.shrink[ratings.subject], count)
    y_sum, uy_sum = np.bincount(judge, y, count), np.bincount(judge, u * y, count)
    prior = variance / SCALE_DEVIATION**2
    # v is ratio / (1 + ratio n) times what is left to it, which stays regular at a judge ratio of 0.
    lenient = ratios.judge / (1 + ratios.judge * n)
    scales = (uy_sum + prior - lenient * u_sum * y_sum) / (u_squares + prior - lenient * u_sum**2)
    judges = lenient * (y_sum - scales * u_sum)
    mean = effects.mean + float((y - judges[judge] - scales[judge] * u).mean())
    return _Effects(mean, judges, scales, effects.subjects, effects.shrink)


def _subjects(ratings: Ratings, fitted: Fitted, effects: _Effects) -> _Effects:
    scales = effects.scales[ratings.judge]
    left = scales * (fitted.equations.values - effects.mean - effects.judges[ratings.judge])
    ratio, teams = fitted.solution.ratios.team, len(ratings.subjects)
    shrink = ratio * np.reciprocal(1 + ratio * np.bincount(ratings.subject, scales**2, teams))
    subjects = shrink * np.bincount(ratings.subject, left, teams)
    return _Effects(effects.mean, effects.judges, effects.scales, subjects, shrink)


@dataclass(frozen=True)
class _Linearized:
    """The model's derivatives: `rows` (n, 1 + 2J) by level, leniencies and scales; `cells` (T, 1 + 2J), each
    subject's rows summed by its judges' scales; `root` with R R' = covariance, in units of s_e².
    """

    rows: csr_array
    cells: csr_array
    root: Floats


def _linearized(ratings: Ratings, fitted: Fitted, effects: _Effects, variance: float) -> _Linearized:
    count, judges, judge = len(ratings.value), len(ratings.judges), ratings.judge
    every = np.arange(count)
    columns = np.concatenate([np.zeros(count, dtype=np.int64), 1 + judge, 1 + judges + judge])
    values = np.concatenate([np.ones(2 * count), effects.subjects[ratings.subject]])
    rows = csr_array((values, (np.tile(every, 3), columns)), shape=(count, 1 + 2 * judges))
    to_subject = csr_array(
        (effects.scales[judge], (ratings.subject, every)), shape=(len(ratings.subjects), count)
    )
    cells = (to_subject @ rows).tocsr()
    prior = np.full(1 + 2 * judges, np.sqrt(fitted.solution.ratios.judge))
    prior[0] = 1.0
    prior[1 + judges :] = SCALE_DEVIATION / np.sqrt(variance)
    matrix = (rows.T @ rows - cells.T @ (diags_array(effects.shrink) @ cells)).toarray()
    matrix *= prior[:, None] * prior
    matrix[np.arange(1, len(prior)), np.arange(1, len(prior))] += 1.0
    lower = solve_triangular(cholesky(matrix, lower=True), np.eye(len(prior)), lower=True)
    return _Linearized(rows, cells, prior[:, None] * lower.T)


def _leverage(ratings: Ratings, effects: _Effects, linear: _Linearized) -> Floats:
    """Posterior variance (n,) of each fitted value in units of s_e²."""
    scales, shrink = effects.scales[ratings.judge], effects.shrink[ratings.subject]
    result = scales**2 * shrink
    for part in _parts(len(ratings.value), linear.root.shape[0]):
        kept = diags_array(scales[part] * shrink[part]) @ linear.cells[ratings.subject[part]]
        result[part] += (((linear.rows[part] - kept) @ linear.root) ** 2).sum(axis=1)
    return np.clip(result, 0.0, 1.0)


def _parts(count: int, width: int) -> Iterator[slice]:
    step = max(1, _CHUNK // width)
    return (slice(begin, begin + step) for begin in range(0, count, step))


def _posterior(fitted: Fitted, effects: _Effects, linear: _Linearized, variance: float) -> Posterior:
    deviation = np.sqrt(variance) * fitted.unit
    return Posterior(
        effect=fitted.unit * effects.subjects,
        sensitivity=(diags_array(-effects.shrink) @ linear.cells).tocsr(),
        root=deviation * linear.root,
        spread=deviation * np.sqrt(effects.shrink),
    )


def _posteriors(ratings: Ratings, fitted: Fitted, alone: Posterior) -> tuple[Posterior, ...]:
    found = []
    for drawn, variance in uncertain_variances(fitted, fitted.residual_variance):
        effects = _alternate(ratings, drawn, variance)
        linear = _linearized(ratings, drawn, effects, variance)
        found.append(_posterior(drawn, effects, linear, variance))
    return tuple(found) or (alone,)


def _read_out(ratings: Ratings, fitted: Fitted) -> Fit:
    unit, variance, judge = fitted.unit, fitted.residual_variance, ratings.judge
    effects = _alternate(ratings, fitted, variance)
    linear = _linearized(ratings, fitted, effects, variance)
    posterior = _posterior(fitted, effects, linear, variance)
    leverage = _leverage(ratings, effects, linear)
    left = fitted.equations.values - effects.mean - effects.judges[judge]
    scales = effects.scales[judge]
    residuals = left - scales * effects.subjects[ratings.subject]
    weights = np.ones(len(residuals))
    infit, outfit = mean_squares(ratings, residuals, weights, leverage, variance, True)
    squares = np.maximum(np.bincount(ratings.subject, scales**2, len(ratings.subjects)), 1e-9)
    of_judges = linear.root[1 : 1 + len(ratings.judges)]
    level = float(effects.judges.mean())
    return Fit(
        method="scale",
        ratings=ratings,
        mean=fitted.center + unit * (effects.mean + level),
        variance=variance_of(fitted, variance),
        subject_effect=posterior.effect,
        unshrunk=unit * np.bincount(ratings.subject, scales * left, len(squares)) / squares,
        subject_se=np.sqrt(posterior.spread**2 + ((posterior.sensitivity @ posterior.root) ** 2).sum(axis=1)),
        judge_effect=unit * (effects.judges - level),
        judge_se=np.sqrt(variance) * unit * judge_deviations(fitted, of_judges @ of_judges.T),
        judge_scale=effects.scales,
        residuals=unit * residuals,
        standardized=deleted(residuals, weights, leverage, variance, True),
        leverage=leverage,
        weight=weights,
        infit=infit,
        outfit=outfit,
        posteriors=partial(_posteriors, ratings, fitted, posterior),
        islands=fitted.islands,
        notes=fitted.notes,
    )
