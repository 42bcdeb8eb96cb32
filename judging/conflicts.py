"""Why a judge may not judge a team: she belongs to it, both are of one place, or she has a stake in it.

Affiliations and firms are compared by what they look like (`core.text.skeleton`), over all languages in which
they are written, places also by the domain of an e-mail address where that is an institution's own. Company
numbers are kin when they are the same, or when the same nine characters of an organization (组织机构代码)
stand in two 统一社会信用代码 (GB 32100-2015: characters 9 to 17).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.text import skeleton

# Providers whose addresses say nothing about where somebody works, and the names reserved for examples
# (RFC 2606).
PUBLIC_MAIL = frozenset(
    [
        *(
            "qq.com",
            "vip.qq.com",
            "foxmail.com",
            "163.com",
            "126.com",
            "yeah.net",
            "139.com",
            "189.cn",
            "wo.cn",
        ),
        *("sina.com", "sina.cn", "sohu.com", "aliyun.com", "tom.com", "21cn.com", "88.com"),
        *("naver.com", "daum.net", "hanmail.net", "kakao.com", "nate.com", "korea.com", "hotmail.co.kr"),
        *(
            "gmail.com",
            "googlemail.com",
            "outlook.com",
            "outlook.kr",
            "hotmail.com",
            "live.com",
            "live.cn",
            "msn.com",
        ),
        *(
            "yahoo.com",
            "yahoo.co.kr",
            "icloud.com",
            "me.com",
            "mac.com",
            "proton.me",
            "protonmail.com",
            "gmx.com",
        ),
        *("example.com", "example.org", "example.net"),
    ]
)
_RESERVED_ENDINGS = (".example", ".test", ".invalid", ".localhost")
_SEPARATORS = re.compile(r"[/,;|·()\[\]（）、，；／・]")
_INSTITUTIONS = (
    "大学",
    "学院",
    "研究院",
    "研究所",
    "公司",
    "대학교",
    "대학",
    "연구원",
    "연구소",
    "university",
    "institute",
)


_BETWEEN_FIRMS = re.compile(r"[,;|\n、，；／/]")
# What says only that something is a company: 한빛벤처스 and (주)한빛벤처스 are one, and two firms are not kin
# for both being (주) or Ltd.
_LEGAL_FORM = re.compile(
    r"(?:^|[\s,.]+)(?:co|ltd|inc|corp|llc|llp|plc|gmbh|pte|pty|limited|company|corporation|incorporated)\.?$",
    re.IGNORECASE,
)
_LEGAL_FORM_EAST_ASIAN = re.compile(
    r"^(?:주식회사|유한회사|\(주\)|\(유\))|"
    r"(?:주식회사|유한회사|\(주\)|\(유\)|股份有限公司|有限责任公司|有限公司)$"
)
_ONLY_A_FORM = frozenset(
    ["주", "유", "주식회사", "유한회사", "有限公司", "股份有限公司", "有限责任公司", "公司"]
)
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}([0-9A-HJ-NP-RTUWXY]{9})[0-9A-HJ-NP-RTUWXY]")
_ORGANIZATION_CODE = re.compile(r"[0-9A-Z]{8}[0-9X]")
_CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_LEAST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Ties:
    """What connects somebody, or a whole team, with others: accounts, addresses, places, firms, numbers.

    `firms`: of a judge, what she belongs to or holds shares of; of a team, what it is called and backed by.
    `numbers`: company numbers, each with the organization inside it.
    """

    people: frozenset[int]
    addresses: frozenset[str]
    places: frozenset[str]
    firms: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        people: Iterable[int | None],
        addresses: Iterable[str | None],
        affiliations: Iterable[str],
        stakes: Iterable[str] = (),
    ) -> Ties:
        """`people`: ids of accounts; `addresses`: e-mail; `affiliations`: names of places in any language;
        `stakes`: names of firms and company numbers, several in one text separated by commas."""
        places = list(affiliations)
        named = [piece for text in (*places, *stakes) for piece in _BETWEEN_FIRMS.split(text)]
        return cls(
            frozenset(person for person in people if person is not None),
            frozenset(address.strip().casefold() for address in addresses if address),
            frozenset(place for text in places for place in _places(text)),
            frozenset(firm for piece in named if (firm := _firm(piece))),
            frozenset(number for piece in named for number in _numbers(piece)),
        )


def conflict(judge: Ties, team: Ties) -> str | None:
    """`member`, `affiliation`, `mail_domain`, `company_number` or `investor`; None when nothing speaks
    against it."""
    if judge.people & team.people or judge.addresses & team.addresses:
        return "member"
    if any(_same_place(a, b) for a in judge.places for b in team.places):
        return "affiliation"
    theirs = {domain for address in team.addresses if (domain := _own_domain(address))}
    for address in judge.addresses:
        domain = _own_domain(address)
        if domain and any(_within(domain, other) or _within(other, domain) for other in theirs):
            return "mail_domain"
    if judge.numbers & team.numbers:
        return "company_number"
    return "investor" if judge.firms & team.firms else None


def _places(text: str) -> Iterable[str]:
    for part in (text, *_SEPARATORS.split(text)):
        if (key := skeleton(part)) and key not in _ONLY_A_FORM and not _LEGAL_FORM.fullmatch(part.strip()):
            yield key


def _firm(text: str) -> str:
    """What a firm's name looks like without its legal form; "" for a legal form alone and for a number."""
    if _numbers(text):
        return ""
    name = text.strip()
    while (shorter := _LEGAL_FORM.sub("", name).strip(" ,.")) != name.strip(" ,."):
        name = shorter
    bare = _LEGAL_FORM_EAST_ASIAN.sub("", skeleton(name))
    return "" if bare in _ONLY_A_FORM else bare


def _numbers(text: str) -> list[str]:
    """What a company number is compared by: itself and the organization inside it; [] for other texts."""
    bare = "".join(character for character in text.upper() if character.isalnum())
    digits = [character for character in bare if character.isdecimal()]
    if _is_organization_code(bare):
        return [bare]
    if not 9 <= len(bare) <= 20 or not bare.isascii() or len(digits) < _LEAST_DIGITS or len(set(digits)) < 2:
        return []
    if inside := _CREDIT_CODE.fullmatch(bare):
        return [bare, inside[1]]
    return [bare]


def _is_organization_code(text: str) -> bool:
    """Eight digits or capitals and their check character (GB 11714: weighted sum, mod 11)."""
    if not _ORGANIZATION_CODE.fullmatch(text) or len(set(text)) < 2:
        return False
    total = sum(weight * int(mark, 36) for weight, mark in zip(_CODE_WEIGHTS, text, strict=False))
    return "0X987654321"[total % 11] == text[8]


def _same_place(one: str, other: str) -> bool:
    """Equal, or one is a part of the other, as a school is of its university; 北京大学生… is not 北京大学."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return (
        short.endswith(_INSTITUTIONS)
        and short not in _INSTITUTIONS
        and long.startswith(short)
        and not long[len(short) :].startswith("生")
    )


def _own_domain(address: str) -> str:
    domain = address.rpartition("@")[2]
    return "" if domain in PUBLIC_MAIL or domain.endswith(_RESERVED_ENDINGS) or "." not in domain else domain


def _within(inner: str, outer: str) -> bool:
    return inner == outer or inner.endswith("." + outer)
