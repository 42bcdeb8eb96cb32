"""The additive model: a rating is a level, the subject's quality, the judge's leniency and chance, added up.

Variances by REML, effects by BLUP, on the equations of judging.henderson. The restricted likelihood is sought
over the logs of two variance ratios by a quasi-Newton method with exact gradient; last Newton steps make the
gradient vanish to rounding, so that the order of names leaves no trace.

Sources: as judging.henderson; for a quality variance found to be zero, Chung, Rabe-Hesketh, Dorie, Gelman &
Liu (2013), "A nondegenerate penalized likelihood estimator for variance parameters in multilevel models",
Psychometrika 78.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import chdtri

from judging.calibration_fit import Fit, Floats, Note, Posterior, Variance, island_of, no_posterior, note
from judging.henderson import Equations, Ratios, Solution
from judging.ratings import Ratings

FEW = 8
"""Judges, or subjects, below which the uncertainty of the variances is passed on to the draws."""

_LOG_BOUND = 16.0  # of the log of a variance ratio
_SMALL = 0.01  # a variance ratio below this is held against none
_VANISHED = 1e-9
_NO_RESIDUAL = 1e-7  # a residual below this share of all variance is rounding
_FEW_RATINGS = 1000
_GRID = (-4.0, -2.0, 0.0, 2.0, 4.0)
_LEAST_SHARE = 0.02  # of all variance, for the start of the search
_DIFFERENCE = 1e-4
_NEWTON_STEPS = 6
_VARIANCE_DRAWS = 32
_MOST_DRAWN = 20.0  # times the estimate: with a single degree of freedom a draw can be anything
_VARIANCE_SEED = 20250701  # of the variances' own draws, which belong to the fit and not to its readers


@dataclass(frozen=True, slots=True)
class Fitted:
    """The additive model with what other models start from.

    `equations` are those of the ratings less `center`, over `unit`. `team_is_told`, `judge_is_told`: whether
    the data tell this variance from that of the residual; `error_is_told`: whether they tell the residual.
    """

    equations: Equations
    solution: Solution
    center: float
    unit: float
    team_is_told: bool
    judge_is_told: bool
    error_is_told: bool
    islands: int
    notes: tuple[Note, ...]

    @property
    def residual_variance(self) -> float:
        """s_e² in the equations' units."""
        return self.solution.quadratic / (self.equations.count - 1)


def fit_additive(ratings: Ratings) -> Fit:
    """Fit the additive model. Never fails: what the ratings can't tell is NaN, with a note."""
    fitted = solve_additive(ratings)
    if fitted is None:
        return without_variation("additive", ratings)
    return read_out("additive", ratings, fitted, fitted.residual_variance)


def solve_additive(ratings: Ratings) -> Fitted | None:
    """The additive model's equations at their REML ratios; None when there is no variation to explain."""
    if len(ratings.value) == 0 or np.ptp(ratings.value) == 0:
        return None
    center, unit = float(ratings.value.mean()), float(ratings.value.std())
    equations = Equations(ratings, (ratings.value - center) / unit)
    counts = np.bincount(ratings.subject), np.bincount(ratings.judge)
    team, judge = len(counts[0]) > 1 and counts[0].max() > 1, len(counts[1]) > 1 and counts[1].max() > 1
    ratios, notes = _find_ratios(equations, team, judge)
    islands = island_of(ratings)[0]
    # Along a tree of judges and subjects every rating can be met exactly: none is left to show the error.
    error = team and (not judge or len(ratings.value) + islands > equations.teams + equations.judges)
    fitted = Fitted(
        equations, equations.solve(ratios), center, unit, team, judge, error, islands, tuple(notes)
    )
    notes += _notes(ratings, fitted)
    return replace(fitted, notes=tuple(notes))


def _find_ratios(equations: Equations, team: bool, judge: bool) -> tuple[Ratios, list[Note]]:
    """The ratios of greatest restricted likelihood; those that aren't told are 0.

    A judge ratio may come out as 0. A team ratio never does, since the order would be lost: at 0 it is held
    off by the penalty of Chung et al. (2013).
    """
    notes: list[Note] = []
    ratios, converged = _search(equations, team, judge)
    if judge and _is_no_better(equations, ratios, replace(ratios, judge=0.0)):
        notes.append(note("no_severity_found"))
        judge = False
        ratios, converged = _search(equations, team, judge)
    if team and _is_no_better(equations, ratios, replace(ratios, team=0.0)):
        notes.append(note("no_quality_found"))
        ratios, converged = _search(equations, team, judge, penalty=min(1.0, (equations.teams - 1) / 2))
    if not converged:
        notes.append(note("no_convergence"))
    return ratios, notes


