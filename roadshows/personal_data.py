"""What this room keeps about a person: how it is handed out, and how it is made anonymous.

Most participants have no account; they do both on their own page. Parts of the room that keep more about a
participant add themselves to `exports` and `erasures`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from core import audit, clock, pages, registries
from core.db import db
from core.languages import Trilingual
from core.models import Mail
from roadshows.models import (
    Absence,
    Attendance,
    CalendarFeed,
    GuestState,
    Interpreter,
    Participant,
    Speaker,
    Told,
)
from roadshows.operations import guests
from roadshows.operations.guest_consents import standing_consents
from roadshows.operations.office_common import let_file_go

exports: list[tuple[str, Callable[[Participant], Any]]] = []
"""(name, what a part of the room keeps about a participant, JSON-able; None for nothing)."""
erasures: list[Callable[[Participant], None]] = []
"""Each makes anonymous what a part of the room keeps about a participant."""


def export_participant(participant: Participant) -> dict[str, Any]:
    """Everything kept about one participant of one roadshow."""
    data: dict[str, Any] = {
        "event": participant.roadshow.name.to_json(),
        "since": _told(participant.created_at),
        **{name: getattr(participant, name) for name in (*guests.PERSON_FIELDS, "email", "zone")},
    }
    for name, export in exports:
        found = export(participant)
        if found is not None:
            data[name] = found
    return data


def erase_participant(participant: Participant) -> None:
    """Strike who somebody was. That a guest came and that a meeting was held stays, without the name. What is
    published of the agenda keeps its content, and whoever shows it leaves the person out."""
    for erase in erasures:
        erase(participant)
    address = participant.email.lower()
    if address:
        mails = select(Mail.id).where(
            Mail.roadshow_id == participant.roadshow_id, func.lower(Mail.address) == address
        )
        db.session.execute(update(Told).where(Told.mail_id.in_(mails)).values(mail_id=None))
        db.session.execute(delete(Mail).where(Mail.id.in_(mails)))
    db.session.execute(delete(Absence).where(Absence.participant_id == participant.id))
    db.session.execute(
        update(CalendarFeed)
        .where(CalendarFeed.participant_id == participant.id, CalendarFeed.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )
    participant.name, participant.name_latin = "—", ""
    participant.organization = participant.position = participant.phone = participant.email = ""
    participant.email_key = participant.link_sha256 = participant.person_id = None
    participant.erased_at = clock.now()
    pages.touch()
    db.session.flush()
    audit.forget("participant", [participant.id])
    audit.record("participant.erased", participant)


# --- guests and speakers ---


def _guest(participant: Participant) -> dict[str, Any] | None:
    guest = guests.guest_of(participant)
    if guest is None:
        return None
    days = db.session.scalars(
        select(Attendance).where(Attendance.guest_id == guest.id).order_by(Attendance.on)
    )
    return {
        "kind": guest.kind.value,
        "state": guest.state.value,
        "asked_at": _told(guest.asked_at),
        "needs_interpreting": guest.needs_interpreting,
        "needs": guest.needs,
        "seat": guest.seat,
        "ticket": guest.ticket,
        "attendance": [{"on": day.on.isoformat(), "arrived_at": _told(day.arrived_at)} for day in days],
        "consents": [
            {
                "purpose": row.purpose.value,
                "text_version": row.text_version,
                "language": row.language,
                "given_at": _told(row.given_at),
                "withdrawn_at": _told(row.withdrawn_at),
            }
            for row in guest.consents
        ],
    }


def _erase_guest(participant: Participant) -> None:
    guest = guests.guest_of(participant)
    if guest is None:
        return
    guest.needs = guest.seat = ""
    guest.rank = None
    guest.ticket += 1  # a printed ticket opens no door any more
    for row in standing_consents(guest).values():
        row.withdrawn_at = clock.now()
    is_expected = not guests.is_over(participant.roadshow)  # afterwards the report keeps its figures
    was_confirmed = guest.state is GuestState.CONFIRMED and is_expected
    if guest.state in guests.WITHDRAWABLE and is_expected:
        guest.state, guest.state_changed_at = GuestState.WITHDRAWN, clock.now()
    db.session.flush()
    audit.forget("guest", [guest.id])
    if was_confirmed:
        guests.move_up(participant.roadshow)


def _speaker(participant: Participant) -> dict[str, Any] | None:
    row = db.session.scalars(select(Speaker).where(Speaker.participant_id == participant.id)).one_or_none()
    return None if row is None else {"title": row.title.to_json(), "about": row.about.to_json()}


def _erase_speaker(participant: Participant) -> None:
    row = db.session.scalars(select(Speaker).where(Speaker.participant_id == participant.id)).one_or_none()
    if row is not None:
        row.title = row.about = Trilingual()
        photo = row.photo_file_id
        row.photo_file_id, row.is_shown = None, False
        let_file_go(photo, Speaker.photo_file_id)
        db.session.flush()
        audit.forget("speaker", [row.id])


def _interpreter(participant: Participant) -> dict[str, Any] | None:
    found = select(Interpreter).where(Interpreter.participant_id == participant.id)
    row = db.session.scalars(found).one_or_none()
    return None if row is None else {"pairs": row.pairs}


# --- people with an account ---


def _of_person(person_id: int) -> list[Participant]:
    return list(
        db.session.scalars(
            select(Participant).where(Participant.person_id == person_id).order_by(Participant.id)
        )
    )


def _export(person_id: int) -> list[dict[str, Any]]:
    return [export_participant(participant) for participant in _of_person(person_id)]


def _erase(person_id: int) -> None:
    for participant in _of_person(person_id):
        erase_participant(participant)


def _told(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def register() -> None:
    """Fill the registries, once however many applications are made."""
    if not any(kind.name == "roadshows" for kind in registries.personal_data):
        registries.personal_data.append(registries.PersonalData("roadshows", _export, _erase))
        exports.extend([("guest", _guest), ("speaker", _speaker), ("interpreter", _interpreter)])
        erasures.extend([_erase_guest, _erase_speaker])
