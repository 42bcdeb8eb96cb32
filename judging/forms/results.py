"""Forms of results: reasons, the moment of publication, decisions on ties, objections and their answers."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import DateTimeLocalInput

from core.errors import BadInput
from core.forms import Form, LineField, ParagraphsField
from judging.models import ObjectionOutcome
from judging.operations.objections import LONGEST

ZONES = {"Asia/Seoul": _l("Seoul (UTC+9)"), "Asia/Shanghai": _l("Chengdu (UTC+8)"), "UTC": _l("UTC")}


class FinalizeForm(Form):
    """Why the published result is corrected; empty for the first version."""

    reason = LineField(_l("Reason of the correction"), most=300)


class ReasonForm(Form):
    reason = LineField(_l("Reason"), [InputRequired(_l("Please give the reason."))], most=300)


class SignForm(Form):
    """The hash that the signer has seen."""

    sha256 = StringField()


class PublishForm(Form):
    """Now, or at a moment in a named zone."""

    when = RadioField(
        _l("When"),
        choices=[SelectChoice("now", _l("Now")), SelectChoice("later", _l("At a set time"))],
        default="now",
    )
    at = StringField(_l("Date and time"), [Optional()], widget=DateTimeLocalInput())
    zone = SelectField(_l("Time zone"), choices=[SelectChoice(zone, name) for zone, name in ZONES.items()])

    def moment(self) -> datetime | None:
        """The chosen moment, aware; None for now. Raises BadInput for a time that can't be read."""
        if self.when.data == "now":
            return None
        try:
            naive = datetime.strptime(self.at.data or "", "%Y-%m-%dT%H:%M")  # noqa: DTZ007 (the zone follows)
            return naive.replace(tzinfo=ZoneInfo(self.zone.data)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise BadInput(fields={"at": _l("Please give date and time.")}) from error


def home_zone(of_person: str) -> str:
    """The zone offered first: the person's own if it is one of the contest's."""
    return of_person if of_person in ZONES else "Asia/Seoul"


class ObjectionForm(Form):
    reason = ParagraphsField(
        _l("Reason of the objection"), [InputRequired(_l("Please give the reason."))], most=LONGEST
    )


class AnswerForm(Form):
    outcome = RadioField(
        _l("Decision"),
        choices=[
            SelectChoice(ObjectionOutcome.UPHELD.value, _l("Upheld")),
            SelectChoice(ObjectionOutcome.DISMISSED.value, _l("Dismissed")),
        ],
        validators=[InputRequired(_l("Please choose one."))],
    )
    answer = ParagraphsField(
        _l("Answer to the team"), [InputRequired(_l("Please write the answer."))], most=LONGEST
    )
