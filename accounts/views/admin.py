"""Administration of people, for site administrators."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts import operations, queries
from accounts.forms import ReasonForm
from accounts.models import Person
from accounts.policy import site_admin
from accounts.views import bp
from core import registries
from core.access import access
from core.db import db
from core.errors import Conflict, NotFound
from core.forms import Form
from core.text import one_line


@bp.get("/admin/people")
@access(site_admin)
def people() -> Any:
    text = one_line(request.args.get("q", ""))[:80]
    page = queries.page_number(request.args.get("page"))
    lines, pages, count = queries.people(text, page)
    return render_template(
        "accounts/people.html", lines=lines, page=page, pages=pages, count=count, text=text
    )


@bp.get("/admin/people/<int(max=2147483647):number>")
@access(site_admin)
def one_person(number: int) -> Any:
    return _one(_find(number), ReasonForm())


def _find(number: int) -> Person:
    found = db.session.get(Person, number)
    if found is None or found.erased_at is not None:
        raise NotFound
    return found


def _one(found: Person, form: ReasonForm, *, status: int = 200, link: str = "") -> Any:
    roles = [
        (grant, registries.scope_names.get(grant.scope_kind, str)(grant.scope_id)) for grant in found.grants
    ]
    page = render_template("accounts/one_person.html", found=found, form=form, roles=roles, link=link)
    return page, status


@bp.post("/admin/people/<int(max=2147483647):number>/disable")
@access(site_admin, once=True)
def disable_person(number: int) -> Any:
    found, form = _find(number), ReasonForm()
    if not form.validate():
        return _one(found, form, status=422)
    try:
        operations.disable(found, reason=form.reason.data or "")
    except Conflict as problem:
        form.add_problem(problem)
        return _one(found, form, status=409)
    flash(_("The account is locked; all its devices were signed out."), "good")
    return redirect(url_for("accounts.one_person", number=number), 303)


@bp.post("/admin/people/<int(max=2147483647):number>/enable")
@access(site_admin)
def enable_person(number: int) -> Any:
    operations.enable(_find(number))
    flash(_("The account is open again."), "good")
    return redirect(url_for("accounts.one_person", number=number), 303)


@bp.post("/admin/people/<int(max=2147483647):number>/link")
@access(site_admin)
def make_link(number: int) -> Any:
    """A password link to hand over by hand, where mail does not arrive; shown once."""
    found = _find(number)
    if not found.is_active:
        return _one(found, ReasonForm(), status=409)
    path = operations.make_reset_link(found)
    return _one(found, ReasonForm(formdata=None), link=current_app.config["SETTINGS"].base_url + path)


@bp.get("/admin/mail")
@access(site_admin)
def house_mail() -> Any:
    """Mails of no edition, so that codes and links can be handed over while no mail server is configured."""
    page = queries.page_number(request.args.get("page"))
    mails, pages = queries.house_mail(page)
    settings = current_app.config["SETTINGS"]
    return render_template(
        "accounts/house_mail.html",
        mails=mails,
        page=page,
        pages=pages,
        configured=bool(settings.SMTP_HOST),
        form=Form(),
    )
