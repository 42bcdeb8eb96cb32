"""Reads for the organizers' pages, as rows where a page shows many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    String,
    bindparam,
    cast,
    func,
    inspect,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from accounts.models import Grant, Invitation, Person, Role
from competition.models import (
    Country,
    Document,
    Edition,
    Entry,
    EntryState,
    EntryVersion,
    RoundEntry,
    Team,
    Track,
)
from core import clock
from core.db import db
from core.models import AuditRecord, Mail, MailState, StoredFile

STAFF_ROLES = (Role.ORGANIZER, Role.AUDITOR)
PAGE_SIZES = (50, 100, 250, 1000)
DEFAULT_PAGE_SIZE = 250


def my_editions(person_id: int, *, all_of_them: bool) -> list[tuple[Edition, list[Role]]]:
    """The editions that the person organizes or audits (a site administrator: all), the youngest first."""
    roles: dict[int, list[Role]] = {}
    for scope_id, role in db.session.execute(
        select(Grant.scope_id, Grant.role)
        .where(Grant.person_id == person_id, Grant.scope_kind == "edition", Grant.role.in_(STAFF_ROLES))
        .order_by(Grant.id)
    ):
        roles.setdefault(scope_id, []).append(role)
    statement = select(Edition).options(selectinload(Edition.milestones))
    if not all_of_them:
        statement = statement.where(Edition.id.in_(roles))
    editions = db.session.scalars(statement.order_by(Edition.year.desc(), Edition.id.desc()))
    return [(edition, roles.get(edition.id, [])) for edition in editions]


def entries_to_review(edition_ids: Iterable[int]) -> dict[int, int]:
    """How many submitted entries wait for a decision, by edition."""
    rows = db.session.execute(
        select(Entry.edition_id, func.count())
        .where(Entry.edition_id.in_(list(edition_ids)), Entry.state == EntryState.SUBMITTED)
        .group_by(Entry.edition_id)
    )
    return {row[0]: row[1] for row in rows}


# --- the first page of an edition ---


@dataclass(frozen=True)
class Funnel:
    """Entries of an edition by how far they came; each figure counts those that got at least so far."""

    teams: int
    submitted: int
    accepted: int
    in_round: int
    unsent_mails: int
    states: Mapping[EntryState, int]


def funnel(edition: Edition) -> Funnel:
    states = entries_now(edition).states
    in_round, failed = db.session.execute(
        select(
            select(func.count(func.distinct(RoundEntry.entry_id)))
            .where(RoundEntry.edition_id == edition.id)
            .scalar_subquery(),
            select(func.count())
            .select_from(Mail)
            .where(Mail.edition_id == edition.id, Mail.state == MailState.FAILED)
            .scalar_subquery(),
        )
    ).one()
    still_drafts = states.get(EntryState.DRAFT, 0) + states.get(EntryState.WITHDRAWN, 0)
    total = sum(states.values())
    return Funnel(
        teams=total,
        submitted=total - still_drafts,
        accepted=states.get(EntryState.ACCEPTED, 0),
        in_round=in_round,
        unsent_mails=failed,
        states=states,
    )


_NOW = (
    select(
        Entry.state,
        func.count(),
        func.sum(Entry.version),
        func.sum(Team.version),
        type_coerce(func.max(Team.created_at), String),
    )
    .join(Team, Team.id == Entry.team_id)
    .where(Entry.edition_id == bindparam("edition_id"))
    .group_by(Entry.state)
)


@dataclass(frozen=True)
class EntriesNow:
    """How many entries stand in each state, and a mark that is another one as soon as any of them, or its
    team, was changed (which counts its version up), added or removed."""

    states: dict[EntryState, int]
    mark: tuple[Any, ...]


def entries_now(edition: Edition) -> EntriesNow:
    rows = db.session.execute(_NOW, {"edition_id": edition.id}).all()
    return EntriesNow({row[0]: row[1] for row in rows}, tuple(sorted(tuple(map(str, row)) for row in rows)))


# --- the list of entries ---


@dataclass(frozen=True)
class EntryFilter:
    """What the list shows; None or "" leaves a thing open."""

    state: EntryState | None = None
    country: Country | None = None
    track: str = ""
    text: str = ""
    sort: str = ""
    page: int = 1
    size: int = DEFAULT_PAGE_SIZE


_entry, _team = inspect(Entry).local_table.c, inspect(Team).local_table.c
# Columns of the tables, not attributes of the classes: past the ORM the list costs half.

SORTS: dict[str, Any] = {
    "receipt": _entry.receipt_number,
    "name": _team.name,
    "affiliation": _team.affiliation,
    "country": _team.country,
    "state": _entry.state,
    "submitted": _entry.submitted_at,
}
DEFAULT_SORT = "receipt"

_LINE = select(
    _entry.key,
    type_coerce(_entry.state, String),
    func.coalesce(_entry.receipt_number, ""),
    _team.name,
    _team.name_latin,
    _team.affiliation,
    type_coerce(_team.country, String),
    type_coerce(_entry.title, String),
    _entry.track_id,
    type_coerce(_entry.submitted_at, DateTime),
    type_coerce(_entry.decided_at, DateTime),
)


def list_entries(edition: Edition, wanted: EntryFilter) -> Sequence[Any]:
    """One page of the list, in the order asked for: plain rows of key, state, receipt, name, name_latin,
    affiliation, country, title, track_id, submitted_at, decided_at.

    The types are those of the database (JSON as it lies there, times without zone on SQLite): turning
    hundreds of rows into enums, texts and times would cost more than all else.
    """
    name = wanted.sort.removeprefix("-")
    column = SORTS.get(name, SORTS[DEFAULT_SORT])
    order = column.desc() if wanted.sort.startswith("-") else column.asc()
    statement = (
        _filtered(_LINE, edition, wanted)
        .order_by(order.nulls_last(), _entry.id)
        .limit(wanted.size)
        .offset((wanted.page - 1) * wanted.size)
    )
    return db.session.execute(statement).all()


def count_entries(edition: Edition, wanted: EntryFilter) -> int:
    return db.session.execute(_filtered(select(func.count()), edition, wanted)).scalar_one()


_TRACKS = (
    select(Track.id, Track.slug, Track.name)
    .where(Track.edition_id == bindparam("edition_id"))
    .order_by(Track.position)
)


def list_tracks(edition: Edition) -> Sequence[Any]:
    """(id, slug, name) of the edition's tracks, in their order."""
    return db.session.execute(_TRACKS, {"edition_id": edition.id}).all()


