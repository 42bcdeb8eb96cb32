"""Two organizers finalize, sign and publish at the same moment: each happens once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from accounts.models import Person
from competition.models import Round
from core.db import db
from core.models import AuditRecord, Mail
from judging.models import Result, ResultState
from judging.operations import results, sheets
from tests import factories as make
from tests.races.conftest import at_once
from tests.races.worlds import Tabs, people, ready_team, slug
from tests.serving import Answer, Server, looking_into, serving
from tests.unguarded import ONE_PROCESS

pytestmark = pytest.mark.server
TABS = 5


@dataclass
class Office:
    """A round whose sheets are all in, two organizers and two more who may sign."""

    edition_id: int
    round_id: int
    path: str
    organizers: list[int]
    signers: list[int]


def office(server: Server) -> Office:
    with looking_into(server):
        edition = make.edition(slug=slug("office"))
        round = make.round_of(edition)
        make.rubric(round)
        entries = [make.entry(edition, team=ready_team(edition, who)) for who in people(2)]
        make.enter(round, *entries)
        judge = make.judge(edition, people(1)[0])
        for number, entry in enumerate(entries):
            sheet = make.sheet(round, judge, entry)
            mark = str(8 + number)
            sheets.save_marks(
                sheet=sheet, seen=None, op_id=f"scored-by-{sheet.id}", marks={"c1": mark, "c2": mark}
            )
            sheets.submit_sheet(sheet=sheet)
        organizers, signers = people(2), people(2)
        for who in (*organizers, *signers):
            make.grant(who, make.Role.ORGANIZER, edition)
        db.session.commit()
        return Office(
            edition.id,
            round.id,
            f"/en/o/{edition.slug}/judging/results/{round.slug}",
            [who.id for who in organizers],
            [who.id for who in signers],
        )


def prepare(server: Server, world: Office, *, signed: bool) -> str:
    """A finalized or signed version 1; returns its hash."""
    with looking_into(server):
        round = db.session.get_one(Round, world.round_id)
        result = results.finalize(round=round, who=db.session.get_one(Person, world.organizers[0]))
        if signed:
            results.sign(result=result, who=db.session.get_one(Person, world.signers[0]))
        db.session.commit()
        return result.sha256


def press(server: Server, world: Office, who: list[int], act: str, **fields: str) -> list[Answer]:
    """Each of two people sends the form from five tabs, every tab with a key of its own."""
    acts: list[Callable[[], Answer]] = []
    for number in who:
        tabs = Tabs.of(server, number)
        token = tabs.first.hidden(world.path)["csrf_token"]
        for _ in range(TABS):
            sent = {"csrf_token": token, "once_key": secrets.token_urlsafe(24)} | fields
            acts.append(lambda tab=tabs.open(), sent=sent: tab.post(f"{world.path}/{act}", sent))
    return at_once(acts)


def count(server: Server, world: Office, what: Any, *where: Any) -> int:
    with looking_into(server):
        return db.session.scalar(select(func.count()).select_from(what).where(*where)) or 0


def audited(server: Server, world: Office, action: str) -> int:
    return count(
        server, world, AuditRecord, AuditRecord.action == action, AuditRecord.edition_id == world.edition_id
    )


def statuses(answers: list[Answer]) -> list[int]:
    return sorted(answer.status for answer in answers)


ONE_OF_TEN = [303] + [409] * (2 * TABS - 1)


def test_a_result_is_finalized_once(server: Server) -> None:
    world = office(server)
    answers = press(server, world, world.organizers, "finalize")
    assert statuses(answers) == ONE_OF_TEN
    assert count(server, world, Result, Result.round_id == world.round_id) == 1
    assert audited(server, world, "result.finalized") == 1


def test_a_result_is_signed_once_and_by_one_person(server: Server) -> None:
    world = office(server)
    digest = prepare(server, world, signed=False)
    answers = press(server, world, world.signers, "v/1/sign", sha256=digest)
    assert statuses(answers) == ONE_OF_TEN
    assert audited(server, world, "result.signed") == 1


def test_a_result_is_published_once_and_every_team_told_once(server: Server) -> None:
    world = office(server)
    prepare(server, world, signed=True)
    answers = press(server, world, world.organizers, "v/1/publish", when="now", zone="UTC")
    assert statuses(answers) == ONE_OF_TEN
    assert audited(server, world, "result.published") == 1
    assert count(server, world, Mail, Mail.edition_id == world.edition_id, Mail.kind.like("result%")) == 2
    standing = Result.state.in_((ResultState.PROVISIONAL, ResultState.FINAL))
    assert count(server, world, Result, Result.round_id == world.round_id, standing) == 1


def test_without_asking_for_the_state_everything_happens_again(tmp_path: Path) -> None:
    with serving(
        tmp_path / "instance",
        wsgi_app="tests.unguarded:without_result_states()",
        environment=ONE_PROCESS,
    ) as careless:
        world = office(careless)
        press(careless, world, world.organizers, "finalize")
        versions = count(careless, world, Result, Result.round_id == world.round_id)
        world = office(careless)
        digest = prepare(careless, world, signed=False)
        press(careless, world, world.signers, "v/1/sign", sha256=digest)
        signatures = audited(careless, world, "result.signed")
        world = office(careless)
        prepare(careless, world, signed=True)
        press(careless, world, world.organizers, "v/1/publish", when="now", zone="UTC")
        mails = count(careless, world, Mail, Mail.edition_id == world.edition_id, Mail.kind.like("result%"))
    assert versions == 2 * TABS
    assert signatures == 2 * TABS
    assert mails > 2
