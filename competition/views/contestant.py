"""The contestants' side: register a team, bring it together, write the entry, submit it, keep the receipt."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from competition import labels, policy, receipts, registration
from competition.forms.contestant import (
    EntryForm,
    GuardianForm,
    InviteForm,
    PlainForm,
    SubmitForm,
    TeamForm,
    WithdrawForm,
)
from competition.models import DocumentKind, Edition, EntryState, Member, MemberRole, Team
from competition.operations import entries, teams
from competition.queries import contestant as queries
from competition.views.contestant_pages import (
    dates,
    differing,
    documents_page,
    doubt_company_number,
    invitation_of,
    keep_link,
    me,
    members_page,
    names_in,
    nested,
    page,
    receipt_values,
    refused,
    to_members,
    value_of,
    version_or_404,
)
from core import clock, files, pdf, registries, strict_json
from core.access import SIGNED_IN, access
from core.db import db, release
from core.errors import BadInput, Conflict, NotFound, Refused
from core.forms import seen_version
from core.languages import current_language
from core.limits import COSTLY, UPLOADS, by_person, limiter

bp = Blueprint("contestant", __name__, url_prefix="/<lang:lang>/e/<edition>")

UPLOAD_BODY = 52 * 1024 * 1024
"""A document of 50 MB and what a form puts around it."""
_DRAFT_BODY = 256 * 1024
KINDS = '<any("business_plan", "pitch_deck", "logo"):kind>'


# --- registering ---


@bp.route("/register", methods=["GET", "POST"])
@access(SIGNED_IN, once=True)
def register(edition: Edition) -> Any:
    """Create a team; while registration is closed, a page that says so."""
    who = me()
    phase = registration.phase(edition, clock.now())
    if phase is not registration.Phase.OPEN:
        status = 409 if request.method == "POST" else 200
        return render_template(
            "contestant/closed.html", edition=edition, phase=phase.value, **dates(edition)
        ), status
    form = TeamForm()
    status = 200
    if form.validate_on_submit():
        try:
            team = teams.create_team(edition=edition, captain=who, who=who, **form.values())
        except (BadInput, Conflict) as problem:
            status = refused(form, problem)
        else:
            flash(_("The team is registered. The entry is not submitted yet."), "success")
            doubt_company_number(team)
            return redirect(url_for(".hub", edition=edition.slug, team=team.key), 303)
    elif form.is_submitted():
        status = 422
    leads = queries.team_led_by(who.id, edition)
    return render_template(
        "contestant/register.html", edition=edition, form=form, leads=leads, **dates(edition)
    ), status


# --- the hub and the team itself ---


@bp.get("/team/<team>")
@access(policy.team_member)
def hub(edition: Edition, team: Team) -> Any:
    """Where the registration stands, what is missing and what to do next."""
    judged = team.entry.state in (EntryState.ACCEPTED, EntryState.DISQUALIFIED)
    panels = [panel for source in registries.team_panels for panel in source(team)] if judged else []
    return page("hub", team, panels=panels, remarks=queries.open_remarks(team.entry))


@bp.route("/team/<team>/profile", methods=["GET", "POST"])
@access(policy.team_member, once=True)
def profile(edition: Edition, team: Team) -> Any:
    """What the team says of itself."""
    form = TeamForm(obj=team)
    status = 422 if form.is_submitted() else 200
    if form.is_submitted() and not policy.team_writer(me(), team=team):
        raise Refused
    if form.validate_on_submit():
        try:
            teams.change_team(team=team, seen=seen_version(form), who=me(), **form.values())
        except (BadInput, Conflict) as problem:
            status = refused(form, problem)
        else:
            flash(_("Saved."), "success")
            doubt_company_number(team)
            return redirect(url_for(".hub", edition=edition.slug, team=team.key), 303)
    form.version.data = team.version
    return page("profile", team, form=form, remarks=queries.open_remarks(team.entry)), status


@bp.post("/team/<team>/shown")
@access(policy.captain, once=True)
def show(edition: Edition, team: Team) -> Any:
    """Agree that the team is shown publicly, or take that back; possible even when all else is closed."""
    teams.show_team(team=team, shown=request.form.get("shown") == "yes")
    flash(_("Saved."), "success")
    return redirect(url_for(".profile", edition=edition.slug, team=team.key), 303)


# --- members ---


@bp.get("/team/<team>/members")
@access(policy.team_member)
def members(edition: Edition, team: Team) -> Any:
    """Who is in, who is invited, and the form to invite."""
    return members_page(team, InviteForm(language=current_language()))


@bp.post("/team/<team>/members/invite")
@access(policy.captain, once=True)
def invite(edition: Edition, team: Team) -> Any:
    form = InviteForm()
    if not form.validate():
        return members_page(team, form), 422
    try:
        invitation, token = teams.invite_member(
            team=team,
            role=MemberRole(form.role.data),
            email=form.email.data or "",
            name=form.name.data or "",
            language=form.language.data,
            who=me(),
        )
    except (BadInput, Conflict) as problem:
        status = refused(form, problem)
        return members_page(team, form), status
    db.session.flush()
    keep_link(invitation, token)
    flash(_("Invited. You can also hand over the link below yourself."), "success")
    return to_members(team)


@bp.post("/team/<team>/members/invitations/<int:invited>/renew")
@access(policy.captain, once=True)
def renew_invitation(edition: Edition, team: Team, invited: int) -> Any:
    fresh, token = teams.renew_invitation(team=team, invitation=invitation_of(team, invited), who=me())
    db.session.flush()
    keep_link(fresh, token)
    flash(_("Invited again. The old link no longer works."), "success")
    return to_members(team)


@bp.post("/team/<team>/members/invitations/<int:invited>/take-back")
@access(policy.captain, once=True)
def take_back_invitation(edition: Edition, team: Team, invited: int) -> Any:
    teams.take_back_invitation(team=team, invitation=invitation_of(team, invited))
    flash(_("The invitation was taken back."), "success")
    return to_members(team)


@bp.route("/team/<team>/members/<int:teammate>/remove", methods=["GET", "POST"])
@access(policy.captain, once=True)
def remove_member(edition: Edition, team: Team, teammate: Member) -> Any:
    if request.method == "GET":
        return page("remove_member", team, step="members", member=teammate, form=PlainForm())
    name = teammate.name
    teams.remove_member(team=team, member=teammate, who=me())
    flash(_("%(name)s is no longer in the team.", name=name), "success")
    return to_members(team)


@bp.route("/team/<team>/members/<int:teammate>/captain", methods=["GET", "POST"])
@access(policy.captain, once=True)
def hand_over(edition: Edition, team: Team, teammate: Member) -> Any:
    if request.method == "GET":
        return page("hand_over", team, step="members", member=teammate, form=PlainForm())
    teams.hand_over(team=team, to=teammate, who=me())
    flash(_("%(name)s is the captain now.", name=teammate.name), "success")
    return to_members(team)


@bp.route("/team/<team>/members/<int:teammate>/guardian", methods=["GET", "POST"])
@access(policy.captain, once=True)
def guardian(edition: Edition, team: Team, teammate: Member) -> Any:
    """Record which guardian agrees that a child takes part."""
    form = GuardianForm(guardian_name=teammate.guardian_name)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            teams.record_guardian_consent(
                team=team, member=teammate, guardian_name=form.guardian_name.data or "", who=me()
            )
        except (BadInput, Conflict) as problem:
            status = refused(form, problem)
        else:
            flash(_("The guardian's consent is recorded."), "success")
            return to_members(team)
    return page("guardian", team, step="members", member=teammate, form=form), status


@bp.route("/team/<team>/leave", methods=["GET", "POST"])
@access(policy.team_member, once=True)
def leave(edition: Edition, team: Team) -> Any:
    if request.method == "GET":
        return page("leave", team, step="members", form=PlainForm())
    teams.leave_team(team=team, who=me())
    flash(_("You have left the team %(team)s.", team=team.name), "success")
    return redirect(url_for("accounts.home"), 303)


# --- the entry ---


@bp.route("/team/<team>/entry", methods=["GET", "POST"])
@access(policy.team_member, once=True)
def entry(edition: Edition, team: Team) -> Any:
    """The entry's text; saved by the button, and meanwhile by the page itself through `save_draft`."""
    queries.load_choices(edition)
    stands = entries.draft_json(team.entry)
    form = EntryForm(edition=edition, data=nested(stands))
    status, theirs = (422 if form.is_submitted() else 200), []
    if form.is_submitted() and not policy.team_writer(me(), team=team):
        raise Refused
    if form.validate_on_submit():
        try:
            entries.save_draft(
                entry=team.entry, seen=seen_version(form), who=me(), **form.draft_values(team.entry)
            )
        except (BadInput, Conflict) as problem:
            status = refused(form, problem)
            stands = entries.draft_json(team.entry)
            theirs = differing(form, stands) if problem.code == "stale" else []
        else:
            flash(_("The draft is saved. It is not submitted yet."), "success")
            target = ".documents" if request.form.get("then") == "documents" else ".entry"
            return redirect(url_for(target, edition=edition.slug, team=team.key), 303)
    form.version.data = team.entry.version
    remarks = queries.open_remarks(team.entry)
    return page("entry", team, form=form, remarks=remarks, theirs=theirs, stands=stands), status


