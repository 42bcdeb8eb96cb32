"""Links and codes sent by mail: used once, good for half an hour, and only the newest of its kind counts."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from flask import current_app
from sqlalchemy import func, select, update

from accounts.models import OneTimeToken, Person, TokenPurpose
from accounts.sessions import sha256
from core import clock
from core.db import db

LIFETIME = timedelta(minutes=30)
CODE_TRIES = 5
SENDS_AN_HOUR = 5


def make_token(
    person: Person, purpose: TokenPurpose, *, new_email: str = "", code: bool = False
) -> tuple[str, str]:
    """A fresh token (256 bits) and, on request, a six-digit code; every older one of this purpose is
    dead.

    Returns (token, code); both are stored as hashes only.
    """
    drop_tokens(person, purpose)
    token = secrets.token_urlsafe(32)
    digits = f"{secrets.randbelow(1_000_000):06d}" if code else ""
    db.session.add(
        OneTimeToken(
            person_id=person.id,
            purpose=purpose,
            token_sha256=sha256(token),
            code_hash=_code_hash(person.id, digits) if digits else "",
            new_email=new_email,
            expires_at=clock.now() + LIFETIME,
        )
    )
    db.session.flush()
    return token, digits


def may_send(person: Person, purpose: TokenPurpose) -> bool:
    """False when this person got as many mails of this kind within the hour as anybody needs."""
    recent = db.session.scalar(
        select(func.count(OneTimeToken.id)).where(
            OneTimeToken.person_id == person.id,
            OneTimeToken.purpose == purpose,
            OneTimeToken.created_at > clock.now() - timedelta(hours=1),
        )
    )
    return (recent or 0) < SENDS_AN_HOUR


def find_token(token: str, purpose: TokenPurpose) -> OneTimeToken | None:
    """The token's row while it can be used: not used, not replaced, not expired, its owner active."""
    row = db.session.execute(
        select(OneTimeToken).where(
            OneTimeToken.token_sha256 == sha256(token),
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > clock.now(),
        )
    ).scalar_one_or_none()
    return row if row is not None and row.person.is_active else None


def use_token(row: OneTimeToken) -> bool:
    """Mark the token used; False when somebody else was faster."""
    used = db.session.execute(
        update(OneTimeToken)
        .where(OneTimeToken.id == row.id, OneTimeToken.used_at.is_(None))
        .values(used_at=clock.now())
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]


def try_code(person: Person, purpose: TokenPurpose, digits: str) -> OneTimeToken | None:
    """The row that `digits` opens, or None. Every try counts: the caller commits also when it was wrong."""
    row = (
        db.session.execute(
            select(OneTimeToken)
            .where(
                OneTimeToken.person_id == person.id,
                OneTimeToken.purpose == purpose,
                OneTimeToken.used_at.is_(None),
                OneTimeToken.code_hash != "",
                OneTimeToken.expires_at > clock.now(),
            )
            .order_by(OneTimeToken.id.desc())
        )
        .scalars()
        .first()
    )
    if row is None:
        return None
    counted = db.session.execute(
        update(OneTimeToken)
        .where(OneTimeToken.id == row.id, OneTimeToken.code_tries < CODE_TRIES)
        .values(code_tries=OneTimeToken.code_tries + 1)
    )
    if not counted.rowcount:  # type: ignore[attr-defined]
        return None
    right = hmac.compare_digest(row.code_hash, _code_hash(person.id, digits))
    return row if right and use_token(row) else None


def drop_tokens(person: Person, *purposes: TokenPurpose) -> None:
    """Make every open token of these purposes (default: all) worthless."""
    db.session.execute(
        update(OneTimeToken)
        .where(
            OneTimeToken.person_id == person.id,
            OneTimeToken.purpose.in_(purposes or tuple(TokenPurpose)),
            OneTimeToken.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )


def _code_hash(person_id: int, digits: str) -> str:
    """Six digits are too few for a plain hash; the key is not in the database."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(key, f"code\0{person_id}\0{digits}".encode(), hashlib.sha256).hex()
