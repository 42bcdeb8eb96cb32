"""The one clock: aware UTC times, and how they are shown in the two cities of the contest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from flask_babel import get_locale

SEOUL = ZoneInfo("Asia/Seoul")
CHENGDU = ZoneInfo("Asia/Shanghai")

# The city whose readers the page is for stands first.
_CITIES = {
    "zh": (("成都", CHENGDU), ("首尔", SEOUL)),
    "ko": (("서울", SEOUL), ("청두", CHENGDU)),
    "en": (("Seoul", SEOUL), ("Chengdu", CHENGDU)),
}
_DATE_TIME = {"zh": "y年M月d日 HH:mm", "ko": "y년 M월 d일 HH:mm", "en": "MMM d, y, HH:mm"}
_SHORT = {"zh": "M月d日 HH:mm", "ko": "M월 d일 HH:mm", "en": "MMM d, HH:mm"}
_DAY = {"zh": "M月d日 EEE", "ko": "M월 d일 (EEE)", "en": "EEE, MMM d"}
_DATE = {"zh": "y年M月d日", "ko": "y년 M월 d일", "en": "MMMM d, y"}


@dataclass(frozen=True)
class ClockFace:
    """One city's reading of a moment; `text` leaves the date out where the first city's is the same."""

    place: str
    text: str
    offset: str


_hand: ContextVar[Callable[[], datetime] | None] = ContextVar("hand", default=None)


def now() -> datetime:
    """The server's time, aware, in UTC."""
    hand = _hand.get()
    return hand() if hand else datetime.now(UTC)


@contextmanager
def set_by(hand: Callable[[], datetime]) -> Iterator[None]:
    """Let `hand` say what time it is: for tests, and for the demo edition, which took place long ago."""
    token = _hand.set(hand)
    try:
        yield
    finally:
        _hand.reset(token)


def both_clocks(moment: datetime, lang: str) -> list[ClockFace]:
    """`moment` as read in Chengdu and Seoul, the reader's own city first."""
    faces: list[ClockFace] = []
    first_day = None
    for place, zone in _CITIES[lang]:
        local = moment.astimezone(zone)
        pattern = "HH:mm" if first_day == local.date() else _DATE_TIME[lang]
        first_day = first_day or local.date()
        faces.append(ClockFace(place, format_datetime(local, pattern, locale=get_locale()), _offset(local)))
    return faces


def short_moment(moment: datetime, lang: str, zone: ZoneInfo | None = None) -> str:
    """Month, day and time in `zone` (default: the reader's own city), for lists."""
    return format_datetime(moment.astimezone(zone or _CITIES[lang][0][1]), _SHORT[lang], locale=get_locale())


def long_date(moment: datetime, lang: str) -> str:
    """The date alone, as written on documents, in the reader's own city."""
    return format_datetime(moment.astimezone(_CITIES[lang][0][1]), _DATE[lang], locale=get_locale())


def short_day(day: date, lang: str) -> str:
    """Month, day and weekday of a calendar day, which belongs to no clock."""
    return format_date(day, _DAY[lang], locale=get_locale())


def _offset(local: datetime) -> str:
    hours = local.utcoffset()
    return f"UTC{int(hours.total_seconds() // 3600):+d}" if hours is not None else "UTC"
