"""People are found by their names in whatever script somebody types."""

from __future__ import annotations

import subprocess
import sys

import pytest

from config import ROOT
from roadshows.name_search import finds, search_key

pytestmark = pytest.mark.no_database

WANG = search_key("王小明", "Wang Xiaoming", "成都科技")
KIM = search_key("김민준", "", "한강랩")
LYU = search_key("吕方", "Lü Fang")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("王", WANG),
        ("小明", WANG),
        ("xiaoming", WANG),
        ("wxm", WANG),
        ("WANG xiao", WANG),
        ("ｗａｎｇ", WANG),
        ("chengdu", WANG),
        ("成都 王", WANG),
        ("민준", KIM),
        ("ㄱㅁㅈ", KIM),
        ("gimminjun", KIM),
        ("kim min", KIM),
        ("한강", KIM),
        ("hangang", KIM),
        ("lu fang", LYU),
        ("Lü", LYU),
        ("", KIM),
        ("chongqing", search_key("重庆科技")),
        ("shan", search_key("单小雨")),
        ("shanxiaoyu", search_key("单小雨")),
        ("lvfang".replace("v", "u"), LYU),
    ],
)
def test_found(typed: str, key: str) -> None:
    assert finds(typed, key)


@pytest.mark.parametrize(
    ("typed", "key"), [("李", WANG), ("wang li", WANG), ("ㄱㅁㅂ", KIM), ("박", KIM), ("%", KIM)]
)
def test_not_found(typed: str, key: str) -> None:
    assert not finds(typed, key)


def test_the_library_that_would_take_much_memory_stays_out() -> None:
    program = "import sys, roadshows.name_search as s; s.search_key('王'); print('pypinyin' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stdout.strip() == "False"
