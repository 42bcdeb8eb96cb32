"""What every operation of the meetings and of what follows asks first."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from accounts.models import Person
from core.errors import Conflict
from roadshows.models import Roadshow, RoadshowState


def check_seen(row: Any, seen: int | None) -> None:
    """Refuse a form made from another version of the row; None: a command, which saw none."""
    if seen is not None and row.version != seen:
        raise Conflict(
            _l("Somebody else changed this a moment ago. Reload the page and look again."), code="stale"
        )


def id_of(who: Person | None) -> int | None:
    return who.id if who is not None else None


def require_running(roadshow: Roadshow) -> None:
    """Refuse what makes no sense once the event is canceled or closed."""
    if roadshow.state is RoadshowState.CANCELED:
        raise Conflict(_l("This event is canceled."), code="roadshow_canceled")
    if roadshow.state is RoadshowState.CLOSED:
        raise Conflict(
            _l("This event is closed. Nothing of its program can be changed any more."),
            code="roadshow_closed",
        )
