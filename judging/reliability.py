"""How far a panel's result can be relied on: all indices together, generalizability and separation.

Sources: Brennan (2001), "Generalizability Theory"; Wright and Masters (1982), "Rating Scale Analysis", for
separation; those of the indices of agreement are in judging/agreement.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, TypeVar

import numpy as np

from judging.agreement import (
    ICC_NAMES,
    LEVELS,
    REASONS,
    IntraclassCorrelations,
    KendallW,
    Level,
    NotEstimable,
    complete_table,
    intraclass_correlations,
    kendall_w,
    krippendorff_alpha,
    pairable,
)
from judging.ratings import Ratings
from judging.significance import Floats

TARGET = 0.8  # of the judges needed

_NOTHING = 1e-12
_Index = TypeVar("_Index")


@dataclass(frozen=True, slots=True)
class Missing:
    """An index that isn't there, such as `icc.2k`, and why: code and params of REASONS, and the sentence."""

    index: str
    code: str
    params: Mapping[str, str]
    sentence: str

    def to_json(self) -> dict[str, Any]:
        return {"index": self.index, "code": self.code, "params": dict(self.params)}

    def __str__(self) -> str:
        return f"{self.index}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Generalizability:
    """What share of the differences between subjects' scores is real, by one judge and by `judges`.

    `one`, `k`: severity removed, as in the calibrated view (the generalizability coefficient); `one_raw`,
    `k_raw`: of plain means over different judges (the index of dependability). `needed`, `needed_raw`: the
    fewest judges per subject with which it reaches `TARGET`.
    """

    judges: float
    one: float
    k: float
    needed: int
    one_raw: float
    k_raw: float
    needed_raw: int


def generalizability(*, team: float, judge: float, residual: float, judges: float) -> Generalizability:
    """G-theory of a design subjects × judges by its variance components, in squared points.

    `judges`: how many rate a subject; with unequal numbers their harmonic mean (Brennan 2001).
    Raises NotEstimable when subjects don't differ.
    """
    if team <= _NOTHING * (team + judge + residual) or team <= 0:
        raise NotEstimable("no_subject_variance")

    def share(error: float, count: float) -> float:
        return team / (team + error / count)

    def needed(error: float) -> int:
        exactly = TARGET / (1 - TARGET) * error / team
        return max(1, math.ceil(exactly - 1e-9))

    raw = judge + residual
    return Generalizability(
        judges,
        share(residual, 1),
        share(residual, judges),
        needed(residual),
        share(raw, 1),
        share(raw, judges),
        needed(raw),
    )


def judges_per_subject(ratings: Ratings) -> float:
    """The harmonic mean of how many judges rated a subject."""
    counts = np.bincount(ratings.subject, minlength=len(ratings.subjects))
    return float(counts.size / np.sum(1.0 / counts))


@dataclass(frozen=True, slots=True)
class Separation:
    """How many levels a facet's measures can tell apart, given their errors.

    `spread`: true standard deviation; `error`: root mean square error; `ratio` = spread / error;
    `reliability` = true / observed variance; `strata` = (4 ratio + 1) / 3.
    """

    spread: float
    error: float
    ratio: float
    reliability: float
    strata: float

    def to_json(self) -> dict[str, float | None]:
        return {part.name: figure(getattr(self, part.name)) for part in fields(self)}


def separation(measures: Floats, errors: Floats) -> Separation:
    """Separation of (n,) measures, not shrunk, with (n,) standard errors above zero. Raises NotEstimable."""
    if measures.size < 2:
        raise NotEstimable("too_few_subjects_compared", least=2)
    observed = float(measures.var(ddof=1))
    noise = float(np.mean(errors**2))
    if observed <= 0 or noise <= _NOTHING * observed:
        raise NotEstimable("no_spread")
    true = max(0.0, observed - noise)
    ratio = math.sqrt(true / noise)
    return Separation(math.sqrt(true), math.sqrt(noise), ratio, true / observed, (4 * ratio + 1) / 3)


@dataclass(frozen=True, slots=True)
class Reliability:
    """All indices of one panel; what the data don't allow is None, and `missing` says why."""

    alpha: Mapping[Level, float | None]
    icc: IntraclassCorrelations | None
    kendall: KendallW | None
    g: Generalizability | None
    missing: tuple[Missing, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The object `reliability` of what `flask rank --calibrate` prints."""
        icc, w, g = self.icc, self.kendall, self.g
        return {
            "alpha": {level: figure(self.alpha[level]) for level in LEVELS},
            "icc": {name: figure(icc.values[name]) if icc else None for name in ICC_NAMES},
            "icc_95": {name: _pair(icc.intervals[name]) if icc else None for name in ICC_NAMES},
            "kendall_w": {
                "w": figure(w.w) if w else None,
                "chi2": figure(w.chi2) if w else None,
                "p": figure(w.p) if w else None,
                "p_permutation": figure(w.p_permutation) if w else None,
            },
            "g": {
                "one": figure(g.one) if g else None,
                "k": figure(g.k) if g else None,
                "needed_for_0.8": g.needed if g else None,
                "judges_per_subject": figure(g.judges) if g else None,
                "one_raw": figure(g.one_raw) if g else None,
                "k_raw": figure(g.k_raw) if g else None,
                "needed_raw_for_0.8": g.needed_raw if g else None,
            },
            "notes": [str(missing) for missing in self.missing],
            "note_codes": [missing.to_json() for missing in self.missing],
        }


def figure(value: float | None) -> float | None:
    """An estimate for JSON: nine significant digits, so that no noise of the last bits is printed."""
    return None if value is None else float(f"{value:.9g}") + 0.0


def _pair(interval: tuple[float, float] | None) -> list[float | None] | None:
    return None if interval is None else [figure(end) for end in interval]


def reliability(
    ratings: Ratings, *, variance: Mapping[str, float] | None = None, seed: int = 1
) -> Reliability:
    """All indices of `ratings`. `variance`: the components `team`, `judge`, `residual` of the additive model.

    Never raises for data that don't allow an index: it is None then and the reason stands in `missing`.
    """
    missing: list[Missing] = []

    def attempt(index: str, compute: Callable[[], _Index]) -> _Index | None:
        try:
            return compute()
        except NotEstimable as error:
            missing.append(Missing(index, error.code, error.params, str(error)))
            return None

    alpha = {
        level: attempt(f"alpha.{level}", partial(krippendorff_alpha, ratings, level)) for level in LEVELS
    }
    icc = attempt("icc", lambda: intraclass_correlations(complete_table(ratings)))
    missing += [
        Missing(f"icc.{name}", "no_spread", {}, REASONS["no_spread"])
        for name in (ICC_NAMES if icc else ())
        if icc and icc.values[name] is None
    ]
    kendall = attempt("kendall_w", lambda: kendall_w(complete_table(ratings), seed=seed))
    g = attempt("g", lambda: _generalizability(ratings, variance))
    return Reliability(alpha, icc, kendall, g, tuple(missing))


def _generalizability(ratings: Ratings, variance: Mapping[str, float] | None) -> Generalizability:
    pairable(ratings)  # with one rating each, subjects and errors can't be told apart
    if variance is None:
        raise NotEstimable("no_model")
    return generalizability(
        team=variance["team"],
        judge=variance["judge"],
        residual=variance["residual"],
        judges=judges_per_subject(ratings),
    )
