"""Writes on who speaks and who interprets: the person, the two tasks, absences, photo, the own link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from accounts.addresses import normal_email, normal_phone
from accounts.consents import has_consent
from accounts.models import Person
from competition.models import Member
from core import audit, mail
from core.db import db
from core.errors import BadInput, Conflict, NotFound
from core.languages import Trilingual, locale_of
from core.models import StoredFile
from core.text import fold
from roadshows.language_pairs import PAIRS
from roadshows.models import (
    Absence,
    Appearance,
    CalendarFeed,
    Feedback,
    Guest,
    Interpreter,
    Meeting,
    MeetingParty,
    Participant,
    Roadshow,
    RoadshowState,
    Session,
    Speaker,
    Told,
)
from roadshows.operations.office_common import (
    NOTHING,
    agenda_changed,
    check_open,
    check_seen,
    let_file_go,
    put,
)
from roadshows.operations.people import (
    add_participant,
    check_pages_open,
    find_participant,
    new_link,
    own_page,
    zone_of,
)

BASICS = ("name", "name_latin", "organization", "position", "email", "phone", "language", "zone")
MOST_ABSENCES = 50


def add_person(*, roadshow: Roadshow, **values: Any) -> Participant:
    """Somebody who will speak or interpret; who is on the list already, by the address, is taken as is.

    Raises `BadInput` for an address that is none.
    """
    check_open(roadshow, None)
    values["email"] = _address(values.get("email", ""))
    values["phone"] = _phone(values.get("phone", ""), values.get("zone", ""))
    if (known := find_participant(roadshow, values["email"])) is not None:
        return known
    return add_participant(roadshow=roadshow, **values)


def change_person(*, participant: Participant, seen: int | None, **values: Any) -> None:
    """New name, organization, address, language, clock. Raises `Conflict` for an address of somebody else."""
    check_open(participant.roadshow, None)
    check_seen(participant, seen)
    if "phone" in values:
        values["phone"] = _phone(values["phone"], values.get("zone", participant.zone))
    if "email" in values:
        values["email"] = _address(values["email"])
        known = find_participant(participant.roadshow, values["email"])
        if known is not None and known.id != participant.id:
            raise Conflict(
                fields={"email": _l("Somebody with this e-mail address is on the list already.")},
                code="email_taken",
            )
        values["email_key"] = fold(values["email"]) if values["email"] else None
    put(participant, values, "participant.changed")


def _address(email: str) -> str:
    if not email:
        return ""
    try:
        return normal_email(email)
    except BadInput as problem:
        raise BadInput(fields={"email": problem.detail}) from problem


def _phone(phone: str, zone: str) -> str:
    try:
        return normal_phone(phone, {"Asia/Seoul": "KR", "Asia/Shanghai": "CN"}.get(zone, ""))
    except BadInput as problem:
        raise BadInput(fields={"phone": problem.detail}) from problem


# --- the two tasks ---


def speaker_of(participant: Participant) -> Speaker | None:
    return db.session.scalars(select(Speaker).where(Speaker.participant_id == participant.id)).one_or_none()


def interpreter_of(participant: Participant) -> Interpreter | None:
    return db.session.scalars(
        select(Interpreter).where(Interpreter.participant_id == participant.id)
    ).one_or_none()


def let_speak(
    *,
    participant: Participant,
    title: Trilingual = NOTHING,
    about: Trilingual = NOTHING,
    is_shown: bool = True,
) -> Speaker:
    """Make the participant a speaker, or change what the program says of one."""
    check_open(participant.roadshow, None)
    speaker = speaker_of(participant)
    values = {"title": title, "about": about, "is_shown": is_shown}
    if speaker is not None:
        put(speaker, values, "speaker.changed")
        return speaker
    speaker = Speaker(
        roadshow_id=participant.roadshow_id, participant_id=participant.id, participant=participant, **values
    )
    db.session.add(speaker)
    audit.record("speaker.added", speaker, new={"participant": participant.key})
    return speaker


def stop_speaking(*, participant: Participant) -> None:
    """No speaker any more. Raises `Conflict` while the program names the person in a session."""
    check_open(participant.roadshow, None)
    speaker = speaker_of(participant)
    if speaker is None:
        return
    if sessions := _count(Appearance, Appearance.speaker_id == speaker.id):
        raise Conflict(
            _l(
                "%(name)s speaks in %(num)d sessions. Change those first.",
                name=participant.name,
                num=sessions,
            ),
            code="in_use",
        )
    audit.record("speaker.removed", speaker, old={"participant": participant.key})
    former = speaker.photo_file_id
    db.session.delete(speaker)
    let_file_go(former, Speaker.photo_file_id)


def let_interpret(*, participant: Participant, pairs: Sequence[str], most_in_a_row: int) -> Interpreter:
    """Make the participant an interpreter between these languages, or change between which.

    Raises `BadInput` for a pair that is none of ours or without any.
    """
    check_open(participant.roadshow, None)
    unknown = sorted(set(pairs) - set(PAIRS))
    if unknown or not pairs:
        raise BadInput(fields={"pairs": _l("Please choose at least one pair of languages.")})
    if not 1 <= most_in_a_row <= 50:
        raise BadInput(
            fields={
                "most_in_a_row": _l(
                    "Please write a whole number from %(least)d to %(most)d.", least=1, most=50
                )
            }
        )
    values = {"pairs": [pair for pair in PAIRS if pair in pairs], "most_in_a_row": most_in_a_row}
    interpreter = interpreter_of(participant)
    if interpreter is None:
        interpreter = Interpreter(
            roadshow_id=participant.roadshow_id,
            participant_id=participant.id,
            participant=participant,
            **values,
        )
        db.session.add(interpreter)
        audit.record("interpreter.added", interpreter, new={"participant": participant.key, **values})
    else:
        put(interpreter, values, "interpreter.changed")
    agenda_changed(participant.roadshow)
    return interpreter


def stop_interpreting(*, participant: Participant) -> None:
    """No interpreter any more. Raises `Conflict` while sessions or meetings are given to the person."""
    check_open(participant.roadshow, None)
    interpreter = interpreter_of(participant)
    if interpreter is None:
        return
    given = _count(Session, Session.interpreter_id == interpreter.id)
    given += _count(Meeting, Meeting.interpreter_id == interpreter.id)
    if given:
        raise Conflict(
            _l(
                "%(name)s interprets in %(num)d sessions or meetings. Give those to somebody else first.",
                name=participant.name,
                num=given,
            ),
            code="in_use",
        )
    audit.record("interpreter.removed", interpreter, old={"participant": participant.key})
    db.session.delete(interpreter)
    agenda_changed(participant.roadshow)


def remove_person(*, participant: Participant, seen: int | None) -> bool:
    """Take the person off the list of speakers and interpreters; returns whether nothing of them is left.

    Who is a guest too, or was told something already, stays as that. Raises `Conflict` while a session or
    meeting names the person.
    """
    check_open(participant.roadshow, None)
    check_seen(participant, seen)
    stop_speaking(participant=participant)
    stop_interpreting(participant=participant)
    db.session.flush()
    for model in (Guest, MeetingParty, Told, Feedback, CalendarFeed):
        if _count(model, model.participant_id == participant.id):  # type: ignore[attr-defined]
            return False
    audit.record("participant.removed", participant, old={"name": participant.name})
    for absence in list(participant.absences):
        db.session.delete(absence)
    db.session.flush()
    db.session.delete(participant)
    return True


# --- absences, photo, link ---


def add_absence(*, participant: Participant, starts_at: datetime, ends_at: datetime) -> Absence:
    """The person can't be had from `starts_at` to `ends_at`. Raises `BadInput` when it ends before it
    begins."""
    check_open(participant.roadshow, None)
    if ends_at <= starts_at:
        raise BadInput(fields={"ends_at": _l("The end has to be after the beginning.")})
    if len(participant.absences) >= MOST_ABSENCES:
        raise BadInput(_l("More than %(most)d absences can't be kept.", most=MOST_ABSENCES))
    absence = Absence(
        roadshow_id=participant.roadshow_id,
        participant_id=participant.id,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    db.session.add(absence)
    audit.record(
        "absence.added",
        absence,
        new={
            "participant": participant.key,
            "starts_at": starts_at.isoformat(),
            "ends_at": ends_at.isoformat(),
        },
    )
    db.session.expire(participant, ["absences"])
    agenda_changed(participant.roadshow)
    return absence


def remove_absence(*, absence: Absence) -> None:
    participant = absence.participant
    check_open(participant.roadshow, None)
    audit.record(
        "absence.removed",
        absence,
        old={"participant": participant.key, "starts_at": absence.starts_at.isoformat()},
    )
    db.session.delete(absence)
    agenda_changed(participant.roadshow)


def set_photo(*, speaker: Speaker, file: StoredFile | None) -> None:
    """The portrait that the speakers' page shows, or none."""
    check_open(speaker.participant.roadshow, None)
    former, speaker.photo_file_id = speaker.photo_file_id, file.id if file else None
    audit.record("speaker.photo_set", speaker, new={"file": speaker.photo_file_id})
    if former != speaker.photo_file_id:
        let_file_go(former, Speaker.photo_file_id)


