"""The words for states, kinds and languages of a roadshow."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from roadshows.models import (
    AppearanceKind,
    HolidayKind,
    PartnerKind,
    RoadshowState,
    SessionKind,
    SessionState,
)

ROADSHOW_STATES: dict[RoadshowState, Any] = {
    RoadshowState.DRAFT: _l("Draft"),
    RoadshowState.PUBLIC: _l("Public"),
    RoadshowState.CANCELED: _l("Canceled"),
    RoadshowState.CLOSED: _l("Closed"),
}
STATE_LOOKS = {
    RoadshowState.DRAFT: "draft",
    RoadshowState.PUBLIC: "published",
    RoadshowState.CANCELED: "revoked",
    RoadshowState.CLOSED: "closed",
}
"""Names of `components/state.html`."""
SESSION_KINDS: dict[str, Any] = {
    SessionKind.SPEECH: _l("Speech"),
    SessionKind.PITCH: _l("Pitch"),
    SessionKind.PANEL: _l("Panel discussion"),
    SessionKind.SIGNING: _l("Signing ceremony"),
    SessionKind.BREAK: _l("Break"),
    SessionKind.MEETINGS: _l("One-to-one meetings"),
}
SESSION_STATES: dict[SessionState, Any] = {
    SessionState.PLANNED: _l("Takes place"),
    SessionState.CANCELED: _l("Canceled"),
}
APPEARANCES: dict[AppearanceKind, Any] = {
    AppearanceKind.SPEAKER: _l("Speaker"),
    AppearanceKind.MODERATOR: _l("Moderator"),
}
PARTNER_KINDS: dict[PartnerKind, Any] = {
    PartnerKind.HOST: _l("Host"),
    PartnerKind.ORGANIZER: _l("Organized by"),
    PartnerKind.CO_ORGANIZER: _l("Co-organizer"),
    PartnerKind.SUPPORTER: _l("Supported by"),
    PartnerKind.MEDIA: _l("Media partner"),
}
HOLIDAY_KINDS: dict[HolidayKind, Any] = {
    HolidayKind.HOLIDAY: _l("Day off"),
    HolidayKind.WORKING: _l("Working day"),
}
LANGUAGES: dict[str, Any] = {"zh": _l("Chinese"), "ko": _l("Korean"), "en": _l("English")}
PAIRS: dict[str, Any] = {
    "ko-zh": _l("Korean and Chinese"),
    "en-zh": _l("English and Chinese"),
    "en-ko": _l("English and Korean"),
}
COUNTRIES: dict[str, Any] = {
    "KR": _l("Korea"),
    "CN": _l("China"),
    "HK": _l("Hong Kong, China"),
    "TW": _l("Taiwan, China"),
    "JP": _l("Japan"),
    "SG": _l("Singapore"),
    "US": _l("United States"),
    "GB": _l("United Kingdom"),
    "DE": _l("Germany"),
}
BLOCKS: dict[str, Any] = {
    "am": _l("Morning"),
    "noon": _l("Noon"),
    "pm": _l("Afternoon"),
    "evening": _l("Evening"),
}
