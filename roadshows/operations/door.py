"""Letting guests in: devices, scans as they are reported, undoing, walk-ins.

A device decides by itself and reports when it can; here it is decided for good. Each report has a nonce of
the device's own: sent again, it is the same report. A guest is in once a day, whatever is scanned.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.sessions import sha256
from core import audit, clock
from core.access import Who
from core.db import db, lock
from core.errors import Conflict
from roadshows import door_days
from roadshows.guest_consent_texts import REQUIRED
from roadshows.models import (
    Attendance,
    Guest,
    GuestKind,
    GuestSource,
    GuestState,
    Participant,
    Roadshow,
    RoadshowState,
    Scan,
    ScanDevice,
    ScanOutcome,
)
from roadshows.operations import guests
from roadshows.operations.guest_consents import give_consents
from roadshows.operations.people import add_participant
from roadshows.queries.door import event_days
from roadshows.tickets import read_code

UNDONE = "undone"
_GOOD_AFTER = timedelta(days=2)
_GOOD_WITHOUT_DAYS = timedelta(days=30)


@dataclass(frozen=True)
class WalkIn:
    """Somebody who comes without being on the list and agreed to be put on it."""

    name: str
    name_latin: str
    organization: str
    kind: GuestKind
    language: str


@dataclass(frozen=True)
class Report:
    """What a device reports: a scanned code, a guest picked by name, a walk-in, or that an earlier report is
    undone. at: by the device's clock, None when it can't be read."""

    nonce: str
    at: datetime | None
    code: str = ""
    guest: str = ""
    walk_in: WalkIn | None = None
    undoes: str = ""


@dataclass(frozen=True)
class Answer:
    """What became of a report. outcome: a `ScanOutcome` or "undone". reason: a code of
    `guest_labels.REASONS`, or ""."""

    nonce: str
    outcome: str
    reason: str = ""
    guest: Guest | None = None
    arrived_at: datetime | None = None


# --- devices ---


def make_device(*, roadshow: Roadshow, name: str, who: Who | None = None) -> tuple[ScanDevice, str]:
    """A device and the secret of its link, which is stored nowhere. Raises Conflict while the event is a
    draft: no device could open the link."""
    if roadshow.state is RoadshowState.DRAFT:
        raise Conflict(
            _l("Please publish the event first: until then no device can open its link."),
            code="roadshow_not_public",
        )
    token = secrets.token_urlsafe(24)
    device = ScanDevice(
        roadshow_id=roadshow.id,
        name=name,
        token_sha256=sha256(token),
        made_by=who.id if who else None,
        expires_at=_good_until(roadshow),
    )
    db.session.add(device)
    db.session.flush()
    audit.record("scan_device.made", device, new={"name": name}, actor_id=who.id if who else None)
    return device, token


def _good_until(roadshow: Roadshow) -> datetime:
    ends = [
        datetime.combine(day.date, time(23, 59), ZoneInfo(day.city.zone)) + _GOOD_AFTER
        for day in roadshow.days
    ]
    return max([*ends, clock.now() + (_GOOD_AFTER if ends else _GOOD_WITHOUT_DAYS)])


def revoke_device(*, device: ScanDevice, who: Who | None = None) -> None:
    """End a device's access at once; what it has reported stays."""
    if device.revoked_at is None:
        device.revoked_at = clock.now()
        audit.record("scan_device.revoked", device, actor_id=who.id if who else None)
        db.session.flush()


# --- reports ---


def take_reports(
    *, roadshow: Roadshow, device: ScanDevice, sent_at: datetime | None, reports: Sequence[Report]
) -> list[Answer]:
    """Decide on a batch in the order in which it happened; one answer for each report."""
    moment = clock.now()
    device.seen_at = moment
    if sent_at is not None:
        device.skew_seconds = max(min(door_days.skew_seconds(sent_at, moment), 2**31 - 1), -(2**31))
    if not reports:
        return []
    roadshow = lock(roadshow)
    desk = _Desk(roadshow, device)
    answers = [desk.take(report, sent_at) for report in reports]
    outcomes = [answer.outcome for answer in answers]
    new = {str(outcome): outcomes.count(outcome) for outcome in sorted(set(outcomes))}
    audit.record("door.reported", device, new=new)
    return answers


