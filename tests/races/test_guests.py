"""Thirty people register for the last place at the very same moment: one gets it, twenty-nine wait."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from core.db import db
from roadshows.models import Guest
from tests.races.conftest import at_once
from tests.races.worlds import slug
from tests.roadshows import factories as make
from tests.serving import Browser, Server, looking_into, serving
from tests.unguarded import ONE_PROCESS

pytestmark = pytest.mark.server
RIVALS = 30


def register_rivals(server: Server) -> tuple[set[int], Counter[str]]:
    """How the server answered, and how many guests are in which state afterwards."""
    with looking_into(server):
        roadshow = make.roadshow(slug=slug("guests"), places=1, needs_approval=False)
        db.session.commit()
        roadshow_id, path = roadshow.id, f"/zh/roadshows/{roadshow.slug}/register"
    browsers = [Browser(server) for _ in range(RIVALS)]
    forms = [
        browser.hidden(path)
        | {
            "kind": "company",
            "name": "王小明",
            "organization": "蓉城科技",
            "email": f"guest{number}@example.com",
            "language": "zh",
            "processing": "y",
            "transfer_abroad": "y",
        }
        for number, browser in enumerate(browsers)
    ]
    answers = at_once(
        [
            lambda browser=browser, form=form: browser.post(path, form)
            for browser, form in zip(browsers, forms, strict=True)
        ]
    )
    with looking_into(server):
        found = db.session.scalars(select(Guest.state).where(Guest.roadshow_id == roadshow_id))
        return {answer.status for answer in answers}, Counter(state.value for state in found)


def test_one_gets_the_last_place_and_the_others_wait(server: Server) -> None:
    answered, states = register_rivals(server)
    assert answered == {303}
    assert states == {"confirmed": 1, "waiting": RIVALS - 1}


def test_without_holding_the_roadshow_the_place_is_given_twice(tmp_path: Path) -> None:
    with serving(
        tmp_path / "instance",
        wsgi_app=f"tests.unguarded:without_holding_roadshows({RIVALS})",
        environment=ONE_PROCESS,
    ) as careless:
        _answered, states = register_rivals(careless)
        assert states["confirmed"] > 1
