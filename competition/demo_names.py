"""Names of the demo edition's invented people, each also in Latin letters, and grammar for Korean texts.

Surnames, and the given names of people born before 1985, come from Faker's zh_CN and ko_KR lists; those of
younger people are drawn from the lists below, because Faker's speak of an older generation. Chinese names are
written in Hanyu Pinyin as in Chinese passports (surname first, ü as YU), Korean ones in Revised Romanization,
syllable by syllable, with the surname spelled as most bearers spell it.
"""

from __future__ import annotations

import random
import re
import unicodedata
from typing import Any

_words = str.split

# ── Latin letters ───────────────────────────────────────────────────────────────────────────

# Surnames that are read otherwise than the same characters in everyday words.
_SURNAME_READINGS = {
    "仇": "qiu", "区": "ou", "单": "shan", "卜": "bu", "曾": "zeng", "朴": "piao", "查": "zha", "盖": "ge",
    "缪": "miao", "翟": "zhai", "薄": "bo", "覃": "qin", "解": "xie", "阚": "kan", "乐": "yue", "都": "du",
}  # fmt: skip

_COMPOUND_SURNAMES = _words("欧阳 司马 上官 诸葛 令狐 皇甫 慕容 东方 尉迟 夏侯 司徒 长孙")

_INITIALS = [*_words("g kk n d tt r m b pp s ss"), "", *_words("j jj ch k t p h")]
_VOWELS = _words("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_FINALS = ["", *_words("k k k n n n t l k m l l l p l m p p t t ng t t k t p t")]

_KOREAN_SURNAMES = {
    "김": "Kim", "이": "Lee", "박": "Park", "최": "Choi", "정": "Jung", "강": "Kang", "조": "Cho",
    "윤": "Yoon", "장": "Jang", "임": "Lim", "한": "Han", "오": "Oh", "서": "Seo", "신": "Shin",
    "권": "Kwon", "황": "Hwang", "안": "Ahn", "송": "Song", "류": "Ryu", "유": "Yoo", "전": "Jeon",
    "홍": "Hong", "고": "Ko", "문": "Moon", "양": "Yang", "손": "Son", "배": "Bae", "백": "Baek",
    "허": "Heo", "남": "Nam", "심": "Shim", "노": "Noh", "하": "Ha", "곽": "Kwak", "성": "Sung",
    "차": "Cha", "주": "Joo", "우": "Woo", "구": "Koo", "나": "Na", "민": "Min", "진": "Jin",
    "지": "Ji", "엄": "Eom", "남궁": "Namkoong", "황보": "Hwangbo", "선우": "Sunwoo", "제갈": "Jegal",
    "독고": "Dokgo",
}  # fmt: skip

_COMPOUND_KOREAN = ("남궁", "황보", "선우", "제갈", "독고")


def pinyin(text: str) -> str:
    """Han characters as one capitalized word of pinyin without tones, ü as yu; anything else stays."""
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text)).replace("v", "yu").capitalize()


def chinese_latin(surname: str, given: str) -> str:
    """Surname first: 李 and 晓明 -> "Li Xiaoming", 欧阳 and 静 -> "Ouyang Jing"."""
    return f"{(_SURNAME_READINGS.get(surname) or pinyin(surname)).capitalize()} {pinyin(given)}"


