"""Score sheets over HTTP: security cases 17, 18, 24 and 26 to 29 of the sheet API; what a save costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from accounts.consents import withdraw_consent
from accounts.models import ConsentPurpose, Person
from competition.models import Edition, Entry, EntryState, Round
from core import clock
from core.db import db
from core.errors import Conflict
from judging.models import Judge, MarkChange, Rubric, ScoreSheet, SheetSave, SheetState, StoredMark
from judging.operations import panel, sheets
from tests import factories as make


@dataclass
class World:
    """One edition with a round of three entries, two judges and a rubric of two criteria, 0 to 10 in halves.

    Only ids and texts, so that a test holds no transaction while a request writes.
    """

    edition_id: int
    round_id: int
    entry_ids: list[int]
    judge_ids: list[int]
    person_ids: list[int]
    place: str
    keys: list[str]

    def url(self, entry: int = 0) -> str:
        return f"/api/v1/sheets/{self.place}/{self.keys[entry]}"

    def sheet(self, judge: int = 0, entry: int = 0) -> ScoreSheet:
        return db.session.scalars(
            select(ScoreSheet).where(
                ScoreSheet.judge_id == self.judge_ids[judge], ScoreSheet.entry_id == self.entry_ids[entry]
            )
        ).one()

    def version(self) -> int:
        found = self.sheet().version
        db.session.rollback()
        return found

    def marks(self, judge: int = 0) -> dict[str, str]:
        found = {row.criterion.key: row.criterion.scale.text(row.steps) for row in self.sheet(judge).marks}
        db.session.rollback()
        return found

    def round(self) -> Round:
        return db.session.get_one(Round, self.round_id)

    def person(self, judge: int = 0) -> Person:
        return db.session.get_one(Person, self.person_ids[judge])


def build() -> World:
    edition = make.edition()
    round = make.round_of(edition)
    make.rubric(round)
    entries = [make.entry(edition) for _ in range(3)]
    make.enter(round, *entries)
    people = [make.person(), make.person()]
    judges = [make.judge(edition, who) for who in people]
    for judge in judges:
        for entry in entries:
            make.sheet(round, judge, entry)
    found = World(
        edition.id,
        round.id,
        [entry.id for entry in entries],
        [judge.id for judge in judges],
        [who.id for who in people],
        f"{edition.slug}/{round.slug}",
        [entry.key for entry in entries],
    )
    db.session.commit()
    return found


def browser(app: Flask, who: Person) -> FlaskClient:
    return make.sign_in(app.test_client(), who)


@pytest.fixture
def world(ctx: None) -> World:
    return build()


@pytest.fixture
def mine(app: Flask, world: World) -> FlaskClient:
    """The first judge's browser."""
    return browser(app, world.person())


def send(client: FlaskClient, url: str, **body: Any) -> TestResponse:
    return client.put(url, json={"op_id": "op-12345678", "version": 1, "marks": {}} | body)


def test_a_score_is_saved_with_its_total_and_what_is_missing(world: World, mine: FlaskClient) -> None:
    answer = send(mine, world.url(), marks={"c1": "8.5"}, comment="很好", private_note="see p. 3")
    assert answer.status_code == 200
    body = answer.get_json()
    assert (body["version"], body["total"], body["missing"], body["marks"]) == (
        2,
        "8.5",
        ["c2"],
        {"c1": "8.5"},
    )
    read = mine.get(world.url()).get_json()
    assert (read["comment"], read["private_note"], read["version"]) == ("很好", "see p. 3", 2)
    assert answer.headers["Cache-Control"] == "no-store"
    assert world.marks() == {"c1": "8.5"}


def test_an_integer_and_a_cleared_score_are_fine(world: World, mine: FlaskClient) -> None:
    assert send(mine, world.url(), marks={"c1": 8, "c2": "7"}).get_json()["total"] == "15"
    answer = send(mine, world.url(), op_id="op-87654321", version=2, marks={"c1": None})
    assert answer.get_json()["missing"] == ["c1"]
    assert world.marks() == {"c2": "7"}


