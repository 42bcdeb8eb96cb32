"""What can go wrong, in words for the person it happens to: as a page, and as problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, render_template, request
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from core.db import db
from core.isolated import Busy

log = structlog.get_logger(__name__)


class Problem(Exception):
    """A request that can't be carried out. `detail` says what happened and what to do; `fields` says
    where."""

    status = 400
    code = "bad_request"

    def __init__(
        self,
        detail: Any = "",
        *,
        code: str | None = None,
        fields: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(str(code or self.code))
        self.detail = detail
        self.code = code or self.code
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})
        self.extra = extra


class BadInput(Problem):
    """What was sent can't be used; nothing was stored."""

    status = 422
    code = "bad_input"


class Refused(Problem):
    """The person is known and may not do this."""

    status = 403
    code = "refused"


class NotFound(Problem):
    """There is no such thing at this address, or not for this person."""

    status = 404
    code = "not_found"


class Conflict(Problem):
    """The thing is not in the state that the request took for granted."""

    status = 409
    code = "conflict"


class MissingPart(Problem):
    """This installation lacks a part; `detail` says what to install."""

    status = 503
    code = "missing_part"


_TITLES = {
    400: _l("This request can't be read"),
    401: _l("Please sign in"),
    403: _l("This is not open to you"),
    404: _l("There is nothing here"),
    405: _l("This address can't do that"),
    409: _l("Something changed meanwhile"),
    410: _l("This is no longer available"),
    413: _l("This is too large"),
    415: _l("This kind of content is not accepted"),
    422: _l("Please check what was entered"),
    429: _l("Too many tries"),
    500: _l("Something went wrong on our side"),
    503: _l("Not available right now"),
}
_DETAILS = {
    400: _l("Go back, reload the page and try again."),
    401: _l("The page needs to know who you are."),
    403: _l("If you think it should be, please ask the organizers."),
    404: _l("The address may be mistyped, or the page is not public (yet)."),
    405: _l("Go back and use the buttons of the page."),
    413: _l("Please send a smaller file or a shorter text."),
    415: _l("Please use the form of the page."),
    429: _l("Please wait a minute and try again."),
    500: _l("Nothing was changed. Please try again; if it stays, tell the organizers the number below."),
    503: _l("Please try again in a minute."),
}

# A broken database constraint as one domain error each; rooms add theirs at import.
CONSTRAINTS: dict[str, Problem] = {}


def wants_json() -> bool:
    """True for the API and for programs that ask for JSON."""
    if request.path.startswith("/api/"):
        return True
    accept = request.accept_mimetypes
    return accept.best == "application/json" or request.is_json


def from_database(error: Exception) -> Problem:
    """The domain error that a refused write stands for."""
    if isinstance(error, IntegrityError):
        message = str(error.orig)
        for name, problem in CONSTRAINTS.items():
            if name in message:
                return problem
    if isinstance(error, OperationalError):
        busy = Problem(_l("Very many people are saving right now. Nothing was lost; please try again."))
        busy.status, busy.code, busy.headers = 503, "busy", {"Retry-After": "2"}
        return busy
    return Conflict(
        _l("Somebody else changed this a moment ago. Reload the page and look again."), code="stale"
    )


def answer(status: int, detail: Any, *, code: str = "", problem: Problem | None = None) -> Response:
    """The error as page or problem details, with the request's number."""
    try:
        return _answer(status, detail, code, problem)
    except OperationalError:
        # The page wanted to know who is signed in, and the database does not even answer that.
        db.session.rollback()
        g.session_allowed = False
        return _answer(status, detail, code, problem)


def _answer(status: int, detail: Any, code: str, problem: Problem | None) -> Response:
    title = str(_TITLES.get(status, _TITLES[400]))
    detail = str(detail or _DETAILS.get(status, ""))
    request_id = getattr(g, "request_id", "")
    if wants_json():
        body: dict[str, Any] = {
            "type": f"urn:jiachi:problem:{code or status}",
            "title": title,
            "status": status,
            "detail": detail,
            "instance": request_id,
        }
        if problem and problem.fields:
            body["fields"] = {name: str(text) for name, text in problem.fields.items()}
        if problem:
            body |= problem.extra
        response = jsonify(body)
        response.content_type = "application/problem+json"
    else:
        response = Response(
            render_template(
                "core/errors.html",
                status=status,
                title=title,
                detail=detail,
                fields=problem.fields if problem else {},
                request_id=request_id,
            ),
            content_type="text/html; charset=utf-8",
        )
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    @app.errorhandler(Problem)
    def on_problem(problem: Problem) -> Response:
        db.session.rollback()
        response = answer(problem.status, problem.detail, code=problem.code, problem=problem)
        response.headers.update(problem.headers)
        return response

    @app.errorhandler(HTTPException)
    def on_http_exception(error: HTTPException) -> Any:
        db.session.rollback()
        if error.code is None or error.code < 400:
            return error
        response = answer(error.code, "", code="")
        if error.code == 405 and getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
        retry = getattr(error, "retry_after", None) or (60 if error.code == 429 else None)
        if retry is not None:
            response.headers["Retry-After"] = str(retry)
        return response

    @app.errorhandler(IntegrityError)
    @app.errorhandler(StaleDataError)
    @app.errorhandler(OperationalError)
    def on_database_error(error: Exception) -> Response:
        log.warning("write_refused", error=str(error).splitlines()[0][:200])
        if isinstance(error, OperationalError):
            g.session_allowed = False  # whoever asks who is there would wait for the same database again
        return on_problem(from_database(error))

    @app.errorhandler(Busy)
    def on_busy(_error: Busy) -> Response:
        busy = MissingPart(
            _l("Very many files are being worked on. Nothing was lost; please try again in a minute."),
            code="busy",
            headers={"Retry-After": "30"},
        )
        return on_problem(busy)

    @app.errorhandler(Exception)
    def on_surprise(error: Exception) -> Response:
        db.session.rollback()
        log.error("unexpected", exc_info=error)
        return answer(500, "", code="unexpected")
