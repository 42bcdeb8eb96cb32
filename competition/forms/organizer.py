"""Forms of the organizers' side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import DateTimeLocalInput

from accounts.models import Role
from competition import labels
from competition.eligibility import AGES_OF, COUNTRIES
from competition.models import Edition, MilestoneKind
from core.forms import Form, LineField, ParagraphsField, TrilingualField
from core.languages import LANGUAGES

NEEDED = _l("Please fill this in.")
CHOOSE = _l("Please choose one.")

ZONES: dict[str, Any] = {
    "Asia/Seoul": _l("Seoul time (UTC+9)"),
    "Asia/Shanghai": _l("Chengdu time (UTC+8)"),
    "UTC": "UTC",
}
HOME_ZONE = {"zh": "Asia/Shanghai", "ko": "Asia/Seoul", "en": "Asia/Seoul"}
_LOCAL = "%Y-%m-%dT%H:%M"


class MomentField(StringField):
    """Date and time as a browser sends them, read in the form's field `zone`; `.moment` is aware, in UTC."""

    widget = DateTimeLocalInput()

    moment: datetime | None = None

    def set(self, moment: datetime | None, zone: str) -> None:
        """Show `moment` as the clocks of `zone` do."""
        self.data = moment.astimezone(ZoneInfo(zone)).strftime(_LOCAL) if moment else ""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if validation_stopped or not self.data:
            return
        zone = form.zone.data if form.zone.data in ZONES else "UTC"
        try:
            naive = datetime.strptime(self.data[:16], _LOCAL)  # noqa: DTZ007 - the zone follows
            if not 2000 <= naive.year <= 2200:
                raise ValueError("out of range")
        except ValueError as error:
            raise ValidationError(_l("Please give date and time, for example 2026-11-30 18:00.")) from error
        self.moment = naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def zone_field() -> SelectField:
    return SelectField(
        _l("Time zone"),
        choices=[SelectChoice(zone, name) for zone, name in ZONES.items()],
        default="Asia/Seoul",
    )


def number_field(label: Any, *, least: int = 0, most: int = 100_000, needed: bool = True) -> IntegerField:
    checks: list[Any] = [InputRequired(NEEDED)] if needed else [Optional()]
    wrong = _l("Please write a whole number from %(least)d to %(most)d.", least=least, most=most)
    return IntegerField(label, [*checks, NumberRange(least, most, message=wrong)])


# --- contests and editions ---


class ContestForm(Form):
    """A new contest."""

    slug = LineField(
        _l("Address"),
        [InputRequired(NEEDED)],
        most=60,
        description=_l("Small letters, digits and hyphens; it becomes part of the web address."),
    )
    name = TrilingualField(_l("Name of the contest"))
    hosts = TrilingualField(_l("Hosts"), needed="")


class EditionForm(Form):
    """A new edition of a contest."""

    contest = SelectField(_l("Contest"), [InputRequired(CHOOSE)], coerce=int)
    slug = LineField(
        _l("Address"),
        [InputRequired(NEEDED)],
        most=60,
        description=_l("Small letters, digits and hyphens; it becomes part of the web address."),
    )
    year = number_field(_l("Year"), least=2000, most=2200)
    name = TrilingualField(_l("Name of the edition"))


class CloneForm(Form):
    """A new edition made out of one that was held."""

    slug = LineField(
        _l("Address"),
        [InputRequired(NEEDED)],
        most=60,
        description=_l("Small letters, digits and hyphens; it becomes part of the web address."),
    )
    year = number_field(_l("Year"), least=2000, most=2200)
    name = TrilingualField(_l("Name of the edition"))
    days = number_field(_l("Move all dates by days"), least=-10_000, most=10_000, needed=False)


