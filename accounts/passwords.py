"""Passwords: one spelling of each, what makes one too easy to guess, and slow hashes.

Hashing is Argon2id with the parameters of the OWASP password storage cheat sheet (19 MiB, two passes, one
lane), so that a few people who sign in at once don't need more memory than a worker has.
"""

from __future__ import annotations

import gzip
import re
import threading
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import lazy_gettext as _l

from core.text import fold

LEAST, MOST = 12, 128
_MOST_TYPED = 4 * MOST  # compatibility forms may shrink on normalization, but not by more than this

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_at_once = threading.BoundedSemaphore(4)  # 4 × 19 MiB is the most that hashing takes in one process

_LIST = Path(__file__).with_name("data") / "common-passwords.txt.gz"
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ROWS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop[]asdfghjkl",
)


def normalize(password: str) -> str:
    """The spelling that is hashed: NFKC, so that every keyboard and system types the same password."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, *, email: str = "", name: str = "") -> Any | None:
    """Why `password` can't be taken, in words, or None.

    Refused are: fewer than 12 or more than 128 characters, control characters, a password of the list of
    common ones (also with digits and signs around it), one short piece repeated, a row of keys, the
    person's own e-mail or name with little else.
    """
    if len(password) > _MOST_TYPED or len(normalize(password)) > MOST:
        return _l("Please choose a password of at most %(most)d characters.", most=MOST)
    if _UNPRINTABLE.search(password):
        return _l("This password holds characters that can't be typed. Please choose another.")
    if len(normalize(password)) < LEAST:
        return _l("Please choose a password of at least %(least)d characters.", least=LEAST)
    plain = normalize(password).casefold()
    if _is_common(plain) or _is_pattern(plain):
        return _l("Many people use a password like this, so it is guessed first. Please choose another.")
    if _is_about(plain, email, name):
        return _l("This password is mostly your own name or e-mail. Please choose another.")
    return None


def hash_password(password: str) -> str:
    """The Argon2id hash of the password's normal spelling; slow (about 30 ms), so never within a
    transaction."""
    with _at_once:
        return _hasher.hash(normalize(password).encode())


def verify(password_hash: str, password: str) -> bool:
    """True when `password` is the hashed one. An empty hash costs the same time and is never right."""
    if len(password) > _MOST_TYPED or _UNPRINTABLE.search(password):
        password = ""
    dummy = _dummy()  # made before the first answer of either kind
    with _at_once:
        try:
            return _hasher.verify(password_hash or dummy, normalize(password).encode()) and bool(
                password_hash
            )
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(password_hash: str) -> bool:
    """True when a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _dummy() -> str:
    return _hasher.hash("nobody has this password")


@cache
def _common() -> frozenset[str]:
    with gzip.open(_LIST, "rt", encoding="utf-8") as lines:
        return frozenset(fold(line) for line in lines)


def _is_common(plain: str) -> bool:
    if plain in _common():
        return True
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    return len(plain) - len(core) <= 8 and len(core) >= 3 and core in _common()


def _is_pattern(plain: str) -> bool:
    for length in range(1, len(plain) // 2 + 1):
        if length > 6:
            break
        piece = plain[:length]
        if (piece * (len(plain) // length + 1))[: len(plain)] == plain:
            return True
    return any(plain in row or plain in row[::-1] for row in _ROWS)


def _is_about(plain: str, email: str, name: str) -> bool:
    for own in (fold(email), fold(email).partition("@")[0], fold(name), fold(name).replace(" ", "")):
        if len(own) >= 4 and own in plain and len(plain.replace(own, "")) < 6:
            return True
    return False
