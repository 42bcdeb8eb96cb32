"""Telling people of the agenda as it stands, and of the end of it all: each thing once.

What somebody knows is read from `Told`; what has to be told is the difference to what is published.
Publishing does it in its own transaction; a sweep finds what was lost, or published while the event was a
draft.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import joinedload

from config import Settings
from core import audit, clock, mail
from core.db import db, lock
from core.languages import locale_of
from core.mail import Message
from core.models import Mail, MailState
from roadshows import calendar_files, message_texts
from roadshows.calendar_files import Contact, Method
from roadshows.calendar_texts import session_event
from roadshows.models import (
    Guest,
    GuestState,
    Interpreter,
    MeetingParty,
    Participant,
    Roadshow,
    RoadshowState,
    Speaker,
    Told,
)
from roadshows.operations.people import own_page, own_page_signed_in
from roadshows.published import Agenda, Item
from roadshows.queries.published import agenda_of, earlier_agendas
from roadshows.tellings import Changes, Known, changes_for

INVITED, UNINVITED, CANCELED = "invited", "uninvited", "canceled"
PROGRAM = "roadshow_program"
_STILL_COMING = (GuestState.INVITED, GuestState.APPLIED, GuestState.WAITING, GuestState.CONFIRMED)


def session_item(key: str) -> str:
    """How `Told.item` names a session."""
    return f"session:{key}"


@dataclass(frozen=True)
class Heard:
    """What each participant knows. known: participant's id -> session's key -> as it was told last.
    now_told: (participant's id, kind, session's key) of what was told of the newest version. times: how often
    each was told of a session, by participant's id and session's key."""

    known: dict[int, dict[str, Known]]
    now_told: set[tuple[int, str, str]]
    times: Counter[tuple[int, str]]


def heard(roadshow: Roadshow, agenda: Agenda) -> Heard:
    """What was told of sessions, read back from the versions that were told."""
    rows: dict[tuple[int, str], Told] = {}
    now_told: set[tuple[int, str, str]] = set()
    times: Counter[tuple[int, str]] = Counter()
    told = db.session.scalars(
        select(Told)
        .where(Told.roadshow_id == roadshow.id, Told.kind.in_((INVITED, UNINVITED)))
        .order_by(Told.item_version, Told.id)
    )
    for row in told:
        key = row.item.partition(":")[2]
        rows[row.participant_id, key] = row
        times[row.participant_id, key] += 1
        if row.item_version == agenda.number:
            now_told.add((row.participant_id, row.kind, key))
    numbers = {row.item_version for row in rows.values()} - {agenda.number}
    versions = {agenda.number: agenda, **earlier_agendas(roadshow, numbers)}
    known: dict[int, dict[str, Known]] = {}
    for (participant, key), row in rows.items():
        item = versions[row.item_version].find(key) if row.item_version in versions else None
        if item is not None:
            known.setdefault(participant, {})[key] = Known(item, row.kind == INVITED, row.at)
    return Heard(known, now_told, times)


def tell_agenda(*, roadshow: Roadshow) -> int:
    """Invite, or call off, all whose program differs from what they know; returns the number of mails.

    Nothing happens unless the event is public. Several sessions of one person are one mail.
    """
    lock(roadshow)
    agenda = agenda_of(roadshow)
    if roadshow.state is not RoadshowState.PUBLIC or not agenda.number:
        return 0
    knowledge, now, sent = heard(roadshow, agenda), clock.now(), 0
    for who in _people(roadshow, agenda, knowledge):
        changes = changes_for(who.key, agenda, knowledge.known.get(who.id, {}), now)
        if changes and who.email:
            sent += _tell(roadshow, agenda, who, changes, knowledge)
    return sent


def to_be_told(roadshow: Roadshow, agenda: Agenda) -> list[tuple[Participant, Changes]]:
    """Whom `agenda`, which may not be published yet, has something new for, and what; also those without an
    address, whom no mail can reach. Writes nothing."""
    knowledge, now = heard(roadshow, agenda), clock.now()
    found = [
        (who, changes_for(who.key, agenda, knowledge.known.get(who.id, {}), now))
        for who in _people(roadshow, agenda, knowledge)
    ]
    return [(who, changes) for who, changes in found if changes]


def _people(roadshow: Roadshow, agenda: Agenda, knowledge: Heard) -> Sequence[Participant]:
    """Those whom the agenda names, or who were told of it before."""
    keys = {key for item in agenda.items for key in item.involved}
    return db.session.scalars(
        select(Participant)
        .where(
            Participant.roadshow_id == roadshow.id,
            Participant.erased_at.is_(None),
            or_(Participant.key.in_(keys), Participant.id.in_(knowledge.known)),
        )
        .options(joinedload(Participant.person))
        .order_by(Participant.id)
    ).all()


def _tell(roadshow: Roadshow, agenda: Agenda, who: Participant, changes: Changes, knowledge: Heard) -> int:
    """At most two mails: what somebody is expected in, and what is off, which calendars take separately."""
    sent = 0
    lang = language_of(who)
    coming = [*changes.new, *(new for _old, new in changes.moved)]
    for kind, method, concerned in (
        (INVITED, Method.REQUEST, coming),
        (UNINVITED, Method.CANCEL, changes.off),
    ):
        items = [item for item in concerned if (who.id, kind, item.key) not in knowledge.now_told]
        if not items:
            continue
        with force_locale(locale_of(lang)):
            text = (
                message_texts.program(changes, roadshow, who, lang)
                if kind == INVITED
                else message_texts.off(items, roadshow, who, lang)
            )
            calendar = _calendars(_latest(items, agenda), who, lang, method, knowledge)
        row = post(who, PROGRAM, text, calendar, method)
        for item in items:
            note(who, kind, session_item(item.key), agenda.number, mail_id=row.id)
        sent += 1
    return sent


def _latest(items: Iterable[Item], agenda: Agenda) -> list[Item]:
    """As the newest version has them: the numbers that calendars go by only ever grow."""
    return [agenda.find(item.key) or item for item in items]


def tell_cancellation(*, roadshow: Roadshow) -> int:
    """Word to everybody that the event is off, once; calendars strike what they hold of it; what waits in the
    outbox about it never leaves. Returns the number of mails."""
    lock(roadshow)
    _stop_what_waits(roadshow)
    agenda, now = agenda_of(roadshow), clock.now()
    knowledge, item = heard(roadshow, agenda), f"roadshow:{roadshow.id}"
    done = set(
        db.session.scalars(
            select(Told.participant_id).where(
                Told.roadshow_id == roadshow.id, Told.kind == CANCELED, Told.item == item
            )
        )
    )
    sent = 0
    for who in _everybody(roadshow):
        if who.id in done:
            continue
        known = knowledge.known.get(who.id, {}).values()
        standing = [one.item for one in known if one.is_on and one.item.ends_at > now]
        lang = language_of(who)
        with force_locale(locale_of(lang)):
            text = message_texts.canceled(roadshow, who, lang)
            calendar = _calendars(_latest(standing, agenda), who, lang, Method.CANCEL, knowledge)
        row = post(who, "roadshow_canceled", text, calendar, Method.CANCEL)
        note(who, CANCELED, item, 0, mail_id=row.id)
        for one in standing:
            note(who, UNINVITED, session_item(one.key), agenda.number, mail_id=row.id)
        sent += 1
    audit.record("roadshow.cancellation_told", roadshow, new={"mails": sent})
    return sent


def _stop_what_waits(roadshow: Roadshow) -> None:
    """Mails about the event that have not left yet: nobody should read of it after its cancellation."""
    waiting = db.session.scalars(
        select(Mail).where(
            Mail.roadshow_id == roadshow.id,
            Mail.state == MailState.QUEUED,
            Mail.kind != "roadshow_canceled",
        )
    )
    for row in waiting:
        row.state, row.last_error = MailState.FAILED, "event_canceled"


def _everybody(roadshow: Roadshow) -> Sequence[Participant]:
    """Speakers, interpreters, guests who may come, parties at the meetings: whoever has an address, once."""
    same = Participant.id
    return db.session.scalars(
        select(Participant)
        .where(
            Participant.roadshow_id == roadshow.id,
            Participant.email != "",
            Participant.erased_at.is_(None),
            or_(
                exists().where(Speaker.participant_id == same),
                exists().where(Interpreter.participant_id == same),
                exists().where(MeetingParty.participant_id == same, MeetingParty.withdrawn_at.is_(None)),
                exists().where(Guest.participant_id == same, Guest.state.in_(_STILL_COMING)),
            ),
        )
        .options(joinedload(Participant.person))
        .order_by(Participant.id)
    ).all()


def language_of(who: Participant) -> str:
    """The language somebody is written to in: of the account, if there is one."""
    return who.person.language if who.person else who.language


def address_of(who: Participant) -> str:
    return (who.person.email if who.person else None) or who.email


def post(
    who: Participant, kind: str, text: Message, calendar: str = "", method: Method = Method.REQUEST
) -> Mail:
    """One mail to one participant about the roadshow, and a notice in the inbox of who has an account. Both
    lead to the own page: the path of `text` is one below it ("/meetings")."""
    name = method.value if calendar else ""
    lang, below = language_of(who), text.path
    text = replace(text, path=own_page(who, lang, below))
    row = None
    if who.person:
        row = mail.tell(
            who.person,
            kind,
            lambda _lang: text,
            inbox_path=own_page_signed_in(who, lang, below),
            roadshow_id=who.roadshow_id,
            calendar=calendar,
            calendar_method=name,
        )
    if row is None:
        row = mail.send(
            who.email,
            lang,
            kind,
            text,
            roadshow_id=who.roadshow_id,
            calendar=calendar,
            calendar_method=name,
        )
    db.session.flush()
    return row


def note(
    who: Participant, kind: str, item: str, version: int, offset: int = 0, mail_id: int | None = None
) -> None:
    """Write down that it was told; the database refuses a second time."""
    db.session.add(
        Told(
            roadshow_id=who.roadshow_id,
            participant_id=who.id,
            kind=kind,
            item=item,
            item_version=version,
            offset=offset,
            mail_id=mail_id,
        )
    )
    db.session.flush()


def _calendars(items: Iterable[Item], who: Participant, lang: str, method: Method, knowledge: Heard) -> str:
    """The sessions as invitations, or as word that they are off, one object each; none for an address that
    no calendar file can hold. Each carries a higher number than the one before it to the same person, also
    when the session stays as it is and only the person comes or goes."""
    settings: Settings = current_app.config["SETTINGS"]
    organizer = Contact("Jiachi", settings.MAIL_FROM)
    try:
        return "".join(
            calendar_files.invitation(
                session_event(
                    item,
                    who.roadshow,
                    lang,
                    changed_at=clock.now(),
                    canceled=method is Method.CANCEL,
                    times_told=knowledge.times[who.id, item.key],
                ),
                method,
                organizer=organizer,
                attendee=Contact(who.name, address_of(who)),
            )
            for item in items
        )
    except ValueError:
        return ""
