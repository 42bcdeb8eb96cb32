"""The demo edition's second part: judges, three judged rounds, published results.

Sheets and marks are written directly, as the many hands of a judging afternoon would have left them;
assignment,
ranking, signatures and publication go through the room's own operations.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from accounts.consents import REQUIRED, give_consent
from accounts.models import Grant, Person, Role
from accounts.passwords import hash_password
from competition import demo as competition_demo
from competition.models import Edition, Entry, EntryState, Round, RoundEntry, Team
from core import clock, demo, registries
from core.db import db
from core.languages import Trilingual
from core.text import fold
from judging.models import AssignmentProposal, Criterion, Judge, Result, ScoreSheet, SheetState, StoredMark
from judging.operations import advance, assignment, panel, results, rubrics
from judging.panel_settings import PanelSettings
from judging.queries.conflicts import conflicts_of

PRESETS = {
    "preliminary": "cn_guochuang_2025_creative",
    "semi-final": "kr_psst",
    "final": "cn_generic_live",
}
FINAL_PANEL = 7
RULE = {
    "aggregate": {
        "over": "judge_totals",
        "method": "trimmed_mean",
        "drop_high": 1,
        "drop_low": 1,
        "drop_from": 5,
    },
    "rounding": {"total": 2},
    "minimum_judges": 2,
    "ties": ["untrimmed_total", "median", "lower_spread", "lot:jiachi"],
}


def load(world: Any) -> None:
    """Judge the demo edition through all its rounds; flushes, does not commit."""
    edition = competition_demo.edition()
    strengths = {team.name: team.strength for team in world.teams}
    first, auditor = _staff(edition)
    with clock.set_by(lambda: competition_demo.CLOSES + timedelta(hours=1)):
        judges = _judges(world, edition)
    dice = random.Random(len(strengths))  # the same edition for the same size, every time
    for round in edition.rounds:
        assert round.scoring_opens_at is not None
        assert round.scoring_closes_at is not None
        opens, closes = round.scoring_opens_at, round.scoring_closes_at
        with clock.set_by(lambda moment=opens: moment):  # type: ignore[misc]
            _enter(edition, round)
            rubrics.make_rubric(round=round, preset=PRESETS[round.slug], who=first)
            rubrics.set_rule(round=round, rule=RULE, who=first)
            _assign(round, [judge for judge, _severity, _noise in judges], first)
        _score(round, judges, strengths, dice, closes)
        _publish(round, first, auditor, closes)


def _staff(edition: Edition) -> tuple[Person, Person]:
    def holder(role: Role) -> Person:
        statement = (
            select(Person)
            .join(Grant, Grant.person_id == Person.id)
            .where(Grant.role == role, Grant.scope_kind == "edition", Grant.scope_id == edition.id)
            .order_by(Person.id)
        )
        return db.session.scalars(statement).first()  # type: ignore[return-value]

    return holder(Role.ORGANIZER), holder(Role.AUDITOR)


def _judges(world: Any, edition: Edition) -> list[tuple[Judge, float, float]]:
    """Each judge with the severity and noise (points of 100) that the invented marks follow."""
    password = hash_password(demo.PASSWORD)
    found = []
    for number, invented in enumerate(world.judges):
        somebody = invented.person
        person = Person(
            email=somebody.email,
            email_key=fold(somebody.email),
            email_confirmed_at=clock.now(),
            password_hash=password,
            name=somebody.name,
            name_latin=somebody.name_latin,
            country=somebody.country,
            language=somebody.language,
            time_zone="Asia/Seoul" if somebody.country == "KR" else "Asia/Shanghai",
        )
        db.session.add(person)
        db.session.flush()
        give_consent(person=person, purposes=REQUIRED, language=person.language)
        judge = panel.add_judge(
            edition=edition,
            name=somebody.name,
            name_latin=somebody.name_latin,
            email=somebody.email,
            affiliation=Trilingual(**invented.affiliation),
            country=invented.country,
            languages=list(invented.languages),
            expertise=list(invented.expertise),
            is_head=number == world.head_judge,
            person=person,
        )
        found.append((judge, invented.severity, invented.noise))
    return found


def _enter(edition: Edition, round: Round) -> None:
    """All accepted entries into the first round; later ones were filled by the result before."""
    if round.position > 1:
        return
    accepted = db.session.scalars(
        select(Entry)
        .where(Entry.edition_id == edition.id, Entry.state == EntryState.ACCEPTED)
        .order_by(Entry.id)
    )
    panel.enter_round(round=round, entries=accepted)


def _assign(round: Round, judges: list[Judge], who: Person) -> None:
    """Rotating panels by the assigner; the final has one panel for all, free of conflicts."""
    if not round.awards_prizes:
        posed = assignment.pose(round=round, settings=PanelSettings(per_entry=round.judges_per_entry, seed=7))
        proposal = assignment.propose(round=round, posed=posed, answer=assignment.solve(posed), who=who)
        assert isinstance(proposal, AssignmentProposal)
        assignment.apply_proposal(proposal=proposal, who=who)
        return
    entries = list(
        db.session.scalars(
            select(Entry)
            .join(RoundEntry, RoundEntry.entry_id == Entry.id)
            .where(RoundEntry.round_id == round.id)
            .order_by(Entry.id)
        )
    )
    barred = {judge for judge, _entry in conflicts_of(round.edition_id, judges, entries)}
    free = sorted((judge for judge in judges if judge.id not in barred), key=lambda judge: not judge.is_head)
    for judge in free[:FINAL_PANEL]:
        for entry in entries:
            panel.assign(round=round, judge=judge, entry=entry, who=who)


def _score(
    round: Round,
    judges: Iterable[tuple[Judge, float, float]],
    strengths: dict[str, float],
    dice: random.Random,
    closes: datetime,
) -> None:
    """Fill in and submit every sheet: quality of the team, severity and mood of the judge."""
    rubric = rubrics.rubric_of(round)
    assert rubric is not None
    manners = {judge.id: (severity, noise) for judge, severity, noise in judges}
    sheets = db.session.execute(
        select(ScoreSheet.id, ScoreSheet.judge_id, Team.name)
        .join(Entry, Entry.id == ScoreSheet.entry_id)
        .join(Team, Team.id == Entry.team_id)
        .where(ScoreSheet.round_id == round.id)
        .order_by(ScoreSheet.id)
    ).all()
    marks = []
    for sheet_id, judge_id, team in sheets:
        severity, noise = manners[judge_id]
        for criterion in rubric.criteria:
            share = 0.52 + 0.4 * strengths[team] + (dice.gauss(0, noise) - severity) / 100
            marks.append(
                {"sheet_id": sheet_id, "criterion_id": criterion.id, "steps": _steps(criterion, share)}
            )
    db.session.execute(insert(StoredMark), marks)
    db.session.execute(
        update(ScoreSheet)
        .where(ScoreSheet.round_id == round.id)
        .values(state=SheetState.SUBMITTED, submitted_at=closes - timedelta(hours=2))
    )
    rubric.locked_at = closes - timedelta(days=1)
    db.session.flush()
    db.session.expire_all()


def _steps(criterion: Criterion, share: float) -> int:
    """The nearest permitted mark to `share` of the criterion's range."""
    steps = (criterion.most - criterion.least) // criterion.step
    return min(steps, max(0, int(steps * share + 0.5)))


def _publish(round: Round, organizer: Person, auditor: Person, closes: datetime) -> None:
    """Finalized after the scoring, signed by the auditor, published an hour later, final after its notice."""
    with clock.set_by(lambda: closes + timedelta(minutes=20)):
        result = results.finalize(round=round, who=organizer)
        results.sign(result=result, who=auditor)
    with clock.set_by(lambda: closes + timedelta(hours=1)):
        results.publish(result=result, who=organizer)
        _advance(round, result, organizer)
    assert result.notice_until is not None
    ended = result.notice_until + timedelta(hours=1)
    with clock.set_by(lambda: ended):
        results.make_final(result=result, who=organizer)


def _advance(round: Round, result: Result, who: Person) -> None:
    following = next((other for other in round.edition.rounds if other.position == round.position + 1), None)
    if following is not None:
        advance.advance(result=result, next_round=following, who=who)


def register() -> None:
    registries.demo_steps[20] = load
