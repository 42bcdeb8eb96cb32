"""Meetings on a participant's own page: card, wishes that stay secret, times, timetable, cancellations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core import clock, isolated, registries
from core.db import db
from core.models import AuditRecord, Mail
from roadshows import meetings_personal_data
from roadshows import plan_jobs as jobs
from roadshows.models import (
    Absence,
    Meeting,
    MeetingParty,
    MeetingState,
    MeetingWish,
    PlanRun,
    RoadshowState,
    Side,
    Told,
    Wish,
)
from roadshows.operations import meeting_gaps, meeting_plans
from roadshows.operations.people import standing_link
from tests import factories
from tests.roadshows import factories as make
from tests.roadshows.meeting_worlds import MeetingWorld, post, stream, world

TEAM, INVESTOR = "secret-team-0", "secret-investor-0"


@pytest.fixture(autouse=True)
def computed_here(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if not request.node.get_closest_marker("own_process"):
        monkeypatch.setattr(isolated, "stream", stream)


@pytest.fixture
def here(ctx: None) -> MeetingWorld:
    return world()


def fresh(row: Any) -> Any:
    db.session.expire_all()
    return db.session.get(type(row), row.id)


def wishes() -> dict[tuple[int, int], Wish]:
    db.session.expire_all()
    return {(row.from_id, row.about_id): row.wish for row in db.session.scalars(select(MeetingWish))}


def card(party: MeetingParty, **values: Any) -> dict[str, Any]:
    return {
        "headline-en": "Batteries that do not burn",
        "about-ko": "고체 전지",
        "fields": "energy",
        "languages": ["ko", "en"],
        "most_meetings": "5",
        "shared": "y",
        "version": party.version,
    } | values


# --- cards ---


def test_a_card_is_seen_by_the_other_side_only_once_its_owner_agreed(
    here: MeetingWorld, client: FlaskClient
) -> None:
    party = here.investors[0]
    party.shared_at = None
    db.session.commit()
    assert "Fund 0" not in client.get(here.my(TEAM)).get_data(as_text=True)
    hidden = post(client, here.my(TEAM, "/meetings/wish"), about=party.key, wish="must")
    assert hidden.status_code == 422, "what is not shown can't be wished for"
    assert post(client, here.my(INVESTOR, "/meetings/card"), **card(party)).status_code == 303
    page = client.get(here.my(TEAM)).get_data(as_text=True)
    assert "Fund 0" in page
    assert "Batteries that do not burn" in page
    assert party.participant.email not in page
    assert "Fund 1" not in client.get(here.my(INVESTOR)).get_data(as_text=True), "one's own side is not shown"
    party = fresh(party)
    assert post(client, here.my(INVESTOR, "/meetings/card"), **card(party, shared="")).status_code == 303
    assert "Fund 0" not in client.get(here.my(TEAM)).get_data(as_text=True)


def test_a_card_is_refused_with_a_reason(here: MeetingWorld, client: FlaskClient) -> None:
    party = here.investors[0]
    url = here.my(INVESTOR, "/meetings/card")
    for wrong in (
        {"headline-en": ""},
        {"headline-en": "\u202eevil"},
        {"headline-en": "x" * 201},
        {"languages": []},
        {"languages": ["fr"]},
        {"most_meetings": "0"},
        {"most_meetings": "Infinity"},
        {"fields": ",".join(f"f{number}" for number in range(9))},
        {"version": ""},
    ):
        assert post(client, url, **card(party, **wrong)).status_code == 422, wrong
    assert post(client, url, **card(party, version=party.version + 7)).status_code == 409
    assert post(client, url, **card(party, **{"headline-en": "Emoji 🔋 are fine"})).status_code == 303


# --- wishes ---


def test_one_tap_says_a_wish_and_another_takes_it_back(here: MeetingWorld, client: FlaskClient) -> None:
    url, about = here.my(TEAM, "/meetings/wish"), here.investors[0]
    pair = (here.teams[0].id, about.id)
    for wish in Wish:
        answer = post(client, url, about=about.key, wish=wish.value)
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith(f"#card-{about.key}")
        assert wishes() == {pair: wish}
    assert post(client, url, about=about.key, wish="").status_code == 303
    assert not wishes()
    for bad in ({"wish": "maybe"}, {"about": here.teams[1].key}, {"about": "nobody"}):
        assert post(client, url, **{"about": about.key, "wish": "must"} | bad).status_code == 422


def test_wishes_end_the_second_after_the_deadline(here: MeetingWorld, client: FlaskClient) -> None:
    deadline = here.roadshow.wishes_close_at
    assert deadline is not None
    deadline = deadline.replace(microsecond=0)
    here.roadshow.wishes_close_at = deadline
    db.session.commit()
    url, about = here.my(TEAM, "/meetings/wish"), here.investors[0].key
    with clock.set_by(lambda: deadline + timedelta(milliseconds=999)):
        assert post(client, url, about=about, wish="must").status_code == 303
    with clock.set_by(lambda: deadline + timedelta(seconds=1)):
        late = post(client, url, about=about, wish="no")
        assert late.status_code == 409
        assert "time for wishes is over" in late.get_data(as_text=True)
        assert post(client, here.my(TEAM, "/meetings/times"), can=[]).status_code == 409
        assert "wish-form" not in client.get(here.my(TEAM)).get_data(as_text=True)
    assert list(wishes().values()) == [Wish.MUST]


def test_nothing_can_be_wished_at_a_canceled_event(here: MeetingWorld, client: FlaskClient) -> None:
    here.roadshow.state = RoadshowState.CANCELED
    answer = post(client, here.my(TEAM, "/meetings/wish"), about=here.investors[0].key, wish="must")
    assert answer.status_code == 409


def test_who_is_wished_is_somebody_of_the_same_event(here: MeetingWorld, client: FlaskClient) -> None:
    other = world(word="other")
    answer = post(client, here.my(TEAM, "/meetings/wish"), about=other.investors[0].key, wish="must")
    assert answer.status_code == 422
    assert client.get(here.my("other-team-0")).status_code == 404
    assert client.get(here.my("nonsense")).status_code == 404
    guest = make.participant(here.roadshow, "only-a-guest")
    db.session.add(guest)
    assert client.get(here.my("only-a-guest")).status_code == 404, "takes no part in the meetings"


# --- what must never be known ---


def every_text_about(here: MeetingWorld, app: Flask, client: FlaskClient) -> dict[str, str]:
    """Everything that anybody but the owner of a wish can get hold of."""
    office = factories.sign_in(app.test_client(), here.organizer)
    found = {
        path: office.get(here.path(path)).get_data(as_text=True)
        for path in ("", "/parties", "/slots", "/timetable", "/plan", f"/parties/{here.teams[0].key}")
    }
    found |= {
        f"proposal {run.number}": office.get(here.path(f"/plans/{run.number}")).get_data(as_text=True)
        for run in db.session.scalars(select(PlanRun))
    }
    found |= {
        "other side": client.get(here.my("secret-team-0")).get_data(as_text=True),
        "other side's home": client.get(here.my("secret-team-0", "")).get_data(as_text=True),
        "a third": client.get(here.my("secret-investor-1")).get_data(as_text=True),
        "audit": json.dumps(
            [[row.action, row.old, row.new, row.reason] for row in db.session.scalars(select(AuditRecord))]
        ),
        "plans": json.dumps(
            [[run.settings, run.outcome, run.progress] for run in db.session.scalars(select(PlanRun))]
        ),
        "mails": json.dumps([mail.subject + mail.body for mail in db.session.scalars(select(Mail))]),
        "export": json.dumps(
            meetings_personal_data.export_meetings(here.teams[0].participant), ensure_ascii=False
        ),
    }
    return found


def without_noise(text: str) -> str:
    """The same page twice differs by its forms' keys only."""
    text = re.sub(r'name="(?:once_key|csrf_token)" value="[^"]*"', "", text)
    return re.sub(r'id="[^"]*once[^"]*"[^>]*value="[^"]*"|value="[^"]{30,}"', "", text)


