"""Every page of the site on a phone, in the three languages: it fits, has one heading and a title, names all
its controls and speaks one language. And: keyboard focus can be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Page

from config import ROOT
from core.languages import LANGUAGES as CORE_LANGUAGES
from tests.browser import demo, roadshow_pages
from tests.browser.conftest import FOLDERS, HTML_LANG, LANGUAGES, PHONE, People
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

NO_PAGES = {
    "accounts.menu",  # a fragment
    "accounts.export",
    "agenda_office.conflicts",  # fragments of the editor
    "agenda_office.progress",
    "certificate_office.pdf",
    "certificate_office.team_pdf",
    "contestant.file",
    "contestant.receipt_pdf",
    "contestant.version_file",
    "feedback.own_json",
    "door.worker",
    "door_office.counts",
    "feedback.sheet",
    "guest_my.data",
    "guest_office.badge_pdf",
    "guest_office.badges_pdf",
    "guest_office.door_list_pdf",
    "guest_office.import_template",
    "judge.document",
    "judge_samples.document",
    "organizer.document",
    "organizer.import_template",
    "organizer.version_document",
    "results_office.picture",
    "roadshow_office.export",
    "roadshow_office.material",
    "roadshow_office.photo",
    "roadshow_office.venue_map",
    "samples_office.document",
}
"""Downloads and fragments."""

ONLY_ON_THE_WAY = {
    "accounts.confirm",
    "accounts.confirm_by_link",
    "accounts.confirm_link",
    "accounts.new_email",
    "accounts.new_email_link",
    "accounts.reset",
    "accounts.reset_link",
    "certificates.check",  # has its address from `demo.check`
    "results_office.answer",
    "results_office.discard",
    "what_if.page",
}
"""Pages that exist only while something is going on: a code sent, an objection raised, a version signed, a
round not decided yet."""

AFTER_SUBMISSION = {
    "contestant.receipt",
    "contestant.version",
    "contestant.versions",
    "results.own",
}
VARIANTS = {
    "kind": ("dates", "tracks", "divisions", "rounds", "prizes"),
    "purpose": ("publication",),
}
STATUS = {"/e/nothing": 404, "/o/demo": 403}
"""Addresses that a contestant is refused, to see the pages that say so."""

OWN_NAME = "English"
"""What the language calls itself where one is chosen, though the interface has a word for it elsewhere."""

ZONES = available_timezones()
"""Clocks are named after places; their names are the same in every language."""

FACTS = (Path(__file__).parent / "facts.js").read_text(encoding="utf-8")
FOCUS = """() => {
  const here = document.activeElement;
  if (here === document.body) return "";
  const style = getComputedStyle(here);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5;
  const box = here.getBoundingClientRect();
  const shown = (outlined || style.boxShadow !== "none") && box.width > 0 && box.height > 0;
  return shown ? "shown" : here.outerHTML.slice(0, 120);
}"""


@pytest.fixture(scope="package")
def world(server: Server, plan_pdf: Path) -> Iterator[demo.Demo]:
    with pytest.MonkeyPatch.context() as patch:
        yield demo.load(server, plan_pdf, patch)


@cache
def english(lang: str) -> frozenset[str]:
    """The texts of the interface that are said otherwise in `lang`; a language's own name is not."""
    own = {name for _tag, _folder, name in CORE_LANGUAGES.values()}
    with (ROOT / "translations" / FOLDERS[lang] / "LC_MESSAGES" / "messages.po").open("rb") as file:
        messages = list(read_po(file))
    return frozenset(
        message.id
        for message in messages
        if isinstance(message.id, str) and message.string != message.id and message.id not in own
    )


def addresses(server: Server, world: demo.Demo, role: str) -> list[str]:
    """The path (without language) of every page that is `role`'s to look at."""
    found = []
    urls = server.app.url_map.bind("localhost")
    for rule in server.app.url_map.iter_rules():
        skipped = rule.endpoint in NO_PAGES | ONLY_ON_THE_WAY | roadshow_pages.NO_PAGES
        if "lang" not in rule.arguments or "GET" not in (rule.methods or ()) or skipped:
            continue
        if role not in roles_of(rule.endpoint, str(rule).removeprefix("/<lang:lang>")):
            continue
        wanted = rule.arguments - {"lang"}
        parts = world.parts[role]
        values_of = {name: demo.value(parts, rule.endpoint, name) or VARIANTS.get(name) for name in wanted}
        for values in variants(values_of):
            assert None not in values.values(), f"{rule}: no value for {values}"
            found.append(urls.build(rule.endpoint, {"lang": "zh", **values}).removeprefix("/zh"))
    return sorted(set(found))


