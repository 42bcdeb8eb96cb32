"""What a team learns of itself beside the others: its mean on each criterion, the mean of all, its place.

Pure: reads a snapshot (`judging.snapshots.build`). Only aggregates of the others come out, and none at all
where so few entries were judged that another team's figure could be worked out from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from functools import reduce
from typing import Any

from core.languages import Trilingual
from judging.exact import exact, fixed

LEAST_ENTRIES = 4
"""With one other entry the mean of all gives its figure away, with two others a good guess at both."""
_PLACES = 2
_ADDING = Context(prec=60, traps=[Inexact, InvalidOperation])  # marks have thirty digits at most


@dataclass(frozen=True, slots=True)
class CriterionFeedback:
    """A team's mean on a criterion, in points: of all its judges, those left out by the rule included.

    `mean`: of all entries' means, `rank` the place among `among` entries by this mean (equal ones share it);
    None where the others aren't told. `least`, `most`: the marks that were possible.
    """

    key: str
    name: Trilingual
    own: Fraction
    least: Fraction
    most: Fraction
    mean: Fraction | None = None
    rank: int | None = None
    among: int = 0

    @property
    def own_text(self) -> str:
        return fixed(self.own, _PLACES)

    @property
    def mean_text(self) -> str:
        return "" if self.mean is None else fixed(self.mean, _PLACES)

    @property
    def own_share(self) -> str:
        """Where the own mean lies between least and most, in percent with one decimal: a bar's length."""
        return self._share(self.own)

    @property
    def mean_share(self) -> str:
        return "" if self.mean is None else self._share(self.mean)

    def _share(self, figure: Fraction) -> str:
        return fixed(100 * (figure - self.least) / (self.most - self.least), 1)

    def to_json(self) -> dict[str, Any]:
        return {
            "criterion": self.key,
            "name": self.name.to_json(),
            "mean": self.own_text,
            "mean_of_all": self.mean_text or None,
            "rank": self.rank,
            "among": self.among or None,
        }


def criterion_feedback(
    snapshot: Mapping[str, Any], row: Mapping[str, Any], *, marks_are_public: bool
) -> list[CriterionFeedback]:
    """The feedback of `row`, one of `snapshot["ranking"]`, on every criterion that it was marked on, in the
    rubric's order. marks_are_public: then the others' means are told however few there are.
    """
    low_is_better = snapshot["rule"]["direction"] == "low"
    told = marks_are_public or len(snapshot["ranking"]) >= LEAST_ENTRIES
    found = []
    for criterion in snapshot["rubric"]:
        means = {
            other["entry"]: _mean(other["criteria"][criterion["key"]]["marks"])
            for other in snapshot["ranking"]
            if criterion["key"] in other["criteria"]
        }
        if row["entry"] not in means:
            continue
        own = means[row["entry"]]
        better = sum(other < own if low_is_better else other > own for other in means.values())
        found.append(
            CriterionFeedback(
                key=criterion["key"],
                name=Trilingual.from_json(criterion["name"]),
                own=own,
                least=exact(criterion["min"]),
                most=exact(criterion["max"]),
                mean=sum(means.values(), Fraction(0)) / len(means) if told else None,
                rank=better + 1 if told else None,
                among=len(means) if told else 0,
            )
        )
    return found


def _mean(marks: Mapping[str, str]) -> Fraction:
    """Added up as decimals: as exact as fractions and quicker."""
    return Fraction(reduce(_ADDING.add, map(Decimal, marks.values()))) / len(marks)