def test_a_no_thanks_leaves_no_trace_for_anybody_else(
    here: MeetingWorld, app: Flask, client: FlaskClient
) -> None:
    """With and without the wish, everything that others can read is the same."""
    here.wish(here.teams[0], here.investors[1], Wish.LIKE)
    make.party(here.roadshow, Side.TEAM)  # somebody about whom nothing is ever said
    post(client, here.my(INVESTOR, "/meetings/wish"), about=here.teams[1].key, wish="like")
    before = every_text_about(here, app, client)
    answer = post(client, here.my(INVESTOR, "/meetings/wish"), about=here.teams[0].key, wish="no")
    assert answer.status_code == 303
    assert wishes()[here.investors[0].id, here.teams[0].id] is Wish.NO
    assert 'aria-pressed="true"' in client.get(here.my(INVESTOR)).get_data(as_text=True), "its owner sees it"
    after = every_text_about(here, app, client)
    for name in before:
        if name == "audit":
            continue
        assert without_noise(after[name]) == without_noise(before[name]), name
    assert '"no"' not in after["audit"]
    assert here.teams[0].key not in after["audit"].split("wishes_changed")[-1]


def test_a_proposal_looks_as_if_nobody_had_wished(
    here: MeetingWorld, app: Flask, client: FlaskClient
) -> None:
    """One side's must meet with a no of the other: the plan has no meeting, and nothing says why."""
    here.wish(here.teams[0], here.investors[0], Wish.MUST)
    here.wish(here.investors[0], here.teams[0], Wish.NO)
    here.wish(here.teams[1], here.investors[1], Wish.LIKE)
    here.teams[0].least_meetings = 1  # can't be kept: a refusal would tell
    office = factories.sign_in(app.test_client(), here.organizer)
    answer = post(office, here.path("/plan"), met_before="lower", keep="y")
    assert "begins in a moment" in office.get(answer.headers["Location"]).get_data(as_text=True)
    db.session.rollback()
    assert jobs.compute_next()
    page = office.get(answer.headers["Location"]).get_data(as_text=True)
    assert "No timetable keeps all" not in page
    run = db.session.scalars(select(PlanRun)).one()
    assert run.outcome["status"] == "optimal"
    assert [row[:2] for row in run.outcome["meetings"]] == [[here.teams[1].key, here.investors[1].key]]
    assert '"no"' not in json.dumps(run.outcome)
    posed = meeting_plans.pose(roadshow=here.roadshow, settings=meeting_plans.Settings())
    assert '"no"' not in posed.text


