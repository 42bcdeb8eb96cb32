"""Guests: registering, inviting, deciding, the waiting list, tickets.

Places are counted while the roadshow is held, so that two at once don't get the last one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from core import audit, clock
from core.access import Who
from core.db import db, lock
from core.errors import Conflict
from core.jobs import every
from core.text import fold
from roadshows import guest_mails as mails
from roadshows.models import (
    Guest,
    GuestConsentPurpose,
    GuestSource,
    GuestState,
    Participant,
    Roadshow,
    RoadshowState,
)
from roadshows.operations.guest_consents import give_consents, require_consents, standing_consents
from roadshows.operations.people import CONSTRAINTS, add_participant, find_participant
from roadshows.queries.published import ends_at

PERSON_FIELDS = ("name", "name_latin", "organization", "position", "phone", "language")
GUEST_FIELDS = ("kind", "needs_interpreting", "needs", "rank", "seat")
APPROVABLE = (GuestState.APPLIED, GuestState.INVITED, GuestState.REFUSED, GuestState.WITHDRAWN)
REFUSABLE = (GuestState.INVITED, GuestState.APPLIED, GuestState.WAITING, GuestState.CONFIRMED)
WITHDRAWABLE = REFUSABLE

CONSTRAINTS["uq_guest_participant_id"] = CONSTRAINTS["guest.participant_id"] = Conflict(
    _l("This person is on the guest list already."), code="guest_known"
)


# --- whether one can register ---


def is_over(roadshow: Roadshow) -> bool:
    """Whether the last day of the event is past, by the clock of its city; one without days is never over."""
    end = ends_at(roadshow)
    return end is not None and clock.now() >= end


def registration_phase(roadshow: Roadshow) -> str:
    """before, open, after, or canceled. Open from the opening second on, which organizers have to set; closed
    at the closing second, without one at the end of the last day."""
    moment = clock.now()
    if roadshow.state is RoadshowState.CANCELED:
        return "canceled"
    opens, closes = roadshow.registration_opens_at, registration_ends_at(roadshow)
    if opens is not None and moment < opens:
        return "before"
    if roadshow.state is RoadshowState.CLOSED or (closes and moment >= closes):
        return "after"
    return "before" if opens is None else "open"


def registration_ends_at(roadshow: Roadshow) -> datetime | None:
    """When nobody can register any more; None while there is neither a closing time nor a day."""
    return roadshow.registration_closes_at or ends_at(roadshow)


_CLOSED: dict[str, Any] = {
    "before": _l("Registration has not opened yet."),
    "after": _l("Registration has closed. Please write to the organizers if you would like to come."),
    "canceled": _l("This event was canceled; nobody can register any more."),
}


def require_open(roadshow: Roadshow) -> None:
    phase = registration_phase(roadshow)
    if phase != "open":
        raise Conflict(_CLOSED[phase], code=f"registration_{phase}")


def require_running(roadshow: Roadshow) -> None:
    """Nothing is decided any more about a roadshow that was canceled or is over."""
    if roadshow.state in (RoadshowState.CANCELED, RoadshowState.CLOSED):
        raise Conflict(
            _l("This event was canceled or is closed; its guest list stays as it is."), code="over"
        )


def free_places(roadshow: Roadshow) -> int | None:
    """How many more can be confirmed; None without a limit. Call it while the roadshow is held."""
    if roadshow.places is None:
        return None
    taken = db.session.scalar(
        select(func.count(Guest.id)).where(
            Guest.roadshow_id == roadshow.id, Guest.state == GuestState.CONFIRMED
        )
    )
    return max(roadshow.places - (taken or 0), 0)


def has_place(roadshow: Roadshow) -> bool:
    free = free_places(roadshow)
    return free is None or free > 0


# --- the guest's own deeds ---


def register(
    *,
    roadshow: Roadshow,
    email: str,
    values: Mapping[str, Any],
    consents: Collection[GuestConsentPurpose],
    language: str,
    person_id: int | None = None,
) -> Guest | None:
    """Somebody asks to come; returns None when the address is on the list already, which gets a mail.

    values: PERSON_FIELDS and GUEST_FIELDS. language: of the consent texts. Raises Conflict outside the time
    of registration, BadInput without the required consents.
    """
    roadshow = lock(roadshow)
    require_open(roadshow)
    require_consents(consents)
    participant = find_participant(roadshow, email)
    known = guest_of(participant) if participant else None
    if known is not None:
        mails.link_again(known)
        return None
    if participant is None:
        personal = {name: values[name] for name in PERSON_FIELDS if name in values}
        participant = add_participant(roadshow=roadshow, email=email, person_id=person_id, **personal)
    guest = put_on_list(roadshow, participant, GuestSource.REGISTRATION, _first_state(roadshow), values)
    give_consents(guest=guest, purposes=consents, language=language)
    _tell_state(guest)
    return guest


def accept(*, guest: Guest, consents: Collection[GuestConsentPurpose], language: str) -> None:
    """An invited guest will come; also somebody who had withdrawn and comes after all."""
    roadshow = lock(guest.roadshow)
    if guest.state is GuestState.WITHDRAWN:
        require_open(roadshow)
    elif guest.state is not GuestState.INVITED:
        raise _moved_on()
    require_running(roadshow)
    require_consents(set(consents) | set(standing_consents(guest)))
    give_consents(guest=guest, purposes=consents, language=language)
    guest.asked_at = clock.now()
    _move(guest, _first_state(roadshow) if guest.state is GuestState.WITHDRAWN else _place_or_wait(roadshow))
    _tell_state(guest)


def withdraw(*, guest: Guest, who: Who | None = None) -> None:
    """The guest won't come; the next of the waiting list moves up. Raises Conflict when nothing stands."""
    roadshow = lock(guest.roadshow)
    if guest.state not in WITHDRAWABLE:
        raise _moved_on()
    _move(guest, GuestState.WITHDRAWN, who)
    if roadshow.state is RoadshowState.PUBLIC:
        mails.withdrawn(guest)
    move_up(roadshow)