def test_every_value_ever_saved_is_kept_with_who_and_device(world: World, mine: FlaskClient) -> None:
    for version, value in enumerate(("8", "9.5", None), 1):
        mine.put(
            world.url(),
            json={"op_id": f"op-{version:08}", "version": version, "marks": {"c1": value}},
            headers={"User-Agent": "Laptop/1"},
        )
    rows = db.session.execute(
        select(MarkChange.old_steps, MarkChange.new_steps, SheetSave.person_id, SheetSave.device)
        .join(SheetSave, SheetSave.id == MarkChange.save_id)
        .order_by(MarkChange.id)
    ).all()
    who = world.person_ids[0]
    assert [tuple(row) for row in rows] == [
        (None, 16, who, "Laptop/1"),
        (16, 19, who, "Laptop/1"),
        (19, None, who, "Laptop/1"),
    ]


def test_a_save_costs_at_most_eight_statements(
    world: World, mine: FlaskClient, count_queries: Callable[[], Any]
) -> None:
    send(mine, world.url(), marks={"c1": "1"})
    url = world.url()
    with count_queries() as one:
        assert send(mine, url, op_id="op-one-mark", version=2, marks={"c1": "2"}).status_code == 200
    with count_queries() as two:
        answer = send(mine, url, op_id="op-two-marks", version=3, marks={"c1": "3", "c2": "4"})
        assert answer.status_code == 200
    assert len(one) <= 8, one
    assert len(two) <= 9, two  # one mark is new and one changes: an INSERT and an UPDATE


# ---- 17, 18: whose sheet


def test_case_17_a_sheet_exists_only_for_its_judge(app: Flask, world: World) -> None:
    other = build()
    edition = db.session.get_one(Edition, world.edition_id)
    entry = db.session.get_one(Entry, world.entry_ids[0])
    strangers = [
        other.person(),
        make.organizer(edition),
        make.auditor(edition),
        make.person(),
        db.session.get_one(Person, entry.team.members[0].person_id),
    ]
    for client in [browser(app, who) for who in strangers]:
        assert client.get(world.url()).status_code == 404
        assert send(client, world.url(), marks={"c1": "1"}).status_code == 404
    assert send(app.test_client(), world.url(), marks={"c1": "1"}).status_code == 401
    assert world.marks() == {}


def test_case_17_an_entry_of_another_edition_is_no_entry_here(world: World, mine: FlaskClient) -> None:
    other = build()
    for place, key in (
        (world.place, other.keys[0]),
        (other.place, other.keys[0]),
        (world.place, "nosuchentry1"),
    ):
        assert mine.get(f"/api/v1/sheets/{place}/{key}").status_code == 404


def test_case_18_a_judge_reads_and_writes_only_her_own_marks(
    app: Flask, world: World, mine: FlaskClient
) -> None:
    theirs = browser(app, world.person(1))
    send(theirs, world.url(), marks={"c1": "3.5"}, comment="secretword", private_note="secretnote")
    send(mine, world.url(), marks={"c1": "9"})
    for path in (
        world.url(),
        f"/en/j/{world.place}/{world.keys[0]}",
        f"/en/j/{world.place}",
        "/en/j",
    ):
        text = mine.get(path).get_data(as_text=True)
        assert "3.5" not in text
        assert "secret" not in text
    assert world.marks(1) == {"c1": "3.5"}
    assert world.marks() == {"c1": "9"}


def test_case_18_a_stale_save_shows_only_ones_own_values(app: Flask, world: World, mine: FlaskClient) -> None:
    theirs = browser(app, world.person(1))
    send(theirs, world.url(), marks={"c1": "3.5"})
    send(mine, world.url(), marks={"c1": "9"})
    answer = send(mine, world.url(), op_id="op-stale-one", marks={"c1": "8"})
    assert answer.status_code == 409
    assert "3.5" not in answer.get_data(as_text=True)


