"""What the contestants' pages read: the state of a registration, versions and their differences, one's own
teams.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from competition import registration
from competition.eligibility import Finding
from competition.models import (
    DocumentKind,
    Edition,
    EditionState,
    Entry,
    EntryState,
    EntryVersion,
    Member,
    MemberRole,
    Milestone,
    MilestoneKind,
    Remark,
    Team,
)
from competition.operations import entries, teams
from core import clock
from core.db import db
from core.models import StoredFile

DRAFT_FIELDS = ("title", "summary", "track", "division", "stage")
NEAR_SECONDS = 3 * 24 * 3600
"""A deadline nearer than this is shown as near."""


@dataclass(frozen=True)
class Hub:
    """Everything that says where a registration stands.

    standing: `draft`, `returned`, `submitted`, `changed` (submitted, and changed since), `accepted`,
    `rejected`, `withdrawn` or `disqualified`. missing: codes of `entries.missing_of`. why_closed: "" while
    the team may work. states: of the five steps. next: which of them is to be done now, "" when there is
    none.
    """

    standing: str
    missing: list[str]
    findings: list[Finding]
    deadline: datetime | None
    why_closed: Any
    states: Mapping[str, str]
    next: str

    @property
    def is_near(self) -> bool:
        return self.deadline is not None and 0 <= (self.deadline - clock.now()).total_seconds() < NEAR_SECONDS

    @property
    def is_passed(self) -> bool:
        return self.deadline is not None and clock.now().replace(microsecond=0) > self.deadline

    @property
    def is_blocked(self) -> bool:
        return any(finding.is_blocking for finding in self.findings)


def hub_of(team: Team) -> Hub:
    """The state of `team`'s registration, step by step. The team was loaded by the address.

    What a state does not need is not asked for: the newest version only while changes after it are possible,
    open invitations only while somebody can still join.
    """
    entry = team.entry
    if entry.track_id is None or entry.division_id is None:
        load_choices(team.edition)
    missing = entries.missing_of(entry)
    findings = entries.findings_of(entry)
    closed = teams.why_unchangeable(team)
    standing = entry.state.value
    if entry.state is EntryState.SUBMITTED and entries.has_unsubmitted_changes(
        entry, entries.last_version(entry)
    ):
        standing = "changed"
    too_small = any(finding.code == "team_size_broken" for finding in findings)
    waits = {
        "members": too_small or "guardian" in missing,
        "entry": any(code in missing for code in DRAFT_FIELDS),
        "documents": "business_plan" in missing,
        "submit": standing not in ("submitted", "accepted"),
    }
    todo = next((step for step, waiting in waits.items() if waiting), "") if not closed else ""
    states = {"team": "done"} | {
        step: ("now" if step == todo else "missing" if step != "submit" else "todo") if waiting else "done"
        for step, waiting in waits.items()
    }
    return Hub(standing, missing, findings, registration.deadline_of(team), closed, states, todo)


def load_choices(edition: Edition) -> None:
    """Tracks and divisions of an edition in one statement."""
    statement = select(Edition).where(Edition.id == edition.id)
    db.session.scalars(
        statement.options(joinedload(Edition.tracks), joinedload(Edition.divisions))
    ).unique().one()


def open_remarks(entry: Entry) -> dict[str, list[str]]:
    """What the organizers asked for and nobody has mended yet, by field ("" for the whole)."""
    found: dict[str, list[str]] = {}
    if entry.state is not EntryState.RETURNED:
        return found
    for field, comment in db.session.execute(
        select(Remark.field, Remark.comment)
        .where(Remark.entry_id == entry.id, Remark.settled_at.is_(None))
        .order_by(Remark.id)
    ):
        found.setdefault(field, []).append(comment)
    return found


def versions_of(entry: Entry) -> list[EntryVersion]:
    """All submissions, the newest first."""
    return list(
        db.session.scalars(
            select(EntryVersion).where(EntryVersion.entry_id == entry.id).order_by(EntryVersion.number.desc())
        )
    )


def version_of(entry: Entry, number: int) -> EntryVersion | None:
    return db.session.scalars(
        select(EntryVersion).where(EntryVersion.entry_id == entry.id, EntryVersion.number == number)
    ).one_or_none()


def file_of_version(version: EntryVersion, kind: DocumentKind) -> StoredFile | None:
    """The file that `version` named as its document of `kind`."""
    named = version.content.get("documents", {}).get(kind.value)
    if named is None:
        return None
    return db.session.scalars(select(StoredFile).where(StoredFile.key == named["file"])).one_or_none()


@dataclass(frozen=True)
class Difference:
    """One value that differs between two contents. `field` is a key of `labels.ENTRY_FIELDS`; `lang` its
    language.
    """

    field: str
    lang: str
    old: Any
    new: Any


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """What changed from one frozen content to another, in the order of the page."""
    before, after = dict(_flat(old)), dict(_flat(new))
    keys = [*after, *(key for key in before if key not in after)]
    return [
        Difference(field, lang, before.get((field, lang), ""), after.get((field, lang), ""))
        for field, lang in keys
        if before.get((field, lang), "") != after.get((field, lang), "")
    ]


def _flat(content: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Any]]:
    team = content.get("team", {})
    for name in (
        "name",
        "name_latin",
        "country",
        "affiliation",
        "company_number",
        "founded_year",
        "investors",
    ):
        yield (name, ""), team.get(name) or ""
    yield ("members", ""), tuple((row.get("member"), row.get("role")) for row in team.get("members", []))
    for name in ("title", "summary"):
        for lang in ("zh", "ko", "en"):
            yield (name, lang), content.get(name, {}).get(lang, "")
    for name in ("track", "division", "stage", "sector", "video_url", "earlier_prize"):
        yield (name, ""), content.get(name) or ""
    for kind in DocumentKind:
        named = content.get("documents", {}).get(kind.value)
        yield (kind.value, ""), (named["name"], named["size"], named["sha256"]) if named else ""


@dataclass(frozen=True)
class MyTeam:
    """One team of a person, for menus and the first page."""

    key: str
    name: str
    role: MemberRole
    state: EntryState
    edition_slug: str
    edition_name: Any
    edition_archived: bool
    deadline: datetime | None


# Made once: it stands in the menu of every page of a signed-in person.
_MY_TEAMS = (
    select(
        Team.key,
        Team.name,
        Member.role,
        Entry.state,
        Edition.slug,
        Edition.name,
        Edition.state,
        Milestone.at,
        Team.extended_until,
    )
    .join(Member, Member.team_id == Team.id)
    .join(Entry, Entry.team_id == Team.id)
    .join(Edition, Edition.id == Team.edition_id)
    .outerjoin(
        Milestone,
        (Milestone.edition_id == Edition.id) & (Milestone.kind == MilestoneKind.REGISTRATION_CLOSES),
    )
    .where(Member.person_id == bindparam("person_id"), Member.confirmed_at.is_not(None))
    .order_by(Edition.year.desc(), Team.id)
)


def my_teams(person_id: int) -> list[MyTeam]:
    """The person's teams, the newest edition first; one statement."""
    rows = db.session.execute(_MY_TEAMS, {"person_id": person_id})
    return [
        MyTeam(
            key,
            name,
            role,
            state,
            slug,
            edition_name,
            edition_state is EditionState.ARCHIVED,
            max((moment for moment in (closes, extended) if moment), default=None) if closes else None,
        )
        for key, name, role, state, slug, edition_name, edition_state, closes, extended in rows
    ]


def team_led_by(person_id: int, edition: Edition) -> Team | None:
    """The team that the person leads in this edition, withdrawn ones left aside."""
    return db.session.scalars(
        select(Team)
        .join(Member, Member.team_id == Team.id)
        .join(Entry, Entry.team_id == Team.id)
        .where(
            Team.edition_id == edition.id,
            Member.person_id == person_id,
            Member.role == MemberRole.CAPTAIN,
            Entry.state.not_in((EntryState.WITHDRAWN, EntryState.DISQUALIFIED)),
        )
        .order_by(Team.id)
        .limit(1)
    ).one_or_none()


def names_of_members(ids: Iterable[int]) -> dict[int, str]:
    """Names by membership id, for versions; who left or was erased is not in it."""
    rows = db.session.execute(
        select(Member.id, Member.name).where(Member.id.in_(list(ids)), Member.name != "")
    )
    return {row.id: row.name for row in rows}
