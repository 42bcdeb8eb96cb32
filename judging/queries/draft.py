"""A round as its marks stand now: the ranking that finalizing would freeze, and what stands in its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from competition.models import Entry, EntryState, Member, Prize, Round, RoundEntry, Team
from core.db import db
from core.languages import Trilingual
from judging.models import Criterion, Judge, Rubric, ScoreSheet, SheetState, TieDecision
from judging.problems import JudgingError, RankingRefused
from judging.queries.conflicts import conflicts_of
from judging.queries.office import official_marks, ranking_rule
from judging.ranking import Mark, Ranking, rank
from judging.rules import Rule, TieStep
from judging.snapshots import Allotment, PrizeLine, Subject, allot


@dataclass(frozen=True, slots=True)
class Contender:
    """An entry of a round: what is shown of it and what ranking needs to know. `counts`: accepted, so it is
    ranked.
    """

    id: int
    key: str
    team_id: int
    team: str
    name: str
    name_latin: str
    country: str
    title: Trilingual
    submitted_at: datetime | None
    state: EntryState

    @property
    def counts(self) -> bool:
        return self.state is EntryState.ACCEPTED


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


@dataclass(frozen=True, slots=True)
class Blocker:
    """What stands in the way of finalizing. `code` names it for the page's words, `items` who or what is
    meant.
    """

    code: str
    items: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True)
class Draft:
    """A round as its marks stand now: the ranking that finalizing would freeze, and what still prevents
    that.

    `ranking` is None while no ranking is possible. `marks`, `ranking`: subjects are team names, judges as
    labelled.
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
    contenders = _contenders(of)
    rubric = _rubric(of)
    criteria = rubric.criteria if rubric else []
    prizes = _prize_lines(of) if of.awards_prizes else []
    counting = {contender.key: contender for contender in contenders if contender.counts}
    panel = _panel(of)
    blockers = _before_ranking(criteria, counting, panel)
    plain = Draft(of, criteria, contenders, prizes)
    given = official_marks(of)
    unscored = set(counting) - {mark.subject for mark in given}
    if criteria and unscored:
        names = sorted(counting[key].name for key in unscored)
        blockers.append(Blocker("unscored", tuple(names), len(names)))
    if not criteria or not given:
        return replace(plain, blockers=blockers)
    blockers += _about_panels(of, {(mark.judge, mark.subject) for mark in given}, counting, panel)

    assert rubric is not None
    called = labels if labels is not None else panel.names
    marks = [replace(mark, judge=called[mark.judge], subject=counting[mark.subject].name) for mark in given]
    times = {contender.name: contender.submitted_at for contender in counting.values()}
    try:
        rule = ranking_rule(of, rubric)
        try:
            ranking, ties, used = _rank(of, marks, rule, counting.values(), times)
        except RankingRefused as refused:
            short = tuple(str(shortage) for shortage in refused.shortages)
            blockers.append(Blocker("too_few_judges", short, len(short)))
            rule = replace(rule, minimum_judges=1)  # to show where things stand, never to finalize
            ranking, ties, used = _rank(of, marks, rule, counting.values(), times)
    except RankingRefused:
        return replace(plain, marks=marks, blockers=blockers)
    except JudgingError as error:
        blockers.append(Blocker("rule", (str(error),), 1))
        return replace(plain, marks=marks, blockers=blockers)
    allotment = allot([(line.subject, line.rank) for line in ranking.subjects], prizes, of.advance_places)
    crossed = {subject for tie in allotment.open_ties for subject in tie.subjects}
    ties = [replace(tie, needed=any(one.name in crossed for one in tie.contenders)) for tie in ties]
    for open_tie in allotment.open_ties:
        blockers.append(Blocker(f"tie_{open_tie.line}", open_tie.subjects, open_tie.fit))
    return Draft(of, criteria, contenders, prizes, marks, ranking, allotment, ties, used, blockers)


def _rank(
    of: Round,
    marks: Sequence[Mark],
    rule: Rule,
    contenders: Iterable[Contender],
    times: Mapping[str, Any],
) -> tuple[Ranking, list[Tie], list[TieDecision]]:
    """The ranking with the recorded decisions that count, the ties that are (or were) for a person to
    decide.
    """
    by_name = {contender.name: contender for contender in contenders}
    steps = [step.kind for step in rule.ties]
    if "decision" in steps:
        undecided = rank(marks, replace(rule, ties=rule.ties[: steps.index("decision")]), submitted=times)
    else:
        undecided = rank(marks, rule, submitted=times)
    is_tied = any(line.tied for line in undecided.subjects)
    recorded = {row.entry_id: row for row in _decisions(of)} if is_tied else {}
    ties: list[Tie] = []
    used: list[TieDecision] = []
    for place, group in groupby(undecided.subjects, key=lambda line: line.rank):
        tied = tuple(by_name[line.subject] for line in group)
        if len(tied) < 2:
            continue
        rows = [recorded.get(contender.id) for contender in tied]
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
    return rank(marks, decided, submitted=times), ties, used


