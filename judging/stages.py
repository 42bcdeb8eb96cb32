"""What becomes of a round's own total: totals of earlier rounds by weight, then bonus and deductions.

A rule without `stages` starts from zero in every round: earlier totals don't count. With `stages` the shares
are the weights divided by their sum, so that 40 and 60 say what they say in a rule book. Where rounds are
marked out of different figures each stage names its `full`, and totals are made percent of it first; without
it they are taken as they are.

Order: own total, rounded by the rule → (adjustments to the own total) → each stage's total in percent, times
its share, rounded → their sum, rounded → (adjustments to the final total), rounded again if the rule says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from core.quoting import listed, quoted
from judging.exact import MOST_DIGITS, fixed, half_up, plain
from judging.problems import RuleError
from judging.rule_reading import as_list, as_name, as_object, choice, number, places, positive

ADJUSTED = ("total", "own")

_MOST_CARRIED = 20
_MOST_ADJUSTMENTS = 100

CarriedTotals = Mapping[str, Mapping[str, Fraction]]  # {earlier round: {subject: its published total}}


@dataclass(frozen=True, slots=True)
class Stage:
    """How much a round's total counts: `weight` against the other stages' weights, `full` the total that is
    100 percent (None: totals count as they are). `round` names the earlier round, "" is the round itself.
    """

    weight: Fraction
    full: Fraction | None = None
    round: str = ""

    def to_json(self) -> dict[str, str | None]:
        named = {"round": self.round} if self.round else {}
        return {
            **named,
            "weight": plain(self.weight),
            "full": None if self.full is None else plain(self.full),
        }


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages that make a final total. `rounding_*`: decimal places, half up, or None for none."""

    carried: tuple[Stage, ...]
    own: Stage
    rounding_weighted: int | None = None
    rounding_total: int | None = None

    @property
    def all(self) -> tuple[Stage, ...]:
        """In the order of the rounds: the carried ones, then the round itself."""
        return (*self.carried, self.own)

    def share(self, stage: Stage) -> Fraction:
        """The stage's weight divided by the sum of all."""
        return stage.weight / sum((other.weight for other in self.all), Fraction(0))

    def without_rounding(self) -> Stages:
        return replace(self, rounding_weighted=None, rounding_total=None)

    def to_json(self) -> dict[str, Any]:
        return {
            "carried": [stage.to_json() for stage in self.carried],
            "own": self.own.to_json(),
            "rounding": {"weighted": self.rounding_weighted, "total": self.rounding_total},
        }


