"""What organizers send about certificates."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from core.forms import Form, ParagraphsField


class IssueForm(Form):
    """Give out certificates for the final results."""

    recipients = RadioField(
        _l("One certificate for each"),
        choices=[
            SelectChoice("team", _l("winning team")),
            SelectChoice("member", _l("member of a winning team")),
        ],
        default="team",
        validators=[InputRequired(_l("Please choose one."))],
    )
    issued_on = DateField(
        _l("Date of issue"),
        validators=[InputRequired(_l("Please give the date that shall stand on the page."))],
    )


class RevokeForm(Form):
    """Declare one certificate void."""

    reason = ParagraphsField(
        _l("Reason"), validators=[InputRequired(_l("Please say why: the reason is kept."))], most=500
    )
