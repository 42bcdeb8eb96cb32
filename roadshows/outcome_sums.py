"""What came of the meetings in figures: how far pairs got, and money by currency, never added across them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STAGES = ("contact", "due_diligence", "letter_of_intent", "investment")


@dataclass(frozen=True, slots=True)
class Line:
    """An outcome: how far it got; amount in whole units of `currency`, or None."""

    stage: str
    amount: int | None = None
    currency: str = ""


def reached(lines: Iterable[Line]) -> dict[str, int]:
    """stage → outcomes that got there or further, in the order of `STAGES`."""
    places = [STAGES.index(line.stage) for line in lines]
    return {stage: sum(place >= at for place in places) for at, stage in enumerate(STAGES)}


def sums(lines: Iterable[Line]) -> dict[str, dict[str, int]]:
    """stage → currency → sum of what was agreed at just that stage; stages and currencies without amounts are
    left out."""
    found: dict[str, dict[str, int]] = {}
    for line in lines:
        if line.amount is not None:
            by_currency = found.setdefault(line.stage, {})
            by_currency[line.currency] = by_currency.get(line.currency, 0) + line.amount
    return {stage: dict(sorted(found[stage].items())) for stage in STAGES if stage in found}


@dataclass(frozen=True, slots=True)
class Marked:
    """Marks from 1 to 5 for one question: how many of each, from 1 on, and the mean; None without any."""

    question: str
    counts: tuple[int, ...]
    mean: float | None

    @property
    def number(self) -> int:
        return sum(self.counts)


FEWEST = 3
"""Marks of fewer people are not summed up: one could tell whose they are."""


def marked(question: str, marks: Sequence[int]) -> Marked:
    """The summary of one question; without figures as long as fewer than `FEWEST` people answered it."""
    if len(marks) < FEWEST:
        return Marked(question, (0,) * 5, None)
    counts = tuple(sum(mark == at for mark in marks) for at in range(1, 6))
    return Marked(question, counts, sum(marks) / len(marks))
