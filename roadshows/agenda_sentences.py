"""The editor's words, in the reader's language: places, what is wrong, why a cell isn't free, repairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core import clock
from core.languages import Run, Trilingual, current_language
from roadshows import labels
from roadshows.agenda_conflicts import Cell, Conflict, Repair
from roadshows.agenda_draft import Draft, Session, Spot
from roadshows.agenda_posed import number_of, spot_of

SHORT_PAIRS: dict[str, Any] = {"ko-zh": _l("KO–ZH"), "en-zh": _l("EN–ZH"), "en-ko": _l("EN–KO")}
_SHORT: dict[str, Any] = {
    "room_taken": _l("Room taken twice"),
    "whole_city": _l("During a session for all"),
    "city": _l("Another city"),
    "too_long": _l("Longer than its slot"),
    "unavailable_event": _l("Impossible time"),
    "unavailable_speaker": _l("Speaker is away"),
    "speaker_twice": _l("Speaker in two places"),
    "speaker_travel": _l("Speaker can’t get there in time"),
    "interpreter_missing": _l("No interpreter"),
    "interpreter_unneeded": _l("Needs no interpreter"),
    "interpreter_pair": _l("Interpreter has other languages"),
    "unavailable_interpreter": _l("Interpreter is away"),
    "interpreter_twice": _l("Interpreter in two places"),
    "interpreter_travel": _l("Interpreter can’t get there in time"),
    "interpreter_stretch": _l("Interpreter needs a break"),
    "capacity": _l("Too few seats"),
}
_IN_A_CELL: dict[str, Any] = {
    "room_taken": _l("the room is taken"),
    "whole_city": _l("other sessions take place then"),
    "city": _l("another city"),
    "too_long": _l("the slot is too short"),
    "unavailable_event": _l("not possible then"),
    "unavailable_speaker": _l("a speaker is away"),
    "speaker_twice": _l("a speaker is in another session"),
    "speaker_travel": _l("a speaker can’t get there in time"),
    "interpreter_missing": _l("no interpreter is free"),
    "interpreter_pair": _l("the interpreter has other languages"),
    "unavailable_interpreter": _l("the interpreter is away"),
    "interpreter_twice": _l("the interpreter is in another session"),
    "interpreter_travel": _l("the interpreter can’t get there in time"),
    "interpreter_stretch": _l("the interpreter needs a break"),
}
_SENTENCES: dict[str, Any] = {
    "room_taken": _l("“%(one)s” and “%(two)s” are in %(room)s at the same time."),
    "hall_taken": _l("“%(one)s” is in %(room)s while one-to-one meetings take place there."),
    "whole_city": _l("“%(one)s” is for everybody in the city, but “%(two)s” takes place at the same time."),
    "city": _l("“%(one)s” belongs to %(city)s, but stands in another city."),
    "too_long": _l("“%(one)s” takes %(needed)s minutes; its slot has %(minutes)s."),
    "unavailable_event": _l("“%(one)s” can’t take place then."),
    "unavailable_speaker": _l("%(name)s, who speaks in “%(one)s”, is away or at a meeting then."),
    "speaker_twice": _l("%(name)s speaks in “%(one)s” and in “%(two)s” at the same time."),
    "speaker_travel": _l(
        "%(name)s can’t get from “%(one)s” to “%(two)s” in time: the way takes %(minutes)s minutes."
    ),
    "interpreter_missing": _l("“%(one)s” has no interpreter for %(pair)s."),
    "interpreter_unneeded": _l("“%(one)s” has an interpreter and needs none."),
    "interpreter_pair": _l("%(name)s doesn’t interpret %(pair)s, as “%(one)s” needs."),
    "unavailable_interpreter": _l("%(name)s, who interprets “%(one)s”, is away or at a meeting then."),
    "interpreter_twice": _l("%(name)s interprets “%(one)s” and “%(two)s” at the same time."),
    "interpreter_travel": _l(
        "%(name)s can’t get from “%(one)s” to “%(two)s” in time: the way takes %(minutes)s minutes."
    ),
    "interpreter_stretch": _l(
        "%(name)s interprets %(slots)s slots in a row without a break; at most %(most)s are agreed."
    ),
    "capacity": _l("“%(one)s”: %(over)s people more are expected than %(room)s has seats."),
}


def words(text: Trilingual) -> str:
    """A text in the reader's language, or in the nearest."""
    return text.pick(current_language()).text


def run_of(text: Trilingual) -> Run:
    """The same with the language it is really in."""
    return text.pick(current_language())


def short(conflict: Conflict) -> str:
    """What is wrong, for a mark on a card."""
    return str(_SHORT[conflict.kind])


