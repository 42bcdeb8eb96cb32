"""Names that look alike are one name; honest names of several scripts stay apart (security case 44)."""

from __future__ import annotations

import unicodedata

import pytest

from core.text import skeleton

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Team A", "Ｔｅａｍ Ａ"),
        ("Team A", "team a"),
        ("Team A", "Тeam А"),  # Cyrillic Т and А
        ("Team A", "TEAM\u200b A"),
        ("HOPE", "НОРЕ"),  # all four Cyrillic
        ("Nova", "Νova"),  # Greek Ν
        ("KIMCHI", "ΚΙМСНІ"),
        ("BETA", "ΒΕΤΑ"),
        ("Yummy Zoo", "Υummy Ζoo"),
        ("paper", "рареr"),
        ("한빛", unicodedata.normalize("NFD", "한빛")),
        ("Lab  X", "LabX"),
        ("Наука", "НАУКА"),
        ("нано", "НАНО"),
    ],
)
def test_case_44_look_alikes_share_a_skeleton(one: str, other: str) -> None:
    assert one != other
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("创新팀A", "创新팀B"),
        ("创新팀A", "创新组A"),
        ("Team A", "Team B"),
        ("하나", "하니"),
        ("Ясень", "Team"),
        ("双木", "林"),
    ],
)
def test_honest_names_keep_their_own(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_an_honest_mixed_name_is_itself() -> None:
    assert skeleton("创新팀A") == "创新팀a"
