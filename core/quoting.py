"""Values and names as they stand in messages of commands: visible, on one line, shortened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

LONGEST_NAME = 300
_LONGEST_QUOTE = 60
_MOST_LISTED = 20
_CONTROL_OR_SURROGATE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def quoted(value: object) -> str:
    """A value as it may stand in a message: visible, on one line, shortened; of lists and objects only the
    kind.
    """
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST_QUOTE else value[: _LONGEST_QUOTE - 1] + "…")
    if isinstance(value, int | float | Decimal | None):
        try:
            return quoted(str(value))
        except ValueError:  # Python refuses to print integers of thousands of digits
            return "a number of thousands of digits"
    return f"a {type(value).__name__}"


def listed(names: Sequence[str]) -> str:
    """Names as they may stand in a message, at most twenty."""
    shown = ", ".join(quoted(name) for name in names[:_MOST_LISTED])
    return f"{shown}, …" if len(names) > _MOST_LISTED else shown


def name_problem(name: str) -> tuple[str, dict[str, str]] | None:
    """Why `name` can't name a thing in a file, as code and params; None when it can."""
    if not name:
        return "empty", {}
    if len(name) > LONGEST_NAME:
        return "too_long", {"most": str(LONGEST_NAME)}
    found = _CONTROL_OR_SURROGATE.search(name)
    return ("bad_character", {"character": f"U+{ord(found[0]):04X}"}) if found else None