def test_a_retired_judge_has_no_sheets_any_more(world: World, mine: FlaskClient) -> None:
    panel.retire_judge(judge=db.session.get_one(Judge, world.judge_ids[0]), reason="moved away")
    db.session.commit()
    assert mine.get(world.url()).status_code == 404


# ---- 24, 26, 27: twice, too late, meanwhile


def test_case_24_the_same_op_twice_is_one_save_and_one_answer(world: World, mine: FlaskClient) -> None:
    first = send(mine, world.url(), marks={"c1": "8"})
    again = send(mine, world.url(), marks={"c1": "8"})
    assert first.get_json() == again.get_json()
    assert db.session.scalar(select(func.count(SheetSave.id))) == 1
    assert world.version() == 2


def test_case_24_the_same_op_with_another_payload_is_refused(world: World, mine: FlaskClient) -> None:
    send(mine, world.url(), marks={"c1": "8"})
    answer = send(mine, world.url(), marks={"c1": "9"})
    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:jiachi:problem:op_reused")
    assert world.marks() == {"c1": "8"}


def test_case_24_an_op_that_arrived_is_acknowledged_even_after_the_close(
    world: World, mine: FlaskClient
) -> None:
    first = send(mine, world.url(), marks={"c1": "8"})
    world.round().scoring_closes_at = clock.now() - timedelta(hours=1)
    db.session.commit()
    assert send(mine, world.url(), marks={"c1": "8"}).get_json() == first.get_json()


def test_case_26_no_score_before_the_window_opens(world: World, mine: FlaskClient) -> None:
    world.round().scoring_opens_at = clock.now() + timedelta(hours=1)
    db.session.commit()
    answer = send(mine, world.url(), marks={"c1": "8"})
    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:jiachi:problem:scoring_not_open")


def test_case_26_the_closing_second_counts_and_the_next_does_not(
    app: Flask, turn_clock: Any, ctx: None
) -> None:
    world = build()
    closes = world.round().scoring_closes_at
    assert closes is not None
    db.session.rollback()
    client = browser(app, world.person())
    turn_clock.set(closes)
    assert send(client, world.url(), marks={"c1": "8"}).status_code == 200
    turn_clock.set(closes + timedelta(seconds=1))
    answer = send(client, world.url(), op_id="op-too-late", version=2, marks={"c1": "9"})
    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:jiachi:problem:scoring_closed")
    assert world.marks() == {"c1": "8"}


@pytest.mark.parametrize(
    ("state", "code"), [(SheetState.SUBMITTED, "sheet_submitted"), (SheetState.RECUSED, "recused")]
)
def test_case_26_a_closed_sheet_takes_no_scores(
    world: World, mine: FlaskClient, state: SheetState, code: str
) -> None:
    sheet = world.sheet()
    sheet.state = state
    sheet.submitted_at = clock.now() if state is SheetState.SUBMITTED else None
    db.session.commit()
    answer = send(mine, world.url(), version=2, marks={"c1": "8"})
    assert (answer.status_code, answer.get_json()["type"]) == (409, f"urn:jiachi:problem:{code}")
    assert world.marks() == {}


def test_case_26_a_sheet_taken_away_while_offline_is_gone(world: World, mine: FlaskClient) -> None:
    panel.unassign(sheet=world.sheet())
    db.session.commit()
    assert send(mine, world.url(), marks={"c1": "8"}).status_code == 404


def test_case_26_a_withdrawn_entry_takes_no_scores(world: World, mine: FlaskClient) -> None:
    db.session.get_one(Entry, world.entry_ids[0]).state = EntryState.WITHDRAWN
    db.session.commit()
    answer = send(mine, world.url(), marks={"c1": "8"})
    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:jiachi:problem:entry_out")


def test_case_27_a_stale_version_gets_both_values_and_changes_nothing(
    world: World, mine: FlaskClient
) -> None:
    send(mine, world.url(), marks={"c1": "8"})
    answer = send(mine, world.url(), op_id="op-other-tab", version=1, marks={"c1": "6"})
    body = answer.get_json()
    assert (answer.status_code, body["type"]) == (409, "urn:jiachi:problem:stale")
    assert (body["stored"]["marks"], body["stored"]["version"]) == ({"c1": "8"}, 2)
    assert body["sent"]["marks"] == {"c1": "6"}
    assert world.marks() == {"c1": "8"}


