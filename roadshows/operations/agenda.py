"""Editing the draft agenda: where sessions go, who interprets, what is locked, and what a version once said.

Hard conflicts (two sessions in a room) are allowed in a draft: they are shown, and they block publishing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask_babel import lazy_gettext as _l

from accounts.models import Person
from core.errors import BadInput, Conflict, NotFound
from core.languages import Trilingual, current_language
from roadshows import agenda_posed
from roadshows.agenda_content import Content, moment_of
from roadshows.agenda_draft import Draft, Session, Spot
from roadshows.models import AgendaVersion, Roadshow
from roadshows.operations.agenda_steps import (
    Done,
    Wish,
    carry_out,
    check_cell,
    check_interpreter,
    with_spots,
)


@dataclass(frozen=True, slots=True)
class Whoever:
    """For `place_session`: the present interpreter if free there, else one who is."""


WHOEVER = Whoever()


def place_session(
    *,
    roadshow: Roadshow,
    key: str,
    slot_id: int,
    room_id: int | None,
    interpreter_id: int | Whoever | None = WHOEVER,
    seen: int,
    who: Person | None = None,
) -> Done:
    """Put a session into a cell. room_id: None only for a session of the whole city.

    Raises NotFound for a session that isn't there, BadInput for an unknown slot, room or interpreter,
    Conflict when it is locked or the step is stale.
    """

    def wish(draft: Draft) -> dict[str, Spot]:
        session = _movable(draft, key)
        check_cell(draft, session, slot_id, room_id)
        return {key: _spot(draft, session, slot_id, room_id, interpreter_id)}

    return carry_out(roadshow, "place", wish, seen, who)


def unplace_session(*, roadshow: Roadshow, key: str, seen: int, who: Person | None = None) -> Done:
    """Take a session off the agenda's cells; it waits to be placed again."""

    def wish(draft: Draft) -> dict[str, Spot]:
        _movable(draft, key)
        return {key: Spot()}

    return carry_out(roadshow, "unplace", wish, seen, who)


def set_interpreter(
    *, roadshow: Roadshow, key: str, interpreter_id: int | None, seen: int, who: Person | None = None
) -> Done:
    """Give a session another interpreter, or none."""

    def wish(draft: Draft) -> dict[str, Spot]:
        session = _movable(draft, key)
        if not session.is_placed:
            raise Conflict(_l("An interpreter is chosen once the session has a place."), code="not_placed")
        check_interpreter(draft, session, interpreter_id)
        return {key: replace(session.spot, interpreter_id=interpreter_id)}

    return carry_out(roadshow, "interpreter", wish, seen, who)


def set_lock(*, roadshow: Roadshow, key: str, is_locked: bool, seen: int, who: Person | None = None) -> Done:
    """Hold a session where it stands, against planner and hand, or let it go."""

    def wish(draft: Draft) -> dict[str, Spot]:
        session = _session(draft, key)
        if not session.is_placed:
            raise Conflict(_l("Only a session that has a place can be locked."), code="not_placed")
        return {key: replace(session.spot, is_locked=is_locked)}

    return carry_out(roadshow, "lock" if is_locked else "unlock", wish, seen, who)


def swap_sessions(*, roadshow: Roadshow, key: str, other: str, seen: int, who: Person | None = None) -> Done:
    """Exchange the cells of two sessions; each gets an interpreter who is free there, if it needs one."""

    def wish(draft: Draft) -> dict[str, Spot]:
        one, two = _movable(draft, key), _movable(draft, other)
        if key == other or not (one.is_placed and two.is_placed):
            raise BadInput(
                fields={"other": _l("Please choose another session that has a place.")}, code="no_swap"
            )
        for session, to in ((one, two.spot), (two, one.spot)):
            check_cell(draft, session, to.slot_id or 0, to.room_id)
        gone = with_spots(draft, {key: Spot(), other: Spot()})
        first = _spot(gone, _kept(gone, one), two.spot.slot_id or 0, two.spot.room_id, WHOEVER)
        half = with_spots(gone, {key: first})
        second = _spot(half, _kept(half, two), one.spot.slot_id or 0, one.spot.room_id, WHOEVER)
        return {key: first, other: second}

    return carry_out(roadshow, "swap", wish, seen, who)


