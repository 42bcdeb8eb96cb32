"""Writes on the program: sessions and who speaks in them, tracks, materials. Where and when they take place
is the agenda editor's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from competition.models import Entry, EntryState, Member, MemberRole
from core import audit
from core.db import db
from core.errors import BadInput, Conflict, NotFound
from core.languages import Trilingual
from core.models import StoredFile
from core.text import shorten
from roadshows import language_pairs
from roadshows.models import (
    AgendaVersion,
    Appearance,
    AppearanceKind,
    Day,
    HostCity,
    Material,
    Roadshow,
    Session,
    SessionKind,
    SessionState,
    SessionTrack,
    Slot,
    Speaker,
)
from roadshows.operations.office_common import (
    NOTHING,
    agenda_changed,
    check_open,
    check_seen,
    count_up,
    let_file_go,
    next_position,
    put,
)
from roadshows.operations.speakers import speaker_from_member

LONGEST = 720
MOST_SPEAKERS = 20
AUTOMATIC = "auto"
"""As a session's pair of languages: the one that language and city suggest."""


@dataclass(frozen=True)
class Part:
    """Somebody's part in a session."""

    speaker: Speaker
    kind: AppearanceKind = AppearanceKind.SPEAKER


def add_session(*, roadshow: Roadshow, city: HostCity, parts: Sequence[Part] = (), **values: Any) -> Session:
    """A session that has no place yet. values: its columns; interpreting may be `AUTOMATIC`.

    Raises `BadInput` for a pair that does not fit the language spoken, a session longer than every slot of
    its city, an entry that is not a pitch's; `NotFound` for parts of another roadshow.
    """
    check_open(roadshow, None)
    session = Session(roadshow_id=roadshow.id, roadshow=roadshow, city_id=city.id)
    checked = _checked(roadshow, session, city, values)
    for name, value in checked.items():
        setattr(session, name, value)
    db.session.add(session)
    db.session.flush()
    _set_parts(roadshow, session, parts)
    audit.record(
        "session.added",
        session,
        new={"kind": session.kind.value, "title": session.title.to_json(), "minutes": session.minutes},
    )
    agenda_changed(roadshow)
    return session


def change_session(
    *, session: Session, seen: int | None, city: HostCity, parts: Sequence[Part], **values: Any
) -> None:
    """New values. What is placed stays placed: raises `BadInput` when it would no longer fit there."""
    roadshow = session.roadshow
    check_open(roadshow, None)
    check_seen(session, seen)
    if session.state is SessionState.CANCELED:
        raise Conflict(_l("This session was canceled; it stays as it was."), code="canceled")
    checked = _checked(roadshow, session, city, values)
    _check_place(session, city, checked)
    changed = put(session, {"city_id": city.id, **checked}, "session.changed")
    if _set_parts(roadshow, session, parts) or changed:
        agenda_changed(roadshow)


def _checked(roadshow: Roadshow, session: Session, city: HostCity, values: dict[str, Any]) -> dict[str, Any]:
    if city.roadshow_id != roadshow.id:
        raise NotFound
    found = dict(values)
    language = found.get("language", session.language or "zh")
    if language not in language_pairs.LANGUAGES:
        raise BadInput(fields={"language": _l("Please choose one of the list.")})
    kind = found.get("kind", session.kind)
    pair = found.get("interpreting", "")
    if pair == AUTOMATIC:
        pair = "" if kind is SessionKind.BREAK else language_pairs.suggested(language, city.country)
    if pair and pair not in language_pairs.PAIRS:
        raise BadInput(
            fields={"interpreting": _l("There is no such pair of languages. Please choose one of the list.")}
        )
    if pair and not language_pairs.speaks(pair, language):
        raise BadInput(
            fields={
                "interpreting": _l(
                    "Nobody would hear these two languages: the session is held in another one. Choose a pair"
                    " with the language spoken, or none."
                )
            }
        )
    found["interpreting"] = pair
    _check_length(city, found["minutes"])
    track = found.pop("track", None)
    if track is not None and track.roadshow_id != roadshow.id:
        raise NotFound
    found["track_id"] = track.id if track else None
    entry = found.pop("entry", None)
    if entry is not None:
        if kind is not SessionKind.PITCH:
            raise BadInput(fields={"entry": _l("Only a pitch belongs to a team's entry.")})
        if entry.edition_id != roadshow.edition_id:
            raise NotFound
    found["entry_id"] = entry.id if entry else None
    return found


def _check_length(city: HostCity, minutes: int) -> None:
    if not 1 <= minutes <= LONGEST:
        raise BadInput(
            fields={
                "minutes": _l(
                    "Please write a whole number from %(least)d to %(most)d.", least=1, most=LONGEST
                )
            }
        )
    longest = db.session.scalar(
        select(func.max(Slot.minutes)).join(Day, Day.id == Slot.day_id).where(Day.city_id == city.id)
    )
    if longest is not None and minutes > longest:
        raise BadInput(
            fields={
                "minutes": _l(
                    "The longest slot in this city has %(longest)d minutes. Shorten the session, or add a"
                    " longer slot under “Places and days” first.",
                    longest=longest,
                )
            },
            code="too_long",
        )


