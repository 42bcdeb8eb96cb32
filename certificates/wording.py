"""The sentences of a certificate in three languages, and dates as each country writes them (pure).

Korean particles depend on the last sound of the word before them; the wording is made so that inserted
names are followed by none. Prize names come from the edition, never from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

_HAN_DIGITS = "〇一二三四五六七八九"
_ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class Award:
    """What is certified; texts by language code zh, ko, en."""

    edition: dict[str, str]
    prize: dict[str, str]
    project: dict[str, str]
    team: str
    person: str = ""
    person_latin: str = ""


def sentences(award: Award) -> dict[str, str]:
    """The body text by language; a team's certificate speaks of the team, a member's of the person in it."""
    team, project = award.team, award.project
    if award.person:
        latin = award.person_latin or award.person
        return {
            "zh": f"在“{award.edition['zh']}”中，作为团队“{team}”成员，以项目《{project['zh']}》"
            f"荣获{award.prize['zh']}。特发此证，以资鼓励。",
            "ko": f"위 사람은 「{award.edition['ko']}」에 팀 「{team}」의 일원으로 "
            f"「{project['ko']}」 아이템을 출품하여 "
            "위와 같이 우수한 성적을 거두었으므로 이 상장을 수여합니다.",
            "en": f"{latin}, as a member of team {team}, has been awarded this prize at the "
            f"{award.edition['en']} for the project “{project['en']}”.",
        }
    return {
        "zh": f"在“{award.edition['zh']}”中，以项目《{project['zh']}》荣获{award.prize['zh']}。"
        "特发此证，以资鼓励。",
        "ko": f"위 팀은 「{award.edition['ko']}」에 「{project['ko']}」 아이템을 출품하여 "
        "위와 같이 우수한 성적을 거두었으므로 이 상장을 수여합니다.",
        "en": f"This team has been awarded this prize at the {award.edition['en']} "
        f"for the project “{project['en']}”.",
    }


def dates(day: date) -> dict[str, str]:
    """The date of issue: 二〇二六年十一月二十三日 / 2026년 11월 23일 / November 23, 2026."""
    year = "".join(_HAN_DIGITS[int(digit)] for digit in f"{day.year:04d}")
    return {
        "zh": f"{year}年{_han_number(day.month)}月{_han_number(day.day)}日",
        "ko": f"{day.year}년 {day.month}월 {day.day}일",
        "en": f"{_ENGLISH_MONTHS[day.month - 1]} {day.day}, {day.year}",
    }


def _han_number(number: int) -> str:
    """1 to 99 as spoken: 10 is 十, 23 is 二十三."""
    tens, ones = divmod(number, 10)
    text = ("" if tens == 1 else _HAN_DIGITS[tens]) + "十" if tens else ""
    return text + (_HAN_DIGITS[ones] if ones else "")
