"""What a device at the door sends, read field by field; one report that can't be used spoils no other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from core.errors import BadInput
from core.languages import LANGUAGES
from core.text import deceiving_characters, tidy_line
from roadshows.models import GuestKind
from roadshows.operations.door import Report, WalkIn

MOST_REPORTS = 200
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,36}")
_KEY = re.compile(r"[a-z0-9]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_MOST_CODE = 2000


@dataclass(frozen=True)
class Unreadable:
    """A report that can't be used; `nonce` is what the device calls it."""

    nonce: str


def read_sent_at(body: dict[str, Any]) -> datetime | None:
    """When the device sent this, by its own clock."""
    return _time(body.get("sent_at"))


def read_reports(body: dict[str, Any]) -> list[Report | Unreadable]:
    """The reports in their order. Raises BadInput when there is no list of at most 200 with a nonce each."""
    given = body.get("reports", [])
    if not isinstance(given, list) or len(given) > MOST_REPORTS:
        text = _l("Please send a list of at most %(most)d reports.", most=MOST_REPORTS)
        raise BadInput(fields={"reports": text})
    return list(_each(given))


def _each(given: Iterable[Any]) -> Iterable[Report | Unreadable]:
    for number, one in enumerate(given):
        nonce = one.get("nonce") if isinstance(one, dict) else None
        if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
            text = _l("A report needs a nonce of 8 to 36 letters and digits.")
            raise BadInput(fields={f"reports[{number}].nonce": text})
        yield _report(nonce, one) or Unreadable(nonce)


def _report(nonce: str, one: dict[str, Any]) -> Report | None:
    at = _time(one.get("at"))
    match one:
        case {"code": str(code)} if len(code) <= _MOST_CODE:
            return Report(nonce, at, code=code or " ")
        case {"guest": str(key)} if _KEY.fullmatch(key):
            return Report(nonce, at, guest=key)
        case {"undoes": str(other)} if _NONCE.fullmatch(other):
            return Report(nonce, at, undoes=other)
        case {"walk_in": dict(someone)}:
            walk_in = _walk_in(someone)
            return Report(nonce, at, walk_in=walk_in) if walk_in else None
    return None


def _walk_in(someone: dict[str, Any]) -> WalkIn | None:
    """None unless there is a name, a known kind, and the guest agreed."""
    texts = {}
    for name, most in (("name", 80), ("latin", 80), ("organization", 200)):
        text = someone.get(name, "")
        if not isinstance(text, str) or deceiving_characters(text) or len(tidy_line(text)) > most:
            return None
        texts[name] = tidy_line(text)
    kind, language = someone.get("kind"), someone.get("language")
    if not texts["name"] or kind not in list(GuestKind) or language not in list(LANGUAGES):
        return None
    if someone.get("agreed") is not True:
        return None
    return WalkIn(texts["name"], texts["latin"], texts["organization"], GuestKind(kind), language)


def _time(value: Any) -> datetime | None:
    """An ISO 8601 moment with zone between 2000 and 2100; else None, which makes the time unsure."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 2000 <= moment.year < 2100 else None
