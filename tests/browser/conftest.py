"""A real Chromium on a real server: one of each for all tests of this folder, a context per person.

Every page is watched: a console error, a breach of the content security policy, a request to another host,
a broken subresource or an answer of 500 and more fails the test.
"""

from __future__ import annotations

import gettext
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)

from config import ROOT
from tests.serving import Server, browser_of, serving

LANGUAGES = ("zh", "ko", "en")
HTML_LANG = {"zh": "zh-Hans", "ko": "ko", "en": "en"}
LAPTOP = {"width": 1366, "height": 900}
PHONE = {"width": 360, "height": 740}
FOLDERS = {"zh": "zh_Hans", "ko": "ko", "en": "en"}
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_TELL_BREACHES = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} in ${event.sourceFile}`));
"""


@cache
def _catalog(lang: str) -> gettext.NullTranslations:
    return gettext.translation("messages", ROOT / "translations", [FOLDERS[lang]])


def words(lang: str) -> Callable[..., str]:
    """`say("Submit")`: the English text as the pages say it in `lang`; one without a translation fails."""

    def say(text: str, **values: Any) -> str:
        found = _catalog(lang).gettext(text)
        assert lang == "en" or found != text, f"no {lang} text for {text!r}"
        return found % values if values else found

    return say


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An installation of its own on an empty database."""
    with serving(tmp_path_factory.mktemp("browser") / "instance") as running:
        yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One Chromium for the folder."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What must not happen on any page, collected."""

    url: str
    seen: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("page", self._page)
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)

    def _page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.seen.append(f"{page.url}: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        # A refused document (403, 404) is what some tests are about; other broken loads `_response` sees.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.seen.append(f"{message.page.url if message.page else ''}: {message.text}")

    def _request(self, request: Request) -> None:
        own = request.url.startswith((f"{self.url}/", "data:", "blob:", "about:"))
        # Chromium's own PDF viewer is an extension.
        if not own and not request.url.startswith(("chrome-extension:", "chrome:")):
            self.seen.append(f"request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        if not response.url.startswith(self.url):
            return
        limit = 500 if response.request.resource_type in ("document", "fetch", "xhr") else 400
        if response.status >= limit:
            self.seen.append(f"{response.request.method} {response.url}: {response.status}")


@dataclass
class People:
    """Opens a window for a person (or for nobody) and watches it."""

    browser: Browser
    server: Server
    watch: Watch
    contexts: list[BrowserContext] = field(default_factory=list)

    def window(
        self,
        person_id: int | None = None,
        *,
        lang: str = "en",
        size: dict[str, int] | None = None,
        javascript: bool = True,
        zone: str | None = None,
    ) -> Page:
        """A fresh window of a browser that asks for `lang`, signed in as the person if one is given. zone:
        IANA, of the computer's clock."""
        context = self.browser.new_context(
            base_url=self.server.url,
            viewport=size or LAPTOP,  # type: ignore[arg-type]
            locale={"zh": "zh-CN", "ko": "ko-KR", "en": "en-US"}[lang],
            timezone_id=zone or ("Asia/Seoul" if lang == "ko" else "Asia/Shanghai"),
            java_script_enabled=javascript,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        context.set_default_timeout(20_000)
        if javascript:
            context.add_init_script(_TELL_BREACHES)
        self.watch.over(context)
        self.contexts.append(context)
        if person_id is not None:
            cookie = next(iter(browser_of(self.server, person_id).jar))
            context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": self.server.url}])
        return context.new_page()


@pytest.fixture
def people(chromium: Browser, server: Server) -> Iterator[People]:
    """Windows for this test; at its end all are closed, and what went wrong in any of them fails it."""
    watch = Watch(server.url)
    opened = People(chromium, server, watch)
    yield opened
    for context in opened.contexts:
        context.close()
    assert not watch.seen, "\n".join(watch.seen)


@pytest.fixture(scope="session")
def plan_pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small business plan, as a word processor would write it."""
    from pypdf import PdfWriter

    path = tmp_path_factory.mktemp("documents") / "plan.pdf"
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.add_metadata({"/Title": "Business plan"})
    with path.open("wb") as file:
        writer.write(file)
    return path
