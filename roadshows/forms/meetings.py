"""What organizers send about meetings: parties, slots, plans, moves."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from accounts.addresses import normal_email
from core.errors import BadInput
from core.forms import Form, LineField, ParagraphsField, decimal_text
from core.languages import LANGUAGES
from roadshows.models import MeetingParty

NEEDED = _l("Please fill this in.")
CHOOSE = _l("Please choose one.")
LANGUAGE_CHOICES = [SelectChoice(code, name) for code, (_tag, _folder, name) in LANGUAGES.items()]
MOST_FIELDS = 8


class CountField(LineField):
    """A whole number from `least` to `most`, typed in any width of digits; `.number` is an int or None."""

    def __init__(
        self, label: Any = None, validators: Any = (), *, least: int = 0, most: int, **options: Any
    ) -> None:
        super().__init__(label, validators, most=20, render_kw={"inputmode": "numeric"}, **options)
        self.least, self.greatest = least, most
        self.number: int | None = None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if not self.data or validation_stopped:
            return
        text = decimal_text(str(self.data).replace(",", "").replace("，", ""))
        if not text.isdigit():
            raise ValidationError(_l("Please type a whole number."))
        self.number = int(text)
        if not self.least <= self.number <= self.greatest:
            raise ValidationError(
                _l("Please type a number from %(least)d to %(most)d.", least=self.least, most=self.greatest)
            )


class ChecksField(SelectMultipleField):
    """Several choices as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_FOLDED = str.maketrans("０１２３４５６７８９：", "0123456789:")


class ClockField(StringField):
    """A time of day, 14:00; `.time` is a `datetime.time`."""

    def __init__(self, label: Any = None, validators: Any = (), **options: Any) -> None:
        super().__init__(label, validators, render_kw={"placeholder": "14:00", "size": 6}, **options)
        self.time: time | None = None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if not self.data or validation_stopped:
            return
        found = _CLOCK.fullmatch(str(self.data).strip().translate(_FOLDED))
        if found is None:
            raise ValidationError(_l("Please give the time of day, for example 14:00."))
        self.time = time(int(found[1]), int(found[2]))


def comma_list(text: str) -> list[str]:
    """Words set apart by commas of any script, each once."""
    return list(dict.fromkeys(word for part in re.split("[,，、;；]", text) if (word := part.strip())))


def sound_fields(_form: Any, field: LineField) -> None:
    if len(comma_list(field.data or "")) > MOST_FIELDS:
        raise StopValidation(_l("Please name %(most)d fields at most.", most=MOST_FIELDS))


def sound_address(_form: Any, field: LineField) -> None:
    try:
        field.data = normal_email(field.data or "")
    except BadInput as problem:
        raise StopValidation(problem.detail) from problem


class TakeForm(Form):
    """Which teams or guests are taken over."""

    chosen = ChecksField(_l("Take over"), validate_choice=True)


class InvestorForm(Form):
    name = LineField(_l("Name"), [InputRequired(NEEDED)], most=80)
    organization = LineField(_l("Organization"), most=120)
    email = LineField(_l("E-mail"), [InputRequired(NEEDED), sound_address], most=254)
    language = SelectField(_l("Language of letters"), [InputRequired(CHOOSE)], choices=LANGUAGE_CHOICES)


class PartyForm(Form):
    name = LineField(_l("Name on the card"), [InputRequired(NEEDED)], most=120)
    languages = ChecksField(_l("Can talk in"), [InputRequired(CHOOSE)], choices=LANGUAGE_CHOICES)
    fields = LineField(
        _l("Fields"),
        [Optional(), sound_fields],
        most=200,
        description=_l("Set apart by commas."),
    )
    least_meetings = CountField(_l("Meetings at least"), [InputRequired(NEEDED)], most=40)
    most_meetings = CountField(_l("Meetings at most"), [InputRequired(NEEDED)], most=40)

    @classmethod
    def showing(cls, party: MeetingParty) -> PartyForm:
        return cls(
            name=party.name,
            languages=party.languages,
            fields=", ".join(party.fields),
            least_meetings=str(party.least_meetings),
            most_meetings=str(party.most_meetings),
            version=party.version,
        )


class KnownForm(Form):
    team = SelectField(_l("Team"), [InputRequired(CHOOSE)])
    investor = SelectField(_l("Investor"), [InputRequired(CHOOSE)])


class SlotSeriesForm(Form):
    day = SelectField(_l("Day"), [InputRequired(CHOOSE)])
    room = SelectField(_l("Room"), [Optional()])
    first = ClockField(
        _l("The first begins at"), [InputRequired(NEEDED)], description=_l("By the clock of the day's city.")
    )
    minutes = CountField(
        _l("Minutes for each meeting"), [InputRequired(NEEDED)], least=5, most=240, default="20"
    )
    pause = CountField(_l("Minutes between"), [InputRequired(NEEDED)], most=240, default="5")
    count = CountField(_l("How many"), [InputRequired(NEEDED)], least=1, most=60, default="6")
    tables = CountField(
        _l("Tables"),
        [InputRequired(NEEDED)],
        least=1,
        most=300,
        default="10",
        description=_l("One or two more than are needed make better timetables."),
    )
    interpreters = CountField(_l("Number of interpreters"), [InputRequired(NEEDED)], most=300, default="0")


class SlotForm(Form):
    room = SelectField(_l("Room"), [Optional()])
    tables = CountField(_l("Tables"), [InputRequired(NEEDED)], least=1, most=300)
    interpreters = CountField(_l("Number of interpreters"), [InputRequired(NEEDED)], most=300)


class PlanForm(Form):
    met_before = RadioField(
        _l("Who know each other already"),
        [InputRequired(CHOOSE)],
        default="lower",
        choices=[
            SelectChoice("lower", _l("May meet again, others come first")),
            SelectChoice("exclude", _l("Do not meet again")),
        ],
    )
    keep = BooleanField(
        _l("Stay close to the timetable that stands"),
        default=True,
        description=_l("Among equally good timetables the one with fewer changes is taken."),
    )


class MoveForm(Form):
    slot = RadioField(_l("Move to"), [InputRequired(CHOOSE)])


class WalkUpForm(Form):
    team = SelectField(_l("Team"), [InputRequired(CHOOSE)])
    investor = SelectField(_l("Investor"), [InputRequired(CHOOSE)])
    slot = SelectField(_l("Slot"), [InputRequired(CHOOSE)])


class CancelForm(Form):
    reason = ParagraphsField(
        _l("Reason"),
        [Optional()],
        most=500,
        description=_l("For the organizers; the other side does not read it."),
    )


class ActForm(Form):
    """A button: CSRF token, idempotency key and seen version, nothing else."""
