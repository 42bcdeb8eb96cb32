"""When a team may still work on its entry: the edition's registration dates and a team's own extension.

The server's clock decides, to the second: at the deadline's second the work is still accepted, one second
later it is not. What counts is the moment at which the server has the whole request; an upload that began
before the deadline and ended after it is late. Every answer here is derived from loaded rows; nothing is
asked of the database but an edition's milestones.
"""

from __future__ import annotations

import enum
from datetime import datetime

from competition.models import Edition, EditionState, MilestoneKind, Team


class Phase(enum.StrEnum):
    """Where registration stands. UNANNOUNCED: the edition has no opening date yet."""

    UNANNOUNCED = "unannounced"
    BEFORE = "before"
    OPEN = "open"
    AFTER = "after"


def opens_at(edition: Edition) -> datetime | None:
    return _milestone(edition, MilestoneKind.REGISTRATION_OPENS)


def closes_at(edition: Edition) -> datetime | None:
    """The deadline for everybody; None when registration stays open."""
    return _milestone(edition, MilestoneKind.REGISTRATION_CLOSES)


def deadline_of(team: Team) -> datetime | None:
    """The team's own deadline: the later of the edition's and the extension it was given; None when there is
    none.
    """
    general = closes_at(team.edition)
    if general is None or team.extended_until is None:
        return general
    return max(general, team.extended_until)


def phase(edition: Edition, at: datetime) -> Phase:
    """Where registration stands for somebody without a team."""
    if edition.state is EditionState.ARCHIVED:
        return Phase.AFTER
    opening = opens_at(edition)
    if opening is None:
        return Phase.UNANNOUNCED
    if at < opening:
        return Phase.BEFORE
    return Phase.OPEN if _in_time(at, closes_at(edition)) else Phase.AFTER


def is_open_for(team: Team, at: datetime) -> bool:
    """True while `team` may still change and submit its entry."""
    if team.edition.state is EditionState.ARCHIVED:
        return False
    opening = opens_at(team.edition)
    return opening is not None and at >= opening and _in_time(at, deadline_of(team))


def _in_time(at: datetime, deadline: datetime | None) -> bool:
    return deadline is None or at.replace(microsecond=0) <= deadline


def _milestone(edition: Edition, kind: MilestoneKind) -> datetime | None:
    return next((milestone.at for milestone in edition.milestones if milestone.kind is kind), None)