def _filtered(statement: Any, edition: Edition, wanted: EntryFilter) -> Any:
    conditions: list[ColumnElement[bool]] = [_entry.edition_id == edition.id, _team.id == _entry.team_id]
    if wanted.state is not None:
        conditions.append(_entry.state == wanted.state)
    if wanted.country is not None:
        conditions.append(_team.country == wanted.country)
    if wanted.track:
        tracks = select(Track.id).where(Track.edition_id == edition.id, Track.slug == wanted.track)
        conditions.append(_entry.track_id.in_(tracks))
    if wanted.text:
        searched = (
            _team.name,
            _team.name_latin,
            _team.affiliation,
            _entry.receipt_number,
            cast(_entry.title, String),
        )
        conditions.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in searched)))
    return statement.where(*conditions)


# --- one entry ---


def entry_details(entry: Entry) -> Entry:
    """The entry with everything that its page shows, in a few statements."""
    return db.session.execute(
        select(Entry)
        .join(Entry.team)
        .where(Entry.id == entry.id)
        .options(
            contains_eager(Entry.team).selectinload(Team.members),
            selectinload(Entry.versions),
            selectinload(Entry.remarks),
            selectinload(Entry.documents).joinedload(Document.file),
        )
        .execution_options(populate_existing=True)
    ).scalar_one()


def version_of(entry: Entry, number: int) -> EntryVersion | None:
    return db.session.execute(
        select(EntryVersion).where(EntryVersion.entry_id == entry.id, EntryVersion.number == number)
    ).scalar_one_or_none()


def file_by_key(key: str) -> StoredFile | None:
    return db.session.execute(select(StoredFile).where(StoredFile.key == key)).scalar_one_or_none()


# --- audit and outbox ---


@dataclass(frozen=True)
class AuditLine:
    """One deed with the name of who did it."""

    record: AuditRecord
    actor: str


@dataclass(frozen=True)
class Deeds:
    """The same deed done once or several times in a row, and when last."""

    action: str
    actor: str
    at: datetime
    count: int


_AUDIT_PAGE = 100


def audit_of(
    edition: Edition,
    *,
    action: str = "",
    actor_id: int | None = None,
    about: tuple[str, int] | None = None,
    page: int = 1,
) -> tuple[list[AuditLine], bool]:
    """One page of the edition's deeds, the latest first, and whether there are older ones."""
    statement = select(AuditRecord, Person.name).outerjoin(Person, Person.id == AuditRecord.actor_id)
    statement = statement.where(AuditRecord.edition_id == edition.id)
    if action:
        statement = statement.where(AuditRecord.action == action)
    if actor_id is not None:
        statement = statement.where(AuditRecord.actor_id == actor_id)
    if about is not None:
        statement = statement.where(AuditRecord.object_kind == about[0], AuditRecord.object_id == about[1])
    rows = db.session.execute(
        statement.order_by(AuditRecord.id.desc()).limit(_AUDIT_PAGE + 1).offset((page - 1) * _AUDIT_PAGE)
    ).all()
    return [AuditLine(record, name or "") for record, name in rows[:_AUDIT_PAGE]], len(rows) > _AUDIT_PAGE


