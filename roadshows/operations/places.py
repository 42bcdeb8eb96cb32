"""Writes on where a roadshow takes place: cities, venues, rooms, and how long it takes between venues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core import audit
from core.db import db
from core.errors import BadInput, Conflict, NotFound
from core.languages import Trilingual
from core.models import StoredFile
from roadshows.models import (
    Day,
    HostCity,
    MeetingSlot,
    Roadshow,
    Room,
    Session,
    Slot,
    Venue,
    VenueTravel,
)
from roadshows.operations.meeting_notices import known_in, tell_moved
from roadshows.operations.office_common import (
    NOTHING,
    agenda_changed,
    check_open,
    check_slug,
    count_up,
    let_file_go,
    next_position,
    put,
)
from roadshows.slot_times import NoSuchTime, moved
from roadshows.zones import COUNTRIES, is_zone

LONGEST_WAY = 3 * 24 * 60


def add_city(
    *, roadshow: Roadshow, seen: int | None, slug: str, name: Trilingual, country: str, zone: str
) -> HostCity:
    """A city that the roadshow goes to. Raises `BadInput` for an unknown zone or country, `Conflict` for a
    slug that is taken."""
    check_open(roadshow, seen)
    check_slug(slug, most=40)
    _check_clock(country, zone)
    if any(city.slug == slug for city in roadshow.cities):
        raise Conflict(fields={"slug": _l("This address is taken. Please choose another one.")})
    city = HostCity(
        roadshow_id=roadshow.id,
        slug=slug,
        name=name,
        country=country,
        zone=zone,
        position=next_position(roadshow.cities),
    )
    db.session.add(city)
    audit.record("host_city.added", city, new={"slug": slug, "name": name.to_json(), "zone": zone})
    db.session.expire(roadshow, ["cities"])
    _take_zone_of_first(roadshow)
    count_up(roadshow)
    return city


def change_city(*, city: HostCity, seen: int | None, name: Trilingual, country: str, zone: str) -> None:
    """New name, country, clock. Slots keep the times on the wall, so their moments move with the clock,
    and who knows of a meeting there is told."""
    roadshow = city.roadshow
    check_open(roadshow, seen)
    _check_clock(country, zone)
    former = city.zone
    days = select(Day.id).where(Day.city_id == city.id)
    known = known_in(roadshow, MeetingSlot.day_id.in_(days)) if former != zone else []
    if not put(city, {"name": name, "country": country, "zone": zone}, "host_city.changed"):
        return
    if former != zone:
        _set_clocks(city, former)
        _take_zone_of_first(roadshow)
        agenda_changed(roadshow)
    count_up(roadshow)
    tell_moved(roadshow, known)


def remove_city(*, city: HostCity, seen: int | None) -> None:
    """Raises `Conflict` while days, venues or sessions are in it."""
    roadshow = city.roadshow
    check_open(roadshow, seen)
    for model in (Day, Venue, Session):
        if _count(model, model.city_id == city.id):  # type: ignore[attr-defined]
            raise Conflict(
                _l("Days, venues or sessions are in this city. Remove or move them first."), code="in_use"
            )
    audit.record("host_city.removed", city, old={"slug": city.slug, "name": city.name.to_json()})
    db.session.delete(city)
    db.session.flush()
    db.session.expire(roadshow, ["cities"])
    _take_zone_of_first(roadshow)
    count_up(roadshow)


def _check_clock(country: str, zone: str) -> None:
    if not is_zone(zone):
        raise BadInput(fields={"zone": _l("Please choose one of the list.")})
    if country not in COUNTRIES:
        raise BadInput(fields={"country": _l("Please choose one of the list.")})


def _take_zone_of_first(roadshow: Roadshow) -> None:
    if roadshow.cities:
        roadshow.zone = roadshow.cities[0].zone


def _set_clocks(city: HostCity, former: str) -> None:
    try:
        models: tuple[Any, ...] = (Slot, MeetingSlot)
        for model in models:
            slots = db.session.scalars(
                select(model)
                .join(Day, Day.id == model.day_id)
                .where(model.roadshow_id == city.roadshow_id, Day.city_id == city.id)
            )
            for slot in slots:
                slot.starts_at = moved(slot.starts_at, former, 0, city.zone)
    except NoSuchTime as error:
        raise BadInput(
            fields={"zone": _l("A slot stands at a time that the clocks of this zone skip. Move it first.")}
        ) from error


# --- venues and rooms ---


def add_venue(
    *,
    roadshow: Roadshow,
    seen: int | None,
    city: HostCity,
    name: Trilingual,
    address: Trilingual = NOTHING,
    directions: Trilingual = NOTHING,
) -> Venue:
    """A house with rooms, in a city of the roadshow."""
    check_open(roadshow, seen)
    _check_own(roadshow, city)
    venue = Venue(
        roadshow_id=roadshow.id,
        city_id=city.id,
        name=name,
        address=address,
        directions=directions,
        position=next_position(roadshow.venues),
    )
    db.session.add(venue)
    audit.record("venue.added", venue, new={"city": city.slug, "name": name.to_json()})
    count_up(roadshow)
    db.session.expire(roadshow, ["venues"])
    return venue


def change_venue(
    *,
    venue: Venue,
    seen: int | None,
    city: HostCity,
    name: Trilingual,
    address: Trilingual,
    directions: Trilingual,
) -> None:
    """New name, address, directions, city. Raises `Conflict` when sessions placed in it would be in another
    city than they belong to."""
    roadshow = venue.roadshow
    check_open(roadshow, seen)
    _check_own(roadshow, city)
    if city.id != venue.city_id and (placed := _placed_in(venue)):
        raise Conflict(
            fields={
                "city": _l(
                    "%(num)d sessions are placed in its rooms and belong to the former city. Take them out of"
                    " the agenda first.",
                    num=placed,
                )
            },
            code="in_use",
        )
    values = {"city_id": city.id, "name": name, "address": address, "directions": directions}
    if put(venue, values, "venue.changed"):
        agenda_changed(roadshow)
        count_up(roadshow)


def _placed_in(venue: Venue) -> int:
    rooms = [room.id for room in venue.rooms]
    return _count(Session, Session.room_id.in_(rooms)) + _count(MeetingSlot, MeetingSlot.room_id.in_(rooms))


def set_map(*, venue: Venue, file: StoredFile | None) -> None:
    """The venue's plan as a picture, or none."""
    check_open(venue.roadshow, None)
    former, venue.map_file_id = venue.map_file_id, file.id if file else None
    audit.record("venue.map_set", venue, old={"file": former}, new={"file": venue.map_file_id})
    count_up(venue.roadshow)
    if former != venue.map_file_id:
        let_file_go(former, Venue.map_file_id)


