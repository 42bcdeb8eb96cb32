"""Checksums of both countries' company numbers; the numbers are published examples."""

from __future__ import annotations

import pytest

from competition.company_numbers import looks_right
from competition.models import Country

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize("number", ["124-81-00998", "220-81-62517", "123-45-67891"])
def test_a_korean_number_with_its_check_digit_looks_right(number: str) -> None:
    assert looks_right(number, Country.KOREA)


@pytest.mark.parametrize("number", ["124-81-00999", "220-81-62518", "123-45-67890", "12-34", "124-81-0099X"])
def test_a_mistyped_korean_number_does_not(number: str) -> None:
    assert not looks_right(number, Country.KOREA)


@pytest.mark.parametrize("number", ["91350100M000100Y43", "91330100799655058B", "91440300708461136T"])
def test_a_chinese_code_with_its_check_character_looks_right(number: str) -> None:
    assert looks_right(number, Country.CHINA)
    assert not looks_right(number[:-1] + ("1" if number[-1] != "1" else "2"), Country.CHINA)


def test_a_joint_team_may_have_either() -> None:
    assert looks_right("124-81-00998", Country.JOINT)
    assert looks_right("91330100799655058B", Country.JOINT)
    assert not looks_right("124-81-00999", Country.JOINT)
    assert looks_right("", Country.JOINT)