def audit_choices(edition: Edition) -> tuple[list[str], list[tuple[int, str]]]:
    """The actions and the people that the edition's audit names."""
    actions = db.session.scalars(
        select(AuditRecord.action).where(AuditRecord.edition_id == edition.id).distinct()
    ).all()
    people = db.session.execute(
        select(Person.id, Person.name)
        .where(
            Person.id.in_(select(AuditRecord.actor_id).where(AuditRecord.edition_id == edition.id).distinct())
        )
        .order_by(Person.name)
    ).all()
    return sorted(actions), [(person_id, name) for person_id, name in people]


def recent_activity(edition: Edition, most: int = 8) -> list[Deeds]:
    """The latest deeds, the same one repeated by the same person as one line."""
    rows = db.session.execute(
        select(AuditRecord, Person.name)
        .outerjoin(Person, Person.id == AuditRecord.actor_id)
        .where(AuditRecord.edition_id == edition.id)
        .order_by(AuditRecord.id.desc())
        .limit(most * 10)
    ).all()
    deeds = []
    for (action, _actor), group in groupby(rows, key=lambda row: (row[0].action, row[0].actor_id)):
        same = list(group)
        deeds.append(Deeds(action, same[0][1] or "", same[0][0].at, len(same)))
    return deeds[:most]


def audit_of_entry(entry: Entry, most: int = 100) -> list[AuditLine]:
    """What was done to the entry, its team and its members, the latest first."""
    about = (AuditRecord.object_kind == "entry") & (AuditRecord.object_id == entry.id) | (
        AuditRecord.object_kind == "team"
    ) & (AuditRecord.object_id == entry.team_id)
    rows = db.session.execute(
        select(AuditRecord, Person.name)
        .outerjoin(Person, Person.id == AuditRecord.actor_id)
        .where(AuditRecord.edition_id == entry.edition_id, about)
        .order_by(AuditRecord.id.desc())
        .limit(most)
    )
    return [AuditLine(record, name or "") for record, name in rows]


def mails_of(edition: Edition, *, state: MailState | None, page: int) -> tuple[list[Any], bool]:
    """One page of the edition's mails as rows without their bodies, and whether there are older ones."""
    statement = select(
        Mail.id, Mail.address, Mail.subject, Mail.kind, Mail.state, Mail.created_at, Mail.sent_at
    ).where(Mail.edition_id == edition.id)
    if state is not None:
        statement = statement.where(Mail.state == state)
    rows = db.session.execute(
        statement.order_by(Mail.id.desc()).limit(_AUDIT_PAGE + 1).offset((page - 1) * _AUDIT_PAGE)
    ).all()
    return list(rows[:_AUDIT_PAGE]), len(rows) > _AUDIT_PAGE


def mail_of(edition: Edition, mail_id: int) -> Mail | None:
    return db.session.execute(
        select(Mail).where(Mail.id == mail_id, Mail.edition_id == edition.id)
    ).scalar_one_or_none()


# --- people ---


def grants_of(edition: Edition) -> list[Grant]:
    """Who organizes and audits, with the people."""
    return list(
        db.session.scalars(
            select(Grant)
            .where(Grant.scope_kind == "edition", Grant.scope_id == edition.id, Grant.role.in_(STAFF_ROLES))
            .options(joinedload(Grant.person))
            .order_by(Grant.role, Grant.id)
        )
    )


def grant_of(edition: Edition, grant_id: int) -> Grant | None:
    return next((grant for grant in grants_of(edition) if grant.id == grant_id), None)


def open_invitations(edition: Edition) -> list[Invitation]:
    """Invitations to organize or audit that nobody has answered yet."""
    return list(
        db.session.scalars(
            select(Invitation)
            .where(
                Invitation.scope_kind == "edition",
                Invitation.scope_id == edition.id,
                Invitation.role.in_([role.value for role in STAFF_ROLES]),
                Invitation.accepted_at.is_(None),
                Invitation.revoked_at.is_(None),
                Invitation.expires_at > clock.now(),
            )
            .order_by(Invitation.id)
        )
    )
