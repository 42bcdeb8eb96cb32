"""What organizers send about judging: judges, criteria, rules, assignments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from accounts.addresses import normal_email
from core.errors import BadInput
from core.forms import Form, FormPart, LineField, ParagraphsField, TrilingualField, decimal_text
from core.languages import LANGUAGES, Trilingual
from judging import rule_words
from judging.forms.judge import without_surplus
from judging.models import Criterion, Judge
from judging.rubrics import Band, CriterionSpec

NEEDED = _l("Please fill this in.")
CHOOSE = _l("Please choose one.")
_COUNTRIES = [("", "–"), ("CN", _l("China")), ("KR", _l("Korea")), ("ZZ", _l("Another country"))]


class NumberField(LineField):
    """A plain decimal number as text, typed in any width of digits; "" when empty."""

    def __init__(self, label: Any = None, validators: Any = (), **options: Any) -> None:
        super().__init__(label, validators, most=20, render_kw={"inputmode": "decimal"}, **options)

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data and not validation_stopped:
            self.data = without_surplus(decimal_text(self.data))


class WholeField(NumberField):
    """A whole number from `least` to `most`; `.number` is an int, or None when empty."""

    def __init__(
        self,
        label: Any = None,
        validators: Any = (),
        *,
        least: int = 0,
        most: int = 999_999,
        **options: Any,
    ) -> None:
        super().__init__(label, validators, **options)
        self.least, self.most_number = least, most

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        super().post_validate(form, validation_stopped)
        if not self.data or validation_stopped:
            return
        if not self.data.isdigit() or len(self.data) > 6:
            raise ValidationError(_l("Please type a whole number."))
        if int(self.data) < self.least:
            raise ValidationError(_l("Please type %(least)d or more.", least=self.least))
        if int(self.data) > self.most_number:
            raise ValidationError(_l("Please type %(most)d or less.", most=self.most_number))

    @property
    def number(self) -> int | None:
        return int(self.data) if self.data else None


class ChecksField(SelectMultipleField):
    """Several choices as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class JudgeForm(Form):
    name = LineField(_l("Name"), [InputRequired(NEEDED)], most=80)
    name_latin = LineField(_l("Name in Latin letters"), most=80)
    email = LineField(
        _l("E-mail"),
        most=254,
        description=_l("For the invitation. Without one, hand over the link or QR code."),
    )
    affiliation = TrilingualField(
        _l("Affiliation"),
        needed="none",
        description=_l(
            "Teams of the same institution are not assigned to this judge; every language counts."
        ),
    )
    country = SelectField(_l("Country"), choices=[SelectChoice(*pair) for pair in _COUNTRIES])
    languages = ChecksField(
        _l("Languages"),
        choices=[SelectChoice(code, name) for code, (_tag, _folder, name) in LANGUAGES.items()],
    )
    expertise = LineField(_l("Expertise"), most=200, description=_l("Separated by commas."))
    is_head = BooleanField(_l("Head judge"), description=_l("Decides ties, with a reason."))

    def validate_email(self, field: LineField) -> None:
        if field.data:
            try:
                field.data = normal_email(field.data)
            except BadInput as problem:
                raise ValidationError(problem.detail or next(iter(problem.fields.values()), "")) from problem

    @classmethod
    def showing(cls, judge: Judge) -> JudgeForm:
        return cls(
            name=judge.name,
            name_latin=judge.name_latin,
            email=judge.email,
            affiliation=judge.affiliation,
            country=judge.country,
            languages=judge.languages,
            expertise=", ".join(judge.expertise),
            is_head=judge.is_head,
            version=judge.version,
        )

    def values(self) -> dict[str, Any]:
        """What the operations take."""
        return {
            "name": self.name.data,
            "name_latin": self.name_latin.data or "",
            "email": self.email.data or "",
            "affiliation": self.affiliation.value,
            "country": self.country.data or "",
            "languages": list(self.languages.data or []),
            "expertise": [
                part.strip()
                for part in (self.expertise.data or "").replace("，", ",").split(",")
                if part.strip()
            ],
            "is_head": bool(self.is_head.data),
        }


