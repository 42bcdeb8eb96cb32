"""Giving out seats by kind and rank."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core import audit
from core.access import Who
from core.db import db, lock
from core.errors import Conflict
from roadshows.models import Guest, GuestKind, GuestState, Roadshow
from roadshows.seating import Sitter, seat_names, seats_by_rank

_KINDS = list(GuestKind)


def assign_seats(
    *, roadshow: Roadshow, rows: int, per_row: int, anew: bool = False, who: Who | None = None
) -> tuple[int, int]:
    """Seat the confirmed guests; (newly seated, without a seat). anew: also those who have a seat already.

    Raises Conflict unless the roadshow seats by rank.
    """
    roadshow = lock(roadshow)
    if not roadshow.seats_by_rank:
        raise Conflict(_l("Seats don't go by rank at this event. Please switch it on in the settings."))
    guests = db.session.scalars(
        select(Guest).where(Guest.roadshow_id == roadshow.id, Guest.state == GuestState.CONFIRMED)
    ).all()
    sitters = [
        Sitter(
            guest.id,
            _KINDS.index(guest.kind),
            guest.rank,
            guest.participant.name,
            "" if anew else guest.seat,
        )
        for guest in guests
    ]
    seats, left = seats_by_rank(sitters, seat_names(rows, per_row))
    changed = {}
    for guest in guests:
        seat = seats.get(guest.id, "")
        if seat != guest.seat:
            guest.seat = changed[guest.participant.key] = seat
    new = {"rows": rows, "per_row": per_row, "seats": changed}
    audit.record("roadshow.seats_assigned", roadshow, new=new, actor_id=who.id if who else None)
    db.session.flush()
    return sum(bool(seat) for seat in changed.values()), len(left)
