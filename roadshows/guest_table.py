"""The table in which guests come and go: one row each, the same columns in import and export.

| column | holds |
|---|---|
| full name, kind of guest | needed; the kind is government, investor, … or the word in zh, ko or en |
| e-mail | without one the guest gets no mail; the organizers can hand the badge over |
| language | zh, ko or en, or its own name; empty: told from the script of the name |
| interpreting | yes or no |
| rank | a whole number, the smaller, the further in front |
| state, source, asked, arrived | export only |
"""

from __future__ import annotations

from competition.team_table import NO_WORDS, YES_WORDS, Column
from core.languages import Trilingual
from core.text import fold
from roadshows.models import GuestKind

MOST_ROWS = 10_000


def _column(key: str, zh: str, ko: str, en: str, **options: bool | int) -> Column:
    return Column(key, Trilingual(zh, ko, en), **options)  # type: ignore[arg-type]


COLUMNS: tuple[Column, ...] = (
    _column("name", "姓名", "성명", "Full name", needed=True, most=80),
    _column("name_latin", "姓名（拉丁字母）", "영문 성명", "Name in Latin letters", most=80),
    _column("organization", "单位", "소속", "Organization", most=200),
    _column("position", "职务", "직위", "Position", most=120),
    _column("kind", "嘉宾类别", "참석 구분", "Kind of guest", needed=True, most=40),
    _column("email", "电子邮箱", "이메일", "E-mail", most=254),
    _column("phone", "手机号码", "휴대전화 번호", "Phone", most=40),
    _column("language", "语言", "언어", "Language", most=20),
    _column("needs_interpreting", "需要口译", "통역 필요", "Interpreting", most=10),
    _column("needs", "其他需求", "기타 요청 사항", "Other needs", most=500),
    _column("rank", "排位", "의전 순위", "Rank", most=10),
    _column("seat", "座位", "좌석", "Seat", most=20),
    _column("state", "状态", "상태", "State", export_only=True),
    _column("source", "来源", "등록 경로", "Source", export_only=True),
    _column("asked_at", "登记时间（UTC）", "신청 시각(UTC)", "Registered (UTC)", export_only=True),
    _column("arrived_at", "签到时间（UTC）", "현장 등록 시각(UTC)", "Checked in (UTC)", export_only=True),
)
BY_KEY = {column.key: column for column in COLUMNS}
HEADER_WORDS = {
    fold(word): column.key
    for column in COLUMNS
    for word in (column.key, column.names.zh, column.names.ko, column.names.en)
}
"""Header word, folded -> column key."""

KIND_WORDS = {
    fold(word): kind
    for kind, words in {
        GuestKind.GOVERNMENT: "government 政府 政府部门 官员 정부 정부·공공기관 공공기관",
        GuestKind.INVESTOR: "investor 投资人 投资机构 投资方 투자자 투자기관",
        GuestKind.INCUBATOR: "incubator 孵化器 孵化机构 창업보육센터 보육기관 액셀러레이터",
        GuestKind.COMPANY: "company 企业 公司 기업 회사",
        GuestKind.PRESS: "press media 媒体 记者 언론 기자 미디어",
        GuestKind.TEAM: "team 团队 参赛团队 팀 참가팀",
        GuestKind.OTHER: "other 其他 其他嘉宾 기타",
    }.items()
    for word in words.split()
} | {"other guest": GuestKind.OTHER}
LANGUAGE_WORDS = {
    fold(word): code
    for code, words in {
        "zh": "zh zh-cn zh-hans chinese 中文 汉语 简体中文 중국어",
        "ko": "ko ko-kr korean 韩语 韩文 한국어 한글",
        "en": "en en-us english 英语 英文 영어",
    }.items()
    for word in words.split()
}

__all__ = [
    "BY_KEY",
    "COLUMNS",
    "HEADER_WORDS",
    "KIND_WORDS",
    "LANGUAGE_WORDS",
    "MOST_ROWS",
    "NO_WORDS",
    "YES_WORDS",
    "Column",
]
