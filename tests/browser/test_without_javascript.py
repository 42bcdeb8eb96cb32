"""The contestant's way without JavaScript: register, write, upload, submit: forms and pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.db import db
from tests import factories
from tests.browser.conftest import LAPTOP, People, words
from tests.browser.world import build
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


def test_a_team_registers_and_submits_without_javascript(
    server: Server, people: People, plan_pdf: Path
) -> None:
    say = words("ko")
    edition = build(server, "ko", name="plain").edition
    with server.app.app_context():
        captain = factories.person(language="ko", name="한지민", name_latin="Han Jimin").id
        db.session.commit()
    page = people.window(captain, lang="ko", size=LAPTOP, javascript=False)

    page.goto(f"/ko/e/{edition}/register")
    page.locator("[name=name]").fill("노을 Lab")
    page.locator("[name=country][value=KR]").check(force=True)
    page.locator("[name=affiliation]").fill("한강대학교")
    page.get_by_role("button", name=say("Register the team")).click()
    expect(page.locator("#standing")).to_contain_text(say("Not yet submitted"))
    hub = page.url

    page.goto(f"{hub}/entry")
    page.locator("[name=title-ko]").fill("바다 유리")
    page.locator("[name=summary-ko]").fill("버려진 유리를 다시 씁니다.")
    page.locator("[name=track]").select_option("ai")
    page.locator("[name=stage]").select_option(index=1)
    page.locator("[name=video_url]").fill("http://example.com/")
    page.get_by_role("button", name=say("Save and go on")).click()
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("[name=title-ko]")).to_have_value("바다 유리")
    page.locator("[name=video_url]").fill("https://example.com/")
    page.locator("[name=sector]").fill("환경")
    page.get_by_role("button", name=say("Save and go on")).click()

    page.locator("#file-business_plan").set_input_files(plan_pdf)
    page.locator("#business_plan form.upload button").click()
    expect(page.locator("#business_plan")).to_contain_text("plan.pdf")
    page.goto(f"{hub}/submit")
    page.get_by_role("button", name=say("Submit now")).click()  # without the pledge
    expect(page.locator(".error-summary")).to_be_visible()
    page.locator("[name=pledged]").check()
    page.get_by_role("button", name=say("Submit now")).click()
    expect(page.locator("#receipt-number")).to_have_text(re.compile(r"CUP-PLAIN-\d+-000001"))
