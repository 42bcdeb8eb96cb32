"""Roadshows to begin with: cities, days with their slots, the parts that take everybody, rooms to rename.

Pure data. A slot is given by the time on its city's clock and its minutes; a session that stands in one takes
the whole city meanwhile and is placed in the first room. Pitches are put into the free slots later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time

from core.languages import Trilingual
from roadshows.local_times import SEOUL

CHINA_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class PresetSession:
    """What stands in a slot. kind: a value of `models.SessionKind`."""

    kind: str
    title: Trilingual
    language: str = "zh"


@dataclass(frozen=True)
class PresetSlot:
    """A slot from `at` on; `session` stands in it, or nothing yet."""

    at: time
    minutes: int
    block: str
    session: PresetSession | None = None


@dataclass(frozen=True)
class PresetMeetings:
    """Slots for one-to-one meetings, one after the other, in the last room of the city."""

    at: time
    minutes: int
    count: int
    tables: int
    interpreters: int


@dataclass(frozen=True)
class PresetDay:
    """A day in a city, `offset` days after the first one."""

    city: str
    offset: int
    title: Trilingual
    slots: tuple[PresetSlot, ...]
    meetings: PresetMeetings | None = None


@dataclass(frozen=True)
class PresetRoom:
    """A room, to be renamed."""

    name: Trilingual
    capacity: int


@dataclass(frozen=True)
class PresetCity:
    """A city with one venue, to be renamed."""

    slug: str
    name: Trilingual
    country: str
    zone: str
    venue: Trilingual
    rooms: tuple[PresetRoom, ...]


@dataclass(frozen=True)
class Preset:
    """A roadshow to begin with."""

    key: str
    name: Trilingual
    cities: tuple[PresetCity, ...]
    days: tuple[PresetDay, ...] = field(default=())


def _run(
    block: str, first: str, minutes: Sequence[int | tuple[int, PresetSession]]
) -> tuple[PresetSlot, ...]:
    """Slots without a gap from `first` ("09:30") on."""
    hours, now = first.split(":")
    clock = int(hours) * 60 + int(now)
    slots = []
    for one in minutes:
        length, session = one if isinstance(one, tuple) else (one, None)
        slots.append(PresetSlot(time(clock // 60, clock % 60), length, block, session))
        clock += length
    return tuple(slots)


_OPENING = PresetSession("speech", Trilingual("开场致辞", "개회사", "Opening speech"))
_OPENING_KO = PresetSession("speech", Trilingual("开场致辞", "개회사", "Opening speech"), "ko")
_BREAK = PresetSession("break", Trilingual("茶歇", "휴식", "Coffee break"))
_LUNCH = PresetSession("break", Trilingual("午餐", "점심", "Lunch"))
_SIGNING = PresetSession("signing", Trilingual("签约仪式", "협약식", "Signing ceremony"))
_MEETINGS = PresetSession("meetings", Trilingual("一对一洽谈", "1:1 상담", "One-to-one meetings"))

_FULL_DAY = (
    *_run("am", "09:30", [(30, _OPENING_KO), 20, 20, 20, (20, _BREAK), 20, 20]),
    *_run("noon", "12:00", [(60, _LUNCH)]),
    *_run("pm", "13:00", [20, 20, 20, 20, 20, 20, (20, _BREAK), (40, _SIGNING), (80, _MEETINGS)]),
)
_FULL_DAY_MEETINGS = PresetMeetings(time(16, 0), 20, 4, 12, 4)
_MORNING = _run("am", "09:30", [20, 20, 20, (20, _BREAK), 20, 20, 20])
_AFTERNOON = _run(
    "pm", "13:30", [(20, _OPENING), 20, 20, 20, 20, 20, (20, _BREAK), (80, _MEETINGS), (20, _SIGNING)]
)
_AFTERNOON_MEETINGS = PresetMeetings(time(15, 50), 20, 4, 10, 4)
_LAST_MORNING = _run("am", "09:30", [20, 20, 20, (20, _BREAK), 20, 20, (30, _SIGNING)])

_SEOUL = PresetCity(
    "seoul",
    SEOUL.name,
    "KR",
    SEOUL.zone,
    Trilingual("首尔会场（名称待定）", "서울 행사장(명칭 미정)", "Seoul venue (name to follow)"),
    (
        PresetRoom(Trilingual("主会场", "대회의실", "Main hall"), 200),
        PresetRoom(Trilingual("分会场", "분과 회의실", "Second hall"), 80),
        PresetRoom(Trilingual("洽谈室", "상담실", "Meeting room"), 60),
    ),
)
_YANTAI = PresetCity(
    "yantai",
    Trilingual("烟台", "옌타이", "Yantai"),
    "CN",
    CHINA_ZONE,
    Trilingual("烟台会场（名称待定）", "옌타이 행사장(명칭 미정)", "Yantai venue (name to follow)"),
    (
        PresetRoom(Trilingual("主会场", "대회의실", "Main hall"), 150),
        PresetRoom(Trilingual("洽谈室", "상담실", "Meeting room"), 50),
    ),
)
_DAY = Trilingual("推介会", "설명회", "Roadshow day")
_PITCHES = Trilingual("项目路演", "아이템 발표", "Pitches")

PRESETS = (
    Preset(
        "seoul-one-day",
        Trilingual("首尔，一天", "서울, 하루", "Seoul, one day"),
        (_SEOUL,),
        (PresetDay("seoul", 0, _DAY, _FULL_DAY, _FULL_DAY_MEETINGS),),
    ),
    Preset(
        "yantai-half-day",
        Trilingual("烟台，半天", "옌타이, 반나절", "Yantai, half day"),
        (_YANTAI,),
        (PresetDay("yantai", 0, _DAY, _AFTERNOON, _AFTERNOON_MEETINGS),),
    ),
    Preset(
        "two-cities",
        Trilingual("一周两城", "일주일 두 도시", "Two cities in one week"),
        (_SEOUL, _YANTAI),
        (
            PresetDay("seoul", 0, _DAY, _FULL_DAY, _FULL_DAY_MEETINGS),
            PresetDay("seoul", 1, _PITCHES, _MORNING),
            PresetDay("yantai", 3, _DAY, _AFTERNOON, _AFTERNOON_MEETINGS),
            PresetDay("yantai", 4, _PITCHES, _LAST_MORNING),
        ),
    ),
)


def preset(key: str) -> Preset | None:
    """The preset of that key."""
    return next((one for one in PRESETS if one.key == key), None)
