"""Assignment problems of any size to measure: seeded, of the kind of the instances of format assign/1."""

from __future__ import annotations

import numpy as np

from judging.assignment_problem import PanelRule, Problem

_TRACKS, _KEYWORDS = 8, 60
_CHUNK = 1000  # entries at a time, so that the full table of judges x entries never exists
_MOST_PRICE = 4


def problem(
    entries: int, judges: int, per_entry: int, *, per_country: int | None = None, seed: int = 1
) -> Problem:
    """Countries by turns, eight tracks of expertise 0 to 3, three languages, shared keywords, conflicts.

    per_country: keep that many candidates for each entry and country, drawn; None: all.
    """
    draw = np.random.default_rng(seed)
    country = np.arange(judges) % 2
    level = draw.integers(0, 4, (judges, _TRACKS)) * (draw.random((judges, _TRACKS)) < 0.9)
    level[np.arange(judges), np.arange(judges) // 2 % _TRACKS] = 3
    reads = draw.random((judges, 3)) < np.array([0.5, 0.5, 0.7])
    reads[np.arange(judges), country] = True
    helped = draw.random(judges) < 0.6
    keywords = (draw.random((judges, _KEYWORDS)) < 0.13).astype(np.float32)
    org = draw.integers(0, max(10, judges // 3), judges)
    parts = []
    for first in range(0, entries, _CHUNK):
        count = min(_CHUNK, entries - first)
        track, lang = draw.integers(0, _TRACKS, count), draw.integers(0, 3, count)
        native = reads[:, lang]
        shared = (keywords @ (draw.random((_KEYWORDS, count)) < 0.1).astype(np.float32)).astype(np.int64)
        allowed = (level[:, track] >= 1) & (native | (helped[:, None] & (draw.random(count) < 0.8)))
        allowed &= org[:, None] != draw.integers(0, max(10, judges // 3), count)
        allowed &= draw.random((judges, count)) > 0.02
        gain = 20 * level[:, track] + np.where(native, 10, -15) + 3 * shared
        if per_country is not None:
            allowed = _some(allowed, country, per_country, draw)
        entry, judge = np.nonzero(allowed.T)
        parts.append(
            (
                judge.astype(np.int32),
                (entry + first).astype(np.int32),
                gain[judge, entry],
                ~native[judge, entry],
            )
        )
    judge, entry, gain, interpreted = (np.concatenate(part) for part in zip(*parts, strict=True))
    mean = entries * per_entry / judges
    return Problem(
        judges=[f"J{number:05}" for number in range(judges)],
        entries=[f"T{number:06}" for number in range(entries)],
        judge=judge,
        entry=entry,
        gain=gain.astype(np.int64),
        interpreted=interpreted,
        per_entry=per_entry,
        least=2,
        most=int(mean * 1.35) + 1,
        load_target=int(mean) + 1,
        over_target=_MOST_PRICE,
        panel=[PanelRule("country", ["CN" if side == 0 else "KR" for side in country], {"CN": 1, "KR": 1})],
        connected=True,
    )


def _some(allowed: np.ndarray, country: np.ndarray, count: int, draw: np.random.Generator) -> np.ndarray:
    """Of the allowed, `count` for each country and entry: of all together, some entry would lack a country;
    the best ones are the same few judges everywhere, who can't take them all.
    """
    kept = np.zeros_like(allowed)
    for side in (0, 1):
        rows = np.flatnonzero(country == side)
        value = draw.random((len(rows), allowed.shape[1]), dtype=np.float32) + ~allowed[rows]
        chosen = np.argpartition(value, min(count, len(rows) - 1), axis=0)[:count]
        kept[rows[chosen], np.arange(allowed.shape[1])] = True
    return kept & allowed
