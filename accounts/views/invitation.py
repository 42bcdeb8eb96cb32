"""What an invitation's link leads to: what one is invited to, and a button that accepts."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts import invitations, operations
from accounts.consent_texts import consent_text
from accounts.consents import REQUIRED
from accounts.forms import AcceptForm
from accounts.models import Invitation, Person
from accounts.sessions import open_sign_in, signed_in
from accounts.views import bp
from core import limits
from core.access import ANYONE, access, person
from core.db import db
from core.errors import Conflict, Problem, Refused
from core.forms import Form
from core.languages import current_language
from core.limits import limiter


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@access(ANYONE)
def invitation(token: str) -> Any:
    found = invitations.find_invitation(token)
    who = signed_in() if person() else None
    if found is None:
        return _page("unknown", 404)
    if who is not None and found.accepted_by == who.id:
        return redirect(_landing(found), 303)
    try:
        invitations.require_open(found)
    except invitations.Gone as problem:
        return _page(problem.code, 410, found, problem)
    return _offer(token, found, who)


def _offer(token: str, found: Invitation, who: Person | None) -> Any:
    """An open invitation: who may accept it here and now, and how."""
    if who is not None:
        if not invitations.is_addressed_to(found, who):
            return _page("wrong_person", 403, found)
        return (
            _accept(token, found, who)
            if request.method == "POST"
            else _page("accept", 200, found, form=Form())
        )
    owner = operations.person_by_email(found.email) if found.email else None
    if owner is None:
        return _newcomer(token, found)
    if not invitations.opens_session_of(found, owner):
        return _page("sign_in", 200, found)
    return (
        _accept(token, found, owner, by_link=True)
        if request.method == "POST"
        else _page("by_link", 200, found, form=Form())
    )


def _newcomer(token: str, found: Invitation) -> Any:
    """Nobody is signed in and the address has no account: accepting makes one, without a password."""
    form = AcceptForm(name=found.name, email=found.email)
    if not form.validate_on_submit():
        return _page("newcomer", 422 if form.is_submitted() else 200, found, form=form)
    address = found.email or form.email.address
    try:
        who = operations.create_invited(
            email=address,
            name=form.name.data or "",
            language=current_language(),
            consents=set(REQUIRED),
        )
    except Conflict:
        return _page("sign_in", 409, found)
    operations.send_confirmation(who)
    return _accept(token, found, who, by_link=True)


def _accept(token: str, found: Invitation, who: Person, *, by_link: bool = False) -> Any:
    what = invitations.description(found, current_language()).text
    try:
        invitations.accept_invitation(token=token, person=who, by_link=by_link)
    except (invitations.Gone, Conflict, Refused) as problem:
        db.session.rollback()
        again = invitations.find_invitation(token)
        return _page("gone", problem.status, again, problem)
    landing = _landing(found)
    open_sign_in(who)  # a new role means a new cookie value
    flash(_("Welcome: %(what)s.", what=what), "good")
    return redirect(landing, 303)


def _landing(found: Invitation) -> str:
    return invitations.landing_path(found) or url_for("accounts.home")


def _page(
    state: str,
    status: int,
    found: Invitation | None = None,
    problem: Problem | None = None,
    form: Form | None = None,
) -> Any:
    lang = current_language()
    page = render_template(
        "accounts/invitation.html",
        how=state,
        invitation=found,
        what=invitations.description(found, lang) if found else None,
        problem=problem,
        form=form,
        texts=[(purpose, consent_text(purpose, lang)) for purpose in REQUIRED],
        here=request.path,
    )
    return page, status
