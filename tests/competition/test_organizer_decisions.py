"""Accepting, returning, rejecting, disqualifying, extending; singly and in bulk; what the teams are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from accounts.models import Person
from competition import signals
from competition.models import Edition, EditionState, Entry, EntryState, Member, MemberRole
from competition.operations import entries, review, teams
from competition.operations.review import Picked, stamp_of
from core import clock
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import AuditRecord, Mail, Notice
from tests import factories as make
from tests.conftest import Clock


def submitted(edition: Edition, **values: Any) -> Entry:
    entry: Entry = make.team(edition, **values).entry
    entries.save_draft(
        entry=entry, seen=None, title=Trilingual("茶", "차", "Tea"), summary=Trilingual("简", "", "")
    )
    entries.submit_entry(entry=entry, who=None, pledged=True)
    return entry


def captain(entry: Entry) -> Person:
    return db.session.get_one(Person, entry.team.members[0].person_id)


def notices(who: Person) -> list[Notice]:
    return list(db.session.scalars(select(Notice).where(Notice.person_id == who.id).order_by(Notice.id)))


def test_an_accepted_entry_is_what_was_submitted(ctx: None) -> None:
    edition = make.edition()
    entry = submitted(edition)
    entries.save_draft(entry=entry, seen=None, title=Trilingual("没有提交的改动", "", ""))
    review.accept_entry(entry=entry, seen=stamp_of(entry), who=make.organizer(edition))
    assert entry.state is EntryState.ACCEPTED
    assert entry.title.zh == "茶"


@pytest.mark.parametrize(
    ("lang", "act", "words"),
    [
        ("zh", "accept", ("审核通过",)),
        ("ko", "accept", ("접수 승인",)),
        ("en", "accept", ("Accepted",)),
        ("zh", "return", ("补充材料通知", "商业计划书：缺少封面", "成都", "首尔")),
        ("ko", "return", ("서류 보완 요청", "사업계획서: 缺少封面", "서울", "청두")),
        ("en", "return", ("Request for additional documents", "Business plan: 缺少封面")),
        ("zh", "reject", ("审核未通过", "重复报名")),
        ("ko", "reject", ("불승인", "重复报名")),
        ("en", "reject", ("Not accepted", "重复报名")),
        ("zh", "disqualify", ("取消参赛资格", "重复报名")),
        ("ko", "disqualify", ("참가 자격 취소", "重复报名")),
    ],
)
def test_every_member_is_told_in_their_own_language(
    ctx: None, lang: str, act: str, words: tuple[str, ...]
) -> None:
    edition = make.edition()
    entry = submitted(edition, captain=make.person(language=lang))
    other = make.person(language="en")
    teams.add_member(team=entry.team, role=MemberRole.MEMBER, name="Li", person=other)
    _act(entry, act, make.organizer(edition))
    told = notices(captain(entry))[-1]
    for word in words:
        assert word in told.subject + told.body
    assert told.path == f"/{lang}/e/{edition.slug}/team/{entry.team.key}"
    assert len(notices(other)) == 1
    assert db.session.scalar(select(func.count()).where(Mail.edition_id == edition.id)) >= 2


def _act(entry: Entry, act: str, who: Person) -> None:
    if act == "accept":
        review.accept_entry(entry=entry, seen=None, who=who)
    elif act == "return":
        review.return_entry(entry=entry, seen=None, comments={"business_plan": "缺少封面"}, who=who)
    elif act == "reject":
        review.reject_entry(entry=entry, seen=None, reason="重复报名", who=who)
    else:
        review.disqualify_entry(entry=entry, seen=None, reason="重复报名", who=who)


def test_people_who_have_not_confirmed_are_told_nothing(ctx: None) -> None:
    edition = make.edition()
    entry = submitted(edition)
    waiting = make.person()
    db.session.add(
        Member(
            edition_id=edition.id,
            team_id=entry.team_id,
            person_id=waiting.id,
            role=MemberRole.MEMBER,
            name="x",
            position=9,
        )
    )
    db.session.flush()
    review.accept_entry(entry=entry, seen=None, who=None)
    assert notices(waiting) == []


def test_a_return_needs_a_comment_and_time_to_mend(ctx: None, turn_clock: Clock) -> None:
    edition = make.edition()
    entry = submitted(edition)
    with pytest.raises(BadInput, match="no_comment"):
        review.return_entry(entry=entry, seen=None, comments={"title": ""}, who=None)
    with pytest.raises(BadInput, match="unknown_field"):
        review.return_entry(entry=entry, seen=None, comments={"role": "x"}, who=None)
    turn_clock.advance(days=30)
    with pytest.raises(BadInput) as late:
        review.return_entry(entry=entry, seen=None, comments={"title": "x"}, who=None)
    assert "until" in late.value.fields
    with pytest.raises(BadInput):
        review.return_entry(
            entry=entry, seen=None, comments={"title": "x"}, who=None, until=clock.now() - timedelta(days=1)
        )
    assert entry.state is EntryState.SUBMITTED
    until = clock.now() + timedelta(days=3)
    review.return_entry(entry=entry, seen=None, comments={"title": "x"}, who=None, until=until)
    assert entry.state is EntryState.RETURNED
    assert entry.team.extended_until == until
    assert [(remark.field, remark.comment) for remark in entry.remarks] == [("title", "x")]


def test_a_returned_entry_comes_back_and_settles_the_comments(ctx: None) -> None:
    edition = make.edition()
    entry = submitted(edition)
    review.return_entry(entry=entry, seen=None, comments={"title": "Too short"}, who=None)
    entries.save_draft(entry=entry, seen=None, title=Trilingual("更长的茶", "", ""))
    entries.submit_entry(entry=entry, who=None, pledged=True)
    assert entry.state is EntryState.SUBMITTED
    assert entry.remarks[0].settled_at is not None


@pytest.mark.parametrize("reason", ["", "   "])
def test_nobody_is_rejected_or_disqualified_without_a_reason(ctx: None, reason: str) -> None:
    entry = submitted(make.edition())
    with pytest.raises(BadInput):
        review.reject_entry(entry=entry, seen=None, reason=reason, who=None)
    with pytest.raises(BadInput):
        review.disqualify_entry(entry=entry, seen=None, reason=reason, who=None)


def test_a_newer_submission_is_never_decided_on_unseen(ctx: None) -> None:
    edition = make.edition()
    entry = submitted(edition)
    seen = stamp_of(entry)
    entries.save_draft(entry=entry, seen=None, title=Trilingual("新", "", ""))
    assert stamp_of(entry) == seen  # drafting on hinders nobody
    entries.submit_entry(entry=entry, who=None, pledged=True)
    with pytest.raises(Conflict, match="stale"):
        review.accept_entry(entry=entry, seen=seen, who=None)
    assert entry.state is EntryState.SUBMITTED


def test_two_organizers_do_not_overrule_each_other_unseen(ctx: None) -> None:
    edition = make.edition()
    entry = submitted(edition)
    seen = stamp_of(entry)
    review.reject_entry(entry=entry, seen=seen, reason="x", who=None)
    with pytest.raises(Conflict, match="stale"):
        review.accept_entry(entry=entry, seen=seen, who=None)


@pytest.mark.parametrize("state", [EntryState.DRAFT, EntryState.WITHDRAWN, EntryState.DISQUALIFIED])
def test_what_takes_no_part_is_not_decided_on(ctx: None, state: EntryState) -> None:
    entry = make.entry(make.edition(), state)
    for act in ("accept", "return", "reject", "disqualify"):
        with pytest.raises(Conflict, match="wrong_state"):
            _act(entry, act, make.person())


def test_an_entry_in_a_round_can_only_be_disqualified(ctx: None) -> None:
    edition = make.edition()
    entry = make.entry(edition)
    make.enter(make.round_of(edition), entry)
    for act in ("return", "reject"):
        with pytest.raises(Conflict, match="in_a_round"):
            _act(entry, act, make.person())
    heard: list[Any] = []

    def hear(sender: Entry, **said: Any) -> None:
        heard.append((sender, said["reason"]))

    with signals.entry_disqualified.connected_to(hear):
        review.disqualify_entry(entry=entry, seen=None, reason="Plagiarism", who=None)
    assert heard == [(entry, "Plagiarism")]


def test_nothing_is_decided_in_an_archived_edition(ctx: None) -> None:
    edition = make.edition()
    entry = submitted(edition)
    edition.state = EditionState.ARCHIVED
    with pytest.raises(Conflict, match="archived"):
        review.accept_entry(entry=entry, seen=None, who=None)


def test_one_teams_deadline_is_extended_for_a_reason(ctx: None) -> None:
    edition = make.edition()
    entry = submitted(edition)
    until = clock.now() + timedelta(days=40)
    with pytest.raises(BadInput):
        review.extend_deadline(team=entry.team, seen=None, until=until, reason="", who=None)
    with pytest.raises(BadInput):
        review.extend_deadline(
            team=entry.team, seen=None, until=clock.now() + timedelta(days=2), reason="x", who=None
        )
    review.extend_deadline(
        team=entry.team, seen=entry.team.version, until=until, reason="Power cut", who=None
    )
    assert entry.team.extended_until == until
    record = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "extend_deadline")).one()
    assert record.reason == "Power cut"
    assert "More time" in notices(captain(entry))[-1].subject


def test_a_bulk_decision_is_all_or_nothing(ctx: None) -> None:
    edition = make.edition()
    first, second, other = submitted(edition), submitted(edition), submitted(make.edition())
    picks = [Picked(entry.key, stamp_of(entry)) for entry in (first, second)]
    review.reject_entry(entry=second, seen=None, reason="x", who=None)
    with pytest.raises(Conflict) as stale:
        review.decide_many(edition=edition, picked=picks, decision=EntryState.ACCEPTED, who=None)
    assert str(second.receipt_number) in str(stale.value.detail)
    assert first.state is EntryState.SUBMITTED
    foreign = [Picked(other.key, stamp_of(other))]
    with pytest.raises(Conflict):
        review.decide_many(edition=edition, picked=foreign, decision=EntryState.ACCEPTED, who=None)
    assert other.state is EntryState.SUBMITTED
    picks = [Picked(entry.key, stamp_of(entry)) for entry in (first, second)]
    assert review.decide_many(edition=edition, picked=picks, decision=EntryState.ACCEPTED, who=None) == 2


def test_the_bulk_pages_preview_decide_and_keep_what_was_typed(ctx: None, client: FlaskClient) -> None:
    edition = make.edition()
    rows = [submitted(edition) for _ in range(3)]
    accepted = make.entry(edition)
    make.sign_in(client, make.organizer(edition))
    here = f"/en/o/{edition.slug}/entries"
    listed = client.get(here).text
    picks = [f"{entry.key} {stamp_of(entry)}" for entry in rows]
    for pick in picks:
        assert f'value="{pick}"' in listed
    nothing = client.post(f"{here}/preview", data={"decision": "accepted"})
    assert nothing.status_code == 303
    preview = client.post(f"{here}/preview", data={"decision": "rejected", "pick": picks}).text
    assert "3 entries" in preview
    for entry in rows:
        assert str(entry.receipt_number) in preview
    mixed = client.post(
        f"{here}/preview",
        data={"decision": "accepted", "pick": [*picks, f"{accepted.key} {stamp_of(accepted)}"]},
    ).text
    assert "1 entry can" in mixed
    data = {"once_key": "k" * 20, "decision": "rejected", "pick": picks, "reason": ""}
    refused = client.post(f"{here}/decide", data=data)
    assert refused.status_code == 422
    data |= {"reason": "Duplicate entry", "once_key": "l" * 20}
    assert client.post(f"{here}/decide", data=data).status_code == 303
    again = client.post(f"{here}/decide", data=data)  # the same click twice
    assert again.status_code == 303
    assert db.session.scalar(select(func.count()).where(Notice.kind == "entry_rejected")) == 3
    late = client.post(f"{here}/decide", data=data | {"once_key": "m" * 20})
    assert late.status_code == 409
    assert "Duplicate entry" in late.text


def test_the_page_of_an_entry_carries_each_decision_out(ctx: None, client: FlaskClient) -> None:
    edition = make.edition()
    entry = submitted(edition)
    make.sign_in(client, make.organizer(edition))
    here = f"/en/o/{edition.slug}/entries/{entry.key}"

    def send(act: str, **data: str) -> Any:
        db.session.refresh(entry)
        values = {"once_key": (act + "x" * 20)[:20], "seen": stamp_of(entry)} | data
        return client.post(f"{here}/{act}", data=values)

    empty = send("return", zone="Asia/Seoul")
    assert empty.status_code == 422
    assert "at least one comment" in empty.text
    assert send("return", on_title="Too short", zone="Asia/Seoul").status_code == 303
    page = client.get(here).text
    assert "Too short" in page
    stale = client.post(f"{here}/accept", data={"once_key": "s" * 20, "seen": "submitted-0-0"})
    assert stale.status_code == 409
    assert send("accept").status_code == 303
    assert client.get(here).text.count("Accepted") >= 1
    until = (clock.now() + timedelta(days=60)).strftime("%Y-%m-%dT%H:%M")
    version = str(entry.team.version)
    assert send("extend", until=until, zone="UTC", reason="Flood", version=version).status_code == 303
    assert send("disqualify", reason="Plagiarism").status_code == 303
    db.session.refresh(entry)
    assert entry.state is EntryState.DISQUALIFIED
    trail = client.get(here).text
    for words in ("Disqualified the entry", "Plagiarism", "Gave the team more time", "Asked for more"):
        assert words in trail


def test_versions_show_what_changed(ctx: None, client: FlaskClient) -> None:
    edition = make.edition()
    entry = submitted(edition)
    entries.save_draft(entry=entry, seen=None, title=Trilingual("红茶", "차", "Tea"), sector="Agriculture")
    entries.submit_entry(entry=entry, who=None, pledged=True)
    make.sign_in(client, make.organizer(edition))
    page = client.get(f"/en/o/{edition.slug}/entries/{entry.key}").text
    assert "<ins>Agriculture</ins>" in page
    assert "Version 2" in page
    assert "红茶" in page


@pytest.mark.parametrize("text", ["\x00", "\u202ereversed", "\u3164", "x" * 2001])
def test_hostile_reasons_are_refused_in_words(ctx: None, client: FlaskClient, text: str) -> None:
    edition = make.edition()
    entry = submitted(edition)
    make.sign_in(client, make.organizer(edition))
    data = {"once_key": "h" * 20, "seen": stamp_of(entry), "reason": text}
    answer = client.post(f"/zh/o/{edition.slug}/entries/{entry.key}/reject", data=data)
    assert answer.status_code == 422
    db.session.refresh(entry)
    assert entry.state is EntryState.SUBMITTED
