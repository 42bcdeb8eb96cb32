"""Security cases 14, 18, 22 and 46: what may not be seen is planted first, then looked for on every page of
every role, in JSON, headers and archives; and unpublished work changes no byte of any public page."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.models import Person
from competition.models import Edition, Entry, EntryState, Round
from core import clock, pages
from core.access import PUBLIC, declared_of
from core.db import db
from core.languages import Trilingual
from judging.models import Judge, Objection, Result, ResultState, Rubric, ScoreSheet
from judging.operations import adjustments, panel_notes, results, sheets
from tests import factories as make
from tests.conftest import Clock
from tests.scenery import ROLES, Scenery, build, draft_edition

LOOKING = [role for role in ROLES if role not in ("stranger", "teammate", "adviser", "auditor")]
STAFF = {"organizer", "auditor", "admin"}
TEAM = {"contestant", "teammate", "adviser"}


@dataclass(frozen=True)
class Secret:
    """A word that stands nowhere else, and who may come across it."""

    word: str
    seen_by: frozenset[str]


SECRETS = {
    name: Secret(word, frozenset(seen_by))
    for name, word, seen_by in (
        ("score", "73.519", STAFF | {"judge", "head judge"}),
        ("comment", "zqcommentzq", STAFF | {"judge"}),
        ("note", "zqnotezq", {"judge"}),
        ("judge", "zqjudgenamezq", STAFF | {"judge", "head judge"}),
        ("panel note", "zqpanelnotezq", STAFF | {"head judge"}),
        ("objection", "zqobjectionzq", STAFF | TEAM),
        ("adjustment", "Shown at the fair", STAFF),
        ("phone", "+8213800138000", STAFF | TEAM),
        ("summary", "zqsummaryzq", STAFF | TEAM | {"judge", "other judge"}),
        ("reason", "zqreasonzq", STAFF | {"other contestant"}),
        ("draft", "zqdraftzq", STAFF),
        ("edition", "zqeditionzq", {"admin"}),
        ("email", "zqemailzq@example.com", STAFF | TEAM),
    )
}


@pytest.fixture
def scenery(app: Flask) -> Scenery:
    """The scenery with all secrets planted."""
    with app.app_context():
        built = build()
        _plant(built)
        db.session.commit()
    return built


def _plant(scenery: Scenery) -> None:
    def one(table: Any, **known: Any) -> Any:
        return db.session.execute(select(table).filter_by(**known)).scalar_one()

    entry, other = one(Entry, key=scenery.values["entry"]), one(Entry, key=scenery.values["other_entry"])
    entry.team.phone = SECRETS["phone"].word
    entry.summary = Trilingual.same(SECRETS["summary"].word)
    other.state, other.reason = EntryState.REJECTED, SECRETS["reason"].word
    captain = db.session.get_one(Person, scenery.people["contestant"])
    captain.email = SECRETS["email"].word
    for member in entry.team.members:
        if member.person_id == captain.id:
            member.email = captain.email
    db.session.execute(select(Objection)).scalars().first().reason = SECRETS["objection"].word  # type: ignore[union-attr]
    judge = one(Judge, key=scenery.values["judge"])
    judge.name = SECRETS["judge"].word
    db.session.get_one(Person, scenery.people["judge"]).name = SECRETS["judge"].word
    heat = one(Round, slug=scenery.values["round"], edition_id=judge.edition_id)
    rubric = one(Rubric, round_id=heat.id)
    for criterion in rubric.criteria:
        criterion.places, criterion.most, criterion.step = 3, 100_000, 1
    sheet = one(ScoreSheet, round_id=heat.id, judge_id=judge.id)
    sheets.save_marks(
        sheet=sheet,
        seen=None,
        op_id="planted-secret",
        marks={"c1": SECRETS["score"].word, "c2": SECRETS["score"].word},
        comment=SECRETS["comment"].word,
        private_note=SECRETS["note"].word,
    )
    sheets.submit_sheet(sheet=sheet)
    panel_notes.write_note(round=heat, entry=entry, text=SECRETS["panel note"].word)
    unfinished = make.team(heat.edition, name=SECRETS["draft"].word, shown_publicly=True)
    unfinished.entry.title = Trilingual.same(SECRETS["draft"].word)
    draft_edition().name = Trilingual.same(SECRETS["edition"].word)
    db.session.flush()
    scenery.values |= {"draft_team": unfinished.key, "draft_entry": unfinished.entry.key}


def paths(app: Flask, scenery: Scenery) -> Iterator[str]:
    """Every GET address, for each round, team, entry and edition there is (one exchanged at a time)."""
    values = scenery.values
    teams = [values["team"], values["other_team"], values["draft_team"]]
    entries = [values["entry"], values["other_entry"], values["draft_entry"]]
    rounds = [values["round"], values["secret_round"], values["results:round"], values["final_round"]]
    several: dict[str, list[Any]] = {
        "team": teams,
        **dict.fromkeys(("entry", "sheet", "own_sheet", "entry_key"), entries),
        **dict.fromkeys(("round", "round_slug", "desk"), rounds),
        "edition": [values["edition"], "hidden"],
    }
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        yield scenery.path(app, rule)
        for name in sorted(rule.arguments & set(several)):
            for other in several[name][1:]:
                yield scenery.path(app, rule, **{name: other})


def contents(client: FlaskClient, path: str, **headers: str) -> str:
    """All that comes back: headers, text, and what archives hold."""
    with client.get(path, headers=headers) as response:
        body = response.get_data()
        told = "\n".join(f"{name}: {value}" for name, value in response.headers)
        if response.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if zipfile.is_zipfile(io.BytesIO(body)):
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                body = b"\n".join(archive.read(name) for name in archive.namelist())
        return told + body.decode("utf-8", "replace")


@pytest.mark.timeout(600)
def test_case_18_22_nobody_comes_across_what_is_not_for_them(app: Flask, scenery: Scenery) -> None:
    everything = list(paths(app, scenery))
    assert len(everything) > 200
    found: dict[str, set[str]] = {name: set() for name in SECRETS}
    leaks = []
    for role in LOOKING:
        client = scenery.client(app, role)
        for path in everything:
            text = contents(client, path)
            for name, secret in SECRETS.items():
                if secret.word in text:
                    found[name].add(role)
                    if role not in secret.seen_by:
                        leaks.append((name, role, path))
    assert not leaks
    for name in SECRETS:
        assert found[name], f"nobody sees {name}: it may stand nowhere, and its absence proves nothing"


def public_addresses(app: Flask, scenery: Scenery) -> list[str]:
    return [
        path
        for rule in app.url_map.iter_rules()
        if (declared := declared_of(app, rule.endpoint)) and declared.rule is PUBLIC
        for path in [scenery.path(app, rule)]
        if "readyz" not in path
    ]


def seen_by_everybody(app: Flask, addresses: list[str]) -> dict[str, Any]:
    """What each public address answers, the request's own number left out."""
    pages._pages.clear()
    client, seen = app.test_client(), {}
    for path in addresses:
        with client.get(path) as response:
            text = re.sub(r"\b[0-9a-f]{16}\b", "", response.get_data().decode(errors="replace"))
            seen[path] = (response.status_code, response.headers.get("ETag"), text)
    return seen


