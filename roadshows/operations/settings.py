"""Writes on a roadshow itself: its texts, registration, reminders, partners, and its state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.addresses import normal_email
from core import audit
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from roadshows import signals
from roadshows.models import (
    HolidayKind,
    HolidayNote,
    Partner,
    PartnerKind,
    Roadshow,
    RoadshowState,
)
from roadshows.operations.office_common import check_open, check_seen, count_up, next_position, put
from roadshows.zones import COUNTRIES

TEXTS = ("name", "theme", "about", "contact_email")
REGISTRATION = (
    "registration_opens_at",
    "registration_closes_at",
    "places",
    "needs_approval",
    "seats_by_rank",
    "wishes_close_at",
)
REMINDERS = ("reminder_minutes", "quiet_from", "quiet_until")
LONGEST_REMINDER = 14 * 24 * 60
MOST_REMINDERS = 5
_HTTP = ("http://", "https://")


def change_texts(*, roadshow: Roadshow, seen: int | None, **values: Any) -> None:
    """Set name, theme, about, contact_email. Raises `BadInput` for an address that is none, `Conflict` on a
    stale `seen`."""
    check_open(roadshow, seen)
    if values.get("contact_email"):
        try:
            values["contact_email"] = normal_email(values["contact_email"])
        except BadInput as problem:
            raise BadInput(fields={"contact_email": problem.detail}) from problem
    put(roadshow, values, "roadshow.texts_changed")


def change_registration(*, roadshow: Roadshow, seen: int | None, **values: Any) -> None:
    """Set the window, places, approval, seats, and until when wishes for meetings can be told.

    Raises `BadInput` when registration would close before it opens, `Conflict` on a stale `seen`.
    """
    check_open(roadshow, seen)
    opens, closes = values.get("registration_opens_at"), values.get("registration_closes_at")
    if opens and closes and closes <= opens:
        raise BadInput(fields={"registration_closes_at": _l("Registration has to close after it opens.")})
    put(roadshow, values, "roadshow.registration_changed")


def change_reminders(
    *,
    roadshow: Roadshow,
    seen: int | None,
    reminder_minutes: Sequence[int],
    quiet_from: int,
    quiet_until: int,
) -> None:
    """Set how long before (minutes) people are reminded, and the hours in which nothing is sent."""
    check_open(roadshow, seen)
    chosen = sorted(set(reminder_minutes), reverse=True)
    if len(chosen) > MOST_REMINDERS or any(not 5 <= one <= LONGEST_REMINDER for one in chosen):
        raise BadInput(
            fields={
                "reminder_minutes": _l(
                    "At most %(most)d reminders, each from 5 minutes to 14 days before.", most=MOST_REMINDERS
                )
            }
        )
    put(
        roadshow,
        {"reminder_minutes": chosen, "quiet_from": quiet_from, "quiet_until": quiet_until},
        "roadshow.reminders_changed",
    )


# --- its state ---


def missing_for_publication(roadshow: Roadshow) -> list[Any]:
    """What a roadshow still needs before it may be shown, each as a sentence; empty when it is ready."""
    checks = (
        (roadshow.name, _l("The roadshow needs a name.")),
        (roadshow.days, _l("Add at least one day.")),
        (roadshow.venues, _l("Add at least one venue.")),
    )
    return [text for sound, text in checks if not sound]


def publish_roadshow(*, roadshow: Roadshow, seen: int | None) -> None:
    """Make a draft public. Raises `Conflict` naming what is missing."""
    check_open(roadshow, seen)
    if roadshow.state is not RoadshowState.DRAFT:
        raise Conflict(_l("This roadshow is public already."))
    if missing := missing_for_publication(roadshow):
        raise Conflict(missing[0], code="not_ready")
    _set_state(roadshow, RoadshowState.PUBLIC, "roadshow.published")


def close_roadshow(*, roadshow: Roadshow, seen: int | None) -> None:
    """It is over: everybody can read on, nothing of the program can be changed any more."""
    check_open(roadshow, seen)
    if roadshow.state is not RoadshowState.PUBLIC:
        raise Conflict(_l("Only a public roadshow can be closed."))
    _set_state(roadshow, RoadshowState.CLOSED, "roadshow.closed")


def reopen_roadshow(*, roadshow: Roadshow, seen: int | None) -> None:
    """Take a closed roadshow back into use."""
    check_seen(roadshow, seen)
    if roadshow.state is not RoadshowState.CLOSED:
        raise Conflict(_l("This roadshow is not closed."))
    _set_state(roadshow, RoadshowState.PUBLIC, "roadshow.reopened")


def cancel_roadshow(*, roadshow: Roadshow, seen: int | None, reason: Trilingual) -> None:
    """It does not take place; whoever was to come is told why, in the own language.

    Raises `BadInput` unless the reason is there in all three languages, `Conflict` unless it was public.
    """
    check_open(roadshow, seen)
    if roadshow.state is not RoadshowState.PUBLIC:
        raise Conflict(_l("Nobody knows of this roadshow yet: a draft need not be canceled."))
    if not (reason.zh and reason.ko and reason.en):
        raise BadInput(fields={"reason": _l("Please write this in all three languages.")})
    roadshow.canceled_reason = reason
    _set_state(roadshow, RoadshowState.CANCELED, "roadshow.canceled", reason=reason.pick("en").text)
    signals.roadshow_canceled.send(roadshow)


def _set_state(roadshow: Roadshow, state: RoadshowState, action: str, *, reason: str = "") -> None:
    old = roadshow.state
    roadshow.state = state
    db.session.flush()
    audit.record(action, roadshow, old={"state": old.value}, new={"state": state.value}, reason=reason)


# --- partners ---


def add_partner(
    *, roadshow: Roadshow, seen: int | None, kind: PartnerKind, name: Trilingual, url: str = ""
) -> Partner:
    """An organization that stands behind the event. Raises `BadInput` for an address that is no web page."""
    check_open(roadshow, seen)
    _check_url(url)
    partner = Partner(
        roadshow_id=roadshow.id,
        kind=kind,
        name=name,
        url=url,
        position=next_position(roadshow.partners),
    )
    db.session.add(partner)
    audit.record("partner.added", partner, new={"kind": kind.value, "name": name.to_json()})
    count_up(roadshow)
    db.session.expire(roadshow, ["partners"])
    return partner


def change_partner(
    *, partner: Partner, seen: int | None, kind: PartnerKind, name: Trilingual, url: str
) -> None:
    """New kind, name, web page."""
    check_open(partner.roadshow, seen)
    _check_url(url)
    if put(partner, {"kind": kind, "name": name, "url": url}, "partner.changed"):
        count_up(partner.roadshow)


def remove_partner(*, partner: Partner, seen: int | None) -> None:
    check_open(partner.roadshow, seen)
    audit.record("partner.removed", partner, old={"name": partner.name.to_json()})
    roadshow = partner.roadshow
    db.session.delete(partner)
    count_up(roadshow)


def _check_url(url: str) -> None:
    if url and not url.lower().startswith(_HTTP):
        raise BadInput(fields={"url": _l("Please write the whole address, beginning with https://.")})


# --- corrections of the holiday calendar, which all roadshows share ---


def note_holiday(*, country: str, date: Any, kind: HolidayKind, name: Trilingual) -> HolidayNote:
    """Say what a day is in a country; a former note of that day is replaced."""
    if country not in COUNTRIES[:2]:
        raise BadInput(fields={"country": _l("Please choose one.")})
    note = db.session.scalars(
        select(HolidayNote).where(HolidayNote.country == country, HolidayNote.date == date)
    ).one_or_none()
    if note is None:
        note = HolidayNote(country=country, date=date, kind=kind, name=name)
        db.session.add(note)
        audit.record("holiday.noted", note, new=_noted(note))
        return note
    old = _noted(note)
    note.kind, note.name = kind, name
    audit.record("holiday.noted", note, old=old, new=_noted(note))
    return note


def forget_holiday(*, note: HolidayNote) -> None:
    """Let the calendar speak again."""
    audit.record("holiday.forgotten", note, old=_noted(note))
    db.session.delete(note)


def _noted(note: HolidayNote) -> dict[str, Any]:
    return {
        "country": note.country,
        "date": note.date.isoformat(),
        "kind": note.kind.value,
        "name": note.name.to_json(),
    }
