"""Twenty identical submissions at once are one: one version, one receipt number, one mail to each member."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from accounts.models import Invitation
from competition.models import Entry, EntryVersion
from core.db import db
from core.models import AuditRecord, Mail, Sequence
from tests import factories as make
from tests.races.conftest import at_once
from tests.races.worlds import Tabs, people, ready_team, slug
from tests.serving import Server, looking_into, serving
from tests.unguarded import ONE_PROCESS

pytestmark = pytest.mark.server
TIMES = 20


@dataclass
class Ready:
    """A team of three about to submit."""

    entry_id: int
    edition_id: int
    captain: int
    path: str


def ready(server: Server) -> Ready:
    with looking_into(server):
        edition = make.edition(slug=slug("submit"), receipt_prefix=secrets.token_hex(4).upper())
        captain, *members = people(3)
        team = ready_team(edition, captain, *members)
        db.session.commit()
        return Ready(team.entry.id, edition.id, captain.id, f"/en/e/{edition.slug}/team/{team.key}")


def submit_many(server: Server, world: Ready, *, keys: int) -> list[Any]:
    """The captain's form, sent twenty times at the same moment with so many different keys."""
    tabs = Tabs.of(server, world.captain)
    form = tabs.first.hidden(f"{world.path}/submit") | {"pledged": "y"}
    known = [form["once_key"], *(secrets.token_urlsafe(24) for _ in range(keys - 1))]
    forms = [form | {"once_key": known[number % keys]} for number in range(TIMES)]
    return at_once(
        [lambda tab=tabs.open(), sent=sent: tab.post(f"{world.path}/submit", sent) for sent in forms]
    )


def traces(server: Server, world: Ready) -> dict[str, int]:
    """What the submissions left behind."""
    with looking_into(server):
        count = lambda table, *where: db.session.scalar(select(func.count()).select_from(table).where(*where))  # noqa: E731
        entry = db.session.get_one(Entry, world.entry_id)
        return {
            "versions": count(EntryVersion, EntryVersion.entry_id == entry.id),
            "receipts": db.session.get_one(Sequence, f"receipt:{world.edition_id}").value,
            "mails": count(Mail, Mail.edition_id == world.edition_id),
            "audited": count(
                AuditRecord, AuditRecord.action == "submit_entry", AuditRecord.object_id == entry.id
            ),
        }


@pytest.mark.parametrize("keys", [1, TIMES], ids=["the same form", "twenty forms"])
def test_twenty_submissions_at_once_are_one(server: Server, keys: int) -> None:
    world = ready(server)
    answers = submit_many(server, world, keys=keys)
    assert {answer.status for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert traces(server, world) == {"versions": 1, "receipts": 1, "mails": 3, "audited": 1}


def test_without_the_check_every_submission_counts(tmp_path: Path) -> None:
    with serving(
        tmp_path / "instance",
        wsgi_app="tests.unguarded:without_submission_check()",
        environment=ONE_PROCESS,
    ) as careless:
        world = ready(careless)
        submit_many(careless, world, keys=1)
        damage = traces(careless, world)
    assert damage["versions"] == damage["audited"] == TIMES
    assert damage["mails"] == 3 * TIMES


def invite_many(server: Server) -> tuple[set[int], int]:
    """Twenty sends of one form that invites somebody by link; the statuses and how many invitations there
    are."""
    with looking_into(server):
        edition = make.edition(slug=slug("invite"))
        captain = people(1)[0]
        team = ready_team(edition, captain)
        db.session.commit()
        captain_id, team_id, path = captain.id, team.id, f"/en/e/{edition.slug}/team/{team.key}/members"
    tabs = Tabs.of(server, captain_id)
    form = tabs.first.hidden(path) | {"role": "member", "name": "", "email": "", "language": "ko"}
    answers = at_once([lambda tab=tabs.open(): tab.post(f"{path}/invite", form) for _ in range(TIMES)])
    with looking_into(server):
        made = db.session.scalar(
            select(func.count())
            .select_from(Invitation)
            .where(Invitation.scope_kind == "team", Invitation.scope_id == team_id)
        )
    return {answer.status for answer in answers}, made or 0


def test_a_form_sent_twenty_times_at_once_is_carried_out_once(server: Server) -> None:
    assert invite_many(server) == ({303}, 1)


def test_without_keys_a_form_is_carried_out_each_time(tmp_path: Path) -> None:
    with serving(tmp_path / "instance", wsgi_app="tests.unguarded:without_once_keys()") as careless:
        assert invite_many(careless) == ({303}, TIMES)
