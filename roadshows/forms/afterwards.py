"""What organizers send after the event: outcomes and tasks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from core.forms import Form, LineField, ParagraphsField
from roadshows.forms.meetings import CHOOSE, NEEDED, CountField
from roadshows.labels_of_meetings import STAGES
from roadshows.models import FollowUp, Outcome
from roadshows.operations.afterwards import MOST_AMOUNT

CURRENCIES = ("CNY", "KRW", "USD", "EUR", "HKD", "JPY", "SGD")


class OutcomeForm(Form):
    team = SelectField(_l("Team"), [InputRequired(CHOOSE)])
    investor = SelectField(_l("Investor"), [InputRequired(CHOOSE)])
    stage = SelectField(
        _l("How far"),
        [InputRequired(CHOOSE)],
        choices=[SelectChoice(stage.value, text) for stage, text in STAGES.items()],
    )
    on = DateField(_l("On"), [InputRequired(NEEDED)])
    amount = CountField(
        _l("Amount"),
        [Optional()],
        least=1,
        most=MOST_AMOUNT,
        description=_l("In whole units, for example 3000000."),
    )
    currency = SelectField(
        _l("Currency"),
        [Optional()],
        choices=[SelectChoice("", "–"), *(SelectChoice(code, code) for code in CURRENCIES)],
    )
    note = ParagraphsField(_l("Note"), [Optional()], most=2000)

    @classmethod
    def showing(cls, row: Outcome) -> OutcomeForm:
        return cls(
            team=row.team.key,
            investor=row.investor.key,
            stage=row.stage.value,
            on=row.on,
            amount="" if row.amount is None else str(row.amount),
            currency=row.currency,
            note=row.note,
            version=row.version,
        )


class TaskForm(Form):
    title = LineField(_l("What has to be done"), [InputRequired(NEEDED)], most=200)
    assignee = SelectField(_l("By whom"), [Optional()])
    due_on = DateField(_l("Until"), [Optional()])
    outcome = SelectField(_l("About which pair"), [Optional()])
    note = ParagraphsField(_l("Note"), [Optional()], most=2000)

    @classmethod
    def showing(cls, row: FollowUp) -> TaskForm:
        return cls(
            title=row.title,
            assignee=str(row.assigned_to or ""),
            due_on=row.due_on,
            outcome=str(row.outcome_id or ""),
            note=row.note,
            version=row.version,
        )
