"""A year after the event guests are forgotten, as they were promised."""

from __future__ import annotations

from datetime import UTC, date, timedelta

import pytest
from sqlalchemy import func, select

from core import jobs
from core.db import db
from core.models import Mail
from roadshows import guest_jobs
from roadshows.guest_jobs import forget_guests
from roadshows.local_times import at
from roadshows.models import Attendance, GuestState, Participant, Roadshow, RoadshowState, Side
from roadshows.operations import door
from tests.conftest import Clock
from tests.roadshows import factories as make

LAST = date(2026, 6, 10)
ROLES = {
    "speaker": lambda of, who: make.speaker(of, participant=who),
    "interpreter": lambda of, who: make.interpreter(of, participant=who),
    "team": lambda of, who: make.party(of, Side.TEAM, participant=who),
}


@pytest.fixture
def roadshow(ctx: None, turn_clock: Clock) -> Roadshow:
    """Two days long, the second on June 10."""
    made = make.roadshow()
    for back in (1, 0):
        make.day(made.cities[0], LAST - timedelta(days=back))
    db.session.refresh(made)
    turn_clock.set(at(LAST, 10, 0, "Asia/Seoul").astimezone(UTC))
    return made


def a_year_later(turn_clock: Clock, days: int = 1) -> None:
    turn_clock.set(at(LAST.replace(year=2027) + timedelta(days=days), 12, 0, "UTC").astimezone(UTC))


def names() -> set[str]:
    return set(db.session.scalars(select(Participant.name)))


def test_guests_are_forgotten_a_year_after_the_last_day(roadshow: Roadshow, turn_clock: Clock) -> None:
    there, investor = make.guest(roadshow), make.guest(roadshow, kind="investor")
    party = make.party(roadshow, participant=investor.participant)
    door.admit(roadshow=roadshow, guest=there)
    db.session.commit()
    a_year_later(turn_clock, days=0)
    assert forget_guests() == 0
    a_year_later(turn_clock)
    assert forget_guests() == 2
    assert names() == {"—"}
    assert party.name == "—"
    assert (there.participant.email, there.participant.link_sha256) == ("", None)
    assert db.session.scalar(select(func.count(Attendance.id))) == 1, "that somebody came stays"
    assert forget_guests() == 0


@pytest.mark.parametrize("state", list(GuestState))
def test_whoever_stood_on_the_list_is_forgotten(
    roadshow: Roadshow, turn_clock: Clock, state: GuestState
) -> None:
    guest = make.guest(roadshow, state=state)
    a_year_later(turn_clock)
    assert forget_guests() == 1
    assert guest.state is state, "the report keeps its figures"


@pytest.mark.parametrize("state", list(RoadshowState))
def test_nobody_on_the_waiting_list_is_told_of_a_place(
    roadshow: Roadshow, turn_clock: Clock, state: RoadshowState
) -> None:
    make.guest(roadshow)
    make.guest(roadshow, state=GuestState.WAITING)
    roadshow.places, roadshow.state = 1, state
    db.session.commit()
    a_year_later(turn_clock)
    assert forget_guests() == 2
    assert db.session.scalar(select(func.count(Mail.id))) == 0


@pytest.mark.parametrize("role", list(ROLES))
def test_who_is_in_the_program_or_the_contest_stays(roadshow: Roadshow, turn_clock: Clock, role: str) -> None:
    guest = make.guest(roadshow)
    ROLES[role](roadshow, guest.participant)
    a_year_later(turn_clock)
    assert forget_guests() == 0
    assert guest.participant.erased_at is None


def test_an_event_without_days_or_a_later_one_is_left_alone(roadshow: Roadshow, turn_clock: Clock) -> None:
    make.guest(make.roadshow())
    later = make.roadshow()
    make.day(later.cities[0], LAST)
    make.day(later.cities[0], LAST + timedelta(days=7))
    make.guest(later)
    a_year_later(turn_clock)
    assert forget_guests() == 0


def test_one_that_fails_does_not_keep_the_others(
    roadshow: Roadshow, turn_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make.guest(roadshow), make.guest(roadshow)
    db.session.commit()
    erase = guest_jobs.erase_participant

    def fail_for_the_first(participant: Participant) -> None:
        erase(participant)
        if participant.id == first.participant_id:
            raise RuntimeError("no")

    a_year_later(turn_clock)
    monkeypatch.setattr(guest_jobs, "erase_participant", fail_for_the_first)
    assert forget_guests() == 1
    assert first.participant.erased_at is None
    assert second.participant.erased_at is not None


def test_a_leap_day_has_a_day_a_year_before() -> None:
    assert guest_jobs._years_before(date(2028, 2, 29), 1) == date(2027, 2, 28)


def test_it_runs_by_itself() -> None:
    assert [job.name for job in jobs.periodic if job.run is forget_guests] == ["forget guests"]
