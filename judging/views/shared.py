"""What this room's views share: who is acting, and who has seen how a round stands."""

from __future__ import annotations

from typing import cast

from accounts.models import Person
from competition.models import Round
from core.access import person
from core.db import db, may_write
from judging.operations.panel_notes import note_standings_seen
from judging.queries.head_judge import is_first_look


def standings_seen(round: Round) -> None:
    """Write down that the signed-in person sees how the round stands, before its result.

    The one thing that a GET writes, and only the first time: in a transaction of its own, begun as one that
    writes, so that the page itself goes on reading.
    """
    round_id, person_id = round.id, me().id
    if not is_first_look(round_id=round_id, person_id=person_id):
        return
    db.session.rollback()
    before = may_write.get()
    may_write.set(True)
    try:
        note_standings_seen(round_id=round_id, person_id=person_id)
        db.session.commit()
    finally:
        may_write.set(before)


def me() -> Person:
    """The signed-in person, in a view whose rule asks for one."""
    return cast("Person", person())