def send_link(*, participant: Participant, renew: bool = False) -> None:
    """Mail the person the link to their own page. renew: make a fresh one, and all that were sent before are
    worth nothing from then on, as when one fell into wrong hands.

    Raises `BadInput` for somebody without an address, `Conflict` while the event is a draft or once it is
    canceled: nothing but the cancellation is sent then.
    """
    check_pages_open(participant.roadshow)
    if participant.roadshow.state is RoadshowState.CANCELED:
        raise Conflict(_l("The event is canceled: nothing is sent any more."), code="roadshow_canceled")
    if not participant.email:
        raise BadInput(_l("There is no e-mail address of this person yet."), code="no_address")
    if renew:
        new_link(participant=participant)
    lang = participant.language
    with force_locale(locale_of(lang)):
        name = participant.roadshow.name.pick(lang).text
        parts = [
            _(
                "Hello %(name)s,\n\nthe link below leads to your own page for %(roadshow)s: your times, what"
                " is still asked of you, and changes. It is yours alone, please don't pass it on.",
                name=participant.name,
                roadshow=name,
            )
        ]
        if renew:
            parts.append(_("Links that we sent before no longer work."))
        message = mail.Message(
            _("Your page for %(roadshow)s", roadshow=name), "\n\n".join(parts), own_page(participant)
        )
    mail.send(
        participant.email,
        lang,
        "roadshow_link",
        message,
        person_id=participant.person_id,
        roadshow_id=participant.roadshow_id,
    )


