"""Exact ratios for millions of figures at once: int64 numerators over whole denominators.

Nothing wraps around: before every product the largest figure it can give is computed, and what would leave
int64 raises `TooLargeError`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]

MOST = 2**62  # one bit below int64, so that two such figures can still be added
_EXACT_IN_A_FLOAT = 2**53


class TooLargeError(ValueError):
    """The figures don't fit into 64 bits; fractions of any size are needed (`judging.ranking.rank`)."""


def largest(values: Whole) -> int:
    """The largest size among the values, 0 of none."""
    return max(abs(int(values.min())), abs(int(values.max()))) if values.size else 0


def times(values: Whole, factor: int) -> Whole:
    """The values multiplied by a whole number. Raises TooLargeError."""
    if factor == 1:
        return values
    if largest(values) * abs(factor) >= MOST:
        raise TooLargeError
    return values * np.int64(factor)


def summed(values: Whole, owner: NDArray[Any], owners: int) -> Whole:
    """The values of each owner added up, `(owners,)`. Raises TooLargeError."""
    bound = largest(values) * max(len(values), 1)
    if bound < _EXACT_IN_A_FLOAT:
        # bincount adds floats, and below 2^53 each of its sums is a whole number that a float holds.
        return np.bincount(owner, weights=values, minlength=owners).astype(np.int64)
    if bound >= MOST:
        raise TooLargeError
    result = np.zeros(owners, dtype=np.int64)
    np.add.at(result, owner, values)
    return result


@dataclass(frozen=True, slots=True)
class Ratios:
    """`numerators / (scale · counts)`, elementwise; `counts` are whole numbers above 0, None: all 1."""

    numerators: Whole
    scale: int = 1
    counts: Whole | None = None

    def __post_init__(self) -> None:
        counts = self.counts
        if counts is not None and counts.size and int(counts.min()) == int(counts.max()):
            object.__setattr__(self, "scale", self.scale * int(counts[0]))
            object.__setattr__(self, "counts", None)

    def times(self, factor: int, divisor: int = 1) -> Ratios:
        """Multiplied by factor / divisor."""
        return Ratios(times(self.numerators, factor), self.scale * divisor, self.counts)

    def half_up(self, places: int | None) -> Ratios:
        """Rounded to `places` decimals, halves away from zero; None: unchanged."""
        if places is None:
            return self
        shared = math.gcd(10**places, self.scale)
        factor, scale = 10**places // shared, self.scale // shared
        most = 1 if self.counts is None else largest(self.counts)
        if 2 * largest(self.numerators) * factor + 2 * scale * most >= MOST:
            raise TooLargeError
        if scale == 1 and self.counts is None:
            return Ratios(self.numerators * factor, 10**places)
        whole: Any = scale if self.counts is None else self.counts * scale
        sizes = (np.abs(self.numerators) * (2 * factor) + whole) // (whole * 2)
        return Ratios(np.where(self.numerators < 0, -sizes, sizes), 10**places)

    def common(self) -> Ratios:
        """The same over one denominator, so that numerators compare. Raises TooLargeError."""
        if self.counts is None:
            return self
        different = np.flatnonzero(np.bincount(self.counts))
        multiple = math.lcm(*different.tolist())
        if largest(self.numerators) * multiple >= MOST:
            raise TooLargeError
        return Ratios(self.numerators * (multiple // self.counts), self.scale * multiple)

    def plus(self, other: Ratios) -> Ratios:
        """The sum, over one denominator. Raises TooLargeError."""
        one, two = self.common(), other.common()
        scale = math.lcm(one.scale, two.scale)
        first = times(one.numerators, scale // one.scale)
        second = times(two.numerators, scale // two.scale)
        if largest(first) + largest(second) >= MOST:
            raise TooLargeError
        return Ratios(first + second, scale)
