"""Who is signed in: a random token in the cookie, its hash in a row that can be revoked at any moment."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import cast

from flask import Flask, request, session
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import joinedload

from accounts.models import Person, SignIn
from core import clock
from core.db import db
from core.text import one_line, shorten

LIFETIME = timedelta(days=30)
IDLE_LIFETIME = timedelta(days=7)
_SEEN_EVERY = timedelta(minutes=10)

login_manager = LoginManager()


def sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_sign_in(person: Person) -> None:
    """Sign `person` in on this browser under a fresh token; whatever the browser's session held before is
    gone, and the cookie value it had is worth nothing."""
    if former := session.get("_user_id"):
        _revoke(former)
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    db.session.add(
        SignIn(
            token_sha256=sha256(token),
            person_id=person.id,
            expires_at=moment + LIFETIME,
            device=shorten(one_line(request.user_agent.string), 200),
            address=request.remote_addr or "",
        )
    )
    session.clear()
    session.permanent = True
    person.sign_in_token = token
    login_user(person)


def close_sign_in() -> None:
    """Sign this browser out; a copy of its cookie is worth nothing from now on."""
    _revoke(session.get("_user_id", ""))
    logout_user()
    session.clear()


def pretend_sign_in() -> None:
    """Give this browser a cookie that looks like a sign-in and is none (see `views.sign_up`)."""
    session.clear()
    session.permanent = True
    session["_user_id"] = secrets.token_urlsafe(32)
    session["_fresh"] = True
    session["_id"] = login_manager._session_identifier_generator()


def signed_in() -> Person:
    """The signed-in person, in views whose rule asks for one."""
    return cast("Person", current_user._get_current_object())


def _revoke(token: str) -> None:
    db.session.execute(
        update(SignIn)
        .where(SignIn.token_sha256 == sha256(token), SignIn.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def revoke_all(person: Person) -> int:
    """End every sign-in of `person`; returns how many were ended."""
    statement = update(SignIn).where(SignIn.person_id == person.id, SignIn.revoked_at.is_(None))
    return int(db.session.execute(statement.values(revoked_at=clock.now())).rowcount)  # type: ignore[attr-defined]


# Made once: every page of a signed-in person asks this, and making it anew costs more than asking.
_STANDING = (
    select(SignIn)
    .where(
        SignIn.token_sha256 == bindparam("token"),
        SignIn.revoked_at.is_(None),
        SignIn.expires_at > bindparam("moment"),
        SignIn.seen_at > bindparam("idle_since"),
    )
    .options(joinedload(SignIn.person, innerjoin=True).joinedload(Person.grants))
)


@login_manager.user_loader
def _load(token: str) -> Person | None:
    moment = clock.now()
    known = {"token": sha256(token), "moment": moment, "idle_since": moment - IDLE_LIFETIME}
    row = db.session.scalars(_STANDING, known).unique().one_or_none()
    if row is None or not row.person.is_active:
        return None
    if request.method == "POST" and row.seen_at < moment - _SEEN_EVERY:
        row.seen_at = moment
    row.person.sign_in_token = token
    return row.person


def init_app(app: Flask) -> None:
    login_manager.init_app(
        app, add_context_processor=False
    )  # templates of public pages must not ask who is there
    login_manager.session_protection = None
    # Flask-Login's own hook would read the session on public pages too; there are no "remember me" cookies to
    # renew.
    app.after_request_funcs[None].remove(login_manager._update_remember_cookie)
