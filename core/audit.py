"""The record of every deed: one row each, written in the same transaction as the deed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import g, has_request_context, request
from sqlalchemy import null, select, update

from core.access import person
from core.db import db
from core.models import AuditRecord
from core.text import one_line, shorten


def record(
    action: str,
    thing: Any,
    *,
    old: Any = None,
    new: Any = None,
    reason: str = "",
    edition_id: int | None = None,
    actor_id: int | None = None,
) -> None:
    """Write down that `action` was done to the row `thing` (flushed first, so that it has an id).

    old, new: the changed values, JSON-able. edition_id defaults to the row's own. The actor is the signed-in
    person unless given; a command or a job has none.
    """
    if thing.id is None:
        db.session.flush()
    who = person() if has_request_context() and actor_id is None else None
    db.session.add(
        AuditRecord(
            actor_id=actor_id if actor_id is not None else (who.id if who else None),
            action=action,
            object_kind=thing.__tablename__,
            object_id=thing.id,
            edition_id=edition_id if edition_id is not None else getattr(thing, "edition_id", None),
            roadshow_id=getattr(thing, "roadshow_id", None),
            old=old,
            new=new,
            reason=reason,
            request_id=getattr(g, "request_id", "") if g else "",
            device=shorten(one_line(request.user_agent.string), 200) if has_request_context() else "",
        )
    )


def forget(kind: str, ids: Collection[int], *, keys: Collection[str] = ()) -> None:
    """Strike old and new values from the records of these rows, all of them or those under `keys`: somebody
    was erased. That it was done, when and by whom stays."""
    records = (AuditRecord.object_kind == kind) & AuditRecord.object_id.in_(ids)
    if not keys:
        db.session.execute(update(AuditRecord).where(records).values(old=null(), new=null()))
        return
    for row in db.session.scalars(select(AuditRecord).where(records)):
        row.old, row.new = (
            {key: value for key, value in values.items() if key not in keys}
            if isinstance(values, dict)
            else values
            for values in (row.old, row.new)
        )