@bp.post("/team/<team>/entry/draft")
@access(policy.team_writer, body_limit=_DRAFT_BODY)
def save_draft(edition: Edition, team: Team) -> Any:
    """Autosave: `{"version": n, "values": {"title-zh": "…"}}` in, `{"version", "saved", "changed"}` out.

    409 carries `current` (all values as they stand) and `version`; 422 carries `fields`.
    """
    body = strict_json.body_object()
    seen, sent = body.get("version"), body.get("values")
    if not isinstance(seen, int) or isinstance(seen, bool) or not isinstance(sent, dict) or not sent:
        raise BadInput(_("Please reload the page and send the form again."))
    if odd := [name for name, value in sent.items() if not isinstance(value, str)]:
        raise BadInput(fields=dict.fromkeys(odd, _("Text is expected here.")))
    form = EntryForm(formdata=MultiDict(sent), edition=edition, meta={"csrf": False})
    values = form.draft_values(team.entry, sent)
    if not values:
        raise BadInput(_("Please reload the page and send the form again."))
    entries.save_draft(entry=team.entry, seen=seen, who=me(), **values)
    last = entries.last_version(team.entry)
    return jsonify(
        version=team.entry.version,
        saved=clock.now().isoformat(),
        changed=last is not None and entries.has_unsubmitted_changes(team.entry, last),
    )


