"""The steps of an explanation: from a subject's marks to its total and rank, each with its exact figures.

In every step `exact` is the figure before it is rounded to `rounding` places (half up; None: not rounded).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from judging import aggregation
from judging.exact import exact_text
from judging.scoring import ADDING
from judging.stages import ExactAdjustment, StagePart


@dataclass(frozen=True, slots=True)
class Standing:
    """A place in an order: how many are better, how many equally good (itself included), of how many."""

    ahead: int
    level: int
    among: int


@dataclass(frozen=True, slots=True)
class Spread:
    """All marks of one judge: their mean and variance (n − 1; None of a single one), in points."""

    mean: Fraction
    variance: Fraction | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One judge's figure: the mark (or weighted total), what the method made of it (None: it counts itself)
    and by what, and whether it was dropped.
    """

    judge: str
    mark: Fraction
    value: Fraction | None = None
    basis: Standing | Spread | None = None
    dropped: bool = False

    @property
    def counted(self) -> Fraction:
        return self.mark if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class Part:
    """A mark or result with the weight that it is multiplied by."""

    criterion: str
    figure: Fraction
    weight: Fraction


@dataclass(frozen=True, slots=True)
class SheetStep:
    """Over judge totals: one judge's marks, weighted and added up, then rounded to `rounding` places."""

    judge: str
    parts: tuple[Part, ...]
    exact: Fraction
    rounding: int | None
    total: Fraction


@dataclass(frozen=True, slots=True)
class PanelStep:
    """The judges' figures on a criterion ("": their totals) made one; no result by Schulze's method.

    `drop_high`, `drop_low`: how many figures the trimmed mean dropped here; `points`: the table of `points`.
    """

    criterion: str
    method: str
    figures: tuple[Figure, ...]
    drop_high: int
    drop_low: int
    points: tuple[Fraction, ...]
    exact: Fraction | None
    rounding: int | None
    result: Fraction | None


@dataclass(frozen=True, slots=True)
class OrderStep:
    """Points for the place that a criterion's result has among all subjects' results."""

    criterion: str
    result: Fraction
    standing: Standing
    points: tuple[Fraction, ...]
    given: Fraction


@dataclass(frozen=True, slots=True)
class WeightStep:
    """A criterion's figure times its weight, rounded."""

    part: Part
    exact: Fraction
    rounding: int | None
    weighted: Fraction


@dataclass(frozen=True, slots=True)
class SumStep:
    """The weighted figures of all criteria added up, rounded: this round's total."""

    figures: tuple[Fraction, ...]
    exact: Fraction
    rounding: int | None
    total: Fraction


@dataclass(frozen=True, slots=True)
class Pair:
    """Schulze's strongest paths between the subject and another one, there and back."""

    other: str
    there: Fraction
    back: Fraction


@dataclass(frozen=True, slots=True)
class PairsStep:
    """By Schulze's method: the number of subjects that don't beat this one."""

    pairs: tuple[Pair, ...]
    total: Fraction


@dataclass(frozen=True, slots=True)
class StagesStep:
    """The totals of the rounds that count, by their shares; the last part is this round's."""

    parts: tuple[StagePart, ...]
    rounding_weighted: int | None
    exact: Fraction
    rounding: int | None
    total: Fraction


@dataclass(frozen=True, slots=True)
class AdjustmentStep:
    """Bonus and deductions added to a total, rounded."""

    before: Fraction
    adjustments: tuple[ExactAdjustment, ...]
    exact: Fraction
    rounding: int | None
    total: Fraction


@dataclass(frozen=True, slots=True)
class TieBreakStep:
    """A step of the tie chain: the subject's figure, among how many tied, how many are level with it then."""

    step: str
    figure: str
    among: int
    left: int
    decided: bool


Step = (
    SheetStep
    | PanelStep
    | OrderStep
    | WeightStep
    | SumStep
    | PairsStep
    | StagesStep
    | AdjustmentStep
    | TieBreakStep
)
KINDS: dict[type, str] = {
    SheetStep: "sheet",
    PanelStep: "panel",
    OrderStep: "order",
    WeightStep: "weight",
    SumStep: "sum",
    PairsStep: "pairs",
    StagesStep: "stages",
    AdjustmentStep: "adjustments",
    TieBreakStep: "tie_break",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """All steps from a subject's marks to its total and rank, in the order in which they are taken.

    `left_out`: judges whose sheets lack a mark and don't count.
    """

    subject: str
    rank: int
    tied: bool
    total: Fraction
    left_out: tuple[str, ...]
    steps: tuple[Step, ...]

    def to_json(self) -> list[dict[str, Any]]:
        """The steps, each with its `kind`; figures as exact text, decimals or fractions such as "2/3"."""
        return [{"kind": KINDS[type(step)], **_json(step)} for step in self.steps]


def weighted_sum(parts: tuple[Part, ...]) -> Fraction:
    """The figures times their weights, added up."""
    return sum((part.figure * part.weight for part in parts), Fraction(0))


def made_one(method: str, figures: list[Fraction]) -> Fraction:
    """What a method makes of the figures that it counts."""
    if method in ADDING:
        return aggregation.add_up(figures) if figures else Fraction(0)
    if method == "median":
        return aggregation.median(figures)
    return aggregation.mean(figures)


def _json(value: Any) -> Any:
    if isinstance(value, Fraction):
        return exact_text(value)
    if isinstance(value, tuple):
        return [_json(inner) for inner in value]
    if isinstance(value, StagePart):
        return {
            **value.stage.to_json(),
            "share": exact_text(value.share),
            "total": exact_text(value.total),
            "percent": exact_text(value.percent),
            "weighted": exact_text(value.weighted),
        }
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _json(getattr(value, field.name)) for field in fields(value)}
    return value
