"""The official ranking of a million entries with three marks each, beside a plain mean that is sorted.

The base is what anybody would write first: `numpy.bincount` for the mean, `numpy.lexsort` for the order by
the same keys. Ours is exact, rounds half up where the rule says, and records ranks, ties and the steps that
decided. Both take the same arrays in the same run; the best of several CPU times counts.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.rows import Row

ENTRIES = 1_000_000
JUDGES = 3_000
PANEL = 3
RATIO = 4.0
ROWS_OF_FILE = 1_000_000
_RULES: dict[str, dict[str, Any]] = {
    "mean, shared ranks": {"rounding": {"total": 2}},
    "mean, three tie steps": {
        "rounding": {"total": 2},
        "ties": ["untrimmed_total", "median", "earlier"],
    },
    "trimmed from 3 on, three tie steps": {
        "aggregate": {"method": "trimmed_mean", "drop_high": 1, "drop_low": 1, "drop_from": 3},
        "rounding": {"total": 2},
        "ties": ["untrimmed_total", "median", "earlier"],
    },
}


def run() -> list[Row]:
    from judging.bulk_ranking import BulkSheets, rank_bulk
    from judging.rules import Rule

    random = np.random.default_rng(20260501)
    owner = np.repeat(np.arange(ENTRIES), PANEL)
    random.shuffle(owner)
    marks = random.integers(4_000, 9_900, len(owner))
    submitted = random.permutation(ENTRIES)
    names = [f"E{number:07}" for number in range(ENTRIES)]
    sheets = BulkSheets(("idea",), names, owner, marks[:, None], places=2, submitted=submitted)
    rows = []
    for name, data in _RULES.items():
        rule = Rule.from_json(data)
        keys = _keys(owner, marks, submitted, with_ties=bool(rule.ties))

        def base(keys: tuple[np.ndarray, ...] = keys) -> np.ndarray:
            points = marks / 100
            mean = np.bincount(owner, weights=points) / np.bincount(owner)
            return np.lexsort((*keys, mean))

        def ours(rule: Rule = rule) -> Any:
            return rank_bulk(sheets, rule)

        rows.append(Row(f"{ENTRIES:,} × {PANEL}: {name}", _best(ours), "s", _best(base), RATIO))
    return [*rows, _file()]


def _keys(
    owner: np.ndarray, marks: np.ndarray, submitted: np.ndarray, *, with_ties: bool
) -> tuple[np.ndarray, ...]:
    """What the tie steps compare, the last first, for the base to sort by as well; made outside its time."""
    if not with_ties:
        return ()
    panel = marks[np.argsort(owner, kind="stable")].reshape(-1, PANEL)
    return submitted, -np.median(panel, axis=1), -panel.mean(axis=1)


def _best(measured: Callable[[], Any], times: int = 3) -> float:
    best = float("inf")
    for _ in range(times):
        begins = time.process_time()
        measured()
        best = min(best, time.process_time() - begins)
    return best


def _file() -> Row:
    """`flask rank` from file to file, in CPU seconds."""
    from click.testing import CliRunner

    from judging.cli import rank_command

    random = np.random.default_rng(7)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("judge", "subject", "criterion", "score"))
    for entry in range(ROWS_OF_FILE // PANEL):
        panel, given = random.choice(JUDGES, PANEL, replace=False), random.integers(4_000, 9_900, PANEL)
        for judge, mark in zip(panel.tolist(), given.tolist(), strict=True):
            writer.writerow((f"J{judge}", f"E{entry:06}", "idea", f"{mark / 100:.2f}"))
    with TemporaryDirectory() as folder:
        scores, rule, out = (Path(folder) / name for name in ("scores.csv", "rule.json", "out.json"))
        scores.write_text(text.getvalue(), encoding="utf-8")
        rule.write_text('{"rounding": {"total": 2}, "ties": ["untrimmed_total", "median", "lot:s"]}')
        command = [str(scores), "--rule", str(rule), "--out", str(out), "--format", "json"]
        begins = time.process_time()
        CliRunner().invoke(rank_command, command, catch_exceptions=False)
        spent = time.process_time() - begins
    return Row(f"flask rank, a file of {ROWS_OF_FILE:,} marks", spent, "s")