def test_the_export_of_ones_own_data_holds_ones_own_wishes_only(here: MeetingWorld) -> None:
    person = factories.person()
    here.teams[0].participant.person_id = person.id
    here.wish(here.teams[0], here.investors[0], Wish.NO)
    here.wish(here.investors[1], here.teams[0], Wish.NO)
    here.meeting(0, 1, 0)
    here.meeting(0, 0, 1, told=False)
    kind = next(kind for kind in registries.personal_data if kind.name == "roadshows")
    data = kind.export(person.id)
    assert data[0]["meetings"]["wishes"] == [{"about": "Fund 0", "wish": "no"}]
    assert [row["with"] for row in data[0]["meetings"]["meetings"]] == ["Fund 1"]


def test_erasing_takes_card_and_wishes_and_keeps_that_people_met(here: MeetingWorld) -> None:
    party = here.investors[0]
    here.wish(party, here.teams[0], Wish.NO)
    here.wish(here.teams[0], party, Wish.MUST)
    meeting = here.meeting(0, 0, 0, state=MeetingState.HELD)
    meetings_personal_data.erase_meetings(party.participant)
    assert not wishes()
    party = fresh(party)
    assert party.name == meetings_personal_data.ERASED
    assert party.shared_at is None
    assert fresh(meeting).state is MeetingState.HELD


# --- times ---


