"""How far judges agree on the same subjects: Krippendorff's alpha, intraclass correlations, Kendall's W.

Sources: Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability"; Shrout and Fleiss (1979),
"Intraclass correlations: uses in assessing rater reliability", Psychological Bulletin 86; McGraw and Wong
(1996), Psychological Methods 1; Kendall and Babington Smith (1939), Annals of Mathematical Statistics 10,
with ties by Siegel and Castellan (1988).

Where the data don't allow an index its function raises `NotEstimable`; judging/reliability.py collects them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Literal, get_args

import krippendorff
import numpy as np
from numpy.typing import NDArray
from scipy import special

from judging.ratings import Ratings
from judging.significance import Floats, average_ranks, chi2_above, is_even

Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS: tuple[Level, ...] = get_args(Level)
ICC_NAMES = ("1", "2", "3", "1k", "2k", "3k")
MOST_SUBJECTS_PERMUTED = 7

REASONS = {
    "no_ratings": "no judge rated any subject completely",
    "one_judge": "there is only one judge",
    "one_subject": "there is only one subject",
    "incomplete": "%(missing)s of %(all)s ratings are missing; it needs every judge to rate every subject",
    "no_pairs": "no subject was rated by two judges",
    "no_variation": "all ratings are the same",
    "no_spread": "the figures it is divided by are all zero",
    "negative_ratings": "the ratio scale needs ratings of 0 or more",
    "too_many_values": "there are more than %(most)s different ratings to compare in pairs",
    "no_model": "it needs the variances of a calibrated model, and there is none",
    "no_subject_variance": "subjects do not differ more than chance makes them",
    "too_few_subjects_compared": "fewer than %(least)s subjects can be compared",
}

# Equal totals differ in their last bits after weighting; nobody marks in steps of a billionth.
_PLACES = 9
# The package holds units × values × values figures; beyond this many (50 MB) sums over pairs do it.
_LARGEST_COINCIDENCES = 2_000_000
_MOST_RATIO_VALUES = 20_000
_MOST_PERMUTATIONS = 50_000
_DRAWS = 20_000
_TINY = 1e-12


class NotEstimable(ValueError):
    """The data don't allow an index: `code` is a key of REASONS, `params` fill it (all text)."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = {name: str(value) for name, value in params.items()}
        super().__init__(REASONS[code] % self.params)


def krippendorff_alpha(ratings: Ratings, level: Level = "interval") -> float:
    """Krippendorff's alpha at a level of LEVELS; missing ratings are simply absent.

    At most 1; 0 is agreement as by chance. Raises NotEstimable.
    """
    unit, value = pairable(ratings)
    if is_even(value):
        raise NotEstimable("no_variation")
    if level == "ratio" and value.min() < 0:
        raise NotEstimable("negative_ratings")
    values, which = np.unique(value, return_inverse=True)
    units = int(unit.max()) + 1
    if units * values.size**2 > _LARGEST_COINCIDENCES:
        return _alpha_by_pairs(unit, value, level)
    counts = np.zeros((units, values.size), dtype=np.int64)
    np.add.at(counts, (unit, which), 1)
    return float(krippendorff.alpha(value_counts=counts, value_domain=values, level_of_measurement=level))


def pairable(ratings: Ratings) -> tuple[NDArray[np.int64], Floats]:
    """Subjects (numbered anew, in order) and values of the ratings whose subject has another one."""
    if not ratings.value.size:
        raise NotEstimable("no_ratings")
    if len(ratings.judges) < 2:
        raise NotEstimable("one_judge")
    counts = np.bincount(ratings.subject, minlength=len(ratings.subjects))
    paired = counts[ratings.subject] > 1
    if not paired.any():
        raise NotEstimable("no_pairs")
    order = np.argsort(ratings.subject[paired], kind="stable")
    _, unit = np.unique(ratings.subject[paired][order], return_inverse=True)
    return unit.astype(np.int64), np.round(ratings.value[paired][order], _PLACES)


def _alpha_by_pairs(unit: NDArray[np.int64], value: Floats, level: Level) -> float:
    """Alpha as 1 − observed / expected disagreement, by pairs of ratings; `unit` rises.

    The ordinal distance is the difference of average ranks: half of both ties and all between them.
    """
    x = average_ranks(value) if level == "ordinal" else value
    squared = _DISTANCES[level]
    sizes = np.bincount(unit)
    observed = 0.0
    for lag in range(1, int(sizes.max())):
        together = unit[lag:] == unit[:-lag]
        each = squared(x[lag:][together], x[:-lag][together])
        observed += float(2.0 * np.sum(each / (sizes[unit[lag:][together]] - 1)))
    expected = _expected_disagreement(x, level)
    return float(1.0 - (x.size - 1) * observed / expected)