def _check_place(session: Session, city: HostCity, values: dict[str, Any]) -> None:
    slot, room = session.slot, session.room
    if slot is not None and slot.day.city_id != city.id:
        raise BadInput(
            fields={
                "city": _l(
                    "The session is placed on a day in another city. Take it out of the agenda first, then"
                    " change the city."
                )
            },
            code="other_city",
        )
    if room is not None and room.venue.city_id != city.id:
        raise BadInput(
            fields={"city": _l("The session is placed in a room of another city. Take it out first.")},
            code="other_city",
        )
    if slot is not None and values["minutes"] > slot.minutes:
        raise BadInput(
            fields={
                "minutes": _l(
                    "The session is placed in a slot of %(slot)d minutes. Take it out of the agenda first, or"
                    " lengthen the slot.",
                    slot=slot.minutes,
                )
            },
            code="too_long",
        )
    if not values.get("whole_city", session.whole_city) and slot is not None and room is None:
        raise BadInput(
            fields={
                "whole_city": _l(
                    "The session is placed without a room, which only what takes the whole city can do."
                )
            }
        )


def _set_parts(roadshow: Roadshow, session: Session, parts: Iterable[Part]) -> bool:
    wanted = {part.speaker.id: part for part in parts}
    if any(part.speaker.roadshow_id != roadshow.id for part in wanted.values()):
        raise NotFound
    if len(wanted) > MOST_SPEAKERS:
        raise BadInput(fields={"speakers": _l("At most %(most)d people in one session.", most=MOST_SPEAKERS)})
    standing = {row.speaker_id: row for row in session.appearances}
    old = [[row.speaker_id, row.kind.value] for row in session.appearances]
    new = [[part.speaker.id, part.kind.value] for part in wanted.values()]
    if old == new:
        return False
    for speaker_id, row in standing.items():
        if speaker_id not in wanted:
            session.appearances.remove(row)
    for position, (speaker_id, part) in enumerate(wanted.items(), 1):
        known = standing.get(speaker_id)
        if known is None:
            session.appearances.append(
                Appearance(roadshow_id=roadshow.id, speaker_id=speaker_id, kind=part.kind, position=position)
            )
        else:
            known.kind, known.position = part.kind, position
    db.session.flush()
    audit.record("session.speakers_set", session, old=old, new=new)
    return True


def cancel_session(*, session: Session, seen: int | None, reason: str) -> None:
    """It does not take place; its slot, room and interpreter are free again. People are told when the agenda
    is published the next time."""
    roadshow = session.roadshow
    check_open(roadshow, None)
    check_seen(session, seen)
    if session.state is SessionState.CANCELED:
        raise Conflict(_l("This session is canceled already."), code="canceled")
    if not reason:
        raise BadInput(fields={"reason": _l("Please fill this in.")})
    old = {"slot": session.slot_id, "room": session.room_id, "interpreter": session.interpreter_id}
    session.state, session.canceled_reason = SessionState.CANCELED, reason
    session.slot_id = session.room_id = session.interpreter_id = None
    session.is_locked = False
    db.session.flush()
    audit.record("session.canceled", session, old=old, reason=reason)
    agenda_changed(roadshow)


def remove_session(*, session: Session, seen: int | None) -> None:
    """Only what was never published: people have the other ones in their calendars, and cancel them.

    Raises `Conflict` otherwise.
    """
    roadshow = session.roadshow
    check_open(roadshow, None)
    check_seen(session, seen)
    if was_published(session):
        raise Conflict(
            _l("This session stood in a published agenda. Cancel it instead, so that people are told."),
            code="published",
        )
    audit.record("session.removed", session, old={"title": session.title.to_json()})
    for material in list(session.materials):
        remove_material(material=material)
    db.session.flush()
    db.session.expire(session, ["materials"])
    db.session.delete(session)
    agenda_changed(roadshow)


def was_published(session: Session) -> bool:
    """Whether a published version of the agenda names the session."""
    contents = db.session.scalars(
        select(AgendaVersion.content).where(AgendaVersion.roadshow_id == session.roadshow_id)
    )
    return any(item.get("key") == session.key for content in contents for item in content.get("sessions", ()))


# --- teams ---


def take_teams(
    *, roadshow: Roadshow, entries: Sequence[Entry], city: HostCity, minutes: int, language: str = ""
) -> list[Session]:
    """A pitch for each accepted entry that has none in this roadshow yet, with the captain as speaker.

    language: in which they pitch; "" by the team's country. Raises as `add_session` does, and `Conflict` for
    an entry that is not accepted.
    """
    pitched = pitched_entries(roadshow)
    made = []
    for entry in entries:
        if entry.edition_id != roadshow.edition_id:
            raise NotFound
        if entry.state is not EntryState.ACCEPTED:
            raise Conflict(_l("%(team)s has no accepted entry.", team=entry.team.name), code="not_accepted")
        if entry.id in pitched:
            continue
        captain = next((row for row in entry.team.members if row.role is MemberRole.CAPTAIN), None)
        parts = [Part(speaker_from_member(roadshow=roadshow, member=captain))] if captain else []
        made.append(
            add_session(
                roadshow=roadshow,
                city=city,
                parts=parts,
                kind=SessionKind.PITCH,
                title=_pitch_title(entry),
                summary=entry.summary or NOTHING,
                language=language or {"CN": "zh", "KR": "ko"}.get(entry.team.country.value, "en"),
                interpreting=AUTOMATIC,
                minutes=minutes,
                audience=0,
                entry=entry,
            )
        )
    return made