def test_times_are_kept_slot_by_slot_beside_other_absences(here: MeetingWorld, client: FlaskClient) -> None:
    participant = here.teams[0].participant
    first = here.slots[0]
    db.session.add(
        Absence(
            roadshow_id=here.roadshow.id,
            participant_id=participant.id,
            starts_at=first.starts_at - timedelta(hours=2),
            ends_at=first.starts_at + timedelta(minutes=10),
        )
    )
    db.session.commit()
    url = here.my(TEAM, "/meetings/times")
    page = client.get(url).get_data(as_text=True)
    assert page.count(" checked") == 2, "the first slot is touched by the absence"
    assert post(client, url, can=[str(slot.id) for slot in here.slots]).status_code == 303
    rows = db.session.scalars(select(Absence)).all()
    assert [(row.starts_at, row.ends_at) for row in rows] == [
        (first.starts_at - timedelta(hours=2), first.starts_at)
    ]
    assert post(client, url, can=[str(here.slots[2].id)]).status_code == 303
    db.session.expire_all()
    basis = meeting_plans.queries.read(here.roadshow).basis
    assert basis.teams[0].busy == {0, 1}
    assert post(client, url, can=["999999"]).status_code == 422


# --- own timetable ---


def test_one_sees_the_meetings_one_was_told_of_with_both_clocks(
    here: MeetingWorld, client: FlaskClient
) -> None:
    here.meeting(0, 0, 0, table=2)
    here.meeting(0, 1, 1, told=False)
    for lang, words in (("en", "14:00–14:20 Seoul"), ("zh", "14:00–14:20 首尔"), ("ko", "14:00–14:20 서울")):
        page = client.get(here.my(TEAM, lang=lang)).get_data(as_text=True)
        plain = re.sub(r"<[^>]+>", "", page)
        assert words in plain
        assert "13:00–13:20" in plain
    assert client.get(here.my(TEAM)).headers["Cache-Control"] == "no-store"
    assert "noindex" in client.get(here.my(TEAM)).headers["X-Robots-Tag"]
    timetable = page.split('id="cards"')[0]
    assert "Fund 0" in timetable
    assert "Fund 1" not in timetable, "not told yet"


def test_the_timetable_says_in_which_room_the_table_stands(here: MeetingWorld, client: FlaskClient) -> None:
    room = make.room(make.venue(here.roadshow.cities[0]))
    here.slots[0].room_id = room.id
    here.meeting(0, 0, 0)
    for lang in ("en", "zh", "ko"):
        timetable = client.get(here.my(TEAM, lang=lang)).get_data(as_text=True).split('id="cards"')[0]
        words = f"{room.name.pick(lang).text} · {room.venue.name.pick(lang).text}"
        assert words in re.sub(r"<[^>]+>", "", timetable)


def test_a_meeting_at_a_quarter_past_midnight_in_seoul_stands_on_both_days(
    here: MeetingWorld, client: FlaskClient
) -> None:
    here.slots[0].starts_at = datetime(2026, 12, 10, 15, 15, tzinfo=UTC)
    here.meeting(0, 0, 0)
    plain = re.sub(r"<[^>]+>", "", client.get(here.my(TEAM)).get_data(as_text=True))
    assert "Fri, Dec 11 00:15–00:35 Seoul" in plain
    assert "Thu, Dec 10 23:15–23:35 Chengdu" in plain


def test_canceling_tells_the_other_side_once(here: MeetingWorld, client: FlaskClient) -> None:
    meeting = here.meeting(0, 0, 0)
    link = standing_link(participant=here.teams[0].participant)
    url = here.my(link, f"/meetings/{meeting.key}/cancel")
    version = meeting.version
    assert post(client, url, reason="Our flight is late", version=version).status_code == 303
    again = post(client, url, reason="again", version=version)
    assert again.status_code == 409
    meeting = fresh(meeting)
    assert (meeting.state, meeting.canceled_by, meeting.sequence) == (MeetingState.CANCELED, Side.TEAM, 1)
    mails = db.session.scalars(select(Mail)).all()
    assert sorted(mail.address for mail in mails) == sorted(
        [here.teams[0].participant.email, here.investors[0].participant.email]
    )
    assert not any("flight" in mail.body for mail in mails), "the reason is for the organizers"
    own = next(mail for mail in mails if mail.address == here.teams[0].participant.email)
    assert own.body.endswith(here.my(link)), "the link that stands leads to the own page"
    assert len(db.session.scalars(select(Told)).all()) == 2


