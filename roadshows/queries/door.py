"""What a device at the door has to know, and what the organizers see of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from core import clock
from core.db import db
from roadshows import door_days
from roadshows.local_times import local_date
from roadshows.models import (
    Attendance,
    Guest,
    GuestKind,
    GuestState,
    MeetingSlot,
    Participant,
    Roadshow,
    Scan,
    ScanDevice,
    Slot,
)
from roadshows.name_search import search_key

SCANS_SHOWN = 100


def event_days(roadshow: Roadshow) -> list[door_days.EventDay]:
    """The days, each until its last slot or meeting slot ends; one statement besides the days."""
    slots, meeting_slots = (
        select(table.day_id, table.starts_at, table.minutes).where(table.roadshow_id == roadshow.id)
        for table in (Slot, MeetingSlot)
    )
    until: dict[int, datetime] = {}
    for row in db.session.execute(slots.union_all(meeting_slots)):
        ends_at = row.starts_at + timedelta(minutes=row.minutes)
        until[row.day_id] = max(ends_at, until.get(row.day_id, ends_at))
    return [door_days.EventDay(day.date, day.city.zone, until.get(day.id)) for day in roadshow.days]


def today(roadshow: Roadshow) -> date:
    """The day of the event that it is now, else the date in its first city."""
    moment = clock.now()
    found = door_days.event_day(event_days(roadshow), roadshow.zone, moment)
    return found or local_date(moment, roadshow.zone)


@dataclass(frozen=True)
class GuestList:
    """All guests as devices keep them. stamp: changes whenever one of them does."""

    guests: list[dict[str, Any]]
    stamp: str


def guest_list(roadshow: Roadshow) -> GuestList:
    """Key, names, kind, state, number of the valid ticket, and what each can be found by; nothing else of
    them leaves for a phone."""
    rows = db.session.execute(
        select(
            Participant.key,
            Participant.name,
            Participant.name_latin,
            Participant.organization,
            Guest.kind,
            Guest.state,
            Guest.ticket,
            Guest.seat,
        )
        .join(Guest, Guest.participant_id == Participant.id)
        .where(Guest.roadshow_id == roadshow.id, Participant.erased_at.is_(None))
        .order_by(Participant.id)
    )
    guests = [
        {
            "key": row.key,
            "name": row.name,
            "latin": row.name_latin,
            "organization": row.organization,
            "kind": row.kind.value,
            "state": row.state.value,
            "ticket": row.ticket,
            "seat": row.seat,
            "find": search_key(row.name, row.name_latin, row.organization),
        }
        for row in rows
    ]
    return GuestList(guests, hashlib.sha256(orjson.dumps(guests)).hexdigest()[:16])


def arrivals(roadshow: Roadshow, on: date) -> dict[str, str]:
    """Guest's key -> when the guest came in that day, ISO 8601 in UTC."""
    rows = db.session.execute(
        select(Participant.key, Attendance.arrived_at)
        .join(Guest, Guest.id == Attendance.guest_id)
        .join(Participant, Participant.id == Guest.participant_id)
        .where(Attendance.roadshow_id == roadshow.id, Attendance.on == on)
        .order_by(Attendance.id)
    )
    return {row.key: row.arrived_at.isoformat(timespec="seconds") for row in rows}


@dataclass(frozen=True)
class Count:
    """Of one kind: how many are in, how many are confirmed."""

    kind: GuestKind
    inside: int
    expected: int


def counts(roadshow: Roadshow, on: date) -> list[Count]:
    """By kind, those with nobody left out; two statements."""
    expected: Counter[GuestKind] = Counter()
    for kind, number in db.session.execute(
        select(Guest.kind, func.count())
        .where(Guest.roadshow_id == roadshow.id, Guest.state == GuestState.CONFIRMED)
        .group_by(Guest.kind)
    ):
        expected[kind] = number
    inside: Counter[GuestKind] = Counter()
    for kind, number in db.session.execute(
        select(Guest.kind, func.count())
        .join(Attendance, Attendance.guest_id == Guest.id)
        .where(Attendance.roadshow_id == roadshow.id, Attendance.on == on)
        .group_by(Guest.kind)
    ):
        inside[kind] = number
    return [Count(kind, inside[kind], expected[kind]) for kind in GuestKind if inside[kind] or expected[kind]]


def attendance_of(guest: Guest) -> Sequence[Attendance]:
    return db.session.scalars(
        select(Attendance).where(Attendance.guest_id == guest.id).order_by(Attendance.on)
    ).all()


def devices(roadshow: Roadshow) -> Sequence[ScanDevice]:
    """Those not revoked, the newest first."""
    return db.session.scalars(
        select(ScanDevice)
        .where(ScanDevice.roadshow_id == roadshow.id, ScanDevice.revoked_at.is_(None))
        .order_by(ScanDevice.id.desc())
    ).all()


def last_scans(roadshow: Roadshow) -> Sequence[Scan]:
    """The newest hundred, with guest and device."""
    return db.session.scalars(
        select(Scan)
        .where(Scan.roadshow_id == roadshow.id)
        .options(joinedload(Scan.guest), joinedload(Scan.device))
        .order_by(Scan.scanned_at.desc(), Scan.id.desc())
        .limit(SCANS_SHOWN)
    ).all()
