"""Forms: what every form of the site shares, and fields for the texts, languages and numbers of three
scripts."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, FormField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.form import Form as PlainForm
from wtforms.validators import Length, Optional, StopValidation, ValidationError
from wtforms.widgets import HiddenInput

from core import errors
from core.languages import Trilingual
from core.text import deceiving_characters, tidy_line, tidy_text

_OWN_WORDS = {
    "This field is required.": _l("Please fill this in."),
    "Field cannot be longer than %(max)d character.": _l("This is longer than %(max)d characters."),
    "Field cannot be longer than %(max)d characters.": _l("This is longer than %(max)d characters."),
    "Not a valid choice.": _l("Please choose one of the list."),
    "'%(value)s' is not a valid choice for this field.": _l("Please choose from the list only."),
    "'%(value)s' are not valid choices for this field.": _l("Please choose from the list only."),
    "Not a valid integer value.": _l("Please type a whole number."),
    "Not a valid date value.": _l("Please give the date, for example 2026-11-30."),
    "Not a valid datetime value.": _l("Please give date and time, for example 2026-11-30 18:00."),
}
"""What WTForms says by itself, in the house's words."""
_ANYTHING_ELSE = _l("Please check what stands here.")


class _Words:
    """The translations that WTForms asks for: no catalogs of its own, none read from disk at each request."""

    def gettext(self, text: str) -> str:
        return str(_OWN_WORDS.get(text, _ANYTHING_ELSE))

    def ngettext(self, one: str, many: str, number: int) -> str:
        return self.gettext(one if number == 1 else many)


class _Speaking:
    """The meta of every form and of the parts of one."""

    def get_translations(self, form: Any) -> _Words:
        return _Words()


class FormPart(PlainForm):
    """Fields that stand several times, or as one, within a form."""

    class Meta(_Speaking):
        pass


def honest_characters(_form: Any, field: Field) -> None:
    """Refuse control, invisible and direction-changing characters, naming them."""
    if field.data and (bad := deceiving_characters(str(field.data))):
        raise StopValidation(
            _l("This holds characters that can't be seen or printed: %(list)s.", list=", ".join(bad[:5]))
        )


class LineField(StringField):
    """One line of text, NFC, tidied, without deceiving characters, at most `most` characters."""

    def __init__(self, label: Any = None, validators: Any = (), *, most: int = 200, **options: Any) -> None:
        super().__init__(label, [*_with_optional(validators), honest_characters, Length(max=most)], **options)
        self.most = most

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = tidy_line(valuelist[0]) if valuelist else ""


class ParagraphsField(TextAreaField):
    """Several lines of text, otherwise like `LineField`."""

    def __init__(self, label: Any = None, validators: Any = (), *, most: int = 4000, **options: Any) -> None:
        super().__init__(label, [*_with_optional(validators), honest_characters, Length(max=most)], **options)
        self.most = most

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = tidy_text(valuelist[0]) if valuelist else ""


def _with_optional(validators: Any) -> list[Any]:
    return list(validators) or [Optional()]


_SEEN_VERSION = re.compile(r"[0-9]{1,9}")


class VersionField(IntegerField):
    """The version of the thing that the person saw when the form was shown."""

    widget = HiddenInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = int(valuelist[0]) if valuelist and _SEEN_VERSION.fullmatch(valuelist[0]) else None

    def _value(self) -> str:
        # Not what was sent: a form shown again after a conflict carries the version that stands there now.
        return "" if self.data is None else str(self.data)


class Form(FlaskForm):
    """A form with its CSRF token, idempotency key (`once_key`) and seen version (`version`, when the page
    sets one)."""

    class Meta(_Speaking, FlaskForm.Meta):
        pass

    once_key = HiddenField(default=lambda: secrets.token_urlsafe(24))
    version = VersionField()

    def check(self) -> None:
        """Raise `BadInput` with the messages per field unless everything is right (for views without a
        page)."""
        if not self.validate_on_submit():
            raise errors.BadInput(fields={name: texts[0] for name, texts in self.messages().items()})

    def messages(self) -> dict[str, list[Any]]:
        """Field name -> messages, for the error summary, which lists those of the whole form by itself."""
        return {name: list(_flat(texts)) for name, texts in self.errors.items() if name and texts}

    def add_problem(self, problem: errors.Problem) -> None:
        """Show what an operation refused beside the fields that it named (or on top of the form)."""
        for name, text in problem.fields.items():
            field = self._fields.get(name)
            if field is None or isinstance(field, FormField):
                self.form_errors.append(text)
            else:
                field.errors = [*field.errors, text]
        if problem.detail:
            self.form_errors.append(problem.detail)


def _flat(texts: Any) -> Any:
    if isinstance(texts, dict):
        for inner in texts.values():
            yield from _flat(inner)
    elif isinstance(texts, list | tuple):
        for inner in texts:
            yield from _flat(inner)
    else:
        yield texts


class _ThreeLines(FormPart):
    zh = LineField("简体中文", render_kw={"lang": "zh-Hans"})
    ko = LineField("한국어", render_kw={"lang": "ko"})
    en = LineField("English", render_kw={"lang": "en"})


class _ThreeParagraphs(FormPart):
    zh = ParagraphsField("简体中文", render_kw={"lang": "zh-Hans"})
    ko = ParagraphsField("한국어", render_kw={"lang": "ko"})
    en = ParagraphsField("English", render_kw={"lang": "en"})


class TrilingualField(FormField):
    """One text in three languages; `.value` is the `Trilingual`. `needed` languages may not be empty ("any":
    one of them)."""

    def __init__(
        self, label: Any = None, *, paragraphs: bool = False, needed: str = "any", **options: Any
    ) -> None:
        super().__init__(_ThreeParagraphs if paragraphs else _ThreeLines, label, **options)
        self.needed = needed

    @property
    def value(self) -> Trilingual:
        return Trilingual(self.form.zh.data or "", self.form.ko.data or "", self.form.en.data or "")

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        if isinstance(data, Trilingual):
            data = data.to_json()
        super().process(formdata, data, extra_filters)

    def populate_obj(self, obj: Any, name: str) -> None:
        setattr(obj, name, self.value)

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        sound = super().validate(form, extra_validators)
        if self.needed == "any" and not self.value:
            self.form.zh.errors = [*self.form.zh.errors, _l("Please write this in at least one language.")]
            return False
        if self.needed == "all":
            for field in (self.form.zh, self.form.ko, self.form.en):
                if not field.data:
                    field.errors = [*field.errors, _l("Please write this in all three languages.")]
                    sound = False
        return sound


_ASCII_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?")


def decimal_text(text: str) -> str:
    """The text of a plain decimal number after folding the full-width digits and points that an IME types.

    Raises ValidationError for anything else: words, exponents, NaN, more than 12 digits before the point.
    """
    folded = text.strip().translate(str.maketrans("０１２３４５６７８９．。，－", "0123456789..,-"))
    if not _ASCII_NUMBER.fullmatch(folded):
        raise ValidationError(_l("Please type a number, for example 8 or 8.5."))
    return folded


def seen_version(form: Form | None = None) -> int:
    """The version the page was made from; raises `BadInput` when the form carries none."""
    sent = request.form.get("version", "")
    plain = int(sent) if _SEEN_VERSION.fullmatch(sent) else None
    number = form.version.data if form else plain
    if number is None:
        raise errors.BadInput(_l("Please reload the page and send the form again."), code="no_version")
    return int(number)