def test_somebody_elses_meeting_is_not_there(here: MeetingWorld, client: FlaskClient) -> None:
    meeting = here.meeting(1, 1, 0)
    url = here.my(TEAM, f"/meetings/{meeting.key}/cancel")
    assert client.get(url).status_code == 404
    assert post(client, url, version=meeting.version).status_code == 404
    untold = here.meeting(0, 0, 1, told=False)
    assert client.get(here.my(TEAM, f"/meetings/{untold.key}/cancel")).status_code == 404


def test_what_is_over_can_not_be_canceled(here: MeetingWorld, client: FlaskClient) -> None:
    meeting = here.meeting(0, 0, 0)
    moment = here.slots[0].starts_at + timedelta(minutes=20)
    url, version = here.my(TEAM, f"/meetings/{meeting.key}/cancel"), meeting.version
    with clock.set_by(lambda: moment):
        answer = post(client, url, version=version)
        assert answer.status_code == 409


# --- the waiting list ---


def waiting_world() -> MeetingWorld:
    """Two tables, two slots, three teams, two investors: every place is taken, and team 2 waits for both."""
    here = world(teams=3, investors=2, slots=2, tables=2)
    for team in range(3):
        for investor in range(2):
            here.wish(here.teams[team], here.investors[investor], Wish.LIKE)
            here.wish(here.investors[investor], here.teams[team], Wish.LIKE)
    for team, investor, slot, table in ((0, 0, 0, 1), (1, 1, 0, 2), (0, 1, 1, 2), (1, 0, 1, 1)):
        here.meeting(team, investor, slot, table)
    db.session.commit()
    return here


def standing() -> dict[tuple[int, int], tuple[int, int]]:
    db.session.expire_all()
    return {
        (row.team_id, row.investor_id): (row.slot_id, row.table)
        for row in db.session.scalars(select(Meeting).where(Meeting.state == MeetingState.PLANNED))
    }


def test_a_gap_is_filled_from_the_waiting_list_without_moving_anybody(ctx: None, client: FlaskClient) -> None:
    here = waiting_world()
    before = standing()
    meeting = db.session.scalars(select(Meeting).order_by(Meeting.id)).first()
    assert meeting is not None
    url = here.my(TEAM, f"/meetings/{meeting.key}/cancel")
    assert post(client, url, version=meeting.version).status_code == 303
    known = set(db.session.scalars(select(Mail.id)))
    db.session.rollback()
    assert meeting_gaps.fill_due() == 1
    gone = (here.teams[0].id, here.investors[0].id)
    new = (here.teams[2].id, here.investors[0].id)
    after = standing()
    assert {pair: place for pair, place in after.items() if pair != new} == {
        pair: place for pair, place in before.items() if pair != gone
    }
    assert after[new][0] == here.slots[0].id
    mails = db.session.scalars(select(Mail).where(Mail.id.not_in(known))).all()
    assert sorted(mail.address for mail in mails) == sorted(
        [here.teams[2].participant.email, here.investors[0].participant.email]
    )
    assert all("New: with" in mail.body for mail in mails)
    assert meeting_gaps.fill_due() == 0, "looked at once"
    assert standing() == after


def test_who_canceled_is_not_asked_for_the_same_time_or_person_again(ctx: None, client: FlaskClient) -> None:
    here = waiting_world()
    meeting = db.session.scalars(
        select(Meeting).where(
            Meeting.team_id == here.teams[0].id, Meeting.investor_id == here.investors[0].id
        )
    ).one()
    post(client, here.my(INVESTOR, f"/meetings/{meeting.key}/cancel"), version=meeting.version)
    meeting_gaps.fill_due()
    after = standing()
    assert (here.teams[0].id, here.investors[0].id) not in after
    first = here.slots[0].id
    assert not any(
        investor == here.investors[0].id and slot == first for (_t, investor), (slot, _table) in after.items()
    )


