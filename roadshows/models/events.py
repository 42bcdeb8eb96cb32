"""The promotion events themselves: series, roadshow, cities, days, venues and rooms, partners, holidays.

Every row below a roadshow carries `roadshow_id`, and references between such rows are composite, so that the
database itself refuses to mix two roadshows.
"""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from competition.models import Edition
from core import clock
from core.db import Base, JSONValue, TrilingualText, UTCDateTime, Versioned, enum_column
from core.languages import Trilingual
from core.models import StoredFile


class RoadshowSeries(Versioned, Base):
    """Events of one kind that are held again and again, such as 菁蓉汇."""

    __tablename__ = "roadshow_series"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[Trilingual] = mapped_column(TrilingualText)
    about: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())


class RoadshowState(enum.StrEnum):
    """DRAFT: only its organizers see it. PUBLIC: everybody. CANCELED: everybody, and nothing is sent any
    more but the cancellation. CLOSED: over, nothing of the program can be changed."""

    DRAFT = "draft"
    PUBLIC = "public"
    CANCELED = "canceled"
    CLOSED = "closed"


class Roadshow(Versioned, Base):
    """A promotion event (推介会 / 설명회), in one city or in several within a few days.

    edition_id: the contest edition whose teams travel with it. zone: IANA, of its first city.
    agenda_revision: counts every change of the draft agenda; an editor sends the one it saw.
    reminder_minutes: how long before a session or meeting people are reminded. quiet_from, quiet_until: hours
    of a person's own day between which no reminder is sent.
    """

    __tablename__ = "roadshow"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("roadshow_series.id"), index=True)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("edition.id"), index=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[Trilingual] = mapped_column(TrilingualText)
    theme: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    about: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    state: Mapped[RoadshowState] = mapped_column(
        enum_column(RoadshowState, "state"), default=RoadshowState.DRAFT
    )
    canceled_reason: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    zone: Mapped[str] = mapped_column(String(40))
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    registration_opens_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    registration_closes_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    places: Mapped[int | None]
    needs_approval: Mapped[bool] = mapped_column(default=True)
    seats_by_rank: Mapped[bool] = mapped_column(default=False)
    wishes_close_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reminder_minutes: Mapped[list[int]] = mapped_column(JSONValue, default=lambda: [1440, 60])
    quiet_from: Mapped[int] = mapped_column(default=22)
    quiet_until: Mapped[int] = mapped_column(default=8)
    agenda_revision: Mapped[int] = mapped_column(default=0)
    is_demo: Mapped[bool] = mapped_column(default=False)
    cloned_from_id: Mapped[int | None] = mapped_column(ForeignKey("roadshow.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    @property
    def roadshow_id(self) -> int:
        """Its own number, as the rows below it carry it: what is done to it is found in its audit log too."""
        return self.id

    series: Mapped[RoadshowSeries] = relationship(lazy="joined", innerjoin=True)
    edition: Mapped[Edition | None] = relationship()
    cities: Mapped[list[HostCity]] = relationship(
        order_by="HostCity.position, HostCity.id", back_populates="roadshow"
    )
    days: Mapped[list[Day]] = relationship(order_by="Day.date, Day.id", back_populates="roadshow")
    venues: Mapped[list[Venue]] = relationship(order_by="Venue.position, Venue.id", back_populates="roadshow")
    partners: Mapped[list[Partner]] = relationship(
        order_by="Partner.position, Partner.id", back_populates="roadshow"
    )

    __table_args__ = (
        CheckConstraint("places IS NULL OR places >= 0", name="places"),
        CheckConstraint("quiet_from BETWEEN 0 AND 23 AND quiet_until BETWEEN 0 AND 23", name="quiet"),
    )


class HostCity(Base):
    """A city that a roadshow goes to; every time in it is told by its `zone` (IANA)."""

    __tablename__ = "host_city"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    slug: Mapped[str] = mapped_column(String(40))
    name: Mapped[Trilingual] = mapped_column(TrilingualText)
    country: Mapped[str] = mapped_column(String(2))
    zone: Mapped[str] = mapped_column(String(40))
    position: Mapped[int] = mapped_column(default=1)

    roadshow: Mapped[Roadshow] = relationship(back_populates="cities")

    __table_args__ = (UniqueConstraint("roadshow_id", "id"), UniqueConstraint("roadshow_id", "slug"))


class Day(Base):
    """A day of the event in one city, by that city's calendar."""

    __tablename__ = "roadshow_day"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    city_id: Mapped[int]
    date: Mapped[date] = mapped_column(Date)
    title: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())

    roadshow: Mapped[Roadshow] = relationship(back_populates="days")
    city: Mapped[HostCity] = relationship(lazy="joined", innerjoin=True, overlaps="days,roadshow")

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "city_id"], ["host_city.roadshow_id", "host_city.id"]),
        UniqueConstraint("roadshow_id", "id"),
        UniqueConstraint("roadshow_id", "city_id", "date"),
    )


