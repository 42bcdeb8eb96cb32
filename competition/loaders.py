"""How the parts of an address become rows: each is looked for within what was loaded before it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from competition import policy
from competition.models import Document, Edition, EditionState, Entry, Member, Round, Team
from core.access import loads, person
from core.db import db

# Made once: every page of an edition asks this, and making it anew costs as much as asking.
_EDITION = select(Edition).where(Edition.slug == bindparam("slug")).options(joinedload(Edition.milestones))


@loads("edition")
def load_edition(slug: str, loaded: dict[str, Any]) -> Edition | None:
    """The edition with this slug and its dates; a draft exists only for its staff."""
    edition = db.session.scalars(_EDITION, {"slug": slug}).unique().one_or_none()
    if edition is not None and edition.state is EditionState.DRAFT:
        who = person()
        if who is None or not policy.staff(who, edition=edition):
            return None
    return edition


@loads("team")
def load_team(key: str, loaded: dict[str, Any]) -> Team | None:
    """The edition's team with this key; members, entry and current documents come in the same statement."""
    edition: Edition = loaded["edition"]
    entry = joinedload(Team.entry, innerjoin=True)
    team = (
        db.session.scalars(
            select(Team)
            .where(Team.key == key, Team.edition_id == edition.id)
            .options(
                joinedload(Team.members),
                entry.joinedload(Entry.track),
                entry.joinedload(Entry.division),
                entry.joinedload(Entry.documents).joinedload(Document.file, innerjoin=True),
            )
        )
        .unique()
        .one_or_none()
    )
    if team is not None:
        # Composite keys hide from SQLAlchemy that these rows are in memory already.
        for row, name, value in (
            (team, "edition", edition),
            (team.entry, "edition", edition),
            (team.entry, "team", team),
        ):
            set_committed_value(row, name, value)
    return team


@loads("teammate")
def load_teammate(number: int, loaded: dict[str, Any]) -> Member | None:
    """The team's member with this number."""
    return next((member for member in loaded["team"].members if member.id == number), None)


@loads("entry")
def load_entry(key: str, loaded: dict[str, Any]) -> Entry | None:
    """The edition's entry with this key and its team."""
    return db.session.scalars(
        select(Entry)
        .join(Entry.team)
        .where(Entry.key == key, Entry.edition_id == loaded["edition"].id)
        .options(contains_eager(Entry.team))
    ).one_or_none()


@loads("round")
def load_round(slug: str, loaded: dict[str, Any]) -> Round | None:
    """The edition's round with this slug."""
    return db.session.scalars(
        select(Round).where(Round.slug == slug, Round.edition_id == loaded["edition"].id)
    ).one_or_none()
