"""Headers of every answer, and requests that are refused before anything looks at them."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden, NotFound

csrf = CSRFProtect()

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "manifest-src 'self'; worker-src 'self'"
)
# An uploaded PDF is shown inside our own pages, so it may be framed by them, and by nothing else.
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"

HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def init_app(app: Flask) -> None:
    csrf.init_app(app)
    strict_transport = app.config["SESSION_COOKIE_SECURE"]

    # Before CSRFProtect's own hook, which reads the body.
    app.before_request_funcs.setdefault(None, []).insert(0, begin_safely)

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        for name, value in HEADERS.items():
            if name not in headers:
                headers[name] = value
        if strict_transport:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        return response


def begin_safely() -> None:
    """Give the request its number; refuse an address with a NUL, which PostgreSQL can't even compare, and a
    POST that a browser says comes from another site."""
    g.request_id = secrets.token_hex(8)
    if "\0" in request.path or b"%00" in request.query_string:
        raise NotFound
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") in ("cross-site", "same-site"):
        raise Forbidden