def speaker_from_member(*, roadshow: Roadshow, member: Member) -> Speaker:
    """A member of a team as a speaker: the same person once, however often they speak. The speakers' page
    shows who agreed to be published.

    Raises `NotFound` for a member of another edition, `Conflict` for one who has not confirmed.
    """
    check_open(roadshow, None)
    if roadshow.edition_id is None or member.edition_id != roadshow.edition_id:
        raise NotFound
    if member.confirmed_at is None and member.person_id is not None:
        raise Conflict(_l("This member has not confirmed yet."), code="unconfirmed")
    participant = _participant_of(roadshow, member)
    known = speaker_of(participant)
    if known is not None:
        return known
    agreed = member.person_id is not None and has_consent(member.person_id, "publication")
    return let_speak(participant=participant, title=Trilingual.same(member.team.name), is_shown=agreed)


def _participant_of(roadshow: Roadshow, member: Member) -> Participant:
    if member.person_id is not None:
        known = db.session.scalars(
            select(Participant).where(
                Participant.roadshow_id == roadshow.id,
                Participant.person_id == member.person_id,
                Participant.erased_at.is_(None),
            )
        ).first()
        if known is not None:
            return known
    if (same := find_participant(roadshow, member.email)) is not None:
        return same
    person = None if member.person_id is None else db.session.get(Person, member.person_id)
    language = person.language if person else _language_of(member)
    return add_participant(
        roadshow=roadshow,
        name=member.name,
        email=member.email,
        name_latin=member.name_latin,
        organization=member.affiliation or member.team.affiliation or member.team.name,
        person_id=member.person_id,
        language=language,
        zone=person.time_zone if person else zone_of(language, roadshow),
    )


def _language_of(member: Member) -> str:
    return {"CN": "zh", "KR": "ko"}.get(member.country or member.team.country.value, "en")


def _count(model: Any, condition: Any) -> int:
    return db.session.execute(select(func.count()).select_from(model).where(condition)).scalar_one()
