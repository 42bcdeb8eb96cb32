"""The rule by which marks become a ranking: read from JSON, checked by key, completed with its defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from core.quoting import listed, name_problem, quoted
from judging.allotting import PRIZE_TIES, Advance, read_advance, read_prize_ties
from judging.exact import plain
from judging.problems import RuleError
from judging.rule_reading import as_list, as_name, as_object, choice, integer, number, places
from judging.stages import Adjusting, Stages, read_adjusting, read_stages

DIRECTIONS = ("high", "low")
OVER = ("judge_totals", "criterion")
METHODS = ("mean", "trimmed_mean", "median", "sum", "rank_sum", "borda", "points", "schulze", "t_score")
WEIGHTS = ("as_points", "normalized")
TIE_STEPS = (
    "criterion:NAME",
    "untrimmed_total",
    "more_digits",
    "median",
    "countback",
    "head_to_head",
    "at_least:MARK",
    "lower_spread",
    "earlier",
    "calibrated",
    "decision",
    "lot:SEED",
)
_HAS_ARGUMENT = {step.partition(":")[0]: ":" in step for step in TIE_STEPS}
_KEYS = (
    *("criteria", "direction", "aggregate", "weights", "rounding", "minimum_judges", "ties", "decisions"),
    *("stages", "adjustments", "prizes", "advance"),
)
DEFAULT_POINTS = tuple(Fraction(points) for points in (12, 10, 8, 7, 6, 5, 4, 3, 2, 1))

_MOST_CRITERIA = 1_000
_MOST_TIE_STEPS = 100
_MOST_POINTS = 1_000
_MOST_COUNT = 1_000_000


@dataclass(frozen=True, slots=True)
class CriterionRule:
    """Weight and permitted marks of a criterion, in points; None where nothing is prescribed."""

    weight: Fraction = Fraction(1)
    least: Fraction | None = None
    most: Fraction | None = None
    step: Fraction | None = None

    def problem(self, mark: Fraction) -> tuple[str, dict[str, str]] | None:
        """Why `mark` isn't permitted, as code and params; None when it is.

        Steps count from the least mark, or 0.
        """
        if self.least is not None and mark < self.least:
            return "below_range", {"value": plain(mark), "least": plain(self.least)}
        if self.most is not None and mark > self.most:
            return "above_range", {"value": plain(mark), "most": plain(self.most)}
        start = self.least or Fraction(0)
        if self.step is not None and (mark - start) % self.step:
            return "off_step", {"value": plain(mark), "step": plain(self.step), "least": plain(start)}
        return None

    def to_json(self) -> dict[str, str | None]:
        def text(value: Fraction | None) -> str | None:
            return None if value is None else plain(value)

        return {
            "weight": plain(self.weight),
            "min": text(self.least),
            "max": text(self.most),
            "step": text(self.step),
        }


@dataclass(frozen=True, slots=True)
class TieStep:
    """One step of the tie chain; `argument` follows the colon, `text` is the step as the rule writes it."""

    kind: str
    argument: str = ""

    @property
    def text(self) -> str:
        return f"{self.kind}:{self.argument}" if self.argument else self.kind


@dataclass(frozen=True, slots=True)
class Rule:
    """A complete rule. Empty `criteria` stand for those of the marks, each with weight 1 and no range.

    `rounding_*`: decimal places (half up), or None for none. `decisions`: subject → the head judge's place
    among the tied, least first. `stages`: how earlier rounds count, None when they don't. `adjusting`: where
    bonus and deductions go. `prize_ties`, `advance`: what becomes of ties on a line, for `judging.allotting`.
    """

    criteria: Mapping[str, CriterionRule] = field(default_factory=dict)
    direction: str = "high"
    over: str = "judge_totals"
    method: str = "mean"
    drop_high: int = 1
    drop_low: int = 1
    drop_from: int = 5
    points: tuple[Fraction, ...] = DEFAULT_POINTS
    weights: str = "as_points"
    rounding_criterion: int | None = None
    rounding_weighted: int | None = None
    rounding_total: int | None = None
    minimum_judges: int = 1
    ties: tuple[TieStep, ...] = ()
    decisions: Mapping[str, int] = field(default_factory=dict)
    stages: Stages | None = None
    adjusting: Adjusting = field(default_factory=Adjusting)
    prize_ties: str = "open"
    advance: Advance = field(default_factory=Advance)

    @classmethod
    def from_json(cls, data: object) -> Rule:
        """Read a rule as parsed from JSON; absent keys have their defaults.

        Numbers may be plain decimal text, int, Decimal or Fraction. Raises RuleError with the key's path.
        """
        return _read_rule(data)

    def with_criteria(self, names: Sequence[str]) -> Rule:
        """The rule for marks on these criteria: itself when it names its own, else with these at weight 1."""
        return self if self.criteria else replace(self, criteria={name: CriterionRule() for name in names})

    def weight(self, criterion: str) -> Fraction:
        """What a mark on `criterion` is multiplied by: its weight, divided by the sum of weights when
        normalized.
        """
        weight = self.criteria[criterion].weight
        if self.weights == "normalized":
            return weight / sum((other.weight for other in self.criteria.values()), Fraction(0))
        return weight

    @property
    def weighted_criteria(self) -> list[str]:
        """The criteria that count, in the rule's order: those of weight 0 are marked for feedback only."""
        return [name for name, criterion in self.criteria.items() if criterion.weight]

    @property
    def low_totals_win(self) -> bool:
        """Whether the lower of two totals is the better."""
        if self.method in ("borda", "points", "schulze"):
            return False
        return self.method == "rank_sum" or self.direction == "low"

    @property
    def carried_slugs(self) -> list[str]:
        """The earlier rounds whose totals count, as `stages` names them."""
        return [stage.round for stage in self.stages.carried] if self.stages else []

    def to_json(self) -> dict[str, Any]:
        """The completed rule; `Rule.from_json` of it gives an equal rule.

        What most contests don't have (`stages`, `adjustments`, `prizes`, `advance`) is there only where it
        differs from the default, so that results published before these keys existed keep their bytes.
        """
        return self._basic_json() | {
            key: value
            for key, value, usual in (
                ("stages", self.stages and self.stages.to_json(), None),
                ("adjustments", self.adjusting.to_json(), Adjusting().to_json()),
                ("prizes", {"ties": self.prize_ties}, {"ties": PRIZE_TIES[0]}),
                ("advance", self.advance.to_json(), Advance().to_json()),
            )
            if value != usual
        }

    def _basic_json(self) -> dict[str, Any]:
        return {
            "criteria": {name: criterion.to_json() for name, criterion in self.criteria.items()},
            "direction": self.direction,
            "aggregate": {
                "over": self.over,
                "method": self.method,
                "drop_high": self.drop_high,
                "drop_low": self.drop_low,
                "drop_from": self.drop_from,
                "points": [int(p) if p.denominator == 1 else plain(p) for p in self.points],
            },
            "weights": self.weights,
            "rounding": {
                "criterion": self.rounding_criterion,
                "weighted": self.rounding_weighted,
                "total": self.rounding_total,
            },
            "minimum_judges": self.minimum_judges,
            "ties": [step.text for step in self.ties],
            "decisions": dict(self.decisions),
        }


