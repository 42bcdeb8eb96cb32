"""When people are reminded of a session or meeting: so long before it, but not while they sleep.

A reminder has its moment by the absolute time: the beginning less the offset. Where that falls into the quiet
hours of the person's own clock, it is moved

- to the end of the quiet hours, if at least half of the offset is left then (an hour before a session at
  08:30 becomes half an hour before it);
- else to a little before they begin (a session at 00:15 is announced at 21:45, not at 23:15).

One that is overdue, because the site stood still or the session came late into the program, goes out at once,
or at the end of the quiet hours if they are on; never once the session has begun. Of several that are overdue
for one thing only the last goes out, and none whose moment had passed when the person was told of the thing:
the telling was reminder enough.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

BEFORE_QUIET = timedelta(minutes=15)
"""So long before the quiet hours begin goes out what would fall into them."""


@dataclass(frozen=True)
class Quiet:
    """Hours of the day (0 to 23) from which, and until which, nobody is reminded; equal: always awake."""

    begins: int
    ends: int

    def is_on(self, moment: datetime, zone: str) -> bool:
        """Whether it is quiet where the clock is that of `zone`."""
        hour = moment.astimezone(ZoneInfo(zone)).hour
        if self.begins <= self.ends:
            return self.begins <= hour < self.ends
        return hour >= self.begins or hour < self.ends

    def around(self, moment: datetime, zone: str) -> tuple[datetime, datetime]:
        """Beginning and end of the quiet hours that `moment` falls into, in UTC."""
        local = moment.astimezone(ZoneInfo(zone))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        begin = midnight.replace(hour=self.begins)
        if begin > local:
            begin -= timedelta(days=1)  # of the calendar, whose hours stay what they are
        end = midnight.replace(hour=self.ends)
        if end <= local:
            end += timedelta(days=1)
        return begin.astimezone(UTC), end.astimezone(UTC)


@dataclass(frozen=True)
class Duty:
    """Something that somebody has to be there for.

    person: the participant's id. item: kind and key ("session:…"). version: of the item, as it was told.
    told_at: when the person heard of it as it stands.
    """

    person: int
    item: str
    version: int
    starts_at: datetime
    told_at: datetime
    zone: str


@dataclass(frozen=True)
class Reminder:
    """One reminder to be sent at `at`. skipped: offsets (minutes) that it stands for as well."""

    duty: Duty
    offset: int
    at: datetime
    skipped: tuple[int, ...] = ()


def moment_for(duty: Duty, offset: int, quiet: Quiet) -> datetime:
    """When a reminder `offset` minutes before is due."""
    exact = duty.starts_at - timedelta(minutes=offset)
    if not quiet.is_on(exact, duty.zone):
        return exact
    begin, end = quiet.around(exact, duty.zone)
    if duty.starts_at - end >= timedelta(minutes=offset) / 2:
        return end
    return begin - BEFORE_QUIET


def plan(
    duties: Iterable[Duty],
    offsets: Sequence[int],
    quiet: Quiet,
    sent: Mapping[tuple[int, str, int], Collection[int]],
    now: datetime,
) -> list[Reminder]:
    """What is still to be sent, each with its moment, the soonest first.

    What is overdue has the moment `now`, or that at which the person wakes. Two reminders of one thing that
    quiet hours have moved to the same moment are one. offsets: minutes before. sent: (person, item, version)
    -> offsets that are done with. A reminder is due when its `at` is not later than now.
    """
    found: list[Reminder] = []
    for duty in duties:
        if duty.starts_at <= now:
            continue
        done = sent.get((duty.person, duty.item, duty.version), ())
        moments: dict[datetime, list[int]] = {}
        for offset in sorted({offset for offset in offsets if offset > 0} - set(done), reverse=True):
            moment = moment_for(duty, offset, quiet)
            if moment > duty.told_at:
                moments.setdefault(max(moment, now), []).append(offset)
        for moment, own in moments.items():
            at = _as_soon_as_awake(duty, quiet, now) if moment == now else moment
            if at is not None:
                found.append(Reminder(duty, own[-1], at, tuple(own[:-1])))
    return sorted(found, key=lambda one: (one.at, one.duty.starts_at, one.duty.item, one.duty.person))


def _as_soon_as_awake(duty: Duty, quiet: Quiet, now: datetime) -> datetime | None:
    if not quiet.is_on(now, duty.zone):
        return now
    end = quiet.around(now, duty.zone)[1]
    return end if end < duty.starts_at else None
