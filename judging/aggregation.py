"""The methods that make one figure per subject out of the marks of several judges, all in exact fractions.

A *table* is `{subject: {judge: mark}}`; a missing mark is an absent key, never zero. `low_wins` says whether
the lower mark is the better one.

Sources: trimmed mean per criterion, ISU Special Regulations (one high and one low dropped of nine); T-score
with n − 1, Korean state examinations; Schulze (2011), "A new monotonic, clone-independent, reversal
symmetric, and Condorcet-consistent single-winner election method", Social Choice and Welfare 36, strength by
winning votes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import groupby

Table = Mapping[str, Mapping[str, Fraction]]

# The strongest paths take time by the cube of the number of subjects (300: some 3 seconds).
MOST_SUBJECTS_FOR_SCHULZE = 300

_T_PLACES = Decimal("0.000001")
_FIFTY_DIGITS = Context(prec=50, rounding=ROUND_HALF_EVEN)
# Ten more while computing, so that the fiftieth digit is right even where the true value ends on a half.
_GUARDED = Context(prec=60, rounding=ROUND_HALF_EVEN)


def add_up(values: Iterable[Fraction]) -> Fraction:
    """The exact sum."""
    found = list(values)
    return found[0] if len(found) == 1 else Fraction(*_sum(found))


def mean(values: Iterable[Fraction]) -> Fraction:
    """Arithmetic mean of at least one value."""
    found = list(values)
    if len(found) == 1:
        return found[0]
    numerator, denominator = _sum(found)
    return Fraction(numerator, denominator * len(found))


def _sum(values: Sequence[Fraction]) -> tuple[int, int]:
    """Numerator and denominator, not reduced: one reduction at the end is enough."""
    ratios = [value.as_integer_ratio() for value in values]
    shared = math.lcm(*{denominator for _, denominator in ratios})
    return sum(numerator * (shared // denominator) for numerator, denominator in ratios), shared


def median(values: Iterable[Fraction]) -> Fraction:
    """The middle value, or the mean of the two middle ones."""
    found = sorted(values)
    half = len(found) // 2
    return found[half] if len(found) % 2 else (found[half - 1] + found[half]) / 2


def variance(values: Iterable[Fraction]) -> Fraction | None:
    """Sample variance (n − 1), None below two values."""
    found = list(values)
    if len(found) < 2:
        return None
    middle = mean(found)
    return add_up((value - middle) ** 2 for value in found) / (len(found) - 1)


def extremes(marks: Mapping[str, Fraction], *, high: int, low: int) -> list[str]:
    """The judges whose marks a trimmed mean drops: those of the `high` highest and `low` lowest marks.

    When several judges share an extreme mark only as many of them are dropped as the rule says, first by
    name; this has no influence on the mean. `high + low` must be less than the number of marks.
    """
    falling = sorted(marks, key=lambda judge: (-marks[judge], judge))
    highest = falling[:high]
    rising = sorted(set(marks).difference(highest), key=lambda judge: (marks[judge], judge))
    return sorted(highest + rising[:low])


def places(marks: Mapping[str, Fraction], *, low_wins: bool) -> dict[str, Fraction]:
    """Each key's place, best is 1; equal marks share the mean of the places they fill (1, 2½, 2½, 4)."""
    result: dict[str, Fraction] = {}
    for first, group in level_groups(marks, low_wins):
        for key in group:
            result[key] = Fraction(2 * first + len(group) - 1, 2)
    return result


def points_by_place(
    marks: Mapping[str, Fraction], points: Sequence[Fraction], *, low_wins: bool
) -> dict[str, Fraction]:
    """Each key's points from the table (0 beyond its end); equal marks share the mean of their places'
    points.
    """
    result: dict[str, Fraction] = {}
    for first, group in level_groups(marks, low_wins):
        shared = add_up(points[first - 1 : first - 1 + len(group)]) / len(group)
        result.update(dict.fromkeys(group, shared))
    return result


def level_groups(marks: Mapping[str, Fraction], low_wins: bool) -> Iterable[tuple[int, list[str]]]:
    """Those with equal marks together, best first, each group with the place of its first."""
    first = 1
    for _, level in groupby(
        sorted(marks, key=marks.__getitem__, reverse=not low_wins), key=marks.__getitem__
    ):
        group = list(level)
        yield first, group
        first += len(group)


