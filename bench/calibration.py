"""CPU seconds of one thread for the calibrated view, beside the plain mean of the same ratings.

Runs in a process of its own, since the number of threads of the linear algebra is read when it is loaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from bench.contests import Contest, simulate
from bench.rows import Row
from judging.calibration import calibrate_ratings, calibrated_json, fit
from judging.ratings import Ratings

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
SIZES = ((10_000, 115, 0.3), (100_000, 365, 0.5), (1_000_000, 1154, 5.0))
PER_TEAM = 3
LME4 = {10_000: 0.30, 100_000: 4.6, 1_000_000: 77.0}  # seconds, measured once elsewhere
REPEATS = 3


def run() -> list[Row]:
    """Measured in a process with one thread."""
    code = "import json; from bench.calibration import measure; print(json.dumps(measure()))"
    answer = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | ONE_THREAD, capture_output=True, text=True, check=True
    )
    return [Row(*row) for row in json.loads(answer.stdout)]


def measure() -> list[tuple[str, float, str, float | None, float | None]]:
    """Name, seconds, unit, base and target of each row."""
    rows: list[tuple[str, float, str, float | None, float | None]] = []
    for count, judges, target in SIZES:
        ratings = crossed(count, judges, seed=1)
        teams = len(ratings.subjects)
        plain = _seconds(
            lambda r=ratings, t=teams: np.bincount(r.subject, r.value, t) / np.bincount(r.subject)
        )
        rows.append((f"{count:,} ratings, plain mean", plain, "s CPU", None, None))
        fitted = _seconds(lambda r=ratings: fit(r))
        rows.append((f"{count:,} ratings, additive (lme4 {LME4[count]:g} s)", fitted, "s CPU", None, target))
    contest = simulate(Contest(500, 60, 3, severity=1.0), np.random.default_rng(1)).ratings
    for method, target in (("additive", 0.1), ("robust", None), ("scale", None)):
        drawn = _seconds(lambda m=method: calibrated_json(calibrate_ratings(contest, method=m, count=1000)))
        rows.append((f"500 teams, 1,000 draws, {method}", drawn, "s CPU", None, target))
    return rows


def _seconds(work: Callable[[], object]) -> float:
    """The least of three runs: the others were disturbed."""
    found = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def crossed(count: int, judges: int, seed: int) -> Ratings:
    """Ratings of count / 3 teams by three judges each, who meet in ever other panels; standard deviations of
    teams, judges and residual 8, 6 and 6 points.
    """
    generator = np.random.default_rng(seed)
    teams = count // PER_TEAM
    first, step = generator.integers(judges, size=teams), generator.integers(1, judges // 3, size=teams)
    panels = np.sort((first[:, None] + np.arange(PER_TEAM) * step[:, None]) % judges, axis=1)
    team, judge = np.repeat(np.arange(teams), PER_TEAM), panels.ravel()
    value = 60 + 8 * generator.standard_normal(teams)[team] + 6 * generator.standard_normal(judges)[judge]
    return Ratings(
        judges=tuple(f"J{place:04}" for place in range(judges)),
        subjects=tuple(f"T{place:06}" for place in range(teams)),
        judge=judge,
        subject=team,
        value=value + 6 * generator.standard_normal(len(team)),
    )
