"""The words for sides, wishes and states of meetings, for outcomes and for the questions of the feedback
form."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from roadshows.models import GuestKind, MeetingState, OutcomeStage, Side, Wish

SIDES: dict[Side, Any] = {Side.TEAM: _l("Team"), Side.INVESTOR: _l("Investor")}

WISHES: dict[Wish, Any] = {
    Wish.MUST: _l("Must meet"),
    Wish.LIKE: _l("Would like"),
    Wish.NO: _l("No thanks"),
}

MEETING_STATES: dict[MeetingState, Any] = {
    MeetingState.PLANNED: _l("Planned"),
    MeetingState.CANCELED: _l("Canceled"),
    MeetingState.HELD: _l("Held"),
    MeetingState.MISSED: _l("Missed"),
}

STAGES: dict[OutcomeStage, Any] = {
    OutcomeStage.CONTACT: _l("In contact"),
    OutcomeStage.DUE_DILIGENCE: _l("Due diligence"),
    OutcomeStage.LETTER_OF_INTENT: _l("Letter of intent"),
    OutcomeStage.INVESTMENT: _l("Investment"),
}

GUEST_KINDS: dict[GuestKind, Any] = {
    GuestKind.GOVERNMENT: _l("Government"),
    GuestKind.INVESTOR: _l("Investor"),
    GuestKind.INCUBATOR: _l("Incubator"),
    GuestKind.COMPANY: _l("Company"),
    GuestKind.PRESS: _l("Press"),
    GuestKind.TEAM: _l("Team"),
    GuestKind.OTHER: _l("Other"),
}

QUESTIONS: dict[str, Any] = {
    "whole": _l("The event as a whole"),
    "program": _l("The program"),
    "meetings": _l("The one-to-one meetings"),
    "interpreting": _l("The interpreting"),
    "organization": _l("The organization and the place"),
}
"""key in `Feedback.marks` → what is asked."""
