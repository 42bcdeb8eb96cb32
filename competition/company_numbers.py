"""Company numbers of both countries: a wrong checksum is worth a word, never a refusal.

统一社会信用代码: GB 32100-2015, mod 31. 사업자등록번호: 10 digits, weighted mod 10. Whether a number is in
use only the registers know; a foreign team may write whatever its own country calls it.
"""

from __future__ import annotations

from competition.models import Country


def tidy(number: str) -> str:
    """The number without the spaces and hyphens people write into it."""
    return "".join(character for character in number.upper() if character.isalnum())


def looks_right(number: str, country: Country) -> bool:
    """False when the number fails the check of every country it could belong to. "" is right."""
    from stdnum.cn import uscc
    from stdnum.kr import brn

    bare = tidy(number)
    if not bare:
        return True
    checks = {Country.CHINA: (uscc,), Country.KOREA: (brn,)}.get(country, (uscc, brn))
    return any(check.is_valid(bare) for check in checks)
