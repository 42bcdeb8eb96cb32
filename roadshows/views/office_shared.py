"""What the organizers' pages of a roadshow share: the blueprint, where a page stands, its version."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from competition.views.organizer import attempt, home_zone, rest_on, seen
from core.access import Who, person
from core.forms import Form
from core.languages import current_language
from roadshows import labels, policy
from roadshows.models import Roadshow

__all__ = ["Answer", "apart", "attempt", "bp", "home_zone", "me", "page", "rest_on", "saved", "seen"]

bp = Blueprint("roadshow_office", __name__, url_prefix="/<lang:lang>/o/roadshows")

Answer = str | tuple[str, int] | BaseResponse


def me() -> Who:
    who = person()
    assert who is not None
    return who


def may_change(roadshow: Roadshow) -> bool:
    return policy.organizer(me(), roadshow=roadshow)


def apart(form: Form, prefix: str) -> None:
    """Ids of its own for the second form of a page."""
    for field in form:
        field.id = f"{prefix}-{field.name}"


def page(
    template: str, roadshow: Roadshow, *where: tuple[Any, str], status: int = 200, **values: Any
) -> Response:
    """A page of the roadshow; its forms carry the version that it shows unless they have another one."""
    for value in values.values():
        if isinstance(value, Form):
            rest_on(value, roadshow.version)
    here = roadshow.name.pick(current_language()).text
    overview = url_for("roadshow_office.overview", roadshow=roadshow.slug)
    crumbs = [
        (_("Roadshows"), url_for("roadshow_office.roadshows")),
        (here, overview if where else ""),
        *where,
    ]
    shown = render_template(
        f"roadshow_office/{template}",
        roadshow=roadshow,
        crumbs=crumbs,
        labels=labels,
        may_change=may_change(roadshow),
        **values,
    )
    return make_response(shown, status)


def saved(endpoint: str, roadshow: Roadshow, text: Any = "", **values: Any) -> BaseResponse:
    """Back to a page of the roadshow, with a word."""
    flash(text or _("Saved."), "good")
    return redirect(url_for(f"roadshow_office.{endpoint}", roadshow=roadshow.slug, **values), 303)
