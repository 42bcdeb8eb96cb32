"""Finding people by a name typed in any script: Hanzi, pinyin or its initials, Hangul, its first consonants
or its romanization (Revised Romanization of Korean, 2000), Latin letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

_TABLE = Path(__file__).parent / "data" / "pinyin.txt"
_FIRST_HANGUL, _LAST_HANGUL = 0xAC00, 0xD7A3
_CONSONANTS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_INITIALS = re.split(" ", "g kk n d tt r m b pp s ss  j jj ch k t p h")
_VOWELS = re.split(" ", "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_FINALS = re.split(" ", " k k k n n n t l k m l l l p l m p p t t ng t t k t p t")
_SURNAMES = {
    "김": "kim", "이": "lee yi", "박": "park", "최": "choi", "정": "jung chung", "강": "kang", "조": "cho",
    "윤": "yoon", "장": "chang", "임": "lim", "신": "shin", "유": "yoo", "권": "kwon", "황": "hwang",
    "안": "ahn", "송": "song", "류": "ryu", "홍": "hong", "고": "ko", "문": "moon", "손": "sohn", "배": "bae",
    "노": "roh", "하": "ha", "우": "woo", "구": "koo",
}  # fmt: skip
"""How most Koreans of that name write it, where the official romanization differs."""
_FAMILY_NAMES = {
    "单": "shan", "單": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "区": "ou", "查": "zha", "朴": "piao",
    "盖": "ge", "葛": "ge", "任": "ren", "华": "hua", "尉": "yu", "黑": "he", "繁": "po", "员": "yun",
    "秘": "bi", "冼": "xian", "召": "shao", "折": "she", "种": "chong", "应": "ying", "燕": "yan",
}  # fmt: skip
"""Hanzi that are read in another way when they are somebody's family name."""
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")


def search_key(*texts: str) -> str:
    """Everything under which somebody with these names can be found; see `finds`."""
    return " ".join(dict.fromkeys(word for text in texts if text for word in _ways(text)))


def finds(wanted: str, key: str) -> bool:
    """Whether every word of `wanted` stands in the search key, at the beginning of a word or within one."""
    return all(word in key for word in _fold(wanted).split())


def _fold(text: str) -> str:
    """NFKC, lower case, without marks on Latin letters (Lü is found as lu) or signs between words."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if not plain.isascii():
        apart = unicodedata.normalize("NFD", plain)
        plain = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", apart))
    return " ".join(re.sub(r"[-'’·.,()（）]", " ", plain).split())


@lru_cache(maxsize=32_768)
def _ways(text: str) -> tuple[str, ...]:
    folded = _fold(text)
    ways = [folded, folded.replace(" ", "")]
    if _HAN.search(folded):
        ways += _pinyin(folded)
    if _HANGUL.search(folded):
        ways += _romanized(folded)
    return tuple(ways)


def _pinyin(text: str) -> list[str]:
    """All syllables with and without spaces, and their first letters; once more for another reading of some
    of them (重庆 is no zhongqing), and for that of a family name (单 is no dan)."""
    usual, others = _readings()
    first = [usual[character] for character in text if character in usual]
    second = [others.get(character, usual[character]) for character in text if character in usual]
    name = [_FAMILY_NAMES.get(text[0], first[0]), *first[1:]]
    return [
        way
        for syllables in (first, second, name)
        for way in (
            " ".join(syllables),
            "".join(syllables),
            "".join(syllable[0] for syllable in syllables),
        )
    ]


@cache
def _readings() -> tuple[dict[str, str], dict[str, str]]:
    """How each Hanzi is read, without tone: the usual way, and another where there is one."""
    usual: dict[str, str] = {}
    others: dict[str, str] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines()[1:]:
        syllable, _space, rest = line.partition(" ")
        first, _space, second = rest.partition(" ")
        usual.update(dict.fromkeys(first, syllable))
        others.update(dict.fromkeys(second, syllable))
    return usual, others


def _romanized(text: str) -> list[str]:
    syllables, consonants = [], []
    for character in text:
        code = ord(character)
        if not _FIRST_HANGUL <= code <= _LAST_HANGUL:
            continue
        initial, rest = divmod(code - _FIRST_HANGUL, 21 * 28)
        vowel, final = divmod(rest, 28)
        syllables.append(_INITIALS[initial] + _VOWELS[vowel] + _FINALS[final])
        consonants.append(_CONSONANTS[initial])
    surname = _SURNAMES.get(text[0], "")
    return [" ".join(syllables), "".join(syllables), _fold("".join(consonants)), *surname.split()]
