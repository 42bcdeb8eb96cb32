"""Teams: names, places, captaincy, invitations, personal data, and what happens when many act at once."""

from __future__ import annotations

import contextvars
import secrets
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from accounts import invitations
from accounts.consents import REQUIRED, give_consent, withdraw_consent
from accounts.models import ConsentPurpose, Person
from competition import contributions
from competition.models import (
    Country,
    Edition,
    EntryState,
    EntryVersion,
    Member,
    MemberRole,
    MilestoneKind,
    Team,
)
from competition.operations import entries, teams
from core import clock
from core.db import db
from core.errors import BadInput, Conflict, NotFound
from core.languages import locale_of
from core.models import Notice
from tests import factories as make
from tests.competition.test_entries import captain_of, complete


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Carry all out at the same moment, each in a thread of its own; returns the answers in order."""
    gate = threading.Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        gate.wait()
        answers[number] = act()

    threads = [
        threading.Thread(target=contextvars.Context().run, args=(run, number, act))
        for number, act in enumerate(acts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def count(table: Any) -> int:
    db.session.rollback()
    return int(db.session.scalar(db.select(db.func.count()).select_from(table)) or 0)


def test_24_twenty_identical_submissions_make_one_version(app: Flask, ctx: None) -> None:
    edition = make.edition(receipt_prefix="CK")
    entry = complete(edition)
    captain = captain_of(entry)
    seen = entries.receipts.sha256(entries.receipts.content_of(entry))
    path = f"/en/e/{edition.slug}/team/{entry.team.key}/submit"
    browser = make.sign_in(app.test_client(), captain)
    cookie = browser.get_cookie("jiachi")
    assert cookie is not None

    def send() -> int:
        own = app.test_client()
        own.set_cookie("jiachi", cookie.value)
        data = {"once_key": secrets.token_urlsafe(24), "pledged": "y", "seen": seen}
        return int(own.post(path, data=data).status_code)

    db.session.commit()
    assert together(*[send] * 20) == [303] * 20
    assert count(EntryVersion) == 1
    db.session.refresh(entry)
    assert entry.receipt_number == "CK-000001"


def test_25_thirty_people_for_the_last_place_are_one_and_twenty_nine(app: Flask, ctx: None) -> None:
    edition = make.edition(team_most=2)
    team = make.team(edition)
    captain = entries.captain_person(team)
    assert captain is not None
    acts = []
    for _number in range(30):
        _invitation, token = teams.invite_member(
            team=team, role=MemberRole.MEMBER, email="", name="", language="en", who=captain
        )
        browser = make.sign_in(app.test_client(), make.person())
        data = {"once_key": secrets.token_urlsafe(24)}
        acts.append(
            lambda browser=browser, token=token, data=data: browser.post(f"/en/invitation/{token}", data=data)
        )
    db.session.commit()
    answers = together(*acts)
    assert sorted(answer.status_code for answer in answers) == [303] + [409] * 29
    refusal = next(answer for answer in answers if answer.status_code == 409)
    assert "The team is full" in refusal.text
    db.session.rollback()
    assert len(db.session.scalars(db.select(Member).where(Member.team_id == team.id)).all()) == 2


def test_twenty_teams_for_one_place_of_the_edition(app: Flask, ctx: None) -> None:
    edition = make.edition(entry_places=1)
    acts = []
    for _number in range(20):
        entry = complete(edition)
        seen = entries.receipts.sha256(entries.receipts.content_of(entry))
        path = f"/en/e/{edition.slug}/team/{entry.team.key}/submit"
        browser = make.sign_in(app.test_client(), captain_of(entry))
        data = {"once_key": secrets.token_urlsafe(24), "pledged": "y", "seen": seen}
        acts.append(lambda browser=browser, path=path, data=data: browser.post(path, data=data))
    db.session.commit()
    answers = together(*acts)
    assert sorted(answer.status_code for answer in answers) == [303] + [409] * 19
    assert count(EntryVersion) == 1


def test_the_same_name_at_the_same_moment_is_given_once(app: Flask, ctx: None) -> None:
    path = f"/en/e/{make.edition().slug}/register"
    acts = []
    for name in ("Team Alpha", "TEAM ALPHA", "Ｔｅａｍ Alpha", "TeamAlpha") * 2:
        browser = make.sign_in(app.test_client(), make.person())
        data = {
            "once_key": secrets.token_urlsafe(24),
            "name": name,
            "country": "KR",
            "affiliation": "x",
        }
        acts.append(lambda browser=browser, data=data: browser.post(path, data=data))
    db.session.commit()
    assert sorted(answer.status_code for answer in together(*acts)) == [303] + [409] * 7
    assert count(Team) == 1


def test_one_person_registering_twice_at_once_leads_one_team(app: Flask, ctx: None) -> None:
    path = f"/en/e/{make.edition().slug}/register"
    who = make.person()
    browsers = [make.sign_in(app.test_client(), who) for _number in range(6)]
    acts = [
        lambda browser=browser, number=number: browser.post(
            path,
            data={
                "once_key": secrets.token_urlsafe(24),
                "name": f"Team {number}",
                "country": "KR",
                "affiliation": "x",
            },
        )
        for number, browser in enumerate(browsers)
    ]
    db.session.commit()
    assert sorted(answer.status_code for answer in together(*acts)) == [303] + [409] * 5
    assert count(Team) == 1


@pytest.mark.parametrize("name", ["创新팀A", "菁蓉 Lab", "한중 创业", "Ἀθήνα队"])
def test_44_honest_mixed_scripts_pass(ctx: None, name: str) -> None:
    edition = make.edition()
    team = teams.create_team(
        edition=edition, captain=make.person(), name=name, country=Country.JOINT, affiliation="x"
    )
    assert team.name == name


def test_44_decomposed_hangul_is_the_same_name(ctx: None) -> None:
    edition = make.edition()
    teams.create_team(edition=edition, captain=make.person(), name="한중팀", country=Country.KOREA)
    with pytest.raises(Conflict, match="name_taken"):
        teams.create_team(
            edition=edition,
            captain=make.person(),
            name="한중팀",
            country=Country.KOREA,
        )


def test_a_name_that_explodes_under_folding_is_refused(ctx: None) -> None:
    with pytest.raises(BadInput):
        teams.create_team(edition=make.edition(), captain=make.person(), name="ﷺ" * 80, country=Country.KOREA)


def test_a_withdrawn_captain_may_register_again(ctx: None) -> None:
    edition = make.edition()
    entry = complete(edition)
    captain = captain_of(entry)
    with pytest.raises(Conflict, match="leads_another"):
        teams.create_team(edition=edition, captain=captain, name="新队", country=Country.CHINA)
    entries.withdraw_entry(entry=entry, who=captain, reason="换项目")
    assert teams.create_team(edition=edition, captain=captain, name="新队", country=Country.CHINA)


def test_somebody_may_lead_one_team_and_be_member_of_another(ctx: None) -> None:
    edition = make.edition()
    own = complete(edition)
    other = make.team(edition)
    leader = captain_of(own)
    member = teams.join_team(team=other, person=leader, role=MemberRole.MEMBER)
    with pytest.raises(Conflict, match="leads_another"):
        teams.hand_over(team=other, to=member, who=entries.captain_person(other))  # type: ignore[arg-type]


def test_an_imported_captain_takes_the_kept_place(ctx: None, turn_clock: Any) -> None:
    edition = make.edition()
    team = teams.create_team(edition=edition, captain=None, name="导入队", country=Country.KOREA)
    teams.add_member(team=team, role=MemberRole.CAPTAIN, name="김민수", email="Minsu@Example.com")
    teams.add_member(team=team, role=MemberRole.MEMBER, name="이영희", email="younghee@example.com")
    turn_clock.advance(days=60)  # long after the deadline
    person = make.person(email="minsu@example.com")
    member = teams.join_team(team=team, person=person, role=MemberRole.CAPTAIN, email="minsu@example.com")
    assert member.role is MemberRole.CAPTAIN
    assert member.name == "김민수"
    with pytest.raises(Conflict, match="has_captain"):
        teams.join_team(team=team, person=make.person(), role=MemberRole.CAPTAIN)
    second = make.person(email="younghee@example.com")
    teams.join_team(team=team, person=second, role=MemberRole.MEMBER, email="younghee@example.com")
    assert len(team.members) == 2


def test_advisers_take_no_members_place(ctx: None) -> None:
    edition = make.edition(team_most=1)
    team = make.team(edition)
    for _number in range(teams.ADVISERS_MOST):
        teams.join_team(team=team, person=make.person(), role=MemberRole.ADVISER)
    with pytest.raises(Conflict, match="team_full"):
        teams.join_team(team=team, person=make.person(), role=MemberRole.ADVISER)
    with pytest.raises(Conflict, match="team_full"):
        teams.join_team(team=team, person=make.person(), role=MemberRole.MEMBER)


def test_the_captain_is_told_who_joined(ctx: None) -> None:
    edition = make.edition()
    team = make.team(edition, make.person(language="ko"))
    teams.join_team(team=team, person=make.person(name="李雷"), role=MemberRole.MEMBER)
    notice = db.session.scalars(db.select(Notice)).one()
    assert "李雷" in notice.subject
    assert "합류했습니다" in notice.subject


def test_nobody_joins_after_the_deadline(ctx: None, turn_clock: Any) -> None:
    team = make.team(make.edition())
    turn_clock.advance(days=11)
    with pytest.raises(Conflict, match="closed"):
        teams.join_team(team=team, person=make.person(), role=MemberRole.MEMBER)


def test_leaving_stays_possible_and_the_captain_has_to_hand_over_first(ctx: None, turn_clock: Any) -> None:
    edition = make.edition()
    team = make.team(edition)
    mate = make.person()
    teams.join_team(team=team, person=mate, role=MemberRole.MEMBER)
    captain = entries.captain_person(team)
    assert captain is not None
    with pytest.raises(Conflict, match="is_captain"):
        teams.leave_team(team=team, who=captain)
    turn_clock.advance(days=11)
    teams.leave_team(team=team, who=mate)
    assert [member.person_id for member in team.members] == [captain.id]
    with pytest.raises(NotFound):
        teams.leave_team(team=team, who=mate)


def test_an_unconfirmed_member_counts_nowhere(ctx: None) -> None:
    edition = make.edition(team_least=2)
    entry = complete(edition)
    mate = teams.add_member(team=entry.team, role=MemberRole.MEMBER, name="李雷", person=make.person())
    mate.confirmed_at = None
    assert any(finding.code == "team_size_broken" for finding in entries.findings_of(entry))
    mate.confirmed_at = clock.now()
    assert not any(finding.is_blocking for finding in entries.findings_of(entry))


def test_a_birth_year_given_later_is_known_to_the_rules(ctx: None) -> None:
    edition = make.edition(eligibility=[{"kind": "age", "most": 35}])
    person = make.person(birth_year=None)
    entry = complete(edition, person)
    assert entries.findings_of(entry)[-1].code == "age_unknown"
    person.birth_year = 1950
    assert entries.findings_of(entry)[-1].code == "age_broken"


# --- personal data ---


@pytest.fixture
def submitted(ctx: None) -> tuple[Edition, Team, Person]:
    edition = make.edition()
    captain = make.person(name="王晓明")
    entry = complete(edition, captain)
    entry.team.phone = "+8613800138000"
    entries.submit_entry(entry=entry, who=captain, pledged=True)
    return edition, entry.team, captain


def test_46_a_person_gets_all_that_teams_store(submitted: tuple[Edition, Team, Person]) -> None:
    edition, team, captain = submitted
    (membership,) = contributions.export_memberships(captain.id)
    assert membership["name"] == "王晓明"
    assert membership["edition"] == edition.slug
    (exported,) = contributions.export_entries(captain.id)
    assert exported["receipt_number"] == team.entry.receipt_number
    assert exported["versions"][0]["number"] == 1
    assert contributions.export_memberships(make.person().id) == []


def test_46_erasing_leaves_a_team_without_the_name(submitted: tuple[Edition, Team, Person]) -> None:
    _edition, team, captain = submitted
    version = entries.last_version(team.entry)
    contributions.erase_memberships(captain.id)
    member = team.members[0]
    assert (member.name, member.email, member.birth_year, member.person_id) == ("", "", None, None)
    assert team.phone == ""
    assert version is not None
    assert entries.receipts.is_intact(version), "the receipt's hash still proves what was submitted"
    assert "王晓明" not in str(version.content)


def test_a_captain_in_the_contest_is_told_what_to_do_before_erasing(
    submitted: tuple[Edition, Team, Person], turn_clock: Any
) -> None:
    edition, team, captain = submitted
    assert [str(text) for text in contributions.erasure_blockers(captain.id)]
    entries.withdraw_entry(entry=team.entry, who=captain, reason="退出")
    assert not list(contributions.erasure_blockers(captain.id))
    team.entry.state = EntryState.ACCEPTED
    moment = clock.now()
    edition.milestones.append(
        type(edition.milestones[0])(kind=MilestoneKind.RESULTS, at=moment + timedelta(days=1))
    )
    db.session.flush()
    assert list(contributions.erasure_blockers(captain.id))
    turn_clock.set(moment + timedelta(days=2))
    assert not list(contributions.erasure_blockers(captain.id))


def test_menu_and_first_page_name_the_teams(app: Flask, submitted: tuple[Edition, Team, Person]) -> None:
    edition, team, captain = submitted
    draft = make.team(edition)
    teams.join_team(team=draft, person=captain, role=MemberRole.MEMBER)
    with app.test_request_context("/zh/me"):
        entries_of_menu = list(contributions.my_menu(captain))
        cards = {card.title: card for card in contributions.my_cards(captain)}
    assert [row.url for row in entries_of_menu] == [
        f"/zh/e/{edition.slug}/team/{team.key}",
        f"/zh/e/{edition.slug}/team/{draft.key}",
    ]
    assert cards[team.name].due is None
    assert "尚未提交" in cards[draft.name].text
    assert cards[draft.name].due is not None


def test_an_invitation_says_to_which_team(app: Flask, ctx: None) -> None:
    team = make.team(make.edition())
    captain = entries.captain_person(team)
    assert captain is not None
    invitation, _token = teams.invite_member(
        team=team, role=MemberRole.ADVISER, email="", name="", language="ko", who=captain
    )
    words = {
        "zh": ("指导教师", "第一届大赛"),
        "ko": ("지도교수", "제1회 대회"),
        "en": ("Adviser", "First Contest"),
    }
    for lang, (role, edition) in words.items():
        with force_locale(locale_of(lang)):
            text = invitations.description(invitation, lang).text
        assert role in text
        assert edition in text
        assert team.name in text


def test_who_took_a_required_consent_back_neither_registers_nor_joins_nor_submits(
    app: Flask, ctx: None
) -> None:
    edition = make.edition()
    entry = complete(edition)
    captain, newcomer = captain_of(entry), make.person()
    for who, purpose in ((captain, ConsentPurpose.TRANSFER_ABROAD), (newcomer, ConsentPurpose.PROCESSING)):
        assert withdraw_consent(person=who, purpose=purpose)
    for refused in (
        lambda: teams.create_team(edition=edition, captain=newcomer, name="New", country=Country.CHINA),
        lambda: teams.join_team(team=entry.team, person=newcomer, role=MemberRole.MEMBER),
        lambda: entries.submit_entry(entry=entry, who=captain, pledged=True),
    ):
        with pytest.raises(Conflict) as problem:
            refused()
        assert problem.value.code == "consent_missing"
    give_consent(person=captain, purposes=REQUIRED, language="ko")
    assert entries.submit_entry(entry=entry, who=captain, pledged=True).number == 1
    fields = {"once_key": "k" * 24, "name": "New", "country": "CN", "affiliation": "A", "phone": ""}
    page = make.sign_in(app.test_client(), newcomer).post(f"/ko/e/{edition.slug}/register", data=fields)
    assert page.status_code == 409
    assert "동의 관리" in page.text
    assert "고칠 곳이 1군데 있습니다" in page.text, "one refusal is one thing to put right"
