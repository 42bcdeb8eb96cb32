"""The organization's keys: short codes and secret links that only their holder can make, and signatures that
anybody can check.

Keys lie in INSTANCE/keys, readable by the owner alone. They are made on first use and must be kept with the
backups: without them the codes on printed certificates and tickets can no longer be told from invented ones.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_CODE_BYTES = 8
_SECRET_BYTES = 24
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SIGNATURE_BYTES = 64


def code(purpose: str, text: str) -> str:
    """A code that proves `text` was given out for `purpose`: 13 characters, 64 bits of HMAC-SHA-256."""
    digest = hmac.digest(_key("codes"), f"{purpose}\0{text}".encode(), hashlib.sha256)
    return base64.b32encode(digest[:_CODE_BYTES]).decode().rstrip("=")


def is_code(purpose: str, text: str, given: str) -> bool:
    """True when `given` is the code, compared in constant time."""
    return hmac.compare_digest(code(purpose, text).encode(), given.upper().encode("utf-8", "replace"))


def secret(purpose: str, text: str) -> str:
    """A secret for use in an address, 192 bits of HMAC-SHA-256: the same each time, guessed by nobody."""
    digest = hmac.digest(_key(purpose), text.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:_SECRET_BYTES]).decode()


def sign(purpose: str, message: bytes) -> bytes:
    """ECDSA with P-256 and SHA-256 as r and s of 32 bytes each, the form that browsers' WebCrypto takes.

    Deterministic (RFC 6979): the same message gets the same signature.
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    signature = _signing_key(_key(purpose)).sign(
        message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    )
    r, s = decode_dss_signature(signature)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def is_signature(purpose: str, message: bytes, signature: bytes) -> bool:
    """True when `sign` made the signature for this message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if len(signature) != SIGNATURE_BYTES:
        return False
    encoded = encode_dss_signature(
        int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    )
    try:
        _signing_key(_key(purpose)).public_key().verify(encoded, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def public_key(purpose: str) -> dict[str, str]:
    """The public half as a JSON Web Key, to check signatures elsewhere."""
    numbers = _signing_key(_key(purpose)).public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": _base64url(numbers.x), "y": _base64url(numbers.y)}


@lru_cache(maxsize=16)
def _signing_key(seed: bytes) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.derive_private_key(int.from_bytes(seed, "big") % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


def _key(name: str) -> bytes:
    folder = Path(current_app.config["SETTINGS"].INSTANCE) / "keys"
    path = folder / f"{name}.key"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = folder / f".{name}.{secrets.token_hex(8)}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(fresh, path)  # fails if another process was first; its key then counts
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()
