"""What the diagnosis of a round is computed from, and what was computed last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import lazyload

from competition.models import Entry, Round, Team
from core.db import db
from core.languages import Trilingual
from core.text import skeleton
from judging.exact import exact, exact_text, plain
from judging.models import (
    Criterion,
    Diagnosis,
    Judge,
    MarkChange,
    ScoreSheet,
    SheetSave,
    SheetState,
    StandingsView,
)
from judging.queries.draft import Draft, draft
from judging.thresholds import DiagnosisThresholds, thresholds_from

PRIZE, ADVANCE = "prize", "advance"


@dataclass(frozen=True, slots=True)
class Border:
    """A line after `place`: the last of a prize (`name`), or the last who goes on."""

    kind: str
    place: int
    name: Trilingual | None = None


@dataclass(frozen=True)
class Posed:
    """A round to diagnose, as it was read. Judges and entries by key.

    Plain values but for `draft`, so that it outlives its transaction. `given`: what
    `judging.diagnosis.diagnose` gets. `recused`: (judge, entry). `open`: sheets not in yet.
    """

    round_id: int
    draft: Draft
    judges: Mapping[str, str]
    teams: Mapping[str, str]
    official: Mapping[str, int]
    totals: Mapping[str, str]
    borders: Sequence[Border]
    criteria: Mapping[str, Trilingual]
    recused: frozenset[tuple[str, str]]
    open: int
    given: Mapping[str, Any]

    @cached_property
    def text(self) -> str:
        return json.dumps(self.given, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @cached_property
    def sha256(self) -> str:
        """Of all that the diagnosis is computed from: marks, rule, thresholds, … and of the code."""
        return hashlib.sha256(f"{code_version()}\n{self.text}".encode()).hexdigest()


@lru_cache(maxsize=1)
def code_version() -> str:
    """Of the modules that compute: what another version of them found is not shown for this one's."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parents[1].glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def pose(of: Round) -> Posed | None:
    """Read the round; None while its marks can't be ranked at all. Nine statements, whatever its size."""
    judges = list(
        db.session.scalars(select(Judge).where(Judge.edition_id == of.edition_id).options(lazyload("*")))
    )
    made = draft(of, labels={judge.key: judge.key for judge in judges})
    if made.ranking is None:
        return None
    key_of = {contender.name: contender.key for contender in made.by_name.values()}
    lines = made.ranking.to_json()
    official = {key_of[line["subject"]]: line["rank"] for line in lines}
    rule = made.ranking.rule
    rule = replace(rule, decisions={key_of[name]: place for name, place in rule.decisions.items()})
    sheets = _sheets(of)
    borders = _borders(of, made)
    schools = _schools(sheets, judges)
    marked = {mark.judge for mark in made.marks}
    given = {
        "rule": rule.to_json(),
        "marks": [
            [mark.judge, key_of[mark.subject], mark.criterion, plain(exact(mark.score))]
            for mark in made.marks
        ],
        "official": official,
        "names": {key: name for name, key in key_of.items()},
        **_beyond(made, key_of),
        "prizes": [prize.places for prize in made.prizes],
        "lines": sorted({border.place for border in borders}),
        "submitted": {
            contender.key: contender.submitted_at.isoformat()
            for contender in made.by_name.values()
            if contender.submitted_at is not None
        },
        "order": _order(sheets),
        "schools": schools,
        "countries": {
            "judges": {judge.key: judge.country for judge in judges if judge.country and judge.key in marked},
            "subjects": {one.key: str(one.country) for one in made.by_name.values()},
        },
        "edits": _late_edits(of),
        "thresholds": asdict(thresholds().flags),
        "bounds": asdict(thresholds().lines),
    }
    return Posed(
        round_id=of.id,
        draft=made,
        judges={judge.key: judge.name for judge in judges},
        teams={contender.key: contender.name for contender in made.by_name.values()},
        official=official,
        totals={key_of[line["subject"]]: line["total"] for line in lines},
        borders=borders,
        criteria={criterion.key: criterion.name for criterion in made.criteria},
        recused=frozenset((row.judge, row.entry) for row in sheets if row.state is SheetState.RECUSED),
        open=sum(row.state is SheetState.OPEN and row.entry in official for row in sheets),
        given=given,
    )


def thresholds() -> DiagnosisThresholds:
    """Those of this installation."""
    return thresholds_from(current_app.config["SETTINGS"].DIAGNOSIS_THRESHOLDS)


def _beyond(made: Draft, key_of: Mapping[str, str]) -> dict[str, Any]:
    """Earlier rounds' totals, bonus and deductions, as far as the rule counts them; {} where nothing does."""
    assert made.ranking is not None
    beyond = made.ranking.scores.beyond
    found: dict[str, Any] = {}
    if beyond.carried:
        found["carried"] = {
            name: {key_of[subject]: exact_text(total) for subject, total in totals.items()}
            for name, totals in beyond.carried.items()
        }
    if beyond.adjustments:
        found["adjustments"] = {
            key_of[subject]: [[exact_text(one.points), one.reason] for one in adjustments]
            for subject, adjustments in beyond.adjustments.items()
        }
    return found


