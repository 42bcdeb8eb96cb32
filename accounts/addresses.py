"""E-mail addresses and telephone numbers: one spelling of each, or the reason why it is none."""

from __future__ import annotations

import hashlib
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l

from core.errors import BadInput
from core.text import fold, one_line

_MOST = 254


def normal_email(text: str) -> str:
    """The address as mail servers take it (international domains as punycode).

    Raises BadInput for anything but one address: lists, display names, line breaks, letters that mail
    can't carry.
    """
    typed = unicodedata.normalize("NFKC", text.strip(" \t"))
    problem = BadInput(_l("Please write one e-mail address, for example name@example.com."), code="bad_email")
    if not typed or len(typed) > _MOST or one_line(typed) != typed:
        raise problem
    try:
        found = validate_email(typed, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise problem from error
    return found.ascii_email or found.normalized


def email_key(text: str) -> str:
    """Under what an address is found: the same for every spelling that `normal_email` makes one.

    What is no address gets a key that holds nothing of it: people type passwords into that field, too.
    """
    try:
        return fold(normal_email(text))
    except BadInput:
        return "!" + hashlib.sha256(fold(one_line(text)).encode()).hexdigest()


def normal_phone(text: str, country: str = "") -> str:
    """E.164 of a telephone number typed with its country code, or in the national form of `country` (CN,
    KR).

    Raises BadInput when it can't be a number there. "" stays "".
    """
    if not text.strip():
        return ""
    typed = unicodedata.normalize("NFKC", text)
    try:
        number = phonenumbers.parse(typed, country or None)
    except phonenumbers.NumberParseException as error:
        raise _bad_phone() from error
    if not phonenumbers.is_possible_number(number):
        raise _bad_phone()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def shown_phone(stored: str, country: str = "") -> str:
    """A stored number as people of `country` write it: national at home, international elsewhere."""
    if not stored:
        return ""
    try:
        number = phonenumbers.parse(stored)
    except phonenumbers.NumberParseException:
        return stored
    at_home = phonenumbers.region_code_for_country_code(number.country_code or 0) == country
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if at_home else form.INTERNATIONAL)


def _bad_phone() -> BadInput:
    return BadInput(
        _l(
            "Please write the number with its country code, for example +86 138 0013 8000 or +82 "
            "10-1234-5678."
        ),
        code="bad_phone",
    )
