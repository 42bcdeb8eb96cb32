"""Invented schools, investors, offices, teams and companies of the demo edition, in three languages each.

None of them exists as far as its authors know. A company's name, and a Korean word that has no Hanja, stands
in the other language in Latin letters.
"""

from __future__ import annotations

import random
import unicodedata

from competition.demo_names import pinyin, romanize

T3 = dict[str, str]
"""One text in the three languages: `{"zh": …, "ko": …, "en": …}`."""


_words = str.split


def t3(zh: str, ko: str, en: str) -> T3:
    return {"zh": zh, "ko": ko, "en": en}


# ── Schools, makerspaces, investors, offices ────────────────────────────────────────────────

UNIVERSITIES: dict[str, tuple[T3, ...]] = {
    "CN": (
        t3("蓉城科技大学", "룽청과기대학교", "Rongcheng University of Science and Technology"),
        t3("锦水大学", "진수이대학교", "Jinshui University"),
        t3("浣花师范大学", "환화사범대학교", "Huanhua Normal University"),
        t3("沱江理工大学", "퉈장이공대학교", "Tuojiang University of Technology"),
        t3("琴台财经大学", "친타이재경대학교", "Qintai University of Finance and Economics"),
        t3("剑门农业大学", "젠먼농업대학교", "Jianmen Agricultural University"),
        t3("夔门交通大学", "쿠이먼교통대학교", "Kuimen Jiaotong University"),
        t3("巴山医科大学", "바산의과대학교", "Bashan Medical University"),
        t3("三江口海洋大学", "싼장커우해양대학교", "Sanjiangkou Ocean University"),
        t3("东篱艺术学院", "둥리예술대학", "Dongli Academy of Arts"),
        t3("芝罘湾工业大学", "즈푸완공업대학교", "Zhifuwan Polytechnic University"),
        t3("梧桐湖信息工程大学", "우퉁후정보공정대학교", "Wutonghu University of Information Engineering"),
        t3("云栈理工学院", "윈잔이공대학", "Yunzhan Institute of Technology"),
        t3("白露洲林业大学", "바이루저우임업대학교", "Bailuzhou Forestry University"),
        t3("笔架山传媒大学", "비자산미디어대학교", "Bijiashan Communication University"),
        t3("海棠溪大学", "하이탕시대학교", "Haitangxi University"),
    ),
    "KR": (
        t3("槿花大学", "근화대학교", "Geunhwa University"),
        t3("白云科学技术大学", "백운과학기술대학교", "Baegun University of Science and Technology"),
        t3("Hanbyeol工科大学", "한별공과대학교", "Hanbyeol Institute of Technology"),
        t3("东川海洋大学", "동천해양대학교", "Dongcheon Maritime University"),
        t3("瑞林女子大学", "서림여자대학교", "Seorim Women's University"),
        t3("南岳大学", "남악대학교", "Namak University"),
        t3("松竹艺术大学", "송죽예술대학교", "Songjuk University of the Arts"),
        t3("银河医科大学", "은하의과대학교", "Eunha Medical University"),
        t3("碧松农业大学", "벽송농업대학교", "Byeoksong Agricultural University"),
        t3("云峰教育大学", "운봉교육대학교", "Unbong University of Education"),
        t3("太和产业大学", "태화산업대학교", "Taehwa Industrial University"),
        t3("瑞潭外国语大学", "서담외국어대학교", "Seodam University of Foreign Studies"),
        t3("Hannae设计大学", "한내디자인대학교", "Hannae University of Design"),
        t3("海潭大学", "해담대학교", "Haedam University"),
    ),
}

MAKERSPACES: dict[str, tuple[T3, ...]] = {
    "CN": (
        t3("木芙蓉众创空间", "무푸룽 메이커 스페이스", "Mufurong Makerspace"),
        t3("锦水青年创客营", "진수이 청년 창업캠프", "Jinshui Young Makers Camp"),
        t3("琴台孵化器", "친타이 창업보육센터", "Qintai Incubator"),
    ),
    "KR": (
        t3("槿花创业保育中心", "근화 창업보육센터", "Geunhwa Incubator"),
        t3("Naruteo创客空间", "나루터 메이커 스페이스", "Naruteo Makerspace"),
        t3("Saebyeok创业营", "새벽 창업캠프", "Saebyeok Startup Camp"),
    ),
}

