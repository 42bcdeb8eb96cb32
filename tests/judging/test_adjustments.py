"""Bonus and deductions: added and taken back with a reason, counted exactly, published, never in secret."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from competition.models import EntryState
from core.db import db
from core.errors import BadInput, Conflict
from core.models import AuditRecord
from judging.models import Adjustment
from judging.operations import results
from judging.operations.adjustments import MOST_PER_ENTRY, adjust_entry, withdraw_adjustment
from judging.queries import adjustments as queries
from judging.queries import draft as drafts
from judging.queries.results import content, standing_result
from tests import factories as make
from tests.judging.results_world import World, judged, published

KEYS = (f"adjust-{number:032d}" for number in itertools.count())


def post(client: FlaskClient, path: str, **data: Any) -> Any:
    return client.post(path, data={"once_key": next(KEYS)} | data)


def adjust(world: World, entry: int, points: str, reason: str = "Reason") -> Adjustment:
    return adjust_entry(
        round=world.round, entry=world.entries[entry], points=points, reason=reason, who=world.organizer
    )


def totals(world: World) -> dict[str, str]:
    ranking = drafts.draft(world.round).ranking
    assert ranking is not None
    return {line["subject"]: line["total"] for line in ranking.to_json()}


def test_bonus_and_deductions_change_totals_and_ranks(ctx: None) -> None:
    world = judged(rule={"rounding": {"total": 2}})
    first, second = world.entries[0].team.name, world.entries[1].team.name
    assert (totals(world)[first], totals(world)[second]) == ("9.00", "7.00")
    adjust(world, 0, "-2.5", "Late by an hour")
    adjust(world, 1, "0.25", "Prototype shown")
    ranking = drafts.draft(world.round).ranking
    assert ranking is not None
    assert [(line["subject"], line["total"]) for line in ranking.to_json()[:2]] == [
        (second, "7.25"),
        (first, "6.50"),
    ]


def test_an_adjustment_of_more_digits_is_not_rounded_away(ctx: None) -> None:
    world = judged(rule={"rounding": {"total": 1}})
    adjust(world, 0, "0.0625")
    assert totals(world)[world.entries[0].team.name] == "9.0625"


def test_what_is_taken_back_no_longer_counts_and_stays_on_record(ctx: None) -> None:
    world = judged()
    before = totals(world)
    row = adjust(world, 0, "3", "By mistake")
    assert totals(world) != before
    withdraw_adjustment(adjustment=row, round=world.round, who=world.other)
    assert totals(world) == before
    assert [one.reason for one in queries.adjustments_of(world.round)] == ["By mistake"]
    with pytest.raises(Conflict, match="stale"):
        withdraw_adjustment(adjustment=row, round=world.round, who=world.organizer)
    records = db.session.scalars(
        select(AuditRecord).where(AuditRecord.object_kind == "adjustment").order_by(AuditRecord.id)
    ).all()
    assert [(one.action, one.actor_id) for one in records] == [
        ("adjustment.made", world.organizer.id),
        ("adjustment.withdrawn", world.other.id),
    ]
    assert records[0].new == {"entry": world.entries[0].key, "points": "3", "reason": "By mistake"}


def test_the_database_lets_nobody_change_points_or_reason(ctx: None) -> None:
    world = judged()
    row = adjust(world, 0, "3")
    for change in ("points = '4'", "reason = 'another'"):
        with pytest.raises(DatabaseError), db.session.begin_nested():
            db.session.execute(text(f"UPDATE adjustment SET {change} WHERE id = {row.id}"))


@pytest.mark.parametrize(
    "points", ["1e5", "NaN", "Infinity", "", "two", "0", "-0.0", "1.00001", "1000001", "９", "0x10", "1" * 40]
)
def test_points_that_are_no_plain_number_are_refused(ctx: None, points: str) -> None:
    world = judged()
    with pytest.raises(BadInput) as problem:
        adjust(world, 0, points)
    assert set(problem.value.fields) == {"points"}
    assert not queries.adjustments_of(world.round)


@pytest.mark.parametrize("reason", ["", "zq\u202ezq", "a\x00b", "x" * 301, "two\nlines"])
def test_a_reason_that_can_not_be_published_is_refused(ctx: None, reason: str) -> None:
    world = judged()
    with pytest.raises(BadInput) as problem:
        adjust(world, 0, "1", reason)
    assert set(problem.value.fields) == {"reason"}


def test_only_ranked_entries_of_the_round_can_be_adjusted(ctx: None) -> None:
    world, foreign = judged(), judged()
    outside = make.entry(world.edition)
    for entry in (foreign.entries[0], outside):
        with pytest.raises(BadInput) as problem:
            adjust_entry(round=world.round, entry=entry, points="1", reason="R", who=world.organizer)
        assert set(problem.value.fields) == {"entry"}
    world.entries[0].state = EntryState.WITHDRAWN
    db.session.flush()
    with pytest.raises(BadInput):
        adjust(world, 0, "1")


def test_an_entry_that_leaves_takes_its_adjustment_along(ctx: None) -> None:
    world = judged()
    adjust(world, 0, "1")
    world.entries[0].state = EntryState.WITHDRAWN
    db.session.flush()
    found = drafts.draft(world.round)
    assert found.ranking is not None
    assert world.entries[0].team.name not in totals(world)
    assert "own_total" not in found.ranking.to_json()[0]


def test_there_is_an_end_to_the_adjustments_of_one_entry(ctx: None) -> None:
    world = judged()
    for _ in range(MOST_PER_ENTRY):
        adjust(world, 0, "1")
    with pytest.raises(Conflict):
        adjust(world, 0, "1")


def test_a_page_that_missed_another_tab_is_told_so(ctx: None) -> None:
    world = judged()
    seen = queries.state_now(world.round)
    row = adjust(world, 0, "1")
    assert queries.state_now(world.round) == queries.seen_state(queries.adjustments_of(world.round))
    with pytest.raises(Conflict, match="stale"):
        adjust_entry(
            round=world.round,
            entry=world.entries[0],
            points="1",
            reason="Again",
            seen=seen,
            who=world.organizer,
        )
    seen = queries.state_now(world.round)
    withdraw_adjustment(adjustment=row, round=world.round, who=world.organizer)
    assert queries.state_now(world.round) != seen, "taking back is something to have seen, too"


def test_a_finalized_version_stands_against_new_points(ctx: None) -> None:
    world = judged()
    row = adjust(world, 0, "1")
    version = results.finalize(round=world.round, who=world.organizer)
    for act in (
        lambda: adjust(world, 0, "1"),
        lambda: withdraw_adjustment(adjustment=row, round=world.round, who=world.organizer),
    ):
        with pytest.raises(Conflict, match="pending"):
            act()
    results.discard(result=version, who=world.organizer, reason="Points forgotten")
    adjust(world, 0, "1")


def test_a_published_result_is_corrected_by_a_new_version(ctx: None) -> None:
    world = judged(rule={"rounding": {"total": 2}})
    first = published(world)
    before = first.snapshot
    adjust(world, 3, "5", "Points of the audience vote")
    second = published(world, reason="The audience vote was forgotten")
    assert first.snapshot == before
    row = next(row for row in content(second)["ranking"] if row["entry"] == world.entries[3].key)
    assert (row["own_total"], row["total"]) == ("3.00", "8.00")
    assert row["adjustments"] == [{"points": "5", "reason": "Points of the audience vote"}]


def test_a_snapshot_without_adjustments_has_none_of_their_keys(ctx: None) -> None:
    row = content(published(judged()))["ranking"][0]
    assert not {"own_total", "stages", "adjustments"} & set(row)


# -- pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_an_organizer_adds_points_and_takes_them_back(app: Flask, ctx: None, lang: str) -> None:
    world = judged()
    db.session.commit()
    client = make.sign_in(app.test_client(), world.organizer)
    address = world.address("/adjustments", lang)
    assert world.entries[0].team.name in client.get(address).text
    sent = post(
        client, address, entry=world.entries[0].key, points="－２．５", reason="迟交一小时", version="0"
    )
    assert sent.status_code == 303, sent.text
    page = client.get(address).text
    assert "−2.5" in page
    assert "迟交一小时" in page
    assert post(client, f"{address}/1/withdraw").status_code == 303
    assert "<s>" in client.get(address).text
    assert not queries.standing_adjustments(world.round)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("points", "1e5"),
        ("points", "NaN"),
        ("points", "+-3"),
        ("points", ""),
        ("reason", "zq\u202ezq"),
        ("reason", ""),
        ("entry", "AAAAAAAAAAAA"),
        ("entry", ""),
    ],
)
def test_a_form_that_is_wrong_stores_nothing_and_keeps_what_was_typed(
    app: Flask, ctx: None, field: str, value: str
) -> None:
    world = judged()
    db.session.commit()
    client = make.sign_in(app.test_client(), world.organizer)
    right = {"entry": world.entries[0].key, "points": "77", "reason": "Kept text", "version": "0"}
    sent = post(client, world.address("/adjustments"), **right | {field: value})
    assert sent.status_code == 422
    assert "error-summary" in sent.text
    assert ("Kept text" in sent.text) == (field != "reason")
    assert not queries.adjustments_of(world.round)


def test_a_plus_sign_may_be_typed(app: Flask, ctx: None) -> None:
    world = judged()
    db.session.commit()
    client = make.sign_in(app.test_client(), world.organizer)
    sent = post(
        client,
        world.address("/adjustments"),
        entry=world.entries[0].key,
        points="＋1.50",
        reason="R",
        version="0",
    )
    assert sent.status_code == 303
    assert [row.points for row in queries.standing_adjustments(world.round)] == ["1.5"]


def test_the_second_of_two_tabs_reads_what_happened(app: Flask, ctx: None) -> None:
    world = judged()
    db.session.commit()
    client = make.sign_in(app.test_client(), world.organizer)
    form = {"entry": world.entries[0].key, "points": "1", "reason": "R", "version": "0"}
    assert post(client, world.address("/adjustments"), **form).status_code == 303
    late = post(client, world.address("/adjustments"), **form)
    assert late.status_code == 409
    assert 'name="version"' in late.text
    assert len(queries.standing_adjustments(world.round)) == 1


def test_a_version_finalized_meanwhile_stops_the_form(app: Flask, ctx: None) -> None:
    world = judged()
    adjust(world, 1, "1")
    results.finalize(round=world.round, who=world.organizer)
    db.session.commit()
    client = make.sign_in(app.test_client(), world.organizer)
    form = {"entry": world.entries[0].key, "points": "1", "reason": "R", "version": "1"}
    assert post(client, world.address("/adjustments"), **form).status_code == 409
    assert post(client, world.address("/adjustments/1/withdraw")).status_code == 409
    assert len(queries.standing_adjustments(world.round)) == 1


def test_an_entry_of_another_edition_is_no_choice(app: Flask, ctx: None) -> None:
    world, foreign = judged(), judged()
    db.session.commit()
    client = make.sign_in(app.test_client(), world.organizer)
    sent = post(
        client,
        world.address("/adjustments"),
        entry=foreign.entries[0].key,
        points="1",
        reason="R",
        version="0",
    )
    assert sent.status_code == 422
    foreign_page = foreign.address("/adjustments").replace(foreign.edition.slug, world.edition.slug)
    assert client.get(foreign.address("/adjustments")).status_code == 403
    assert client.get(foreign_page).status_code in (200, 404)
    assert not queries.adjustments_of(foreign.round)


def test_an_auditor_looks_and_changes_nothing(app: Flask, ctx: None) -> None:
    world = judged()
    adjust(world, 0, "1")
    db.session.commit()
    client = make.sign_in(app.test_client(), world.auditor)
    page = client.get(world.address("/adjustments"))
    assert page.status_code == 200
    assert "withdraw" not in page.text
    assert post(client, world.address("/adjustments/1/withdraw")).status_code == 403


def test_everybody_reads_points_and_reason_after_publication_and_nobody_before(
    app: Flask, client: FlaskClient, ctx: None
) -> None:
    world = judged(show_marks=False)
    adjust(world, 0, "-2.5", "zqreasonofpointszq")
    db.session.commit()
    places = [
        world.public("/results"),
        world.public("/results/final"),
        f"/api/v1/editions/{world.edition.slug}/results",
    ]
    assert all("zqreasonofpointszq" not in client.get(place).text for place in places)
    published(world)
    db.session.commit()
    page, data = client.get(places[1]).text, json.loads(client.get(places[2]).text)
    assert "zqreasonofpointszq" in page
    assert "−2.5" in page
    shown = {row["entry"]: row for row in data["rounds"][0]["snapshot"]["ranking"]}[world.entries[0].key]
    assert shown["adjustments"] == [{"points": "-2.5", "reason": "zqreasonofpointszq"}]
    own = make.sign_in(app.test_client(), world.captain(0)).get(
        world.public(f"/team/{world.entries[0].team.key}/result/final")
    )
    assert "zqreasonofpointszq" in own.text
    assert standing_result(world.round) is not None
