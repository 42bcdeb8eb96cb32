"""The planner's job for agendas: asked on a page, computed in a process of its own, looked at, applied."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from core.db import db
from core.errors import Conflict
from roadshows import agenda_posed
from roadshows import plan_jobs as jobs
from roadshows.agenda_plan_pages import gap_in_words
from roadshows.models import PlanKind, PlanRun, PlanState
from roadshows.operations import agenda, agenda_plans, agenda_steps, plan_runs
from roadshows.queries.agenda import read_draft
from tests.factories import sign_in
from tests.roadshows import draft_worlds
from tests.roadshows.draft_worlds import Day
from tests.roadshows.test_agenda_pages import at, hidden

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture
def day() -> Day:
    return draft_worlds.day()


def planned(day: Day, what: str = "rest", seconds: int = 20) -> PlanRun:
    """A run, computed."""
    run = plan_runs.ask_plan(
        roadshow=day.roadshow, kind=PlanKind.AGENDA, settings={"what": what, "seconds": seconds}
    )
    db.session.commit()
    assert jobs.compute_next()
    return run


def wrong(day: Day) -> list[str]:
    draft = read_draft(day.roadshow)
    found = agenda_posed.found_conflicts(draft, agenda_posed.to_check(draft))
    return [one.kind for one in found if one.severity == "hard"]


def test_a_plan_is_asked_watched_looked_at_and_applied(client: FlaskClient, day: Day) -> None:
    sign_in(client, day.organizer)
    page = client.get(at(day, "/plans")).text
    answer = client.post(at(day, "/plans"), data=hidden(page) | {"what": "rest", "seconds": "20"})
    assert answer.status_code == 303
    assert "Waits for its turn" in client.get(answer.location).text
    assert (
        client.post(
            at(day, "/plans"),
            data=hidden(client.get(at(day, "/plans")).text) | {"what": "rest", "seconds": "20"},
        ).status_code
        == 409
    )
    assert jobs.compute_next()
    progress = client.get(f"{answer.location}/progress")
    assert progress.headers["HX-Refresh"] == "true"
    page = client.get(answer.location).text
    assert "Proven: no agenda is better." in page
    assert day.sessions[2].title.en in page
    sent = {"once_key": "k" * 20, "version": hidden_version(page)}
    assert client.post(f"{answer.location}/apply", data=sent).status_code == 303
    db.session.refresh(day.sessions[2])
    assert day.sessions[2].slot_id is not None
    assert wrong(day) == []
    assert "was applied" in client.get(answer.location).text
    done = agenda_steps.undo(roadshow=day.roadshow, seen=1, who=day.organizer)
    assert done.touched == (day.sessions[2].key,)


def hidden_version(page: str) -> str:
    return hidden(page)["version"]


def test_the_rest_is_planned_around_what_stands(day: Day) -> None:
    big = draft_worlds.week(30, placed=0)
    key = big.sessions[0].key
    agenda.place_session(
        roadshow=big.roadshow, key=key, slot_id=big.slots[9].id, room_id=big.rooms[2].id, seen=0
    )
    agenda.set_lock(roadshow=big.roadshow, key=key, is_locked=True, seen=1)
    run = planned(big)
    assert run.state is PlanState.DONE
    agenda_plans.apply_plan(run=run)
    db.session.expire_all()
    assert all(session.slot_id for session in big.sessions)
    first = big.sessions[0]
    assert (first.slot_id, first.room_id, first.is_locked) == (big.slots[9].id, big.rooms[2].id, True)
    assert wrong(big) == []


def test_a_repair_moves_as_few_as_it_takes(day: Day) -> None:
    day.sessions[1].slot_id = day.slots[0].id
    day.sessions[2].slot_id, day.sessions[2].room_id = day.slots[3].id, day.rooms[1].id
    db.session.commit()
    assert wrong(day) == ["room_taken"]
    run = planned(day, "repair")
    assert (run.outcome["moved"], run.outcome["moves_bound"]) == (1, 1)
    assert len(agenda_plans.apply_plan(run=run).touched) == 1
    assert wrong(day) == []


def test_a_proposal_is_not_applied_to_another_agenda(client: FlaskClient, day: Day) -> None:
    run = planned(day)
    agenda.place_session(
        roadshow=day.roadshow,
        key=day.sessions[0].key,
        slot_id=day.slots[3].id,
        room_id=day.rooms[1].id,
        seen=0,
    )
    with pytest.raises(Conflict) as refused:
        agenda_plans.apply_plan(run=run)
    assert refused.value.code == "stale_plan"
    sign_in(client, day.organizer)
    page = client.get(at(day, f"/plans/{run.number}")).text
    assert "can’t be applied any more" in page


def test_an_absence_noted_meanwhile_makes_a_proposal_stale(day: Day) -> None:
    from roadshows.models import Absence

    run = planned(day)
    db.session.add(
        Absence(
            roadshow_id=day.roadshow.id,
            participant_id=day.speakers[0].participant_id,
            starts_at=day.slots[0].starts_at,
            ends_at=day.slots[1].starts_at,
        )
    )
    db.session.commit()
    with pytest.raises(Conflict) as refused:
        agenda_plans.apply_plan(run=run)
    assert refused.value.code == "stale_plan"


def test_an_impossible_agenda_names_what_collides(client: FlaskClient, day: Day) -> None:
    """Nine sessions, eight cells."""
    from tests.roadshows import factories

    for _number in range(6):
        factories.session(day.roadshow)
    db.session.commit()
    run = planned(day)
    assert (run.state, run.outcome["status"]) == (PlanState.DONE, "infeasible")
    with pytest.raises(Conflict) as refused:
        agenda_plans.apply_plan(run=run)
    assert refused.value.code == "empty_plan"
    sign_in(client, day.organizer)
    for lang in ("zh", "ko", "en"):
        page = client.get(at(day, f"/plans/{run.number}", lang=lang)).text
        causes = page.split('class="error-summary"')[1].split("</ul>")[0]
        assert getattr(factories.SEOUL_NAME, lang) in causes
        assert (lang == "en") == ("without any one of them it would work" in causes)
        assert "9" in causes
        assert "8" in causes
        for hidden_id in (day.sessions[2].key, "slot-", "room-"):
            assert hidden_id not in causes


@pytest.mark.own_process
def test_a_plan_that_is_canceled_stops_soon(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked to stop at once, the planner comes back with what it has, long before its five minutes; on a very
    busy machine, which has not even loaded it by then, it is killed."""
    monkeypatch.setattr(jobs, "_EVERY", 0)
    big = draft_worlds.week(120, placed=0)
    kept = plan_runs.keep_progress

    def then_cancel(run_id: int, what: dict[str, Any]) -> None:
        kept(run_id, what)
        plan_runs.cancel_plan(run=db.session.get_one(PlanRun, run_id))

    monkeypatch.setattr(plan_runs, "keep_progress", then_cancel)
    run = planned(big, "rest", 300)
    assert run.state in (PlanState.DONE, PlanState.CANCELED)
    assert run.cancel_asked_at is not None
    if run.state is PlanState.DONE:
        assert run.outcome["stopped"] in ("cancelled", "done")


