"""Panels for tests: simulated ones with known judges, and the additive model by dense matrices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from judging.judge_figures import PanelModel
from judging.ranking import Mark
from judging.ratings import Ratings
from judging.significance import Floats

CRITERIA = ("idea", "market", "team", "pitch")


def simulated(
    teams: int = 20,
    judges: int = 6,
    *,
    per_team: int | None = None,
    seed: int = 1,
    severity: Callable[[int], float] = lambda judge: 0.0,
    noise: float = 4.0,
    change: Callable[[int, int, str, float], float] = lambda judge, team, criterion, mark: mark,
) -> list[Mark]:
    """Whole marks of 0–100 on four criteria; `per_team` judges in rotation, or all of them.

    `change` (judge, team, criterion, mark) makes a judge special.
    """
    random = np.random.default_rng(seed)
    quality = random.normal(65, 8, teams)
    marks = []
    for team in range(teams):
        panel = range(judges) if per_team is None else [(team * 2 + n) % judges for n in range(per_team)]
        for judge in panel:
            taste = random.normal(0, noise)
            for criterion in CRITERIA:
                mark = quality[team] - severity(judge) + taste + random.normal(0, noise)
                mark = change(judge, team, criterion, mark)
                marks.append(Mark(f"J{judge}", f"T{team:02}", criterion, int(np.clip(round(mark), 0, 100))))
    return marks


def dense_model(ratings: Ratings, *, team: float, judge: float, residual: float) -> tuple[PanelModel, Floats]:
    """The additive model with given variances by inverting the covariance of all ratings, and its P matrix:
    V⁻¹ less its projection on the mean."""
    n = ratings.value.size
    of_team = np.eye(len(ratings.subjects))[ratings.subject]
    of_judge = np.eye(len(ratings.judges))[ratings.judge]
    covariance = team * of_team @ of_team.T + judge * of_judge @ of_judge.T + residual * np.eye(n)
    inverse = np.linalg.inv(covariance)
    one = inverse.sum(axis=0)
    p = inverse - np.outer(one, one) / one.sum()
    pulled = p @ ratings.value
    leverage = 1 - residual * np.diag(p)
    spread = np.sqrt(residual * np.maximum(1 - leverage, 0))
    judge_error = np.sqrt(judge - judge**2 * np.diag(of_judge.T @ p @ of_judge))
    team_error = np.sqrt(team - team**2 * np.diag(of_team.T @ p @ of_team))
    model = PanelModel(
        mean=float(one @ ratings.value / one.sum()),
        residuals=residual * pulled,
        leverage=leverage,
        deleted=np.divide(
            residual * pulled, spread, out=np.full(n, np.nan), where=spread > 1e-6 * np.sqrt(residual)
        ),
        judge_effect=judge * of_judge.T @ pulled,
        judge_error=judge_error,
        team_effect=team * of_team.T @ pulled,
        team_error=team_error,
        team=team,
        judge=judge,
        residual=residual,
    )
    return model, p
