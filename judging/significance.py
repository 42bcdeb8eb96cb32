"""Ranks, correlations and p-values, corrected for how many were looked at; what judges' diagnostics share.

SciPy's special functions only: `scipy.stats` takes half a second to load and would add nothing here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

_EVEN = 1e-12  # a spread that is this small beside the values is rounding, not spread


def average_ranks(values: Floats) -> Floats:
    """Ranks 1…n of (n,) values, least first; equal ones share the mean of their ranks."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    shared: Floats = (last - (counts - 1) / 2.0)[which]
    return shared


def is_even(values: Floats) -> bool:
    """Whether (n,) values are all the same but for rounding."""
    return bool(np.ptp(values) <= _EVEN * max(1.0, float(np.abs(values).max()))) if values.size else True


def correlation(one: Floats, other: Floats) -> float | None:
    """Pearson's correlation of two (n,) arrays; None below three values, or when one of them is all the
    same.
    """
    if one.size < 3 or is_even(one) or is_even(other):
        return None
    a, b = one - one.mean(), other - other.mean()
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1.0, 1.0))


def rank_correlation(one: Floats, other: Floats) -> float | None:
    """Spearman's correlation, ties by average ranks; None as in `correlation`."""
    if is_even(one) or is_even(other):
        return None
    return correlation(average_ranks(one), average_ranks(other))


def normal_two_sided(z: float) -> float:
    """P(|Z| ≥ |z|) of a standard normal."""
    return float(2.0 * special.ndtr(-abs(z)))


def normal_above(z: float) -> float:
    """P(Z ≥ z) of a standard normal."""
    return float(special.ndtr(-z))


def t_two_sided(t: float, freedom: float) -> float:
    """P(|T| ≥ |t|) of Student's t."""
    return float(2.0 * special.stdtr(freedom, -abs(t)))


def chi2_above(value: float, freedom: float) -> float:
    """P(X ≥ value) of chi-square."""
    return float(special.chdtrc(freedom, value))


def binomial_above(count: int, trials: int, chance: float) -> float:
    """P(X ≥ count) of a binomial."""
    return 1.0 if count <= 0 else float(special.bdtrc(count - 1, trials, chance))


def holm(p: Floats) -> Floats:
    """Holm's (1979) adjusted p-values of (n,): at most a share alpha of families has any false alarm."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (p.size - np.arange(p.size)))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def benjamini_hochberg(p: Floats) -> Floats:
    """Benjamini and Hochberg's (1995) adjusted p-values of (n,): the share of false among all alarms."""
    order = np.argsort(p, kind="stable")[::-1]
    stepped = np.minimum.accumulate(p[order] * p.size / np.arange(p.size, 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
