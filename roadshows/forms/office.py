"""Forms of the roadshow office: a new roadshow, its settings, its staff."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, Field, RadioField, SelectField, StringField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import DateTimeLocalInput

from accounts.models import Role
from competition.forms.organizer import CHOOSE, NEEDED, MomentField, number_field, zone_field
from core.forms import Form, LineField, ParagraphsField, TrilingualField
from core.languages import LANGUAGES
from roadshows import labels
from roadshows.models import HolidayKind, PartnerKind
from roadshows.presets import PRESETS

ADDRESS_HINT = _l("Small letters, digits and hyphens; it becomes part of the web address.")
CLONE = "clone"


def choices_of(words: dict[Any, Any]) -> list[SelectChoice]:
    """Choices of a select out of a table of labels; keys may be members of an enum."""
    return [SelectChoice(getattr(key, "value", key), label) for key, label in words.items()]


def day_field(label: Any, *, needed: bool = True) -> DateField:
    return DateField(label, [InputRequired(NEEDED) if needed else Optional(), _in_this_age])


def _in_this_age(_form: Any, field: Field) -> None:
    if field.data and not 2000 <= field.data.year <= 2100:
        raise ValidationError(_l("Please give a date from 2000 to 2100."))


def time_field(label: Any, **options: Any) -> TimeField:
    return TimeField(label, [InputRequired(NEEDED)], format="%H:%M", **options)


class LocalTimeField(StringField):
    """Date and time on the clock of a city that the form names elsewhere: `.local` is naive on purpose."""

    widget = DateTimeLocalInput()
    local: datetime | None = None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if validation_stopped or not self.data:
            return
        try:
            found = datetime.strptime(self.data[:16], "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - the city follows
            if not 2000 <= found.year <= 2100:
                raise ValueError("out of range")
        except ValueError as error:
            raise ValidationError(_l("Please give date and time, for example 2026-11-30 18:00.")) from error
        self.local = found


class NewForm(Form):
    """A new roadshow, out of a preset or of one that was held."""

    start = RadioField(
        _l("Begin with"),
        [InputRequired(CHOOSE)],
        choices=[*[SelectChoice(one.key, "") for one in PRESETS], SelectChoice(CLONE, "")],
        default=PRESETS[0].key,
    )
    source = SelectField(_l("Roadshow to copy"), choices=[], validate_choice=False)
    with_people = BooleanField(_l("Take speakers and interpreters along"))
    name = TrilingualField(_l("Name of the roadshow"))
    theme = TrilingualField(_l("Theme"), needed="")
    first_day = day_field(_l("First day"))
    slug = LineField(_l("Address"), [InputRequired(NEEDED)], most=60, description=ADDRESS_HINT)
    series = SelectField(_l("Series"), choices=[])
    series_slug = LineField(_l("Address of the new series"), most=60)
    series_name = TrilingualField(_l("Name of the new series"), needed="")
    edition = SelectField(_l("Edition whose teams travel along"), choices=[])


class TextsForm(Form):
    name = TrilingualField(_l("Name of the roadshow"))
    theme = TrilingualField(_l("Theme"), needed="")
    about = TrilingualField(_l("About this roadshow"), paragraphs=True, needed="")
    contact_email = LineField(
        _l("E-mail for questions"), most=254, description=_l("Stands on the public pages and in every mail.")
    )


class RegistrationForm(Form):
    registration_opens_at = MomentField(_l("Registration opens"), [Optional()])
    registration_closes_at = MomentField(_l("Registration closes"), [Optional()])
    wishes_close_at = MomentField(_l("Wishes for meetings until"), [Optional()])
    zone = zone_field()
    places = number_field(_l("Places for guests"), needed=False)
    needs_approval = BooleanField(_l("The organizers approve each registration"))
    seats_by_rank = BooleanField(_l("Guests are seated by rank"))


_AMOUNT = re.compile(r"([0-9]{1,5})\s*(d|h|m|min)?")


class RemindersForm(Form):
    """Reminders as people write them: 1d, 2h, 30."""

    reminders = LineField(
        _l("Reminders before a session or meeting"),
        most=80,
        description=_l("Days, hours or minutes, for example: 1d, 2h, 15m. Empty: no reminders."),
    )
    quiet_from = number_field(_l("Nothing is sent from (hour)"), most=23)
    quiet_until = number_field(_l("until (hour)"), most=23)

    minutes: Sequence[int] = ()

    def validate_reminders(self, field: Field) -> None:
        found = []
        for piece in re.split(r"[,;、，\s]+", field.data or ""):
            if not piece:
                continue
            match = _AMOUNT.fullmatch(piece.lower())
            if match is None:
                raise ValidationError(
                    _l("“%(text)s” is no amount of time. Write 1d, 2h or 15m.", text=piece[:20])
                )
            found.append(int(match[1]) * {"d": 1440, "h": 60}.get(match[2] or "", 1))
        self.minutes = found

    @staticmethod
    def shown(minutes: list[int]) -> str:
        """Minutes as `reminders` reads them."""
        return ", ".join(
            f"{one // 1440}d" if one % 1440 == 0 else f"{one // 60}h" if one % 60 == 0 else f"{one}m"
            for one in minutes
        )


class PartnerForm(Form):
    kind = SelectField(_l("As"), choices=choices_of(labels.PARTNER_KINDS))
    name = TrilingualField(_l("Name in three languages"))
    url = LineField(_l("Web page"), most=300)

    def values(self) -> dict[str, Any]:
        return {"kind": PartnerKind(self.kind.data), "name": self.name.value, "url": self.url.data or ""}


class HolidayForm(Form):
    """A correction of the calendar of public holidays."""

    country = SelectField(
        _l("Country"), choices=[SelectChoice(code, labels.COUNTRIES[code]) for code in ("KR", "CN")]
    )
    date = day_field(_l("Date"))
    kind = SelectField(_l("What this day is"), choices=choices_of(labels.HOLIDAY_KINDS))
    name = TrilingualField(_l("Name in three languages"))

    def values(self) -> dict[str, Any]:
        day = self.date.data
        assert isinstance(day, date)
        return {
            "country": self.country.data,
            "date": day,
            "kind": HolidayKind(self.kind.data),
            "name": self.name.value,
        }


class StateForm(Form):
    """A button that changes the state; canceling needs a reason."""

    reason = TrilingualField(_l("Reason, as guests read it"), paragraphs=True, needed="all")


class SeenForm(Form):
    """A button that changes what was shown."""


class InviteForm(Form):
    """An organizer or auditor of the roadshow is invited by mail, link or QR code."""

    role = RadioField(
        _l("As"),
        [InputRequired(CHOOSE)],
        choices=[
            SelectChoice(Role.ORGANIZER.value, _l("Organizer")),
            SelectChoice(Role.AUDITOR.value, _l("Auditor")),
        ],
        default=Role.ORGANIZER.value,
    )
    name = LineField(_l("Name"), most=80)
    email = LineField(
        _l("E-mail"),
        most=254,
        description=_l(
            "With an address only its owner can accept. Without one, anybody who has the link can, once."
        ),
    )
    language = SelectField(
        _l("Language of the invitation"),
        choices=[SelectChoice(code, name) for code, (_tag, _folder, name) in LANGUAGES.items()],
    )


class CancelSessionForm(Form):
    reason = ParagraphsField(_l("Reason"), [InputRequired(NEEDED)], most=1000)
