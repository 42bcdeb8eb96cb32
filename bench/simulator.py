"""How near each method comes to the truth, beside an oracle that knows every judge's severity.

Contests with known truth (bench.contests) are judged by every method: Kendall's tau of its order with the
true one, how many of the true best it puts on top, and how often its 90 % intervals hold the true score,
both counted from their means. Methods see the ratings only; seeds are fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from bench.contests import Contest, Simulated, simulate
from bench.rows import Row
from judging.calibration import Fit, draws, fit, scores
from judging.uncertainty import Draws

REPLICATIONS = 200
SEED = 20250701
CALIBRATED = ("additive", "robust", "scale")
METHODS = ("mean", "trimmed", "z_score", *CALIBRATED, "oracle")
_DRAWS = 400

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """Means over the replications of a contest, by method. `top`: share of the true best among as many."""

    contest: Contest
    tau: Mapping[str, float]
    top: Mapping[str, float]
    coverage: Mapping[str, float]

    def gain(self, method: str) -> float:
        """The share of the oracle's gain in tau over the plain mean that a method takes."""
        return (self.tau[method] - self.tau["mean"]) / (self.tau["oracle"] - self.tau["mean"])


def measure(
    contest: Contest,
    *,
    best: int,
    replications: int = REPLICATIONS,
    seed: int = SEED,
    with_coverage: bool = True,
) -> Found:
    """Judge as many contests by every method; `best` is how many count as the best."""
    generator = np.random.default_rng(seed)
    tau: dict[str, list[float]] = {method: [] for method in METHODS}
    top: dict[str, list[float]] = {method: [] for method in METHODS}
    coverage: dict[str, list[float]] = {method: [] for method in CALIBRATED}
    for _ in range(replications):
        simulated = simulate(contest, generator)
        judged = _simple(simulated)
        for method in CALIBRATED:
            found = fit(simulated.ratings, method)
            judged[method] = scores(found)
            if with_coverage:
                coverage[method].append(_covered(simulated, found))
        for method, score in judged.items():
            tau[method].append(float(kendalltau(score, simulated.quality).statistic))
            top[method].append(_shared(score, simulated.quality, best))
    return Found(contest, _means(tau), _means(top), _means(coverage) if with_coverage else {})


def _means(figures: Mapping[str, list[float]]) -> dict[str, float]:
    return {method: float(np.mean(values)) for method, values in figures.items()}


def _simple(simulated: Simulated) -> dict[str, Floats]:
    """What needs no model, and the oracle: the mean of ratings with the judges' true severity taken off."""
    table = simulated.ratings.matrix()
    return {
        "mean": np.nanmean(table, axis=1),
        "trimmed": _trimmed(table),
        "z_score": _z_scores(table),
        "oracle": np.nanmean(table + simulated.severity, axis=1),
    }


def _trimmed(table: Floats) -> Floats:
    """The mean without the highest and the lowest rating, where there are three."""
    count = (~np.isnan(table)).sum(axis=1)
    inner = np.nansum(table, axis=1) - np.nanmax(table, axis=1) - np.nanmin(table, axis=1)
    return np.where(count >= 3, inner / np.maximum(count - 2, 1), np.nanmean(table, axis=1))


def _z_scores(table: Floats) -> Floats:
    spread = np.nanstd(table, axis=0, ddof=1)
    return np.nanmean((table - np.nanmean(table, axis=0)) / np.where(spread > 0, spread, 1.0), axis=1)


def _covered(simulated: Simulated, found: Fit) -> float:
    """The share of teams whose 90 % interval holds the truth."""
    drawn = draws(found, _DRAWS, np.random.default_rng(SEED))
    assert drawn is not None
    low, high = Draws(drawn).score_interval()
    truth = simulated.points - simulated.points.mean() + scores(found).mean()
    return float(((low <= truth) & (truth <= high)).mean())


def _shared(score: Floats, quality: Floats, best: int) -> float:
    return len(set(np.argsort(-score)[:best]) & set(np.argsort(-quality)[:best])) / best


def run(replications: int = REPLICATIONS) -> list[Row]:
    """All contests and claims, as a table."""
    rows: list[Row] = []
    for contest, best, claims in _contests():
        # Of one best three a single replication tells little, and one without draws takes little time.
        times, with_coverage = (5, False) if contest.cheats else (1, True)
        found = measure(contest, best=best, replications=times * replications, with_coverage=with_coverage)
        rows += [Row(f"{contest.name} tau {name}", found.tau[name], "tau") for name in METHODS]
        rows += [Row(f"{contest.name} top {best} {name}", found.top[name], "share") for name in METHODS]
        rows += [
            Row(f"{contest.name} coverage {name}", value, "share") for name, value in found.coverage.items()
        ]
        rows += claims_of(found, **claims)
    return rows


def _contests() -> list[tuple[Contest, int, dict[str, Any]]]:
    """Contest, how many count as the best, and what is claimed of it."""
    return [
        (Contest(60, 12, 3, severity=0.0), 10, {"loss": 0.003, "covered": True}),
        (Contest(60, 12, 3, severity=0.5), 10, {"gain": 0.75, "covered": True}),
        (Contest(60, 12, 3, severity=1.0), 10, {"gain": 0.90, "covered": True}),
        (Contest(500, 60, 3, severity=0.5), 10, {"gain": 0.85, "covered": True}),
        (Contest(500, 60, 3, severity=1.0), 10, {"gain": 0.93, "covered": True}),
        (Contest(60, 12, 3, severity=1.0, rotates=False), 10, {}),
        (Contest(20, 7, 7, severity=1.0), 3, {}),
        (Contest(20, 7, 7, severity=1.0, cheats=True), 3, {"robust": 0.07}),
    ]


def claims_of(
    found: Found,
    *,
    gain: float | None = None,
    loss: float | None = None,
    covered: bool = False,
    robust: float | None = None,
) -> list[Row]:
    """What is claimed of a contest with its bounds; `covered`: whether the intervals' coverage is."""
    name, tau = found.contest.name, found.tau
    rows = []
    if gain is not None:
        rows.append(Row(f"{name} share of oracle's gain", found.gain("additive"), "share", None, gain, True))
        scale = tau["scale"] - tau["additive"]
        rows.append(Row(f"{name} judge scale over additive", scale, "tau", None, 0.0, True))
    if loss is not None:
        rows.append(Row(f"{name} lost without need", tau["mean"] - tau["additive"], "tau", None, loss))
    if covered:
        coverage = found.coverage["additive"]
        rows.append(Row(f"{name} intervals cover at least", coverage, "share", None, 0.88, True))
        rows.append(Row(f"{name} intervals cover at most", coverage, "share", None, 0.93))
    if robust is not None:
        more = found.top["robust"] - found.top["mean"]
        rows.append(Row(f"{name} robust over mean, top 3", more, "share", None, robust, True))
    return rows
