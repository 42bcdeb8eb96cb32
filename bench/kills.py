"""Power cuts: judges save and teams submit, the server is killed in the middle and started again, everybody's
browser sends what it has no answer to once more. Nothing that was answered may be gone, nothing may count
twice.
"""

from __future__ import annotations

import http.client
import json
import random
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from competition.models import Entry, EntryVersion
from core.db import db
from judging.models import SheetSave
from tests import factories as make
from tests.races.worlds import Tabs, people, ready_team, slug
from tests.serving import Browser, Server, looking_into, serving

JUDGES = 3
TEAMS = 4
_GONE = (OSError, http.client.HTTPException)
"""What a browser sees of a server that is killed while it answers."""


@dataclass
class Outcome:
    """What happened over all histories; `lost`, `doubled` and `refused` have to stay empty."""

    histories: int = 0
    answered: int = 0
    in_flight: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not (self.lost or self.doubled or self.refused)


@dataclass
class Sender:
    """One browser and what it has sent: `unanswered` is the one it must send again."""

    sheet_id: int
    tab: Browser
    path: str
    token: str
    answered: dict[str, int] = field(default_factory=dict)
    unanswered: dict[str, Any] | None = None
    problems: list[str] = field(default_factory=list)

    def save_until_cut(self, count: Callable[[], None], most: int) -> None:
        """Save one mark after the other, each on the version that the last answer gave."""
        version = 1
        for number in range(most):
            body = {"op_id": f"operation-{number:04d}", "version": version, "marks": {"c1": str(number % 11)}}
            self.unanswered = body
            try:
                version = self.send(body)
            except _GONE:
                return
            count()

    def send(self, body: dict[str, Any]) -> int:
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.token}
        answer = self.tab.send("PUT", self.path, json.dumps(body).encode(), headers)
        if answer.status != 200:
            self.problems.append(f"{body['op_id']}: {answer.status} {answer.body[:200]}")
            return int(body["version"])
        version = int(json.loads(answer.body)["version"])
        before = self.answered.setdefault(body["op_id"], version)
        if before != version:
            self.problems.append(f"{body['op_id']}: version {before}, then {version}")
        self.unanswered = None
        return version


@dataclass
class Submitter:
    """A captain who presses the button, and presses it again when nothing came back."""

    entry_id: int
    tab: Browser
    path: str
    fields: dict[str, str]
    problems: list[str] = field(default_factory=list)

    def press(self) -> None:
        try:
            answer = self.tab.post(self.path, self.fields)
        except _GONE:
            return
        if answer.status != 303:
            self.problems.append(f"submission: {answer.status}")


def run(folder: Path, *, histories: int, seed: int = 2016, wsgi_app: str = "app:create_app()") -> Outcome:
    """Play `histories` power cuts on one installation and count what came of them."""
    chance = random.Random(seed)
    outcome = Outcome()
    with serving(folder / "instance", wsgi_app=wsgi_app) as server:
        for _history in range(histories):
            _play(server, chance.randint(1, 60), outcome)
    return outcome


def _play(server: Server, cut_after: int, outcome: Outcome) -> None:
    senders, submitters = _senders(server), _submitters(server)
    counted = threading.Semaphore(0)
    acts = [lambda one=one: one.save_until_cut(counted.release, 200) for one in senders]
    acts += [one.press for one in submitters]
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for _answer in range(cut_after):
        counted.acquire(timeout=30)
    server.kill()
    for thread in threads:
        thread.join()
    server.start()
    outcome.in_flight += sum(one.unanswered is not None for one in senders)
    for sender in senders:
        if sender.unanswered:
            sender.send(sender.unanswered)
        for number, version in list(sender.answered.items()):  # a browser that never heard the answer
            sender.send(
                {"op_id": number, "version": version - 1, "marks": {"c1": str(int(number[-4:]) % 11)}}
            )
    for submitter in submitters:
        submitter.press()
    _count(server, senders, submitters, outcome)


def _senders(server: Server) -> list[Sender]:
    with looking_into(server):
        edition = make.edition(slug=slug("cut"))
        round = make.round_of(edition)
        make.rubric(round)
        entry = make.entry(edition, team=ready_team(edition, people(1)[0]))
        make.enter(round, entry)
        judges = people(JUDGES)
        sheets = [make.sheet(round, make.judge(edition, who), entry).id for who in judges]
        ids = [who.id for who in judges]
        place = f"{edition.slug}/{round.slug}/{entry.key}"
        db.session.commit()
    found = []
    for sheet_id, person_id in zip(sheets, ids, strict=True):
        tab = Tabs.of(server, person_id).first
        token = tab.hidden(f"/en/j/{place}")["csrf_token"]
        found.append(Sender(sheet_id, tab, f"/api/v1/sheets/{place}", token))
    return found


def _submitters(server: Server) -> list[Submitter]:
    with looking_into(server):
        edition = make.edition(slug=slug("cut"))
        captains = people(TEAMS)
        teams = [ready_team(edition, who) for who in captains]
        known = [
            (who.id, team.entry.id, f"/en/e/{edition.slug}/team/{team.key}/submit")
            for who, team in zip(captains, teams, strict=True)
        ]
        db.session.commit()
    found = []
    for person_id, entry_id, path in known:
        tab = Tabs.of(server, person_id).first
        sent = tab.hidden(path) | {"pledged": "y", "once_key": secrets.token_urlsafe(24)}
        found.append(Submitter(entry_id, tab, path, sent))
    return found


def _count(server: Server, senders: list[Sender], submitters: list[Submitter], outcome: Outcome) -> None:
    outcome.histories += 1
    with looking_into(server):
        for sender in senders:
            outcome.refused += sender.problems
            outcome.answered += len(sender.answered)
            stored = db.session.scalars(
                select(SheetSave.op_id).where(SheetSave.sheet_id == sender.sheet_id).order_by(SheetSave.id)
            ).all()
            outcome.lost += sorted(set(sender.answered) - set(stored))
            outcome.doubled += sorted(op for op in set(stored) if stored.count(op) > 1)
        receipts = []
        for submitter in submitters:
            outcome.refused += submitter.problems
            versions = db.session.scalars(
                select(EntryVersion.number).where(EntryVersion.entry_id == submitter.entry_id)
            ).all()
            if not versions:
                outcome.lost.append("a submission")
            if len(versions) > 1:
                outcome.doubled.append("a submission")
            receipts.append(db.session.get_one(Entry, submitter.entry_id).receipt_number)
        numbers = sorted(int(str(number).rpartition("-")[2]) for number in receipts)
        if numbers != list(range(1, TEAMS + 1)):
            outcome.doubled.append(f"receipts {receipts}")
