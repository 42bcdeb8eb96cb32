"""Rules of this room, for `@access` and for templates."""

from __future__ import annotations

from typing import Any

from core.access import Who


def site_admin(who: Who, **_loaded: Any) -> bool:
    """Runs the installation: people, all editions."""
    return who.is_site_admin
