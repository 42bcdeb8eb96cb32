"""The theme can be read by everyone: contrast of every pair of colors in use, light and dark; components."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from config import ROOT

CSS = ROOT / "static" / "css"
_COLOR = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})\s*;")

TEXT = [
    *((text, ground) for text in ("ink", "muted") for ground in ("paper", "surface", "sunken")),
    *((text, "celadon-tint") for text in ("ink", "celadon-deep")),
    *(
        (text, ground)
        for text in ("celadon", "celadon-deep", "rose", "crimson")
        for ground in ("paper", "surface")
    ),
    *((text, ground) for text in ("gold", "good", "warning", "bad") for ground in ("paper", "surface")),
    *((tone, f"{tone}-tint") for tone in ("gold", "good", "warning", "bad")),
    *(("ink", f"{tone}-tint") for tone in ("gold", "good", "warning", "bad", "rose")),
    *((f"on-ripe-{step}", f"ripe-{step}") for step in range(5)),
    ("on-celadon", "celadon"),
    ("on-celadon", "celadon-deep"),
    ("crimson", "rose-tint"),
    ("celadon", "sunken"),
]
MARKS = [
    *(("edge", ground) for ground in ("paper", "surface")),
    *(
        (mark, ground)
        for mark in ("rose", "crimson", "good", "warning", "bad")
        for ground in ("paper", "surface")
    ),
    *((mark, "sunken") for mark in ("rose", "good", "celadon")),
]


def _schemes() -> dict[str, dict[str, str]]:
    """Role -> color, for each of the two schemes; the dark one names only what differs."""
    text = (CSS / "theme.css").read_text(encoding="utf-8")
    light, dark = text.split("@media (prefers-color-scheme: dark)")
    dark = dark.split("/* Bootstrap's own variables")[0]
    bright = dict(_COLOR.findall(light))
    return {"light": bright, "dark": bright | dict(_COLOR.findall(dark))}


def _luminance(color: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.no_database
def test_contrast_is_computed_as_the_standard_says() -> None:
    assert round(_contrast("#000000", "#ffffff"), 2) == 21
    assert round(_contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.no_database
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read(scheme: str, text: str, ground: str) -> None:
    colors = _schemes()[scheme]
    assert _contrast(colors[text], colors[ground]) >= 4.5


@pytest.mark.no_database
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_marks_can_be_seen(scheme: str, mark: str, ground: str) -> None:
    colors = _schemes()[scheme]
    assert _contrast(colors[mark], colors[ground]) >= 3


@pytest.mark.no_database
def test_the_dark_scheme_changes_every_color() -> None:
    schemes = _schemes()
    same = {role for role, color in schemes["light"].items() if schemes["dark"][role] == color}
    assert same == {"on-ripe-3"}  # white on rose, in both


@pytest.mark.no_database
@pytest.mark.parametrize("path", sorted(CSS.glob("*.css")), ids=lambda path: path.name)
def test_every_color_comes_from_the_theme(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    defined = set(re.findall(r"(--[a-z0-9-]+)\s*:", (CSS / "theme.css").read_text(encoding="utf-8") + text))
    used = set(re.findall(r"var\((--[a-z0-9-]+)", text))
    assert not {name for name in used - defined if not name.startswith("--bs-")}
    if path.name != "theme.css":
        on_screen = text.split("@media print")[0]
        assert not re.findall(r":\s[^;{}]*(?<![%\w])#[0-9a-f]{3,8}\b", on_screen)


@pytest.mark.no_database
def test_every_icon_in_use_is_drawn() -> None:
    drawn = set(
        re.findall(r'<symbol id="([a-z0-9-]+)"', (ROOT / "static/img/icons.svg").read_text(encoding="utf-8"))
    )
    used = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"\b(?:icon|drawing)\(\"([a-z0-9-]+)\"", path.read_text(encoding="utf-8"))
        + re.findall(r"icons\.svg'\) }}#([a-z0-9-]+)", path.read_text(encoding="utf-8"))
    }
    state = (ROOT / "templates/components/state.html").read_text(encoding="utf-8")
    used |= set(re.findall(r"\": \(\"[a-z0-9-]+\", \"([a-z0-9-]+)\"", state))
    assert len(used) > 20
    assert used <= drawn


def test_every_template_compiles(app: Flask) -> None:
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)


def test_a_state_is_an_icon_and_a_word_in_each_language(app: Flask) -> None:
    words = {}
    for lang in ("zh", "ko", "en"):
        with app.test_request_context(f"/{lang}/"):
            text = str(app.jinja_env.get_template("components/state.html").module.state("submitted"))  # type: ignore[attr-defined]
        assert "#ripe-1" in text
        words[lang] = re.sub(r"<[^>]+>", "", text).strip()
    assert words == {"zh": "已提交", "ko": "제출 완료", "en": "Submitted"}


def test_a_deadline_shows_both_clocks_with_the_readers_own_city_first(app: Flask) -> None:
    moment = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    with app.test_request_context("/ko/"):
        korean = str(app.jinja_env.get_template("components/time.html").module.clocks(moment))  # type: ignore[attr-defined]
    with app.test_request_context("/zh/"):
        chinese = str(app.jinja_env.get_template("components/time.html").module.clocks(moment))  # type: ignore[attr-defined]
    assert 'datetime="2026-11-30T09:00:00+00:00"' in korean
    assert korean.index("18:00") < korean.index("서울") < korean.index("17:00") < korean.index("청두")
    assert chinese.index("17:00") < chinese.index("成都") < chinese.index("18:00") < chinese.index("首尔")


def test_names_of_others_are_escaped_and_kept_apart(app: Flask) -> None:
    with app.test_request_context("/en/"):
        text = str(app.jinja_env.get_template("components/runs.html").module.name("<b>창신팀", "Changsin"))  # type: ignore[attr-defined]
    assert "<bdi>&lt;b&gt;창신팀</bdi>" in text
    assert '<bdi class="name-latin" lang="en">Changsin</bdi>' in text
