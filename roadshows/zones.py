"""The clocks that a city can have: IANA zones, the usual ones first. Pure."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

USUAL = (
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Tokyo",
    "Asia/Singapore",
    "America/Los_Angeles",
    "America/New_York",
    "Europe/London",
    "Europe/Berlin",
)
COUNTRIES = ("KR", "CN", "HK", "TW", "JP", "SG", "US", "GB", "DE")
_AREAS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
LONGEST = 40


@lru_cache(maxsize=1)
def all_zones() -> tuple[str, ...]:
    """Every zone of a place, the usual ones first, then by name."""
    others = (name for name in available_timezones() if name.startswith(_AREAS) and len(name) <= LONGEST)
    return (*USUAL, *sorted(set(others) - set(USUAL)))


def is_zone(name: str) -> bool:
    """Whether a clock of this name is known here."""
    if name not in all_zones():
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
