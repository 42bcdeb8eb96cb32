"""One's own pages: what waits, inbox, profile, security, consents, data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from accounts import attempts, operations, passwords, queries
from accounts.addresses import shown_phone
from accounts.consent_texts import consent_text
from accounts.consents import OPTIONAL, REQUIRED, all_consents, give_consent, withdraw_consent
from accounts.devices import device_name
from accounts.export import archive
from accounts.forms import ChangeEmailForm, ChangePasswordForm, EraseForm, NewPasswordForm, ProfileForm
from accounts.models import ConsentPurpose, Person
from accounts.sessions import close_sign_in, open_sign_in, revoke_all, sha256, signed_in
from accounts.views import bp
from core import limits, registries
from core.access import ANYONE, SIGNED_IN, access, local_path
from core.db import db, release
from core.errors import BadInput, Conflict, NotFound
from core.forms import Form, seen_version
from core.languages import current_language
from core.limits import limiter

_LATEST = datetime.max.replace(tzinfo=UTC)


@bp.get("/me")
@access(SIGNED_IN)
def home() -> Any:
    who = signed_in()
    cards = [card for source in registries.home_cards for card in source(who)]
    cards.sort(key=lambda card: card.due or _LATEST)
    return render_template("accounts/home.html", who=who, cards=cards)


@bp.get("/me/inbox")
@access(SIGNED_IN)
def inbox() -> Any:
    who = signed_in()
    page = queries.page_number(request.args.get("page"))
    notices, pages = queries.notices(who.id, page)
    return render_template(
        "accounts/inbox.html", notices=notices, page=page, pages=pages, zone=ZoneInfo(who.time_zone)
    )


@bp.post("/me/inbox/<int(max=2147483647):number>")
@access(SIGNED_IN)
def open_notice(number: int) -> Any:
    """Mark one message as read and go to the page it is about."""
    notice = operations.read_notice(signed_in(), number)
    if notice is None:
        raise NotFound
    return redirect(local_path(notice.path) or url_for("accounts.inbox"), 303)


@bp.post("/me/inbox")
@access(SIGNED_IN)
def read_inbox() -> Any:
    operations.read_all_notices(signed_in())
    return redirect(url_for("accounts.inbox"), 303)


@bp.route("/me/profile", methods=["GET", "POST"])
@access(SIGNED_IN)
def profile() -> Any:
    who = signed_in()
    form = ProfileForm(obj=who)
    status = 200
    if request.method != "POST":
        form.phone.data = shown_phone(who.phone, who.country)
        form.version.data = who.version
    elif form.validate():
        try:
            operations.change_profile(
                who,
                seen=seen_version(form),
                name=form.name.data,
                name_latin=form.name_latin.data or "",
                language=form.language.data,
                time_zone=form.time_zone.data,
                country=form.country.data or "",
                phone=form.phone.number,
                birth_year=form.birth_year.data,
            )
        except (BadInput, Conflict) as problem:
            form.add_problem(problem)
            status = problem.status
        else:
            flash(_("Your profile is saved."), "good")
            return redirect(url_for("accounts.profile"), 303)
    else:
        status = 422
    return render_template("accounts/profile.html", form=form), status


@bp.get("/me/security")
@access(SIGNED_IN)
def security() -> Any:
    return _security()


def _security(*, password: Any = None, email: Any = None, status: int = 200) -> Any:
    who = signed_in()
    return (
        render_template(
            "accounts/security.html",
            who=who,
            password=password or ChangePasswordForm(formdata=None, prefix="password"),
            email=email or ChangeEmailForm(formdata=None, prefix="email"),
            sign_ins=queries.open_sign_ins(who.id),
            this_one=sha256(who.sign_in_token),
            zone=ZoneInfo(who.time_zone),
            device_name=device_name,
        ),
        status,
    )


def _is_own_password(who: Person, field: Any) -> bool:
    """Check the password that a sensitive act asks for; wrong ones count like those at the entrance.

    Ends the transaction twice: nothing may be written before.
    """
    stored, key, given = who.password_hash, who.email_key or f"person {who.id}", field.data or ""
    number = attempts.begin_try(key)
    if number is None:
        field.errors = [_("Too many wrong passwords. Please wait 15 minutes.")]
        return False
    release()
    right = passwords.verify(stored, given)
    if right:
        attempts.was_right(number)
        db.session.commit()
    else:
        field.errors = [_("This is not your current password.")]
    return right


@bp.post("/me/security/password")
@limiter.limit(limits.SIGN_IN)
@access(SIGNED_IN)
def change_password() -> Any:
    """Change the password, or set the first one of an account that came by an invitation."""
    who = signed_in()
    has_one = bool(who.password_hash)
    form = ChangePasswordForm(prefix="password") if has_one else NewPasswordForm(prefix="password")
    form.owner = who
    if not form.validate():
        return _security(password=form, status=422)
    if has_one and not _is_own_password(who, form.current):
        return _security(password=form, status=422)
    release()
    password_hash = passwords.hash_password(form.password.data)
    operations.change_password(signed_in(), password_hash)
    open_sign_in(signed_in())  # also here: a copy of the old cookie is worth nothing
    flash(_("The new password is set. All other devices were signed out."), "good")
    return redirect(url_for("accounts.security"), 303)


@bp.post("/me/security/email")
@limiter.limit(limits.SIGN_IN)
@access(SIGNED_IN)
def change_email() -> Any:
    who = signed_in()
    form = ChangeEmailForm(prefix="email")
    if not form.validate() or not _is_own_password(who, form.current):
        return _security(email=form, status=422)
    try:
        operations.ask_new_email(who, form.email.address)
    except (BadInput, Conflict) as problem:
        db.session.rollback()
        form.add_problem(problem)
        return _security(email=form, status=problem.status)
    flash(_("A link went to the new address. It counts as soon as you follow it, within 30 minutes."), "info")
    return redirect(url_for("accounts.security"), 303)


@bp.post("/me/security/sign-ins/<int(max=2147483647):number>/end")
@access(SIGNED_IN)
def end_sign_in(number: int) -> Any:
    if not operations.end_sign_in(signed_in(), number):
        raise NotFound
    flash(_("That device is signed out."), "good")
    return redirect(url_for("accounts.security"), 303)


@bp.post("/me/security/everywhere")
@access(SIGNED_IN)
def sign_out_everywhere() -> Any:
    revoke_all(signed_in())
    close_sign_in()
    flash(_("You are signed out on all devices."), "good")
    return redirect(url_for("accounts.sign_in"), 303)


@bp.get("/me/consents")
@access(SIGNED_IN)
def consents() -> Any:
    who = signed_in()
    rows = all_consents(who.id)
    lang = current_language()
    return render_template(
        "accounts/consents.html",
        standing={row.purpose: row for row in rows if row.withdrawn_at is None},
        history=rows,
        texts={purpose: consent_text(purpose, lang) for purpose in ConsentPurpose},
        required=REQUIRED,
        optional=OPTIONAL,
        zone=ZoneInfo(who.time_zone),
        form=Form(),
    )


@bp.post("/me/consents/<any(processing, publication, transfer_abroad, news):purpose>")
@access(SIGNED_IN, once=True)
def give_one_consent(purpose: str) -> Any:
    give_consent(person=signed_in(), purposes=[ConsentPurpose(purpose)], language=current_language())
    flash(_("Your agreement is recorded."), "good")
    return redirect(url_for("accounts.consents"), 303)


@bp.route(
    "/me/consents/<any(processing, publication, transfer_abroad, news):purpose>/withdraw",
    methods=["GET", "POST"],
)
@access(SIGNED_IN)
def withdraw_one_consent(purpose: str) -> Any:
    kind = ConsentPurpose(purpose)
    if request.method != "POST":
        return render_template(
            "accounts/consent_withdraw.html",
            purpose=kind,
            text=consent_text(kind, current_language()),
            needed=kind in REQUIRED,
        )
    withdraw_consent(person=signed_in(), purpose=kind)
    flash(_("Your agreement is taken back."), "good")
    return redirect(url_for("accounts.consents"), 303)


@bp.get("/me/data")
@access(SIGNED_IN)
def data() -> Any:
    return render_template("accounts/data.html", who=signed_in())


@bp.get("/me/data/export")
@limiter.limit(limits.COSTLY)
@access(SIGNED_IN)
def export() -> Any:
    """Everything the platform keeps about the signed-in person, as a ZIP, sent while it is made."""
    response = Response(archive(signed_in().id), content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="jiachi-my-data.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("/me/data/erase", methods=["GET", "POST"])
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@access(SIGNED_IN)
def erase() -> Any:
    who = signed_in()
    blockers = operations.erasure_blockers(who)
    form = EraseForm()
    if blockers:
        return render_template("accounts/erase.html", form=form, who=who, blockers=blockers), (
            409 if form.is_submitted() else 200
        )
    if not form.validate_on_submit() or not _is_own_password(who, form.current):
        page = render_template("accounts/erase.html", form=form, who=who, blockers=[])
        return page, 422 if form.is_submitted() else 200
    try:
        operations.erase(who)
    except Conflict as problem:  # something happened while the password was checked
        db.session.rollback()
        return render_template("accounts/erase.html", form=form, who=who, blockers=[problem.detail]), 409
    session.clear()
    return redirect(url_for("accounts.erased"), 303)


@bp.get("/erased")
@access(ANYONE)
def erased() -> Any:
    return render_template("accounts/erased.html")
