"""Entries: drafting, submission, versions, receipts, deadlines, places."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Person
from competition.models import (
    Country,
    DocumentKind,
    Edition,
    Entry,
    EntryState,
    MilestoneKind,
    Stage,
)
from competition.operations import entries, teams
from core import clock, files
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import AuditRecord, Mail, Notice, StoredFile
from tests import factories as make


def complete(edition: Edition, captain: Person | None = None) -> Entry:
    """The draft of a fresh team with everything that a submission needs."""
    captain = captain or make.person()
    team = make.team(edition, captain)
    entry = team.entry
    entries.save_draft(
        entry=entry,
        seen=None,
        title=Trilingual(zh="智能菌菇农场", ko="스마트 버섯 농장"),
        summary=Trilingual(zh="用传感器种蘑菇"),
        stage=Stage.PROTOTYPE,
        track=edition.tracks[0],
        division=edition.divisions[0],
    )
    attach(entry, b"plan", who=None)
    return entry


def attach(entry: Entry, data: bytes, *, who: Person | None, name: str = "plan.pdf") -> None:
    file = files.keep(b"%PDF-1.4 " + data, "application/pdf", name)
    entries.attach_document(entry=entry, kind=DocumentKind.BUSINESS_PLAN, upload=file, who=who)


def captain_of(entry: Entry) -> Person:
    person = entries.captain_person(entry.team)
    assert person is not None
    return person


def closes(edition: Edition) -> Any:
    return next(row for row in edition.milestones if row.kind is MilestoneKind.REGISTRATION_CLOSES)


def test_a_submission_freezes_a_version_and_gives_a_receipt(ctx: None) -> None:
    edition = make.edition(receipt_prefix="CK2026")
    entry = complete(edition)
    version = entries.submit_entry(entry=entry, who=captain_of(entry), pledged=True)
    assert version.number == 1
    assert entry.receipt_number == "CK2026-000001"
    assert entry.state is EntryState.SUBMITTED
    assert version.content["title"]["ko"] == "스마트 버섯 농장"
    assert version.content["documents"]["business_plan"]["name"] == "plan.pdf"
    second = complete(edition)
    entries.submit_entry(entry=second, who=captain_of(second), pledged=True)
    assert second.receipt_number == "CK2026-000002"


def test_submitting_the_same_again_makes_no_second_version(ctx: None) -> None:
    entry = complete(make.edition())
    captain = captain_of(entry)
    first = entries.submit_entry(entry=entry, who=captain, pledged=True)
    again = entries.submit_entry(entry=entry, who=captain, pledged=True)
    assert again is first
    assert len(entry.versions) == 1


def test_a_changed_entry_submitted_again_keeps_its_number(ctx: None) -> None:
    entry = complete(make.edition())
    captain = captain_of(entry)
    entries.submit_entry(entry=entry, who=captain, pledged=True)
    number = entry.receipt_number
    entries.save_draft(entry=entry, seen=entry.version, who=captain, sector="农业科技")
    assert entry.state is EntryState.SUBMITTED
    assert entries.has_unsubmitted_changes(entry, entries.last_version(entry))
    second = entries.submit_entry(entry=entry, who=captain, pledged=True)
    assert (second.number, entry.receipt_number) == (2, number)
    assert not entries.has_unsubmitted_changes(entry, second)


def test_without_the_pledge_nothing_is_submitted(ctx: None) -> None:
    entry = complete(make.edition())
    with pytest.raises(BadInput) as refused:
        entries.submit_entry(entry=entry, who=captain_of(entry), pledged=False)
    assert "pledged" in refused.value.fields
    assert entry.state is EntryState.DRAFT


def test_what_is_missing_is_named(ctx: None) -> None:
    entry = make.team(make.edition()).entry
    with pytest.raises(Conflict) as refused:
        entries.submit_entry(entry=entry, who=captain_of(entry), pledged=True)
    assert refused.value.extra["missing"] == [
        "title",
        "summary",
        "track",
        "division",
        "stage",
        "business_plan",
    ]


@pytest.mark.parametrize(("seconds", "accepted"), [(-1, True), (0, True), (0.9, True), (1, False)])
def test_the_server_clock_decides_to_the_second(
    ctx: None, turn_clock: Any, seconds: float, accepted: bool
) -> None:
    edition = make.edition()
    entry = complete(edition)
    captain = captain_of(entry)
    turn_clock.set(closes(edition).at + timedelta(seconds=seconds))
    if accepted:
        assert entries.submit_entry(entry=entry, who=captain, pledged=True).number == 1
    else:
        with pytest.raises(Conflict, match="closed"):
            entries.submit_entry(entry=entry, who=captain, pledged=True)


def test_an_extension_is_for_one_team_only(ctx: None, turn_clock: Any) -> None:
    edition = make.edition()
    favored, other = complete(edition), complete(edition)
    favored.team.extended_until = closes(edition).at + timedelta(hours=2)
    turn_clock.set(closes(edition).at + timedelta(hours=1))
    assert entries.submit_entry(entry=favored, who=captain_of(favored), pledged=True).number == 1
    with pytest.raises(Conflict, match="closed"):
        entries.submit_entry(entry=other, who=captain_of(other), pledged=True)


def test_an_extension_never_shortens_the_general_deadline(ctx: None, turn_clock: Any) -> None:
    edition = make.edition()
    entry = complete(edition)
    entry.team.extended_until = closes(edition).at - timedelta(days=3)
    turn_clock.set(closes(edition).at)
    assert entries.submit_entry(entry=entry, who=captain_of(entry), pledged=True).number == 1


def test_places_are_given_once_and_come_free_by_withdrawal(ctx: None) -> None:
    edition = make.edition(entry_places=1)
    first, second = complete(edition), complete(edition)
    entries.submit_entry(entry=first, who=captain_of(first), pledged=True)
    with pytest.raises(Conflict, match="full"):
        entries.submit_entry(entry=second, who=captain_of(second), pledged=True)
    # The one who has the place may submit again.
    entries.save_draft(entry=first, seen=None, sector="新能源")
    entries.submit_entry(entry=first, who=captain_of(first), pledged=True)
    entries.withdraw_entry(entry=first, who=captain_of(first), reason="时间不够")
    assert entries.submit_entry(entry=second, who=captain_of(second), pledged=True).number == 1
    entries.resume_entry(entry=first, who=captain_of(first))
    with pytest.raises(Conflict, match="full"):
        entries.submit_entry(entry=first, who=captain_of(first), pledged=True)


def test_two_tabs_never_overwrite_each_other(ctx: None) -> None:
    entry = complete(make.edition())
    captain = captain_of(entry)
    seen = entry.version
    entries.save_draft(entry=entry, seen=seen, who=captain, sector="教育科技")
    with pytest.raises(Conflict) as refused:
        entries.save_draft(entry=entry, seen=seen, who=captain, sector="文化创意")
    assert refused.value.extra["current"]["sector"] == "教育科技"
    assert refused.value.extra["version"] == entry.version
    assert entry.sector == "教育科技"


def test_nobody_submits_what_a_teammate_changed_meanwhile(ctx: None) -> None:
    entry = complete(make.edition())
    captain = captain_of(entry)
    shown = entries.receipts.sha256(entries.receipts.content_of(entry))
    attach(entry, b"another plan", who=captain)
    with pytest.raises(Conflict, match="stale"):
        entries.submit_entry(entry=entry, who=captain, pledged=True, seen=shown)


def test_an_accepted_entry_stays_as_it_is(ctx: None) -> None:
    entry = complete(make.edition())
    captain = captain_of(entry)
    entries.submit_entry(entry=entry, who=captain, pledged=True)
    entry.state = EntryState.ACCEPTED
    for change in (
        lambda: entries.save_draft(entry=entry, seen=None, who=captain, sector="x"),
        lambda: entries.submit_entry(entry=entry, who=captain, pledged=True),
        lambda: entries.remove_document(entry=entry, kind=DocumentKind.BUSINESS_PLAN, who=captain),
    ):
        with pytest.raises(Conflict, match="closed"):
            change()


def test_judges_never_see_a_change_that_was_not_submitted(ctx: None) -> None:
    entry = complete(make.edition())
    captain = captain_of(entry)
    entries.submit_entry(entry=entry, who=captain, pledged=True)
    entries.save_draft(entry=entry, seen=None, who=captain, title=Trilingual(en="Something else"), track=None)
    attach(entry, b"another plan", who=captain, name="other.pdf")
    assert entries.restore_submitted(entry=entry)
    assert entry.title.zh == "智能菌菇农场"
    assert entry.track is entry.edition.tracks[0]
    document = entries.document_of(entry, DocumentKind.BUSINESS_PLAN)
    assert document is not None
    assert document.file.name == "plan.pdf"
    assert not entries.restore_submitted(entry=entry)


def test_a_replaced_file_goes_unless_a_version_names_it(ctx: None) -> None:
    entry = complete(make.edition())
    captain = captain_of(entry)
    attach(entry, b"second", who=captain)
    names = set(db.session.scalars(db.select(StoredFile.sha256)))
    assert len(names) == 1, "the first plan was never submitted"
    entries.submit_entry(entry=entry, who=captain, pledged=True)
    for number in range(5):
        attach(entry, b"later %d" % number, who=captain)
    assert db.session.scalar(db.select(db.func.count()).select_from(StoredFile)) == 2


def test_the_same_file_again_changes_nothing(ctx: None) -> None:
    entry = complete(make.edition())
    before = db.session.scalar(db.select(db.func.count()).select_from(AuditRecord))
    attach(entry, b"plan", who=captain_of(entry))
    assert db.session.scalar(db.select(db.func.count()).select_from(AuditRecord)) == before
    assert db.session.scalar(db.select(db.func.count()).select_from(StoredFile)) == 1


def test_the_teams_files_have_a_quota(ctx: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "TEAM_QUOTA", 40)
    entry = complete(make.edition())
    captain = captain_of(entry)
    attach(entry, b"small", who=captain)
    with pytest.raises(Conflict, match="quota"):
        attach(entry, b"x" * 60, who=captain)


def test_everybody_in_the_team_is_told_in_their_language(ctx: None) -> None:
    edition = make.edition()
    entry = complete(edition, make.person(language="zh"))
    mate = make.person(language="ko")
    teams.add_member(team=entry.team, role="member", name=mate.name, person=mate)
    entries.submit_entry(entry=entry, who=captain_of(entry), pledged=True)
    notices = {row.person_id: row for row in db.session.scalars(db.select(Notice))}
    assert len(notices) == 2
    assert "受理编号" in notices[captain_of(entry).id].body
    assert "접수번호" in notices[mate.id].body
    assert entry.receipt_number in notices[mate.id].subject
    assert notices[mate.id].path == f"/ko/e/{edition.slug}/team/{entry.team.key}/receipt"
    assert db.session.scalar(db.select(db.func.count()).select_from(Mail)) == 2


def test_a_child_needs_a_guardians_consent(ctx: None) -> None:
    edition = make.edition()
    entry = complete(edition)
    captain = captain_of(entry)
    child = teams.add_member(
        team=entry.team, role="member", name="小童", birth_year=clock.now().year - 13, person=make.person()
    )
    assert entries.missing_of(entry) == ["guardian"]
    with pytest.raises(Conflict, match="incomplete"):
        entries.submit_entry(entry=entry, who=captain, pledged=True)
    teams.record_guardian_consent(team=entry.team, member=child, guardian_name="王妈妈", who=captain)
    assert entries.submit_entry(entry=entry, who=captain, pledged=True).number == 1


def test_a_broken_rule_stops_the_submission(ctx: None) -> None:
    edition = make.edition(eligibility=[{"kind": "country", "countries": ["KR"]}])
    entry = complete(edition)
    with pytest.raises(Conflict, match="not_eligible"):
        entries.submit_entry(entry=entry, who=captain_of(entry), pledged=True)
    entry.team.country = Country.KOREA
    assert entries.submit_entry(entry=entry, who=captain_of(entry), pledged=True).number == 1


def test_a_command_is_bound_by_no_deadline_and_no_missing_thing(ctx: None, turn_clock: Any) -> None:
    edition = make.edition()
    turn_clock.advance(days=400)
    team = teams.create_team(edition=edition, captain=None, name="导入的团队", country=Country.JOINT)
    teams.add_member(team=team, role="captain", name="金民秀", email="minsu@example.com")
    version = entries.submit_entry(entry=team.entry, who=None, pledged=True)
    assert version.number == 1
    assert team.entry.receipt_number
