"""Forms of the contestants' side."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, StopValidation, ValidationError

from accounts.addresses import normal_phone
from competition import labels
from competition.eligibility_texts import country_codes, country_name
from competition.models import Edition, Entry
from competition.operations.entries import DRAFT_VALUES
from core import clock
from core.errors import BadInput
from core.forms import Form, LineField, ParagraphsField, TrilingualField
from core.languages import LANGUAGES, Trilingual, current_language

NEEDED = _l("Please fill this in.")
CHOOSE = _l("Please choose one.")
_FOLD = str.maketrans("０１２３４５６７８９", "0123456789")
_EARLIEST_YEAR = 1900


class YearField(LineField):
    """A year of four digits, full-width ones folded, not in the future; `.data` of a sound one is an int or
    None.
    """

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = str(self.data).translate(_FOLD)

    def pre_validate(self, form: Any) -> None:
        if not self.data:
            return
        if not re.fullmatch(r"[0-9]{4}", str(self.data)):
            raise StopValidation(_l("Please write a year with four digits, for example 2024."))
        last = clock.now().year
        if not _EARLIEST_YEAR <= int(self.data) <= last:
            raise StopValidation(
                _l("Please write a year from %(first)d to %(last)d.", first=_EARLIEST_YEAR, last=last)
            )

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if not self.errors:
            self.data = int(self.data) if self.data else None

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)


class TeamForm(Form):
    """What a team says of itself."""

    name = LineField(
        _l("Team name"),
        [InputRequired(NEEDED)],
        most=80,
        description=_l("As it shall stand on certificates, in any script."),
    )
    name_latin = LineField(
        _l("Team name in Latin letters"),
        most=80,
        description=_l("For English documents; leave empty if the name is in Latin letters."),
    )
    country = RadioField(_l("Country of the team"), [InputRequired(CHOOSE)])
    affiliation = LineField(
        _l("Affiliation"),
        [InputRequired(NEEDED)],
        most=160,
        description=_l("University, company or institute. Judges from the same one don't judge you."),
    )
    company_number = LineField(
        _l("Company number"),
        most=40,
        description=_l("统一社会信用代码 or 사업자등록번호, if there is a company."),
    )
    founded_year = YearField(
        _l("Founding year of the company"), most=40, description=_l("Leave empty if it is not founded yet.")
    )
    investors = LineField(
        _l("Investors and backers"),
        most=300,
        description=_l("Separated by commas, if there are any. Judges who belong to them don't judge you."),
    )
    phone = LineField(
        _l("Phone"), most=40, description=_l("For the organizers only, with country code: +86 … or +82 …")
    )
    shown_publicly = BooleanField(
        _l("Show the team on public pages"),
        description=_l(
            "Team name, affiliation and project title, once the entry is accepted. Optional, and can be"
            " taken back at any time."
        ),
    )

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.country.choices = [SelectChoice(code, country_name(code)) for code in country_codes()]

    def validate_phone(self, field: LineField) -> None:
        region = self.country.data if self.country.data in ("CN", "KR") else ""
        try:
            field.data = normal_phone(field.data or "", region)
        except BadInput as problem:
            raise ValidationError(problem.detail) from problem

    def values(self) -> dict[str, Any]:
        """What the operations take."""
        return {
            "name": self.name.data,
            "name_latin": self.name_latin.data or "",
            "country": self.country.data,
            "affiliation": self.affiliation.data or "",
            "company_number": self.company_number.data or "",
            "founded_year": self.founded_year.data,
            "investors": self.investors.data or "",
            "phone": self.phone.data or "",
            "shown_publicly": bool(self.shown_publicly.data),
        }


class InviteForm(Form):
    """One person to be invited."""

    role = RadioField(
        _l("As"),
        [InputRequired(CHOOSE)],
        choices=[SelectChoice("member", _l("Member")), SelectChoice("adviser", _l("Adviser"))],
        default="member",
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


class GuardianForm(Form):
    """A guardian's consent, as the captain records it."""

    guardian_name = LineField(_l("Name of the guardian"), [InputRequired(NEEDED)], most=80)
    agreed = BooleanField(
        _l(
            "The guardian agrees that this member takes part and that the data are processed for the contest."
        ),
        [InputRequired(_l("Please confirm that the guardian agrees."))],
    )


