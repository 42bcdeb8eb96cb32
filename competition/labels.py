"""The words for states, roles, kinds and fields, for lists, forms, messages and tables alike."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from accounts.models import Role
from competition.models import (
    Country,
    DocumentKind,
    EditionState,
    EntryState,
    MemberRole,
    MilestoneKind,
    Stage,
)

ENTRY_STATES: dict[EntryState, Any] = {
    EntryState.DRAFT: _l("Draft"),
    EntryState.SUBMITTED: _l("Submitted"),
    EntryState.ACCEPTED: _l("Accepted"),
    EntryState.RETURNED: _l("Returned for correction"),
    EntryState.REJECTED: _l("Not accepted"),
    EntryState.WITHDRAWN: _l("Withdrawn"),
    EntryState.DISQUALIFIED: _l("Disqualified"),
}

EDITION_STATES: dict[EditionState, Any] = {
    EditionState.DRAFT: _l("Draft"),
    EditionState.PUBLIC: _l("Public"),
    EditionState.ARCHIVED: _l("Archived"),
}

COUNTRIES: dict[Country, Any] = {
    Country.CHINA: _l("China"),
    Country.KOREA: _l("Korea"),
    Country.JOINT: _l("China and Korea jointly"),
    Country.UNKNOWN: _l("Not stated"),
}

STAGES: dict[Stage, Any] = {
    Stage.IDEA: _l("Idea"),
    Stage.PROTOTYPE: _l("Prototype"),
    Stage.PILOT: _l("Pilot"),
    Stage.REVENUE: _l("Revenue"),
}

DOCUMENTS: dict[DocumentKind, Any] = {
    DocumentKind.BUSINESS_PLAN: _l("Business plan"),
    DocumentKind.PITCH_DECK: _l("Pitch deck"),
    DocumentKind.LOGO: _l("Logo"),
}

MEMBER_ROLES: dict[MemberRole, Any] = {
    MemberRole.CAPTAIN: _l("Team captain"),
    MemberRole.MEMBER: _l("Team member"),
    MemberRole.ADVISER: _l("Adviser"),
}

ROLES: dict[Role, Any] = {
    Role.ORGANIZER: _l("Organizer"),
    Role.AUDITOR: _l("Auditor"),
    Role.JUDGE: _l("Judge"),
    Role.HEAD_JUDGE: _l("Head judge"),
}

MILESTONES: dict[MilestoneKind, Any] = {
    MilestoneKind.REGISTRATION_OPENS: _l("Registration opens"),
    MilestoneKind.REGISTRATION_CLOSES: _l("Registration deadline"),
    MilestoneKind.RESULTS: _l("Results"),
    MilestoneKind.CEREMONY: _l("Award ceremony"),
    MilestoneKind.OTHER: _l("Another date"),
}

ENTRY_FIELDS: dict[str, Any] = {
    "name": _l("Team name"),
    "name_latin": _l("Team name in Latin letters"),
    "country": _l("Country"),
    "affiliation": _l("Affiliation"),
    "company_number": _l("Company number"),
    "founded_year": _l("Year of founding"),
    "members": _l("Team members"),
    "title": _l("Project name"),
    "summary": _l("Project summary"),
    "sector": _l("Sector"),
    "stage": _l("Stage"),
    "track": _l("Track"),
    "division": _l("Division"),
    "video_url": _l("Video link"),
    "earlier_prize": _l("Earlier prize"),
    "business_plan": _l("Business plan"),
    "pitch_deck": _l("Pitch deck"),
    "logo": _l("Logo"),
}
"""What of a team and its entry can be commented on, in the order of the page."""