# --- documents ---


@bp.get("/team/<team>/documents")
@access(policy.team_member)
def documents(edition: Edition, team: Team) -> Any:
    return documents_page(team, {})


@bp.post(f"/team/<team>/documents/{KINDS}")
@limiter.limit(UPLOADS, key_func=by_person)
@access(policy.team_writer, body_limit=UPLOAD_BODY)
def upload(edition: Edition, team: Team, kind: str) -> Any:
    """Take one document. Not declared `once`: the same file sent again changes nothing by itself."""
    sort = DocumentKind(kind)
    try:
        teams.require_changeable(team, me())
        who_id = me().id
        release()  # reading a large file takes seconds; nobody else shall wait for them
        file = files.receive(
            request.files.get("file"), entries.FILE_KINDS[sort], uploaded_by=who_id, field=kind
        )
        if not policy.team_writer(me(), team=team):
            raise Refused
        entries.attach_document(entry=team.entry, kind=sort, upload=file, who=me())
    except (BadInput, Conflict) as problem:
        text = problem.fields.get(kind) or problem.detail
        db.session.rollback()
        return documents_page(team, {sort: text}), problem.status
    flash(
        _("%(document)s: received. It counts once the entry is submitted.", document=labels.DOCUMENTS[sort]),
        "success",
    )
    return redirect(url_for(".documents", edition=edition.slug, team=team.key), 303)


@bp.post(f"/team/<team>/documents/{KINDS}/remove")
@access(policy.team_writer, once=True)
def remove_document(edition: Edition, team: Team, kind: str) -> Any:
    entries.remove_document(entry=team.entry, kind=DocumentKind(kind), who=me())
    flash(
        _("%(document)s: removed from the draft.", document=labels.DOCUMENTS[DocumentKind(kind)]), "success"
    )
    return redirect(url_for(".documents", edition=edition.slug, team=team.key), 303)


