"""Published results for everybody, and each team's own with every step of its total."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from accounts.models import Person
from competition import policy
from competition.models import Edition, Round, Team
from competition.views.public import tabs
from core import access as core_access
from core import errors
from core.access import PUBLIC, Who, access
from core.languages import Trilingual, current_language
from judging import rule_words
from judging.explanations import explain
from judging.feedback import criterion_feedback
from judging.forms.results import ObjectionForm
from judging.models import Result
from judging.operations import objections
from judging.queries import results as queries
from judging.rules import Rule

bp = Blueprint("results", __name__, url_prefix="/<lang:lang>/e/<edition>")


def team_member_or_organizer(who: Who, *, edition: Edition, team: Team, **_loaded: Any) -> bool:
    return policy.team_member(who, team=team) or policy.organizer_or_auditor(who, edition=edition)


@bp.get("/results")
@access(PUBLIC, cache=())
def overview(edition: Edition) -> str:
    """All published rounds of the edition, the last one first."""
    rounds = [
        {"round": round, "result": result, "tiers": tiers(queries.content(result))}
        for round, result in reversed(queries.standing_results(edition))
    ]
    return render_template("results/overview.html", edition=edition, rounds=rounds, tabs=tabs(edition))


@bp.get("/results/<round>")
@access(PUBLIC, cache=())
def of_round(edition: Edition, round: Round) -> str:
    """The version that counts now."""
    return _page(edition, round, queries.standing_result(round))


@bp.get("/results/<round>/v/<int:number>")
@access(PUBLIC, cache=())
def version(edition: Edition, round: Round, number: int) -> str:
    """One published version, also when it was superseded."""
    return _page(edition, round, queries.published_result(round, number))


def _page(edition: Edition, round: Round, result: Result | None) -> str:
    if result is None:
        raise errors.NotFound
    return render_template(
        "results/round.html",
        edition=edition,
        round=round,
        result=result,
        versions=queries.published_versions(round),
        tabs=tabs(edition),
        **shown(queries.content(result), with_steps=round.show_marks),
    )


def shown(snapshot: Mapping[str, Any], *, with_steps: bool) -> dict[str, Any]:
    """What templates need of a snapshot: the table, prizes, the rule in words and, if wished, all steps."""
    names = criteria_names(snapshot)
    prizes = {prize["id"]: Trilingual.from_json(prize["name"]) for prize in snapshot["prizes"]}
    return {
        "snapshot": snapshot,
        "rows": [row_shown(row, prizes, shared_in(snapshot)) for row in snapshot["ranking"]],
        "round_names": round_names(snapshot),
        "tiers": tiers(snapshot),
        "criteria_names": names,
        "sentences": rule_said(snapshot),
        "notes": rule_words.notes(snapshot["notes"]),
        "explanations": [explain(snapshot, row) for row in snapshot["ranking"]] if with_steps else [],
        "tie_words": tie_words(names),
    }


def rule_said(snapshot: Mapping[str, Any]) -> list[str]:
    """The rule of a finalized result in sentences."""
    rule = Rule.from_json(snapshot["rule"])
    return rule_words.sentences(rule, criteria_names(snapshot), current_language(), round_names(snapshot))


def criteria_names(snapshot: Mapping[str, Any]) -> dict[str, Trilingual]:
    return {criterion["key"]: Trilingual.from_json(criterion["name"]) for criterion in snapshot["rubric"]}


def round_names(snapshot: Mapping[str, Any]) -> dict[str, Trilingual]:
    """The earlier rounds that count in a finalized result; empty where none does."""
    return {one["round"]: Trilingual.from_json(one["name"]) for one in snapshot.get("carried", ())}


def shared_in(snapshot: Mapping[str, Any]) -> frozenset[str]:
    """The subjects whose prize is shared by more of them than it has places."""
    return frozenset(subject for one in snapshot.get("shared_prizes", ()) for subject in one["subjects"])


def tie_words(names: Mapping[str, Trilingual]) -> Any:
    """A function for templates: what a tie step compares, in words."""
    return lambda kind, argument: rule_words.tie_step(kind, argument, names, current_language())


def row_shown(
    row: Mapping[str, Any], prizes: Mapping[int, Trilingual], shared: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """A line of the ranking with its three-language texts as such."""
    return {
        "key": row["entry"],
        "rank": row["rank"],
        "tied": row["tied"],
        "total": row["total"],
        "judges": row["judges"],
        "team": row["team"],
        "title": Trilingual.from_json(row["title"]),
        "prize": prizes.get(row["prize"]),
        "advances": row["advances"],
        "decided_by": row["decided_by"],
        "shared": row["subject"] in shared,
        "stages": row.get("stages", ()),
        "adjustments": row.get("adjustments", ()),
    }


def tiers(snapshot: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The prizes with their winners for the podium, the highest first."""
    found: list[dict[str, Any]] = []
    for prize in snapshot["prizes"]:
        winners = [row for row in snapshot["ranking"] if row["prize"] == prize["id"]]
        if winners:
            name = Trilingual.from_json(prize["name"])
            rows = [row_shown(row, {}, shared_in(snapshot)) for row in winners]
            found.append({"prize": name, "first": not found, "rows": rows})
    return found