def _pitch_title(entry: Entry) -> Trilingual:
    """Project and team, where the entry has the language's title."""
    team = entry.team.name
    if not entry.title:
        return Trilingual.same(shorten(team, 200))
    return Trilingual(
        **{lang: shorten(f"{text} · {team}", 200) for lang, text in entry.title.to_json().items() if text}
    )


def pitched_entries(roadshow: Roadshow) -> set[int]:
    """Ids of the entries that have a pitch in this roadshow."""
    return set(
        db.session.scalars(
            select(Session.entry_id).where(
                Session.roadshow_id == roadshow.id,
                Session.entry_id.is_not(None),
                Session.state == SessionState.PLANNED,
            )
        )
    )


def let_member_speak(*, session: Session, seen: int | None, member: Member) -> None:
    """Add a member of the pitching team as a speaker. Raises `NotFound` for somebody of another team."""
    check_open(session.roadshow, None)
    check_seen(session, seen)
    entry = session.entry
    if entry is None or member.team_id != entry.team_id:
        raise NotFound
    speaker = speaker_from_member(roadshow=session.roadshow, member=member)
    parts = [Part(row.speaker, row.kind) for row in session.appearances]
    if all(part.speaker.id != speaker.id for part in parts):
        _set_parts(session.roadshow, session, [*parts, Part(speaker)])
        agenda_changed(session.roadshow)


# --- tracks ---


def add_track(*, roadshow: Roadshow, seen: int | None, name: Trilingual) -> SessionTrack:
    """A field that sessions belong to."""
    check_open(roadshow, seen)
    rows = tracks_of(roadshow)
    track = SessionTrack(roadshow_id=roadshow.id, name=name, position=next_position(rows))
    db.session.add(track)
    audit.record("session_track.added", track, new={"name": name.to_json()})
    count_up(roadshow)
    return track


def tracks_of(roadshow: Roadshow) -> list[SessionTrack]:
    return list(
        db.session.scalars(
            select(SessionTrack)
            .where(SessionTrack.roadshow_id == roadshow.id)
            .order_by(SessionTrack.position, SessionTrack.id)
        )
    )


def change_track(*, roadshow: Roadshow, track: SessionTrack, seen: int | None, name: Trilingual) -> None:
    check_open(roadshow, seen)
    if put(track, {"name": name}, "session_track.changed"):
        count_up(roadshow)


def remove_track(*, roadshow: Roadshow, track: SessionTrack, seen: int | None) -> None:
    """Its sessions stay, without a track."""
    check_open(roadshow, seen)
    sessions = list(db.session.scalars(select(Session).where(Session.track_id == track.id)))
    audit.record(
        "session_track.removed",
        track,
        old={"name": track.name.to_json(), "sessions": [session.key for session in sessions]},
    )
    for session in sessions:
        session.track_id = None
    db.session.flush()
    db.session.delete(track)
    agenda_changed(roadshow)
    count_up(roadshow)


# --- materials ---


def add_material(
    *,
    roadshow: Roadshow,
    session: Session | None,
    title: Trilingual,
    file: StoredFile,
    is_public: bool,
) -> Material:
    """A file to take away, of a session or of the whole event; sent again under the same title, it is the
    same one."""
    check_open(roadshow, None)
    if session is not None and session.roadshow_id != roadshow.id:
        raise NotFound
    rows = list(db.session.scalars(select(Material).where(Material.roadshow_id == roadshow.id)))
    for known in rows:
        same = known.session_id == (session.id if session else None) and known.title == title
        if same and known.file.sha256 == file.sha256:
            show_material(material=known, is_public=is_public)
            db.session.delete(file)
            return known
    material = Material(
        roadshow_id=roadshow.id,
        session_id=session.id if session else None,
        title=title,
        file_id=file.id,
        is_public=is_public,
        position=next_position(rows),
    )
    db.session.add(material)
    audit.record(
        "material.added", material, new={"title": title.to_json(), "file": file.name, "public": is_public}
    )
    return material


def show_material(*, material: Material, is_public: bool) -> None:
    """Let everybody see the material, or nobody outside the office."""
    put(material, {"is_public": is_public}, "material.changed")


def remove_material(*, material: Material) -> None:
    audit.record("material.removed", material, old={"title": material.title.to_json()})
    former = material.file_id
    db.session.delete(material)
    let_file_go(former, Material.file_id)
