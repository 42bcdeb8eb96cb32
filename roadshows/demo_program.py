"""What the demo's roadshow is about: its two days, its speeches, its guests. Pure data, all invented."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from core.languages import Trilingual
from roadshows.presets import PRESETS, Preset

SERIES = Trilingual("菁蓉汇", "징룽후이", "Jingronghui")
NAME = Trilingual(
    "四川创新创业推介会·首尔 2026",
    "쓰촨 혁신창업 설명회·서울 2026",
    "Sichuan Innovation Roadshow, Seoul 2026",
)
THEME = Trilingual(
    "从成都到首尔，携手到烟台",
    "청두에서 서울로, 함께 옌타이로",
    "From Chengdu to Seoul, and on to Yantai together",
)
ABOUT = Trilingual(
    "首届中韩青年创新创业大赛的获奖团队在首尔和烟台与投资人、企业和孵化器见面。这里的人员、单位和场地均为虚构的演示数据。",
    "제1회 한중 청년 혁신창업 경진대회의 수상팀이 서울과 옌타이에서 투자자, 기업, 창업보육기관을 만납니다. "
    "여기에 나오는 사람과 기관, 장소는 모두 가상의 시연용 자료입니다.",
    "Prize winners of the First China–Korea Youth Innovation and Entrepreneurship Competition meet "
    "investors, companies and incubators in Seoul and Yantai. All people, organizations "
    "and places are invented.",
)
AFTER_CEREMONY = timedelta(days=19)
"""From the contest's ceremony to the roadshow's first day."""


def plan() -> Preset:
    """A whole day in Seoul, and an afternoon in Yantai two days later."""
    week = next(one for one in PRESETS if one.key == "two-cities")
    seoul, _second, yantai, _last = week.days
    return replace(week, key="demo", days=(seoul, replace(yantai, offset=2)))


@dataclass(frozen=True)
class DemoVenue:
    """The name, address and directions of the venue of a city."""

    city: str
    name: Trilingual
    address: Trilingual
    directions: Trilingual


VENUES = (
    DemoVenue(
        "seoul",
        Trilingual("汉江之光会议中心", "한강빛 컨벤션센터", "Hangangbit Convention Center"),
        Trilingual(
            "首尔市示例区江边路 12 号", "서울특별시 예시구 강변길 12", "12 Gangbyeon-gil, Yesi-gu, Seoul"
        ),
        Trilingual(
            "地铁示例站 3 号出口步行 5 分钟。",
            "지하철 예시역 3번 출구에서 걸어서 5분입니다.",
            "Five minutes on foot from exit 3 of Yesi station.",
        ),
    ),
    DemoVenue(
        "yantai",
        Trilingual("芝罘湾会客厅", "즈푸완 컨벤션홀", "Zhifu Bay Forum"),
        Trilingual("烟台市示例区海岸路 8 号", "옌타이시 예시구 하이안로 8", "8 Hai'an Road, Yantai"),
        Trilingual(
            "会务组在烟台站南出口设接站点。",
            "옌타이역 남쪽 출구에서 안내합니다.",
            "Staff wait at the south exit of Yantai station.",
        ),
    ),
)
TRAVEL_MINUTES = 300
TRACKS = (
    Trilingual("政策与投资", "정책·투자", "Policy and investment"),
    Trilingual("项目路演", "아이템 발표", "Pitches"),
)


@dataclass(frozen=True)
class DemoTalk:
    """A speech or panel. country: of its speaker. people: how many speak; of a panel the first moderates."""

    city: str
    kind: str
    title: Trilingual
    language: str
    country: str
    people: int = 1


TALKS = (
    DemoTalk(
        "seoul",
        "speech",
        Trilingual(
            "四川的创新生态与开放合作", "쓰촨의 혁신 생태계와 개방 협력", "Sichuan's innovation ecosystem"
        ),
        "zh",
        "CN",
    ),
    DemoTalk(
        "seoul",
        "speech",
        Trilingual(
            "落地成都：政策与服务", "청두 진출: 정책과 지원", "Settling in Chengdu: policies and services"
        ),
        "zh",
        "CN",
    ),
    DemoTalk(
        "seoul",
        "speech",
        Trilingual(
            "韩国投资人看早期项目",
            "한국 투자자가 본 초기 창업 아이템",
            "Early-stage projects through a Korean investor's eyes",
        ),
        "ko",
        "KR",
    ),
    DemoTalk(
        "seoul",
        "panel",
        Trilingual(
            "两国团队如何一起做产品",
            "두 나라 팀이 함께 제품을 만드는 법",
            "Building a product across two countries",
        ),
        "en",
        "KR",
        4,
    ),
    DemoTalk(
        "yantai",
        "speech",
        Trilingual(
            "烟台的韩国企业：现状与机会", "옌타이의 한국 기업: 현황과 기회", "Korean companies in Yantai"
        ),
        "ko",
        "KR",
    ),
    DemoTalk(
        "yantai",
        "speech",
        Trilingual(
            "山东半岛的产业需求", "산둥반도의 산업 수요", "What industry on the Shandong peninsula needs"
        ),
        "zh",
        "CN",
    ),
)
PITCHES = {"seoul": 8, "yantai": 4}
"""City → how many of the contest's best teams pitch there."""

INTERPRETERS = (
    ("KR", ("ko-zh",)),
    ("CN", ("ko-zh",)),
    ("KR", ("ko-zh", "en-ko")),
    ("CN", ("ko-zh", "en-zh")),
)
"""Country and pairs of languages of each."""

GUESTS = (
    ("investor", 16),
    ("company", 14),
    ("incubator", 9),
    ("government", 8),
    ("press", 6),
    ("other", 4),
    ("team", 3),
)
"""Kind of guest → how many."""
STATES = ("confirmed",) * 7 + ("invited", "applied", "waiting")
"""States of guests in turn; every twentieth one was refused or withdrew."""
PRESS = {
    "CN": Trilingual("蓉城晚报", "룽청만보", "Rongcheng Evening News"),
    "KR": Trilingual("汉江日报", "한강일보", "Hangang Daily"),
}
POSITIONS = {
    "investor": {"CN": "投资总监", "KR": "투자팀장"},
    "company": {"CN": "市场总监", "KR": "해외사업팀장"},
    "incubator": {"CN": "运营经理", "KR": "보육팀장"},
    "government": {"CN": "处长", "KR": "과장"},
    "press": {"CN": "记者", "KR": "기자"},
    "other": {"CN": "研究员", "KR": "연구원"},
    "team": {"CN": "联合创始人", "KR": "공동창업자"},
}
INTERESTS = (
    Trilingual(
        "关注早期硬科技与医疗健康项目",
        "초기 딥테크와 헬스케어에 관심이 있습니다",
        "Early-stage deep tech and health care",
    ),
    Trilingual(
        "关注绿色能源与智能制造",
        "친환경 에너지와 스마트 제조에 관심이 있습니다",
        "Green energy and smart manufacturing",
    ),
    Trilingual(
        "关注人工智能应用与内容产业",
        "인공지능 응용과 콘텐츠 산업에 관심이 있습니다",
        "Applied AI and content",
    ),
)
