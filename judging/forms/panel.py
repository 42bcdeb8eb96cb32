"""What organizers send about judging: judges, criteria, rules, assignments."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from accounts.addresses import normal_email
from core.errors import BadInput
from core.forms import Form, FormPart, LineField, ParagraphsField, TrilingualField, decimal_text
from core.languages import LANGUAGES
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
    """A whole number from `least` to 999,999; `.number` is an int, or None when empty."""

    def __init__(self, label: Any = None, validators: Any = (), *, least: int = 0, **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.least = least

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        super().post_validate(form, validation_stopped)
        if not self.data or validation_stopped:
            return
        if not self.data.isdigit() or len(self.data) > 6:
            raise ValidationError(_l("Please type a whole number."))
        if int(self.data) < self.least:
            raise ValidationError(_l("Please type %(least)d or more.", least=self.least))

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


class PresetForm(Form):
    preset = RadioField(_l("Preset"), [InputRequired(CHOOSE)])


class EvenlyForm(Form):
    per_entry = WholeField(_l("Judges per entry"), [InputRequired(NEEDED)], least=1)
    seed = WholeField(
        _l("Draw"), [InputRequired(NEEDED)], description=_l("Another number gives another draw.")
    )


class AssignForm(Form):
    judge = SelectField(_l("Judge"), [InputRequired(CHOOSE)])
    entry = SelectField(_l("Entry"), [InputRequired(CHOOSE)])


class ReasonForm(Form):
    reason = ParagraphsField(_l("Reason"), [InputRequired(_l("Please give a reason."))], most=1000)


class ReplaceForm(ReasonForm):
    by = SelectField(_l("Replaced by"), [InputRequired(CHOOSE)])


class ActForm(Form):
    """A button: CSRF token, idempotency key and seen version, nothing else."""
