"""Reads of what was published: the agenda as it stands, earlier versions of it, files to take away."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from core.db import db
from core.models import StoredFile
from roadshows.local_times import at
from roadshows.models import AgendaVersion, Material, Participant, Roadshow, RoadshowState, Session, Venue
from roadshows.published import Agenda, read

_ERASED = (
    select(func.aggregate_strings(Participant.key, " "))
    .where(Participant.roadshow_id == AgendaVersion.roadshow_id, Participant.erased_at.is_not(None))
    .correlate(AgendaVersion)
    .scalar_subquery()
)
"""The keys of participants who were erased, in one text; NULL for none. Erasing counts as a public change, so
that no page that names them is served from memory."""


def newest_version(roadshow: Roadshow) -> AgendaVersion | None:
    """The version that stands."""
    return db.session.scalars(
        select(AgendaVersion)
        .where(AgendaVersion.roadshow_id == roadshow.id)
        .order_by(AgendaVersion.number.desc())
        .limit(1)
    ).one_or_none()


def newest_number(roadshow: Roadshow) -> int:
    """The number of the version that stands; 0 when nothing was published yet."""
    newest = select(func.max(AgendaVersion.number)).where(AgendaVersion.roadshow_id == roadshow.id)
    return db.session.scalar(newest) or 0


def agenda_of(roadshow: Roadshow) -> Agenda:
    """The published agenda; an empty one when nothing was published yet."""
    newest = select(AgendaVersion, _ERASED).where(AgendaVersion.roadshow_id == roadshow.id)
    row = db.session.execute(newest.order_by(AgendaVersion.number.desc()).limit(1)).one_or_none()
    return _as_agenda(*row) if row else Agenda()


def _as_agenda(version: AgendaVersion, erased: str | None) -> Agenda:
    keys = frozenset(erased.split()) if erased else frozenset()
    return read(version.content, number=version.number, published_at=version.published_at, erased=keys)


def earlier_agendas(roadshow: Roadshow, numbers: Collection[int]) -> dict[int, Agenda]:
    """The versions with these numbers."""
    if not numbers:
        return {}
    rows = db.session.execute(
        select(AgendaVersion, _ERASED).where(
            AgendaVersion.roadshow_id == roadshow.id, AgendaVersion.number.in_(numbers)
        )
    )
    return {version.number: _as_agenda(version, erased) for version, erased in rows}


def shown_roadshows() -> list[Roadshow]:
    """All that the public may know of, with cities and days, the latest first."""
    rows = db.session.scalars(
        select(Roadshow)
        .where(Roadshow.state != RoadshowState.DRAFT)
        .options(selectinload(Roadshow.cities), selectinload(Roadshow.days))
    ).all()
    return sorted(
        rows,
        key=lambda row: (max((day.date for day in row.days), default=row.created_at.date()), row.id),
        reverse=True,
    )


def ends_at(roadshow: Roadshow) -> datetime | None:
    """When its last day is over by the clock of that day's city; None without days."""
    return max((at(day.date + timedelta(days=1), 0, 0, day.city.zone) for day in roadshow.days), default=None)


def is_over(roadshow: Roadshow, moment: datetime) -> bool:
    """Closed, or all its days have passed."""
    end = ends_at(roadshow)
    return roadshow.state is RoadshowState.CLOSED or (end is not None and end <= moment)


def venues_of(roadshow: Roadshow) -> list[Venue]:
    """Its houses with their rooms and plans."""
    return list(
        db.session.scalars(
            select(Venue)
            .where(Venue.roadshow_id == roadshow.id)
            .options(selectinload(Venue.rooms), joinedload(Venue.map_file))
            .order_by(Venue.position, Venue.id)
        )
    )


def public_materials(roadshow: Roadshow) -> list[Material]:
    """What everybody may take away, that of the whole event first. A session is looked up in the agenda."""
    return list(
        db.session.scalars(
            select(Material)
            .where(Material.roadshow_id == roadshow.id, Material.is_public)
            .order_by(Material.session_id.is_not(None), Material.position, Material.id)
        )
    )


def session_keys(roadshow: Roadshow, ids: Iterable[int]) -> dict[int, str]:
    """The keys of these sessions of the draft, by which the agenda knows them."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = db.session.execute(
        select(Session.id, Session.key).where(Session.roadshow_id == roadshow.id, Session.id.in_(wanted))
    )
    return {row.id: row.key for row in rows}


def file_with(key: str) -> StoredFile | None:
    return db.session.scalars(select(StoredFile).where(StoredFile.key == key)).one_or_none()
