"""What people send about their account, and what is wrong with it."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_location
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from accounts.addresses import normal_email, normal_phone
from accounts.passwords import weakness
from core import clock
from core.errors import BadInput
from core.forms import Form, LineField
from core.languages import LANGUAGES

_NEEDED = _l("Please fill this in.")
_ZONES = (
    "Asia/Shanghai", "Asia/Seoul", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Tokyo", "Asia/Singapore",
    "Asia/Bangkok", "Asia/Jakarta", "Asia/Kolkata", "Asia/Tashkent", "Asia/Dubai", "Europe/Moscow",
    "Europe/Istanbul", "Europe/Berlin", "Europe/Paris", "Europe/London", "America/New_York",
    "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Vancouver", "America/Sao_Paulo",
    "Australia/Sydney", "Pacific/Auckland", "Africa/Cairo", "Africa/Johannesburg", "UTC",
)  # fmt: skip
YOUNG = 14
"""Under this age a guardian agrees (PIPL article 31; 개인정보 보호법 제22조의2)."""


class EmailField(StringField):
    """One e-mail address; what was typed stays as typed, `.address` is its normal spelling."""

    address = ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0][:1000] if valuelist else ""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if validation_stopped or not self.data:
            return
        try:
            self.address = normal_email(self.data)
        except BadInput as problem:
            raise ValidationError(problem.detail) from problem


class SecretField(PasswordField):
    """A password exactly as typed: nothing is trimmed."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else ""


class PhoneField(StringField):
    """A telephone number; `.number` is its E.164 form, "" when left empty. Reads `country` of the same
    form."""

    number = ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0][:60] if valuelist else ""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        country = getattr(form, "country", None)
        try:
            self.number = normal_phone(self.data or "", country.data if country else "")
        except BadInput as problem:
            raise ValidationError(problem.detail) from problem


class BirthYearField(IntegerField):
    """A year of birth, folded from full-width digits."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        digits = text.translate(str.maketrans("０１２３４５６７８９", "0123456789"))
        if not (digits.isascii() and digits.isdigit() and len(digits) == 4):
            raise ValueError(str(_l("Please write the year with four digits, for example 1998.")))
        self.data = int(digits)


def birth_year_limits(_form: Any, field: Any) -> None:
    this_year = clock.now().year
    if field.data is not None and not this_year - 110 <= field.data <= this_year - 5:
        raise ValidationError(_l("Please check the year of birth."))


def new_password(field_email: str = "email", field_name: str = "name") -> Any:
    """A validator: the password can be taken for the person described by the form's other fields."""

    def check(form: Any, field: Any) -> None:
        email = getattr(form, field_email, None)
        name = getattr(form, field_name, None)
        known = getattr(form, "owner", None)
        problem = weakness(
            field.data or "",
            email=(email.data if email else "") or (known and known.email) or "",
            name=(name.data if name else "") or (known and known.name) or "",
        )
        if problem:
            raise ValidationError(problem)

    return check


def language_choices() -> list[tuple[str, str]]:
    return [(code, name) for code, (_tag, _folder, name) in LANGUAGES.items()]


def country_choices() -> list[tuple[str, Any]]:
    return [("", "—"), ("CN", _l("China")), ("KR", _l("Korea")), ("ZZ", _l("Another country"))]


def zone_choices() -> list[tuple[str, str]]:
    """The contest's two zones first; each by its city and what its clocks show now."""
    return [(zone, f"{_zone_name(zone, str(get_locale()))} ({_offset(zone)})") for zone in _ZONES]


@cache
def _zone_name(zone: str, locale: str) -> str:
    if zone == "Asia/Shanghai":
        return str(_("Chengdu, Shanghai"))
    if zone == "Asia/Kolkata":  # the locale data know the city under its former name only
        return str(Locale.parse(locale).time_zones.get("Asia/Calcutta", {}).get("city", "Kolkata"))
    return "UTC" if zone == "UTC" else get_timezone_location(zone, locale=locale, return_city=True)