def t_scores(marks: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """50 + 10 (mark − mean) / sd over one judge's marks, sd with n − 1, half up to 6 places.

    The root and the quotient are taken with 50-digit decimals; what comes out is exact from there. A judge
    who gave one mark only, or all marks equal, tells nothing: everybody gets 50.
    """
    spread = variance(marks.values())
    if not spread:
        return dict.fromkeys(marks, Fraction(50))
    middle = mean(marks.values())
    deviation = _root(spread)
    return {subject: _t_score(mark - middle, deviation) for subject, mark in marks.items()}


def t_score(mark: Fraction, middle: Fraction, spread: Fraction | None) -> Fraction:
    """One mark's T-score, from the mean and the variance of all marks that its judge gave."""
    return _t_score(mark - middle, _root(spread)) if spread else Fraction(50)


def _root(spread: Fraction) -> Decimal:
    return _decimal(spread).sqrt(_GUARDED)


def _t_score(distance: Fraction, deviation: Decimal) -> Fraction:
    score = _GUARDED.add(50, _GUARDED.divide(_decimal(10 * distance), deviation))
    rounded = _FIFTY_DIGITS.plus(score).quantize(_T_PLACES, rounding=ROUND_HALF_UP, context=_GUARDED)
    return Fraction(rounded)


def _decimal(value: Fraction) -> Decimal:
    return _GUARDED.divide(Decimal(value.numerator), Decimal(value.denominator))


@dataclass(frozen=True, slots=True)
class Schulze:
    """`preferred[a][b]`: (weighted) ballots that put a before b; `strength[a][b]`: strongest path;
    `beaten_by`: count.
    """

    preferred: dict[str, dict[str, Fraction]]
    strength: dict[str, dict[str, Fraction]]
    beaten_by: dict[str, int]


def schulze(
    ballots: Iterable[tuple[Fraction, Mapping[str, Fraction]]], subjects: Sequence[str], *, low_wins: bool
) -> Schulze:
    """Schulze's method over `(weight, {subject: mark})` ballots.

    A ballot says nothing about subjects it doesn't hold, nor between two that it marks equal.
    """
    order = {subject: index for index, subject in enumerate(subjects)}
    size = len(order)
    wins = [[Fraction(0)] * size for _ in range(size)]
    for weight, marks in ballots:
        levels = [[order[subject] for subject in group] for _, group in level_groups(marks, low_wins)]
        behind = [index for level in levels for index in level]
        for level in levels:
            behind = behind[len(level) :]
            for better in level:
                row = wins[better]
                for worse in behind:
                    row[worse] += weight
    strength = _strongest_paths(wins)
    beaten_by = {
        subject: sum(strength[other][index] > strength[index][other] for other in range(size))
        for subject, index in order.items()
    }
    return Schulze(_named(wins, subjects), _named(strength, subjects), beaten_by)


def _strongest_paths(wins: list[list[Fraction]]) -> list[list[Fraction]]:
    """Floyd and Warshall's all-pairs algorithm with max-min; runs on the places of the distinct strengths."""
    size = len(wins)
    links = [
        [wins[a][b] if wins[a][b] > wins[b][a] else Fraction(0) for b in range(size)] for a in range(size)
    ]
    levels = sorted({link for row in links for link in row})
    rank = {level: place for place, level in enumerate(levels)}
    paths = [[rank[link] for link in row] for row in links]
    for middle in range(size):
        onward = paths[middle]
        for start in range(size):
            reach = paths[start][middle]
            if reach and start != middle:
                paths[start] = [
                    max(known, min(reach, step)) for known, step in zip(paths[start], onward, strict=True)
                ]
    return [
        [levels[place] if a != b else Fraction(0) for b, place in enumerate(row)]
        for a, row in enumerate(paths)
    ]


def _named(matrix: list[list[Fraction]], subjects: Sequence[str]) -> dict[str, dict[str, Fraction]]:
    return {
        a: {b: matrix[row][column] for column, b in enumerate(subjects) if row != column}
        for row, a in enumerate(subjects)
    }