def rearrange(
    *,
    roadshow: Roadshow,
    spots: Mapping[str, tuple[int, int | None, int | None]],
    seen: int,
    who: Person | None = None,
) -> Done:
    """Put several sessions into cells with their interpreters, as a repair says: (slot, room, interpreter) by
    session key."""

    def wish(draft: Draft) -> dict[str, Spot]:
        wanted = {}
        for key, (slot_id, room_id, interpreter_id) in spots.items():
            session = _session(draft, key)
            if session.spot.is_locked and (slot_id, room_id) != (session.spot.slot_id, session.spot.room_id):
                raise _locked(session)
            check_cell(draft, session, slot_id, room_id)
            check_interpreter(draft, session, interpreter_id)
            wanted[key] = Spot(slot_id, room_id, interpreter_id, session.spot.is_locked)
        return wanted

    return carry_out(roadshow, "repair", wish, seen, who)


def apply_spots(*, roadshow: Roadshow, kind: str, spots: Wish, seen: int, who: Person | None = None) -> Done:
    """Carry out a plan, as one step that can be taken back. spots: gives where sessions go, for the draft as
    it stands under the lock."""
    return carry_out(roadshow, kind, spots, seen, who)


def restore_version(
    *, version: AgendaVersion, seen: int, who: Person | None = None
) -> tuple[Done, tuple[str, ...]]:
    """Make the draft stand as a published version says, as one step that can be taken back. Returns the step,
    and the titles of what can't stand as it did since its slot, room or itself is gone; sessions that the
    version hasn't lose their places. Locks stay with the sessions."""
    lost: list[str] = []

    def wish(draft: Draft) -> dict[str, Spot]:
        wanted = {session.key: Spot() for session in draft.sessions if session.is_placed}
        for row in version.content["sessions"]:
            if row["canceled"]:
                continue
            session = draft.session_of.get(row["key"])
            spot = None if session is None else _as_published(draft, session, row)
            if spot is None:
                lost.append(Trilingual.from_json(row["title"]).pick(current_language()).text)
            else:
                wanted[row["key"]] = spot
        return wanted

    done = carry_out(version.roadshow, f"version {version.number}", wish, seen, who)
    return done, tuple(lost)


def _session(draft: Draft, key: str) -> Session:
    session = draft.session_of.get(key)
    if session is None:
        raise NotFound(_l("This session is not on the agenda any more."), code="no_session")
    return session


def _movable(draft: Draft, key: str) -> Session:
    session = _session(draft, key)
    if session.spot.is_locked:
        raise _locked(session)
    return session


def _locked(session: Session) -> Conflict:
    title = session.title.pick(current_language()).text
    return Conflict(_l("%(title)s is locked. Unlock it first.", title=title), code="locked")


def _spot(
    draft: Draft, session: Session, slot_id: int, room_id: int | None, interpreter_id: int | Whoever | None
) -> Spot:
    if isinstance(interpreter_id, Whoever):
        interpreter_id = agenda_posed.interpreter_for(draft, session, slot_id, room_id)
    else:
        check_interpreter(draft, session, interpreter_id)
    return Spot(slot_id, room_id, interpreter_id, session.spot.is_locked)


def _as_published(draft: Draft, session: Session, row: Content) -> Spot | None:
    """Where a version has the session, or None when that place is gone."""
    start = moment_of(row)
    slot = next(
        (one for one in draft.slots if one.starts_at == start and one.day_id == row["day"]), None
    ) or next((one for one in draft.slots if one.starts_at == start), None)
    if slot is None or (row["room"] is None and not session.whole_city):
        return None
    if row["room"] is not None and row["room"] not in draft.room_of:
        return None
    interpreters = {one.key: one.id for one in draft.interpreters}
    interpreter = interpreters.get(row["interpreter"]) if session.interpreting else None
    return Spot(slot.id, row["room"], interpreter, session.spot.is_locked)


def _kept(draft: Draft, session: Session) -> Session:
    """The session as the changed draft has it, with the interpreter it had."""
    spot = replace(draft.session_of[session.key].spot, interpreter_id=session.spot.interpreter_id)
    return replace(session, spot=spot)