def kept(posed: Posed) -> dict[str, Any] | None:
    """What was computed from just this; None when something has changed since, or nothing was computed."""
    return db.session.scalars(
        select(Diagnosis.content).where(
            Diagnosis.round_id == posed.round_id, Diagnosis.basis_sha256 == posed.sha256
        )
    ).one_or_none()


def _borders(of: Round, made: Draft) -> list[Border]:
    borders: list[Border] = []
    last = 0
    for prize in made.prizes:
        last += prize.places
        borders.append(Border(PRIZE, last, Trilingual.from_json(dict(prize.name))))
    going = made.allotment.advancing
    is_open = any(tie.line == "advance" for tie in made.allotment.open_ties)
    places = len(going) if going and not is_open else of.advance_places
    if places:
        borders.append(Border(ADVANCE, places))
    return borders


@dataclass(frozen=True, slots=True)
class _Sheet:
    judge: str
    entry: str
    affiliation: str
    state: SheetState
    submitted_at: datetime | None
    begun_at: datetime | None


def _sheets(of: Round) -> list[_Sheet]:
    """Every sheet of the round, with when its judge saved it first."""
    rows = db.session.execute(
        select(
            Judge.key.label("judge"),
            Entry.key.label("entry"),
            Team.affiliation,
            ScoreSheet.state,
            ScoreSheet.submitted_at,
            select(func.min(SheetSave.at))
            .where(SheetSave.sheet_id == ScoreSheet.id)
            .scalar_subquery()
            .label("begun_at"),
        )
        .join(Judge, Judge.id == ScoreSheet.judge_id)
        .join(Entry, Entry.id == ScoreSheet.entry_id)
        .join(Team, Team.id == Entry.team_id)
        .where(ScoreSheet.round_id == of.id)
        .order_by(ScoreSheet.id)
    )
    return [_Sheet(**row._mapping) for row in rows]


def _order(sheets: Sequence[_Sheet]) -> list[list[Any]]:
    """[judge, entry, place] in the order in which each judge came to the entries: by the first save, else by
    submission. A judge whose sheets all bear the same time (typed in, imported) has no order."""
    moments: dict[str, list[tuple[datetime, str]]] = {}
    for sheet in sheets:
        moment = sheet.begun_at or sheet.submitted_at
        if sheet.state is SheetState.SUBMITTED and moment is not None:
            moments.setdefault(sheet.judge, []).append((moment, sheet.entry))
    return [
        [judge, entry, place]
        for judge, own in sorted(moments.items())
        if len({moment for moment, _ in own}) == len(own) > 1
        for place, (_, entry) in enumerate(sorted(own), 1)
    ]


def _schools(sheets: Sequence[_Sheet], judges: Sequence[Judge]) -> dict[str, dict[str, str]]:
    """Who comes from where, as names look: a judge by whichever of the three spellings a team has, too."""
    teams = {sheet.entry: skeleton(sheet.affiliation) for sheet in sheets if sheet.affiliation}
    known = set(teams.values())
    found = {}
    for judge in judges:
        own = [skeleton(name) for name in (judge.affiliation.zh, judge.affiliation.ko, judge.affiliation.en)]
        spelled = [name for name in own if name]
        if spelled:
            found[judge.key] = next((name for name in spelled if name in known), spelled[0])
    return {"judges": found, "subjects": teams}


def _late_edits(of: Round) -> list[list[Any]]:
    """[judge, entry, when, standings seen since, points] of every save that changed a mark after its judge
    could see how the round stands."""
    rows = db.session.execute(
        select(
            Judge.key.label("judge"),
            Entry.key.label("entry"),
            SheetSave.id.label("save"),
            SheetSave.at,
            StandingsView.first_at,
            MarkChange.old_steps,
            MarkChange.new_steps,
            Criterion.step,
            Criterion.places,
            Criterion.weight,
        )
        .select_from(MarkChange)
        .join(SheetSave, SheetSave.id == MarkChange.save_id)
        .join(ScoreSheet, ScoreSheet.id == MarkChange.sheet_id)
        .join(Judge, Judge.id == ScoreSheet.judge_id)
        .join(Entry, Entry.id == ScoreSheet.entry_id)
        .join(Criterion, Criterion.id == MarkChange.criterion_id)
        .join(
            StandingsView,
            (StandingsView.round_id == ScoreSheet.round_id)
            & (StandingsView.person_id == SheetSave.person_id),
        )
        .where(
            ScoreSheet.round_id == of.id,
            SheetSave.at > StandingsView.first_at,
            MarkChange.old_steps.is_not(None),
        )
        .order_by(SheetSave.id, Criterion.position)
    )
    edits: dict[int, list[Any]] = {}
    for row in rows:
        edit = edits.setdefault(
            row.save, [row.judge, row.entry, row.at.isoformat(), row.first_at.isoformat(), 0.0]
        )
        steps = (row.new_steps or 0) - row.old_steps
        edit[4] = round(edit[4] + float(exact(row.weight)) * steps * row.step / 10**row.places, 9)
    return list(edits.values())
