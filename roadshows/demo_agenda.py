"""A plain agenda for the demo: each session in the first place where everybody it needs is free."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from core.db import db
from roadshows.models import Interpreter, Roadshow, Room, Session, Slot
from roadshows.operations.office_common import agenda_changed

LEFT_OVER = 1
"""Sessions that are left for whoever looks at the demo to place."""


def place_everything(roadshow: Roadshow) -> None:
    """Give slots, rooms and interpreters to all sessions but the last one of its kind."""
    sessions = list(
        db.session.scalars(select(Session).where(Session.roadshow_id == roadshow.id).order_by(Session.id))
    )
    interpreters = list(
        db.session.scalars(
            select(Interpreter).where(Interpreter.roadshow_id == roadshow.id).order_by(Interpreter.id)
        )
    )
    slots = list(
        db.session.scalars(select(Slot).where(Slot.roadshow_id == roadshow.id).order_by(Slot.starts_at))
    )
    rooms = list(db.session.scalars(select(Room).where(Room.roadshow_id == roadshow.id).order_by(Room.id)))
    plan = _Plan(sessions, slots, rooms, interpreters)
    fixed = [session for session in sessions if session.slot_id is not None]
    free = [session for session in sessions if session.slot_id is None]
    for session in fixed:
        session.interpreter_id = plan.interpreter_for(session, plan.slot(session.slot_id))
        plan.taken.append(session)
    for session in free[: len(free) - LEFT_OVER]:
        plan.place(session)
    agenda_changed(roadshow)


class _Plan:
    """What is placed already; `taken` are sessions with their slots."""

    def __init__(
        self,
        sessions: Sequence[Session],
        slots: Sequence[Slot],
        rooms: Sequence[Room],
        interpreters: Sequence[Interpreter],
    ) -> None:
        self.slots = {slot.id: slot for slot in slots}
        self.rooms, self.interpreters = rooms, interpreters
        self.taken: list[Session] = []

    def slot(self, number: int | None) -> Slot:
        assert number is not None
        return self.slots[number]

    def place(self, session: Session) -> bool:
        """The first slot and room of the session's city that fit; returns whether there is any."""
        for slot in self.slots.values():
            if slot.day.city_id != session.city_id or slot.minutes < session.minutes:
                continue
            beside = [other for other in self.taken if other.slot_id == slot.id]
            if any(other.whole_city for other in beside) or self._busy(session, slot, beside):
                continue
            room = self._room(session, beside)
            interpreter = self.interpreter_for(session, slot)
            if room is None or (session.interpreting and interpreter is None):
                continue
            session.slot_id, session.room_id, session.interpreter_id = slot.id, room.id, interpreter
            self.taken.append(session)
            return True
        return False

    def _room(self, session: Session, beside: Sequence[Session]) -> Room | None:
        """A hall with enough seats; the last room of a venue is for meetings."""
        used = {other.room_id for other in beside}
        for room in self.rooms:
            is_hall = room.id != max(other.id for other in self.rooms if other.venue_id == room.venue_id)
            fits = is_hall and room.venue.city_id == session.city_id and room.capacity >= session.audience
            if fits and room.id not in used:
                return room
        return None

    def _busy(self, session: Session, slot: Slot, beside: Sequence[Session]) -> bool:
        people = {row.speaker_id: row.speaker.participant for row in session.appearances}
        if any(row.speaker_id in people for other in beside for row in other.appearances):
            return True
        end = slot.starts_at + timedelta(minutes=slot.minutes)
        return any(
            absence.starts_at < end and slot.starts_at < absence.ends_at
            for who in people.values()
            for absence in who.absences
        )

    def interpreter_for(self, session: Session, slot: Slot) -> int | None:
        """Who has worked least of those that can: free, the right pair, not too long without a break."""
        if not session.interpreting:
            return None
        able = [
            row
            for row in self.interpreters
            if session.interpreting in row.pairs
            and all(other.slot_id != slot.id for other in self._of(row))
            and self._run_with(row, slot) <= row.most_in_a_row
        ]
        best = min(able, key=lambda row: (len(self._of(row)), row.id), default=None)
        return best.id if best else None

    def _of(self, interpreter: Interpreter) -> list[Session]:
        return [other for other in self.taken if other.interpreter_id == interpreter.id]

    def _run_with(self, interpreter: Interpreter, slot: Slot) -> int:
        """How many slots without a break the interpreter would have around `slot`."""
        worked = [self.slot(other.slot_id) for other in self._of(interpreter)]
        begins = {one.starts_at: one for one in worked}
        ends = {one.starts_at + timedelta(minutes=one.minutes): one for one in worked}
        run, first, last = 1, slot.starts_at, slot.starts_at + timedelta(minutes=slot.minutes)
        while (before := ends.get(first)) is not None:
            run, first = run + 1, before.starts_at
        while (after := begins.get(last)) is not None:
            run, last = run + 1, last + timedelta(minutes=after.minutes)
        return run
