"""Certificate numbers: program, year, kind, running number, check character (pure).

Example: CKYIEC-2026-A-000123-U. The last character is ISO 7064 MOD 37-36 over kind and running number, so
that a
mistyped number is told apart from an unknown one.
"""

from __future__ import annotations

import re

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

_FORM = re.compile(r"([A-Z0-9]{1,20})-([0-9]{4})-([A-Z])-([0-9]{6,9})-([0-9A-Z])")


def make_number(*, program: str, year: int, kind: str, running: int) -> str:
    """The number as it stands on the certificate; `program` is reduced to A-Z and 0-9, `kind` is one
    letter."""
    program = re.sub(r"[^A-Z0-9]", "", program.upper())[:20] or "JIACHI"
    body = f"{kind}{running:06d}"
    return f"{program}-{year:04d}-{kind}-{running:06d}-{mod_37_36.calc_check_digit(body)}"


def is_well_formed(number: str) -> bool:
    """True when the number has the right form and check character (it may still never have been given
    out)."""
    found = _FORM.fullmatch(number)
    if not found:
        return False
    try:
        mod_37_36.validate(f"{found[3]}{found[4]}{found[5]}")
    except ValidationError:
        return False
    return True