def _is_no_better(equations: Equations, ratios: Ratios, zeroed: Ratios) -> bool:
    """Whether a ratio that came out small is as good as none."""
    if min(ratios.team or 1.0, ratios.judge or 1.0) > _SMALL:
        return False
    return equations.criterion(zeroed) <= equations.criterion(ratios)


def _search(equations: Equations, team: bool, judge: bool, penalty: float = 0.0) -> tuple[Ratios, bool]:
    """The best ratios, and whether the search converged."""
    free = [place for place, wanted in enumerate((team, judge)) if wanted]

    def ratios(point: Floats) -> Ratios:
        found = np.zeros(2)
        found[free] = np.exp(point)
        return Ratios(float(found[0]), float(found[1]))

    def evaluate(point: Floats) -> tuple[float, Floats]:
        value, gradient = equations.criterion_and_gradient(ratios(point))
        if team:
            value -= penalty * float(point[0])
            gradient[0] -= penalty
        return value, gradient[free]

    if not free:
        return Ratios(0.0, 0.0), True
    starts = [_moments(equations)[free]]
    if equations.count < _FEW_RATINGS:  # then there may be several summits
        starts += [np.array(point) for point in product(_GRID, repeat=len(free))]
    # In units of a log's likely error the likelihood curves alike both ways, and steps are of size 1.
    unit = np.sqrt(2 / np.array([equations.teams, equations.judges]))[free]

    def in_units(point: Floats) -> tuple[float, Floats]:
        value, gradient = evaluate(point * unit)
        return value, gradient * unit

    found = minimize(
        in_units,
        min(starts, key=lambda point: equations.criterion(ratios(point))) / unit,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_LOG_BOUND / each, _LOG_BOUND / each) for each in unit],
        options={"ftol": 1e-9, "gtol": 1e-3},
    )
    point, vanishes = _newton(evaluate, found.x * unit)
    return ratios(point), vanishes or bool(found.success)


def _moments(equations: Equations) -> Floats:
    """Logs of both ratios as the variances within subjects and within judges suggest them."""
    ratings, values = equations.ratings, equations.values

    def within(group: NDArray[np.int64]) -> float:
        counts = np.maximum(np.bincount(group), 1)
        left = values - (np.bincount(group, values) / counts)[group]
        return float(left @ left) / max(1, len(values) - len(counts))

    in_subjects, in_judges, total = within(ratings.subject), within(ratings.judge), float(values.var())
    parts = np.array([total - in_subjects, total - in_judges, in_subjects + in_judges - total])
    parts = np.maximum(parts, _LEAST_SHARE * total)
    return np.log(parts[:2] / parts[2])


def _newton(evaluate: Callable[[Floats], tuple[float, Floats]], point: Floats) -> tuple[Floats, bool]:
    """Newton steps with one Hessian by differences, as long as they make the gradient smaller; and whether it
    vanished.
    """
    gradient = evaluate(point)[1]
    steps = _DIFFERENCE * np.eye(len(point))
    columns = np.array([(evaluate(point + step)[1] - gradient) / _DIFFERENCE for step in steps])
    hessian = (columns + columns.T) / 2
    if np.linalg.eigvalsh(hessian).min() <= 1e-6:  # flat: at a bound
        return point, False
    for _ in range(_NEWTON_STEPS):
        moved = point - np.clip(np.linalg.solve(hessian, gradient), -0.5, 0.5)
        if np.abs(moved).max() > _LOG_BOUND:
            break
        moved_gradient = evaluate(moved)[1]
        if np.abs(moved_gradient).max() >= np.abs(gradient).max():
            break
        point, gradient = moved, moved_gradient
        if np.abs(gradient).max() < _VANISHED:
            break
    return point, bool(np.abs(gradient).max() < 1e-5)


