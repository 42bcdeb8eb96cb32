"""Who may do what with editions, teams and entries: predicates for `@access` and for templates.

Each gets the signed-in person and, by name, what the address loaded. Site administrators count as organizers
of every edition; they are members of no team.
"""

from __future__ import annotations

from typing import Any

from accounts.models import Role
from competition.models import Edition, Member, MemberRole, Team
from core.access import Who


def _holds(who: Who, edition: Edition, *roles: Role) -> bool:
    return any(who.holds(role, "edition", edition.id) for role in roles)


def organizer(who: Who, *, edition: Edition, **_loaded: Any) -> bool:
    """Runs this edition."""
    return who.is_site_admin or _holds(who, edition, Role.ORGANIZER)


def auditor(who: Who, *, edition: Edition, **_loaded: Any) -> bool:
    """Watches over this edition. An organizer is none, and neither is a site administrator: who runs it can't
    audit it.
    """
    return _holds(who, edition, Role.AUDITOR)


def organizer_or_auditor(who: Who, *, edition: Edition, **_loaded: Any) -> bool:
    return organizer(who, edition=edition) or auditor(who, edition=edition)


def staff(who: Who, *, edition: Edition, **_loaded: Any) -> bool:
    """Has any task in this edition: organizes, audits or judges. They also see it while it is a draft."""
    return who.is_site_admin or _holds(who, edition, *Role)


def membership(who: Who, team: Team) -> Member | None:
    """The person's confirmed membership of `team`, advisers included."""
    return next(
        (member for member in team.members if member.person_id == who.id and member.confirmed_at), None
    )


def team_member(who: Who, *, team: Team, **_loaded: Any) -> bool:
    """A confirmed member of the team, advisers included: reads everything of it."""
    return membership(who, team) is not None


def team_writer(who: Who, *, team: Team, **_loaded: Any) -> bool:
    """Captain or confirmed member: writes the entry and uploads its documents. Advisers read."""
    member = membership(who, team)
    return member is not None and member.role is not MemberRole.ADVISER


def captain(who: Who, *, team: Team, **_loaded: Any) -> bool:
    """Leads the team: invites, removes, submits, withdraws."""
    member = membership(who, team)
    return member is not None and member.role is MemberRole.CAPTAIN
