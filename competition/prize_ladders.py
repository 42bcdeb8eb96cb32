"""Sets of prizes as real contests use them; their sources stand in `data/criteria_templates.json`.

The three names of a prize are no translations of each other: 优秀奖 ranks below 三等奖, 우수상 above 장려상.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.languages import Trilingual

_DATA = Path(__file__).parent / "data" / "criteria_templates.json"

GRAND = Trilingual("特等奖", "대상", "Grand prize")
FIRST = Trilingual("一等奖", "최우수상", "First prize")
SECOND = Trilingual("二等奖", "우수상", "Second prize")
THIRD = Trilingual("三等奖", "장려상", "Third prize")


@dataclass(frozen=True)
class Ladder:
    """Prizes from the highest down, each with its number of places, as `contest` gave them."""

    key: str
    contest: str
    prizes: tuple[tuple[Trilingual, int], ...]

    @property
    def text(self) -> str:
        """What is known of the contest's ladder."""
        return _sources()[self.contest]["ladder"]

    @property
    def source(self) -> str:
        """Where that was read."""
        return _sources()[self.contest]["source"]


LADDERS = (
    Ladder(
        "strait-2015",
        "海峡两岸青年大学生创新创业大赛 2015",
        ((GRAND, 1), (FIRST, 2), (SECOND, 5), (THIRD, 12)),
    ),
    Ladder("ulsan-2020", "울산 대학 창업 아이디어 2020", ((GRAND, 1), (FIRST, 2), (SECOND, 2), (THIRD, 2))),
    Ladder(
        "youth-2018",
        "创青春 2018 final",
        (
            (Trilingual("金奖", "금상", "Gold award"), 7),
            (Trilingual("银奖", "은상", "Silver award"), 17),
            (Trilingual("铜奖", "동상", "Bronze award"), 38),
            (Trilingual("优秀奖", "입선", "Excellence award"), 56),
        ),
    ),
)


@cache
def _sources() -> dict[str, dict[str, str]]:
    known = json.loads(_DATA.read_text(encoding="utf-8"))["prize_ladders"]
    return {ladder["contest"]: ladder for ladder in known}
