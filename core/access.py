"""Who may reach an address, and the life cycle of every request: load, check, act, commit once, answer.

Each view declares its rule with `@access(rule)`. There is no default: `refuse_undeclared` stops the app while
an
address has none. A rule is a predicate over the signed-in person and the objects that the address names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol, cast
from urllib.parse import quote

from flask import Flask, Response, g, make_response, redirect, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.routing import IntegerConverter

from core import bodies, errors, pages
from core.db import db, may_write
from core.models import OnceKey


class Who(Protocol):
    """What a rule may ask of the signed-in person."""

    id: int
    is_site_admin: bool

    def holds(self, role: str, scope_kind: str, scope_id: int) -> bool: ...


Rule = Callable[..., bool]


def PUBLIC(**_loaded: Any) -> bool:
    """The same bytes for everyone: neither session nor cookie is looked at."""
    return True


def ANYONE(**_loaded: Any) -> bool:
    """Open without signing in, but the session is used (forms, sign-in)."""
    return True


def SIGNED_IN(who: Who, **_loaded: Any) -> bool:
    """Any signed-in person; the view shows only what is that person's own."""
    return True


@dataclass(frozen=True)
class Declared:
    """What a view said about itself."""

    rule: Rule
    hidden: bool
    once: bool
    body_limit: int | None


DEFAULT_BODY_LIMIT = 1024 * 1024

_loaders: dict[str, Callable[[Any, dict[str, Any]], Any]] = {}


def loads(
    name: str,
) -> Callable[[Callable[[Any, dict[str, Any]], Any]], Callable[[Any, dict[str, Any]], Any]]:
    """Register how the URL part `name` becomes an object.

    The loader gets the value and what was loaded before it (parts are loaded in the order of the address),
    and
    returns None for "no such thing here": an object of another edition is such a case.
    """

    def register(loader: Callable[[Any, dict[str, Any]], Any]) -> Callable[[Any, dict[str, Any]], Any]:
        _loaders[name] = loader
        return loader

    return register


