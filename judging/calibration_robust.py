"""The additive model with Huber's weights: a rating far from what the others say counts less.

The column that resists one judge who cheats. Ratings are reweighted by their residuals until nothing changes,
with the variance ratios of the additive model held. It costs a little precision when nobody cheats.

Source: Huber (1964), "Robust estimation of a location parameter", Annals of Mathematical Statistics 35.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from judging.additive import Fitted, has_no_residual, read_out, solve_additive, without_variation
from judging.calibration_fit import Fit, Floats, note
from judging.henderson import Equations
from judging.ratings import Ratings

TUNING = 1.345  # 95 % efficient when nobody cheats (Huber)
_MAD = 1.4826  # from the median absolute residual to the standard deviation of a normal distribution
_MOST_ITERATIONS = 200
_SETTLED = 1e-11


def fit_robust(ratings: Ratings) -> Fit:
    """Fit the robust model. Never fails: what the ratings can't tell is NaN, with a note."""
    start = solve_additive(ratings)
    if start is None:
        return without_variation("robust", ratings)
    if not start.error_is_told or has_no_residual(start):
        return read_out("robust", ratings, start, start.residual_variance)
    fitted, settled = _reweighted(ratings, start)
    if not settled:
        fitted = replace(fitted, notes=(*fitted.notes, note("no_convergence")))
    # The weights were chosen by these residuals, so a variance from what they leave would be too small.
    return read_out("robust", ratings, fitted, start.residual_variance)


def _reweighted(ratings: Ratings, fitted: Fitted) -> tuple[Fitted, bool]:
    """The model at its last weights, and whether they settled."""
    values, ratios = fitted.equations.values, fitted.solution.ratios
    for _ in range(_MOST_ITERATIONS):
        size = np.abs(_residuals(fitted))
        # Half of the residuals may be nothing but rounding; then the others' own spread has to do.
        scale = _MAD * float(np.median(size)) or float(np.sqrt(fitted.residual_variance))
        weights = np.minimum(1.0, TUNING * scale / np.maximum(size, 1e-300))
        change = float(np.abs(weights - fitted.equations.weights).max())
        equations = Equations(ratings, values, weights)
        fitted = replace(fitted, equations=equations, solution=equations.solve(ratios))
        if change < _SETTLED:
            return fitted, True
    return fitted, False


def _residuals(fitted: Fitted) -> Floats:
    ratings, effects = fitted.equations.ratings, fitted.solution.effects
    expected = effects[0] + effects[1 + ratings.judge] + fitted.solution.subjects[ratings.subject]
    return fitted.equations.values - expected
