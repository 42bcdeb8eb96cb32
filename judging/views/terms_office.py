"""The organizers' side of the judges' pledge: its wording, and who signed it when."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, flash, redirect, url_for
from flask_babel import gettext as _

from competition.models import Edition
from competition.policy import organizer, organizer_or_auditor
from core.access import access
from core.errors import NotFound
from core.form_pages import form_page
from core.forms import seen_version
from judging.forms.panel import ActForm
from judging.forms.terms import TermsForm
from judging.operations import terms as operations
from judging.pledges import DEFAULT
from judging.queries.pledges import signatures, terms_of
from judging.views.shared import me

bp = Blueprint("terms_office", __name__, url_prefix="/<lang:lang>/o/<edition>/judging/terms")


@bp.get("")
@access(organizer_or_auditor)
def overview(edition: Edition) -> Response:
    return _page(edition)


@bp.post("")
@access(organizer, once=True)
def change(edition: Edition) -> Response:
    """Ask judges to sign this wording before their first sheet."""
    return _page(edition)


def _page(edition: Edition) -> Response:
    terms = terms_of(edition)
    form = TermsForm(text=terms.text if terms else DEFAULT, version=terms.version if terms else None)

    def act() -> Response:
        seen = seen_version(form) if form.version.data is not None else None
        operations.set_terms(edition=edition, text=form.text.value, seen=seen, who=me())
        flash(_("Saved. Judges sign this wording before further sheets."), "good")
        return cast("Response", redirect(url_for(".overview", edition=edition.slug), 303))

    found = signatures(edition, terms)
    return form_page(
        form,
        act,
        "judging_office/terms.html",
        edition=edition,
        terms=terms,
        signatures=found,
        signed=sum(one.pledge is not None for one in found),
        ever_signed=any(one.pledge or one.earlier for one in found),
        act_form=ActForm(version=terms.version if terms else None),
        writable=organizer(me(), edition=edition),
    )


@bp.post("/drop")
@access(organizer, once=True)
def drop(edition: Edition) -> Response:
    form = ActForm()
    form.check()
    terms = terms_of(edition)
    if terms is None:
        raise NotFound
    operations.drop_terms(terms=terms, seen=seen_version(form), who=me())
    flash(_("Judges need not sign anything any more."), "good")
    return cast("Response", redirect(url_for(".overview", edition=edition.slug), 303))
