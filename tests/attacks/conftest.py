"""A site in full swing, and an eye on what is written to the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, render_template
from sqlalchemy import Engine, event, select

from accounts import passwords
from accounts.models import Invitation, Person
from competition.models import Document, DocumentKind, Entry, EntryState, Member, MemberRole, Round
from competition.operations import teams
from core import clock, files, pdf
from core.db import db
from core.languages import Trilingual
from core.models import Mail, MailState
from judging.models import Judge, Result, ScoreSheet
from judging.operations import judge_invitations, results, samples, sheets, terms
from judging.pledges import DEFAULT, sha256_of
from tests import factories as make
from tests.scenery import PDF, Scenery, build

PASSWORD = "a long enough password"
_WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)


@dataclass
class Written:
    """What transactions that were committed have written: tables and values."""

    tables: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    def clear(self) -> None:
        self.tables.clear()
        self.values.clear()


@contextmanager
def watching() -> Iterator[Written]:
    """Collect the writes of every transaction that is committed meanwhile."""
    written = Written()

    def note(connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if found := _WRITES.match(statement):
            connection.info.setdefault("written", []).append((found[1], repr(parameters)))

    def keep(connection: Any) -> None:
        for table, values in connection.info.pop("written", ()):
            written.tables.append(table)
            written.values.append(values)

    def forget(connection: Any) -> None:
        connection.info.pop("written", None)

    watched = (("before_cursor_execute", note), ("commit", keep), ("rollback", forget))
    for name, listener in watched:
        event.listen(Engine, name, listener)
    try:
        yield written
    finally:
        for name, listener in watched:
            event.remove(Engine, name, listener)


@pytest.fixture(autouse=True)
def _pdfs_as_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """PDFs come as the page they are made of."""
    monkeypatch.setattr(pdf, "render", lambda name, **context: render_template(name, **context).encode())


@pytest.fixture
def scenery(app: Flask) -> Scenery:
    """Everything that a form may be about."""
    with app.app_context():
        built = build()
        _busy(built)
        db.session.commit()
    return built


def _busy(scenery: Scenery) -> None:
    """Things in the middle of their way: a team about to submit, a withdrawn one, results at each step, an
    unconfirmed person with a password, a failed mail, a judge who was invited."""

    def one(table: Any, **known: Any) -> Any:
        return db.session.execute(select(table).filter_by(**known)).scalar_one()

    values, people = scenery.values, scenery.people
    writer, mate, gone = make.person(email_confirmed_at=None), make.person(), make.person()
    writer.password_hash = passwords.hash_password(PASSWORD)
    people |= {"writer": writer.id, "gone": gone.id, "mate": mate.id}
    home = one(Entry, key=values["entry"]).edition
    entry = make.entry(home, team=make.team(home, writer), state=EntryState.DRAFT)
    entry.receipt_number = entry.submitted_at = None
    entry.stage = "idea"  # type: ignore[assignment]
    plan = files.keep(PDF, "application/pdf", "plan.pdf")
    db.session.add(Document(entry_id=entry.id, kind=DocumentKind.BUSINESS_PLAN, file_id=plan.id))
    db.session.add(
        Member(
            edition_id=home.id,
            team_id=entry.team_id,
            person_id=mate.id,
            role=MemberRole.MEMBER,
            name=mate.name,
            position=2,
            confirmed_at=clock.now(),
        )
    )
    db.session.flush()
    db.session.refresh(entry.team)
    invitation, _token = teams.invite_member(
        team=entry.team, role=MemberRole.MEMBER, email="", name="", language="ko", who=writer
    )
    invitation.created_at -= timedelta(hours=1)
    withdrawn = make.entry(home, team=make.team(home, gone), state=EntryState.WITHDRAWN)
    make.entry(home, state=EntryState.SUBMITTED)
    make.entry(home, state=EntryState.ACCEPTED)
    one(Mail, id=values["mail"]).state = MailState.FAILED
    invited = Judge(edition_id=home.id, name="박준호", country="KR", languages=["ko"])
    db.session.add(invited)
    db.session.flush()
    judge_invitations.invite_judge(judge=invited, seen=None, who=None)
    _pledged(home, one(Judge, key=values["judge"]))
    fresh = samples.add_sample(
        round=one(Round, edition_id=home.id, slug=values["round"]),
        title=Trilingual(en="Fresh"),
        summary=Trilingual(),
        reference={"c1": "8", "c2": "7"},
        note=Trilingual(),
    )
    values["samples_office:sample"] = fresh.key
    _results_at_each_step(home, people, scenery)
    values |= {
        "own_team": entry.team.key,
        "invited_judge": invited.key,
        "withdrawn_team": withdrawn.team.key,
        "own_mate": next(row.id for row in entry.team.members if row.person_id == mate.id),
    }
    assert db.session.get(Invitation, invitation.id)


def _pledged(home: Any, judge: Judge) -> None:
    """The edition asks for a pledge that this judge alone has signed."""
    asked = terms.set_terms(edition=home, text=DEFAULT)
    terms.sign_pledge(
        judge=judge,
        language="en",
        text_sha256=sha256_of(asked.text.en),
        signed_as=judge.name,
        agreed=True,
        who=judge.person,
    )


def _results_at_each_step(home: Any, people: dict[str, int], scenery: Scenery) -> None:
    secret = db.session.execute(
        select(Round).filter_by(edition_id=home.id, slug=scenery.values["secret_round"])
    ).scalar_one()
    sheet_rows = db.session.scalars(select(ScoreSheet).where(ScoreSheet.round_id == secret.id)).all()
    organizer, auditor = (db.session.get_one(Person, people[role]) for role in ("organizer", "auditor"))
    for name, steps in (("tied", 0), ("ready", 0), ("signed", 1), ("planned", 2)):
        stage = make.round_of(home, slug=name)
        make.rubric(stage)
        make.enter(stage, *{row.entry for row in sheet_rows})
        for row in sheet_rows:
            fresh = make.sheet(stage, row.judge, row.entry)
            mark = "8" if name == "tied" or row.entry.key == scenery.values["entry"] else "7"
            sheets.save_marks(
                sheet=fresh, seen=None, op_id=f"scenery-{fresh.id}", marks={"c1": mark, "c2": mark}
            )
            sheets.submit_sheet(sheet=fresh)
        if steps:
            result: Result = results.finalize(round=stage, who=organizer)
            results.sign(result=result, who=auditor)
            if steps == 2:
                results.publish(result=result, who=organizer, at=clock.now() + timedelta(days=1))
        scenery.values[f"{name}_round"] = stage.slug