def variants(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A page for each value of a part that has several; `part` may depend on it."""
    several = next((name for name, value in values.items() if isinstance(value, tuple)), None)
    if several is None:
        yield values
        return
    for choice in values[several]:
        chosen = {**values, several: choice}
        if isinstance(values.get("part"), dict):
            chosen["part"] = values["part"][choice]
        yield from variants(chosen)


def roles_of(endpoint: str, path: str) -> set[str]:
    if path.startswith("/admin") or endpoint in ("organizer.new_edition", "organizer.new_contest"):
        return {"admin"}
    if endpoint == "organizer.clone":
        return {"admin"}
    if path.startswith("/o"):
        return {"organizer"}
    if endpoint.startswith("head_judge."):
        return {"head judge"}
    if path.startswith("/j"):
        return {"judge"}
    if path.startswith("/me"):
        return {"winner"}
    if endpoint == "contestant.hub":
        return {"winner", "newcomer"}
    if endpoint in AFTER_SUBMISSION:
        return {"winner"}
    if "/team/" in path or endpoint == "contestant.register":
        return {"newcomer"}
    return {"visitor"}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_fits_a_phone_and_speaks_one_language(
    lang: str, server: Server, people: People, world: demo.Demo
) -> None:
    problems = []
    seen = 0
    for role in world.parts:
        page = people.window(world.people.get(role), lang=lang, size=PHONE)
        paths = addresses(server, world, role)
        if role == "visitor":
            paths.append(world.check)
        if role == "newcomer":
            paths += STATUS
        for path in paths:
            answer = page.goto(f"/{lang}{path}", wait_until="domcontentloaded")
            assert answer is not None
            expected = STATUS.get(path, 200) if role == "newcomer" else 200
            if answer.status != expected:
                problems.append(f"{path}: {answer.status} instead of {expected} for {role}")
                continue
            problems += [f"{path}: {text}" for text in wrong(page, lang)]
            seen += 1
        page.context.close()
    assert not problems, "\n".join(problems)
    assert seen > 80


def wrong(page: Page, lang: str) -> Iterator[str]:
    """What is wrong with the page at hand."""
    facts = page.evaluate(FACTS)
    if facts["lang"] != HTML_LANG[lang]:
        yield f"lang is {facts['lang']}"
    if facts["headings"] != 1:
        yield f"{facts['headings']} h1"
    if len(facts["title"].split(" · ")[0]) < 2:
        yield f"title is {facts['title']!r}"
    if facts["width"] > PHONE["width"]:
        yield f"{facts['width']} px wide"
    for what in ("nameless", "twice"):
        if facts[what]:
            yield f"{what}: {facts[what]}"
    if facts["pictures"]:
        yield "a picture without alternative text"
    if lang != "en":
        yield from (f"English: {text[:80]!r}" for text in facts["texts"] if is_english(text, lang))


def is_english(text: str, lang: str) -> bool:
    """A text of the interface left in English, or two words of running English (names are capitalized)."""
    if text == OWN_NAME or text.replace(" ", "_") in ZONES:
        return False
    return text in english(lang) or re.search(r"\b[A-Za-z]{2,} [a-z]{2,}\b", text) is not None


def test_what_counts_as_english() -> None:
    """The check above finds single words, sentences and their rests, and lets names be."""
    for text in ("Sign in", "Settings", "8 entries were returned", "PNG or JPEG, 5 MB"):
        assert is_english(text, "zh")
        assert is_english(text, "ko")
    names = ("노을 Lab", "Seabridge Yanxing Lab", "PDF", "SHA-256", "America/Port of Spain")
    for text in ("登录", "首尔 UTC+9", *names):
        assert not is_english(text, "zh")


TAB_STOPS = {
    "visitor": ("/", "/sign-in", "/e/demo/results/final", "/roadshows"),
    "newcomer": ("/me/profile",),
    "organizer": ("/o/demo/entries", "/o/demo/settings"),
}


def test_keyboard_focus_is_visible(people: People, world: demo.Demo) -> None:
    """Going through a page by Tab, what has the focus shows it by an outline or a shadow."""
    problems = []
    for role, paths in TAB_STOPS.items():
        page = people.window(world.people.get(role))
        for path in paths:
            page.goto(f"/en{path}")
            page.evaluate("() => document.activeElement?.blur()")
            for _stop in range(20):
                page.keyboard.press("Tab")
                found = page.evaluate(FOCUS)
                if found == "":
                    break
                if found != "shown":
                    problems.append(f"{path}: {found}")
    assert not problems, "\n".join(problems)
