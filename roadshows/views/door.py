"""The page of a device at the door, without an account, and the worker that lets it work without network."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, url_for

from config import ROOT
from core.access import ANYONE, PUBLIC, access
from core.languages import current_language
from core.security import HEADERS
from roadshows import guest_labels as labels
from roadshows.guest_consent_texts import REQUIRED, guest_consent_text
from roadshows.models import Roadshow, ScanDevice
from roadshows.views.my import private

bp = Blueprint("door", __name__, url_prefix="/<lang:lang>/roadshows/<roadshow>/door")


@bp.get("/worker.js")
@access(PUBLIC)
def worker(roadshow: Roadshow) -> Response:
    """The service worker: it lies beside the pages that it serves, so that it may serve no other."""
    response = make_response((ROOT / "static" / "js" / "door_worker.js").read_bytes())
    response.content_type = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/<device>")
@access(ANYONE)
def page(roadshow: Roadshow, device: ScanDevice) -> Response:
    lang = current_language()
    response = private(
        render_template(
            "door/door.html",
            roadshow=roadshow,
            device=device,
            labels=labels,
            texts=[guest_consent_text(purpose, lang) for purpose in REQUIRED],
            api=f"/api/v1/roadshows/{roadshow.slug}/door/sync",
            worker=url_for("door.worker", roadshow=roadshow.slug),
        )
    )
    response.headers["Permissions-Policy"] = HEADERS["Permissions-Policy"].replace(
        "camera=()", "camera=(self)"
    )
    return response