INVESTORS: dict[str, tuple[T3, ...]] = {
    "CN": (
        t3("锦水创业投资", "진수이 벤처투자", "Jinshui Ventures"),
        t3("剑门资本", "젠먼캐피탈", "Jianmen Capital"),
        t3("芙蓉溪基金", "푸룽시펀드", "Furongxi Fund"),
        t3("云栈种子基金", "윈잔 시드펀드", "Yunzhan Seed Fund"),
        t3("三江口产业投资", "싼장커우 산업투자", "Sanjiangkou Industrial Investment"),
    ),
    "KR": (
        t3("Naruteo创投", "나루터인베스트", "Naruteo Invest"),
        t3("白云风险投资", "백운벤처투자", "Baegun Ventures"),
        t3("Yeoul资本", "여울캐피탈", "Yeoul Capital"),
        t3("松竹种子基金", "송죽시드펀드", "Songjuk Seed Fund"),
        t3("海潭影响力投资", "해담임팩트투자", "Haedam Impact Investment"),
    ),
}

OFFICES: dict[str, tuple[T3, ...]] = {
    "CN": (
        t3("蓉城创新创业服务中心", "룽청 혁신창업 서비스센터", "Rongcheng Innovation Service Center"),
        t3("锦水新区科技局", "진수이신구 과학기술국", "Jinshui New Area Science and Technology Bureau"),
        t3("芝罘湾青年创业促进会", "즈푸완 청년창업촉진회", "Zhifuwan Youth Startup Association"),
    ),
    "KR": (
        t3("Hanbyeol市创业振兴中心", "한별시 창업진흥센터", "Hanbyeol City Startup Center"),
        t3("海潭技术振兴院", "해담기술진흥원", "Haedam Technology Promotion Agency"),
        t3("瑞林青年支援财团", "서림청년지원재단", "Seorim Youth Foundation"),
    ),
}


# ── Teams and companies ─────────────────────────────────────────────────────────────────────

# The first character is unusual, so that no brand known to the authors comes out; no two are read alike.
_CHINESE_FIRST = "槿芙蓉栎岫沅霁棠澄砚笙苇"
_CHINESE_SECOND = "舟禾屿笺堤野帆芽言谷桥微序弦澜木星迹光山"
_KOREAN_FIRST = _words(
    "다온 노을 라온 마루 바람 새벽 여울 윤슬 이음 잔디 초록 푸른 하늘 한별 솔빛 달빛 물빛 아침"
)
_KOREAN_SECOND = _words(
    "나루 누리 다리 들판 마당 모루 물결 서랍 상점 숲 씨앗 언덕 우물 정원 조각 지도 등대 온실"
)

# What stands behind a brand, in the team's script and in Latin letters: for any team, and per track.
_SUFFIXES: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "CN": {
        "any": (("团队", "Team"), ("小队", "Crew"), ("实验室", "Lab"), ("工作室", "Studio"), (" Lab", "Lab")),
        "ai": (("智能", "Intelligence"), ("数科", "Digital"), ("算法", "Algorithms")),
        "bio": (("生物", "Bio"), ("健康", "Health"), ("生命科学", "Life Science")),
        "green": (("绿能", "Green Energy"), ("环境", "Environment"), ("生态", "Ecology")),
        "content": (("文创", "Creative"), ("传媒", "Media"), ("影像", "Pictures")),
        "manufacturing": (("智造", "Smart Manufacturing"), ("装备", "Equipment"), ("新材", "Materials")),
    },
    "KR": {
        "any": (("팀", "Team"), (" 크루", "Crew"), ("랩", "Lab"), ("공작소", "Workshop"), (" Lab", "Lab")),
        "ai": (("AI", "AI"), ("소프트", "Soft"), ("데이터", "Data")),
        "bio": (("바이오", "Bio"), ("헬스", "Health"), ("생명과학", "Life Science")),
        "green": (("에너지", "Energy"), ("환경", "Environment"), ("그린텍", "Greentech")),
        "content": (("스튜디오", "Studio"), ("미디어", "Media"), ("콘텐츠", "Contents")),
        "manufacturing": (("테크", "Tech"), ("정밀", "Precision"), ("소재", "Materials")),
    },
}
_JOINT_CHINESE = _words("同行 蓉槿 双城 桥梁 山海 双花 同心 并肩")
_JOINT_KOREAN = _words("같이 이웃 나란히 두도시 바닷길 한걸음 마주 다리")
_JOINT_LATIN = _words("Gachi Tonghang Twin Hibiscus Bridge Seabridge Twopetal Westward Sidebyside Crossbloom")


