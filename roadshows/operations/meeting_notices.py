"""Both sides of a meeting are told of it, and of every change, once, with an entry for their calendars: one
message a person and occasion, or two when some of it is off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from config import Settings
from core import clock
from core.db import db
from core.errors import Conflict
from core.languages import locale_of
from core.mail import Message, send
from core.models import Mail, Notice
from roadshows import calendar_files
from roadshows.calendar_files import Contact, Method
from roadshows.calendar_texts import meeting_event
from roadshows.meeting_lines import Where, end_of, where
from roadshows.models import (
    Meeting,
    MeetingParty,
    MeetingSlot,
    MeetingState,
    Participant,
    Roadshow,
    RoadshowState,
    Told,
)
from roadshows.operations.people import own_page, own_page_signed_in
from roadshows.operations.telling import language_of
from roadshows.queries.meetings import room_names
from roadshows.queries.own_program import OwnMeeting

TOLD = "meeting"
BELOW = "/meetings"
"""The page below the own one that shows them."""


@dataclass(frozen=True)
class Change:
    """A meeting that people have to be told of. before: where it was as they knew it; None when it is new."""

    meeting: Meeting
    before: Where | None = None


def whereabouts(roadshow: Roadshow, meetings: Iterable[Meeting]) -> dict[int, Where]:
    """Meeting's id → where it is now."""
    rows = list(meetings)
    rooms = room_names(roadshow) if any(row.slot.room_id for row in rows) else {}
    return {row.id: where(row, roadshow.cities, rooms.get(row.slot.room_id or 0)) for row in rows}


def known_in(roadshow: Roadshow, slots: ColumnElement[bool]) -> list[Change]:
    """The meetings that people know of in some slots, as they know them: to be read before the slots, their
    day or city change, and given to `tell_moved` then. slots: a condition on `MeetingSlot`."""
    rows = db.session.scalars(
        select(Meeting)
        .join(MeetingSlot, MeetingSlot.id == Meeting.slot_id)
        .where(
            Meeting.roadshow_id == roadshow.id,
            Meeting.state == MeetingState.PLANNED,
            Meeting.told_at.is_not(None),
            slots,
        )
        .order_by(Meeting.id)
    ).all()
    known = whereabouts(roadshow, rows)
    return [Change(row, known[row.id]) for row in rows]


def tell_moved(roadshow: Roadshow, known: Sequence[Change]) -> int:
    """Tell of those meetings that are elsewhere now than people knew, unless they are over; returns how many
    people."""
    moment = clock.now()
    now = whereabouts(roadshow, [change.meeting for change in known])
    moved = [
        change
        for change in known
        if change.before
        and change.before != now[change.meeting.id]
        and max(change.before.ends_at, end_of(change.meeting.slot)) > moment
    ]
    for change in moved:
        change.meeting.sequence += 1
        change.meeting.changed_at = moment
    db.session.flush()
    return tell_changes(roadshow, moved)


def tell_changes(roadshow: Roadshow, changes: Sequence[Change]) -> int:
    """Tell both sides of each change, all that is on for a person in one message and all that is off in
    another; returns how many people.

    A change is known by the meeting and its `sequence`: told before, it is not told again. Nothing is sent
    for an event that is not public.
    """
    if roadshow.state is not RoadshowState.PUBLIC or not changes:
        return 0
    by_person: dict[int, list[tuple[Change, MeetingParty]]] = {}
    people: dict[int, Participant] = {}
    for change in changes:
        for own, other in (
            (change.meeting.team, change.meeting.investor),
            (change.meeting.investor, change.meeting.team),
        ):
            by_person.setdefault(own.participant_id, []).append((change, other))
            people[own.participant_id] = own.participant
        change.meeting.told_at = clock.now()
    known = _known(list(people), [change.meeting for change in changes])
    now = whereabouts(roadshow, [change.meeting for change in changes])
    told = 0
    for participant_id, theirs in by_person.items():
        news = [
            (change, other)
            for change, other in theirs
            if (participant_id, _item(change.meeting), change.meeting.sequence) not in known
        ]
        if news:
            _tell_person(roadshow, people[participant_id], news, now)
            told += 1
    db.session.flush()
    return told


def _item(meeting: Meeting) -> str:
    return f"meeting:{meeting.key}"


def _known(participants: Sequence[int], meetings: Sequence[Meeting]) -> set[tuple[int, str, int]]:
    rows = db.session.execute(
        select(Told.participant_id, Told.item, Told.item_version).where(
            Told.kind == TOLD,
            Told.participant_id.in_(participants),
            Told.item.in_([_item(meeting) for meeting in meetings]),
        )
    )
    return {(row.participant_id, row.item, row.item_version) for row in rows}


