"""Certificates as organizers see them, and the download for those they are for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from certificates import operations, policy, queries
from certificates.forms import IssueForm, RevokeForm
from certificates.models import Certificate, CertificateState
from competition.models import Edition, Team
from core import clock, errors, files
from core.access import access, person
from core.limits import COSTLY, limiter

bp = Blueprint("certificate_office", __name__, url_prefix="/<lang:lang>")


@bp.get("/o/<edition>/certificates")
@access(policy.organizer)
def overview(edition: Edition) -> Any:
    form = IssueForm(issued_on=clock.now().date())
    rows = queries.certificates_of(edition)
    return render_template(
        "certificates/office.html",
        edition=edition,
        rows=rows,
        waiting=sum(
            row.file_id is None and row.state is CertificateState.ISSUED and not operations.is_erased(row)
            for row in rows
        ),
        teams=len(queries.award_recipients(edition, per_member=False)),
        members=len(queries.award_recipients(edition, per_member=True)),
        form=form,
    )


@bp.post("/o/<edition>/certificates")
@access(policy.organizer, once=True)
def issue(edition: Edition) -> Any:
    form = IssueForm()
    form.check()
    fresh = operations.issue_awards(
        edition=edition,
        per_member=form.recipients.data == "member",
        issued_on=form.issued_on.data,
        who=person(),
    )
    if fresh:
        flash(
            ngettext(
                "%(num)d certificate was issued; its PDF is being made.",
                "%(num)d certificates were issued; their PDFs are being made.",
                len(fresh),
            ),
            "good",
        )
    else:
        flash(_("Everybody who is due a certificate has one."), "info")
    return redirect(url_for("certificate_office.overview", edition=edition.slug), 303)


@bp.route("/o/<edition>/certificates/<certificate>/revoke", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def revoke(edition: Edition, certificate: Certificate) -> Any:
    form = RevokeForm()
    if form.validate_on_submit():
        operations.revoke(certificate=certificate, reason=form.reason.data, who=person())
        flash(_("The certificate %(number)s was revoked.", number=certificate.number), "good")
        return redirect(url_for("certificate_office.overview", edition=edition.slug), 303)
    page = render_template("certificates/revoke.html", edition=edition, certificate=certificate, form=form)
    return page, 422 if form.errors else 200


@bp.post("/o/<edition>/certificates/<certificate>/reissue")
@access(policy.organizer, once=True)
def reissue(edition: Edition, certificate: Certificate) -> Any:
    fresh = operations.reissue(certificate=certificate, issued_on=clock.now().date(), who=person())
    flash(
        _("The certificate %(old)s was replaced by %(new)s.", old=certificate.number, new=fresh.number),
        "good",
    )
    return redirect(url_for("certificate_office.overview", edition=edition.slug), 303)


@bp.get("/o/<edition>/certificates/<certificate>.pdf")
@access(policy.organizer)
@limiter.limit(COSTLY)
def pdf(edition: Edition, certificate: Certificate) -> Any:
    return _respond(certificate)


@bp.get("/e/<edition>/team/<team>/certificates/<certificate>.pdf")
@access(policy.team_member, hidden=True)
@limiter.limit(COSTLY)
def team_pdf(edition: Edition, team: Team, certificate: Certificate) -> Any:
    if certificate.team_id != team.id or certificate.state is not CertificateState.ISSUED:
        raise errors.NotFound
    return _respond(certificate)


def _respond(certificate: Certificate) -> Any:
    if operations.is_erased(certificate):
        raise errors.NotFound
    if certificate.file is None:
        raise errors.MissingPart(
            _l("The PDF is being made. Please try again in a minute."), headers={"Retry-After": "10"}
        )
    return files.respond(certificate.file)
