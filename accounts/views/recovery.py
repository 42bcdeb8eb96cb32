"""Getting back in: a mailed link to choose a new password, and the link that confirms a new e-mail.

A followed link first moves its token into the session and goes on at an address without it, so that the
token stands in no history, no Referer and no log of the pages that follow; only a POST uses it up.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, session, url_for
from flask_babel import gettext as _

from accounts import operations, passwords
from accounts.forms import ForgotForm, NewPasswordForm
from accounts.models import TokenPurpose
from accounts.sessions import open_sign_in
from accounts.tokens import find_token
from accounts.views import bp
from core import limits
from core.access import ANYONE, access, person
from core.db import release
from core.errors import Conflict
from core.forms import Form
from core.limits import limiter


@bp.route("/forgot", methods=["GET", "POST"])
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@access(ANYONE)
def forgot() -> Any:
    form = ForgotForm()
    if not form.validate_on_submit():
        return render_template("accounts/forgot.html", form=form), 422 if form.is_submitted() else 200
    found = operations.person_by_email(form.email.address)
    if found is not None:
        operations.send_reset(found)
    return redirect(url_for("accounts.forgot_sent"), 303)


@bp.get("/forgot/sent")
@access(ANYONE)
def forgot_sent() -> Any:
    return render_template("accounts/forgot_sent.html")


@bp.get("/reset/<token>")
@access(ANYONE)
def reset_link(token: str) -> Any:
    session["reset_token"] = token
    response = redirect(url_for("accounts.reset"))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.route("/reset", methods=["GET", "POST"])
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@access(ANYONE)
def reset() -> Any:
    token = session.get("reset_token", "")
    row = find_token(token, TokenPurpose.RESET_PASSWORD)
    if row is None:
        return _gone()
    form = NewPasswordForm()
    form.owner = row.person
    if not form.validate_on_submit():
        page = render_template("accounts/reset.html", form=form, address=row.person.email)
        return page, 422 if form.is_submitted() else 200
    release()
    password_hash = passwords.hash_password(form.password.data)
    row = find_token(token, TokenPurpose.RESET_PASSWORD)
    if row is None:
        return _gone()
    owner = operations.reset_password(row, password_hash)
    open_sign_in(owner)
    flash(_("The new password is set. All other devices were signed out."), "good")
    return redirect(url_for("accounts.home"), 303)


def _gone() -> Any:
    return render_template("accounts/link_gone.html", again=url_for("accounts.forgot")), 410


@bp.get("/new-email/<token>")
@access(ANYONE)
def new_email_link(token: str) -> Any:
    session["new_email_token"] = token
    response = redirect(url_for("accounts.new_email"))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.route("/new-email", methods=["GET", "POST"])
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@access(ANYONE)
def new_email() -> Any:
    row = find_token(session.get("new_email_token", ""), TokenPurpose.CHANGE_EMAIL)
    if row is None:
        return render_template("accounts/link_gone.html", again=url_for("accounts.security")), 410
    form = Form()
    if form.validate_on_submit():
        try:
            operations.change_email(row)
        except Conflict as problem:
            return render_template("accounts/new_email.html", form=form, row=row, problem=problem), 409
        session.pop("new_email_token", None)
        flash(_("Your new e-mail is confirmed. Use it from now on to sign in."), "good")
        return redirect(url_for("accounts.security" if person() else "accounts.sign_in"), 303)
    return render_template("accounts/new_email.html", form=form, row=row, problem=None)