def change_wishes(
    *, guest: Guest, seen: int, language: str, phone: str, needs_interpreting: bool, needs: str
) -> None:
    """What guests change themselves."""
    change_guest(
        guest=guest,
        seen=seen,
        values={
            "language": language,
            "phone": phone,
            "needs_interpreting": needs_interpreting,
            "needs": needs,
        },
    )


# --- the organizers' deeds ---


def add_guest(
    *,
    roadshow: Roadshow,
    email: str,
    values: Mapping[str, Any],
    state: GuestState = GuestState.INVITED,
    source: GuestSource = GuestSource.INVITATION,
    is_told: bool = False,
    who: Who | None = None,
) -> Guest:
    """Put somebody on the list, invited or confirmed at once. Raises Conflict when the person is on it, or no
    place is left to confirm."""
    roadshow = lock(roadshow)
    require_running(roadshow)
    if state is GuestState.CONFIRMED and not has_place(roadshow):
        raise _full(roadshow)
    participant = find_participant(roadshow, email)
    if participant is None:
        personal = {name: values[name] for name in PERSON_FIELDS if name in values}
        participant = add_participant(roadshow=roadshow, email=email, **personal)
    elif guest_of(participant) is not None:
        raise Conflict(
            fields={"email": _l("Somebody with this e-mail address is on the guest list already.")},
            code="guest_known",
        )
    guest = put_on_list(roadshow, participant, source, state, values, who)
    if is_told:
        (mails.confirmed if state is GuestState.CONFIRMED else mails.invited)(guest)
    return guest


def change_guest(
    *, guest: Guest, seen: int, values: Mapping[str, Any], email: str | None = None, who: Who | None = None
) -> None:
    """Change what is known of a guest. Raises Conflict when somebody else did since `seen`, or the address is
    another participant's."""
    if guest.version != seen:
        raise Conflict(_l("Somebody else changed this guest a moment ago. Please look again."), code="stale")
    participant = guest.participant
    old, new = {}, {}
    for row, names in ((participant, PERSON_FIELDS), (guest, GUEST_FIELDS)):
        for name in names:
            if name in values and values[name] != getattr(row, name):
                old[name], new[name] = getattr(row, name), values[name]
                setattr(row, name, values[name])
    if email is not None and email != participant.email:
        other = find_participant(guest.roadshow, email)
        if other is not None and other is not participant:
            raise Conflict(
                fields={"email": _l("Somebody with this e-mail address is on the list already.")},
                code="email_taken",
            )
        old["email"], new["email"] = participant.email, email
        participant.email, participant.email_key = email, fold(email) if email else None
    if new:
        flag_modified(guest, "needs")  # what a page saw is outdated, even if only the person's row changed
        audit.record("guest.changed", guest, old=old, new=new, actor_id=who.id if who else None)
        db.session.flush()


def approve(*, guest: Guest, who: Who | None = None) -> None:
    """Let somebody in: a place, or the end of the waiting list when none is left."""
    roadshow = lock(guest.roadshow)
    require_running(roadshow)
    if guest.state not in APPROVABLE:
        raise _moved_on()
    _move(guest, _place_or_wait(roadshow), who)
    _tell_state(guest)


def approve_all(*, guests: Sequence[Guest], who: Who | None = None) -> tuple[int, int]:
    """Approve all that wait for it, who asked first first; (confirmed, on the waiting list)."""
    found = {GuestState.CONFIRMED: 0, GuestState.WAITING: 0}
    for guest in sorted(guests, key=lambda guest: (guest.asked_at, guest.id)):
        if guest.state is GuestState.APPLIED:
            approve(guest=guest, who=who)
            found[guest.state] += 1
    return found[GuestState.CONFIRMED], found[GuestState.WAITING]


