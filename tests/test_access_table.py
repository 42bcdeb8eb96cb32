"""Every address × every role × the answer, against a committed table.

`tests/access_table.csv` has a line per address and method, a column per role. An address that appears,
vanishes or opens is a decision: change the table by `JIACHI_WRITE_ACCESS_TABLE=1 pytest
tests/test_access_table.py` and read the difference. Entries: a status (302 is the way to the sign-in page),
or `in` for a POST that got past the access rule.
"""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.models import Person
from core import pdf
from core.access import PUBLIC, declared_of
from core.db import db
from tests import factories as make
from tests.scenery import ROLES, Scenery, build, draft_edition

TABLE = Path(__file__).with_name("access_table.csv")
WRITE = os.environ.get("JIACHI_WRITE_ACCESS_TABLE")
ENDS_THE_SESSION = {"accounts.sign_out", "accounts.sign_out_everywhere"}


@pytest.fixture
def scenery(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Scenery:
    """Two editions of the same shape, and a person for each role; PDFs are not really made."""
    monkeypatch.setattr(pdf, "render", lambda *_args, **_context: b"%PDF-1.7")
    with app.app_context():
        built = build()
        draft_edition()
        db.session.commit()
        return built


def addresses(app: Flask, scenery: Scenery) -> list[tuple[Any, str, str]]:
    """(rule, method, path) of every address, filled with things of the first edition; GETs come first."""
    found = [
        (rule, method, scenery.path(app, rule))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return sorted(found, key=lambda one: (one[1] != "GET", one[0].endpoint, one[0].rule, one[1]))


def answer(client: FlaskClient, method: str, path: str) -> str:
    response = client.open(path, method=method, data={} if method != "GET" else None)
    response.close()
    if response.status_code == 302 and "/sign-in" in response.headers["Location"]:
        return "302"
    if response.status_code in (401, 403, 404, 500):
        return str(response.status_code)
    return "in" if method != "GET" else str(response.status_code)


@pytest.mark.timeout(600)
def test_every_address_answers_each_role_as_the_table_says(app: Flask, scenery: Scenery) -> None:
    clients = {role: scenery.client(app, role) for role in ROLES}
    rows: list[dict[str, Any]] = []
    for rule, method, path in addresses(app, scenery):
        row = {"address": f"{rule.endpoint} {rule.rule}", "method": method}
        for role in ROLES:
            row[role] = answer(clients[role], method, path)
            if rule.endpoint in ENDS_THE_SESSION and role in scenery.people:
                with app.app_context():
                    make.sign_in(clients[role], db.session.get_one(Person, scenery.people[role]))
        rows.append(row)
    rows.sort(key=lambda row: (row["address"], row["method"]))
    out = io.StringIO()
    writer = csv.DictWriter(out, ["address", "method", *ROLES], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    if WRITE:
        TABLE.write_text(out.getvalue(), encoding="utf-8")
    expected = TABLE.read_text(encoding="utf-8").splitlines()
    assert out.getvalue().splitlines() == expected
    assert not [row for row in rows if "500" in row.values()]


def table() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_nobody_without_an_account_reaches_more_than_public_pages(app: Flask) -> None:
    for row in table():
        declared = declared_of(app, row["address"].partition(" ")[0])
        assert declared is not None
        if declared.rule.__name__ not in ("PUBLIC", "ANYONE"):
            assert row["anonymous"] in ("302", "401", "404"), row
        if declared.rule is PUBLIC:
            assert len({row[role] for role in ROLES}) == 1, row


def test_a_stranger_reaches_no_more_than_public_pages_and_what_is_their_own(app: Flask) -> None:
    for row in table():
        declared = declared_of(app, row["address"].partition(" ")[0])
        assert declared is not None
        if declared.rule.__name__ not in ("PUBLIC", "ANYONE", "SIGNED_IN"):
            assert row["stranger"] in ("403", "404"), row


@pytest.mark.parametrize(
    ("prefix", "allowed"),
    [
        ("/o/<edition>", {"organizer", "admin", "auditor", "head judge"}),
        ("/o/roadshows/<roadshow>", {"organizer", "admin", "auditor"}),
        ("/team/<team>", {"contestant", "teammate", "adviser", "organizer", "admin", "auditor"}),
        ("/j/<edition_slug>/<desk>", {"judge", "other judge", "head judge"}),
        ("/j/<edition_slug>/<round_slug>", {"judge"}),
        ("/j/<own_judge>", {"judge", "other judge", "head judge"}),
        ("/j/<edition>/<round>/panel", {"head judge"}),
        ("/api/v1/sheets/", {"judge"}),
        ("/admin/", {"admin"}),
    ],
)
def test_a_part_of_the_site_belongs_to_its_people(prefix: str, allowed: set[str]) -> None:
    rows = [row for row in table() if prefix in row["address"]]
    assert rows
    for row in rows:
        for role in set(ROLES) - allowed - {"anonymous"}:
            assert row[role] in ("403", "404"), (role, row)


def test_auditors_and_head_judges_change_nothing_but_what_is_their_task() -> None:
    may = {
        "auditor": {"results_office.sign", "results_office.discard"},
        "head judge": {"results_office.decide"},
    }
    for row in table():
        if "/o/<edition>" in row["address"] and row["method"] != "GET":
            for role, endpoints in may.items():
                if row["address"].partition(" ")[0] not in endpoints:
                    assert row[role] in ("403", "404"), (role, row)


def test_auditors_change_nothing_of_a_roadshow() -> None:
    rows = [row for row in table() if "/o/roadshows/" in row["address"] and row["method"] != "GET"]
    assert rows
    for row in rows:
        assert row["auditor"] == "403", row


def test_a_thing_of_one_edition_is_not_found_under_another(app: Flask, scenery: Scenery) -> None:
    """Security case 17: each object's address with the other edition's name, for one who may see both."""
    admin = scenery.client(app, "admin")
    tried = 0
    for rule in app.url_map.iter_rules():
        objects = rule.arguments & {"team", "entry", "round", "judge", "certificate", "result"}
        if "edition" not in rule.arguments or not objects:
            continue
        path = scenery.path(app, rule, edition="away")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            with admin.open(path, method=method, data={}) as response:
                assert response.status_code == 404, (method, path)
            tried += 1
    assert tried > 40


@pytest.mark.timeout(300)
def test_an_unknown_key_is_not_found_however_strange(app: Flask, scenery: Scenery) -> None:
    """Security cases 17 and 20: unknown, huge and malformed identifiers in every place of an address."""
    admin = scenery.client(app, "admin")
    strange = ("0", "9" * 26, "１", "%00", "a" * 200, "%ed%a0%80")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        known = {name: scenery.value(rule.endpoint, name) for name in rule.arguments}
        for name in rule.arguments - {"lang", "code"}:
            for text in strange:
                path = rule.rule
                for part, value in known.items():
                    chosen = text if part == name else value
                    path = _put(path, part, str(chosen))
                with admin.get(path) as response:
                    status = response.status_code
                assert status < 500, (path, status)
                if name not in ("token", "kind", "number", "part"):
                    assert status in (301, 302, 303, 308, 404), (path, status)


def _put(path: str, part: str, value: str) -> str:
    start = path.index(part + ">")
    begin = path.rindex("<", 0, start)
    return path[:begin] + value + path[start + len(part) + 1 :]


def test_a_draft_edition_is_found_by_nobody_but_its_staff(app: Flask, scenery: Scenery) -> None:
    roles = ("anonymous", "contestant", "judge", "organizer")
    clients = {role: scenery.client(app, role) for role in roles}
    for rule in app.url_map.iter_rules():
        if "edition" not in rule.arguments or "GET" not in (rule.methods or ()):
            continue
        path = scenery.path(app, rule, edition="hidden")
        nowhere = scenery.path(app, rule, edition="no-such-edition")
        for role, client in clients.items():
            hidden, unknown = client.get(path).status_code, client.get(nowhere).status_code
            assert hidden in ((302, 404) if role == "anonymous" else (404,)), (role, path)
            assert hidden == unknown, (role, path)
