"""Reads for the pages that everybody may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from competition import labels, registration
from competition.models import (
    Edition,
    EditionState,
    Entry,
    EntryState,
    MilestoneKind,
    Team,
    Track,
)
from competition.registration import Phase
from core.db import db
from core.languages import Trilingual

_SHOWN = (EditionState.PUBLIC, EditionState.ARCHIVED)


@dataclass(frozen=True)
class Date:
    """One line of an edition's timeline; `state` is past, now, next or later."""

    label: Any
    at: datetime
    end: datetime | None
    state: str


def editions() -> list[Edition]:
    """All public editions with their contests and dates, the youngest first."""
    statement = (
        select(Edition)
        .where(Edition.state.in_(_SHOWN))
        .options(selectinload(Edition.milestones))
        .order_by(Edition.year.desc(), Edition.id.desc())
    )
    return list(db.session.scalars(statement))


def current_edition(shown: Sequence[Edition], at: datetime) -> Edition | None:
    """The edition that the home page is about: open for registration, else about to open, else youngest."""
    order = {Phase.OPEN: 0, Phase.BEFORE: 1, Phase.AFTER: 2, Phase.UNANNOUNCED: 3}
    archived = [edition.state is EditionState.ARCHIVED for edition in shown]
    ranked = sorted(
        range(len(shown)), key=lambda place: (archived[place], order[registration.phase(shown[place], at)])
    )
    return shown[ranked[0]] if ranked else None


def timeline(edition: Edition, at: datetime) -> list[Date]:
    """The edition's dates and scoring periods in order; `now` while something lasts, `next` is what comes
    first.
    """
    closes = registration.closes_at(edition)
    spans: list[tuple[datetime, datetime | None, datetime | None, Any]] = []
    for milestone in edition.milestones:
        lasts = closes if milestone.kind is MilestoneKind.REGISTRATION_OPENS else None
        spans.append((milestone.at, None, lasts, milestone.name or labels.MILESTONES[milestone.kind]))
    spans += [
        (row.scoring_opens_at, row.scoring_closes_at, row.scoring_closes_at, row.name)
        for row in edition.rounds
        if row.scoring_opens_at
    ]
    spans.sort(key=lambda span: span[0])
    dates, is_next_found = [], False
    for begins, end, lasts, label in spans:
        if begins > at:
            state = "later" if is_next_found else "next"
            is_next_found = True
        else:
            state = "now" if lasts is not None and at <= lasts else "past"
        dates.append(Date(label, begins, end, state))
    return dates


def changes_of(edition: Edition, at: datetime) -> datetime | None:
    """The next moment at which the edition's pages look different by themselves.

    A deadline's own second still belongs to it, so pages change once more a second later.
    """
    moments = [milestone.at for milestone in edition.milestones]
    for row in edition.rounds:
        moments += [moment for moment in (row.scoring_opens_at, row.scoring_closes_at) if moment]
    moments += [moment + timedelta(seconds=1) for moment in moments]
    return min((moment for moment in moments if moment > at), default=None)


@dataclass(frozen=True)
class ShownTeam:
    """What the public may see of a team that agreed: nothing but this."""

    name: str
    name_latin: str
    affiliation: str
    title: Trilingual


def shown_teams(edition: Edition) -> list[tuple[Trilingual | None, list[ShownTeam]]]:
    """Accepted entries of teams that agreed to be shown, by track in the edition's order, then by name."""
    rows = db.session.execute(
        select(Team.name, Team.name_latin, Team.affiliation, Entry.title, Track.id, Track.name)
        .join(Entry, Entry.team_id == Team.id)
        .outerjoin(Track, Track.id == Entry.track_id)
        .where(
            Team.edition_id == edition.id,
            Entry.state == EntryState.ACCEPTED,
            Team.shown_publicly.is_(True),
        )
        .order_by(Track.position, Team.name)
    ).all()
    groups: dict[int | None, tuple[Trilingual | None, list[ShownTeam]]] = {}
    for name, latin, affiliation, title, track_id, track in rows:
        groups.setdefault(track_id, (track, []))[1].append(ShownTeam(name, latin, affiliation, title))
    return list(groups.values())