def access(
    rule: Rule,
    *,
    hidden: bool = False,
    once: bool = False,
    body_limit: int | None = None,
    cache: tuple[str, ...] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Declare the rule of a view and wrap it into the life cycle.

    hidden: answer 404 instead of 403 (the thing's existence is not to be told).
    once: the form carries an idempotency key; sent again, it gets the first answer.
    body_limit: largest request body in bytes, default 1 MiB.
    cache: only with PUBLIC: keep the page's bytes until something public changes; the tuple names the query
    arguments that make a different page, all others are ignored.
    """
    if cache is not None and rule is not PUBLIC:
        raise ValueError("only public pages are cached")
    declared = Declared(rule, hidden, once, body_limit)

    def declare(view: Callable[..., Any]) -> Callable[..., Response]:
        def act(url: dict[str, Any]) -> Response:
            if declared.rule is not PUBLIC and declared.rule is not ANYONE and person() is None:
                raise SignInFirst  # before anything is looked up: what exists is nobody's business
            loaded = _load(url)
            _check(declared, loaded)
            if declared.once and request.method == "POST":
                return _once(lambda: make_response(view(**loaded)))
            return make_response(view(**loaded))

        @wraps(view)
        def serve(**url: Any) -> Response:
            if cache is not None and request.method in ("GET", "HEAD"):
                return pages.cached(cache, lambda: act(url))
            response = act(url)
            _commit(response)
            return response

        serve.declared = declared  # type: ignore[attr-defined]
        return serve

    return declare


def declared_of(app: Flask, endpoint: str) -> Declared | None:
    return getattr(app.view_functions.get(endpoint), "declared", None)


def refuse_undeclared(app: Flask) -> None:
    """Raise if any address has no declared rule. Called at the end of `create_app`."""
    silent = sorted(
        {rule.endpoint for rule in app.url_map.iter_rules() if not declared_of(app, rule.endpoint)}
    )
    if silent:
        raise RuntimeError(f"addresses without an access rule: {', '.join(silent)}")


def person() -> Who | None:
    """The signed-in person, or None; never looks at the session on public pages."""
    if getattr(g, "session_allowed", False) and current_user.is_authenticated:
        return cast("Who", current_user._get_current_object())
    return None


def _load(url: dict[str, Any]) -> dict[str, Any]:
    loaded: dict[str, Any] = {}
    for name, value in url.items():
        loader = _loaders.get(name)
        if loader is None:
            loaded[name] = value
            continue
        found = loader(value, loaded)
        if found is None:
            raise errors.NotFound
        loaded[name] = found
    g.loaded = loaded
    return loaded


def _check(declared: Declared, loaded: dict[str, Any]) -> None:
    if declared.rule is PUBLIC or declared.rule is ANYONE:
        return
    if not declared.rule(person(), **loaded):
        raise errors.NotFound if declared.hidden else errors.Refused


class SignInFirst(errors.Problem):
    """Nobody is signed in: a page redirects to the sign-in form, a program gets 401."""

    status = 401
    code = "sign_in_first"


def _commit(response: Response) -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if response.status_code < 400:
        db.session.commit()
    else:
        db.session.rollback()


def _once(act: Callable[[], Response]) -> Response:
    """Carry `act` out for a key that was not used before; answer a repeated key as the first time."""
    key = request.headers.get("Idempotency-Key") or request.form.get("once_key", "")
    if not 16 <= len(key) <= 64 or not key.isascii() or not key.isprintable():
        raise errors.BadInput(_l("Please reload the page and send the form again."), code="no_once_key")
    who = person()
    person_id = who.id if who else 0
    payload = _payload_sha256()
    if known := _known(person_id, key):
        return _replay(known, payload)
    row = OnceKey(person_id=person_id, key=key, payload_sha256=payload)
    db.session.add(row)
    try:
        db.session.flush()  # on PostgreSQL a twin waits here until the first one has committed
    except (IntegrityError, OperationalError):
        db.session.rollback()
        if known := _known(person_id, key):
            return _replay(known, payload)
        raise
    response = act()
    if response.status_code < 400:
        row.status = response.status_code
        row.location = response.headers.get("Location", "")
        row.body = "" if row.location else response.get_data(as_text=True)
    return response


def _known(person_id: int, key: str) -> OnceKey | None:
    return db.session.execute(
        select(OnceKey).where(OnceKey.person_id == person_id, OnceKey.key == key)
    ).scalar_one_or_none()


def _replay(known: OnceKey, payload: str) -> Response:
    if known.payload_sha256 != payload:
        raise errors.Conflict(
            _l("This form was sent before with other contents. Reload the page to see what was stored."),
            code="once_key_reused",
        )
    response = (
        redirect(known.location, known.status) if known.location else Response(known.body, known.status)
    )
    return cast("Response", response)


def _payload_sha256() -> str:
    digest = hashlib.sha256(request.path.encode())
    if request.form:
        for name, value in sorted(request.form.items(multi=True)):
            if name not in ("csrf_token", "once_key"):
                digest.update(f"\0{name}\0{value}".encode("utf-8", "surrogatepass"))
        for name, upload in sorted(request.files.items(multi=True)):
            digest.update(f"\0{name}\0{upload.filename}".encode("utf-8", "surrogatepass"))
            digest.update(hashlib.file_digest(upload.stream, "sha256").digest())  # type: ignore[arg-type]
            upload.stream.seek(0)
    else:
        digest.update(request.get_data())
    return digest.hexdigest()


def local_path(target: str | None) -> str | None:
    """`target` if it is a path of this site, else None: never an open redirect."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return None
    if any(ord(character) < 0x21 or character == "\\" or ord(character) > 0x7E for character in target):
        return None
    if "//" in target.split("?")[0] or "%2f%2f" in target.lower() or "%5c" in target.lower():
        return None
    return target


class NumberConverter(IntegerConverter):
    """`<int:…>`: up to nine ASCII digits, what every database can hold; anything longer names nothing."""

    regex = "[0-9]{1,9}"


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = NumberConverter

    def begin() -> None:
        reads = request.method in ("GET", "HEAD", "OPTIONS")
        may_write.set(not reads)
        view = app.view_functions.get(request.endpoint or "")
        declared: Declared | None = getattr(view, "declared", None)
        g.session_allowed = declared is not None and declared.rule is not PUBLIC
        if not reads:
            bodies.take((declared and declared.body_limit) or DEFAULT_BODY_LIMIT)

    # After the request got its number, before CSRFProtect, which would read a body of any size.
    app.before_request_funcs[None].insert(1, begin)

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        may_write.set(True)

    @app.errorhandler(SignInFirst)
    def sign_in_first(problem: SignInFirst) -> Any:
        db.session.rollback()
        if errors.wants_json():
            return errors.answer(401, "", code=problem.code)
        here = request.full_path.rstrip("?") if request.method == "GET" else ""
        target = url_for("accounts.sign_in")
        if request.headers.get("HX-Request"):
            response = errors.answer(401, "", code=problem.code)
            response.headers["HX-Redirect"] = target
            return response
        response = make_response(redirect(f"{target}?next={quote(here, safe='/')}" if here else target))
        response.headers["Cache-Control"] = "no-store"
        return response
