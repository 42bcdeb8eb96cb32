"""The words for kinds and states of guests and for what happens at the door."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from roadshows.models import GuestKind, GuestSource, GuestState

KINDS: dict[GuestKind, Any] = {
    GuestKind.GOVERNMENT: _l("Government"),
    GuestKind.INVESTOR: _l("Investor"),
    GuestKind.INCUBATOR: _l("Incubator"),
    GuestKind.COMPANY: _l("Company"),
    GuestKind.PRESS: _l("Press"),
    GuestKind.TEAM: _l("Team"),
    GuestKind.OTHER: _l("Other guest"),
}

STATES: dict[GuestState, Any] = {
    GuestState.INVITED: _l("Invited"),
    GuestState.APPLIED: _l("To be decided"),
    GuestState.WAITING: _l("On the waiting list"),
    GuestState.CONFIRMED: _l("Confirmed"),
    GuestState.REFUSED: _l("Turned down"),
    GuestState.WITHDRAWN: _l("Withdrew"),
}

LOOKS: dict[GuestState, str] = {
    GuestState.INVITED: "invited",
    GuestState.APPLIED: "submitted",
    GuestState.WAITING: "waiting",
    GuestState.CONFIRMED: "confirmed",
    GuestState.REFUSED: "rejected",
    GuestState.WITHDRAWN: "withdrawn",
}
"""Names of components/state.html."""

SOURCES: dict[GuestSource, Any] = {
    GuestSource.INVITATION: _l("Invitation list"),
    GuestSource.REGISTRATION: _l("By registration"),
    GuestSource.WALK_IN: _l("At the door"),
}

REASONS: dict[str, Any] = {
    "unknown_code": _l("This is no ticket of ours"),
    "forged": _l("This ticket is forged"),
    "other_event": _l("This ticket is for another event"),
    "revoked_ticket": _l("This ticket was replaced by a newer one"),
    "not_confirmed": _l("This guest is not confirmed"),
    "canceled_event": _l("The event was canceled"),
    "wrong_day": _l("The event isn't today"),
    "unknown_guest": _l("This guest is not on the list"),
    "clock": _l("The device's clock was wrong; the time of arrival is that of the upload"),
}
"""Why somebody was not let in, or what is odd about the scan."""

HINTS: dict[str, Any] = {
    "unknown_code": _l("Look for the guest by name."),
    "forged": _l("Ask the guest for the mail with the ticket, or look for the name."),
    "other_event": _l("Ask the guest for the ticket of this event, or look for the name."),
    "revoked_ticket": _l("The newest mail or the guest's own page shows the ticket that counts."),
    "not_confirmed": _l("Ask the organizers; they can confirm the guest on the spot."),
    "canceled_event": _l("Nobody can be checked in."),
    "wrong_day": _l("Look at the date of the event, and at the clock of this device."),
    "unknown_guest": _l("Add the guest as a walk-in."),
}
"""What the person at the door can do about it."""