class Venue(Base):
    """A house with rooms. `map_file`: its plan as a picture, since map services are blocked in places."""

    __tablename__ = "venue"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    city_id: Mapped[int]
    name: Mapped[Trilingual] = mapped_column(TrilingualText)
    address: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    directions: Mapped[Trilingual] = mapped_column(TrilingualText, default=Trilingual())
    map_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    position: Mapped[int] = mapped_column(default=1)

    roadshow: Mapped[Roadshow] = relationship(back_populates="venues")
    city: Mapped[HostCity] = relationship(lazy="joined", innerjoin=True, overlaps="venues,roadshow")
    map_file: Mapped[StoredFile | None] = relationship()
    rooms: Mapped[list[Room]] = relationship(order_by="Room.position, Room.id", back_populates="venue")

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "city_id"], ["host_city.roadshow_id", "host_city.id"]),
        UniqueConstraint("roadshow_id", "id"),
    )


class Room(Base):
    """A room of a venue and how many people it seats."""

    __tablename__ = "venue_room"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    venue_id: Mapped[int]
    name: Mapped[Trilingual] = mapped_column(TrilingualText)
    capacity: Mapped[int]
    position: Mapped[int] = mapped_column(default=1)

    venue: Mapped[Venue] = relationship(lazy="joined", innerjoin=True, back_populates="rooms")

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "venue_id"], ["venue.roadshow_id", "venue.id"]),
        UniqueConstraint("roadshow_id", "id"),
        CheckConstraint("capacity >= 0", name="capacity"),
    )


class VenueTravel(Base):
    """How many minutes it takes from one venue to another, either way."""

    __tablename__ = "venue_travel"

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    from_id: Mapped[int]
    to_id: Mapped[int]
    minutes: Mapped[int]

    __table_args__ = (
        ForeignKeyConstraint(["roadshow_id", "from_id"], ["venue.roadshow_id", "venue.id"]),
        ForeignKeyConstraint(["roadshow_id", "to_id"], ["venue.roadshow_id", "venue.id"]),
        UniqueConstraint("from_id", "to_id"),
        CheckConstraint("from_id < to_id", name="order"),
        CheckConstraint("minutes >= 0", name="minutes"),
    )


class PartnerKind(enum.StrEnum):
    """主办 주최, 承办 주관, 协办 공동주관, 支持 후원, 媒体 미디어."""

    HOST = "host"
    ORGANIZER = "organizer"
    CO_ORGANIZER = "co_organizer"
    SUPPORTER = "supporter"
    MEDIA = "media"


class Partner(Base):
    """An organization that stands behind the event, and as what."""

    __tablename__ = "partner"
    public_page = True

    id: Mapped[int] = mapped_column(primary_key=True)
    roadshow_id: Mapped[int] = mapped_column(ForeignKey("roadshow.id"), index=True)
    kind: Mapped[PartnerKind] = mapped_column(enum_column(PartnerKind, "kind"))
    name: Mapped[Trilingual] = mapped_column(TrilingualText)
    url: Mapped[str] = mapped_column(String(300), default="")
    position: Mapped[int] = mapped_column(default=1)

    roadshow: Mapped[Roadshow] = relationship(back_populates="partners")


class HolidayKind(enum.StrEnum):
    """HOLIDAY: a day off that the calendar in use does not know. WORKING: a day it calls off, or a weekend
    day, that is worked (调休)."""

    HOLIDAY = "holiday"
    WORKING = "working"


class HolidayNote(Base):
    """An organizer's correction of the calendar of public holidays, for a country and date."""

    __tablename__ = "holiday_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    date: Mapped[date] = mapped_column(Date)
    kind: Mapped[HolidayKind] = mapped_column(enum_column(HolidayKind, "kind"))
    name: Mapped[Trilingual] = mapped_column(TrilingualText)

    __table_args__ = (UniqueConstraint("country", "date"),)
