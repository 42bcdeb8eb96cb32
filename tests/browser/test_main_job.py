"""The whole job by hand and keyboard, once in each language: from signing up to the certificate on paper.

Everybody has a browser of their own: the captain, a teammate, an organizer, a judge who came by link, an
auditor, and a visitor without a cookie.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from certificates.operations import render_job
from core import clock
from core.db import db
from core.models import Mail
from judging.models import Judge, Result, ScoreSheet
from tests.browser.conftest import HTML_LANG, LANGUAGES, People, words
from tests.browser.world import EDITION, PRIZE, World, build, edition_of
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


@dataclass(frozen=True)
class Captain:
    name: str
    latin: str
    country: str
    team: str
    title: str
    teammate: str


CAPTAINS = {
    "zh": Captain("欧阳雨桐", "Ouyang Yutong", "CN", "芙蓉创新队", "智慧康养", "诸葛亮亮"),
    "ko": Captain("김서준", "Kim Seojun", "KR", "무궁화창업팀", "똑똑한 돌봄", "이하은"),
    "en": Captain("Emily Carter", "Emily Carter", "CN", "Rosewater Labs", "Kind Care", "Jo Li"),
}
BEST_FIGURES = ("9.5", "9", "10"), "38"
OTHER_FIGURES = ((("７．５", "８", "６"), "29"), (("6.5", "7", "5"), "25"))
SUMMARY = "让照护更安心。 안심 돌봄. Care at ease."


@dataclass
class Walk:
    """What every step knows, and where the steps before have led."""

    server: Server
    people: People
    lang: str
    world: World
    captain: Captain
    plan: Path

    @property
    def email(self) -> str:
        return f"captain-{self.lang}@example.com"

    def say(self, text: str, **values: Any) -> str:
        return words(self.lang)(text, **values)

    def at(self, path: str) -> str:
        return f"/{self.lang}{path}"

    def window(self, person_id: int | None = None) -> Page:
        return self.people.window(person_id, lang=self.lang)

    def press(self, page: Page, text: str, **values: Any) -> None:
        page.get_by_role("button", name=self.say(text, **values), exact=True).click()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_from_signing_up_to_the_certificate(
    lang: str, server: Server, people: People, plan_pdf: Path, tmp_path: Path
) -> None:
    walk = Walk(server, people, lang, build(server, lang), CAPTAINS[lang], plan_pdf)
    captain = walk.window()
    sign_up(walk, captain)
    hub = form_a_team(walk, captain)
    invite_a_member(walk, captain, hub)
    fill_the_entry(walk, captain, hub)
    submit(walk, captain, hub)
    organizer = walk.window(walk.world.organizer)
    accept(walk, organizer)
    judge = appoint_a_judge(walk, organizer)
    assign(walk, organizer)
    score_by_keyboard(walk, judge)
    finalize(walk, organizer)
    auditor = walk.window(walk.world.auditor)
    sign(walk, auditor)
    visitor = walk.window()
    publish(walk, organizer, visitor)
    seen_by(walk, visitor)
    let_the_notice_period_end(walk, organizer)
    issue_certificates(walk, organizer)
    address = take_the_certificate_home(walk, captain, hub, tmp_path)
    check_the_certificate(walk, visitor, address, "Valid")
    revoke(walk, organizer)
    check_the_certificate(walk, walk.window(), address, "Revoked")


def sign_up(walk: Walk, page: Page) -> None:
    """From the edition's page to a confirmed account; the code comes by mail."""
    page.goto(walk.at(f"/e/{walk.world.edition}"))
    expect(page.locator("html")).to_have_attribute("lang", HTML_LANG[walk.lang])
    page.locator(f'main a[href$="/e/{walk.world.edition}/register"]').first.click()
    expect(page.locator("h1")).to_have_text(walk.say("Sign in"))
    page.locator('main a[href*="/sign-up"]').click()
    page.locator("[name=email]").fill(walk.email)
    page.locator("[name=password]").fill("芙蓉 무궁화 hibiscus")
    page.locator("[name=name]").fill(walk.captain.name)
    page.locator("[name=name_latin]").fill(walk.captain.latin)
    page.locator("[name=birth_year]").press_sequentially("１９９８")
    expect(page.locator("[name=birth_year]")).to_have_value("1998")
    page.locator("[name=country]").select_option(walk.captain.country)
    walk.press(page, "Create the account")  # without the consents
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value(walk.captain.name)
    page.locator("[name=password]").fill("芙蓉 무궁화 hibiscus")
    page.locator("[name=processing]").check()
    page.locator("[name=transfer_abroad]").check()
    walk.press(page, "Create the account")
    expect(page.locator("h1")).to_have_text(walk.say("Confirm your e-mail"))
    page.locator("[name=code]").fill(code_from_mail(walk))
    walk.press(page, "Confirm")
    expect(page).to_have_url(f"{walk.server.url}{walk.at(f'/e/{walk.world.edition}/register')}")