def test_case_27_the_guard_of_the_version_is_the_update_itself(world: World) -> None:
    """Two saves that read the same version: the second finds no row to update, whatever it believed."""
    read = sheets.AtHand.of(world.sheet())
    sheets.save_marks(sheet=read, seen=1, op_id="op-first-tab", marks={"c1": "8"})
    with pytest.raises(sheets.Conflict):
        sheets.save_marks(sheet=read, seen=1, op_id="op-second-tab", marks={"c1": "2"})


# ---- 28: numbers


BAD_MARKS = {
    "NaN": "NaN",
    "-NaN text": '"NaN"',
    "sNaN": '"sNaN"',
    "Infinity": "Infinity",
    "Infinity text": '"Infinity"',
    "1e400": "1e400",
    "1e999 text": '"1e999"',
    "minus zero": "-0",
    "minus zero text": '"-0"',
    "1e-20": "1e-20",
    "10^5000": "1" + "0" * 5000,
    "10^5000 text": '"1' + "0" * 5000 + '"',
    "full width": '"１０"',
    "full width point": '"8．5"',
    "arabic": '"١٢"',
    "float": "5.5",
    "float zero": "8.0",
    "true": "true",
    "false": "false",
    "list": "[]",
    "list of one": '["8"]',
    "object": "{}",
    "empty text": '""',
    "space": '" 8"',
    "plus": '"+8"',
    "hex": '"0x8"',
    "underscore": '"1_0"',
    "comma": '"8,5"',
    "leading zero": '"08"',
    "above": '"10.5"',
    "below": '"-1"',
    "off step": '"8.3"',
    "too fine": '"8.500001"',
    "NUL-free junk": '"8; DROP TABLE mark"',
}


@pytest.mark.parametrize("mark", BAD_MARKS.values(), ids=BAD_MARKS.keys())
def test_case_28_what_is_no_score_is_refused_beside_its_field(
    world: World, mine: FlaskClient, mark: str
) -> None:
    answer = mine.put(
        world.url(),
        data=f'{{"op_id": "op-12345678", "version": 1, "marks": {{"c1": {mark}, "c2": "7"}}}}',
        content_type="application/json",
    )
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    assert list(answer.get_json()["fields"]) == ["marks.c1"]
    assert world.marks() == {}
    assert world.version() == 1


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_case_28_the_reason_is_told_in_the_callers_language(world: World, app: Flask, lang: str) -> None:
    world.person().language = lang
    client = browser(app, world.person())
    answer = send(client, world.url(), marks={"c1": "11"})
    words = {"zh": "0 到 10", "ko": "0부터 10", "en": "from 0 to 10"}
    assert words[lang] in answer.get_json()["fields"]["marks.c1"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"op_id": None}, "op_id"),
        ({"op_id": "short"}, "op_id"),
        ({"op_id": "spaces are not allowed"}, "op_id"),
        ({"op_id": 12345678}, "op_id"),
        ({"version": None}, "version"),
        ({"version": "1"}, "version"),
        ({"version": True}, "version"),
        ({"version": 0}, "version"),
        ({"version": 10**12}, "version"),
        ({"marks": None}, "marks"),
        ({"marks": []}, "marks"),
        ({"marks": {"nosuch": "8"}}, "marks"),
        ({"comment": None}, "comment"),
        ({"comment": 5}, "comment"),
        ({"comment": "x" * 4001}, "comment"),
        ({"comment": "abc\u202edef"}, "comment"),
        ({"private_note": ["x"]}, "private_note"),
        ({"state": "submitted"}, "state"),
        ({"judge_id": 1}, "judge_id"),
    ],
)
def test_a_body_with_wrong_or_unknown_parts_is_refused(
    world: World, mine: FlaskClient, change: dict[str, Any], field: str
) -> None:
    answer = send(mine, world.url(), **change)
    assert (answer.status_code, list(answer.get_json()["fields"])) == (422, [field])
    assert world.version() == 1


