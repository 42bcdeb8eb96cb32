"""The table in which teams come and go: one row each, the same columns in import and export.

| column | holds |
|---|---|
| team name, country, captain | needed; country is CN, KR or joint, or the word in zh, ko or en |
| project name (zh, ko, en) | needed in one language |
| track, division | the short name or any of the edition's names; needed where there is more than one |
| members, advisers | `name | Latin name | e-mail | birth year`, parted by `;` (`\\|` and `\\;` inside) |
| receipt number, state, submitted | export only; an import gives new ones |
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from competition.models import Country, Stage
from core.languages import Trilingual
from core.text import fold


@dataclass(frozen=True)
class Column:
    """One column: its key, its header in three languages, whether an import needs it or leaves it out."""

    key: str
    names: Trilingual
    needed: bool = False
    export_only: bool = False
    most: int = 200


def _column(key: str, zh: str, ko: str, en: str, **options: bool | int) -> Column:
    return Column(key, Trilingual(zh, ko, en), **options)  # type: ignore[arg-type]


COLUMNS: tuple[Column, ...] = (
    _column("receipt_number", "受理编号", "접수번호", "Receipt number", export_only=True),
    _column("state", "状态", "상태", "State", export_only=True),
    _column("submitted_at", "提交时间（UTC）", "제출 시각(UTC)", "Submitted (UTC)", export_only=True),
    _column("name", "团队名称", "팀명", "Team name", needed=True, most=80),
    _column("name_latin", "团队名称（拉丁字母）", "영문 팀명", "Team name in Latin letters", most=80),
    _column("country", "国家", "국가", "Country", needed=True, most=40),
    _column("affiliation", "所在单位", "소속", "Affiliation", most=160),
    _column("company_number", "企业登记号", "사업자등록번호", "Company number", most=40),
    _column("founded_year", "成立年份", "설립 연도", "Year of founding", most=10),
    _column("investors", "投资方与支持方", "투자자 및 후원자", "Investors and backers", most=300),
    _column("phone", "手机号码", "휴대전화 번호", "Phone", most=40),
    _column("shown_publicly", "同意公开展示", "공개 동의", "Agreed to be shown", most=10),
    _column("track", "赛道", "부문", "Track"),
    _column("division", "组别", "참가 구분", "Division"),
    _column("title_zh", "项目名称（中文）", "아이템명(중국어)", "Project name (Chinese)"),
    _column("title_ko", "项目名称（韩文）", "아이템명(한국어)", "Project name (Korean)"),
    _column("title_en", "项目名称（英文）", "아이템명(영어)", "Project name (English)"),
    _column("summary_zh", "项目简介（中文）", "아이템 개요(중국어)", "Project summary (Chinese)", most=4000),
    _column("summary_ko", "项目简介（韩文）", "아이템 개요(한국어)", "Project summary (Korean)", most=4000),
    _column("summary_en", "项目简介（英文）", "아이템 개요(영어)", "Project summary (English)", most=4000),
    _column("sector", "行业领域", "산업 분야", "Sector", most=80),
    _column("stage", "发展阶段", "진행 단계", "Stage", most=40),
    _column("video_url", "视频链接", "영상 링크", "Video link", most=300),
    _column("earlier_prize", "以往获奖", "이전 수상", "Earlier prize"),
    _column("captain_name", "团队负责人", "팀장", "Team captain", needed=True, most=80),
    _column(
        "captain_name_latin", "负责人姓名（拉丁字母）", "팀장 영문 성명", "Captain in Latin letters", most=80
    ),
    _column("captain_email", "负责人邮箱", "팀장 이메일", "Captain's e-mail", most=254),
    _column("captain_birth_year", "负责人出生年份", "팀장 출생 연도", "Captain's year of birth", most=10),
    _column("members", "团队成员", "팀원", "Team members", most=8000),
    _column("advisers", "指导教师", "지도교수", "Advisers", most=4000),
)
BY_KEY = {column.key: column for column in COLUMNS}
HEADER_WORDS = {
    fold(word): column.key
    for column in COLUMNS
    for word in (column.key, column.names.zh, column.names.ko, column.names.en)
}
"""Header word, folded -> column key."""

COUNTRY_WORDS = {
    "cn": Country.CHINA,
    "china": Country.CHINA,
    "中国": Country.CHINA,
    "중국": Country.CHINA,
    "kr": Country.KOREA,
    "korea": Country.KOREA,
    "south korea": Country.KOREA,
    "韩国": Country.KOREA,
    "한국": Country.KOREA,
    "대한민국": Country.KOREA,
    "joint": Country.JOINT,
    "china and korea jointly": Country.JOINT,
    "中韩联合": Country.JOINT,
    "中韩": Country.JOINT,
    "한중 공동": Country.JOINT,
    "한중": Country.JOINT,
}
STAGE_WORDS = {
    "idea": Stage.IDEA,
    "创意阶段": Stage.IDEA,
    "创意": Stage.IDEA,
    "아이디어": Stage.IDEA,
    "prototype": Stage.PROTOTYPE,
    "样机阶段": Stage.PROTOTYPE,
    "样机": Stage.PROTOTYPE,
    "시제품": Stage.PROTOTYPE,
    "pilot": Stage.PILOT,
    "试点阶段": Stage.PILOT,
    "试点": Stage.PILOT,
    "시범 운영": Stage.PILOT,
    "revenue": Stage.REVENUE,
    "已有收入": Stage.REVENUE,
    "매출 발생": Stage.REVENUE,
    "매출": Stage.REVENUE,
}
YES_WORDS = {"yes", "y", "true", "1", "是", "예", "네", "동의", "o"}
NO_WORDS = {"", "no", "n", "false", "0", "否", "아니요", "아니오", "x"}


@dataclass(frozen=True)
class Someone:
    """A member or adviser as one piece of a cell."""

    name: str
    name_latin: str = ""
    email: str = ""
    birth_year: int | None = None


def write_people(people: Sequence[Someone]) -> str:
    """`name | Latin name | e-mail | birth year; …`; what is empty at the end is left out."""
    pieces = []
    for someone in people:
        parts = [someone.name, someone.name_latin, someone.email, str(someone.birth_year or "")]
        while parts[-1] == "":
            parts.pop()
        pieces.append(" | ".join(re.sub(r"([\\|;｜；])", r"\\\1", part) for part in parts))
    return "; ".join(pieces)


def read_people(text: str) -> list[Someone]:
    """What `write_people` wrote, or people did by hand. Raises ValueError for what can't be read."""
    people = []
    for piece in _split(text, ";；"):
        parts = [_unescape(part.strip()) for part in _split(piece, "|｜")]
        if not any(parts):
            continue
        if len(parts) > 4 or not parts[0]:
            raise ValueError(piece.strip())
        parts += [""] * (4 - len(parts))
        people.append(Someone(parts[0], parts[1], parts[2], read_year(parts[3])))
    return people


def read_year(text: str) -> int | None:
    """A year between 1900 and 2100, full-width digits folded; None for nothing. Raises ValueError."""
    folded = fold(text)
    if not folded:
        return None
    if not re.fullmatch(r"[0-9]{4}", folded) or not 1900 <= int(folded) <= 2100:
        raise ValueError(text)
    return int(folded)


def _split(text: str, signs: str) -> list[str]:
    """The pieces between any of `signs`; a backslash takes the meaning of what follows away."""
    pieces, begins, place = [], 0, 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] in signs:
            pieces.append(text[begins:place])
            begins = place + 1
        place += 1
    return [*pieces, text[begins:]]


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
