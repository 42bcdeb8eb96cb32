"""Making, changing, publishing, archiving and cloning editions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from competition import signals
from competition.models import Edition, EditionState, MilestoneKind, Team
from competition.operations import editions
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import AuditRecord, PublicVersion
from tests import factories as make

NAME = Trilingual("第二届大赛", "제2회 대회", "Second Contest")
JUNE = datetime(2026, 6, 1, 9, tzinfo=UTC)


def fresh(**values: Any) -> Edition:
    contest = editions.create_contest(slug="cky", name=Trilingual.same("CKY"))
    return editions.create_edition(contest=contest, slug="cky-2026", year=2026, name=NAME, **values)


def test_a_new_edition_is_a_draft_with_a_receipt_prefix(ctx: None) -> None:
    edition = fresh()
    assert edition.state is EditionState.DRAFT
    assert edition.receipt_prefix == "CKY-2026"


def test_whoever_makes_an_edition_becomes_its_organizer(ctx: None) -> None:
    who = make.person()
    edition = fresh(organizer_id=who.id)
    db.session.expire(who)
    assert who.holds("organizer", "edition", edition.id)


@pytest.mark.parametrize("slug", ["", "x", "Groß", "a--b", "-a", "a b", "new", "a" * 61, "../x", "中文"])
def test_an_unusable_address_is_refused(ctx: None, slug: str) -> None:
    contest = editions.create_contest(slug="cky", name=NAME)
    with pytest.raises(BadInput) as refused:
        editions.create_edition(contest=contest, slug=slug, year=2026, name=NAME)
    assert "slug" in refused.value.fields


def test_two_editions_never_share_an_address(ctx: None) -> None:
    edition = fresh()
    with pytest.raises(Conflict) as refused:
        editions.create_edition(contest=edition.contest, slug="cky-2026", year=2027, name=NAME)
    assert "slug" in refused.value.fields


def test_a_stale_change_is_refused_and_every_change_counts(ctx: None) -> None:
    edition = fresh()
    seen = edition.version
    editions.add_track(edition=edition, slug="ai", name=NAME, seen=seen)
    assert edition.version == seen + 1
    with pytest.raises(Conflict, match="stale"):
        editions.change_basics(edition=edition, seen=seen, year=2030)
    assert edition.year == 2026


def test_a_change_is_recorded_with_old_and_new_values(ctx: None) -> None:
    edition = fresh()
    editions.change_basics(edition=edition, seen=edition.version, theme=Trilingual(zh="合作"))
    record = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "change_edition")).one()
    assert record.old["theme"]["zh"] == ""
    assert record.new["theme"]["zh"] == "合作"
    assert record.edition_id == edition.id


def test_registration_closes_after_it_opens(ctx: None) -> None:
    edition = fresh()
    editions.set_milestone(edition=edition, kind=MilestoneKind.REGISTRATION_OPENS, at=JUNE)
    with pytest.raises(BadInput):
        editions.set_milestone(edition=edition, kind=MilestoneKind.REGISTRATION_CLOSES, at=JUNE)


def test_a_kind_of_date_stands_once_but_other_dates_as_often_as_needed(ctx: None) -> None:
    edition = fresh()
    for day in (1, 2):
        at = JUNE + timedelta(days=day)
        editions.set_milestone(edition=edition, kind=MilestoneKind.CEREMONY, at=at)
        editions.set_milestone(edition=edition, kind=MilestoneKind.OTHER, at=at, name=NAME)
    kinds = [milestone.kind for milestone in edition.milestones]
    assert kinds.count(MilestoneKind.CEREMONY) == 1
    assert kinds.count(MilestoneKind.OTHER) == 2


def test_a_draft_is_published_only_when_teams_could_register(ctx: None) -> None:
    edition = fresh()
    with pytest.raises(Conflict, match="not_ready"):
        editions.publish_edition(edition=edition, seen=None)
    editions.set_milestone(edition=edition, kind=MilestoneKind.REGISTRATION_OPENS, at=JUNE)
    editions.set_milestone(
        edition=edition, kind=MilestoneKind.REGISTRATION_CLOSES, at=JUNE + timedelta(days=9)
    )
    editions.add_track(edition=edition, slug="ai", name=NAME)
    assert editions.missing_for_publication(edition) == []
    editions.publish_edition(edition=edition, seen=edition.version)
    assert edition.state is EditionState.PUBLIC


def test_nothing_changes_in_an_archived_edition_until_it_is_reopened(ctx: None) -> None:
    edition = make.edition()
    editions.archive_edition(edition=edition, seen=edition.version)
    with pytest.raises(Conflict, match="archived"):
        editions.add_prize(edition=edition, name=NAME)
    editions.reopen_edition(edition=edition, seen=edition.version, reason="a prize was forgotten")
    editions.add_prize(edition=edition, name=NAME)
    assert len(edition.prizes) == 1


def test_a_track_with_entries_stays(ctx: None) -> None:
    edition = make.edition()
    make.entry(edition)
    with pytest.raises(Conflict, match="in_use"):
        editions.remove_part(part=edition.tracks[0], seen=None)
    assert len(edition.tracks) == 1


def test_a_round_that_judging_has_begun_on_stays(ctx: None) -> None:
    edition = make.edition()
    held = make.round_of(edition)
    make.rubric(held)
    with pytest.raises(Conflict, match="in_use"):
        editions.remove_part(part=held, seen=None)
    db.session.refresh(edition)
    assert [row.slug for row in edition.rounds] == [held.slug]


def test_a_round_without_traces_goes(ctx: None) -> None:
    edition = make.edition()
    row = editions.add_round(edition=edition, slug="final", name=NAME)
    editions.remove_part(part=row, seen=None)
    assert edition.rounds == []


def test_receipts_keep_their_prefix(ctx: None) -> None:
    edition = make.edition()
    make.entry(edition)
    with pytest.raises(Conflict):
        editions.change_entry_rules(edition=edition, seen=None, receipt_prefix="OTHER")


@pytest.mark.parametrize(
    "values", [{"team_least": 5, "team_most": 3}, {"team_least": 0}, {"notice_days": -1}]
)
def test_impossible_entry_rules_are_refused(ctx: None, values: dict[str, int]) -> None:
    with pytest.raises(BadInput):
        editions.change_entry_rules(edition=make.edition(), seen=None, **values)


def test_a_clone_has_everything_but_the_teams(ctx: None) -> None:
    source = make.edition(eligibility=[{"kind": "age", "most": 35}], entry_places=240)
    make.entry(source)
    make.round_of(source, slug="final", advance_places=24)
    editions.add_prize(edition=source, name=NAME, places=2, gift=Trilingual(en="CNY 30,000"))
    heard: list[Any] = []

    def hear(sender: Edition, **said: Any) -> None:
        heard.append((sender, said["clone"]))

    with signals.edition_cloned.connected_to(hear):
        clone = editions.clone_edition(source=source, slug="next", year=2027, name=NAME)
    assert heard == [(source, clone)]
    assert clone.state is EditionState.DRAFT
    assert clone.eligibility == source.eligibility
    assert clone.eligibility is not source.eligibility
    assert clone.entry_places == 240
    assert [(prize.places, prize.gift.en) for prize in clone.prizes] == [(2, "CNY 30,000")]
    assert [row.slug for row in clone.rounds] == ["final"]
    assert [track.slug for track in clone.tracks] == ["ai"]
    moved = {milestone.kind: milestone.at for milestone in clone.milestones}
    for milestone in source.milestones:
        assert moved[milestone.kind] == milestone.at.replace(year=milestone.at.year + 1)
    assert db.session.scalar(select(func.count()).where(Team.edition_id == clone.id)) == 0
    assert clone.receipt_prefix != source.receipt_prefix


def test_a_clones_dates_move_by_the_days_asked_for(ctx: None) -> None:
    source = make.edition()
    clone = editions.clone_edition(source=source, slug="next", year=2026, name=NAME, days=7)
    assert [m.at for m in clone.milestones] == [m.at + timedelta(days=7) for m in source.milestones]


def test_february_29_moves_to_march_1(ctx: None) -> None:
    source = make.edition(year=2028)
    leap = datetime(2028, 2, 29, 9, tzinfo=UTC)
    source.milestones[0].at = leap
    clone = editions.clone_edition(source=source, slug="next", year=2029, name=NAME)
    assert datetime(2029, 3, 1, 9, tzinfo=UTC) in [milestone.at for milestone in clone.milestones]


def test_a_change_makes_public_pages_new(ctx: None) -> None:
    edition = make.edition()
    db.session.commit()
    before = db.session.scalar(select(PublicVersion.value))
    editions.add_prize(edition=edition, name=NAME)
    db.session.commit()
    assert db.session.scalar(select(PublicVersion.value)) > before
