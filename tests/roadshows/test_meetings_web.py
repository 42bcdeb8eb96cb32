"""Meetings as organizers prepare them: parties, slots, proposals, the timetable by hand, the day itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from competition.models import EntryState
from core import clock, isolated
from core.db import db
from core.models import Mail
from core.spreadsheets import read_table
from roadshows import plan_jobs as jobs
from roadshows.models import (
    Absence,
    GuestConsent,
    GuestConsentPurpose,
    GuestKind,
    Meeting,
    MeetingParty,
    MeetingSlot,
    MeetingState,
    PlanKind,
    PlanRun,
    PlanState,
    RoadshowState,
    Side,
    VenueTravel,
    Wish,
)
from roadshows.operations import meeting_plans, meetings, plan_runs
from roadshows.operations.people import standing_link
from roadshows.queries import meetings as queries
from tests import factories
from tests.roadshows import factories as make
from tests.roadshows.draft_worlds import speak
from tests.roadshows.meeting_worlds import MeetingWorld, post, stream, world


@pytest.fixture(autouse=True)
def computed_here(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if not request.node.get_closest_marker("own_process"):
        monkeypatch.setattr(isolated, "stream", stream)


@pytest.fixture
def here(ctx: None) -> MeetingWorld:
    return world()


@pytest.fixture
def office(app: Flask, here: MeetingWorld) -> FlaskClient:
    return factories.sign_in(app.test_client(), here.organizer)


def fresh(row: Any) -> Any:
    db.session.expire_all()
    return db.session.get(type(row), row.id)


def plan(here: MeetingWorld, office: FlaskClient, **form: Any) -> PlanRun:
    answer = post(office, here.path("/plan"), met_before="lower", keep="y", **form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    compute()
    return db.session.scalars(select(PlanRun).order_by(PlanRun.id.desc()).limit(1)).one()


def compute() -> None:
    """What the elected worker does within two seconds."""
    db.session.rollback()
    assert jobs.compute_next()
    db.session.expire_all()


def applied(here: MeetingWorld, office: FlaskClient) -> list[Meeting]:
    run = plan(here, office)
    answer = post(office, here.path(f"/plans/{run.number}/apply"), version=run.version)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    db.session.expire_all()
    return list(db.session.scalars(select(Meeting).order_by(Meeting.id)))


# --- who takes part ---


def test_accepted_entries_are_taken_over_with_their_captains(ctx: None, app: Flask) -> None:
    edition = factories.edition()
    entry = factories.entry(edition, state=EntryState.ACCEPTED)
    draft = factories.entry(edition, state=EntryState.DRAFT)
    roadshow = make.roadshow(edition_id=edition.id)
    office = factories.sign_in(app.test_client(), make.organizer(roadshow))
    base = f"/en/o/roadshows/{roadshow.slug}/meetings/parties"
    page = office.get(base).get_data(as_text=True)
    assert entry.team.name in page
    assert draft.team.name not in page
    assert post(office, f"{base}/teams", chosen=[entry.key]).status_code == 303
    party = db.session.scalars(select(MeetingParty)).one()
    captain = next(member for member in entry.team.members if member.role.value == "captain")
    assert party.side is Side.TEAM
    assert party.entry_id == entry.id
    assert party.participant.person_id == captain.person_id
    assert party.shared_at is None, "nobody has agreed yet"
    # A draft's key is none of the list, and once is enough.
    assert post(office, f"{base}/teams", chosen=[draft.key]).status_code == 422
    assert post(office, f"{base}/teams", chosen=[entry.key]).status_code == 422


def test_investors_come_from_the_guest_list_and_are_shown_when_they_agreed(
    here: MeetingWorld, office: FlaskClient
) -> None:
    willing = make.guest(here.roadshow, kind=GuestKind.INVESTOR)
    silent = make.guest(here.roadshow, kind=GuestKind.INVESTOR)
    press = make.guest(here.roadshow, kind=GuestKind.PRESS)
    db.session.add(
        GuestConsent(
            roadshow_id=here.roadshow.id,
            guest_id=willing.id,
            purpose=GuestConsentPurpose.CARD,
            text_version="1",
            language="en",
        )
    )
    keys = [willing.participant.key, silent.participant.key]
    assert post(office, here.path("/parties/investors"), chosen=[press.participant.key]).status_code == 422
    assert post(office, here.path("/parties/investors"), chosen=keys).status_code == 303
    shown = {
        party.participant_id: party.shared_at is not None
        for party in db.session.scalars(select(MeetingParty).where(MeetingParty.side == Side.INVESTOR))
    }
    assert shown[willing.participant_id] is True
    assert shown[silent.participant_id] is False


def test_an_investor_is_added_by_hand_once(here: MeetingWorld, office: FlaskClient) -> None:
    form = {"name": "박지훈", "organization": "한강투자", "email": "Park@Example.com", "language": "ko"}
    assert post(office, here.path("/parties/new"), **form).status_code == 303
    twice = post(office, here.path("/parties/new"), **form | {"email": "park@example.com"})
    assert twice.status_code == 409
    assert "takes part in the meetings already" in twice.get_data(as_text=True)
    for bad in ("", "nobody", "a@b.c, d@e.f", "x" * 300 + "@example.com"):
        assert post(office, here.path("/parties/new"), **form | {"email": bad}).status_code == 422


def test_an_invitation_brings_the_link_that_stands(
    here: MeetingWorld, office: FlaskClient, client: FlaskClient
) -> None:
    party = here.teams[0]
    former = here.my(standing_link(participant=party.participant))
    assert post(office, here.path("/parties/invite"), party=party.key).status_code == 303
    mail = db.session.scalars(select(Mail)).one()
    assert mail.roadshow_id == here.roadshow.id
    link = re.search(r"http://localhost(/\S+)", mail.body)
    assert link is not None
    assert link[1] == former
    assert client.get(link[1]).status_code == 200
    # The rest: each once, and nobody twice.
    assert post(office, here.path("/parties/invite")).status_code == 303
    assert post(office, here.path("/parties/invite")).status_code == 303
    assert len(db.session.scalars(select(Mail)).all()) == 4


def test_nobody_is_invited_to_a_draft(here: MeetingWorld, office: FlaskClient) -> None:
    here.roadshow.state = RoadshowState.DRAFT
    answer = post(office, here.path("/parties/invite"))
    assert answer.status_code == 409
    assert "publish the event first" in answer.get_data(as_text=True)
    assert not db.session.scalars(select(Mail)).all()


def test_limits_of_a_party_have_to_make_sense(here: MeetingWorld, office: FlaskClient) -> None:
    party = here.teams[0]
    form = {
        "name": "蓉城队",
        "languages": ["zh"],
        "fields": "AI, 半导体，바이오",
        "least_meetings": "２",
        "most_meetings": "６",
        "version": party.version,
    }
    assert post(office, here.path(f"/parties/{party.key}"), **form).status_code == 303
    party = fresh(party)
    assert (party.least_meetings, party.most_meetings) == (2, 6)
    assert party.fields == ["AI", "半导体", "바이오"]
    form["version"] = party.version
    for wrong in (
        {"least_meetings": "7"},
        {"most_meetings": "41"},
        {"most_meetings": "NaN"},
        {"name": "\u202eabc"},
    ):
        assert post(office, here.path(f"/parties/{party.key}"), **form | wrong).status_code == 422
    stale = post(office, here.path(f"/parties/{party.key}"), **form | {"version": party.version - 1})
    assert stale.status_code == 409


def test_a_party_with_meetings_can_not_just_go(here: MeetingWorld, office: FlaskClient) -> None:
    meeting = here.meeting(0, 0, 0)
    party = here.teams[0]
    answer = post(office, here.path(f"/parties/{party.key}/withdraw"), version=party.version)
    assert answer.status_code == 409
    meetings.cancel_meeting(meeting=meeting, by=None, reason="", seen=None)
    answer = post(office, here.path(f"/parties/{party.key}/withdraw"), version=party.version)
    assert answer.status_code == 303
    assert fresh(party).withdrawn_at is not None


def test_who_met_at_an_earlier_event_is_known(here: MeetingWorld, office: FlaskClient) -> None:
    edition = factories.edition()
    entry = factories.entry(edition, state=EntryState.ACCEPTED)
    earlier = world(teams=1, investors=1, word="earlier")
    for party in (here.teams[0], earlier.teams[0]):
        party.entry_id = entry.id
    for one in (here.investors[0], earlier.investors[0]):
        one.participant.email, one.participant.email_key = "fund@example.com", "fund@example.com"
    meeting = earlier.meeting(0, 0, 0)
    assert "An earlier event" not in office.get(here.path("/parties")).get_data(as_text=True)
    meeting.state = MeetingState.HELD
    assert "An earlier event" in office.get(here.path("/parties")).get_data(as_text=True)
    by_hand = {"team": here.teams[1].key, "investor": here.investors[1].key}
    assert post(office, here.path("/parties/known"), **by_hand).status_code == 303
    assert "Noted here" in office.get(here.path("/parties")).get_data(as_text=True)
    assert post(office, here.path("/parties/known"), **by_hand).status_code == 409
    assert post(office, here.path("/parties/known"), **by_hand, forget="y").status_code == 303
    foreign = {"team": earlier.teams[0].key, "investor": here.investors[1].key}
    assert post(office, here.path("/parties/known"), **foreign).status_code == 422


# --- times and tables ---


def test_a_series_of_slots_in_the_citys_own_time(here: MeetingWorld, office: FlaskClient) -> None:
    day = here.roadshow.days[0]
    form = {
        "day": str(day.id),
        "first": "０９：３０",
        "minutes": "20",
        "pause": "5",
        "count": "3",
        "tables": "12",
        "interpreters": "4",
    }
    assert post(office, here.path("/slots"), **form).status_code == 303
    made = db.session.scalars(
        select(MeetingSlot).where(MeetingSlot.tables == 12).order_by(MeetingSlot.starts_at)
    ).all()
    assert [f"{slot.starts_at:%H:%M}" for slot in made] == ["00:30", "00:55", "01:20"]  # UTC
    page = office.get(here.path("/slots")).get_data(as_text=True)
    assert "09:30–09:50" in re.sub(r"<[^>]+>", "", page)
    assert post(office, here.path("/slots"), **form).status_code == 409
    for wrong in (
        {"first": "25:00"},
        {"first": "9.30"},
        {"first": "23:50"},
        {"minutes": "0"},
        {"count": "1e3"},
        {"tables": "0"},
        {"day": "999999"},
        {"interpreters": "-1"},
    ):
        answer = post(office, here.path("/slots"), **form | {"first": "18:00"} | wrong)
        assert answer.status_code == 422, wrong


def test_a_room_of_another_city_is_refused(here: MeetingWorld, office: FlaskClient) -> None:
    room = make.room(make.venue(make.yantai(here.roadshow)))
    form = {"room": str(room.id), "tables": "2", "interpreters": "0"}
    answer = post(office, here.path(f"/slots/{here.slots[0].id}"), **form)
    assert answer.status_code == 422
    assert "in another city" in answer.get_data(as_text=True)


def test_a_slot_keeps_the_tables_that_are_taken_and_stays_once_used(
    here: MeetingWorld, office: FlaskClient
) -> None:
    here.meeting(0, 0, 0, table=2)
    used, unused = here.slots[:2]
    number = unused.id
    form = {"room": "", "tables": "1", "interpreters": "0"}
    assert post(office, here.path(f"/slots/{used.id}"), **form).status_code == 409
    assert post(office, here.path(f"/slots/{unused.id}"), **form).status_code == 303
    assert post(office, here.path(f"/slots/{used.id}/remove")).status_code == 409
    assert post(office, here.path(f"/slots/{unused.id}/remove")).status_code == 303
    db.session.expunge_all()
    assert db.session.get(MeetingSlot, number) is None


# --- the timetable ---


def test_wishes_become_a_timetable_that_both_sides_are_told_of_once(
    here: MeetingWorld, office: FlaskClient
) -> None:
    here.wish(here.teams[0], here.investors[0], Wish.MUST)
    here.wish(here.investors[0], here.teams[0], Wish.LIKE)
    here.wish(here.investors[1], here.teams[1], Wish.LIKE)
    rows = applied(here, office)
    assert {(row.team_id, row.investor_id) for row in rows} == {
        (here.teams[0].id, here.investors[0].id),
        (here.teams[1].id, here.investors[1].id),
    }
    assert not db.session.scalars(select(Mail)).all(), "nobody is told before the organizers say so"
    assert post(office, here.path("/tell")).status_code == 303
    mails = db.session.scalars(select(Mail)).all()
    assert len(mails) == 4
    assert all("Seoul" in mail.body and "Chengdu" in mail.body for mail in mails)
    assert post(office, here.path("/tell")).status_code == 303
    assert len(db.session.scalars(select(Mail)).all()) == 4


@pytest.mark.own_process
def test_the_planner_says_how_far_it_is_and_can_be_stopped(here: MeetingWorld, office: FlaskClient) -> None:
    here.wish(here.teams[0], here.investors[0], Wish.LIKE)
    asked = {"met_before": "lower", "keep": "y"}
    answer = post(office, here.path("/plan"), **asked)
    page = answer.headers["Location"]
    assert "begins in a moment" in office.get(page).get_data(as_text=True)
    assert post(office, here.path("/plan"), **asked).status_code == 409, "one at a time"
    compute()
    assert office.get(page, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert "Proven" in office.get(page).get_data(as_text=True)
    second = post(office, here.path("/plan"), **asked).headers["Location"]
    assert post(office, f"{second}/stop").status_code == 303
    assert "stopped before anything was found" in office.get(second).get_data(as_text=True)
    db.session.rollback()
    assert not jobs.compute_next()


def test_rules_that_collide_are_named(here: MeetingWorld, office: FlaskClient) -> None:
    here.wish(here.teams[0], here.investors[0], Wish.MUST)
    here.wish(here.investors[0], here.teams[0], Wish.MUST)
    for number, slot in enumerate(here.slots):
        who = (here.teams, here.investors)[number % 2][0].participant
        end = slot.starts_at + timedelta(minutes=20)
        db.session.add(
            Absence(
                roadshow_id=here.roadshow.id, participant_id=who.id, starts_at=slot.starts_at, ends_at=end
            )
        )
    run = plan(here, office)
    page = office.get(here.path(f"/plans/{run.number}")).get_data(as_text=True)
    assert "No timetable keeps all" not in page, "it is one rule, which collides with no other"
    assert "This stands in the way" in page
    assert "Change it and ask again" in page
    assert "Team 0" in page
    assert "Fund 0" in page
    assert post(office, here.path(f"/plans/{run.number}/apply"), version=run.version).status_code == 409


def test_nobody_is_planned_while_on_the_way_from_a_session(here: MeetingWorld) -> None:
    """Slots begin at 14:00, 14:25 and 14:50; the session ends at 14:00, half an hour away."""
    city = here.roadshow.cities[0]
    near, far = make.venue(city), make.venue(city)
    hall, stage = make.room(near), make.room(far)
    for slot in here.slots:
        slot.room_id = hall.id
    (at,) = make.slots(here.roadshow.days[0], 1, hour=13, minutes=60)
    speaker = make.speaker(here.roadshow, participant=here.teams[0].participant)
    interpreter = make.interpreter(here.roadshow)
    session = make.session(
        here.roadshow, minutes=60, slot_id=at.id, room_id=stage.id, interpreter_id=interpreter.id
    )
    speak(session, speaker)

    def away() -> list[frozenset[int]]:
        busy = queries.busy_of(here.roadshow)
        return [busy.slots(one.participant_id, here.slots) for one in (speaker, interpreter)]

    assert away() == [frozenset()] * 2, "next door as long as nobody says otherwise"
    db.session.add(VenueTravel(roadshow_id=here.roadshow.id, from_id=near.id, to_id=far.id, minutes=30))
    db.session.flush()
    assert away() == [frozenset({0, 1})] * 2
    yantai = make.yantai(here.roadshow)
    session.city_id, session.room_id = yantai.id, make.room(make.venue(yantai)).id
    db.session.flush()
    assert away() == [frozenset({0, 1, 2})] * 2, "another city is far"


def test_of_several_causes_it_is_said_whether_one_change_would_do(
    here: MeetingWorld, office: FlaskClient
) -> None:
    run = plan_runs.ask_plan(roadshow=here.roadshow, kind=PlanKind.MEETINGS, settings={})
    run.state = PlanState.DONE
    alone = [
        {"rule": "no_common_slot", "params": {"team": f"'{team.key}'", "investor": f"'{investor.key}'"}}
        for team, investor in zip(here.teams, here.investors, strict=True)
    ]
    tables = {"rule": "tables", "params": {"places": "2", "names": f"'{here.slots[0].id}'"}}
    number = run.number
    for conflict, one_would_do in ((alone, False), ([alone[0], tables], True)):
        db.session.get_one(PlanRun, run.id).outcome = {"status": "infeasible", "gap": None} | {
            "conflict": conflict
        }
        db.session.commit()
        page = office.get(here.path(f"/plans/{number}")).get_data(as_text=True)
        assert ("No timetable keeps all" in page) is one_would_do
        assert ("Change one of them" in page) is one_would_do
        assert ("Change all of them" in page) is not one_would_do


def test_nobody_is_told_of_a_draft(here: MeetingWorld, office: FlaskClient) -> None:
    here.meeting(0, 0, 0, told=False)
    here.roadshow.state = RoadshowState.DRAFT
    assert post(office, here.path("/tell")).status_code == 409
    assert not db.session.scalars(select(Mail)).all()


def test_a_proposal_from_an_older_state_is_not_applied(here: MeetingWorld, office: FlaskClient) -> None:
    here.wish(here.teams[0], here.investors[0], Wish.LIKE)
    run = plan(here, office)
    here.wish(here.teams[1], here.investors[1], Wish.LIKE)
    answer = post(office, here.path(f"/plans/{run.number}/apply"), version=run.version)
    assert answer.status_code == 409
    assert "have changed since then" in answer.get_data(as_text=True)
    assert not db.session.scalars(select(Meeting)).all()


def test_a_proposal_is_decided_once(here: MeetingWorld, office: FlaskClient) -> None:
    here.wish(here.teams[0], here.investors[0], Wish.LIKE)
    first = plan(here, office)
    second = plan(here, office)
    assert fresh(first).state is PlanState.DISCARDED
    assert post(office, here.path(f"/plans/{first.number}/apply"), version=first.version).status_code == 409
    discard = here.path(f"/plans/{second.number}/discard")
    assert post(office, discard, version=second.version).status_code == 303
    assert post(office, discard, version=fresh(second).version).status_code == 409
    assert post(office, here.path("/plans/99/apply"), version=1).status_code == 404


def test_who_shares_no_language_gets_an_interpreter(here: MeetingWorld, office: FlaskClient) -> None:
    here.teams[0].languages, here.investors[0].languages = ["zh"], ["ko"]
    woman = make.interpreter(here.roadshow)
    here.wish(here.teams[0], here.investors[0], Wish.MUST)
    rows = applied(here, office)
    assert rows[0].needs_interpreter
    assert rows[0].interpreter_id == woman.id
    page = office.get(here.path("/timetable")).get_data(as_text=True)
    assert woman.participant.name in page


def test_without_slots_sides_or_wishes_it_is_said_what_is_missing(
    ctx: None, app: Flask, here: MeetingWorld, office: FlaskClient
) -> None:
    answer = post(office, here.path("/plan"), met_before="lower")
    assert answer.status_code == 409
    assert "Nobody has wished" in answer.get_data(as_text=True)
    empty = make.roadshow()
    browser = factories.sign_in(app.test_client(), make.organizer(empty))
    answer = post(browser, f"/en/o/roadshows/{empty.slug}/meetings/plan", met_before="lower")
    assert answer.status_code == 409
    assert "no meeting slots yet" in answer.get_data(as_text=True)


def test_a_new_plan_keeps_tables_moves_little_and_swaps_without_collisions(
    here: MeetingWorld, office: FlaskClient
) -> None:
    """Two meetings that change places in one transaction must not stumble over each other."""
    first, second = here.meeting(0, 0, 0), here.meeting(0, 1, 1)
    first.is_locked = False
    for team, investor in ((0, 0), (0, 1)):
        here.wish(here.teams[team], here.investors[investor], Wish.MUST)
        here.wish(here.investors[investor], here.teams[team], Wish.MUST)
    posed = meeting_plans.pose(roadshow=here.roadshow, settings=meeting_plans.Settings())
    swapped = [
        [here.teams[0].key, here.investors[0].key, str(here.slots[1].id)],
        [here.teams[0].key, here.investors[1].key, str(here.slots[0].id)],
    ]
    result = meeting_plans.write_timetable(here.roadshow, posed, swapped, tell_all=False)
    db.session.commit()
    assert (result.moved, result.added, result.canceled) == (2, 0, 0)
    assert fresh(first).slot_id == here.slots[1].id
    assert fresh(second).slot_id == here.slots[0].id
    assert fresh(first).state is MeetingState.PLANNED
    mails = {mail.address: mail.body for mail in db.session.scalars(select(Mail))}
    assert len(mails) == 3, "one message a person, however many meetings moved"
    assert mails[here.teams[0].participant.email].count("Moved") == 2


# --- by hand ---


def test_a_meeting_is_moved_by_hand_and_both_are_told_old_and_new(
    here: MeetingWorld, office: FlaskClient
) -> None:
    meeting = here.meeting(0, 0, 0)
    here.meeting(1, 0, 1)  # the investor is taken then
    page = office.get(here.path(f"/one/{meeting.key}")).get_data(as_text=True)
    assert f'value="{here.slots[2].id}"' in page
    assert f'value="{here.slots[1].id}"' not in page
    move = here.path(f"/one/{meeting.key}")
    taken = post(office, move, slot=str(here.slots[1].id), version=meeting.version)
    assert taken.status_code == 422
    assert post(office, move, slot=str(here.slots[2].id), version=meeting.version).status_code == 303
    mails = db.session.scalars(select(Mail)).all()
    assert len(mails) == 2
    assert all("before:" in mail.body and "now:" in mail.body for mail in mails)
    assert all(f"{clock_text}" in mails[0].body for clock_text in ("14:00", "13:00", "14:50", "13:50"))
    stale = post(office, move, slot=str(here.slots[0].id), version=1)
    assert stale.status_code == 409


def test_a_locked_meeting_stays_where_it_is(here: MeetingWorld, office: FlaskClient) -> None:
    meeting = here.meeting(0, 0, 2)
    assert post(office, here.path(f"/one/{meeting.key}/lock"), version=meeting.version).status_code == 303
    assert fresh(meeting).is_locked
    for investor in here.investors:
        here.wish(here.teams[0], investor, Wish.MUST)
        here.wish(investor, here.teams[0], Wish.MUST)
    rows = applied(here, office)
    assert {row.id: row.slot_id for row in rows}[meeting.id] == here.slots[2].id
    assert len(rows) == 2


def test_a_walk_up_gets_the_next_free_table(here: MeetingWorld, office: FlaskClient) -> None:
    here.meeting(0, 0, 0)
    form = {"team": here.teams[1].key, "investor": here.investors[1].key, "slot": str(here.slots[0].id)}
    # What the two wished is not looked at: a refusal would tell it.
    here.wish(here.teams[1], here.investors[1], Wish.NO)
    assert post(office, here.path("/walk-up"), **form).status_code == 303
    row = db.session.scalars(select(Meeting).where(Meeting.team_id == here.teams[1].id)).one()
    assert row.table == 2
    assert not db.session.scalars(select(Mail)).all()
    again = post(office, here.path("/walk-up"), **form | {"slot": str(here.slots[1].id)})
    assert again.status_code == 409
    assert "have a meeting already" in again.get_data(as_text=True)


def test_a_meeting_that_moves_gets_an_interpreter_who_is_free_then(
    here: MeetingWorld, office: FlaskClient
) -> None:
    here.teams[0].languages, here.investors[0].languages = ["zh"], ["ko"]
    here.teams[1].languages, here.investors[1].languages = ["zh"], ["ko"]
    one, other = make.interpreter(here.roadshow), make.interpreter(here.roadshow)
    meeting = here.meeting(0, 0, 0, needs_interpreter=True, interpreter_id=one.id)
    here.meeting(1, 1, 1, needs_interpreter=True, interpreter_id=one.id)
    move = here.path(f"/one/{meeting.key}")
    assert post(office, move, slot=str(here.slots[1].id), version=meeting.version).status_code == 303
    assert fresh(meeting).interpreter_id == other.id


def test_a_full_slot_takes_no_walk_up(here: MeetingWorld, office: FlaskClient) -> None:
    here.slots[0].tables = 1
    here.meeting(0, 0, 0)
    form = {"team": here.teams[1].key, "investor": here.investors[1].key, "slot": str(here.slots[0].id)}
    assert post(office, here.path("/walk-up"), **form).status_code == 409


def test_on_the_day_meetings_are_marked(here: MeetingWorld, office: FlaskClient) -> None:
    meeting = here.meeting(0, 0, 0)
    mark = here.path(f"/one/{meeting.key}/mark")
    early = post(office, mark, state="held", version=meeting.version)
    assert early.status_code == 409
    assert "not begun yet" in early.get_data(as_text=True)
    moment = here.slots[0].starts_at + timedelta(minutes=5)
    with clock.set_by(lambda: moment):
        office = factories.sign_in(office.application.test_client(), here.organizer)
        assert post(office, mark, state="held", version=meeting.version).status_code == 303
        assert fresh(meeting).state is MeetingState.HELD
        assert post(office, mark, state="held", version=1).status_code == 409
        assert post(office, mark, state="canceled", version=meeting.version).status_code == 422
        assert post(office, mark, state="missed", version=meeting.version).status_code == 303
        assert fresh(meeting).state is MeetingState.MISSED
        page = office.get(here.path("/timetable")).get_data(as_text=True)
        assert "Undo" in page
        # What took place is neither moved nor canceled any more.
        cancel = here.path(f"/one/{meeting.key}/cancel")
        assert post(office, cancel, version=meeting.version).status_code == 409


# --- who may ---


@pytest.mark.parametrize(
    "path", ["", "/parties", "/slots", "/timetable", "/plan", "/walk-up", "/timetable.xlsx"]
)
def test_pages_of_meetings_are_the_organizers(
    path: str, here: MeetingWorld, app: Flask, client: FlaskClient
) -> None:
    elsewhere = make.organizer(make.roadshow())
    assert client.get(here.path(path)).status_code == 302
    assert factories.sign_in(app.test_client(), elsewhere).get(here.path(path)).status_code == 403


def test_things_of_another_roadshow_are_not_there(here: MeetingWorld, office: FlaskClient) -> None:
    other = world(word="other")
    meeting = other.meeting(0, 0, 0)
    for path in (
        f"/parties/{other.teams[0].key}",
        f"/slots/{other.slots[0].id}",
        f"/one/{meeting.key}",
    ):
        assert office.get(here.path(path)).status_code == 404, path
    assert post(office, here.path(f"/one/{meeting.key}/cancel"), version=1).status_code == 404


@pytest.mark.parametrize("path", ["", "/parties", "/slots", "/timetable"])
def test_lists_cost_the_same_with_more_rows(
    path: str, ctx: None, app: Flask, count_queries: Callable[[], Any]
) -> None:
    counts = []
    for size in (1, 3):
        here = world(teams=size, investors=size, word=f"size-{size}")
        for number in range(size):
            here.meeting(number, number, 0, table=number + 1)
            here.wish(here.teams[number], here.investors[number], Wish.LIKE)
        office = factories.sign_in(app.test_client(), here.organizer)
        office.get(here.path(path))
        with count_queries() as seen:
            assert office.get(here.path(path)).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 13


def test_the_workbook_holds_no_wish(here: MeetingWorld, office: FlaskClient) -> None:
    here.meeting(0, 0, 0)
    here.wish(here.teams[0], here.investors[1], Wish.NO)
    data = office.get(here.path("/timetable.xlsx")).data
    header, rows = (table := read_table(data, "timetable.xlsx")).header, table.rows
    cells = [*header, *(cell for row in rows for cell in row.cells)]
    assert any("Team 0" in cell for cell in cells)
    assert not any("no thanks" in cell.lower() for cell in cells)
