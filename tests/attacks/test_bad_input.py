"""Each field of each form gets what no form should get: a 4xx in the person's language, nothing stored,
never a 500."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote_plus

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from core.db import db
from tests.attacks.conftest import PASSWORD, Written, watching
from tests.attacks.forms import Form, all_forms
from tests.scenery import Scenery
from tests.stored import everything_stored, restore

EVERYTHING = bool(os.environ.get("JIACHI_EVERY_ATTEMPT"))
"""Set by `./run.sh soak forms`: all of it. The tests try a fixed fifth, at least one thing for each field."""
LANGUAGES = ("zh", "ko", "en")
HTML_LANG = {"zh": "zh-Hans", "ko": "ko", "en": "en"}
HOSTILE = {
    "NUL": "zq\0zq",
    "a lone surrogate": "zq\udcedzq",
    "too long": "zq" + "长" * 100_000,
    "right-to-left override": "zq\u202ezq",
}
"""No text field may take these. The surrogate travels as a byte that is no UTF-8."""
ODD = {
    "a huge number": "9" * 30,
    "sNaN": "sNaN",
    "1e999": "1e999",
    "full-width digits and emoji": "１２😀",
    "a formula": "=1+1",
    "minus": "-1",
}
"""Right in some fields, wrong in others, an accident in none."""
COUNTED = {"sign_in_failure", "sign_in", "one_time_token"}
"""What a refused try may leave: wrong passwords and codes are counted, devices seen."""
SAME_AS_ANOTHER = re.compile(
    r"bands-[1-9]|on_(?!title|name$)|ties-[1-9]|-(ko|en)$|^mark:c[2-9]|least_load|^speakers-[1-9]"
)
"""Fields of the very same kind as another of their form."""


def fields_to_try(form: Form) -> list[str]:
    return [name for name in form.typed() if not SAME_AS_ANOTHER.search(name)]


def filled(form: Form) -> dict[str, str]:
    """The form as an honest person would send it, as far as that can be guessed."""
    sent = dict(form.fields)
    for name, kind in form.kinds.items():
        if sent.get(name) or kind == "file":
            continue
        if kind == "password":
            sent[name] = PASSWORD
        elif kind in ("text", "textarea", "email"):
            sent[name] = "someone@example.com" if "email" in name else "Text"
        elif kind == "number":
            sent[name] = "5"
        elif kind == "datetime-local":
            sent[name] = "2027-01-01T12:00"
    return sent


def body_of(sent: dict[str, str]) -> bytes:
    """As a browser encodes it, but for lone surrogates, which become bytes that are no UTF-8."""
    return "&".join(
        f"{quote_plus(name)}={quote_plus(value, errors='surrogateescape')}" for name, value in sent.items()
    ).encode()


class _Words(HTMLParser):
    """Text that is not marked as another language, as a name, or as what somebody typed."""

    QUIET = {"script", "style", "bdi", "textarea", "option", "code", "title"}
    VOID = {"input", "img", "br", "hr", "meta", "link", "use", "source", "wbr", "col"}

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._stack: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.VOID:
            return
        foreign = tag != "html" and dict(attrs).get("lang") is not None
        self._stack.append(foreign or tag in self.QUIET or bool(self._stack and self._stack[-1]))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and self._stack:
            self._stack.pop()

    def handle_data(self, data: str) -> None:
        if not (self._stack and self._stack[-1]):
            self.found.append(data)


def english(page: str) -> list[str]:
    """Runs of four and more English words in a page's own text."""
    words = _Words()
    words.feed(page)
    return [run for text in words.found for run in re.findall(r"[A-Za-z’']+(?: [a-z’']+){3,}", text)]


def wrong_with_refusal(response: TestResponse, lang: str) -> Iterator[str]:
    """What keeps the answer from being a page in the language, with words in it."""
    page = response.get_data(as_text=True)
    if response.mimetype != "text/html" or f'<html lang="{HTML_LANG[lang]}"' not in page:
        yield "not a page in the language"
    if lang != "en":
        yield from (f"English: {run}" for run in english(page))
    if "Traceback" in page or "sqlalchemy" in page.lower():
        yield "tells of its insides"


def hostile_stored(written: Written) -> Iterator[str]:
    for values in written.values:
        stored = values.replace("\\x00", "\0").replace("\\u202e", "\u202e")
        for bad in ("zq\0", "zq\u202e", "zq\\udced", "长" * 5000):
            if bad in stored:
                yield f"stored: {bad[:4]!r}"


def localized(action: str, lang: str) -> str:
    return re.sub(r"^/en/", f"/{lang}/", action)


@pytest.mark.timeout(900)
def test_every_field_of_every_form_survives_what_nobody_should_send(app: Flask, scenery: Scenery) -> None:
    forms = all_forms(app, scenery)
    assert len(forms) > 90
    with app.app_context():
        before = everything_stored()
        db.session.remove()
    tried = refused = 0
    problems = []
    with watching() as written:
        for number, (action, (role, form)) in enumerate(sorted(forms.items())):
            client = scenery.client(app, role)
            with app.app_context():
                signed_in = everything_stored()
            for name, kind, value in _attempts(action, form):
                lang = LANGUAGES[(number + tried) % 3]
                with client.session_transaction() as session:
                    session.pop("_flashes", None)  # notices of an earlier try are in its language
                written.clear()
                with client.post(
                    localized(action, lang),
                    data=body_of(filled(form) | {name: value}),
                    content_type="application/x-www-form-urlencoded",
                ) as response:
                    wrong = [str(response.status_code)] if response.status_code in (500, 501) else []
                    if response.status_code >= 400:
                        refused += 1
                        wrong += wrong_with_refusal(response, lang)
                        wrong += [f"{table} written" for table in set(written.tables) - COUNTED]
                tried += 1
                if kind in HOSTILE:
                    wrong += hostile_stored(written)
                problems += [f"{role} {localized(action, lang)} {name}, {kind}: {what}" for what in wrong]
                if written.tables:
                    with app.app_context():
                        restore(signed_in)
            with app.app_context():
                restore(before)
    assert not problems, "\n".join(problems)
    assert tried > (1500 if EVERYTHING else 300)
    assert refused > tried / 2


_KEY = re.compile("[2-9a-z]{12}")


def _attempts(action: str, form: Form) -> Iterator[tuple[str, str, str]]:
    """Field, kind, value. A fifth: which of the kinds meets which field follows from their names."""
    for name in fields_to_try(form):
        turn = zlib.crc32(f"{_KEY.sub('', action)} {name}".encode())
        for place, (kind, value) in enumerate((HOSTILE | ODD).items()):
            if EVERYTHING or (place + turn) % 5 == 0:
                yield name, kind, value
