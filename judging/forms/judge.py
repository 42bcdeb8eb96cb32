"""What judges send without JavaScript: a whole sheet, and a recusal."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms.validators import InputRequired, ValidationError

from core.errors import BadInput
from core.forms import Form, ParagraphsField, decimal_text

MARK = "mark:"
"""Before the criterion's key in the names of a sheet's fields."""


def marks_sent(form: MultiDict[str, str], keys: Iterable[str]) -> dict[str, str | None]:
    """Criterion key -> mark as plain decimal text, None for an empty field; digits of an IME are folded.

    Raises BadInput naming the fields that hold no number.
    """
    marks: dict[str, str | None] = {}
    wrong = {}
    for key in keys:
        text = form.get(MARK + key, "").strip()
        if not text:
            marks[key] = None
            continue
        try:
            marks[key] = without_surplus(decimal_text(text))
        except ValidationError as error:
            wrong[f"marks.{key}"] = error.args[0]
    if wrong:
        raise BadInput(_l("This can't stand as a score."), fields=wrong)
    return marks


def without_surplus(number: str) -> str:
    """A plain decimal without leading zeros: "07.5" is 7.5."""
    sign = "-" if number.startswith("-") else ""
    whole, point, decimals = number.removeprefix("-").partition(".")
    return sign + (whole.lstrip("0") or "0") + point + decimals


class RecuseForm(Form):
    reason = ParagraphsField(_l("Reason"), [InputRequired(_l("Please give a reason."))], most=1000)
