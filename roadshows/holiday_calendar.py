"""Public holidays and worked weekends of China and Korea, with what organizers noted. Pure.

The days come from the package `holidays` (MIT, 0.109), imported at first use. China's days off around a
holiday, and the weekends that are worked for them (调休), are known once the State Council has published its
yearly notice, usually in November; until then they are a forecast. Organizers' notes have the last word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from core.languages import Trilingual

COUNTRIES = ("KR", "CN")
MOST_DAYS = 400
HOLIDAY, WORKING = "holiday", "working"
WORKED_WEEKEND = Trilingual("调休上班", "대체 근무일", "Worked weekend day")
DAY_OFF = Trilingual("调休放假", "대체 휴무일", "Day off in exchange")


@dataclass(frozen=True)
class Special:
    """A day that is not as its weekday says. kind: "holiday" or "working". is_noted: organizers said so.
    is_forecast: the government has not confirmed that year yet."""

    country: str
    date: date
    kind: str
    name: Trilingual
    is_noted: bool = False
    is_forecast: bool = False


@dataclass(frozen=True)
class Note:
    """An organizer's correction. kind: "holiday" or "working"."""

    country: str
    date: date
    kind: str
    name: Trilingual


def specials(first: date, last: date, notes: Iterable[Note] = ()) -> list[Special]:
    """What is special from `first` to `last` (inclusive), by date, Korea before China.

    A note replaces what the calendar says of that country and date. At most 400 days: ValueError otherwise.
    """
    if (last - first).days > MOST_DAYS:
        raise ValueError(f"at most {MOST_DAYS} days at once")
    found: dict[tuple[date, str], Special] = {}
    for country in COUNTRIES:
        for year in range(first.year, last.year + 1):
            for one in _of_year(country, year):
                if first <= one.date <= last:
                    found[one.date, country] = one
    for note in notes:
        if not first <= note.date <= last:
            continue
        place = (note.date, note.country)
        if note.kind == WORKING and place not in found and note.date.weekday() < 5:
            continue  # a working day that is worked
        found[place] = Special(note.country, note.date, note.kind, note.name, is_noted=True)
    order = {country: number for number, country in enumerate(COUNTRIES)}
    return sorted(found.values(), key=lambda one: (one.date, order.get(one.country, 9)))


def around(days: Iterable[date], notes: Iterable[Note] = (), margin: int = 7) -> list[Special]:
    """The special days from `margin` days before the first of `days` to as many after the last."""
    days = sorted(days)
    if not days:
        return []
    first, last = days[0] - timedelta(days=margin), days[-1] + timedelta(days=margin)
    return specials(first, min(last, first + timedelta(days=MOST_DAYS)), notes)


@lru_cache(maxsize=64)
def _of_year(country: str, year: int) -> tuple[Special, ...]:
    from holidays import country_holidays

    if not 1990 <= year <= 2100:
        return ()
    english: Any = country_holidays(country, years=year, language="en_US")
    local: Any = country_holidays(country, years=year, language={"CN": "zh_CN", "KR": "ko"}[country])
    worked = sorted(day for day in getattr(english, "weekend_workdays", ()) if day.year == year)
    forecast = country == "CN" and not worked
    found = [
        Special(
            country, day, HOLIDAY, _named(str(name), str(local.get(day, "")), country), is_forecast=forecast
        )
        for day, name in sorted(english.items())
        if day.year == year
    ]
    found += [Special(country, day, WORKING, WORKED_WEEKEND) for day in worked]
    return tuple(found)


_NAMES = {
    "New Year's Day": Trilingual("元旦", "신정", "New Year's Day"),
    "Chinese New Year's Eve": Trilingual("农历除夕", "음력 섣달그믐", "Chinese New Year's Eve"),
    "Chinese New Year (Spring Festival)": Trilingual("春节", "춘절", "Spring Festival"),
    "Tomb-Sweeping Day": Trilingual("清明节", "청명절", "Tomb-Sweeping Day"),
    "Labor Day": Trilingual("劳动节", "노동절", "Labor Day"),
    "Dragon Boat Festival": Trilingual("端午节", "단오절", "Dragon Boat Festival"),
    "Mid-Autumn Festival": Trilingual("中秋节", "중추절", "Mid-Autumn Festival"),
    "National Day": Trilingual("国庆节", "국경절", "National Day"),
    "Korean New Year": Trilingual("韩国春节", "설날", "Korean New Year"),
    "Independence Movement Day": Trilingual("三一节", "삼일절", "Independence Movement Day"),
    "Children's Day": Trilingual("儿童节", "어린이날", "Children's Day"),
    "Buddha's Birthday": Trilingual("佛诞节", "부처님오신날", "Buddha's Birthday"),
    "Local Election Day": Trilingual("地方选举日", "지방선거일", "Local Election Day"),
    "Memorial Day": Trilingual("显忠日", "현충일", "Memorial Day"),
    "Constitution Day": Trilingual("制宪节", "제헌절", "Constitution Day"),
    "Liberation Day": Trilingual("光复节", "광복절", "Liberation Day"),
    "Chuseok": Trilingual("韩国中秋节", "추석", "Chuseok"),
    "National Foundation Day": Trilingual("开天节", "개천절", "National Foundation Day"),
    "Hangul Day": Trilingual("韩文日", "한글날", "Hangul Day"),
    "Christmas Day": Trilingual("圣诞节", "성탄절", "Christmas Day"),
    "Armed Forces Day": Trilingual("国军日", "국군의 날", "Armed Forces Day"),
    "Temporary Public Holiday": Trilingual("临时公休日", "임시공휴일", "Temporary public holiday"),
    "Presidential Election Day": Trilingual("总统选举日", "대통령선거일", "Presidential Election Day"),
    "National Assembly Election Day": Trilingual(
        "国会选举日", "국회의원선거일", "National Assembly Election Day"
    ),
}
"""The package names the days in English and in the country's own language; the third is ours."""
_AROUND = (
    (re.compile(r"(.+) \(observed\)"), "{}（补假）", "{} (대체 휴무)", "{} (day off in lieu)"),
    (
        re.compile(r"Alternative holiday for (.+)"),
        "{}（替代假日）",
        "{} 대체공휴일",
        "{} (substitute holiday)",
    ),
    (re.compile(r"The day preceding (.+)"), "{}前一天", "{} 전날", "Day before {}"),
    (re.compile(r"The second day of (.+)"), "{}次日", "{} 다음 날", "Day after {}"),
)


def _named(english: str, local: str, country: str) -> Trilingual:
    """Two holidays on one day are written with a semicolon between them."""
    parts = [_one_name(part.strip()) for part in english.split(";")]
    names = [part for part in parts if part is not None]
    if len(names) == len(parts):
        return Trilingual(
            "、".join(name.zh for name in names),
            "·".join(name.ko for name in names),
            ", ".join(name.en for name in names),
        )
    own = {"CN": "zh", "KR": "ko"}[country]
    return Trilingual(**{"en": english, own: local or english})


def _one_name(english: str) -> Trilingual | None:
    if english.startswith("Day off (substituted"):
        return DAY_OFF
    if known := _NAMES.get(english):
        return known
    for pattern, zh, ko, en in _AROUND:
        if (match := pattern.fullmatch(english)) and (known := _NAMES.get(match[1])):
            return Trilingual(zh.format(known.zh), ko.format(known.ko), en.format(known.en))
    return None
