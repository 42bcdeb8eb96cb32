"""What a judge says for herself in an edition, beside her marks: pledge, wishes, conflicts of interest."""

from __future__ import annotations

import secrets
from typing import cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from competition.models import Entry
from core.access import access, local_path
from core.db import db
from core.errors import BadInput, Problem
from core.form_pages import form_page
from core.languages import current_language
from judging.forms.judge import RecuseForm
from judging.forms.terms import PledgeForm
from judging.models import Inclination, Judge
from judging.operations import terms as operations
from judging.operations.recusals import declare_conflict
from judging.operations.wishes import save_wishes
from judging.pledges import sha256_of
from judging.policy import own_judge as is_own_judge
from judging.queries import wishes as queries
from judging.queries.conflicts import OWN_CONFLICTS
from judging.queries.pledges import has_pledged, standing_pledge, terms_of
from judging.views.shared import me

bp = Blueprint("judge_own", __name__, url_prefix="/<lang:lang>/j/<own_judge>/my")


@bp.route("/pledge", methods=["GET", "POST"])
@access(is_own_judge, hidden=True, once=True)
def pledge(own_judge: Judge) -> Response:
    """What every judge of the edition promises, to be read in one's language and signed by name."""
    terms = terms_of(own_judge.edition)
    text = getattr(terms.text, current_language()) if terms else ""
    wanted = local_path(request.values.get("next"))
    onward = wanted if wanted and wanted.startswith(f"/{current_language()}/j/") else url_for("judge.rounds")
    form = PledgeForm(formdata=request.form if request.method == "POST" else None)
    shown_sha256 = form.sha256.data or ""
    form.sha256.data, form.next.data = sha256_of(text), onward

    def act() -> Response:
        operations.sign_pledge(
            judge=own_judge,
            language=current_language(),
            text_sha256=shown_sha256,
            signed_as=form.signed_as.data or "",
            agreed=bool(form.agreed.data),
            who=me(),
        )
        flash(_("Thank you. Your pledge is recorded with the words you signed."), "good")
        return cast("Response", redirect(onward, 303))

    return form_page(
        form,
        act,
        "judge/pledge.html",
        judge=own_judge,
        edition=own_judge.edition,
        terms=terms,
        text=text,
        signed=standing_pledge(own_judge, terms) if terms else None,
        onward=onward,
    )


@bp.route("/wishes", methods=["GET", "POST"])
@access(is_own_judge, hidden=True, once=True)
def wishes(own_judge: Judge) -> Response:
    """What the judge would like to judge, or rather not; and what is recorded between her and teams."""
    if not has_pledged(own_judge):
        return _to_pledge(own_judge)
    rows = queries.wish_rows(own_judge)
    problem: Problem | None = None
    if request.method == "POST":
        try:
            wished = {row.id: _wish(row.key) for row in rows if not row.conflict}
            save_wishes(judge=own_judge, wishes=wished, who=me())
        except BadInput as error:
            db.session.rollback()
            problem = error
        else:
            flash(_("Your wishes are kept. The assignment weighs them, as far as its rules allow."), "good")
            return cast("Response", redirect(url_for(".wishes", own_judge=own_judge.edition.slug), 303))
    page = render_template(
        "judge/wishes.html",
        judge=own_judge,
        edition=own_judge.edition,
        rows=rows,
        open_rows=[row for row in rows if not row.conflict],
        reasons=OWN_CONFLICTS,
        conflicts=queries.conflicts_of_judge(own_judge),
        problem=problem,
        once_key=secrets.token_urlsafe(24),
    )
    return make_response(page, problem.status if problem else 200)


def _wish(entry_key: str) -> Inclination | None:
    sent = request.form.get(f"wish:{entry_key}", "")
    if sent not in ("", *Inclination):
        raise BadInput(_l("Please choose from the list only."))
    return Inclination(sent) if sent else None


@bp.route("/conflict/<wished_entry>", methods=["GET", "POST"])
@access(is_own_judge, hidden=True, once=True)
def conflict(own_judge: Judge, wished_entry: Entry) -> Response:
    """Declare that one must not judge a team, with the reason."""
    if not has_pledged(own_judge):
        return _to_pledge(own_judge)
    form = RecuseForm()

    def act() -> Response:
        declare_conflict(judge=own_judge, team=wished_entry.team, reason=form.reason.data or "", who=me())
        flash(_("The conflict of interest is recorded, and the organizers are told."), "good")
        return cast("Response", redirect(url_for(".wishes", own_judge=own_judge.edition.slug), 303))

    return form_page(form, act, "judge/conflict.html", edition=own_judge.edition, entry=wished_entry)


def _to_pledge(judge: Judge) -> Response:
    target = url_for(".pledge", own_judge=judge.edition.slug, next=request.path)
    return cast("Response", redirect(target, 303))
