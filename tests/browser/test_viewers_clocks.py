"""Sessions on either side of midnight, as they are read in four cities of the world."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from core.db import db
from tests.browser.conftest import People, words
from tests.roadshows import agenda_contents as agendas
from tests.roadshows import factories as make
from tests.serving import Server, looking_into

pytestmark = [pytest.mark.browser, pytest.mark.server]
DAYS = {
    "zh": ("6月10日 周三", "6月11日 周四"),
    "ko": ("6월 10일 (수)", "6월 11일 (목)"),
    "en": ("Wed, Jun 10", "Thu, Jun 11"),
}


@dataclass(frozen=True)
class Viewer:
    """Where somebody sits, and what the own clock adds to the sessions at 23:30 and 00:15 in Seoul: nothing,
    where the page says it already. page: what the venues' clocks show, the same for everybody."""

    zone: str
    lang: str
    page: tuple[str, str]
    own: tuple[str, str] | None


VIEWERS = (
    Viewer(
        "Asia/Seoul",
        "ko",
        (
            "23:30–6월 11일 (목) 00:10 서울·22:30–23:10 옌타이",
            "00:15–00:55 서울·6월 10일 (수) 23:15–23:55 옌타이",
        ),
        None,
    ),
    Viewer(
        "Asia/Shanghai",
        "zh",
        ("23:30–6月11日 周四 00:10 首尔·22:30–23:10 烟台", "00:15–00:55 首尔·6月10日 周三 23:15–23:55 烟台"),
        None,
    ),
    Viewer(
        "UTC",
        "en",
        (
            "23:30–Thu, Jun 11 00:10 Seoul·22:30–23:10 Yantai",
            "00:15–00:55 Seoul·Wed, Jun 10 23:15–23:55 Yantai",
        ),
        ("Jun 10, 14:30", "Jun 10, 15:15"),
    ),
    Viewer(
        "America/Los_Angeles",
        "en",
        (
            "23:30–Thu, Jun 11 00:10 Seoul·22:30–23:10 Yantai",
            "00:15–00:55 Seoul·Wed, Jun 10 23:15–23:55 Yantai",
        ),
        ("Jun 10, 07:30", "Jun 10, 08:15"),
    ),
)


@pytest.fixture(scope="module")
def slug(server: Server) -> str:
    """An event with a session that begins at 23:30 in Seoul and one at 00:15, when it is the evening before
    in Yantai."""
    with looking_into(server):
        roadshow = make.roadshow(slug="midnight")
        make.yantai(roadshow)
        agendas.publish(
            roadshow,
            agendas.session("lateevening2", "2026-06-10T23:30+09:00", minutes=40),
            agendas.session("justafter222", "2026-06-11T00:15+09:00", minutes=40),
        )
        db.session.commit()
    return "midnight"


@pytest.mark.parametrize("viewer", VIEWERS, ids=[one.zone for one in VIEWERS])
def test_the_day_and_the_hour_are_right_wherever_the_viewer_sits(
    people: People, slug: str, viewer: Viewer
) -> None:
    page = people.window(lang=viewer.lang, zone=viewer.zone)
    page.goto(f"/{viewer.lang}/roadshows/{slug}/agenda")
    days = page.locator("section.agenda-day")
    expect(days).to_have_count(2)
    for number, key in enumerate(("lateevening2", "justafter222")):
        expect(days.nth(number).locator("h2")).to_contain_text(DAYS[viewer.lang][number])
        session = days.nth(number).locator(f"#session-{key}")
        expect(session.locator(".readings")).to_have_text(viewer.page[number])
        own = session.locator(".own-time")
        if viewer.own is None:
            expect(own).to_have_count(0)
        else:
            word = words(viewer.lang)("by your own clock")
            expect(own).to_have_text(f"{viewer.own[number]} {word}")
