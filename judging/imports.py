"""A published score table becomes an edition: contest, entries, judges, rubric, submitted sheets and, if
wished, result.

Nothing is committed here, so a refusal leaves nothing behind. Marks are stored in steps of their criterion
and the official path computes the result, as for any edition: what a page shows was not copied from
anywhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from itertools import groupby
from math import ceil, floor

from sqlalchemy import insert, select

from competition.models import (
    Country,
    Edition,
    EditionState,
    Entry,
    EntryState,
    Round,
    RoundEntry,
    Team,
)
from competition.operations.editions import add_prize, add_round, create_contest, create_edition
from core import audit, clock
from core.db import db
from core.errors import Problem
from core.languages import Trilingual
from core.quoting import quoted
from core.text import deceiving_characters, skeleton
from judging.exact import exact, plain
from judging.models import Criterion, Judge, Result, ScoreSheet, SheetState, StoredMark, TieDecision
from judging.operations.results import publish_imported
from judging.operations.rubrics import make_rubric
from judging.queries.draft import draft
from judging.ranking import Mark, Ranking, rank
from judging.rubrics import (
    MOST_CRITERIA,
    MOST_PLACES,
    MOST_POINTS,
    MOST_STEPS,
    CriterionSpec,
    SpecRefused,
    weight_problem,
)
from judging.rules import Rule
from judging.score_table import ScoreTable
from judging.tie_breaks import parse_time

MOST_SUBJECTS = 5_000
MOST_JUDGES = 2_000
LONGEST_NAME = 80
LONGEST_SOURCE = 300

FINAL = Trilingual("决赛", "결선", "Final")
PRIZES = (
    Trilingual("一等奖", "1등상", "First prize"),
    Trilingual("二等奖", "2등상", "Second prize"),
    Trilingual("三等奖", "3등상", "Third prize"),
)
"""For the first three places, so that certificates can come out; who shares a place shares its prize."""

_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")


class ImportRefused(ValueError):
    """The table can't become an edition. str() is the sentence, with row and field where there is one."""


class ResultRefused(ValueError):
    """The marks are sound, but the rule gives no result that can be published."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came out: the edition, its only round and, when it was published, the result."""

    edition: Edition
    round: Round
    result: Result | None


def import_scores(
    table: ScoreTable, rule: Rule, *, slug: str, source: str, name: str = "", publish: bool = False
) -> Imported:
    """Make the edition `slug` out of a score table and the rule by which it is ranked.

    source: what the public reads as the origin. name: of the edition, default the slug. publish: make the
    result a published, final snapshot without signatures; the edition is public then, else a draft. Raises
    ImportRefused for what can't be stored, ResultRefused when nothing can be published, and what
    `judging.ranking.rank` raises.
    """
    rule = rule.with_criteria(table.criteria)
    ranking = rank(table.marks, rule, submitted=table.submitted)
    _check_names(table)
    try:
        edition = _edition(slug, name, source, table, public=publish)
        for place, sharing in groupby(ranking.subjects, lambda line: line.rank):
            if place <= len(PRIZES):
                add_prize(edition=edition, name=PRIZES[place - 1], places=len(list(sharing)))
        round_ = _round(edition, rule, table)
        criteria = _rubric(round_, rule, table)
    except Problem as problem:
        raise ImportRefused(_sentence(problem)) from problem
    entries = _entries(edition, round_, table)
    judges = _judges(edition, table)
    _sheets(round_, table.marks, entries, judges, criteria)
    _decisions(round_, rule, ranking, entries)
    audit.record("edition.imported", edition, new={"from": source, "marks": len(table.marks)})
    _prove(round_, ranking)
    return Imported(edition, round_, _publish(round_) if publish else None)


def _edition(slug: str, name: str, source: str, table: ScoreTable, *, public: bool) -> Edition:
    found = _YEAR.search(slug) or _YEAR.search(table.name)
    called = Trilingual.same(name or slug)
    return create_edition(
        contest=create_contest(slug=slug, name=called),
        slug=slug,
        year=int(found[1]) if found else clock.now().year,
        name=called,
        state=EditionState.PUBLIC if public else EditionState.DRAFT,
        imported_from=source,
        notice_days=0,
    )


