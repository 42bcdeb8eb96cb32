"""What the room'"'"'s operations share: seen versions, actors, the device a request came from."""

from __future__ import annotations

from typing import Any

from flask import has_request_context, request
from flask_babel import lazy_gettext as _l

from accounts.models import Person
from core.errors import BadInput, Conflict
from core.text import one_line, shorten


def check_seen(thing: Any, seen: int | None) -> None:
    """Raise `Conflict` unless `thing` is as the page showed it; None is for callers without a page."""
    if seen is not None and seen != thing.version:
        raise Conflict(
            _l("Somebody else changed this a moment ago. Reload the page and look again."), code="stale"
        )


def need_reason(reason: str) -> None:
    """Raise `BadInput` for a reason that says nothing."""
    if not reason.strip():
        raise BadInput(fields={"reason": _l("Please give a reason.")})


def id_of(who: Person | None) -> int | None:
    """The actor of an audit record; None lets the record find the signed-in person, if there is one."""
    return None if who is None else who.id


def device() -> str:
    """The browser's own description of itself, shortened; "" outside a request."""
    return shorten(one_line(request.user_agent.string), 200) if has_request_context() else ""
