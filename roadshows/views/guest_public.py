"""Registration of guests: open to everybody, without an account."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from core import limits
from core.access import ANYONE, access, person
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import current_language
from core.limits import limiter
from core.text import fold
from roadshows.forms.guests import RegisterForm
from roadshows.guest_consent_texts import OPTIONAL, REQUIRED, guest_consent_text
from roadshows.models import GuestConsentPurpose, Roadshow
from roadshows.operations import guests

bp = Blueprint("guest_public", __name__, url_prefix="/<lang:lang>/roadshows/<roadshow>/register")


@bp.route("", methods=["GET", "POST"])
@limiter.limit(limits.SIGN_IN, methods=["POST"])
@access(ANYONE)
def register(roadshow: Roadshow) -> Response:
    lang = current_language()
    form = RegisterForm(language=lang)
    status = 200
    if request.method == "POST":
        if form.website.data:  # a program: it gets the answer that everybody gets
            return _sent(roadshow)
        try:
            if form.validate():
                _register(roadshow, form)
                return _sent(roadshow)
            status = 422
        except (BadInput, Conflict) as problem:
            db.session.rollback()
            form.add_problem(problem)
            status = problem.status
    page = render_template(
        "roadshows/register.html",
        roadshow=roadshow,
        form=form,
        phase=guests.registration_phase(roadshow),
        is_full=not guests.has_place(roadshow),
        texts={purpose: guest_consent_text(purpose, lang) for purpose in GuestConsentPurpose},
        required=REQUIRED,
        optional=OPTIONAL,
    )
    return make_response(page, status)


def _register(roadshow: Roadshow, form: RegisterForm) -> None:
    who = person()
    own = getattr(who, "email", "") or ""
    guests.register(
        roadshow=roadshow,
        email=form.email.address,
        values=form.values(),
        consents=form.agreed(),
        language=current_language(),
        person_id=who.id if who and own and fold(own) == fold(form.email.address) else None,
    )


def _sent(roadshow: Roadshow) -> Response:
    return make_response(redirect(url_for("guest_public.sent", roadshow=roadshow.slug), 303))


@bp.get("/sent")
@access(ANYONE)
def sent(roadshow: Roadshow) -> str:
    """The same for a new address and for one that is on the list already."""
    return render_template("roadshows/registered.html", roadshow=roadshow)


@bp.get("/erased")
@access(ANYONE)
def erased(roadshow: Roadshow) -> str:
    return render_template("roadshows/erased.html", roadshow=roadshow)
