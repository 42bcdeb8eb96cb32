"""A final result with two winners, the shortest way through the real operations."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask

from accounts.models import Person
from competition.models import Edition, Entry, Prize
from core import clock
from core.db import db
from core.languages import Trilingual
from judging.models import Result, SheetState, StoredMark
from judging.operations import results
from tests import factories as make


@dataclass
class Final:
    """Ids and keys only: rows belong to the session that made them."""

    edition: str
    edition_id: int
    organizer: Person
    winner: Person
    stranger: Person
    team: str
    result_id: int


@pytest.fixture
def final(app: Flask) -> Final:
    """First prize for an entry with 9 of 10 points, second for one with 7; the notice period is over."""
    with app.app_context():
        edition = make.edition(notice_days=0, issuers=Trilingual("组委会", "조직위원회", "Committee"))
        for position, name in enumerate(
            (("一等奖", "1등상", "First Prize"), ("二等奖", "2등상", "Second Prize")), 1
        ):
            db.session.add(Prize(edition_id=edition.id, name=Trilingual(*name), position=position))
        winner = make.person(name="𠮷㛃喆堃", name_latin="Ji Jiezhekun", language="zh")
        best = make.entry(edition, team=make.team(edition, winner, name="창신팀 Lab"))
        second = make.entry(edition)
        result = _judge(edition, {best: 18, second: 14})
        organizer = make.organizer(edition)
        built = Final(
            edition.slug,
            edition.id,
            organizer,
            winner,
            make.person(),
            best.team.key,
            result.id,
        )
        db.session.commit()
        for person in (built.organizer, built.winner, built.stranger):
            db.session.refresh(person)
            db.session.expunge(person)
        return built


def _judge(edition: Edition, marks: dict[Entry, int]) -> Result:
    stage = make.round_of(edition)
    rubric = make.rubric(stage, criteria=1)
    make.enter(stage, *marks)
    for judge in (make.judge(edition), make.judge(edition)):
        for entry, steps in marks.items():
            sheet = make.sheet(stage, judge, entry, state=SheetState.SUBMITTED, submitted_at=clock.now())
            db.session.add(StoredMark(sheet_id=sheet.id, criterion_id=rubric.criteria[0].id, steps=steps))
    db.session.flush()
    db.session.expire_all()
    first, second = make.organizer(edition), make.auditor(edition)
    result = results.finalize(round=stage, who=first)
    results.sign(result=result, who=second)
    results.publish(result=result, who=first)
    return result
