"""The calibrated view of a round: scores corrected for severity, and how sure their order is. Advice only.

`calibrate` fits one of four models to the marks and draws from its posterior; `calibrated_json` says it as
`flask rank --calibrate` prints it. The same marks, method, seed and number of draws give the same bytes.
Models are behind four functions: `fit`, `scores`, `severities`, `draws`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from judging.additive import fit_additive
from judging.calibration_fit import Fit, Floats, Note, Posterior, Variance, draws, note, scores, severities
from judging.calibration_robust import fit_robust
from judging.calibration_scale import fit_scale
from judging.prize_lines import LineBounds, PrizeLine, find_lines
from judging.ranking import Mark
from judging.rasch import fit_rasch
from judging.ratings import CriterionRatings, Ratings, criterion_ratings_of, ratings_of
from judging.rules import Rule
from judging.uncertainty import LEVEL, Draws, ranked

__all__ = [
    "METHODS",
    "Calibration",
    "Fit",
    "JudgeBounds",
    "LineBounds",
    "Posterior",
    "PrizeLine",
    "Variance",
    "calibrate",
    "calibrate_ratings",
    "calibrated_json",
    "calibrated_scores",
    "draws",
    "fit",
    "prize_lines",
    "scores",
    "severities",
]

OF_RATINGS: Mapping[str, Callable[[Ratings], Fit]] = {
    "additive": fit_additive,
    "robust": fit_robust,
    "scale": fit_scale,
}
METHODS = (*OF_RATINGS, "rasch")
DRAWS, SEED = 4000, 1
TOP = (1, 3, 10)
MOST_DRAWN = 20_000_000
"""Scores drawn in all, subjects × draws: 160 MB."""


@dataclass(frozen=True, slots=True)
class JudgeBounds:
    """From where a judge's figures ask a person to look; usual practice, not laws.

    `severity`: distance from the panel in standard deviations of judges, with `p` the level of Holm's test.
    `infit_high`, `infit_low`: mean squares beyond which marks are `erratic` or `muted` (Linacre: 0.5 to 1.5
    is productive).
    """

    severity: float = 2.0
    p: float = 0.01
    infit_high: float = 1.5
    infit_low: float = 0.5


@dataclass(frozen=True)
class Calibration:
    """A fitted model with its draws; `draws` is None where the data don't tell how sure one can be."""

    fit: Fit
    draws: Draws | None
    seed: int
    count: int
    notes: tuple[Note, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        return self.fit.ratings.subjects

    @cached_property
    def ranks(self) -> NDArray[np.int64]:
        """Rank of each subject by its score; equal scores share the better rank."""
        return ranked(scores(self.fit), self.fit.low_wins)

    @cached_property
    def order(self) -> list[int]:
        """The subjects' indices, best first, equal ones by name."""
        return np.argsort(self.ranks, kind="stable").tolist()

    def before(self, first: str, second: str) -> float | None:
        """The probability that the subject `first` is better than `second`; None where it isn't known.

        Raises ValueError for a subject that has no rating.
        """
        place = self.subjects.index
        pair = place(first), place(second)
        return None if self.draws is None else self.draws.before(*pair)


def fit(ratings: Ratings | CriterionRatings, method: str = "additive") -> Fit:
    """Fit one of METHODS: `rasch` to CriterionRatings, the others to Ratings.

    Raises ValueError for another method or the other kind of ratings, JudgingError `too_many_categories` for
    `rasch` on a fine scale.
    """
    if method == "rasch" and isinstance(ratings, CriterionRatings):
        return fit_rasch(ratings)
    if method in OF_RATINGS and isinstance(ratings, Ratings):
        return OF_RATINGS[method](ratings)
    raise ValueError(f"no method {method!r} for {type(ratings).__name__}; methods: {', '.join(METHODS)}")


def calibrate(
    marks: Sequence[Mark], rule: Rule, *, method: str = "additive", count: int = DRAWS, seed: int = SEED
) -> Calibration:
    """Fit `method` to the marks of a round and draw `count` times from its posterior.

    Marks count unrounded, by the weights of `rule`. Raises MarkError for marks that can't be used, and what
    `fit` raises.
    """
    read = criterion_ratings_of if method == "rasch" else ratings_of
    return calibrate_ratings(read(marks, rule), method=method, count=count, seed=seed)


def calibrate_ratings(
    ratings: Ratings | CriterionRatings, *, method: str = "additive", count: int = DRAWS, seed: int = SEED
) -> Calibration:
    """As `calibrate`, from arrays."""
    found = fit(ratings, method)
    notes = found.notes
    if len(ratings.subjects) * count > MOST_DRAWN:
        notes = (*notes, note("too_many_for_draws", most=MOST_DRAWN // count))
        return Calibration(found, None, seed, count, notes)
    drawn = draws(found, count, np.random.default_rng(seed))
    return Calibration(found, None if drawn is None else Draws(drawn, found.low_wins), seed, count, notes)


def prize_lines(
    calibration: Calibration, places: Sequence[int], bounds: LineBounds | None = None
) -> list[PrizeLine]:
    """The prize lines after `places`; none where the data don't tell how sure one can be."""
    if calibration.draws is None:
        return []
    return find_lines(calibration.fit, calibration.draws, calibration.order, places, bounds or LineBounds())


def calibrated_scores(marks: Sequence[Mark], rule: Rule) -> dict[str, float]:
    """Each subject's score by the additive model, to nine decimals, without any draws: for the tie step.

    In the direction of the rule: with `low` the lower score is the better. A subject without a complete sheet
    has none.
    """
    found = fit_additive(ratings_of(marks, rule))
    return {
        subject: round(float(score), 9) + 0.0
        for subject, score in zip(found.ratings.subjects, scores(found), strict=True)
    }


def calibrated_json(
    calibration: Calibration,
    *,
    top: Sequence[int] = TOP,
    places: Sequence[int] = (),
    bounds: JudgeBounds | None = None,
    lines: LineBounds | None = None,
) -> dict[str, Any]:
    """The object `calibrated` of `flask rank --calibrate`; what the data don't tell is None.

    `top`: for which numbers of places a subject's chance is given. `places`: after which there are prize
    lines.
    """
    found = calibration.fit
    subjects, judges = _subjects_json(calibration, top), _judges_json(found, bounds or JudgeBounds())
    return {
        "method": found.method,
        "seed": calibration.seed,
        "draws": calibration.count if calibration.draws is not None else 0,
        "level": LEVEL,
        "variance": {
            "team": _number(found.variance.team),
            "judge": _number(found.variance.judge),
            "residual": _number(found.variance.residual),
        },
        "mean": _number(found.mean),
        "subjects": [subjects[index] for index in calibration.order],
        "judges": judges,
        "components": found.islands,
        "prize_lines": [
            line.to_json(calibration.subjects) for line in prize_lines(calibration, places, lines)
        ],
        "misplaced": {
            str(k): _number(calibration.draws.misplaced(calibration.order[:k]))
            if calibration.draws is not None
            else None
            for k in top
        },
        "notes": [str(each) for each in calibration.notes],
        "note_codes": [{"code": each.code, "params": dict(each.params)} for each in calibration.notes],
    }


def _subjects_json(calibration: Calibration, top: Sequence[int]) -> list[dict[str, Any]]:
    found, drawn = calibration.fit, calibration.draws
    columns: dict[str, Sequence[Any]] = {
        "subject": calibration.subjects,
        "score": _numbers(scores(found)),
        **dict.fromkeys(("low", "high"), [None] * len(calibration.subjects)),
        "rank": calibration.ranks.tolist(),
        **dict.fromkeys(("rank_low", "rank_high"), [None] * len(calibration.subjects)),
        "p_top": [dict.fromkeys(map(str, top)) for _ in calibration.subjects],
        "unshrunk": _numbers(found.mean + found.unshrunk),
        "se": _numbers(found.subject_se),
    }
    if drawn is not None:
        columns["low"], columns["high"] = map(_numbers, drawn.score_interval())
        columns["rank_low"], columns["rank_high"] = (bound.tolist() for bound in drawn.rank_interval())
        chances = zip(*(_numbers(drawn.top(k)) for k in top), strict=True)
        columns["p_top"] = [dict(zip(map(str, top), own, strict=True)) for own in chances]
    if found.fair_average is not None:
        columns["fair_average"] = _numbers(found.fair_average)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _judges_json(found: Fit, bounds: JudgeBounds) -> list[dict[str, Any]]:
    severity = np.where(np.isfinite(found.judge_se), severities(found), np.nan)
    reach = float(ndtri(0.5 + LEVEL / 2)) * found.judge_se
    columns: dict[str, Sequence[Any]] = {
        "judge": found.ratings.judges,
        "severity": _numbers(severity),
        "low": _numbers(severity - reach),
        "high": _numbers(severity + reach),
        "n": np.bincount(found.ratings.judge, minlength=len(severity)).tolist(),
        "infit": _numbers(found.infit),
        "outfit": _numbers(found.outfit),
        "scale": _numbers(found.judge_scale),
        "flags": _flags(found, bounds),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _flags(found: Fit, bounds: JudgeBounds) -> list[list[str]]:
    """What asks a person to look, per judge: `strict`, `lenient`, `erratic`, `muted`."""
    severity = severities(found)
    told = np.isfinite(found.judge_se) & (found.judge_se > 0)
    z = np.abs(severity) / np.where(told, found.judge_se, 1.0)
    differs = _holm(np.where(told, 2 * ndtr(-z), 1.0), bounds.p)
    far = bounds.severity * np.sqrt(found.variance.judge or 0.0)
    flags = []
    for index, value in enumerate(severity):
        own = []
        if differs[index] and abs(value) > far > 0:
            own.append("strict" if value > 0 else "lenient")
        if found.infit[index] > bounds.infit_high:
            own.append("erratic")
        if found.infit[index] < bounds.infit_low:
            own.append("muted")
        flags.append(own)
    return flags


def _holm(p: Floats, level: float) -> NDArray[np.bool_]:
    """Which hypotheses Holm's step-down test rejects at `level`."""
    order = np.argsort(p, kind="stable")
    passed = p[order] * np.arange(len(p), 0, -1) < level
    rejected = np.zeros(len(p), dtype=bool)
    rejected[order[: len(p) if passed.all() else int(np.argmin(passed))]] = True
    return rejected


def _numbers(values: Floats) -> list[float | None]:
    """Finite numbers for JSON, to nine decimals, so that rounding errors don't show; None for others."""
    rounded: Floats = np.round(values, 9) + 0.0
    return [value if math.isfinite(value) else None for value in rounded.tolist()]


def _number(value: float | None) -> float | None:
    return None if value is None else _numbers(np.array([value]))[0]
