"""The rule of the official total as a form: method, ties, earlier rounds, bonus, prizes, advancing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from competition.models import Round
from core.forms import Form, FormPart, LineField
from core.languages import Trilingual, current_language
from judging import rule_words, rules
from judging.forms.panel import NumberField, WholeField
from judging.models import Criterion

METHODS = [
    ("mean", _l("Mean")),
    ("trimmed_mean", _l("Trimmed mean")),
    ("median", _l("Median")),
    ("sum", _l("Sum")),
    ("rank_sum", _l("Sum of places")),
    ("borda", _l("Borda points")),
    ("points", _l("Points by place")),
    ("schulze", _l("Schulze’s method")),
    ("t_score", _l("Standardized score (T)")),
]
OVER = [
    ("judge_totals", _l("to each judge’s total (usual in Chinese and Korean contests)")),
    ("criterion", _l("to each criterion, which are then added up")),
]
_PLACES = [("", _l("not rounded")), *[(str(number), str(number)) for number in range(5)]]
_MOST_TIES = 6
_WITH_TEXT = ("at_least", "lot")
"""Tie steps whose argument is typed beside the list: a mark, a seed."""


def _choices(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    return [SelectChoice(*pair) for pair in pairs]


class CarriedPart(FormPart):
    """How much an earlier round counts; without a weight it doesn't."""

    round = HiddenField()
    weight = NumberField(_l("Weight"))
    full = NumberField(_l("Full mark"))


