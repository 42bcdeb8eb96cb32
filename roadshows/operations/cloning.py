"""A new draft made out of a roadshow: the same cities, days, slots, rooms and sessions, on other dates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect, select

from competition.models import Edition
from core import audit
from core.access import Who
from core.db import db
from core.errors import BadInput
from core.languages import Trilingual
from roadshows.models import (
    Appearance,
    Day,
    HostCity,
    Interpreter,
    MeetingSlot,
    Participant,
    Partner,
    Roadshow,
    RoadshowSeries,
    Room,
    Session,
    SessionState,
    SessionTrack,
    Slot,
    Speaker,
    Venue,
    VenueTravel,
)
from roadshows.operations.creation import begin
from roadshows.slot_times import NoSuchTime, Stretch, first_overlap, moved

_LEFT_BEHIND = {
    "id",
    "key",
    "roadshow_id",
    "version",
    "created_at",
    "link_sha256",
    "erased_at",
}
_SETTINGS = (
    "about",
    "contact_email",
    "places",
    "needs_approval",
    "seats_by_rank",
    "reminder_minutes",
    "quiet_from",
    "quiet_until",
)


def clone_roadshow(
    *,
    source: Roadshow,
    series: RoadshowSeries,
    edition: Edition | None,
    slug: str,
    name: Trilingual,
    theme: Trilingual,
    first_day: date,
    with_people: bool,
    who: Who | None = None,
) -> Roadshow:
    """A draft with everything of `source` that can be held again, its first day on `first_day`.

    Times stay what the clocks on the wall show. Placements are kept. Left behind are guests, meetings and
    parties, materials, canceled sessions, published versions; without `with_people` also speakers and
    interpreters; teams of another edition. Raises as `create_roadshow` does, and `BadInput` when clocks
    change on a new day so that a slot does not fit.
    """
    if not source.days:
        raise BadInput(_l("That roadshow has no day yet; there is nothing to move."))
    days = (first_day - min(day.date for day in source.days)).days
    clone = begin(
        series=series,
        edition=edition,
        slug=slug,
        name=name,
        theme=theme,
        zone=source.zone,
        who=who,
        preset=f"clone of {source.slug}",
        cloned_from_id=source.id,
        registration_opens_at=_later(source.registration_opens_at, source.zone, days),
        registration_closes_at=_later(source.registration_closes_at, source.zone, days),
        wishes_close_at=_later(source.wishes_close_at, source.zone, days),
        **{column: getattr(source, column) for column in _SETTINGS},
    )
    copy = _Copy(source, clone, days)
    copy.places()
    copy.times()
    if with_people:
        copy.people()
    copy.sessions(same_edition=clone.edition_id == source.edition_id)
    audit.record("roadshow.cloned", clone, new={"from": source.slug, "days": days, "people": with_people})
    db.session.expire(clone)
    return clone


def _later(moment: datetime | None, zone: str, days: int) -> datetime | None:
    if moment is None:
        return None
    try:
        return moved(moment, zone, days)
    except NoSuchTime:
        return moment + timedelta(days=days)


@dataclass
class _Copy:
    """One copying; `ids`: (table, old id) → new id."""

    source: Roadshow
    clone: Roadshow
    days: int
    ids: dict[tuple[str, int], int] = field(default_factory=dict)

    def _rows(self, model: Any) -> list[Any]:
        statement = select(model).where(model.roadshow_id == self.source.id).order_by(model.id)
        return list(db.session.scalars(statement).unique())

    def _again(self, row: Any, **changed: Any) -> Any:
        """A copy of `row` in the clone, with some columns changed."""
        values = {
            attribute.key: getattr(row, attribute.key)
            for attribute in inspect(type(row)).column_attrs
            if attribute.key not in _LEFT_BEHIND
        }
        fresh = type(row)(**{**values, "roadshow_id": self.clone.id, **changed})
        db.session.add(fresh)
        db.session.flush()
        self.ids[row.__tablename__, row.id] = fresh.id
        return fresh

    def _new(self, model: Any, old: int | None) -> int | None:
        return None if old is None else self.ids.get((model.__tablename__, old))

    def places(self) -> None:
        for city in self._rows(HostCity):
            self._again(city)
        for venue in self._rows(Venue):
            self._again(venue, city_id=self._new(HostCity, venue.city_id))
        for room in self._rows(Room):
            self._again(room, venue_id=self._new(Venue, room.venue_id))
        for travel in self._rows(VenueTravel):
            one, other = self._new(Venue, travel.from_id), self._new(Venue, travel.to_id)
            assert one is not None
            assert other is not None
            self._again(travel, from_id=min(one, other), to_id=max(one, other))
        for track in self._rows(SessionTrack):
            self._again(track)
        for partner in self._rows(Partner):
            self._again(partner)

    def times(self) -> None:
        standing: dict[int, list[Stretch]] = {}
        days = {day.id: day for day in self._rows(Day)}
        for day in days.values():
            self._again(
                day, city_id=self._new(HostCity, day.city_id), date=day.date + timedelta(days=self.days)
            )
        for slot in self._rows(Slot):
            fresh = self._moved(slot, days[slot.day_id])
            standing.setdefault(days[slot.day_id].city_id, []).append(Stretch(fresh.starts_at, fresh.minutes))
        for slot in self._rows(MeetingSlot):
            self._moved(slot, days[slot.day_id], room_id=self._new(Room, slot.room_id))
        if any(first_overlap(stretches) for stretches in standing.values()):
            raise _clocks_change()

    def _moved(self, slot: Any, day: Day, **changed: Any) -> Any:
        try:
            starts_at = moved(slot.starts_at, day.city.zone, self.days)
        except NoSuchTime as error:
            raise _clocks_change() from error
        return self._again(slot, day_id=self._new(Day, slot.day_id), starts_at=starts_at, **changed)

    def people(self) -> None:
        for model in (Speaker, Interpreter):
            for row in self._rows(model):
                who = row.participant
                if who.erased_at is not None:
                    continue
                if (who.__tablename__, who.id) not in self.ids:
                    self._again(who)
                self._again(row, participant_id=self._new(Participant, who.id))

    def sessions(self, *, same_edition: bool) -> None:
        kept = [row for row in self._rows(Session) if row.state is SessionState.PLANNED]
        for row in kept:
            self._again(
                row,
                track_id=self._new(SessionTrack, row.track_id),
                city_id=self._new(HostCity, row.city_id),
                slot_id=self._new(Slot, row.slot_id),
                room_id=self._new(Room, row.room_id),
                interpreter_id=self._new(Interpreter, row.interpreter_id),
                entry_id=row.entry_id if same_edition else None,
            )
        ids = {row.id for row in kept}
        for appearance in self._rows(Appearance):
            speaker = self._new(Speaker, appearance.speaker_id)
            if appearance.session_id in ids and speaker is not None:
                self._again(
                    appearance, session_id=self._new(Session, appearance.session_id), speaker_id=speaker
                )


def _clocks_change() -> BadInput:
    return BadInput(
        fields={"first_day": _l("The clocks change on one of the new days. Please choose another date.")},
        code="clocks_change",
    )