def remove_venue(*, venue: Venue, seen: int | None) -> None:
    """With its rooms and ways. Raises `Conflict` while sessions or meetings are placed in it."""
    roadshow = venue.roadshow
    check_open(roadshow, seen)
    if placed := _placed_in(venue):
        raise Conflict(
            _l("%(num)d sessions or meeting times are placed in its rooms. Move them first.", num=placed),
            code="in_use",
        )
    audit.record("venue.removed", venue, old={"name": venue.name.to_json(), "rooms": len(venue.rooms)})
    for way in db.session.scalars(
        select(VenueTravel).where((VenueTravel.from_id == venue.id) | (VenueTravel.to_id == venue.id))
    ):
        db.session.delete(way)
    for room in list(venue.rooms):
        db.session.delete(room)
    db.session.flush()
    former = venue.map_file_id
    db.session.delete(venue)
    let_file_go(former, Venue.map_file_id)
    agenda_changed(roadshow)
    count_up(roadshow)
    db.session.expire(roadshow, ["venues"])


def add_room(*, roadshow: Roadshow, seen: int | None, venue: Venue, name: Trilingual, capacity: int) -> Room:
    """A room of the venue, which seats `capacity` people."""
    check_open(roadshow, seen)
    _check_own(roadshow, venue)
    room = Room(
        roadshow_id=roadshow.id,
        venue_id=venue.id,
        name=name,
        capacity=capacity,
        position=next_position(venue.rooms),
    )
    db.session.add(room)
    audit.record("room.added", room, new={"name": name.to_json(), "capacity": capacity})
    agenda_changed(roadshow)
    count_up(roadshow)
    db.session.expire(venue, ["rooms"])
    return room