class BasicsForm(Form):
    """Names and texts of an edition."""

    year = number_field(_l("Year"), least=2000, most=2200)
    name = TrilingualField(_l("Name of the edition"))
    theme = TrilingualField(_l("Theme"), needed="")
    place = TrilingualField(_l("Place"), needed="")
    issuers = TrilingualField(_l("Certificates are issued by"), needed="")
    about = TrilingualField(_l("About this edition"), paragraphs=True, needed="")


class EntryRulesForm(Form):
    """Places, sizes of teams, receipts, the notice period."""

    entry_places = number_field(_l("Places for entries"), needed=False)
    team_least = number_field(_l("Smallest team"), least=1, most=100)
    team_most = number_field(_l("Largest team"), least=1, most=100)
    notice_days = number_field(_l("Public-notice period, in days"), most=365)
    receipt_prefix = LineField(
        _l("Receipt numbers begin with"),
        [InputRequired(NEEDED)],
        most=20,
        description=_l("For example CKY2026."),
    )


class RuleForm(Form):
    """One eligibility rule. Which fields count depends on the kind."""

    kind = SelectField(
        _l("Kind of rule"),
        choices=[
            SelectChoice("age", _l("Age")),
            SelectChoice("team_size", _l("Team size")),
            SelectChoice("company_age", _l("Age of the company")),
            SelectChoice("country", _l("Country")),
            SelectChoice("earlier_prize", _l("Earlier prize")),
        ],
    )
    who = SelectField(
        _l("Whose age"),
        choices=[
            SelectChoice("all", _l("Everybody in the team")),
            SelectChoice("captain", _l("The captain")),
            SelectChoice("average", _l("The average of the team")),
        ],
    )
    least = number_field(_l("At least"), most=1000, needed=False)
    most = number_field(_l("At most"), most=1000, needed=False)
    country = SelectField(
        _l("Countries"),
        choices=[
            SelectChoice("CN,KR,joint", _l("All")),
            SelectChoice("CN,joint", _l("Chinese and joint teams")),
            SelectChoice("KR,joint", _l("Korean and joint teams")),
            SelectChoice("joint", _l("Joint teams only")),
        ],
    )
    severity = SelectField(
        _l("If the rule is not met"),
        choices=[
            SelectChoice("blocking", _l("The entry can't be submitted")),
            SelectChoice("warning", _l("The organizers are told and decide")),
        ],
    )
    text = TrilingualField(_l("In your own words"), needed="")

    def rule(self) -> dict[str, Any]:
        """The rule as `competition.eligibility` reads it."""
        limits = {
            name: value
            for name, value in (("least", self.least.data), ("most", self.most.data))
            if value is not None
        }
        kind = self.kind.data
        parameters: dict[str, Mapping[str, Any]] = {
            "age": limits | {"who": self.who.data if self.who.data in AGES_OF else "all"},
            "team_size": limits,
            "company_age": {"most": limits["most"]} if "most" in limits else {},
            "country": {
                "countries": [code for code in (self.country.data or "").split(",") if code in COUNTRIES]
            },
            "earlier_prize": {"allowed": False},
        }
        rule = {"kind": kind, **parameters[kind]}
        if self.severity.data == "warning":
            rule["severity"] = "warning"
        if self.text.value:
            rule["text"] = self.text.value.to_json()
        return rule


# --- parts of an edition ---


class MilestoneForm(Form):
    """A date, typed in one zone and shown in both cities."""

    kind = SelectField(
        _l("Date"), choices=[SelectChoice(kind.value, labels.MILESTONES[kind]) for kind in MilestoneKind]
    )
    at = MomentField(_l("Date and time"), [InputRequired(NEEDED)])
    zone = zone_field()
    name = TrilingualField(_l("Name, where the usual one doesn't fit"), needed="")


class PartForm(Form):
    """A track or division."""

    slug = LineField(_l("Short name in addresses"), most=40)
    name = TrilingualField(_l("Name in three languages"))


