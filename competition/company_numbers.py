"""Company numbers of both countries: a wrong checksum is worth a word, never a refusal.

统一社会信用代码: GB 32100-2015, mod 31. 사업자등록번호: 10 digits, weighted mod 10. Whether a number is in
use only the registers know; a foreign team may write whatever its own country calls it.
"""

from __future__ import annotations

from competition.models import Country

_BRN_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)


def tidy(number: str) -> str:
    """The number without the spaces and hyphens people write into it."""
    return "".join(character for character in number.upper() if character.isalnum())


def looks_right(number: str, country: Country) -> bool:
    """False when the number fails the check of every country it could belong to. "" is right."""
    from stdnum.cn import uscc

    bare = tidy(number)
    if not bare:
        return True
    checks = {Country.CHINA: (uscc.is_valid,), Country.KOREA: (_is_brn,)}
    return any(is_valid(bare) for is_valid in checks.get(country, (uscc.is_valid, _is_brn)))


def _is_brn(number: str) -> bool:
    """Ten digits of a 사업자등록번호 with the right check digit, which python-stdnum does not look at."""
    from stdnum.kr import brn

    if not brn.is_valid(number):
        return False
    digits = [int(digit) for digit in number]
    total = sum(digit * weight for digit, weight in zip(digits, _BRN_WEIGHTS, strict=False))
    return (total + digits[8] * 5 // 10) % 10 == (10 - digits[9]) % 10
