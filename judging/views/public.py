"""How an edition is judged, for everybody: criteria, weights, and the rule of the total, in words."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template

from competition.models import Edition, Round
from competition.views.public import tabs
from core import pages
from core.access import PUBLIC, access
from core.languages import current_language
from judging.models import Rubric
from judging.queries import office
from judging.ranking import RuleError
from judging.rubrics import shown_bands
from judging.rule_words import sentences, unsaid

bp = Blueprint("judging", __name__, url_prefix="/<lang:lang>")


@bp.get("/e/<edition>/judging")
@access(PUBLIC, cache=())
def explained(edition: Edition) -> str:
    """How will this be judged?"""
    rubrics = office.rubrics_of(edition)
    for round in edition.rounds:
        pages.changes_at(round.scoring_opens_at)
        pages.changes_at(round.scoring_closes_at)
    return render_template(
        "judging_office/explained.html",
        edition=edition,
        tabs=tabs(edition),
        rounds=[(round, *_explain(rubrics.get(round.id), edition.rounds)) for round in edition.rounds],
        shown_bands=shown_bands,
    )


def _explain(rubric: Rubric | None, rounds: Sequence[Round]) -> tuple[Rubric | None, list[str]]:
    if rubric is None or not rubric.criteria:
        return None, []
    return rubric, rule_in_words(rubric, rounds)


def rule_in_words(rubric: Rubric, rounds: Sequence[Round]) -> list[str]:
    """The round's rule, sentence by sentence; [] for one that does not fit its criteria (yet). `rounds`: the
    edition's."""
    of = rubric.round
    try:
        rule = office.ranking_rule(of, rubric)
    except RuleError:
        return []
    earlier = {round.slug: round.name for round in rounds if round.position < of.position}
    names = {row.key: row.name for row in rubric.criteria}
    return sentences(rule, names, current_language(), earlier) + unsaid(
        rule, earlier=bool(earlier), prizes=of.awards_prizes, places=of.advance_places
    )
