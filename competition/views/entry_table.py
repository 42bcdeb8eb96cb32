"""How entries become rows, fields and differences on the organizers' pages.

The list of entries is the page that organizers open most and that holds most: its cells are prepared here in
one pass, without `url_for`, translation or date formatting per row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from competition import labels
from competition.models import Country, Edition, Entry, EntryState, EntryVersion, Stage, Track
from competition.operations import review
from competition.queries.organizer import (
    DEFAULT_PAGE_SIZE,
    DEFAULT_SORT,
    PAGE_SIZES,
    SORTS,
    EntryFilter,
    EntryRow,
)
from core import clock
from core.languages import Trilingual, current_language, html_lang
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


@dataclass(frozen=True, slots=True)
class Cells:
    """What one line of the list shows, ready to be written."""

    pick: str
    url: str
    receipt: str
    name: str
    latin: str
    affiliation: str
    title: Any
    track: Any
    country: str
    state: str
    submitted: str


def cells(rows: Sequence[EntryRow], edition: Edition, tracks: Mapping[int, Track]) -> list[Cells]:
    lang = current_language()
    tag = html_lang(lang)
    prefix = f"/{lang}/o/{edition.slug}/entries/"
    track_names: dict[int | None, Any] = {key: run(track.name) for key, track in tracks.items()}
    countries = {country: str(name) for country, name in labels.COUNTRIES.items()}
    zone = home_zone()
    shown = []
    for row in rows:
        title = row.title.pick(lang)
        local = row.submitted_at.astimezone(zone) if row.submitted_at else None
        shown.append(
            Cells(
                f"{row.key} {review.stamp(row.state, row.submitted_at, row.decided_at)}",
                prefix + row.key,
                row.receipt,
                row.name,
                row.name_latin if row.name_latin != row.name else "",
                row.affiliation,
                title.text
                if title.lang == tag
                else Markup('<span lang="{}">{}</span>').format(title.lang, title.text),
                track_names.get(row.track_id, ""),
                countries[row.country],
                row.state.value,
                f"{local.month}-{local.day:02} {local.hour:02}:{local.minute:02}" if local else "",
            )
        )
    return shown


def home_zone() -> ZoneInfo:
    return clock.SEOUL if current_language() != "zh" else clock.CHENGDU


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
    for version, before in zip(versions, [*versions[1:], None], strict=True):
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
