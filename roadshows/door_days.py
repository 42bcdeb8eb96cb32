"""Which day of the event a moment belongs to, and when a scan took place by our clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from roadshows.local_times import local_date

_TOLERANCE = timedelta(minutes=2)


@dataclass(frozen=True)
class EventDay:
    """A day of the event by the calendar of its city. zone: IANA. until: when the last slot that begins on it
    ends, which may be after midnight; None without slots."""

    on: date
    zone: str
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether it is that day, or later and what began on it still goes on."""
        shown = local_date(moment, self.zone)
        return shown == self.on or (shown > self.on and self.until is not None and moment < self.until)


@dataclass(frozen=True)
class ScanTime:
    """When a scan took place, by our clock. is_sure: False when the device's clock can't have been right."""

    at: datetime
    is_sure: bool


def scan_time(
    device_at: datetime | None, sent_at: datetime | None, received_at: datetime, earliest: datetime
) -> ScanTime:
    """The moment of a scan that a device reports later.

    device_at, sent_at: by the device's clock, when it scanned and when it sent; however wrong that clock is,
    their difference is how long ago it was. earliest: before it the device was not let in. An impossible time
    gives that of the upload, which is told.
    """
    if device_at is None or sent_at is None:
        return ScanTime(received_at, False)
    ago = sent_at - device_at
    if -_TOLERANCE <= ago <= received_at - earliest + _TOLERANCE:
        return ScanTime(received_at - max(ago, timedelta()), True)
    return ScanTime(received_at, False)


def skew_seconds(sent_at: datetime, received_at: datetime) -> int:
    """How far the device's clock is ahead of ours; the way of the message counts as lateness."""
    return round((sent_at - received_at).total_seconds())


def event_day(days: Iterable[EventDay], zone: str, moment: datetime) -> date | None:
    """The day of the event that `moment` belongs to, the earliest of several; without any days each is one,
    by the clock of `zone`."""
    known = list(days)
    if not known:
        return local_date(moment, zone)
    return min((day.on for day in known if day.holds(moment)), default=None)


def day_of_scan(
    days: Iterable[EventDay], zone: str, time: ScanTime, device_at: datetime | None
) -> date | None:
    """The day that a scan counts for, None on no day of the event.

    With a clock that can't have been right the device's own reading is tried, too, and at worst the day
    nearest to the upload is taken: somebody was let in, only the day is in doubt.
    """
    known = sorted(days, key=lambda day: day.on)
    found = event_day(known, zone, time.at)
    if found is not None or time.is_sure:
        return found
    if device_at is not None and (found := event_day(known, zone, device_at)) is not None:
        return found
    return min(known, key=lambda day: abs(day.on - local_date(time.at, day.zone))).on
