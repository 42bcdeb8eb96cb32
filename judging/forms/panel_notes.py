"""What a head judge and the organizers write before the result."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired

from core.forms import Form, ParagraphsField


class NoteForm(Form):
    text = ParagraphsField(
        _l("New note"),
        [InputRequired(_l("Please write something."))],
        most=2000,
        render_kw={"maxlength": 2000},
    )
