"""Sessions and meetings as calendar entries, in the reader's language."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _

from config import Settings
from core.clock import short_day
from core.languages import Trilingual
from roadshows import program_words
from roadshows.calendar_files import Event
from roadshows.local_times import Reading
from roadshows.models import Roadshow, RoadshowState
from roadshows.published import Agenda, Item
from roadshows.queries.own_program import OwnMeeting


def uid_of(key: str) -> str:
    """The name under which calendars know a session or meeting for ever."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{key}@{urlsplit(settings.base_url).hostname}"


def session_event(
    item: Item,
    roadshow: Roadshow,
    lang: str,
    *,
    changed_at: datetime,
    canceled: bool = False,
    times_told: int = 0,
) -> Event:
    """A session as published. canceled: it is off for whoever gets this, whatever the agenda says.
    times_told: how often that person was told of it before, which counts as versions do."""
    settings: Settings = current_app.config["SETTINGS"]
    off = canceled or item.canceled or roadshow.state is RoadshowState.CANCELED
    # With the whole event called off no version says so: the number has to count that, too.
    count = item.sequence + (roadshow.state is RoadshowState.CANCELED and not item.canceled)
    return Event(
        uid=uid_of(item.key),
        starts_at=item.starts_at,
        minutes=item.minutes,
        zone=item.city.place.zone,
        title=item.title.pick(lang).text,
        changed_at=changed_at,
        description=_about(item, roadshow, lang),
        place=place_words(item, lang),
        url=f"{settings.base_url}/{lang}/roadshows/{roadshow.slug}/sessions/{item.key}",
        categories=tuple(
            dict.fromkeys(
                str(text)
                for text in (
                    program_words.SESSION_KINDS.get(item.kind, ""),
                    item.track.pick(lang).text if item.track else "",
                )
                if text
            )
        ),
        sequence=count + times_told,
        canceled=off,
    )


def meeting_event(own: OwnMeeting, roadshow: Roadshow, lang: str) -> Event:
    """A meeting as one who takes part sees it."""
    meeting = own.meeting
    where = [_("Table %(number)d", number=meeting.table)]
    if own.room:
        where += [own.room.name.pick(lang).text, own.room.venue.name.pick(lang).text]
    return Event(
        uid=uid_of(meeting.key),
        starts_at=meeting.slot.starts_at,
        minutes=meeting.slot.minutes,
        zone=meeting.slot.day.city.zone,
        title=_("Meeting: %(names)s", names=" · ".join(own.others)),
        changed_at=meeting.told_at or meeting.changed_at,
        place=" · ".join(where),
        categories=(str(program_words.SESSION_KINDS["meetings"]),),
        sequence=meeting.sequence + (roadshow.state is RoadshowState.CANCELED),
        canceled=roadshow.state is RoadshowState.CANCELED,
    )


def feed_events(agenda: Agenda, roadshow: Roadshow, lang: str) -> list[Event]:
    """The whole agenda."""
    stamp = agenda.published_at
    return [session_event(item, roadshow, lang, changed_at=stamp) for item in agenda.items] if stamp else []


def place_words(item: Item, lang: str) -> str:
    """Where it is: room, house, address, city, as far as they are known."""
    texts: list[Trilingual] = [item.city.place.name]
    if item.hall:
        texts = [item.hall.name, item.hall.venue, item.hall.address, *texts]
    return " · ".join(dict.fromkeys(text.pick(lang).text for text in texts if text))


def time_words(list_of: list[Reading], lang: str, day: str) -> str:
    """ "Wed, Jun 10, 10:00–10:20 Seoul · 09:00–09:20 Yantai", as mails say it. day: the date of the first."""
    parts = []
    for number, one in enumerate(list_of):
        date = day if number == 0 else (short_day(one.day, lang) if one.day else "")
        end = ""
        if one.end:
            end = f"–{short_day(one.end_day, lang)} {one.end}" if one.end_day else f"–{one.end}"
        parts.append(f"{date} {one.start}{end} {one.place.pick(lang).text}".strip())
    return " · ".join(parts)


def _about(item: Item, roadshow: Roadshow, lang: str) -> str:
    """What a calendar shows below the title: clocks of both cities, who speaks, in what language."""
    lines = [
        time_words(item.readings, lang, short_day(item.date, lang)),
        " · ".join(
            f"{who.person.name} {who.person.name_latin}".strip()
            if who.person.name != who.person.name_latin
            else who.person.name
            for who in item.speakers
        ),
        str(program_words.LANGUAGES.get(item.language, "")),
        program_words.interpreting(item.interpreting),
        item.summary.pick(lang).text,
        roadshow.name.pick(lang).text,
    ]
    return "\n".join(line for line in lines if line)