class RoundForm(Form):
    """A round of judging."""

    slug = LineField(_l("Short name in addresses"), most=40)
    name = TrilingualField(_l("Name in three languages"))
    scoring_opens_at = MomentField(_l("Scoring opens"), [Optional()])
    scoring_closes_at = MomentField(_l("Scoring closes"), [Optional()])
    zone = zone_field()
    judges_per_entry = number_field(_l("Judges per entry"), least=1, most=100)
    advance_places = number_field(_l("Teams that go on to the next round"), least=1, needed=False)
    awards_prizes = BooleanField(_l("The prizes are awarded in this round"))
    show_marks = BooleanField(_l("Published results show every mark, without the judges' names"))


class PrizeForm(Form):
    """A prize; its three names are written, never translated by rule."""

    name = TrilingualField(_l("Name in three languages"), needed="all")
    places = number_field(_l("How many teams get it"), least=1, most=10_000)
    gift = TrilingualField(_l("What comes with it"), needed="")


class LadderForm(Form):
    """A set of prizes as real contests use them."""

    ladder = RadioField(_l("Set of prizes"), [InputRequired(CHOOSE)], validate_choice=False)


class SeenForm(Form):
    """A button that changes what was shown."""


class ReasonForm(Form):
    """A button that needs a reason."""

    reason = ParagraphsField(_l("Reason"), [InputRequired(NEEDED)], most=2000)


# --- decisions ---


class AcceptForm(Form):
    """Takes the entry in."""

    seen = StringField()


class ReturnForm(Form):
    """Comments per field; at least one."""

    seen = StringField()
    general = ParagraphsField(_l("In general"), most=2000)
    until = MomentField(_l("May be mended until"), [Optional()])
    zone = zone_field()

    def comments(self) -> dict[str, str]:
        """Field name -> comment, those that were written; "" stands for the whole entry."""
        found = {"": self.general.data or ""}
        found |= {name: self[f"on_{name}"].data or "" for name in labels.ENTRY_FIELDS}
        return {name: text for name, text in found.items() if text}


for _name, _label in labels.ENTRY_FIELDS.items():
    setattr(ReturnForm, f"on_{_name}", ParagraphsField(_label, most=1000))


class RejectForm(Form):
    """Says why."""

    seen = StringField()
    reason = ParagraphsField(_l("Reason, as the team reads it"), [InputRequired(NEEDED)], most=2000)


class DisqualifyForm(RejectForm):
    """Says why."""


class ExtendForm(Form):
    """More time for one team."""

    until = MomentField(_l("New deadline of this team"), [InputRequired(NEEDED)])
    zone = zone_field()
    reason = ParagraphsField(_l("Reason, for the record"), [InputRequired(NEEDED)], most=1000)


class BulkForm(Form):
    """The same decision on the entries that were picked."""

    decision = StringField()
    reason = ParagraphsField(_l("Reason, as the teams read it"), most=2000)
    until = MomentField(_l("May be mended until"), [Optional()])
    zone = zone_field()


# --- people, import ---


class InviteForm(Form):
    """An organizer or auditor is invited by mail, link or QR code."""

    role = RadioField(
        _l("As"),
        [InputRequired(CHOOSE)],
        choices=[SelectChoice(role.value, labels.ROLES[role]) for role in (Role.ORGANIZER, Role.AUDITOR)],
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


class ImportForm(Form):
    """A table of teams."""

    file = FileField(_l("File (XLSX or CSV)"))


class ConfirmImportForm(Form):
    """The table that was checked a moment ago."""

    token = StringField()


def show_moments(form: Form, zone: str, **moments: datetime | None) -> None:
    """Fill the form's date fields with what stands there, as the clocks of `zone` show it."""
    form.zone.data = zone  # type: ignore[attr-defined]
    for name, moment in moments.items():
        form[name].set(moment, zone)


def edition_values(edition: Edition, *names: str) -> dict[str, Any]:
    """What the form's fields begin with."""
    return {name: getattr(edition, name) for name in names}
