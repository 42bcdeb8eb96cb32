"""What the races are about, written straight into the server's database; ids and addresses only."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from accounts.models import Person
from competition.models import Document, DocumentKind, Edition, Member, MemberRole, Stage, Team
from core import clock, files
from core.db import db
from core.languages import Trilingual
from tests import factories as make
from tests.scenery import PDF
from tests.serving import Browser, Server, browser_of


def slug(word: str) -> str:
    """An address of its own for each test on a server that all share."""
    return f"{word}-{secrets.token_hex(4)}"


def people(count: int) -> list[Person]:
    """Confirmed people whose addresses no other test of the server uses."""
    return [make.person(email=f"{secrets.token_hex(8)}@example.com") for _ in range(count)]


def ready_team(of: Edition, captain: Person, *members: Person) -> Team:
    """A team whose entry lacks nothing but the submission."""
    team = make.team(of, captain, name=f"蓉城队{secrets.token_hex(4)}")
    for position, who in enumerate(members, 2):
        db.session.add(
            Member(
                edition_id=of.id,
                team_id=team.id,
                person_id=who.id,
                role=MemberRole.MEMBER,
                name=who.name,
                email=who.email or "",
                birth_year=who.birth_year,
                position=position,
                confirmed_at=clock.now(),
            )
        )
    entry = team.entry
    entry.title = Trilingual("智能农业", "스마트 농업", "Smart farming")
    entry.summary = Trilingual("简介", "개요", "Summary")
    entry.track_id, entry.division_id = of.tracks[0].id, of.divisions[0].id
    entry.stage = Stage.IDEA
    plan = files.keep(PDF, "application/pdf", "plan.pdf")
    db.session.add(Document(entry_id=entry.id, kind=DocumentKind.BUSINESS_PLAN, file_id=plan.id))
    db.session.flush()
    return team


@dataclass
class Tabs:
    """One person with one sign-in and as many tabs as wished."""

    server: Server
    first: Browser

    @classmethod
    def of(cls, server: Server, person_id: int) -> Tabs:
        return cls(server, browser_of(server, person_id))

    def open(self) -> Browser:
        return Browser(self.server, self.first.jar)