class RuleForm(Form):
    """The rule of the official total; what it can't say (other points, further thresholds) is kept from the
    rule that stands. `earlier`: the edition's rounds before this one.
    """

    over = RadioField(_l("The method is applied"), choices=_choices(OVER))
    method = SelectField(_l("Method"), choices=_choices(METHODS))
    drop_high = WholeField(_l("Highest marks left out"))
    drop_low = WholeField(_l("Lowest marks left out"))
    drop_from = WholeField(
        _l("Only from this many judges on"),
        least=1,
        description=_l(
            "With fewer judges the plain mean counts. Below five, leaving out does more harm than good."
        ),
    )
    weights = RadioField(
        _l("Weights"),
        choices=_choices(
            [("as_points", _l("multiply the marks")), ("normalized", _l("are divided by their sum first"))]
        ),
    )
    round_criterion = SelectField(_l("Decimals of a criterion’s mean"), choices=_choices(_PLACES))
    round_weighted = SelectField(
        _l("Decimals of a judge’s total, or of a weighted criterion"), choices=_choices(_PLACES)
    )
    round_total = SelectField(_l("Decimals of the result"), choices=_choices(_PLACES))
    minimum_judges = WholeField(_l("Judges that an entry needs"), least=1)
    ties = FieldList(
        SelectField(_l("Then"), default=""),
        _l("If totals are equal"),
        min_entries=_MOST_TIES,
        max_entries=12,
    )
    tie_mark = NumberField(_l("The mark to reach"))
    tie_seed = LineField(_l("Seed of the lot"), most=80)
    direction = RadioField(
        _l("Better is"),
        choices=_choices([("high", _l("the higher mark")), ("low", _l("the lower mark"))]),
    )
    counting = RadioField(
        _l("Earlier rounds"),
        choices=_choices(
            [
                ("reset", _l("don’t count: everybody starts from zero")),
                ("carry", _l("count with the weights below")),
            ]
        ),
    )
    carried = FieldList(FormField(CarriedPart), _l("Earlier rounds"), max_entries=20)
    own_weight = NumberField(_l("Weight of this round"))
    own_full = NumberField(_l("Full mark of this round"))
    round_stage = SelectField(_l("Decimals of each weighted round"), choices=_choices(_PLACES))
    round_final = SelectField(_l("Decimals of the final total"), choices=_choices(_PLACES))
    adjust_to = RadioField(
        _l("Bonus and deductions change"),
        choices=_choices(
            [("total", _l("the final total")), ("own", _l("this round’s total, before earlier rounds"))]
        ),
    )
    round_adjusted = SelectField(_l("Decimals after that"), choices=_choices(_PLACES))
    prize_ties = RadioField(
        _l("Equal entries on the last place of a prize"),
        choices=_choices(
            [
                ("open", _l("The head judge decides")),
                ("widen", _l("All get it")),
                ("narrow", _l("All get the next prize that has room")),
                ("split", _l("They share it")),
            ]
        ),
    )
    advance_by = RadioField(
        _l("Into the next round go"),
        choices=_choices(
            [("places", _l("the best, as many as there are places")), ("line", _l("all who reach a line"))]
        ),
    )
    advance_line = NumberField(_l("The line"))
    advance_ties = RadioField(
        _l("Equal entries on the last place"),
        choices=_choices([("open", _l("The head judge decides")), ("all", _l("All go on"))]),
    )

    def __init__(
        self,
        *args: Any,
        criteria: Iterable[Criterion],
        rule: Mapping[str, Any],
        earlier: Sequence[Round] = (),
        **values: Any,
    ) -> None:
        super().__init__(*args, **values, **_shown(rule, earlier))
        self._rule = dict(rule)
        self.earlier = {round_.slug: round_ for round_ in earlier}
        lang = current_language()
        steps = [("", "–"), *[(f"criterion:{row.key}", row.name.pick(lang).text) for row in criteria]]
        steps += [(kind, rule_words.tie_kind(kind)) for kind in _kinds()]
        # What the form does not offer (a second threshold) stays choosable while it stands in the rule.
        named = {key for key, _label in steps}
        for step in _split_ties(rule)[0]:
            if step not in named:
                kind, _colon, argument = step.partition(":")
                steps.append((step, rule_words.tie_step(kind, argument, {}, lang)))
        for entry in self.ties:
            entry.choices = _choices(steps)

    def validate(self, extra_validators: Any = None) -> bool:
        """Fields that another field asks for are looked at last: as optional ones they end their own checks
        when they are empty."""
        sound = super().validate(extra_validators)
        for field, problem in self._lacking():
            field.errors = [*field.errors, problem]
            sound = False
        return sound

    def _lacking(self) -> Iterator[tuple[Any, Any]]:
        steps = [entry.data for entry in self.ties]
        if "at_least" in steps and not self.tie_mark.data:
            yield self.tie_mark, _l("Please give the mark that this tie step counts from.")
        if "lot" in steps and not self.tie_seed.data:
            yield self.tie_seed, _l("Please write a seed: any text that nobody can choose afterwards.")
        if self.counting.data == "carry":
            if not any(part.form.weight.data for part in self.carried):
                yield self.counting, _l("Please give the weight of an earlier round that counts.")
            if not self.own_weight.data:
                yield self.own_weight, _l("Please give the weight of this round.")
        if self.advance_by.data == "line" and not self.advance_line.data:
            yield self.advance_line, _l("Please give the total that has to be reached.")

    @property
    def rule(self) -> dict[str, Any]:
        """The rule as `flask rank` reads it; what most contests don't have stands in it only where it is
        chosen."""
        rule = self._basic_rule()
        if self.counting.data == "carry":
            rule["stages"] = self._stages()
        if self.adjust_to.data == "own" or self.round_adjusted.data:
            rule["adjustments"] = {
                "to": self.adjust_to.data,
                "rounding": _number(self.round_adjusted.data),
            }
        if self.prize_ties.data != "open":
            rule["prizes"] = {"ties": self.prize_ties.data}
        if self.advance_by.data == "line":
            rule["advance"] = {"by": "line", "line": self.advance_line.data}
        elif self.advance_ties.data == "all":
            rule["advance"] = {"ties": "all"}
        return rule

    def _basic_rule(self) -> dict[str, Any]:
        standing = dict(self._rule.get("aggregate") or {})
        aggregate: dict[str, Any] = {"over": self.over.data, "method": self.method.data}
        if "points" in standing:
            aggregate["points"] = standing["points"]
        for name in ("drop_high", "drop_low", "drop_from"):
            number = self[name].number
            if number is not None:
                aggregate[name] = number
        typed = {"at_least": self.tie_mark.data, "lot": self.tie_seed.data}
        return {
            "direction": self.direction.data,
            "aggregate": aggregate,
            "weights": self.weights.data,
            "rounding": {
                "criterion": _number(self.round_criterion.data),
                "weighted": _number(self.round_weighted.data),
                "total": _number(self.round_total.data),
            },
            "minimum_judges": self.minimum_judges.number or 1,
            "ties": [
                f"{entry.data}:{typed[entry.data]}" if entry.data in typed else entry.data
                for entry in self.ties
                if entry.data
            ],
        }

    def _stages(self) -> dict[str, Any]:
        return {
            "carried": [
                {
                    "round": part.form.round.data,
                    "weight": part.form.weight.data,
                    "full": part.form.full.data or None,
                }
                for part in self.carried
                if part.form.weight.data
            ],
            "own": {"weight": self.own_weight.data, "full": self.own_full.data or None},
            "rounding": {
                "weighted": _number(self.round_stage.data),
                "total": _number(self.round_final.data),
            },
        }

    PARTS = {
        "aggregate.drop_high": "drop_high",
        "aggregate.drop_low": "drop_low",
        "aggregate.drop_from": "drop_from",
        "minimum_judges": "minimum_judges",
        "ties": "ties",
        "stages": "counting",
        "stages.carried": "counting",
        "stages.own.weight": "own_weight",
        "stages.own.full": "own_full",
        "advance.line": "advance_line",
    }

    def add_problem(self, problem: Any) -> None:
        """A rule's mistake is shown beside the field that stands for that part of it."""
        problem.fields = {
            self.PARTS.get(name.partition("[")[0], name): text for name, text in problem.fields.items()
        }
        super().add_problem(problem)