@bp.get(f"/team/<team>/files/{KINDS}")
@access(policy.team_member)
def file(edition: Edition, team: Team, kind: str) -> Response:
    document = entries.document_of(team.entry, DocumentKind(kind))
    if document is None:
        raise NotFound
    return files.respond(document.file, inline=kind == "logo")


# --- submitting ---


@bp.route("/team/<team>/submit", methods=["GET", "POST"])
@access(policy.team_member, once=True)
def submit(edition: Edition, team: Team) -> Any:
    """Everything as it would be submitted, rule by rule, and the pledge; only the captain can send it."""
    form = SubmitForm()
    status = 200
    if form.is_submitted():
        if not policy.captain(me(), team=team):
            raise Refused(_("Only the captain can submit the entry."))
        if not form.validate():
            status = 422
        else:
            try:
                entries.submit_entry(
                    entry=team.entry, who=me(), pledged=bool(form.pledged.data), seen=form.seen.data
                )
            except (BadInput, Conflict) as problem:
                status = refused(form, problem)
            else:
                return redirect(url_for(".receipt", edition=edition.slug, team=team.key, fresh=1), 303)
    queries.load_choices(edition)
    shown = receipts.content_of(team.entry)
    form.seen.data = receipts.sha256(shown)
    return page(
        "submit",
        team,
        form=form,
        shown=shown,
        names={member.id: member.name for member in team.members},
        link=lambda kind: url_for(".file", edition=edition.slug, team=team.key, kind=kind),
    ), status


@bp.get("/team/<team>/receipt")
@access(policy.team_member)
def receipt(edition: Edition, team: Team) -> Any:
    return page("receipt", team, **receipt_values(team))


@bp.get("/team/<team>/receipt.pdf")
@limiter.limit(COSTLY)
@access(policy.team_member)
def receipt_pdf(edition: Edition, team: Team) -> Response:
    """The receipt as a document of one page."""
    data = pdf.render(
        "contestant/receipt_pdf.html",
        edition=edition,
        team=team,
        labels=labels,
        **receipt_values(team),
    )
    response = make_response(data)
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = (
        f'attachment; filename="receipt-{team.entry.receipt_number}.pdf"'
    )
    return response


@bp.get("/team/<team>/versions")
@access(policy.team_member)
def versions(edition: Edition, team: Team) -> Any:
    """Every submission, and what changed from one to the next."""
    found = queries.versions_of(team.entry)
    shown = [
        (version, queries.differences(before.content, version.content) if before else [])
        for version, before in zip_longest(found, found[1:])
    ]
    return page("versions", team, versions=shown, value_of=value_of(edition, names_in(found)))


@bp.get("/team/<team>/versions/<int:number>")
@access(policy.team_member)
def version(edition: Edition, team: Team, number: int) -> Any:
    found = version_or_404(team, number)
    return page(
        "version",
        team,
        version=found,
        names=names_in([found]),
        intact=receipts.is_intact(found),
        link=lambda kind: url_for(
            ".version_file", edition=edition.slug, team=team.key, number=number, kind=kind
        ),
    )


@bp.get(f"/team/<team>/versions/<int:number>/files/{KINDS}")
@access(policy.team_member)
def version_file(edition: Edition, team: Team, number: int, kind: str) -> Response:
    stored = queries.file_of_version(version_or_404(team, number), DocumentKind(kind))
    if stored is None:
        raise NotFound
    return files.respond(stored)


@bp.route("/team/<team>/withdraw", methods=["GET", "POST"])
@access(policy.captain, once=True)
def withdraw(edition: Edition, team: Team) -> Any:
    form = WithdrawForm()
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            entries.withdraw_entry(entry=team.entry, who=me(), reason=form.reason.data or "")
        except (BadInput, Conflict) as problem:
            status = refused(form, problem)
        else:
            flash(_("The entry is withdrawn."), "success")
            return redirect(url_for(".hub", edition=edition.slug, team=team.key), 303)
    return page("withdraw", team, form=form), status


@bp.post("/team/<team>/resume")
@access(policy.captain, once=True)
def resume(edition: Edition, team: Team) -> Any:
    entries.resume_entry(entry=team.entry, who=me())
    flash(_("The entry is a draft again. It has to be submitted again to count."), "success")
    return redirect(url_for(".hub", edition=edition.slug, team=team.key), 303)
