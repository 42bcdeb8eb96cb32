"""What the agenda's pages share: the blueprint, who is there, where a page stands."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, make_response, render_template, url_for
from flask_babel import gettext as _

from accounts.models import Person
from core.access import person
from core.languages import current_language
from roadshows import policy
from roadshows.models import Roadshow, RoadshowState

bp = Blueprint("agenda_office", __name__, url_prefix="/<lang:lang>/o/roadshows/<roadshow>/agenda")


def me() -> Person:
    """The signed-in person, in a view whose rule asks for one."""
    return cast("Person", person())


def may_edit(roadshow: Roadshow) -> bool:
    """Whether the signed-in person may change this agenda, as things stand."""
    is_open = roadshow.state not in (RoadshowState.CANCELED, RoadshowState.CLOSED)
    return is_open and policy.organizer(cast("Any", me()), roadshow=roadshow)


def page(
    template: str, roadshow: Roadshow, *where: tuple[Any, str], status: int = 200, **values: Any
) -> Response:
    """A page of the agenda. where: the crumbs after "Agenda"."""
    here = roadshow.name.pick(current_language()).text
    editor = url_for("agenda_office.editor", roadshow=roadshow.slug)
    crumbs = [(here, ""), (_("Agenda"), editor if where else ""), *where]
    shown = render_template(
        f"roadshow_office/{template}",
        roadshow=roadshow,
        crumbs=crumbs,
        writable=may_edit(roadshow),
        **values,
    )
    return make_response(shown, status)