def promote(*, guest: Guest, who: Who | None = None) -> None:
    """Give somebody of the waiting list a place before the turn. Raises Conflict when none is free."""
    roadshow = lock(guest.roadshow)
    require_running(roadshow)
    if guest.state is not GuestState.WAITING:
        raise _moved_on()
    if not has_place(roadshow):
        raise _full(roadshow)
    _move(guest, GuestState.CONFIRMED, who)
    mails.confirmed(guest)


def refuse(*, guest: Guest, who: Who | None = None) -> None:
    """Turn somebody down; a place that was held goes to the waiting list."""
    roadshow = lock(guest.roadshow)
    require_running(roadshow)
    if guest.state not in REFUSABLE:
        raise _moved_on()
    _move(guest, GuestState.REFUSED, who)
    if roadshow.state is RoadshowState.PUBLIC:
        mails.refused(guest)
    move_up(roadshow)


def invite(*, guest: Guest) -> None:
    """Send the invitation (again). Raises Conflict without an address or once the guest has answered."""
    require_running(guest.roadshow)
    if guest.state is not GuestState.INVITED:
        raise _moved_on()
    if not guest.participant.email:
        raise Conflict(_l("This guest has no e-mail address. Please add one first."), code="no_email")
    mails.invited(guest)
    audit.record("guest.invited", guest)


def renew_ticket(*, guest: Guest, who: Who | None = None) -> None:
    """A new ticket; the code of the former one is refused from now on."""
    require_running(guest.roadshow)
    if guest.state is not GuestState.CONFIRMED:
        raise _moved_on()
    guest.ticket += 1
    audit.record("guest.ticket_renewed", guest, new={"ticket": guest.ticket})
    db.session.flush()
    mails.new_ticket(guest)


def move_up(roadshow: Roadshow) -> list[Guest]:
    """Confirm from the waiting list, in the order in which people asked, as many as there are places."""
    roadshow = lock(roadshow)
    free = free_places(roadshow)
    if free == 0 or roadshow.state is not RoadshowState.PUBLIC:
        return []
    waiting = db.session.scalars(
        select(Guest)
        .where(Guest.roadshow_id == roadshow.id, Guest.state == GuestState.WAITING)
        .order_by(Guest.asked_at, Guest.id)
        .limit(free)
    ).all()
    for guest in waiting:
        _move(guest, GuestState.CONFIRMED)
        mails.confirmed(guest)
    return list(waiting)


@every(60, "move up waiting guests")
def move_up_everywhere() -> int:
    """Fill places that became free in any way, such as by a larger number of them; returns how many."""
    waiting = select(Guest.roadshow_id).where(Guest.state == GuestState.WAITING)
    public = select(Roadshow).where(Roadshow.id.in_(waiting), Roadshow.state == RoadshowState.PUBLIC)
    moved = sum(len(move_up(roadshow)) for roadshow in db.session.scalars(public))
    db.session.commit()
    return moved


# --- what all of them share ---


def guest_of(participant: Participant) -> Guest | None:
    return db.session.scalars(select(Guest).where(Guest.participant_id == participant.id)).one_or_none()


def put_on_list(
    roadshow: Roadshow,
    participant: Participant,
    source: GuestSource,
    state: GuestState,
    values: Mapping[str, Any],
    who: Who | None = None,
) -> Guest:
    guest = Guest(
        roadshow_id=roadshow.id,
        roadshow=roadshow,
        participant_id=participant.id,
        participant=participant,
        source=source,
        state=state,
        **{name: values[name] for name in GUEST_FIELDS if name in values},
    )
    db.session.add(guest)
    db.session.flush()
    new = {"name": participant.name, "kind": str(guest.kind), "state": str(state), "source": str(source)}
    audit.record("guest.added", guest, new=new, actor_id=who.id if who else None)
    return guest


def _first_state(roadshow: Roadshow) -> GuestState:
    return GuestState.APPLIED if roadshow.needs_approval else _place_or_wait(roadshow)


def _place_or_wait(roadshow: Roadshow) -> GuestState:
    return GuestState.CONFIRMED if has_place(roadshow) else GuestState.WAITING


def _move(guest: Guest, state: GuestState, who: Who | None = None) -> None:
    old, guest.state, guest.state_changed_at = guest.state, state, clock.now()
    if who is not None:
        guest.decided_by = who.id
    audit.record("guest.state_changed", guest, old={"state": str(old)}, new={"state": str(state)})
    db.session.flush()


def _tell_state(guest: Guest) -> None:
    tell = {
        GuestState.APPLIED: mails.received,
        GuestState.CONFIRMED: mails.confirmed,
        GuestState.WAITING: mails.waiting,
    }[guest.state]
    tell(guest)


def _moved_on() -> Conflict:
    return Conflict(
        _l("This guest is in another state by now. Please reload the page and look again."), code="stale"
    )


def _full(roadshow: Roadshow) -> Conflict:
    return Conflict(
        _l(
            "All %(places)d places are taken. Please raise their number in the settings first.",
            places=roadshow.places or 0,
        ),
        code="full",
    )
