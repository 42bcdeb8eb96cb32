"""What comes from elsewhere is exactly what the lock file says, and no page asks another host for a thing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from config import ROOT

pytestmark = pytest.mark.no_database

VENDOR = ROOT / "static" / "vendor"
LOCK = VENDOR / "vendor.lock.json"

TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
OWN_STATIC = sorted(
    path
    for path in (ROOT / "static").rglob("*")
    if path.suffix in {".css", ".js", ".svg", ".json", ".html"} and VENDOR not in path.parents
)

# Names of XML vocabularies look like addresses and are never fetched.
_VOCABULARY = re.compile(r"http://www\.w3\.org/(2000/svg|1999/xlink|1999/xhtml)")
_OTHER_HOST = re.compile(r"\b(?:https?|wss?|ftp):/{2}[\w{]|[\"'(=]\s*/{2}[\w{]", re.IGNORECASE)
_INLINE = {
    "a script without a file": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"\son[a-z]{3,}\s*=", re.IGNORECASE),
    "an htmx event attribute": re.compile(r"\bhx-on\b", re.IGNORECASE),
    "a javascript address": re.compile(r"[\"'{:\s](?:javascript|js):[\w({]", re.IGNORECASE),
    "a trigger with a condition in code": re.compile(r"hx-trigger=[\"'][^\"']*\["),
}


def _packages() -> list[dict[str, object]]:
    return json.loads(LOCK.read_text(encoding="utf-8"))["packages"]


def _locked() -> dict[str, str]:
    return {file["path"]: file["sha384"] for package in _packages() for file in package["files"]}  # type: ignore[attr-defined]


def _sha384(path: Path) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def _without_comments(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix in {".html", ".txt"}:
        return re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    return text


def test_every_vendored_file_is_the_locked_one() -> None:
    held = {
        path.relative_to(VENDOR).as_posix(): _sha384(path)
        for path in VENDOR.rglob("*")
        if path.is_file() and path != LOCK
    }
    assert held == _locked()


def test_every_vendored_package_has_its_licence_and_the_version_of_package_json() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert {package["name"]: package["version"] for package in _packages()} == wanted
    for package in _packages():
        assert any(file["from"] == "LICENSE" for file in package["files"])  # type: ignore[attr-defined]
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", str(package["integrity"]))


@pytest.mark.parametrize("path", TEMPLATES + OWN_STATIC, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_refers_to_another_host(path: Path) -> None:
    text = _VOCABULARY.sub("", _without_comments(path))
    assert not _OTHER_HOST.findall(text)


@pytest.mark.parametrize(
    "path",
    [path for path in TEMPLATES if path.suffix == ".html"]
    + [path for path in OWN_STATIC if path.suffix in {".svg", ".html"}],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_no_page_holds_inline_script_or_style(path: Path) -> None:
    text = _without_comments(path)
    assert [what for what, pattern in _INLINE.items() if pattern.search(text)] == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<script>alert(1)</script>", "a script without a file"),
        ('<p style="color: red">', "a style attribute"),
        ('<button onclick="x()">', "an event attribute"),
        ('<a href="javascript:x()">', "a javascript address"),
        ('<i hx-on:click="x()">', "an htmx event attribute"),
        ("<i hx-vals='js:{a: 1}'>", "a javascript address"),
    ],
)
def test_the_search_for_inline_code_finds_it(text: str, what: str) -> None:
    assert what in [name for name, pattern in _INLINE.items() if pattern.search(text)]


@pytest.mark.parametrize(
    "text",
    [
        'src="//cdn.example/x.js"',
        "url(https://fonts.example/x)",
        "href='http://{{ host }}/'",
        "@import '//x'",
    ],
)
def test_the_search_for_other_hosts_finds_them(text: str) -> None:
    assert _OTHER_HOST.search(_VOCABULARY.sub("", text))


def test_htmx_is_told_to_write_no_styles_and_to_run_no_code() -> None:
    head = (ROOT / "templates" / "layout" / "assets.html").read_text(encoding="utf-8")
    content = re.search(r"<meta name=\"htmx-config\" content='([^']+)'>", head)
    assert content
    told = json.loads(content[1])
    assert told["includeIndicatorCSS"] is False
    assert told["extensions"] == "no-eval"
    assert head.index("htmx.min.js") < head.index("htmx_no_eval.js")
    assert 'registerExtension("no-eval"' in (ROOT / "static/js/htmx_no_eval.js").read_text(encoding="utf-8")
    # The names stand in the very file that is served, so an update of htmx that drops them is noticed.
    htmx = (VENDOR / "htmx" / "htmx.min.js").read_text(encoding="utf-8")
    assert all(
        name in htmx for name in ("includeIndicatorCSS", "initSecurity", "htmx-config", 'version="4.0.1"')
    )
