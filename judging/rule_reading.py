"""Parts of a rule read from JSON: a value of the right kind, or RuleError with the key's path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from core.quoting import name_problem, quoted
from judging.exact import NumberError, exact
from judging.problems import RuleError

_MOST_PLACES = 12


def as_object(data: object, path: str, known: Sequence[str], *, optional: bool = False) -> Mapping[str, Any]:
    """An object with no keys but `known`; with `optional`, null is an empty one."""
    if data is None and optional:
        return {}
    if not isinstance(data, Mapping):
        raise RuleError(path, "not_an_object")
    for key in data:
        if key not in known:
            shown = key if isinstance(key, str) and not name_problem(key) else quoted(key)
            raise RuleError(f"{path}.{shown}" if path else shown, "unknown_key", known=", ".join(known))
    return data


def as_list(data: object, path: str, most: int) -> Sequence[Any]:
    """A list of at least one and at most `most` elements."""
    if not isinstance(data, list | tuple):
        raise RuleError(path, "not_a_list")
    if not data:
        raise RuleError(path, "empty")
    if len(data) > most:
        raise RuleError(path, "too_many", most=most)
    return data


def choice(data: Mapping[str, Any], key: str, path: str, known: Sequence[str]) -> str:
    """One of the texts `known`, of which the first is the default."""
    value = data.get(key, known[0])
    if not isinstance(value, str):
        raise RuleError(path + key, "not_text")
    if value not in known:
        raise RuleError(path + key, "unknown_choice", value=quoted(value), known=", ".join(known))
    return value


def integer(value: object, path: str, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise RuleError(path, "not_an_integer", least=least, most=most)
    return value


def places(data: Mapping[str, Any], key: str, path: str = "rounding.") -> int | None:
    """Decimal places to round to; null or absent: no rounding."""
    value = data.get(key)
    return None if value is None else integer(value, path + key, 0, _MOST_PLACES)


def number(value: object, path: str) -> Fraction:
    """An exact number: plain decimal text, int, Decimal or Fraction."""
    try:
        return exact(value)
    except NumberError as error:
        raise RuleError(path, error.code, value=quoted(value)) from None


def positive(value: object, path: str) -> Fraction:
    """An exact number above 0."""
    found = number(value, path)
    if found <= 0:
        raise RuleError(path, "not_positive")
    return found


def as_name(value: object, path: str) -> str:
    """Text that may name something."""
    if not isinstance(value, str):
        raise RuleError(path, "not_text")
    if problem := name_problem(value):
        raise RuleError(path, problem[0], **problem[1])
    return value
