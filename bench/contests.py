"""Contests with known truth: teams' quality, judges' severity, spread and taste, marks in whole points.

Quality N(0, 1); severity N(0, s²); each judge spreads teams by a log-normal factor (.2) and has a taste for
each team (.6); five criteria with noise (.5); 8 points to a unit around 75, marks rounded and held within 0
to 100; 2 % of the sheets are missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judging.ratings import Ratings

WEIGHTS = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
LEVEL, POINTS = 75.0, 8.0
SPREAD, TASTE, NOISE, MISSING = 0.2, 0.6, 0.5, 0.02
CHEAT = 20.0


@dataclass(frozen=True)
class Contest:
    """Teams, judges and judges per team; `severity` is the judges' standard deviation in units of quality.

    `rotates`: judges meet in ever other panels, else they sit in fixed ones. `cheats`: one judge lifts three
    teams by 20 points and pushes as many of the strongest others down by 20.
    """

    teams: int
    judges: int
    per_team: int
    severity: float
    rotates: bool = True
    cheats: bool = False

    @property
    def name(self) -> str:
        kind = ("" if self.rotates else " fixed panels") + (" one cheats" if self.cheats else "")
        return f"{self.teams}×{self.judges}×{self.per_team}{kind} s={self.severity:g}"


@dataclass(frozen=True)
class Simulated:
    """Ratings with their truth: `quality` (T,) in units, `points` (T,) what the panel's judges would give on
    average without taste and noise, `severity` (J,) in points.
    """

    ratings: Ratings
    quality: NDArray[np.float64]
    points: NDArray[np.float64]
    severity: NDArray[np.float64]


def simulate(contest: Contest, generator: np.random.Generator) -> Simulated:
    """One contest. Its arrays are in the order of its names."""
    quality = generator.standard_normal(contest.teams)
    severity = contest.severity * generator.standard_normal(contest.judges)
    spread = np.exp(SPREAD * generator.standard_normal(contest.judges))
    team, judge = _sheets(contest, generator)
    liked = spread[judge] * quality[team] + TASTE * generator.standard_normal(len(team))
    level = LEVEL + POINTS * (liked - severity[judge])
    marks = level[:, None] + POINTS * NOISE * generator.standard_normal((len(team), len(WEIGHTS)))
    if contest.cheats:
        marks += _cheating(contest, quality, team, judge, generator)[:, None]
    value = np.clip(np.rint(marks), 0, 100) @ WEIGHTS
    ratings = Ratings(
        judges=tuple(f"J{place:03}" for place in range(contest.judges)),
        subjects=tuple(f"T{place:03}" for place in range(contest.teams)),
        judge=judge,
        subject=team,
        value=value,
    )
    return Simulated(ratings, quality, LEVEL + POINTS * spread.mean() * quality, POINTS * severity)


def _sheets(contest: Contest, generator: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Team and judge of every sheet that came in; each team keeps at least one."""
    panels = _rotating(contest, generator) if contest.rotates else _fixed(contest, generator)
    team = np.repeat(np.arange(contest.teams), contest.per_team)
    came = generator.random(len(team)) >= MISSING
    came[:: contest.per_team] |= np.bincount(team, came, contest.teams) == 0
    return team[came], np.sort(panels, axis=1).ravel()[came]


def _rotating(contest: Contest, generator: np.random.Generator) -> NDArray[np.int64]:
    """Panels (teams, per_team) of those with the least load so far, drawn among equals."""
    load = np.zeros(contest.judges)
    panels = np.empty((contest.teams, contest.per_team), dtype=np.int64)
    for team in range(contest.teams):
        chosen = np.argsort(load + generator.random(contest.judges))[: contest.per_team]
        load[chosen] += 1
        panels[team] = chosen
    return panels


def _fixed(contest: Contest, generator: np.random.Generator) -> NDArray[np.int64]:
    panels = generator.permutation(contest.judges).reshape(-1, contest.per_team)
    return panels[np.arange(contest.teams) % len(panels)]


def _cheating(
    contest: Contest,
    quality: NDArray[np.float64],
    team: NDArray[np.int64],
    judge: NDArray[np.int64],
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """What a judge drawn at random adds, per sheet: for three friends, and against the best of the others."""
    friends = generator.choice(contest.teams, 3, replace=False)
    rivals = [place for place in np.argsort(-quality) if place not in friends][:3]
    change = np.zeros(contest.teams)
    change[friends], change[rivals] = CHEAT, -CHEAT
    return np.where(judge == generator.integers(contest.judges), change[team], 0.0)
