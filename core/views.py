"""Addresses of no room: health, and the bare address that follows the browser's language."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, jsonify, make_response, redirect, request
from sqlalchemy import text

from core import jobs, migrations
from core.access import PUBLIC, access
from core.db import db
from core.languages import match_language

bp = Blueprint("core", __name__)


@bp.get("/")
@access(PUBLIC)
def bare() -> Response:
    return in_browsers_language("/")


def in_browsers_language(path: str) -> Response:
    """Redirect to `path` under the language that the browser asks for."""
    response = make_response(redirect(f"/{match_language(request.accept_languages)}{path}"))
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/healthz")
@access(PUBLIC)
def healthz() -> Response:
    return jsonify(status="ok")


@bp.get("/readyz")
@access(PUBLIC)
def readyz() -> Response:
    """Ready when the database answers, stands at the newest migration, and some worker runs the jobs."""
    checks: dict[str, str] = {}
    try:
        db.session.execute(text("SELECT 1"))
        checks["database"] = "ok"
        checks["migrations"] = "ok" if migrations.is_up_to_date() else "behind"
        checks["jobs"] = "ok" if jobs.are_running() else "silent"
    except Exception as error:  # whatever is wrong: the answer is "not ready", never a trace
        checks["database"] = type(error).__name__
    db.session.rollback()
    ready = all(state == "ok" for state in checks.values())
    response = jsonify(status="ready" if ready else "not ready", checks=checks)
    response.status_code = 200 if ready else 503
    return response


@bp.get("/favicon.ico")
@access(PUBLIC)
def favicon() -> Response:
    response = make_response(redirect("/static/img/favicon.ico", 301))
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@bp.get("/robots.txt")
@access(PUBLIC)
def robots() -> Response:
    return Response(
        "User-agent: *\nDisallow: /api/\nDisallow: /c/\n", content_type="text/plain; charset=utf-8"
    )


@bp.get("/<any(zh, ko, en):code>")
@access(PUBLIC)
def without_slash(code: str) -> Response:
    return make_response(redirect(f"/{code}/", 301))


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