class _BandForm(FormPart):
    least = NumberField(_l("From"))
    name = TrilingualField(_l("Name of the band"), needed="none")
    text = TrilingualField(_l("What it means"), needed="none")


class CriterionForm(Form):
    name = TrilingualField(_l("Criterion"), needed="any")
    hint = TrilingualField(_l("What judges look at"), needed="none")
    least = NumberField(_l("Lowest mark"), [InputRequired(NEEDED)])
    most = NumberField(_l("Highest mark"), [InputRequired(NEEDED)])
    step = NumberField(
        _l("Step"), [InputRequired(NEEDED)], description=_l("For example 1, or 0.5 for halves.")
    )
    weight = NumberField(
        _l("Weight"),
        [InputRequired(NEEDED)],
        description=_l("What a mark is multiplied by; 1 for plain points."),
    )
    bands = FieldList(FormField(_BandForm), _l("Rating bands"), min_entries=5, max_entries=8)

    @classmethod
    def showing(cls, row: Criterion | None, version: int) -> CriterionForm:
        if row is None:
            return cls(least="0", most="10", step="1", weight="1", version=version)
        return cls(
            name=row.name,
            hint=row.hint,
            least=row.scale.least_text,
            most=row.scale.most_text,
            step=row.scale.step_text,
            weight=row.weight,
            bands=[
                {"least": band.least, "name": band.name.to_json(), "text": band.text.to_json()}
                for band in row.bands
            ],
            version=version,
        )

    @property
    def spec(self) -> CriterionSpec:
        """What the operations take; empty bands are left out."""
        bands = [
            Band(entry.form.least.data, entry.form.name.value, entry.form.text.value)
            for entry in self.bands
            if entry.form.least.data or entry.form.name.value
        ]
        return CriterionSpec(
            name=self.name.value,
            hint=self.hint.value,
            least=self.least.data or "",
            most=self.most.data or "",
            step=self.step.data or "",
            weight=self.weight.data or "",
            bands=tuple(bands),
        )


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
_PLACES = [("", _l("not rounded")), *[(str(number), str(number)) for number in range(5)]]
TIE_STEPS = [
    ("untrimmed_total", _l("the total of all judges, none left out")),
    ("more_digits", _l("the total before rounding")),
    ("median", _l("the median of all judges")),
    ("countback", _l("who has more of the highest mark, then of the next")),
    ("head_to_head", _l("whom more judges put first")),
    ("lower_spread", _l("on whom the judges agree more")),
    ("earlier", _l("who submitted earlier")),
    ("calibrated", _l("the score after correction for strict and lenient judges")),
    ("decision", _l("a decision of the head judge, with its reason")),
]
_MOST_TIES = 6