def romanize(text: str) -> str:
    """Hangul, syllable by syllable, in the Revised Romanization of 2000; anything else stays as it is.

    Sound changes between syllables are left out, as in names on Korean passports.
    """
    letters = []
    for character in unicodedata.normalize("NFC", text):
        index = ord(character) - 0xAC00
        if 0 <= index < 11172:
            letters.append(_INITIALS[index // 588] + _VOWELS[index % 588 // 28] + _FINALS[index % 28])
        else:
            letters.append(character)
    return "".join(letters)


def korean_latin(surname: str, given: str) -> str:
    """Surname first: 김 and 민준 -> "Kim Minjun"."""
    return f"{_KOREAN_SURNAMES.get(surname) or romanize(surname).capitalize()} {romanize(given).capitalize()}"


# ── Korean particles ────────────────────────────────────────────────────────────────────────

_PARTICLE = re.compile("([가-힣])(을/를|은/는|이/가|과/와|으로/로)")


def settle_particles(text: str) -> str:
    """Choose between the two forms of a particle by the last consonant before it: "밭을/를" -> "밭을"."""

    def chosen(found: re.Match[str]) -> str:
        final = (ord(found[1]) - 0xAC00) % 28
        after_consonant, after_vowel = found[2].split("/")
        rieul = 8  # 으로 becomes 로 after ㄹ as well
        closed = final != 0 and not (after_vowel == "로" and final == rieul)
        return found[1] + (after_consonant if closed else after_vowel)

    return _PARTICLE.sub(chosen, text)


# ── People ──────────────────────────────────────────────────────────────────────────────────

_YOUNG_CHINESE = _words(
    "子涵 宇轩 浩然 梓萱 思远 雨桐 一鸣 佳怡 俊杰 诗涵 天佑 欣怡 博文 梦琪 嘉豪 雅琪 泽宇 可欣 "
    "睿哲 语嫣 致远 思琪 晨曦 若彤 文博 静怡 明哲 心怡 志远 雪晴 书瑶 逸飞 依诺 凯文 婉清 鸿飞 "
    "晓彤 子墨 紫萱 家栋 慧敏 启航 安琪 昊天 悦宁 立诚 思颖 承泽 佩珊 知行 雨薇 建宇 乐怡 星辰 "
    "晓雯 一凡 诗琪 锦程 倩文 奕辰 舒雅 新宇 洛瑶 国栋 曼妮 旭东 冰洁 健坤 海琳 云帆 芷若 宸 悦 "
    "琪 昊 萌 航 颖 曦 瑶 哲 晗 睿 璇 翔 莹 琛"
)

# Born 1985 to 1994, and later: Korean given names change quickly.
_KOREAN_BEFORE_1995 = _words(
    "지훈 성민 동현 준호 상훈 현우 민수 정훈 재현 승현 진우 성호 영진 태형 우석 경민 상현 기현 "
    "동욱 세진 지혜 은지 수진 지영 민정 혜진 보람 유진 은영 선영 아름 지은 미정 현정 소영 은경 "
    "나래 다혜 수정 지연"
)
_KOREAN_FROM_1995 = _words(
    "민준 서준 예준 도윤 시우 주원 지호 건우 준우 현준 유찬 승우 시윤 은우 정우 지환 태윤 준혁 "
    "우진 민재 하람 도현 한결 재윤 서연 서윤 지우 하윤 민서 하은 지유 윤서 채원 수아 다은 예은 "
    "수빈 소율 예린 지원 유나 서아 가은 나은 다인 시은 세아 하린 가람 다솜 슬기 새봄 이든 봄 솔 "
    "겸 준 율"
)

# A few people whose names have another shape than most: with a middle dot, or of four or more characters.
_UNUSUAL_CHINESE = (
    ("阿依努尔·买买提", "Ayinuer Maimaiti"),
    ("才让卓玛", "Cairang Zhuoma"),
    ("巴特尔", "Bateer"),
    ("迪丽娜尔·艾山", "Dilinaer Aishan"),
    ("扎西顿珠", "Zhaxi Dunzhu"),
)

# Combinations that would name somebody whom everybody knows.
_WELL_KNOWN = frozenset(
    _words(
        "李强 李娜 李宁 李刚 李晨 刘洋 刘涛 刘翔 张杰 张丹 林丹 马云 马龙 成龙 郎平 朱军 朱婷 "
        "孙杨 杨洋 陈坤 陈龙 黄磊 胡军 王楠 王军 王宁 王刚 邓超 姚明 周杰 韩雪 王凯 杨颖 李健 "
        "张宇 陈晨 王浩 汪洋 刘伟 박정희 김민재 박서준 전지현 한지민 김지원 하지원 손예진 고현정 "
        "최지우 유승민 이준호 이승현 김유진 이유진 이지은 김민석 김재현 정은지 이성민 김지우 "
        "손나은 조현우 차은우"
    )
)


class Namer:
    """Draws names of people. The same random source and seed give the same names."""

    def __init__(self, chance: random.Random) -> None:
        from faker import Faker  # here and not above: its word lists would cost every worker half a second

        self._chance = chance
        self._fakers: dict[str, Any] = {"CN": Faker("zh_CN"), "KR": Faker("ko_KR")}
        for faker in self._fakers.values():
            faker.seed_instance(chance.getrandbits(32))

    def name(self, country: str, birth_year: int) -> tuple[str, str]:
        """A name in its own script and in Latin letters, surname first, fitting the year of birth."""
        while True:
            name, latin = (self._chinese if country == "CN" else self._korean)(birth_year)
            if name not in _WELL_KNOWN:
                return name, latin

    def _chinese(self, birth_year: int) -> tuple[str, str]:
        if self._chance.random() < 0.006:
            return self._chance.choice(_UNUSUAL_CHINESE)
        compound = self._chance.random() < 0.015
        surname = self._chance.choice(_COMPOUND_SURNAMES) if compound else self._fakers["CN"].last_name()
        given = self._fakers["CN"].first_name() if birth_year < 1985 else self._chance.choice(_YOUNG_CHINESE)
        return surname + given, chinese_latin(surname, given)

    def _korean(self, birth_year: int) -> tuple[str, str]:
        compound = self._chance.random() < 0.008
        surname = self._chance.choice(_COMPOUND_KOREAN) if compound else self._fakers["KR"].last_name()
        if birth_year < 1985:
            given = self._fakers["KR"].first_name()
        else:
            given = self._chance.choice(_KOREAN_BEFORE_1995 if birth_year < 1995 else _KOREAN_FROM_1995)
        return surname + given, korean_latin(surname, given)
