"""What every write of the roadshow office shares: is it still open, is the page current, what was changed.

`seen` is the roadshow's version that the person saw: every change of it or of its parts (cities, days,
venues, rooms, slots, tracks, partners) counts it up. `seen=None` is for code that has just read it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import update
from sqlalchemy.orm.attributes import flag_modified

from core import audit
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import StoredFile
from roadshows.models import Roadshow, RoadshowState

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
NOTHING = Trilingual()


def stale() -> Conflict:
    return Conflict(
        _l("Somebody changed this meanwhile. Look at what stands there now, then save again."), code="stale"
    )


def check_open(roadshow: Roadshow, seen: int | None) -> None:
    """Raise `Conflict` when nothing can be changed any more, or something was changed after `seen`."""
    if roadshow.state is RoadshowState.CLOSED:
        raise Conflict(_l("This roadshow is closed; nothing in it can be changed."), code="closed")
    if roadshow.state is RoadshowState.CANCELED:
        raise Conflict(_l("This roadshow was canceled; nothing in it can be changed."), code="canceled")
    check_seen(roadshow, seen)


def check_seen(row: Any, seen: int | None) -> None:
    """Raise `Conflict` when the versioned `row` was changed after `seen`."""
    if seen is not None and row.version != seen:
        raise stale()


def count_up(roadshow: Roadshow) -> None:
    """Write the roadshow's row even if only a part of it changed, so that its version counts up."""
    flag_modified(roadshow, "zone")
    db.session.flush()


def agenda_changed(roadshow: Roadshow) -> None:
    """Let an editor that is open elsewhere notice that slots, rooms or sessions are not what it saw."""
    db.session.flush()
    db.session.execute(
        update(Roadshow)
        .where(Roadshow.id == roadshow.id)
        .values(agenda_revision=Roadshow.agenda_revision + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(roadshow, ["agenda_revision"])


def check_slug(slug: str, *, most: int) -> None:
    """Raise `BadInput` unless the slug can stand in an address."""
    if not SLUG.fullmatch(slug) or len(slug) > most:
        raise BadInput(fields={"slug": _l("Use small letters a–z, digits and single hyphens.")})


def as_json(value: Any) -> Any:
    """A column's value as the audit keeps it."""
    if isinstance(value, Trilingual):
        return value.to_json()
    return value.isoformat() if isinstance(value, datetime | date) else value


def put(row: Any, values: Mapping[str, Any], action: str) -> bool:
    """Set the columns that differ and write one audit record with old and new; returns whether any did."""
    old, new = {}, {}
    for name, value in values.items():
        standing = getattr(row, name)
        if standing != value:
            old[name], new[name] = as_json(standing), as_json(value)
            setattr(row, name, value)
    if not new:
        return False
    db.session.flush()
    audit.record(action, row, old=old, new=new)
    return True


def next_position(rows: Any) -> int:
    return max((row.position for row in rows), default=0) + 1


def let_file_go(file_id: int | None, *users: Any) -> None:
    """Remove a stored file's row unless a column of `users` still names it; a sweep takes the bytes."""
    if file_id is None:
        return
    db.session.flush()
    for column in users:
        if db.session.query(column).filter(column == file_id).first() is not None:
            return
    if (file := db.session.get(StoredFile, file_id)) is not None:
        db.session.delete(file)