def _tell_person(
    roadshow: Roadshow,
    participant: Participant,
    news: Sequence[tuple[Change, MeetingParty]],
    now: Mapping[int, Where],
) -> None:
    """What is on and what is off are two messages: a calendar is asked for one thing at a time."""
    off = [one for one in news if one[0].meeting.state is MeetingState.CANCELED]
    on = [one for one in news if one not in off]
    if on:
        _send(roadshow, participant, on, now, Method.REQUEST)
    if off:
        _send(roadshow, participant, off, now, Method.CANCEL)


def _send(
    roadshow: Roadshow,
    participant: Participant,
    news: Sequence[tuple[Change, MeetingParty]],
    now: Mapping[int, Where],
    method: Method,
) -> None:
    person = participant.person
    lang = language_of(participant)
    address = participant.email or (person.email if person is not None else "")
    with force_locale(locale_of(lang)):
        message = _message(roadshow, news, now, lang)
        calendar = _calendars(roadshow, participant, address, news, lang, method) if address else ""
    if person is not None:
        db.session.add(
            Notice(
                person_id=person.id,
                edition_id=roadshow.edition_id,
                kind="meetings",
                subject=message.subject,
                body=message.body,
                path=own_page_signed_in(participant, lang, BELOW),
            )
        )
    mail: Mail | None = None
    if address and participant.erased_at is None:
        mail = send(
            address,
            lang,
            "meetings",
            replace(message, path=own_page(participant, lang, BELOW)),
            person_id=participant.person_id,
            roadshow_id=roadshow.id,
            calendar=calendar,
            calendar_method=method.value if calendar else "",
        )
        db.session.flush()
    db.session.add_all(
        Told(
            roadshow_id=roadshow.id,
            participant_id=participant.id,
            kind=TOLD,
            item=_item(change.meeting),
            item_version=change.meeting.sequence,
            mail_id=mail.id if mail else None,
        )
        for change, _other in news
    )


def _calendars(
    roadshow: Roadshow,
    participant: Participant,
    address: str,
    news: Sequence[tuple[Change, MeetingParty]],
    lang: str,
    method: Method,
) -> str:
    """The meetings as calendars take them, one object each; none for an address that no calendar can hold."""
    settings: Settings = current_app.config["SETTINGS"]
    rooms = room_names(roadshow)
    own = [
        OwnMeeting(change.meeting, participant.id, (other.name,), rooms.get(change.meeting.slot.room_id or 0))
        for change, other in news
    ]
    try:
        return "".join(
            calendar_files.invitation(
                meeting_event(one, roadshow, lang),
                method,
                organizer=Contact("Jiachi", settings.MAIL_FROM),
                attendee=Contact(participant.name, address),
            )
            for one in own
        )
    except ValueError:
        return ""


def _message(
    roadshow: Roadshow, news: Sequence[tuple[Change, MeetingParty]], now: Mapping[int, Where], lang: str
) -> Message:
    event = roadshow.name.pick(lang).text
    ordered = sorted(news, key=lambda one: one[0].meeting.slot.starts_at)
    only_new = all(change.before is None for change, _other in ordered)
    subject = (
        _("Your meetings: %(event)s", event=event)
        if only_new
        else _("Your meetings have changed: %(event)s", event=event)
    )
    lines = [_line(change, other, now[change.meeting.id], lang) for change, other in ordered]
    closing = _("Your own page shows all your meetings; there you can also cancel one you can't come to.")
    return Message(subject, "\n\n".join([*lines, closing]))


def _line(change: Change, other: MeetingParty, now: Where, lang: str) -> str:
    meeting = change.meeting
    if meeting.state is MeetingState.CANCELED:
        place = (change.before or now).words(lang)
        return _("Canceled: with %(name)s\n%(where)s", name=other.name, where=place)
    place = now.words(lang)
    if meeting.needs_interpreter:
        place = _("%(place)s, with an interpreter", place=place)
    if change.before is None:
        return _("New: with %(name)s\n%(where)s", name=other.name, where=place)
    return _(
        "Moved: with %(name)s\nbefore: %(before)s\nnow: %(now)s",
        name=other.name,
        before=change.before.words(lang),
        now=place,
    )


def tell_new(*, roadshow: Roadshow) -> int:
    """Tell both sides of every planned meeting that nobody knows of yet; returns how many people.

    Raises Conflict while the event is not public.
    """
    if roadshow.state is not RoadshowState.PUBLIC:
        raise Conflict(
            _l("Please publish the event first: until then nobody is told anything."),
            code="roadshow_not_public",
        )
    untold = db.session.scalars(
        select(Meeting).where(
            Meeting.roadshow_id == roadshow.id,
            Meeting.state == MeetingState.PLANNED,
            Meeting.told_at.is_(None),
        )
    ).all()
    return tell_changes(roadshow, [Change(meeting) for meeting in untold])