@bp.get("/team/<team>/result/<round>")
@access(team_member_or_organizer, hidden=True)
def own(edition: Edition, team: Team, round: Round) -> str:
    """A team's own result: every step of its total, what the judges wrote to it, its objections."""
    return _own_page(edition, team, round, ObjectionForm())


@bp.post("/team/<team>/result/<round>/objection")
@access(policy.team_writer, hidden=True, once=True)
def objection(edition: Edition, team: Team, round: Round) -> Response | tuple[str, int]:
    """Object within the notice period."""
    result = queries.standing_result(round)
    if result is None:
        raise errors.NotFound
    form = ObjectionForm()
    who: Any = core_access.person()
    if form.validate_on_submit():
        try:
            objections.raise_objection(result=result, team=team, who=_person(who), reason=form.reason.data)
        except (errors.BadInput, errors.Conflict) as problem:
            form.add_problem(problem)
            return _own_page(edition, team, round, form), problem.status
        flash(_("Your objection is recorded. You will be told the answer."), "good")
        return redirect(url_for(".own", edition=edition.slug, team=team.key, round=round.slug), 303)
    return _own_page(edition, team, round, form), 422


def _person(who: Any) -> Person:
    assert isinstance(who, Person)
    return who


def _own_page(edition: Edition, team: Team, round: Round, form: ObjectionForm) -> str:
    result = queries.standing_result(round)
    if result is None:
        raise errors.NotFound
    snapshot = queries.content(result)
    row = queries.row_of_team(snapshot, team)
    mine = queries.objections_of(round, team)
    if row is None and not mine:
        raise errors.NotFound
    prizes = {prize["id"]: Trilingual.from_json(prize["name"]) for prize in snapshot["prizes"]}
    who: Any = core_access.person()
    return render_template(
        "results/own.html",
        edition=edition,
        team=team,
        round=round,
        result=result,
        row=row_shown(row, prizes, shared_in(snapshot)) if row else None,
        ranked=len(snapshot["ranking"]),
        explanation=explain(snapshot, row) if row else None,
        feedback=criterion_feedback(snapshot, row, marks_are_public=round.show_marks) if row else [],
        sentences=rule_said(snapshot),
        tie_words=tie_words(criteria_names(snapshot)),
        comments=queries.comments_for(result, team),
        objections=mine,
        closed=objections.closed(result),
        may_object=policy.team_writer(who, team=team),
        form=form,
        crumbs=_crumbs(edition, team, round),
    )


def _crumbs(edition: Edition, team: Team, round: Round) -> list[tuple[str, str]]:
    lang = current_language()
    return [
        (edition.name.pick(lang).text, url_for("competition.edition", edition=edition.slug)),
        (team.name, url_for("contestant.hub", edition=edition.slug, team=team.key)),
        (round.name.pick(lang).text, ""),
    ]