class EntryForm(Form):
    """The entry's text; everything may be empty while it is a draft."""

    title = TrilingualField(
        _l("Project name"), needed="", description=_l("In one to three languages; at least one is needed.")
    )
    summary = TrilingualField(
        _l("Project summary"),
        paragraphs=True,
        needed="",
        description=_l("What problem, for whom, how, and why you. Judges read the language they know best."),
    )
    track = SelectField(_l("Track"))
    division = SelectField(_l("Division"))
    stage = SelectField(_l("Stage"))
    sector = LineField(
        _l("Sector"), most=80, description=_l("For example: agriculture, medical devices, education.")
    )
    video_url = LineField(
        _l("Pitch video (link)"),
        most=300,
        description=_l(
            "An https:// address at any site that both countries can open, Bilibili or Naver TV for example."
        ),
    )
    earlier_prize = LineField(
        _l("Earlier prizes of this project"),
        most=200,
        description=_l("Contest, year, prize. Leave empty if there are none."),
    )

    def __init__(self, *args: Any, edition: Edition, **values: Any) -> None:
        super().__init__(*args, **values)
        self.edition = edition
        nothing = [SelectChoice("", "—")]
        lang = current_language()
        self.track.choices = nothing + [
            SelectChoice(row.slug, row.name.pick(lang).text) for row in edition.tracks
        ]
        self.division.choices = nothing + [
            SelectChoice(row.slug, row.name.pick(lang).text) for row in edition.divisions
        ]
        self.stage.choices = nothing + [
            SelectChoice(stage.value, label) for stage, label in labels.STAGES.items()
        ]
        if not edition.tracks:
            del self.track
        if not edition.divisions:
            del self.division

    def draft_values(self, entry: Entry, names: Container[str] | None = None) -> dict[str, Any]:
        """What `save_draft` takes, of all fields or of those sent under the flat `names` (`title-zh`,
        `sector`).

        A text in three languages of which only one was sent keeps the others. Raises `BadInput` for what is
        wrong in these fields, under their flat names.
        """
        self.validate()
        wrong: dict[str, Any] = {}
        values: dict[str, Any] = {}
        for name in DRAFT_VALUES:
            field = self._fields.get(name)
            if isinstance(field, TrilingualField):
                sent = [inner for inner in field.form if names is None or inner.name in names]
                wrong |= {inner.name: inner.errors[0] for inner in sent if inner.errors}
                if sent:
                    known = getattr(entry, name).to_json()
                    values[name] = Trilingual(
                        **known | {inner.short_name: inner.data or "" for inner in sent}
                    )
            elif field is not None and (names is None or name in names):
                if field.errors:
                    wrong[name] = field.errors[0]
                values[name] = self._row(name, field.data)
        if wrong:
            raise BadInput(fields=wrong)
        return values

    def _row(self, name: str, value: Any) -> Any:
        if name in ("track", "division"):
            rows = self.edition.tracks if name == "track" else self.edition.divisions
            return next((row for row in rows if row.slug == value), None)
        return value or ""

    def validate_video_url(self, field: LineField) -> None:
        if field.data and not is_https_address(field.data):
            raise ValidationError(_l("Please write a full address that begins with https://"))


class SubmitForm(Form):
    """The last step: the pledge, and the hash of what the page showed."""

    pledged = BooleanField(_l("We confirm this statement."))
    seen = HiddenField()

    def validate_seen(self, field: HiddenField) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", field.data or ""):
            raise StopValidation(_l("Please reload the page and send the form again."))


class WithdrawForm(Form):
    """Why a team goes."""

    reason = ParagraphsField(_l("Reason"), [InputRequired(NEEDED)], most=1000)


class PlainForm(Form):
    """Nothing but the token and the idempotency key: acts that need no further word."""


def is_https_address(text: str) -> bool:
    """True for an absolute https address with a host, without account or doubtful characters."""
    if any(character.isspace() or character in '"<>\\^`{|}' for character in text):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and "." in (parts.hostname or "").strip(".")
        and "@" not in parts.netloc
        and (port is None or port > 0)
    )
