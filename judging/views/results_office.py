"""Organizers and auditors: the draft ranking, what blocks it, signing, publishing, ties, objections, who
advances.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from accounts.models import Person
from competition import policy
from competition.models import Edition, Round
from core import access as core_access
from core import clock, errors
from core.access import Who, access
from core.db import release
from core.errors import BadInput, Conflict, Problem
from core.languages import Trilingual, current_language
from judging.explanations import explain
from judging.forms.results import AnswerForm, FinalizeForm, PublishForm, ReasonForm, SignForm, home_zone
from judging.models import Objection, ObjectionOutcome, Result, ResultState
from judging.operations import advance as advancing
from judging.operations import objections, results
from judging.operations.rubrics import criterion_json
from judging.policy import head_judge
from judging.queries import draft as drafts
from judging.queries import results as queries
from judging.queries.carried import corrected_since
from judging.queries.material import Blocker
from judging.result_words import blocker_text, corrected_since_text
from judging.views.results import shown, tie_words
from judging.views.shared import standings_seen

bp = Blueprint("results_office", __name__, url_prefix="/<lang:lang>/o/<edition>/judging/results")


def decides_ties(who: Who, *, edition: Edition, **_loaded: Any) -> bool:
    return policy.organizer(who, edition=edition) or head_judge(who, edition=edition)


@bp.get("")
@access(policy.organizer_or_auditor)
def overview(edition: Edition) -> str:
    """Every round with what its result waits for."""
    return render_template(
        "results_office/overview.html",
        edition=edition,
        rounds=queries.rounds_with_latest(edition),
        crumbs=crumbs_of(edition),
    )


@bp.get("/<round>")
@access(policy.organizer_or_auditor)
def of_round(edition: Edition, round: Round) -> str:
    standings_seen(round)
    return _page(edition, round)


@bp.get("/<round>/draft/<entry_key>")
@access(policy.organizer_or_auditor)
def draft_of(edition: Edition, round: Round, entry_key: str) -> str:
    """How one entry's draft total comes about, with the judges' names."""
    standings_seen(round)
    draft = drafts.draft(round)
    found = next((one for one in draft.contenders if one.key == entry_key), None)
    if found is None or draft.ranking is None:
        raise errors.NotFound
    row = next((line for line in draft.ranking.to_json() if line["subject"] == found.name), None)
    if row is None:
        raise errors.NotFound
    rubric = [criterion_json(criterion) for criterion in draft.criteria]
    names = {criterion["key"]: Trilingual.from_json(criterion["name"]) for criterion in rubric}
    return render_template(
        "results_office/draft.html",
        edition=edition,
        round=round,
        contender=found,
        explanation=explain(
            {
                "rubric": rubric,
                "rule": draft.ranking.rule.to_json(),
                "carried": [one.to_json() for one in draft.carried],
            },
            row,
        ),
        tie_words=tie_words(names),
        crumbs=[*crumbs_of(edition, round), (found.name, "")],
    )


@bp.get("/<round>/v/<int:number>")
@access(policy.organizer_or_auditor)
def version(edition: Edition, round: Round, number: int) -> str:
    """One version as it will be, is or was published: what a signer reads."""
    result = _result(round, number)
    return render_template(
        "results_office/version.html",
        edition=edition,
        round=round,
        result=result,
        key=secrets.token_urlsafe(24),
        mine=result.finalized_by == _me().id,
        corrected=_corrected(round, result),
        crumbs=[*crumbs_of(edition, round), (_("Version %(number)d", number=number), "")],
        **shown(queries.content(result), with_steps=True),
    )


@bp.post("/<round>/finalize")
@access(policy.organizer, once=True)
def finalize(edition: Edition, round: Round) -> Any:
    form = FinalizeForm()
    if not form.validate_on_submit():
        return _page(edition, round, finalize_form=form), 422
    try:
        result = results.finalize(round=round, who=_me(), reason=form.reason.data or "")
    except (BadInput, Conflict) as problem:
        return _refused(edition, round, problem, finalize_form=form)
    flash(
        _(
            "Version %(number)d is finalized. It waits for the signature of a second person.",
            number=result.number,
        ),
        "good",
    )
    return _back(edition, round)


@bp.post("/<round>/v/<int:number>/sign")
@access(policy.organizer_or_auditor, once=True)
def sign(edition: Edition, round: Round, number: int) -> Response:
    form = SignForm()
    form.check()
    results.sign(result=_result(round, number), who=_me(), seen_sha256=form.sha256.data or "")
    flash(_("Version %(number)d is signed. It can be published now.", number=number), "good")
    return _back(edition, round)


@bp.route("/<round>/v/<int:number>/discard", methods=["GET", "POST"])
@access(policy.organizer_or_auditor, once=True)
def discard(edition: Edition, round: Round, number: int) -> Any:
    """Throw away a version that was not published: asks for the reason first."""
    result = _result(round, number)
    form = ReasonForm()
    if form.validate_on_submit():
        results.discard(result=result, who=_me(), reason=form.reason.data or "")
        flash(_("Version %(number)d is discarded.", number=number), "info")
        return _back(edition, round)
    page = render_template(
        "results_office/discard.html",
        edition=edition,
        round=round,
        result=result,
        form=form,
        crumbs=[*crumbs_of(edition, round), (_("Discard"), "")],
    )
    return page, 422 if form.errors else 200


@bp.post("/<round>/v/<int:number>/publish")
@access(policy.organizer, once=True)
def publish(edition: Edition, round: Round, number: int) -> Any:
    form = PublishForm()
    if not form.validate_on_submit():
        return _page(edition, round, publish_form=form), 422
    try:
        result = results.publish(result=_result(round, number), who=_me(), at=form.moment())
    except BadInput as problem:
        return _refused(edition, round, problem, publish_form=form)
    if result.state is ResultState.SIGNED:
        flash(_("The result will be published by itself at the time set."), "good")
    else:
        flash(_("The result is published, and every team has been told."), "good")
    return _back(edition, round)


@bp.post("/<round>/v/<int:number>/unschedule")
@access(policy.organizer, once=True)
def unschedule(edition: Edition, round: Round, number: int) -> Response:
    results.unschedule(result=_result(round, number), who=_me())
    flash(_("The result will not be published by itself any more."), "info")
    return _back(edition, round)


@bp.post("/<round>/v/<int:number>/final")
@access(policy.organizer, once=True)
def final(edition: Edition, round: Round, number: int) -> Response:
    results.make_final(result=_result(round, number), who=_me())
    flash(_("The result is final. Certificates can be issued."), "good")
    return _back(edition, round)


@bp.post("/<round>/v/<int:number>/advance")
@access(policy.organizer, once=True)
def advance(edition: Edition, round: Round, number: int) -> Response:
    following = queries.next_round(round)
    if following is None:
        raise Conflict(_("There is no later round."))
    done = advancing.advance(result=_result(round, number), next_round=following, who=_me())
    flash(
        ngettext(
            "%(num)d entry entered the next round.", "%(num)d entries entered the next round.", done.entered
        )
        + (
            " " + ngettext("%(num)d entry left it again.", "%(num)d entries left it again.", done.removed)
            if done.removed
            else ""
        ),
        "good",
    )
    return _back(edition, round)


@bp.get("/<round>/ties")
@access(decides_ties)
def ties(edition: Edition, round: Round) -> str:
    """Entries that marks and rule can't separate, for the head judge or an organizer to decide."""
    standings_seen(round)
    return _ties_page(edition, round, ReasonForm())


