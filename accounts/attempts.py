"""Slowing guesses down: ten wrong passwords within a quarter of an hour, then the account waits.

A try is written down before the password is looked at, and struck out when it was right, so that a
hundred tries at once get no more than ten looks. Counted per address typed, known or not, from wherever
they come.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select

from accounts.models import SignInFailure
from core import clock
from core.db import db

WINDOW = timedelta(minutes=15)
MOST_WRONG = 10


def begin_try(key: str) -> int | None:
    """Write a try down and commit; its number, or None while the address has to wait."""
    moment = clock.now()
    attempt = SignInFailure(email_key=key, at=moment)
    db.session.add(attempt)
    db.session.flush()
    number = attempt.id
    db.session.commit()
    tries = db.session.scalar(
        select(func.count(SignInFailure.id)).where(
            SignInFailure.email_key == key, SignInFailure.at > moment - WINDOW
        )
    )
    if (tries or 0) > MOST_WRONG:
        # A refused try does not count, or a stubborn guesser would keep the owner out for good.
        db.session.execute(delete(SignInFailure).where(SignInFailure.id == number))
        db.session.commit()
        return None
    db.session.commit()
    return number


def was_right(number: int) -> None:
    """Strike a try out again."""
    db.session.execute(delete(SignInFailure).where(SignInFailure.id == number))
