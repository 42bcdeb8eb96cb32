"""Storing the teams of a checked table, all of them or none. Never commits."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l

from accounts.addresses import normal_email
from competition import receipts
from competition.imports import Plan, TeamRow
from competition.models import Country, Edition, Entry, EntryState, EntryVersion, Member, MemberRole, Team
from competition.operations.edition_parts import check_current
from competition.operations.teams import invite_captain
from core import audit, clock
from core.access import Who
from core.db import db, lock
from core.errors import Conflict
from core.text import skeleton

_LANGUAGE_OF = {Country.CHINA: "zh", Country.KOREA: "ko"}


def import_teams(*, edition: Edition, plan: Plan, who: Who | None) -> list[Entry]:
    """Store every row of a plan without errors: teams, members, submitted entries with receipts, invitations.

    Rows are written table by table, not team by team through `create_team` and `submit_entry`: hundreds of
    teams would hold everybody else's writes up. Raises `Conflict` when the plan has errors.
    """
    edition = lock(edition)
    check_current(edition, None)
    if plan.errors or not plan.rows:
        raise Conflict(_l("The table still has errors; nothing was imported."), code="has_errors")
    who_id = who.id if who else None
    teams = [_team(edition, row, who_id) for row in plan.rows]
    with db.session.no_autoflush:
        db.session.add_all(teams)
    db.session.flush()
    for team in teams:
        _submit(edition, team.entry, who_id)
    db.session.flush()
    for team in teams:
        audit.record(
            "import_entry",
            team.entry,
            new={"receipt": team.entry.receipt_number, "name": team.name},
            actor_id=who_id,
        )
    audit.record(
        "import_teams",
        edition,
        new={"teams": len(teams), "invitations": plan.invitations},
        edition_id=edition.id,
        actor_id=who_id,
    )
    for team, row in zip(teams, plan.rows, strict=True):
        if row.captain.email:
            language = _LANGUAGE_OF.get(row.team["country"], "en")
            invite_captain(
                team=team, email=row.captain.email, name=row.captain.name, language=language, who=None
            )
    return [team.entry for team in teams]


def _team(edition: Edition, row: TeamRow, who_id: int | None) -> Team:
    """The team with its members and a draft entry; nothing of it asks the database anything."""
    team = Team(
        edition=edition,
        name_key=skeleton(row.team["name"]),
        affiliation_key=skeleton(row.team["affiliation"])[:160],
        created_by=who_id,
        members=list(_members(edition, row)),
        **row.team,
    )
    team.entry = Entry(edition=edition, documents=[], versions=[], remarks=[], **row.entry)
    return team


def _members(edition: Edition, row: TeamRow) -> Iterator[Member]:
    people = [
        (MemberRole.CAPTAIN, row.captain),
        *((MemberRole.MEMBER, someone) for someone in row.members),
        *((MemberRole.ADVISER, someone) for someone in row.advisers),
    ]
    for position, (role, someone) in enumerate(people, 1):
        yield Member(
            edition_id=edition.id,
            role=role,
            name=someone.name,
            name_latin=someone.name_latin,
            email=normal_email(someone.email) if someone.email else "",
            birth_year=someone.birth_year,
            affiliation=row.team["affiliation"],
            position=position,
            confirmed_at=clock.now(),
        )


def _submit(edition: Edition, entry: Entry, who_id: int | None) -> None:
    """What `submit_entry` does for one entry, without its look-ups: nobody else can know this entry yet."""
    moment = clock.now()
    with db.session.no_autoflush:
        content = receipts.content_of(entry)
    entry.versions.append(
        EntryVersion(
            number=1,
            submitted_at=moment,
            submitted_by=who_id,
            content=content,
            content_sha256=receipts.sha256(content),
        )
    )
    with db.session.no_autoflush:
        entry.receipt_number = receipts.allocate(edition)
    entry.state, entry.submitted_at = EntryState.SUBMITTED, moment