@pytest.mark.parametrize(
    ("objective", "bound", "says"),
    [
        (None, 3, ""),
        (3, None, ""),
        (0, 0, "Proven: no agenda is better."),
        (100, 100, "Proven: no agenda is better."),
        (1000, 985, "At most 1.5 % short of the best possible."),
        (1000, 999, "At most 0.1 % short of the best possible."),
        (1000, 333, "At most 67 % short of the best possible."),
    ],
)
def test_the_gap_is_said_in_plain_words(objective: int | None, bound: int | None, says: str) -> None:
    assert gap_in_words(objective, bound) == says


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_with_hard_conflicts_repairing_is_offered(client: FlaskClient, day: Day, lang: str) -> None:
    """Around what collides already nothing can be planned."""
    sign_in(client, day.organizer)

    def chosen(page: str) -> list[str]:
        radios = [
            one for one in re.findall(r"<input[^>]*>", page) if " checked" in one and 'name="what"' in one
        ]
        return re.findall(r'value="(\w+)"', "".join(radios))

    assert chosen(client.get(at(day, "/plans", lang=lang)).text) == ["rest"]
    day.sessions[1].slot_id = day.sessions[0].slot_id
    db.session.commit()
    page = client.get(at(day, "/plans", lang=lang)).text
    assert chosen(page) == ["repair"]
    assert "notice-warning" in page
