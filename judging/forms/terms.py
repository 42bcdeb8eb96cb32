"""The judges' pledge: its wording, and a signature under it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired

from core.forms import Form, LineField, TrilingualField
from judging.forms.panel import NEEDED


class TermsForm(Form):
    text = TrilingualField(_l("Text in three languages"), paragraphs=True, needed="all")


class PledgeForm(Form):
    signed_as = LineField(
        _l("Your name"), [InputRequired(NEEDED)], most=80, render_kw={"autocomplete": "name"}
    )
    agreed = BooleanField(_l("I have read this and undertake it."))
    sha256 = HiddenField()
    next = HiddenField()
