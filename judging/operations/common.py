"""What the room'"'"'s operations share: seen versions, actors, the device a request came from."""

from __future__ import annotations

from typing import Any

from flask import has_request_context, request
from flask_babel import lazy_gettext as _l

from accounts.models import Person
from competition.models import EditionState, Round
from core.db import lock
from core.errors import BadInput, Conflict
from core.text import one_line, shorten
from judging.queries import results as queries


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


def hold_round(round: Round) -> None:
    """Of two people who press at once the second one waits here and sees what the first has done.

    Raises Conflict where the edition is archived.
    """
    lock(round)
    if round.edition.state is EditionState.ARCHIVED:
        raise Conflict(_l("This edition is archived; nothing in it can be changed."), code="archived")


def refuse_pending(round: Round) -> None:
    """Raise Conflict while a version of the round's result waits for its signature or publication."""
    if pending := queries.pending_result(round):
        raise Conflict(
            _l(
                "Version %(number)d is finalized and not published yet. Publish or discard it first.",
                number=pending.number,
            ),
            code="pending",
        )
