"""The organizers' side: editions, an edition's first page, its entries and the decisions on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from accounts.policy import site_admin
from competition import labels, policy, receipts, registration
from competition.forms import organizer as forms
from competition.models import Contest, DocumentKind, Edition, Entry, EntryState
from competition.operations import editions, review
from competition.operations.entries import findings_of, last_version
from competition.queries import organizer as queries
from competition.views import entry_list, entry_table
from core import clock, files, registries
from core.access import SIGNED_IN, access, person
from core.db import db
from core.errors import BadInput, Conflict, NotFound, Problem
from core.forms import Form
from core.languages import current_language

bp = Blueprint("organizer", __name__, url_prefix="/<lang:lang>/o")

Answer = str | tuple[str, int] | BaseResponse


def attempt(form: Form, act: Callable[[], Any]) -> Problem | None:
    """Carry out `act`; what it refuses is shown in the form and nothing of it stays.

    Who was late sees what stands there now and may send the form again: the page fills in what it rests on.
    """
    try:
        act()
    except (BadInput, Conflict) as problem:
        db.session.rollback()
        form.add_problem(problem)
        if problem.code == "stale":
            for field in form:
                if field.name in ("version", "seen"):
                    field.raw_data, field.data = None, None
        return problem
    return None


def rest_on(form: Form, version: int) -> None:
    """Let the form carry the version that the page shows, unless it was sent with one."""
    if form.version.data is None and not form.version.raw_data:
        form.version.data = version


def seen(form: Form) -> int:
    """The version that the page was made from."""
    number = form.version.data
    if number is None:
        raise BadInput(_("Please reload the page and send the form again."), code="no_version")
    return int(number)


def home_zone() -> str:
    return forms.HOME_ZONE[current_language()]


def crumbs(edition: Edition, *more: tuple[Any, str]) -> list[tuple[Any, str]]:
    """Where an organizer's page stands."""
    here = edition.name.pick(current_language()).text
    return [
        (_("Editions I run"), url_for("organizer.home")),
        (here, url_for("organizer.edition", edition=edition.slug) if more else ""),
        *more,
    ]


# --- editions ---


@bp.get("")
@access(SIGNED_IN)
def home() -> str:
    who = person()
    assert who is not None
    mine = queries.my_editions(who.id, all_of_them=who.is_site_admin)
    waiting = queries.entries_to_review(edition.id for edition, _roles in mine)
    return render_template(
        "organizer/home.html", mine=mine, waiting=waiting, may_create=who.is_site_admin, labels=labels
    )


@bp.route("/new-contest", methods=["GET", "POST"])
@access(site_admin, once=True)
def new_contest() -> Answer:
    form = forms.ContestForm()
    if form.validate_on_submit():

        def act() -> None:
            editions.create_contest(slug=form.slug.data or "", name=form.name.value, hosts=form.hosts.value)

        if (problem := attempt(form, act)) is None:
            flash(_("The contest was made. Now make its first edition."), "good")
            return redirect(url_for("organizer.new_edition"), 303)
        return render_template("organizer/new_contest.html", form=form), problem.status
    return render_template("organizer/new_contest.html", form=form), 422 if form.errors else 200


@bp.route("/new", methods=["GET", "POST"])
@access(site_admin, once=True)
def new_edition() -> Answer:
    contests = db.session.query(Contest).order_by(Contest.id.desc()).all()
    if not contests:
        return redirect(url_for("organizer.new_contest"), 303)
    form = forms.EditionForm(data={"year": clock.now().year})
    form.contest.choices = [(contest.id, contest.name.pick(current_language()).text) for contest in contests]
    status = 422 if form.errors else 200
    if form.validate_on_submit():
        who = person()

        def act() -> None:
            editions.create_edition(
                contest=next(contest for contest in contests if contest.id == form.contest.data),
                slug=form.slug.data or "",
                year=form.year.data or 0,
                name=form.name.value,
                organizer_id=who.id if who else None,
            )

        if (problem := attempt(form, act)) is None:
            flash(_("The edition was made. Nobody but you sees it until you publish it."), "good")
            return redirect(url_for("organizer.settings", edition=form.slug.data), 303)
        status = problem.status
    elif form.errors:
        status = 422
    return render_template("organizer/new_edition.html", form=form), status


@bp.get("/<edition>")
@access(policy.organizer_or_auditor)
def edition(edition: Edition) -> str:
    at = clock.now()
    funnel = queries.funnel(edition)
    panels = [panel for source in registries.organizer_panels for panel in source(edition)]
    steps = [step for source in registries.funnel_steps for step in source(edition)]
    closes = registration.closes_at(edition)
    return render_template(
        "organizer/edition.html",
        edition=edition,
        crumbs=crumbs(edition),
        funnel=funnel,
        steps=steps,
        panels=panels,
        missing=editions.missing_for_publication(edition) if edition.state.value == "draft" else [],
        closes_at=closes,
        near=closes is not None and closes - at < timedelta(days=3),
        passed=closes is not None and closes < at,
        activity=queries.recent_activity(edition),
        may_change=_may_change(edition),
        labels=labels,
    )


