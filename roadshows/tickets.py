"""Ticket codes: who a guest is, at which event, by which of the guest's tickets, signed by the organization.

A code is 127 capital letters and digits and nothing else, so that it fits a small QR code (alphanumeric mode)
and comes through a USB scanner whatever layout the keyboard has:

    JT1 | roadshow 6 | guest's key 12 | ticket 3 | signature 103

Numbers and signature are in Base32 (RFC 4648). The signature is ECDSA P-256 over the 24 characters before it.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from dataclasses import dataclass

from core import keys

PURPOSE = "tickets"
PREFIX = "JT1"
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_FORM = re.compile(r"(JT1([A-Z2-7]{6})([2-9A-HJKMNP-Z]{12})([A-Z2-7]{3}))([A-Z2-7]{103})")
_MOST_TYPED = 400
MOST_TICKETS = 32**3 - 1


@dataclass(frozen=True)
class Ticket:
    """What a code says. is_signed: whether the organization made it; what an unsigned one says is worth
    nothing."""

    roadshow_id: int
    key: str
    number: int
    is_signed: bool


def make_code(*, roadshow_id: int, key: str, number: int) -> str:
    """The code of a ticket. key: the participant's. Raises ValueError for numbers that no code holds."""
    head = f"{PREFIX}{_number(roadshow_id, 6)}{key.upper()}{_number(number, 3)}"
    signature = base64.b32encode(keys.sign(PURPOSE, head.encode())).decode().rstrip("=")
    return head + signature


def read_code(typed: str) -> Ticket | None:
    """What a scanned or typed code says, whatever its case and width; None for anything that is no code."""
    found = _FORM.fullmatch(tidy_code(typed))
    if found is None:
        return None
    head, roadshow, key, number, written = found.groups()
    signature = base64.b32decode(written + "=")
    # The last character carries two bits that are not used: only zeros are ours.
    canonical = base64.b32encode(signature).decode().rstrip("=") == written
    return Ticket(
        _value(roadshow),
        key.lower(),
        _value(number),
        canonical and keys.is_signature(PURPOSE, head.encode(), signature),
    )


def tidy_code(typed: str) -> str:
    """Capital letters without white space, full-width ones folded: scanners type as the keyboard is set."""
    return "".join(unicodedata.normalize("NFKC", typed[:_MOST_TYPED]).split()).upper()


def _number(value: int, length: int) -> str:
    if not 0 <= value < 32**length:
        raise ValueError(f"{value} doesn't fit into {length} characters")
    return "".join(_DIGITS[value >> (5 * place) & 31] for place in reversed(range(length)))


def _value(text: str) -> int:
    value = 0
    for character in text:
        value = value * 32 + _DIGITS.index(character)
    return value