def code_from_mail(walk: Walk) -> str:
    with walk.server.app.app_context():
        mail = db.session.scalars(
            select(Mail).where(Mail.address == walk.email, Mail.kind == "confirm_email")
        ).one()
        assert mail.language == walk.lang
        code = "".join(character for character in mail.subject if character.isdigit())
    assert len(code) == 6
    return code


def form_a_team(walk: Walk, page: Page) -> str:
    """Register the team; answers with the path of its page."""
    page.locator("[name=name]").fill(walk.captain.team)
    choose(page, "country", walk.captain.country)
    page.locator("[name=affiliation]").fill("蓉城科技大学")
    page.locator("[name=shown_publicly]").check()
    walk.press(page, "Register the team")
    expect(page.locator("h1")).to_contain_text(walk.captain.team)
    expect(page.locator("#standing")).to_contain_text(walk.say("Not yet submitted"))
    return page.url.removeprefix(walk.server.url)


def invite_a_member(walk: Walk, page: Page, hub: str) -> None:
    """The captain hands a link over; the teammate opens it, agrees and is in, without a password."""
    page.goto(f"{hub}/members")
    page.locator("[name=name]").fill(walk.captain.teammate)
    walk.press(page, "Invite")
    link = page.locator("input[readonly]").input_value()
    assert link.startswith(f"{walk.server.url}/{walk.lang}/invitation/")
    teammate = walk.window()
    teammate.goto(link)
    expect(teammate.locator("[name=name]")).to_have_value(walk.captain.teammate)
    teammate.locator("[name=email]").fill(f"mate-{walk.email}")
    teammate.locator("[name=processing]").check()
    teammate.locator("[name=transfer_abroad]").check()
    walk.press(teammate, "Accept the invitation")
    expect(teammate).to_have_url(f"{walk.server.url}{hub}")
    page.reload()
    expect(page.get_by_role("row").filter(has_text=walk.captain.teammate)).to_contain_text(
        walk.say("Confirmed")
    )


def fill_the_entry(walk: Walk, page: Page, hub: str) -> None:
    """What is typed is saved without a button; the plan is uploaded; still it is loudly not submitted."""
    page.goto(f"{hub}/entry")
    page.locator(f"[name=title-{walk.lang}]").fill(walk.captain.title)
    page.locator(f"[name=summary-{walk.lang}]").fill(
        f"{walk.captain.title}: 让照护更安心 · 안심 돌봄 · Care at ease."
    )
    page.locator("[name=track]").select_option("ai")
    page.locator("[name=stage]").select_option(index=1)
    page.locator("[name=sector]").fill("养老 · 돌봄 · care")
    saved = re.escape(walk.say("Draft saved %(time)s. Not submitted.", time="00:00"))
    expect(page.locator("#saved")).to_have_text(re.compile(saved.replace("00:00", r"\d\d:\d\d")))
    page.goto(f"{hub}/entry")
    expect(page.locator(f"[name=title-{walk.lang}]")).to_have_value(walk.captain.title)
    expect(page.locator("[name=sector]")).to_have_value("养老 · 돌봄 · care")
    page.goto(f"{hub}/documents")
    page.locator("#file-business_plan").set_input_files(walk.plan)
    page.locator("#business_plan form.upload").locator("button").click()
    expect(page.locator("#business_plan")).to_contain_text("plan.pdf")
    expect(page.locator("#standing")).to_contain_text(walk.say("Not yet submitted"))