def _may_change(edition: Edition) -> bool:
    who = person()
    return who is not None and policy.organizer(who, edition=edition)


# --- the list of entries ---


@bp.get("/<edition>/entries")
@access(policy.organizer_or_auditor)
def entries(edition: Edition) -> str:
    wanted = entry_list.wanted_from(request.args)
    tracks, now = queries.list_tracks(edition), queries.entries_now(edition)
    may_change = _may_change(edition)

    def write() -> tuple[Markup, int]:
        rows = queries.list_entries(edition, wanted)
        is_whole = wanted.page == 1 and len(rows) < wanted.size
        found = len(rows) if is_whole else queries.count_entries(edition, wanted)
        return entry_list.lines(rows, edition, tracks, may_pick=may_change), found

    shown_as = (current_language(), wanted, may_change, edition.id, now.mark, tuple(map(tuple, tracks)))
    lines, found = entry_list.kept(shown_as, write)
    return render_template(
        "organizer/entries.html",
        edition=edition,
        crumbs=crumbs(edition, (_("Entries"), "")),
        wanted=wanted,
        lines=lines,
        heads=entry_list.heads(wanted),
        words=entry_list.words(current_language()),
        found=found,
        pages=-(-found // wanted.size),
        states=now.states,
        total=sum(now.states.values()),
        tracks=tracks,
        may_change=may_change,
        page_url=entry_list.page_url,
    )


@bp.post("/<edition>/entries/preview")
@access(policy.organizer)
def preview_decision(edition: Edition) -> Answer:
    picked = entry_list.picked_from(request.form.getlist("pick"))
    decision = entry_list.decision_from(request.form.get("decision", ""))
    if not picked or decision is None:
        flash(_("Pick at least one entry and a decision."), "warning")
        return redirect(url_for("organizer.entries", edition=edition.slug), 303)
    form = forms.BulkForm(formdata=None, data={"decision": decision.value})
    if decision is EntryState.RETURNED:
        forms.show_moments(form, home_zone(), until=_usual_extension(edition))
    return _preview(edition, form, picked, decision)


def _preview(
    edition: Edition,
    form: forms.BulkForm,
    picked: list[review.Picked],
    decision: EntryState,
    status: int = 200,
) -> Answer:
    found = review.load_picked(edition, [pick.key for pick in picked])
    return (
        render_template(
            "organizer/preview.html",
            edition=edition,
            crumbs=crumbs(
                edition,
                (_("Entries"), url_for("organizer.entries", edition=edition.slug)),
                (labels.DECISIONS[decision], ""),
            ),
            form=form,
            decision=decision,
            picks=[f"{pick.key} {pick.seen}" for pick in picked],
            possible=[entry for entry in found if review.may_become(entry, decision)],
            impossible=[entry for entry in found if not review.may_become(entry, decision)],
            labels=labels,
        ),
        status,
    )


@bp.post("/<edition>/entries/decide")
@access(policy.organizer, once=True)
def decide(edition: Edition) -> Answer:
    form = forms.BulkForm()
    picked = entry_list.picked_from(request.form.getlist("pick"))
    decision = entry_list.decision_from(form.decision.data or "")
    if decision is None or not picked:
        raise BadInput(_("Pick at least one entry and a decision."))
    if not form.validate_on_submit():
        return _preview(edition, form, picked, decision, 422)
    done = 0

    def act() -> None:
        nonlocal done
        done = review.decide_many(
            edition=edition,
            picked=picked,
            decision=decision,
            who=person(),
            reason=form.reason.data or "",
            until=form.until.moment if decision is EntryState.RETURNED else None,
        )

    if (problem := attempt(form, act)) is not None:
        if problem.code == "stale":
            found = review.load_picked(edition, [pick.key for pick in picked])
            picked = [review.Picked(entry.key, review.stamp_of(entry)) for entry in found]
        return _preview(edition, form, picked, decision, problem.status)
    flash(ngettext("%(num)d entry was decided on.", "%(num)d entries were decided on.", done), "good")
    return redirect(url_for("organizer.entries", edition=edition.slug), 303)


def _usual_extension(edition: Edition) -> Any:
    """What is offered for mending: nothing while three days are left, else a week from now."""
    at = clock.now()
    closes = registration.closes_at(edition)
    if closes is not None and closes - at > timedelta(days=3):
        return None
    return (at + timedelta(days=7)).replace(minute=0, second=0, microsecond=0)


# --- one entry ---


@bp.get("/<edition>/entries/<entry>")
@access(policy.organizer_or_auditor)
def entry(edition: Edition, entry: Entry) -> Answer:
    return entry_page(edition, entry)


_DECISIONS: dict[str, type[Form]] = {
    "accept": forms.AcceptForm,
    "return": forms.ReturnForm,
    "reject": forms.RejectForm,
    "disqualify": forms.DisqualifyForm,
    "extend": forms.ExtendForm,
}


def entry_page(
    edition: Edition, entry: Entry, sent: dict[str, Form] | None = None, status: int = 200
) -> Answer:
    """The page of one entry; `sent` holds the form that was refused, by its name."""
    entry = queries.entry_details(entry)
    shown: dict[str, Any] = {
        name: (sent or {}).get(name) or form(formdata=None) for name, form in _DECISIONS.items()
    }
    for name, form in shown.items():
        for field in form:
            field.id = f"{name}-{field.name}"  # several forms of one page ask for a reason
        rest_on(form, entry.team.version)
        if "seen" in form and not form.seen.data:
            form.seen.data = review.stamp_of(entry)
    if not sent or "return" not in sent:
        forms.show_moments(shown["return"], home_zone(), until=_usual_extension(edition))
    if not sent or "extend" not in sent:
        forms.show_moments(shown["extend"], home_zone(), until=entry.team.extended_until)
    versions = list(reversed(entry.versions))
    content = versions[0].content if versions else receipts.content_of(entry)
    page = render_template(
        "organizer/entry.html",
        edition=edition,
        entry=entry,
        crumbs=crumbs(
            edition,
            (_("Entries"), url_for("organizer.entries", edition=edition.slug)),
            (entry.receipt_number or entry.team.name, ""),
        ),
        fields=entry_table.fields_of(edition, entry, content),
        documents=entry_table.documents_of(edition, entry, content),
        differs=bool(versions) and versions[0].content_sha256 != receipts.sha256(receipts.content_of(entry)),
        versions=entry_table.differences(edition, entry, versions),
        findings=findings_of(entry),
        deadline=registration.deadline_of(entry.team),
        decisions=[
            name
            for name, state in entry_table.DECISION_STATES.items()
            if review.may_become(entry, state) and _may_change(edition)
        ],
        forms=shown,
        refused=next(iter(sent), "") if sent else "",
        trail=queries.audit_of_entry(entry),
        may_change=_may_change(edition),
        labels=labels,
    )
    return page, status


@bp.post("/<edition>/entries/<entry>/<any(accept, return, reject, disqualify, extend):decision>")
@access(policy.organizer, once=True)
def decide_one(edition: Edition, entry: Entry, decision: str) -> Answer:
    form: Any = _DECISIONS[decision]()
    if not form.validate_on_submit():
        return entry_page(edition, entry, {decision: form}, 422)
    if (problem := attempt(form, lambda: _carry_out(entry, decision, form))) is not None:
        return entry_page(edition, entry, {decision: form}, problem.status)
    flash(labels.DONE[decision], "good")
    return redirect(url_for("organizer.entry", edition=edition.slug, entry=entry.key), 303)


def _carry_out(entry: Entry, decision: str, form: Any) -> None:
    who = person()
    match decision:
        case "accept":
            review.accept_entry(entry=entry, seen=form.seen.data, who=who)
        case "return":
            review.return_entry(
                entry=entry,
                seen=form.seen.data,
                comments=form.comments(),
                until=form.until.moment,
                who=who,
            )
        case "reject":
            review.reject_entry(entry=entry, seen=form.seen.data, reason=form.reason.data, who=who)
        case "disqualify":
            review.disqualify_entry(entry=entry, seen=form.seen.data, reason=form.reason.data, who=who)
        case "extend":
            review.extend_deadline(
                team=entry.team,
                seen=seen(form),
                until=form.until.moment,
                reason=form.reason.data,
                who=who,
            )


@bp.get("/<edition>/entries/<entry>/files/<kind>")
@access(policy.organizer_or_auditor)
def document(edition: Edition, entry: Entry, kind: str) -> Response:
    """A document as it was last submitted; of an entry never submitted, the current one."""
    last = last_version(entry)
    if last is not None:
        return _version_file(last.content, kind)
    found = next((row for row in entry.documents if row.kind.value == kind), None)
    if found is None:
        raise NotFound
    return files.respond(found.file)


@bp.get("/<edition>/entries/<entry>/versions/<int:number>/files/<kind>")
@access(policy.organizer_or_auditor)
def version_document(edition: Edition, entry: Entry, number: int, kind: str) -> Response:
    version = queries.version_of(entry, number)
    if version is None:
        raise NotFound
    return _version_file(version.content, kind)


def _version_file(content: dict[str, Any], kind: str) -> Response:
    named = content.get("documents", {}).get(kind)
    file = queries.file_by_key(named["file"]) if named and kind in list(DocumentKind) else None
    if file is None:
        raise NotFound
    return files.respond(file)
