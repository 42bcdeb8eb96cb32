"""Publishing the agenda: what a version says, what differs, who is concerned, what stands in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from core import clock
from core.db import db
from core.errors import Conflict
from core.languages import Trilingual
from core.models import AuditRecord, Mail
from roadshows import agenda_version_pages, signals
from roadshows.agenda_content import Content, moment_of, sha256_of
from roadshows.agenda_diff import counts, difference
from roadshows.models import (
    AgendaVersion,
    Participant,
    Roadshow,
    RoadshowState,
    Session,
    SessionState,
)
from roadshows.operations.telling import to_be_told
from roadshows.operations.versions import look, publish_agenda
from roadshows.published import read
from tests.conftest import Clock
from tests.roadshows import draft_worlds
from tests.roadshows import factories as make
from tests.roadshows.draft_worlds import Day, speak

pytestmark = pytest.mark.usefixtures("ctx")


def publish(world: Day, **values: Any) -> AgendaVersion:
    return publish_agenda(roadshow=world.roadshow, **{"seen": world.roadshow.agenda_revision} | values)


@pytest.fixture
def world(turn_clock: Clock) -> Day:
    return draft_worlds.day()


def of(content: Content, session: Session) -> dict[str, Any]:
    return next(row for row in content["sessions"] if row["key"] == session.key)


def test_a_version_says_what_stands_and_nothing_else(world: Day) -> None:
    world.sessions[1].interpreting, world.sessions[1].interpreter_id = "ko-zh", world.interpreter.id
    db.session.flush()
    content = publish(world).content
    assert [row["key"] for row in content["sessions"]] == [one.key for one in world.sessions[:2]]
    first, second = (of(content, one) for one in world.sessions[:2])
    assert first["starts_at"] == "2026-06-10T01:00:00Z"
    assert moment_of(first) == world.slots[0].starts_at
    assert (first["city"], first["room"], first["sequence"], first["canceled"]) == (
        "seoul",
        world.rooms[0].id,
        0,
        False,
    )
    assert first["speakers"] == [{"key": world.key_of(world.speakers[0]), "kind": "speaker"}]
    assert second["interpreter"] == content["interpreters"][0]["key"]
    assert [who["key"] for who in content["speakers"]] == [world.key_of(one) for one in world.speakers[:2]]
    assert content["cities"] == [
        {"slug": "seoul", "name": make.SEOUL_NAME.to_json(), "zone": "Asia/Seoul", "country": "KR"}
    ]


def test_a_speaker_who_is_not_shown_is_named_nowhere_but_told(world: Day) -> None:
    hidden = world.speakers[2]
    speak(world.sessions[0], hidden)
    content = publish(world).content
    assert world.key_of(hidden) not in [who["key"] for who in content["speakers"]]
    name = db.session.get_one(Participant, hidden.participant_id).name
    assert name not in str(content)
    assert hidden.participant.email in {row.address for row in db.session.scalars(select(Mail))}


def test_a_version_is_numbered_recorded_and_told_within_the_transaction(world: Day) -> None:
    heard: list[tuple[Any, ...]] = []

    def hear(roadshow: Roadshow, version: AgendaVersion, previous: AgendaVersion | None) -> None:
        heard.append((roadshow.id, version.number, previous and previous.number))

    with signals.agenda_published.connected_to(hear):
        first = publish(world, note=Trilingual("首发", "첫 공개", "First"))
        world.sessions[0].room_id = world.rooms[1].id
        db.session.flush()
        publish(world)
    assert heard == [(world.roadshow.id, 1, None), (world.roadshow.id, 2, 1)]
    assert first.content_sha256 == sha256_of(first.content)
    records = db.session.scalars(
        select(AuditRecord).where(AuditRecord.action == "agenda.published").order_by(AuditRecord.id)
    ).all()
    assert [(row.roadshow_id, row.new["number"]) for row in records] == [
        (world.roadshow.id, 1),
        (world.roadshow.id, 2),
    ]


def test_a_published_version_never_changes(world: Day) -> None:
    version = publish(world)
    with pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE agenda_version SET number = 9 WHERE id = :id"), {"id": version.id})


def test_sequence_numbers_count_what_calendars_show(world: Day) -> None:
    first, second = world.sessions[:2]
    publish(world)
    first.slot_id = world.slots[2].id
    second.summary = Trilingual.same("another summary")
    db.session.flush()
    content = publish(world).content
    assert (of(content, first)["sequence"], of(content, second)["sequence"]) == (1, 0)
    first.title = Trilingual.same("another title")
    db.session.flush()
    assert of(publish(world).content, first)["sequence"] == 2


@pytest.mark.parametrize("how", ["canceled", "unplaced", "deleted"])
def test_what_takes_place_no_longer_stays_as_canceled(world: Day, how: str) -> None:
    second = world.sessions[1]
    key = second.key
    publish(world)
    if how == "canceled":
        second.state = SessionState.CANCELED
    elif how == "unplaced":
        second.slot_id = second.room_id = None
    else:
        db.session.delete(second)
    db.session.flush()
    content = publish(world).content
    gone = next(row for row in content["sessions"] if row["key"] == key)
    assert (gone["canceled"], gone["sequence"]) == (True, 1)
    world.sessions[0].slot_id = world.slots[3].id
    db.session.flush()
    content = publish(world).content
    again = next(row for row in content["sessions"] if row["key"] == key)
    assert (again["canceled"], again["sequence"]) == (True, 1)


def test_a_canceled_session_may_come_back(world: Day) -> None:
    second = world.sessions[1]
    publish(world)
    second.state = SessionState.CANCELED
    db.session.flush()
    without = publish(world).content
    second.state = SessionState.PLANNED
    db.session.flush()
    content = publish(world).content
    assert (of(content, second)["canceled"], of(content, second)["sequence"]) == (False, 2)
    assert [row.kind for row in difference(without, content)] == ["new"]


def test_the_room_of_a_canceled_session_stays_known(world: Day) -> None:
    second, room = world.sessions[1], world.rooms[1]
    second.room_id = room.id
    db.session.flush()
    publish(world)
    second.slot_id = second.room_id = None
    db.session.flush()
    db.session.delete(room)
    db.session.flush()
    content = publish(world).content
    assert of(content, second)["room"] in [row["id"] for row in content["rooms"]]


def test_the_difference_names_what_happened(world: Day) -> None:
    first, second, third = world.sessions
    old = publish(world).content
    first.slot_id, first.room_id = world.slots[2].id, world.rooms[1].id
    second.title = Trilingual.same("Another title")
    third.slot_id, third.room_id = world.slots[3].id, world.rooms[0].id
    third.interpreting, third.interpreter_id = "ko-zh", world.interpreter.id
    db.session.flush()
    new = look(world.roadshow).content
    rows = {row.key: row for row in difference(old, new)}
    assert {key: row.kinds for key, row in rows.items()} == {
        first.key: ("moved", "room"),
        second.key: ("changed",),
        third.key: ("new",),
    }
    assert counts(list(rows.values())) == {"new": 1, "moved": 1, "changed": 1}
    moved = rows[first.key]
    assert moved.old
    assert moved.new
    assert (moved.old.room, moved.new.room) == (world.rooms[0].id, world.rooms[1].id)
    assert (moved.old.starts_at, moved.new.starts_at) == ("2026-06-10T01:00:00Z", "2026-06-10T01:40:00Z")
    assert rows[second.key].changed == ("title",)
    assert difference(new, new) == []
    assert [row.kind for row in difference(None, old)] == ["new", "new"]


def test_who_is_told_follows_from_the_difference(world: Day) -> None:
    """A new interpreter concerns the old and the new one, not the speakers; another summary nobody."""
    first, second = world.sessions[:2]
    other = make.interpreter(world.roadshow)
    first.interpreting, first.interpreter_id = "ko-zh", world.interpreter.id
    db.session.flush()
    old = publish(world).content
    first.interpreter_id = other.id
    second.summary = Trilingual.same("another summary")
    db.session.flush()
    rows = difference(old, look(world.roadshow).content)
    assert [row.kinds for row in rows] == [("interpreter",), ("changed",)]
    assert listed_and_mailed(world) == {one.participant.name for one in (world.interpreter, other)}


def listed_and_mailed(world: Day) -> set[str]:
    """Who stands on the page before publishing; the same get a mail by publishing."""
    content = look(world.roadshow).content
    number = len(db.session.scalars(select(AgendaVersion)).all()) + 1
    listed = to_be_told(world.roadshow, read(content, number=number, published_at=clock.now()))
    before = set(db.session.scalars(select(Mail.id)))
    publish(world)
    mailed = {row.address for row in db.session.scalars(select(Mail)) if row.id not in before}
    assert {who.email for who, _changes in listed if who.email} == mailed
    return {one.name for one in agenda_version_pages.told(listed)}


def test_a_speaker_who_left_a_session_is_told_too_but_not_who_stays(world: Day) -> None:
    first = world.sessions[0]
    speak(first, world.speakers[2])
    publish(world)
    db.session.delete(first.appearances[0])
    db.session.flush()
    speak(first, world.speakers[1])
    assert listed_and_mailed(world) == {one.participant.name for one in world.speakers[:2]}


def test_whoever_has_no_address_is_listed_and_gets_no_mail(world: Day) -> None:
    speaker = world.speakers[0].participant
    speaker.email, speaker.email_key = "", None
    db.session.flush()
    assert listed_and_mailed(world) == {one.participant.name for one in world.speakers[:2]}


def test_of_a_session_that_is_over_nobody_is_told(world: Day, turn_clock: Clock) -> None:
    turn_clock.set(world.slots[0].starts_at - timedelta(days=1))
    publish(world)
    turn_clock.set(world.slots[1].starts_at)
    world.sessions[0].room_id = world.rooms[1].id
    db.session.flush()
    assert listed_and_mailed(world) == set()


def test_hard_conflicts_block_and_soft_ones_warn(world: Day) -> None:
    first, second = world.sessions[:2]
    first.audience = 500
    db.session.flush()
    ready = look(world.roadshow)
    assert not ready.is_blocked
    assert [(one.level, one.code, one.count) for one in ready.obstacles] == [
        ("warn", "unplaced", 1),
        ("warn", "seats", 1),
    ]
    second.slot_id = first.slot_id
    db.session.flush()
    assert ("block", "conflicts") in [(one.level, one.code) for one in look(world.roadshow).obstacles]
    with pytest.raises(Conflict) as refused:
        publish(world)
    assert refused.value.code == "agenda_blocked"
    assert refused.value.extra["blockers"][0]["count"] == 1
    assert "1 conflict" in str(refused.value.detail)
    assert db.session.scalars(select(AgendaVersion)).all() == []


def test_nothing_placed_and_nothing_new_are_not_published(world: Day) -> None:
    publish(world)
    with pytest.raises(Conflict) as refused:
        publish(world)
    assert refused.value.extra["blockers"][0]["code"] == "unchanged"
    empty = make.roadshow()
    with pytest.raises(Conflict) as refused:
        publish_agenda(roadshow=empty, seen=0)
    assert refused.value.extra["blockers"][0]["code"] == "empty"


def test_what_was_not_seen_is_not_published(world: Day) -> None:
    with pytest.raises(Conflict) as refused:
        publish(world, seen=world.roadshow.agenda_revision + 1)
    assert refused.value.code == "stale_agenda"


@pytest.mark.parametrize(
    ("state", "code"),
    [(RoadshowState.CANCELED, "roadshow_canceled"), (RoadshowState.CLOSED, "roadshow_closed")],
)
def test_an_event_that_is_canceled_or_over_publishes_nothing(
    world: Day, state: RoadshowState, code: str
) -> None:
    world.roadshow.state = state
    db.session.flush()
    with pytest.raises(Conflict) as refused:
        publish(world)
    assert refused.value.code == code


def test_an_opening_leaves_the_city_to_itself(world: Day) -> None:
    """A session for the whole city needs no room, and nothing else takes place meanwhile."""
    opening = make.session(world.roadshow, whole_city=True, slot_id=world.slots[3].id)
    content = look(world.roadshow).content
    assert of(content, opening)["room"] is None
    assert not look(world.roadshow).is_blocked
    world.sessions[2].slot_id, world.sessions[2].room_id = world.slots[3].id, world.rooms[1].id
    db.session.flush()
    ready = look(world.roadshow)
    assert [(one.kind, one.sessions) for one in ready.conflicts] == [
        ("whole_city", (opening.key, world.sessions[2].key))
    ]


def test_an_absent_speaker_is_a_conflict(world: Day) -> None:
    from roadshows.models import Absence

    slot = world.slots[0]
    db.session.add(
        Absence(
            roadshow_id=world.roadshow.id,
            participant_id=world.speakers[0].participant_id,
            starts_at=slot.starts_at + timedelta(minutes=19),
            ends_at=slot.starts_at + timedelta(hours=2),
        )
    )
    db.session.flush()
    assert [one.kind for one in look(world.roadshow).conflicts] == ["unavailable_speaker"]


@pytest.mark.parametrize(("what", "field"), [("room", "name"), ("venue", "name"), ("venue", "address")])
def test_other_words_for_the_place_are_told_as_another_room(world: Day, what: str, field: str) -> None:
    """Calendars show them, so they count, and those who are to find the place hear of it."""
    world.sessions[1].room_id = world.rooms[1].id
    db.session.flush()
    old = publish(world).content
    place = world.rooms[0] if what == "room" else world.rooms[0].venue
    setattr(place, field, Trilingual("新址", "새 주소", "The new place"))
    db.session.flush()
    new = look(world.roadshow).content
    first = world.sessions[0]
    touched = world.sessions[:1] if what == "room" else world.sessions[:2]
    assert {row["key"] for row in new["sessions"] if row["sequence"]} == {one.key for one in touched}
    rows = difference(old, new)
    assert {row.key: row.kinds for row in rows} == {one.key: ("room",) for one in touched}
    [line] = [one for one in agenda_version_pages.changes(rows, old, new, {}) if one.key == first.key]
    assert "The new place" in line.new
    assert "The new place" not in line.old
    assert len(listed_and_mailed(world)) == len(touched)
    assert "The new place" in list(db.session.scalars(select(Mail.body)))[-1]
