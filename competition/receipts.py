"""What a submission freezes and how it is numbered: canonical content, its hash, the receipt number."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from competition.models import Document, Edition, Entry, EntryVersion, Member
from core import numbers

FORMAT = "jiachi-entry/1"
PLEDGE = "2026-1"
"""Version of the originality pledge's text; it is part of what is frozen."""


def allocate(edition: Edition) -> str:
    """The edition's next receipt number, `PREFIX-000123`, without gaps."""
    return number_text(edition, numbers.take(f"receipt:{edition.id}"))


def number_text(edition: Edition, number: int) -> str:
    return f"{edition.receipt_prefix or edition.slug.upper()[:20]}-{number:06d}"


def content_of(entry: Entry) -> dict[str, Any]:
    """The working copy of `entry` as the JSON that a submission freezes.

    People stand in it by the id of their membership only, so that a person can be erased later without
    changing what was submitted. No time is in it: the same work gives the same bytes.
    """
    team = entry.team
    return {
        "format": FORMAT,
        "pledge": PLEDGE,
        "edition": entry.edition.slug,
        "team": {
            "key": team.key,
            "name": team.name,
            "name_latin": team.name_latin,
            "country": team.country.value,
            "affiliation": team.affiliation,
            "company_number": team.company_number,
            "founded_year": team.founded_year,
            # Only where there are any: what was frozen before teams were asked keeps its bytes.
            **({"investors": team.investors} if team.investors else {}),
            "members": [_member(member) for member in team.members if member.confirmed_at],
        },
        "title": entry.title.to_json(),
        "summary": entry.summary.to_json(),
        "sector": entry.sector,
        "stage": entry.stage.value if entry.stage else None,
        "track": entry.track.slug if entry.track else None,
        "division": entry.division.slug if entry.division else None,
        "video_url": entry.video_url,
        "earlier_prize": entry.earlier_prize,
        "documents": {document.kind.value: _document(document) for document in entry.documents},
    }


def canonical(content: dict[str, Any]) -> bytes:
    """UTF-8 JSON with sorted keys and no white space: the bytes that are hashed."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def sha256(content: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def is_intact(version: EntryVersion) -> bool:
    """True while the frozen content still gives the hash on the receipt."""
    return sha256(version.content) == version.content_sha256


def _member(member: Member) -> dict[str, Any]:
    return {"member": member.id, "role": member.role.value}


def _document(document: Document) -> dict[str, Any]:
    file = document.file
    return {
        "file": file.key,
        "name": file.name,
        "size": file.size,
        "sha256": file.sha256,
        "media_type": file.media_type,
    }