def _kinds() -> list[str]:
    """The tie steps that need no criterion, in the order of the rule's vocabulary."""
    kinds = [step.partition(":")[0] for step in rules.TIE_STEPS]
    return [kind for kind in kinds if kind != "criterion" and rule_words.knows_tie(kind)]


def _split_ties(rule: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The steps as the lists choose them, and the arguments of those whose argument is typed beside them:
    of each such kind the first one."""
    chosen: list[str] = []
    typed: dict[str, str] = {}
    for step in rule.get("ties", []):
        kind, _colon, argument = step.partition(":")
        if kind in _WITH_TEXT and kind not in typed:
            typed[kind] = argument
            chosen.append(kind)
        else:
            chosen.append(step)
    return chosen, typed


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _shown(rule: Mapping[str, Any], earlier: Sequence[Round]) -> dict[str, Any]:
    aggregate, rounding = rule.get("aggregate") or {}, rule.get("rounding") or {}
    chosen, typed = _split_ties(rule)
    return {
        "over": aggregate.get("over", "judge_totals"),
        "method": aggregate.get("method", "mean"),
        "drop_high": _text(aggregate.get("drop_high", 1)),
        "drop_low": _text(aggregate.get("drop_low", 1)),
        "drop_from": _text(aggregate.get("drop_from", 5)),
        "weights": rule.get("weights", "as_points"),
        "round_criterion": _text(rounding.get("criterion")),
        "round_weighted": _text(rounding.get("weighted")),
        "round_total": _text(rounding.get("total")),
        "minimum_judges": _text(rule.get("minimum_judges", 1)),
        "ties": chosen,
        "tie_mark": typed.get("at_least", ""),
        "tie_seed": typed.get("lot", ""),
        "direction": rule.get("direction", "high"),
        **_shown_stages(rule.get("stages") or {}, earlier),
        **_shown_ends(rule),
    }


def _shown_stages(stages: Mapping[str, Any], earlier: Sequence[Round]) -> dict[str, Any]:
    carried = {one["round"]: one for one in stages.get("carried") or ()}
    own, rounding = stages.get("own") or {}, stages.get("rounding") or {}
    return {
        "counting": "carry" if stages else "reset",
        "carried": [
            {
                "round": round_.slug,
                "weight": _text(carried.get(round_.slug, {}).get("weight")),
                "full": _text(carried.get(round_.slug, {}).get("full")),
            }
            for round_ in earlier
        ],
        "own_weight": _text(own.get("weight")),
        "own_full": _text(own.get("full")),
        "round_stage": _text(rounding.get("weighted")),
        "round_final": _text(rounding.get("total")),
    }


def _shown_ends(rule: Mapping[str, Any]) -> dict[str, Any]:
    adjusting, advance = rule.get("adjustments") or {}, rule.get("advance") or {}
    return {
        "adjust_to": adjusting.get("to", "total"),
        "round_adjusted": _text(adjusting.get("rounding")),
        "prize_ties": (rule.get("prizes") or {}).get("ties", "open"),
        "advance_by": advance.get("by", "places"),
        "advance_line": _text(advance.get("line")),
        "advance_ties": advance.get("ties", "open"),
    }


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def name_of(form: RuleForm, slug: str) -> Trilingual:
    """What the earlier round behind a line of `carried` is called."""
    round_ = form.earlier.get(slug)
    return round_.name if round_ else Trilingual.same(slug)
