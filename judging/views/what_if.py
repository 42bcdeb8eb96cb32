"""What if another rule counted? For organizers, before a version is finalized; it is shown and never kept."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from competition import policy
from competition.models import Edition, Round
from core.access import access
from core.errors import Conflict
from core.languages import Trilingual, current_language
from judging import rule_words
from judging.forms.what_if import WhatIfForm
from judging.operations.rubrics import rule_problem
from judging.problems import RuleError
from judging.queries import draft as drafts
from judging.queries import results as queries
from judging.queries.material import Material, material
from judging.queries.office import ranking_rule
from judging.result_words import blocker_text
from judging.views.results_office import crumbs_of
from judging.views.shared import standings_seen
from judging.what_if import Beside, beside

bp = Blueprint("what_if", __name__, url_prefix="/<lang:lang>/o/<edition>/judging/results/<round>/what-if")

PRESETS = (
    (_l("Mean of all judges"), {"method": "mean"}),
    (_l("Without the highest and the lowest"), {"method": "trimmed_mean", "drop_high": 1, "drop_low": 1}),
    (_l("Median"), {"method": "median"}),
    (_l("Sum of places"), {"method": "rank_sum"}),
    (_l("Schulze’s method"), {"method": "schulze"}),
    (_l("Standardized per judge"), {"method": "t_score"}),
)


@bp.get("")
@access(policy.organizer)
def page(edition: Edition, round: Round) -> Response:
    """The published rule and another one, side by side."""
    _refuse_decided(round)
    standings_seen(round)
    form = WhatIfForm(request.args if request.args else None, meta={"csrf": False})
    sound = form.validate() if request.args else True
    made_of = material(round)
    official = drafts.ranked(made_of)
    changes = form.changes(round.rule or {}) if sound else {}
    other = None
    if sound and changes and official.ranking is not None:
        other = _other(form, made_of, changes)
    lines = _lines(official, other) if other is not None else []
    return make_response(
        render_template(
            "results_office/what_if.html",
            edition=edition,
            round=round,
            form=form,
            presets=PRESETS,
            official=official,
            other=other,
            lines=lines,
            moved=[line for line in lines if line["beside"].moved],
            changed=[line for line in lines if line["beside"].outcome_changes],
            sentences=_said(other) if other else [],
            cautions=_cautions(other) if other else [],
            has_stages=bool((round.rule or {}).get("stages")),
            open_ties=len(other.allotment.open_ties) if other else 0,
            crumbs=[*crumbs_of(edition, round), (_("What if by another rule?"), "")],
        ),
        422 if form.errors else 200,
    )


def _refuse_decided(round: Round) -> None:
    if any(one.state in (*queries.PENDING, *queries.PUBLISHED) for one in queries.versions(round)):
        raise Conflict(
            _(
                "A version of this result is finalized or published. From then on only the published rule "
                "counts, and others are no longer tried out."
            ),
            code="decided",
        )


def _other(form: WhatIfForm, made_of: Material, changes: dict[str, Any]) -> drafts.Draft | None:
    """The ranking by the changed rule; None, with the form saying why, where it can't be used."""
    try:
        ranking_rule(made_of.round, made_of.rubric, changes)
    except RuleError as error:
        part = error.path.rpartition(".")[2]
        field = form[part] if part in form else form.method  # noqa: SIM401 (a form has no get)
        field.errors = [*field.errors, rule_problem(error)]
        return None
    found = drafts.ranked(made_of, changes)
    if found.ranking is None:
        form.method.errors = [*form.method.errors, _("These marks can't be ranked by this rule.")]
        return None
    return found


def _lines(official: drafts.Draft, other: drafts.Draft) -> list[dict[str, Any]]:
    assert official.ranking is not None
    assert other.ranking is not None
    prizes = {prize.id: Trilingual.from_json(dict(prize.name)) for prize in official.prizes}
    pairs: list[Beside] = beside((official.ranking, official.allotment), (other.ranking, other.allotment))
    return [
        {
            "beside": one,
            "contender": official.by_name[one.subject],
            "prize": prizes.get(one.prize or 0),
            "other_prize": prizes.get(one.other_prize or 0),
        }
        for one in pairs
    ]


def _cautions(other: drafts.Draft) -> list[str]:
    """What keeps earlier rounds from going together with the other rule."""
    assert other.ranking is not None
    said = [blocker_text(one) for one in other.blockers if one.code.startswith("carried_")]
    rule = other.ranking.rule
    if rule.stages is not None and rule.method in ("rank_sum", "borda", "points", "schulze", "t_score"):
        said.append(
            _(
                "This method doesn't count marks but how entries stand to each other, so its totals don't go "
                "together with those of earlier rounds. Compare without earlier rounds."
            )
        )
    return said


def _said(other: drafts.Draft) -> list[str]:
    assert other.ranking is not None
    names = {row.key: row.name for row in other.criteria}
    rounds = {one.slug: one.name for one in other.carried}
    return rule_words.sentences(other.ranking.rule, names, current_language(), rounds)
