"""The score screen where it matters: two windows, no connection, a lost answer, a shared laptop."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from core import clock
from core.db import db
from judging.models import MarkChange, ScoreSheet, SheetSave, SheetState
from judging.operations import sheets
from tests import factories as make
from tests.browser.conftest import PHONE, People, words
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


@dataclass
class Desk:
    """Two judges with two entries each; ids and addresses only."""

    server: Server
    people: list[int]
    sheets: list[list[int]]
    place: str
    keys: list[str]
    round_id: int

    def url(self, entry: int = 0, lang: str = "en") -> str:
        return f"/{lang}/j/{self.place}/{self.keys[entry]}"

    def stored(self, judge: int = 0, entry: int = 0) -> dict[str, str]:
        with self.server.app.app_context():
            sheet = db.session.get_one(ScoreSheet, self.sheets[judge][entry])
            return {mark.criterion.key: mark.criterion.scale.text(mark.steps) for mark in sheet.marks}

    def saves(self) -> int:
        with self.server.app.app_context():
            return len(
                db.session.scalars(select(SheetSave).where(SheetSave.sheet_id == self.sheets[0][0])).all()
            )


@pytest.fixture
def desk(server: Server) -> Desk:
    with server.app.app_context():
        edition = make.edition(slug=f"score-{uuid.uuid4().hex[:10]}")
        round = make.round_of(edition)
        make.rubric(round, criteria=3)
        entries = [make.entry(edition) for _ in range(2)]
        make.enter(round, *entries)
        people = [make.person(email=f"{uuid.uuid4().hex}@example.com") for _ in range(2)]
        judges = [make.judge(edition, who) for who in people]
        rows = [[make.sheet(round, judge, entry) for entry in entries] for judge in judges]
        found = Desk(
            server,
            [who.id for who in people],
            [[sheet.id for sheet in row] for row in rows],
            f"{edition.slug}/{round.slug}",
            [entry.key for entry in entries],
            round.id,
        )
        db.session.commit()
        return found


def mark(page: Page, number: int) -> Any:
    return page.locator("input.score-input").nth(number)


def saved(page: Page) -> None:
    expect(page.locator("#saved-text")).to_have_class("saved-good")


def test_arrows_step_and_the_band_and_total_follow(people: People, desk: Desk) -> None:
    page = people.window(desk.people[0])
    page.goto(desk.url())
    expect(mark(page, 0)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(mark(page, 0)).to_have_value("0")
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowUp")
    expect(mark(page, 0)).to_have_value("5.5")
    page.keyboard.press("Enter")
    expect(mark(page, 1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(mark(page, 1)).to_have_value("10")
    expect(page.locator("#total")).to_have_text("15.5")
    page.keyboard.press("Shift+Enter")
    expect(mark(page, 0)).to_be_focused()
    saved(page)
    page.keyboard.press("n")
    page.wait_for_url(f"**{desk.url(1)}")
    page.keyboard.press("p")
    page.wait_for_url(f"**{desk.url(0)}")
    expect(mark(page, 0)).to_have_value("5.5")
    assert desk.stored() == {"c1": "5.5", "c2": "10"}


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_a_score_that_cannot_stand_is_named_and_never_sent(people: People, desk: Desk, lang: str) -> None:
    say = words(lang)
    page = people.window(desk.people[0], lang=lang)
    page.goto(desk.url(lang=lang))
    for typed, text in (
        ("11", say("Scores go from %(least)s to %(most)s.", least="0", most="10")),
        ("8.3", say("Scores go in steps of %(step)s.", step="0.5")),
        ("-0", say("Please type a number, for example 8 or 8.5.")),
        ("acht", say("Please type a number, for example 8 or 8.5.")),
    ):
        mark(page, 0).fill(typed)
        page.keyboard.press("Tab")
        expect(page.locator("#c1-error")).to_have_text(text)
    mark(page, 1).fill("7")
    page.keyboard.press("Tab")
    expect(page.locator("#saved-text")).to_have_text(
        say("Some scores can’t stand like this: they are not saved.")
    )
    assert desk.stored() == {"c2": "7"}
    page.locator("#submit").click()
    expect(mark(page, 0)).to_be_focused()
    expect(page.locator("#c3-error")).to_have_text(say("This criterion has no score yet."))
    assert desk.stored() == {"c2": "7"}


def test_two_windows_of_a_judge_never_overwrite_each_other(people: People, desk: Desk) -> None:
    one = people.window(desk.people[0])
    one.goto(desk.url())
    other = one.context.new_page()
    other.goto(desk.url())
    mark(one, 0).fill("8")
    mark(one, 1).fill("6")
    one.keyboard.press("Tab")
    saved(one)
    mark(other, 0).fill("5")
    other.keyboard.press("Tab")
    conflict = other.locator("#c1-conflict")
    expect(conflict).to_be_visible()
    expect(mark(other, 1)).to_have_value("6")
    assert desk.stored() == {"c1": "8", "c2": "6"}
    conflict.get_by_role("button").first.click()
    saved(other)
    assert desk.stored() == {"c1": "5", "c2": "6"}
    # What only one window changed is no conflict: it goes on top of the newer version by itself.
    mark(one, 2).fill("9")
    one.keyboard.press("Tab")
    saved(one)
    expect(mark(one, 0)).to_have_value("5")
    assert desk.stored() == {"c1": "5", "c2": "6", "c3": "9"}


def test_without_a_connection_nothing_is_lost_and_it_is_sent_by_itself(people: People, desk: Desk) -> None:
    page = people.window(desk.people[0])
    page.goto(desk.url())
    page.context.set_offline(True)
    mark(page, 0).fill("7.5")
    page.locator("#comment").fill("written in a tunnel")
    page.keyboard.press("Tab")
    expect(page.locator("#saved-text")).to_have_class("saved-bad")
    assert desk.stored() == {}
    page.context.set_offline(False)
    saved(page)
    assert desk.stored() == {"c1": "7.5"}


def test_what_was_typed_offline_outlives_the_window_and_is_marked_on_the_list(
    people: People, desk: Desk
) -> None:
    page = people.window(desk.people[0])
    page.goto(desk.url())
    page.route("**/api/v1/sheets/**", lambda route: route.abort())
    mark(page, 0).fill("7.5")
    page.keyboard.press("Tab")
    expect(page.locator("#saved-text")).to_have_class("saved-bad")
    context = page.context
    page.close()
    page = context.new_page()
    page.goto(f"/en/j/{desk.place}")
    expect(page.locator("#unsent")).to_be_visible()
    expect(page.locator(f'[data-sheet="{desk.keys[0]}"]')).to_have_class("is-unsent")
    assert desk.stored() == {}
    page.goto(desk.url())
    saved(page)
    expect(mark(page, 0)).to_have_value("7.5")
    assert desk.stored() == {"c1": "7.5"}
    page.goto(f"/en/j/{desk.place}")
    expect(page.locator("#unsent")).to_be_hidden()


def test_a_lost_answer_is_asked_for_again_and_saved_once(people: People, desk: Desk) -> None:
    page = people.window(desk.people[0])
    page.goto(desk.url())
    lost = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch())  # it arrives, and the answer does not
        route.abort()

    page.route("**/api/v1/sheets/**", lose)
    mark(page, 0).fill("9")
    page.keyboard.press("Tab")
    saved(page)
    assert desk.stored() == {"c1": "9"}
    assert (len(lost), desk.saves()) == (1, 1)


def test_another_judge_at_the_same_laptop_sees_and_sends_nothing_of_the_first(
    people: People, desk: Desk
) -> None:
    page = people.window(desk.people[0])
    page.goto(desk.url())
    page.route("**/api/v1/sheets/**", lambda route: route.abort())
    mark(page, 0).fill("3.5")
    page.keyboard.press("Tab")
    expect(page.locator("#saved-text")).to_have_class("saved-bad")
    context = page.context
    page.close()
    first = context.cookies()
    second = people.window(desk.people[1])
    context.clear_cookies()
    context.add_cookies(second.context.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(desk.url())
    expect(mark(page, 0)).to_have_value("")
    mark(page, 1).fill("6")
    page.keyboard.press("Tab")
    saved(page)
    assert (desk.stored(0), desk.stored(1)) == ({}, {"c2": "6"})
    context.clear_cookies()
    context.add_cookies(first)  # type: ignore[arg-type]
    page.goto(desk.url())
    saved(page)
    assert desk.stored(0) == {"c1": "3.5"}


def test_after_the_close_what_was_not_sent_is_still_shown(people: People, desk: Desk) -> None:
    page = people.window(desk.people[0])
    page.goto(desk.url())
    with desk.server.app.app_context():
        sheet = db.session.get_one(ScoreSheet, desk.sheets[0][0])
        sheet.round.scoring_closes_at = clock.now() - timedelta(minutes=1)
        db.session.commit()
    mark(page, 0).fill("7.5")
    page.keyboard.press("Tab")
    expect(page.locator("#saved-text")).to_contain_text("has closed")
    page.reload()
    expect(page.locator("#unsent-values")).to_contain_text("7.5")
    assert desk.stored() == {}


def test_a_sheet_reopened_meanwhile_can_be_scored_again(people: People, desk: Desk) -> None:
    page = people.window(desk.people[0])
    page.goto(desk.url())
    for number in range(3):
        mark(page, number).fill(str(number + 5))
    page.locator("#submit").click()
    page.wait_for_url(f"**{desk.url(1)}")
    page.goto(desk.url())
    expect(page.locator("input.score-input")).to_have_count(0)
    with desk.server.app.app_context():
        sheet = db.session.get_one(ScoreSheet, desk.sheets[0][0])
        assert sheet.state is SheetState.SUBMITTED
        sheets.reopen_sheet(sheet=sheet, reason="please check")
        db.session.commit()
    page.reload()
    expect(page.locator("main")).to_contain_text("please check")
    mark(page, 0).fill("9")
    page.keyboard.press("Tab")
    saved(page)
    with desk.server.app.app_context():
        changes = db.session.scalars(
            select(MarkChange).where(MarkChange.sheet_id == desk.sheets[0][0]).order_by(MarkChange.id)
        ).all()
        assert (changes[-1].old_steps, changes[-1].new_steps) == (10, 18)


def test_on_a_phone_everything_fits_and_can_be_touched(people: People, desk: Desk) -> None:
    page = people.window(desk.people[0], size=PHONE, lang="ko")
    page.goto(desk.url(lang="ko"))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for box in (mark(page, 0).bounding_box(), page.locator("#submit").bounding_box()):
        assert box is not None
        assert box["height"] >= 44
    page.goto(f"/ko/j/{desk.place}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_without_scripts_the_form_saves_and_submits(people: People, desk: Desk) -> None:
    page = people.window(desk.people[0], javascript=False)
    page.goto(desk.url())
    for number in range(3):
        mark(page, number).fill("８")
    page.locator("#save").click()
    assert desk.stored() == {"c1": "8", "c2": "8", "c3": "8"}
    page.locator("#submit").click()
    assert page.url.endswith(desk.url(1))
