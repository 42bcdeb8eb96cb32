"""From marks to a signed version: what blocks it, ties, two people, anonymous judges, nothing changed
afterwards.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from competition.models import EntryState
from core import clock
from core.db import db
from core.errors import BadInput, Conflict, Refused
from core.languages import Trilingual
from core.models import AuditRecord
from judging import snapshots
from judging.models import Result, ResultState, SheetState
from judging.operations import panel, results
from judging.queries import draft as drafts
from judging.queries import results as queries
from tests import factories as make
from tests.judging.results_world import World, judged, mark, published


def codes_of(problem: pytest.ExceptionInfo[Conflict]) -> list[str]:
    return [blocker["code"] for blocker in problem.value.extra["blockers"]]


def test_the_draft_ranks_by_the_rounds_rule(ctx: None) -> None:
    world = judged(rule={"aggregate": {"method": "median"}, "rounding": {"total": 1}})
    found = drafts.draft(world.round)
    assert found.ranking is not None
    assert [line.to_json(found.ranking.rule)["total"] for line in found.ranking.subjects] == [
        "9.0",
        "7.0",
        "5.0",
        "3.0",
    ]
    assert not found.blockers
    assert [found.allotment.prizes.get(entry.team.name) is not None for entry in world.entries] == [
        True,
        True,
        True,
        False,
    ]


def test_a_missing_sheet_blocks_and_is_named(ctx: None) -> None:
    world = judged()
    sheet = world.sheets[1, 2]
    sheet.state, sheet.submitted_at = SheetState.OPEN, None
    with pytest.raises(Conflict) as problem:
        results.finalize(round=world.round, who=world.organizer)
    assert codes_of(problem) == ["missing_sheets"]
    assert problem.value.extra["blockers"][0]["items"] == [
        f"{world.judges[2].name} → {world.entries[1].team.name}"
    ]
    assert world.judges[2].name in str(problem.value.detail)


def test_a_recused_sheet_blocks_nothing_and_counts_for_nothing(ctx: None) -> None:
    world = judged()
    sheet = world.sheets[0, 2]
    sheet.state, sheet.submitted_at = SheetState.RECUSED, None
    result = results.finalize(round=world.round, who=world.organizer)
    first = queries.content(result)["ranking"][0]
    assert (first["total"], first["judges"]) == ("9.250000", 2)


def test_too_few_judges_block(ctx: None) -> None:
    world = judged(rule={"minimum_judges": 3})
    sheet = world.sheets[0, 2]
    sheet.state, sheet.submitted_at = SheetState.RECUSED, None
    with pytest.raises(Conflict) as problem:
        results.finalize(round=world.round, who=world.organizer)
    assert codes_of(problem) == ["too_few_judges"]
    draft = drafts.draft(world.round)
    assert draft.ranking is not None, "the page still shows where things stand"


def test_an_entry_without_marks_blocks(ctx: None) -> None:
    world = judged()
    extra = make.entry(world.edition)
    make.enter(world.round, extra)
    with pytest.raises(Conflict) as problem:
        results.finalize(round=world.round, who=world.organizer)
    assert codes_of(problem) == ["unscored"]


@pytest.mark.parametrize(("criteria", "code"), [(0, "no_rubric"), (1, "no_entries")])
def test_a_round_without_criteria_or_entries_can_not_be_finalized(
    ctx: None, criteria: int, code: str
) -> None:
    edition = make.edition()
    round_ = make.round_of(edition)
    make.rubric(round_, criteria=criteria)
    if not criteria:
        make.enter(round_, make.entry(edition))
    with pytest.raises(Conflict) as problem:
        results.finalize(round=round_, who=make.organizer(edition))
    assert codes_of(problem) == [code]


def test_withdrawn_and_disqualified_entries_are_left_out(ctx: None) -> None:
    world = judged()
    world.entries[0].state = EntryState.DISQUALIFIED
    world.entries[1].state = EntryState.WITHDRAWN
    db.session.flush()
    found = drafts.draft(world.round)
    assert not found.blockers
    assert {one.id for one in found.left_out} == {world.entries[0].id, world.entries[1].id}
    result = results.finalize(round=world.round, who=world.organizer)
    assert [row["entry"] for row in queries.content(result)["ranking"]] == [
        entry.key for entry in world.entries[2:]
    ]


def test_the_snapshot_holds_what_certificates_need_and_its_hash_is_right(ctx: None) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    row = queries.content(result)["ranking"][0]
    team = world.entries[0].team
    assert row["team"]["id"] == team.id
    assert row["team"]["members"] == [member.id for member in team.members]
    assert row["title"] == world.entries[0].title.to_json()
    assert queries.content(result)["prizes"][0]["name"]["ko"] == "1등상"
    assert row["prize"] == queries.content(result)["prizes"][0]["id"]
    assert snapshots.sha256(snapshots.canonical(queries.content(result))) == result.sha256


def test_judges_stand_in_the_snapshot_under_codes_only(ctx: None) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    for judge in world.judges:
        assert judge.name not in result.snapshot
        assert judge.key not in result.snapshot
    assert sorted(result.judges) == ["J1", "J2", "J3"]
    assert set(result.judges.values()) == {judge.key for judge in world.judges}


def test_a_judge_keeps_the_code_through_corrections(ctx: None) -> None:
    world = judged([[k] * 3 for k in (19, 15, 11, 7)])
    first = published(world)
    mark(world, 0, 0, 20)
    second = published(world, reason="A mark was typed wrongly.")
    assert first.judges == second.judges
    assert queries.content(second)["previous_sha256"] == first.sha256


def test_the_person_who_finalized_can_not_sign(ctx: None) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    with pytest.raises(Refused) as problem:
        results.sign(result=result, who=world.organizer)
    assert problem.value.status == 403
    assert result.state is ResultState.FINALIZED


def test_the_database_refuses_a_signature_by_the_same_person(ctx: None) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    result.signed_by, result.signed_at = world.organizer.id, clock.now()
    result.state = ResultState.SIGNED
    with pytest.raises(IntegrityError, match="two_people"):
        db.session.flush()


@pytest.mark.parametrize("state", [ResultState.SIGNED, ResultState.PROVISIONAL, ResultState.FINAL])
def test_the_database_refuses_to_skip_a_signature_or_publication(ctx: None, state: ResultState) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    result.state = state
    with pytest.raises(IntegrityError):
        db.session.flush()


@pytest.mark.parametrize("who", ["other", "auditor"])
def test_another_organizer_or_an_auditor_signs(ctx: None, who: str) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    results.sign(result=result, who=getattr(world, who), seen_sha256=result.sha256)
    assert result.state is ResultState.SIGNED


def test_a_signature_is_for_the_version_that_was_read(ctx: None) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    with pytest.raises(Conflict):
        results.sign(result=result, who=world.auditor, seen_sha256="0" * 64)


def test_a_snapshot_that_was_tampered_with_is_not_signed(ctx: None) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    # Somebody who may take the database's own guard away (tests/judging/test_frozen_rows.py) does so.
    of_table = " ON result" if db.engine.dialect.name == "postgresql" else ""
    db.session.execute(text(f"DROP TRIGGER result_stays{of_table}"))
    db.session.execute(update(Result).values(snapshot=result.snapshot.replace('"rank":1', '"rank":2')))
    db.session.refresh(result)
    with pytest.raises(Conflict) as problem:
        results.sign(result=result, who=world.auditor)
    assert problem.value.code == "hash"
    db.session.rollback()  # the guard is back


def test_a_panel_that_has_become_too_small_blocks_until_somebody_says_it_is_enough(ctx: None) -> None:
    world = judged(judges_per_entry=3)
    sheet = world.sheets[0, 2]
    sheet.state, sheet.submitted_at, sheet.reason = SheetState.RECUSED, None, "Ill"
    db.session.flush()
    with pytest.raises(Conflict) as problem:
        results.finalize(round=world.round, who=world.organizer)
    assert codes_of(problem) == ["short_panels"]
    world.round.judges_per_entry = 2
    results.finalize(round=world.round, who=world.organizer)


def test_a_tie_between_judge_and_team_that_came_about_after_scoring_blocks(ctx: None) -> None:
    world = judged()
    world.entries[1].team.affiliation = "成都电子大学"
    panel.change_judge(judge=world.judges[0], seen=None, affiliation=Trilingual.same("成都电子大学"))
    with pytest.raises(Conflict) as problem:
        results.finalize(round=world.round, who=world.organizer)
    (blocker,) = problem.value.extra["blockers"]
    assert blocker["code"] == "conflicts"
    assert blocker["items"] == [f"{world.judges[0].name} → {world.entries[1].team.name}"]


def test_a_second_version_waits_until_the_first_is_published_or_discarded(ctx: None) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    with pytest.raises(Conflict) as problem:
        results.finalize(round=world.round, who=world.other)
    assert problem.value.code == "pending"
    results.discard(result=result, who=world.auditor, reason="The wrong rule")
    again = results.finalize(round=world.round, who=world.other)
    assert (again.number, result.state) == (2, ResultState.DISCARDED)
    assert queries.content(again)["previous_sha256"] is None


def test_a_published_result_can_not_be_discarded(ctx: None) -> None:
    world = judged()
    result = published(world)
    with pytest.raises(Conflict):
        results.discard(result=result, who=world.organizer, reason="Regret")


def test_every_step_is_recorded_once_with_who_did_it(ctx: None) -> None:
    world = judged()
    published(world)
    rows = db.session.execute(
        select(AuditRecord.action, AuditRecord.actor_id)
        .where(AuditRecord.action.like("result.%"))
        .order_by(AuditRecord.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        ("result.finalized", world.organizer.id),
        ("result.signed", world.auditor.id),
        ("result.published", world.organizer.id),
    ]


# -- ties ---------------------------------------------------------------------------------------------------

TIED = ((19, 19, 19), (15, 15, 15), (15, 15, 15), (11, 11, 11))


def tied_world(**values: object) -> World:
    return judged(TIED, **{"prizes": (1, 1, 1)} | values)  # type: ignore[arg-type]


def test_a_tie_on_a_prize_line_blocks_until_somebody_decides(ctx: None) -> None:
    world = tied_world()
    with pytest.raises(Conflict) as problem:
        results.finalize(round=world.round, who=world.organizer)
    assert codes_of(problem) == ["tie_prize"]
    second, third = world.entries[1], world.entries[2]
    results.decide_tie(
        round=world.round,
        positions={second.id: 2, third.id: 1},
        reason="The head judge prefers the clearer market.",
        who=world.other,
    )
    result = results.finalize(round=world.round, who=world.organizer)
    snapshot = queries.content(result)
    assert [row["entry"] for row in snapshot["ranking"]][1:3] == [third.key, second.key]
    assert snapshot["ranking"][1]["decided_by"] == "decision"
    assert [decision["reason"] for decision in snapshot["decisions"]] == [
        "The head judge prefers the clearer market."
    ] * 2


def test_a_tie_on_the_line_of_advancing_blocks(ctx: None) -> None:
    world = tied_world(prizes=(), awards_prizes=False, advance_places=2)
    with pytest.raises(Conflict) as problem:
        results.finalize(round=world.round, who=world.organizer)
    assert codes_of(problem) == ["tie_advance"]


def test_a_tie_that_no_line_runs_through_is_published_as_shared(ctx: None) -> None:
    world = tied_world(prizes=(1, 2))
    result = results.finalize(round=world.round, who=world.organizer)
    ranking = queries.content(result)["ranking"]
    assert [row["rank"] for row in ranking] == [1, 2, 2, 4]
    assert [tie.needed for tie in drafts.draft(world.round).ties] == [False]


def test_a_decision_counts_for_the_very_tie_it_was_made_about(ctx: None) -> None:
    world = tied_world()
    results.decide_tie(
        round=world.round,
        positions={world.entries[1].id: 2, world.entries[2].id: 1},
        reason="Head judge",
        who=world.other,
    )
    for judge in range(3):
        mark(world, 3, judge, 15)
    with pytest.raises(Conflict) as problem:
        results.finalize(round=world.round, who=world.organizer)
    assert "tie_prize" in codes_of(problem), "three are tied now: a decision about two doesn't settle that"


def test_a_later_decision_replaces_the_earlier(ctx: None) -> None:
    world = tied_world()
    one, other = world.entries[1], world.entries[2]
    for order in ({one.id: 2, other.id: 1}, {one.id: 1, other.id: 2}):
        results.decide_tie(round=world.round, positions=order, reason="Head judge", who=world.other)
    result = results.finalize(round=world.round, who=world.organizer)
    assert [row["entry"] for row in queries.content(result)["ranking"]][1:3] == [one.key, other.key]


@pytest.mark.parametrize(
    ("positions", "reason", "error"),
    [
        ({1: 1, 2: 2}, "", BadInput),
        ({1: 1, 2: 3}, "why", BadInput),
        ({1: 0, 2: 1}, "why", BadInput),
        ({0: 1, 1: 2}, "why", Conflict),
        ({1: 1}, "why", Conflict),
        ({}, "why", Conflict),
    ],
)
def test_an_impossible_decision_is_refused(
    ctx: None, positions: dict[int, int], reason: str, error: type[Exception]
) -> None:
    world = tied_world()
    ids = {world.entries[place].id: position for place, position in positions.items()}
    with pytest.raises(error):
        results.decide_tie(round=world.round, positions=ids, reason=reason, who=world.organizer)


def test_a_rule_that_puts_the_decision_before_a_lot_asks_first(ctx: None) -> None:
    world = tied_world(rule={"ties": ["decision", "lot:2026"]})
    assert [tie.needed for tie in drafts.draft(world.round).ties] == [False], "the lot would settle it"
    one, other = world.entries[1], world.entries[2]
    for order in ({one.id: 2, other.id: 1}, {one.id: 1, other.id: 2}):
        results.decide_tie(round=world.round, positions=order, reason="Head judge", who=world.organizer)
        ranking = drafts.draft(world.round).ranking
        assert ranking is not None
        assert ranking.subjects[1].subject == (one if order[one.id] == 1 else other).team.name
        assert ranking.subjects[1].decided_by == "decision"


def test_a_correction_needs_a_reason_and_a_change(ctx: None) -> None:
    world = judged()
    published(world)
    with pytest.raises(BadInput):
        results.finalize(round=world.round, who=world.organizer)
    with pytest.raises(Conflict) as problem:
        results.finalize(round=world.round, who=world.organizer, reason="Just so")
    assert codes_of(problem) == ["unchanged"]