def submit(walk: Walk, page: Page, hub: str) -> None:
    """The pledge, the receipt on the screen, in the inbox, and as a document."""
    page.goto(hub)
    page.get_by_role("link", name=walk.say("Check and submit")).first.click()
    page.locator("[name=pledged]").check()
    walk.press(page, "Submit now")
    number = page.locator("#receipt-number").inner_text()
    expect(page.locator("article.receipt")).to_contain_text("plan.pdf")
    expect(page.locator("#standing")).not_to_contain_text(walk.say("Not yet submitted"))
    with page.expect_download() as started:
        page.get_by_role("link", name=walk.say("Receipt as PDF")).click()
    text = text_of(Path(started.value.path()))
    for piece in (number, walk.captain.team, walk.captain.title, walk.say("Submission receipt")):
        assert squeezed(piece) in squeezed(text)
    page.goto(walk.at("/me/inbox"))
    expect(page.locator("main")).to_contain_text(number)


def accept(walk: Walk, page: Page) -> None:
    """The organizer finds the entry in the list, reads it and accepts it."""
    page.goto(walk.at(f"/o/{walk.world.edition}/entries"))
    row = page.get_by_role("row").filter(has_text=walk.captain.team)
    expect(row).to_contain_text(walk.say("Submitted"))
    row.get_by_role("link").click()
    expect(page.locator("main")).to_contain_text(walk.captain.title)
    expect(page.locator("main")).to_contain_text("plan.pdf")
    walk.press(page, "Accept the entry")
    expect(page.locator("main .page-title")).to_contain_text(walk.say("Accepted"))


def appoint_a_judge(walk: Walk, page: Page) -> Page:
    """The organizer adds a judge and hands a link over; the judge opens it in a browser of her own."""
    page.goto(walk.at(f"/o/{walk.world.edition}/judging/judges/new"))
    page.locator("[name=name]").fill("정심사")
    page.locator("[name=affiliation-ko]").fill("한강투자")
    walk.press(page, "Save")
    walk.press(page, "Invite")
    judge = walk.window()
    judge.goto(page.locator("#invitation-url").input_value())
    judge.locator("[name=email]").fill(f"judge-{walk.lang}@example.com")
    judge.locator("[name=processing]").check()
    judge.locator("[name=transfer_abroad]").check()
    walk.press(judge, "Accept the invitation")
    expect(judge.locator("#flash")).to_be_visible()
    return judge


def assign(walk: Walk, page: Page) -> None:
    page.goto(walk.at(f"/o/{walk.world.edition}/judging/rounds/final/assignment"))
    walk.press(page, "Put them in")
    page.get_by_role("link", name=walk.say("Propose an assignment …"), exact=True).click()
    page.locator("[name=per_entry]").fill("1")
    walk.press(page, "Compute a proposal")
    expect(page.locator("main")).to_contain_text(
        walk.say("Proven: no better assignment exists under these rules.")
    )
    walk.press(page, "Apply")
    expect(page.get_by_role("row").filter(has_text="정심사")).to_have_count(3)
    walk.press(page, "Tell them")
    page.goto(walk.at(f"/o/{walk.world.edition}/judging/results/final"))
    expect(page.locator("main")).to_contain_text(walk.say("Not ready to be finalized"))
    expect(page.locator('form[action$="/finalize"]')).to_have_count(0)