# ---- 29: JSON


BAD_BODIES = {
    "duplicate keys": b'{"op_id": "op-12345678", "version": 1, "marks": {"c1": "8", "c1": "9"}}',
    "duplicate top keys": b'{"op_id": "op-12345678", "op_id": "op-99999999", "version": 1}',
    "deep": b"[" * 30_000,
    "deep but closed": b"[" * 10_000 + b"]" * 10_000,
    "invalid utf-8": b'{"op_id": "op-12345678", "version": 1, "comment": "\xff"}',
    "lone surrogate": b'{"op_id": "op-12345678", "version": 1, "comment": "\\ud800"}',
    "lone surrogate key": b'{"op_id": "op-12345678", "version": 1, "marks": {"\\udfff": "1"}}',
    "NUL": b'{"op_id": "op-12345678", "version": 1, "comment": "a\\u0000b"}',
    "raw NUL": b'{"op_id": "op-12345678", "version": 1, "comment": "a\x00b"}',
    "a list": b"[]",
    "a number": b"5",
    "nothing": b"",
    "half": b'{"op_id": "op-12345678"',
    "more after it": b'{"op_id": "op-12345678", "version": 1} {}',
    "UTF-16": '{"op_id": "op-12345678"}'.encode("utf-16"),
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_case_29_broken_json_is_refused(world: World, mine: FlaskClient, body: bytes) -> None:
    answer = mine.put(world.url(), data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["detail"]
    assert world.version() == 1


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", ""]
)
def test_case_29_another_content_type_is_refused(world: World, mine: FlaskClient, kind: str) -> None:
    body = json.dumps({"op_id": "op-12345678", "version": 1, "marks": {"c1": "8"}})
    assert mine.put(world.url(), data=body, content_type=kind).status_code == 415
    assert world.marks() == {}


def test_case_29_ten_megabytes_are_refused(world: World, mine: FlaskClient) -> None:
    body = b'{"comment": "' + b"x" * (10 * 1024 * 1024) + b'"}'
    assert mine.put(world.url(), data=body, content_type="application/json").status_code == 413


def test_case_11_a_save_needs_the_csrf_token(app: Flask, world: World, mine: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert send(mine, world.url(), marks={"c1": "8"}).status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert world.marks() == {}


def test_the_first_score_locks_the_rubric(world: World, mine: FlaskClient) -> None:
    def locked() -> bool:
        statement = select(Rubric.locked_at).where(Rubric.round_id == world.round_id)
        found = db.session.scalar(statement)
        db.session.rollback()
        return found is not None

    send(mine, world.url(), comment="only words")
    assert not locked()
    send(mine, world.url(), op_id="op-first-score", version=2, marks={"c1": "8"})
    assert locked()


def test_a_refused_save_leaves_no_trace(world: World, mine: FlaskClient) -> None:
    send(mine, world.url(), marks={"c1": "8", "c2": "99"})
    assert db.session.scalar(select(func.count(SheetSave.id))) == 0
    assert db.session.scalar(select(func.count(StoredMark.id))) == 0


def test_a_judge_without_the_required_consents_does_not_submit(ctx: None) -> None:
    round = make.round_of(make.edition())
    make.rubric(round)
    entry = make.entry(round.edition)
    make.enter(round, entry)
    who = make.person()
    sheet = make.sheet(round, make.judge(round.edition, who), entry)
    sheets.save_marks(sheet=sheet, seen=None, op_id="all-of-them", marks={"c1": "8", "c2": "8"}, who=who)
    withdraw_consent(person=who, purpose=ConsentPurpose.PROCESSING)
    with pytest.raises(Conflict) as problem:
        sheets.submit_sheet(sheet=sheet, who=who)
    assert problem.value.code == "consent_missing"
    assert sheet.state is SheetState.OPEN
