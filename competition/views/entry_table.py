"""How entries become rows, fields and differences on the organizers' pages.

The list of entries is the page that organizers open most and that holds most: its cells are prepared here in
one pass, without `url_for`, translation or date formatting per row, and escaped here, once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import get_template_attribute, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from competition import labels
from competition.models import Country, Edition, Entry, EntryState, EntryVersion, Stage, Track
from competition.operations import review
from competition.queries.organizer import (
    DEFAULT_PAGE_SIZE,
    DEFAULT_SORT,
    PAGE_SIZES,
    SORTS,
    EntryFilter,
)
from core.languages import Trilingual, current_language, locale_of
from core.template_tools import run

DECISION_STATES = {
    "accept": EntryState.ACCEPTED,
    "return": EntryState.RETURNED,
    "reject": EntryState.REJECTED,
    "disqualify": EntryState.DISQUALIFIED,
}
_MOST_PAGE = 1000


def wanted_from(arguments: Mapping[str, str]) -> EntryFilter:
    """The filter that the address asks for; what is unknown is left out."""
    sort = arguments.get("sort", "")
    size = _number(arguments.get("size", ""), DEFAULT_PAGE_SIZE)
    return EntryFilter(
        state=_member(EntryState, arguments.get("state", "")),
        country=_member(Country, arguments.get("country", "")),
        track=arguments.get("track", "")[:40],
        text=" ".join(arguments.get("q", "").split())[:80].replace("\0", ""),
        sort=sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT,
        page=min(max(_number(arguments.get("page", ""), 1), 1), _MOST_PAGE),
        size=size if size in PAGE_SIZES else DEFAULT_PAGE_SIZE,
    )


def _member(kind: Any, value: str) -> Any:
    return kind(value) if value in set(kind) else None


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else otherwise


def page_url(edition: Edition, page: int) -> str:
    """The list's address with another page number and everything else as it is."""
    kept = [(name, value) for name, value in request.args.items() if name != "page"]
    return f"{request.path}?{urlencode([*kept, ('page', page)])}"


def cells(rows: Sequence[Any], edition: Edition, tracks: Mapping[int, Track]) -> list[tuple[str, ...]]:
    """One tuple per line of the list, every text escaped already: pick, url, receipt, name, latin,
    affiliation, title, track, country, state, submitted. The template writes them out as they are.
    """
    lang = current_language()
    prefix = f"/{lang}/o/{edition.slug}/entries/"
    track_names: dict[int | None, str] = {key: str(escape(run(track.name))) for key, track in tracks.items()}
    countries = {country.value: _escaped(str(name)) for country, name in labels.COUNTRIES.items()}
    states = badges(lang)
    offset = _OFFSETS[lang]
    shown: list[tuple[str, ...]] = []
    for key, state, receipt, name, latin, affiliation, country, title, track_id, *moments in rows:
        submitted, decided = _utc(moments[0]), _utc(moments[1])
        local = submitted + offset if submitted else None
        shown.append(
            (
                f"{key} {review.stamp(state, submitted, decided)}",
                prefix + key,
                _escaped(receipt),
                _escaped(name),
                _escaped(latin) if latin != name else "",
                _escaped(affiliation),
                _title(title, lang),
                track_names.get(track_id, ""),
                countries[country],
                states[state],
                f"{local.month}-{local.day:02} {local.hour:02}:{local.minute:02}" if local else "",
            )
        )
    return shown


_SPECIAL = re.compile("[&<>'\"]")
_OFFSETS = {"zh": timedelta(hours=8), "ko": timedelta(hours=9), "en": timedelta(hours=9)}
"""What the clocks of `zone_name` are ahead of UTC; neither city has had summer time since 1991."""


def _escaped(text: str) -> str:
    """`text` as HTML. Most texts need nothing; asking first is cheaper than escaping."""
    return str(escape(text)) if _SPECIAL.search(text) else text


def _utc(moment: datetime | None) -> datetime | None:
    """The moment in UTC without its zone (PostgreSQL gives one, in the zone of its session)."""
    return moment if moment is None or moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _title(stored: Any, lang: str) -> str:
    """A three-language title as it lies in the database, as HTML in the page's language or the nearest."""
    texts = orjson.loads(stored) if isinstance(stored, str) else stored
    if text := texts[lang]:
        return _escaped(text)
    title = Trilingual.from_json(texts).pick(lang)
    return f'<span lang="{title.lang}">{_escaped(title.text)}</span>'


@cache
def badges(lang: str) -> dict[str, str]:
    """The badge of each state as HTML, by the state's value; rendered once per language."""
    badge = get_template_attribute("components/state.html", "state")
    with force_locale(locale_of(lang)):
        return {state.value: str(badge(state.value, label)) for state, label in labels.ENTRY_STATES.items()}


