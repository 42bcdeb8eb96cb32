"""Why a judge may not judge a team: she belongs to it, or both come from the same place.

Affiliations are compared by what they look like (`core.text.skeleton`), over all languages in which they
are written,
and by the domain of an e-mail address where that is an institution's own.
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


@dataclass(frozen=True, slots=True)
class Ties:
    """What connects somebody, or a whole team, with others: accounts, addresses, places."""

    people: frozenset[int]
    addresses: frozenset[str]
    places: frozenset[str]

    @classmethod
    def of(
        cls, people: Iterable[int | None], addresses: Iterable[str | None], affiliations: Iterable[str]
    ) -> Ties:
        """`people`: ids of accounts; `addresses`: e-mail; `affiliations`: names of places in any language."""
        return cls(
            frozenset(person for person in people if person is not None),
            frozenset(address.strip().casefold() for address in addresses if address),
            frozenset(place for text in affiliations for place in _places(text)),
        )


def conflict(judge: Ties, team: Ties) -> str | None:
    """`member`, `affiliation` or `mail_domain`; None when nothing speaks against it."""
    if judge.people & team.people or judge.addresses & team.addresses:
        return "member"
    if any(_same_place(a, b) for a in judge.places for b in team.places):
        return "affiliation"
    theirs = {domain for address in team.addresses if (domain := _own_domain(address))}
    for address in judge.addresses:
        domain = _own_domain(address)
        if domain and any(_within(domain, other) or _within(other, domain) for other in theirs):
            return "mail_domain"
    return None


def _places(text: str) -> Iterable[str]:
    for part in (text, *_SEPARATORS.split(text)):
        if key := skeleton(part):
            yield key


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
