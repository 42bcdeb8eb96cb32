"""The entrance: sign-up, confirmation of the e-mail, sign-in and sign-out, and the menu of cached public
pages.

Whether an address has an account is told to nobody but its owner: sign-up, sign-in and "forgot" answer
alike, in words, status, cookies and time, for known and unknown addresses.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from accounts import attempts, operations, passwords
from accounts.addresses import email_key
from accounts.consent_texts import consent_text
from accounts.consents import OPTIONAL, REQUIRED
from accounts.forms import CodeForm, SignInForm, SignUpForm
from accounts.models import ConsentPurpose, Person, TokenPurpose
from accounts.queries import unread_count
from accounts.sessions import close_sign_in, open_sign_in, pretend_sign_in, signed_in
from accounts.tokens import find_token
from accounts.views import bp
from core import limits
from core.access import ANYONE, access, local_path, person
from core.db import db, release
from core.languages import current_language
from core.limits import limiter

_ZONES = {"zh": "Asia/Shanghai", "ko": "Asia/Seoul", "en": "Asia/Shanghai"}


@bp.route("/sign-up", methods=["GET", "POST"])
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@access(ANYONE)
def sign_up() -> Any:
    lang = current_language()
    form = SignUpForm(language=lang, time_zone=_ZONES[lang])
    if not form.validate_on_submit():
        texts = {purpose: consent_text(purpose, lang) for purpose in ConsentPurpose}
        page = render_template(
            "accounts/sign_up.html",
            form=form,
            texts=texts,
            required=REQUIRED,
            optional=OPTIONAL,
            next=local_path(request.args.get("next")) or "",
        )
        return page, 422 if form.is_submitted() else 200
    target = local_path(request.args.get("next")) or ""
    release()
    password_hash = passwords.hash_password(form.password.data)
    newcomer = _register(form, password_hash)
    if newcomer is None:
        _warn_owner(form.email.address)
        pretend_sign_in()
    else:
        open_sign_in(newcomer)
    session["signing_up"] = form.email.address
    return redirect(url_for("accounts.confirm", next=target or None), 303)


def _register(form: SignUpForm, password_hash: str) -> Person | None:
    """The new account, or None when the address has one."""
    agreed = {purpose for purpose in ConsentPurpose if form[str(purpose)].data}
    try:
        if operations.person_by_email(form.email.address) is not None:
            return None
        return operations.sign_up(
            email=form.email.address,
            password_hash=password_hash,
            name=form.name.data or "",
            name_latin=form.name_latin.data or "",
            birth_year=form.birth_year.data,
            country=form.country.data,
            language=form.language.data,
            time_zone=form.time_zone.data,
            consents=agreed,
            guardian=form.guardian.data or "",
        )
    except IntegrityError:  # a twin of this request was faster
        db.session.rollback()
        return None


def _warn_owner(address: str) -> None:
    owner = operations.person_by_email(address)
    if owner is not None:
        operations.send_already_registered(owner)


@bp.route("/confirm", methods=["GET", "POST"])
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@access(ANYONE)
def confirm() -> Any:
    """Type the code. Also shown, and never right, after signing up with an address that has an account."""
    target = local_path(request.args.get("next")) or url_for("accounts.home")
    who = signed_in() if person() else None
    address = (who.email if who else None) or session.get("signing_up", "")
    if not address:
        return redirect(url_for("accounts.sign_in"), 303)
    if who is not None and who.email_confirmed_at:
        return redirect(target, 303)
    form = CodeForm()
    if form.validate_on_submit():
        right = who is not None and operations.confirm_by_code(who, form.digits())
        db.session.commit()  # wrong tries count too
        if right:
            session.pop("signing_up", None)
            flash(_("Your e-mail is confirmed."), "good")
            return redirect(target, 303)
        form.code.errors = [
            _("This code isn't right or no longer good: each can be tried five times within 30 minutes.")
        ]
    page = render_template("accounts/confirm.html", form=form, address=address, target=target)
    return page, 422 if form.is_submitted() else 200


@bp.post("/confirm/again")
@limiter.limit(limits.SIGN_IN)
@access(ANYONE)
def confirm_again() -> Any:
    if person():
        operations.send_confirmation(signed_in())
    flash(_("A new mail is on its way; only its code counts. At most five are sent within an hour."), "info")
    return redirect(url_for("accounts.confirm", next=local_path(request.args.get("next")) or None), 303)


@bp.get("/confirm/<token>")
@access(ANYONE)
def confirm_link(token: str) -> Any:
    """Keep the token in the session and go on without it in the address: mail scanners only get this far."""
    session["confirm_token"] = token
    return redirect(url_for("accounts.confirm_by_link"))


@bp.route("/confirm/link", methods=["GET", "POST"])
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@access(ANYONE)
def confirm_by_link() -> Any:
    row = find_token(session.get("confirm_token", ""), TokenPurpose.CONFIRM_EMAIL)
    if row is None or (request.method == "POST" and not operations.confirm_by_token(row)):
        return render_template("accounts/link_gone.html", again=url_for("accounts.confirm")), 410
    if request.method != "POST":
        return render_template("accounts/confirm_link.html", address=row.person.email)
    session.pop("confirm_token", None)
    session.pop("signing_up", None)
    flash(_("Your e-mail is confirmed."), "good")
    return redirect(url_for("accounts.home" if person() else "accounts.sign_in"), 303)


@bp.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@access(ANYONE)
def sign_in() -> Any:
    target = local_path(request.args.get("next"))
    if request.method != "POST" and person():
        return redirect(target or url_for("accounts.home"), 303)
    form = SignInForm()
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        found, status = _recognize(form)
        if found is not None:
            open_sign_in(found)
            return redirect(target or url_for("accounts.home"), 303)
    page = render_template("accounts/sign_in.html", form=form, next=target or "")
    return page, status, {"Retry-After": "900"} if status == 429 else {}


def _recognize(form: SignInForm) -> tuple[Person | None, int]:
    """The account that e-mail and password open, or None, what to say in the form, and its status.

    In three transactions, so that no lock is held while the password is hashed.
    """
    key = email_key(form.email.data or "")
    attempt = attempts.begin_try(key)
    if attempt is None:
        form.form_errors.append(
            _("Too many wrong passwords for this address. Please wait 15 minutes, or choose a new password.")
        )
        return None, 429
    found = operations.person_by_email(key)
    person_id, stored = (found.id, found.password_hash) if found else (0, "")
    release()
    right = passwords.verify(stored, form.password.data or "")
    fresh = passwords.hash_password(form.password.data) if right and passwords.is_outdated(stored) else ""
    found = db.session.get(Person, person_id) if right else None
    if found is None or found.password_hash != stored:
        form.form_errors.append(_("This e-mail and password don't belong together. Please check both."))
        return None, 422
    attempts.was_right(attempt)
    if not found.is_active:
        db.session.commit()
        form.form_errors.append(_("This account is locked. Please ask the organizers."))
        return None, 422
    if fresh:
        operations.refresh_password_hash(found, fresh)
    return found, 303


@bp.post("/sign-out")
@access(ANYONE)
def sign_out() -> Any:
    close_sign_in()
    response = redirect(f"/{current_language()}/", 303)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@bp.get("/menu")
@access(ANYONE)
def menu() -> Any:
    """The part of public pages that depends on who looks."""
    who = person()
    return render_template("accounts/menu.html", unread=unread_count(who.id) if who else 0)
