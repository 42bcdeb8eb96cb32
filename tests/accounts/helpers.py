"""What the tests of this room share."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from accounts import passwords
from accounts.models import Person
from core.db import db
from core.models import Mail
from tests import factories as make

PASSWORD = "정말 긴 비밀번호 하나"


@cache
def hashed() -> str:
    return passwords.hash_password(PASSWORD)


def member(**values: Any) -> Person:
    """A confirmed person with a password; committed."""
    who = make.person(password_hash=hashed(), **values)
    db.session.commit()
    return who


def sign_up_fields(**values: str) -> dict[str, str]:
    return {
        "email": "minsu@example.com",
        "password": PASSWORD,
        "name": "김민수",
        "name_latin": "Kim Minsu",
        "birth_year": "1998",
        "country": "KR",
        "language": "ko",
        "time_zone": "Asia/Seoul",
        "processing": "y",
        "transfer_abroad": "y",
    } | values


def sign_in_fields(who: Person, password: str = PASSWORD) -> dict[str, str]:
    return {"email": who.email or "", "password": password}


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/en/me").status_code == 200


def mails(kind: str | None = None) -> list[Mail]:
    """All mails of a kind, the oldest first."""
    db.session.commit()
    statement = select(Mail).order_by(Mail.id)
    return list(db.session.scalars(statement.where(Mail.kind == kind) if kind else statement))


def link_in(mail: Mail) -> str:
    """The path that a mail's link leads to."""
    found = re.search(r"https?://[^/\s]+(/\S+)", mail.body)
    assert found, mail.body
    return found[1]


def code_in(mail: Mail) -> str:
    found = re.search(r"^\d{6}$", mail.body, re.MULTILINE)
    assert found, mail.body
    return found[0]
