"""The guest list on paper and as a table: badges, door list, import, export. Part of `guest_office`."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from itsdangerous import BadSignature, URLSafeTimedSerializer

from competition.imports import KEPT_TYPE, pack, unpack
from competition.queries.organizer import file_by_key
from core import audit, clock, files, spreadsheets
from core.access import access
from core.db import db, release
from core.errors import BadInput, Problem
from core.languages import current_language
from core.limits import COSTLY, limiter
from core.models import StoredFile
from roadshows import badges, guest_exports, guest_import, guest_table, policy
from roadshows.forms.guests import ConfirmImportForm, ImportForm
from roadshows.models import Guest, GuestState, Roadshow
from roadshows.operations.guest_import import MOST_TOLD, import_guests
from roadshows.queries import guests as queries
from roadshows.queries.guests import GuestFilter
from roadshows.views.guest_office import bp, crumbs, me, to_list

PDF_TYPE = "application/pdf"


# --- badges and door list ---


@bp.get("/badges.pdf")
@limiter.limit(COSTLY)
@access(policy.organizer)
def badges_pdf(roadshow: Roadshow) -> Response:
    """Badges of the confirmed guests that the filter of the address leaves, eight on a page."""
    wanted = GuestFilter.of(request.args)
    chosen = GuestFilter(wanted.kind, GuestState.CONFIRMED, wanted.text, wanted.sort)
    found = queries.all_guests(roadshow, chosen)
    if not found:
        raise BadInput(_l("Nobody is confirmed here yet, so there is no badge to print."), code="no_badges")
    if len(found) > badges.MOST_BADGES:
        text = _l(
            "These are %(count)d badges; at most %(most)d are printed in one go. Please choose a kind of"
            " guest.",
            count=len(found),
            most=badges.MOST_BADGES,
        )
        raise BadInput(text, code="too_many_badges")
    return _file(badges.badges_pdf(roadshow, found), PDF_TYPE, f"{roadshow.slug}-badges.pdf")


@bp.get("/<guest>/badge.pdf")
@limiter.limit(COSTLY)
@access(policy.organizer)
def badge_pdf(roadshow: Roadshow, guest: Guest) -> Response:
    if guest.state is not GuestState.CONFIRMED:
        raise BadInput(_l("A badge is printed for confirmed guests only."), code="no_badges")
    return _file(badges.badge_pdf(roadshow, guest), PDF_TYPE, f"{roadshow.slug}-badge.pdf")


@bp.get("/door-list.pdf")
@limiter.limit(COSTLY)
@access(policy.organizer)
def door_list_pdf(roadshow: Roadshow) -> Response:
    """The confirmed guests by name, with a box to tick: for the day on which every device fails."""
    found = queries.all_guests(roadshow, GuestFilter(state=GuestState.CONFIRMED, sort="name"))
    return _file(badges.door_list_pdf(roadshow, found), PDF_TYPE, f"{roadshow.slug}-door-list.pdf")


# --- import and export ---


def _tokens() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="import-guests")


@bp.get("/import")
@access(policy.organizer)
def import_page(roadshow: Roadshow) -> Response:
    return _import_page(roadshow, ImportForm(formdata=None))


def _import_page(roadshow: Roadshow, form: ImportForm, status: int = 200, **values: Any) -> Response:
    page = render_template(
        "guest_office/import.html",
        roadshow=roadshow,
        crumbs=crumbs(roadshow, (_("Import and export"), "")),
        form=form,
        columns=[column for column in guest_table.COLUMNS if not column.export_only],
        limit=spreadsheets.MOST_BYTES,
        most_rows=guest_table.MOST_ROWS,
        most_told=MOST_TOLD,
        most_problems=guest_import.MOST_PROBLEMS,
        **values,
    )
    return make_response(page, status)


@bp.post("/import")
@limiter.limit(COSTLY)
@access(policy.organizer, body_limit=spreadsheets.MOST_BYTES + 1024 * 1024)
def check_import(roadshow: Roadshow) -> Response:
    """Check the table and show what would happen; the table itself is kept until tomorrow."""
    form = ImportForm()
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        form.add_problem(BadInput(fields={"file": _l("Please choose a file.")}))
        return _import_page(roadshow, form, 422)
    data = upload.stream.read(spreadsheets.MOST_BYTES + 1)
    release()
    try:
        table = guest_import.read(data, upload.filename)
        plan = guest_import.plan(roadshow, table)
    except BadInput as problem:
        form.add_problem(problem)
        return _import_page(roadshow, form, problem.status)
    token, who = "", me()
    if not plan.error_count:
        kept = files.keep(pack(table), KEPT_TYPE, "import", uploaded_by=who.id)
        token = _tokens().dumps([kept.key, roadshow.id, who.id])
    confirm = ConfirmImportForm(formdata=None, data={"token": token})
    status = 422 if plan.error_count else 200
    return _import_page(roadshow, form, status, plan=plan, confirm=confirm, filename=upload.filename)


@bp.post("/import/confirm")
@access(policy.organizer, once=True)
def confirm_import(roadshow: Roadshow) -> Response:
    """Carry out what the report showed: the same table is read and checked once more."""
    form, who = ConfirmImportForm(), me()
    kept = _kept_table(form.token.data or "", roadshow, who.id)
    try:
        plan = guest_import.plan(roadshow, unpack(files.read(kept)))
        done = import_guests(roadshow=roadshow, plan=plan, is_told=bool(form.is_told.data), who=who)
    except Problem as problem:
        db.session.rollback()
        page = ImportForm(formdata=None)
        page.add_problem(problem)
        return _import_page(roadshow, page, problem.status)
    db.session.delete(kept)
    flash(ngettext("%(num)d guest was imported.", "%(num)d guests were imported.", len(done)), "good")
    return to_list(roadshow)


def _kept_table(token: str, roadshow: Roadshow, person_id: int) -> StoredFile:
    expired = BadInput(_l("This check is too old. Please send the file again."), code="import_expired")
    try:
        key, roadshow_id, owner = _tokens().loads(token, max_age=24 * 3600)
    except (BadSignature, ValueError, TypeError) as error:
        raise expired from error
    kept = file_by_key(str(key))
    is_theirs = roadshow_id == roadshow.id and owner == person_id
    if kept is None or not is_theirs or kept.media_type != KEPT_TYPE:
        raise expired
    return kept


@bp.get("/import/template.<any(xlsx, csv):kind>")
@access(policy.organizer)
def import_template(roadshow: Roadshow, kind: str) -> Response:
    data = guest_exports.template(kind, current_language())
    return _file(data, guest_exports.FORMATS[kind], f"{roadshow.slug}-guests-template.{kind}")


@bp.post("/export")
@limiter.limit(COSTLY)
@access(policy.organizer)
def export(roadshow: Roadshow) -> Response:
    """The list with its addresses: a deed that the audit log names, therefore no plain link."""
    kind = request.form.get("format", "")
    if kind not in guest_exports.FORMATS:
        raise BadInput(_l("Please choose one."))
    slug, wanted = roadshow.slug, GuestFilter.of(request.form)
    rows = guest_exports.rows_of(roadshow, queries.all_guests(roadshow, wanted))
    release()  # writing a workbook takes a moment, and nobody else has to wait for it
    data = guest_exports.write(rows, kind, current_language())
    audit.record("guest.list_exported", roadshow, new={"format": kind, "guests": len(rows)})
    return _file(data, guest_exports.FORMATS[kind], f"{slug}-guests-{clock.now():%Y%m%d}.{kind}")


def _file(data: bytes, content_type: str, name: str) -> Response:
    response = Response(data, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