def _notes(ratings: Ratings, fitted: Fitted) -> list[Note]:
    teams, judges = len(ratings.subjects), len(ratings.judges)
    notes = []
    if teams == 1:
        notes.append(note("one_subject"))
    elif not fitted.team_is_told:
        notes.append(note("one_judge" if judges == 1 else "one_rating_each"))
    elif judges == 1:
        notes.append(note("one_judge"))
    if judges > 1 and not fitted.judge_is_told:
        notes.append(note("one_rating_per_judge"))
    if len(ratings.value) == teams * judges and teams > 1 and judges > 1:
        notes.append(note("severity_cancels"))
    if fitted.islands > 1:
        notes.append(note("islands", count=fitted.islands))
    if fitted.team_is_told and not fitted.error_is_told:
        notes.append(note("no_loops"))
    if fitted.error_is_told:
        if has_no_residual(fitted):
            notes.append(note("no_residual"))
        if judges < FEW:
            notes.append(note("few_judges", judges=judges))
        if teams < FEW:
            notes.append(note("few_subjects", subjects=teams))
    return notes


def has_no_residual(fitted: Fitted) -> bool:
    """Whether what level, subjects and judges leave of the ratings is nothing but rounding."""
    return fitted.residual_variance < _NO_RESIDUAL  # the equations' values have variance 1


def without_variation(method: str, ratings: Ratings) -> Fit:
    """The fit of no ratings, or of ratings that are all equal."""
    count, teams, judges = len(ratings.value), len(ratings.subjects), len(ratings.judges)
    zero = None if count == 0 else 0.0
    return Fit(
        method=method,
        ratings=ratings,
        mean=float(ratings.value[0]) if count else float("nan"),
        variance=Variance(zero, zero, zero),
        subject_effect=np.zeros(teams),
        unshrunk=np.zeros(teams),
        subject_se=np.full(teams, np.nan),
        judge_effect=np.zeros(judges),
        judge_se=np.full(judges, np.nan),
        judge_scale=np.ones(judges),
        residuals=np.zeros(count),
        standardized=np.zeros(count),
        leverage=np.zeros(count),
        weight=np.ones(count),
        infit=np.full(judges, np.nan),
        outfit=np.full(judges, np.nan),
        posteriors=no_posterior,
        islands=island_of(ratings)[0],
        notes=(note("all_equal" if count else "no_ratings"),),
    )


def read_out(method: str, ratings: Ratings, fitted: Fitted, residual_variance: float) -> Fit:
    """All figures of a solved model in points; `residual_variance` (s_e²) in the equations' units."""
    equations, found = fitted.equations, fitted.solution
    unit, judges = fitted.unit, found.effects[1:]
    left = equations.values - found.effects[0] - judges[ratings.judge]
    unshrunk = np.bincount(ratings.subject, equations.weights * left, equations.teams) / equations.n
    # One rating per subject: quality and error are the same figure, and a score is all that can be shown.
    subjects = found.subjects if fitted.team_is_told else unshrunk * (equations.teams > 1)
    told = fitted.error_is_told and not has_no_residual(fitted)
    of_subject, of_fitted = equations.variances_of_fitted(found)
    residuals = left - subjects[ratings.subject]
    leverage = np.clip(equations.weights * of_fitted, 0.0, 1.0)
    standardized = deleted(residuals, equations.weights, leverage, residual_variance, told)
    infit, outfit = mean_squares(ratings, residuals, equations.weights, leverage, residual_variance, told)
    deviation = np.sqrt(residual_variance) * unit
    return Fit(
        method=method,
        ratings=ratings,
        mean=fitted.center + unit * float(found.effects[0]),
        variance=variance_of(fitted, residual_variance),
        subject_effect=unit * subjects,
        unshrunk=unit * unshrunk,
        subject_se=deviation * np.sqrt(of_subject)
        if fitted.error_is_told
        else np.full(equations.teams, np.nan),
        judge_effect=unit * judges,
        judge_se=deviation * judge_deviations(fitted, fitted.solution.inverse[1:, 1:]),
        judge_scale=np.ones(equations.judges),
        residuals=unit * residuals,
        standardized=standardized,
        leverage=leverage,
        weight=equations.weights,
        infit=infit,
        outfit=outfit,
        posteriors=partial(_posteriors, fitted, residual_variance) if fitted.error_is_told else no_posterior,
        islands=fitted.islands,
        notes=fitted.notes,
    )


def variance_of(fitted: Fitted, residual_variance: float) -> Variance:
    """The variances in squared points, of `residual_variance` in the equations' units."""
    ratios, points = fitted.solution.ratios, residual_variance * fitted.unit**2
    return Variance(
        team=ratios.team * points if fitted.team_is_told else None,
        judge=ratios.judge * points if fitted.judge_is_told else None,
        residual=points if fitted.error_is_told else None,
    )