def change_room(*, room: Room, seen: int | None, venue: Venue, name: Trilingual, capacity: int) -> None:
    """New name and capacity; a room stays in its city once sessions are placed in it."""
    roadshow = room.venue.roadshow
    check_open(roadshow, seen)
    _check_own(roadshow, venue)
    if venue.city_id != room.venue.city_id and _in_use(room):
        raise Conflict(
            fields={
                "venue": _l("Sessions are placed in this room; it can't move to another city with them.")
            },
            code="in_use",
        )
    if put(room, {"venue_id": venue.id, "name": name, "capacity": capacity}, "room.changed"):
        agenda_changed(roadshow)
        count_up(roadshow)


def remove_room(*, room: Room, seen: int | None) -> None:
    """Raises `Conflict` while sessions or meetings are placed in it."""
    roadshow = room.venue.roadshow
    check_open(roadshow, seen)
    if placed := _in_use(room):
        raise Conflict(
            _l("%(num)d sessions or meeting times are placed in this room. Move them first.", num=placed),
            code="in_use",
        )
    audit.record("room.removed", room, old={"name": room.name.to_json(), "capacity": room.capacity})
    db.session.delete(room)
    agenda_changed(roadshow)
    count_up(roadshow)


def _in_use(room: Room) -> int:
    return _count(Session, Session.room_id == room.id) + _count(MeetingSlot, MeetingSlot.room_id == room.id)


def set_travel(
    *, roadshow: Roadshow, seen: int | None, minutes: Mapping[tuple[int, int], int | None]
) -> None:
    """How long it takes between two venues of the roadshow, by their ids; None: not known.

    Raises `NotFound` for a venue of another roadshow, `BadInput` for more than three days.
    """
    check_open(roadshow, seen)
    own = {venue.id for venue in roadshow.venues}
    known = {
        (way.from_id, way.to_id): way
        for way in db.session.scalars(select(VenueTravel).where(VenueTravel.roadshow_id == roadshow.id))
    }
    old: dict[str, int | None] = {}
    new: dict[str, int | None] = {}
    for (one, other), length in minutes.items():
        if one == other or not {one, other} <= own:
            raise NotFound
        if length is not None and not 0 <= length <= LONGEST_WAY:
            raise BadInput(_l("Please write minutes from 0 to %(most)d.", most=LONGEST_WAY))
        ends = (min(one, other), max(one, other))
        way = known.get(ends)
        if (way.minutes if way else None) == length:
            continue
        name = f"{ends[0]}-{ends[1]}"
        old[name], new[name] = way.minutes if way else None, length
        if way is None:
            db.session.add(
                VenueTravel(roadshow_id=roadshow.id, from_id=ends[0], to_id=ends[1], minutes=length)
            )
        elif length is None:
            db.session.delete(way)
        else:
            way.minutes = length
    if new:
        audit.record("travel.set", roadshow, old=old, new=new)
        agenda_changed(roadshow)
        count_up(roadshow)


def _check_own(roadshow: Roadshow, part: Any) -> None:
    if part.roadshow_id != roadshow.id:
        raise NotFound


def _count(model: Any, condition: Any) -> int:
    return db.session.execute(select(func.count()).select_from(model).where(condition)).scalar_one()
