"""A week in two cities, all the way: made from a preset, planned, edited by keys alone, published, subscribed
to; then a session moves, and who speaks in it gets the old and the new time."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from core import clock
from core.db import db
from core.models import Mail
from roadshows.models import Participant, Roadshow, Session
from tests import factories as make
from tests.browser.conftest import LANGUAGES, People, words
from tests.browser.test_agenda_editor import PLANNED, live, no_barriers, one_step, press
from tests.roadshows import factories
from tests.roadshows.draft_worlds import speak
from tests.serving import Server, looking_into

pytestmark = [pytest.mark.browser, pytest.mark.server]
NAME = {"zh": "中韩创新周", "ko": "한중 혁신 주간", "en": "Innovation Week"}
TALK = {"zh": "新材料", "ko": "신소재", "en": "New Materials"}
SPEAKER, INTERPRETER = "윤서진", "林译员"
FURTHER = 4
CITIES = (ZoneInfo("Asia/Seoul"), ZoneInfo("Asia/Shanghai"))


@dataclass
class Week:
    """One walk: the server, the language, where the event stands and who runs it."""

    server: Server
    lang: str
    organizer: int

    @property
    def slug(self) -> str:
        return f"week-{self.lang}"

    @property
    def address(self) -> str:
        """The speaker's."""
        return f"speaker-{self.lang}@example.com"

    def office(self, rest: str = "") -> str:
        return f"/{self.lang}/o/roadshows/{self.slug}{rest}"

    def talk(self) -> tuple[str, datetime | None]:
        """Key of the speaker's session and when it begins in the draft."""
        with looking_into(self.server):
            rows = db.session.scalars(select(Session).join(Roadshow).where(Roadshow.slug == self.slug))
            row = next(one for one in rows if one.title.en == TALK["en"])
            return row.key, row.slot.starts_at if row.slot else None

    def mails(self) -> list[tuple[str, str, str]]:
        """Kind, text and calendar entries of what went to the speaker, oldest first."""
        with looking_into(self.server):
            of = select(Mail).where(Mail.address == self.address).order_by(Mail.id)
            return [(row.kind, row.body, row.calendar) for row in db.session.scalars(of)]

    def calendar(self, address: str) -> dict[str, icalendar.Event]:
        """What a calendar that subscribes to the address gets: UID -> event."""
        with urllib.request.urlopen(address, timeout=30) as answer:
            found = icalendar.Calendar.from_ical(answer.read())
        return {str(one["UID"]): one for one in found.walk("VEVENT")}


def fill_three(page: Page, field: str, texts: Mapping[str, str]) -> None:
    for lang, text in texts.items():
        page.locator(f"[name={field}-{lang}]").fill(text)


def submit(page: Page, week: Week, label: str, **values: Any) -> None:
    page.get_by_role("button", name=words(week.lang)(label, **values), exact=True).click()


def first_day() -> date:
    """A Monday, so that the week has no weekend in it."""
    ahead = clock.now().date() + timedelta(days=60)
    return ahead + timedelta(days=-ahead.weekday() % 7)


def make_the_week(page: Page, week: Week) -> None:
    """The preset, by its form; then it is made public."""
    page.goto(f"/{week.lang}/o/roadshows/new")
    press(page.locator("[name=start][value=two-cities]"), "Space")
    fill_three(page, "name", NAME)
    page.locator("[name=first_day]").fill(first_day().isoformat())
    page.locator("[name=slug]").fill(week.slug)
    series = page.locator("details:has([name=series_slug])")
    if series.get_attribute("open") is None:
        series.locator("summary").click()
    fill_three(page, "series_name", NAME)
    page.locator("[name=series_slug]").fill(f"series-{week.lang}")
    submit(page, week, "Make the roadshow")
    page.wait_for_url(f"**{week.office()}*")
    page.goto(week.office("/settings/state"))
    submit(page, week, "Publish the roadshow")
    expect(page.get_by_role("button", name=words(week.lang)("Close the roadshow"))).to_be_visible()


def add_people_and_a_talk(page: Page, week: Week) -> None:
    """A speaker, an interpreter and the speaker's session by the pages; further sessions beneath them."""
    for name, task in ((SPEAKER, "speaker"), (INTERPRETER, "interpreter")):
        page.goto(week.office(f"/people/new?as={task}"))
        page.locator("[name=name]").fill(name)
        if task == "speaker":
            page.locator("[name=email]").fill(week.address)
            page.locator("[name=language]").select_option(week.lang)
        else:
            press(page.locator("[name=pairs][value=ko-zh]"), "Space")
        submit(page, week, "Add")
        expect(page.locator("h1")).to_contain_text(name)
    page.goto(week.office("/program/new"))
    fill_three(page, "title", TALK)
    page.locator("[name=minutes]").fill("20")
    page.locator("[name=language]").select_option("zh")
    page.locator("#speakers-0").select_option(index=1)
    submit(page, week, "Add")
    expect(page.locator("main")).to_contain_text(TALK[week.lang])
    with looking_into(week.server):
        roadshow = db.session.scalars(select(Roadshow).where(Roadshow.slug == week.slug)).one()
        for number in range(FURTHER):
            session = factories.session(roadshow, city_id=roadshow.cities[number % 2].id)
            speak(session, factories.speaker(roadshow))
        db.session.commit()


