"""How one entry becomes fields, documents and differences on the organizers' page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from competition import labels
from competition.models import Country, Edition, Entry, EntryState, EntryVersion, Stage
from core.languages import Trilingual
from core.template_tools import run

DECISION_STATES = {
    "accept": EntryState.ACCEPTED,
    "return": EntryState.RETURNED,
    "reject": EntryState.REJECTED,
    "disqualify": EntryState.DISQUALIFIED,
}


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
