"""Storing the guests of a checked table, all of them or none. Never commits."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core import audit
from core.access import Who
from core.db import db, lock
from core.errors import Conflict
from core.text import fold
from roadshows import guest_mails as mails
from roadshows.guest_import import GuestRow, Plan
from roadshows.models import Guest, GuestSource, GuestState, Participant, Roadshow
from roadshows.operations.guests import GUEST_FIELDS, PERSON_FIELDS, require_running
from roadshows.operations.people import zone_of

MOST_TOLD = 500
"""How many invitations are written in one go; more would hold everybody else's writes up."""


def import_guests(
    *, roadshow: Roadshow, plan: Plan, is_told: bool = False, who: Who | None = None
) -> list[Guest]:
    """Put every row of a plan without errors on the list as invited; is_told: each gets the mail.

    Written table by table, not guest by guest: thousands would hold everybody else's writes up. Raises
    `Conflict` when the plan has errors, or when more are to be told than in one go.
    """
    roadshow = lock(roadshow)
    require_running(roadshow)
    if plan.error_count or not plan.rows:
        raise Conflict(_l("The table still has errors; nothing was imported."), code="has_errors")
    if is_told and plan.with_address > MOST_TOLD:
        raise Conflict(
            _l(
                "At most %(most)d guests can be written to in one go. Please import without mails and send"
                " the invitations from the list.",
                most=MOST_TOLD,
            ),
            code="too_many_mails",
        )
    people = [_participant(roadshow, row) for row in plan.rows]
    db.session.add_all(people)
    db.session.flush()
    guests = [_guest(roadshow, row, person) for row, person in zip(plan.rows, people, strict=True)]
    db.session.add_all(guests)
    db.session.flush()
    who_id = who.id if who else None
    for guest in guests:
        new = {"name": guest.participant.name, "kind": guest.kind.value}
        audit.record("guest.imported", guest, new=new, actor_id=who_id)
    audit.record("guest.list_imported", roadshow, new={"guests": len(guests)}, actor_id=who_id)
    if is_told:
        for guest in guests:
            mails.invited(guest)
    return guests


def _participant(roadshow: Roadshow, row: GuestRow) -> Participant:
    if row.participant_id is not None:
        return db.session.get_one(Participant, row.participant_id)
    return Participant(
        roadshow_id=roadshow.id,
        roadshow=roadshow,
        email=row.email,
        email_key=fold(row.email) if row.email else None,
        zone=zone_of(row.values["language"], roadshow),
        **{name: row.values[name] for name in PERSON_FIELDS},
    )


def _guest(roadshow: Roadshow, row: GuestRow, person: Participant) -> Guest:
    return Guest(
        roadshow_id=roadshow.id,
        roadshow=roadshow,
        participant_id=person.id,
        participant=person,
        source=GuestSource.INVITATION,
        state=GuestState.INVITED,
        **{name: row.values[name] for name in GUEST_FIELDS},
    )
