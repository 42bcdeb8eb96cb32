"""How entries become lines of the organizers' list.

It is the page that organizers open most and that holds most: hundreds of lines. What is the same in every
line is rendered once per language, the rest is filled in without `url_for`, translation or date formatting,
and escaped here, once.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import get_template_attribute, request
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from competition import labels
from competition.models import Country, Edition, EntryState
from competition.operations import review
from competition.queries.organizer import DEFAULT_PAGE_SIZE, DEFAULT_SORT, PAGE_SIZES, SORTS, EntryFilter
from core.languages import Trilingual, current_language, locale_of
from core.template_tools import run

_MOST_PAGE = 1000
_HOLE = "\ue000"
"""Stands in the pattern of a line where a value goes: a character of the private area."""
_SPECIAL = re.compile("[&<>'\"]")
_OFFSETS = {"zh": timedelta(hours=8), "ko": timedelta(hours=9), "en": timedelta(hours=9)}
"""What the clocks of `_CITIES` are ahead of UTC; neither has had summer time since 1991."""
_CITIES = {"zh": "成都", "ko": "서울", "en": "Seoul"}


def wanted_from(arguments: Mapping[str, str]) -> EntryFilter:
    """The filter that the address asks for; what is unknown is left out."""
    sort = arguments.get("sort", "")
    size = _number(arguments.get("size", ""), DEFAULT_PAGE_SIZE)
    return EntryFilter(
        state=_member(EntryState, arguments.get("state", "")),
        country=_member(Country, arguments.get("country", "")),
        track=arguments.get("track", "")[:40],
        text=" ".join(arguments.get("q", "").split())[:80],
        sort=sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT,
        page=min(max(_number(arguments.get("page", ""), 1), 1), _MOST_PAGE),
        size=size if size in PAGE_SIZES else DEFAULT_PAGE_SIZE,
    )


def _member(kind: Any, value: str) -> Any:
    return kind(value) if value in set(kind) else None


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else otherwise


def page_url(page: int) -> str:
    """The address at hand with another page number and everything else as it is."""
    kept = [(name, value) for name, value in request.args.items() if name != "page"]
    return f"{request.path}?{urlencode([*kept, ('page', page)])}"


@dataclass(frozen=True)
class Words:
    """The list's texts in one language."""

    says: dict[str, str]
    states: list[tuple[str, str]]
    countries: list[tuple[str, str]]
    decisions: list[tuple[str, str]]
    badges: dict[str, str]


@cache
def words(lang: str) -> Words:
    """Translated once per language and process: looking forty texts up costs as much as a query."""
    badge = get_template_attribute("components/state.html", "state")
    with force_locale(locale_of(lang)):
        says = {
            "pick": _("Pick"),
            "receipt": _("Receipt number"),
            "team": _("Team"),
            "project": _("Project name"),
            "country": _("Country"),
            "state": _("State"),
            "submitted": _("Submitted (%(place)s)", place=_CITIES[lang]),
            "search": _("Search"),
            "hint": _("Team, project, receipt number"),
            "all": _("All"),
            "track": _("Track"),
            "show": _("Show"),
        }
        return Words(
            says,
            [(state.value, str(label)) for state, label in labels.ENTRY_STATES.items()],
            [(country.value, str(label)) for country, label in labels.COUNTRIES.items()],
            [(state.value, str(label)) for state, label in labels.DECISIONS.items()],
            {state.value: str(badge(state.value, label)) for state, label in labels.ENTRY_STATES.items()},
        )


@dataclass(frozen=True)
class Head:
    """A column's head: its text, and where it sorts to."""

    text: str
    url: str = ""
    order: str = ""
    number: bool = False

    @property
    def icon(self) -> str:
        return {"ascending": "sort-up", "descending": "sort-down"}.get(self.order, "sort")


def heads(wanted: EntryFilter) -> list[Head]:
    """The heads of the list; the one sorted by turns the order round."""
    says = words(current_language()).says
    kept = [(name, value) for name, value in request.args.items() if name not in ("sort", "page")]

    def head(text: str, key: str, *, number: bool = False) -> Head:
        order = {key: "ascending", f"-{key}": "descending"}.get(wanted.sort, "")
        target = f"-{key}" if order == "ascending" else key
        return Head(text, f"{request.path}?{urlencode([*kept, ('sort', target)])}", order, number)

    return [
        head(says["receipt"], "receipt"),
        head(says["team"], "name"),
        Head(says["project"]),
        head(says["country"], "country"),
        head(says["state"], "state"),
        head(says["submitted"], "submitted", number=True),
    ]