def _expected_disagreement(x: Floats, level: Level) -> float:
    """The sum of squared distances over all ordered pairs of ratings."""
    values, counts = np.unique(x, return_counts=True)
    if level == "nominal":
        return float(x.size**2 - np.sum(counts.astype(np.float64) ** 2))
    if level != "ratio":
        return float(2.0 * x.size * np.sum((x - x.mean()) ** 2))
    if values.size > _MOST_RATIO_VALUES:
        raise NotEstimable("too_many_values", most=_MOST_RATIO_VALUES)
    return sum(
        float(count * (counts @ _ratio_squared(np.full_like(values, one), values)))
        for one, count in zip(values, counts, strict=True)
    )


def _ratio_squared(one: Floats, other: Floats) -> Floats:
    total = one + other
    share: Floats = np.divide(one - other, total, out=np.zeros_like(total), where=total != 0)
    return share**2


_DISTANCES: dict[Level, Callable[[Floats, Floats], Floats]] = {
    "nominal": lambda one, other: (one != other).astype(np.float64),
    "ordinal": lambda one, other: (one - other) ** 2,
    "interval": lambda one, other: (one - other) ** 2,
    "ratio": _ratio_squared,
}


@dataclass(frozen=True, slots=True)
class IntraclassCorrelations:
    """The six of Shrout and Fleiss with their 95 % intervals, and the mean squares they come from.

    Keys are ICC_NAMES: model 1 (other judges for every subject), 2 (these judges a sample), 3 (these judges
    only), of one rating or (`k`) of the mean over judges. A value whose divisor is zero is None, and its
    interval with it; an interval is None as well where the mean squares leave no error to judge by.
    """

    values: Mapping[str, float | None]
    intervals: Mapping[str, tuple[float, float] | None]
    between_subjects: float
    within_subjects: float
    between_judges: float
    residual: float


def complete_table(ratings: Ratings) -> Floats:
    """(subjects, judges) ratings without a gap, at least 2 × 2. Raises NotEstimable."""
    subjects, judges = len(ratings.subjects), len(ratings.judges)
    if not ratings.value.size:
        raise NotEstimable("no_ratings")
    if judges < 2:
        raise NotEstimable("one_judge")
    if subjects < 2:
        raise NotEstimable("one_subject")
    if ratings.value.size < subjects * judges:
        missing = subjects * judges - ratings.value.size
        raise NotEstimable("incomplete", missing=missing, all=subjects * judges)
    return np.round(ratings.matrix(), _PLACES)


def intraclass_correlations(table: Floats) -> IntraclassCorrelations:
    """ICC of a complete table (subjects, judges), both at least 2. Raises NotEstimable when all is equal."""
    if is_even(table.ravel()):
        raise NotEstimable("no_variation")
    n, k = table.shape
    b, w, j, e = _mean_squares(table)
    parts = {
        "1": (b - w, b + (k - 1) * w),
        "2": (b - e, b + (k - 1) * e + k * (j - e) / n),
        "3": (b - e, b + (k - 1) * e),
        "1k": (b - w, b),
        "2k": (b - e, b + (j - e) / n),
        "3k": (b - e, b),
    }
    nothing = _TINY * (b + w + j + e)
    values = {
        name: float(above / below) if below > nothing else None for name, (above, below) in parts.items()
    }
    found = _intervals(n, k, b, w, j, e, nothing, values["2"])
    intervals = {name: None if values[name] is None else found[name] for name in ICC_NAMES}
    return IntraclassCorrelations(values, intervals, b, w, j, e)


def _mean_squares(table: Floats) -> tuple[float, float, float, float]:
    """Between subjects, within subjects, between judges, residual; what is only rounding is zero."""
    n, k = table.shape
    middle = table.mean()
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    residual = table - rows[:, None] - columns[None, :] + middle
    squares = [
        k * np.sum((rows - middle) ** 2) / (n - 1),
        np.sum((table - rows[:, None]) ** 2) / (n * (k - 1)),
        n * np.sum((columns - middle) ** 2) / (k - 1),
        np.sum(residual**2) / ((n - 1) * (k - 1)),
    ]
    rounding = (1e-13 * float(np.abs(table).max())) ** 2 * n * k
    b, w, j, e = (0.0 if square <= rounding else float(square) for square in squares)
    return b, w, j, e


