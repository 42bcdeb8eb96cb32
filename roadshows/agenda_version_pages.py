"""Published versions as the office reads them: by day, what differs, who is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core import clock
from core.languages import Run, Trilingual, current_language
from roadshows import agenda_sentences as say
from roadshows import labels
from roadshows.agenda_content import Content, moment_of, place_words
from roadshows.agenda_diff import KINDS, Place, Row
from roadshows.local_times import Place as ClockPlace
from roadshows.local_times import Reading, places_for, readings
from roadshows.models import Participant
from roadshows.tellings import Changes

KIND_WORDS: dict[str, Any] = {
    "new": _l("New"),
    "canceled": _l("Canceled"),
    "moved": _l("Other time"),
    "room": _l("Other place"),
    "interpreter": _l("Other interpreter"),
    "changed": _l("Other words or people"),
}
KIND_ICONS = {
    "new": "plus",
    "canceled": "cross",
    "moved": "clock",
    "room": "right",
    "interpreter": "speech",
    "changed": "pencil",
}
_FIELDS: dict[str, Any] = {
    "title": _l("title"),
    "summary": _l("summary"),
    "minutes": _l("length"),
    "kind": _l("kind"),
    "track": _l("track"),
    "language": _l("language"),
    "interpreting": _l("interpreting"),
    "whole_city": _l("for the whole city"),
    "speakers": _l("speakers"),
    "team": _l("team"),
    "city": _l("city"),
}


@dataclass(frozen=True)
class Line:
    """A session of a version. room: None for the whole city."""

    key: str
    title: Run
    kind: str
    times: Sequence[Reading]
    room: Run | None
    speakers: tuple[str, ...]
    interpreter: str
    is_canceled: bool


@dataclass(frozen=True)
class DayLines:
    """A day of a version."""

    date: date
    city: Run
    lines: Sequence[Line]


@dataclass(frozen=True)
class Change:
    """A line of a difference. words: all that happened; old, new: places in words, "" for none."""

    key: str
    title: Run
    kind: str
    words: tuple[str, ...]
    icon: str
    old: str
    new: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """Somebody who will be told, and of how many sessions. has_address: whether a mail can reach them."""

    name: str
    roles: tuple[str, ...]
    titles: tuple[str, ...]
    has_address: bool


def days(content: Content, names: Mapping[str, str]) -> list[DayLines]:
    """A version by day and city, in the order of time; what is canceled at its old place."""
    order = {one["slug"]: place for place, one in enumerate(content["cities"])}
    rooms = {one["id"]: Trilingual.from_json(one["name"]) for one in content["rooms"]}
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    dates = {one["id"]: one["date"] for one in content["days"]}
    for row in content["sessions"]:
        found.setdefault((dates.get(row["day"], ""), row["city"]), []).append(row)
    return [
        DayLines(
            date.fromisoformat(on),
            say.run_of(_city(content, slug).name),
            [
                _line(content, row, rooms, names)
                for row in sorted(rows, key=lambda one: (one["starts_at"], one["room"] or 0, one["key"]))
            ],
        )
        for (on, slug), rows in sorted(found.items(), key=lambda one: (one[0][0], order.get(one[0][1], 0)))
        if on
    ]


def changes(rows: Sequence[Row], old: Content | None, new: Content, names: Mapping[str, str]) -> list[Change]:
    """A difference in words, in its order."""
    return [
        Change(
            row.key,
            _text(row.session["title"]),
            row.kind,
            tuple(str(KIND_WORDS[kind]) for kind in row.kinds),
            KIND_ICONS[row.kind],
            _where(row.old, old or new, names, in_full=_is_renamed(row)) if row.old else "",
            _where(row.new, new, names, in_full=_is_renamed(row)) if row.new else "",
            tuple(str(_FIELDS[name]) for name in row.changed),
        )
        for row in rows
    ]


def told(people: Sequence[tuple[Participant, Changes]]) -> list[Told]:
    """Who will be told, by name."""
    found = []
    for who, changes in people:
        items = [*changes.new, *(new for _old, new in changes.moved), *changes.off]
        interprets = any(item.interpreter == who.key for item in items)
        speaks = any(item.interpreter != who.key for item in items)
        roles = [_("Speaker")] * speaks + [_("Interpreter")] * interprets
        titles = tuple(item.title.pick(current_language()).text for item in items)
        found.append(Told(who.name, tuple(roles), titles, bool(who.email)))
    return sorted(found, key=lambda one: one.name)


def count_words(counts: Mapping[str, int]) -> str:
    """ "3 new · 2 other time", in the order of the kinds."""
    return " · ".join(
        _("%(kind)s: %(count)d", kind=KIND_WORDS[kind], count=counts[kind])
        for kind in KINDS
        if kind in counts
    )


def _line(
    content: Content, row: Mapping[str, Any], rooms: Mapping[int, Trilingual], names: Mapping[str, str]
) -> Line:
    start = moment_of(row)
    room = rooms.get(row["room"]) if row["room"] is not None else None
    return Line(
        row["key"],
        _text(row["title"]),
        str(labels.SESSION_KINDS[row["kind"]]),
        _readings(content, row["city"], start, row["minutes"]),
        say.run_of(room) if room else None,
        tuple(names[who["key"]] for who in row["speakers"] if who["key"] in names),
        names.get(row["interpreter"], ""),
        row["canceled"],
    )


def _readings(content: Content, slug: str, start: datetime, minutes: int) -> list[Reading]:
    here = _city(content, slug)
    others = [_city(content, one["slug"]) for one in content["cities"] if one["slug"] != slug]
    return readings(start, start + timedelta(minutes=minutes), places_for(here, others, start))


def _city(content: Content, slug: str) -> ClockPlace:
    for one in content["cities"]:
        if one["slug"] == slug:
            return ClockPlace(Trilingual.from_json(one["name"]), one["zone"])
    return ClockPlace(Trilingual.same(slug), content["zone"])


def _is_renamed(row: Row) -> bool:
    """Whether it stays in its room, whose name, venue or address is another one."""
    return bool("room" in row.kinds and row.old and row.new and row.old.room == row.new.room)


def _where(place: Place, content: Content, names: Mapping[str, str], *, in_full: bool) -> str:
    """in_full: with venue and address."""
    city = _city(content, place.city)
    start = moment_of({"starts_at": place.starts_at})
    time = clock.short_moment(start, current_language(), ZoneInfo(city.zone))
    rooms = place_words(content)
    room = _("whole city")
    if place.room in rooms:
        texts = rooms[place.room][: None if in_full else 1]
        room = " · ".join(say.words(text) for text in texts if text)
    parts = [_("%(time)s (%(city)s), %(room)s", time=time, city=say.words(city.name), room=room)]
    if place.interpreter:
        parts.append(names.get(place.interpreter, "–"))
    return " · ".join(parts)


def _text(value: Mapping[str, str]) -> Run:
    return Trilingual.from_json(dict(value)).pick(current_language())
