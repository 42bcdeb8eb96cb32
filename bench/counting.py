"""The application with one more header: how many SQL statements the answer took."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, g, has_request_context
from sqlalchemy import Engine, event

from app import create_app as create_real_app


def create_app() -> Flask:
    app = create_real_app()

    @event.listens_for(Engine, "before_cursor_execute")
    def count(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if has_request_context() and not statement.startswith(("BEGIN", "PRAGMA")):
            g.statements = g.get("statements", 0) + 1

    @app.after_request
    def show(response: Response) -> Response:
        response.headers["X-Statements"] = str(g.get("statements", 0))
        return response

    return app