def _intervals(
    n: int, k: int, b: float, w: float, j: float, e: float, nothing: float, icc2: float | None
) -> dict[str, tuple[float, float] | None]:
    """95 % intervals as in Shrout and Fleiss; a pair (low, high) of F ratios serves both of a model."""

    def of_ratio(ratio: float, freedom: float) -> tuple[float, float]:
        return ratio / _f(n - 1, freedom), ratio * _f(freedom, n - 1)

    def single_and_mean(name: str, error: float, freedom: float) -> None:
        if error > nothing and b > nothing:
            low, high = of_ratio(b / error, freedom)
            found[name] = ((low - 1) / (low + k - 1), (high - 1) / (high + k - 1))
            found[f"{name}k"] = (1 - 1 / low, 1 - 1 / high)

    found: dict[str, tuple[float, float] | None] = dict.fromkeys(ICC_NAMES)
    single_and_mean("1", w, n * (k - 1))
    single_and_mean("3", e, (n - 1) * (k - 1))
    if e > nothing and b > nothing and icc2 is not None:
        # Satterthwaite's degrees of freedom for the mixture of judges' and residual mean squares.
        share = k * icc2 * j / e
        rest = n * (1 + (k - 1) * icc2) - k * icc2
        below = (n - 1) * share**2 + rest**2
        freedom = (k - 1) * (n - 1) * (share + rest) ** 2 / below
        mixed = k * j + (k * n - k - n) * e
        if freedom > _TINY:
            f_low, f_high = _f(n - 1, freedom), _f(freedom, n - 1)
            low = n * (b - f_low * e) / (f_low * mixed + n * b)
            high = n * (f_high * b - e) / (mixed + n * f_high * b)
            found["2"] = (low, high)
            if 1 + low * (k - 1) > _TINY:
                found["2k"] = (low * k / (1 + low * (k - 1)), high * k / (1 + high * (k - 1)))
    return found


def _f(above: float, below: float) -> float:
    """The upper 2.5 % point of F."""
    return float(special.fdtri(above, below, 0.975))


@dataclass(frozen=True, slots=True)
class KendallW:
    """Concordance of the judges' orders, 0…1, corrected for ties, and the chance of at least as much.

    `p`: by chi-square with n − 1 degrees of freedom, an approximation that is rough for few subjects;
    `p_permutation`: by orders at random, for at most MOST_SUBJECTS_PERMUTED subjects, else None.
    """

    w: float
    chi2: float
    freedom: int
    p: float
    p_permutation: float | None


def kendall_w(table: Floats, *, seed: int = 1) -> KendallW:
    """Kendall's W of a complete table (subjects, judges), both at least 2. Raises NotEstimable.

    `seed`: of the random orders; unused where all of them can be gone through.
    """
    n, m = table.shape
    ranks = np.column_stack([average_ranks(column) for column in table.T])
    spread = _spread_of_sums(ranks.sum(axis=1)[None, :])[0]
    ties = sum(_tie_term(column) for column in table.T)
    greatest = m**2 * (n**3 - n) - m * ties
    if greatest <= 0:
        raise NotEstimable("no_variation")
    w = min(1.0, max(0.0, float(12.0 * spread / greatest)))
    chi2 = m * (n - 1) * w
    by_orders = _p_by_orders(ranks, spread, seed) if n <= MOST_SUBJECTS_PERMUTED else None
    return KendallW(w, chi2, n - 1, chi2_above(chi2, n - 1), by_orders)


def _tie_term(column: Floats) -> float:
    _, counts = np.unique(column, return_counts=True)
    return float(np.sum(counts.astype(np.float64) ** 3 - counts))


def _spread_of_sums(sums: Floats) -> Floats:
    """(draws, subjects) rank sums → (draws,) sums of squared deviations."""
    spread: Floats = np.sum((sums - sums.mean(axis=1, keepdims=True)) ** 2, axis=1)
    return spread


def _p_by_orders(ranks: Floats, spread: float, seed: int) -> float:
    """How often orders at random agree at least as much: all of them, or when they are too many, draws."""
    n, m = ranks.shape
    least = spread - 1e-9
    if math.factorial(n) ** (m - 1) <= _MOST_PERMUTATIONS:
        sums = ranks[:, 0][None, :]  # the first judge's order may stay: only orders beside it matter
        for judge in range(1, m):
            orders = np.array(list(permutations(ranks[:, judge])))
            sums = (sums[:, None, :] + orders[None, :, :]).reshape(-1, n)
        return float(np.mean(_spread_of_sums(sums) >= least))
    random = np.random.default_rng(seed)
    sums = np.zeros((_DRAWS, n))
    for judge in range(m):
        sums += random.permuted(np.tile(ranks[:, judge], (_DRAWS, 1)), axis=1)
    return float((np.sum(_spread_of_sums(sums) >= least) + 1) / (_DRAWS + 1))