def plan_the_rest(page: Page, week: Week) -> None:
    say = words(week.lang)
    page.goto(week.office("/agenda"))
    no_barriers(page)
    expect(page.locator("[data-waiting-count]")).to_have_text(str(FURTHER + 1))
    press(page.get_by_role("link", name=say("Plan the rest")), "Enter")
    press(page.get_by_role("button", name=say("Compute a proposal")), "Enter")
    apply = page.get_by_role("button", name=say("Apply"), exact=True)
    expect(apply).to_be_visible(timeout=PLANNED)
    press(apply, "Enter")
    page.wait_for_url(f"**{week.office('/agenda')}")
    expect(page.locator("[data-waiting-count]")).to_have_text("0")


def settle_what_is_wrong(page: Page) -> None:
    """The preset's own sessions have no interpreter: the first way out of each conflict is taken, by keys."""
    problems, ways = page.locator("#agenda [data-mend]"), page.locator("#ways button")
    for _problem in range(problems.count()):
        press(problems.first, "Enter")
        expect(ways.first).to_be_visible()
        expect(page.locator("#ways")).to_contain_text(INTERPRETER)
        with one_step(page):
            press(ways.first, "Enter")
        expect(ways).to_have_count(0)
    expect(page.locator("[data-conflicts] .is-hard")).to_have_count(0)


def move(page: Page, week: Week) -> tuple[datetime, datetime]:
    """By keys: pick up, look around, let it be; pick up, next free time, drop. Returns old and new time."""
    key, before = week.talk()
    title = TALK[week.lang]
    assert before is not None
    session = page.locator(f"#s-{key} button[data-handle]")
    press(session, "Enter")
    expect(page.locator("td.is-free").first).to_be_visible()
    expect(live(page)).to_contain_text(title)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator(".is-carried")).to_have_count(0)
    assert week.talk()[1] == before
    page.keyboard.press("Enter")
    expect(page.locator("td.is-free").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("f")
    expect(page.locator("td.is-target.is-free")).to_have_count(1)
    with one_step(page):
        page.keyboard.press("Enter")
    after = week.talk()[1]
    assert after is not None
    assert after != before
    return before, after


def publish(page: Page, week: Week, number: int) -> None:
    """From the editor: who is told is named, then the version is published."""
    say = words(week.lang)
    press(page.get_by_role("link", name=say("Publish…")), "Enter")
    expect(page.locator(".agenda-told")).to_contain_text(SPEAKER)
    no_barriers(page)
    press(page.get_by_role("button", name=say("Publish version %(number)d", number=number)), "Enter")
    page.wait_for_url(f"**/versions/{number}")


def personal_calendar(page: Page, people: People, week: Week) -> str:
    """The link to the own page goes out by mail; there the speaker makes the calendar's secret address."""
    with looking_into(week.server):
        of = select(Participant).where(Participant.email == week.address)
        key = db.session.scalars(of).one().key
    page.goto(week.office(f"/people/{key}"))
    press(page.get_by_role("button", name=words(week.lang)("Send the link"), exact=True), "Enter")
    expect(page.locator("#flash").filter(has_text=week.address)).to_be_visible()
    link = next(
        found[0] for _kind, text, _calendar in week.mails() if (found := re.findall(r"\S+/my/\S+", text))
    )
    own = people.window(lang=week.lang)
    own.goto(link)
    expect(own.locator(".my-lines")).to_contain_text(TALK[week.lang])
    press(own.get_by_role("button", name=words(week.lang)("Make my calendar address")), "Enter")
    return own.locator(".calendar-address code").inner_text()


def on_clocks(moment: datetime) -> list[str]:
    return [f"{moment.astimezone(city):%H:%M}" for city in CITIES]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_week_in_two_cities(people: People, server: Server, lang: str) -> None:
    with looking_into(server):
        organizer = make.organizer(make.edition(), language=lang).id
        db.session.commit()
    week = Week(server, lang, organizer)
    page = people.window(organizer, lang=lang)
    make_the_week(page, week)
    add_people_and_a_talk(page, week)
    plan_the_rest(page, week)
    settle_what_is_wrong(page)
    _before, first = move(page, week)
    publish(page, week, 1)

    feed = personal_calendar(page, people, week)
    everybody = f"{server.url}/roadshows/{week.slug}/calendar.ics?lang={lang}"
    (uid, own), *others = week.calendar(feed).items()
    assert others == []
    assert own["DTSTART"].dt.astimezone(UTC) == first
    assert str(own["SUMMARY"]) == TALK[lang]
    told = week.calendar(everybody)
    assert told[uid]["DTSTART"].dt.astimezone(UTC) == first
    assert len(told) > FURTHER + 1
    reader = people.window(lang=lang)
    reader.goto(f"/{lang}/roadshows/{week.slug}/agenda")
    expect(reader.get_by_role("link", name=TALK[lang])).to_be_visible()
    no_barriers(reader)

    page.goto(week.office("/agenda"))
    old, new = move(page, week)
    assert old == first
    publish(page, week, 2)
    for address in (feed, everybody):
        moved = week.calendar(address)[uid]
        assert moved["DTSTART"].dt.astimezone(UTC) == new
        assert int(moved["SEQUENCE"]) == int(own["SEQUENCE"]) + 1
    kind, text, calendar = week.mails()[-1]
    assert kind == "roadshow_program"
    (invitation,) = icalendar.Calendar.from_ical(calendar).walk("VEVENT")
    assert (invitation["UID"], invitation["DTSTART"].dt.astimezone(UTC)) == (uid, new)
    until, since = words(lang)("Until now:"), words(lang)("From now on:")
    for label, moment in ((until, old), (since, new)):
        line = next(line for line in text.splitlines() if line.startswith(label))
        for time in on_clocks(moment):
            assert time in line
