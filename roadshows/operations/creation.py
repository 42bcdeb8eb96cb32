"""Making roadshows: series, and a draft out of a preset."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.models import Person, Role
from accounts.roles import grant_role
from competition.models import Edition
from core import audit, errors
from core.access import Who
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from roadshows import language_pairs, policy
from roadshows.models import (
    Day,
    HostCity,
    MeetingSlot,
    Roadshow,
    RoadshowSeries,
    Room,
    Session,
    SessionKind,
    Slot,
    Venue,
)
from roadshows.operations.office_common import NOTHING, check_slug
from roadshows.presets import Preset, PresetDay
from roadshows.slot_times import NoSuchTime, moment

RESERVED = {"new", "feeds", "zh", "ko", "en"}
"""Words that stand where a slug does in addresses of this room."""


def taken() -> Conflict:
    return Conflict(
        fields={"slug": _l("This address is taken. Please choose another one.")}, code="slug_taken"
    )


errors.CONSTRAINTS |= {
    name: taken()
    for name in ("roadshow.slug", "uq_roadshow_slug", "roadshow_series.slug", "uq_roadshow_series_slug")
}


def create_series(*, slug: str, name: Trilingual) -> RoadshowSeries:
    """A series without roadshows. Raises `BadInput` for an unusable slug, `Conflict` for one taken."""
    check_slug(slug, most=60)
    if db.session.scalar(select(RoadshowSeries.id).where(RoadshowSeries.slug == slug)):
        raise taken()
    series = RoadshowSeries(slug=slug, name=name)
    db.session.add(series)
    audit.record("roadshow_series.made", series, new={"slug": slug, "name": name.to_json()})
    return series


def create_roadshow(
    *,
    series: RoadshowSeries,
    edition: Edition | None,
    slug: str,
    name: Trilingual,
    theme: Trilingual = NOTHING,
    preset: Preset,
    first_day: date,
    who: Who | None = None,
    **values: Any,
) -> Roadshow:
    """A draft with the cities, days, slots, rooms and common sessions of `preset`, from `first_day` on.

    Whoever makes it runs it: a grant is given where no other says so. Raises `BadInput` for an unusable slug,
    `Conflict` for one taken.
    """
    roadshow = begin(
        series=series,
        edition=edition,
        slug=slug,
        name=name,
        theme=theme,
        zone=preset.cities[0].zone,
        who=who,
        preset=preset.key,
        **values,
    )
    _lay_out(roadshow, preset, first_day)
    return roadshow


def begin(
    *,
    series: RoadshowSeries,
    edition: Edition | None,
    slug: str,
    name: Trilingual,
    zone: str,
    who: Who | None,
    preset: str = "",
    **values: Any,
) -> Roadshow:
    """A draft without anything in it, run by `who`; see `create_roadshow`."""
    check_slug(slug, most=60)
    if slug in RESERVED:
        raise BadInput(fields={"slug": _l("This address is taken. Please choose another one.")})
    if db.session.scalar(select(Roadshow.id).where(Roadshow.slug == slug)):
        raise taken()
    roadshow = Roadshow(
        series=series,
        edition_id=edition.id if edition else None,
        slug=slug,
        name=name,
        zone=zone,
        **values,
    )
    db.session.add(roadshow)
    db.session.flush()
    audit.record("roadshow.made", roadshow, new={"slug": slug, "name": name.to_json(), "preset": preset})
    if who is not None and not policy.organizer(who, roadshow=roadshow):
        grant_role(
            person=db.session.get_one(Person, who.id),
            role=Role.ORGANIZER,
            scope_kind=policy.SCOPE,
            scope_id=roadshow.id,
            granted_by=who.id,
        )
    return roadshow


def _lay_out(roadshow: Roadshow, preset: Preset, first_day: date) -> None:
    rooms: dict[str, list[Room]] = {}
    cities: dict[str, HostCity] = {}
    for position, plan in enumerate(preset.cities, 1):
        city = HostCity(
            roadshow_id=roadshow.id,
            slug=plan.slug,
            name=plan.name,
            country=plan.country,
            zone=plan.zone,
            position=position,
        )
        db.session.add(city)
        db.session.flush()
        venue = Venue(roadshow_id=roadshow.id, city_id=city.id, name=plan.venue, position=position)
        db.session.add(venue)
        db.session.flush()
        rooms[plan.slug] = [
            Room(
                roadshow_id=roadshow.id,
                venue_id=venue.id,
                name=room.name,
                capacity=room.capacity,
                position=number,
            )
            for number, room in enumerate(plan.rooms, 1)
        ]
        db.session.add_all(rooms[plan.slug])
        cities[plan.slug] = city
    db.session.flush()
    for day in preset.days:
        _lay_out_day(roadshow, cities[day.city], rooms[day.city], day, first_day)
    db.session.flush()
    db.session.expire(roadshow, ["cities", "days", "venues"])


def _lay_out_day(
    roadshow: Roadshow, city: HostCity, rooms: list[Room], plan: PresetDay, first_day: date
) -> None:
    on = first_day + timedelta(days=plan.offset)
    day = Day(roadshow_id=roadshow.id, city_id=city.id, date=on, title=plan.title)
    db.session.add(day)
    db.session.flush()
    try:
        starts = [moment(on, slot.at, city.zone) for slot in plan.slots]
    except NoSuchTime as error:
        raise BadInput(
            fields={"first_day": _l("The clocks change on that day. Please choose another one.")}
        ) from error
    for plan_slot, starts_at in zip(plan.slots, starts, strict=True):
        slot = Slot(
            roadshow_id=roadshow.id,
            day_id=day.id,
            starts_at=starts_at,
            minutes=plan_slot.minutes,
            block=plan_slot.block,
        )
        db.session.add(slot)
        if plan_slot.session is None:
            continue
        db.session.flush()
        common = plan_slot.session
        quiet = common.kind in ("break", "meetings")
        db.session.add(
            Session(
                roadshow_id=roadshow.id,
                kind=SessionKind(common.kind),
                title=common.title,
                city_id=city.id,
                language=common.language,
                interpreting="" if quiet else language_pairs.suggested(common.language, city.country),
                minutes=plan_slot.minutes,
                whole_city=True,
                slot_id=slot.id,
                room_id=None if common.kind == "break" else rooms[-1 if quiet else 0].id,
                is_locked=True,
            )
        )
    if plan.meetings is not None:
        first = moment(on, plan.meetings.at, city.zone)
        for number in range(plan.meetings.count):
            db.session.add(
                MeetingSlot(
                    roadshow_id=roadshow.id,
                    day_id=day.id,
                    room_id=rooms[-1].id,
                    starts_at=first + timedelta(minutes=number * plan.meetings.minutes),
                    minutes=plan.meetings.minutes,
                    tables=plan.meetings.tables,
                    interpreters=plan.meetings.interpreters,
                )
            )
