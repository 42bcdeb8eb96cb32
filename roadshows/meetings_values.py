"""What a meeting is worth to both sides together, from what each of them has wished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Wish = Literal["must", "like", "none", "no"]
"""What one side says about the other: must meet, would like to meet, nothing at all, no thanks."""

POINTS: dict[Wish, int] = {"must": 8, "like": 2, "none": 0}
"""A must of one side alone, 8, weighs as much as a liking of both: 2 + 2 + 2 · 2."""


@dataclass(frozen=True, slots=True)
class MutualValue:
    """value: whole points, at least 1. must: both said so, and the meeting has to be held."""

    value: int
    must: bool


def mutual_value(
    team_wish: Wish, investor_wish: Wish, *, met_before: bool = False, meet_again: bool = True
) -> MutualValue | None:
    """a + b + 2 · min(a, b) of both sides' points; None when the two are not to meet.

    The term with the smaller of the two makes one meeting that both want worth more than two that only one
    side wants. A meeting is a must only if both say so; a must of one side is a high value. Those who have
    met before are worth half, rounded up, and aren't paired at all without `meet_again`.

    None says the same for "no thanks" of either side, for a pair that nobody wished for, and for one that has
    met before and isn't to meet again: from the outcome nobody can tell who has declined. Raises KeyError for
    a wish that is none.
    """
    if "no" in (team_wish, investor_wish) or (met_before and not meet_again):
        return None
    team, investor = POINTS[team_wish], POINTS[investor_wish]
    value = team + investor + 2 * min(team, investor)
    if not value:
        return None
    return MutualValue(-(-value // 2) if met_before else value, team_wish == investor_wish == "must")
