"""What this room's views share: a form with its page, and who is acting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Response, make_response, render_template, request

from accounts.models import Person
from competition.models import Round
from core.access import person
from core.db import db, may_write
from core.errors import BadInput, Conflict
from core.forms import Form
from judging.operations.panel_notes import note_standings_seen
from judging.queries.head_judge import is_first_look


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


def standings_seen(round: Round) -> None:
    """Write down that the signed-in person sees how the round stands, before its result.

    The one thing that a GET writes, and only the first time: in a transaction of its own, begun as one that
    writes, so that the page itself goes on reading.
    """
    round_id, person_id = round.id, me().id
    if not is_first_look(round_id=round_id, person_id=person_id):
        return
    db.session.rollback()
    before = may_write.get()
    may_write.set(True)
    try:
        note_standings_seen(round_id=round_id, person_id=person_id)
        db.session.commit()
    finally:
        may_write.set(before)


def me() -> Person:
    """The signed-in person, in a view whose rule asks for one."""
    return cast("Person", person())
