"""Three languages: the one in the address, texts that exist in all three, and runs that need their own
`lang`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from babel import Locale
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale, get_translations
from flask_login import current_user
from werkzeug.datastructures import LanguageAccept
from werkzeug.routing import BaseConverter

# address -> (`lang` attribute and hreflang, folder of the catalog, its own name)
LANGUAGES: dict[str, tuple[str, str, str]] = {
    "zh": ("zh-Hans", "zh_Hans", "简体中文"),
    "ko": ("ko", "ko", "한국어"),
    "en": ("en", "en", "English"),
}
_FALLBACK = {"zh": ("zh", "en", "ko"), "ko": ("ko", "en", "zh"), "en": ("en", "zh", "ko")}

babel = Babel()


@dataclass(frozen=True)
class Run:
    """A piece of text and the language it is written in (`lang` as HTML wants it)."""

    text: str
    lang: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Trilingual:
    """One text in up to three languages; an empty string means that nobody has written it yet."""

    zh: str = ""
    ko: str = ""
    en: str = ""

    def pick(self, lang: str) -> Run:
        """The text in `lang`, else in the nearest language that has one."""
        for code in _FALLBACK[lang]:
            if text := getattr(self, code):
                return Run(text, LANGUAGES[code][0])
        return Run("", LANGUAGES[lang][0])

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, str] | None) -> Trilingual:
        value = value or {}
        return cls(zh=value.get("zh", ""), ko=value.get("ko", ""), en=value.get("en", ""))

    @classmethod
    def same(cls, text: str) -> Trilingual:
        """One text for all three languages: names of people, teams and imported subjects."""
        return cls(text, text, text)

    def __bool__(self) -> bool:
        return bool(self.zh or self.ko or self.en)


class LanguageConverter(BaseConverter):
    """`/<lang:lang>/…` accepts zh, ko and en, nothing else."""

    regex = "zh|ko|en"
    part_isolating = True


def current_language() -> str:
    """zh, ko or en: of the address, else of the signed-in person, else of the browser."""
    if not has_request_context():
        return "en"
    if lang := getattr(g, "lang", None):
        return str(lang)
    lang = (request.view_args or {}).get("lang")
    if lang is None and request.path[1:3] in LANGUAGES and request.path[3:4] in ("", "/"):
        lang = request.path[1:3]
    g.lang = lang or preferred_language()
    return str(g.lang)


def preferred_language() -> str:
    """For addresses that name none: the signed-in person's language, else the browser's.

    A program's own wish comes first: pages that call the API ask for the language they are shown in.
    """
    if request.path.startswith("/api/") and (asked := _wished(request.accept_languages)):
        return asked
    if getattr(g, "session_allowed", False) and current_user.is_authenticated:
        return str(current_user.language)
    return match_language(request.accept_languages)


def match_language(accept: LanguageAccept) -> str:
    return _wished(accept) or "en"


def _wished(accept: LanguageAccept) -> str:
    """The first of our languages that is asked for; "" when none is."""
    for tag, _quality in accept:
        primary = tag.lower().split("-")[0]
        if primary in LANGUAGES:
            return primary
    return ""


def html_lang(lang: str) -> str:
    return LANGUAGES[lang][0]


def locale_of(lang: str) -> Locale:
    return Locale.parse(LANGUAGES[lang][1])


_catalogs: dict[Any, Any] = {}


def _catalog() -> Any:
    """The messages of the locale at hand: templates ask for dozens a page, and Flask-Babel's way is long."""
    locale = get_locale()
    catalog = _catalogs.get(locale)
    if catalog is None:
        catalog = _catalogs[locale] = get_translations()
    return catalog


def init_app(app: Flask) -> None:
    app.url_map.converters["lang"] = LanguageConverter
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(app.root_path + "/translations")
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    babel.init_app(app, locale_selector=lambda: locale_of(current_language()))
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _catalog().ugettext(text),
        ngettext=lambda one, many, number: _catalog().ungettext(one, many, number),
        newstyle=True,
    )

    @app.url_value_preprocessor
    def take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values and "lang" in values:
            g.lang = values.pop("lang")

    @app.url_defaults
    def give_language(endpoint: str, values: dict[str, Any]) -> None:
        if "lang" not in values and app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values["lang"] = current_language()
