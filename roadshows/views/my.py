"""A participant's own page, reached by a secret link without an account."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from core.access import ANYONE, access
from roadshows import personal_page
from roadshows.models import Participant, Roadshow

bp = Blueprint("roadshow_my", __name__, url_prefix="/<lang:lang>/roadshows/<roadshow>/my/<participant>")


def private(page: str, status: int = 200) -> Response:
    """A page behind a secret address: kept by no cache and no search engine, told to no other site."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    # Not "no-referrer": over HTTPS the check against forged forms asks our own pages for one.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@bp.get("")
@access(ANYONE)
def home(roadshow: Roadshow, participant: Participant) -> Response:
    return private(
        render_template(
            "roadshows/my.html",
            roadshow=roadshow,
            participant=participant,
            panels=personal_page.panels(participant),
        )
    )
