"""Events as an iCalendar file (RFC 5545): to subscribe to, to import, or as an invitation inside a mail.

What every client has to agree on: one VTIMEZONE for each zone used, under its IANA name, with the rules of
the dates at hand and no others (China and Korea had daylight saving time in the eighties; a client that reads
those rules may apply them); times told by that zone; a UID that stays; a SEQUENCE that counts what has
changed; lines folded at 75 octets without splitting a character. The same events give the same bytes.
Invitations follow RFC 5546: one object for each event, with ORGANIZER, ATTENDEE and the same METHOD as the
mail that carries it; a feed that is subscribed to has no METHOD.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

PRODUCT = "-//Jiachi//Roadshows//EN"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
# Clients may read them as hints how often to look again; sessions hardly move more often than that.
_LOOK_AGAIN = timedelta(minutes=30)
_AROUND, _SECOND = timedelta(days=1), timedelta(seconds=1)


class Method(enum.StrEnum):
    """What the recipient's calendar is asked to do (RFC 5546): enter an event, or strike it."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class Contact:
    """A person or office with a mail address."""

    name: str
    address: str


@dataclass(frozen=True)
class Event:
    """An entry of a calendar, its texts in one language.

    uid: stays the same over all changes. starts_at: aware. zone: IANA, of the place. changed_at: when it
    came to be as it is now. sequence: counts the changes that matter. Texts may hold anything that was typed.
    """

    uid: str
    starts_at: datetime
    minutes: int
    zone: str
    title: str
    changed_at: datetime
    description: str = ""
    place: str = ""
    url: str = ""
    categories: tuple[str, ...] = ()
    sequence: int = 0
    canceled: bool = False

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


def feed(events: Sequence[Event], *, name: str, language: str) -> bytes:
    """A calendar to subscribe to or to import. name: what it is called there; language: BCP 47.

    Raises ValueError for a naive time and KeyError (`ZoneInfoNotFoundError`) for a zone that doesn't exist.
    """
    from icalendar import vDuration, vText

    calendar = _calendar(events)
    calendar.add("name", vText(_clean(name)), parameters={"language": language})
    calendar.add("x-wr-calname", vText(_clean(name)))
    calendar.add("refresh-interval", vDuration(_LOOK_AGAIN), parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_LOOK_AGAIN))
    for event in events:
        calendar.add_component(_entry(event))
    return bytes(calendar.to_ical())


def invitation(event: Event, method: Method, *, organizer: Contact, attendee: Contact) -> str:
    """One event as a mail carries it: an invitation, or word that it is off.

    organizer: the address that the mail is sent from. No answer is asked for: nobody would read it, and
    whoever speaks or interprets has agreed to it before. Raises as `feed` does.
    """
    calendar = _calendar([event])
    calendar.add("method", method.value)
    entry = _entry(event, canceled=method is Method.CANCEL)
    entry.add("organizer", f"mailto:{_address(organizer)}", parameters={"cn": _plain(organizer.name)})
    entry.add(
        "attendee",
        f"mailto:{_address(attendee)}",
        parameters={
            "cn": _plain(attendee.name),
            "role": "REQ-PARTICIPANT",
            "partstat": "NEEDS-ACTION",
            "rsvp": "FALSE",
        },
    )
    calendar.add_component(entry)
    return str(calendar.to_ical().decode())


def _calendar(events: Sequence[Event]) -> Any:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for zone in sorted({event.zone for event in events}):
        calendar.add_component(_zone(zone, [event for event in events if event.zone == zone]))
    return calendar


def _zone(name: str, events: Iterable[Event]) -> Any:
    """The rules of a zone from the day before its first event to the day after its last: what holds at the
    beginning, and each change in between."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    moments = [moment for event in events for moment in _ends(event)]
    zone = ZoneInfo(name)
    first = min(moments) - _AROUND
    rules = Timezone()
    rules.add("tzid", name)
    for moment in (first, *_changes(zone, first, max(moments) + _AROUND)):
        after = moment.astimezone(zone)
        before = first.astimezone(zone) if moment == first else (moment - _SECOND).astimezone(zone)
        offset = before.utcoffset() or timedelta()
        rule = TimezoneDaylight() if after.dst() else TimezoneStandard()
        # By the clock that was right until then (RFC 5545, 3.6.5).
        rule.add("dtstart", (moment + offset).replace(tzinfo=None))
        rule.add("tzoffsetfrom", offset)
        rule.add("tzoffsetto", after.utcoffset() or timedelta())
        rule.add("tzname", after.tzname() or name)
        rules.add_component(rule)
    return rules


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """The moments (UTC) between two at which the clocks of `zone` are changed; none does it twice a day."""
    moment = first
    while moment < last:
        later = min(moment + _AROUND, last)
        if _offset(zone, later) != _offset(zone, moment):
            early, late = moment, later
            while late - early > _SECOND:
                middle = early + ((late - early) / 2 // _SECOND) * _SECOND
                if _offset(zone, middle) == _offset(zone, moment):
                    early = middle
                else:
                    late = middle
            yield late
        moment = later


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def _ends(event: Event) -> tuple[datetime, datetime]:
    """Beginning and end in UTC, to the second."""
    if event.starts_at.tzinfo is None:
        raise ValueError(f"naive time {event.starts_at!r} of {event.uid}: an event is at one moment")
    return (
        event.starts_at.astimezone(UTC).replace(microsecond=0),
        event.ends_at.astimezone(UTC).replace(microsecond=0),
    )


def _entry(event: Event, *, canceled: bool = False) -> Any:
    from icalendar import Event as Entry

    zone = ZoneInfo(event.zone)
    entry = Entry()
    entry.add("uid", event.uid)
    entry.add("dtstamp", event.changed_at)
    entry.add("last-modified", event.changed_at)
    entry.add("sequence", event.sequence)
    entry.add("dtstart", event.starts_at.astimezone(zone))
    entry.add("dtend", event.ends_at.astimezone(zone))
    entry.add("summary", _clean(event.title))
    for name, text in (("description", event.description), ("location", event.place)):
        if text:
            entry.add(name, _clean(text))
    if event.categories:
        entry.add("categories", [_clean(category) for category in event.categories])
    if event.url:
        entry.add("url", event.url)
    entry.add("status", "CANCELLED" if canceled or event.canceled else "CONFIRMED")
    entry.add("transp", "TRANSPARENT" if canceled or event.canceled else "OPAQUE")
    return entry


def _clean(text: str) -> str:
    """Without characters that a line of the file may not hold; ends of lines are kept as \\n."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _CONTROL.sub("", text).strip()


def _plain(text: str) -> str:
    """A name as a parameter's value, where neither quotes nor ends of lines can stand (RFC 5545, 3.2)."""
    return " ".join(_clean(text).replace('"', "'").split())


def _address(contact: Contact) -> str:
    """The address; one that could begin another property or parameter is refused (ValueError)."""
    if re.search(r"[\s\x00-\x20\x7f<>\"\\;,]", contact.address) or contact.address.count("@") != 1:
        raise ValueError(f"not one mail address: {contact.address[:80]!r}")
    return contact.address
