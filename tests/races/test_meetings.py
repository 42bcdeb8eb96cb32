"""Meetings that two people change at the very same moment: one of them wins, the other is told so, and each
side hears of it once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.db import db
from core.models import Mail
from roadshows.models import Meeting, MeetingState, Side, Told
from roadshows.operations.people import standing_link
from tests.races.conftest import at_once
from tests.races.worlds import slug
from tests.roadshows import factories as make
from tests.roadshows.meeting_worlds import world
from tests.serving import Browser, Server, browser_of, looking_into, serving
from tests.unguarded import ONE_PROCESS

pytestmark = pytest.mark.server
RIVALS = 6


def walk_ups(server: Server) -> tuple[list[Any], int]:
    """Six organizers give six pairs the last table of a slot; the answers and how many sit there."""
    with looking_into(server):
        name = slug("walk-up")
        here = world(teams=RIVALS, investors=RIVALS, slots=1, tables=1, word=name, slug=name)
        organizers = [make.organizer(here.roadshow, email=f"{slug('o')}@example.com") for _ in range(RIVALS)]
        for party in (*here.teams, *here.investors):
            party.participant.email = party.participant.email_key = f"{slug('p')}@example.com"
        db.session.commit()
        ids = [who.id for who in organizers]
        pairs = [(here.teams[at].key, here.investors[at].key) for at in range(RIVALS)]
        slot_id, path = here.slots[0].id, here.path("/walk-up", "zh")
    browsers = [browser_of(server, number) for number in ids]
    forms = [
        browser.hidden(path) | {"team": team, "investor": investor, "slot": str(slot_id)}
        for browser, (team, investor) in zip(browsers, pairs, strict=True)
    ]
    answers = at_once(
        [
            lambda browser=browser, form=form: browser.post(path, form)
            for browser, form in zip(browsers, forms, strict=True)
        ]
    )
    with looking_into(server):
        seated = db.session.scalar(select(func.count()).where(Meeting.slot_id == slot_id))
    return answers, seated or 0


def test_six_pairs_for_the_last_table(server: Server) -> None:
    answers, seated = walk_ups(server)
    assert sorted(answer.status for answer in answers) == [303] + [409] * (RIVALS - 1)
    assert seated == 1


def test_both_sides_cancel_at_the_same_moment(server: Server) -> None:
    with looking_into(server):
        name = slug("cancel")
        here = world(teams=1, investors=1, slots=1, word=name, slug=name)
        for party in (*here.teams, *here.investors):
            party.participant.email = party.participant.email_key = f"{slug('p')}@example.com"
        meeting = here.meeting(0, 0, 0)
        db.session.commit()
        meeting_id, roadshow_id = meeting.id, here.roadshow.id
        links = [standing_link(participant=one.participant) for one in (here.teams[0], here.investors[0])]
        db.session.commit()
        paths = [here.my(link, f"/meetings/{meeting.key}/cancel", "ko") for link in links]
    browsers = [Browser(server), Browser(server)]
    forms = [browser.hidden(path) for browser, path in zip(browsers, paths, strict=True)]
    answers = at_once(
        [
            lambda browser=browser, path=path, form=form: browser.post(path, form)
            for browser, path, form in zip(browsers, paths, forms, strict=True)
        ]
    )
    assert sorted(answer.status for answer in answers) == [303, 409]
    with looking_into(server):
        row = db.session.get_one(Meeting, meeting_id)
        assert row.state is MeetingState.CANCELED
        assert row.canceled_by in (Side.TEAM, Side.INVESTOR)
        assert row.sequence == 1
        assert len(db.session.scalars(select(Mail).where(Mail.roadshow_id == roadshow_id)).all()) == 2
        assert len(db.session.scalars(select(Told).where(Told.roadshow_id == roadshow_id)).all()) == 2


def test_without_holding_anything_a_table_is_given_twice(tmp_path: Path) -> None:
    with serving(
        tmp_path / "instance",
        wsgi_app=f"tests.unguarded:without_meeting_places({RIVALS})",
        environment=ONE_PROCESS,
    ) as careless:
        _answers, seated = walk_ups(careless)
    assert seated > 1
