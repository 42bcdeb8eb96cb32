"""What organizers send about judging: judges, criteria, rules, assignments."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from core.forms import Form, FormPart, LineField, ParagraphsField, TrilingualField, decimal_text
from judging.forms.judge import without_surplus
from judging.models import Criterion
from judging.rubrics import Band, CriterionSpec

NEEDED = _l("Please fill this in.")
CHOOSE = _l("Please choose one.")


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


class PresetForm(Form):
    preset = RadioField(_l("Preset"), [InputRequired(CHOOSE)])


class AssignForm(Form):
    judge = SelectField(_l("Judge"), [InputRequired(CHOOSE)])
    entry = SelectField(_l("Entry"), [InputRequired(CHOOSE)])


class ReasonForm(Form):
    reason = ParagraphsField(_l("Reason"), [InputRequired(_l("Please give a reason."))], most=1000)


class RecuseForForm(ReasonForm):
    kind = RadioField(
        _l("Kind of recusal"),
        [InputRequired(CHOOSE)],
        choices=[
            SelectChoice("excluded", _l("Excluded: a rule forbids it")),
            SelectChoice("challenged", _l("Challenged: a team or somebody else asked for it")),
        ],
    )


class ReplaceForm(ReasonForm):
    by = SelectField(_l("Replaced by"), [InputRequired(CHOOSE)])


class ActForm(Form):
    """A button: CSRF token, idempotency key and seen version, nothing else."""
