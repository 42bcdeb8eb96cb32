"""Does any prize hang on one judge? The official ranking again without each of them in turn.

It is the exact ranking, because a look at prizes must use the very rule that gives them. Where a subject's
total comes from its own marks alone, only the subjects that the judge marked are ranked anew, and those they
come to share a total with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from typing import Any

from judging.allotting import PrizeLine, allot
from judging.problems import RankingRefused
from judging.ranking import Adjustment, Mark, Ranking, Rule, rank
from judging.stages import CarriedTotals

_OWN_MARKS_ONLY = frozenset({"mean", "trimmed_mean", "median", "sum"})


@dataclass(frozen=True, slots=True)
class PrizeChange:
    """A subject whose prize would be another: 1 is the first prize, None none."""

    subject: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The ranking without `judge`: whose prize changes, and who could not be ranked without the judge.

    `ranks`: each subject's rank then.
    """

    judge: str
    changes: tuple[PrizeChange, ...]
    unranked: tuple[str, ...]
    ranks: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

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
    carried: CarriedTotals | None = None,
    adjustments: Mapping[str, Sequence[Adjustment]] | None = None,
) -> list[LeftOut]:
    """What becomes of the prizes without each judge, judges by name.

    `prizes`: how many places each prize has, the first prize first. Subjects that share the rank on a prize's
    line get what the rule says; where it leaves that to a person, all of them get the prize. `minimum_judges`
    of the rule is waived: to ask is no result. The others as for `rank`, whose errors it raises.
    """
    beside = _Beside(submitted, carried, adjustments or {})
    rule = rule.with_criteria(sorted({mark.criterion for mark in marks}))
    rule = replace(rule, minimum_judges=1)
    everybody = _ranked(marks, rule, beside)
    before = _prizes(everybody, prizes, rule)
    by_subject: dict[str, list[Mark]] = {}
    for mark in marks:
        by_subject.setdefault(mark.subject, []).append(mark)
    result: list[LeftOut] = []
    for judge in sorted({mark.judge for mark in marks}):
        found = _without(judge, everybody, by_subject, rule, beside)
        after = _prizes(found, prizes, rule)
        changes = tuple(
            PrizeChange(subject, before[subject], after.get(subject))
            for subject in sorted(before)
            if before[subject] != after.get(subject)
        )
        unranked = tuple(sorted(found.unranked | (set(before) - set(after))))
        result.append(LeftOut(judge, changes, unranked, found.ranks))
    return result


@dataclass(frozen=True, slots=True)
class _Beside:
    """What counts in a ranking besides marks and rule."""

    submitted: Mapping[str, datetime | str] | None
    carried: CarriedTotals | None
    adjustments: Mapping[str, Sequence[Adjustment]]


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Ranks and totals of those who can be ranked; `unranked`: whom nobody is left to judge."""

    ranks: Mapping[str, int]
    totals: Mapping[str, Fraction]
    unranked: frozenset[str]
    low_totals_win: bool = False


def _without(
    judge: str,
    everybody: _Ranked,
    by_subject: Mapping[str, Sequence[Mark]],
    rule: Rule,
    beside: _Beside,
) -> _Ranked:
    """The ranking without one judge."""
    left = {
        subject: [mark for mark in own if mark.judge != judge]
        for subject, own in by_subject.items()
        if any(mark.judge == judge for mark in own)
    }
    if rule.method not in _OWN_MARKS_ONLY or any(step.kind == "calibrated" for step in rule.ties):
        kept = [mark for subject, own in by_subject.items() for mark in left.get(subject, own)]
        return _ranked(kept, rule, beside)
    anew = _ranked([mark for own in left.values() for mark in own], rule, beside)
    totals = {subject: total for subject, total in everybody.totals.items() if subject not in left} | dict(
        anew.totals
    )
    levels: dict[Fraction, list[str]] = {}
    for subject, total in totals.items():
        levels.setdefault(total, []).append(subject)
    sharing = [
        subject
        for level in levels.values()
        if len(level) > 1 and not left.keys().isdisjoint(level)
        for subject in level
    ]
    # Tie steps look at the tied subjects only, so that these can be ranked by themselves.
    tied = _ranked(
        [mark for subject in sharing for mark in left.get(subject, by_subject[subject])], rule, beside
    )
    within = {**everybody.ranks, **anew.ranks, **tied.ranks}
    ranks: dict[str, int] = {}
    first = 1
    for total in sorted(levels, reverse=not everybody.low_totals_win):
        level = sorted(levels[total], key=lambda subject: within[subject])
        for _, group in groupby(level, key=lambda subject: within[subject]):
            shared = list(group)
            ranks |= dict.fromkeys(shared, first)
            first += len(shared)
    return _Ranked(ranks, totals, everybody.unranked | anew.unranked)


def _ranked(marks: Sequence[Mark], rule: Rule, beside: _Beside) -> _Ranked:
    """The official ranking of those whom somebody is left to judge."""
    unranked: set[str] = set()
    while marks:
        present = {mark.subject for mark in marks}
        fitting = replace(
            rule, decisions={name: place for name, place in rule.decisions.items() if name in present}
        )
        try:
            ranking: Ranking = rank(
                marks,
                fitting,
                submitted=beside.submitted,
                carried=beside.carried,
                adjustments={name: made for name, made in beside.adjustments.items() if name in present},
            )
        except RankingRefused as error:
            short = {shortage.subject for shortage in error.shortages}
            unranked |= short
            marks = [mark for mark in marks if mark.subject not in short]
            continue
        return _Ranked(
            {row.subject: row.rank for row in ranking.subjects},
            {row.subject: row.total for row in ranking.subjects},
            frozenset(unranked),
            ranking.scores.low_totals_win,
        )
    return _Ranked({}, {}, frozenset(unranked))


def _prizes(found: _Ranked, prizes: Sequence[int], rule: Rule) -> dict[str, int | None]:
    """Subject → number of its prize."""
    if rule.prize_ties == "open":
        return {subject: _prize(place, prizes) for subject, place in found.ranks.items()}
    order = sorted(found.ranks.items(), key=lambda item: item[1])
    lines = [PrizeLine(number, {}, places) for number, places in enumerate(prizes, 1)]
    got = allot(order, lines, None, prize_ties=rule.prize_ties).prizes
    return {subject: got.get(subject) for subject in found.ranks}


def _prize(rank: int, prizes: Sequence[int]) -> int | None:
    last = 0
    for prize, places in enumerate(prizes, 1):
        last += places
        if rank <= last:
            return prize
    return None