@cache
def _pattern(lang: str, may_pick: bool) -> str:
    """One line as a %-pattern: templates/organizer/entry_row.html with a hole for every value."""
    row = get_template_attribute("organizer/entry_row.html", "row")
    return str(row(_HOLE, words(lang).says, may_pick)).replace("%", "%%").replace(_HOLE, "%s")


def lines(rows: Sequence[Any], edition: Edition, tracks: Sequence[Any], *, may_pick: bool) -> Markup:
    """The lines of the list as HTML, every value escaped."""
    lang = current_language()
    said, offset, pattern = words(lang), _OFFSETS[lang], _pattern(lang, may_pick)
    badges, countries = said.badges, {value: _escaped(text) for value, text in said.countries}
    track_names: dict[int | None, str] = {track.id: str(escape(run(track.name))) for track in tracks}
    prefix = f"/{lang}/o/{edition.slug}/entries/"
    written = []
    for row, titles in zip(rows, _titles([row[7] for row in rows]), strict=True):
        key, state, receipt, name, latin, affiliation, country, _stored, track_id, *moments = row
        submitted, decided = _utc(moments[0]), _utc(moments[1])
        heading = _title(titles, lang)
        if _SPECIAL.search(f"{name}{latin}{affiliation}{receipt}"):  # seldom; asking is cheaper than escaping
            name, latin, affiliation, receipt = map(_escaped, (name, latin, affiliation, receipt))
        values = (
            receipt,
            prefix + key,
            name,
            latin if latin != name else "",
            affiliation,
            heading,
            track_names.get(track_id, ""),
            countries[country],
            badges[state],
            (submitted + offset).isoformat(" ")[5:16] if submitted else "",
        )
        if may_pick:
            values = (f"{key} {review.stamp(state, submitted, decided)}", name, *values)  # type: ignore[assignment]
        written.append(pattern % values)
    return Markup("".join(written))  # noqa: S704 - the pattern is a template's, the values are escaped above


_MOST_KEPT = 8
_kept: OrderedDict[Any, tuple[Markup, int]] = OrderedDict()
_lock = threading.Lock()


def kept(shown_as: Any, write: Callable[[], tuple[Markup, int]]) -> tuple[Markup, int]:
    """The lines and how many entries the filter finds, as written before if `shown_as` (all that they depend
    on) is the same: organizers open this page again and again."""
    found = _kept.get(shown_as)
    if found is None:
        found = write()
        with _lock:
            _kept[shown_as] = found
            while len(_kept) > _MOST_KEPT:
                _kept.popitem(last=False)
    return found


def _escaped(text: str) -> str:
    """`text` as HTML. Most texts need nothing; asking first is cheaper than escaping."""
    return str(escape(text)) if _SPECIAL.search(text) else text


def _utc(moment: datetime | None) -> datetime | None:
    """The moment in UTC without its zone (PostgreSQL gives one, in the zone of its session)."""
    return moment if moment is None or moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _titles(stored: list[Any]) -> list[dict[str, str]]:
    """Three-language titles as they lie in the database: SQLite gives JSON, which is read in one go."""
    if stored and isinstance(stored[0], str):
        stored = orjson.loads(f"[{','.join(stored)}]")
    return stored


def _title(texts: dict[str, str], lang: str) -> str:
    """A three-language title as HTML in the page's language or the nearest."""
    if text := texts[lang]:
        return _escaped(text)
    title = Trilingual.from_json(texts).pick(lang)
    return f'<span lang="{title.lang}">{_escaped(title.text)}</span>'


def picked_from(values: Sequence[str]) -> list[review.Picked]:
    """Checkbox values of the list, "key stamp"; what is malformed is left out."""
    parts = [value.split(" ") for value in values[:2000]]
    return [review.Picked(part[0], part[1]) for part in parts if len(part) == 2 and len(part[0]) == 12]


def decision_from(value: str) -> EntryState | None:
    return next((state for state in labels.DECISIONS if state.value == value), None)
