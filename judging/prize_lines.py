"""Prize lines: is the order across each line clear, probable or a toss-up, and what would settle it?

A line after place k parts the subject placed k from the one placed k + 1. The gain of one more judge is
computed before anybody marks: what another rating would tell (a linear Gaussian update of the posterior),
averaged over all that it might say.

Source of the bounds: the house's judging notes, section 5 (clear from .95, toss-up below .8); they are
settings.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.special import ndtr

from judging.calibration_fit import Fit, Floats, Variance
from judging.thresholds import LineBounds
from judging.uncertainty import Draws

_MOST_AT_BORDER = 4
_JUDGES = range(1, 21)
_UNSURE = 0.2  # of a place on the wrong side of the line, from which a neighbor belongs to the border too
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)


@dataclass(frozen=True, slots=True)
class Remedy:
    """One more judge for `subjects` (indices), the same for all of them: `probability` is how likely the
    order across the line will be right then, `gain` how much more likely than now. `judges`: how many more
    it takes until the line is no toss-up any longer, None where twenty aren't enough.
    """

    subjects: tuple[int, ...]
    probability: float
    gain: float
    judges: int | None


@dataclass(frozen=True, slots=True)
class PrizeLine:
    """The line after `place`, between the subjects `above` and `below` (indices) next to it.

    `probability`: that the one above is better. `verdict`: `clear`, `probable` or `toss_up`. `border`: two to
    four subjects who may belong on the other side, best first. `misplaced`: how many of those above the line
    are expected not to belong there. `remedies`: best first; none for a clear line.
    """

    place: int
    above: int
    below: int
    probability: float
    verdict: str
    border: tuple[int, ...]
    misplaced: float
    remedies: tuple[Remedy, ...]

    def to_json(self, subjects: Sequence[str]) -> dict[str, Any]:
        """With names for indices."""
        return {
            "place": self.place,
            "above": subjects[self.above],
            "below": subjects[self.below],
            "probability": round(self.probability, 9),
            "verdict": self.verdict,
            "border": [subjects[index] for index in self.border],
            "misplaced": round(self.misplaced, 9),
            "remedies": [
                {
                    "one_more_judge_for": [subjects[index] for index in remedy.subjects],
                    "probability": round(remedy.probability, 9),
                    "gain": round(remedy.gain, 9),
                    "judges_needed": remedy.judges,
                }
                for remedy in self.remedies
            ],
        }


def find_lines(
    fit: Fit, draws: Draws, order: Sequence[int], places: Sequence[int], bounds: LineBounds
) -> list[PrizeLine]:
    """The lines after `places`, of subjects in `order` (indices, best first); after the last is none."""
    return [
        _line(fit, draws, order, place, bounds) for place in sorted(set(places)) if 0 < place < len(order)
    ]


def _line(fit: Fit, draws: Draws, order: Sequence[int], place: int, bounds: LineBounds) -> PrizeLine:
    above, below = order[place - 1], order[place]
    probability = draws.before(above, below)
    if probability >= bounds.clear:
        verdict = "clear"
    else:
        verdict = "toss_up" if probability < bounds.toss_up else "probable"
    border = _border(draws, order, place)
    return PrizeLine(
        place=place,
        above=above,
        below=below,
        probability=probability,
        verdict=verdict,
        border=border,
        misplaced=draws.misplaced(list(order[:place])),
        remedies=()
        if verdict == "clear"
        else _remedies(fit, border, above, below, probability, bounds.toss_up),
    )


def _border(draws: Draws, order: Sequence[int], place: int) -> tuple[int, ...]:
    """The two next to the line, and their neighbors when they too may well belong on the other side."""
    chances = draws.top(place)
    border = [order[place - 1], order[place]]
    if place >= 2 and chances[order[place - 2]] <= 1 - _UNSURE:
        border.insert(0, order[place - 2])
    if place + 1 < len(order) and chances[order[place + 1]] >= _UNSURE:
        border.append(order[place + 1])
    return tuple(border[:_MOST_AT_BORDER])


def _remedies(
    fit: Fit, border: Sequence[int], above: int, below: int, probability: float, enough: float
) -> tuple[Remedy, ...]:
    """What one more judge would tell: for each one of the border, for the two at the line, and for all."""
    if not fit.draws_from or fit.variance.judge is None or not fit.variance.residual:
        return ()
    posterior = fit.draws_from[0]
    chosen = np.array(border)
    effects, covariance = posterior.effect[chosen], posterior.covariance(chosen)
    at_line = (border.index(above), border.index(below))
    contrast = np.zeros(len(chosen))
    contrast[list(at_line)] = (-1.0, 1.0) if fit.low_wins else (1.0, -1.0)
    gap, variance = float(contrast @ effects), float(contrast @ covariance @ contrast)
    now = _right(gap, variance, 0.0)

    def gain(group: Sequence[int], judges: int) -> float:
        new = Variance(None, fit.variance.judge, fit.variance.residual)
        return max(0.0, _right(gap, variance, _told(covariance, contrast, list(group), new, judges)) - now)

    every = tuple(range(len(chosen)))
    groups = dict.fromkeys([*((index,) for index in every), at_line, every])
    remedies = []
    for group in groups:
        first = gain(group, 1)
        subjects = tuple(border[index] for index in group)
        judges = bisect_left(_JUDGES, enough - probability, key=partial(gain, group))
        needed = _JUDGES[judges] if judges < len(_JUDGES) else None
        remedies.append(Remedy(subjects, min(1.0, probability + first), first, needed))
    # A hundredth more isn't worth another sheet.
    return tuple(sorted(remedies, key=lambda remedy: (-round(remedy.gain, 2), len(remedy.subjects))))


def _told(covariance: Floats, contrast: Floats, rated: list[int], variance: Variance, judges: int) -> float:
    """How much of the contrast's variance the mean rating of new judges for `rated` would take away."""
    assert variance.judge is not None
    assert variance.residual is not None
    new = (variance.judge + variance.residual * np.eye(len(rated))) / judges
    shared = covariance[rated] @ contrast
    return float(shared @ np.linalg.solve(covariance[np.ix_(rated, rated)] + new, shared))


def _right(gap: float, variance: float, told: float) -> float:
    """The probability that the order chosen after the ratings is right: the mean of max(P, 1 − P)."""
    left = variance - told
    if left <= 1e-12 * variance:
        return 1.0
    expected = gap + np.sqrt(told) * _NODES
    right = ndtr(np.abs(expected) / np.sqrt(left))
    return float(right @ _WEIGHTS / _WEIGHTS.sum())
