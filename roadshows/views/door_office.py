"""The organizers' side of the door: devices, who is in, every scan, undoing, walk-ins."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from sqlalchemy import select

from accounts.qr import qr_svg
from core.access import access
from core.db import db
from core.errors import Conflict, NotFound
from core.form_pages import form_page
from core.languages import current_language
from roadshows import guest_labels as labels
from roadshows import policy
from roadshows.forms.guests import DeviceForm, WalkInForm
from roadshows.guest_consent_texts import REQUIRED, guest_consent_text
from roadshows.models import Guest, GuestKind, Roadshow, Scan, ScanDevice, ScanOutcome
from roadshows.operations import door as operations
from roadshows.queries import door as queries
from roadshows.views.guest_office import me

bp = Blueprint("door_office", __name__, url_prefix="/<lang:lang>/o/roadshows/<roadshow>/door")


def _back(roadshow: Roadshow) -> Response:
    return make_response(redirect(url_for("door_office.door", roadshow=roadshow.slug), 303))


def _link_name(roadshow: Roadshow) -> str:
    return f"door-link-{roadshow.id}"


@bp.get("")
@access(policy.organizer_or_auditor)
def door(roadshow: Roadshow) -> Response:
    return _page(roadshow, DeviceForm(formdata=None))


def _crumbs(roadshow: Roadshow) -> list[tuple[Any, str]]:
    here = url_for("door_office.door", roadshow=roadshow.slug)
    return [(roadshow.name.pick(current_language()).text, ""), (_("Check-in"), here)]


def _page(roadshow: Roadshow, device: DeviceForm, status: int = 200) -> Response:
    link = session.pop(_link_name(roadshow), None)
    page = render_template(
        "door_office/door.html",
        roadshow=roadshow,
        crumbs=_crumbs(roadshow),
        device_form=device,
        link=link,
        qr=qr_svg(link) if link else "",
        devices=queries.devices(roadshow),
        scans=queries.last_scans(roadshow),
        may_change=policy.organizer(me(), roadshow=roadshow),
        **_counted(roadshow),
    )
    return make_response(page, status)


def _counted(roadshow: Roadshow) -> dict[str, Any]:
    day = queries.today(roadshow)
    return {"day": day, "counts": queries.counts(roadshow, day), "labels": labels}


@bp.get("/counts")
@access(policy.organizer_or_auditor)
def counts(roadshow: Roadshow) -> Response:
    """The counts alone: the page asks for them every few seconds."""
    page = render_template("door_office/counts.html", roadshow=roadshow, **_counted(roadshow))
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/devices")
@access(policy.organizer, once=True)
def make_device(roadshow: Roadshow) -> Response:
    form = DeviceForm()
    if not form.validate():
        return _page(roadshow, form, 422)
    try:
        _device, token = operations.make_device(roadshow=roadshow, name=form.name.data or "", who=me())
    except Conflict as problem:
        db.session.rollback()
        form.add_problem(problem)
        return _page(roadshow, form, problem.status)
    path = url_for("door.page", roadshow=roadshow.slug, device=token)
    session[_link_name(roadshow)] = f"{current_app.config['SETTINGS'].base_url}{path}"
    return _back(roadshow)


@bp.post("/devices/<int:number>/revoke")
@access(policy.organizer, once=True)
def revoke_device(roadshow: Roadshow, number: int) -> Response:
    known = (ScanDevice.id == number) & (ScanDevice.roadshow_id == roadshow.id)
    device = db.session.scalars(select(ScanDevice).where(known)).one_or_none()
    if device is None:
        raise NotFound
    operations.revoke_device(device=device, who=me())
    flash(_("%(name)s is no longer let in.", name=device.name), "good")
    return _back(roadshow)


@bp.post("/scans/<int:number>/undo")
@access(policy.organizer, once=True)
def undo(roadshow: Roadshow, number: int) -> Response:
    known = (Scan.id == number) & (Scan.roadshow_id == roadshow.id)
    scan = db.session.scalars(select(Scan).where(known)).one_or_none()
    if scan is None:
        raise NotFound
    operations.undo_scan(scan=scan, by=getattr(me(), "name", ""))
    flash(_("The entry was taken back."), "good")
    return _back(roadshow)


@bp.route("/walk-in", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def walk_in(roadshow: Roadshow) -> Response:
    form, lang = WalkInForm(), current_language()

    def act() -> Response:
        name, latin, organization = (
            field.data or "" for field in (form.name, form.name_latin, form.organization)
        )
        someone = operations.WalkIn(name, latin, organization, GuestKind(form.kind.data), lang)
        operations.add_walk_in(roadshow=roadshow, walk_in=someone)
        flash(_("%(name)s is in.", name=name), "good")
        return _back(roadshow)

    return form_page(
        form,
        act,
        "door_office/walk_in.html",
        roadshow=roadshow,
        crumbs=[*_crumbs(roadshow), (_("Add a walk-in"), "")],
        texts=[guest_consent_text(purpose, lang) for purpose in REQUIRED],
    )


@bp.post("/guests/<guest>/admit")
@access(policy.organizer, once=True)
def admit(roadshow: Roadshow, guest: Guest) -> Response:
    answer = operations.admit(roadshow=roadshow, guest=guest)
    name = guest.participant.name
    if answer.outcome == ScanOutcome.REFUSED:
        flash(
            _("%(name)s was not let in: %(reason)s.", name=name, reason=labels.REASONS[answer.reason]), "bad"
        )
    elif answer.outcome == ScanOutcome.ALREADY_IN:
        flash(_("%(name)s is in already.", name=name), "info")
    else:
        flash(_("%(name)s is in.", name=name), "good")
    there = request.form.get("back", "")
    if there == "guest":
        target = url_for("guest_office.one", roadshow=roadshow.slug, guest=guest.participant.key)
        return make_response(redirect(target, 303))
    return _back(roadshow)