def _round(edition: Edition, rule: Rule, table: ScoreTable) -> Round:
    panels = Counter(subject for _judge, subject in {(mark.judge, mark.subject) for mark in table.marks})
    stored = rule.to_json()
    del stored["criteria"], stored["decisions"]
    moment = clock.now()
    return add_round(
        edition=edition,
        slug="final",
        name=FINAL,
        scoring_closes_at=moment,
        awards_prizes=True,
        judges_per_entry=min(panels.values()),
        rule=stored,
    )


def _rubric(round_: Round, rule: Rule, table: ScoreTable) -> dict[str, Criterion]:
    """Criteria with the rule's weight, range and step; what the rule leaves open is read off the marks."""
    marks: dict[str, list[Fraction]] = {}
    for mark in table.marks:
        marks.setdefault(mark.criterion, []).append(exact(mark.score))
    specs = []
    for key, of_rule in rule.criteria.items():
        given = marks.get(key, [Fraction(0)])
        step = of_rule.step or _finest(given)
        least = of_rule.least if of_rule.least is not None else Fraction(min(0, floor(min(given))))
        most = of_rule.most if of_rule.most is not None else Fraction(ceil(max(given)))
        if most <= least:
            most = least + step
        # A range need not be whole steps: the last step that fits is the highest mark.
        surplus = (most - least) % step
        most += -surplus if of_rule.most is not None and most - surplus > least else -surplus % step
        spec = CriterionSpec(
            key=key,
            name=Trilingual.same(key),
            weight=plain(of_rule.weight),
            least=plain(least),
            most=plain(most),
            step=plain(step),
        )
        _check_spec(spec, table)
        specs.append(spec)
    rubric = make_rubric(round=round_, criteria=specs)
    return {criterion.key: criterion for criterion in rubric.criteria}


def _check_spec(spec: CriterionSpec, table: ScoreTable) -> None:
    """Raise ImportRefused for a criterion that `flask rank` takes and a rubric can't hold."""
    about = f"{table.name}: criterion {quoted(spec.key)}: "
    if weight_problem(spec.weight):
        raise ImportRefused(
            f"{about}a weight of {spec.weight} can't be stored: from 0 to 10000 with four decimals at most"
        )
    for mark, row in zip(table.marks, table.rows, strict=True):
        if mark.criterion == spec.key and len(plain(exact(mark.score)).partition(".")[2]) > MOST_PLACES:
            raise ImportRefused(
                f"{table.name}: row {row}, score: {quoted(plain(exact(mark.score)))} has more than "
                f"{MOST_PLACES} decimals, which can't be stored"
            )
    try:
        spec.scale  # noqa: B018 - making it checks it
    except SpecRefused:
        raise ImportRefused(
            f"{about}marks from {spec.least} to {spec.most} in steps of {spec.step} can't be stored: "
            f"at most {MOST_PLACES} decimals, {MOST_POINTS} points and {MOST_STEPS} steps"
        ) from None


def _finest(marks: Sequence[Fraction]) -> Fraction:
    """One unit of the last decimal that occurs."""
    places = max(len(plain(mark).partition(".")[2]) for mark in marks)
    return Fraction(1, 10**places)


def _entries(edition: Edition, round_: Round, table: ScoreTable) -> dict[str, int]:
    """An accepted entry of a team without accounts for every subject; returns subject → entry id."""
    subjects = list(dict.fromkeys(mark.subject for mark in table.marks))
    times = table.submitted or {}
    entries: dict[str, int] = {}
    for position, subject in enumerate(subjects, 1):
        team = Team(
            edition_id=edition.id,
            name=subject,
            name_key=skeleton(subject),
            country=Country.UNKNOWN,
            shown_publicly=True,
        )
        team.entry = Entry(
            edition_id=edition.id,
            state=EntryState.ACCEPTED,
            title=Trilingual.same(subject),
            submitted_at=_moment(times.get(subject)),
            receipt_number=f"{edition.receipt_prefix}-{position:06d}",
        )
        db.session.add(team)
        db.session.flush()
        entries[subject] = team.entry.id
    db.session.execute(
        insert(RoundEntry),
        [
            {
                "edition_id": edition.id,
                "round_id": round_.id,
                "entry_id": entry_id,
                "position": position,
            }
            for position, entry_id in enumerate(entries.values(), 1)
        ],
    )
    return entries


