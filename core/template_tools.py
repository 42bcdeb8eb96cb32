"""What every template may use: languages, both clocks, hashed assets, the side navigation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, has_request_context, render_template, request
from flask_babel import format_decimal
from jinja2 import Template
from markupsafe import Markup, escape

from core import clock, registries
from core.access import person
from core.languages import LANGUAGES, Run, Trilingual, current_language, html_lang


@dataclass(frozen=True)
class LanguageLink:
    """This page in one of the three languages."""

    code: str
    html_lang: str
    name: str
    url: str
    current: bool


def language_links() -> list[LanguageLink]:
    """The page at hand in each language: the same address under another prefix."""
    here = current_language()
    path = request.path
    rest = path[3:] if path[1:3] in LANGUAGES and path[3:4] in ("", "/") else "/"
    return [
        LanguageLink(code, tag, name, f"/{code}{rest}", code == here)
        for code, (tag, _folder, name) in LANGUAGES.items()
    ]


def pick(value: Trilingual | None) -> Run:
    """The text of a three-language value for the page at hand, with the language it is really in."""
    return (value or Trilingual()).pick(current_language())


def run(value: Trilingual | Run | None) -> Markup:
    """The same as HTML, marked with its own `lang` where it differs from the page's."""
    piece = value if isinstance(value, Run) else pick(value)
    if piece.lang == html_lang(current_language()):
        return escape(piece.text)
    return Markup('<span lang="{}">{}</span>').format(piece.lang, piece.text)


def menu() -> list[registries.MenuEntry]:
    who = person()
    if who is None:
        return []
    return [entry for source in registries.menu_sources for entry in source(who)]


class _Template(Template):
    """Macros are compiled once and for all: Jinja would compare all globals at each `import` of each request,
    in case a template was given some of its own, which none is here."""

    def _get_default_module(self, _context: Any = None) -> Any:
        return super()._get_default_module()


def file_size(size: int) -> str:
    """Bytes as people read them; the units are the same in all three languages."""
    return f"{size / 1024**2:.1f} MB" if size >= 1024**2 // 2 else f"{-(-size // 1024)} KB"


_fixed: dict[tuple[str, str], Markup] = {}


def fixed(name: str) -> Markup:
    """A part of pages that is the same for everybody: rendered once per language and process."""
    key = (name, current_language())
    if key not in _fixed or current_app.debug:
        _fixed[key] = Markup(render_template(name))  # noqa: S704 - rendered by Jinja, which escapes
    return _fixed[key]


def init_app(app: Flask) -> None:
    app.jinja_env.template_class = _Template
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["run"] = run
    app.jinja_env.filters["number"] = format_decimal
    app.jinja_env.globals.update(
        pick=pick,
        run=run,
        fixed=fixed,
        file_size=file_size,
        both_clocks=lambda moment: clock.both_clocks(moment, current_language()),
        short_moment=lambda moment, zone=None: clock.short_moment(moment, current_language(), zone),
        short_day=lambda day: clock.short_day(day, current_language()),
        long_date=lambda moment: clock.long_date(moment, current_language()),
        now=clock.now,
    )

    @app.context_processor
    def every_template() -> dict[str, Any]:
        context: dict[str, Any] = {
            "lang": current_language(),
            "html_lang": html_lang(current_language()),
        }
        if has_request_context():
            context["languages"] = language_links()
        if getattr(g, "session_allowed", False):
            context |= {"person": person(), "menu": menu}
        return context
