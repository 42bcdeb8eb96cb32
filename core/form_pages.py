"""A form with its page: shown, sent, refused beside its fields, or carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, make_response, render_template, request

from core.db import db
from core.errors import BadInput, Conflict
from core.forms import Form


def form_page(form: Form, act: Callable[[], Response], template: str, **shown: Any) -> Response:
    """Show a form; when it was sent and is right, act; what the operation refuses is shown beside the
    fields."""
    status = 200
    if request.method == "POST":
        try:
            if form.validate():
                return act()
            status = 422
        except (BadInput, Conflict) as problem:
            db.session.rollback()
            form.add_problem(problem)
            status = problem.status
    return make_response(render_template(template, form=form, **shown), status)
