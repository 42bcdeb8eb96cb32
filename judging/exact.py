"""Exact numbers: read from text, rounded half up, printed with fixed places; a binary float never gets in."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

MOST_DIGITS = 15  # before and after the point: more than any rule book has, and little enough to stay quick
DEFAULT_PLACES = 6  # of a figure for which the rule names no rounding

_LONGEST_DENOMINATOR = 4096  # bits

_PLAIN = re.compile(r"[+-]?([0-9]+)(?:\.([0-9]+))?")


class NumberError(ValueError):
    """Not usable as an exact number; `code` is `not_a_number`, `float` or `too_many_digits`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def exact(value: object) -> Fraction:
    """`value` as a fraction. Takes plain decimal text in ASCII ("8.75", no exponent), int, Decimal, Fraction.

    Raises NumberError for anything else: floats, NaN, infinities, exponents, full-width digits, too many
    digits.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, bool):
        raise NumberError("not_a_number")
    if isinstance(value, int):
        if abs(value) >= 10**MOST_DIGITS:
            raise NumberError("too_many_digits")
        return Fraction(value)
    if isinstance(value, Decimal):
        return _from_decimal(value)
    raise NumberError("float" if isinstance(value, float) else "not_a_number")


def _from_text(text: str) -> Fraction:
    found = _PLAIN.fullmatch(text)
    if not found:
        raise NumberError("not_a_number")
    whole, decimals = found[1], found[2] or ""
    if len(whole) > MOST_DIGITS or len(decimals) > MOST_DIGITS:
        raise NumberError("too_many_digits")
    number = Fraction(int(whole + decimals), 10 ** len(decimals))
    return -number if text[0] == "-" else number


def _from_decimal(number: Decimal) -> Fraction:
    if not number.is_finite():
        raise NumberError("not_a_number")
    # Before anything is computed: Fraction(Decimal("1e1000000")) would take minutes.
    if number.adjusted() >= MOST_DIGITS or int(number.as_tuple().exponent) < -MOST_DIGITS:
        raise NumberError("too_many_digits")
    return Fraction(number)


def half_up(value: Fraction, places: int | None) -> Fraction:
    """`value` rounded to `places` decimals, halves away from zero (ROUND_HALF_UP); None: unchanged."""
    if places is None or 10**places % value.denominator == 0:
        return value
    return Fraction(_scaled_half_up(value.numerator, value.denominator, places), 10**places)


def _scaled_half_up(numerator: int, denominator: int, places: int) -> int:
    size = (2 * abs(numerator) * 10**places + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


def fixed(value: Fraction, places: int | None) -> str:
    """`value` with exactly `places` decimals, half up; None: with six."""
    return _fixed(value.numerator, value.denominator, DEFAULT_PLACES if places is None else places)


def plain(value: Fraction, otherwise: int = DEFAULT_PLACES) -> str:
    """`value` as short as is exact ("9.5", "12"); with `otherwise` decimals when it doesn't end within
    fifteen.
    """
    return _plain(value.numerator, value.denominator, otherwise)


def exact_text(value: Fraction) -> str:
    """`value` without any loss: a plain decimal, or a fraction such as "2/3" where the decimals don't end."""
    return plain(value) if 10**MOST_DIGITS % value.denominator == 0 else str(value)


def over_one_denominator(values: Sequence[Fraction]) -> Sequence[Fraction] | Sequence[int]:
    """Whole numbers in the order of the values: they compare many times quicker than fractions do.

    The values themselves where the denominator would have thousands of digits.
    """
    denominators = {value.denominator for value in values}
    shared = 1
    for denominator in denominators:
        shared = math.lcm(shared, denominator)
        if shared.bit_length() > _LONGEST_DENOMINATOR:
            return values
    return [value.numerator * (shared // value.denominator) for value in values]


# The same figures are printed again and again: a million marks have some thousand values.
@lru_cache(maxsize=1 << 16)
def _fixed(numerator: int, denominator: int, places: int) -> str:
    scaled = _scaled_half_up(numerator, denominator, places)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    sign = "-" if scaled < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits


@lru_cache(maxsize=1 << 16)
def _plain(numerator: int, denominator: int, otherwise: int) -> str:
    for places in range(MOST_DIGITS + 1):
        if 10**places % denominator == 0:
            return _fixed(numerator, denominator, places)
    return _fixed(numerator, denominator, otherwise)
