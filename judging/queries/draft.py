"""A round as its marks stand now: the ranking that finalizing would freeze, and what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from typing import Any, cast

from sqlalchemy import select

from competition.models import Member, Round
from core.db import db
from judging.calibrated_apart import scores_apart
from judging.models import Criterion, TieDecision
from judging.problems import JudgingError, RankingRefused, RuleError
from judging.queries.carried import CarriedRound, carried_rounds
from judging.queries.material import Blocker, Contender, Material, material
from judging.queries.office import ranking_rule
from judging.ranking import Mark, Ranking, rank
from judging.rules import Rule, TieStep
from judging.snapshots import Allotment, PrizeLine, Subject, allot_by_rule


@dataclass(frozen=True, slots=True)
class Tie:
    """Contenders that marks and rule can't separate. `needed`: a line runs through them, so somebody has to
    decide.

    `positions`: entry id → the recorded order; empty while nobody has decided.
    """

    contenders: tuple[Contender, ...]
    rank: int
    needed: bool
    positions: Mapping[int, int]
    reason: str = ""


@dataclass(frozen=True)
class Draft:
    """A round as its marks stand now: the ranking that finalizing would freeze, and what still prevents
    that.

    `ranking` is None while no ranking is possible. `marks`, `ranking`: subjects are team names, judges as
    labelled. `carried`: the earlier rounds whose totals count in it.
    """

    round: Round
    criteria: Sequence[Criterion]
    contenders: Sequence[Contender]
    prizes: Sequence[PrizeLine]
    marks: Sequence[Mark] = ()
    ranking: Ranking | None = None
    allotment: Allotment = field(default_factory=lambda: Allotment({}, None, ()))
    ties: Sequence[Tie] = ()
    decisions: Sequence[TieDecision] = ()
    blockers: Sequence[Blocker] = ()
    carried: Sequence[CarriedRound] = ()

    @property
    def by_name(self) -> dict[str, Contender]:
        return {contender.name: contender for contender in self.contenders if contender.counts}

    @property
    def left_out(self) -> list[Contender]:
        """Entries of the round that were withdrawn or disqualified since."""
        return [contender for contender in self.contenders if not contender.counts]


def draft(of: Round, *, labels: Mapping[str, str] | None = None) -> Draft:
    """The round's ranking by its rule over all submitted sheets.

    labels: judge key → how the judge is called in marks and ranking; by default the judge's name.
    """
    return ranked(material(of, labels=labels))


def ranked(made_of: Material, changes: Mapping[str, Any] | None = None) -> Draft:
    """The draft by the round's own rule; `changes`: keys of it that are to say something else, for looking at
    what another rule would give.
    """
    of, blockers = made_of.round, list(made_of.blockers)
    plain = Draft(of, made_of.criteria, made_of.contenders, made_of.prizes, blockers=blockers)
    if not made_of.criteria or not made_of.marks:
        return plain
    try:
        rule = ranking_rule(of, made_of.rubric, changes)
        carried, totals, missing = _carried(made_of, rule)
        blockers += missing
        if missing:
            rule = replace(rule, stages=None)  # to show where things stand, never to finalize
        try:
            ranking, ties, used = _rank(made_of, rule, totals)
        except RankingRefused as refused:
            short = tuple(str(shortage) for shortage in refused.shortages)
            blockers.append(Blocker("too_few_judges", short, len(short)))
            rule = replace(rule, minimum_judges=1)  # as above
            ranking, ties, used = _rank(made_of, rule, totals)
    except RankingRefused:
        return replace(plain, marks=made_of.marks, blockers=blockers)
    except JudgingError as error:
        blockers.append(Blocker("rule", (str(error),), 1))
        return replace(plain, marks=made_of.marks, blockers=blockers)
    allotment = allot_by_rule(ranking, made_of.prizes, of.advance_places)
    crossed = {subject for tie in allotment.open_ties for subject in tie.subjects}
    ties = [replace(tie, needed=any(one.name in crossed for one in tie.contenders)) for tie in ties]
    for open_tie in allotment.open_ties:
        blockers.append(Blocker(f"tie_{open_tie.line}", open_tie.subjects, open_tie.fit))
    return replace(
        plain,
        marks=made_of.marks,
        ranking=ranking,
        allotment=allotment,
        ties=ties,
        decisions=used,
        blockers=blockers,
        carried=carried,
    )


def _carried(
    made_of: Material, rule: Rule
) -> tuple[list[CarriedRound], dict[str, dict[str, Fraction]], list[Blocker]]:
    """The earlier rounds that the rule counts, their totals by round and team name, and what they lack."""
    rounds = carried_rounds(made_of.round, rule.carried_slugs)
    totals: dict[str, dict[str, Fraction]] = {}
    missing: list[Blocker] = []
    marked = {mark.subject for mark in made_of.marks}
    for one in rounds:
        if one.snapshot is None:
            missing.append(Blocker("carried_unpublished", about=one.name))
            continue
        try:
            by_entry = one.totals(rule)
        except RuleError:
            missing.append(Blocker("carried_direction", about=one.name))
            continue
        totals[one.slug] = {
            name: by_entry[contender.key]
            for name, contender in made_of.counting.items()
            if contender.key in by_entry
        }
        if lacking := sorted(marked - totals[one.slug].keys()):
            missing.append(Blocker("carried_missing", tuple(lacking), len(lacking), about=one.name))
    return rounds, totals, missing


def _rank(
    made_of: Material, rule: Rule, totals: Mapping[str, Mapping[str, Fraction]]
) -> tuple[Ranking, list[Tie], list[TieDecision]]:
    """The ranking with the recorded decisions that count, the ties that are (or were) for a person to
    decide.
    """
    by_name = made_of.counting
    times = {name: contender.submitted_at for name, contender in by_name.items()}

    def by(one: Rule) -> Ranking:
        return rank(
            made_of.marks,
            one,
            submitted=cast("Mapping[str, datetime]", times),
            carried=totals,
            adjustments=made_of.adjustments,
            calibrate=scores_apart,
        )

    steps = [step.kind for step in rule.ties]
    undecided = by(replace(rule, ties=rule.ties[: steps.index("decision")]) if "decision" in steps else rule)
    ties: list[Tie] = []
    used: list[TieDecision] = []
    for place, group in groupby(undecided.subjects, key=lambda line: line.rank):
        tied = tuple(by_name[line.subject] for line in group)
        if len(tied) < 2:
            continue
        rows = [made_of.decisions.get(contender.id) for contender in tied]
        among = sorted(contender.id for contender in tied)
        counted = [row for row in rows if row is not None and sorted(row.among) == among]
        positions = {row.entry_id: row.position for row in counted} if len(counted) == len(tied) else {}
        ties.append(Tie(tied, place, False, positions, counted[0].reason if positions else ""))
        used += counted if positions else []
    if not used and "decision" not in steps:
        return undecided, ties, []
    names = {contender.id: name for name, contender in by_name.items()}
    decided = replace(
        rule,
        ties=rule.ties if "decision" in steps else (*rule.ties, TieStep("decision")),
        decisions={names[row.entry_id]: row.position for row in used},
    )
    return by(decided), ties, used


def subjects(of: Draft) -> dict[str, Subject]:
    """What the snapshot says of every ranked entry; members are the confirmed ones, advisers included."""
    members: dict[int, list[int]] = {}
    for team_id, member_id in db.session.execute(
        select(Member.team_id, Member.id)
        .where(Member.edition_id == of.round.edition_id, Member.confirmed_at.is_not(None))
        .order_by(Member.position, Member.id)
    ):
        members.setdefault(team_id, []).append(member_id)
    return {
        name: Subject(
            entry=contender.key,
            team_id=contender.team_id,
            team=contender.team,
            name=contender.name,
            name_latin=contender.name_latin,
            country=contender.country,
            title=contender.title.to_json(),
            members=tuple(members.get(contender.team_id, ())),
        )
        for name, contender in of.by_name.items()
    }
