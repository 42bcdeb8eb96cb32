"""Two judges and many tabs: nothing is ever overwritten unseen, and a save sent again is one save."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from competition.models import Entry
from core.db import db
from judging.models import MarkChange, ScoreSheet, SheetSave
from tests import factories as make
from tests.races.conftest import at_once
from tests.races.worlds import Tabs, people, ready_team, slug
from tests.serving import Answer, Browser, Server, looking_into, serving

pytestmark = pytest.mark.server
TABS = 12


@dataclass
class Panel:
    """Two judges with a sheet each for the same entry."""

    path: str
    page: str
    judges: list[int]
    sheets: list[int]


def panel(server: Server) -> Panel:
    with looking_into(server):
        edition = make.edition(slug=slug("panel"))
        round = make.round_of(edition)
        make.rubric(round)
        entry = make.entry(edition, team=ready_team(edition, people(1)[0]))
        make.enter(round, entry)
        judges = people(2)
        sheets = [make.sheet(round, make.judge(edition, who), entry) for who in judges]
        db.session.commit()
        place = f"{edition.slug}/{round.slug}/{entry.key}"
        return Panel(
            f"/api/v1/sheets/{place}",
            f"/en/j/{place}",
            [who.id for who in judges],
            [sheet.id for sheet in sheets],
        )


def save(tab: Browser, path: str, token: str, **body: Any) -> Answer:
    headers = {"Content-Type": "application/json", "X-CSRFToken": token, "Accept-Language": "ko"}
    return tab.send("PUT", path, json.dumps(body).encode(), headers)


def save_in_every_tab(server: Server, world: Panel) -> list[Answer]:
    """The first judge has the sheet open in twelve tabs and types another mark in each."""
    tabs = Tabs.of(server, world.judges[0])
    token = tabs.first.hidden(world.page)["csrf_token"]
    return at_once(
        [
            lambda tab=tabs.open(), number=number: save(
                tab,
                world.path,
                token,
                op_id=f"operation-{number}",
                version=1,
                marks={"c1": f"{number % 10}.5"},
                comment=f"tab {number}",
            )
            for number in range(TABS)
        ]
    )


def replay(server: Server, world: Panel) -> list[Answer]:
    """The first judge's browser sends one save twelve times at once."""
    tabs = Tabs.of(server, world.judges[0])
    token = tabs.first.hidden(world.page)["csrf_token"]
    body = {"op_id": "the-very-same", "version": 1, "marks": {"c1": "9.5"}}
    return at_once([lambda tab=tabs.open(): save(tab, world.path, token, **body) for _ in range(TABS)])


def saves(server: Server, sheet: int) -> int:
    with looking_into(server):
        return len(db.session.scalars(select(SheetSave).where(SheetSave.sheet_id == sheet)).all())


def test_case_27_of_twelve_tabs_one_saves_and_eleven_see_both_values(server: Server) -> None:
    world = panel(server)
    answers = save_in_every_tab(server, world)
    assert sorted(answer.status for answer in answers) == [200] + [409] * (TABS - 1)
    winner = next(number for number, answer in enumerate(answers) if answer.status == 200)
    for number, answer in enumerate(answers):
        body = json.loads(answer.body)
        if number == winner:
            assert body["version"] == 2
            continue
        assert body["stored"]["marks"] == {"c1": f"{winner % 10}.5"}
        assert body["stored"]["comment"] == f"tab {winner}"
        assert body["sent"]["marks"] == {"c1": f"{number % 10}.5"}
        assert body["detail"]
        assert not body["detail"].isascii()
    assert saves(server, world.sheets[0]) == 1
    with looking_into(server):
        changes = db.session.scalars(select(MarkChange).where(MarkChange.sheet_id == world.sheets[0])).all()
        assert [(change.old_steps, change.new_steps) for change in changes] == [(None, (winner % 10) * 2 + 1)]


def test_case_27_two_judges_save_the_same_entry_and_never_touch_each_other(server: Server) -> None:
    world = panel(server)
    desks = [Tabs.of(server, judge).first for judge in world.judges]
    tokens = [desk.hidden(world.page)["csrf_token"] for desk in desks]
    for round in range(5):
        answers = at_once(
            [
                lambda number=number, round=round: save(
                    desks[number],
                    world.path,
                    tokens[number],
                    op_id=f"operation-{round}",
                    version=round + 1,
                    marks={"c1": f"{number}.5", "c2": str(round)},
                )
                for number in range(2)
            ]
        )
        assert [answer.status for answer in answers] == [200, 200]
        for number, answer in enumerate(answers):
            assert json.loads(answer.body)["marks"] == {"c1": f"{number}.5", "c2": str(round)}
    assert [saves(server, sheet) for sheet in world.sheets] == [5, 5]


def test_case_24_a_save_sent_twelve_times_at_once_is_one_save_with_one_answer(server: Server) -> None:
    world = panel(server)
    answers = replay(server, world)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert saves(server, world.sheets[0]) == 1


def draft_in_two_tabs(server: Server) -> tuple[list[Answer], str]:
    """A team's entry autosaved from two tabs that show the same version; the answers and what stands."""
    with looking_into(server):
        edition = make.edition(slug=slug("draft"))
        captain = people(1)[0]
        team = ready_team(edition, captain)
        db.session.commit()
        captain_id, path, entry_id = captain.id, f"/en/e/{edition.slug}/team/{team.key}/entry", team.entry.id
    tabs = Tabs.of(server, captain_id)
    hidden = tabs.first.hidden(path)
    headers = {"Content-Type": "application/json", "X-CSRFToken": hidden["csrf_token"]}

    def send(tab: Browser, title: str) -> Answer:
        body = {"version": int(hidden["version"]), "values": {"title-en": title}}
        return tab.send("POST", f"{path}/draft", json.dumps(body).encode(), headers)

    answers = at_once([lambda tab=tabs.open(), title=title: send(tab, title) for title in ("one", "two")])
    with looking_into(server):
        return answers, db.session.get_one(Entry, entry_id).title.en


def test_case_27_a_draft_saved_from_two_tabs_keeps_the_first_and_shows_it_to_the_second(
    server: Server,
) -> None:
    answers, stands = draft_in_two_tabs(server)
    assert sorted(answer.status for answer in answers) == [200, 409]
    refused = next(json.loads(answer.body) for answer in answers if answer.status == 409)
    assert refused["current"]["title-en"] == stands


def test_without_versions_tabs_overwrite_each_other_and_a_repeated_save_is_an_error(tmp_path: Path) -> None:
    with serving(tmp_path / "instance", wsgi_app="tests.unguarded:without_versions()") as careless:
        world = panel(careless)
        tabs = save_in_every_tab(careless, world)
        repeated = replay(careless, panel(careless))
        drafts, _stands = draft_in_two_tabs(careless)
        with looking_into(careless):
            left = db.session.get_one(ScoreSheet, world.sheets[0]).comment
    assert {answer.status for answer in tabs} == {200}
    assert left in {f"tab {number}" for number in range(TABS)}, "eleven comments are gone without a word"
    assert len({answer.status for answer in repeated}) > 1
    assert {answer.status for answer in drafts} == {200}