def admit(*, roadshow: Roadshow, guest: Guest) -> Answer:
    """An organizer lets a guest in without any device."""
    report = Report(secrets.token_hex(16), clock.now(), guest=guest.participant.key)
    answer = _Desk(lock(roadshow), None).take(report, clock.now())
    audit.record("guest.admitted", guest, new={"outcome": str(answer.outcome), "reason": answer.reason})
    return answer


def add_walk_in(*, roadshow: Roadshow, walk_in: WalkIn) -> Answer:
    """An organizer lets somebody in who is not on the list. Raises Conflict where nobody may come in."""
    report = Report(secrets.token_hex(16), clock.now(), walk_in=walk_in)
    answer = _Desk(lock(roadshow), None).take(report, clock.now())
    if answer.outcome == ScanOutcome.REFUSED:
        raise Conflict(
            _l("Nobody can come in now: the event was canceled, or isn't today."), code=answer.reason
        )
    return answer


class _Desk:
    """Decides on the reports of one device (None: an organizer's) while the roadshow is held."""

    def __init__(self, roadshow: Roadshow, device: ScanDevice | None) -> None:
        self.roadshow = roadshow
        self.device = device
        self.days = event_days(roadshow)
        self.moment = clock.now()

    def take(self, report: Report, sent_at: datetime | None) -> Answer:
        if report.undoes:
            return self._undo(report)
        known = _scan_of(self.roadshow, report.nonce)
        if known is not None:
            return self._told_before(known)
        earliest = self.device.made_at if self.device else self.moment
        scanned = door_days.scan_time(report.at, sent_at, self.moment, earliest)
        on = door_days.day_of_scan(self.days, self.roadshow.zone, scanned, report.at)
        guest, reason = self._who(report)
        reason = self._refusal(guest, reason, on)
        if not reason and report.walk_in is not None:
            guest = _put_on_list(self.roadshow, report.walk_in)
        return self._decide(report, scanned, on, guest, reason)

    def _who(self, report: Report) -> tuple[Guest | None, str]:
        """The guest that is meant, and why not to believe it."""
        if report.walk_in is not None:
            return None, ""
        if not report.code:
            guest = _guest_by_key(self.roadshow, report.guest)
            return guest, "" if guest else "unknown_guest"
        ticket = read_code(report.code)
        if ticket is None:
            return None, "unknown_code"
        if not ticket.is_signed:
            return None, "forged"
        if ticket.roadshow_id != self.roadshow.id:
            return None, "other_event"
        guest = _guest_by_key(self.roadshow, ticket.key)
        if guest is None:
            return None, "unknown_guest"
        return guest, "" if ticket.number == guest.ticket else "revoked_ticket"

    def _refusal(self, guest: Guest | None, reason: str, on: date | None) -> str:
        if self.roadshow.state is RoadshowState.CANCELED:
            return "canceled_event"
        if not reason and guest is not None and guest.state is not GuestState.CONFIRMED:
            return "not_confirmed"
        if not reason and on is None:
            return "wrong_day"
        return reason

    def _decide(
        self,
        report: Report,
        scanned: door_days.ScanTime,
        on: date | None,
        guest: Guest | None,
        reason: str,
    ) -> Answer:
        scan = Scan(
            roadshow_id=self.roadshow.id,
            device_id=self.device.id if self.device else None,
            guest_id=guest.id if guest else None,
            nonce=report.nonce,
            outcome=ScanOutcome.REFUSED if reason else ScanOutcome.ADMITTED,
            reason=reason or ("" if scanned.is_sure else "clock"),
            device_at=report.at or self.moment,
            scanned_at=scanned.at,
            uploaded_at=self.moment,
        )
        db.session.add(scan)
        if reason or guest is None or on is None:
            db.session.flush()
            return Answer(report.nonce, ScanOutcome.REFUSED, reason, guest)
        there = _attendance(guest, on)
        if there is not None:
            scan.outcome = ScanOutcome.ALREADY_IN
            there.arrived_at = min(there.arrived_at, scanned.at)  # the other device's report was faster
            db.session.flush()
            return Answer(report.nonce, ScanOutcome.ALREADY_IN, scan.reason, guest, there.arrived_at)
        db.session.flush()
        db.session.add(
            Attendance(
                roadshow_id=self.roadshow.id,
                guest_id=guest.id,
                on=on,
                arrived_at=scanned.at,
                scan_id=scan.id,
            )
        )
        db.session.flush()
        return Answer(report.nonce, ScanOutcome.ADMITTED, scan.reason, guest, scanned.at)

    def _told_before(self, scan: Scan) -> Answer:
        """The same report once more: its answer got lost."""
        if scan.undone_at is not None:
            return Answer(scan.nonce, UNDONE, "", scan.guest)
        there = _attendance_of_scan(scan)
        arrived = there.arrived_at if there else scan.scanned_at
        refused = scan.outcome is ScanOutcome.REFUSED
        return Answer(scan.nonce, scan.outcome, scan.reason, scan.guest, None if refused else arrived)

    def _undo(self, report: Report) -> Answer:
        scan = _scan_of(self.roadshow, report.undoes)
        if scan is None or self.device is None or scan.device_id != self.device.id:
            return Answer(report.nonce, ScanOutcome.REFUSED, "unknown_guest")
        undo_scan(scan=scan, by=self.device.name)
        return Answer(report.nonce, UNDONE, "", scan.guest)