@bp.post("/<round>/ties")
@access(decides_ties, once=True)
def decide(edition: Edition, round: Round) -> Any:
    form = ReasonForm()
    keys = {one.key: one.id for tie in drafts.draft(round).ties for one in tie.contenders}
    positions = {
        keys[key]: request.form.get(f"position-{key}", type=int) or 0
        for key in request.form.getlist("entry")
        if key in keys
    }
    if not form.validate_on_submit():
        return _ties_page(edition, round, form, positions), 422
    try:
        results.decide_tie(round=round, positions=positions, reason=form.reason.data or "", who=_me())
    except (BadInput, Conflict) as problem:
        release()
        form.add_problem(problem)
        return _ties_page(edition, round, form, positions), problem.status
    flash(_("The decision is recorded."), "good")
    return redirect(url_for(".ties", edition=edition.slug, round=round.slug), 303)


@bp.route("/<round>/objections/<int:number>", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def answer(edition: Edition, round: Round, number: int) -> Any:
    """Objection `number`, counted within the round, and its answer."""
    objection = _objection(round, number)
    form = AnswerForm()
    if form.validate_on_submit():
        objections.answer_objection(
            objection=objection,
            outcome=ObjectionOutcome(form.outcome.data),
            answer=form.answer.data or "",
            who=_me(),
        )
        flash(_("The answer is recorded, and the team has been told."), "good")
        return _back(edition, round, "objections")
    page = render_template(
        "results_office/answer.html",
        edition=edition,
        round=round,
        objection=objection,
        form=form,
        crumbs=[*crumbs_of(edition, round), (_("Objections"), "")],
    )
    return page, 422 if form.errors else 200


def _page(edition: Edition, round: Round, **forms: Any) -> str:
    """Everything about the result of a round; `forms` are those that were sent and refused."""
    me = _me()
    versions = queries.versions(round)
    pending = next((one for one in versions if one.state in queries.PENDING), None)
    standing = next((one for one in versions if one.state in queries.STANDING), None)
    published = any(one.state in queries.PUBLISHED for one in versions)
    draft = None if pending else drafts.draft(round)
    against = queries.objections_against(round) if published else []
    unanswered = sum(one.outcome is None for one in against)
    blockers = [blocker_text(blocker) for blocker in draft.blockers] if draft else []
    if draft and unanswered:
        blockers.append(blocker_text(Blocker("objections", count=unanswered)))
    return render_template(
        "results_office/round.html",
        **(
            {
                "finalize_form": FinalizeForm(formdata=None),
                "publish_form": PublishForm(formdata=None, zone=home_zone(me.time_zone)),
            }
            | forms
        ),
        key=secrets.token_urlsafe(24),
        edition=edition,
        round=round,
        versions=versions,
        pending=pending,
        standing=standing,
        people=queries.people_of(versions),
        draft=draft,
        draft_rows=_draft_rows(draft) if draft else [],
        adjusted_count=sum(len(one.adjustments) for one in draft.contenders) if draft else 0,
        blockers=blockers,
        objections=enumerate_by_id(against),
        unanswered=unanswered,
        following=queries.next_round(round) if standing and queries.lets_advance(round) else None,
        corrected=_corrected(round, pending or standing),
        may_try_rules=draft is not None and not standing and draft.ranking is not None,
        mine=pending is not None and pending.finalized_by == me.id,
        is_organizer=policy.organizer(me, edition=edition),
        notice_over=standing is not None and clock.now() > (standing.notice_until or clock.now()),
        crumbs=crumbs_of(edition, round),
    )


def _corrected(round: Round, result: Result | None) -> str:
    """Says so where the result waits or stands and an earlier round that it counts was corrected since."""
    if result is None or "stages" not in (round.rule or {}):
        return ""
    if result.state not in (*queries.PENDING, *queries.STANDING):
        return ""
    corrected = corrected_since(round, queries.content(result))
    return corrected_since_text(corrected) if corrected else ""


def _draft_rows(draft: drafts.Draft) -> list[dict[str, Any]]:
    """The draft ranking as the page shows it."""
    if draft.ranking is None:
        return []
    names = {prize.id: Trilingual.from_json(dict(prize.name)) for prize in draft.prizes}
    going = draft.allotment.advancing
    shared = {subject for one in draft.allotment.shared for subject in one.subjects}
    return [
        {
            "contender": draft.by_name[line["subject"]],
            "rank": line["rank"],
            "tied": line["tied"],
            "total": line["total"],
            "judges": line["judges"],
            "prize": names.get(draft.allotment.prizes.get(line["subject"], 0)),
            "advances": None if going is None else line["subject"] in going,
            "shared": line["subject"] in shared,
        }
        for line in draft.ranking.to_json()
    ]


def enumerate_by_id(rows: list[Objection]) -> list[tuple[int, Objection]]:
    """Objections with their number within the round: the order in which they were raised."""
    numbers = {row.id: number for number, row in enumerate(sorted(rows, key=lambda row: row.id), 1)}
    return [(numbers[row.id], row) for row in rows]


def _ties_page(
    edition: Edition, round: Round, form: ReasonForm, positions: dict[int, int] | None = None
) -> str:
    return render_template(
        "results_office/ties.html",
        edition=edition,
        round=round,
        ties=drafts.draft(round).ties,
        frozen=queries.pending_result(round) is not None,
        form=form,
        positions=positions or {},
        crumbs=[*crumbs_of(edition, round), (_("Ties"), "")],
    )


def _refused(edition: Edition, round: Round, problem: Problem, **forms: Any) -> tuple[str, int]:
    """The page again with what was refused; nothing of the attempt is kept."""
    release()
    for form in forms.values():
        form.add_problem(problem)
    return _page(edition, round, **forms), problem.status


def _result(round: Round, number: int) -> Result:
    result = queries.version_of(round, number)
    if result is None:
        raise errors.NotFound
    return result


def _objection(round: Round, number: int) -> Objection:
    found = dict(enumerate_by_id(queries.objections_against(round))).get(number)
    if found is None:
        raise errors.NotFound
    return found


def _me() -> Person:
    who: Any = core_access.person()
    assert isinstance(who, Person)
    return who


def _back(edition: Edition, round: Round, anchor: str | None = None) -> Response:
    return redirect(url_for(".of_round", edition=edition.slug, round=round.slug, _anchor=anchor), 303)


def crumbs_of(edition: Edition, round: Round | None = None) -> list[tuple[str, str]]:
    """The way from the edition to the results of a round, for all pages of the results office."""
    lang = current_language()
    base = f"/{lang}/o/{edition.slug}"
    crumbs = [
        (edition.name.pick(lang).text, base),
        (_("Results"), url_for("results_office.overview", edition=edition.slug) if round else ""),
    ]
    if round is not None:
        crumbs.append(
            (
                round.name.pick(lang).text,
                url_for("results_office.of_round", edition=edition.slug, round=round.slug),
            )
        )
    return crumbs
