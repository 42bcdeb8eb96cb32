"""The organization's keys, and short codes that only their holder can make.

Keys lie in INSTANCE/keys, readable by the owner alone. They are made on first use and must be kept with the
backups: without them the codes on printed certificates can no longer be told from invented ones.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from flask import current_app

_CODE_BYTES = 8


def code(purpose: str, text: str) -> str:
    """A code that proves `text` was given out for `purpose`: 13 characters, 64 bits of HMAC-SHA-256."""
    digest = hmac.digest(_key("codes"), f"{purpose}\0{text}".encode(), hashlib.sha256)
    return base64.b32encode(digest[:_CODE_BYTES]).decode().rstrip("=")


def is_code(purpose: str, text: str, given: str) -> bool:
    """True when `given` is the code, compared in constant time."""
    return hmac.compare_digest(code(purpose, text).encode(), given.upper().encode("utf-8", "replace"))


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
