"""What the contestants' side gives to the registries: menu, first page, invitations, personal data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts import invitations
from accounts.models import Invitation, Person
from competition import labels
from competition.models import (
    Document,
    EditionState,
    Entry,
    EntryState,
    Member,
    MemberRole,
    MilestoneKind,
    Team,
)
from competition.operations import teams
from competition.operations.entries import HOLDS_PLACE
from competition.queries import contestant as queries
from core import audit, clock, files, registries
from core.db import db
from core.languages import LANGUAGES, current_language
from core.models import StoredFile
from core.registries import HomeCard, MenuEntry, PersonalData

_ROLES = (MemberRole.CAPTAIN, MemberRole.MEMBER, MemberRole.ADVISER)


def register() -> None:
    """Fill the registries, once however many applications are made."""
    if my_menu in registries.menu_sources:
        return
    registries.menu_sources.append(my_menu)
    registries.home_cards.append(my_cards)
    registries.erasure_blockers.append(erasure_blockers)
    registries.personal_data += [
        PersonalData("team_memberships", export_memberships, erase_memberships),
        PersonalData("teams_and_entries", export_entries, _keep, files=uploaded_files),
    ]
    for role in _ROLES:
        invitations.on_accepted["team", role.value] = join
        invitations.describe["team", role.value] = describe
        invitations.landing["team", role.value] = landing


# --- menu and first page ---


def my_menu(person: Any) -> Iterable[MenuEntry]:
    """The person's teams of editions that are not archived."""
    lang = current_language()
    for team in queries.my_teams(person.id):
        if not team.edition_archived:
            yield MenuEntry(team.name, _path(team, lang), group=_("My teams"))


def my_cards(person: Any) -> Iterable[HomeCard]:
    """Each team with its state; those that are not submitted say so with the deadline."""
    lang = current_language()
    for team in queries.my_teams(person.id):
        if team.edition_archived:
            continue
        waits = team.state in (EntryState.DRAFT, EntryState.RETURNED)
        text = (
            _("%(edition)s: not yet submitted", edition=team.edition_name.pick(lang).text)
            if waits
            else team.edition_name.pick(lang).text
        )
        yield HomeCard(
            team.name, text, _path(team, lang), state=team.state.value, due=team.deadline if waits else None
        )


def _path(team: queries.MyTeam, lang: str) -> str:
    # Written out: `url_for` costs more than the rest of the line, on every page of a signed-in person.
    return f"/{lang}/e/{team.edition_slug}/team/{team.key}"


# --- invitations into a team ---


def join(invitation: Invitation, person: Person) -> None:
    """Accepting an invitation makes a confirmed member, if a place is left."""
    team = db.session.get_one(Team, invitation.scope_id)
    teams.join_team(team=team, person=person, role=MemberRole(invitation.role), email=invitation.email)


def describe(invitation: Invitation) -> str:
    team = db.session.get(Team, invitation.scope_id)
    if team is None:
        return ""
    locale = get_locale()  # mail is written in its reader's language, not in that of the page
    lang = locale.language if locale and locale.language in LANGUAGES else "en"
    values = {"team": team.name, "edition": team.edition.name.pick(lang).text}
    if invitation.role == MemberRole.CAPTAIN.value:
        return _("Captain of the team %(team)s, %(edition)s", **values)
    if invitation.role == MemberRole.ADVISER.value:
        return _("Adviser of the team %(team)s, %(edition)s", **values)
    return _("Member of the team %(team)s, %(edition)s", **values)


def landing(invitation: Invitation) -> str:
    team = db.session.get_one(Team, invitation.scope_id)
    return f"/{current_language()}/e/{team.edition.slug}/team/{team.key}"


# --- personal data ---


def export_memberships(person_id: int) -> list[dict[str, Any]]:
    """What teams store about the person."""
    rows = db.session.execute(
        select(Member, Team).join(Team, Team.id == Member.team_id).where(Member.person_id == person_id)
    ).all()
    return [
        {
            "edition": team.edition.slug,
            "team": team.name,
            "role": member.role.value,
            "name": member.name,
            "name_latin": member.name_latin,
            "email": member.email,
            "birth_year": member.birth_year,
            "country": member.country,
            "affiliation": member.affiliation,
            "guardian_name": member.guardian_name,
            "guardian_consent_at": member.guardian_consent_at and member.guardian_consent_at.isoformat(),
            "confirmed_at": member.confirmed_at and member.confirmed_at.isoformat(),
        }
        for member, team in rows
    ]


def erase_memberships(person_id: int) -> None:
    """Empty the person's memberships; the rows stay, so that teams and results keep standing."""
    members = db.session.scalars(select(Member).where(Member.person_id == person_id)).all()
    audit.forget("member", [member.id for member in members])
    led = [member.team_id for member in members if member.role is MemberRole.CAPTAIN]
    audit.forget("team", led, keys=("phone",))
    for member in members:
        if member.role is MemberRole.CAPTAIN:
            member.team.phone = ""
        member.name = member.name_latin = member.email = member.affiliation = member.guardian_name = ""
        member.country, member.birth_year, member.guardian_consent_at = "", None, None
        member.person_id = None
    db.session.flush()


def export_entries(person_id: int) -> list[dict[str, Any]]:
    """The person's teams with their entries and every version that was submitted."""
    entries = db.session.scalars(
        select(Entry)
        .join(Team, Team.id == Entry.team_id)
        .join(Member, Member.team_id == Team.id)
        .where(Member.person_id == person_id)
        .order_by(Entry.id)
    )
    return [
        {
            "edition": entry.edition.slug,
            "team": entry.team.name,
            "phone": entry.team.phone,
            "shown_publicly": entry.team.shown_publicly,
            "state": entry.state.value,
            "receipt_number": entry.receipt_number,
            "title": entry.title.to_json(),
            "summary": entry.summary.to_json(),
            "documents": [document.file.name for document in entry.documents],
            "versions": [
                {
                    "number": version.number,
                    "submitted_at": version.submitted_at.isoformat(),
                    "sha256": version.content_sha256,
                    "content": version.content,
                }
                for version in entry.versions
            ],
        }
        for entry in entries
    ]


def uploaded_files(person_id: int) -> Iterable[tuple[str, str]]:
    """The documents of entries that the person uploaded."""
    rows = db.session.execute(
        select(Document, StoredFile)
        .join(StoredFile, StoredFile.id == Document.file_id)
        .where(StoredFile.uploaded_by == person_id)
        .order_by(Document.id)
    ).all()
    for document, file in rows:
        yield f"{document.entry.team.key}/{document.kind.value}-{file.name}", str(files.path_of(file))


def _keep(_person_id: int) -> None:
    """Entries belong to the team, not to one person; who left them is erased with the membership."""


def erasure_blockers(person_id: int) -> Iterable[Any]:
    """The captain of an entry that is still in the contest can't vanish before the results."""
    led = db.session.scalars(
        select(Team)
        .join(Member, Member.team_id == Team.id)
        .join(Entry, Entry.team_id == Team.id)
        .where(
            Member.person_id == person_id,
            Member.role == MemberRole.CAPTAIN,
            Entry.state.in_(HOLDS_PLACE),
        )
    )
    for team in led:
        if team.edition.state is EditionState.ARCHIVED:
            continue
        results = next((row.at for row in team.edition.milestones if row.kind is MilestoneKind.RESULTS), None)
        if results is None or results > clock.now():
            yield _l(
                "You are captain of the team %(team)s, whose entry is “%(state)s”. Hand the captaincy over or"
                " withdraw the entry first.",
                team=team.name,
                state=labels.ENTRY_STATES[team.entry.state],
            )
