"""An assignment is proposed, looked at and applied. Its list of entries is `judging_office.assignment`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from competition.models import Edition, Round
from competition.policy import organizer, organizer_or_auditor
from core.access import access
from core.db import db, release
from core.errors import Conflict, NotFound
from core.forms import seen_version
from judging import assignment_texts, panel_settings
from judging.forms.assignment import ProposalForm
from judging.forms.panel import ActForm
from judging.models import AssignmentProposal, ProposalState
from judging.operations import assignment
from judging.operations.assignment import Infeasible
from judging.panel_settings import PanelSettings
from judging.pictures import judge_graph
from judging.queries import assignment as queries
from judging.views.panel import ROUND, bp, may_write, to_page
from judging.views.shared import me

_ASSIGNMENT = f"{ROUND}/assignment"
_PROPOSAL = f"{_ASSIGNMENT}/proposals/<int:number>"


@bp.route(f"{_ASSIGNMENT}/propose", methods=["GET", "POST"])
@access(organizer, once=True)
def propose(edition: Edition, round: Round) -> Response:
    """Ask for an assignment: who could judge what stands below, before anything is computed."""
    standing = queries.last_settings(round)
    if request.method == "GET":
        return _propose_page(edition, round, ProposalForm.showing(standing), standing)
    form = ProposalForm()
    if not form.validate():
        return _propose_page(edition, round, form, standing, 422)
    return _propose(edition, round, form, form.settings(standing))


@bp.post(f"{_ASSIGNMENT}/repair")
@access(organizer, once=True)
def repair(edition: Edition, round: Round) -> Response:
    """What was asked last, with as few changes as possible: after a recusal, a drop-out, a new entry."""
    ActForm().check()
    settings = panel_settings.repairing(queries.last_settings(round))
    return _propose(edition, round, ProposalForm.showing(settings), settings)


def _propose(edition: Edition, round: Round, form: ProposalForm, settings: PanelSettings) -> Response:
    try:
        posed = assignment.pose(round=round, settings=settings)
        release()  # nobody has to wait for the solver
        answer = assignment.solve(posed)
        found = assignment.propose(round=round, posed=posed, answer=answer, who=me())
    except Conflict as problem:
        db.session.rollback()
        form.add_problem(problem)
        return _propose_page(edition, round, form, settings, problem.status)
    if isinstance(found, Infeasible):
        return _propose_page(edition, round, form, settings, 409, found)
    return to_page("proposal", edition, round=round.slug, number=found.number)


def _propose_page(
    edition: Edition,
    round: Round,
    form: ProposalForm,
    settings: PanelSettings,
    status: int = 200,
    infeasible: Infeasible | None = None,
) -> Response:
    basis = queries.basis_of(round)
    judges = {one.key: one.name for one in basis.judges}
    entries = {one.key: one.name for one in basis.entries}
    counts = panel_settings.eligible_counts(basis, settings)
    labels = assignment_texts.label_names(settings)
    least = {label: panel_settings.least_of(settings, label) for label in ("", *labels)}
    page = render_template(
        "judging_office/assignment_propose.html",
        edition=edition,
        round=round,
        form=form,
        counts=counts,
        eligible_order=sorted(
            basis.entries,
            key=lambda entry: (min(counts[entry.key][x] - least[x] for x in least), entry.name),
        ),
        labels=labels,
        basis=basis,
        settings=settings,
        least=least,
        collide=infeasible is not None and assignment_texts.is_collision(infeasible.conflict),
        collisions=assignment_texts.sentences(infeasible.conflict, judges, entries) if infeasible else [],
    )
    return make_response(page, status)


@bp.get(_PROPOSAL)
@access(organizer_or_auditor)
def proposal(edition: Edition, round: Round, number: int) -> str:
    """Look: loads, wishes, who meets whom, what changes."""
    found = _found(round, number)
    basis = queries.basis_of(round)
    pairs = [(judge, entry) for judge, entry in found.outcome["pairs"]]
    loads = queries.loads(found, basis)
    settings = PanelSettings.from_json(found.settings)
    return render_template(
        "judging_office/assignment_proposal.html",
        edition=edition,
        round=round,
        proposal=found,
        outcome=found.outcome,
        settings=settings,
        changes=queries.changes(found, basis),
        loads=loads,
        load_range=_range([line.after for line in loads if line.after]),
        quality=assignment_texts.gap_in_words(found.outcome, settings),
        groups=[_group(part, _names(basis)) for part in found.outcome["components"]],
        bridges=len(found.outcome["bridges"]),
        connectivity=found.outcome["algebraic_connectivity"],
        picture=judge_graph.picture({judge.key: judge.name for judge in basis.judges}, pairs),
        act=ActForm(version=found.version),
        writable=may_write(edition) and found.state is ProposalState.OPEN,
    )


@bp.post(f"{_PROPOSAL}/apply")
@access(organizer, once=True)
def apply(edition: Edition, round: Round, number: int) -> Response:
    form = ActForm()
    form.check()
    try:
        done = assignment.apply_proposal(proposal=_found(round, number), seen=seen_version(form), who=me())
    except Conflict as problem:
        if problem.code != "stale_proposal":
            raise
        db.session.rollback()
        flash(problem.detail or "", "warning")
        return to_page("propose", edition, round=round.slug)
    flash(
        ngettext(
            "Applied: %(num)d new sheet, %(removed)d taken off.",
            "Applied: %(num)d new sheets, %(removed)d taken off.",
            done.added,
            removed=done.removed,
        ),
        "good",
    )
    return to_page("assignment", edition, round=round.slug)


@bp.post(f"{_PROPOSAL}/discard")
@access(organizer, once=True)
def discard(edition: Edition, round: Round, number: int) -> Response:
    form = ActForm()
    form.check()
    assignment.discard_proposal(proposal=_found(round, number), seen=seen_version(form), who=me())
    flash(_("The proposal is thrown away; nothing has changed."), "good")
    return to_page("assignment", edition, round=round.slug)


def _range(loads: list[int]) -> str:
    least, most = min(loads, default=0), max(loads, default=0)
    return str(least) if least == most else f"{least}–{most}"


def _found(round: Round, number: int) -> AssignmentProposal:
    found = queries.proposal(round, number)
    if found is None:
        raise NotFound
    return found


def _group(part: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, list[str]]:
    return {kind: [names.get(key, "–") for key in part.get(kind, ())] for kind in ("judges", "entries")}


def _names(basis: panel_settings.Basis) -> dict[str, str]:
    judges = {one.key: one.name for one in basis.judges}
    return judges | {one.key: one.name for one in basis.entries}
