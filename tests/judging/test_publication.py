"""Publication: now or at a set time, provisional, final, corrected; teams are told; nothing leaks before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from blinker import Signal
from flask import Flask
from flask.testing import FlaskClient
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from competition.models import EditionState, EntryState, RoundEntry
from competition.signals import entry_disqualified
from core import clock
from core.db import db
from core.errors import BadInput, Conflict, Problem, Refused
from core.models import AuditRecord, Mail, Notice
from judging import jobs, signals
from judging.models import ObjectionOutcome, Result, ResultState
from judging.operations import advance, objections, results
from judging.queries import results as queries
from tests import factories as make
from tests.conftest import Clock
from tests.judging.results_world import World, judged, mark, published


def signed(world: World, reason: str = "") -> Result:
    result = results.finalize(round=world.round, who=world.organizer, reason=reason)
    return results.sign(result=result, who=world.auditor)


@contextmanager
def heard(signal: Signal) -> Iterator[list[tuple[Any, dict[str, Any]]]]:
    seen: list[tuple[Any, dict[str, Any]]] = []

    def hear(sender: Any, **more: Any) -> None:
        seen.append((sender, more))

    with signal.connected_to(hear):
        yield seen


# -- states -------------------------------------------------------------------------------------------------


def test_an_unsigned_result_can_not_be_published(ctx: None) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    with pytest.raises(Conflict) as problem:
        results.publish(result=result, who=world.organizer)
    assert problem.value.code == "not_signed"
    assert queries.standing_result(world.round) is None


def test_a_result_is_published_once(ctx: None) -> None:
    world = judged()
    result = published(world)
    with pytest.raises(Conflict):
        results.publish(result=result, who=world.organizer)


def test_a_published_result_is_provisional_for_the_notice_period(ctx: None, turn_clock: Clock) -> None:
    world = judged(notice_days=3)
    result = published(world)
    assert result.state is ResultState.PROVISIONAL
    assert result.notice_until == turn_clock() + timedelta(days=3)
    turn_clock.advance(days=3)
    with pytest.raises(Conflict):
        results.make_final(result=result, who=world.organizer)
    turn_clock.advance(seconds=1)
    with heard(signals.result_final) as final:
        results.make_final(result=result, who=world.organizer)
    assert result.state is ResultState.FINAL
    assert [sender for sender, _ in final] == [result]


def test_without_a_notice_period_a_result_is_final_at_once(ctx: None) -> None:
    world = judged(notice_days=0)
    assert published(world).state is ResultState.FINAL
    assert [winner.rank for winner in queries.final_winners(world.edition)] == [1, 2, 3]


def test_only_final_results_have_winners(ctx: None, turn_clock: Clock) -> None:
    world = judged()
    published(world)
    assert queries.final_winners(world.edition) == []
    assert len(queries.final_winners(world.edition, provisional=True)) == 3
    turn_clock.advance(days=6)
    db.session.commit()
    assert jobs.finish_due() == 1
    first = queries.final_winners(world.edition)[0]
    team = world.entries[0].team
    assert (first.team_id, first.team_key, first.team_name) == (team.id, team.key, team.name)
    assert first.members == tuple(member.id for member in team.members)
    assert first.prize.zh == "1等奖"
    assert first.title == world.entries[0].title


def test_an_open_objection_keeps_a_result_provisional(ctx: None, turn_clock: Clock) -> None:
    world = judged()
    result = published(world)
    objection = objections.raise_objection(
        result=result, team=world.entries[3].team, who=world.captain(3), reason="Sheet 2 is not ours."
    )
    turn_clock.advance(days=6)
    db.session.commit()
    assert jobs.finish_due() == 0
    with pytest.raises(Conflict):
        results.make_final(result=result)
    objections.answer_objection(
        objection=objection,
        outcome=ObjectionOutcome.DISMISSED,
        answer="It is: see the sheet's number.",
        who=world.organizer,
    )
    db.session.commit()
    assert jobs.finish_due() == 1
    assert jobs.finish_due() == 0


# -- at a set time ------------------------------------------------------------------------------------------


def test_a_timed_publication_happens_at_its_moment_and_not_before(ctx: None, turn_clock: Clock) -> None:
    world = judged()
    result = signed(world)
    results.publish(result=result, who=world.organizer, at=turn_clock() + timedelta(hours=2))
    db.session.commit()
    turn_clock.advance(hours=2, seconds=-1)
    assert jobs.publish_due() == 0
    assert queries.standing_result(world.round) is None
    turn_clock.advance(seconds=1)
    assert jobs.publish_due() == 1
    assert jobs.publish_due() == 0
    standing = queries.standing_result(world.round)
    assert standing is not None
    assert standing.published_at == turn_clock()


def test_the_moment_can_be_changed_and_taken_back(ctx: None, turn_clock: Clock) -> None:
    world = judged()
    result = signed(world)
    for hours in (2, 5):
        results.publish(result=result, who=world.organizer, at=turn_clock() + timedelta(hours=hours))
    turn_clock.advance(hours=3)
    db.session.commit()
    assert jobs.publish_due() == 0
    results.unschedule(result=result, who=world.organizer)
    with pytest.raises(Conflict):
        results.unschedule(result=result, who=world.organizer)
    turn_clock.advance(hours=3)
    db.session.commit()
    assert jobs.publish_due() == 0


@pytest.mark.parametrize("delta", [timedelta(0), timedelta(seconds=-1), timedelta(days=400)])
def test_a_moment_in_the_past_or_far_away_is_refused(ctx: None, turn_clock: Clock, delta: timedelta) -> None:
    world = judged()
    with pytest.raises(BadInput):
        results.publish(result=signed(world), who=world.organizer, at=turn_clock() + delta)


def test_the_job_skips_an_archived_edition_and_goes_on(ctx: None, turn_clock: Clock) -> None:
    worlds = [judged(), judged()]
    for world in worlds:
        results.publish(result=signed(world), who=world.organizer, at=turn_clock() + timedelta(minutes=1))
    worlds[0].edition.state = EditionState.ARCHIVED
    db.session.commit()
    turn_clock.advance(minutes=1)
    assert jobs.publish_due() == 1
    assert queries.standing_result(worlds[1].round) is not None


# -- corrections --------------------------------------------------------------------------------------------


def test_a_correction_replaces_and_keeps_the_old_version(ctx: None) -> None:
    world = judged()
    first = published(world)
    mark(world, 3, 0, 20)
    with heard(signals.result_superseded) as replaced, heard(signals.result_published) as out:
        second = published(world, reason="A mark was typed wrongly.")
    assert (first.state, second.state) == (ResultState.SUPERSEDED, ResultState.PROVISIONAL)
    assert replaced == [(first, {"by": second})]
    assert out == [(second, {})]
    assert queries.standing_result(world.round) is second
    assert [version.number for version in queries.published_versions(world.round)] == [1, 2]


def test_a_result_with_a_correction_under_way_does_not_become_final(ctx: None, turn_clock: Clock) -> None:
    world = judged()
    first = published(world)
    mark(world, 3, 0, 20)
    results.finalize(round=world.round, who=world.organizer, reason="A mark was typed wrongly.")
    turn_clock.advance(days=6)
    with pytest.raises(Conflict):
        results.make_final(result=first)


def test_a_final_result_can_still_be_corrected(ctx: None, turn_clock: Clock) -> None:
    world = judged(notice_days=0)
    published(world)
    mark(world, 3, 0, 20)
    second = published(world, reason="A mark was typed wrongly.")
    assert second.state is ResultState.FINAL


def test_a_disqualification_after_publication_prepares_a_new_version(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        world = judged()
        first = published(world)
        from flask import g
        from flask_login import login_user

        g.session_allowed = True
        world.organizer.sign_in_token = "token"
        login_user(world.organizer)
        world.entries[0].state = EntryState.DISQUALIFIED
        db.session.flush()
        entry_disqualified.send(world.entries[0], reason="Plagiarism")
        pending = queries.pending_result(world.round)
        assert pending is not None
        assert (pending.number, pending.state, pending.finalized_by) == (
            2,
            ResultState.FINALIZED,
            world.organizer.id,
        )
        assert first.state is ResultState.PROVISIONAL, "the old version stands until the new one is published"
        assert world.entries[0].team.name in pending.reason
        ranking = queries.content(pending)["ranking"]
        assert [row["entry"] for row in ranking] == [entry.key for entry in world.entries[1:]]
        with pytest.raises(Refused):
            results.sign(result=pending, who=world.organizer)


def test_a_disqualification_by_a_command_says_that_a_version_is_needed(ctx: None) -> None:
    world = judged()
    published(world)
    world.entries[0].state = EntryState.DISQUALIFIED
    db.session.flush()
    entry_disqualified.send(world.entries[0], reason="Plagiarism")
    assert queries.pending_result(world.round) is None
    actions = db.session.scalars(select(AuditRecord.action)).all()
    assert "result.new_version_needed" in actions


def test_a_disqualification_before_publication_changes_no_result(ctx: None) -> None:
    world = judged()
    world.entries[0].state = EntryState.DISQUALIFIED
    db.session.flush()
    entry_disqualified.send(world.entries[0], reason="Plagiarism")
    assert queries.versions(world.round) == []


def test_an_archived_edition_publishes_nothing(ctx: None) -> None:
    world = judged()
    result = signed(world)
    world.edition.state = EditionState.ARCHIVED
    db.session.flush()
    with pytest.raises(Conflict):
        results.publish(result=result, who=world.organizer)


# -- telling ------------------------------------------------------------------------------------------------


def test_every_team_is_told_its_own_result_in_its_own_language(ctx: None) -> None:
    world = judged()
    for number, language in enumerate(("zh", "ko", "en")):
        world.captain(number).language = language
    db.session.flush()
    published(world)
    notices = {
        notice.person_id: notice
        for notice in db.session.scalars(select(Notice).where(Notice.kind == "result"))
    }
    assert len(notices) == 4
    chinese, korean, english = (notices[world.captain(number).id] for number in range(3))
    assert "1等奖" in chinese.body
    assert "2등상" in korean.body
    assert "Prize 2" in english.body
    assert "9.000000" in chinese.body
    assert "7.000000" in korean.body
    assert world.entries[1].team.name not in chinese.body, "nobody is told about another team"
    assert chinese.path == f"/zh/e/{world.edition.slug}/team/{world.entries[0].team.key}/result/final"
    mails = db.session.scalars(select(Mail.address).where(Mail.kind == "result")).all()
    assert sorted(mails) == sorted(str(world.captain(number).email) for number in range(4))


def test_nobody_is_told_before_publication(ctx: None) -> None:
    world = judged()
    signed(world)
    assert db.session.scalars(select(Notice)).all() == []
    assert db.session.scalars(select(Mail)).all() == []


def test_a_correction_is_told_with_its_reason(ctx: None) -> None:
    world = judged()
    published(world)
    mark(world, 3, 0, 20)
    published(world, reason="A mark was typed wrongly.")
    bodies = db.session.scalars(select(Notice.body).where(Notice.kind == "result_corrected")).all()
    assert len(bodies) == 4
    assert all("A mark was typed wrongly." in body for body in bodies)


# -- who advances -------------------------------------------------------------------------------------------


def advancing(**values: Any) -> tuple[World, Any]:
    edition = make.edition()
    world = judged(edition=edition, slug="first", position=1, advance_places=2, awards_prizes=False, **values)
    following = make.round_of(edition, slug="second", position=2)
    return world, following


def inside(round_: Any) -> set[int]:
    return set(db.session.scalars(select(RoundEntry.entry_id).where(RoundEntry.round_id == round_.id)))


def test_the_best_enter_the_next_round_and_twice_changes_nothing(ctx: None) -> None:
    world, following = advancing()
    result = published(world)
    assert queries.content(result)["next_round"] == "second"
    done = advance.advance(result=result, next_round=following, who=world.organizer)
    assert done == advance.Advanced(entered=2, removed=0)
    assert inside(following) == {entry.id for entry in world.entries[:2]}
    again = advance.advance(result=result, next_round=following, who=world.organizer)
    assert again == advance.Advanced(entered=0, removed=0)


def test_an_unpublished_result_lets_nobody_advance(ctx: None) -> None:
    world, following = advancing()
    with pytest.raises(Conflict):
        advance.advance(result=signed(world), next_round=following)
    assert inside(following) == set()


def test_nobody_advances_into_an_earlier_round_or_another_edition(ctx: None) -> None:
    world, _ = advancing()
    result = published(world)
    for wrong in (world.round, make.round_of(make.edition(), position=9)):
        with pytest.raises(BadInput):
            advance.advance(result=result, next_round=wrong)


def test_after_a_correction_the_line_moves_unless_judges_are_at_work(ctx: None) -> None:
    world, following = advancing()
    advance.advance(result=published(world), next_round=following)
    for judge in range(3):
        mark(world, 3, judge, 20)
    second = published(world, reason="Sheets were mixed up.")
    sheet = make.sheet(following, world.judges[0], world.entries[1])
    with pytest.raises(Conflict) as problem:
        advance.advance(result=second, next_round=following)
    assert world.entries[1].team.name in str(problem.value.detail)
    db.session.delete(sheet)
    db.session.flush()
    assert advance.advance(result=second, next_round=following) == advance.Advanced(1, 1)
    assert inside(following) == {world.entries[0].id, world.entries[3].id}


def test_teams_read_whether_they_advance(ctx: None) -> None:
    world, _ = advancing()
    published(world)
    bodies = {notice.person_id: notice.body for notice in db.session.scalars(select(Notice)).all()}
    assert "goes on to the next round" in bodies[world.captain(1).id]
    assert "does not go on" in bodies[world.captain(2).id]


# -- imported protocols -------------------------------------------------------------------------------------


def test_only_an_imported_edition_is_published_without_signatures(ctx: None) -> None:
    world = judged()
    with pytest.raises(Conflict):
        results.publish_imported(round=world.round)


# -- races --------------------------------------------------------------------------------------------------


def _at_once(app: Flask, people: list[Any], path: str, data: dict[str, str]) -> list[int]:
    """Everybody posts to `path` at the same moment; returns the status codes, sorted."""
    clients = [make.sign_in(app.test_client(), who) for who in people]
    barrier = threading.Barrier(len(clients))
    codes: list[int] = []

    def post(number: int, client: FlaskClient) -> None:
        barrier.wait()
        response = client.post(path, data=data | {"once_key": f"{number:032d}"})
        codes.append(response.status_code)

    threads = [threading.Thread(target=post, args=pair) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(codes)


def test_two_who_sign_at_once_give_one_signature(app: Flask, ctx: None) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    db.session.commit()
    codes = _at_once(app, [world.other, world.auditor], world.address("/v/1/sign"), {"sha256": result.sha256})
    assert codes == [303, 409]
    db.session.expire_all()
    signatures = db.session.scalars(
        select(AuditRecord.actor_id).where(AuditRecord.action == "result.signed")
    ).all()
    assert signatures == [result.signed_by]


def test_a_result_that_two_publish_at_once_is_published_once(app: Flask, ctx: None) -> None:
    world = judged()
    signed(world)
    db.session.commit()
    people = [world.organizer, world.other] * 3
    codes = _at_once(app, people, world.address("/v/1/publish"), {"when": "now", "zone": "UTC"})
    assert codes == [303] + [409] * 5
    db.session.expire_all()
    assert len(db.session.scalars(select(Notice).where(Notice.kind == "result")).all()) == 4


def test_two_who_finalize_at_once_make_one_version(app: Flask, ctx: None) -> None:
    world = judged()
    db.session.commit()
    codes = _at_once(app, [world.organizer, world.other] * 2, world.address("/finalize"), {})
    assert codes == [303, 409, 409, 409]
    assert [version.number for version in queries.versions(world.round)] == [1]


# -- the state machine --------------------------------------------------------------------------------------


class Publication(RuleBasedStateMachine):
    """Any order of deeds by any of three people keeps the promises of publication."""

    app: Flask
    moment = datetime(2026, 6, 1, tzinfo=UTC)

    @initialize()
    def begin(self) -> None:
        self.context = self.app.app_context()
        self.context.push()
        self.real_now = clock.now
        self.now = self.moment
        clock.now = lambda: self.now
        self.world = judged(notice_days=1)
        self.people = [self.world.organizer, self.world.other, self.world.auditor]
        self.next_mark = 0

    def teardown(self) -> None:
        if hasattr(self, "context"):
            db.session.rollback()
            clock.now = self.real_now
            self.context.pop()

    def _try(self, deed: Any) -> None:
        try:
            with db.session.begin_nested():
                deed()
        except Problem:
            db.session.expire_all()

    def _newest(self) -> Result | None:
        versions = queries.versions(self.world.round)
        return versions[-1] if versions else None

    @rule()
    def change_a_mark(self) -> None:
        self.next_mark = (self.next_mark + 1) % 20
        mark(self.world, 3, 0, self.next_mark)

    @rule()
    def finalize(self) -> None:
        self._try(lambda: results.finalize(round=self.world.round, who=self.people[0], reason="again"))

    @rule()
    def sign_as_first(self) -> None:
        if newest := self._newest():
            self._try(lambda: results.sign(result=newest, who=self.people[0]))

    @rule()
    def sign_as_auditor(self) -> None:
        if newest := self._newest():
            self._try(lambda: results.sign(result=newest, who=self.people[2]))

    @rule()
    def discard(self) -> None:
        if newest := self._newest():
            self._try(lambda: results.discard(result=newest, who=self.people[1], reason="no"))

    @rule()
    def publish(self) -> None:
        if newest := self._newest():
            self._try(lambda: results.publish(result=newest, who=self.people[1]))

    @rule()
    def publish_later(self) -> None:
        if newest := self._newest():
            at = self.now + timedelta(hours=1)
            self._try(lambda: results.publish(result=newest, who=self.people[1], at=at))

    @rule()
    def an_hour_passes(self) -> None:
        self.now += timedelta(hours=9)
        for result in queries.versions(self.world.round):
            self._try(lambda result=result: results.publish_due(result=result))  # type: ignore[misc]
            self._try(lambda result=result: results.final_due(result=result))  # type: ignore[misc]

    @invariant()
    def the_promises_hold(self) -> None:
        if not hasattr(self, "world"):
            return
        versions = queries.versions(self.world.round)
        assert [version.number for version in versions] == list(range(1, len(versions) + 1))
        assert sum(version.state in queries.STANDING for version in versions) <= 1
        assert sum(version.state in queries.PENDING for version in versions) <= 1
        for version in versions:
            assert version.signed_by is None or version.signed_by != version.finalized_by
            if version.state in queries.PUBLISHED:
                assert version.signed_by is not None
                assert version.published_at is not None
            else:
                assert version.published_at is None
            if version.state is ResultState.FINAL:
                assert version.final_at is not None
                assert version.notice_until is not None
                assert version.final_at > version.notice_until


def test_any_order_of_deeds_keeps_the_promises(app: Flask) -> None:
    from hypothesis import HealthCheck, settings
    from hypothesis.stateful import run_state_machine_as_test

    Publication.app = app
    run_state_machine_as_test(
        Publication,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