def test_shortly_before_nothing_is_filled(ctx: None, client: FlaskClient) -> None:
    here = waiting_world()
    meeting = db.session.scalars(select(Meeting).order_by(Meeting.id)).first()
    assert meeting is not None
    moment = here.slots[0].starts_at - timedelta(minutes=10)
    url, version = here.my(TEAM, f"/meetings/{meeting.key}/cancel"), meeting.version
    with clock.set_by(lambda: moment):
        assert post(client, url, version=version).status_code == 303
        assert meeting_gaps.fill_due() == 0
    assert len(standing()) == 3


def test_two_cancellations_before_the_job_runs_are_one_look(ctx: None, client: FlaskClient) -> None:
    here = waiting_world()
    rows = db.session.scalars(select(Meeting).order_by(Meeting.id)).all()
    for row, secret in ((rows[0], TEAM), (rows[1], "secret-team-1")):
        url = here.my(secret, f"/meetings/{row.key}/cancel")
        assert post(client, url, version=row.version).status_code == 303
    assert meeting_gaps.fill_due() == 1
    assert len(db.session.scalars(select(PlanRun)).all()) == 1
    after = standing()
    assert len(after) == 3, "team 2 takes one of the two places; it can't be at two tables at once"


def test_a_timetable_that_changes_while_the_planner_thinks_is_read_again(
    ctx: None, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = waiting_world()
    rows = db.session.scalars(select(Meeting).order_by(Meeting.id)).all()
    keys = [(row.key, row.version) for row in rows]
    post(client, here.my(TEAM, f"/meetings/{keys[0][0]}/cancel"), version=keys[0][1])
    repair = meeting_plans.repair
    seen: list[int] = []

    def thinking(posed: Any) -> Any:
        if not seen:  # somebody cancels meanwhile
            seen.append(1)
            answer = post(
                client, here.my("secret-team-1", f"/meetings/{keys[3][0]}/cancel"), version=keys[3][1]
            )
            assert answer.status_code == 303
        return repair(posed)

    monkeypatch.setattr(meeting_plans, "repair", thinking)
    assert meeting_gaps.fill_due() == 1
    states = [run.state.value for run in db.session.scalars(select(PlanRun).order_by(PlanRun.id))]
    assert states == ["discarded", "applied"]
    assert len(standing()) == 3, "team 2 waits for one investor who has a place left, and meets nobody twice"
    assert meeting_gaps.fill_due() == 0


# --- signed in ---


def test_a_captain_finds_the_meetings_on_the_first_page(here: MeetingWorld, app: Flask) -> None:
    person = factories.person()
    here.teams[0].participant.person_id = person.id
    browser = factories.sign_in(app.test_client(), person)
    page = browser.get("/en/me").get_data(as_text=True)
    link = f"/en/roadshows/{here.roadshow.slug}/my/me/meetings"
    assert link in page
    assert browser.get(link).status_code == 200
    assert post(browser, f"{link}/wish", about=here.investors[0].key, wish="must").status_code == 303
    assert app.test_client().get(link).status_code == 404
    stranger = factories.sign_in(app.test_client(), factories.person())
    assert stranger.get(link).status_code == 404


def test_the_own_page_leads_to_the_meetings(here: MeetingWorld, client: FlaskClient) -> None:
    page = client.get(here.my(TEAM, "")).get_data(as_text=True)
    assert here.my(TEAM) in page


def test_the_page_costs_the_same_with_more_cards(
    ctx: None, client: FlaskClient, count_queries: Callable[[], Any]
) -> None:
    counts = []
    for size in (1, 3):
        here = world(teams=size, investors=size, word=f"size{size}")
        for number in range(size):
            here.meeting(0, number, number)
        with count_queries() as seen:
            assert client.get(here.my(f"size{size}-team-0")).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 8
