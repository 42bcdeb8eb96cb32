"""What a judge would like: the assignment weighs it, it never decides alone."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from accounts.models import Person
from core import audit, clock
from core.db import db, lock
from judging.models import Inclination, Judge, JudgeWish
from judging.operations.common import id_of


def save_wishes(*, judge: Judge, wishes: Mapping[int, Inclination | None], who: Person | None = None) -> int:
    """Set the judge's wishes about these entries (entry id -> wish, None for no preference); others are left.
    Returns how many changed."""
    lock(judge)
    known = {
        row.entry_id: row
        for row in db.session.scalars(
            select(JudgeWish).where(
                JudgeWish.judge_id == judge.id, JudgeWish.entry_id.in_(list(wishes)[:5000])
            )
        )
    }
    changed = 0
    for entry_id, wish in wishes.items():
        row = known.get(entry_id)
        if (row.wish if row else None) is wish:
            continue
        changed += 1
        if row is None:
            db.session.add(
                JudgeWish(edition_id=judge.edition_id, judge_id=judge.id, entry_id=entry_id, wish=wish)
            )
        elif wish is None:
            db.session.delete(row)
        else:
            row.wish, row.wished_at = wish, clock.now()
    db.session.flush()
    if changed:
        audit.record("wishes.saved", judge, new={"changed": changed}, actor_id=id_of(who))
    return changed
