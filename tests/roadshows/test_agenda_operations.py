"""Editing the draft: each step is compared, logged, recorded, and can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.db import db
from core.errors import BadInput, Conflict, NotFound, Problem
from core.models import AuditRecord, PublicVersion
from roadshows import agenda_posed, agenda_sentences
from roadshows.agenda_draft import Spot
from roadshows.models import (
    Absence,
    AgendaChange,
    Meeting,
    MeetingState,
    Roadshow,
    RoadshowState,
    Session,
    SessionKind,
    SessionState,
    Side,
)
from roadshows.operations import agenda, agenda_steps
from roadshows.operations.agenda_steps import Done
from roadshows.operations.versions import publish_agenda
from roadshows.queries.agenda import read_draft
from tests.roadshows import draft_worlds, factories
from tests.roadshows.draft_worlds import Day, speak

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture
def day() -> Day:
    return draft_worlds.day()


def place(day: Day, session: Session, slot: int, room: int | None = 0, **values: Any) -> Done:
    return agenda.place_session(
        roadshow=day.roadshow,
        key=session.key,
        slot_id=day.slots[slot].id,
        room_id=None if room is None else day.rooms[room].id,
        **{"seen": day.roadshow.agenda_revision, "who": day.organizer} | values,
    )


def undo(day: Day, **values: Any) -> Done:
    return agenda_steps.undo(
        roadshow=day.roadshow, **{"seen": day.roadshow.agenda_revision, "who": day.organizer} | values
    )


def redo(day: Day, **values: Any) -> Done:
    return agenda_steps.redo(
        roadshow=day.roadshow, **{"seen": day.roadshow.agenda_revision, "who": day.organizer} | values
    )


def spot(session: Session) -> Spot:
    db.session.refresh(session)
    return Spot(session.slot_id, session.room_id, session.interpreter_id, session.is_locked)


def code(act: Any, *arguments: Any, **values: Any) -> str:
    with pytest.raises(Problem) as refused:
        act(*arguments, **values)
    return refused.value.code


def test_a_step_moves_a_session_counts_up_and_is_recorded(day: Day) -> None:
    waiting = day.sessions[2]
    done = place(day, waiting, 3, 1)
    assert spot(waiting) == Spot(day.slots[3].id, day.rooms[1].id)
    assert (done.touched, done.draft.revision, day.roadshow.agenda_revision) == ((waiting.key,), 1, 1)
    assert done.draft.session_of[waiting.key].spot == spot(waiting)
    record = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "agenda.place")).one()
    assert record.roadshow_id == day.roadshow.id
    assert record.actor_id == day.organizer.id
    assert record.new == {waiting.key: spot(waiting).to_json()}


def test_a_step_touches_neither_texts_nor_public_pages(day: Day) -> None:
    """Forms about a session's words or the event's settings stay good, and cached pages stay."""
    waiting, roadshow = day.sessions[2], day.roadshow
    versions = waiting.version, roadshow.version, db.session.scalar(select(PublicVersion.value))
    place(day, waiting, 3)
    db.session.commit()
    db.session.refresh(roadshow)
    db.session.refresh(waiting)
    assert (waiting.version, roadshow.version, db.session.scalar(select(PublicVersion.value))) == versions


def test_where_it_stands_already_is_no_step(day: Day) -> None:
    done = place(day, day.sessions[0], 0)
    assert (done.touched, day.roadshow.agenda_revision) == ((), 0)
    assert db.session.scalars(select(AgendaChange)).all() == []


def test_a_draft_may_hold_conflicts(day: Day) -> None:
    done = place(day, day.sessions[0], 1)
    problem = agenda_posed.to_check(done.draft)
    assert [one.kind for one in agenda_posed.found_conflicts(done.draft, problem)] == ["room_taken"]


def test_an_interpreter_who_is_free_is_found(day: Day) -> None:
    session = day.sessions[2]
    session.interpreting = "ko-zh"
    other = factories.interpreter(day.roadshow)
    db.session.commit()
    place(day, session, 3)
    assert spot(session).interpreter_id == day.interpreter.id
    day.sessions[0].interpreting = "ko-zh"
    db.session.commit()
    place(day, day.sessions[0], 3, 1)
    assert spot(day.sessions[0]).interpreter_id == other.id
    place(day, day.sessions[0], 2, 1)
    assert spot(day.sessions[0]).interpreter_id == other.id  # free there too: no change without need


def test_nobody_free_leaves_the_present_interpreter_and_shows_it(day: Day) -> None:
    one, two = day.sessions[:2]
    for session in (one, two):
        session.interpreting, session.interpreter_id = "ko-zh", day.interpreter.id
    db.session.commit()
    done = place(day, one, 1, 1)
    assert spot(one).interpreter_id == day.interpreter.id
    problem = agenda_posed.to_check(done.draft)
    assert [row.kind for row in agenda_posed.found_conflicts(done.draft, problem)] == ["interpreter_twice"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"slot_id": 10**6}, "slot"),
        ({"room_id": 10**6}, "room"),
        ({"room_id": None}, "room"),
        ({"interpreter_id": 10**6}, "interpreter"),
    ],
)
def test_what_is_not_there_is_refused_by_name(day: Day, values: dict[str, Any], field: str) -> None:
    given: dict[str, Any] = {"slot_id": day.slots[0].id, "room_id": day.rooms[0].id}
    with pytest.raises(BadInput) as refused:
        agenda.place_session(roadshow=day.roadshow, key=day.sessions[2].key, seen=0, **given | values)
    assert list(refused.value.fields) == [field]


def test_another_event_s_things_are_not_there(day: Day) -> None:
    elsewhere = draft_worlds.day()
    with pytest.raises(NotFound):
        place(day, elsewhere.sessions[0], 0)
    with pytest.raises(BadInput):
        agenda.place_session(
            roadshow=day.roadshow,
            key=day.sessions[2].key,
            slot_id=elsewhere.slots[0].id,
            room_id=elsewhere.rooms[0].id,
            seen=0,
        )


def test_a_canceled_session_is_not_on_the_agenda(day: Day) -> None:
    day.sessions[2].state = SessionState.CANCELED
    db.session.commit()
    with pytest.raises(NotFound):
        place(day, day.sessions[2], 3)


def test_a_locked_session_stays_until_it_is_unlocked(day: Day) -> None:
    session, roadshow = day.sessions[0], day.roadshow
    held = {"roadshow": roadshow, "key": session.key, "who": day.organizer}
    agenda.set_lock(is_locked=True, seen=0, **held)
    assert code(place, day, session, 3) == "locked"
    assert code(agenda.unplace_session, seen=1, **held) == "locked"
    assert code(agenda.set_interpreter, interpreter_id=None, seen=1, **held) == "locked"
    assert (
        code(agenda.swap_sessions, roadshow=roadshow, key=day.sessions[1].key, other=session.key, seen=1)
        == "locked"
    )
    agenda.set_lock(is_locked=False, seen=1, **held)
    place(day, session, 3)
    assert spot(session).slot_id == day.slots[3].id
    waiting = day.sessions[2]
    assert code(agenda.set_lock, roadshow=roadshow, key=waiting.key, is_locked=True, seen=3) == "not_placed"


def test_two_sessions_change_places_and_interpreters_follow_the_rules(day: Day) -> None:
    one, two = day.sessions[:2]
    one.interpreting, one.interpreter_id = "ko-zh", day.interpreter.id
    db.session.commit()
    agenda.swap_sessions(roadshow=day.roadshow, key=one.key, other=two.key, seen=0)
    assert spot(one) == Spot(day.slots[1].id, day.rooms[0].id, day.interpreter.id)
    assert spot(two) == Spot(day.slots[0].id, day.rooms[0].id)
    assert (
        code(agenda.swap_sessions, roadshow=day.roadshow, key=one.key, other=day.sessions[2].key, seen=1)
        == "no_swap"
    )


def test_undo_and_redo_walk_back_and_forth(day: Day) -> None:
    session = day.sessions[2]
    stands = [spot(session)]
    for slot in (2, 3):
        place(day, session, slot)
        stands.append(spot(session))
    for expected in (stands[1], stands[0]):
        undo(day)
        assert spot(session) == expected
    assert code(undo, day) == "nothing_to_undo"
    for expected in stands[1:]:
        redo(day)
        assert spot(session) == expected
    assert code(redo, day) == "nothing_to_redo"
    undo(day)
    place(day, session, 0, 1)  # something new: what was taken back can't be done again
    assert code(redo, day) == "nothing_to_redo"
    assert [row.revision for row in agenda_steps.changes_since(day.roadshow, 0)] == list(range(1, 9))


def test_undo_takes_back_ones_own_step_only(day: Day) -> None:
    colleague = factories.organizer(day.roadshow)
    place(day, day.sessions[2], 3)
    place(day, day.sessions[0], 2, 1, who=colleague)
    undo(day)
    assert not spot(day.sessions[2]).slot_id
    assert spot(day.sessions[0]).slot_id == day.slots[2].id
    assert code(undo, day) == "nothing_to_undo"


def test_undo_leaves_what_somebody_changed_since(day: Day) -> None:
    session = day.sessions[2]
    place(day, session, 3)
    place(day, session, 2, who=factories.organizer(day.roadshow))
    assert code(undo, day) == "stale_step"
    assert spot(session).slot_id == day.slots[2].id


def test_undo_to_a_room_that_is_gone_is_refused(day: Day) -> None:
    session = day.sessions[0]
    place(day, session, 3, 1)
    place(day, day.sessions[1], 2, 1)
    db.session.delete(day.rooms[0])
    db.session.commit()
    assert code(undo, day) == "bad_input"


def test_steps_that_do_not_meet_are_both_carried_out(day: Day) -> None:
    colleague = factories.organizer(day.roadshow)
    place(day, day.sessions[0], 2, 1, who=colleague)
    done = place(day, day.sessions[2], 3, 1, seen=0)
    assert [row.made_by for row in done.others] == [colleague.id]
    assert day.roadshow.agenda_revision == 2


@pytest.mark.parametrize(("session", "slot"), [(0, 3), (2, 2)], ids=["same session", "same cell"])
def test_steps_that_meet_are_not_overwritten(day: Day, session: int, slot: int) -> None:
    colleague = factories.organizer(day.roadshow, name="이영희")
    place(day, day.sessions[0], 2, 1, who=colleague)
    with pytest.raises(Conflict) as refused:
        place(day, day.sessions[session], slot, 1, seen=0)
    assert refused.value.code == "stale_agenda"
    assert "이영희" in str(refused.value.detail)
    assert refused.value.extra["changes"] == [
        {"revision": 1, "kind": "place", "by": "이영희", "sessions": [day.sessions[0].key]}
    ]
    assert day.roadshow.agenda_revision == 1


def test_a_program_changed_meanwhile_asks_to_look_again(day: Day) -> None:
    """Other parts count up the revision without a step when slots, rooms or sessions change."""
    place(day, day.sessions[0], 3, 1)
    day.roadshow.agenda_revision += 1
    db.session.commit()
    with pytest.raises(Conflict) as refused:
        place(day, day.sessions[2], 2, 1, seen=1)
    assert refused.value.code == "stale_agenda"
    assert "themselves" in str(refused.value.detail)
    done = place(day, day.sessions[2], 2, 1)
    assert (done.draft.revision, done.others) == (3, ())


@pytest.mark.parametrize("seen", [-1, 5, 10**6])
def test_a_revision_that_never_was_is_refused(day: Day, seen: int) -> None:
    assert code(place, day, day.sessions[2], 3, seen=seen) == "stale_agenda"


@pytest.mark.parametrize("state", [RoadshowState.CANCELED, RoadshowState.CLOSED])
def test_nothing_moves_once_the_event_is_canceled_or_over(day: Day, state: RoadshowState) -> None:
    day.roadshow.state = state
    db.session.commit()
    assert code(place, day, day.sessions[2], 3).startswith("roadshow_")


def test_every_repair_that_is_offered_mends_and_can_be_carried_out(day: Day) -> None:
    place(day, day.sessions[0], 1)
    draft = read_draft(day.roadshow)
    problem = agenda_posed.to_check(draft)
    assert problem is not None
    conflict = agenda_posed.found_conflicts(draft, problem)[0]
    offered = agenda_posed.found_repairs(draft, problem, conflict)
    assert 2 <= len(offered) <= 3
    for repair in offered:
        spots = {row.event: agenda_posed.spot_of(draft, row, is_locked=False) for row in repair.placements}
        done = agenda.rearrange(
            roadshow=day.roadshow,
            spots={key: (one.slot_id or 0, one.room_id, one.interpreter_id) for key, one in spots.items()},
            seen=day.roadshow.agenda_revision,
            who=day.organizer,
        )
        assert agenda_posed.found_conflicts(done.draft, agenda_posed.to_check(done.draft)) == []
        undo(day)


def test_a_version_is_restored_as_one_step(day: Day) -> None:
    before = [spot(session) for session in day.sessions]
    version = publish_agenda(roadshow=day.roadshow, seen=0)
    place(day, day.sessions[0], 3, 1)
    place(day, day.sessions[2], 0, 1)
    done, lost = agenda.restore_version(version=version, seen=2, who=day.organizer)
    assert [spot(session) for session in day.sessions] == before
    assert set(done.touched) == {day.sessions[0].key, day.sessions[2].key}
    assert lost == ()
    undo(day)
    assert spot(day.sessions[0]).slot_id == day.slots[3].id


def test_what_a_restored_version_has_and_the_event_has_not_is_said(day: Day) -> None:
    version = publish_agenda(roadshow=day.roadshow, seen=0)
    day.sessions[0].state = SessionState.CANCELED
    title = day.sessions[0].title.en
    place(day, day.sessions[1], 3, 1)
    _done, lost = agenda.restore_version(version=version, seen=1)
    assert lost == (title,)
    assert spot(day.sessions[1]).slot_id == day.slots[1].id


def test_a_session_for_the_whole_city_needs_no_room_and_keeps_others_away(day: Day) -> None:
    opening = factories.session(day.roadshow, whole_city=True)
    speak(opening, day.speakers[0])
    db.session.commit()
    place(day, opening, 3, None)
    draft = read_draft(day.roadshow)
    problem = agenda_posed.to_check(draft)
    cells = agenda_posed.found_cells(draft, problem, day.sessions[0].key)
    for room in day.rooms:
        cell = cells[day.slots[3].id, room.id]
        assert set(cell.codes) == {"room_taken", "speaker_twice"}
    assert cells[day.slots[2].id, day.rooms[0].id].is_free
    own = agenda_posed.found_cells(draft, problem, opening.key)
    assert own[day.slots[3].id, None].is_free
    assert own[day.slots[1].id, None].codes == ("whole_city",)
    planned = agenda_posed.to_plan(draft, everything=True)
    assert planned is not None
    assert opening.key not in planned.event_of
    assert {slot for slot, _room in planned.blocked} == {agenda_posed.slot_id(day.slots[3].id)}


def test_an_absence_closes_the_cells_it_touches(day: Day) -> None:
    first = day.slots[2].starts_at
    db.session.add(
        Absence(
            roadshow_id=day.roadshow.id,
            participant_id=day.speakers[0].participant_id,
            starts_at=first,
            ends_at=day.slots[3].starts_at,
        )
    )
    db.session.commit()
    draft = read_draft(day.roadshow)
    cells = agenda_posed.found_cells(draft, agenda_posed.to_check(draft), day.sessions[0].key)
    room = day.rooms[0].id
    assert cells[day.slots[2].id, room].codes == ("unavailable_speaker",)
    assert cells[day.slots[3].id, room].is_free


def test_an_interpreter_at_a_meeting_is_not_free(day: Day) -> None:
    """The slots of the agenda begin at 10:00 and take twenty minutes each."""
    hall = factories.meeting_slot(day.slots[0].day, day.slots[2].starts_at)
    team, investor = (factories.party(day.roadshow, side) for side in (Side.TEAM, Side.INVESTOR))
    meeting = Meeting(
        roadshow_id=day.roadshow.id,
        team_id=team.id,
        investor_id=investor.id,
        slot_id=hall.id,
        table=1,
        needs_interpreter=True,
        interpreter_id=day.interpreter.id,
    )
    db.session.add(meeting)
    day.sessions[0].interpreting = "ko-zh"
    db.session.commit()

    def free() -> list[bool]:
        draft = read_draft(day.roadshow)
        cells = agenda_posed.found_cells(draft, agenda_posed.to_check(draft), day.sessions[0].key)
        return [cells[slot.id, day.rooms[1].id].is_free for slot in day.slots[1:]]

    assert free() == [True, False, True]
    meeting.state = MeetingState.CANCELED
    db.session.commit()
    assert free() == [True, True, True]


def test_a_room_in_which_people_meet_is_taken(day: Day) -> None:
    first, second = day.sessions[:2]
    factories.meeting_slot(
        day.slots[0].day, day.slots[2].starts_at + timedelta(minutes=5), room_id=day.rooms[0].id, minutes=30
    )
    factories.meeting_slot(day.slots[0].day, day.slots[0].starts_at)  # in no room
    db.session.commit()

    def taken(session: Session) -> list[tuple[int, int]]:
        cells = agenda_posed.found_cells(draft, problem, session.key)
        return [
            (slot, room)
            for slot in range(4)
            for room in range(2)
            if "room_taken" in cells[day.slots[slot].id, day.rooms[room].id].codes
        ]

    draft = read_draft(day.roadshow)
    problem = agenda_posed.to_check(draft)
    assert problem is not None
    assert not agenda_posed.found_conflicts(draft, problem)
    assert taken(first) == [(1, 0), (2, 0), (3, 0)]
    planned = agenda_posed.to_plan(draft)
    assert planned is not None
    cells = {(agenda_posed.slot_id(day.slots[at].id), agenda_posed.room_id(day.rooms[0].id)) for at in (2, 3)}
    assert planned.blocked == cells
    done = place(day, second, 2, 0)
    draft, problem = done.draft, agenda_posed.to_check(done.draft)
    assert problem is not None
    (found,) = agenda_posed.found_conflicts(draft, problem)
    assert (found.kind, found.sessions) == ("room_taken", (second.key,))
    assert "one-to-one meetings" in agenda_sentences.sentence(found, draft)
    ways = agenda_posed.found_repairs(draft, problem, found)
    assert ways
    assert not any((row.slot, row.room) in cells for way in ways for row in way.placements)


def test_the_session_that_stands_for_the_meetings_may_be_in_their_room(day: Day) -> None:
    factories.meeting_slot(day.slots[0].day, day.slots[2].starts_at, room_id=day.rooms[0].id)
    meetings = factories.session(day.roadshow, kind=SessionKind.MEETINGS)
    db.session.commit()
    draft = place(day, meetings, 2, 0).draft
    problem = agenda_posed.to_check(draft)
    assert not agenda_posed.found_conflicts(draft, problem)
    cell = day.slots[2].id, day.rooms[0].id
    assert agenda_posed.found_cells(draft, problem, meetings.key)[cell].is_free
    assert agenda_posed.found_cells(draft, problem, day.sessions[0].key)[cell].codes == ("room_taken",)
    planned = agenda_posed.to_plan(draft, everything=True)
    assert planned is not None
    assert [lock.event for lock in planned.locks] == [meetings.key], "it stays where people meet"
    assert not planned.blocked


def test_reading_the_draft_takes_as_many_statements_whatever_its_size(day: Day, count_queries: Any) -> None:
    def statements(roadshow: Roadshow) -> int:
        db.session.expire_all()
        roadshow = db.session.get_one(Roadshow, roadshow.id)
        assert roadshow.cities
        with count_queries() as seen:
            read_draft(roadshow)
        return len(seen)

    few = statements(day.roadshow)
    assert few == statements(draft_worlds.week(24).roadshow) <= 11
