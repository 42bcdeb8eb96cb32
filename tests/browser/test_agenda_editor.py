"""The agenda's editor in a real browser: planned, edited by keys alone, published; two people; a phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from core import clock
from core.db import db
from roadshows.models import AgendaVersion, Participant, Roadshow, Session
from tests.browser.conftest import LANGUAGES, PHONE, People, words
from tests.roadshows import draft_worlds, factories
from tests.serving import Server, looking_into

pytestmark = [pytest.mark.browser, pytest.mark.server]
PLANNED = 120_000  # milliseconds: a busy machine loads the solver slowly


@dataclass
class Desk:
    """Ids, keys and addresses of an event with two cities."""

    server: Server
    slug: str
    organizer: int
    colleague: int
    sessions: list[str]
    titles: list[dict[str, str]]
    slots: list[int]
    rooms: list[int]
    speakers: list[str]

    def url(self, lang: str = "en", rest: str = "") -> str:
        return f"/{lang}/o/roadshows/{self.slug}/agenda{rest}"

    def spot(self, number: int) -> tuple[int | None, int | None]:
        with looking_into(self.server):
            row = db.session.query(Session).filter_by(key=self.sessions[number]).one()
            return row.slot_id, row.room_id

    def versions(self) -> int:
        with looking_into(self.server):
            return db.session.query(AgendaVersion).join(Roadshow).filter(Roadshow.slug == self.slug).count()


def desk_of(server: Server, sessions: int, placed: int) -> Desk:
    with looking_into(server):
        soon = clock.now().date() + timedelta(days=30)  # of what is over nobody is told
        made = draft_worlds.week(sessions, placed=placed, first=soon)
        colleague = factories.organizer(made.roadshow, name="이영희")
        found = Desk(
            server,
            made.roadshow.slug,
            made.organizer.id,
            colleague.id,
            [one.key for one in made.sessions],
            [one.title.to_json() for one in made.sessions],
            [one.id for one in made.slots],
            [one.id for one in made.rooms],
            [db.session.get_one(Participant, one.participant_id).name for one in made.speakers],
        )
        db.session.commit()
        return found


def handle(page: Page, desk: Desk, number: int) -> Locator:
    return page.locator(f"#s-{desk.sessions[number]} button[data-handle]")


def cell(page: Page, slot: int, room: int) -> Locator:
    return page.locator(f'td[data-slot="{slot}"][data-room="{room}"]')


def live(page: Page) -> Locator:
    return page.locator("#agenda-live")


def press(target: Locator, *keys: str) -> None:
    """Keys alone, no pointer."""
    target.focus()
    for key in keys:
        target.page.keyboard.press(key)


@contextmanager
def one_step(page: Page) -> Iterator[None]:
    """What is done within is carried out by the server before the test goes on."""
    agenda = page.locator("#agenda")
    before = agenda.get_attribute("data-revision") or ""
    yield
    expect(agenda).not_to_have_attribute("data-revision", before)


def no_barriers(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def fits(page: Page) -> None:
    width: Any = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0


@pytest.mark.timeout(400)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_agenda_is_planned_edited_by_keyboard_and_published(
    people: People, server: Server, lang: str
) -> None:
    say = words(lang)
    desk = desk_of(server, 8, placed=2)
    page = people.window(desk.organizer, lang=lang)
    page.goto(desk.url(lang))
    no_barriers(page)

    press(page.get_by_role("link", name=say("Plan the rest")), "Enter")
    press(page.get_by_role("button", name=say("Compute a proposal")), "Enter")
    page.wait_for_url("**/plans/1")
    expect(page.get_by_role("button", name=say("Apply"), exact=True)).to_be_visible(timeout=PLANNED)
    expect(page.locator("main")).to_contain_text(say("Proven: no agenda is better."))
    no_barriers(page)
    press(page.get_by_role("button", name=say("Apply"), exact=True), "Enter")
    page.wait_for_url(f"**{desk.url(lang)}")
    expect(page.locator("[data-waiting-count]")).to_have_text("0")
    assert all(desk.spot(number)[0] for number in range(8))

    session = handle(page, desk, 0)
    before = desk.spot(0)
    press(session, "Enter")
    expect(page.locator("td.is-free").first).to_be_visible()
    expect(live(page)).to_contain_text(desk.titles[0][lang])
    no_barriers(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(live(page)).to_contain_text(desk.titles[0][lang])
    assert desk.spot(0) == before
    expect(session).to_be_focused()

    page.keyboard.press("Space")
    expect(page.locator("td.is-free").first).to_be_visible()
    page.keyboard.press("f")
    expect(page.locator("td.is-target.is-free")).to_have_count(1)
    with one_step(page):
        page.keyboard.press("Space")
    expect(page.locator(".is-carried")).to_have_count(0)
    expect(handle(page, desk, 0)).to_be_focused()
    assert desk.spot(0) != before
    with one_step(page):
        press(page.locator("[data-undo] button"), "Enter")
    expect(page.locator("[data-redo] button")).to_be_visible()
    assert desk.spot(0) == before

    press(page.get_by_role("link", name=say("Publish…")), "Enter")
    expect(page.locator(".agenda-told")).to_contain_text(desk.speakers[0])
    no_barriers(page)
    press(page.get_by_role("button", name=say("Publish version %(number)d", number=1)), "Enter")
    page.wait_for_url("**/versions/1")
    no_barriers(page)
    assert desk.versions() == 1

    page.goto(desk.url(lang))
    press(handle(page, desk, 0), "Enter")
    expect(page.locator("td.is-free").first).to_be_visible()
    page.keyboard.press("f")
    with one_step(page):
        page.keyboard.press("Space")
    page.goto(desk.url(lang, "/publish"))
    told = page.locator(".agenda-told")
    expect(told).to_contain_text(desk.speakers[0])
    expect(told).not_to_contain_text(desk.speakers[1])


def test_a_session_is_dragged_and_a_busy_cell_says_why(people: People, server: Server) -> None:
    desk = desk_of(server, 4, placed=2)
    page = people.window(desk.organizer)
    page.goto(desk.url())
    home, target = handle(page, desk, 0), cell(page, desk.slots[1], desk.rooms[1])
    start, end = home.bounding_box(), target.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 10, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(start["x"] + 40, start["y"] + 30, steps=3)
    expect(page.locator(".agenda-ghost")).to_be_visible()
    page.mouse.move(end["x"] + 10, end["y"] + 10, steps=5)
    expect(page.locator("td.is-free.is-target .agenda-note")).to_have_count(1)
    page.mouse.up()
    expect(target.locator(".agenda-card")).to_have_count(1)
    assert desk.spot(0) == (desk.slots[1], desk.rooms[1])
    handle(page, desk, 2).click()
    busy = cell(page, desk.slots[1], desk.rooms[1])
    expect(busy.locator(".agenda-note")).to_contain_text("the room is taken")
    busy.click(position={"x": 5, "y": 5})  # a conflict is allowed in a draft
    expect(page.locator("[data-count]")).to_contain_text("1 conflicts block publishing")
    expect(page.locator(f"#s-{desk.sessions[2]} [data-mark]")).to_contain_text("Room taken twice")
    page.locator("[data-mend]").first.click()
    expect(page.locator("#ways li")).to_have_count(3)
    page.locator("#ways button").first.click()
    expect(page.locator("[data-count]")).to_contain_text("Nothing is wrong")


def test_two_people_see_each_other_s_moves_and_overwrite_nothing(people: People, server: Server) -> None:
    desk = desk_of(server, 4, placed=2)
    one, two = people.window(desk.organizer), people.window(desk.colleague)
    one.goto(desk.url())
    two.goto(desk.url())
    first = handle(one, desk, 1)
    first.focus()
    handle(two, desk, 0).click()
    expect(two.locator("td.is-free").first).to_be_visible()
    cell(two, desk.slots[3], desk.rooms[0]).click()
    expect(cell(two, desk.slots[3], desk.rooms[0]).locator(".agenda-card")).to_have_count(1)
    expect(cell(one, desk.slots[3], desk.rooms[0]).locator(".agenda-card")).to_have_count(1, timeout=15_000)
    expect(live(one)).to_contain_text("이영희")
    expect(first).to_be_focused()
    one.route("**/agenda?seen=*", lambda route: route.abort())  # it hears nothing more
    handle(two, desk, 0).click()
    cell(two, desk.slots[4], desk.rooms[0]).click()
    expect(cell(two, desk.slots[4], desk.rooms[0]).locator(".agenda-card")).to_have_count(1)
    handle(one, desk, 0).click()
    cell(one, desk.slots[5], desk.rooms[0]).click()
    expect(one.locator("[data-status]")).to_contain_text("이영희 changed this meanwhile")
    expect(cell(one, desk.slots[4], desk.rooms[0]).locator(".agenda-card")).to_have_count(1)
    assert desk.spot(0) == (desk.slots[4], desk.rooms[0])


def test_a_step_that_comes_too_early_and_a_lost_session_are_said(people: People, server: Server) -> None:
    desk = desk_of(server, 4, placed=2)
    page = people.window(desk.organizer)
    page.goto(desk.url())
    held: list[Route] = []
    page.route("**/steps", lambda route: held.append(route))  # noqa: PLW0108 playwright marks the function
    page.locator(f"#s-{desk.sessions[0]} [data-lock]").click()
    page.locator(f"#s-{desk.sessions[1]} [data-lock]").click()
    expect(page.locator("[data-status]")).to_contain_text("still being saved")
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(f"#s-{desk.sessions[0]}[data-locked]")).to_have_count(1)
    page.route("**/draft-agenda?seen=*", lambda route: route.fulfill(status=401, json={}))
    expect(page.locator("[data-status]")).to_contain_text("Please sign in again", timeout=15_000)


def test_the_list_is_filtered_while_typing(people: People, server: Server) -> None:
    desk = desk_of(server, 6, placed=0)
    page = people.window(desk.organizer, lang="ko")
    page.goto(desk.url("ko"))
    title = desk.titles[3]["zh"]
    page.locator("#f-q").fill(title)
    expect(page.locator("[data-list] .agenda-card:visible")).to_have_count(1)
    expect(handle(page, desk, 3)).to_be_visible()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_phone_moves_by_the_form_without_a_script(people: People, server: Server, lang: str) -> None:
    say = words(lang)
    desk = desk_of(server, 4, placed=2)
    page = people.window(desk.organizer, lang=lang, size=PHONE, javascript=False)
    page.goto(desk.url(lang))
    page.locator(f"#s-{desk.sessions[3]}").get_by_role("link", name=say("Move to…")).click()
    page.locator("#slot").select_option(str(desk.slots[-1]))
    page.locator("#room").select_option(str(desk.rooms[-1]))
    page.get_by_role("button", name=say("Move"), exact=True).click()
    page.wait_for_url(f"**{desk.url(lang)}#s-{desk.sessions[3]}")
    assert desk.spot(3) == (desk.slots[-1], desk.rooms[-1])
    narrow = people.window(desk.organizer, lang=lang, size=PHONE)
    for rest in ("", f"/sessions/{desk.sessions[0]}", "/plans", "/publish", "/versions"):
        narrow.goto(desk.url(lang, rest))
        fits(narrow)
        no_barriers(narrow)
