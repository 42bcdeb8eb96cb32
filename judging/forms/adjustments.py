"""Forms of bonus and deductions, and of looking at a ranking by another rule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from competition.models import Entry
from core.forms import Form, LineField, decimal_text
from judging.operations.adjustments import LONGEST_REASON


class PointsField(LineField):
    """Points with their sign as plain decimal text, typed in any width of digits, with any minus."""

    def __init__(self, label: Any = None, validators: Any = (), **options: Any) -> None:
        super().__init__(label, validators, most=20, render_kw={"inputmode": "text"}, **options)

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if not self.data or validation_stopped:
            return
        plus = self.data[0] in "+＋"
        text = decimal_text(self.data[1:] if plus else self.data.replace("−", "-"))
        if plus and text.startswith("-"):
            raise ValidationError(_l("Please type a number, for example 2 or -2.5."))
        self.data = text


class AdjustForm(Form):
    """A bonus or a deduction for one of the round's entries."""

    entry = SelectField(_l("Entry"), [InputRequired(_l("Please choose one."))])
    points = PointsField(_l("Points"), [InputRequired(_l("Please fill this in."))])
    reason = LineField(_l("Reason"), [InputRequired(_l("Please give the reason."))], most=LONGEST_REASON)

    def __init__(self, *args: Any, entries: Iterable[Entry], **values: Any) -> None:
        super().__init__(*args, **values)
        self.entry.choices = [
            SelectChoice("", "–"),
            *(SelectChoice(row.key, row.team.name) for row in entries),
        ]