def _offset(zone: str) -> str:
    minutes = int((clock.now().astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


class SignUpForm(Form):
    """Everything an account needs, and the consents in two blocks: required ones, optional ones."""

    email = EmailField(
        _l("E-mail"), [InputRequired(_NEEDED)], render_kw={"autocomplete": "username", "inputmode": "email"}
    )
    password = SecretField(
        _l("Password"),
        [InputRequired(_NEEDED), new_password()],
        description=_l("At least 12 characters, in any script. A sentence is easy to keep in mind."),
        render_kw={"autocomplete": "new-password"},
    )
    name = LineField(
        _l("Full name"),
        [DataRequired(_NEEDED)],
        most=80,
        description=_l("As you write it yourself: 王小明, 김민수."),
        render_kw={"autocomplete": "name"},
    )
    name_latin = LineField(
        _l("Name in Latin letters"),
        most=80,
        description=_l("As in the passport; it is printed on English certificates."),
    )
    birth_year = BirthYearField(
        _l("Year of birth"),
        [InputRequired(_NEEDED), birth_year_limits],
        render_kw={"autocomplete": "bday-year", "inputmode": "numeric"},
    )
    country = SelectField(
        _l("Country"),
        [InputRequired(_NEEDED)],
        choices=country_choices,
        render_kw={"autocomplete": "country"},
    )
    language = SelectField(_l("Language of messages"), choices=language_choices)
    time_zone = SelectField(_l("Time zone"), choices=zone_choices)
    guardian = LineField(
        _l("Name of a parent or guardian"), most=80, description=_l("Only for people under 14.")
    )
    guardian_agrees = BooleanField(_l("My parent or guardian has read the texts below and agrees."))
    processing = BooleanField(_l("Consent to personal-data processing"))
    transfer_abroad = BooleanField(_l("Consent to transfer abroad"))
    publication = BooleanField(_l("Publication of name and picture"))
    news = BooleanField(_l("News"))

    def validate_processing(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_l("Without this agreement no account can be made."))

    validate_transfer_abroad = validate_processing

    def validate_guardian_agrees(self, field: Any) -> None:
        if is_young(self.birth_year.data) and not field.data:
            raise ValidationError(_l("People under 14 can sign up only if a parent or guardian agrees."))

    def validate(self, extra_validators: Any = None) -> bool:
        sound = super().validate(extra_validators)
        if is_young(self.birth_year.data) and not self.guardian.data:
            self.guardian.errors = [
                _l("People under 14 need a parent or guardian who agrees: please write the name.")
            ]
            return False
        return bool(sound)


def is_young(birth_year: int | None) -> bool:
    """True for people who are, or this year may still be, under 14."""
    return birth_year is not None and birth_year > clock.now().year - YOUNG - 1


class SignInForm(Form):
    email = StringField(
        _l("E-mail"),
        [InputRequired(_NEEDED)],
        render_kw={"autocomplete": "username", "inputmode": "email", "type": "email"},
    )
    password = SecretField(
        _l("Password"), [InputRequired(_NEEDED)], render_kw={"autocomplete": "current-password"}
    )


class CodeForm(Form):
    code = StringField(
        _l("Six-digit code"),
        [InputRequired(_NEEDED)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "12"},
    )

    def digits(self) -> str:
        """The code with full-width digits folded and white space dropped."""
        folded = (self.code.data or "").translate(str.maketrans("０１２３４５６７８９", "0123456789"))
        return "".join(folded.split())[:12]


class ForgotForm(Form):
    email = EmailField(
        _l("E-mail"), [InputRequired(_NEEDED)], render_kw={"autocomplete": "username", "inputmode": "email"}
    )


class NewPasswordForm(Form):
    """`owner` is whose password it is, set by the view."""

    owner: Any = None
    password = SecretField(
        _l("New password"),
        [InputRequired(_NEEDED), new_password()],
        description=_l("At least 12 characters, in any script. A sentence is easy to keep in mind."),
        render_kw={"autocomplete": "new-password"},
    )


class ChangePasswordForm(NewPasswordForm):
    current = SecretField(_l("Current password"), render_kw={"autocomplete": "current-password"})


class ChangeEmailForm(Form):
    email = EmailField(
        _l("New e-mail"), [InputRequired(_NEEDED)], render_kw={"autocomplete": "email", "inputmode": "email"}
    )
    current = SecretField(
        _l("Current password"), [InputRequired(_NEEDED)], render_kw={"autocomplete": "current-password"}
    )


class ProfileForm(Form):
    name = LineField(
        _l("Full name"),
        [DataRequired(_NEEDED)],
        most=80,
        description=_l("As you write it yourself: 王小明, 김민수."),
        render_kw={"autocomplete": "name"},
    )
    name_latin = LineField(
        _l("Name in Latin letters"),
        most=80,
        description=_l("As in the passport; it is printed on English certificates."),
    )
    language = SelectField(_l("Language of messages"), choices=language_choices)
    time_zone = SelectField(_l("Time zone"), choices=zone_choices)
    country = SelectField(_l("Country"), choices=country_choices)
    phone = PhoneField(
        _l("Mobile number"),
        description=_l("Only the organizers see it, for questions on the day."),
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    birth_year = BirthYearField(
        _l("Year of birth"), [Optional(), birth_year_limits], render_kw={"inputmode": "numeric"}
    )


class EraseForm(Form):
    current = SecretField(
        _l("Current password"), [InputRequired(_NEEDED)], render_kw={"autocomplete": "current-password"}
    )
    sure = BooleanField(_l("Yes, delete my account for good"))

    def validate_sure(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_l("Please tick this box if you are sure."))


class AcceptForm(Form):
    """What somebody without an account adds when accepting an invitation."""

    name = LineField(_l("Full name"), [DataRequired(_NEEDED)], most=80, render_kw={"autocomplete": "name"})
    email = EmailField(
        _l("E-mail"),
        description=_l("So that messages reach you, and you can sign in on another device later."),
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )
    processing = BooleanField(_l("Consent to personal-data processing"))
    transfer_abroad = BooleanField(_l("Consent to transfer abroad"))

    def validate_processing(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_l("Without this agreement no account can be made."))

    validate_transfer_abroad = validate_processing


class ReasonForm(Form):
    reason = LineField(_l("Reason"), [DataRequired(_NEEDED)], most=300)
