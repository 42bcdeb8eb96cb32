"""Both sides of a meeting, and who interprets, are told of it and of every change, once, with an entry for
their calendars: one message a person and occasion, or two when some of it is off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    """A meeting that people have to be told of. before: where it was as they knew it; None when it is new.
    interpreter: who interpreted there."""

    meeting: Meeting
    before: Where | None = None
    interpreter: Participant | None = None


@dataclass(frozen=True)
class _News:
    """A change as one person is told of it. others: whom she meets, or both sides for the interpreter.
    before, now: where; None when she had, or has, nothing to do with the meeting."""

    meeting: Meeting
    others: tuple[str, ...]
    before: Where | None
    now: Where | None
    interprets: bool = False


def whereabouts(roadshow: Roadshow, meetings: Iterable[Meeting]) -> dict[int, Where]:
    """Meeting's id → where it is now."""
    rows = list(meetings)
    rooms = room_names(roadshow) if any(row.slot.room_id for row in rows) else {}
    return {row.id: where(row, roadshow.cities, rooms.get(row.slot.room_id or 0)) for row in rows}


def known(roadshow: Roadshow, meetings: Iterable[Meeting]) -> list[Change]:
    """Meetings as people know them: to be read before anything about them changes, and told then."""
    rows = list(meetings)
    places = whereabouts(roadshow, rows)
    return [
        Change(row, places[row.id], row.interpreter.participant if row.interpreter else None) for row in rows
    ]


def interpreters_found(
    roadshow: Roadshow, meetings: Iterable[Meeting], besides: Iterable[Meeting] = ()
) -> list[Change]:
    """What is to be told of meetings that people knew of and that only now have an interpreter, but for those
    that are told of anyway."""
    told = {row.id for row in besides}
    rows = [row for row in meetings if row.told_at is not None and row.id not in told]
    for row in rows:
        row.sequence += 1
    return [replace(change, interpreter=None) for change in known(roadshow, rows)]


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
    return known(roadshow, rows)