def _read_rule(data: object) -> Rule:
    top = as_object(
        data,
        "",
        _KEYS,
    )
    aggregate = as_object(
        top.get("aggregate", {}),
        "aggregate",
        ("over", "method", "drop_high", "drop_low", "drop_from", "points"),
    )
    rounding = as_object(top.get("rounding"), "rounding", ("criterion", "weighted", "total"), optional=True)
    criteria = _criteria(top.get("criteria"))
    rule = Rule(
        criteria=criteria,
        direction=choice(top, "direction", "", DIRECTIONS),
        over=choice(aggregate, "over", "aggregate.", OVER),
        method=choice(aggregate, "method", "aggregate.", METHODS),
        drop_high=integer(aggregate.get("drop_high", 1), "aggregate.drop_high", 0, _MOST_COUNT),
        drop_low=integer(aggregate.get("drop_low", 1), "aggregate.drop_low", 0, _MOST_COUNT),
        drop_from=integer(aggregate.get("drop_from", 5), "aggregate.drop_from", 1, _MOST_COUNT),
        points=_points(aggregate.get("points")),
        weights=choice(top, "weights", "", WEIGHTS),
        rounding_criterion=places(rounding, "criterion"),
        rounding_weighted=places(rounding, "weighted"),
        rounding_total=places(rounding, "total"),
        minimum_judges=integer(top.get("minimum_judges", 1), "minimum_judges", 1, _MOST_COUNT),
        ties=_ties(top.get("ties", []), criteria),
        decisions=_decisions(top.get("decisions")),
        stages=read_stages(top.get("stages")),
        adjusting=read_adjusting(top.get("adjustments")),
        prize_ties=read_prize_ties(top.get("prizes")),
        advance=read_advance(top.get("advance")),
    )
    drops = rule.drop_high + rule.drop_low
    if rule.method == "trimmed_mean" and rule.drop_from <= drops:
        raise RuleError("aggregate.drop_from", "drops_too_many", drops=drops, needed=drops + 1)
    return rule