def sentence(conflict: Conflict, draft: Draft) -> str:
    """What is wrong, in full."""
    titles = [words(draft.session_of[key].title) for key in conflict.sessions]
    params = conflict.params
    person = params.get("speaker") or params.get("interpreter") or ""
    room = draft.room_of.get(number_of(params.get("room", "")) or 0)
    first = draft.session_of[conflict.sessions[0]] if conflict.sessions else None
    # A room that is taken by no other session is one in which people meet.
    kind = "hall_taken" if conflict.kind == "room_taken" and len(titles) == 1 else conflict.kind
    text = str(_SENTENCES[kind])
    return text % {
        "one": titles[0] if titles else "",
        "two": titles[1] if len(titles) > 1 else "",
        "name": draft.names.get(person, person),
        "room": words(room.name) if room else _("the same room"),
        "city": words(draft.city_of[first.city_id].name) if first else "",
        "pair": str(labels.PAIRS.get(params.get("pair", ""), params.get("pair", ""))),
        **{name: params.get(name, "") for name in ("needed", "minutes", "slots", "most", "over")},
    }


def reasons(cell: Cell) -> str:
    """Why a cell is not free for a session, in short; "" when it is. In another city nothing else counts."""
    codes = ("city",) if "city" in cell.codes else cell.codes
    return _(", ").join(str(_IN_A_CELL[code]) for code in codes if code in _IN_A_CELL)


def why_not(cell: Cell, draft: Draft) -> str:
    """The same with what is in the way."""
    why = reasons(cell)
    if not why or "city" in cell.codes:
        return why
    titles = [words(draft.session_of[key].title) for key in cell.sessions[:2]]
    if not titles:
        return why
    return _("%(why)s (%(titles)s)", why=why, titles=_(", ").join(titles))


def time_of(draft: Draft, slot_id: int) -> str:
    """Date and time of a slot on the clock of its city."""
    slot = draft.slot_of[slot_id]
    zone = ZoneInfo(draft.city_of_slot(slot).zone)
    return clock.short_moment(slot.starts_at, current_language(), zone)


def place(draft: Draft, spot: Spot, session: Session) -> str:
    """Where a session stands: time by the city's clock, city, room."""
    if spot.slot_id is None:
        return _("no place yet")
    city = draft.city_of_slot(draft.slot_of[spot.slot_id])
    room = words(draft.room_of[spot.room_id].name) if spot.room_id else _("whole city")
    return _(
        "%(time)s (%(city)s), %(room)s", time=time_of(draft, spot.slot_id), city=words(city.name), room=room
    )


def interpreter_name(draft: Draft, interpreter_id: int | None) -> str:
    """Who interprets, or ""."""
    found = draft.interpreter_of.get(interpreter_id or 0)
    return found.name if found else ""


def repair(found: Repair, draft: Draft) -> str:
    """What a repair would do."""
    parts = []
    for row in found.placements:
        session = draft.session_of[row.event]
        spot = spot_of(draft, row, is_locked=False)
        name = interpreter_name(draft, spot.interpreter_id)
        title = words(session.title)
        if found.kind == "interpreter":
            parts.append(
                _("%(name)s interprets “%(title)s”.", name=name, title=title)
                if name
                else _("“%(title)s” goes without an interpreter.", title=title)
            )
            continue
        text = _("Move “%(title)s” to %(place)s.", title=title, place=place(draft, spot, session))
        if name and spot.interpreter_id != session.spot.interpreter_id:
            text += " " + _("%(name)s interprets.", name=name)
        parts.append(text)
    return " ".join(parts)


def said(draft: Draft, keys: Sequence[str], kind: str) -> str:
    """What a step did, as it is told to who made it."""
    if not keys:
        return _("Nothing to change: it is so already.")
    if len(keys) > 1 and kind != "swap":
        return _("%(count)d sessions stand elsewhere now.", count=len(keys))
    if kind == "swap":
        one, two = (words(draft.session_of[key].title) for key in keys[:2])
        return _("“%(one)s” and “%(two)s” have changed places.", one=one, two=two)
    session = draft.session_of[keys[0]]
    title, name = words(session.title), interpreter_name(draft, session.spot.interpreter_id)
    if kind == "lock":
        return _("“%(title)s” is locked.", title=title)
    if kind == "unlock":
        return _("“%(title)s” is unlocked.", title=title)
    if not session.is_placed:
        return _("“%(title)s” has no place any more and waits in the list.", title=title)
    where = place(draft, session.spot, session)
    if session.interpreting and name:
        return _("“%(title)s”: %(place)s; %(name)s interprets.", title=title, place=where, name=name)
    if session.interpreting:
        return _("“%(title)s”: %(place)s; no interpreter is free.", title=title, place=where)
    return _("“%(title)s”: %(place)s.", title=title, place=where)
