"""Many organizers move sessions at the very same moment: what meets is refused, what doesn't is done."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.db import db
from roadshows.models import AgendaChange, AgendaVersion, Roadshow, Session
from tests.races.conftest import at_once
from tests.races.worlds import Tabs
from tests.roadshows import draft_worlds
from tests.serving import Answer, Browser, Server, looking_into, serving

pytestmark = pytest.mark.server
TABS = 10


@dataclass
class World:
    """An agenda in which nothing stands: ids, keys and addresses only."""

    roadshow: int
    slug: str
    organizer: int
    sessions: list[str]
    slots: list[int]
    rooms: list[int]

    def path(self, rest: str = "") -> str:
        return f"/en/o/roadshows/{self.slug}/agenda{rest}"


def world(server: Server) -> World:
    with looking_into(server):
        made = draft_worlds.week(TABS * 2, placed=0)
        return World(
            made.roadshow.id,
            made.roadshow.slug,
            made.organizer.id,
            [one.key for one in made.sessions],
            [one.id for one in made.slots],
            [one.id for one in made.rooms],
        )


def move_all(server: Server, of: World, step: Callable[[int], tuple[str, int, int]]) -> list[Answer]:
    """Ten windows that all have seen revision 0 send a move each; `step`: its session, slot and room."""
    tabs = Tabs.of(server, of.organizer)
    token = tabs.first.hidden(of.path("/plans"))["csrf_token"]
    headers = {"Content-Type": "application/json", "X-CSRFToken": token}

    def move(tab: Browser, number: int) -> Answer:
        session, slot, room = step(number)
        body: dict[str, Any] = {"do": "place", "seen": 0, "session": session, "slot": slot, "room": room}
        path = f"/api/v1/roadshows/{of.slug}/draft-agenda/steps"
        return tab.send("POST", path, json.dumps(body).encode(), headers)

    return at_once([lambda tab=tabs.open(), number=number: move(tab, number) for number in range(TABS)])


def one_session(of: World) -> Callable[[int], tuple[str, int, int]]:
    return lambda number: (of.sessions[0], of.slots[number], of.rooms[0])


def one_cell(of: World) -> Callable[[int], tuple[str, int, int]]:
    return lambda number: (of.sessions[2 * number], of.slots[0], of.rooms[0])


def apart(of: World) -> Callable[[int], tuple[str, int, int]]:
    return lambda number: (of.sessions[2 * number], of.slots[number], of.rooms[0])


def revisions(server: Server, of: World) -> tuple[int, list[int]]:
    """The event's revision, and those in the log."""
    with looking_into(server):
        logged = select(AgendaChange.revision).where(AgendaChange.roadshow_id == of.roadshow)
        return db.session.get_one(Roadshow, of.roadshow).agenda_revision, sorted(db.session.scalars(logged))


@pytest.mark.parametrize("meeting", [one_session, one_cell])
def test_of_ten_moves_that_meet_one_is_made_and_nine_are_told_by_whom(
    server: Server, meeting: Callable[[World], Callable[[int], tuple[str, int, int]]]
) -> None:
    of = world(server)
    answers = move_all(server, of, meeting(of))
    assert sorted(answer.status for answer in answers) == [200] + [409] * (TABS - 1)
    for answer in answers:
        if answer.status == 409:
            body = json.loads(answer.body)
            assert body["changes"][0]["revision"] == 1
            assert body["update"]["revision"] == 1
    assert revisions(server, of) == (1, [1])


def test_ten_moves_that_do_not_meet_are_all_made_and_each_is_logged(server: Server) -> None:
    of = world(server)
    answers = move_all(server, of, apart(of))
    assert {answer.status for answer in answers} == {200}
    assert revisions(server, of) == (TABS, list(range(1, TABS + 1)))
    with looking_into(server):
        placed = select(Session.slot_id).where(
            Session.roadshow_id == of.roadshow, Session.slot_id.is_not(None)
        )
        assert sorted(db.session.scalars(placed)) == sorted(of.slots[:TABS])


def test_an_agenda_published_ten_times_at_once_is_one_version(server: Server) -> None:
    of = world(server)
    tabs = Tabs.of(server, of.organizer)
    move_all(server, of, apart(of))
    hidden = tabs.first.hidden(of.path("/publish"))

    def publish(tab: Browser, number: int) -> Answer:
        return tab.post(of.path("/publish"), hidden | {"once_key": f"{number}-{hidden['once_key']}"[:60]})

    answers = at_once([lambda tab=tabs.open(), number=number: publish(tab, number) for number in range(TABS)])
    assert sorted(answer.status for answer in answers) == [303] + [409] * (TABS - 1)
    with looking_into(server):
        numbers = select(AgendaVersion.number).where(AgendaVersion.roadshow_id == of.roadshow)
        assert list(db.session.scalars(numbers)) == [1]


def test_without_looking_at_what_others_did_moves_overwrite_each_other(tmp_path: Path) -> None:
    with serving(
        tmp_path / "instance", wsgi_app="tests.unguarded:without_looking_at_others_steps()"
    ) as careless:
        of = world(careless)
        answers = move_all(careless, of, one_session(of))
    assert {answer.status for answer in answers} == {200}, "nine moves are gone without a word"