def undo_scan(*, scan: Scan, by: str) -> None:
    """Take an entry back. Who was let in by it is out again, unless another device saw the guest come, too; a
    walk-in leaves the list. Refusals and what is undone already are left alone."""
    if scan.undone_at is not None or scan.outcome is ScanOutcome.REFUSED:
        return
    scan.undone_at, scan.undone_by = clock.now(), by[:80]
    there = db.session.scalars(select(Attendance).where(Attendance.scan_id == scan.id)).one_or_none()
    if there is not None:
        other = _other_scan(scan, there)
        if other is not None:
            there.scan_id, there.arrived_at = other.id, other.scanned_at
            other.outcome = ScanOutcome.ADMITTED
        else:
            db.session.delete(there)
            if scan.guest is not None and scan.guest.source is GuestSource.WALK_IN:
                scan.guest.state = GuestState.WITHDRAWN
    audit.record("scan.undone", scan, new={"by": by})
    db.session.flush()


def _other_scan(scan: Scan, there: Attendance) -> Scan | None:
    """Another device's report that the guest came that day, the earliest."""
    roadshow = db.session.get_one(Roadshow, scan.roadshow_id)
    days = event_days(roadshow)
    others = db.session.scalars(
        select(Scan)
        .where(
            Scan.guest_id == scan.guest_id,
            Scan.device_id.is_distinct_from(scan.device_id),
            Scan.outcome == ScanOutcome.ALREADY_IN,
            Scan.undone_at.is_(None),
        )
        .order_by(Scan.scanned_at, Scan.id)
    )
    that_day = (
        other
        for other in others
        if door_days.event_day(days, roadshow.zone, other.scanned_at) in (there.on, None)
    )
    return next(that_day, None)


def _put_on_list(roadshow: Roadshow, walk_in: WalkIn) -> Guest:
    """A confirmed guest without an address, who agreed at the door to what being on the list needs."""
    participant = add_participant(
        roadshow=roadshow,
        name=walk_in.name,
        name_latin=walk_in.name_latin,
        organization=walk_in.organization,
        language=walk_in.language,
    )
    guest = guests.put_on_list(
        roadshow, participant, GuestSource.WALK_IN, GuestState.CONFIRMED, {"kind": walk_in.kind}
    )
    give_consents(guest=guest, purposes=REQUIRED, language=walk_in.language)
    return guest


def _scan_of(roadshow: Roadshow, nonce: str) -> Scan | None:
    return db.session.scalars(
        select(Scan).where(Scan.roadshow_id == roadshow.id, Scan.nonce == nonce)
    ).one_or_none()


def _guest_by_key(roadshow: Roadshow, key: str) -> Guest | None:
    return db.session.scalars(
        select(Guest)
        .join(Guest.participant)
        .where(Guest.roadshow_id == roadshow.id, Participant.key == key, Participant.erased_at.is_(None))
    ).one_or_none()


def _attendance(guest: Guest, on: date) -> Attendance | None:
    return db.session.scalars(
        select(Attendance).where(Attendance.guest_id == guest.id, Attendance.on == on)
    ).one_or_none()


def _attendance_of_scan(scan: Scan) -> Attendance | None:
    return db.session.scalars(select(Attendance).where(Attendance.scan_id == scan.id)).one_or_none()