def _moment(text: str | None) -> datetime:
    """A time of submission; one without UTC offset is taken as UTC."""
    if not text:
        return clock.now()
    moment = parse_time(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _judges(edition: Edition, table: ScoreTable) -> dict[str, int]:
    """A judge without account for every name; returns name → judge id."""
    judges = [
        Judge(edition_id=edition.id, name=name) for name in dict.fromkeys(mark.judge for mark in table.marks)
    ]
    db.session.add_all(judges)
    db.session.flush()
    return {judge.name: judge.id for judge in judges}


def _sheets(
    round_: Round,
    marks: Sequence[Mark],
    entries: Mapping[str, int],
    judges: Mapping[str, int],
    criteria: Mapping[str, Criterion],
) -> None:
    """One submitted sheet for every judge and entry with a mark; the rubric is locked with the first."""
    moment = clock.now()
    pairs = dict.fromkeys((mark.judge, mark.subject) for mark in marks)
    db.session.execute(
        insert(ScoreSheet),
        [
            {
                "edition_id": round_.edition_id,
                "round_id": round_.id,
                "entry_id": entries[subject],
                "judge_id": judges[judge],
                "state": SheetState.SUBMITTED,
                "submitted_at": moment,
            }
            for judge, subject in pairs
        ],
    )
    sheets = {
        (judge_id, entry_id): sheet_id
        for sheet_id, judge_id, entry_id in db.session.execute(
            select(ScoreSheet.id, ScoreSheet.judge_id, ScoreSheet.entry_id).where(
                ScoreSheet.round_id == round_.id
            )
        )
    }
    db.session.execute(
        insert(StoredMark),
        [
            {
                "sheet_id": sheets[judges[mark.judge], entries[mark.subject]],
                "criterion_id": criteria[mark.criterion].id,
                "steps": criteria[mark.criterion].scale.steps(plain(exact(mark.score))),
            }
            for mark in marks
        ],
    )
    next(iter(criteria.values())).rubric.locked_at = moment
    db.session.flush()


def _decisions(round_: Round, rule: Rule, ranking: Ranking, entries: Mapping[str, int]) -> None:
    """The head judge's decisions that the rule brought along, each for the tie that it decided."""
    for taken in ranking.tie_breaks:
        if taken.step != "decision" or not set(taken.subjects) & set(rule.decisions):
            continue
        among = sorted(entries[subject] for subject in taken.subjects)
        for position, group in enumerate(taken.groups, 1):
            for subject in group:
                db.session.add(
                    TieDecision(
                        edition_id=round_.edition_id,
                        round_id=round_.id,
                        entry_id=entries[subject],
                        position=position,
                        among=among,
                        reason=round_.edition.imported_from,
                    )
                )
    db.session.flush()


def _prove(round_: Round, ranking: Ranking) -> None:
    """What the edition computes from its sheets is what the file gives; anything else would be a fault of
    ours.
    """
    found = draft(round_).ranking
    stored = [(line.subject, line.rank, line.total) for line in found.subjects] if found else []
    if stored != [(line.subject, line.rank, line.total) for line in ranking.subjects]:
        raise AssertionError("the stored sheets give another ranking than the file")


def _publish(round_: Round) -> Result:
    try:
        return publish_imported(round=round_)
    except Problem as problem:
        raise ResultRefused(_sentence(problem)) from problem


def _check_names(table: ScoreTable) -> None:
    """Every name must fit where names of teams, judges, criteria stand, and no two teams may look alike."""
    looks: dict[str, str] = {}
    counts = {"subject": MOST_SUBJECTS, "judge": MOST_JUDGES, "criterion": MOST_CRITERIA}
    for field, most in counts.items():
        seen: set[str] = set()
        for mark, row in zip(table.marks, table.rows, strict=True):
            name = getattr(mark, field)
            if name in seen:
                continue
            seen.add(name)
            where = f"{table.name}: row {row}, {field}: "
            if len(name) > LONGEST_NAME:
                raise ImportRefused(f"{where}is longer than {LONGEST_NAME} characters")
            if wrong := deceiving_characters(name):
                raise ImportRefused(f"{where}contains characters that can't be seen: {', '.join(wrong)}")
            if field == "subject" and (twin := looks.setdefault(skeleton(name), name)) != name:
                raise ImportRefused(f"{where}{quoted(name)} looks the same as {quoted(twin)}")
            if len(seen) > most:
                raise ImportRefused(f"{where}more than {most} of them can't be imported")


def _sentence(problem: Problem) -> str:
    texts = [str(text) for text in (problem.detail, *problem.fields.values()) if text]
    named = ", ".join(problem.fields)
    return f"{named}: {' '.join(texts)}" if named else " ".join(texts)
