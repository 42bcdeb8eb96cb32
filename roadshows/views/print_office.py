"""What organizers print: door signs and table cards."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template
from flask_babel import lazy_gettext as _l

from core import pdf
from core.access import access
from core.errors import Conflict
from core.limits import COSTLY, limiter
from roadshows import policy, printing
from roadshows.models import Roadshow
from roadshows.queries.own_program import told_meetings
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
        cards=len(printing.table_cards(roadshow, told_meetings(roadshow))),
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


@bp.get("/table-cards.pdf")
@limiter.limit(COSTLY)
@access(policy.organizer_or_auditor)
def table_cards(roadshow: Roadshow) -> Response:
    """A page for each table at which people meet who were told so."""
    cards = printing.table_cards(roadshow, told_meetings(roadshow))
    if not cards:
        raise Conflict(_l("There is nothing to print: nobody was told of a meeting yet."))
    data = pdf.render("print_office/table_cards_pdf.html", roadshow=roadshow, cards=cards, runs=printing.runs)
    return _pdf(data, f"table-cards-{roadshow.slug}.pdf")


def _pdf(data: bytes, name: str) -> Response:
    response = make_response(data)
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
