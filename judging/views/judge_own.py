"""What a judge says for herself in an edition, beside her marks: the pledge before the first sheet."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _

from core.access import access, local_path
from core.languages import current_language
from judging.forms.terms import PledgeForm
from judging.models import Judge
from judging.operations import terms as operations
from judging.pledges import sha256_of
from judging.policy import own_judge as is_own_judge
from judging.queries.pledges import standing_pledge, terms_of
from judging.views.shared import form_page, me

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