def _before_ranking(
    criteria: Sequence[Criterion], counting: Mapping[str, Contender], panel: _Panel
) -> list[Blocker]:
    if not counting:
        return [Blocker("no_entries")]
    if not criteria:
        return [Blocker("no_rubric")]
    names = {contender.id: contender.name for contender in counting.values()}
    missing = [f"{judge} → {names[entry_id]}" for judge, entry_id in panel.open if entry_id in names]
    return [Blocker("missing_sheets", tuple(missing), len(missing))] if missing else []


def _about_panels(
    of: Round, sheets: Set[tuple[str, str]], counting: Mapping[str, Contender], panel: _Panel
) -> Iterator[Blocker]:
    """Entries with fewer counting sheets than the round asks for, and sheets of judges who are tied to the
    team, whenever that came about. `sheets`: (judge key, entry key)."""
    judged = Counter(entry for _judge, entry in sheets)
    short = sorted(counting[entry].name for entry, count in judged.items() if count < of.judges_per_entry)
    if short:
        yield Blocker("short_panels", tuple(short), of.judges_per_entry)
    if of.edition.imported_from:
        return
    found = conflicts_of(of.edition_id, panel.judges, list(counting.values()))
    tied = sorted(
        f"{judge.name} → {contender.name}"
        for judge in panel.judges
        for key, contender in counting.items()
        if (judge.id, contender.id) in found and (judge.key, key) in sheets
    )
    if tied:
        yield Blocker("conflicts", tuple(tied), len(tied))


@dataclass(frozen=True, slots=True)
class _Panel:
    """The edition's judges, and whose sheets for which entries of the round are not submitted."""

    judges: Sequence[Judge]
    open: Sequence[tuple[str, int]]

    @property
    def names(self) -> dict[str, str]:
        """Judge key → name."""
        return {judge.key: judge.name for judge in self.judges}


def _panel(of: Round) -> _Panel:
    rows = db.session.execute(
        select(Judge, ScoreSheet.entry_id)
        .outerjoin(
            ScoreSheet,
            (ScoreSheet.judge_id == Judge.id)
            & (ScoreSheet.round_id == of.id)
            & (ScoreSheet.state == SheetState.OPEN),
        )
        .where(Judge.edition_id == of.edition_id)
        .order_by(Judge.name, ScoreSheet.entry_id)
        .options(joinedload(Judge.person))
    ).all()
    return _Panel(
        list(dict.fromkeys(judge for judge, _entry in rows)),
        [(judge.name, entry_id) for judge, entry_id in rows if entry_id is not None],
    )


def _contenders(of: Round) -> list[Contender]:
    rows = db.session.execute(
        select(
            Entry.id.label("id"),
            Entry.key.label("key"),
            Team.id.label("team_id"),
            Team.key.label("team"),
            Team.name.label("name"),
            Team.name_latin.label("name_latin"),
            Team.country.label("country"),
            Entry.title.label("title"),
            Entry.submitted_at.label("submitted_at"),
            Entry.state.label("state"),
        )
        .join(RoundEntry, RoundEntry.entry_id == Entry.id)
        .join(Team, Team.id == Entry.team_id)
        .where(RoundEntry.round_id == of.id)
        .order_by(Team.name)
    )
    return [Contender(**row._mapping) for row in rows]


def _rubric(of: Round) -> Rubric | None:
    return (
        db.session.scalars(
            select(Rubric).where(Rubric.round_id == of.id).options(joinedload(Rubric.criteria))
        )
        .unique()
        .one_or_none()
    )


def _prize_lines(of: Round) -> list[PrizeLine]:
    rows = db.session.execute(
        select(Prize.id, Prize.name, Prize.places)
        .where(Prize.edition_id == of.edition_id)
        .order_by(Prize.position, Prize.id)
    )
    return [PrizeLine(row.id, row.name.to_json(), row.places) for row in rows]


def _decisions(of: Round) -> list[TieDecision]:
    return list(db.session.scalars(select(TieDecision).where(TieDecision.round_id == of.id)))


def judge_names(of: Round) -> dict[str, str]:
    """Judge key → name, for the organizers' pages and for imported protocols, whose judges are public."""
    return _panel(of).names


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