@dataclass(frozen=True, slots=True)
class Adjusting:
    """Where bonus and deductions are added (`to`: the final `total`, or the round's `own` before stages are
    put together), and whether the figure is then rounded again.
    """

    to: str = "total"
    rounding: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {"to": self.to, "rounding": self.rounding}


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Points added to a total: a bonus is above 0, a deduction below. The reason is published."""

    points: Fraction | Decimal | int | str
    reason: str


@dataclass(frozen=True, slots=True)
class ExactAdjustment:
    """An adjustment that was checked: its points are a fraction."""

    points: Fraction
    reason: str

    def to_json(self) -> dict[str, str]:
        return {"points": plain(self.points), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Beyond:
    """What counts for the total besides this round's marks; empty: nothing.

    `places`: the most decimals of any adjustment, None when one has no end.
    """

    carried: CarriedTotals = field(default_factory=dict)
    adjustments: Mapping[str, Sequence[ExactAdjustment]] = field(default_factory=dict)
    places: int | None = 0

    def of(self, subject: str) -> tuple[ExactAdjustment, ...]:
        return tuple(self.adjustments.get(subject, ()))


@dataclass(frozen=True, slots=True)
class StagePart:
    """What one stage gives a subject: `percent` is its total, or with `full` 100 × total ÷ full."""

    stage: Stage
    share: Fraction
    total: Fraction
    percent: Fraction
    weighted: Fraction

    def to_json(self, rounding: int | None) -> dict[str, Any]:
        return {
            **self.stage.to_json(),
            "round": self.stage.round or None,
            "total": plain(self.total),
            "weighted": fixed(self.weighted, rounding),
        }


@dataclass(frozen=True, slots=True)
class Ending:
    """How a round's own total became the final one.

    own: this round's total by its marks, rounded; adjusted_own: after adjustments to it; parts: the stages,
    empty without; combined: their sum, rounded; total: what ranks.
    """

    own: Fraction
    adjusted_own: Fraction
    parts: tuple[StagePart, ...]
    combined: Fraction
    adjustments: tuple[ExactAdjustment, ...]
    total: Fraction


def end(subject: str, own: Fraction, stages: Stages | None, adjusting: Adjusting, beyond: Beyond) -> Ending:
    """The final total of a subject from its own total of this round, with every figure on the way."""
    adjustments = beyond.of(subject)
    bonus = sum((adjustment.points for adjustment in adjustments), Fraction(0))
    adjusted = half_up(own + bonus, adjusting.rounding) if adjusting.to == "own" else own
    parts: tuple[StagePart, ...] = ()
    combined = adjusted
    if stages is not None:
        parts = tuple(
            _part(stages, stage, beyond.carried[stage.round][subject] if stage.round else adjusted)
            for stage in stages.all
        )
        combined = half_up(sum((part.weighted for part in parts), Fraction(0)), stages.rounding_total)
    total = half_up(combined + bonus, adjusting.rounding) if adjusting.to == "total" else combined
    return Ending(own, adjusted, parts, combined, adjustments, total)


def _part(stages: Stages, stage: Stage, total: Fraction) -> StagePart:
    share = stages.share(stage)
    percent = total if stage.full is None else 100 * total / stage.full
    return StagePart(stage, share, total, percent, half_up(share * percent, stages.rounding_weighted))


def total_places(own: int | None, stages: Stages | None, adjusting: Adjusting, beyond: Beyond) -> int | None:
    """With how many decimals the final totals are written, `own` being the rounding of the round's own.

    As many as they are rounded to, or as the adjustments have where these come later; None: not rounded.
    """
    if stages is not None and adjusting.to == "own":
        return stages.rounding_total
    before = own if stages is None else stages.rounding_total
    if adjusting.rounding is not None:
        return adjusting.rounding
    if before is None or beyond.places is None:
        return None
    return max(before, beyond.places)


def check_beyond(
    stages: Stages | None,
    subjects: Sequence[str],
    carried: CarriedTotals | None,
    adjustments: Mapping[str, Sequence[Adjustment]] | None,
) -> Beyond:
    """What was given besides the marks, held against the rule and the subjects that were marked.

    Carried totals that the rule doesn't ask for, of other rounds or subjects, don't count and are left out.
    Raises RuleError where a total is missing, or an adjustment can't be used.
    """
    needed: dict[str, dict[str, Fraction]] = {}
    marked = set(subjects)
    for place, stage in enumerate(stages.carried if stages else ()):
        path = f"stages.carried[{place}]"
        totals = (carried or {}).get(stage.round)
        if totals is None:
            raise RuleError(path, "no_carried_round", round=quoted(stage.round))
        missing = [subject for subject in subjects if subject not in totals]
        if missing:
            raise RuleError(path, "no_carried_total", round=quoted(stage.round), subjects=listed(missing))
        needed[stage.round] = {subject: number(totals[subject], path) for subject in subjects}
    found = {subject: _adjustments(subject, given, marked) for subject, given in (adjustments or {}).items()}
    decimals = [_decimals(one.points) for given in found.values() for one in given]
    known = [count for count in decimals if count is not None]
    return Beyond(needed, found, max(known, default=0) if len(known) == len(decimals) else None)


def _adjustments(
    subject: str, given: Sequence[Adjustment], subjects: Set[str]
) -> tuple[ExactAdjustment, ...]:
    path = f"adjustments.{quoted(subject)}"
    if subject not in subjects:
        raise RuleError(path, "unknown_subject", subject=quoted(subject))
    if len(given) > _MOST_ADJUSTMENTS:
        raise RuleError(path, "too_many", most=_MOST_ADJUSTMENTS)
    found = []
    for place, one in enumerate(given):
        points = number(one.points, f"{path}[{place}].points")
        if not points:
            raise RuleError(f"{path}[{place}].points", "adjusts_nothing")
        reason = one.reason.strip() if isinstance(one.reason, str) else one.reason
        found.append(ExactAdjustment(points, as_name(reason, f"{path}[{place}].reason")))
    return tuple(found)


def _decimals(value: Fraction) -> int | None:
    return next((count for count in range(MOST_DIGITS + 1) if 10**count % value.denominator == 0), None)


def read_stages(data: object) -> Stages | None:
    """The rule's key `stages`; null: earlier rounds don't count."""
    if data is None:
        return None
    top = as_object(data, "stages", ("carried", "own", "rounding"))
    carried: list[Stage] = []
    for place, entry in enumerate(as_list(top.get("carried"), "stages.carried", _MOST_CARRIED)):
        stage = _read_stage(entry, f"stages.carried[{place}]", ("round", "weight", "full"))
        if any(stage.round == other.round for other in carried):
            raise RuleError(f"stages.carried[{place}].round", "repeated", value=quoted(stage.round))
        carried.append(stage)
    own = _read_stage(top.get("own"), "stages.own", ("weight", "full"))
    if len({stage.full is None for stage in (*carried, own)}) > 1:
        raise RuleError("stages", "full_of_some")
    rounding = as_object(top.get("rounding"), "stages.rounding", ("weighted", "total"), optional=True)
    path = "stages.rounding."
    return Stages(tuple(carried), own, places(rounding, "weighted", path), places(rounding, "total", path))


def _read_stage(entry: object, path: str, known: Sequence[str]) -> Stage:
    data = as_object(entry, path, known)
    full = data.get("full")
    return Stage(
        weight=positive(data.get("weight"), f"{path}.weight"),
        full=None if full is None else positive(full, f"{path}.full"),
        round=as_name(data.get("round"), f"{path}.round") if "round" in known else "",
    )


def read_adjusting(data: object) -> Adjusting:
    """The rule's key `adjustments`."""
    given = as_object(data, "adjustments", ("to", "rounding"), optional=True)
    return Adjusting(choice(given, "to", "adjustments.", ADJUSTED), places(given, "rounding", "adjustments."))