def _criteria(data: object) -> dict[str, CriterionRule]:
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise RuleError("criteria", "not_an_object")
    if len(data) > _MOST_CRITERIA:
        raise RuleError("criteria", "too_many", most=_MOST_CRITERIA)
    criteria: dict[str, CriterionRule] = {}
    for name, entry in data.items():
        problem = name_problem(name) if isinstance(name, str) else ("not_text", {})
        if problem:
            raise RuleError(f"criteria.{quoted(name)}", problem[0], **problem[1])
        criteria[name] = _criterion(entry, f"criteria.{name}")
    if criteria and not any(criterion.weight for criterion in criteria.values()):
        raise RuleError("criteria", "no_weight")
    return criteria


def _criterion(entry: object, path: str) -> CriterionRule:
    data = as_object(entry, path, ("weight", "min", "max", "step"))

    def bound(key: str) -> Fraction | None:
        return None if data.get(key) is None else number(data[key], f"{path}.{key}")

    weight = number(data.get("weight", 1), f"{path}.weight")
    least, most, step = bound("min"), bound("max"), bound("step")
    if weight < 0:
        raise RuleError(f"{path}.weight", "negative")
    if least is not None and most is not None and least > most:
        raise RuleError(f"{path}.min", "min_above_max", least=plain(least), most=plain(most))
    if step is not None and step <= 0:
        raise RuleError(f"{path}.step", "not_positive")
    return CriterionRule(weight, least, most, step)


def _points(data: object) -> tuple[Fraction, ...]:
    path = "aggregate.points"
    if data is None:
        return DEFAULT_POINTS
    given = as_list(data, path, _MOST_POINTS)
    table = tuple(number(value, f"{path}[{place}]") for place, value in enumerate(given))
    for place, points in enumerate(table):
        if points < 0:
            raise RuleError(f"{path}[{place}]", "negative")
        if place and points > table[place - 1]:
            raise RuleError(f"{path}[{place}]", "points_increase")
    return table


def _ties(data: object, criteria: Mapping[str, CriterionRule]) -> tuple[TieStep, ...]:
    if not isinstance(data, list | tuple):
        raise RuleError("ties", "not_a_list")
    if len(data) > _MOST_TIE_STEPS:
        raise RuleError("ties", "too_many", most=_MOST_TIE_STEPS)
    steps: list[TieStep] = []
    for place, text in enumerate(data):
        step = _tie_step(as_name(text, f"ties[{place}]"), f"ties[{place}]", criteria)
        if step in steps:
            raise RuleError(f"ties[{place}]", "repeated", value=quoted(step.text))
        steps.append(step)
    return tuple(steps)


def _tie_step(text: str, path: str, criteria: Mapping[str, CriterionRule]) -> TieStep:
    kind, colon, argument = text.partition(":")
    if _HAS_ARGUMENT.get(kind) is not bool(colon):
        raise RuleError(path, "unknown_tie_step", value=quoted(text), known=", ".join(TIE_STEPS))
    if colon and not argument:
        raise RuleError(path, "empty")
    if kind == "at_least":
        number(argument, path)
    if kind == "criterion" and criteria:
        check_tie_criterion(TieStep(kind, argument), path, list(criteria))
    return TieStep(kind, argument)


def check_tie_criterion(step: TieStep, path: str, known: Sequence[str]) -> None:
    """Raise RuleError when a `criterion:NAME` step names none of `known`."""
    if step.kind == "criterion" and step.argument not in known:
        raise RuleError(path, "unknown_criterion", criterion=quoted(step.argument), known=listed(known))


def _decisions(data: object) -> dict[str, int]:
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise RuleError("decisions", "not_an_object")
    decisions: dict[str, int] = {}
    for subject, place in data.items():
        problem = name_problem(subject) if isinstance(subject, str) else ("not_text", {})
        if problem:
            raise RuleError(f"decisions.{quoted(subject)}", problem[0], **problem[1])
        decisions[subject] = integer(place, f"decisions.{subject}", 1, _MOST_COUNT)
    return decisions
