"""The figures by which a judge is compared with the panel: arrays of ratings in, of judges out.

Severity is −judge effect. With residuals r and leverages h infit is Σr² / (σₑ² Σ(1 − h)) and outfit the mean
of r² / (σₑ² (1 − h)) (Wright and Masters 1982, for a normal model). Discrimination is the slope on what the
*other* judges think of an entry (affine judges as in Flach and others 2010, SIGKDD Explorations 11(2)). Halo
shows in correlations between criteria (Saal, Downey and Lahey 1980, Psychological Bulletin 88).

Arrays over judges hold NaN where a judge's ratings don't allow the figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from judging.calibration_fit import Fit
from judging.judge_pairs import complete_sheets
from judging.ratings import CriterionRatings, Ratings
from judging.significance import (
    Floats,
    chi2_above,
    correlation,
    holm,
    is_even,
    normal_two_sided,
    rank_correlation,
    t_two_sided,
)

_NO_FREEDOM = 1e-9  # a rating that the model fits by itself tells nothing about its judge


@dataclass(frozen=True, slots=True)
class PanelModel:
    """What the diagnostics need of a fitted additive model, in points.

    `residuals`, `leverage`, `deleted` (z without the rating's own pull): (n,) over ratings; `judge_effect`,
    `judge_error`, `team_effect`, `team_error`: shrunk effects and their posterior standard deviations;
    `team`, `judge`, `residual`: variances.
    """

    mean: float
    residuals: Floats
    leverage: Floats
    deleted: Floats
    judge_effect: Floats
    judge_error: Floats
    team_effect: Floats
    team_error: Floats
    team: float
    judge: float
    residual: float


def panel_model(fit: Fit) -> PanelModel | None:
    """What a fit of the additive model says; None where the data don't tell quality from error."""
    team, residual = fit.variance.team, fit.variance.residual
    if team is None or residual is None:
        return None
    return PanelModel(
        mean=fit.mean,
        residuals=fit.residuals,
        leverage=fit.leverage,
        deleted=fit.standardized,
        judge_effect=fit.judge_effect,
        judge_error=fit.judge_se,
        team_effect=fit.subject_effect,
        team_error=fit.subject_se,
        team=team,
        judge=fit.variance.judge or 0.0,
        residual=residual,
    )


def holm_of_known(p: Floats) -> Floats:
    """Holm's p of (n,) p-values, of which NaN are left out."""
    adjusted = np.full_like(p, np.nan)
    known = ~np.isnan(p)
    adjusted[known] = holm(p[known])
    return adjusted


def severity_p(model: PanelModel) -> Floats:
    """The chance (two-sided, after Holm) that a judge is as severe as the panel."""
    z = np.divide(
        model.judge_effect,
        model.judge_error,
        out=np.full_like(model.judge_effect, np.nan),
        where=model.judge_error > 0,
    )
    return holm_of_known(np.array([normal_two_sided(value) for value in z]))


def fit_statistics(ratings: Ratings, model: PanelModel) -> tuple[Floats, Floats, Floats]:
    """Infit, its two-sided p after Holm, and outfit per judge."""
    judges = len(ratings.judges)
    nothing = np.full(judges, np.nan)
    if model.residual <= 0:
        return nothing, nothing, nothing
    left = np.maximum(1.0 - model.leverage, 0.0)
    freedom = np.bincount(ratings.judge, left, judges)
    squares = np.bincount(ratings.judge, model.residuals**2, judges) / model.residual
    told = left > _NO_FREEDOM
    counted = np.bincount(ratings.judge[told], minlength=judges)
    single = np.divide(model.residuals**2, model.residual * left, out=np.zeros_like(left), where=told)
    known = (freedom > _NO_FREEDOM) & (counted > 0)
    infit, outfit, p = nothing.copy(), nothing.copy(), nothing.copy()
    infit[known] = squares[known] / freedom[known]
    outfit[known] = np.bincount(ratings.judge, single, judges)[known] / counted[known]
    for place in np.flatnonzero(known):
        above = chi2_above(squares[place], freedom[place])
        p[place] = 2.0 * min(above, 1.0 - above)
    return infit, holm_of_known(p), outfit


def views_of_others(ratings: Ratings, model: PanelModel | None) -> tuple[Floats, NDArray[np.int64]]:
    """Per rating the mean of the other judges' ratings of the subject, severity removed, and their number.

    NaN where nobody else rated it.
    """
    fair = ratings.value if model is None else ratings.value - model.judge_effect[ratings.judge]
    subjects = len(ratings.subjects)
    others = np.bincount(ratings.subject, minlength=subjects)[ratings.subject] - 1
    sums = np.bincount(ratings.subject, fair, subjects)[ratings.subject] - fair
    mean = np.divide(sums, others, out=np.full(fair.size, np.nan), where=others > 0)
    return mean, others


def agreement(ratings: Ratings, model: PanelModel | None) -> Floats:
    """Spearman's correlation of each judge's ratings with the mean of the others' on the same subjects."""
    # Differences of rounding would break ties at random.
    views = np.round(views_of_others(ratings, model)[0], 9)
    found = np.full(len(ratings.judges), np.nan)
    for judge, rated in enumerate(_by_judge(ratings.judge, len(ratings.judges))):
        shared = rated[~np.isnan(views[rated])]
        if shared.size:
            r = rank_correlation(np.round(ratings.value[shared], 9), views[shared])
            found[judge] = np.nan if r is None else r
    return found


def discrimination(ratings: Ratings, model: PanelModel) -> tuple[Floats, Floats]:
    """The slope of each judge's ratings on the entry's quality as the others see it, 1 as the panel; and the
    two-sided p that it is 1.

    The others' mean is shrunk by its reliability, so that its error does not flatten the slope.
    """
    judges = len(ratings.judges)
    slopes, p = np.full(judges, np.nan), np.full(judges, np.nan)
    if model.team <= 0:
        return slopes, p
    view, others = views_of_others(ratings, model)
    trust = others * model.team / (others * model.team + model.residual)
    expected = trust * (view - model.mean)
    for judge, rated in enumerate(_by_judge(ratings.judge, judges)):
        shared = rated[others[rated] > 0]
        if shared.size < 3 or is_even(expected[shared]):
            continue
        x = expected[shared] - expected[shared].mean()
        y = ratings.value[shared] - ratings.value[shared].mean()
        slopes[judge] = slope = float(x @ y / (x @ x))
        error = float(np.sqrt(np.sum((y - slope * x) ** 2) / (shared.size - 2) / (x @ x)))
        p[judge] = t_two_sided((slope - 1) / error, shared.size - 2) if error > 0 else float(slope == 1)
    return slopes, p


def spreads(ratings: Ratings) -> tuple[Floats, Floats, Floats]:
    """Mean and standard deviation of each judge's ratings, and the latter beside the panel's median."""
    judges = len(ratings.judges)
    counts = np.bincount(ratings.judge, minlength=judges)
    mean = np.bincount(ratings.judge, ratings.value, judges) / counts
    squares = np.bincount(ratings.judge, (ratings.value - mean[ratings.judge]) ** 2, judges)
    spread = np.sqrt(np.divide(squares, counts - 1, out=np.full(judges, np.nan), where=counts > 1))
    known = spread[~np.isnan(spread)]
    usual = float(np.median(known)) if known.size else 0.0
    return mean, spread, spread / usual if usual > 0 else np.full(judges, np.nan)


def commonest_marks(marks: CriterionRatings) -> tuple[Floats, Floats, float]:
    """Each judge's commonest mark and its share of the judge's marks; the share of the panel's commonest."""
    judges = len(marks.judges)
    values, which = np.unique(marks.value, return_inverse=True)
    mark, share = np.full(judges, np.nan), np.full(judges, np.nan)
    for judge, given in enumerate(_by_judge(marks.judge, judges)):
        kinds, counts = np.unique(which[given], return_counts=True)
        mark[judge] = values[kinds[np.argmax(counts)]]
        share[judge] = counts.max() / given.size
    panel = float(np.bincount(which).max() / which.size) if which.size else np.nan
    return mark, share, panel


def halo(marks: CriterionRatings, least: int) -> tuple[Floats, Floats, Floats]:
    """Each judge's mean correlation between criteria, that of the other judges, and how far marks on one
    sheet differ beside the panel's median.

    Criteria are standardized over the panel first. `least`: sheets that a judge needs to be looked at.
    """
    judges = len(marks.judges)
    own, differ = np.full(judges, np.nan), np.full(judges, np.nan)
    judge, _, sheets = complete_sheets(marks)
    if len(marks.criteria) < 2 or not judge.size:
        return own, own.copy(), differ
    spread = sheets.std(axis=0)
    even = np.array([is_even(column) for column in sheets.T])
    level = (sheets - sheets.mean(axis=0)) / np.where(even, 1.0, spread)
    level = level[:, ~even]
    for place, rows in enumerate(_by_judge(judge, judges)):
        if rows.size < least or level.shape[1] < 2:
            continue
        found = [
            correlation(level[rows, one], level[rows, other])
            for one, other in combinations(range(level.shape[1]), 2)
        ]
        known = [r for r in found if r is not None]
        own[place] = np.mean(known) if known else np.nan
        differ[place] = level[rows].std(axis=1).mean()
    counted = ~np.isnan(own)
    others = np.full(judges, np.nan)
    if counted.sum() > 1:
        others = (own[counted].sum() - np.where(counted, own, 0.0)) / (counted.sum() - counted)
    usual = float(np.median(differ[~np.isnan(differ)])) if (~np.isnan(differ)).any() else 0.0
    return own, others, differ / usual if usual > 0 else np.full(judges, np.nan)


def _by_judge(judge: NDArray[np.int64], judges: int) -> list[NDArray[np.intp]]:
    """The places of each judge's ratings."""
    order = np.argsort(judge, kind="stable")
    return np.split(order, np.cumsum(np.bincount(judge, minlength=judges))[:-1])
