"""How the parts of an address become rows: each is looked for within the roadshow that was loaded before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import selectinload

from accounts.sessions import sha256
from core import clock
from core.access import loads, person
from core.db import db
from roadshows import policy
from roadshows.models import (
    CalendarFeed,
    Guest,
    Participant,
    Roadshow,
    RoadshowState,
    ScanDevice,
    Session,
)
from roadshows.operations.people import MINE

# Made once: every page of a roadshow asks this.
_ROADSHOW = select(Roadshow).where(Roadshow.slug == bindparam("slug")).options(selectinload(Roadshow.cities))


@loads("roadshow")
def load_roadshow(slug: str, loaded: dict[str, Any]) -> Roadshow | None:
    """The roadshow with this slug and its cities; a draft exists only for who runs or audits it."""
    roadshow = db.session.scalars(_ROADSHOW, {"slug": slug}).one_or_none()
    if roadshow is not None and roadshow.state is RoadshowState.DRAFT:
        who = person()
        if who is None or not policy.organizer_or_auditor(who, roadshow=roadshow):
            return None
    return roadshow


@loads("participant")
def load_participant(token: str, loaded: dict[str, Any]) -> Participant | None:
    """The participant of the roadshow whose secret link this is; an erased one has none any more. Who is
    signed in needs no link: `me` in its place is that person."""
    if token == MINE:
        return _signed_in_participant(loaded["roadshow"])
    return db.session.scalars(
        select(Participant).where(
            Participant.link_sha256 == sha256(token),
            Participant.roadshow_id == loaded["roadshow"].id,
            Participant.erased_at.is_(None),
        )
    ).one_or_none()


def _signed_in_participant(roadshow: Roadshow) -> Participant | None:
    who = person()
    if who is None:
        return None
    return db.session.scalars(
        select(Participant)
        .where(
            Participant.person_id == who.id,
            Participant.roadshow_id == roadshow.id,
            Participant.erased_at.is_(None),
        )
        .order_by(Participant.id)
        .limit(1)
    ).one_or_none()


@loads("attendee")
def load_attendee(key: str, loaded: dict[str, Any]) -> Participant | None:
    """The participant of the roadshow with this key, for its office."""
    return db.session.scalars(
        select(Participant).where(
            Participant.key == key,
            Participant.roadshow_id == loaded["roadshow"].id,
            Participant.erased_at.is_(None),
        )
    ).one_or_none()


@loads("item")
def load_item(key: str, loaded: dict[str, Any]) -> Session | None:
    """The session of the roadshow with this key, for its office."""
    return db.session.scalars(
        select(Session).where(Session.key == key, Session.roadshow_id == loaded["roadshow"].id)
    ).one_or_none()


@loads("feed")
def load_feed(token: str, loaded: dict[str, Any]) -> CalendarFeed | None:
    """The calendar of this secret address, while it stands and the event is more than a draft."""
    return db.session.scalars(
        select(CalendarFeed)
        .join(Participant, Participant.id == CalendarFeed.participant_id)
        .join(Roadshow, Roadshow.id == CalendarFeed.roadshow_id)
        .where(
            CalendarFeed.token_sha256 == sha256(token),
            CalendarFeed.revoked_at.is_(None),
            Participant.erased_at.is_(None),
            Roadshow.state != RoadshowState.DRAFT,
        )
    ).one_or_none()


@loads("guest")
def load_guest(key: str, loaded: dict[str, Any]) -> Guest | None:
    """The guest of the roadshow whose participant has this key; an erased one is shown no more."""
    return db.session.scalars(
        select(Guest)
        .join(Guest.participant)
        .where(
            Participant.key == key,
            Participant.erased_at.is_(None),
            Guest.roadshow_id == loaded["roadshow"].id,
        )
    ).one_or_none()


@loads("device")
def load_device(token: str, loaded: dict[str, Any]) -> ScanDevice | None:
    """The device of the roadshow whose secret link this is, while it is let in."""
    return device_by_token(loaded["roadshow"], token)


def device_by_token(roadshow: Roadshow, token: str) -> ScanDevice | None:
    return db.session.scalars(
        select(ScanDevice).where(
            ScanDevice.token_sha256 == sha256(token),
            ScanDevice.roadshow_id == roadshow.id,
            ScanDevice.revoked_at.is_(None),
            ScanDevice.expires_at > clock.now(),
        )
    ).one_or_none()
