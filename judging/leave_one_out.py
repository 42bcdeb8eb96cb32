"""Does any prize hang on one judge? The official ranking again without each of them in turn.

The cost is one official ranking per judge: the exact one, because a look at prizes must use the very rule
that gives them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from judging.problems import RankingRefused
from judging.ranking import Mark, Rule, rank


@dataclass(frozen=True, slots=True)
class PrizeChange:
    """A subject whose prize would be another: 1 is the first prize, None none."""

    subject: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The ranking without `judge`: whose prize changes, and who could not be ranked without the judge."""

    judge: str
    changes: tuple[PrizeChange, ...]
    unranked: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "judge": self.judge,
            "changes": [
                {"subject": change.subject, "before": change.before, "after": change.after}
                for change in self.changes
            ],
            "unranked": list(self.unranked),
        }


def leave_one_out(
    marks: Sequence[Mark],
    rule: Rule,
    prizes: Sequence[int],
    *,
    submitted: Mapping[str, datetime | str] | None = None,
) -> list[LeftOut]:
    """What becomes of the prizes without each judge, judges by name.

    `prizes`: how many places each prize has, the first prize first; subjects that share the rank on a prize's
    line all get it. `minimum_judges` of the rule is waived: to ask is no result. Raises what `rank` raises.
    """
    rule = rule.with_criteria(sorted({mark.criterion for mark in marks}))
    rule = replace(rule, minimum_judges=1)
    before, _ = _prizes(marks, rule, prizes, submitted)
    result: list[LeftOut] = []
    for judge in sorted({mark.judge for mark in marks}):
        after, unranked = _prizes([mark for mark in marks if mark.judge != judge], rule, prizes, submitted)
        changes = tuple(
            PrizeChange(subject, before[subject], after.get(subject))
            for subject in sorted(before)
            if before[subject] != after.get(subject)
        )
        result.append(LeftOut(judge, changes, tuple(sorted(unranked | (set(before) - set(after))))))
    return result


def _prizes(
    marks: Sequence[Mark],
    rule: Rule,
    prizes: Sequence[int],
    submitted: Mapping[str, datetime | str] | None,
) -> tuple[dict[str, int | None], set[str]]:
    """Each ranked subject's prize, and the subjects that nobody is left to judge."""
    unranked: set[str] = set()
    while marks:
        present = {mark.subject for mark in marks}
        fitting = replace(
            rule, decisions={name: place for name, place in rule.decisions.items() if name in present}
        )
        try:
            ranking = rank(marks, fitting, submitted=submitted)
        except RankingRefused as error:
            short = {shortage.subject for shortage in error.shortages}
            unranked |= short
            marks = [mark for mark in marks if mark.subject not in short]
            continue
        return {row.subject: _prize(row.rank, prizes) for row in ranking.subjects}, unranked
    return {}, unranked


def _prize(rank: int, prizes: Sequence[int]) -> int | None:
    last = 0
    for prize, places in enumerate(prizes, 1):
        last += places
        if rank <= last:
            return prize
    return None