def judge_deviations(fitted: Fitted, covariance: Floats) -> Floats:
    """Standard deviations of the judges' effects against their own mean, in units of s_e; NaN if not told.

    `covariance` (J, J) is that of the effects, in units of s_e².

    Where no judge variance was found, as much is allowed for as would have escaped notice (that of a judge's
    mean), since an interval without width would claim too much.
    """
    equations, found = fitted.equations, fitted.solution
    if not fitted.judge_is_told or (fitted.team_is_told and not fitted.error_is_told):
        return np.full(equations.judges, np.nan)
    if found.ratios.judge == 0:
        return np.sqrt(1 / (2 * equations.n_judge))
    variances = np.diag(covariance) - 2 * covariance.mean(axis=1) + covariance.mean()
    return np.sqrt(np.maximum(variances, 0.0))


def deleted(residuals: Floats, weights: Floats, leverage: Floats, variance: float, told: bool) -> Floats:
    """Deleted residuals over their standard deviation (n,): each against a fit that doesn't know it.

    The residual variance is the one without that rating too (Cook & Weisberg 1982), for given ratios.
    """
    free = len(residuals) - 1
    if not told or free < 2:
        return np.zeros(len(residuals))
    left = np.maximum(1 - leverage, 1e-9)
    squared = weights * residuals**2 / left
    without = np.maximum((variance * free - squared) / (free - 1), 1e-3 * variance)
    return np.where(leverage < 1 - 1e-9, residuals * np.sqrt(weights / (left * without)), 0.0)


def mean_squares(
    ratings: Ratings, residuals: Floats, weights: Floats, leverage: Floats, variance: float, told: bool
) -> tuple[Floats, Floats]:
    """Infit and outfit of each judge (J,): squared residuals over what the model expects, 1 is usual.

    Infit weighs each rating by what it can tell (1 − h), outfit all alike.
    """
    judges = len(ratings.judges)
    if not told:
        return np.full(judges, np.nan), np.full(judges, np.nan)
    left = np.maximum(1 - leverage, 1e-9)
    squared = weights * residuals**2 / variance
    infit = np.bincount(ratings.judge, squared, judges) / np.bincount(ratings.judge, left, judges)
    outfit = np.bincount(ratings.judge, squared / left, judges) / np.bincount(ratings.judge, minlength=judges)
    return infit, outfit


def _posteriors(fitted: Fitted, residual_variance: float) -> tuple[Posterior, ...]:
    drawn = uncertain_variances(fitted, residual_variance)
    return tuple(_posterior(*one) for one in drawn) or (_posterior(fitted, residual_variance),)


def uncertain_variances(fitted: Fitted, residual_variance: float) -> Iterator[tuple[Fitted, float]]:
    """With few judges or subjects, the model solved for 32 draws of its variances, and their s_e²; else none.

    A variance with m degrees of freedom is drawn as m s² / chi²_m, so that effects become t-distributed.
    """
    equations, ratios = fitted.equations, fitted.solution.ratios
    if equations.teams >= FEW and equations.judges >= FEW:
        return
    free = (
        equations.teams - 1,
        max(1, equations.judges - 1),
        max(1, equations.count - equations.teams - equations.judges + 1),
    )
    generator = np.random.default_rng(_VARIANCE_SEED)
    # Each variance at evenly spaced quantiles, in an order of its own (a Latin hypercube).
    tails = (np.arange(_VARIANCE_DRAWS) + 0.5) / _VARIANCE_DRAWS
    factors = [
        np.clip(generator.permutation(size / chdtri(size, tails)), 1 / _MOST_DRAWN, _MOST_DRAWN)
        for size in free
    ]
    most = float(np.exp(_LOG_BOUND))
    for team, judge, residual in zip(*factors, strict=True):
        drawn = Ratios(min(ratios.team * team / residual, most), min(ratios.judge * judge / residual, most))
        yield replace(fitted, solution=equations.solve(drawn)), residual_variance * residual


def _posterior(fitted: Fitted, residual_variance: float) -> Posterior:
    found, deviation = fitted.solution, np.sqrt(residual_variance) * fitted.unit
    return Posterior(
        effect=fitted.unit * found.subjects,
        sensitivity=fitted.equations.cells.multiply(-found.shrink[:, None]).tocsr(),
        root=deviation * found.root(),
        spread=deviation * np.sqrt(found.shrink),
    )
