"""What organizers print of the agenda: door signs. Table cards are printed where the meetings are."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template
from flask_babel import lazy_gettext as _l

from core import pdf
from core.access import access
from core.errors import Conflict
from core.limits import COSTLY, limiter
from roadshows import policy, printing
from roadshows.models import Roadshow
from roadshows.queries.published import agenda_of

bp = Blueprint("print_office", __name__, url_prefix="/<lang:lang>/o/roadshows/<roadshow>/print")


@bp.get("")
@access(policy.organizer_or_auditor)
def printables(roadshow: Roadshow) -> str:
    """What there is to print, and how many pages it makes."""
    return render_template(
        "print_office/printables.html",
        roadshow=roadshow,
        signs=len(printing.door_signs(agenda_of(roadshow))),
    )


@bp.get("/door-signs.pdf")
@limiter.limit(COSTLY)
@access(policy.organizer_or_auditor)
def door_signs(roadshow: Roadshow) -> Response:
    """A page for each room and day of the published agenda."""
    signs = printing.door_signs(agenda_of(roadshow))
    if not signs:
        raise Conflict(_l("There is nothing to print: no session in a room is published yet."))
    data = pdf.render("print_office/door_signs_pdf.html", roadshow=roadshow, signs=signs, runs=printing.runs)
    return _pdf(data, f"door-signs-{roadshow.slug}.pdf")


def _pdf(data: bytes, name: str) -> Response:
    response = make_response(data)
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
