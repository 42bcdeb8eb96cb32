"""Who has seen how a round stands before its result is out: marks that change after that are looked at."""

from __future__ import annotations

from flask import g, has_request_context, request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from accounts.models import Person
from competition.models import Round
from core.db import db, may_write, release
from judging.models import StandingsView


def saw_standings(*, round: Round, who: Person) -> None:
    """Keep when `who` first saw the standings of the round; every later time changes nothing.

    For pages that only read, too: the first look begins its transaction anew, as one that writes and commits.
    """
    round_id, person_id = round.id, who.id
    known = select(StandingsView.id).where(
        StandingsView.round_id == round_id, StandingsView.person_id == person_id
    )
    if db.session.execute(known).first() is not None:
        return
    if has_request_context() and request.method in ("GET", "HEAD"):
        release()  # SQLite can't make a transaction that has read into one that writes
        may_write.set(True)
        g.writes_on_get = True
    try:
        with db.session.begin_nested():
            db.session.add(StandingsView(round_id=round_id, person_id=person_id))
    except IntegrityError:
        return  # the same person's other tab was a moment earlier
