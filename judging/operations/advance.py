"""The best of a published round enter the next one."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.models import Person
from competition.models import Entry, EntryState, Round, RoundEntry, Team
from core import audit
from core.db import db, lock
from core.errors import BadInput, Conflict
from judging.models import Result, ScoreSheet
from judging.operations.common import id_of
from judging.operations.panel import enter_round
from judging.queries import results as queries


@dataclass(frozen=True, slots=True)
class Advanced:
    """What `advance` did: how many came in, and how many left again because a correction moved the line."""

    entered: int
    removed: int


def advance(*, result: Result, next_round: Round, who: Person | None = None) -> Advanced:
    """Put those whom a published result lets advance into the next round. Done again it changes nothing.

    After a correction, entries that no longer advance leave the next round, unless somebody was assigned to
    judge them there: then Conflict names them. Entries that organizers put in by hand and this result
    didn't rank stay. Raises Conflict for an unpublished result, BadInput for a round that isn't a later one
    of the edition.
    """
    lock(next_round)
    if result.state not in queries.STANDING:
        raise Conflict(_l("Only a published result that stands can decide who advances."))
    if next_round.edition_id != result.edition_id or next_round.position <= result.round.position:
        raise BadInput(fields={"next_round": _l("Choose a later round of this edition.")})
    rows = queries.content(result)["ranking"]
    if any(row["advances"] is None for row in rows):
        raise Conflict(_l("This round was published without a number of places in the next one."))
    going = {row["entry"] for row in rows if row["advances"]}
    staying = {row["entry"] for row in rows if not row["advances"]}
    removed = _remove(next_round, staying, who)
    entries = db.session.scalars(
        select(Entry).where(
            Entry.edition_id == result.edition_id, Entry.key.in_(going), Entry.state == EntryState.ACCEPTED
        )
    ).all()
    order = {row["entry"]: place for place, row in enumerate(rows)}
    entered = enter_round(
        round=next_round, entries=sorted(entries, key=lambda entry: order[entry.key]), who=who
    )
    return Advanced(entered, removed)


def _remove(next_round: Round, staying: set[str], who: Person | None) -> int:
    inside = db.session.execute(
        select(RoundEntry, Entry.key, Team.name)
        .join(Entry, Entry.id == RoundEntry.entry_id)
        .join(Team, Team.id == Entry.team_id)
        .where(RoundEntry.round_id == next_round.id, Entry.key.in_(staying))
    ).all()
    judged = set(
        db.session.scalars(select(ScoreSheet.entry_id).where(ScoreSheet.round_id == next_round.id).distinct())
    )
    if fixed := sorted(name for row, _, name in inside if row.entry_id in judged):
        raise Conflict(
            _l(
                "These entries no longer advance but have judges in the next round already: %(names)s. "
                "Take the judges off them first.",
                names=", ".join(fixed),
            ),
            code="judged_already",
        )
    for row, _, _ in inside:
        db.session.delete(row)
    db.session.flush()
    if inside:
        audit.record(
            "round.left", next_round, new={"entries": [key for _, key, _ in inside]}, actor_id=id_of(who)
        )
    return len(inside)
