"""Messages as organizers see them: what was told to whom, what goes out next, a letter to a group."""

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
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext

from config import Settings
from core.access import access, person
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import LANGUAGES
from core.limits import COSTLY, limiter
from core.mail import OWN_REASONS
from roadshows import policy
from roadshows.forms.messages import GROUP_WORDS, LetterForm
from roadshows.models import Roadshow
from roadshows.operations import letters
from roadshows.queries import messages as queries

bp = Blueprint("message_office", __name__, url_prefix="/<lang:lang>/o/roadshows/<roadshow>/messages")


@bp.get("")
@access(policy.organizer_or_auditor)
def messages(roadshow: Roadshow) -> str:
    """What goes out next, and what was told, page by page."""
    settings: Settings = current_app.config["SETTINGS"]
    who = person()
    assert who is not None
    asked = request.args.get("page", "1")
    page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    rows, count = queries.told(roadshow, max(page, 1))
    coming, reminders = queries.coming(roadshow)
    here = url_for("message_office.messages", roadshow=roadshow.slug)
    return render_template(
        "message_office/messages.html",
        roadshow=roadshow,
        coming=coming,
        reminders=reminders,
        rows=rows,
        count=count,
        failed=queries.failed(roadshow),
        page=max(page, 1),
        pages=-(-count // queries.EACH),
        page_url=lambda number: f"{here}?page={number}",
        has_server=bool(settings.SMTP_HOST),
        own_reasons=OWN_REASONS,
        may_write=policy.organizer(who, roadshow=roadshow),
    )


@bp.route("/write", methods=["GET", "POST"])
@access(policy.organizer)
def write(roadshow: Roadshow) -> Response:
    """A letter: written, then looked at in all its languages, with the number of people."""
    form = LetterForm()
    if request.method == "GET" or request.form.get("do") == "change":
        return _form(roadshow, form)
    return _preview(roadshow, form) if form.validate() else _form(roadshow, form, 422)


@bp.post("/send")
@limiter.limit(COSTLY)
@access(policy.organizer, once=True)
def send(roadshow: Roadshow) -> Any:
    """The letter as the preview showed it, once."""
    form = LetterForm()
    if not form.validate():
        return _form(roadshow, form, 422)
    try:
        count = letters.send_letter(
            roadshow=roadshow,
            groups=form.groups.data or (),
            kinds=form.guest_kinds(),
            subject=form.subject.value,
            body=form.body.value,
            expected=form.expected.data or 0,
        )
    except (BadInput, Conflict) as problem:
        db.session.rollback()
        form.add_problem(problem)
        if problem.code == "group_changed":
            return _preview(roadshow, form, problem.status)
        return _form(roadshow, form, problem.status)
    flash(ngettext("Written to one person.", "Written to %(num)d people.", count), "good")
    return redirect(url_for("message_office.messages", roadshow=roadshow.slug), 303)


def _form(roadshow: Roadshow, form: LetterForm, status: int = 200) -> Response:
    page = render_template("message_office/write.html", roadshow=roadshow, form=form)
    return make_response(page, status)


def _preview(roadshow: Roadshow, form: LetterForm, status: int = 200) -> Response:
    found = letters.addressees(roadshow, form.groups.data or (), form.guest_kinds())
    if not found.people:
        form.add_problem(BadInput(fields={"groups": _("Nobody in this group has an address.")}))
        return _form(roadshow, form, 422)
    languages = found.by_language()
    page = render_template(
        "message_office/preview.html",
        roadshow=roadshow,
        form=form,
        found=found,
        counts=languages,
        groups=[GROUP_WORDS[name] for name in form.groups.data or ()],
        shown=[
            (LANGUAGES[lang][2], form.subject.value.pick(lang), form.body.value.pick(lang), count)
            for lang, count in languages.items()
        ],
    )
    return make_response(page, status)
