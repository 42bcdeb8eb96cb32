"""What a published version of the agenda says: the draft's placed sessions with times, places and people, as
one JSON object that stands by itself.

    {"zone", "cities": [{"slug", "name", "zone", "country"}], "days": [{"id", "city", "date", "title"}],
     "venues": [{"id", "city", "name", "address"}], "rooms": [{"id", "venue", "name", "capacity"}],
     "tracks": [{"id", "name"}],
     "speakers": [{"key", "name", "name_latin", "organization", "title", "about", "photo"}],
     "interpreters": [{"key", "name", "name_latin"}],
     "sessions": [{"key", "kind", "title", "summary", "track", "city", "day", "language", "interpreting",
                   "interpreter", "starts_at", "minutes", "room", "whole_city",
                   "speakers": [{"key", "kind"}], "team", "sequence", "canceled"}]}

Texts are {"zh", "ko", "en"}; `starts_at` is ISO in UTC with Z; `speakers` of the whole are those that are
shown, those of a session are all: whoever shows them looks the key up and leaves out who isn't there.
A session that was published once and takes place no longer stays, with `canceled`, so that calendars get
told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.languages import Trilingual
from roadshows.agenda_draft import Draft, Session

Content = dict[str, Any]

_COUNTED = ("starts_at", "minutes", "room", "canceled", "title")
"""What makes a new sequence number, as do the words for the place: all that a calendar shows of a session."""
_PLACES = ("days", "venues", "rooms")
_EMPTY: Content = {name: [] for name in (*_PLACES, "sessions")}


@dataclass(frozen=True, slots=True)
class SpeakerTexts:
    """Who a speaker is, as the program says. photo: a file's key or ""."""

    key: str
    name: str
    name_latin: str
    organization: str
    title: Trilingual
    about: Trilingual
    photo: str


@dataclass(frozen=True)
class Texts:
    """What the draft leaves out. summaries: by session key; speakers: those that are shown."""

    summaries: Mapping[str, Trilingual]
    speakers: Sequence[SpeakerTexts]


def content_of(draft: Draft, texts: Texts, previous: Content | None = None) -> Content:
    """The content of a new version after `previous`, the last one. Sequence numbers go on from there."""
    before = previous or _EMPTY
    known = {row["key"]: row for row in before["sessions"]}
    sessions = [_session(draft, texts, one) for one in draft.placed()]
    taking_place = {row["key"] for row in sessions}
    gone = [_canceled(row) for row in before["sessions"] if row["key"] not in taking_place]
    content: Content = {
        "zone": draft.zone,
        "cities": [
            {"slug": one.slug, "name": one.name.to_json(), "zone": one.zone, "country": one.country}
            for one in draft.cities
        ],
        "days": [
            {
                "id": one.id,
                "city": draft.city_of[one.city_id].slug,
                "date": one.date.isoformat(),
                "title": one.title.to_json(),
            }
            for one in draft.days
        ],
        "venues": [
            {
                "id": one.id,
                "city": draft.city_of[one.city_id].slug,
                "name": one.name.to_json(),
                "address": one.address.to_json(),
            }
            for one in draft.venues
        ],
        "rooms": [
            {"id": one.id, "venue": one.venue_id, "name": one.name.to_json(), "capacity": one.capacity}
            for one in draft.rooms
        ],
        "tracks": [{"id": one.id, "name": one.name.to_json()} for one in draft.tracks],
        "speakers": _speakers(texts, sessions + gone),
        "interpreters": _interpreters(draft, sessions + gone, before),
    }
    places, places_before = place_words(content), place_words(before)
    content["sessions"] = [
        _numbered(row, known.get(row["key"]), places.get(row["room"]) != places_before.get(row["room"]))
        for row in sessions
    ] + gone
    _keep_places(content, before, gone)
    return content


def place_words(content: Content) -> dict[int, tuple[Trilingual, ...]]:
    """By room's id what a content calls it: the room, its venue, the address."""
    venues = {row["id"]: row for row in content["venues"]}
    return {
        row["id"]: tuple(
            Trilingual.from_json(text)
            for text in (row["name"], venues[row["venue"]]["name"], venues[row["venue"]]["address"])
        )
        for row in content["rooms"]
    }


def sha256_of(content: Content) -> str:
    """The fingerprint of a content, whatever the order of its keys."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def utc(moment: datetime) -> str:
    """ISO in UTC, with Z, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(session: Mapping[str, Any]) -> datetime:
    """When a session of a content begins, aware."""
    return datetime.strptime(session["starts_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _session(draft: Draft, texts: Texts, one: Session) -> dict[str, Any]:
    slot = draft.slot_of[one.spot.slot_id or 0]
    interpreter = draft.interpreter_of.get(one.spot.interpreter_id or 0)
    return {
        "key": one.key,
        "kind": one.kind,
        "title": one.title.to_json(),
        "summary": texts.summaries.get(one.key, Trilingual()).to_json(),
        "track": one.track_id,
        "city": draft.city_of[one.city_id].slug,
        "day": slot.day_id,
        "language": one.language,
        "interpreting": one.interpreting,
        "interpreter": interpreter.key if interpreter else "",
        "starts_at": utc(slot.starts_at),
        "minutes": one.minutes,
        "room": one.spot.room_id,
        "whole_city": one.whole_city,
        "speakers": [{"key": who.key, "kind": who.kind} for who in one.appearances],
        "team": one.team,
        "canceled": False,
    }


def _numbered(row: dict[str, Any], before: Mapping[str, Any] | None, has_other_words: bool) -> dict[str, Any]:
    """has_other_words: whether the room it is in now is called otherwise than before."""
    if before is None:
        return row | {"sequence": 0}
    changed = has_other_words or any(row[name] != before[name] for name in _COUNTED)
    return row | {"sequence": before["sequence"] + changed}


def _canceled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "canceled": True, "sequence": row["sequence"] + (not row["canceled"])}


def _speakers(texts: Texts, sessions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    wanted = {who["key"] for row in sessions for who in row["speakers"]}
    return [
        {
            "key": one.key,
            "name": one.name,
            "name_latin": one.name_latin,
            "organization": one.organization,
            "title": one.title.to_json(),
            "about": one.about.to_json(),
            "photo": one.photo,
        }
        for one in texts.speakers
        if one.key in wanted
    ]


def _interpreters(
    draft: Draft, sessions: Sequence[Mapping[str, Any]], before: Content
) -> list[dict[str, str]]:
    wanted = {row["interpreter"] for row in sessions}
    found = {
        one.key: {"key": one.key, "name": one.name, "name_latin": one.name_latin}
        for one in draft.interpreters
        if one.key in wanted
    }
    gone = {row["key"]: row for row in before.get("interpreters", ()) if row["key"] in wanted}
    return list((gone | found).values())


def _keep_places(content: Content, before: Content, gone: Sequence[Mapping[str, Any]]) -> None:
    """What a canceled session names stays known, even when the draft hasn't it any more."""
    rooms = {row["id"]: row for row in before["rooms"]}
    wanted = {
        "days": {row["day"] for row in gone},
        "rooms": {row["room"] for row in gone if row["room"] is not None},
        "venues": {rooms[row["room"]]["venue"] for row in gone if row["room"] in rooms},
    }
    for name in _PLACES:
        here = {row["id"] for row in content[name]}
        content[name] += [row for row in before[name] if row["id"] in wanted[name] - here]
    cities = {row["slug"] for row in content["cities"]}
    lost = {row["city"] for row in gone} - cities
    content["cities"] += [row for row in before.get("cities", ()) if row["slug"] in lost]
