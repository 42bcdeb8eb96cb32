"""Ticket codes: what is ours is known as ours, whatever the scanner makes of it; nothing else is."""

from __future__ import annotations

import io
import re

import pytest
import segno
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import keys
from roadshows.tickets import MOST_TICKETS, Ticket, make_code, read_code

KEY = "abcdefgh2345"
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**30 - 1), st.text(ALPHABET, min_size=12, max_size=12), st.integers(1, MOST_TICKETS))
def test_a_code_reads_as_what_it_was_made_of(ctx: None, roadshow_id: int, key: str, number: int) -> None:
    assert read_code(make_code(roadshow_id=roadshow_id, key=key, number=number)) == Ticket(
        roadshow_id, key, number, True
    )


@pytest.mark.parametrize(
    "scanned",
    [
        str.lower,
        lambda code: f" {code}\r\n",
        lambda code: code.translate({ord("A") + n: 0xFF21 + n for n in range(26)}),
        lambda code: " ".join(re.findall(".{1,20}", code)),
    ],
    ids=["caps lock", "line end", "full width", "in pieces"],
)
def test_a_scanner_may_type_it_as_its_keyboard_is_set(ctx: None, scanned: object) -> None:
    found = read_code(scanned(make_code(roadshow_id=7, key=KEY, number=3)))  # type: ignore[operator]
    assert found == Ticket(7, KEY, 3, True)


def test_every_changed_character_is_noticed(ctx: None) -> None:
    code = make_code(roadshow_id=7, key=KEY, number=3)
    for place, character in enumerate(code):
        other = "B" if character != "B" else "C"
        found = read_code(code[:place] + other + code[place + 1 :])
        assert found is None or not found.is_signed, place


def test_a_signature_written_another_way_is_not_ours(ctx: None) -> None:
    """103 characters hold 515 bits, three more than a signature."""
    code = make_code(roadshow_id=7, key=KEY, number=3)
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    for bits in range(1, 8):
        twin = code[:-1] + digits[digits.index(code[-1]) ^ bits]
        found = read_code(twin)
        assert found is not None
        assert not found.is_signed


@pytest.mark.parametrize(
    "garbage", ["", "JT1", "x" * 100_000, "\u202e\0😀", "https://example.com", "JT1" + "A" * 123, "金敏俊"]
)
def test_garbage_is_no_code(ctx: None, garbage: str) -> None:
    assert read_code(garbage) is None


@pytest.mark.parametrize(("roadshow_id", "number"), [(2**30, 1), (-1, 1), (1, MOST_TICKETS + 1)])
def test_numbers_that_no_code_holds_are_refused(ctx: None, roadshow_id: int, number: int) -> None:
    with pytest.raises(ValueError, match="doesn't fit"):
        make_code(roadshow_id=roadshow_id, key=KEY, number=number)


def test_the_code_fits_a_qr_code_that_a_phone_reads_from_a_badge(ctx: None) -> None:
    code = make_code(roadshow_id=7, key=KEY, number=3)
    assert len(code) == 127
    drawn = segno.make(code, error="m", micro=False)
    assert drawn.mode == "alphanumeric"
    assert int(drawn.version) <= 6
    drawn.save(io.BytesIO(), kind="svg")


def test_a_code_is_the_same_each_time_it_is_made(ctx: None) -> None:
    assert make_code(roadshow_id=7, key=KEY, number=3) == make_code(roadshow_id=7, key=KEY, number=3)


def test_the_public_key_checks_what_the_private_one_signed(ctx: None) -> None:
    assert keys.public_key("tickets").keys() == {"kty", "crv", "x", "y"}
    assert keys.is_signature("tickets", b"a", keys.sign("tickets", b"a"))
    assert not keys.is_signature("tickets", b"b", keys.sign("tickets", b"a"))
    assert not keys.is_signature("other", b"a", keys.sign("tickets", b"a"))
    assert not keys.is_signature("tickets", b"a", b"\0" * 64)
    assert not keys.is_signature("tickets", b"a", b"")
