"""What kinds of sessions and partners, languages and interpreting are called in the program."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from roadshows.labels import LANGUAGES, SESSION_KINDS
from roadshows.models import PartnerKind

__all__ = ["LANGUAGES", "PARTNER_KINDS", "SESSION_KINDS", "interpreting"]

PARTNER_KINDS: dict[str, object] = {
    PartnerKind.HOST.value: _l("Hosts"),
    PartnerKind.ORGANIZER.value: _l("Organized by"),
    PartnerKind.CO_ORGANIZER.value: _l("Co-organizers"),
    PartnerKind.SUPPORTER.value: _l("Supporters"),
    PartnerKind.MEDIA.value: _l("Media partners"),
}


def interpreting(pair: str) -> str:
    """ "Korean and Chinese, interpreted" for "ko-zh"; "" for ""."""
    if not pair:
        return ""
    one, _dash, other = pair.partition("-")
    return _(
        "Interpreted between %(one)s and %(other)s",
        one=LANGUAGES.get(one, one),
        other=LANGUAGES.get(other, other),
    )
