"""Numbers with a check character, dates and sentences as each country writes them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.numbers import is_well_formed, make_number
from certificates.wording import Award, dates, sentences

pytestmark = pytest.mark.no_database


def test_the_number_of_the_notes() -> None:
    number = make_number(program="CKYIEC", year=2026, kind="A", running=123)
    assert number == "CKYIEC-2026-A-000123-U"


@given(st.integers(1, 999_999), st.integers(0, 5), st.integers(0, 9))
def test_one_mistyped_digit_is_noticed(running: int, place: int, digit: int) -> None:
    number = make_number(program="CKYIEC", year=2026, kind="A", running=running)
    assert is_well_formed(number)
    head, digits, check = number[:14], number[14:20], number[20:]
    mistyped = digits[:place] + str(digit) + digits[place + 1 :]
    assert is_well_formed(head + mistyped + check) == (mistyped == digits)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "X",
        "CKYIEC-2026-A-000123",
        "CKYIEC-2026-A-000123-V",
        "ckyiec-2026-a-000123-u",
        "CKYIEC-2026-A-０００123-U",
    ],
)
def test_what_is_no_number(number: str) -> None:
    assert not is_well_formed(number)


@pytest.mark.parametrize(
    ("day", "zh", "ko", "en"),
    [
        (date(2016, 6, 25), "二〇一六年六月二十五日", "2016년 6월 25일", "June 25, 2016"),
        (date(2026, 11, 20), "二〇二六年十一月二十日", "2026년 11월 20일", "November 20, 2026"),
        (date(2030, 10, 10), "二〇三〇年十月十日", "2030년 10월 10일", "October 10, 2030"),
        (date(2025, 1, 1), "二〇二五年一月一日", "2025년 1월 1일", "January 1, 2025"),
    ],
)
def test_dates(day: date, zh: str, ko: str, en: str) -> None:
    assert dates(day) == {"zh": zh, "ko": ko, "en": en}


def award(**values: str) -> Award:
    return Award(
        edition={"zh": "大赛", "ko": "대회", "en": "Contest"},
        prize={"zh": "优秀奖", "ko": "장려상", "en": "Merit Award"},
        project={"zh": "项目", "ko": "아이템", "en": "Project"},
        team="创新팀A",
        **values,
    )


def test_a_teams_sentences_name_the_editions_own_prize() -> None:
    said = sentences(award())
    assert said["zh"].endswith("荣获优秀奖。特发此证，以资鼓励。")
    assert "위 팀은" in said["ko"]
    assert said["ko"].endswith("이 상장을 수여합니다.")
    assert "“Project”" in said["en"]


def test_a_members_sentences_name_the_person_and_the_team() -> None:
    said = sentences(award(person="王小明", person_latin="Wang Xiaoming"))
    assert "作为团队“创新팀A”成员" in said["zh"]
    assert "위 사람은" in said["ko"]
    assert said["en"].startswith("Wang Xiaoming, as a member of team 创新팀A,")
