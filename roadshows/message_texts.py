"""The mails that this part of the room sends, each in the recipient's language (the locale in force).

All lead to the recipient's own page: whoever sends one puts its address there (`operations.telling.post`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from babel.dates import format_timedelta
from flask_babel import get_locale
from flask_babel import gettext as _

from core.clock import short_day
from core.languages import Trilingual
from core.mail import Message
from roadshows.calendar_texts import place_words, time_words
from roadshows.local_times import Place, Reading, local_date
from roadshows.models import Participant, Roadshow
from roadshows.published import Item
from roadshows.queries.own_program import OwnMeeting
from roadshows.tellings import Changes


def program(changes: Changes, roadshow: Roadshow, who: Participant, lang: str) -> Message:
    """What somebody is expected for, what has moved: with old and new times of both cities."""
    names = {"event": roadshow.name.pick(lang).text}
    parts = []
    if changes.moved:
        parts += [_("These sessions have changed:"), *(_moved(old, new, lang) for old, new in changes.moved)]
    if changes.new:
        parts += [_("You are expected in these sessions:"), *(_item(item, lang) for item in changes.new)]
    subject = (
        _("Changed: your program at %(event)s", **names)
        if changes.moved
        else _("Your program at %(event)s", **names)
    )
    return _message(subject, [*parts, _calendar_goes_along()], who)


def off(items: Iterable[Item], roadshow: Roadshow, who: Participant, lang: str) -> Message:
    """What somebody is no longer expected for."""
    parts = [
        _("You are no longer expected in these sessions, because they are canceled or others take over:"),
        *(_item(item, lang) for item in items),
        _calendar_goes_along(),
    ]
    names = {"event": roadshow.name.pick(lang).text}
    return _message(_("No longer in your program at %(event)s", **names), parts, who)


def canceled(roadshow: Roadshow, who: Participant, lang: str) -> Message:
    """The whole event is off."""
    names = {"event": roadshow.name.pick(lang).text}
    parts = [_("%(event)s does not take place. All its sessions and meetings are canceled.", **names)]
    if roadshow.canceled_reason:
        parts.append(_("Reason: %(reason)s", reason=roadshow.canceled_reason.pick(lang).text))
    parts.append(_("You will get no further message about it."))
    return _message(_("Canceled: %(event)s", **names), parts, who)


def session_reminder(item: Item, roadshow: Roadshow, who: Participant, lang: str, now: datetime) -> Message:
    """A session begins soon."""
    title = item.title.pick(lang).text
    return _message(_soon(item.starts_at - now, title), [_item(item, lang)], who)


def meeting_reminder(
    own: OwnMeeting, roadshow: Roadshow, who: Participant, lang: str, now: datetime
) -> Message:
    """A meeting begins soon."""
    title = _("Meeting: %(names)s", names=" · ".join(own.others))
    where = [_("Table %(number)d", number=own.meeting.table)]
    if own.room:
        where += [own.room.name.pick(lang).text, own.room.venue.name.pick(lang).text]
    cities = [Place(city.name, city.zone) for city in roadshow.cities]
    text = "\n".join((title, _times(own.readings(cities), own.starts_at, lang), " · ".join(where)))
    return _message(_soon(own.starts_at - now, title), [text], who)


def event_reminder(first: Item, roadshow: Roadshow, who: Participant, lang: str, now: datetime) -> Message:
    """The event begins soon: for guests."""
    name = roadshow.name.pick(lang).text
    parts = [_("We look forward to seeing you. The program begins:"), _item(first, lang)]
    return _message(_soon(first.starts_at - now, name), parts, who)


def letter(subject: Trilingual, body: Trilingual, lang: str) -> Message:
    """What an organizer wrote, in the language that comes closest."""
    return Message(subject.pick(lang).text, body.pick(lang).text)


def _calendar_goes_along() -> str:
    return _("The calendar entries are attached. Nothing has to be answered.")


def _soon(left: timedelta, title: str) -> str:
    when = format_timedelta(left, add_direction=True, threshold=0.95, locale=get_locale())
    return _("%(when)s: %(title)s", when=when[:1].upper() + when[1:], title=title)


def _message(subject: str, parts: Iterable[str], who: Participant) -> Message:
    greeting = _("Dear %(name)s,", name=who.name)
    return Message(subject, "\n\n".join((greeting, *parts)))


def _item(item: Item, lang: str) -> str:
    """Title, time in both cities, place."""
    return "\n".join(
        (item.title.pick(lang).text, _times(item.readings, item.starts_at, lang), place_words(item, lang))
    )


def _moved(old: Item, new: Item, lang: str) -> str:
    """Title, then the old and the new time and place, each in both cities."""
    lines = [new.title.pick(lang).text]
    for label, item in ((_("Until now:"), old), (_("From now on:"), new)):
        lines.append(f"{label} {_times(item.readings, item.starts_at, lang)}")
        lines.append(place_words(item, lang))
    return "\n".join(lines)


def _times(found: list[Reading], moment: datetime, lang: str) -> str:
    return time_words(found, lang, short_day(local_date(moment, found[0].zone), lang))