class RuleForm(Form):
    """The rule of the official total; what it can't say (other points, lots) is kept from the rule that
    stands."""

    over = RadioField(
        _l("The method is applied"),
        choices=[
            SelectChoice("judge_totals", _l("to each judge’s total (usual in Chinese and Korean contests)")),
            SelectChoice("criterion", _l("to each criterion, which are then added up")),
        ],
    )
    method = SelectField(_l("Method"), choices=[SelectChoice(*pair) for pair in METHODS])
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
        choices=[
            SelectChoice("as_points", _l("multiply the marks")),
            SelectChoice("normalized", _l("are divided by their sum first")),
        ],
    )
    round_criterion = SelectField(
        _l("Decimals of a criterion’s mean"), choices=[SelectChoice(*pair) for pair in _PLACES]
    )
    round_weighted = SelectField(
        _l("Decimals of a judge’s total, or of a weighted criterion"),
        choices=[SelectChoice(*pair) for pair in _PLACES],
    )
    round_total = SelectField(_l("Decimals of the result"), choices=[SelectChoice(*pair) for pair in _PLACES])
    minimum_judges = WholeField(_l("Judges that an entry needs"), least=1)
    ties = FieldList(
        SelectField(_l("Then"), default=""),
        _l("If totals are equal"),
        min_entries=_MOST_TIES,
        max_entries=12,
    )
    direction = RadioField(
        _l("Better is"),
        choices=[SelectChoice("high", _l("the higher mark")), SelectChoice("low", _l("the lower mark"))],
    )

    def __init__(
        self, *args: Any, criteria: Iterable[Criterion], rule: Mapping[str, Any], **values: Any
    ) -> None:
        super().__init__(*args, **values, **_shown(rule))
        self._rule = dict(rule)
        known = [("", "–"), *[(f"criterion:{row.key}", row.name) for row in criteria], *TIE_STEPS]
        named = {key for key, _label in known}
        # Steps which the form does not offer (thresholds, lots) stay choosable while they stand in the rule.
        for step in self._rule.get("ties", []):
            if step not in named:
                kind, _colon, argument = step.partition(":")
                known.append((step, rule_words.tie_step(kind, argument, {}, _lang())))
        for entry in self.ties:
            entry.choices = [
                SelectChoice(key, label.pick(_lang()).text if isinstance(label, Trilingual) else label)
                for key, label in known
            ]

    @property
    def rule(self) -> dict[str, Any]:
        """The rule as `flask rank` reads it."""
        standing = dict(self._rule.get("aggregate") or {})
        aggregate: dict[str, Any] = {
            "over": self.over.data,
            "method": self.method.data,
        }
        if "points" in standing:
            aggregate["points"] = standing["points"]
        for name in ("drop_high", "drop_low", "drop_from"):
            number = self[name].number
            if number is not None:
                aggregate[name] = number
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
            "ties": [entry.data for entry in self.ties if entry.data],
        }

    PARTS = {
        "aggregate.drop_high": "drop_high",
        "aggregate.drop_low": "drop_low",
        "aggregate.drop_from": "drop_from",
        "minimum_judges": "minimum_judges",
        "ties": "ties",
    }

    def add_problem(self, problem: Any) -> None:
        """A rule's mistake is shown beside the field that stands for that part of it."""
        problem.fields = {
            self.PARTS.get(name.partition("[")[0], name): text for name, text in problem.fields.items()
        }
        super().add_problem(problem)


def _shown(rule: Mapping[str, Any]) -> dict[str, Any]:
    aggregate, rounding = rule.get("aggregate") or {}, rule.get("rounding") or {}

    def text(value: Any) -> str:
        return "" if value is None else str(value)

    return {
        "over": aggregate.get("over", "judge_totals"),
        "method": aggregate.get("method", "mean"),
        "drop_high": text(aggregate.get("drop_high", 1)),
        "drop_low": text(aggregate.get("drop_low", 1)),
        "drop_from": text(aggregate.get("drop_from", 5)),
        "weights": rule.get("weights", "as_points"),
        "round_criterion": text(rounding.get("criterion")),
        "round_weighted": text(rounding.get("weighted")),
        "round_total": text(rounding.get("total")),
        "minimum_judges": text(rule.get("minimum_judges", 1)),
        "ties": list(rule.get("ties", [])),
        "direction": rule.get("direction", "high"),
    }


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _lang() -> str:
    from core.languages import current_language

    return current_language()


class PresetForm(Form):
    preset = RadioField(_l("Preset"), [InputRequired(CHOOSE)])


class AssignForm(Form):
    judge = SelectField(_l("Judge"), [InputRequired(CHOOSE)])
    entry = SelectField(_l("Entry"), [InputRequired(CHOOSE)])


class ReasonForm(Form):
    reason = ParagraphsField(_l("Reason"), [InputRequired(_l("Please give a reason."))], most=1000)


class ReplaceForm(ReasonForm):
    by = SelectField(_l("Replaced by"), [InputRequired(CHOOSE)])


class ActForm(Form):
    """A button: CSRF token, idempotency key and seen version, nothing else."""
