"""A tenth of the simulator's replications: the calibrated view is worth what is claimed of it."""

from __future__ import annotations

import numpy as np
import pytest

from bench.contests import Contest, simulate
from bench.simulator import measure
from judging.calibration_fit import island_of

pytestmark = pytest.mark.no_database

TENTH = 20


def test_with_rotating_judges_most_of_the_oracles_gain_is_taken() -> None:
    found = measure(Contest(60, 12, 3, severity=1.0), best=10, replications=TENTH)
    assert found.gain("additive") >= 0.85
    assert found.gain("scale") >= found.gain("additive") - 0.03
    assert found.tau["trimmed"] < found.tau["mean"] < found.tau["z_score"] < found.tau["additive"]
    assert 0.86 <= found.coverage["additive"] <= 0.95


def test_when_judges_are_equally_strict_next_to_nothing_is_lost() -> None:
    found = measure(Contest(60, 12, 3, severity=0.0), best=10, replications=TENTH)
    assert found.tau["mean"] - found.tau["additive"] <= 0.005


def test_a_judge_who_cheats_misleads_the_robust_column_least() -> None:
    found = measure(Contest(20, 7, 7, severity=1.0, cheats=True), best=3, replications=TENTH)
    assert found.top["robust"] > found.top["mean"]
    assert found.tau["robust"] > max(found.tau["mean"], found.tau["additive"])


def test_rotating_panels_hang_together_and_fixed_ones_do_not() -> None:
    generator = np.random.default_rng(1)
    rotating = simulate(Contest(60, 12, 3, severity=1.0), generator).ratings
    fixed = simulate(Contest(60, 12, 3, severity=1.0, rotates=False), generator).ratings
    assert island_of(rotating)[0] == 1
    assert island_of(fixed)[0] == 4


def test_the_same_seed_gives_the_same_contest() -> None:
    one, other = (simulate(Contest(20, 7, 3, severity=0.5), np.random.default_rng(9)) for _ in range(2))
    assert one.ratings.value.tobytes() == other.ratings.value.tobytes()
    assert set(np.unique(one.ratings.subject)) == set(range(20))