class Brander:
    """Draws names of teams that differ from each other also when case, width and spaces are ignored."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._taken: set[str] = set()
        self._brands = {
            "CN": [first + second for first in _CHINESE_FIRST for second in _CHINESE_SECOND],
            "KR": [first + second for first in _KOREAN_FIRST for second in _KOREAN_SECOND],
        }
        self._next = {"CN": 0, "KR": 0}
        for brands in self._brands.values():
            chance.shuffle(brands)

    def team(self, script: str, track: str, *, company: bool) -> tuple[str, str]:
        """A team's name and its Latin form; `script` is CN or KR."""
        while True:
            brand = self._brand(script)
            endings = _SUFFIXES[script][track]
            ending, latin = self._chance.choice(endings if company else _SUFFIXES[script]["any"] + endings)
            if self._take(brand + ending):
                return brand + ending, f"{_latin(script, brand)} {latin}"

    def joint_team(self, script: str, track: str) -> tuple[str, str]:
        """A joint team's name and Latin form: both scripts, the captain's, or Latin letters."""
        while True:
            chinese, korean = self._chance.choice(_JOINT_CHINESE), self._chance.choice(_JOINT_KOREAN)
            brand = self._brand(script)
            ending, latin = self._chance.choice(_SUFFIXES[script]["any"][2:] + _SUFFIXES[script][track])
            word = self._chance.choice(_JOINT_LATIN)
            name, name_latin = self._chance.choice(
                (
                    (
                        f"{chinese}{korean} {latin}",
                        f"{pinyin(chinese)} {romanize(korean).capitalize()} {latin}",
                    ),
                    (f"{brand}{ending}", f"{_latin(script, brand)} {latin}"),
                    (f"{word} {_latin(script, brand)} {latin}",) * 2,
                )
            )
            if self._take(name):
                return name, name_latin

    def _brand(self, script: str) -> str:
        """Every brand once before any comes again."""
        brands = self._brands[script]
        brand = brands[self._next[script] % len(brands)]
        self._next[script] += 1
        return brand

    def _take(self, name: str) -> bool:
        key = unicodedata.normalize("NFKC", name).casefold().replace(" ", "")
        if key in self._taken:
            return False
        self._taken.add(key)
        return True


def _latin(script: str, brand: str) -> str:
    return pinyin(brand) if script == "CN" else romanize(brand).capitalize()


def company(country: str, name: str, latin: str) -> T3:
    """A company; in the other country's language its name stands in Latin letters."""
    if country == "CN":
        return t3(f"{name}有限公司", f"{latin} 유한공사", f"{latin} Co., Ltd.")
    return t3(f"{latin}株式会社", f"{name} 주식회사", f"{latin} Inc.")


# ── Company numbers ─────────────────────────────────────────────────────────────────────────

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def chinese_company_number(serial: int) -> str:
    """A 统一社会信用代码 with the right check character (GB 32100-2015) that belongs to nobody.

    Its region, 990000, is none of GB/T 2260; `serial` counts from 1 to 99999.
    """
    body = f"91990000DEM{serial:05d}0"
    total = sum(_USCC_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + _USCC_ALPHABET[-total % 31]


def korean_company_number(serial: int) -> str:
    """A 사업자등록번호 (000-00-00000) with the right check digit that belongs to nobody.

    No tax office has the code 999; `serial` counts from 1 to 9999.
    """
    digits = [int(digit) for digit in f"99988{serial:04d}"]
    total = sum(digit * weight for digit, weight in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=True))
    check = -(total + digits[8] * 5 // 10) % 10
    return f"999-88-{serial:04d}{check}"
