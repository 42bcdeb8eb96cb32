"""Who may do what with roadshows: predicates for `@access` and for templates.

A roadshow is run by who holds the organizer's grant for it, by the organizers of its edition, and by site
administrators. Guests, speakers and investors hold no grant: their own link says who they are.
"""

from __future__ import annotations

from typing import Any

from accounts.models import Role
from core.access import Who
from roadshows.models import Roadshow

SCOPE = "roadshow"


def _holds(who: Who, roadshow: Roadshow, role: Role) -> bool:
    return who.holds(role, SCOPE, roadshow.id) or (
        roadshow.edition_id is not None and who.holds(role, "edition", roadshow.edition_id)
    )


def organizer(who: Who, *, roadshow: Roadshow, **_loaded: Any) -> bool:
    """Runs this roadshow."""
    return who.is_site_admin or _holds(who, roadshow, Role.ORGANIZER)


def auditor(who: Who, *, roadshow: Roadshow, **_loaded: Any) -> bool:
    """Watches over this roadshow."""
    return _holds(who, roadshow, Role.AUDITOR)


def organizer_or_auditor(who: Who, *, roadshow: Roadshow, **_loaded: Any) -> bool:
    return organizer(who, roadshow=roadshow) or auditor(who, roadshow=roadshow)


def may_create(who: Any, **_loaded: Any) -> bool:
    """Runs any edition, or the installation: whoever does may begin a roadshow."""
    return who.is_site_admin or any(
        grant.role == Role.ORGANIZER and grant.scope_kind in ("edition", SCOPE) for grant in who.grants
    )