def test_case_22_unpublished_work_changes_no_byte_of_any_public_page(
    app: Flask, turn_clock: Clock, scenery: Scenery
) -> None:
    """Scores, a finalized, signed and scheduled result, a draft of a correction: nothing shows, no ETag
    moves, until the moment has come."""
    addresses = [
        *public_addresses(app, scenery),
        *(f"/{lang}/e/home/results/{scenery.values['secret_round']}" for lang in ("zh", "ko", "en")),
        f"/en/e/home/results/{scenery.values['secret_round']}/v/1",
    ]
    before = seen_by_everybody(app, addresses)
    with app.app_context():
        round = db.session.execute(select(Round).filter_by(slug=scenery.values["secret_round"])).scalar_one()
        result = db.session.execute(select(Result).filter_by(round_id=round.id)).scalar_one()
        signer, organizer = (
            db.session.get_one(Person, scenery.people[role]) for role in ("auditor", "organizer")
        )
        results.sign(result=result, who=signer)
        results.publish(result=result, who=organizer, at=clock.now() + timedelta(hours=1))
        assert result.state is ResultState.SIGNED
        db.session.commit()
        result_id = result.id
    assert seen_by_everybody(app, addresses) == before
    turn_clock.advance(hours=2)
    with app.app_context():
        assert results.publish_due(result=db.session.get_one(Result, result_id))
        db.session.commit()
    after = seen_by_everybody(app, addresses)
    assert after[addresses[-1]][0] == 200
    assert after["/en/e/home/results"] != before["/en/e/home/results"]


def test_case_22_points_and_another_rule_tried_out_change_no_public_byte(
    app: Flask, scenery: Scenery
) -> None:
    """Bonus and deductions of a round that is being scored, and a look at it by another rule."""
    addresses = public_addresses(app, scenery)
    before = seen_by_everybody(app, addresses)
    with app.app_context():
        heat = db.session.execute(
            select(Round)
            .join(Edition, Edition.id == Round.edition_id)
            .where(Round.slug == scenery.values["round"], Edition.slug == "home")
        ).scalar_one()
        entry = db.session.execute(select(Entry).filter_by(key=scenery.values["entry"])).scalar_one()
        organizer = db.session.get_one(Person, scenery.people["organizer"])
        made = adjustments.adjust_entry(
            round=heat, entry=entry, points="-1", reason="zqpointszq", who=organizer
        )
        db.session.commit()
        adjustments.withdraw_adjustment(adjustment=made, round=heat, who=organizer)
        db.session.commit()
    office = f"/en/o/home/judging/results/{scenery.values['round']}"
    client = scenery.client(app, "organizer")
    assert "zqpointszq" in contents(client, f"{office}/adjustments")
    assert "entry moves" in contents(client, f"{office}/what-if?method=median&ties=none").replace(
        "entries move", "entry moves"
    )
    assert seen_by_everybody(app, addresses) == before
