"""A published result for its team to keep: the feedback sheet as PDF, and every figure as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, jsonify, make_response
from werkzeug.wrappers import Response

from competition.models import Edition, Round, Team
from core import errors, pdf
from core.access import access
from core.languages import Trilingual, current_language
from core.limits import COSTLY, limiter
from judging.explanations import explain
from judging.feedback import criterion_feedback
from judging.models import Result
from judging.queries import results as queries
from judging.recounting import steps_of
from judging.views.results import (
    criteria_names,
    row_shown,
    rule_said,
    shared_in,
    team_member_or_organizer,
    tie_words,
)

bp = Blueprint("feedback", __name__, url_prefix="/<lang:lang>/e/<edition>/team/<team>/result")


@dataclass(frozen=True, slots=True)
class _Own:
    """The team's line in the published version that counts."""

    result: Result
    snapshot: dict[str, Any]
    row: dict[str, Any]


@bp.get("/<round>/feedback.pdf")
@limiter.limit(COSTLY)
@access(team_member_or_organizer, hidden=True)
def sheet(edition: Edition, team: Team, round: Round) -> Response:
    """The feedback sheet in the reader's language; the same version gives the same bytes."""
    own = _own(round, team)
    prizes = {prize["id"]: Trilingual.from_json(prize["name"]) for prize in own.snapshot["prizes"]}
    assert own.result.published_at is not None
    data = pdf.render(
        "results/feedback_pdf.html",
        identifier=f"{own.result.sha256}-{team.key}-{current_language()}",
        made_at=int(own.result.published_at.timestamp()),
        edition=edition,
        team=team,
        round=round,
        result=own.result,
        row=row_shown(own.row, prizes, shared_in(own.snapshot)),
        ranked=len(own.snapshot["ranking"]),
        explanation=explain(own.snapshot, own.row),
        tie_words=tie_words(criteria_names(own.snapshot)),
        sentences=rule_said(own.snapshot),
        feedback=criterion_feedback(own.snapshot, own.row, marks_are_public=round.show_marks),
        comments=queries.comments_for(own.result, team),
    )
    response = make_response(data)
    response.content_type = "application/pdf"
    name = f"feedback-{edition.slug}-{round.slug}-{team.key}-v{own.result.number}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@bp.get("/<round>.json")
@access(team_member_or_organizer, hidden=True)
def own_json(edition: Edition, team: Team, round: Round) -> Response:
    """The same as data. `explanation` has every step with exact figures, from which the total can be added up
    again (docs/results.md)."""
    own = _own(round, team)
    row, result = own.row, own.result
    prizes = {prize["id"]: prize["name"] for prize in own.snapshot["prizes"]}
    feedback = criterion_feedback(own.snapshot, row, marks_are_public=round.show_marks)
    return jsonify(
        {
            "edition": edition.slug,
            "round": round.slug,
            "version": result.number,
            "state": result.state.value,
            "sha256": result.sha256,
            "team": team.key,
            "entry": row["entry"],
            "rank": row["rank"],
            "tied": row["tied"],
            "of": len(own.snapshot["ranking"]),
            "total": row["total"],
            "prize": prizes.get(row["prize"]),
            "prize_shared": row["subject"] in shared_in(own.snapshot),
            "advances": row["advances"],
            "rule": own.snapshot["rule"],
            "explanation": steps_of(own.snapshot, row, marks_are_public=round.show_marks),
            "criteria": [one.to_json() for one in feedback],
            "comments": [
                {"judge": judge, "comment": comment} for judge, comment in queries.comments_for(result, team)
            ],
        }
    )


def _own(round: Round, team: Team) -> _Own:
    result = queries.standing_result(round)
    if result is None:
        raise errors.NotFound
    snapshot = queries.content(result)
    row = queries.row_of_team(snapshot, team)
    if row is None:
        raise errors.NotFound
    return _Own(result, snapshot, row)