def tell_moved(roadshow: Roadshow, changes: Sequence[Change]) -> int:
    """Tell of those meetings that are elsewhere now than people knew, unless they are over; returns how many
    people."""
    moment = clock.now()
    now = whereabouts(roadshow, [change.meeting for change in changes])
    moved = [
        change
        for change in changes
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
    """Tell both sides of each change and who interprets, all that is on for a person in one message and all
    that is off in another; returns how many people.

    A change is known by the meeting and its `sequence`: told before, it is not told again. Nothing is sent
    for an event that is not public.
    """
    if roadshow.state is not RoadshowState.PUBLIC or not changes:
        return 0
    by_person: dict[int, list[_News]] = {}
    people: dict[int, Participant] = {}
    places = whereabouts(roadshow, [change.meeting for change in changes])
    for change in changes:
        for who, news in _news_of(change, places[change.meeting.id]):
            if news.before != news.now:
                by_person.setdefault(who.id, []).append(news)
                people[who.id] = who
        change.meeting.told_at = clock.now()
    told_before = _told(list(people), [change.meeting for change in changes])
    told = 0
    for participant_id, theirs in by_person.items():
        fresh = [
            news
            for news in theirs
            if (participant_id, _item(news.meeting), news.meeting.sequence) not in told_before
        ]
        if fresh:
            _tell_person(roadshow, people[participant_id], fresh)
            told += 1
    db.session.flush()
    return told


def _news_of(change: Change, place: Where) -> Iterator[tuple[Participant, _News]]:
    meeting, before = change.meeting, change.before
    team, investor = meeting.team, meeting.investor
    now = None if meeting.state is MeetingState.CANCELED else place
    yield team.participant, _News(meeting, (investor.name,), before, now)
    yield investor.participant, _News(meeting, (team.name,), before, now)
    present = meeting.interpreter.participant if meeting.interpreter and now else None
    people = {who.id: who for who in (change.interpreter, present) if who is not None}
    for who in people.values():
        if who.id not in (team.participant_id, investor.participant_id):
            yield (
                who,
                _News(
                    meeting,
                    (team.name, investor.name),
                    before if who is change.interpreter else None,
                    now if who is present else None,
                    interprets=True,
                ),
            )


def _item(meeting: Meeting) -> str:
    return f"meeting:{meeting.key}"


def _told(participants: Sequence[int], meetings: Sequence[Meeting]) -> set[tuple[int, str, int]]:
    rows = db.session.execute(
        select(Told.participant_id, Told.item, Told.item_version).where(
            Told.kind == TOLD,
            Told.participant_id.in_(participants),
            Told.item.in_([_item(meeting) for meeting in meetings]),
        )
    )
    return {(row.participant_id, row.item, row.item_version) for row in rows}


def _tell_person(roadshow: Roadshow, participant: Participant, news: Sequence[_News]) -> None:
    """What is on and what is off are two messages: a calendar is asked for one thing at a time."""
    for method, part in (
        (Method.REQUEST, [one for one in news if one.now]),
        (Method.CANCEL, [one for one in news if not one.now]),
    ):
        if part:
            _send(roadshow, participant, part, method)


def _send(roadshow: Roadshow, participant: Participant, news: Sequence[_News], method: Method) -> None:
    person = participant.person
    lang = language_of(participant)
    address = participant.email or (person.email if person is not None else "")
    # Who only interprets has no page of meetings; hers stand on her own page with all the rest.
    below = "" if all(one.interprets for one in news) else BELOW
    with force_locale(locale_of(lang)):
        message = _message(roadshow, news, lang)
        calendar = _calendars(roadshow, participant, address, news, lang, method) if address else ""
    if person is not None:
        db.session.add(
            Notice(
                person_id=person.id,
                edition_id=roadshow.edition_id,
                kind="meetings",
                subject=message.subject,
                body=message.body,
                path=own_page_signed_in(participant, lang, below),
            )
        )
    mail: Mail | None = None
    if address and participant.erased_at is None:
        mail = send(
            address,
            lang,
            "meetings",
            replace(message, path=own_page(participant, lang, below)),
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
            item=_item(one.meeting),
            item_version=one.meeting.sequence,
            mail_id=mail.id if mail else None,
        )
        for one in news
    )


def _calendars(
    roadshow: Roadshow,
    participant: Participant,
    address: str,
    news: Sequence[_News],
    lang: str,
    method: Method,
) -> str:
    """The meetings as calendars take them, one object each; none for an address that no calendar can hold."""
    settings: Settings = current_app.config["SETTINGS"]
    rooms = room_names(roadshow)
    own = [
        OwnMeeting(one.meeting, participant.id, one.others, rooms.get(one.meeting.slot.room_id or 0))
        for one in news
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


def _message(roadshow: Roadshow, news: Sequence[_News], lang: str) -> Message:
    event = roadshow.name.pick(lang).text
    ordered = sorted(news, key=lambda one: one.meeting.slot.starts_at)
    only_new = all(one.before is None for one in ordered)
    subject = (
        _("Your meetings: %(event)s", event=event)
        if only_new
        else _("Your meetings have changed: %(event)s", event=event)
    )
    closing = (
        _("You get this message as an interpreter. Your own page shows all that you interpret.")
        if all(one.interprets for one in ordered)
        else _("Your own page shows all your meetings; there you can also cancel one you can't come to.")
    )
    return Message(subject, "\n\n".join([*(_line(one, lang) for one in ordered), closing]))


def _line(news: _News, lang: str) -> str:
    name = " · ".join(news.others)
    before = news.before.words(lang) if news.before else ""
    if news.now is None:
        return _("Canceled: with %(name)s\n%(where)s", name=name, where=before)
    now = news.now.words(lang)
    if news.meeting.needs_interpreter and not news.interprets:
        now = _("%(place)s, with an interpreter", place=now)
    if not before:
        return _("New: with %(name)s\n%(where)s", name=name, where=now)
    return _("Moved: with %(name)s\nbefore: %(before)s\nnow: %(now)s", name=name, before=before, now=now)


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
