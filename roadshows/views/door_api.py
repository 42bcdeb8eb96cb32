"""The API of devices at the door: one address that takes reports and gives the guest list.

A device proves itself by the secret of its link in the header `X-Door-Token`, which no other site can send.
Nothing here looks at a session: a CSRF token would be out of date after hours without network.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from flask_babel import lazy_gettext as _l

from core import clock, keys
from core.access import ANYONE, access
from core.errors import Problem
from core.security import csrf
from core.strict_json import body_object
from roadshows import tickets
from roadshows.forms.door_reports import Unreadable, read_reports, read_sent_at
from roadshows.loaders import device_by_token
from roadshows.models import Guest, Roadshow, ScanDevice, ScanOutcome
from roadshows.operations import door
from roadshows.queries import door as queries

bp = Blueprint("door_api", __name__, url_prefix="/api/v1/roadshows/<roadshow>/door")
csrf.exempt(bp)


class DeviceGone(Problem):
    """401: the link was revoked, is too old, or never was one."""

    status = 401
    code = "device_gone"


@bp.post("/sync")
@access(ANYONE)
def sync(roadshow: Roadshow) -> Response:
    """Take reports; answer each, with the counts and, where `stamp` is not that of the list, the guests.

    Body: {"sent_at": "…Z", "stamp": "…", "reports": [{"nonce", "at", "code" | "guest" | "undoes" |
    "walk_in"}]}; without "stamp" no list is given.
    """
    device = _device(roadshow)
    body = body_object()
    sent_at, given = read_sent_at(body), read_reports(body)
    reports = [one for one in given if not isinstance(one, Unreadable)]
    answers = door.take_reports(roadshow=roadshow, device=device, sent_at=sent_at, reports=reports)
    told = [_told(answer) for answer in answers]
    told += [
        {"nonce": one.nonce, "outcome": "refused", "reason": "unreadable"}
        for one in given
        if isinstance(one, Unreadable)
    ]
    day = queries.today(roadshow)
    found: dict[str, Any] = {
        "now": clock.now().isoformat(timespec="milliseconds"),
        "answers": told,
        "day": day.isoformat(),
        "counts": [
            {"kind": one.kind.value, "inside": one.inside, "expected": one.expected}
            for one in queries.counts(roadshow, day)
        ],
    }
    if isinstance(body.get("stamp"), str):
        found |= _list(roadshow, body["stamp"]) | {"arrivals": queries.arrivals(roadshow, day)}
    return jsonify(found)


def _device(roadshow: Roadshow) -> ScanDevice:
    device = device_by_token(roadshow, request.headers.get("X-Door-Token", ""))
    if device is None:
        raise DeviceGone(_l("This device is no longer let in. Please ask the organizers for a new link."))
    g.session_allowed = False
    return device


def _list(roadshow: Roadshow, known: str) -> dict[str, Any]:
    """What a device needs to decide by itself."""
    guests = queries.guest_list(roadshow)
    event = {
        "id": roadshow.id,
        "state": roadshow.state.value,
        "zone": roadshow.zone,
        "days": [
            {
                "on": day.on.isoformat(),
                "zone": day.zone,
                "until": day.until.isoformat(timespec="seconds") if day.until else None,
            }
            for day in queries.event_days(roadshow)
        ],
        "public_key": keys.public_key(tickets.PURPOSE),
    }
    if guests.stamp == known:
        return {"event": event, "stamp": guests.stamp}
    return {"event": event, "stamp": guests.stamp, "guests": guests.guests}


def _told(answer: door.Answer) -> dict[str, Any]:
    refused = answer.outcome == ScanOutcome.REFUSED
    found: dict[str, Any] = {
        "nonce": answer.nonce,
        "outcome": str(answer.outcome),
        "reason": answer.reason if refused else "",
        "note": "" if refused else answer.reason,
        "arrived_at": answer.arrived_at.isoformat(timespec="seconds") if answer.arrived_at else None,
    }
    if answer.guest is not None and answer.guest.participant.erased_at is None:
        found["guest"] = _shown(answer.guest)
    return found


def _shown(guest: Guest) -> dict[str, Any]:
    who = guest.participant
    return {
        "key": who.key,
        "name": who.name,
        "latin": who.name_latin,
        "organization": who.organization,
        "kind": guest.kind.value,
        "state": guest.state.value,
        "ticket": guest.ticket,
        "seat": guest.seat,
    }
