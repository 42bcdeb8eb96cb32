"""What guests and their organizers send, and what is wrong with it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, ValidationError

from accounts.forms import EmailField, PhoneField, language_choices
from core.forms import Form, LineField, ParagraphsField
from core.languages import current_language
from roadshows.guest_labels import KINDS, STATES
from roadshows.models import GuestConsentPurpose, GuestKind, GuestState

_NEEDED = _l("Please fill this in.")
_AT_HOME = {"zh": "CN", "ko": "KR", "en": ""}


def kind_choices() -> list[tuple[str, Any]]:
    return [(kind.value, label) for kind, label in KINDS.items()]


def _first_states() -> list[tuple[str, Any]]:
    return [(state.value, STATES[state]) for state in (GuestState.INVITED, GuestState.CONFIRMED)]


class _Who(Form):
    """Name, organization and how to reach somebody."""

    name = LineField(
        _l("Full name"),
        [DataRequired(_NEEDED)],
        most=80,
        description=_l("As you write it yourself: 王小明, 김민수."),
        render_kw={"autocomplete": "name"},
    )
    name_latin = LineField(
        _l("Name in Latin letters"), most=80, description=_l("It is printed on the badge under the name.")
    )
    organization = LineField(
        _l("Organization"),
        [DataRequired(_NEEDED)],
        most=200,
        render_kw={"autocomplete": "organization"},
    )
    position = LineField(_l("Position"), most=120, render_kw={"autocomplete": "organization-title"})
    email = EmailField(
        _l("E-mail"), [InputRequired(_NEEDED)], render_kw={"autocomplete": "email", "inputmode": "email"}
    )
    phone = PhoneField(
        _l("Mobile number"),
        description=_l("Only the organizers see it, for questions on the day."),
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    language = SelectField(_l("Language of messages"), choices=language_choices)
    needs_interpreting = BooleanField(_l("Interpreting is needed"))
    needs = ParagraphsField(
        _l("Other needs"), most=500, description=_l("For example wheelchair access or diet.")
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        # A national number is that of the country whose language the page speaks.
        self.country = SimpleNamespace(data=_AT_HOME[current_language()])

    def values(self) -> dict[str, Any]:
        """What operations take."""
        plain = ("name", "name_latin", "organization", "position", "language", "needs")
        return {name: self[name].data or "" for name in plain} | {
            "phone": self.phone.number,
            "needs_interpreting": bool(self.needs_interpreting.data),
        }


class _Consents(Form):
    processing = BooleanField(_l("Consent to personal-data processing"))
    transfer_abroad = BooleanField(_l("Consent to transfer abroad"))
    card = BooleanField(_l("Card shown to teams and investors"))
    photos = BooleanField(_l("Photographs and film"))

    def agreed(self) -> set[GuestConsentPurpose]:
        return {purpose for purpose in GuestConsentPurpose if self[purpose.value].data}


class RegisterForm(_Who, _Consents):
    """Public registration. `website` is hidden from people: who fills it in is a program."""

    kind = RadioField(_l("You come as"), [InputRequired(_NEEDED)], choices=kind_choices)
    website = StringField(_l("Please leave this empty"))

    def validate_processing(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_l("Without this agreement you can't be registered."))

    validate_transfer_abroad = validate_processing

    def values(self) -> dict[str, Any]:
        return super().values() | {"kind": GuestKind(self.kind.data)}


class AcceptForm(_Consents):
    """An invited guest says yes, and agrees to what coming needs unless that stands already."""


class WishesForm(Form):
    """What guests change on their own page."""

    phone = PhoneField(
        _l("Mobile number"),
        description=_l("Only the organizers see it, for questions on the day."),
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    language = SelectField(_l("Language of messages"), choices=language_choices)
    needs_interpreting = BooleanField(_l("Interpreting is needed"))
    needs = ParagraphsField(
        _l("Other needs"), most=500, description=_l("For example wheelchair access or diet.")
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.country = SimpleNamespace(data=_AT_HOME[current_language()])


class EraseForm(Form):
    sure = BooleanField(_l("Yes, delete what is kept about me at this event"))

    def validate_sure(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_l("Please tick this box if you are sure."))


class GuestForm(_Who):
    """The organizers' form for one guest."""

    kind = SelectField(_l("Kind of guest"), choices=kind_choices)
    organization = LineField(_l("Organization"), most=200)
    email = EmailField(_l("E-mail"), [Optional()], render_kw={"inputmode": "email"})
    name = LineField(_l("Full name"), [DataRequired(_NEEDED)], most=80)
    rank = IntegerField(
        _l("Precedence"),
        [Optional(), NumberRange(1, 9999, _l("Please write a number from 1 to 9999."))],
        description=_l("The smaller, the further in front, where seats go by rank."),
        render_kw={"inputmode": "numeric"},
    )
    seat = LineField(_l("Seat"), most=20)

    def values(self) -> dict[str, Any]:
        return super().values() | {
            "kind": GuestKind(self.kind.data),
            "rank": self.rank.data,
            "seat": self.seat.data or "",
        }


class NewGuestForm(GuestForm):
    state = RadioField(
        _l("State"),
        choices=_first_states,
        default="invited",
    )
    is_told = BooleanField(_l("Send the invitation or the ticket by mail at once"), default=True)


class ImportForm(Form):
    file = FileField(_l("File"))


class ConfirmImportForm(Form):
    token = HiddenField()
    is_told = BooleanField(_l("Send every guest the invitation by mail at once"))


class SeatsForm(Form):
    rows = IntegerField(
        _l("Rows"), [InputRequired(_NEEDED), NumberRange(1, 100, _l("Please write a number from 1 to 100."))]
    )
    per_row = IntegerField(
        _l("Seats in a row"),
        [InputRequired(_NEEDED), NumberRange(1, 100, _l("Please write a number from 1 to 100."))],
    )
    anew = BooleanField(_l("Also move guests who have a seat"))


class DeviceForm(Form):
    name = LineField(
        _l("Name of the device"),
        [DataRequired(_NEEDED)],
        most=60,
        description=_l("For example: main entrance, left"),
    )


class WalkInForm(Form):
    name = LineField(_l("Full name"), [DataRequired(_NEEDED)], most=80)
    name_latin = LineField(_l("Name in Latin letters"), most=80)
    organization = LineField(_l("Organization"), most=200)
    kind = SelectField(_l("Kind of guest"), choices=kind_choices)
    agreed = BooleanField(_l("The guest has read the notice on personal data and agrees"))

    def validate_agreed(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_l("Without this agreement nobody can be put on the list."))