def zone_name() -> str:
    """The city whose clock the list shows."""
    return {"zh": "成都", "ko": "서울", "en": "Seoul"}[current_language()]


def picked_from(values: Sequence[str]) -> list[review.Picked]:
    """Checkbox values of the list, "key stamp"; what is malformed is left out."""
    parts = [value.split(" ") for value in values[:2000]]
    return [review.Picked(part[0], part[1]) for part in parts if len(part) == 2 and len(part[0]) == 12]


def decision_from(value: str) -> EntryState | None:
    return next((state for state in labels.DECISIONS if state.value == value), None)


# --- one entry ---


@dataclass(frozen=True)
class Field:
    """One thing that a team says, with the organizers' comments on it."""

    name: str
    label: Any
    values: list[Any]
    remarks: list[Any]


def fields_of(edition: Edition, entry: Entry, content: Mapping[str, Any]) -> list[Field]:
    """The fields of a submitted version (or of the draft), in the order of the form."""
    open_remarks: dict[str, list[Any]] = {}
    for remark in entry.remarks:
        open_remarks.setdefault(remark.field, []).append(remark)
    names = [name for name in labels.ENTRY_FIELDS if name not in ("members", *content.get("documents", {}))]
    return [
        Field(
            name, labels.ENTRY_FIELDS[name], shown_values(edition, content, name), open_remarks.get(name, [])
        )
        for name in names
        if name not in ("business_plan", "pitch_deck", "logo")
    ]


def shown_values(edition: Edition, content: Mapping[str, Any], name: str) -> list[Any]:
    """What a version says under `name`, as pieces to be shown one below the other."""
    value = content.get("team", {}).get(name) or content.get(name)
    if value in (None, ""):
        return []
    if name in ("title", "summary"):
        text = Trilingual.from_json(value)
        return [
            Markup('<span lang="{}">{}</span>').format(tag, piece)
            for tag, piece in (("zh-Hans", text.zh), ("ko", text.ko), ("en", text.en))
            if piece
        ]
    if name == "country":
        return [labels.COUNTRIES[Country(value)]]
    if name == "stage":
        return [labels.STAGES[Stage(value)]]
    if name in ("track", "division"):
        parts = edition.tracks if name == "track" else edition.divisions
        return [run(next((part.name for part in parts if part.slug == value), Trilingual.same(value)))]
    if name == "video_url":
        return [Markup('<a href="{0}" rel="noopener noreferrer nofollow">{0}</a>').format(value)]
    return [value]


def documents_of(edition: Edition, entry: Entry, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The documents of the version, with the addresses under which organizers open them."""
    return [
        {
            "label": labels.DOCUMENTS[kind],
            "kind": kind.value,
            "name": named["name"],
            "size": named["size"],
            "url": url_for("organizer.document", edition=edition.slug, entry=entry.key, kind=kind.value),
        }
        for kind in labels.DOCUMENTS
        if (named := content.get("documents", {}).get(kind.value))
    ]


@dataclass(frozen=True)
class Change:
    """A field that differs between a version and the one before it."""

    label: Any
    before: list[Any]
    after: list[Any]


@dataclass(frozen=True)
class ShownVersion:
    """A submission and what it changed."""

    version: EntryVersion
    changes: list[Change]
    files: list[dict[str, Any]]


def differences(edition: Edition, entry: Entry, versions: Sequence[EntryVersion]) -> list[ShownVersion]:
    """Each version (the latest first) with what it changed against the one before it."""
    names = {member.id: member.name for member in entry.team.members}
    shown = []
    for version, before in zip(versions, [*versions[1:], None], strict=False):
        shown.append(
            ShownVersion(
                version,
                _changes(edition, names, before.content, version.content) if before else [],
                [
                    {
                        "label": labels.DOCUMENTS[kind],
                        "name": named["name"],
                        "url": url_for(
                            "organizer.version_document",
                            edition=edition.slug,
                            entry=entry.key,
                            number=version.number,
                            kind=kind.value,
                        ),
                    }
                    for kind in labels.DOCUMENTS
                    if (named := version.content.get("documents", {}).get(kind.value))
                ],
            )
        )
    return shown


def _changes(
    edition: Edition, names: Mapping[int, str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Change]:
    changes = []
    for name, label in labels.ENTRY_FIELDS.items():
        old, new = _plain(edition, names, before, name), _plain(edition, names, after, name)
        if old != new:
            changes.append(Change(label, old, new))
    return changes


def _plain(edition: Edition, names: Mapping[int, str], content: Mapping[str, Any], name: str) -> list[Any]:
    if name in list(labels.DOCUMENTS):
        named = content.get("documents", {}).get(name)
        return [f"{named['name']} ({named['sha256'][:8]})"] if named else []
    if name == "members":
        members = content.get("team", {}).get("members", [])
        return [names.get(known["member"]) or _("somebody who left") for known in members]
    return shown_values(edition, content, name)
