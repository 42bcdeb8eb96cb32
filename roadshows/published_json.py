"""The published agenda as JSON for programs: what the public pages show, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import url_for

from roadshows.models import Roadshow
from roadshows.published import Agenda, Hall, Item


def as_json(agenda: Agenda, roadshow: Roadshow) -> dict[str, Any]:
    """version is 0 and sessions are empty while nothing was published.

    Times are ISO 8601 in UTC, each with the IANA zone of its place; texts are {"zh", "ko", "en"}.
    """
    return {
        "roadshow": roadshow.slug,
        "name": roadshow.name.to_json(),
        "state": roadshow.state.value,
        "version": agenda.number,
        "published_at": _utc(agenda.published_at) if agenda.published_at else None,
        "sessions": [_session(item, roadshow) for item in agenda.items],
        "speakers": [
            {
                "key": person.key,
                "name": person.name,
                "name_latin": person.name_latin,
                "organization": person.organization,
                "title": person.title.to_json(),
            }
            for person in agenda.people.values()
        ],
    }


def _session(item: Item, roadshow: Roadshow) -> dict[str, Any]:
    return {
        "key": item.key,
        "url": url_for("roadshows.session", roadshow=roadshow.slug, session_key=item.key, lang="en"),
        "kind": item.kind,
        "title": item.title.to_json(),
        "summary": item.summary.to_json(),
        "track": item.track.to_json() if item.track else None,
        "city": item.city.slug,
        "zone": item.city.place.zone,
        "date": item.date.isoformat(),
        "starts_at": _utc(item.starts_at),
        "ends_at": _utc(item.ends_at),
        "language": item.language,
        "interpreting": item.interpreting,
        "room": _room(item.hall) if item.hall else None,
        "speakers": [{"key": who.person.key, "kind": who.kind} for who in item.speakers],
        "sequence": item.sequence,
        "canceled": item.canceled,
    }


def _room(hall: Hall) -> dict[str, Any]:
    return {"name": hall.name.to_json(), "venue": hall.venue.to_json(), "capacity": hall.capacity}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