def score_by_keyboard(walk: Walk, page: Page) -> None:
    """Three sheets without a mouse: figures, Enter or Tab to the next field, submit; the next entry comes by
    itself. On one sheet the figures come full-width, as an input method writes them.
    """
    page.goto(walk.at("/j"))
    page.locator(f'a[href$="/j/{walk.world.edition}/final"]').first.click()
    page.locator("main li a, main tbody a").first.click()
    for number in range(3):
        title = page.locator("h1").inner_text()
        best = walk.captain.title in title
        figures = (
            ("9.5", "9", "10") if best else (("７．５", "８", "６") if number % 2 else ("6.5", "7", "5"))
        )
        fields = page.locator("input.score-input")
        expect(fields.first).to_be_focused()
        for index, figure in enumerate(figures):
            page.keyboard.insert_text(figure)
            expect(fields.nth(index)).to_have_value(
                figure.translate(str.maketrans("０５６７８９．", "056789."))
            )
            page.keyboard.press("Enter" if number else "Tab")
        expect(page.locator("#total")).to_have_text("38" if best else ("29" if number % 2 else "25"))
        expect(page.locator("#comment")).to_be_focused()
        if number == 0:
            page.keyboard.insert_text("继续加油 · 응원합니다 · well done")
        expect(page.locator("#saved-text")).to_have_class("saved-good")
        for _step in range(12):
            if page.locator("#submit").evaluate("button => button === document.activeElement"):
                break
            page.keyboard.press("Tab")
        expect(page.locator("#submit")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#flash")).to_contain_text(title.splitlines()[0])
    assert page.url == f"{walk.server.url}{walk.at(f'/j/{walk.world.edition}/final')}"
    with walk.server.app.app_context():
        judge = db.session.scalars(select(Judge).where(Judge.edition_id == edition_of(walk.world).id)).one()
        sheets = db.session.scalars(select(ScoreSheet).where(ScoreSheet.judge_id == judge.id)).all()
        assert [sheet.state.value for sheet in sheets] == ["submitted"] * 3


def finalize(walk: Walk, page: Page) -> None:
    """The organizer freezes the ranking, and can't sign it too, neither on the page nor past it."""
    page.goto(walk.at(f"/o/{walk.world.edition}/judging/results/final"))
    walk.press(page, "Finalize the ranking")
    expect(page.locator("main")).to_contain_text(walk.say("Waiting for a second person"))
    page.get_by_role("link", name=walk.say("Look at this version")).click()
    expect(page.locator("h1")).to_contain_text(walk.say("Version %(number)d", number=1))
    expect(page.locator('form[action$="/sign"]')).to_have_count(0)
    refused = page.request.post(
        page.url + "/sign",
        form={
            "csrf_token": page.locator("[name=csrf_token]").first.get_attribute("value") or "",
            "once_key": "0123456789abcdef-sign",
            "sha256": page.locator("code.hash").first.inner_text(),
        },
        headers={"Referer": page.url},
    )
    assert refused.status == 403
    said = walk.say("You finalized this result. It has to be signed by an auditor or another organizer.")
    assert said in refused.text()


def sign(walk: Walk, page: Page) -> None:
    page.goto(walk.at(f"/o/{walk.world.edition}/judging/results/final"))
    page.get_by_role("link", name=walk.say("Read and sign")).click()
    expect(page.locator("main")).to_contain_text(walk.captain.team)
    walk.press(page, "Sign this version")
    expect(page.locator("#flash")).to_contain_text(
        walk.say("Version %(number)d is signed. It can be published now.", number=1)
    )


def publish(walk: Walk, page: Page, visitor: Page) -> None:
    """Nothing is to be seen before, and everybody is told then."""
    hidden = visitor.goto(walk.at(f"/e/{walk.world.edition}/results/final"))
    assert hidden is not None
    assert hidden.status == 404
    page.goto(walk.at(f"/o/{walk.world.edition}/judging/results/final"))
    walk.press(page, "Publish")
    expect(page.locator("#flash")).to_contain_text(
        walk.say("The result is published, and every team has been told.")
    )


def seen_by(walk: Walk, page: Page) -> None:
    """A visitor without a cookie, before and after, finds the ranking and the prize."""
    page.goto(walk.at(f"/e/{walk.world.edition}/results"))
    page.locator(f'main a[href$="/e/{walk.world.edition}/results/final"]').first.click()
    expect(page.locator("main")).to_contain_text(walk.say("This result is provisional"))
    first = page.locator("table.ranking tbody tr").first
    expect(first).to_contain_text(walk.captain.team)
    expect(first).to_contain_text("38")
    expect(page.locator("main")).to_contain_text(getattr(PRIZE, walk.lang))
    assert not page.context.cookies()


def let_the_notice_period_end(walk: Walk, page: Page) -> None:
    """Not final while the notice period runs; then by the button (or by the job, if that is quicker)."""
    address = walk.at(f"/o/{walk.world.edition}/judging/results/final")
    page.goto(address)
    button = page.get_by_role("button", name=walk.say("Make it final"))
    expect(button).to_have_count(0)
    page.goto(walk.at(f"/o/{walk.world.edition}/certificates"))
    expect(page.locator('form[action$="/certificates"]')).to_have_count(0)
    with walk.server.app.app_context():
        result = db.session.scalars(
            select(Result).where(Result.edition_id == edition_of(walk.world).id)
        ).one()
        result.notice_until = clock.now() - timedelta(seconds=1)
        db.session.commit()
    page.goto(address)
    if button.count():
        button.click()
    expect(page.locator("main .page-title")).to_contain_text(walk.say("Final result"))


def issue_certificates(walk: Walk, page: Page) -> None:
    page.goto(walk.at(f"/o/{walk.world.edition}/certificates"))
    walk.press(page, "Issue certificates")
    expect(page.get_by_role("row").filter(has_text=walk.captain.team)).to_contain_text(walk.say("Valid"))


def take_the_certificate_home(walk: Walk, page: Page, hub: str, folder: Path) -> str:
    """The winner downloads it: right words in each script. Answers with the address in its QR code."""
    with walk.server.app.app_context():
        render_job()  # as the server does every few seconds; done twice it changes nothing
    link = page.locator('main a[href$=".pdf"][href*="/certificates/"]')
    page.goto(hub)
    number = re.search(r"certificates/(.+)\.pdf", link.get_attribute("href") or "")
    assert number
    with page.expect_download() as started:
        link.click()
    path = folder / "certificate.pdf"
    started.value.save_as(path)
    text = squeezed(text_of(path))
    for piece in (*PRIZE.to_json().values(), *EDITION.to_json().values(), walk.captain.team, number[1]):
        assert squeezed(piece) in text, piece
    return qr_code_of(path)


def qr_code_of(pdf: Path) -> str:
    """What the code on the first page says, read from a picture of the page."""
    subprocess.run(
        ["pdftoppm", "-r", "200", "-f", "1", "-l", "1", "-png", str(pdf), str(pdf.with_suffix(""))],
        check=True,
    )
    picture = next(pdf.parent.glob(f"{pdf.stem}*.png"))
    with Image.open(picture) as image:
        found = zxingcpp.read_barcodes(image.convert("L"))
    assert len(found) == 1
    return str(found[0].text)


def check_the_certificate(walk: Walk, page: Page, address: str, state: str) -> None:
    """As the phone of somebody who scans it: the short address leads to the page in the phone's language."""
    assert address.startswith(f"{walk.server.url}/c/")
    page.goto(address)
    assert page.url.startswith(f"{walk.server.url}/{walk.lang}/c/")
    expect(page.locator(".check-state")).to_have_text(walk.say(state))
    expect(page.locator("h1")).to_have_text(walk.captain.team)
    expect(page.locator("main")).to_contain_text(getattr(PRIZE, walk.lang))
    assert not page.context.cookies()


def revoke(walk: Walk, page: Page) -> None:
    page.goto(walk.at(f"/o/{walk.world.edition}/certificates"))
    page.get_by_role("link", name=walk.say("Revoke"), exact=True).click()
    page.locator("[name=reason]").fill("测试 · 시험 · test")
    walk.press(page, "Revoke certificate")
    expect(page.get_by_role("row").filter(has_text=walk.captain.team)).to_contain_text(walk.say("Revoked"))


def choose(page: Page, name: str, value: str) -> None:
    """Click the card of a radio button: the whole card is its label."""
    button = page.locator(f'[name="{name}"][value="{value}"]')
    page.locator(f'label[for="{button.get_attribute("id")}"]').click()
    expect(button).to_be_checked()


def text_of(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True)
    return done.stdout.decode()


def squeezed(text: str) -> str:
    """Without white space: where a PDF breaks its lines is not what the text says."""
    return "".join(text.split())
