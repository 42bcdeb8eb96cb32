"""The organizers' people, outbox, audit log, import and export of an edition."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from itsdangerous import BadSignature, URLSafeTimedSerializer
from markupsafe import Markup, escape

from accounts import invitations
from accounts.models import Invitation, Role
from accounts.qr import qr_svg
from competition import exports, imports, labels, policy
from competition.forms import organizer as forms
from competition.models import Edition
from competition.operations import outbox as outbox_operations
from competition.operations import people as people_operations
from competition.operations import team_import
from competition.queries import organizer as queries
from competition.team_table import COLUMNS
from competition.views import entry_list
from competition.views.organizer import Answer, attempt, bp, crumbs
from core import audit, clock, files, spreadsheets
from core.access import Who, access, person
from core.db import db, release
from core.errors import BadInput, NotFound, Problem
from core.languages import current_language
from core.limits import COSTLY, limiter
from core.mail import OWN_REASONS
from core.models import Mail, MailState, StoredFile


def _me() -> Who:
    who = person()
    assert who is not None
    return who


# --- people ---


@bp.get("/<edition>/people")
@access(policy.organizer)
def people(edition: Edition) -> Answer:
    return _people_page(edition, forms.InviteForm(formdata=None, data={"language": current_language()}))


def _people_page(edition: Edition, form: forms.InviteForm, status: int = 200) -> Answer:
    link = session.pop(_link_name(edition), None)
    page = render_template(
        "organizer/people.html",
        edition=edition,
        crumbs=crumbs(edition, (_("People"), "")),
        form=form,
        grants=queries.grants_of(edition),
        invitations=queries.open_invitations(edition),
        link=link,
        qr=qr_svg(link) if link else "",
        labels=labels,
        Role=Role,
    )
    return page, status


def _link_name(edition: Edition) -> str:
    return f"invitation-link-{edition.id}"


@bp.post("/<edition>/people/invite")
@access(policy.organizer, once=True)
def invite(edition: Edition) -> Answer:
    form = forms.InviteForm()
    if not form.validate_on_submit():
        return _people_page(edition, form, 422)
    who = person()
    assert who is not None
    made: list[str] = []

    def act() -> None:
        _invitation, token = people_operations.invite_staff(
            edition=edition,
            role=Role(form.role.data),
            email=form.email.data or "",
            name=form.name.data or "",
            language=form.language.data,
            who=who,
        )
        made.append(invitations.invitation_url(token, form.language.data))

    if (problem := attempt(form, act)) is not None:
        return _people_page(edition, form, problem.status)
    # The link is stored nowhere: the next page, and it alone, shows it.
    session[_link_name(edition)] = made[0]
    flash(_("The invitation is ready."), "good")
    return redirect(url_for("organizer.people", edition=edition.slug), 303)


@bp.post("/<edition>/people/invitations/<int:invitation>/revoke")
@access(policy.organizer, once=True)
def revoke_invitation(edition: Edition, invitation: int) -> Answer:
    found = db.session.get(Invitation, invitation)
    if found is None:
        raise NotFound
    people_operations.take_back(edition=edition, invitation=found)
    flash(_("The link is worthless now."), "good")
    return redirect(url_for("organizer.people", edition=edition.slug), 303)


@bp.post("/<edition>/people/<int:grant>/revoke")
@access(policy.organizer, once=True)
def revoke_grant(edition: Edition, grant: int) -> Answer:
    found = queries.grant_of(edition, grant)
    if found is None:
        raise NotFound
    try:
        people_operations.let_go(edition=edition, grant=found)
    except Problem as problem:
        db.session.rollback()
        flash(problem.detail, "bad")
        return _people_page(edition, forms.InviteForm(formdata=None), problem.status)
    flash(_("The role was taken back."), "good")
    return redirect(url_for("organizer.people", edition=edition.slug), 303)


# --- outbox ---


@bp.get("/<edition>/outbox")
@access(policy.organizer_or_auditor)
def outbox(edition: Edition) -> str:
    state = request.args.get("state", "")
    page = _page_number()
    mails, has_more = queries.mails_of(
        edition, state=MailState(state) if state in list(MailState) else None, page=page
    )
    return render_template(
        "organizer/outbox.html",
        edition=edition,
        crumbs=crumbs(edition, (_("Outbox"), "")),
        mails=mails,
        state_now=state,
        states=list(MailState),
        page=page,
        has_more=has_more,
        has_server=bool(current_app.config["SETTINGS"].SMTP_HOST),
        may_read=policy.organizer(_me(), edition=edition),
        prefix=f"/{current_language()}/o/{edition.slug}/outbox/",
    )


@bp.get("/<edition>/outbox/<int:mail>")
@access(policy.organizer)
def mail(edition: Edition, mail: int) -> str:
    found = queries.mail_of(edition, mail)
    if found is None:
        raise NotFound
    return render_template(
        "organizer/mail.html",
        edition=edition,
        mail=found,
        body=_without_sent_invitation(found),
        own_reasons=OWN_REASONS,
        crumbs=crumbs(
            edition,
            (_("Outbox"), url_for("organizer.outbox", edition=edition.slug)),
            (found.subject, ""),
        ),
        has_server=bool(current_app.config["SETTINGS"].SMTP_HOST),
    )


def _without_sent_invitation(mail: Mail) -> str:
    """The text; an invitation that was sent is its recipient's alone, so that nobody becomes the second one
    who has to sign."""
    if mail.state is not MailState.SENT:
        return mail.body
    return re.sub(r"(/invitation/)[\w-]{20,}", r"\1…", mail.body)


@bp.post("/<edition>/outbox/<int:mail>/retry")
@access(policy.organizer, once=True)
def retry_mail(edition: Edition, mail: int) -> Answer:
    found, who = queries.mail_of(edition, mail), person()
    if found is None or who is None:
        raise NotFound
    outbox_operations.retry_mail(mail=found, who=who)
    flash(_("The mail is in the queue again."), "good")
    return redirect(url_for("organizer.mail", edition=edition.slug, mail=mail), 303)


# --- audit ---


@bp.get("/<edition>/audit")
@access(policy.organizer_or_auditor)
def audit_log(edition: Edition) -> str:
    actions, people_of = queries.audit_choices(edition)
    action = request.args.get("action", "")
    actor = request.args.get("person", type=int)
    page = _page_number()
    lines, has_more = queries.audit_of(
        edition,
        action=action if action in actions else "",
        actor_id=actor if actor in [number for number, _name in people_of] else None,
        page=page,
    )
    return render_template(
        "organizer/audit.html",
        edition=edition,
        crumbs=crumbs(edition, (_("Audit log"), "")),
        lines=lines,
        actions=actions,
        action_now=action,
        people=people_of,
        person_now=actor,
        page=page,
        has_more=has_more,
        labels=labels,
        values_of=values_of,
        page_url=entry_list.page_url,
    )


def values_of(values: Any) -> Markup:
    """The values of an audit record as `name: value`, one below the other."""
    if not isinstance(values, dict):
        return escape("" if values is None else values)
    line = Markup('<code class="muted">{}</code> {}')
    pieces = [line.format(name, _one_value(value)) for name, value in values.items()]
    return Markup("<br>").join(pieces)


def _one_value(value: Any) -> Any:
    if isinstance(value, dict):
        return " / ".join(str(part) for part in value.values() if part not in ("", None))
    return "—" if value is None else value


def _page_number() -> int:
    return min(max(request.args.get("page", 1, type=int), 1), 10_000)


# --- import and export ---


def _tokens() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="import-teams")


@bp.get("/<edition>/import")
@access(policy.organizer)
def import_page(edition: Edition) -> Answer:
    return _import_page(edition, forms.ImportForm(formdata=None))


def _import_page(edition: Edition, form: forms.ImportForm, status: int = 200, **values: Any) -> Answer:
    page = render_template(
        "organizer/import.html",
        edition=edition,
        crumbs=crumbs(edition, (_("Import and export"), "")),
        form=form,
        columns=[column for column in COLUMNS if not column.export_only],
        limit=spreadsheets.MOST_BYTES,
        **values,
    )
    return page, status


@bp.post("/<edition>/import")
@limiter.limit(COSTLY)
@access(policy.organizer, body_limit=spreadsheets.MOST_BYTES + 1024 * 1024)
def check_import(edition: Edition) -> Answer:
    """Check the table and show what would happen; the table itself is kept until tomorrow."""
    form = forms.ImportForm()
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        form.add_problem(BadInput(fields={"file": _l("Please choose a file.")}))
        return _import_page(edition, form, 422)
    data = upload.stream.read(spreadsheets.MOST_BYTES + 1)
    release()
    try:
        table = imports.read(data, upload.filename)
        plan = imports.plan(edition, table)
    except BadInput as problem:
        form.add_problem(problem)
        return _import_page(edition, form, problem.status)
    token, who = "", person()
    assert who is not None
    if not plan.errors:
        kept = files.keep(imports.pack(table), imports.KEPT_TYPE, "import", uploaded_by=who.id)
        token = _tokens().dumps([kept.key, edition.id, who.id])
    confirm = forms.ConfirmImportForm(formdata=None, data={"token": token})
    return _import_page(
        edition, form, 200 if not plan.errors else 422, plan=plan, confirm=confirm, filename=upload.filename
    )


@bp.post("/<edition>/import/confirm")
@access(policy.organizer, once=True)
def confirm_import(edition: Edition) -> Answer:
    """Carry out what the report showed: the same table is read and checked once more."""
    form, who = forms.ConfirmImportForm(), person()
    assert who is not None
    kept = _kept_table(form.token.data or "", edition, who.id)
    try:
        plan = imports.plan(edition, imports.unpack(files.read(kept)))
        done = team_import.import_teams(edition=edition, plan=plan, who=who)
    except Problem as problem:
        db.session.rollback()
        page = forms.ImportForm(formdata=None)
        page.add_problem(problem)
        return _import_page(edition, page, problem.status)
    db.session.delete(kept)
    flash(ngettext("%(num)d team was imported.", "%(num)d teams were imported.", len(done)), "good")
    return redirect(url_for("organizer.entries", edition=edition.slug), 303)


def _kept_table(token: str, edition: Edition, person_id: int) -> StoredFile:
    expired = BadInput(_l("This check is too old. Please send the file again."), code="import_expired")
    try:
        key, edition_id, owner = _tokens().loads(token, max_age=24 * 3600)
    except (BadSignature, ValueError, TypeError) as error:
        raise expired from error
    kept = queries.file_by_key(str(key))
    if kept is None or edition_id != edition.id or owner != person_id or kept.media_type != imports.KEPT_TYPE:
        raise expired
    return kept


@bp.get("/<edition>/import/template.<any(xlsx, csv):kind>")
@access(policy.organizer)
def import_template(edition: Edition, kind: str) -> Response:
    return _download(exports.template(kind, current_language()), kind, f"{edition.slug}-template")


@bp.post("/<edition>/export")
@limiter.limit(COSTLY)
@access(policy.organizer)
def export(edition: Edition) -> Response:
    """All teams with their addresses: a deed that the audit log names, therefore no plain link."""
    kind = request.form.get("kind", "")
    if kind not in exports.FORMATS:
        raise BadInput(_l("Please choose one."))
    slug, rows = edition.slug, exports.rows_of(edition)
    release()  # writing a workbook takes a moment, and nobody else has to wait for it
    data = exports.write(slug, rows, kind, current_language())
    audit.record("export_teams", edition, new={"format": kind}, edition_id=edition.id)
    return _download(data, kind, f"{slug}-teams-{clock.now():%Y%m%d}")


def _download(data: bytes, kind: str, name: str) -> Response:
    response = Response(data, content_type=exports.FORMATS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
